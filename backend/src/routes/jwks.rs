//! `/.well-known/jwks.json`: the keys that session tokens are checked with (RFC 7517 §5).

use axum::{
    Json, Router,
    http::{HeaderName, header},
    routing::get,
};
use jsonwebtoken::jwk::JwkSet;

use crate::{
    AppState,
    http::{Browser, Failure},
};

/// Whoever checks tokens need not ask each time: a new key is here for an hour before it signs.
const CACHING: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=300");

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/.well-known/jwks.json", get(show))
}

async fn show(
    browser: Browser,
) -> Result<([(HeaderName, &'static str); 1], Json<JwkSet>), Failure> {
    let context = browser.context();
    let keys = context.tokens.public_keys(&context).await?;
    Ok(([CACHING], Json(keys)))
}
