//! Twofold's server: it keeps the secrets, verifies the codes and holds the sessions.
//!
//! `routes -> domain -> {store, vault} -> shared`: a request is read by [`http`] and [`routes`],
//! decided by [`domain`], and kept by [`store`]; [`vault`] has the keys, and [`notify`] sends mails. Only `http` and `routes`
//! name axum, only `store` names sqlx, only [`config`] reads the environment, only [`clock`] knows
//! the time, and only [`random`] draws random bytes.

use std::sync::Arc;

use axum::Router;

pub mod cleaning;
pub mod clock;
pub mod commands;
pub mod config;
pub mod domain;
pub mod http;
pub mod ids;
pub mod metrics;
pub mod notify;
pub mod random;
mod routes;
mod spans;
pub mod store;
pub mod vault;

/// What every request can use.
#[derive(Clone)]
pub struct AppState {
    /// The database.
    pub store: Arc<dyn store::Store>,
    /// Keys, hashes and randomness.
    pub vault: Arc<vault::Vault>,
    /// The tokens that tell other services who is signed in.
    pub tokens: Arc<domain::session_token::SessionTokens>,
    /// The time.
    pub clock: Arc<dyn clock::Clock>,
    /// The configuration.
    pub config: Arc<config::Config>,
    /// The numbers of the configuration that the rules work with.
    pub policy: Arc<domain::Policy>,
    /// How fast attempts may follow each other.
    pub rate_limits: Arc<http::RateLimits>,
    /// What is counted and measured.
    pub metrics: Arc<metrics::Metrics>,
    /// Whether the server is about to stop: it is not ready for more from then on.
    pub stopping: http::Stopping,
}

/// The whole server: the API below `/v1`, the health checks, and the app.
pub fn app(state: AppState) -> Router {
    http::assemble(
        routes::router().into(),
        routes::back_end().into(),
        routes::well_known().into(),
        state,
    )
}
