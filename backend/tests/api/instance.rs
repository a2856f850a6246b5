//! What administrators switch on and off for everyone.

use axum::{body::Body, http::Method};
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Reply, TestApp, TestBrowser, on_both_databases, text};

const PATH: &str = "/v1/instance/multi_factor";
pub(crate) const BOSS: &str = "boss@example.com";

/// A server with an administrator, and their browser.
pub(crate) async fn administered(app: TestApp) -> (TestApp, TestBrowser) {
    let app = app
        .reconfigured(|config| {
            config.administrators = ["Boss@Example.com".parse().unwrap()].into();
        })
        .await;
    let (boss, _) = app.enrolled(BOSS).await;
    (app, boss)
}

pub(crate) async fn change(browser: &TestBrowser, fields: &[(&str, &str)]) -> Reply {
    browser.post(&format!("{PATH}?_method=PATCH"), fields).await
}

fn settings(authenticator_app: bool, backup_code: bool, required: bool) -> Value {
    json!({
        "object": "multi_factor_settings",
        "authenticator_app": authenticator_app,
        "backup_code": backup_code,
        "required": required,
    })
}

async fn attributes(browser: &TestBrowser) -> (Value, Value, Value) {
    let environment = browser.get("/v1/environment").await.json;
    let settings = &environment["user_settings"];
    let enabled = |name: &str| settings["attributes"][name]["enabled"].clone();
    let required = settings["sign_up"]["mfa"]["required"].clone();
    (
        enabled("authenticator_app"),
        enabled("backup_code"),
        required,
    )
}

