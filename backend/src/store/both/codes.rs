//! Codes that are sent by mail.

use shared::Timestamp;

use super::{Database, queue::Queue, sign_in};
use crate::{
    ids::{SignInId, UserId},
    store::{
        CodeFor, LockoutRule, MailedCode, MailedCodeClaim, NewMailedCode, Occasion, QueuedCode,
        Result, SignInRecord,
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

/// The queue of codes for sign-ins.
const SIGN_INS: Queue = Queue {
    due: sql::CODE_DUE,
    claim: sql::CLAIM_CODE,
    finish: sql::FINISH_CODE,
    put_off: sql::PUT_CODE_OFF,
};

/// The queue of codes for sign-ups, whose rows have them.
const SIGN_UPS: Queue = Queue {
    due: sql::SIGN_UP_CODE_DUE,
    claim: sql::CLAIM_SIGN_UP_CODE,
    finish: sql::FINISH_SIGN_UP_CODE,
    put_off: sql::PUT_SIGN_UP_CODE_OFF,
};

const fn queue(claim: &MailedCodeClaim) -> &'static Queue {
    match claim.code_for {
        CodeFor::NewPassword(_) => &SIGN_INS,
        CodeFor::NewAccount(_) => &SIGN_UPS,
    }
}

pub(super) async fn claim(
    db: &Database,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<QueuedCode>> {
    if let Some((tx, row)) = SIGN_INS.claim::<QueuedCodeRow>(db, now, until).await? {
        tx.commit().await?;
        return Ok(Some(row.queued(CodeFor::NewPassword)?));
    }
    let claimed = SIGN_UPS.claim::<QueuedCodeRow>(db, now, until).await?;
    let Some((tx, row)) = claimed else {
        return Ok(None);
    };
    tx.commit().await?;
    Ok(Some(row.queued(CodeFor::NewAccount)?))
}

pub(super) async fn finish(db: &Database, claim: &MailedCodeClaim) -> Result<bool> {
    let id = claim.code_for.as_str();
    queue(claim).finish(db, id, claim.tries).await
}

pub(super) async fn put_off(
    db: &Database,
    claim: &MailedCodeClaim,
    until: Timestamp,
) -> Result<bool> {
    let id = claim.code_for.as_str();
    queue(claim).put_off(db, id, claim.tries, until).await
}
