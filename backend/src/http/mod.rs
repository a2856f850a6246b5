//! HTTP around the rules: who calls, what they may send, what they get back.

use std::any::Any;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    response::{IntoResponse, Response},
};
use shared::{ErrorCode, paths};
use tower::{Layer, util::MapRequestLayer};
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{AllowOrigin, CorsLayer},
};

use crate::AppState;

mod assets;
mod caller;
mod client_ip;
pub(crate) mod connections;
mod cookies;
mod describe;
mod error;
mod form;
#[doc(hidden)]
pub mod fuzzing;
mod headers;
mod health;
mod json_body;
pub mod metrics;
mod origin;
mod rate_limits;
mod reply;
mod rewrite;
mod service;
mod trace;
mod wire;

pub(crate) use caller::{Browser, Caller, Fresh, FreshOrPending, SESSION_PARAMETER};
pub(crate) use cookies::{client_cookie_name, has_one_client_cookie};
pub(crate) use describe::{CLIENT_COOKIE, SECRET_KEY, field_refused, query_parameter, responses};
pub(crate) use error::{At, Failure};
pub(crate) use form::{Form, Query, required};
pub use health::Stopping;
pub(crate) use json_body::JsonBody;
pub use rate_limits::RateLimits;
pub(crate) use reply::Reply;
pub(crate) use service::Service;
pub(crate) use wire::{
    complete_sign_up_resource, email_address_id, latest_activity, session_resource,
    session_verification_resource, sign_in_resource, sign_up_resource, user_resource, verified,
};

/// Largest body of a request.
const BODY_LIMIT: usize = 16 * 1024;

/// Puts the routes of the API behind everything that holds for all of them, beside the app and what
/// has its place below `/.well-known`. Where a key is needed, no cookie counts, so it does not matter
/// which page a request comes from, and no page of another origin is let in.
pub fn assemble(
    api: Router<AppState>,
    back_end: Router<AppState>,
    well_known: Router<AppState>,
    state: AppState,
) -> Router {
    let back_end = back_end
        .method_not_allowed_fallback(async || Failure::from(ErrorCode::MethodNotAllowed))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(headers::no_store));
    let api = api
        .fallback(async || Failure::from(ErrorCode::ResourceNotFound))
        .method_not_allowed_fallback(async || Failure::from(ErrorCode::MethodNotAllowed))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(state.clone(), origin::check))
        .layer(middleware::from_fn(headers::no_store))
        .layer(cors(&state));
    let routes = Router::new()
        .nest(paths::BASE, api.merge(back_end))
        .merge(well_known)
        .route("/healthz", axum::routing::get(health::alive))
        .route("/readyz", axum::routing::get(health::ready))
        .fallback(assets::serve)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            headers::security,
        ))
        .layer(middleware::from_fn_with_state(state.clone(), trace::trace))
        .with_state(state);
    // Routing looks at method and path, so both have to be right before it.
    Router::new().fallback_service(MapRequestLayer::new(rewrite::rewrite).layer(routes))
}

/// Configured origins may call with credentials; nobody else may read a reply.
fn cors(state: &AppState) -> CorsLayer {
    use axum::http::{HeaderName, HeaderValue, Method, header};

    let origins: Vec<HeaderValue> = state
        .config
        .allowed_origins
        .iter()
        .filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok())
        .collect();
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::CONTENT_TYPE,
            HeaderName::from_static("authorization"),
        ])
        .expose_headers([header::RETRY_AFTER])
}

/// A bug of ours. The panic itself is in the log; the caller learns nothing of it.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Failure::from(ErrorCode::InternalError)
        .because(&"the handler panicked")
        .into_response()
}