on_both_databases! {
    async fn whoever_has_an_account_may_put_a_second_factor_off_for_the_grace_period(app: TestApp) {
        let week = std::time::Duration::from_hours(7 * 24);
        let app = app.reconfigured(|config| config.mfa_grace_period = week).await;
        let (app, boss) = administered(app).await;
        let ann = app.signed_up("ann@example.com").await;
        assert_eq!(ann.me().await["mfa_setup_due_at"], Value::Null);
        app.advance(std::time::Duration::from_secs(1));
        change(&boss, &[("required", "true")]).await.ok();
        let due = app.now().after(week).millis();
        assert_eq!(ann.me().await["mfa_setup_due_at"], due);
        assert_eq!(boss.me().await["mfa_setup_due_at"], Value::Null);
        // What is switched on already is not switched on anew.
        app.advance(std::time::Duration::from_hours(1));
        boss.sign_out().await;
        let code = boss.password(BOSS).await.ok();
        assert_eq!(code["status"], "needs_second_factor");
        assert_eq!(ann.me().await["mfa_setup_due_at"], due);

        // Who comes now has to begin with it.
        let bob = app.signed_up("bob@example.com").await;
        bob.get("/v1/me").await.must_be(403, "session_pending");
        let client = bob.get("/v1/client").await.ok();
        assert_eq!(client["sessions"][0]["tasks"], json!([{"key": "setup-mfa"}]));

        // The grace period ends on every server, in the middle of a session.
        let ann = {
            app.advance(week.checked_sub(std::time::Duration::from_hours(2)).unwrap());
            let again = app.browser();
            again.password("ann@example.com").await.ok();
            again
        };
        let elsewhere = ann.at(&app.another_server().await);
        assert_eq!(elsewhere.me().await["mfa_setup_due_at"], due);
        app.advance(std::time::Duration::from_hours(1));
        elsewhere.get("/v1/me").await.must_be(403, "session_pending");
        let again = app.browser();
        again.password("ann@example.com").await.ok();
        app.enrol(&again).await;
        assert_eq!(again.me().await["mfa_setup_due_at"], Value::Null);
    }

    async fn an_administrator_changes_what_is_named_and_the_rest_stays(app: TestApp) {
        let (app, boss) = administered(app).await;
        assert_eq!(boss.me().await["administrator"], true);
        assert_eq!(boss.get(PATH).await.ok(), settings(true, true, false));
        let changed = change(&boss, &[("backup_code", "false")]).await.ok();
        assert_eq!(changed, settings(true, false, false));
        let changed = change(&boss, &[("required", "true")]).await.ok();
        assert_eq!(changed, settings(true, false, true));
        let elsewhere = app.browser().at(&app.another_server().await);
        assert_eq!(attributes(&elsewhere).await, (json!(true), json!(false), json!(true)));
        let changed = change(&boss, &[("required", "false"), ("backup_code", "true")]).await.ok();
        assert_eq!(changed, settings(true, true, false));
        assert_eq!(change(&boss, &[]).await.ok(), changed);
    }

    async fn nobody_else_sees_or_changes_the_settings(app: TestApp) {
        let (app, _) = administered(app).await;
        let (ann, _) = app.enrolled("ann@example.com").await;
        assert_eq!(ann.me().await["administrator"], false);
        ann.get(PATH).await.must_be(404, "resource_not_found");
        change(&ann, &[("required", "true")]).await.must_be(404, "resource_not_found");
        app.browser().get(PATH).await.must_be(401, "authentication_invalid");
        change(&app.browser(), &[]).await.must_be(401, "authentication_invalid");
    }

    async fn an_administrator_needs_a_second_factor_and_a_fresh_check(app: TestApp) {
        let (app, boss) = administered(app).await;
        boss.delete("/v1/me/totp").await.ok();
        change(&boss, &[("required", "true")]).await.must_be(403, "session_pending");
        assert_eq!(boss.get(PATH).await.ok(), settings(true, true, false));
        app.advance(std::time::Duration::from_mins(10));
        change(&boss, &[]).await.must_be(403, "session_reverification_required");
    }

    async fn settings_that_nobody_could_meet_are_refused(app: TestApp) {
        let (_app, boss) = administered(app).await;
        let invalid = "form_param_format_invalid";
        let unattainable = [("required", "true"), ("authenticator_app", "false")];
        change(&boss, &unattainable).await.must_be_of_param(422, invalid, "required");
        change(&boss, &[("required", "true")]).await.ok();
        let off = [("authenticator_app", "false")];
        change(&boss, &off).await.must_be_of_param(422, invalid, "required");
        for field in ["authenticator_app", "backup_code", "required"] {
            change(&boss, &[(field, "maybe")]).await.must_be_of_param(422, invalid, field);
        }
        assert_eq!(boss.get(PATH).await.ok(), settings(true, true, true));
    }

    async fn a_factor_that_is_switched_off_cannot_be_set_up_and_goes_on_protecting(app: TestApp) {
        let (app, boss) = administered(app).await;
        let (ann, enrolled) = app.enrolled("ann@example.com").await;
        let ben = app.signed_up("ben@example.com").await;
        let created = ben.post("/v1/me/totp", &[]).await.ok();
        let off = [("authenticator_app", "false"), ("backup_code", "false")];
        change(&boss, &off).await.ok();

        ben.post("/v1/me/totp", &[]).await.must_be(403, "feature_not_enabled");
        let code = app.code(&text(&created["secret"]), 0);
        ben.post("/v1/me/totp/attempt_verification", &[("code", &code)]).await
            .must_be(403, "feature_not_enabled");
        ann.post("/v1/me/backup_codes", &[]).await.must_be(403, "feature_not_enabled");

        ann.sign_out().await;
        assert_eq!(ann.password("ann@example.com").await.ok()["status"], "needs_second_factor");
        let code = &enrolled.backup_codes[0];
        ann.sign_in("ann@example.com", "backup_code", code).await.ok();
        ann.delete("/v1/me/totp").await.ok();
    }

    async fn without_backup_codes_a_set_up_gives_none(app: TestApp) {
        let (app, boss) = administered(app).await;
        change(&boss, &[("backup_code", "false")]).await.ok();
        let ann = app.signed_up("ann@example.com").await;
        let secret = text(&ann.post("/v1/me/totp", &[]).await.ok()["secret"]);
        let code = app.code(&secret, 0);
        let verified = ann.post("/v1/me/totp/attempt_verification", &[("code", &code)]).await.ok();
        assert_eq!(verified["backup_codes"], Value::Null);
        assert_eq!(ann.me().await["backup_code_enabled"], false);
    }

    async fn whoever_needs_a_second_factor_can_do_nothing_but_set_it_up(app: TestApp) {
        let (app, boss) = administered(app).await;
        let early = app.signed_up("early@example.com").await;
        change(&boss, &[("required", "true")]).await.ok();
        let late = app.signed_up("late@example.com").await;
        let again = app.browser();
        again.password("early@example.com").await.ok();
        for browser in [&early, &late, &again] {
            let client = browser.get("/v1/client").await.ok();
            let session = &client["sessions"][0];
            assert_eq!(session["status"], "pending");
            assert_eq!(session["tasks"], json!([{"key": "setup-mfa"}]));
            for path in ["/v1/me", "/v1/me/sessions/active", PATH] {
                browser.get(path).await.must_be(403, "session_pending");
            }
            browser.get("/v1/forward_auth").await.must_be(401, "authentication_invalid");
            let id = text(&session["id"]);
            for path in ["/v1/me/backup_codes", &format!("/v1/me/sessions/{id}/revoke")] {
                browser.post(path, &[]).await.must_be(403, "session_pending");
            }
            let request = browser.request(Method::PATCH, PATH).body(Body::empty()).unwrap();
            browser.send(request).await.must_be(403, "session_pending");
        }

        let secret = text(&late.post("/v1/me/totp", &[]).await.ok()["secret"]);
        let code = app.code(&secret, 0);
        let fields = [("code", code.as_str())];
        let reply = late.post("/v1/me/totp/attempt_verification", &fields).await;
        assert_eq!(reply.ok()["verified"], true);
        let session = &reply.json["client"]["sessions"][0];
        assert_eq!((&session["status"], &session["tasks"]), (&json!("active"), &Value::Null));
        assert_eq!(late.me().await["totp_enabled"], true);
    }

    async fn a_pending_session_may_step_up_cancel_and_leave(app: TestApp) {
        let (app, boss) = administered(app).await;
        change(&boss, &[("required", "true")]).await.ok();
        let ann = app.signed_up("ann@example.com").await;
        let client = ann.get("/v1/client").await.ok();
        let id = text(&client["last_active_session_id"]);
        app.advance(std::time::Duration::from_mins(10));
        ann.post("/v1/me/totp", &[]).await.must_be(403, "session_reverification_required");
        let verify = format!("/v1/client/sessions/{id}/verify");
        ann.post(&verify, &[("level", "second_factor")]).await.ok();
        let fields = [("strategy", "password"), ("password", PASSWORD)];
        ann.post(&format!("{verify}/attempt_first_factor"), &fields).await.ok();
        ann.post("/v1/me/totp", &[]).await.ok();
        ann.delete("/v1/me/totp").await.ok();
        ann.post(&format!("/v1/client/sessions/{id}/touch"), &[]).await.ok();
        ann.sign_out().await;
    }

    async fn the_last_second_factor_cannot_go_while_one_is_required(app: TestApp) {
        let (app, boss) = administered(app).await;
        let (ann, _) = app.enrolled("ann@example.com").await;
        change(&boss, &[("required", "true")]).await.ok();
        let refused = ann.delete("/v1/me/totp").await;
        refused.must_be(400, "second_factor_deletion_not_allowed");
        assert_eq!(ann.me().await["totp_enabled"], true);
        change(&boss, &[("required", "false")]).await.ok();
        ann.delete("/v1/me/totp").await.ok();
    }

    async fn a_pending_session_is_told_to_other_services_as_one(app: TestApp) {
        let (app, boss) = administered(app).await;
        let ann = app.signed_up("ann@example.com").await;
        let client = ann.get("/v1/client").await.ok();
        let path = format!("/v1/client/sessions/{}/tokens", text(&client["last_active_session_id"]));
        let sts = async || {
            let jwt = text(&ann.post(&path, &[]).await.json["jwt"]);
            let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(&jwt).unwrap().claims;
            claims["sts"].clone()
        };
        assert_eq!(sts().await, "active");
        change(&boss, &[("required", "true")]).await.ok();
        assert_eq!(sts().await, "pending", "at once, not when the last token runs out");
    }
}
