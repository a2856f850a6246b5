//! One id a request: in the log, and in the reply where something went wrong.

use std::fmt::Write;

use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use super::error::Failure;
use crate::{AppState, random};

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
    let trace_id = hex(random::bytes::<16>(state.vault.random()));
    request.extensions_mut().insert(TraceId(trace_id.clone()));
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let begun = state.clock.now();
    let span = tracing::info_span!("request", trace_id, %method, path);
    async move {
        let mut response = next.run(request).await;
        if let Some(failure) = response.extensions_mut().remove::<Failure>() {
            failure.log(response.status());
            response = failure.render(response, &trace_id);
        }
        let millis = state.clock.now().since(begun).as_millis();
        let status = response.status().as_u16();
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

fn hex(bytes: [u8; 16]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(32), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
