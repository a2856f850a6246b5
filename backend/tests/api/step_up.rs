//! Step-up: showing again that it is you, before factors change.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Enrolled, PASSWORD, Reply, TestApp, TestBrowser, on_both_databases, text};

/// As long as a check is fresh.
const FRESH: Duration = Duration::from_mins(10);

/// A user with an authenticator app, whose last check is too old.
async fn stale(app: &TestApp) -> (TestBrowser, Enrolled, StepUp) {
    let (browser, enrolled) = app.enrolled("ann@example.com").await;
    app.advance(FRESH);
    let step_up = StepUp::of(&browser).await;
    (browser, enrolled, step_up)
}

/// The step-up of a browser's session.
struct StepUp {
    browser: TestBrowser,
    path: String,
}

impl StepUp {
    async fn of(browser: &TestBrowser) -> Self {
        let client = browser.get("/v1/client").await.ok();
        let session = text(&client["last_active_session_id"]);
        Self {
            browser: browser.clone(),
            path: format!("/v1/client/sessions/{session}/verify"),
        }
    }

    async fn begin(&self, level: &str) -> Reply {
        self.browser.post(&self.path, &[("level", level)]).await
    }

    async fn password(&self, password: &str) -> Reply {
        let path = format!("{}/attempt_first_factor", self.path);
        let fields = [("strategy", "password"), ("password", password)];
        self.browser.post(&path, &fields).await
    }

    async fn code(&self, strategy: &str, code: &str) -> Reply {
        let path = format!("{}/attempt_second_factor", self.path);
        let fields = [("strategy", strategy), ("code", code)];
        self.browser.post(&path, &fields).await
    }
}

async fn attempts_remaining(browser: &TestBrowser) -> Value {
    browser.me().await["verification_attempts_remaining"].clone()
}

