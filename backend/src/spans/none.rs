//! Without the feature `otlp`: a trace id, and no spans.

use std::str::FromStr;

use super::new_trace_id;
use crate::{metrics::Answer, random::Random};

/// Where spans are sent: nowhere, so there is none.
#[derive(Clone, Debug)]
pub enum Endpoint {}

impl FromStr for Endpoint {
    type Err = &'static str;

    fn from_str(_: &str) -> Result<Self, Self::Err> {
        Err("this program exports no traces: build it with `--features otlp`, or unset this")
    }
}

/// What sends spans. There is none of it without an endpoint.
pub(crate) enum Export {}

impl Export {
    pub(crate) fn start(endpoint: &Endpoint) -> Result<Self, std::convert::Infallible> {
        match *endpoint {}
    }

    #[expect(clippy::unused_async, reason = "with the feature it waits")]
    pub(crate) async fn stop(self) {
        match self {}
    }
}

/// A request, under its trace id.
pub(crate) struct RequestSpan {
    trace_id: String,
}

impl RequestSpan {
    pub(crate) fn begin(_method: &str, _route: &str, random: &dyn Random) -> Self {
        Self {
            trace_id: new_trace_id(random),
        }
    }

    pub(crate) fn trace_id(&self) -> &str {
        &self.trace_id
    }

    /// Runs the request.
    #[expect(
        clippy::unused_self,
        reason = "with the feature its parts are below it"
    )]
    pub(crate) fn run<F: Future>(&self, request: F) -> F {
        request
    }

    #[expect(
        clippy::unused_self,
        reason = "with the feature it has something to end"
    )]
    pub(crate) fn end(self, _answer: &Answer<'_>) {}
}

/// Runs a part of a request.
pub(crate) fn part<F: Future>(_name: &'static str, part: F) -> F {
    part
}
