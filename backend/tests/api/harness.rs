//! The server with a clock that the test moves, and browsers that talk to it.

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::Path,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use serde_json::Value;
use shared::{Timestamp, totp};
use tempfile::TempDir;
use tower::ServiceExt;
use twofold::{
    AppState, app,
    cleaning::Cleaner,
    clock,
    config::{Config, RateLimiting},
    domain::session_token::SessionTokens,
    http::{RateLimits, Stopping},
    metrics::Metrics,
    notify::{Delivery, Notifier},
    random::OperatingSystem,
    store::{NewSigningKey, Store},
    vault::{Keyring, SigningKey, Vault},
};

use crate::database::Database;

pub(crate) const PASSWORD: &str = "tulip-anchor-92";
/// The encryption key of every server.
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const WRONG_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
const ORIGIN: &str = "http://localhost:8787";
/// 2026-01-01T00:00:10Z: ten seconds into a time step.
const START: i64 = 1_767_225_610;

/// Makes each test twice: on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: $type:ty) $body:block)*) => {
        $(
            $(#[$meta])*
            async fn $name($app: $type) $body
        )*

        mod sqlite {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    let database = crate::database::Database::sqlite();
                    super::$name(<$type>::start(database).await).await;
                }
            )*
        }

        mod postgres {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    let database = crate::database::Database::postgres().await;
                    super::$name(<$type>::start(database).await).await;
                }
            )*
        }
    };
}
pub(crate) use on_both_databases;

/// A running server.
pub(crate) struct TestApp {
    router: Router,
    state: AppState,
    store: Arc<dyn Store>,
    clock: Arc<clock::Manual>,
    config: Arc<Config>,
    database: Database,
    mail_folder: TempDir,
}

impl TestApp {
    /// A server without rate limits. The clock stands still, so with them every test would be
    /// about them after a few attempts; those of `rate_limits.rs` are, and start with the default.
    pub(crate) async fn start(database: Database) -> Self {
        let config = Config {
            rate_limits: RateLimiting::Off,
            ..Config::default()
        };
        Self::start_with(database, config).await
    }

    pub(crate) async fn start_with(database: Database, config: Config) -> Self {
        let app = Self::start_without_keys_with(database, config).await;
        give_signing_key(&app.store, &app.clock).await;
        app
    }

    /// A server that has to make its own signing key.
    pub(crate) async fn start_without_keys(database: Database) -> Self {
        Self::start_without_keys_with(database, Config::default()).await
    }

