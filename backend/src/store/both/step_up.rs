//! Step-ups: making a session fresh.

use shared::{Timestamp, resources::SecurityEventKind};

use super::{
    Database, devices,
    events::{self, Event, strategy_of},
    proof,
};
use crate::{
    ids::SessionId,
    store::{
        LockoutRule, Occasion, Presented, Proof, Result, StepUp, StepUpRecord,
        rows::StepUpRow,
        sql,
        texts::{level_text, step_up_stage_text},
    },
};

pub(super) async fn start(db: &Database, step_up: &StepUpRecord, now: Timestamp) -> Result<bool> {
    let start = sqlx::query(sql::START_STEP_UP)
        .bind(step_up.session_id.as_str())
        .bind(level_text(step_up.level))
        .bind(step_up_stage_text(step_up.stage))
        .bind(step_up.credentials_version)
        .bind(step_up.abandon_at.millis())
        .bind(now.millis());
    Ok(db.execute(start).await? == 1)
}

pub(super) async fn of_session(
    db: &Database,
    session: &SessionId,
    now: Timestamp,
) -> Result<Option<StepUpRecord>> {
    let row: Option<StepUpRow> = sqlx::query_as(sql::STEP_UP)
        .bind(session.as_str())
        .bind(now.millis())
        .fetch_optional(db.reads())
        .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn complete(
    db: &Database,
    step_up: &StepUp,
    rule: LockoutRule,
    occasion: &Occasion,
) -> Result<Presented> {
    let now = occasion.now;
    let mut tx = db.begin().await?;
    let (admit, freshen) = match step_up.proof {
        Proof::Password => (
            sqlx::query(sql::STEP_UP_BY_PASSWORD)
                .bind(step_up.user_id.as_str())
                .bind(step_up.credentials_version)
                .bind(i64::from(rule.attempts)),
            sql::FRESHEN_FIRST_FACTOR,
        ),
        Proof::Totp { .. } | Proof::BackupCode { .. } => (
            sqlx::query(sql::STEP_UP_BY_SECOND_FACTOR)
                .bind(step_up.user_id.as_str())
                .bind(step_up.credentials_version),
            sql::FRESHEN_SECOND_FACTOR,
        ),
    };
    let admitted = admit
        .bind(now.millis())
        .bind(devices::token(occasion))
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if admitted == 0 {
        tx.rollback().await?;
        return Ok(Presented::Over);
    }
    let presented = proof::present(&mut tx, &step_up.user_id, &step_up.proof, now).await?;
    if presented != Presented::Accepted {
        tx.rollback().await?;
        return Ok(presented);
    }
    let freshened = sqlx::query(freshen)
        .bind(step_up.session_id.as_str())
        .bind(step_up.client_id.as_str())
        .bind(step_up.user_id.as_str())
        .bind(now.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if freshened == 0 {
        tx.rollback().await?;
        return Ok(Presented::Over);
    }
    let went_on = sqlx::query(if step_up.goes_on {
        sql::ADVANCE_STEP_UP
    } else {
        sql::COMPLETE_STEP_UP
    })
    .bind(step_up.session_id.as_str())
    .bind(step_up_stage_text(step_up.stage))
    .bind(step_up.credentials_version)
    .bind(now.millis())
    .execute(&mut *tx)
    .await?
    .rows_affected();
    if went_on == 0 {
        tx.rollback().await?;
        return Ok(Presented::Over);
    }
    match step_up.proof {
        Proof::Password => {
            devices::password_was_right(&mut tx, &step_up.user_id, rule, occasion).await?;
        }
        Proof::Totp { .. } | Proof::BackupCode { .. } => {
            devices::reset(&mut tx, &step_up.user_id, occasion).await?;
        }
    }
    let event = Event::of(&step_up.user_id, SecurityEventKind::StepUp)
        .by(strategy_of(&step_up.proof))
        .in_session(&step_up.session_id);
    events::note(&mut tx, event, occasion).await?;
    sqlx::query(sql::REPLACE_CLIENT_TOKEN)
        .bind(step_up.client_id.as_str())
        .bind(&step_up.token_hash[..])
        .bind(now.millis())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(Presented::Accepted)
}
