//! Setting a new password by a code that is sent by mail.

use std::time::Duration;

use serde_json::{Value, json};
use twofold::config::RateLimiting;

use crate::{
    back_end::{Service, with_key},
    harness::{
        Enrolled, PASSWORD, Reply, TestApp, TestBrowser, on_both_databases, six_digits, text,
    },
};

const ANN: &str = "ann@example.com";
const NOBODY: &str = "nobody@example.com";
const NEW: &str = "violet-harbour-17";
const STRATEGY: &str = "reset_password_email_code";

/// The same server with a mail server. Its mails are read from a folder all the same.
async fn with_mail(app: TestApp) -> TestApp {
    app.reconfigured(|config| {
        config.smtp_url = Some("smtp://localhost:2525".into());
        config.verify_email = Some("false".parse().unwrap());
    })
    .await
}

/// A sign-in by a new password.
struct Reset {
    browser: TestBrowser,
    path: String,
}

impl Reset {
    /// Asks for a code in a browser that nobody knows.
    async fn begin(app: &TestApp, identifier: &str) -> (Self, Reply) {
        Self::begin_in(&app.browser(), identifier).await
    }

    async fn begin_in(browser: &TestBrowser, identifier: &str) -> (Self, Reply) {
        let fields = [("identifier", identifier), ("strategy", STRATEGY)];
        let begun = browser.post("/v1/client/sign_ins", &fields).await;
        let id = text(&begun.ok()["id"]);
        let reset = Self {
            browser: browser.clone(),
            path: format!("/v1/client/sign_ins/{id}"),
        };
        (reset, begun)
    }

    async fn again(&self) -> Reply {
        let path = format!("{}/prepare_first_factor", self.path);
        self.browser.post(&path, &[("strategy", STRATEGY)]).await
    }

    async fn code(&self, code: &str) -> Reply {
        let path = format!("{}/attempt_first_factor", self.path);
        let fields = [("strategy", STRATEGY), ("code", code)];
        self.browser.post(&path, &fields).await
    }

    async fn password(&self, password: &str) -> Reply {
        let path = format!("{}/reset_password", self.path);
        self.browser.post(&path, &[("password", password)]).await
    }

    async fn second_factor(&self, strategy: &str, code: &str) -> Reply {
        let path = format!("{}/attempt_second_factor", self.path);
        let fields = [("strategy", strategy), ("code", code)];
        self.browser.post(&path, &fields).await
    }
}

/// The code of a mail.
fn code_in(mail: &str) -> Option<String> {
    assert!(
        mail.contains("Subject: Twofold: your code for a new password"),
        "{mail}"
    );
    six_digits(mail)
}

/// The code of the only mail that is due.
async fn mailed(app: &TestApp) -> String {
    let mails = app.mails().await;
    assert_eq!(mails.len(), 1, "{mails:#?}");
    assert!(mails[0].contains("To: ann@example.com"), "{}", mails[0]);
    code_in(&mails[0]).unwrap()
}

/// Another code.
fn wrong(code: &str) -> &'static str {
    if code == "123456" { "654321" } else { "123456" }
}

/// What the environment says of passwords: how they are proven, and set anew.
async fn first_factors(app: &TestApp) -> Value {
    let mut environment = app.browser().get("/v1/environment").await.json;
    environment["user_settings"]["attributes"]["password"]["first_factors"].take()
}

async fn sign_in(app: &TestApp, password: &str) -> Reply {
    let fields = [
        ("identifier", ANN),
        ("strategy", "password"),
        ("password", password),
    ];
    app.browser().post("/v1/client/sign_ins", &fields).await
}

/// Somebody with an authenticator app, whose mails so far are read, and a reset whose new password
/// waits for the second factor.
async fn waiting(app: &TestApp) -> (TestBrowser, Enrolled, Reset) {
    let (browser, user) = app.enrolled(ANN).await;
    app.mails().await;
    app.next_step();
    let (reset, _) = Reset::begin(app, ANN).await;
    let code = mailed(app).await;
    assert_eq!(reset.code(&code).await.ok()["status"], "needs_new_password");
    let chosen = reset.password(NEW).await.ok();
    assert_eq!(chosen["status"], "needs_second_factor");
    assert_eq!(
        chosen["supported_second_factors"],
        json!([{"strategy": "totp"}, {"strategy": "backup_code"}]),
    );
    assert_eq!(chosen["created_session_id"], Value::Null);
    (browser, user, reset)
}

