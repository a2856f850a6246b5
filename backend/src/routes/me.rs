//! `/v1/me`: the signed-in user, and where they are signed in.

use axum::{
    Router,
    extract::Path,
    response::Response,
    routing::{get, post},
};
use shared::{ErrorCode, resources::SessionStatus};

use crate::{
    AppState,
    domain::Context,
    http::{Browser, Caller, Failure, session_resource, user_resource},
    ids::SessionId,
};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/me", get(show))
        .route("/me/sessions/active", get(active_sessions))
        .route("/me/sessions/{id}/revoke", post(revoke))
}

async fn show(caller: Caller) -> Response {
    let Context { policy, now, .. } = caller.context();
    Browser::answer(user_resource(&caller.user, policy, now))
}

async fn active_sessions(caller: Caller) -> Result<Response, Failure> {
    let Context {
        store, policy, now, ..
    } = caller.context();
    let sessions = store.live_sessions(&caller.user.id, now).await?;
    let resources: Vec<_> = sessions
        .iter()
        .map(|session| session_resource(session, &caller.user, policy, now))
        .collect();
    Ok(Browser::answer(resources))
}

async fn revoke(caller: Caller, Path(id): Path<String>) -> Result<Response, Failure> {
    let Context {
        store, policy, now, ..
    } = caller.context();
    let id = SessionId::from(id);
    let mut session = store
        .live_sessions(&caller.user.id, now)
        .await?
        .into_iter()
        .find(|session| session.id == id)
        .ok_or(ErrorCode::ResourceNotFound)?;
    if !store
        .end_session(&caller.user.id, &id, SessionStatus::Revoked, now)
        .await?
    {
        return Err(ErrorCode::ResourceNotFound.into());
    }
    session.status = SessionStatus::Revoked;
    let resource = session_resource(&session, &caller.user, policy, now);
    caller.browser.changed(resource, None).await
}
