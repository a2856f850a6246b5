//! The counter of wrong codes and passwords.

use std::time::Duration;

use crate::harness::{PASSWORD, TestApp, on_both_databases, text};

const VERIFY: &str = "/v1/me/totp/attempt_verification";

on_both_databases! {
    async fn ten_wrong_codes_in_a_row_lock_for_an_hour_with_a_warning_before(app: TestApp) {
        let (_, user) = app.enrolled("ann@example.com").await;
        app.next_step();
        let browser = app.browser();
        let wrong = app.wrong_code(&user.secret);
        let id = text(&browser.password("ann@example.com").await.ok()["id"]);
        for spent in 1..=10 {
            let reply = browser.second_factor(&id, "totp", &wrong).await;
            reply.must_be_of_param(422, "form_code_incorrect", "code");
            if spent < 8 {
                assert_eq!(reply.codes(), ["form_code_incorrect"], "after {spent}");
            } else {
                assert_eq!(reply.codes(), ["form_code_incorrect", "account_lockout_warning"]);
                let warning = &reply.json["errors"][1]["meta"];
                assert_eq!(warning["verification_attempts_remaining"], 10 - spent);
            }
        }
        let right = app.code(&user.secret, 0);
        let reply = browser.second_factor(&id, "totp", &right).await;
        reply.must_be(403, "user_locked");
        assert_eq!(reply.meta()["lockout_expires_in_seconds"], 3600);
        assert!(text(&reply.json["errors"][0]["long_message"]).contains("60 minutes"));
        // The right password and a right backup code are not looked at either.
        app.browser().password("ann@example.com").await.must_be(403, "user_locked");
        browser.second_factor(&id, "backup_code", &user.backup_codes[0]).await
            .must_be(403, "user_locked");

        app.advance(Duration::from_secs(3599));
        app.browser().password("ann@example.com").await.must_be(403, "user_locked");
        app.advance(Duration::from_secs(1));
        let browser = app.browser();
        browser.sign_in("ann@example.com", "totp", &app.code(&user.secret, 0)).await.ok();
        assert_eq!(browser.me().await["verification_attempts_remaining"], 10);
    }

    async fn every_factor_and_route_spends_from_one_counter(app: TestApp) {
        let (_, user) = app.enrolled("ann@example.com").await;
        let browser = app.browser();
        app.next_step();
        let wrong_password =
            [("identifier", "ann@example.com"), ("strategy", "password"), ("password", "wrong-wrong")];
        for _ in 0..4 {
            app.browser().post("/v1/client/sign_ins", &wrong_password).await
                .must_be(422, "form_password_or_identifier_incorrect");
        }
        let id = text(&browser.password("ann@example.com").await.ok()["id"]);
        for _ in 0..3 {
            browser.second_factor(&id, "totp", &app.wrong_code(&user.secret)).await
                .must_be(422, "form_code_incorrect");
            browser.second_factor(&id, "backup_code", "22222-22222").await
                .must_be(422, "form_code_incorrect");
        }
        browser.second_factor(&id, "totp", &app.code(&user.secret, 0)).await
            .must_be(403, "user_locked");
    }

    async fn the_right_password_does_not_reset_the_count_while_a_code_is_missing(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        browser.sign_out().await;
        app.next_step();
        let wrong = app.wrong_code(&user.secret);
        for _ in 0..10 {
            browser.sign_in("ann@example.com", "totp", &wrong).await
                .must_be(422, "form_code_incorrect");
        }
        browser.password("ann@example.com").await.must_be(403, "user_locked");
    }

    async fn a_success_resets_the_count(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        browser.sign_out().await;
        app.next_step();
        let wrong = app.wrong_code(&user.secret);
        let id = text(&browser.password("ann@example.com").await.ok()["id"]);
        for _ in 0..9 {
            browser.second_factor(&id, "totp", &wrong).await.must_be(422, "form_code_incorrect");
        }
        browser.second_factor(&id, "totp", &app.code(&user.secret, 0)).await.ok();
        assert_eq!(browser.me().await["verification_attempts_remaining"], 10);
    }

    async fn of_200_guesses_at_once_no_more_are_looked_at_than_the_limit(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let secret = text(&browser.post("/v1/me/totp", &[]).await.ok()["secret"]);
        let wrong = app.wrong_code(&secret);
        let other = app.another_server().await;
        let guesses: Vec<_> = (0..200)
            .map(|n| {
                let browser = if n % 2 == 0 { browser.clone() } else { browser.at(&other) };
                let wrong = wrong.clone();
                tokio::spawn(async move { browser.post(VERIFY, &[("code", &wrong)]).await })
            })
            .collect();
        let mut looked_at = 0;
        for guess in guesses {
            let reply = guess.await.unwrap();
            match reply.status.as_u16() {
                422 => looked_at += 1,
                503 => reply.must_be(503, "service_unavailable"),
                _ => reply.must_be(403, "user_locked"),
            }
        }
        assert_eq!(looked_at, 10);
    }

    async fn the_count_outlives_the_server(app: TestApp) {
        let mut app = app;
        let wrong = [("identifier", "ann@example.com"), ("strategy", "password"), ("password", "wrong-wrong")];
        app.signed_up("ann@example.com").await;
        for _ in 0..10 {
            app.restart().await;
            app.browser().post("/v1/client/sign_ins", &wrong).await
                .must_be(422, "form_password_or_identifier_incorrect");
        }
        app.restart().await;
        app.browser().password("ann@example.com").await.must_be(403, "user_locked");
    }

    async fn a_lock_is_of_one_account_only(app: TestApp) {
        let wrong = [("identifier", "ann@example.com"), ("strategy", "password"), ("password", "wrong-wrong")];
        app.signed_up("ann@example.com").await;
        app.signed_up("ben@example.com").await;
        for _ in 0..10 {
            app.browser().post("/v1/client/sign_ins", &wrong).await;
        }
        let fields = [("identifier", "ben@example.com"), ("strategy", "password"), ("password", PASSWORD)];
        app.browser().post("/v1/client/sign_ins", &fields).await.ok();
    }
}
