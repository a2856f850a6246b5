//! The program, built with the feature `otlp`, and a collector beside it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by a panic, and clippy knows only `#[test]` functions to be tests"
)]

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStderr, Command, Stdio},
    sync::mpsc,
};

use axum::{Router, body::Bytes, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value,
    trace::v1::{Span, span::SpanKind, status::StatusCode},
};
use prost::Message;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A collector on this machine, and what it was sent.
async fn collector() -> (String, mpsc::Receiver<Bytes>) {
    let (sent, received) = mpsc::channel();
    let take = async move |body: Bytes| {
        let _ = sent.send(body);
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/collected/v1/traces", post(take));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}/collected"), received)
}

/// The program, at its address.
struct Program {
    child: Child,
    log: BufReader<ChildStderr>,
    url: String,
    _data: TempDir,
}

impl Program {
    fn start(endpoint: &str) -> Self {
        let data = TempDir::new().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_twofold"))
            .arg("serve")
            .current_dir(&data)
            // A variable of the tests themselves is no setting.
            .env_clear()
            .env("TWOFOLD_LISTEN", "127.0.0.1:0")
            .env("TWOFOLD_LOG", "debug,sqlx=off")
            .env("TWOFOLD_LOG_FORMAT", "json")
            .env("TWOFOLD_OTLP_ENDPOINT", endpoint)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let url = loop {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "the program ended");
            let told = serde_json::from_str::<serde_json::Value>(&line);
            let told = told.unwrap_or_else(|_| panic!("no log line: {line}"));
            if told["message"] == "listening" {
                break format!("http://{}", told["address"].as_str().unwrap());
            }
        };
        Self {
            child,
            log,
            url,
            _data: data,
        }
    }

    /// Asks it to stop; what it logged until then.
    fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.log, &mut rest).unwrap();
        assert!(self.child.wait().unwrap().success(), "{rest}");
        rest
    }
}

fn ask(request: ureq::RequestBuilder<ureq::typestate::WithoutBody>) -> serde_json::Value {
    let mut reply = request
        .config()
        .http_status_as_error(false)
        .build()
        .call()
        .unwrap();
    serde_json::from_str(&reply.body_mut().read_to_string().unwrap()).unwrap()
}

fn attribute(span: &Span, name: &str) -> Option<Value> {
    let found = span
        .attributes
        .iter()
        .find(|attribute| attribute.key == name);
    found?.value.clone()?.value
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_is_sent_the_request_under_the_id_of_its_reply_and_log_and_what_it_is_made_of()
{
    let (endpoint, received) = collector().await;
    let (refused, log) = tokio::task::spawn_blocking(move || {
        let program = Program::start(&endpoint);
        let origin = "http://localhost:8787";
        let form = "email_address=ann%40example.com&password=violet-kettle-mosaic-42";
        let mut signed_up = ureq::post(format!("{}/v1/client/sign_ups", program.url))
            .header("origin", origin)
            .content_type("application/x-www-form-urlencoded")
            .send(form)
            .unwrap();
        signed_up.body_mut().read_to_string().unwrap();
        let refused = ask(ureq::get(format!("{}/v1/me", program.url)));
        (refused, program.stop())
    })
    .await
    .unwrap();

    let bodies: Vec<_> = received.try_iter().collect();
    for body in &bodies {
        let told = String::from_utf8_lossy(body);
        assert!(
            !told.contains("example.com") && !told.contains("violet"),
            "{told}"
        );
    }
    let spans: Vec<Span> = bodies
        .into_iter()
        .flat_map(|body| {
            ExportTraceServiceRequest::decode(body)
                .unwrap()
                .resource_spans
        })
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans)
        .collect();
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();

    let me = named("GET /v1/me");
    let id = refused["clerk_trace_id"].as_str().unwrap();
    let of_span = u128::from_be_bytes(me.trace_id[..].try_into().unwrap());
    assert_eq!(format!("{of_span:032x}"), id);
    assert!(log.contains(id));
    assert!(me.parent_span_id.is_empty());
    assert_eq!(me.kind(), SpanKind::Server);
    assert_eq!(
        attribute(me, "http.route"),
        Some(Value::StringValue("/v1/me".into()))
    );
    assert_eq!(
        attribute(me, "http.response.status_code"),
        Some(Value::IntValue(401))
    );
    let code = refused["errors"][0]["code"].as_str().unwrap().to_owned();
    assert_eq!(attribute(me, "error.type"), Some(Value::StringValue(code)));
    let status = me.status.clone().unwrap_or_default();
    assert_ne!(status.code(), StatusCode::Error, "the caller's mistake");

    let sign_up = named("POST /v1/client/sign_ups");
    assert_ne!(sign_up.trace_id, me.trace_id);
    for part in ["hashing.wait", "hashing.run", "store.sign_up"] {
        let part = named(part);
        assert_eq!(part.trace_id, sign_up.trace_id);
        assert_eq!(part.parent_span_id, sign_up.span_id);
        assert!(part.end_time_unix_nano >= part.start_time_unix_nano);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_keeps_no_request_and_no_stop_waiting() {
    // A port that nobody listens on any more.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (reply, log) = tokio::task::spawn_blocking(move || {
        let program = Program::start(&endpoint);
        let reply = ask(ureq::get(format!("{}/v1/environment", program.url)));
        (reply, program.stop())
    })
    .await
    .unwrap();
    assert!(reply["auth_config"].is_object());
    assert!(log.contains("the last spans were not sent"), "{log}");
}
