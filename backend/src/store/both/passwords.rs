//! New passwords.

use shared::{
    Timestamp,
    resources::{SecurityEventKind, Strategy},
};

use super::{
    Database, Transaction, devices,
    events::{self, Event},
    sessions, sign_in,
};
use crate::{
    ids::UserId,
    store::{LockoutRule, Occasion, PasswordChange, Result, SignInRecord, sql},
};

pub(super) async fn change(
    db: &Database,
    change: &PasswordChange,
    rule: LockoutRule,
    occasion: &Occasion,
) -> Result<bool> {
    let now = occasion.now;
    let user = &change.user_id;
    let mut tx = db.begin().await?;
    if change.checked {
        sqlx::query(sql::STEP_UP_BY_PASSWORD)
            .bind(user.as_str())
            .bind(change.credentials_version)
            .bind(i64::from(rule.attempts))
            .bind(now.millis())
            .bind(devices::token(occasion))
            .execute(&mut *tx)
            .await?;
    }
    if !replace(
        &mut tx,
        user,
        change.credentials_version,
        &change.password_hash,
        occasion,
    )
    .await?
    {
        tx.rollback().await?;
        return Ok(false);
    }
    sessions::revoke_others(&mut tx, user, Some(&change.session_id), now).await?;
    if change.checked {
        devices::password_was_right(&mut tx, user, rule, occasion).await?;
    }
    devices::keep(&mut tx, user, occasion).await?;
    let event = Event::of(user, SecurityEventKind::PasswordChanged).in_session(&change.session_id);
    let event = if change.checked {
        event.by(Strategy::Password)
    } else {
        event
    };
    events::note(&mut tx, event, occasion).await?;
    tx.commit().await?;
    Ok(true)
}

/// Puts the new password in the place of the old one, where the credentials are still of that
/// version; tells whether.
pub(super) async fn replace(
    tx: &mut Transaction,
    user: &UserId,
    credentials_version: i64,
    password_hash: &str,
    occasion: &Occasion,
) -> Result<bool> {
    let replaced = sqlx::query(sql::CHANGE_PASSWORD)
        .bind(user.as_str())
        .bind(credentials_version)
        .bind(password_hash)
        .bind(occasion.now.millis())
        .execute(&mut **tx)
        .await?
        .rows_affected();
    Ok(replaced == 1)
}

pub(super) async fn keep_new(
    db: &Database,
    begun: &SignInRecord,
    password_hash: &str,
    now: Timestamp,
) -> Result<bool> {
    let mut tx = db.begin().await?;
    let kept = sqlx::query(sql::KEEP_NEW_PASSWORD)
        .bind(begun.id.as_str())
        .bind(begun.client_id.as_str())
        .bind(password_hash)
        .bind(now.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if kept == 0 {
        tx.rollback().await?;
        return Ok(false);
    }
    sign_in::change_client(&mut tx, &begun.client_id, now).await?;
    tx.commit().await?;
    Ok(true)
}
