//! How fast attempts may follow each other. These servers run with the default configuration, so
//! that limits which are off unless somebody turns them on would fail every test here.

use std::time::Duration;

use axum::http::header;
use twofold::config::{Config, RateLimiting};

use crate::{
    database::Database,
    harness::{PASSWORD, Reply, TestApp, TestBrowser, text},
};

mod addresses;

const ANN: &str = "ann@example.com";
const BEN: &str = "ben@example.com";
const HOME: &str = "192.0.2.1";
const ELSEWHERE: &str = "192.0.2.2";
const VERIFY: &str = "/v1/me/totp/attempt_verification";

async fn server() -> TestApp {
    TestApp::start_with(Database::sqlite(), Config::default()).await
}

/// An attempt to sign in with a wrong password. The browser's own sign-in goes on as it was.
async fn guess(browser: &TestBrowser, identifier: &str) -> Reply {
    let fields = [
        ("identifier", identifier),
        ("strategy", "password"),
        ("password", "wrong-wrong"),
    ];
    browser.forked().post("/v1/client/sign_ins", &fields).await
}

/// Takes so many tokens for signing in, all that there are.
async fn guess_until_refused(browser: &TestBrowser, identifier: &str, tokens: usize) {
    for _ in 0..tokens {
        guess(browser, identifier)
            .await
            .must_be(422, "form_password_or_identifier_incorrect");
    }
    must_be_too_fast(&guess(browser, identifier).await);
}

/// The seconds that the reply asks to wait.
#[track_caller]
fn must_be_too_fast(reply: &Reply) -> u64 {
    reply.must_be(429, "too_many_requests");
    let seconds = reply.headers[header::RETRY_AFTER].to_str().unwrap();
    seconds.parse().unwrap()
}

/// Sends the attempt again in the last millisecond of the wait that the reply asked for, and then
/// at its end.
async fn wait_and_try<F: Future<Output = Reply>>(
    app: &TestApp,
    seconds: u64,
    attempt: impl Fn() -> F,
) -> Reply {
    app.advance(Duration::from_secs(seconds - 1));
    assert_eq!(must_be_too_fast(&attempt().await), 1);
    app.advance(Duration::from_secs(1));
    attempt().await
}

/// How many wrong attempts the account of this signed-in browser has left.
async fn attempts_left(browser: &TestBrowser) -> u64 {
    let user = browser.me().await;
    user["verification_attempts_remaining"].as_u64().unwrap()
}

#[tokio::test]
async fn five_sign_ins_come_through_at_once_and_one_more_every_two_seconds() {
    let app = server().await;
    app.signed_up(ANN).await;
    let browser = app.browser().coming_from(HOME);
    guess_until_refused(&browser, ANN, 5).await;
    let refused = browser.password(ANN).await;
    assert_eq!(must_be_too_fast(&refused), 2);
    assert_eq!(
        refused.json["errors"][0]["long_message"],
        "Too many attempts. Try again in 2 seconds."
    );
    wait_and_try(&app, 2, || browser.password(ANN)).await.ok();
}

#[tokio::test]
async fn a_password_after_the_identifier_is_a_sign_in_too() {
    let app = server().await;
    app.signed_up(ANN).await;
    let browser = app.browser().coming_from(HOME);
    let begun = browser
        .post("/v1/client/sign_ins", &[("identifier", ANN)])
        .await;
    let path = format!(
        "/v1/client/sign_ins/{}/attempt_first_factor",
        text(&begun.ok()["id"])
    );
    let with = async |password| {
        let fields = [("strategy", "password"), ("password", password)];
        browser.post(&path, &fields).await
    };
    for _ in 0..4 {
        with("wrong-wrong")
            .await
            .must_be(422, "form_password_or_identifier_incorrect");
    }
    assert_eq!(must_be_too_fast(&with(PASSWORD).await), 2);
    must_be_too_fast(&guess(&browser, ANN).await);
    wait_and_try(&app, 2, || with(PASSWORD)).await.ok();
}

#[tokio::test]
async fn three_codes_at_sign_in_come_through_at_once_and_three_more_in_ten_seconds() {
    let app = server().await;
    let (_, user) = app.enrolled(ANN).await;
    app.next_step();
    let browser = app.browser().coming_from(HOME);
    let id = text(&browser.password(ANN).await.ok()["id"]);
    for (strategy, code) in [
        ("totp", app.wrong_code(&user.secret)),
        ("backup_code", "22222-22222".to_owned()),
        ("totp", app.wrong_code(&user.secret)),
    ] {
        browser
            .second_factor(&id, strategy, &code)
            .await
            .must_be(422, "form_code_incorrect");
    }
    let code = app.code(&user.secret, 0);
    let refused = browser.second_factor(&id, "totp", &code).await;
    assert_eq!(must_be_too_fast(&refused), 4);
    wait_and_try(&app, 4, || browser.second_factor(&id, "totp", &code))
        .await
        .ok();
}

