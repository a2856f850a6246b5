//! What happened to an account, as its owner is told.

use axum::{
    body::Body,
    http::{Method, header},
};
use serde_json::{Value, json};

use crate::harness::{Reply, TestApp, TestBrowser, on_both_databases, text};

const PATH: &str = "/v1/me/activity";

async fn events(browser: &TestBrowser) -> Vec<Value> {
    listed(&browser.get(PATH).await)
}

fn listed(reply: &Reply) -> Vec<Value> {
    reply.ok().as_array().unwrap().clone()
}

/// What happened, newest first, with the factor where one was checked.
fn told(events: &[Value]) -> Vec<String> {
    let told = events.iter().map(|event| match event["strategy"].as_str() {
        Some(strategy) => format!("{} by {strategy}", text(&event["kind"])),
        None => text(&event["kind"]),
    });
    told.collect()
}

on_both_databases! {
    async fn the_owner_reads_what_happened_newest_first(app: TestApp) {
        let (browser, enrolled) = app.enrolled("ann@example.com").await;
        app.next_step();
        browser.sign_out().await;
        app.next_step();
        let wrong = app.wrong_code(&enrolled.secret);
        let id = text(&browser.password("ann@example.com").await.ok()["id"]);
        app.next_step();
        browser.second_factor(&id, "totp", &wrong).await.must_be(422, "form_code_incorrect");
        app.next_step();
        browser.second_factor(&id, "backup_code", &enrolled.backup_codes[0]).await.ok();
        app.next_step();
        browser.post("/v1/me/backup_codes", &[]).await.ok();
        app.next_step();
        browser.delete("/v1/me/totp").await.ok();
        let mut told = told(&events(&browser).await);
        // The set-up happened in one moment.
        let mut first = told.split_off(5);
        first.sort();
        assert_eq!(
            told,
            [
                "totp_removed",
                "backup_codes_created",
                "sign_in by backup_code",
                "attempt_failed by totp",
                "session_ended",
            ],
        );
        assert_eq!(first, ["sign_up", "totp_created", "totp_verified by totp"]);
    }

    async fn an_event_says_when_and_from_where_and_no_secret(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        app.next_step();
        let mut request = browser.request(Method::POST, "/v1/me/totp").body(Body::empty()).unwrap();
        let agent = "Mozilla/5.0 (Test)".parse().unwrap();
        request.headers_mut().insert(header::USER_AGENT, agent);
        let secret = text(&browser.send(request).await.ok()["secret"]);
        let reply = browser.get(PATH).await;
        let event = listed(&reply)[0].clone();
        assert_eq!(event["object"], "security_event");
        assert_eq!(event["kind"], "totp_created");
        assert_eq!(event["created_at"], app.now().millis());
        assert_eq!(event["user_agent"], "Mozilla/5.0 (Test)");
        assert!(text(&event["id"]).starts_with("evt_"));
        assert!(!reply.json.to_string().contains(&secret));
    }

    async fn a_lock_is_told(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        let stranger = app.browser();
        let fields = [
            ("identifier", "ann@example.com"),
            ("strategy", "password"),
            ("password", "wrong-password"),
        ];
        for _ in 0..11 {
            app.next_step();
            stranger.post("/v1/client/sign_ins", &fields).await;
        }
        browser.sign_in("ann@example.com", "totp", &app.code(&user.secret, 0)).await.ok();
        let told = told(&events(&browser).await);
        assert_eq!(told[1], "account_locked by password");
        assert_eq!(told[2], "attempt_failed by password");
        assert_eq!(told.iter().filter(|told| told.starts_with("attempt_failed")).count(), 9);
    }

    async fn the_list_comes_in_pages(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        for _ in 0..25 {
            app.advance(std::time::Duration::from_millis(1));
            browser.post("/v1/me/totp", &[]).await.ok();
        }
        assert_eq!(events(&browser).await.len(), 20, "unless it is said");
        let all = listed(&browser.get(&format!("{PATH}?limit=100")).await);
        assert_eq!(all.len(), 26);
        let first = listed(&browser.get(&format!("{PATH}?limit=10")).await);
        assert_eq!(first, all[..10]);
        let path = format!("{PATH}?limit=10&before={}", text(&first[9]["id"]));
        assert_eq!(listed(&browser.get(&path).await), all[10..20]);
        let path = format!("{PATH}?before={}", text(&all[25]["id"]));
        assert_eq!(listed(&browser.get(&path).await), Vec::<Value>::new());
    }

    async fn nobody_reads_of_others_and_a_malformed_page_is_named(app: TestApp) {
        let ann = app.signed_up("ann@example.com").await;
        let bob = app.signed_up("bob@example.com").await;
        assert_eq!(told(&events(&bob).await), ["sign_up"]);
        let path = format!("{PATH}?before={}", text(&events(&ann).await[0]["id"]));
        assert_eq!(listed(&bob.get(&path).await), Vec::<Value>::new());
        app.browser().get(PATH).await.must_be(401, "authentication_invalid");
        for limit in ["0", "101", "-1", "many", ""] {
            let reply = bob.get(&format!("{PATH}?limit={limit}")).await;
            reply.must_be_of_param(422, "form_param_format_invalid", "limit");
        }
    }

    async fn a_change_of_the_settings_is_told_to_the_administrator(app: TestApp) {
        let boss = "boss@example.com";
        let app = app
            .reconfigured(|config| config.administrators = [boss.parse().unwrap()].into())
            .await;
        let (browser, _) = app.enrolled(boss).await;
        app.next_step();
        let path = "/v1/instance/multi_factor?_method=PATCH";
        browser.post(path, &[("required", "true")]).await.ok();
        let events = events(&browser).await;
        assert_eq!(events[0]["kind"], json!("settings_changed"));
    }
}
