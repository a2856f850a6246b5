//! Using a right code up.

use shared::{Timestamp, totp::Step};

use super::Transaction;
use crate::{
    ids::{BackupCodeSetId, TotpId, UserId},
    store::{Presented, Proof, Result, rows::step_number, sql},
};

/// Uses the proof of a user up. The transaction holds the user's row, so nobody changes the factor
/// between the statements; it must be rolled back unless the proof is accepted.
pub(super) async fn present(
    tx: &mut Transaction,
    user: &UserId,
    proof: &Proof,
    now: Timestamp,
) -> Result<Presented> {
    match proof {
        Proof::Password => Ok(Presented::Accepted),
        Proof::Totp { totp_id, step } => present_step(tx, user, totp_id, *step, now).await,
        Proof::BackupCode { set_id, hash } => present_code(tx, user, set_id, hash, now).await,
    }
}

async fn present_step(
    tx: &mut Transaction,
    user: &UserId,
    totp: &TotpId,
    step: Step,
    now: Timestamp,
) -> Result<Presented> {
    let accepted = sqlx::query(sql::ACCEPT_STEP)
        .bind(totp.as_str())
        .bind(user.as_str())
        .bind(step_number(step))
        .bind(now.millis())
        .execute(&mut **tx)
        .await?
        .rows_affected();
    if accepted == 1 {
        return Ok(Presented::Accepted);
    }
    let last_step: Option<Option<i64>> = sqlx::query_scalar(sql::LAST_STEP)
        .bind(totp.as_str())
        .bind(user.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(if last_step.is_some() {
        Presented::AlreadyUsed
    } else {
        Presented::Wrong
    })
}

async fn present_code(
    tx: &mut Transaction,
    user: &UserId,
    set: &BackupCodeSetId,
    hash: &[u8],
    now: Timestamp,
) -> Result<Presented> {
    let accepted = sqlx::query(sql::USE_BACKUP_CODE)
        .bind(set.as_str())
        .bind(hash)
        .bind(user.as_str())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?
        .rows_affected();
    if accepted == 1 {
        return Ok(Presented::Accepted);
    }
    let used_at: Option<Option<i64>> = sqlx::query_scalar(sql::BACKUP_CODE_USED_AT)
        .bind(set.as_str())
        .bind(hash)
        .bind(user.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(if used_at.is_some() {
        Presented::AlreadyUsed
    } else {
        Presented::Wrong
    })
}
