//! The README's example for Rust: how another service checks a session token.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::Value;
use twofold::{
    clock::{Clock, System},
    vault::SigningKey,
};

use crate::{
    database::Database,
    harness::{TestApp, TestBrowser, text},
    instance,
};

// The README has this word for word: `the_readme_has_this_example` holds it to that.
// example begins
fn signed_in(token: &str, keys: &JwkSet, issuer: &str, page: &str) -> Option<Session> {
    let key_id = decode_header(token).ok()?.kid?;
    let key = DecodingKey::from_jwk(keys.find(&key_id)?).ok()?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[issuer]);
    validation.validate_nbf = true;
    validation.leeway = 5; // seconds that clocks may differ by
    let session = decode::<Session>(token, &key, &validation).ok()?.claims;
    (session.sts == "active" && session.azp == page).then_some(session)
}

#[derive(serde::Deserialize)]
struct Session {
    sub: String,
    azp: String,
    sts: String,
    fva: [i64; 2], // minutes since each factor was checked: [1] >= 0 is a second factor
}
// example ends

const HERE: &str = "http://localhost:8787";

#[test]
fn the_readme_has_this_example() {
    let here = include_str!("checking.rs");
    let (_, example) = here.split_once("// example begins\n").unwrap();
    let (example, _) = example.split_once("// example ends\n").unwrap();
    let readme = include_str!("../../../README.md");
    assert!(readme.contains(&format!("```rust\n{example}```\n")));
}

/// A server whose clock shows the time of the machine, by which the example checks tokens.
async fn server_of_today() -> TestApp {
    let app = TestApp::start(Database::sqlite()).await;
    app.set(System.now());
    app
}

async fn keys(browser: &TestBrowser) -> JwkSet {
    serde_json::from_value(browser.get("/.well-known/jwks.json").await.json).unwrap()
}

async fn token(browser: &TestBrowser) -> String {
    let client = browser.get("/v1/client").await.ok();
    let session = text(&client["last_active_session_id"]);
    let path = format!("/v1/client/sessions/{session}/tokens");
    text(&browser.post(&path, &[]).await.json["jwt"])
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_who_is_signed_in_and_whether_by_a_second_factor() {
    let app = server_of_today().await;
    let ann = app.signed_up("ann@example.com").await;
    let session = signed_in(&token(&ann).await, &keys(&ann).await, HERE, HERE).unwrap();
    assert_eq!(
        (session.sub, session.fva[1]),
        (text(&ann.me().await["id"]), -1)
    );
    let (bob, _) = app.enrolled("bob@example.com").await;
    let session = signed_in(&token(&bob).await, &keys(&bob).await, HERE, HERE).unwrap();
    assert_eq!(session.fva[1], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_refuses_what_is_over_or_for_somebody_else() {
    let app = server_of_today().await;
    let browser = app.signed_up("ann@example.com").await;
    let (fresh, keys) = (token(&browser).await, keys(&browser).await);
    let elsewhere = "https://elsewhere.example";
    assert!(signed_in(&fresh, &keys, elsewhere, HERE).is_none());
    assert!(signed_in(&fresh, &keys, HERE, elsewhere).is_none());
    assert!(signed_in(&fresh, &JwkSet { keys: Vec::new() }, HERE, HERE).is_none());
    let unsigned = fresh.rsplit_once('.').unwrap().0;
    assert!(signed_in(&format!("{unsigned}."), &keys, HERE, HERE).is_none());

    app.set_back(Duration::from_mins(2));
    let browser = app.signed_up("bob@example.com").await;
    assert!(
        signed_in(&token(&browser).await, &keys, HERE, HERE).is_none(),
        "it is over"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_refuses_what_another_key_signed() {
    let app = server_of_today().await;
    let browser = app.signed_up("ann@example.com").await;
    let (ours, keys) = (token(&browser).await, keys(&browser).await);
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(&ours)
        .unwrap()
        .claims;
    let theirs = SigningKey::generate().unwrap().sign(&claims).unwrap();
    assert!(signed_in(&theirs, &keys, HERE, HERE).is_none());
    let (said, _) = ours.rsplit_once('.').unwrap();
    let (_, signature) = theirs.rsplit_once('.').unwrap();
    let in_our_name = format!("{said}.{signature}");
    assert!(signed_in(&in_our_name, &keys, HERE, HERE).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_refuses_what_is_not_valid_yet() {
    let app = server_of_today().await;
    let browser = app.signed_up("ann@example.com").await;
    let keys = keys(&browser).await;
    app.advance(Duration::from_mins(1));
    assert!(signed_in(&token(&browser).await, &keys, HERE, HERE).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_refuses_whoever_still_has_to_set_a_second_factor_up() {
    let app = TestApp::start(Database::sqlite())
        .await
        .reconfigured(|config| config.administrators = [instance::BOSS.parse().unwrap()].into())
        .await;
    app.set(System.now());
    let (boss, _) = app.enrolled(instance::BOSS).await;
    let ann = app.signed_up("ann@example.com").await;
    let keys = keys(&ann).await;
    assert!(signed_in(&token(&ann).await, &keys, HERE, HERE).is_some());
    instance::change(&boss, &[("required", "true")]).await.ok();
    assert!(signed_in(&token(&ann).await, &keys, HERE, HERE).is_none());
}
