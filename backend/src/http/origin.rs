//! Who may change something: only pages of our own origin, or of a configured one.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use shared::ErrorCode;

use super::error::Failure;
use crate::{
    AppState,
    config::{Config, Origin},
};

/// Refuses every change that does not come from an allowed page. Browsers tell the truth in
/// `Origin` and `Sec-Fetch-Site`, which no page can set; who sends neither is no browser of today.
pub(super) async fn check(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let harmless = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if harmless || is_allowed(&state.config, request.headers()) {
        next.run(request).await
    } else {
        Failure::from(ErrorCode::OriginInvalid).into_response()
    }
}

fn is_allowed(config: &Config, headers: &HeaderMap) -> bool {
    match headers.get(header::ORIGIN) {
        Some(origin) => allowed_origin(config, origin).is_some(),
        None => headers
            .get("sec-fetch-site")
            .is_some_and(|site| site == "same-origin"),
    }
}

/// The origin, if it is ours or a configured one.
pub(super) fn allowed_origin(config: &Config, origin: &HeaderValue) -> Option<Origin> {
    let ours = config.public_url.origin();
    config
        .allowed_origins
        .iter()
        .chain([&ours])
        .find(|allowed| allowed.as_str().as_bytes() == origin.as_bytes())
        .cloned()
}
