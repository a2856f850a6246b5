//! The counter of wrong codes and passwords.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{Enrolled, PASSWORD, Reply, TestApp, TestBrowser, on_both_databases, text};

const ANN: &str = "ann@example.com";
const VERIFY: &str = "/v1/me/totp/attempt_verification";

/// A guess at Ann's password.
async fn guess(browser: &TestBrowser) -> Reply {
    let fields = [
        ("identifier", ANN),
        ("strategy", "password"),
        ("password", "wrong-wrong"),
    ];
    browser.post("/v1/client/sign_ins", &fields).await
}

/// Two browsers that Ann is signed in with by a second factor.
async fn signed_in_twice(app: &TestApp) -> (TestBrowser, TestBrowser, Enrolled) {
    let (laptop, user) = app.enrolled(ANN).await;
    let phone = app.browser();
    app.next_step();
    let code = app.code(&user.secret, 0);
    phone.sign_in(ANN, "totp", &code).await.ok();
    (laptop, phone, user)
}

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

    async fn a_lock_ends_the_sessions_of_the_account(app: TestApp) {
        let (laptop, phone, user) = signed_in_twice(&app).await;
        let ben = app.signed_up("ben@example.com").await;
        let stranger = app.browser();
        for _ in 0..9 {
            guess(&stranger).await.must_be(422, "form_password_or_identifier_incorrect");
        }
        laptop.me().await;
        phone.me().await;
        guess(&stranger).await.must_be(422, "form_password_or_identifier_incorrect");
        for browser in [&laptop, &phone, &phone.at(&app.another_server().await)] {
            browser.get("/v1/me").await.must_be(401, "signed_out");
        }
        ben.me().await;

        // A browser that the account knows is back at once, and the lock ends nothing a second time.
        app.next_step();
        laptop.sign_in(ANN, "totp", &app.code(&user.secret, 0)).await.ok();
        guess(&stranger).await.must_be(403, "user_locked");
        let told = laptop.get("/v1/me/activity").await.ok();
        let kinds: Vec<&Value> = told.as_array().unwrap().iter().map(|event| &event["kind"]).collect();
        let told_of = |wanted: &str| kinds.iter().filter(|kind| **kind == wanted).count();
        assert_eq!((told_of("account_locked"), told_of("session_ended")), (1, 0));
    }

    async fn the_session_in_which_a_lock_was_brought_about_goes_on(app: TestApp) {
        let (laptop, phone, user) = signed_in_twice(&app).await;
        laptop.forget_device();
        let client = laptop.get("/v1/client").await.ok();
        let verify = format!("/v1/client/sessions/{}/verify", text(&client["last_active_session_id"]));
        let wrong = app.wrong_code(&user.secret);
        for (level, attempt, fields) in [
            ("first_factor", "attempt_first_factor", [("strategy", "password"), ("password", "wrong")]),
            ("second_factor", "attempt_second_factor", [("strategy", "totp"), ("code", &wrong)]),
        ] {
            laptop.post(&verify, &[("level", level)]).await.ok();
            for _ in 0..10 {
                phone.me().await;
                laptop.post(&format!("{verify}/{attempt}"), &fields).await;
            }
            laptop.post(&format!("{verify}/{attempt}"), &fields).await.must_be(403, "user_locked");
            phone.get("/v1/me").await.must_be(401, "signed_out");
            laptop.me().await;
            app.advance(Duration::from_hours(1));
            phone.sign_in(ANN, "totp", &app.code(&user.secret, 0)).await.ok();
        }
    }

    async fn a_set_up_in_which_a_lock_was_brought_about_goes_on(app: TestApp) {
        let laptop = app.signed_up(ANN).await;
        let phone = app.browser();
        phone.password(ANN).await.ok();
        laptop.forget_device();
        let secret = text(&laptop.post("/v1/me/totp", &[]).await.ok()["secret"]);
        let wrong = app.wrong_code(&secret);
        for _ in 0..10 {
            phone.me().await;
            laptop.post(VERIFY, &[("code", &wrong)]).await.must_be(422, "form_code_incorrect");
        }
        phone.get("/v1/me").await.must_be(401, "signed_out");
        laptop.me().await;
    }

    async fn the_lock_of_a_known_browser_ends_no_session(app: TestApp) {
        let (laptop, phone, _) = signed_in_twice(&app).await;
        phone.sign_out().await;
        for _ in 0..10 {
            guess(&phone).await.must_be(422, "form_password_or_identifier_incorrect");
        }
        phone.password(ANN).await.must_be(403, "user_locked");
        laptop.me().await;
    }

    async fn every_spelling_of_a_wrong_code_counts(app: TestApp) {
        let (_, user) = app.enrolled(ANN).await;
        let stranger = app.browser();
        let code = app.wrong_code(&user.secret);
        let id = text(&stranger.password(ANN).await.ok()["id"]);
        let (front, back) = code.split_at(3);
        let full_width: String = code
            .chars()
            .map(|digit| char::from_u32(0xff10 + digit.to_digit(10).unwrap()).unwrap())
            .collect();
        for spelling in [
            code.clone(),
            format!("{front} {back}"),
            format!("  {code}"),
            format!("{code}\t\r\n"),
            format!("{front}-{back}"),
            format!("{front}\u{2013}{back}"),
            format!("{front}\u{a0}{back}"),
            format!("{front}\u{2009}{back}"),
            full_width,
            format!("{code} "),
        ] {
            stranger.second_factor(&id, "totp", &spelling).await.must_be(422, "form_code_incorrect");
        }
        stranger.second_factor(&id, "totp", &code).await.must_be(403, "user_locked");
    }

    async fn of_200_codes_that_strangers_guess_at_once_no_more_are_looked_at_than_the_limit(app: TestApp) {
        let (_, user) = app.enrolled(ANN).await;
        let wrong = app.wrong_code(&user.secret);
        let other = app.another_server().await;
        let mut guesses = Vec::new();
        for n in 0..20 {
            let stranger = app.browser();
            let stranger = if n % 2 == 0 { stranger } else { stranger.at(&other) };
            let id = text(&stranger.password(ANN).await.ok()["id"]);
            for strategy in ["totp", "backup_code"].repeat(5) {
                let code = if strategy == "totp" { wrong.clone() } else { "22222-22222".to_owned() };
                guesses.push((stranger.clone(), id.clone(), strategy, code));
            }
        }
        let guesses: Vec<_> = guesses
            .into_iter()
            .map(|(stranger, id, strategy, code)| {
                tokio::spawn(async move { stranger.second_factor(&id, strategy, &code).await })
            })
            .collect();
        assert_eq!(guesses.len(), 200);
        let mut looked_at = 0;
        for guess in guesses {
            let reply = guess.await.unwrap();
            match reply.status.as_u16() {
                422 => looked_at += 1,
                503 => reply.must_be(503, "service_unavailable"),
                _ => reply.must_be(403, "user_locked"),
            }
        }
        assert!(looked_at <= 10, "{looked_at}");
        app.browser().password(ANN).await.must_be(403, "user_locked");
    }
}
