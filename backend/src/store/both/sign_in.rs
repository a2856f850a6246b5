//! Sign-ins, from the identifier to the session.

use shared::{
    Timestamp,
    resources::{SecurityEventKind, Strategy},
};

use super::{
    Database, Transaction, devices,
    events::{self, Event, strategy_of},
    passwords, proof, sessions,
};
use crate::{
    ids::{ClientId, SessionId, UserId},
    store::{
        LockoutRule, Occasion, Presented, Proof, Result, SignInCompletion, SignInRecord,
        rows::{SignInRow, millis},
        sql,
        texts::stage_text,
    },
};

pub(super) async fn start(db: &Database, sign_in: &SignInRecord, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query(sql::START_SIGN_IN)
        .bind(sign_in.id.as_str())
        .bind(sign_in.client_id.as_str())
        .bind(sign_in.user_id.as_ref().map(UserId::as_str))
        .bind(&sign_in.identifier)
        .bind(stage_text(sign_in.stage))
        .bind(sign_in.credentials_version)
        .bind(millis(sign_in.first_factor_at))
        .bind(sign_in.created_session_id.as_ref().map(SessionId::as_str))
        .bind(sign_in.abandon_at.millis())
        .bind(sign_in.created_at.millis())
        .execute(&mut *tx)
        .await?;
    change_client(&mut tx, &sign_in.client_id, now).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn of_client(db: &Database, client: &ClientId) -> Result<Option<SignInRecord>> {
    let row: Option<SignInRow> = sqlx::query_as(sql::SIGN_IN)
        .bind(client.as_str())
        .fetch_optional(db.reads())
        .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn advance(
    db: &Database,
    sign_in: &SignInRecord,
    user: &UserId,
    rehashed_password: Option<String>,
    rule: LockoutRule,
    occasion: &Occasion,
) -> Result<bool> {
    let now = occasion.now;
    let mut tx = db.begin().await?;
    let is_admitted = admit(&mut tx, sign_in, user, rehashed_password, rule, occasion).await?;
    let advanced = sqlx::query(sql::ADVANCE_SIGN_IN)
        .bind(sign_in.id.as_str())
        .bind(sign_in.client_id.as_str())
        .bind(user.as_str())
        .bind(sign_in.credentials_version)
        .bind(now.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if !is_admitted || advanced == 0 {
        tx.rollback().await?;
        return Ok(false);
    }
    go_on(&mut tx, sign_in, user, rule, occasion).await?;
    tx.commit().await?;
    Ok(true)
}

/// Lets somebody whose first factor was right go on, unless the account is locked or its credentials
/// are others by now; tells whether.
pub(super) async fn admit(
    tx: &mut Transaction,
    sign_in: &SignInRecord,
    user: &UserId,
    rehashed_password: Option<String>,
    rule: LockoutRule,
    occasion: &Occasion,
) -> Result<bool> {
    let admitted = sqlx::query(sql::ADMIT_TO_SECOND_FACTOR)
        .bind(user.as_str())
        .bind(sign_in.credentials_version)
        .bind(i64::from(rule.attempts))
        .bind(rehashed_password)
        .bind(occasion.now.millis())
        .bind(devices::token(occasion))
        .execute(&mut **tx)
        .await?
        .rows_affected();
    Ok(admitted != 0)
}

/// What follows a right first factor where more is asked for: its attempt is given back, and it is no
/// failure.
pub(super) async fn go_on(
    tx: &mut Transaction,
    sign_in: &SignInRecord,
    user: &UserId,
    rule: LockoutRule,
    occasion: &Occasion,
) -> Result<()> {
    change_client(tx, &sign_in.client_id, occasion.now).await?;
    devices::password_was_right(tx, user, rule, occasion).await?;
    events::forget(tx, occasion).await?;
    Ok(())
}

/// The client has changed with its sign-in or sign-up.
pub(super) async fn change_client(
    tx: &mut Transaction,
    client: &ClientId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(sql::CHANGE_CLIENT)
        .bind(client.as_str())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(super) async fn complete(
    db: &Database,
    completion: &SignInCompletion,
    occasion: &Occasion,
) -> Result<Presented> {
    let now = occasion.now;
    let session = &completion.session;
    let mut tx = db.begin().await?;
    let admitted = sqlx::query(sql::ADMIT_TO_SESSION)
        .bind(session.user_id.as_str())
        .bind(completion.credentials_version)
        .bind(&completion.rehashed_password)
        .bind(now.millis())
        .bind(devices::token(occasion))
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if admitted == 0 {
        tx.rollback().await?;
        return Ok(Presented::Over);
    }
    let presented = proof::present(&mut tx, &session.user_id, &completion.proof, now).await?;
    if presented != Presented::Accepted {
        tx.rollback().await?;
        return Ok(presented);
    }
    if let Some(new) = &completion.new_password {
        let version = completion.credentials_version;
        if !passwords::replace(&mut tx, &session.user_id, version, new, occasion).await? {
            tx.rollback().await?;
            return Ok(Presented::Over);
        }
    }
    let completed = sqlx::query(sql::COMPLETE_SIGN_IN)
        .bind(completion.id.as_str())
        .bind(session.client_id.as_str())
        .bind(session.user_id.as_str())
        .bind(completion.credentials_version)
        .bind(stage_text(completion.stage))
        .bind(session.id.as_str())
        .bind(now.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if completed == 0 {
        tx.rollback().await?;
        return Ok(Presented::Over);
    }
    if completion.new_password.is_some() {
        sessions::revoke_others(&mut tx, &session.user_id, None, now).await?;
    }
    sessions::begin_session(&mut tx, session, now).await?;
    let known = devices::know(&mut tx, session, occasion).await?;
    let (kind, strategy) = what_happened(completion);
    let event = Event::of(&session.user_id, kind)
        .by(strategy)
        .in_session(&session.id)
        .on(!known);
    events::note(&mut tx, event, occasion).await?;
    tx.commit().await?;
    Ok(Presented::Accepted)
}

/// What the end of a sign-in is noted as, and by which factor: the last one.
fn what_happened(completion: &SignInCompletion) -> (SecurityEventKind, Strategy) {
    match (&completion.new_password, &completion.proof) {
        (None, proof) => (SecurityEventKind::SignIn, strategy_of(proof)),
        // There is no second factor: the code was enough.
        (Some(_), Proof::Password) => (
            SecurityEventKind::PasswordReset,
            Strategy::ResetPasswordEmailCode,
        ),
        (Some(_), proof) => (SecurityEventKind::PasswordReset, strategy_of(proof)),
    }
}
