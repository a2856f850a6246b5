//! What a reverse proxy is told of a request.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderName, Method, Request, header},
};
use serde_json::Value;

use crate::harness::{Reply, TestApp, TestBrowser, on_both_databases, text};

const PATH: &str = "/v1/forward_auth";

fn told(reply: &Reply) -> (u16, Option<&str>, Option<&str>) {
    let header = |name| reply.headers.get(name).map(|value| value.to_str().unwrap());
    (
        reply.status.as_u16(),
        header("x-twofold-user"),
        header("x-twofold-second-factor"),
    )
}

/// A request like that of a proxy, which has no `Origin`, and these headers besides.
async fn ask_with(browser: &TestBrowser, headers: &[(HeaderName, &str)]) -> Reply {
    let mut request = Request::builder().method(Method::GET).uri(PATH);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    browser.send(request.body(Body::empty()).unwrap()).await
}

fn cookie(browser: &TestBrowser) -> String {
    format!("client={}", browser.cookie("client").unwrap())
}

#[track_caller]
fn must_be_refused(reply: &Reply) {
    assert_eq!(told(reply), (401, None, None), "{:#}", reply.json);
}

on_both_databases! {
    async fn the_proxy_learns_who_it_is_and_whether_a_second_factor_was_checked(app: TestApp) {
        let ann = app.signed_up("ann@example.com").await;
        let id = text(&ann.me().await["id"]);
        let reply = ann.get(PATH).await;
        assert_eq!(told(&reply), (200, Some(id.as_str()), Some("false")));
        assert_eq!(reply.json, Value::Null, "there is no body");
        assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store");
        let (bob, _) = app.enrolled("bob@example.com").await;
        let id = text(&bob.me().await["id"]);
        assert_eq!(told(&bob.get(PATH).await), (200, Some(id.as_str()), Some("true")));
    }

    async fn a_second_factor_can_be_required(app: TestApp) {
        let required = format!("{PATH}?require=second_factor");
        let ann = app.signed_up("ann@example.com").await;
        must_be_refused(&ann.get(&required).await);
        let (bob, _) = app.enrolled("bob@example.com").await;
        assert_eq!(bob.get(&required).await.status.as_u16(), 200);
        for slip in ["require=second-factor", "require=", "requires=second_factor", "x=1"] {
            must_be_refused(&bob.get(&format!("{PATH}?{slip}")).await);
        }
    }

    async fn whoever_is_not_signed_in_is_refused(app: TestApp) {
        must_be_refused(&app.browser().get(PATH).await);
        let browser = app.signed_up("ann@example.com").await;
        let thief = browser.forked();
        browser.sign_out().await;
        must_be_refused(&thief.get(PATH).await);

        let (browser, _) = app.enrolled("bob@example.com").await;
        browser.sign_out().await;
        browser.password("bob@example.com").await.ok();
        must_be_refused(&browser.get(PATH).await);

        let idle = app.signed_up("eve@example.com").await;
        app.advance(Duration::from_hours(24));
        must_be_refused(&idle.get(PATH).await);
    }

    async fn an_odd_request_is_refused_whoever_sends_it(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let (ours, theirs) = (cookie(&browser), cookie(&app.signed_up("bob@example.com").await));
        let fine = ask_with(&browser, &[(header::COOKIE, &ours)]).await;
        assert_eq!(fine.status.as_u16(), 200);
        let x = HeaderName::from_static;
        for odd in [
            vec![],
            vec![(header::COOKIE, ours.as_str()), (header::COOKIE, theirs.as_str())],
            vec![(header::COOKIE, ours.as_str()), (header::COOKIE, "a=b")],
            vec![(header::COOKIE, &format!("{ours}; {theirs}"))],
            vec![(header::COOKIE, &format!("{ours}; {ours}"))],
            vec![(header::COOKIE, &format!("a=ä; {ours}"))],
            vec![(header::COOKIE, &format!("{ours}A"))],
            vec![(header::COOKIE, &ours), (x("x-twofold-user"), "user_1")],
            vec![(header::COOKIE, &ours), (x("x-twofold-second-factor"), "true")],
            vec![(header::COOKIE, &ours), (x("x-twofold-anything"), "")],
            vec![(header::COOKIE, &ours), (x("x-twofold_user"), "user_1")],
        ] {
            let odd: Vec<_> = odd.iter().map(|(name, value)| (name.clone(), *value)).collect();
            must_be_refused(&ask_with(&browser, &odd).await);
        }
    }

    async fn a_database_that_is_gone_lets_nobody_in(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        app.lose_database().await;
        assert_eq!(told(&browser.get(PATH).await), (503, None, None));
    }
}