on_both_databases! {
    async fn a_stale_session_goes_on_after_a_code_of_the_authenticator_app(app: TestApp) {
        let (browser, enrolled, step_up) = stale(&app).await;
        let refused = browser.post("/v1/me/backup_codes", &[]).await;
        refused.must_be(403, "session_reverification_required");
        assert_eq!(
            refused.meta()["reverification"],
            json!({"level": "second_factor", "after_minutes": 10}),
        );

        let begun = step_up.begin("second_factor").await.ok();
        assert_eq!(begun["object"], "session_reverification");
        assert_eq!(begun["level"], "second_factor");
        assert_eq!(begun["status"], "needs_second_factor");
        assert_eq!(
            begun["supported_second_factors"],
            json!([{"strategy": "totp"}, {"strategy": "backup_code"}]),
        );
        assert_eq!(begun["session"]["factor_verification_age"], json!([10, 10]));

        let reply = step_up.code("totp", &app.code(&enrolled.secret, 0)).await;
        let done = reply.ok();
        assert_eq!(done["status"], "complete");
        assert_eq!(done["session"]["factor_verification_age"], json!([10, 0]));
        let client = &reply.json["client"]["sessions"][0];
        assert_eq!(client["factor_verification_age"], json!([10, 0]));
        browser.post("/v1/me/backup_codes", &[]).await.ok();
        browser.delete("/v1/me/totp").await.ok();
    }

    async fn a_backup_code_steps_up_and_is_used_up(app: TestApp) {
        let (browser, enrolled, step_up) = stale(&app).await;
        let code = &enrolled.backup_codes[3];
        step_up.begin("second_factor").await.ok();
        assert_eq!(step_up.code("backup_code", code).await.ok()["status"], "complete");
        assert_eq!(browser.me().await["backup_codes_remaining"], 9);
        step_up.begin("second_factor").await.ok();
        let again = step_up.code("backup_code", code).await;
        again.must_be_of_param(422, "form_code_incorrect", "code");
        assert_eq!(again.meta()["reason"], "code_already_used");
    }

    async fn without_a_second_factor_the_password_stands_in_for_it(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        app.advance(FRESH);
        browser.post("/v1/me/totp", &[]).await.must_be(403, "session_reverification_required");
        let step_up = StepUp::of(&browser).await;
        let begun = step_up.begin("second_factor").await.ok();
        assert_eq!(begun["status"], "needs_first_factor");
        assert_eq!(begun["supported_first_factors"], json!([{"strategy": "password"}]));
        assert_eq!(begun["supported_second_factors"], json!([]));
        let done = step_up.password(PASSWORD).await.ok();
        assert_eq!(done["status"], "complete");
        assert_eq!(done["session"]["factor_verification_age"], json!([0, -1]));
        browser.post("/v1/me/totp", &[]).await.ok();
    }

    async fn both_factors_are_asked_for_one_after_the_other(app: TestApp) {
        let (browser, enrolled, step_up) = stale(&app).await;
        let begun = step_up.begin("multi_factor").await.ok();
        assert_eq!(begun["status"], "needs_first_factor");
        let code = app.code(&enrolled.secret, 0);
        step_up.code("totp", &code).await.must_be(400, "session_reverification_missing");
        let half = step_up.password(PASSWORD).await.ok();
        assert_eq!(half["status"], "needs_second_factor");
        assert_eq!(half["session"]["factor_verification_age"], json!([0, 10]));
        browser.post("/v1/me/backup_codes", &[]).await
            .must_be(403, "session_reverification_required");
        step_up.password(PASSWORD).await.must_be(400, "session_reverification_missing");
        let done = step_up.code("totp", &code).await.ok();
        assert_eq!(done["status"], "complete");
        assert_eq!(done["session"]["factor_verification_age"], json!([0, 0]));
        browser.post("/v1/me/backup_codes", &[]).await.ok();
    }

    async fn the_password_is_not_enough_where_there_is_a_second_factor(app: TestApp) {
        let (browser, _, step_up) = stale(&app).await;
        assert_eq!(step_up.begin("first_factor").await.ok()["status"], "needs_first_factor");
        let done = step_up.password(PASSWORD).await.ok();
        assert_eq!(done["status"], "complete");
        assert_eq!(done["session"]["factor_verification_age"], json!([0, 10]));
        for path in ["/v1/me/backup_codes", "/v1/me/totp"] {
            browser.post(path, &[]).await.must_be(403, "session_reverification_required");
        }
    }

    async fn a_factor_that_is_not_asked_for_is_not_looked_at(app: TestApp) {
        let (browser, enrolled, step_up) = stale(&app).await;
        let code = app.code(&enrolled.secret, 0);
        let missing = "session_reverification_missing";
        step_up.code("totp", &code).await.must_be(400, missing);
        step_up.password(PASSWORD).await.must_be(400, missing);
        step_up.begin("second_factor").await.ok();
        step_up.password(PASSWORD).await.must_be(400, missing);
        app.advance(FRESH);
        step_up.code("totp", &app.code(&enrolled.secret, 0)).await.must_be(400, missing);
        assert_eq!(attempts_remaining(&browser).await, 10);

        step_up.begin("second_factor").await.ok();
        step_up.code("totp", &app.code(&enrolled.secret, 0)).await.ok();
        app.next_step();
        step_up.code("totp", &app.code(&enrolled.secret, 0)).await.must_be(400, missing);
        assert_eq!(attempts_remaining(&browser).await, 10);
    }

    async fn a_step_up_is_over_once_the_factors_change(app: TestApp) {
        let (browser, enrolled, step_up) = stale(&app).await;
        step_up.begin("second_factor").await.ok();
        step_up.code("totp", &app.code(&enrolled.secret, 0)).await.ok();
        step_up.begin("second_factor").await.ok();
        browser.post("/v1/me/backup_codes", &[]).await.ok();
        app.next_step();
        let late = step_up.code("totp", &app.code(&enrolled.secret, 0)).await;
        late.must_be(400, "session_reverification_missing");
        assert_eq!(attempts_remaining(&browser).await, 10, "it was not looked at");
    }

    async fn a_step_up_is_over_once_the_factors_change_elsewhere(app: TestApp) {
        let (browser, enrolled, _) = stale(&app).await;
        let elsewhere = app.browser();
        let code = app.code(&enrolled.secret, 0);
        elsewhere.sign_in("ann@example.com", "totp", &code).await.ok();
        let step_up = StepUp::of(&browser).await;
        step_up.begin("second_factor").await.ok();
        elsewhere.post("/v1/me/backup_codes", &[]).await.ok();
        app.next_step();
        let late = step_up.code("totp", &app.code(&enrolled.secret, 0)).await;
        late.must_be(400, "session_reverification_missing");
        browser.post("/v1/me/backup_codes", &[]).await
            .must_be(403, "session_reverification_required");
        elsewhere.delete("/v1/me/totp").await.ok();
        let over = step_up.code("totp", &app.code(&enrolled.secret, 0)).await;
        over.must_be(401, "signed_out");
    }

    async fn wrong_guesses_count_towards_the_one_lock(app: TestApp) {
        let (browser, enrolled, step_up) = stale(&app).await;
        browser.forget_device();
        let wrong = app.wrong_code(&enrolled.secret);
        step_up.begin("multi_factor").await.ok();
        let refused = step_up.password("not-the-password").await;
        refused.must_be_of_param(422, "form_password_incorrect", "password");
        assert_eq!(attempts_remaining(&browser).await, 9);
        step_up.begin("second_factor").await.ok();
        for remaining in (1..9).rev() {
            let refused = step_up.code("totp", &wrong).await;
            refused.must_be_of_param(422, "form_code_incorrect", "code");
            assert_eq!(attempts_remaining(&browser).await, remaining);
            assert_eq!(refused.codes().len(), if remaining <= 2 { 2 } else { 1 });
        }
        let last = step_up.code("backup_code", "aaaaa-aaaaa").await;
        assert_eq!(last.codes(), ["form_code_incorrect", "account_lockout_warning"]);
        let right = app.code(&enrolled.secret, 0);
        step_up.code("totp", &right).await.must_be(403, "user_locked");
        step_up.begin("first_factor").await.ok();
        step_up.password(PASSWORD).await.must_be(403, "user_locked");
        app.advance(Duration::from_hours(1));
        step_up.begin("second_factor").await.ok();
        step_up.code("totp", &app.code(&enrolled.secret, 0)).await.ok();
        assert_eq!(attempts_remaining(&browser).await, 10);
    }

    async fn of_64_copies_of_a_step_up_one_is_accepted(app: TestApp) {
        let app = app.without_lockout().await;
        let (browser, enrolled, step_up) = stale(&app).await;
        step_up.begin("second_factor").await.ok();
        let code = app.code(&enrolled.secret, 0);
        let other = app.another_server().await;
        let copies: Vec<_> = (0..64)
            .map(|n| {
                let browser = browser.forked();
                let browser = if n % 2 == 0 { browser } else { browser.at(&other) };
                let step_up = StepUp { browser, path: step_up.path.clone() };
                let code = code.clone();
                tokio::spawn(async move { step_up.code("totp", &code).await })
            })
            .collect();
        let mut accepted = 0;
        for copy in copies {
            let reply = copy.await.unwrap();
            match reply.error_code().as_deref() {
                None => accepted += 1,
                Some("form_code_incorrect") => {
                    assert_eq!(reply.meta()["reason"], "code_already_used");
                }
                // Come too late: the client's token is another one, or the step-up is complete. Or
                // the database had too much to do.
                Some(
                    "authentication_invalid"
                    | "session_reverification_missing"
                    | "service_unavailable",
                ) => {}
                Some(code) => panic!("{code}"),
            }
        }
        assert_eq!(accepted, 1);
    }

    async fn the_client_token_is_replaced(app: TestApp) {
        let (browser, enrolled, step_up) = stale(&app).await;
        let thief = browser.forked();
        step_up.begin("second_factor").await.ok();
        assert_eq!(thief.cookie("client"), browser.cookie("client"));
        step_up.code("totp", &app.code(&enrolled.secret, 0)).await.ok();
        assert_ne!(thief.cookie("client"), browser.cookie("client"));
        thief.get("/v1/me").await.must_be(401, "authentication_invalid");
        browser.get("/v1/me").await.ok();
    }

    async fn a_session_of_somebody_else_is_not_found(app: TestApp) {
        let (_, enrolled, theirs) = stale(&app).await;
        theirs.begin("second_factor").await.ok();
        let browser = app.signed_up("bob@example.com").await;
        let step_up = StepUp { browser, path: theirs.path };
        step_up.begin("first_factor").await.must_be(404, "resource_not_found");
        step_up.password(PASSWORD).await.must_be(404, "resource_not_found");
        let code = app.code(&enrolled.secret, 0);
        step_up.code("totp", &code).await.must_be(404, "resource_not_found");
        let nobody = StepUp { browser: app.browser(), path: step_up.path };
        nobody.begin("first_factor").await.must_be(401, "authentication_invalid");
    }

    async fn a_malformed_step_up_names_its_field(app: TestApp) {
        let (browser, _, step_up) = stale(&app).await;
        let invalid = "form_param_format_invalid";
        step_up.begin("").await.must_be_of_param(422, "form_param_nil", "level");
        step_up.begin("third_factor").await.must_be_of_param(422, invalid, "level");
        browser.post(&step_up.path, &[]).await.must_be_of_param(422, "form_param_missing", "level");
        step_up.begin("second_factor").await.ok();
        step_up.code("email_code", "123456").await.must_be_of_param(422, invalid, "strategy");
        step_up.code("totp", "12345").await.must_be_of_param(422, invalid, "code");
        step_up.code("totp", "").await.must_be_of_param(422, "form_param_nil", "code");
        step_up.begin("first_factor").await.ok();
        step_up.password("").await.must_be_of_param(422, "form_param_nil", "password");
        assert_eq!(attempts_remaining(&browser).await, 10);
    }
}