#[tokio::test]
async fn the_attempts_of_a_set_up_are_limited_and_shared_with_those_of_signing_in() {
    let app = server().await;
    let (browser, user) = app.enrolled(ANN).await;
    app.advance(Duration::from_secs(30));
    let browser = browser.coming_from(HOME);
    browser.delete("/v1/me/totp").await.ok();
    let secret = text(&browser.post("/v1/me/totp", &[]).await.ok()["secret"]);
    let wrong = app.wrong_code(&secret);
    let verify = async |code: &str| browser.post(VERIFY, &[("code", code)]).await;
    for _ in 0..3 {
        verify(&wrong).await.must_be(422, "form_code_incorrect");
    }
    let code = app.code(&secret, 0);
    assert_eq!(must_be_too_fast(&verify(&code).await), 4);
    wait_and_try(&app, 4, || verify(&code)).await.ok();

    // The token of these four seconds is taken, and a sign-in finds none.
    let other = app.browser().coming_from(HOME);
    let id = text(&other.password(ANN).await.ok()["id"]);
    let code = app.wrong_code(&user.secret);
    must_be_too_fast(&other.second_factor(&id, "totp", &code).await);
}

#[tokio::test]
async fn the_attempts_of_a_step_up_are_limited_whichever_factor_they_are_of() {
    let app = server().await;
    let (browser, user) = app.enrolled(ANN).await;
    app.next_step();
    let browser = browser.coming_from(HOME);
    let client = browser.get("/v1/client").await.ok();
    let session = text(&client["last_active_session_id"]);
    let step_up = format!("/v1/client/sessions/{session}/verify");
    let password = async |password| {
        let fields = [("strategy", "password"), ("password", password)];
        let path = format!("{step_up}/attempt_first_factor");
        browser.post(&path, &fields).await
    };
    let code = async |code: &str| {
        let fields = [("strategy", "totp"), ("code", code)];
        let path = format!("{step_up}/attempt_second_factor");
        browser.post(&path, &fields).await
    };
    let begin = browser.post(&step_up, &[("level", "multi_factor")]).await;
    begin.ok();
    password("wrong-wrong")
        .await
        .must_be(422, "form_password_incorrect");
    password(PASSWORD).await.ok();
    code(&app.wrong_code(&user.secret))
        .await
        .must_be(422, "form_code_incorrect");

    let left = attempts_left(&browser).await;
    let right = app.code(&user.secret, 0);
    assert_eq!(must_be_too_fast(&code(&right).await), 4);
    assert_eq!(must_be_too_fast(&password("wrong-wrong").await), 4);
    assert_eq!(attempts_left(&browser).await, left);
    wait_and_try(&app, 4, || code(&right)).await.ok();
}

#[tokio::test]
async fn a_refused_attempt_costs_none_of_the_accounts_attempts() {
    let app = server().await;
    let owner = app.signed_up(ANN).await;
    owner.forget_device();
    let stranger = app.browser().coming_from(HOME);
    guess_until_refused(&stranger, ANN, 5).await;
    assert_eq!(attempts_left(&owner).await, 5);
    for _ in 0..20 {
        must_be_too_fast(&guess(&stranger, ANN).await);
        must_be_too_fast(&stranger.password(ANN).await);
    }
    assert_eq!(attempts_left(&owner).await, 5);

    let secret = text(&owner.post("/v1/me/totp", &[]).await.ok()["secret"]);
    let wrong = [("code", &*app.wrong_code(&secret))];
    for _ in 0..3 {
        owner
            .post(VERIFY, &wrong)
            .await
            .must_be(422, "form_code_incorrect");
    }
    assert_eq!(attempts_left(&owner).await, 2);
    for _ in 0..20 {
        must_be_too_fast(&owner.post(VERIFY, &wrong).await);
    }
    assert_eq!(attempts_left(&owner).await, 2);
}