/// What is the same whether the account exists: everything but ids and times.
fn seen(reply: &Reply) -> Value {
    let mut sign_in = reply.ok();
    assert_eq!(reply.json["client"]["sign_in"], sign_in);
    let id = text(&sign_in["id"]);
    let own = id.strip_prefix("sia_").unwrap();
    let factor = &sign_in["supported_first_factors"][1];
    assert_eq!(factor["email_address_id"], format!("idn_{own}"));
    assert_eq!(factor["safe_identifier"], sign_in["identifier"]);
    for field in ["id", "identifier", "supported_first_factors"] {
        sign_in[field].take();
    }
    sign_in
}

on_both_databases! {
    async fn a_code_sets_a_new_password_and_signs_in_where_there_is_no_second_factor(app: TestApp) {
        let app = with_mail(app).await;
        let elsewhere = app.signed_up(ANN).await;
        app.next_step();
        let (reset, begun) = Reset::begin(&app, ANN).await;
        let begun = begun.ok();
        assert_eq!(begun["status"], "needs_first_factor");
        assert_eq!(begun["first_factor_verification"]["strategy"], STRATEGY);
        assert_eq!(begun["first_factor_verification"]["status"], "unverified");
        reset.password(NEW).await.must_be(404, "resource_not_found");

        let code = mailed(&app).await;
        assert!(!begun.to_string().contains(&code));
        let passed = reset.code(&format!(" {} {} ", &code[..3], &code[3..])).await.ok();
        assert_eq!(passed["status"], "needs_new_password");
        assert_eq!(passed["first_factor_verification"]["status"], "verified");
        assert_eq!(passed["first_factor_verification"]["strategy"], STRATEGY);
        // The code alone changes nothing, and signs nobody in.
        elsewhere.me().await;
        reset.browser.get("/v1/me").await.must_be(401, "signed_out");
        assert_eq!(sign_in(&app, PASSWORD).await.ok()["status"], "complete");
        app.mails().await;
        app.next_step();

        let done = reset.password(NEW).await;
        assert_eq!(done.ok()["status"], "complete");
        reset.browser.me().await;
        elsewhere.get("/v1/me").await.must_be(401, "signed_out");
        let events = reset.browser.get("/v1/me/activity").await.ok();
        assert_eq!((&events[0]["kind"], &events[0]["strategy"]), (&json!("password_reset"), &json!(STRATEGY)));
        let mails = app.mails().await;
        assert_eq!(mails.len(), 1, "{mails:#?}");
        assert!(mails[0].contains("Subject: Twofold: a new password was set\r\n"), "{}", mails[0]);
        sign_in(&app, PASSWORD).await.must_be(422, "form_password_or_identifier_incorrect");
        assert_eq!(sign_in(&app, NEW).await.ok()["status"], "complete");
    }

    async fn a_new_password_waits_for_the_second_factor(app: TestApp) {
        let app = with_mail(app).await;
        let (owner, user, reset) = waiting(&app).await;
        // Whoever reads the owner's mail has got nothing, and the owner has lost nothing.
        reset.browser.get("/v1/me").await.must_be(401, "signed_out");
        reset.password(NEW).await.must_be(404, "resource_not_found");
        owner.me().await;
        assert_eq!(sign_in(&app, PASSWORD).await.ok()["status"], "needs_second_factor");
        sign_in(&app, NEW).await.must_be(422, "form_password_or_identifier_incorrect");
        let code = app.wrong_code(&user.secret);
        reset.second_factor("totp", &code).await.must_be(422, "form_code_incorrect");
        assert_eq!(app.mails().await, Vec::<String>::new());

        let code = app.code(&user.secret, 0);
        assert_eq!(reset.second_factor("totp", &code).await.ok()["status"], "complete");
        reset.browser.me().await;
        owner.get("/v1/me").await.must_be(401, "signed_out");
        sign_in(&app, PASSWORD).await.must_be(422, "form_password_or_identifier_incorrect");
        assert_eq!(sign_in(&app, NEW).await.ok()["status"], "needs_second_factor");
    }

    async fn a_backup_code_completes_a_reset_and_is_told(app: TestApp) {
        let app = with_mail(app).await;
        let (_, user, reset) = waiting(&app).await;
        let done = reset.second_factor("backup_code", &user.backup_codes[0]).await.ok();
        assert_eq!(done["status"], "complete");
        let mails = app.mails().await;
        assert_eq!(mails.len(), 1, "{mails:#?}");
        assert!(mails[0].contains("a backup code was used"), "{}", mails[0]);
    }

    async fn a_new_password_that_waits_is_forgotten_with_its_sign_in(app: TestApp) {
        let app = with_mail(app).await;
        let (_, user, reset) = waiting(&app).await;
        app.advance(Duration::from_mins(10));
        let code = app.code(&user.secret, 0);
        reset.second_factor("totp", &code).await.must_be(404, "resource_not_found");
        assert_eq!(sign_in(&app, PASSWORD).await.ok()["status"], "needs_second_factor");
        // Nor does a sign-in with the password that the same browser begins next bring it back.
        let id = text(&reset.browser.password(ANN).await.ok()["id"]);
        reset.browser.second_factor(&id, "totp", &code).await.ok();
        sign_in(&app, NEW).await.must_be(422, "form_password_or_identifier_incorrect");
        assert_eq!(sign_in(&app, PASSWORD).await.ok()["status"], "needs_second_factor");
    }

    async fn a_reset_dies_when_the_password_or_the_factors_change(app: TestApp) {
        let app = with_mail(app).await;
        let owner = app.signed_up(ANN).await;
        let (asked, _) = Reset::begin(&app, ANN).await;
        let code = mailed(&app).await;
        let (chosen, _) = Reset::begin(&app, ANN).await;
        let second = mailed(&app).await;
        chosen.code(&second).await.ok();
        app.enrol(&owner).await;
        asked.code(&code).await.must_be(404, "resource_not_found");
        chosen.password(NEW).await.must_be(404, "resource_not_found");
        assert_eq!(sign_in(&app, PASSWORD).await.ok()["status"], "needs_second_factor");
    }

    async fn wrong_codes_count_and_lock_like_wrong_passwords(app: TestApp) {
        let app = with_mail(app).await;
        app.signed_up(ANN).await;
        let (reset, _) = Reset::begin(&app, ANN).await;
        let code = mailed(&app).await;
        reset.code("12 34").await.must_be_of_param(422, "form_param_format_invalid", "code");
        for _ in 0..9 {
            reset.code(wrong(&code)).await.must_be_of_param(422, "form_code_incorrect", "code");
        }
        // Neither another code nor another browser begins the count anew.
        let (other, _) = Reset::begin(&app, ANN).await;
        let second = mailed(&app).await;
        other.code(wrong(&second)).await.must_be(422, "form_code_incorrect");
        reset.code(&code).await.must_be(403, "user_locked");
        other.code(&second).await.must_be(403, "user_locked");
        sign_in(&app, PASSWORD).await.must_be(403, "user_locked");
    }

    async fn a_password_that_is_given_needs_something_in_it(app: TestApp) {
        let app = with_mail(app).await;
        let fields = [("identifier", ANN), ("strategy", STRATEGY), ("password", "")];
        let refused = app.browser().post("/v1/client/sign_ins", &fields).await;
        refused.must_be_of_param(422, "form_param_nil", "password");
        assert!(app.mails().await.is_empty());
    }

    async fn whether_an_account_exists_is_not_told(app: TestApp) {
        let app = with_mail(app).await;
        app.signed_up(ANN).await;
        let (known, of_known) = Reset::begin(&app, ANN).await;
        let code = mailed(&app).await;
        let (unknown, of_unknown) = Reset::begin(&app, NOBODY).await;
        assert_eq!(seen(&of_known), seen(&of_unknown));
        assert_eq!(seen(&known.again().await), seen(&unknown.again().await));
        assert_ne!(mailed(&app).await, "", "one mail, to the account that there is");
        for _ in 0..10 {
            let (of_known, of_unknown) = (known.code(wrong(&code)).await, unknown.code(wrong(&code)).await);
            assert_eq!(of_known.error(), of_unknown.error());
            assert_eq!(of_known.meta(), of_unknown.meta());
            assert_eq!(of_known.error(), (422, "form_code_incorrect".to_owned()));
        }
        for reset in [known, unknown] {
            reset.code("111111").await.must_be(403, "user_locked");
        }
    }

    async fn a_code_is_of_one_sign_in_in_one_browser(app: TestApp) {
        let app = with_mail(app).await;
        app.signed_up(ANN).await;
        let (first, _) = Reset::begin(&app, ANN).await;
        let code = mailed(&app).await;
        let (second, _) = Reset::begin(&app, ANN).await;
        let other = mailed(&app).await;
        if code != other {
            second.code(&code).await.must_be(422, "form_code_incorrect");
        }
        let thief = Reset { browser: app.browser(), path: first.path.clone() };
        thief.code(&code).await.must_be(404, "resource_not_found");
        thief.password(NEW).await.must_be(404, "resource_not_found");
        let thief = Reset { browser: second.browser.clone(), path: first.path.clone() };
        thief.code(&code).await.must_be(404, "resource_not_found");
        first.code(&code).await.ok();
        let thief = Reset { browser: second.browser.clone(), path: first.path.clone() };
        thief.password(NEW).await.must_be(404, "resource_not_found");
        first.password(NEW).await.ok();
    }

    async fn a_code_works_once_for_ten_minutes_and_until_the_next_one(app: TestApp) {
        let app = with_mail(app).await;
        app.signed_up(ANN).await;
        let (reset, _) = Reset::begin(&app, ANN).await;
        let earlier = mailed(&app).await;
        reset.again().await.ok();
        let code = mailed(&app).await;
        if earlier != code {
            reset.code(&earlier).await.must_be(422, "form_code_incorrect");
        }
        reset.code(&code).await.ok();
        reset.code(&code).await.must_be(404, "resource_not_found");
        reset.again().await.must_be(404, "resource_not_found");

        let (late, _) = Reset::begin(&app, ANN).await;
        let code = mailed(&app).await;
        app.advance(Duration::from_mins(10));
        late.code(&code).await.must_be(404, "resource_not_found");
    }

    async fn of_many_copies_of_a_right_code_one_is_accepted(app: TestApp) {
        let app = with_mail(app).await.without_lockout().await;
        app.signed_up(ANN).await;
        let (reset, _) = Reset::begin(&app, ANN).await;
        let code = mailed(&app).await;
        let copies: Vec<_> = (0..16)
            .map(|_| {
                let (browser, path, code) = (reset.browser.clone(), reset.path.clone(), code.clone());
                tokio::spawn(async move { Reset { browser, path }.code(&code).await })
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
    }

    async fn a_new_password_by_code_keeps_the_rules_of_a_sign_up(app: TestApp) {
        let app = with_mail(app).await;
        app.signed_up(ANN).await;
        let (reset, _) = Reset::begin(&app, ANN).await;
        let code = mailed(&app).await;
        reset.code(&code).await.ok();
        for (password, code) in [
            ("short", "form_password_length_too_short"),
            ("password123", "form_password_pwned"),
            ("", "form_param_nil"),
        ] {
            reset.password(password).await.must_be_of_param(422, code, "password");
        }
        reset.password(NEW).await.ok();
    }

    async fn a_barred_account_stays_barred(app: TestApp) {
        let app = with_mail(with_key(app).await).await;
        let user = json!({"email_address": [ANN], "password": PASSWORD, "banned": true});
        Service::of(&app).post("/v1/users", &user).await;
        let (reset, _) = Reset::begin(&app, ANN).await;
        let code = mailed(&app).await;
        reset.code(wrong(&code)).await.must_be(422, "form_code_incorrect");
        reset.code(&code).await.must_be(403, "user_banned");
        reset.password(NEW).await.must_be(404, "resource_not_found");
    }

    async fn the_environment_says_whether_a_code_can_be_sent(app: TestApp) {
        assert_eq!(first_factors(&app).await, json!(["password"]));
        let app = with_mail(app).await;
        assert_eq!(first_factors(&app).await, json!(["password", STRATEGY]));
    }

    async fn without_a_mail_server_no_code_is_offered_or_sent(app: TestApp) {
        app.signed_up(ANN).await;
        let browser = app.browser();
        let begun = browser.post("/v1/client/sign_ins", &[("identifier", ANN)]).await.ok();
        assert_eq!(begun["supported_first_factors"], json!([{"strategy": "password"}]));
        let path = format!("/v1/client/sign_ins/{}/prepare_first_factor", text(&begun["id"]));
        browser.post(&path, &[("strategy", STRATEGY)]).await.must_be(403, "feature_not_enabled");
        let fields = [("identifier", ANN), ("strategy", STRATEGY)];
        browser.post("/v1/client/sign_ins", &fields).await.must_be(403, "feature_not_enabled");
        assert_eq!(app.mails().await, Vec::<String>::new());
    }

    async fn mails_to_one_account_follow_each_other_slowly(app: TestApp) {
        let app = with_mail(app).await;
        let app = app.reconfigured(|config| config.rate_limits = RateLimiting::On).await;
        app.signed_up(ANN).await;
        for identifier in [ANN, NOBODY] {
            let (reset, _) = Reset::begin(&app, identifier).await;
            reset.again().await.ok();
            reset.again().await.ok();
            reset.again().await.must_be(429, "too_many_requests");
            app.advance(Duration::from_mins(1));
            reset.again().await.ok();
            reset.again().await.must_be(429, "too_many_requests");
        }
    }
}
