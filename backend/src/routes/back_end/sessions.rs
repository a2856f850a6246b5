//! `/v1/sessions`: where people are signed in, for services.

use aide::axum::{
    ApiRouter,
    routing::{get_with, post_with},
};
use axum::{Json, extract::Path};
use schemars::JsonSchema;
use serde::Serialize;
use shared::{
    Timestamp,
    resources::{NoFields, SessionActivity, SessionStatus},
};

use super::{ById, TAG, operation, parameters};
use crate::{
    AppState,
    domain::{Context, accounts, session},
    http::{Failure, Service, latest_activity},
    ids::SessionId,
    store::{SessionRecord, UserRecord},
};

pub(super) fn router() -> ApiRouter<AppState> {
    ApiRouter::new()
        .api_route(
            "/sessions",
            get_with(
                list,
                operation(
                    TAG,
                    "listSessions",
                    "The sessions of a user or a browser, newest first",
                ),
            ),
        )
        .api_route(
            "/sessions/{id}",
            get_with(show, operation(TAG, "getSession", "A session")),
        )
        .api_route(
            "/sessions/{id}/revoke",
            post_with(
                revoke,
                operation(TAG, "revokeSessionOfUser", "End a session"),
            ),
        )
}

/// A session, as services see it.
#[derive(Serialize, JsonSchema)]
struct ServiceSession {
    /// `session`
    object: &'static str,
    /// `sess_…`
    id: String,
    /// The browser that it is on.
    client_id: String,
    /// Whose it is.
    user_id: String,
    /// What it may do.
    status: SessionStatus,
    /// When it was last used.
    last_active_at: Timestamp,
    /// Always null: there are no organizations.
    last_active_organization_id: Option<NoFields>,
    /// Where it began.
    latest_activity: Option<SessionActivity>,
    /// Always null: nobody acts for somebody else.
    actor: Option<NoFields>,
    /// When it ends whatever happens.
    expire_at: Timestamp,
    /// When it ends unless it is used.
    abandon_at: Timestamp,
    /// When it began.
    created_at: Timestamp,
    /// When it last changed.
    updated_at: Timestamp,
}

/// A part of the list, and how many there are.
#[derive(Serialize, JsonSchema)]
struct SessionPage {
    /// The part.
    data: Vec<ServiceSession>,
    /// How many there are.
    total_count: u64,
}

/// The list alone, or with the number of all where that is asked for.
#[derive(JsonSchema, Serialize)]
#[serde(untagged)]
enum SessionList {
    Page(SessionPage),
    Alone(Vec<ServiceSession>),
}

async fn list(
    service: Service,
    parameters: parameters::Sessions,
) -> Result<Json<SessionList>, Failure> {
    let context = service.context();
    let query = &parameters.query;
    let sessions = context.store.sessions(query, context.now).await?;
    let data = sessions
        .iter()
        .map(|(session, user)| resource(session, user, &context))
        .collect();
    Ok(Json(if parameters.paginated {
        let total_count = context.store.count_sessions(query, context.now).await?;
        SessionList::Page(SessionPage { data, total_count })
    } else {
        SessionList::Alone(data)
    }))
}

async fn show(service: Service, Path(path): Path<ById>) -> Result<Json<ServiceSession>, Failure> {
    let context = service.context();
    let (session, user) = accounts::find_session(&context, &SessionId::from(path.id)).await?;
    Ok(Json(resource(&session, &user, &context)))
}

/// One that is over already stays as it is.
async fn revoke(service: Service, path: Path<ById>) -> Result<Json<ServiceSession>, Failure> {
    let context = service.context();
    let id = SessionId::from(path.0.id.clone());
    let (session, _) = accounts::find_session(&context, &id).await?;
    match accounts::revoke_session(&context, &session).await {
        Ok(()) | Err(accounts::Error::NotFound) => show(service, path).await,
        Err(error) => Err(error.into()),
    }
}

fn resource(session: &SessionRecord, user: &UserRecord, context: &Context<'_>) -> ServiceSession {
    let is_over_by_age = !session.is_live(context.now)
        && matches!(
            session.status,
            SessionStatus::Active | SessionStatus::Pending
        );
    ServiceSession {
        object: "session",
        id: session.id.to_string(),
        client_id: session.client_id.to_string(),
        user_id: session.user_id.to_string(),
        status: if is_over_by_age {
            SessionStatus::Expired
        } else {
            session::status(context, session, user)
        },
        last_active_at: session.last_active_at,
        last_active_organization_id: None,
        latest_activity: latest_activity(session),
        actor: None,
        expire_at: session.expire_at,
        abandon_at: session.abandon_at,
        created_at: session.created_at,
        updated_at: session.updated_at,
    }
}
