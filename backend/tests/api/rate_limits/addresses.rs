//! Which requests come from one address, and how many attempts it has.

use std::time::Duration;

use twofold::config::Config;

use super::{
    ANN, ELSEWHERE, HOME, guess, guess_until_refused, must_be_too_fast, server, wait_and_try,
};
use crate::{
    database::Database,
    harness::{PASSWORD, TestApp, text},
};

async fn server_behind(proxies: &str) -> TestApp {
    let config = Config {
        trusted_proxies: proxies.parse().unwrap(),
        ..Config::default()
    };
    TestApp::start_with(Database::sqlite(), config).await
}

#[tokio::test]
async fn every_spelling_of_an_address_shares_the_bucket() {
    let app = server().await.without_lockout().await;
    let browser = app.browser();
    for (home, same, other) in [
        (HOME, "::ffff:192.0.2.1", ELSEWHERE),
        (
            "2001:db8::1",
            "2001:db8::ffff:ffff:ffff:ffff",
            "2001:db8:0:1::1",
        ),
    ] {
        guess_until_refused(&browser.coming_from(home), ANN, 5).await;
        must_be_too_fast(&guess(&browser.coming_from(same), ANN).await);
        guess_until_refused(&browser.coming_from(other), ANN, 5).await;
    }
}

#[tokio::test]
async fn requests_without_an_address_share_a_bucket() {
    let app = server().await;
    guess_until_refused(&app.browser(), ANN, 5).await;
    guess_until_refused(&app.browser().coming_from(HOME), ANN, 5).await;
}

#[tokio::test]
async fn a_stranger_elsewhere_keeps_nobody_out() {
    let app = server().await;
    app.signed_up(ANN).await;
    guess_until_refused(&app.browser().coming_from(ELSEWHERE), ANN, 5).await;
    app.browser().coming_from(HOME).password(ANN).await.ok();
}

#[tokio::test]
async fn nobody_names_an_address_of_his_own_in_x_forwarded_for() {
    let app = server_behind("10.0.0.0/8").await;
    let browser = app.browser();
    let direct = browser.coming_from(HOME);
    guess_until_refused(&direct.forwarded_for(&["198.51.100.1"]), ANN, 5).await;
    must_be_too_fast(&guess(&direct.forwarded_for(&["198.51.100.2"]), ANN).await);
    must_be_too_fast(&guess(&direct, ANN).await);

    // Through the proxy too: what the caller sent stands left of what the proxy saw.
    let proxied = browser.coming_from("10.0.0.1");
    guess_until_refused(&proxied.forwarded_for(&["1.1.1.1, 198.51.100.1"]), ANN, 5).await;
    for lines in [
        &["1.1.1.2, 198.51.100.1"][..],
        &["1.1.1.3", "198.51.100.1"],
        &["10.9.9.9, 198.51.100.1, 10.0.0.2"],
    ] {
        must_be_too_fast(&guess(&proxied.forwarded_for(lines), ANN).await);
    }
}

#[tokio::test]
async fn without_configured_proxies_x_forwarded_for_is_nothing() {
    let app = server().await;
    let browser = app.browser().coming_from("10.0.0.1");
    guess_until_refused(&browser.forwarded_for(&["198.51.100.1"]), ANN, 5).await;
    must_be_too_fast(&guess(&browser.forwarded_for(&["198.51.100.2"]), ANN).await);
}

#[tokio::test]
async fn behind_a_configured_proxy_every_caller_has_buckets_of_his_own() {
    let app = server_behind("10.0.0.0/8").await;
    app.signed_up(ANN).await;
    let proxied = app.browser().coming_from("10.0.0.1");
    guess_until_refused(&proxied.forwarded_for(&["198.51.100.1"]), ANN, 5).await;
    let owner = proxied.forwarded_for(&["198.51.100.2"]);
    let reply = owner.password(ANN).await;
    reply.ok();
    // The same address is what the user sees of the session.
    let activity = &reply.json["client"]["sessions"][0]["latest_activity"];
    assert_eq!(activity["ip_address"], "198.51.100.2");
}

#[tokio::test]
async fn an_address_has_thirty_attempts_for_all_accounts_together() {
    let app = server().await;
    let (_, user) = app.enrolled(ANN).await;
    app.advance(Duration::from_secs(30));
    let browser = app.browser().coming_from(HOME);
    let id = text(&browser.password(ANN).await.ok()["id"]);
    for n in 1..30 {
        guess(&browser, &format!("user{n}@example.com"))
            .await
            .must_be(422, "form_password_or_identifier_incorrect");
    }
    let refused = guess(&browser, "user30@example.com").await;
    assert_eq!(must_be_too_fast(&refused), 1);
    // Codes are attempts of the address as well.
    let code = app.code(&user.secret, 0);
    must_be_too_fast(&browser.second_factor(&id, "totp", &code).await);
    guess(&browser.coming_from(ELSEWHERE), "user30@example.com")
        .await
        .must_be(422, "form_password_or_identifier_incorrect");

    app.advance(Duration::from_secs(1));
    let accepted = browser.forked().second_factor(&id, "totp", &code).await;
    accepted.ok();
    for n in 31..33 {
        guess(&browser, &format!("user{n}@example.com"))
            .await
            .must_be(422, "form_password_or_identifier_incorrect");
    }
    must_be_too_fast(&guess(&browser, "user33@example.com").await);
}

#[tokio::test]
async fn an_address_has_ten_sign_ups() {
    let app = server().await;
    let sign_up = async |address: &str, n: u32| {
        let email = format!("user{n}@example.com");
        let fields = [("email_address", &*email), ("password", PASSWORD)];
        let browser = app.browser().coming_from(address);
        browser.post("/v1/client/sign_ups", &fields).await
    };
    for n in 0..10 {
        sign_up(HOME, n).await.ok();
    }
    assert_eq!(must_be_too_fast(&sign_up(HOME, 10).await), 1);
    sign_up(ELSEWHERE, 11).await.ok();
    // Whoever has just signed up may sign in.
    app.browser()
        .coming_from(HOME)
        .password("user0@example.com")
        .await
        .ok();
    wait_and_try(&app, 1, || sign_up(HOME, 10)).await.ok();
}
