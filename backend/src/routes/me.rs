//! `/v1/me`: the signed-in user, and where they are signed in.

use aide::axum::{
    ApiRouter,
    routing::{get_with, post_with},
};
use axum::{Json, extract::Path};
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    ErrorCode,
    resources::{Session, SessionStatus, Strategy, User},
};

use super::{ById, operation};
use crate::{
    AppState,
    domain::{Context, password},
    http::{
        Browser, Caller, Failure, Form, Fresh, Reply, required, session_resource, user_resource,
    },
    ids::SessionId,
};

const TAG: &str = "Account";

pub(super) fn router() -> ApiRouter<AppState> {
    ApiRouter::new()
        .api_route(
            "/me",
            get_with(show, operation(TAG, "getUser", "The signed-in user")),
        )
        .api_route(
            "/me/change_password",
            post_with(
                change_password,
                operation(
                    TAG,
                    "changePassword",
                    "Replace the password, and end the user's other sessions",
                ),
            ),
        )
        .api_route(
            "/me/sessions/active",
            get_with(
                active_sessions,
                operation(TAG, "listActiveSessions", "Where the user is signed in"),
            ),
        )
        .api_route(
            "/me/sessions/{id}/revoke",
            post_with(
                revoke,
                operation(
                    TAG,
                    "revokeSession",
                    "End a session of the user, wherever it is",
                ),
            ),
        )
}

async fn show(caller: Caller) -> Reply<User> {
    Browser::answer(user_resource(&caller.user, &caller.context()))
}

/// The password, and another one. All other sessions end: `sign_out_of_other_sessions`, as other
/// servers know it, is taken for true.
#[derive(Deserialize, JsonSchema)]
struct PasswordChange {
    /// The password as it is. May be left out where the account has none.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1))]
    current_password: Option<String>,
    /// The password as it is to be.
    #[schemars(required, length(min = 8, max = 128))]
    new_password: Option<String>,
}

async fn change_password(
    Fresh(caller): Fresh,
    Form(form): Form<PasswordChange>,
) -> Result<Reply<User>, Failure> {
    let new = required(form.new_password, "new_password")?.into();
    let current = match form.current_password {
        Some(current) => Some(required(Some(current), "current_password")?.into()),
        None => None,
    };
    caller.browser.may_attempt_factor_of(&caller.user.id)?;
    let context = caller.context();
    let changed = password::change(&context, &caller.user, &caller.session.id, current, new).await;
    caller.browser.counted(Strategy::Password, changed)?;
    let user = context.store.user(&caller.user.id).await?;
    let user = user.ok_or(ErrorCode::ResourceNotFound)?;
    let resource = user_resource(&user, &caller.context());
    caller.browser.changed(resource, None).await
}

/// A bare list, without the envelope: Clerk's client reads nothing else here, and shows no session
/// at all where it finds an envelope.
async fn active_sessions(caller: Caller) -> Result<Json<Vec<Session>>, Failure> {
    let context = caller.context();
    let sessions = context
        .store
        .live_sessions(&caller.user.id, context.now)
        .await?;
    let resources = sessions
        .iter()
        .map(|session| session_resource(session, &caller.user, &context))
        .collect();
    Ok(Json(resources))
}

async fn revoke(caller: Caller, Path(path): Path<ById>) -> Result<Reply<Session>, Failure> {
    let Context { store, now, .. } = caller.context();
    let id = SessionId::from(path.id);
    let mut session = store
        .live_sessions(&caller.user.id, now)
        .await?
        .into_iter()
        .find(|session| session.id == id)
        .ok_or(ErrorCode::ResourceNotFound)?;
    if !store
        .end_session(
            &caller.user.id,
            &id,
            SessionStatus::Revoked,
            &caller.context().occasion(),
        )
        .await?
    {
        return Err(ErrorCode::ResourceNotFound.into());
    }
    session.status = SessionStatus::Revoked;
    let resource = session_resource(&session, &caller.user, &caller.context());
    caller.browser.changed(resource, None).await
}
