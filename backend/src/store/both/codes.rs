//! Codes that are sent by mail.

use shared::Timestamp;

use super::{Database, sign_in};
use crate::{
    ids::{SignInId, UserId},
    store::{
        LockoutRule, MailedCode, MailedCodeClaim, NewMailedCode, Occasion, QueuedCode, Result,
        SignInRecord,
        rows::{MailedCodeRow, QueuedCodeRow},
        sql,
    },
};

pub(super) async fn keep(db: &Database, code: &NewMailedCode, now: Timestamp) -> Result<bool> {
    let keep = sqlx::query(sql::KEEP_MAILED_CODE)
        .bind(code.sign_in_id.as_str())
        .bind(&code.recipient)
        .bind(&code.sealed_code)
        .bind(code.expire_at.millis())
        .bind(now.millis());
    Ok(db.execute(keep).await? == 1)
}

pub(super) async fn of_sign_in(db: &Database, sign_in: &SignInId) -> Result<Option<MailedCode>> {
    let row: Option<MailedCodeRow> = sqlx::query_as(sql::MAILED_CODE)
        .bind(sign_in.as_str())
        .fetch_optional(db.reads())
        .await?;
    Ok(row.map(Into::into))
}

pub(super) async fn accept(
    db: &Database,
    begun: &SignInRecord,
    user: &UserId,
    sealed_code: &[u8],
    until: Timestamp,
    rule: LockoutRule,
    occasion: &Occasion,
) -> Result<bool> {
    let now = occasion.now;
    let mut tx = db.begin().await?;
    let is_admitted = sign_in::admit(&mut tx, begun, user, None, rule, occasion).await?;
    let advanced = sqlx::query(sql::ADVANCE_TO_NEW_PASSWORD)
        .bind(begun.id.as_str())
        .bind(begun.client_id.as_str())
        .bind(user.as_str())
        .bind(begun.credentials_version)
        .bind(now.millis())
        .bind(until.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    let taken = sqlx::query(sql::USE_MAILED_CODE)
        .bind(begun.id.as_str())
        .bind(sealed_code)
        .bind(now.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if !is_admitted || advanced == 0 || taken == 0 {
        tx.rollback().await?;
        return Ok(false);
    }
    sign_in::go_on(&mut tx, begun, user, rule, occasion).await?;
    tx.commit().await?;
    Ok(true)
}

pub(super) async fn claim(
    db: &Database,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<QueuedCode>> {
    // Most of the time there is none: that is found out without a lock.
    let due: Option<i32> = sqlx::query_scalar(sql::CODE_DUE)
        .bind(now.millis())
        .fetch_optional(db.reads())
        .await?;
    if due.is_none() {
        return Ok(None);
    }
    let mut tx = db.begin().await?;
    let claimed: Option<QueuedCodeRow> = sqlx::query_as(sql::CLAIM_CODE)
        .bind(now.millis())
        .bind(until.millis())
        .fetch_optional(&mut *tx)
        .await?;
    let Some(row) = claimed else {
        tx.rollback().await?;
        return Ok(None);
    };
    tx.commit().await?;
    Ok(Some(row.try_into()?))
}

pub(super) async fn finish(db: &Database, claim: &MailedCodeClaim) -> Result<bool> {
    let finish = sqlx::query(sql::FINISH_CODE)
        .bind(claim.sign_in_id.as_str())
        .bind(i64::from(claim.tries));
    Ok(db.execute(finish).await? == 1)
}

pub(super) async fn put_off(
    db: &Database,
    claim: &MailedCodeClaim,
    until: Timestamp,
) -> Result<bool> {
    let put_off = sqlx::query(sql::PUT_CODE_OFF)
        .bind(claim.sign_in_id.as_str())
        .bind(i64::from(claim.tries))
        .bind(until.millis());
    Ok(db.execute(put_off).await? == 1)
}
