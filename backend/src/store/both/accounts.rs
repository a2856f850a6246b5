//! Accounts, and the attempts spent on them.

use shared::{
    Timestamp,
    resources::{SecurityEventKind, Strategy},
};

use super::{
    Database, Transaction,
    devices::{self, Spent},
    events::{self, Event},
    sessions,
};
use crate::{
    ids::{SessionId, UserId},
    store::{
        Attempt, LockoutRule, NewSession, NewUser, Occasion, Result, Taken, UserRecord, error,
        rows::{UserRow, count, millis},
        sql,
    },
};

pub(super) async fn ping(db: &Database) -> Result<()> {
    sqlx::query(sql::PING).execute(db.reads()).await?;
    Ok(())
}

pub(super) async fn sign_up(
    db: &Database,
    user: &NewUser,
    session: &NewSession,
    occasion: &Occasion,
) -> Result<std::result::Result<(), Taken>> {
    let mut tx = db.begin().await?;
    let made = make(&mut tx, user, None, session, occasion).await?;
    if made.is_ok() {
        tx.commit().await?;
    } else {
        tx.rollback().await?;
    }
    Ok(made)
}

/// Makes an account and signs it in. Where one of its names is taken, nothing that was done in this
/// transaction may be committed.
pub(super) async fn make(
    tx: &mut Transaction,
    user: &NewUser,
    email_verified_at: Option<Timestamp>,
    session: &NewSession,
    occasion: &Occasion,
) -> Result<std::result::Result<(), Taken>> {
    let now = occasion.now;
    let inserted = sqlx::query(sql::INSERT_USER)
        .bind(user.id.as_str())
        .bind(user.email_id.as_str())
        .bind(&user.email)
        .bind(&user.username)
        .bind(&user.first_name)
        .bind(&user.last_name)
        .bind(&user.password_hash)
        .bind(now.millis())
        .bind(millis(email_verified_at))
        .execute(&mut **tx)
        .await;
    if let Err(refused) = inserted {
        // Only the unique indexes know: another sign-up may have come in between any look and this.
        return match error::taken(&refused) {
            Some(taken) => Ok(Err(taken)),
            None => Err(refused.into()),
        };
    }
    sqlx::query(sql::DELETE_SIGN_IN)
        .bind(session.client_id.as_str())
        .execute(&mut **tx)
        .await?;
    sessions::begin_session(tx, session, now).await?;
    devices::know(tx, session, occasion).await?;
    let event = Event::of(&user.id, SecurityEventKind::SignUp).in_session(&session.id);
    events::note(tx, event, occasion).await?;
    Ok(Ok(()))
}

pub(super) async fn user(db: &Database, id: &UserId) -> Result<Option<UserRecord>> {
    let row: Option<UserRow> = sqlx::query_as(sql::USER_BY_ID)
        .bind(id.as_str())
        .fetch_optional(db.reads())
        .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn user_by_identifier(
    db: &Database,
    identifier: &str,
) -> Result<Option<UserRecord>> {
    let row: Option<UserRow> = sqlx::query_as(sql::USER_BY_IDENTIFIER)
        .bind(identifier)
        .fetch_optional(db.reads())
        .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn spend_attempt(
    db: &Database,
    user: &UserId,
    session: Option<&SessionId>,
    strategy: Strategy,
    rule: LockoutRule,
    occasion: &Occasion,
) -> Result<Attempt> {
    let now = occasion.now;
    loop {
        // A transaction, although it changes one row: where a statement commits by itself, the
        // drivers hand its row out before the commit, and SQLite's swallows the commit's error.
        // An attempt that is not written down must not be admitted.
        let mut tx = db.begin().await?;
        let attempt = match devices::spend(&mut tx, user, rule, occasion).await? {
            Spent::OnDevice(attempt) => Some(attempt),
            Spent::NotYet => None,
            Spent::Nothing => spend(&mut tx, user, session, rule, now).await?,
        };
        if let Some(Attempt::Admitted { spent }) = attempt {
            let kind = if spent < rule.attempts {
                SecurityEventKind::AttemptFailed
            } else {
                SecurityEventKind::AccountLocked
            };
            events::note(&mut tx, Event::of(user, kind).by(strategy), occasion).await?;
            tx.commit().await?;
            return Ok(Attempt::Admitted { spent });
        }
        tx.rollback().await?;
        if let Some(locked) = attempt {
            return Ok(locked);
        }
    }
}

pub(super) async fn unlock(db: &Database, user: &UserId, occasion: &Occasion) -> Result<bool> {
    let mut tx = db.begin().await?;
    let mut unlocked = 0;
    for statement in [sql::UNLOCK, sql::UNLOCK_DEVICES] {
        unlocked += sqlx::query(statement)
            .bind(user.as_str())
            .bind(occasion.now.millis())
            .execute(&mut *tx)
            .await?
            .rows_affected();
    }
    if unlocked == 0 {
        tx.rollback().await?;
        return Ok(false);
    }
    let event = Event::of(user, SecurityEventKind::AccountUnlocked);
    events::note(&mut tx, event, occasion).await?;
    tx.commit().await?;
    Ok(true)
}

/// Spends an attempt on the account's count, and ends all sessions but the one that it is made in
/// where that locks the account; `None` where the lock that refused it is gone, since a
/// success came in between.
async fn spend(
    tx: &mut Transaction,
    user: &UserId,
    session: Option<&SessionId>,
    rule: LockoutRule,
    now: Timestamp,
) -> Result<Option<Attempt>> {
    let spent: Option<i64> = sqlx::query_scalar(sql::SPEND_ATTEMPT)
        .bind(user.as_str())
        .bind(now.millis())
        .bind(i64::from(rule.attempts))
        .bind(now.after(rule.duration).millis())
        .fetch_optional(&mut **tx)
        .await?;
    if let Some(spent) = spent {
        let spent = count("failed_attempts", spent)?;
        if spent >= rule.attempts {
            sessions::revoke_others(tx, user, session, now).await?;
        }
        return Ok(Some(Attempt::Admitted { spent }));
    }
    let locked_until: Option<i64> = sqlx::query_scalar(sql::LOCKED_UNTIL)
        .bind(user.as_str())
        .fetch_one(&mut **tx)
        .await?;
    Ok(locked_until
        .map(Timestamp::from_millis)
        .filter(|until| *until > now)
        .map(|until| Attempt::Locked { until }))
}
