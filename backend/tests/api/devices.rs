//! Browsers that an account knows, and identifiers that no account has: who is counted apart.

use std::time::Duration;

use axum::http::header;

use crate::harness::{Enrolled, PASSWORD, Reply, TestApp, TestBrowser, on_both_databases, text};

const ANN: &str = "ann@example.com";
const BEN: &str = "ben@example.com";
const NOBODY: &str = "nobody@example.com";

/// A guess at the password, in one step.
async fn guess(browser: &TestBrowser, identifier: &str) -> Reply {
    let fields = [
        ("identifier", identifier),
        ("strategy", "password"),
        ("password", "wrong-wrong"),
    ];
    browser.post("/v1/client/sign_ins", &fields).await
}

/// Somebody whose account a stranger has locked, at a browser that is signed out and known.
async fn locked_out(app: &TestApp) -> (TestBrowser, Enrolled) {
    let (browser, user) = app.enrolled(ANN).await;
    browser.sign_out().await;
    app.next_step();
    lock(app, ANN).await;
    (browser, user)
}

/// A stranger's doing.
async fn lock(app: &TestApp, identifier: &str) {
    let stranger = app.browser();
    for _ in 0..10 {
        guess(&stranger, identifier)
            .await
            .must_be(422, "form_password_or_identifier_incorrect");
    }
    stranger
        .password(identifier)
        .await
        .must_be(403, "user_locked");
}

