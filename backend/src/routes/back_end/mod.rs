//! The back-end API: for services that have a key, as Clerk documents its own.
//!
//! Its replies are bare resources, without the envelope of the front-end API. No cookie is read and
//! none is set, so that no page has to be kept from calling it.

use aide::axum::{ApiRouter, routing::get_with};

use super::{ById, jwks, operation};
use crate::{
    AppState,
    http::{Failure, Service},
};

mod parameters;
mod sessions;
mod users;

const TAG: &str = "Back-end API";

/// Everything below `/v1` that wants a key.
pub(crate) fn router() -> ApiRouter<AppState> {
    ApiRouter::new()
        .merge(users::router())
        .merge(sessions::router())
        .api_route(
            "/jwks",
            get_with(
                keys,
                operation(
                    TAG,
                    "listJwks",
                    "The public keys that session tokens are checked with, for services",
                ),
            ),
        )
}

async fn keys(service: Service) -> Result<jwks::Keys, Failure> {
    jwks::keys(&service.context()).await
}
