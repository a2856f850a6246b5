//! Making a session fresh.

use shared::Timestamp;

use super::{Database, proof};
use crate::store::{LockoutRule, Presented, Proof, Result, StepUp, sql};

pub(super) async fn complete(
    db: &Database,
    step_up: &StepUp,
    rule: LockoutRule,
    now: Timestamp,
) -> Result<Presented> {
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
    sqlx::query(sql::REPLACE_CLIENT_TOKEN)
        .bind(step_up.client_id.as_str())
        .bind(&step_up.token_hash[..])
        .bind(now.millis())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(Presented::Accepted)
}
