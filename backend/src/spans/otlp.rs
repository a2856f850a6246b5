//! With the feature `otlp`: spans, for the collector that the configuration names.

use std::{str::FromStr, time::Duration};

use opentelemetry::{
    Context, KeyValue,
    context::FutureExt,
    global,
    trace::{SpanId, SpanKind, Status, TraceContextExt, TraceId, Tracer},
};
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{IdGenerator, SdkTracerProvider},
};
use url::Url;

use super::new_trace_id;
use crate::{
    metrics::Answer,
    random::{self, OperatingSystem, Random},
};

/// Who makes the spans: the service.
const NAME: &str = "twofold";
/// Where a collector takes spans, below its address (OTLP specification, OTLP/HTTP).
const PATH: &str = "v1/traces";
/// How long a stop waits for the last spans to be sent.
const LAST_SPANS: Duration = Duration::from_millis(500);

/// Where spans are sent: the address of a collector.
#[derive(Clone, Debug)]
pub struct Endpoint(Url);

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut url: Url = text
            .parse()
            .map_err(|error: url::ParseError| error.to_string())?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err("must begin with http:// or https:// and name a host".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("must be scheme, host, port and path only".to_owned());
        }
        let path = format!("{}/{PATH}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Ok(Self(url))
    }
}

/// What sends spans, in batches, from a thread of its own: no request waits for a collector.
pub(crate) struct Export(SdkTracerProvider);

impl Export {
    pub(crate) fn start(endpoint: &Endpoint) -> Result<Self, ExporterBuildError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint.0.as_str())
            .build()?;
        let provider = SdkTracerProvider::builder()
            .with_id_generator(Ids)
            .with_resource(Resource::builder().with_service_name(NAME).build())
            .with_batch_exporter(exporter)
            .build();
        global::set_tracer_provider(provider.clone());
        Ok(Self(provider))
    }

    /// Sends what is left.
    pub(crate) async fn stop(self) {
        let stopped =
            tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(LAST_SPANS)).await;
        if !matches!(stopped, Ok(Ok(()))) {
            tracing::warn!("the last spans were not sent to the end");
        }
    }
}

/// Ids that nobody can guess, since a trace id is told.
#[derive(Debug)]
struct Ids;

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from_bytes(random::bytes(&OperatingSystem))
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from_bytes(random::bytes(&OperatingSystem))
    }
}

/// The span of a request, and the trace id that it has in the log as well.
pub(crate) struct RequestSpan {
    context: Context,
    trace_id: String,
}

impl RequestSpan {
    /// Names and attributes are those of OpenTelemetry's semantic conventions for HTTP servers.
    pub(crate) fn begin(method: &str, route: &str, random: &dyn Random) -> Self {
        let tracer = global::tracer(NAME);
        let attributes = [
            KeyValue::new("http.request.method", method.to_owned()),
            KeyValue::new("http.route", route.to_owned()),
        ];
        let span = tracer
            .span_builder(format!("{method} {route}"))
            .with_kind(SpanKind::Server)
            .with_attributes(attributes);
        let span = tracer.build_with_context(span, &Context::new());
        let context = Context::new().with_span(span);
        let trace_id = match context.span().span_context().trace_id() {
            // Nothing is exported.
            TraceId::INVALID => new_trace_id(random),
            id => id.to_string(),
        };
        Self { context, trace_id }
    }

    pub(crate) fn trace_id(&self) -> &str {
        &self.trace_id
    }

    /// Runs the request; its parts are below this span.
    pub(crate) fn run<F: Future>(&self, request: F) -> impl Future<Output = F::Output> {
        request.with_context(self.context.clone())
    }

    pub(crate) fn end(self, answer: &Answer<'_>) {
        let span = self.context.span();
        span.set_attribute(KeyValue::new(
            "http.response.status_code",
            i64::from(answer.status),
        ));
        if answer.status >= 400 {
            span.set_attribute(KeyValue::new("error.type", answer.outcome));
        }
        // What a caller does wrong is no error of a server.
        if answer.status >= 500 {
            span.set_status(Status::error(answer.outcome));
        }
        span.end();
    }
}

/// Runs a part of a request under a span of its own, which ends with it, also where it is given up.
pub(crate) async fn part<F: Future>(name: &'static str, part: F) -> F::Output {
    if !Context::map_current(TraceContextExt::has_active_span) {
        return part.await;
    }
    let span = global::tracer(NAME).start(name);
    part.with_context(Context::current_with_span(span)).await
}
