//! Browsers that an account knows, and identifiers that no account has: who is counted apart.

use shared::Timestamp;

use super::{Database, Transaction};
use crate::{
    ids::UserId,
    store::{Attempt, LockoutRule, NewSession, Occasion, Result, TokenHash, rows::count, sql},
};

/// The answer to [`spend`].
pub(super) enum Spent {
    /// The device has its own count, and this came of it.
    OnDevice(Attempt),
    /// The lock that refused the attempt is gone, since a success came in between.
    NotYet,
    /// The account does not know the device.
    Nothing,
}

/// Spends an attempt on the device's own count.
pub(super) async fn spend(
    tx: &mut Transaction,
    user: &UserId,
    rule: LockoutRule,
    occasion: &Occasion,
) -> Result<Spent> {
    let Some(token) = &occasion.device_token else {
        return Ok(Spent::Nothing);
    };
    let spent: Option<i64> = sqlx::query_scalar(sql::SPEND_DEVICE_ATTEMPT)
        .bind(&token[..])
        .bind(user.as_str())
        .bind(occasion.now.millis())
        .bind(i64::from(rule.attempts))
        .bind(occasion.now.after(rule.duration).millis())
        .fetch_optional(&mut **tx)
        .await?;
    if let Some(spent) = spent {
        let spent = count("failed_attempts", spent)?;
        return Ok(Spent::OnDevice(Attempt::Admitted { spent }));
    }
    let locked_until: Option<Option<i64>> = sqlx::query_scalar(sql::DEVICE_LOCKED_UNTIL)
        .bind(&token[..])
        .bind(user.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(match locked_until {
        None => Spent::Nothing,
        Some(None) => Spent::NotYet,
        Some(Some(until)) => Spent::OnDevice(Attempt::Locked {
            until: Timestamp::from_millis(until),
        }),
    })
}

pub(super) async fn spend_on_nobody(
    db: &Database,
    identifier_hash: &[u8; 32],
    rule: LockoutRule,
    now: Timestamp,
) -> Result<Attempt> {
    let mut tx = db.begin().await?;
    let spent: Option<i64> = sqlx::query_scalar(sql::SPEND_ATTEMPT_ON_NOBODY)
        .bind(&identifier_hash[..])
        .bind(now.millis())
        .bind(i64::from(rule.attempts))
        .bind(now.after(rule.duration).millis())
        .fetch_optional(&mut *tx)
        .await?;
    if let Some(spent) = spent {
        tx.commit().await?;
        let spent = count("failed_attempts", spent)?;
        return Ok(Attempt::Admitted { spent });
    }
    let locked_until: i64 = sqlx::query_scalar(sql::NOBODY_LOCKED_UNTIL)
        .bind(&identifier_hash[..])
        .fetch_one(&mut *tx)
        .await?;
    tx.rollback().await?;
    Ok(Attempt::Locked {
        until: Timestamp::from_millis(locked_until),
    })
}

/// The token of the device, as a parameter of the statements that change its user's count.
pub(super) fn token(occasion: &Occasion) -> Option<&[u8]> {
    occasion.device_token.as_ref().map(|token| &token[..])
}

/// A password was right: its attempt is given back, or resets the count where it is all there is.
pub(super) async fn password_was_right(
    tx: &mut Transaction,
    user: &UserId,
    rule: LockoutRule,
    occasion: &Occasion,
) -> Result<()> {
    if let Some(token) = &occasion.device_token {
        sqlx::query(sql::GIVE_DEVICE_ATTEMPT_BACK)
            .bind(&token[..])
            .bind(user.as_str())
            .bind(i64::from(rule.attempts))
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// A success: the device's count begins anew.
pub(super) async fn reset(tx: &mut Transaction, user: &UserId, occasion: &Occasion) -> Result<()> {
    on_device(tx, sql::RESET_DEVICE_ATTEMPTS, user, occasion).await
}

/// The credentials changed from this device: the account goes on knowing it, and no other.
pub(super) async fn keep(tx: &mut Transaction, user: &UserId, occasion: &Occasion) -> Result<()> {
    on_device(tx, sql::KEEP_DEVICE, user, occasion).await
}

async fn on_device(
    tx: &mut Transaction,
    statement: &'static str,
    user: &UserId,
    occasion: &Occasion,
) -> Result<()> {
    if let Some(token) = &occasion.device_token {
        sqlx::query(statement)
            .bind(&token[..])
            .bind(user.as_str())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// The device has signed in: from here on the account knows it by its new token, and so do the
/// other accounts that knew the old one. Tells whether this account knew it before.
pub(super) async fn know(
    tx: &mut Transaction,
    session: &NewSession,
    occasion: &Occasion,
) -> Result<bool> {
    let new: &TokenHash = &session.device_token_hash;
    let knew: Vec<String> = match &occasion.device_token {
        Some(old) => {
            sqlx::query_scalar(sql::REPLACE_DEVICE_TOKEN)
                .bind(&old[..])
                .bind(&new[..])
                .fetch_all(&mut **tx)
                .await?
        }
        None => Vec::new(),
    };
    sqlx::query(sql::KNOW_DEVICE)
        .bind(&new[..])
        .bind(session.user_id.as_str())
        .bind(occasion.now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(knew.iter().any(|user| user == session.user_id.as_str()))
}
