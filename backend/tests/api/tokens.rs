//! Session tokens: what they say, who may have one, and the keys that they are checked with.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, header},
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Value, json};

use crate::harness::{Reply, TestApp, TestBrowser, on_both_databases, text};

const JWKS: &str = "/.well-known/jwks.json";
const DAY: Duration = Duration::from_hours(24);

/// The active session of a browser.
async fn session(browser: &TestBrowser) -> String {
    text(&browser.get("/v1/client").await.ok()["last_active_session_id"])
}

async fn ask(browser: &TestBrowser) -> Reply {
    let path = format!("/v1/client/sessions/{}/tokens", session(browser).await);
    browser.post(&path, &[]).await
}

async fn token(browser: &TestBrowser) -> String {
    text(&ask(browser).await.json["jwt"])
}

/// The claims of a token, checked as another service does it: by the published keys.
async fn claims(browser: &TestBrowser, jwt: &str) -> Value {
    let keys: JwkSet = serde_json::from_value(browser.get(JWKS).await.json).unwrap();
    let kid = decode_header(jwt).unwrap().kid.unwrap();
    let key = keys.find(&kid).expect("the key is published");
    let mut validation = Validation::new(Algorithm::RS256);
    // The clock of the tests is not that of the machine.
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(key).unwrap();
    decode(jwt, &key, &validation).unwrap().claims
}

/// The ids of the published keys, newest first.
async fn published(browser: &TestBrowser) -> Vec<String> {
    let keys = browser.get(JWKS).await.json["keys"].clone();
    let keys = keys.as_array().unwrap();
    keys.iter().map(|key| text(&key["kid"])).collect()
}

fn signed_by(jwt: &str) -> String {
    decode_header(jwt).unwrap().kid.unwrap()
}

