//! The lines of the log that tell of events: one for each, after it happened, and no secret in any.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::http::{Method, header};
use serde_json::Value;
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};
use twofold::store::EVENT_TARGET;

use crate::harness::{PASSWORD, Reply, TestApp, on_both_databases, text};

/// A line: its level and its fields.
type Line = (Level, BTreeMap<&'static str, String>);

/// Keeps the lines about events of all tests that run; each test looks at those of its accounts.
struct Keeper;

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());

impl Subscriber for Keeper {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == EVENT_TARGET
    }

    fn event(&self, event: &Event<'_>) {
        struct Fields(BTreeMap<&'static str, String>);

        impl Visit for Fields {
            fn record_str(&mut self, field: &Field, value: &str) {
                self.0.insert(field.name(), value.to_owned());
            }

            fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
                self.0.insert(field.name(), format!("{value:?}"));
            }
        }

        let mut fields = Fields(BTreeMap::new());
        event.record(&mut fields);
        LINES
            .lock()
            .unwrap()
            .push((*event.metadata().level(), fields.0));
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

fn keep_lines() {
    static KEPT: OnceLock<()> = OnceLock::new();
    KEPT.get_or_init(|| tracing::subscriber::set_global_default(Keeper).unwrap());
}

/// The lines whose field has this value.
fn lines(field: &str, value: &str) -> Vec<Line> {
    let lines = LINES.lock().unwrap();
    lines
        .iter()
        .filter(|(_, fields)| fields.get(field).is_some_and(|found| found == value))
        .cloned()
        .collect()
}

/// A `User-Agent` of its own for each test.
fn caller() -> String {
    static CALLERS: AtomicUsize = AtomicUsize::new(0);
    format!("Caller/{}", CALLERS.fetch_add(1, Ordering::Relaxed))
}

/// Posts a form from a new browser that calls itself so.
async fn post_as(app: &TestApp, caller: &str, path: &str, fields: &str) -> Reply {
    let browser = app.browser();
    let request = browser
        .request(Method::POST, path)
        .header(header::USER_AGENT, caller)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(fields.to_owned().into());
    browser.send(request.unwrap()).await
}

on_both_databases! {
    async fn each_event_is_one_line_that_says_what_the_list_says(app: TestApp) {
        keep_lines();
        let email = "ann@example.com";
        let (browser, user) = app.enrolled(email).await;
        let id = text(&browser.me().await["id"]);
        browser.sign_out().await;
        app.next_step();
        let sign_in = text(&browser.password(email).await.ok()["id"]);
        browser.second_factor(&sign_in, "totp", &app.wrong_code(&user.secret)).await
            .must_be(422, "form_code_incorrect");
        app.next_step();
        browser.second_factor(&sign_in, "backup_code", &user.backup_codes[0]).await.ok();
        browser.post("/v1/me/backup_codes", &[]).await.ok();
        browser.delete("/v1/me/totp").await.ok();
        // Nothing is left to remove: nothing happened.
        browser.delete("/v1/me/totp").await.must_be(404, "resource_not_found");

        let listed = browser.get("/v1/me/activity?limit=100").await.ok();
        let listed = listed.as_array().unwrap().clone();
        let lines = lines("user", &id);
        assert_eq!(lines.len(), listed.len(), "{lines:#?}");
        for event in &listed {
            let told: Vec<_> = lines.iter()
                .filter(|(_, fields)| fields["event"] == text(&event["id"]))
                .collect();
            let [(level, fields)] = told.as_slice() else { panic!("{event:#}: {told:#?}") };
            let failed = event["kind"] == "attempt_failed";
            assert_eq!(*level, if failed { Level::WARN } else { Level::INFO });
            for (name, member) in [
                ("kind", "kind"),
                ("strategy", "strategy"),
                ("session", "session_id"),
                ("ip_address", "ip_address"),
                ("user_agent", "user_agent"),
            ] {
                let told = fields.get(name).map_or(Value::Null, |value| value.as_str().into());
                assert_eq!(told, event[member], "{name}");
            }
            assert_eq!(fields["trace_id"].len(), 32);
        }
        let kinds: Vec<_> = lines.iter().map(|(_, fields)| fields["kind"].as_str()).collect();
        assert_eq!(kinds, [
            "sign_up", "totp_created", "totp_verified", "session_ended", "attempt_failed",
            "sign_in", "backup_codes_created", "totp_removed",
        ]);
        let all = format!("{lines:?}");
        let mut secrets = vec![PASSWORD, user.secret.as_str(), user.code.as_str(), email];
        secrets.extend(user.backup_codes.iter().map(String::as_str));
        for secret in secrets {
            assert!(!all.contains(secret), "{secret} is in the log");
        }
    }

    async fn the_attempt_that_locks_is_told_as_what_it_was(app: TestApp) {
        keep_lines();
        let email = "ann@example.com";
        let browser = app.signed_up(email).await;
        let id = text(&browser.me().await["id"]);
        let fields = [("identifier", email), ("strategy", "password"), ("password", "wrong-wrong")];
        let stranger = app.browser();
        for _ in 0..9 {
            stranger.post("/v1/client/sign_ins", &fields).await;
        }
        // The tenth attempt is right, so nothing is locked; the next ten are not.
        app.browser().password(email).await.ok();
        for _ in 0..11 {
            stranger.post("/v1/client/sign_ins", &fields).await;
        }
        let lines = lines("user", &id);
        let count = |kind| lines.iter().filter(|(_, fields)| fields["kind"] == kind).count();
        assert_eq!(
            [count("attempt_failed"), count("sign_in"), count("account_locked")],
            [18, 1, 1],
        );
        let locked = lines.iter().find(|(_, fields)| fields["kind"] == "account_locked").unwrap();
        assert_eq!(locked.0, Level::WARN);
    }

    async fn a_guess_at_an_account_that_is_not_there_is_told_without_what_was_typed(app: TestApp) {
        keep_lines();
        let caller = caller();
        let fields = "identifier=nobody%40example.com&strategy=password&password=wrong-wrong";
        let reply = post_as(&app, &caller, "/v1/client/sign_ins", fields).await;
        reply.must_be(422, "form_password_or_identifier_incorrect");
        let lines = lines("user_agent", &caller);
        let [(Level::WARN, fields)] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!((fields["kind"].as_str(), fields.get("user")), ("attempt_failed", None));
        assert!(!format!("{lines:?}").contains("nobody"));
    }

    async fn what_could_not_be_committed_is_not_told(app: TestApp) {
        keep_lines();
        app.refuse_commits_of_events().await;
        let caller = caller();
        let fields = format!("email_address=ann%40example.com&password={PASSWORD}");
        let reply = post_as(&app, &caller, "/v1/client/sign_ups", &fields).await;
        reply.must_be(500, "internal_clerk_error");
        assert_eq!(lines("user_agent", &caller), []);
    }
}
