//! The authenticator app and the backup codes.

use shared::{
    Timestamp,
    resources::{SecurityEventKind, Strategy},
};

use super::{
    Database, Transaction, devices,
    events::{self, Event},
    sessions,
};
use crate::{
    ids::{BackupCodeSetId, SessionId, UserId},
    store::{
        BackupCodeSet, NewBackupCodes, NewTotp, Occasion, Presented, RemovedTotp, Result,
        TotpRecord, TotpVerification,
        rows::{BackupCodeSetRow, TotpRow, step_number},
        sql,
        texts::backup_code_kind_text,
    },
};

pub(super) async fn create_totp(
    db: &Database,
    totp: &NewTotp,
    occasion: &Occasion,
) -> Result<bool> {
    let now = occasion.now;
    let mut tx = db.begin().await?;
    change_user(&mut tx, sql::CHANGE_USER, &totp.user_id, now).await?;
    let created = sqlx::query(sql::CREATE_TOTP)
        .bind(totp.id.as_str())
        .bind(totp.user_id.as_str())
        .bind(&totp.sealed_secret)
        .bind(now.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if created == 0 {
        tx.rollback().await?;
        return Ok(false);
    }
    let event = Event::of(&totp.user_id, SecurityEventKind::TotpCreated);
    events::note(&mut tx, event, occasion).await?;
    tx.commit().await?;
    Ok(true)
}

pub(super) async fn totp(db: &Database, user: &UserId) -> Result<Option<TotpRecord>> {
    let row: Option<TotpRow> = sqlx::query_as(sql::TOTP_BY_USER)
        .bind(user.as_str())
        .fetch_optional(db.reads())
        .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn any_totp(db: &Database) -> Result<Option<TotpRecord>> {
    let row: Option<TotpRow> = sqlx::query_as(sql::ANY_TOTP)
        .fetch_optional(db.reads())
        .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn verify_totp(
    db: &Database,
    verification: &TotpVerification,
    occasion: &Occasion,
) -> Result<(Presented, bool)> {
    let now = occasion.now;
    let user = &verification.user_id;
    let mut tx = db.begin().await?;
    sqlx::query(sql::ENABLE_MFA)
        .bind(user.as_str())
        .bind(now.millis())
        .bind(devices::token(occasion))
        .execute(&mut *tx)
        .await?;
    let verified = sqlx::query(sql::VERIFY_TOTP)
        .bind(verification.id.as_str())
        .bind(user.as_str())
        .bind(step_number(verification.step))
        .bind(verification.made_after.millis())
        .bind(now.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if verified == 0 {
        tx.rollback().await?;
        return Ok((Presented::Over, false));
    }
    let kept = match &verification.backup_codes {
        Some(codes) => insert_backup_codes(&mut tx, user, codes, now).await?,
        None => false,
    };
    let settled = sqlx::query(sql::SETTLE_SESSION)
        .bind(verification.session_id.as_str())
        .bind(user.as_str())
        .bind(now.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if settled == 0 {
        tx.rollback().await?;
        return Ok((Presented::Over, false));
    }
    devices::reset(&mut tx, user, occasion).await?;
    devices::keep(&mut tx, user, occasion).await?;
    sessions::revoke_others(&mut tx, user, Some(&verification.session_id), now).await?;
    let event = Event::of(user, SecurityEventKind::TotpVerified)
        .by(Strategy::Totp)
        .in_session(&verification.session_id);
    events::note(&mut tx, event, occasion).await?;
    tx.commit().await?;
    Ok((Presented::Accepted, kept))
}

pub(super) async fn remove_totp(
    db: &Database,
    user: &UserId,
    session: &SessionId,
    occasion: &Occasion,
) -> Result<RemovedTotp> {
    let now = occasion.now;
    let mut tx = db.begin().await?;
    change_user(&mut tx, sql::CHANGE_USER, user, now).await?;
    let deleted: Option<(String, Option<i64>)> = sqlx::query_as(sql::DELETE_TOTP)
        .bind(user.as_str())
        .fetch_optional(&mut *tx)
        .await?;
    let removed = match deleted {
        None => {
            tx.rollback().await?;
            return Ok(RemovedTotp::None);
        }
        Some((id, None)) => RemovedTotp::Unverified(id.into()),
        Some((id, Some(_))) => {
            change_user(&mut tx, sql::DISABLE_MFA, user, now).await?;
            sqlx::query(sql::DELETE_BACKUP_CODE_SET)
                .bind(user.as_str())
                .execute(&mut *tx)
                .await?;
            devices::keep(&mut tx, user, occasion).await?;
            sessions::revoke_others(&mut tx, user, Some(session), now).await?;
            let event = Event::of(user, SecurityEventKind::TotpRemoved).in_session(session);
            events::note(&mut tx, event, occasion).await?;
            RemovedTotp::Verified(id.into())
        }
    };
    tx.commit().await?;
    Ok(removed)
}

pub(super) async fn backup_code_set(db: &Database, user: &UserId) -> Result<Option<BackupCodeSet>> {
    let row: Option<BackupCodeSetRow> = sqlx::query_as(sql::BACKUP_CODE_SET)
        .bind(user.as_str())
        .fetch_optional(db.reads())
        .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn backup_code_hashes(
    db: &Database,
    set: &BackupCodeSetId,
) -> Result<Vec<Vec<u8>>> {
    let hashes = sqlx::query_scalar(sql::BACKUP_CODE_HASHES)
        .bind(set.as_str())
        .fetch_all(db.reads())
        .await?;
    Ok(hashes)
}

pub(super) async fn replace_backup_codes(
    db: &Database,
    user: &UserId,
    codes: &NewBackupCodes,
    occasion: &Occasion,
) -> Result<bool> {
    let now = occasion.now;
    let mut tx = db.begin().await?;
    change_user(&mut tx, sql::RENEW_CREDENTIALS, user, now).await?;
    sqlx::query(sql::DELETE_BACKUP_CODE_SET)
        .bind(user.as_str())
        .execute(&mut *tx)
        .await?;
    if !insert_backup_codes(&mut tx, user, codes, now).await? {
        tx.rollback().await?;
        return Ok(false);
    }
    devices::keep(&mut tx, user, occasion).await?;
    let event = Event::of(user, SecurityEventKind::BackupCodesCreated);
    events::note(&mut tx, event, occasion).await?;
    tx.commit().await?;
    Ok(true)
}

/// One of the statements that change a user and take nothing but the time. From here on the
/// transaction has the user's factors for itself.
pub(super) async fn change_user(
    tx: &mut Transaction,
    statement: &'static str,
    user: &UserId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(statement)
        .bind(user.as_str())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Keeps the codes where the user has a verified authenticator app and no set yet; tells whether.
pub(super) async fn insert_backup_codes(
    tx: &mut Transaction,
    user: &UserId,
    codes: &NewBackupCodes,
    now: Timestamp,
) -> Result<bool> {
    let inserted = sqlx::query(sql::INSERT_BACKUP_CODE_SET)
        .bind(codes.id.as_str())
        .bind(user.as_str())
        .bind(&codes.salt)
        .bind(backup_code_kind_text(codes.kind))
        .bind(now.millis())
        .execute(&mut **tx)
        .await?
        .rows_affected();
    if inserted == 0 {
        return Ok(false);
    }
    for hash in &codes.hashes {
        sqlx::query(sql::INSERT_BACKUP_CODE)
            .bind(codes.id.as_str())
            .bind(hash)
            .execute(&mut **tx)
            .await?;
    }
    Ok(true)
}
