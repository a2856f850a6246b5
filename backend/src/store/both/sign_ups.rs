//! Sign-ups that wait for their e-mail address to be verified.

use shared::Timestamp;

use super::{Database, accounts, sign_in};
use crate::{
    ids::ClientId,
    store::{
        NewSignUpCode, Occasion, Result, SignUpCompletion, SignUpRecord, SpentOnCode, Taken,
        rows::{SignUpRow, SpentOnCodeRow},
        sql,
    },
};

pub(super) async fn start(db: &Database, sign_up: &SignUpRecord, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query(sql::START_SIGN_UP)
        .bind(sign_up.id.as_str())
        .bind(sign_up.client_id.as_str())
        .bind(&sign_up.email)
        .bind(&sign_up.username)
        .bind(&sign_up.first_name)
        .bind(&sign_up.last_name)
        .bind(&sign_up.password_hash)
        .bind(sign_up.abandon_at.millis())
        .bind(sign_up.created_at.millis())
        .execute(&mut *tx)
        .await?;
    sign_in::change_client(&mut tx, &sign_up.client_id, now).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn of_client(db: &Database, client: &ClientId) -> Result<Option<SignUpRecord>> {
    let row: Option<SignUpRow> = sqlx::query_as(sql::SIGN_UP)
        .bind(client.as_str())
        .fetch_optional(db.reads())
        .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn keep_code(db: &Database, code: &NewSignUpCode, now: Timestamp) -> Result<bool> {
    let keep = sqlx::query(sql::KEEP_SIGN_UP_CODE)
        .bind(code.sign_up_id.as_str())
        .bind(code.client_id.as_str())
        .bind(&code.sealed_code)
        .bind(now.millis())
        .bind(code.expire_at.millis())
        .bind(code.abandon_at.millis())
        .bind(i64::from(code.most));
    Ok(db.execute(keep).await? == 1)
}

pub(super) async fn spend_attempt(
    db: &Database,
    sign_up: &SignUpRecord,
    most: u32,
    now: Timestamp,
) -> Result<Option<SpentOnCode>> {
    // A transaction, although it changes one row: the drivers would hand the row out before its
    // commit, and an attempt that is not written down must not be admitted.
    let mut tx = db.begin().await?;
    let spent: Option<SpentOnCodeRow> = sqlx::query_as(sql::SPEND_CODE_ATTEMPT)
        .bind(sign_up.id.as_str())
        .bind(sign_up.client_id.as_str())
        .bind(i64::from(most))
        .bind(now.millis())
        .fetch_optional(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(spent.map(TryInto::try_into).transpose()?)
}

pub(super) async fn complete(
    db: &Database,
    completion: &SignUpCompletion,
    occasion: &Occasion,
) -> Result<std::result::Result<bool, Taken>> {
    let SignUpCompletion { user, session, .. } = completion;
    let now = occasion.now;
    let mut tx = db.begin().await?;
    let completed = sqlx::query(sql::COMPLETE_SIGN_UP)
        .bind(completion.id.as_str())
        .bind(session.client_id.as_str())
        .bind(&completion.sealed_code)
        .bind(now.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if completed == 0 {
        tx.rollback().await?;
        return Ok(Ok(false));
    }
    let made = accounts::make(&mut tx, user, Some(now), session, occasion).await?;
    if let Err(taken) = made {
        tx.rollback().await?;
        return Ok(Err(taken));
    }
    tx.commit().await?;
    Ok(Ok(true))
}
