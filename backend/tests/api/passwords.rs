//! Passwords that change.

use std::time::Duration;

use crate::harness::{PASSWORD, Reply, TestApp, TestBrowser, on_both_databases, text};

const ANN: &str = "ann@example.com";
const NEW: &str = "violet-harbour-17";
const CHANGE: &str = "/v1/me/change_password";

async fn change(browser: &TestBrowser, current: &str, new: &str) -> Reply {
    let fields = [("current_password", current), ("new_password", new)];
    browser.post(CHANGE, &fields).await
}

async fn sign_in(browser: &TestBrowser, password: &str) -> Reply {
    let fields = [
        ("identifier", ANN),
        ("strategy", "password"),
        ("password", password),
    ];
    browser.post("/v1/client/sign_ins", &fields).await
}

/// The kind and the factor of the last event.
async fn last_event(browser: &TestBrowser) -> (String, String) {
    let events = browser.get("/v1/me/activity").await.ok();
    let event = &events[0];
    (text(&event["kind"]), text(&event["strategy"]))
}

on_both_databases! {
    async fn a_new_password_is_right_and_the_old_one_is_not(app: TestApp) {
        let browser = app.signed_up(ANN).await;
        app.next_step();
        let changed = change(&browser, PASSWORD, NEW).await;
        assert_eq!(changed.ok()["object"], "user");
        assert_eq!(last_event(&browser).await, ("password_changed".into(), "password".into()));
        browser.sign_out().await;
        sign_in(&browser, PASSWORD).await.must_be(422, "form_password_or_identifier_incorrect");
        assert_eq!(sign_in(&browser, NEW).await.ok()["status"], "complete");
    }

    async fn a_new_password_ends_all_other_sessions_and_what_was_begun_with_the_old_one(app: TestApp) {
        let (browser, user) = app.enrolled(ANN).await;
        let elsewhere = app.browser();
        app.next_step();
        elsewhere.sign_in(ANN, "totp", &app.code(&user.secret, 0)).await.ok();
        let halfway = app.browser();
        let sign_in = text(&halfway.password(ANN).await.ok()["id"]);
        let fields = [
            ("current_password", PASSWORD),
            ("new_password", NEW),
            ("sign_out_of_other_sessions", "false"),
        ];
        browser.post(CHANGE, &fields).await.ok();
        elsewhere.get("/v1/me").await.must_be(401, "signed_out");
        app.next_step();
        let code = app.code(&user.secret, 0);
        halfway.second_factor(&sign_in, "totp", &code).await.must_be(404, "resource_not_found");
        browser.me().await;
    }

    async fn a_check_of_ten_minutes_ago_is_too_old_for_a_new_password(app: TestApp) {
        let browser = app.signed_up(ANN).await;
        app.advance(Duration::from_mins(10));
        change(&browser, PASSWORD, NEW).await.must_be(403, "session_reverification_required");
        browser.sign_out().await;
        sign_in(&browser, PASSWORD).await.ok();
    }

    async fn a_wrong_current_password_counts_and_locks_like_any_other(app: TestApp) {
        let browser = app.signed_up(ANN).await;
        browser.forget_device();
        for left in (0..10).rev() {
            let refused = change(&browser, "wrong-wrong-1", NEW).await;
            refused.must_be_of_param(422, "form_password_incorrect", "current_password");
            assert_eq!(refused.codes().len() == 2, left <= 2, "{left} left");
        }
        change(&browser, PASSWORD, NEW).await.must_be(403, "user_locked");
        app.browser().password(ANN).await.must_be(403, "user_locked");
        // Who was at it stays signed in, and the password is what it was.
        browser.me().await;
        app.advance(Duration::from_hours(1));
        let elsewhere = app.browser();
        elsewhere.password(ANN).await.ok();
    }

    async fn the_right_current_password_resets_the_count_where_it_is_all_there_is(app: TestApp) {
        let browser = app.signed_up(ANN).await;
        browser.forget_device();
        for _ in 0..9 {
            change(&browser, "wrong-wrong-1", NEW).await.must_be(422, "form_password_incorrect");
        }
        change(&browser, PASSWORD, NEW).await.ok();
        assert_eq!(browser.me().await["verification_attempts_remaining"], 10);
    }

    async fn a_new_password_keeps_the_rules_of_a_sign_up_and_costs_no_attempt_where_it_does_not(app: TestApp) {
        let browser = app.signed_up(ANN).await;
        for (new, code) in [
            ("short", "form_password_length_too_short"),
            ("password123", "form_password_pwned"),
            (&*"x".repeat(129), "form_password_length_too_long"),
        ] {
            change(&browser, "wrong-wrong-1", new).await.must_be_of_param(422, code, "new_password");
        }
        let fields = [("new_password", NEW)];
        browser.post(CHANGE, &fields).await
            .must_be_of_param(422, "form_param_missing", "current_password");
        let fields = [("current_password", PASSWORD)];
        browser.post(CHANGE, &fields).await
            .must_be_of_param(422, "form_param_missing", "new_password");
        assert_eq!(browser.me().await["verification_attempts_remaining"], 10);
    }

    async fn a_new_password_is_told_by_mail(app: TestApp) {
        let browser = app.signed_up(ANN).await;
        change(&browser, PASSWORD, NEW).await.ok();
        let mails = app.mails().await;
        assert_eq!(mails.len(), 1);
        assert!(mails[0].contains("Subject: Twofold: the password was changed"), "{}", mails[0]);
        for secret in [PASSWORD, NEW] {
            assert!(!mails[0].contains(secret), "{}", mails[0]);
        }
    }

    async fn the_browser_of_the_change_is_still_known_and_no_other(app: TestApp) {
        let browser = app.signed_up(ANN).await;
        let other = app.browser();
        other.password(ANN).await.ok();
        change(&browser, PASSWORD, NEW).await.ok();
        browser.sign_out().await;
        let stranger = app.browser();
        for _ in 0..10 {
            sign_in(&stranger, "wrong-wrong-1").await;
        }
        sign_in(&other, NEW).await.must_be(403, "user_locked");
        sign_in(&browser, NEW).await.ok();
    }
}
