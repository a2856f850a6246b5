//! What the server counts and measures, for Prometheus (the `OpenMetrics` text format).
//!
//! No label has a value that people bring: routes are those of the router, outcomes and kinds those of
//! our own types. So there are never many series, and none tells of a person.

use std::{fmt, sync::atomic::Ordering, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};
use shared::{
    Timestamp,
    resources::{SecurityEventKind, Strategy},
};

use crate::{
    store::{Connections, Expired, event_kind_text, strategy_text},
    vault::Hashing,
};

/// The type of the text that [`Metrics::encode`] writes.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Seconds: from a read of the database to a code that waits behind a queue of hashes.
const LATENCIES: [f64; 14] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
];

type Histograms = Family<RouteLabels, Histogram, fn() -> Histogram>;

/// Everything that the server counts and measures.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    latencies: Histograms,
    attempts: Family<AttemptLabels, Counter>,
    events: Family<EventLabels, Counter>,
    removed: Family<RemovedLabels, Counter>,
    hashing_running: Gauge,
    hashing_waiting: Gauge,
    hashing_refused: Counter,
    database_up: Gauge,
    connections: Family<ConnectionLabels, Gauge>,
    most_connections: Family<PoolLabels, Gauge>,
    mails_waiting: Gauge,
}

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AttemptLabels {
    factor: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventLabels {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RemovedLabels {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PoolLabels {
    pool: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConnectionLabels {
    pool: &'static str,
    state: &'static str,
}

/// An answer, as it is counted.
pub(crate) struct Answer<'a> {
    pub(crate) method: &'static str,
    /// The route as the router has it, with `{id}` for ids.
    pub(crate) route: &'a str,
    pub(crate) status: u16,
    /// `ok`, or the code of the error.
    pub(crate) outcome: &'static str,
    pub(crate) took: Duration,
}

impl Metrics {
    /// Nothing is counted yet, at the time of the start.
    pub fn new(started_at: Timestamp) -> Self {
        let latencies: Histograms = Family::new_with_constructor(|| Histogram::new(LATENCIES));
        let metrics = Self {
            registry: Registry::with_prefix("twofold"),
            requests: Family::default(),
            latencies,
            attempts: Family::default(),
            events: Family::default(),
            removed: Family::default(),
            hashing_running: Gauge::default(),
            hashing_waiting: Gauge::default(),
            hashing_refused: Counter::default(),
            database_up: Gauge::default(),
            connections: Family::default(),
            most_connections: Family::default(),
            mails_waiting: Gauge::default(),
        };
        metrics.registered(started_at)
    }

    fn registered(mut self, started_at: Timestamp) -> Self {
        let started: Gauge = Gauge::default();
        started.set(i64::try_from(started_at.seconds()).unwrap_or(i64::MAX));
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        let registry = &mut self.registry;
        registry.register("build", "The program", build);
        registry.register_with_unit(
            "start_time",
            "When the server started, since 1970",
            Unit::Seconds,
            started,
        );
        registry.register("http_requests", "Requests answered", self.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "From the head of a request to its answer",
            Unit::Seconds,
            self.latencies.clone(),
        );
        registry.register(
            "attempts",
            "Passwords and codes that were looked at or refused, by what came of it",
            self.attempts.clone(),
        );
        registry.register(
            "security_events",
            "What happened to accounts",
            self.events.clone(),
        );
        registry.register(
            "removed_rows",
            "Rows taken away since they were over",
            self.removed.clone(),
        );
        registry.register(
            "hashing_running",
            "Argon2id hashes being computed",
            self.hashing_running.clone(),
        );
        registry.register(
            "hashing_waiting",
            "Argon2id hashes waiting for a core",
            self.hashing_waiting.clone(),
        );
        registry.register(
            "hashing_refused",
            "Argon2id hashes turned away since too many waited",
            self.hashing_refused.clone(),
        );
        registry.register(
            "database_up",
            "Whether the database answered just now",
            self.database_up.clone(),
        );
        registry.register(
            "database_connections",
            "Connections to the database",
            self.connections.clone(),
        );
        registry.register(
            "database_connections_most",
            "Connections to the database that there may be",
            self.most_connections.clone(),
        );
        registry.register(
            "mails_waiting",
            "Mails in the queue that all servers share, as far as they are counted",
            self.mails_waiting.clone(),
        );
        self
    }

    /// A request was answered.
    pub(crate) fn answered(&self, answer: &Answer<'_>) {
        let Answer { method, route, .. } = *answer;
        let route = route.to_owned();
        self.latencies
            .get_or_create(&RouteLabels {
                method,
                route: route.clone(),
            })
            .observe(answer.took.as_secs_f64());
        self.requests
            .get_or_create(&RequestLabels {
                method,
                route,
                status: answer.status,
                outcome: answer.outcome,
            })
            .inc();
    }

    /// A factor was tried; `outcome` is `accepted`, or the code of the error.
    pub(crate) fn attempted(&self, factor: Strategy, outcome: &'static str) {
        let factor = strategy_text(factor);
        let labels = AttemptLabels { factor, outcome };
        self.attempts.get_or_create(&labels).inc();
    }

    /// Something happened to an account, or to the server.
    pub(crate) fn happened(&self, kind: SecurityEventKind) {
        let kind = event_kind_text(kind);
        self.events.get_or_create(&EventLabels { kind }).inc();
    }

    /// Rows were taken away.
    pub(crate) fn removed(&self, what: Expired, rows: u64) {
        let kind = what.as_str();
        self.removed
            .get_or_create(&RemovedLabels { kind })
            .inc_by(rows);
    }

    /// How the queue before Argon2id is now.
    pub(crate) fn set_hashing(&self, hashing: Hashing) {
        self.hashing_running.set(signed(hashing.running));
        self.hashing_waiting.set(signed(hashing.waiting));
        self.hashing_refused
            .inner()
            .store(hashing.refused, Ordering::Relaxed);
    }

    /// How the pools are now.
    pub(crate) fn set_connections(&self, pools: &[Connections]) {
        for pool in pools {
            let Connections {
                pool,
                used,
                idle,
                most,
            } = *pool;
            for (state, count) in [("used", used), ("idle", idle)] {
                let labels = ConnectionLabels { pool, state };
                self.connections.get_or_create(&labels).set(count.into());
            }
            let labels = PoolLabels { pool };
            self.most_connections
                .get_or_create(&labels)
                .set(most.into());
        }
    }

    /// How many mails wait; `None` where the database does not say.
    pub(crate) fn set_mails_waiting(&self, mails: Option<u64>) {
        self.database_up.set(mails.is_some().into());
        if let Some(mails) = mails {
            self.mails_waiting
                .set(i64::try_from(mails).unwrap_or(i64::MAX));
        }
    }

    /// All of it as text, of [`CONTENT_TYPE`].
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut encoded = String::new();
        text::encode(&mut encoded, &self.registry)?;
        Ok(encoded)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