on_both_databases! {
    async fn a_known_browser_signs_in_while_a_stranger_keeps_the_account_locked(app: TestApp) {
        let (browser, user) = locked_out(&app).await;
        browser.sign_in(ANN, "totp", &app.code(&user.secret, 0)).await.ok();
        // What strangers brought about stays: the owner's success gives them no new tries.
        app.next_step();
        app.browser().password(ANN).await.must_be(403, "user_locked");
        // Nor does a step-up, or a change of factors.
        app.advance(Duration::from_mins(11));
        let session = text(&browser.get("/v1/client").await.ok()["last_active_session_id"]);
        let verify = format!("/v1/client/sessions/{session}/verify");
        browser.post(&verify, &[("level", "second_factor")]).await.ok();
        let code = app.code(&user.secret, 0);
        browser.post(&format!("{verify}/attempt_second_factor"), &[("strategy", "totp"), ("code", &code)])
            .await.ok();
        browser.post("/v1/me/backup_codes", &[]).await.ok();
        app.browser().password(ANN).await.must_be(403, "user_locked");
    }

    async fn a_browser_that_the_account_does_not_know_is_refused_with_the_right_code(app: TestApp) {
        let (browser, _) = locked_out(&app).await;
        let elsewhere = app.browser();
        elsewhere.password(ANN).await.must_be(403, "user_locked");
        // A token that has the form of one, and is none.
        elsewhere.set_cookie("device", &"A".repeat(43));
        elsewhere.password(ANN).await.must_be(403, "user_locked");
        browser.password(ANN).await.ok();
    }

    async fn a_known_browser_is_locked_by_its_own_failures_alone(app: TestApp) {
        let (browser, user) = app.enrolled(ANN).await;
        browser.sign_out().await;
        app.next_step();
        let id = text(&browser.password(ANN).await.ok()["id"]);
        let wrong = app.wrong_code(&user.secret);
        for spent in 1..=10 {
            let reply = browser.second_factor(&id, "totp", &wrong).await;
            reply.must_be_of_param(422, "form_code_incorrect", "code");
            assert_eq!(reply.codes().len(), if spent < 8 { 1 } else { 2 }, "after {spent}");
        }
        let right = app.code(&user.secret, 0);
        browser.second_factor(&id, "totp", &right).await.must_be(403, "user_locked");
        browser.password(ANN).await.must_be(403, "user_locked");
        // The account is not: the owner is somewhere else.
        app.browser().sign_in(ANN, "totp", &right).await.ok();
        browser.password(ANN).await.must_be(403, "user_locked");
        app.advance(Duration::from_hours(1));
        browser.sign_in(ANN, "totp", &app.code(&user.secret, 0)).await.ok();
    }

    async fn the_right_password_on_a_known_browser_gives_its_own_attempt_back_and_no_other(app: TestApp) {
        let (browser, user) = app.enrolled(ANN).await;
        browser.sign_out().await;
        app.next_step();
        let wrong = app.wrong_code(&user.secret);
        for _ in 0..10 {
            browser.sign_in(ANN, "totp", &wrong).await.must_be(422, "form_code_incorrect");
        }
        browser.password(ANN).await.must_be(403, "user_locked");
    }

    async fn the_token_of_a_browser_that_another_account_knows_is_nothing(app: TestApp) {
        let ben = app.signed_up(BEN).await;
        ben.sign_out().await;
        locked_out(&app).await;
        ben.password(ANN).await.must_be(403, "user_locked");
    }

    async fn two_accounts_know_one_browser(app: TestApp) {
        let browser = app.signed_up(BEN).await;
        browser.sign_out().await;
        let ann = app.signed_up(ANN).await;
        ann.sign_out().await;
        browser.password(ANN).await.ok();
        browser.sign_out().await;
        lock(&app, ANN).await;
        lock(&app, BEN).await;
        browser.password(BEN).await.ok();
        browser.sign_out().await;
        browser.password(ANN).await.ok();
    }

    async fn the_token_is_another_after_each_sign_in_and_the_old_one_is_nothing(app: TestApp) {
        let browser = app.signed_up(ANN).await;
        browser.sign_out().await;
        let planted = browser.cookie("device").expect("a sign-out leaves it");
        browser.password(ANN).await.ok();
        assert_ne!(browser.cookie("device").unwrap(), planted);
        lock(&app, ANN).await;
        let thief = app.browser();
        thief.set_cookie("device", &planted);
        thief.password(ANN).await.must_be(403, "user_locked");
    }

    async fn after_a_change_of_factors_only_the_browser_that_made_it_is_known(app: TestApp) {
        let laptop = app.signed_up(ANN).await;
        let phone = app.browser();
        phone.password(ANN).await.ok();
        phone.sign_out().await;
        let user = app.enrol(&laptop).await;
        laptop.sign_out().await;
        app.next_step();
        lock(&app, ANN).await;
        phone.password(ANN).await.must_be(403, "user_locked");
        laptop.sign_in(ANN, "totp", &app.code(&user.secret, 0)).await.ok();

        laptop.post("/v1/me/backup_codes", &[]).await.ok();
        laptop.delete("/v1/me/totp").await.ok();
        laptop.sign_out().await;
        lock_again(&app).await;
        laptop.password(ANN).await.ok();
    }

    async fn the_cookie_opens_nothing_and_scripts_cannot_read_it(app: TestApp) {
        let browser = app.browser();
        let fields = [("email_address", ANN), ("password", PASSWORD)];
        let reply = browser.post("/v1/client/sign_ups", &fields).await;
        let cookie = reply.headers.get_all(header::SET_COOKIE).iter()
            .map(|value| value.to_str().unwrap().to_owned())
            .find(|cookie| cookie.starts_with("device="))
            .unwrap();
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        let thief = app.browser();
        thief.set_cookie("device", &browser.cookie("device").unwrap());
        thief.get("/v1/me").await.must_be(401, "authentication_invalid");
    }

    async fn an_identifier_that_nobody_has_is_locked_like_one_that_somebody_has(app: TestApp) {
        app.signed_up(ANN).await;
        for identifier in [ANN, NOBODY] {
            lock(&app, identifier).await;
        }
        let in_two_steps = async |identifier: &str| {
            let browser = app.browser();
            let begun = browser.post("/v1/client/sign_ins", &[("identifier", identifier)]).await;
            let id = text(&begun.ok()["id"]);
            let path = format!("/v1/client/sign_ins/{id}/attempt_first_factor");
            browser.post(&path, &[("strategy", "password"), ("password", PASSWORD)]).await
        };
        for identifier in [" Nobody@Example.com", NOBODY] {
            let (known, unknown) = (in_two_steps(ANN).await, in_two_steps(identifier).await);
            known.must_be(403, "user_locked");
            assert_eq!(known.json["errors"], unknown.json["errors"]);
        }
        guess(&app.browser(), "somebody.else@example.com").await
            .must_be(422, "form_password_or_identifier_incorrect");

        app.advance(Duration::from_secs(3_599));
        guess(&app.browser(), NOBODY).await.must_be(403, "user_locked");
        app.advance(Duration::from_secs(1));
        lock(&app, NOBODY).await;
        // Whoever signs up under it afterwards begins at nought.
        app.signed_up(NOBODY).await;
        app.browser().password(NOBODY).await.ok();
    }
}

/// The account again after its lock ran out.
async fn lock_again(app: &TestApp) {
    app.advance(Duration::from_hours(2));
    lock(app, ANN).await;
}
