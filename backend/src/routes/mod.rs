//! The resources of the API, a file each, named as in the URL.

use aide::{axum::ApiRouter, transform::TransformOperation};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::AppState;

mod activity;
mod attempt;
mod back_end;
mod backup_codes;
mod client;
mod environment;
mod forward_auth;
mod instance;
mod jwks;
mod managed_users;
mod me;
mod openapi;
mod sessions;
mod sign_ins;
mod sign_ups;
mod step_up;
mod totp;

/// Everything below `/v1` that is for browsers.
pub(crate) fn router() -> ApiRouter<AppState> {
    ApiRouter::new()
        .merge(activity::router())
        .merge(backup_codes::router())
        .merge(client::router())
        .merge(environment::router())
        .merge(forward_auth::router())
        .merge(instance::router())
        .merge(managed_users::router())
        .merge(me::router())
        .merge(openapi::router())
        .merge(sessions::router())
        .merge(sign_ins::router())
        .merge(sign_ups::router())
        .merge(step_up::router())
        .merge(totp::router())
}

/// What of it is for services with a key alone.
pub(crate) fn back_end() -> ApiRouter<AppState> {
    back_end::router()
}

/// What has its place beside the API: `/.well-known`.
pub(crate) fn well_known() -> ApiRouter<AppState> {
    jwks::router()
}

/// The `{id}` of a path.
#[derive(Deserialize, JsonSchema)]
struct ById {
    /// The id of the resource.
    id: String,
}

/// What the description of the API says of an operation, beside what its types say.
fn operation(
    tag: &'static str,
    id: &'static str,
    summary: &'static str,
) -> impl for<'a> FnOnce(TransformOperation<'a>) -> TransformOperation<'a> {
    move |operation| operation.tag(tag).id(id).summary(summary)
}
