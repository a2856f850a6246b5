//! `/v1/me/activity`: what happened to the account of the caller.

use aide::axum::{ApiRouter, routing::get_with};
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    ErrorCode,
    resources::{EventActor, SecurityEvent},
};

use super::operation;
use crate::{
    AppState,
    domain::activity,
    http::{Browser, Caller, Failure, Query, Reply},
    ids::EventId,
    store::{Device, EventRecord},
};

pub(super) fn router() -> ApiRouter<AppState> {
    ApiRouter::new().api_route(
        "/me/activity",
        get_with(
            list,
            operation(
                "Account",
                "listActivity",
                "What happened to the account, newest first",
            ),
        ),
    )
}

/// Which part of the list.
#[derive(Deserialize, JsonSchema)]
struct Page {
    /// So many events at most.
    #[serde(default)]
    #[schemars(with = "u32", range(min = 1, max = 100))]
    limit: Option<String>,
    /// Only events before the one of this id.
    #[serde(default)]
    #[schemars(with = "String")]
    before: Option<String>,
}

async fn list(
    caller: Caller,
    Query(page): Query<Page>,
) -> Result<Reply<Vec<SecurityEvent>>, Failure> {
    let limit = match page.limit {
        None => activity::EVENTS,
        Some(limit) => limit
            .parse()
            .ok()
            .filter(|limit| (1..=activity::MOST_EVENTS).contains(limit))
            .ok_or_else(|| Failure::of_param(ErrorCode::FormParamFormatInvalid, "limit"))?,
    };
    let before = page.before.map(EventId::from);
    let context = caller.context();
    let events = activity::list(&context, &caller.user.id, before.as_ref(), limit).await?;
    Ok(Browser::answer(events.into_iter().map(resource).collect()))
}

fn resource(event: EventRecord) -> SecurityEvent {
    // Where operators sit is none of their users' business.
    let device = match event.actor {
        EventActor::User => event.device,
        _ => Device::default(),
    };
    SecurityEvent {
        id: event.id.into(),
        kind: event.kind,
        actor: event.actor,
        strategy: event.strategy,
        session_id: event.session_id.map(Into::into),
        ip_address: device.ip_address,
        user_agent: device.user_agent,
        created_at: event.created_at,
    }
}
