//! `/v1/client/sessions/{id}`: the sessions of the calling browser.

use axum::{Json, Router, extract::Path, response::Response, routing::post};
use shared::{
    ErrorCode,
    resources::{SessionStatus, SessionToken},
};

use crate::{
    AppState,
    domain::{Context, session},
    http::{Browser, Failure, session_resource},
    ids::SessionId,
    store::{SessionRecord, UserRecord},
};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/client/sessions/{id}/touch", post(touch))
        .route("/client/sessions/{id}/tokens", post(tokens))
        .route("/client/sessions/{id}/remove", post(remove))
        .route("/client/sessions/{id}/end", post(end))
}

/// The live session of that id on this browser, with its user.
pub(super) fn find(browser: &Browser, id: String) -> Result<(SessionRecord, UserRecord), Failure> {
    let id = SessionId::from(id);
    let missing = match &browser.client {
        None => ErrorCode::AuthenticationInvalid,
        Some(_) if browser.sessions.is_empty() => ErrorCode::SignedOut,
        Some(_) => ErrorCode::ResourceNotFound,
    };
    browser
        .sessions
        .iter()
        .find(|(session, _)| session.id == id)
        .cloned()
        .ok_or(missing.into())
}

async fn touch(browser: Browser, Path(id): Path<String>) -> Result<Response, Failure> {
    let (session, user) = find(&browser, id)?;
    session::touch(&browser.context(), &session).await?;
    let Context { policy, now, .. } = browser.context();
    let session = SessionRecord {
        last_active_at: now,
        updated_at: now,
        ..session
    };
    let mut resource = session_resource(&session, &user, policy, now);
    resource.last_active_token = Some(browser.session_token(&session).await?);
    browser.changed(resource, None).await
}

/// A token of the session, by itself: nothing of the client changed.
async fn tokens(browser: Browser, Path(id): Path<String>) -> Result<Json<SessionToken>, Failure> {
    let (session, _) = find(&browser, id)?;
    session::note_use(&browser.context(), &session).await?;
    Ok(Json(browser.session_token(&session).await?))
}

async fn remove(browser: Browser, path: Path<String>) -> Result<Response, Failure> {
    over(browser, path, SessionStatus::Removed).await
}

async fn end(browser: Browser, path: Path<String>) -> Result<Response, Failure> {
    over(browser, path, SessionStatus::Ended).await
}

async fn over(
    browser: Browser,
    Path(id): Path<String>,
    status: SessionStatus,
) -> Result<Response, Failure> {
    let (session, user) = find(&browser, id)?;
    let Context {
        store, policy, now, ..
    } = browser.context();
    if !store
        .end_session(&user.id, &session.id, status, now)
        .await?
    {
        return Err(ErrorCode::ResourceNotFound.into());
    }
    let session = SessionRecord {
        status,
        updated_at: now,
        ..session
    };
    let resource = session_resource(&session, &user, policy, now);
    browser.changed(resource, None).await
}