#[tokio::test]
async fn what_is_malformed_takes_no_token() {
    let app = server().await;
    let (_, user) = app.enrolled(ANN).await;
    app.next_step();
    let browser = app.browser().coming_from(HOME);
    let id = text(&browser.password(ANN).await.ok()["id"]);
    for _ in 0..10 {
        browser
            .second_factor(&id, "totp", "12345")
            .await
            .must_be_of_param(422, "form_param_format_invalid", "code");
    }
    let code = app.code(&user.secret, 0);
    browser.second_factor(&id, "totp", &code).await.ok();
}

#[tokio::test]
async fn every_spelling_of_an_identifier_shares_the_bucket() {
    let app = server().await;
    app.signed_up(ANN).await;
    let browser = app.browser().coming_from(HOME);
    for spelling in [
        "ann@example.com",
        "ANN@EXAMPLE.COM",
        "  ann@example.com",
        "Ann@Example.com\t\n",
        "\u{a0}ann@example.COM\u{3000}",
    ] {
        guess(&browser, spelling)
            .await
            .must_be(422, "form_password_or_identifier_incorrect");
    }
    for spelling in ["ann@example.com", " ANN@example.com ", "\tann@example.com"] {
        must_be_too_fast(&guess(&browser, spelling).await);
    }
}

#[tokio::test]
async fn an_account_that_does_not_exist_has_the_same_limits() {
    let app = server().await;
    let browser = app.browser().coming_from(HOME);
    guess_until_refused(&browser, "nobody@example.com", 5).await;
    assert_eq!(
        must_be_too_fast(&guess(&browser, " NOBODY@example.com").await),
        2
    );
}

#[tokio::test]
async fn before_the_password_the_second_factor_has_no_limit_that_would_show_who_has_an_account() {
    let app = server().await;
    app.enrolled(ANN).await;
    for identifier in [ANN, "nobody@example.com"] {
        let browser = app.browser().coming_from(HOME);
        let begun = browser
            .post("/v1/client/sign_ins", &[("identifier", identifier)])
            .await;
        let id = text(&begun.ok()["id"]);
        for _ in 0..5 {
            browser
                .second_factor(&id, "totp", "123456")
                .await
                .must_be(404, "resource_not_found");
        }
    }
}

#[tokio::test]
async fn accounts_do_not_disturb_each_other() {
    let app = server().await;
    let (_, ann) = app.enrolled(ANN).await;
    let (_, ben) = app.enrolled(BEN).await;
    app.next_step();
    let browsers = [ANN, BEN].map(|email| (email, app.browser().coming_from(HOME)));
    let mut sign_ins = Vec::new();
    for (email, browser) in &browsers {
        sign_ins.push(text(&browser.password(email).await.ok()["id"]));
        guess_until_refused(browser, email, 4).await;
    }
    let [(_, of_ann), (_, of_ben)] = browsers;
    for _ in 0..3 {
        let wrong = app.wrong_code(&ann.secret);
        of_ann
            .second_factor(&sign_ins[0], "totp", &wrong)
            .await
            .must_be(422, "form_code_incorrect");
    }
    let code = app.code(&ann.secret, 0);
    must_be_too_fast(&of_ann.second_factor(&sign_ins[0], "totp", &code).await);
    let code = app.code(&ben.secret, 0);
    of_ben.second_factor(&sign_ins[1], "totp", &code).await.ok();
}

#[tokio::test]
async fn a_success_fills_no_bucket() {
    let app = server().await;
    app.signed_up(ANN).await;
    app.signed_up(BEN).await;
    let browser = app.browser().coming_from(HOME);
    guess_until_refused(&browser, ANN, 5).await;
    // An attacker's own account, or the account itself: neither is a way around.
    for _ in 0..5 {
        browser.forked().password(BEN).await.ok();
    }
    must_be_too_fast(&browser.forked().password(BEN).await);
    must_be_too_fast(&guess(&browser, ANN).await);
}

#[tokio::test]
async fn off_is_off() {
    let app = server().await;
    let app = app
        .reconfigured(|config| config.rate_limits = RateLimiting::Off)
        .await
        .without_lockout()
        .await;
    let (_, user) = app.enrolled(ANN).await;
    app.next_step();
    let browser = app.browser().coming_from(HOME);
    for _ in 0..40 {
        guess(&browser, "nobody@example.com")
            .await
            .must_be(422, "form_password_or_identifier_incorrect");
    }
    for n in 0..12 {
        let address = format!("user{n}@example.com");
        app.signed_up(&address).await;
    }
    let id = text(&browser.password(ANN).await.ok()["id"]);
    for _ in 0..4 {
        let wrong = app.wrong_code(&user.secret);
        browser
            .second_factor(&id, "totp", &wrong)
            .await
            .must_be(422, "form_code_incorrect");
    }
}
