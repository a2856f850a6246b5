//! Signing up where the e-mail address is verified by a code that is sent there.

use std::time::Duration;

use serde_json::{Value, json};
use twofold::config::RateLimiting;

use crate::{
    harness::{PASSWORD, Reply, TestApp, TestBrowser, on_both_databases, six_digits, text},
    instance,
};

const ANN: &str = "ann@example.com";
const SIGN_UPS: &str = "/v1/client/sign_ups";
const STRATEGY: (&str, &str) = ("strategy", "email_code");

/// The same server with a mail server, which is all that it takes. Its mails are read from a folder
/// all the same.
async fn with_mail(app: TestApp) -> TestApp {
    app.reconfigured(|config| config.smtp_url = Some("smtp://localhost:2525".into()))
        .await
}

/// A sign-up that waits for its code.
struct SignUp {
    browser: TestBrowser,
    path: String,
}

impl SignUp {
    /// Begins in a browser that nobody knows.
    async fn begin(app: &TestApp, email: &str) -> (Self, Reply) {
        Self::begin_in(&app.browser(), email).await
    }

    async fn begin_in(browser: &TestBrowser, email: &str) -> (Self, Reply) {
        let fields = [
            ("email_address", email),
            ("password", PASSWORD),
            ("first_name", "Ann"),
        ];
        let begun = browser.post(SIGN_UPS, &fields).await;
        let sign_up = Self {
            browser: browser.clone(),
            path: format!("{SIGN_UPS}/{}", text(&begun.ok()["id"])),
        };
        (sign_up, begun)
    }

    /// The same sign-up, asked for by another browser.
    fn of(&self, browser: &TestBrowser) -> Self {
        Self {
            browser: browser.clone(),
            path: self.path.clone(),
        }
    }

    async fn show(&self) -> Reply {
        self.browser.get(&self.path).await
    }

    async fn prepare(&self) -> Reply {
        let path = format!("{}/prepare_verification", self.path);
        self.browser.post(&path, &[STRATEGY]).await
    }

    /// Asks for a code, and reads it.
    async fn code(&self, app: &TestApp) -> String {
        app.sign_up_code(&self.browser, &self.path).await
    }

    async fn attempt(&self, code: &str) -> Reply {
        let path = format!("{}/attempt_verification", self.path);
        self.browser.post(&path, &[STRATEGY, ("code", code)]).await
    }
}

/// How far the verification of the address has come, and what is next.
fn verification(sign_up: &Value) -> (String, String) {
    let verification = &sign_up["verifications"]["email_address"];
    assert_eq!(verification["object"], "verification");
    assert_eq!(verification["strategy"], "email_code");
    assert_eq!(verification["supported_strategies"], json!(["email_code"]));
    (
        text(&verification["status"]),
        text(&verification["next_action"]),
    )
}

fn state(status: &str, next_action: &str) -> (String, String) {
    (status.to_owned(), next_action.to_owned())
}

/// Another code.
fn wrong(code: &str) -> &'static str {
    if code == "123456" { "654321" } else { "123456" }
}

/// What the browser is in the middle of, as after a reload.
async fn shown(browser: &TestBrowser) -> Value {
    browser.get("/v1/client").await.ok()["sign_up"].clone()
}

