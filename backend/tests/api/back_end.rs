//! The back-end API: what services with a key see and do.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use serde_json::{Value, json};

use crate::harness::{Enrolled, PASSWORD, Reply, TestApp, TestBrowser, on_both_databases, text};

mod factors;
mod import;
mod keys;
mod lists;
mod states;

pub(crate) const KEY: &str = "sk_live_0123456789abcdef0123456789abcdef";
/// What happens later stands before in a list; at the same moment either may.
const SECOND: std::time::Duration = std::time::Duration::from_secs(1);
const ANN: &str = "ann@example.com";

/// The same server with a key of the back-end API.
pub(crate) async fn with_key(app: TestApp) -> TestApp {
    app.reconfigured(|config| config.secret_key = Some(KEY.parse().unwrap()))
        .await
}

/// A service: it has a key, and neither cookies nor an origin.
pub(crate) struct Service {
    http: TestBrowser,
    authorization: String,
}

impl Service {
    pub(crate) fn of(app: &TestApp) -> Self {
        Self::with(app, &format!("Bearer {KEY}"))
    }

    pub(crate) fn with(app: &TestApp, authorization: &str) -> Self {
        Self {
            http: app.browser(),
            authorization: authorization.to_owned(),
        }
    }

    pub(crate) fn coming_from(&self, address: &str) -> Self {
        Self {
            http: self.http.coming_from(address),
            authorization: self.authorization.clone(),
        }
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        let request = self.http.request(method, path);
        let mut request = request
            .header(header::AUTHORIZATION, &self.authorization)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .unwrap();
        request.headers_mut().remove(header::ORIGIN);
        request.headers_mut().remove(header::COOKIE);
        self.http.send(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None).await
    }

    /// Does something to an account by its name in the path.
    async fn act(&self, user: &str, act: &str) -> Reply {
        let path = format!("/v1/users/{user}/{act}");
        self.send(Method::POST, &path, None).await
    }
}

/// The whole body of a success.
#[track_caller]
pub(crate) fn done(reply: &Reply) -> Value {
    assert_eq!(reply.status.as_u16(), 200, "{:#}", reply.json);
    reply.json.clone()
}

/// A server with a key, its service, and Ann with an authenticator app.
async fn with_ann(app: TestApp) -> (TestApp, Service, TestBrowser, Enrolled, String) {
    let app = with_key(app).await;
    let service = Service::of(&app);
    let (ann, enrolled) = app.enrolled(ANN).await;
    let id = text(&ann.me().await["id"]);
    (app, service, ann, enrolled, id)
}

/// What the user's own list says happened last, on whose part.
async fn last_event(browser: &TestBrowser) -> (Value, Value) {
    let events = browser.get("/v1/me/activity?limit=1").await.ok();
    (events[0]["kind"].clone(), events[0]["actor"].clone())
}
