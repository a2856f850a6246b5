//! The resources of the API, a file each, named as in the URL.

use axum::Router;

use crate::AppState;

mod attempt;
mod backup_codes;
mod client;
mod environment;
mod forward_auth;
mod jwks;
mod me;
mod sessions;
mod sign_ins;
mod sign_ups;
mod step_up;
mod totp;

/// Everything below `/v1`.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .merge(backup_codes::router())
        .merge(client::router())
        .merge(environment::router())
        .merge(forward_auth::router())
        .merge(me::router())
        .merge(sessions::router())
        .merge(sign_ins::router())
        .merge(sign_ups::router())
        .merge(step_up::router())
        .merge(totp::router())
}

/// What has its place beside the API: `/.well-known`.
pub(crate) fn well_known() -> Router<AppState> {
    jwks::router()
}