    async fn start_without_keys_with(database: Database, config: Config) -> Self {
        let clock = Arc::new(clock::Manual::new(Timestamp::from_seconds(START)));
        let config = Arc::new(config);
        let store = database.open().await;
        let state = state(&store, &config, &clock, KEY);
        Self {
            router: app(state.clone()),
            state,
            store,
            clock,
            config,
            database,
            mail_folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The same server under another configuration.
    pub(crate) async fn reconfigured(self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = (*self.config).clone();
        change(&mut config);
        Self::start_with(self.database, config).await
    }

    /// The same server, whose lockout hides no race: all copies of a code are looked at.
    pub(crate) async fn without_lockout(self) -> Self {
        self.reconfigured(|config| config.lockout_attempts = "100".parse().unwrap())
            .await
    }

    /// Presents 64 copies of a right code at once, each to a sign-in of its own, half of them at
    /// another server on the same database.
    pub(crate) async fn one_of_64_copies_is_accepted(
        &self,
        email: &str,
        strategy: &'static str,
        code: &str,
    ) {
        let other = self.another_server().await;
        let mut sign_ins = Vec::new();
        for n in 0..64 {
            let browser = self.browser();
            let browser = if n % 2 == 0 {
                browser
            } else {
                browser.at(&other)
            };
            let id = text(&browser.password(email).await.ok()["id"]);
            sign_ins.push((browser, id));
        }
        let copies: Vec<_> = sign_ins
            .into_iter()
            .map(|(browser, id)| {
                let code = code.to_owned();
                tokio::spawn(async move { browser.second_factor(&id, strategy, &code).await })
            })
            .collect();
        let mut accepted = 0;
        for copy in copies {
            let reply = copy.await.unwrap();
            match reply.status.as_u16() {
                200 => accepted += 1,
                // The queue before Argon2id is as long as the machine has cores.
                503 => reply.must_be(503, "service_unavailable"),
                _ => {
                    reply.must_be(422, "form_code_incorrect");
                    assert_eq!(reply.meta()["reason"], "code_already_used");
                }
            }
        }
        assert_eq!(accepted, 1);
    }

    /// A folder for mails.
    pub(crate) fn mail_folder(&self) -> &Path {
        self.mail_folder.path()
    }

    /// What sends the server's mails, as files into this folder.
    pub(crate) fn notifier_into(&self, folder: &Path) -> Notifier {
        let delivery = Delivery::Folder(folder.to_owned());
        let letterhead = (&*self.config).into();
        Notifier::new(
            Arc::clone(&self.store),
            Arc::clone(&self.state.vault),
            self.clock.clone(),
            delivery,
            letterhead,
        )
    }

    /// The mails that are due, sent; oldest event first.
    pub(crate) async fn mails(&self) -> Vec<String> {
        let folder = tempfile::tempdir_in(self.mail_folder()).unwrap();
        let notifier = self.notifier_into(folder.path());
        while notifier.send_next().await.unwrap() {}
        let mut files: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        files
            .iter()
            .map(|file| fs::read_to_string(file).unwrap())
            .collect()
    }

    /// Another server on the same database, as after a restart or beside this one.
    pub(crate) async fn another_server(&self) -> Router {
        server(&self.database.open().await, &self.config, &self.clock, KEY)
    }

    /// Another server on the same database, whose operator gave it the wrong key.
    pub(crate) fn server_with_wrong_key(&self) -> Router {
        server(&self.store, &self.config, &self.clock, WRONG_KEY)
    }

    /// From now on the database fails whenever a change is committed that notes an event.
    pub(crate) async fn refuse_commits_of_events(&self) {
        self.database.refuse_commits_of_events().await;
    }

    /// What the server counts and measures, as whoever collects it reads it.
    pub(crate) async fn metrics(&self) -> String {
        let collect = Request::get("/metrics").body(Body::empty()).unwrap();
        let router = twofold::http::metrics::router(self.state.clone());
        let response = router.oneshot(collect).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    /// Takes away what is over.
    pub(crate) async fn clean_up(&self) {
        let AppState {
            store,
            clock,
            metrics,
            config,
            ..
        } = self.state.clone();
        let cleaner = Cleaner::new(store, clock, Arc::new(OperatingSystem), metrics, &config);
        while cleaner.step().await.unwrap() {}
    }

    /// What tells that the server is about to stop.
    pub(crate) fn stopping(&self) -> &Stopping {
        &self.state.stopping
    }

    /// The database goes away.
    pub(crate) async fn lose_database(&self) {
        self.store.close().await;
    }

    /// The server is from now on another one on the same database.
    pub(crate) async fn restart(&mut self) {
        self.router = self.another_server().await;
    }

    pub(crate) fn now(&self) -> Timestamp {
        clock::Clock::now(&*self.clock)
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Sets the clock.
    pub(crate) fn set(&self, now: Timestamp) {
        self.clock.set(now);
    }

    /// Sets the clock back, as an operator or a time server may.
    pub(crate) fn set_back(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap();
        self.clock
            .set(Timestamp::from_millis(self.now().millis() - millis));
    }

    /// Moves the clock to the next time step.
    pub(crate) fn next_step(&self) {
        self.advance(Duration::from_secs(totp::PERIOD_SECONDS));
    }

    pub(crate) fn browser(&self) -> TestBrowser {
        TestBrowser {
            router: self.router.clone(),
            cookies: Arc::default(),
            peer: None,
            forwarded_for: Vec::new(),
        }
    }

    /// A browser whose user has just signed up.
    pub(crate) async fn signed_up(&self, email: &str) -> TestBrowser {
        let browser = self.browser();
        let fields = [("email_address", email), ("password", PASSWORD)];
        let sign_up = browser.post("/v1/client/sign_ups", &fields).await.ok();
        if sign_up["status"] == "missing_requirements" {
            let path = format!("/v1/client/sign_ups/{}", text(&sign_up["id"]));
            let code = self.sign_up_code(&browser, &path).await;
            let fields = [("strategy", "email_code"), ("code", &code)];
            let attempt = format!("{path}/attempt_verification");
            browser.post(&attempt, &fields).await.ok();
        }
        browser
    }

    /// Has a code sent for the sign-up of that path, and reads it. All other mails that are due are
    /// gone.
    pub(crate) async fn sign_up_code(&self, browser: &TestBrowser, path: &str) -> String {
        let prepare = format!("{path}/prepare_verification");
        let prepared = browser.post(&prepare, &[("strategy", "email_code")]).await;
        let to = format!("To: {}\r\n", text(&prepared.ok()["email_address"]));
        let mails = self.mails().await;
        let mut codes = mails
            .iter()
            .filter(|mail| mail.contains(&to))
            .filter_map(|mail| six_digits(mail));
        codes.next_back().expect("a mail with a code")
    }

    /// A browser whose user has an authenticator app and backup codes.
    pub(crate) async fn enrolled(&self, email: &str) -> (TestBrowser, Enrolled) {
        let browser = self.signed_up(email).await;
        let user = self.enrol(&browser).await;
        (browser, user)
    }

    /// Sets an authenticator app up for the user of the browser.
    pub(crate) async fn enrol(&self, browser: &TestBrowser) -> Enrolled {
        let created = browser.post("/v1/me/totp", &[]).await.ok();
        let secret = text(&created["secret"]);
        let code = self.code(&secret, 0);
        let verified = browser
            .post("/v1/me/totp/attempt_verification", &[("code", &code)])
            .await;
        let codes = verified.ok()["backup_codes"]
            .as_array()
            .unwrap()
            .iter()
            .map(text)
            .collect();
        Enrolled {
            secret,
            code,
            backup_codes: codes,
        }
    }

    /// The code of the step that is `steps` away from the current one, computed by the library.
    pub(crate) fn code(&self, secret: &str, steps: i64) -> String {
        let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
        let time = self.now().seconds().checked_add_signed(steps * 30).unwrap();
        totp_rs::Builder::new()
            .with_secret(secret)
            .build_noncompliant()
            .generate(time)
            .to_string()
    }

    /// A code that is right in no step near the current one.
    pub(crate) fn wrong_code(&self, secret: &str) -> String {
        let near: Vec<String> = (-3..=3).map(|steps| self.code(secret, steps)).collect();
        (0..1_000_000)
            .map(|n| format!("{n:06}"))
            .find(|code| !near.contains(code))
            .unwrap()
    }
}

/// Gives the database its first signing key, the same one in every test: making one takes long.
async fn give_signing_key(store: &Arc<dyn Store>, clock: &Arc<clock::Manual>) {
    static KEY_OF_ALL: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());

    let vault = Vault::new(Keyring::parse(KEY).unwrap(), Arc::new(OperatingSystem));
    let now = clock::Clock::now(&**clock);
    let key = NewSigningKey {
        id: KEY_OF_ALL.id().clone(),
        generation: 1,
        sealed_key: vault.seal_signing_key(&KEY_OF_ALL),
        signs_from: now,
    };
    store.create_signing_key(key, now).await.unwrap();
}

fn server(
    store: &Arc<dyn Store>,
    config: &Arc<Config>,
    clock: &Arc<clock::Manual>,
    key: &str,
) -> Router {
    app(state(store, config, clock, key))
}

fn state(
    store: &Arc<dyn Store>,
    config: &Arc<Config>,
    clock: &Arc<clock::Manual>,
    key: &str,
) -> AppState {
    let keyring = Keyring::parse(key).unwrap();
    let issuer = config.public_url.origin().to_string();
    let clock: Arc<dyn clock::Clock> = clock.clone();
    AppState {
        store: Arc::clone(store),
        vault: Arc::new(Vault::new(keyring, Arc::new(OperatingSystem))),
        tokens: Arc::new(SessionTokens::new(issuer)),
        rate_limits: Arc::new(RateLimits::new(config, Arc::clone(&clock))),
        metrics: Arc::new(Metrics::new(clock.now())),
        stopping: Stopping::default(),
        clock,
        policy: Arc::new((&**config).into()),
        config: Arc::clone(config),
    }
}

/// What a user with an authenticator app knows.
pub(crate) struct Enrolled {
    pub(crate) secret: String,
    /// The code that verified the set-up.
    pub(crate) code: String,
    pub(crate) backup_codes: Vec<String>,
}

/// A browser: it keeps its cookies, and tells its origin.
#[derive(Clone)]
pub(crate) struct TestBrowser {
    router: Router,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
    /// The other end of its connection, as the server sees it.
    peer: Option<SocketAddr>,
    /// The lines of `X-Forwarded-For` that its requests arrive with.
    forwarded_for: Vec<String>,
}

impl TestBrowser {
    /// A copy of the browser: the same cookies now, its own from here on.
    pub(crate) fn forked(&self) -> Self {
        let cookies = self.cookies.lock().unwrap().clone();
        Self {
            cookies: Arc::new(Mutex::new(cookies)),
            ..self.clone()
        }
    }

    /// The same browser at another server.
    pub(crate) fn at(&self, router: &Router) -> Self {
        Self {
            router: router.clone(),
            ..self.clone()
        }
    }

    /// The same browser, whose requests come from this address.
    pub(crate) fn coming_from(&self, address: &str) -> Self {
        Self {
            peer: Some(SocketAddr::new(address.parse().unwrap(), 40_312)),
            ..self.clone()
        }
    }

    /// The same browser, whose requests arrive with these lines of `X-Forwarded-For`.
    pub(crate) fn forwarded_for(&self, lines: &[&str]) -> Self {
        Self {
            forwarded_for: lines.iter().map(|line| (*line).to_owned()).collect(),
            ..self.clone()
        }
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// The same browser, which no account knows: its attempts count on the account.
    pub(crate) fn forget_device(&self) {
        self.cookies.lock().unwrap().remove("device");
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies
            .lock()
            .unwrap()
            .insert(name.to_owned(), value.to_owned());
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(
            self.request(Method::DELETE, path)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// A request as this browser would begin it.
    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let cookies = self.cookies.lock().unwrap();
        let cookies: Vec<String> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ORIGIN, ORIGIN)
            .header(header::COOKIE, cookies.join("; "));
        for line in &self.forwarded_for {
            request = request.header("x-forwarded-for", line);
        }
        match self.peer {
            Some(peer) => request.extension(ConnectInfo(peer)),
            None => request,
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.set_cookie(name, value);
        }
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Reply {
            status: parts.status,
            headers: parts.headers,
            json: serde_json::from_slice(&body).unwrap_or(Value::Null),
        }
    }

    /// Signs in with the password alone; the sign-in as it is then.
    pub(crate) async fn password(&self, email: &str) -> Reply {
        let fields = [
            ("identifier", email),
            ("strategy", "password"),
            ("password", PASSWORD),
        ];
        self.post("/v1/client/sign_ins", &fields).await
    }

    /// Attempts the second factor of a sign-in.
    pub(crate) async fn second_factor(&self, id: &str, strategy: &str, code: &str) -> Reply {
        let path = format!("/v1/client/sign_ins/{id}/attempt_second_factor");
        self.post(&path, &[("strategy", strategy), ("code", code)])
            .await
    }

    /// Signs in with password and a code.
    pub(crate) async fn sign_in(&self, email: &str, strategy: &str, code: &str) -> Reply {
        let id = text(&self.password(email).await.ok()["id"]);
        self.second_factor(&id, strategy, code).await
    }

    pub(crate) async fn sign_out(&self) {
        self.delete("/v1/client/sessions").await.ok();
    }

    /// The signed-in user.
    pub(crate) async fn me(&self) -> Value {
        self.get("/v1/me").await.ok()
    }
}

/// A reply, read whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

impl Reply {
    /// The `response` of a success.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{:#}", self.json);
        self.json["response"].clone()
    }

    /// The code of the first error, with the status.
    #[track_caller]
    pub(crate) fn error(&self) -> (u16, String) {
        let code = self.json["errors"][0]["code"].as_str();
        let code = code.unwrap_or_else(|| panic!("no error: {} {:#}", self.status, self.json));
        (self.status.as_u16(), code.to_owned())
    }

    /// The code of the first error; `None` for a success.
    pub(crate) fn error_code(&self) -> Option<String> {
        self.codes().into_iter().next()
    }

    /// All codes of an error.
    pub(crate) fn codes(&self) -> Vec<String> {
        let errors = self.json["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| text(&error["code"])).collect()
    }

    /// The `meta` of the first error.
    pub(crate) fn meta(&self) -> &Value {
        &self.json["errors"][0]["meta"]
    }

    #[track_caller]
    pub(crate) fn must_be(&self, status: u16, code: &str) {
        assert_eq!(self.error(), (status, code.to_owned()), "{:#}", self.json);
    }

    #[track_caller]
    pub(crate) fn must_be_of_param(&self, status: u16, code: &str, param: &str) {
        self.must_be(status, code);
        assert_eq!(self.meta()["param_name"], param, "{:#}", self.json);
    }
}

/// The code in a mail.
pub(crate) fn six_digits(mail: &str) -> Option<String> {
    let mut lines = mail.lines().filter_map(|line| line.strip_prefix("    "));
    let code = lines.find(|line| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit()));
    code.map(str::to_owned)
}

/// A JSON text.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}
