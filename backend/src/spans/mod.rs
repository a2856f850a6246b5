//! The spans of a request, for a collector of traces (`OpenTelemetry`, OTLP over HTTP).
//!
//! Only a program built with the feature `otlp` has them to give away; in every other one a request
//! has its trace id and nothing else, and a part of it costs nothing. Each request is a trace of its
//! own, since its id is told in replies and in the log: nobody from outside chooses it.
//!
//! Nothing that people send is in a span: routes are those of the router, outcomes those of our own
//! types, as in [`metrics`](crate::metrics).

#[cfg(not(feature = "otlp"))]
#[path = "none.rs"]
mod kept;
#[cfg(feature = "otlp")]
#[path = "otlp.rs"]
mod kept;

use crate::random::{self, Random};

pub use kept::Endpoint;
pub(crate) use kept::{Export, RequestSpan, part};

/// A trace id (W3C Trace Context §3.2.2.3: 16 bytes in hex) where no collector is told of it.
fn new_trace_id(random: &dyn Random) -> String {
    format!("{:032x}", u128::from_be_bytes(random::bytes(random)))
}
