//! Who may change something: only pages of our own origin, or of a configured one.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use shared::ErrorCode;

use super::error::Failure;
use crate::{AppState, config::Config};

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
    if let Some(origin) = headers.get(header::ORIGIN) {
        return origin.to_str().is_ok_and(|origin| {
            origin == config.public_url.origin().as_str()
                || config
                    .allowed_origins
                    .iter()
                    .any(|allowed| allowed.as_str() == origin)
        });
    }
    headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "same-origin")
}
