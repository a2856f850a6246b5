//! Whether the program runs, and whether it can be of use.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{extract::State, http::StatusCode};

use crate::{AppState, domain::session_token::SessionTokens};

/// Whether the server is about to stop. All copies tell the same.
#[derive(Clone, Debug, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// From now on the server is not ready for more.
    pub fn announce(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_announced(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// The program runs.
pub(super) async fn alive() -> StatusCode {
    StatusCode::OK
}

/// The database answers, the keys open what is in it, and the server is not about to stop.
pub(super) async fn ready(State(state): State<AppState>) -> StatusCode {
    if state.stopping.is_announced() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    match SessionTokens::check(&*state.store, &state.vault, state.clock.now()).await {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            tracing::warn!(%error, "not ready");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
