//! One id a request: in the log, and in the reply where something went wrong.

use axum::{
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware::Next,
    response::Response,
};
use shared::paths;
use tracing::Instrument;

use super::{error::Failure, metrics::method_label};
use crate::{AppState, metrics::Answer, spans::RequestSpan};

/// The id of the request that an extractor looks at.
#[derive(Clone)]
pub(super) struct TraceId(String);

impl TraceId {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Logs every request under an id of its own, and writes the body of every [`Failure`].
pub(super) async fn trace(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = route_label(matched.as_ref(), path.starts_with(paths::BASE));
    let of_request = RequestSpan::begin(method_label(&method), route, state.vault.random());
    let trace_id = TraceId(of_request.trace_id().to_owned());
    request.extensions_mut().insert(trace_id);
    let begun = state.clock.passed();
    let span = tracing::info_span!("request", trace_id = of_request.trace_id(), %method, path);
    async move {
        let mut response = of_request.run(next.run(request)).await;
        let mut outcome = None;
        if let Some(failure) = response.extensions_mut().remove::<Failure>() {
            failure.log(response.status());
            outcome = Some(failure.code().as_str());
            response = failure.render(response, of_request.trace_id());
        }
        let took = state.clock.passed().saturating_sub(begun);
        let millis = took.as_millis();
        let status = response.status().as_u16();
        let answer = Answer {
            method: method_label(&method),
            route,
            status,
            outcome: outcome.unwrap_or(if status < 400 { "ok" } else { "error" }),
            took,
        };
        state.metrics.answered(&answer);
        of_request.end(&answer);
        if response.status() < StatusCode::INTERNAL_SERVER_ERROR {
            tracing::debug!(status, millis, "answered");
        } else {
            tracing::warn!(status, millis, "answered");
        }
        response
    }
    .instrument(span)
    .await
}

/// The route as the router has it. Whatever has none is one route: the app's files and pages, or what
/// is asked of the API in vain.
fn route_label(route: Option<&MatchedPath>, is_api: bool) -> &str {
    match route.map(MatchedPath::as_str) {
        // A path of the router's own, where a nested router has no such route.
        Some(route) if !route.contains("__private") => route,
        _ if is_api => "none",
        _ => "app",
    }
}
