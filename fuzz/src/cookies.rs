//! Nobody is told to be signed in who does not show the whole token, once, in the one cookie
//! header; whatever else a request of a reverse proxy holds, it gets 200 or 401 and no more.

use std::{
    path::Path,
    sync::{Arc, LazyLock},
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use shared::Timestamp;
use tempfile::TempDir;
use tower::ServiceExt;
use twofold::{
    AppState, app,
    clock::{Clock, Manual},
    config::Config,
    domain::session_token::SessionTokens,
    http::{RateLimits, Stopping},
    metrics::Metrics,
    random::OperatingSystem,
    store,
    vault::{Keyring, Vault},
};

/// What stands for the token in an input, since each run has another one.
const TOKEN: &[u8] = b"TOKEN";

/// A server, and the token of the one browser that is signed in.
struct Server {
    router: Router,
    token: String,
    _data: TempDir,
}

static SERVER: LazyLock<Server> = LazyLock::new(|| super::wait(Server::start()));

/// See the module's words. The first line is the query, each further one a header.
pub fn holds(input: &[u8]) {
    let input = with_token(input, SERVER.token.as_bytes());
    let mut lines = input.split(|byte| *byte == b'\n');
    let query = lines.next().unwrap_or_default();
    let uri = [b"/v1/forward_auth?", query].concat();
    let Ok(mut request) = Request::get(uri).body(Body::empty()) else {
        return;
    };
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            request.headers_mut().append(name, value);
        }
    }
    let (may_be_told, must_be_told) = (shows_token(&request), is_plain(&request));
    let reply = super::wait(SERVER.router.clone().oneshot(request)).expect("a reply");
    match reply.status() {
        StatusCode::OK => assert!(may_be_told && reply.headers().contains_key("x-twofold-user")),
        StatusCode::UNAUTHORIZED => assert!(!must_be_told),
        status => panic!("{status}"),
    }
}

fn with_token(input: &[u8], token: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(input.len() + token.len());
    let mut rest = input;
    while let Some(byte) = rest.first() {
        if let Some(after) = rest.strip_prefix(TOKEN) {
            written.extend_from_slice(token);
            rest = after;
        } else {
            written.push(*byte);
            rest = &rest[1..];
        }
    }
    written
}

/// Whether the request may pass at all: the least that must be true of it.
fn shows_token(request: &Request) -> bool {
    let mut cookies = request.headers().get_all(header::COOKIE).iter();
    let (first, second) = (cookies.next(), cookies.next());
    let shown = first.is_some_and(|cookies| {
        let cookies = String::from_utf8_lossy(cookies.as_bytes());
        cookies.matches(SERVER.token.as_str()).count() > 0
    });
    let claims = request
        .headers()
        .keys()
        .any(|name| name.as_str().starts_with("x-twofold"));
    shown && second.is_none() && !claims
}

/// Whether the request is just what a browser's looks like: it has to pass.
fn is_plain(request: &Request) -> bool {
    let headers = request.headers();
    let cookie = format!("client={}", SERVER.token);
    request.uri().query() == Some("")
        && headers.len() == 1
        && headers
            .get(header::COOKIE)
            .is_some_and(|shown| *shown == *cookie)
}

impl Server {
    async fn start() -> Self {
        let data = tempfile::tempdir().expect("a directory");
        let router = router(data.path()).await;
        let sign_up = Request::post("/v1/client/sign_ups")
            .header(header::ORIGIN, "http://localhost:8787")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(
                "email_address=ann@example.com&password=tulip-anchor-92",
            ))
            .expect("a request");
        let reply = router.clone().oneshot(sign_up).await.expect("a reply");
        let token = reply
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|cookie| cookie.to_str().ok())
            .find_map(|cookie| cookie.strip_prefix("client=")?.split(';').next())
            .expect("a browser that is signed in")
            .to_owned();
        Self {
            router,
            token,
            _data: data,
        }
    }
}

async fn router(data: &Path) -> Router {
    let config = Config::default();
    let clock: Arc<dyn Clock> = Arc::new(Manual::new(Timestamp::from_seconds(1_767_225_610)));
    let database = format!("sqlite:{}", data.join("twofold.sqlite").display());
    let keyring = Keyring::parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    app(AppState {
        store: store::open(&database).await.expect("a database"),
        vault: Arc::new(Vault::new(
            keyring.expect("a key"),
            Arc::new(OperatingSystem),
        )),
        tokens: Arc::new(SessionTokens::new("http://localhost:8787".to_owned())),
        rate_limits: Arc::new(RateLimits::new(&config, Arc::clone(&clock))),
        metrics: Arc::new(Metrics::new(clock.now())),
        stopping: Stopping::default(),
        clock,
        policy: Arc::new((&config).into()),
        config: Arc::new(config),
    })
}
