//! Who may do what with the back-end API: whoever has a key, and nobody else.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Cell, DONE, METHODS};
use crate::{
    back_end::{KEY, Service, with_key},
    harness::{Enrolled, PASSWORD, TestApp, on_both_databases, text},
};

const NO_KEY: Cell = (401, "clerk_key_invalid");

/// A row: what a caller without a key, one with a wrong one and one with a right one gets, where the
/// call is right.
#[rustfmt::skip]
pub(super) const TABLE: &[(&str, [Cell; 3])] = &[
    //                                          no key      wrong key   right key
    ("GET /v1/users",                          [NO_KEY,     NO_KEY,     DONE]),
    ("POST /v1/users",                         [NO_KEY,     NO_KEY,     DONE]),
    ("GET /v1/users/count",                    [NO_KEY,     NO_KEY,     DONE]),
    ("GET /v1/users/{id}",                     [NO_KEY,     NO_KEY,     DONE]),
    ("PATCH /v1/users/{id}",                   [NO_KEY,     NO_KEY,     DONE]),
    ("DELETE /v1/users/{id}",                  [NO_KEY,     NO_KEY,     DONE]),
    ("DELETE /v1/users/{id}/mfa",              [NO_KEY,     NO_KEY,     DONE]),
    ("DELETE /v1/users/{id}/totp",             [NO_KEY,     NO_KEY,     DONE]),
    ("DELETE /v1/users/{id}/backup_code",      [NO_KEY,     NO_KEY,     DONE]),
    ("POST /v1/users/{id}/verify_totp",        [NO_KEY,     NO_KEY,     DONE]),
    ("POST /v1/users/{id}/verify_password",    [NO_KEY,     NO_KEY,     DONE]),
    ("POST /v1/users/{id}/ban",                [NO_KEY,     NO_KEY,     DONE]),
    ("POST /v1/users/{id}/unban",              [NO_KEY,     NO_KEY,     DONE]),
    ("POST /v1/users/{id}/lock",               [NO_KEY,     NO_KEY,     DONE]),
    ("POST /v1/users/{id}/unlock",             [NO_KEY,     NO_KEY,     DONE]),
    ("GET /v1/sessions",                       [NO_KEY,     NO_KEY,     DONE]),
    ("GET /v1/sessions/{id}",                  [NO_KEY,     NO_KEY,     DONE]),
    ("POST /v1/sessions/{id}/revoke",          [NO_KEY,     NO_KEY,     DONE]),
    ("GET /v1/jwks",                           [NO_KEY,     NO_KEY,     DONE]),
];

/// Somebody whom the calls are about.
struct Somebody {
    user: String,
    session: String,
    enrolled: Enrolled,
}

impl Somebody {
    async fn new(app: &TestApp, number: usize) -> Self {
        let (browser, enrolled) = app.enrolled(&format!("somebody{number}@example.com")).await;
        let client = browser.get("/v1/client").await.ok();
        Self {
            user: text(&client["sessions"][0]["user"]["id"]),
            session: text(&client["last_active_session_id"]),
            enrolled,
        }
    }

    fn target(&self, path: &str) -> String {
        let id = if path.contains("/users/") {
            &self.user
        } else {
            &self.session
        };
        let path = path.replace("{id}", id);
        match path.as_str() {
            "/v1/sessions" => format!("{path}?user_id={}", self.user),
            _ => path,
        }
    }

    fn body(&self, app: &TestApp, call: &str) -> Option<Value> {
        Some(match call {
            "POST /v1/users" => json!({"email_address": ["new@example.com"], "password": PASSWORD}),
            "PATCH /v1/users/{id}" => json!({"first_name": "New"}),
            "POST /v1/users/{id}/verify_totp" => {
                json!({"code": app.code(&self.enrolled.secret, 1)})
            }
            "POST /v1/users/{id}/verify_password" => json!({"password": PASSWORD}),
            _ => return None,
        })
    }

    /// What a service sees of them.
    async fn seen_by(&self, service: &Service) -> (Value, Value) {
        let user = service.get(&format!("/v1/users/{}", self.user)).await.json;
        let sessions = format!("/v1/sessions?user_id={}", self.user);
        (user, service.get(&sessions).await.json)
    }
}

on_both_databases! {
    async fn every_call_wants_a_right_key_and_does_nothing_without(app: TestApp) {
        let app = with_key(app).await;
        let right = Service::of(&app);
        let wrong_key = format!("Bearer {}", KEY.replace('0', "1"));
        let callers = [
            Service::with(&app, ""),
            Service::with(&app, &wrong_key),
            Service::of(&app),
        ];
        let mut wrong = Vec::new();
        for (number, (call, cells)) in TABLE.iter().enumerate() {
            let somebody = Somebody::new(&app, number).await;
            let before = somebody.seen_by(&right).await;
            let (method, path) = call.split_once(' ').unwrap();
            let (method, target): (Method, _) = (method.parse().unwrap(), somebody.target(path));
            let body = somebody.body(&app, call);
            for (caller, expected) in callers.iter().zip(cells) {
                let reply = caller.send(method.clone(), &target, body.as_ref()).await;
                let got = (reply.status.as_u16(), reply.error_code().unwrap_or_default());
                if got != (expected.0, expected.1.to_owned()) {
                    wrong.push(format!("{call}: {got:?} instead of {expected:?}"));
                }
                if expected.0 != 200 {
                    assert_eq!(somebody.seen_by(&right).await, before, "{call}");
                    assert!(!reply.json.to_string().contains(&somebody.user), "{call}");
                }
                for secret in [&somebody.enrolled.secret, PASSWORD, "argon2id"] {
                    assert!(!reply.json.to_string().contains(secret), "{call}");
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn a_method_that_a_route_does_not_have_is_refused_with_a_key_too(app: TestApp) {
        let app = with_key(app).await;
        let service = Service::of(&app);
        let somebody = Somebody::new(&app, 0).await;
        let before = somebody.seen_by(&service).await;
        for (call, _) in TABLE {
            let path = call.split_once(' ').unwrap().1;
            for method in METHODS {
                let asked = if method == Method::HEAD { "GET" } else { method.as_str() };
                if TABLE.iter().any(|(row, _)| *row == format!("{asked} {path}")) {
                    continue;
                }
                let reply = service.send(method.clone(), &somebody.target(path), None).await;
                assert_eq!(reply.status.as_u16(), 405, "{method} {path}");
            }
        }
        assert_eq!(somebody.seen_by(&service).await, before);
    }
}