on_both_databases! {
    async fn an_account_is_made_once_the_code_from_the_mail_was_right(app: TestApp) {
        let app = with_mail(app).await;
        let (sign_up, begun) = SignUp::begin(&app, " Ann@Example.com ").await;
        let reply = begun.ok();
        assert_eq!(reply["object"], "sign_up_attempt");
        assert_eq!(reply["status"], "missing_requirements");
        assert_eq!(reply["missing_fields"], json!([]));
        assert_eq!(reply["unverified_fields"], json!(["email_address"]));
        assert_eq!(reply["email_address"], ANN);
        assert_eq!(reply["created_user_id"], Value::Null);
        assert_eq!(verification(&reply), state("unverified", "needs_prepare"));
        assert_eq!(begun.json["client"]["sign_up"], reply);
        assert_eq!(begun.json["client"]["sessions"], json!([]));
        // There is no account, and no mail before one is asked for.
        sign_up.browser.get("/v1/me").await.must_be(401, "signed_out");
        sign_up.browser.password(ANN).await.must_be(422, "form_password_or_identifier_incorrect");
        assert_eq!(app.mails().await, Vec::<String>::new());

        let prepared = sign_up.prepare().await.ok();
        assert_eq!(verification(&prepared), state("unverified", "needs_attempt"));
        assert_eq!(shown(&sign_up.browser).await, prepared);
        assert_eq!(sign_up.show().await.ok(), prepared);
        let mails = app.mails().await;
        assert_eq!(mails.len(), 1, "{mails:#?}");
        assert!(mails[0].contains("To: ann@example.com\r\n"), "{}", mails[0]);
        assert!(mails[0].contains("Subject: Twofold: your code for a new account\r\n"), "{}", mails[0]);
        assert!(!mails[0].contains("Ann\r\n"), "nobody puts words into our mouth: {}", mails[0]);
        let code = six_digits(&mails[0]).unwrap();
        assert!(!prepared.to_string().contains(&code));

        let old_token = sign_up.browser.cookie("client");
        let done = sign_up.attempt(&format!(" {} {} ", &code[..3], &code[3..])).await;
        let reply = done.ok();
        assert_eq!(reply["status"], "complete");
        assert_eq!(reply["unverified_fields"], json!([]));
        assert_eq!(verification(&reply), state("verified", ""));
        let client = &done.json["client"];
        assert_eq!(client["sign_up"], Value::Null);
        assert_eq!(client["last_active_session_id"], reply["created_session_id"]);
        assert_ne!(sign_up.browser.cookie("client"), old_token);
        let me = sign_up.browser.me().await;
        assert_eq!(me["id"], reply["created_user_id"]);
        assert_eq!(me["first_name"], "Ann");
        let address = &me["email_addresses"][0];
        assert_eq!(address["email_address"], ANN);
        assert_eq!(address["verification"]["status"], "verified");
        assert_eq!(address["verification"]["strategy"], "email_code");
        let events = sign_up.browser.get("/v1/me/activity").await.ok();
        assert_eq!(events.as_array().unwrap().len(), 1);
        assert_eq!(events[0]["kind"], "sign_up");
        assert_eq!(app.browser().password(ANN).await.ok()["status"], "complete");
    }

    async fn where_it_is_switched_off_a_sign_up_is_complete_at_once(app: TestApp) {
        let app = with_mail(app).await;
        let (waiting, _) = SignUp::begin(&app, ANN).await;
        let code = waiting.code(&app).await;
        let environment = app.browser().get("/v1/environment").await;
        let address = &environment.json["user_settings"]["attributes"]["email_address"];
        assert_eq!(address["verifications"], json!(["email_code"]));
        assert_eq!(address["verify_at_sign_up"], true);

        let app = app.reconfigured(|config| config.verify_email = Some("false".parse().unwrap())).await;
        let environment = app.browser().get("/v1/environment").await;
        let address = &environment.json["user_settings"]["attributes"]["email_address"];
        assert_eq!(address["verifications"], json!([]));
        assert_eq!(address["verify_at_sign_up"], false);
        let (ben, begun) = SignUp::begin(&app, "ben@example.com").await;
        assert_eq!(begun.ok()["status"], "complete");
        assert_eq!(begun.ok()["verifications"]["email_address"], Value::Null);
        let address = ben.browser.me().await["email_addresses"][0].clone();
        assert_eq!(address["verification"], Value::Null);
        ben.show().await.must_be(404, "resource_not_found");
        // What was begun before ends as it was meant to, and no other code is sent.
        let browser = app.browser();
        browser.set_cookie("client", &waiting.browser.cookie("client").unwrap());
        let waiting = waiting.of(&browser);
        assert_eq!(shown(&browser).await, Value::Null);
        waiting.prepare().await.must_be(403, "feature_not_enabled");
        assert_eq!(waiting.attempt(&code).await.ok()["status"], "complete");
    }

    async fn a_code_has_five_attempts_and_the_next_one_has_as_many(app: TestApp) {
        let app = with_mail(app).await;
        let (sign_up, _) = SignUp::begin(&app, ANN).await;
        let code = sign_up.code(&app).await;
        // What cannot be a code costs nothing.
        for (code, error) in [("12 34", "form_param_format_invalid"), (" ", "form_param_nil")] {
            sign_up.attempt(code).await.must_be_of_param(422, error, "code");
        }
        for attempts in 1..5 {
            sign_up.attempt(wrong(&code)).await.must_be_of_param(422, "form_code_incorrect", "code");
            let shown = sign_up.show().await.ok();
            assert_eq!(shown["verifications"]["email_address"]["attempts"], attempts);
            assert_eq!(verification(&shown), state("unverified", "needs_attempt"));
        }
        sign_up.attempt(wrong(&code)).await.must_be_of_param(400, "verification_failed", "code");
        assert_eq!(verification(&shown(&sign_up.browser).await), state("failed", "needs_prepare"));
        sign_up.attempt(&code).await.must_be_of_param(400, "verification_failed", "code");

        let next = sign_up.code(&app).await;
        if code != next {
            sign_up.attempt(&code).await.must_be(422, "form_code_incorrect");
        }
        assert_eq!(sign_up.attempt(&next).await.ok()["status"], "complete");
    }

    async fn a_sign_up_has_five_codes(app: TestApp) {
        let app = with_mail(app).await;
        let (sign_up, _) = SignUp::begin(&app, ANN).await;
        for _ in 0..4 {
            sign_up.prepare().await.ok();
        }
        let last = sign_up.code(&app).await;
        sign_up.prepare().await.must_be(400, "verification_failed");
        assert_eq!(app.mails().await, Vec::<String>::new());
        assert_eq!(sign_up.attempt(&last).await.ok()["status"], "complete");
    }

    async fn a_code_works_for_ten_minutes_and_its_sign_up_for_ten_more(app: TestApp) {
        let app = with_mail(app).await;
        let (sign_up, _) = SignUp::begin(&app, ANN).await;
        sign_up.attempt("123456").await.must_be_of_param(400, "verification_expired", "code");
        app.advance(Duration::from_mins(9));
        let code = sign_up.code(&app).await;
        app.advance(Duration::from_mins(10));
        sign_up.attempt(&code).await.must_be_of_param(400, "verification_expired", "code");
        assert_eq!(verification(&shown(&sign_up.browser).await), state("expired", "needs_prepare"));
        let code = sign_up.code(&app).await;
        app.advance(Duration::from_secs(10 * 60 - 1));
        assert_eq!(sign_up.attempt(&code).await.ok()["status"], "complete");

        let (never_asked, _) = SignUp::begin(&app, "ben@example.com").await;
        let (asked, _) = SignUp::begin(&app, "bob@example.com").await;
        let code = asked.code(&app).await;
        app.advance(Duration::from_mins(10));
        assert_eq!(never_asked.show().await.ok()["status"], "abandoned");
        assert_eq!(shown(&never_asked.browser).await, Value::Null);
        never_asked.prepare().await.must_be(404, "resource_not_found");
        app.advance(Duration::from_mins(10));
        assert_eq!(shown(&asked.browser).await, Value::Null);
        asked.attempt(&code).await.must_be(404, "resource_not_found");
        asked.prepare().await.must_be(404, "resource_not_found");
        assert_eq!(app.mails().await, Vec::<String>::new());
    }

    async fn of_many_copies_of_a_right_code_one_makes_the_account(app: TestApp) {
        let app = with_mail(app).await;
        let (sign_up, _) = SignUp::begin(&app, ANN).await;
        let code = sign_up.code(&app).await;
        // As many as have an attempt each: in one tab and in another.
        let copies: Vec<_> = (0..5)
            .map(|_| {
                let (copy, code) = (sign_up.of(&sign_up.browser.forked()), code.clone());
                tokio::spawn(async move { copy.attempt(&code).await })
            })
            .collect();
        let mut accepted = 0;
        for copy in copies {
            let reply = copy.await.unwrap();
            if reply.status.is_success() {
                accepted += 1;
            } else {
                reply.must_be(404, "resource_not_found");
            }
        }
        assert_eq!(accepted, 1);
        assert_eq!(app.browser().password(ANN).await.ok()["status"], "complete");
    }

    async fn a_code_that_was_used_is_worth_nothing(app: TestApp) {
        let app = with_mail(app).await;
        let (sign_up, _) = SignUp::begin(&app, ANN).await;
        let code = sign_up.code(&app).await;
        let other_tab = sign_up.of(&sign_up.browser.forked());
        sign_up.attempt(&code).await.ok();
        sign_up.attempt(&code).await.must_be(400, "session_exists");
        sign_up.prepare().await.must_be(400, "session_exists");
        sign_up.show().await.must_be(404, "resource_not_found");
        other_tab.attempt(&code).await.must_be(404, "resource_not_found");
        sign_up.browser.sign_out().await;
        sign_up.attempt(&code).await.must_be(404, "resource_not_found");
    }

    async fn a_sign_up_belongs_to_the_browser_that_began_it(app: TestApp) {
        let app = with_mail(app).await;
        let (sign_up, _) = SignUp::begin(&app, ANN).await;
        let code = sign_up.code(&app).await;
        let (other, _) = SignUp::begin(&app, ANN).await;
        for browser in [app.browser(), other.browser.clone()] {
            let thief = sign_up.of(&browser);
            thief.show().await.must_be(404, "resource_not_found");
            thief.prepare().await.must_be(404, "resource_not_found");
            thief.attempt(&code).await.must_be(404, "resource_not_found");
        }
        // Nor is its code worth anything for another sign-up with the same address.
        let others = other.code(&app).await;
        if code != others {
            other.attempt(&code).await.must_be(422, "form_code_incorrect");
        }
        sign_up.attempt(&code).await.ok();
    }

    async fn of_two_sign_ups_with_one_address_one_becomes_the_account(app: TestApp) {
        let app = with_mail(app).await;
        let mut both = Vec::new();
        for _ in 0..2 {
            let (sign_up, _) = SignUp::begin(&app, ANN).await;
            let code = sign_up.code(&app).await;
            both.push((sign_up, code));
        }
        let attempts: Vec<_> = both
            .iter()
            .map(|(sign_up, code)| {
                let (sign_up, code) = (sign_up.of(&sign_up.browser), code.clone());
                tokio::spawn(async move { sign_up.attempt(&code).await })
            })
            .collect();
        let mut statuses = Vec::new();
        for attempt in attempts {
            let reply = attempt.await.unwrap();
            if !reply.status.is_success() {
                reply.must_be_of_param(422, "form_identifier_exists", "email_address");
            }
            statuses.push(reply.status.as_u16());
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422]);
    }

    async fn whoever_waits_keeps_nobody_from_the_address(app: TestApp) {
        let app = with_mail(app).await;
        let (blocker, _) = SignUp::begin(&app, ANN).await;
        let code = blocker.code(&app).await;
        for _ in 0..5 {
            blocker.attempt(wrong(&code)).await;
        }
        app.signed_up(ANN).await;
        blocker.prepare().await.ok();
        let code = six_digits(&app.mails().await[0]).unwrap();
        blocker.attempt(&code).await.must_be_of_param(422, "form_identifier_exists", "email_address");
        blocker.browser.get("/v1/me").await.must_be(401, "signed_out");
    }

    async fn an_address_or_a_name_that_is_taken_is_told_before_a_code_is_sent(app: TestApp) {
        let app = with_mail(app).await;
        let (ann, _) = SignUp::begin(&app, ANN).await;
        let code = ann.code(&app).await;
        ann.attempt(&code).await.ok();
        let taken = [("email_address", " ANN@example.com"), ("password", PASSWORD)];
        app.browser().post(SIGN_UPS, &taken).await
            .must_be_of_param(422, "form_identifier_exists", "email_address");
        let named = |email| [("email_address", email), ("password", PASSWORD), ("username", "ben")];
        let browser = app.browser();
        let first = browser.post(SIGN_UPS, &named("ben@example.com")).await.ok();
        let second = SignUp::begin_in(&app.browser(), "b@example.com").await.0;
        let second = second.browser.post(SIGN_UPS, &named("b@example.com")).await.ok();
        assert_eq!(second["status"], "missing_requirements", "nobody has the name yet");
        let first = SignUp { path: format!("{SIGN_UPS}/{}", text(&first["id"])), browser };
        let code = first.code(&app).await;
        first.attempt(&code).await.ok();
        app.browser().post(SIGN_UPS, &named("c@example.com")).await
            .must_be_of_param(422, "form_identifier_exists", "username");
        let weak = [("email_address", ANN), ("password", "password")];
        app.browser().post(SIGN_UPS, &weak).await
            .must_be_of_param(422, "form_password_pwned", "password");
        assert_eq!(app.mails().await, Vec::<String>::new());
    }

    async fn a_sign_up_takes_the_place_of_the_earlier_one_in_its_browser(app: TestApp) {
        let app = with_mail(app).await;
        let (first, _) = SignUp::begin(&app, ANN).await;
        let code = first.code(&app).await;
        first.prepare().await.ok();
        let (second, begun) = SignUp::begin_in(&first.browser, "ben@example.com").await;
        assert_eq!(app.mails().await, Vec::<String>::new(), "nobody needs the first one's code");
        first.show().await.must_be(404, "resource_not_found");
        first.attempt(&code).await.must_be(404, "resource_not_found");
        assert_eq!(shown(&second.browser).await, begun.ok());
        second.browser.delete("/v1/client/sessions").await.ok();
        assert_eq!(shown(&second.browser).await, Value::Null);
        second.show().await.must_be(404, "resource_not_found");
    }

    async fn another_way_to_verify_is_refused_by_name(app: TestApp) {
        let app = with_mail(app).await;
        let (sign_up, _) = SignUp::begin(&app, ANN).await;
        for call in ["prepare_verification", "attempt_verification"] {
            let path = format!("{}/{call}", sign_up.path);
            for (fields, error) in [
                (vec![("code", "123456")], "form_param_missing"),
                (vec![("strategy", "email_link"), ("code", "123456")], "form_param_format_invalid"),
            ] {
                sign_up.browser.post(&path, &fields).await.must_be_of_param(422, error, "strategy");
            }
        }
    }

    async fn a_new_account_has_to_set_a_second_factor_up_where_everyone_needs_one(app: TestApp) {
        let app = with_mail(app).await;
        let app = app.reconfigured(|config| {
            config.administrators = ["boss@example.com".parse().unwrap()].into();
        }).await;
        let (boss, _) = app.enrolled("boss@example.com").await;
        instance::change(&boss, &[("required", "true")]).await.ok();
        let (sign_up, _) = SignUp::begin(&app, ANN).await;
        let code = sign_up.code(&app).await;
        let done = sign_up.attempt(&code).await;
        assert_eq!(done.ok()["status"], "complete");
        assert_eq!(done.json["client"]["sessions"][0]["status"], "pending");
    }

    async fn mails_to_one_address_follow_each_other_slowly(app: TestApp) {
        let app = with_mail(app).await;
        let app = app.reconfigured(|config| config.rate_limits = RateLimiting::On).await;
        let (sign_up, _) = SignUp::begin(&app, ANN).await;
        for _ in 0..3 {
            sign_up.prepare().await.ok();
        }
        sign_up.prepare().await.must_be(429, "too_many_requests");
        // Nor does another sign-up with that address begin anew.
        let (other, _) = SignUp::begin(&app, ANN).await;
        other.prepare().await.must_be(429, "too_many_requests");
        app.advance(Duration::from_mins(1));
        sign_up.prepare().await.ok();
        other.prepare().await.must_be(429, "too_many_requests");
    }

    async fn guesses_at_one_address_follow_each_other_slowly(app: TestApp) {
        let app = with_mail(app).await;
        let app = app.reconfigured(|config| config.rate_limits = RateLimiting::On).await;
        let (sign_up, _) = SignUp::begin(&app, ANN).await;
        let code = sign_up.code(&app).await;
        for _ in 0..4 {
            sign_up.attempt(wrong(&code)).await.must_be(422, "form_code_incorrect");
        }
        sign_up.attempt(wrong(&code)).await.must_be(400, "verification_failed");
        sign_up.attempt(&code).await.must_be(429, "too_many_requests");
    }
}
