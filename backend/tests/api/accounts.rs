//! Signing up.

use crate::harness::{PASSWORD, TestApp, on_both_databases, text};

const SIGN_UPS: &str = "/v1/client/sign_ups";

on_both_databases! {
    async fn a_sign_up_makes_an_account_and_signs_it_in(app: TestApp) {
        let browser = app.browser();
        let fields = [
            ("email_address", "  Ann@Example.com "),
            ("password", PASSWORD),
            ("username", "Ann_1"),
            ("first_name", "Ann"),
        ];
        let reply = browser.post(SIGN_UPS, &fields).await;
        let sign_up = reply.ok();
        assert_eq!(sign_up["object"], "sign_up_attempt");
        assert_eq!(sign_up["status"], "complete");
        assert_eq!(sign_up["email_address"], "ann@example.com");
        let session = &reply.json["client"]["sessions"][0];
        assert_eq!(session["id"], sign_up["created_session_id"]);
        assert_eq!(session["status"], "active");
        assert_eq!(reply.json["client"]["last_active_session_id"], session["id"]);

        let me = browser.me().await;
        assert_eq!(me["object"], "user");
        assert_eq!(me["id"], sign_up["created_user_id"]);
        assert_eq!(me["username"], "ann_1");
        assert_eq!(me["email_addresses"][0]["email_address"], "ann@example.com");
        assert_eq!(me["two_factor_enabled"], false);
        assert_eq!(me["verification_attempts_remaining"], 10);
        assert!(text(&me["id"]).starts_with("user_"));
        assert!(!me.to_string().contains("argon2"), "no hash leaves the server");
    }

    async fn an_address_or_a_user_name_is_taken_once_in_any_spelling(app: TestApp) {
        let first = [
            ("email_address", "ann@example.com"), ("password", PASSWORD), ("username", "ann"),
        ];
        app.browser().post(SIGN_UPS, &first).await.ok();
        let same_email = [("email_address", " ANN@example.com"), ("password", PASSWORD)];
        app.browser().post(SIGN_UPS, &same_email).await
            .must_be_of_param(422, "form_identifier_exists", "email_address");
        let same_name = [
            ("email_address", "ben@example.com"), ("password", PASSWORD), ("username", "ANN"),
        ];
        app.browser().post(SIGN_UPS, &same_name).await
            .must_be_of_param(422, "form_identifier_exists", "username");
    }

    async fn of_many_sign_ups_at_once_with_one_address_one_succeeds(app: TestApp) {
        let attempts: Vec<_> = (0..8)
            .map(|_| {
                let browser = app.browser();
                tokio::spawn(async move {
                    let fields = [("email_address", "ann@example.com"), ("password", PASSWORD)];
                    browser.post(SIGN_UPS, &fields).await.status.as_u16()
                })
            })
            .collect();
        let mut statuses = Vec::new();
        for attempt in attempts {
            statuses.push(attempt.await.unwrap());
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422, 422, 422, 422, 422, 422, 422]);
    }

    async fn a_field_that_is_missing_empty_or_malformed_is_named(app: TestApp) {
        let browser = app.browser();
        for (fields, code, param) in [
            (vec![("password", PASSWORD)], "form_param_missing", "email_address"),
            (vec![("email_address", " "), ("password", PASSWORD)], "form_param_nil", "email_address"),
            (vec![("email_address", "ann"), ("password", PASSWORD)], "form_param_format_invalid", "email_address"),
            (vec![("email_address", "a@example.com")], "form_param_missing", "password"),
            (vec![("email_address", "a@example.com"), ("password", "")], "form_param_nil", "password"),
            (vec![("email_address", "a@example.com"), ("password", PASSWORD), ("username", "a b")], "form_param_format_invalid", "username"),
        ] {
            browser.post(SIGN_UPS, &fields).await.must_be_of_param(422, code, param);
        }
        let long = "x".repeat(101);
        let fields = [("email_address", "a@example.com"), ("password", PASSWORD), ("first_name", &*long)];
        browser.post(SIGN_UPS, &fields).await
            .must_be_of_param(422, "form_param_format_invalid", "first_name");
    }

    async fn a_weak_password_is_refused_with_the_reason(app: TestApp) {
        let browser = app.browser();
        let too_long = "correct horse ".repeat(10);
        for (password, code) in [
            ("short", "form_password_length_too_short"),
            (&*too_long, "form_password_length_too_long"),
            ("password", "form_password_pwned"),
            ("aaaaaaaaaa", "form_password_not_strong_enough"),
            ("kopfsalat@example.com", "form_password_not_strong_enough"),
        ] {
            let fields = [("email_address", "kopfsalat@example.com"), ("password", password)];
            browser.post(SIGN_UPS, &fields).await.must_be_of_param(422, code, "password");
        }
    }

    async fn nobody_signs_up_while_signed_in(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let fields = [("email_address", "ben@example.com"), ("password", PASSWORD)];
        browser.post(SIGN_UPS, &fields).await.must_be(400, "session_exists");
    }
}
