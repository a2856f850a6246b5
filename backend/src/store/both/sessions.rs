//! Clients and their sessions.

use shared::{
    Timestamp,
    resources::{SecurityEventKind, SessionStatus},
};

use sqlx::FromRow;

use super::{
    Database, Transaction,
    events::{self, Event},
};
use crate::{
    ids::{ClientId, SessionId, UserId},
    store::{
        ClientRecord, NewSession, Occasion, Recognition, Result, SessionRecord, TokenHash,
        UserRecord,
        rows::{ClientRow, RecognitionRow, SessionRow, SessionWithUserRow, millis},
        sql,
        texts::status_text,
    },
};

pub(super) async fn recognise(
    db: &Database,
    token_hash: Option<&TokenHash>,
) -> Result<Recognition> {
    let rows = sqlx::query(sql::RECOGNISE)
        .bind(token_hash.map(|hash| &hash[..]))
        .fetch_all(db.reads())
        .await?;
    let mut recognised = None;
    let mut sessions = Vec::new();
    for row in &rows {
        let recognition = RecognitionRow::from_row(row)?;
        // A row without a session stands for a client that has none, or for no client at all.
        if recognition.has_session() {
            sessions.push(SessionWithUserRow::from_row(row)?.try_into()?);
        }
        recognised = Some(recognition);
    }
    let (settings, client) = recognised.ok_or(sqlx::Error::RowNotFound)?.into();
    Ok(Recognition {
        settings,
        client,
        sessions,
    })
}

pub(super) async fn client_by_token(
    db: &Database,
    token_hash: &TokenHash,
) -> Result<Option<ClientRecord>> {
    let row: Option<ClientRow> = sqlx::query_as(sql::CLIENT_BY_TOKEN)
        .bind(&token_hash[..])
        .fetch_optional(db.reads())
        .await?;
    Ok(row.map(Into::into))
}

pub(super) async fn create_client(
    db: &Database,
    id: &ClientId,
    token_hash: &TokenHash,
    now: Timestamp,
) -> Result<()> {
    let insert = sqlx::query(sql::INSERT_CLIENT)
        .bind(id.as_str())
        .bind(&token_hash[..])
        .bind(now.millis());
    db.execute(insert).await?;
    Ok(())
}

pub(super) async fn client_sessions(
    db: &Database,
    client: &ClientId,
) -> Result<Vec<(SessionRecord, UserRecord)>> {
    let rows: Vec<SessionWithUserRow> = sqlx::query_as(sql::CLIENT_SESSIONS)
        .bind(client.as_str())
        .fetch_all(db.reads())
        .await?;
    Ok(rows
        .into_iter()
        .map(TryInto::try_into)
        .collect::<std::result::Result<_, _>>()?)
}

pub(super) async fn live_sessions(
    db: &Database,
    user: &UserId,
    now: Timestamp,
) -> Result<Vec<SessionRecord>> {
    let rows: Vec<SessionRow> = sqlx::query_as(sql::LIVE_SESSIONS)
        .bind(user.as_str())
        .bind(now.millis())
        .fetch_all(db.reads())
        .await?;
    Ok(rows
        .into_iter()
        .map(TryInto::try_into)
        .collect::<std::result::Result<_, _>>()?)
}

pub(super) async fn touch_session(
    db: &Database,
    session: &SessionId,
    abandon_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let client: Option<String> = sqlx::query_scalar(sql::TOUCH_SESSION)
        .bind(session.as_str())
        .bind(now.millis())
        .bind(abandon_at.millis())
        .fetch_optional(&mut *tx)
        .await?;
    let Some(client) = client else {
        tx.rollback().await?;
        return Ok(());
    };
    sqlx::query(sql::ACTIVATE_SESSION)
        .bind(client)
        .bind(session.as_str())
        .bind(now.millis())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn end_session(
    db: &Database,
    user: &UserId,
    session: &SessionId,
    status: SessionStatus,
    occasion: &Occasion,
) -> Result<bool> {
    let now = occasion.now;
    let mut tx = db.begin().await?;
    let client: Option<String> = sqlx::query_scalar(sql::END_SESSION)
        .bind(session.as_str())
        .bind(user.as_str())
        .bind(status_text(status))
        .bind(now.millis())
        .fetch_optional(&mut *tx)
        .await?;
    let Some(client) = client else {
        tx.rollback().await?;
        return Ok(false);
    };
    sqlx::query(sql::FORGET_SESSION)
        .bind(client)
        .bind(session.as_str())
        .bind(now.millis())
        .execute(&mut *tx)
        .await?;
    let event = Event::of(user, SecurityEventKind::SessionEnded).in_session(session);
    events::note(&mut tx, event, occasion).await?;
    tx.commit().await?;
    Ok(true)
}

pub(super) async fn end_client_sessions(
    db: &Database,
    client: &ClientId,
    occasion: &Occasion,
) -> Result<u64> {
    let now = occasion.now;
    let mut tx = db.begin().await?;
    for statement in [sql::DELETE_SIGN_UP, sql::DELETE_SIGN_IN] {
        sqlx::query(statement)
            .bind(client.as_str())
            .execute(&mut *tx)
            .await?;
    }
    let ended: Vec<(String, String)> = sqlx::query_as(sql::END_CLIENT_SESSIONS)
        .bind(client.as_str())
        .bind(now.millis())
        .fetch_all(&mut *tx)
        .await?;
    sqlx::query(sql::FORGET_CLIENT_SESSIONS)
        .bind(client.as_str())
        .bind(now.millis())
        .execute(&mut *tx)
        .await?;
    // A client has one session at a time, so one event is enough.
    if let Some((session, user)) = ended.first() {
        let (session, user) = (session.clone().into(), user.clone().into());
        let event = Event::of(&user, SecurityEventKind::SessionEnded).in_session(&session);
        events::note(&mut tx, event, occasion).await?;
    }
    tx.commit().await?;
    Ok(ended.len() as u64)
}

/// Ends the sessions of a user other than `kept`, where one is, and their clients forget them.
pub(super) async fn revoke_others(
    tx: &mut Transaction,
    user: &UserId,
    kept: Option<&SessionId>,
    now: Timestamp,
) -> Result<()> {
    for statement in [sql::REVOKE_OTHER_SESSIONS, sql::FORGET_OTHER_SESSIONS] {
        sqlx::query(statement)
            .bind(user.as_str())
            .bind(kept.map(SessionId::as_str))
            .bind(now.millis())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Gives the client its new token and the new session, which nobody else knows yet.
pub(super) async fn begin_session(
    tx: &mut Transaction,
    session: &NewSession,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(sql::HAND_OVER_CLIENT)
        .bind(session.client_id.as_str())
        .bind(&session.token_hash[..])
        .bind(session.id.as_str())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    sqlx::query(sql::INSERT_SESSION)
        .bind(session.id.as_str())
        .bind(session.client_id.as_str())
        .bind(session.user_id.as_str())
        .bind(status_text(session.status))
        .bind(session.expire_at.millis())
        .bind(session.abandon_at.millis())
        .bind(millis(session.first_factor_at))
        .bind(millis(session.second_factor_at))
        .bind(&session.device.ip_address)
        .bind(&session.device.user_agent)
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