on_both_databases! {
    async fn a_token_says_who_is_signed_in_and_how_they_were_checked(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let reply = ask(&browser).await;
        assert_eq!((reply.status.as_u16(), &reply.json["object"]), (200, &json!("token")));
        assert_eq!(reply.json.as_object().unwrap().len(), 2, "{:#}", reply.json);
        let jwt = text(&reply.json["jwt"]);
        let mut claims = claims(&browser, &jwt).await;
        let id = text(&claims["jti"].take());
        assert_eq!((id.len(), id.bytes().all(|byte| byte.is_ascii_hexdigit())), (32, true));
        let now = app.now().seconds();
        assert_eq!(
            claims,
            json!({
                "iss": "http://localhost:8787",
                "sub": browser.me().await["id"],
                "sid": session(&browser).await,
                "iat": now,
                "nbf": now - 10,
                "exp": now + 60,
                "jti": null,
                "azp": "http://localhost:8787",
                "v": 2,
                "sts": "active",
                "fva": [0, -1],
            }),
        );
    }

    async fn the_ages_of_the_checks_are_minutes(app: TestApp) {
        let (browser, enrolled) = app.enrolled("ann@example.com").await;
        app.advance(Duration::from_secs(179));
        let fva = claims(&browser, &token(&browser).await).await["fva"].clone();
        assert_eq!(fva, json!([2, 2]));
        let step_up = format!("/v1/client/sessions/{}/verify", session(&browser).await);
        browser.post(&step_up, &[("level", "second_factor")]).await.ok();
        let code = app.code(&enrolled.secret, 0);
        let fields = [("strategy", "totp"), ("code", code.as_str())];
        browser.post(&format!("{step_up}/attempt_second_factor"), &fields).await.ok();
        let fva = claims(&browser, &token(&browser).await).await["fva"].clone();
        assert_eq!(fva, json!([2, 0]), "a new check asks for a new token at once");
    }

    async fn a_token_is_signed_once_and_handed_out_while_it_is_fresh(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let first = token(&browser).await;
        app.advance(Duration::from_millis(14_999));
        assert_eq!(token(&browser).await, first);
        app.advance(Duration::from_millis(1));
        let second = token(&browser).await;
        assert_ne!(second, first);
        let claims = claims(&browser, &second).await;
        assert_eq!(claims["iat"], app.now().seconds());
    }

    // Without one Clerk's client fails on the session, when a page is loaded anew as well.
    async fn wherever_the_client_is_its_active_session_has_a_token(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let id = session(&browser).await;
        let touched = browser.post(&format!("/v1/client/sessions/{id}/touch"), &[]).await;
        let asked = browser.get("/v1/client").await.ok();
        for session in [
            &touched.json["client"]["sessions"][0],
            &touched.json["response"],
            &asked["sessions"][0],
        ] {
            assert_eq!(session["last_active_token"]["object"], "token");
            let jwt = text(&session["last_active_token"]["jwt"]);
            assert_eq!(claims(&browser, &jwt).await["sid"], json!(id));
        }
    }

    async fn a_token_names_no_page_that_may_not_call(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let mut request = browser.request(Method::GET, "/v1/client").body(Body::empty()).unwrap();
        request.headers_mut().insert(header::ORIGIN, "https://other.example.com".parse().unwrap());
        let client = browser.send(request).await.ok();
        let jwt = text(&client["sessions"][0]["last_active_token"]["jwt"]);
        assert_eq!(claims(&browser, &jwt).await["azp"], "http://localhost:8787");
    }

    async fn a_token_names_the_page_that_asked_for_it(app: TestApp) {
        let shop = "https://shop.example.com";
        let app = app
            .reconfigured(|config| config.allowed_origins = [shop.parse().unwrap()].into())
            .await;
        let browser = app.signed_up("ann@example.com").await;
        let ours = token(&browser).await;
        let path = format!("/v1/client/sessions/{}/tokens", session(&browser).await);
        let mut request = browser.request(Method::POST, &path).body(Body::empty()).unwrap();
        request.headers_mut().insert(header::ORIGIN, shop.parse().unwrap());
        let theirs = text(&browser.send(request).await.json["jwt"]);
        assert_eq!(claims(&browser, &ours).await["azp"], "http://localhost:8787");
        assert_eq!(claims(&browser, &theirs).await["azp"], shop);
    }

    async fn only_the_browser_of_a_live_session_gets_a_token(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let path = format!("/v1/client/sessions/{}/tokens", session(&browser).await);
        let bob = app.signed_up("bob@example.com").await;
        bob.post(&path, &[]).await.must_be(404, "resource_not_found");
        app.browser().post(&path, &[]).await.must_be(401, "authentication_invalid");
        browser.sign_out().await;
        browser.post(&path, &[]).await.must_be(401, "signed_out");
    }

    async fn the_published_keys_are_public_and_may_be_kept_for_a_while(app: TestApp) {
        let reply = app.browser().get(JWKS).await;
        assert_eq!(reply.status.as_u16(), 200);
        assert_eq!(reply.headers[header::CACHE_CONTROL], "public, max-age=300");
        let keys = reply.json["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 1);
        let mut fields: Vec<_> = keys[0].as_object().unwrap().keys().collect();
        fields.sort();
        assert_eq!(fields, ["alg", "e", "kid", "kty", "n", "use"]);
        let kind = (&keys[0]["kty"], &keys[0]["alg"], &keys[0]["use"]);
        assert_eq!(kind, (&json!("RSA"), &json!("RS256"), &json!("sig")));
    }

    async fn a_new_key_is_published_before_it_signs_and_an_old_one_after_it_did(app: TestApp) {
        let first = published(&app.browser()).await;
        app.advance(Duration::from_millis(90 * 24 * 3_600_000 - 1));
        assert_eq!(published(&app.browser()).await, first);
        app.advance(Duration::from_mins(1));
        let both = published(&app.browser()).await;
        assert_eq!((both.len(), &both[1]), (2, &first[0]));
        let browser = app.signed_up("ann@example.com").await;
        assert_eq!(signed_by(&token(&browser).await), both[1]);

        app.advance(Duration::from_mins(59));
        let by_the_old = token(&browser).await;
        assert_eq!(signed_by(&by_the_old), both[1]);
        app.advance(Duration::from_mins(1));
        assert_eq!(signed_by(&token(&browser).await), both[0]);
        assert_eq!(published(&browser).await, both);
        claims(&browser, &by_the_old).await;
        app.advance(Duration::from_hours(1));
        assert_eq!(published(&browser).await, both[..1]);
    }

    async fn two_servers_make_and_use_the_same_keys(app: TestApp) {
        app.advance(90 * DAY);
        let other = app.another_server().await;
        let (here, there) = (app.browser(), app.browser().at(&other));
        let (ours, theirs) = tokio::join!(published(&here), published(&there));
        assert_eq!((ours.len(), &ours), (2, &theirs));

        let browser = app.signed_up("ann@example.com").await;
        let jwt = token(&browser.at(&other)).await;
        claims(&browser, &jwt).await;
    }

    async fn a_server_whose_clock_was_set_back_still_signs(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        token(&browser).await;
        app.set_back(Duration::from_hours(1));
        let jwt = token(&browser).await;
        assert_eq!(claims(&browser, &jwt).await["iat"], app.now().seconds());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_server_makes_the_first_key() {
    let app = TestApp::start_without_keys(crate::database::Database::sqlite()).await;
    let (here, other) = (app.browser(), app.another_server().await);
    let there = app.browser().at(&other);
    let (ours, theirs) = tokio::join!(published(&here), published(&there));
    assert_eq!((ours.len(), &ours), (1, &theirs));
    let browser = app.signed_up("ann@example.com").await;
    assert_eq!(
        signed_by(&token(&browser).await),
        ours[0],
        "it signs at once"
    );
}
