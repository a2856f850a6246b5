//! What happened to an account, for its owner to look through.

use super::{Context, Fault};
use crate::{
    ids::{EventId, UserId},
    store::EventRecord,
};

/// So many events at a time, unless fewer or more are asked for.
pub const EVENTS: u32 = 20;
/// Most events at a time.
pub const MOST_EVENTS: u32 = 100;

/// The user's latest events, newest first; where `before` is one of them, only earlier ones.
pub async fn list(
    context: &Context<'_>,
    user: &UserId,
    before: Option<&EventId>,
    limit: u32,
) -> Result<Vec<EventRecord>, Fault> {
    let limit = limit.clamp(1, MOST_EVENTS);
    Ok(context.store.events(user, before, limit).await?)
}
