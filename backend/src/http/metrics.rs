//! The metrics, for whoever collects them: on an address of their own, since they are nobody else's
//! business.

use axum::{
    Router,
    extract::State,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{
    AppState,
    metrics::{self, Metrics},
};

/// `GET /metrics` and nothing else.
pub fn router(state: AppState) -> Router {
    Router::new()
        .route("/metrics", get(collect))
        .with_state(state)
}

async fn collect(State(state): State<AppState>) -> Response {
    let AppState {
        store,
        vault,
        metrics,
        ..
    } = state;
    let mails = store.mails_waiting().await;
    if let Err(error) = &mails {
        tracing::warn!(%error, "the database does not answer whoever collects metrics");
    }
    metrics.set_mails_waiting(mails.ok());
    metrics.set_connections(&store.connections());
    metrics.set_hashing(vault.hashing());
    encoded(&metrics)
}

fn encoded(metrics: &Metrics) -> Response {
    match metrics.encode() {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The method as metrics have it: anybody may send any.
pub(super) fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
