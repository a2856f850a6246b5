//! `/v1/client/sessions/{id}`: the sessions of the calling browser.

use aide::axum::{ApiRouter, routing::post_with};
use axum::{Json, extract::Path};
use shared::{
    ErrorCode,
    resources::{Session, SessionStatus, SessionToken},
};

use super::{ById, operation};
use crate::{
    AppState,
    domain::{Context, session},
    http::{Browser, Failure, Reply, session_resource},
    ids::SessionId,
    store::{SessionRecord, UserRecord},
};

const TAG: &str = "Client";

pub(super) fn router() -> ApiRouter<AppState> {
    ApiRouter::new()
        .api_route(
            "/client/sessions/{id}/touch",
            post_with(
                touch,
                operation(
                    TAG,
                    "touchSession",
                    "Use a session, and make it the active one",
                ),
            ),
        )
        .api_route(
            "/client/sessions/{id}/tokens",
            post_with(
                tokens,
                operation(
                    "Tokens",
                    "createSessionToken",
                    "A signed token of a session, for 60 s",
                ),
            ),
        )
        .api_route(
            "/client/sessions/{id}/remove",
            post_with(
                remove,
                operation(TAG, "removeSession", "Sign a session out"),
            ),
        )
        .api_route(
            "/client/sessions/{id}/end",
            post_with(end, operation(TAG, "endSession", "End a session")),
        )
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

async fn touch(browser: Browser, Path(path): Path<ById>) -> Result<Reply<Session>, Failure> {
    let (session, user) = find(&browser, path.id)?;
    session::touch(&browser.context(), &session).await?;
    let now = browser.now;
    let session = SessionRecord {
        last_active_at: now,
        updated_at: now,
        ..session
    };
    let mut resource = session_resource(&session, &user, &browser.context());
    resource.last_active_token = Some(browser.session_token(&session, &user).await?);
    browser.changed(resource, None).await
}

/// A token of the session, by itself: nothing of the client changed.
async fn tokens(browser: Browser, Path(path): Path<ById>) -> Result<Json<SessionToken>, Failure> {
    let (session, user) = find(&browser, path.id)?;
    session::note_use(&browser.context(), &session).await?;
    Ok(Json(browser.session_token(&session, &user).await?))
}

async fn remove(browser: Browser, path: Path<ById>) -> Result<Reply<Session>, Failure> {
    over(browser, path, SessionStatus::Removed).await
}

async fn end(browser: Browser, path: Path<ById>) -> Result<Reply<Session>, Failure> {
    over(browser, path, SessionStatus::Ended).await
}

async fn over(
    browser: Browser,
    Path(path): Path<ById>,
    status: SessionStatus,
) -> Result<Reply<Session>, Failure> {
    let (session, user) = find(&browser, path.id)?;
    let Context { store, now, .. } = browser.context();
    if !store
        .end_session(&user.id, &session.id, status, &browser.context().occasion())
        .await?
    {
        return Err(ErrorCode::ResourceNotFound.into());
    }
    let session = SessionRecord {
        status,
        updated_at: now,
        ..session
    };
    let resource = session_resource(&session, &user, &browser.context());
    browser.changed(resource, None).await
}
