//! Clients, their tokens, and their sessions.

use std::{collections::BTreeSet, time::Duration};

use crate::harness::{TestApp, TestBrowser, on_both_databases, text};

/// The ids of the user's sessions. The list comes bare, since Clerk's client reads no other.
async fn active_sessions(browser: &TestBrowser) -> BTreeSet<String> {
    let reply = browser.get("/v1/me/sessions/active").await;
    let sessions = reply.json.as_array().unwrap();
    sessions
        .iter()
        .map(|session| text(&session["id"]))
        .collect()
}

on_both_databases! {
    async fn the_token_is_replaced_at_sign_in_and_the_old_one_is_dead(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        browser.sign_out().await;
        let before = browser.forked();
        let old = browser.cookie("client").unwrap();
        assert_eq!(old.len(), 43, "256 bits in base64url");
        browser.password("ann@example.com").await.ok();
        assert_ne!(browser.cookie("client").unwrap(), old);
        before.get("/v1/me").await.must_be(401, "authentication_invalid");
        browser.me().await;
    }

    async fn the_token_that_waited_for_the_second_factor_is_dead_after_it(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        browser.sign_out().await;
        app.next_step();
        let id = text(&browser.password("ann@example.com").await.ok()["id"]);
        let fixed = browser.forked();
        browser.second_factor(&id, "totp", &app.code(&user.secret, 0)).await.ok();
        fixed.get("/v1/me").await.must_be(401, "authentication_invalid");
    }

    async fn signing_out_ends_the_session_on_the_server(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let copy = browser.forked();
        let reply = browser.delete("/v1/client").await;
        assert_eq!(reply.ok()["sessions"].as_array().unwrap().len(), 0);
        copy.get("/v1/me").await.must_be(401, "signed_out");
        assert_eq!(browser.cookie("__client_uat").unwrap(), "0");
    }

    async fn one_session_can_be_removed_or_ended_by_its_id(app: TestApp) {
        for action in ["remove", "end"] {
            let browser = app.signed_up(&format!("{action}@example.com")).await;
            let client = browser.get("/v1/client").await.ok();
            let id = text(&client["last_active_session_id"]);
            let session = browser.post(&format!("/v1/client/sessions/{id}/{action}"), &[]).await.ok();
            assert_eq!(session["status"], if action == "end" { "ended" } else { "removed" });
            browser.get("/v1/me").await.must_be(401, "signed_out");
            browser.post(&format!("/v1/client/sessions/{id}/{action}"), &[]).await
                .must_be(401, "signed_out");
        }
    }

    async fn a_session_can_be_revoked_from_elsewhere_by_its_user_only(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let other = app.browser();
        let id = text(&other.password("ann@example.com").await.ok()["created_session_id"]);
        let stranger = app.signed_up("ben@example.com").await;
        let path = format!("/v1/me/sessions/{id}/revoke");
        stranger.post(&path, &[]).await.must_be(404, "resource_not_found");
        let mine = text(&browser.get("/v1/client").await.ok()["last_active_session_id"]);
        assert_eq!(active_sessions(&browser).await, BTreeSet::from([mine.clone(), id]));
        assert_eq!(browser.post(&path, &[]).await.ok()["status"], "revoked");
        other.get("/v1/me").await.must_be(401, "signed_out");
        assert_eq!(active_sessions(&browser).await, BTreeSet::from([mine]));
    }

    async fn a_session_ends_after_a_day_without_use_and_after_a_week_in_any_case(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let day = Duration::from_hours(24);
        for _ in 0..7 {
            app.advance(day.checked_sub(Duration::from_secs(1)).unwrap());
            browser.me().await;
        }
        app.advance(Duration::from_secs(7));
        browser.get("/v1/me").await.must_be(401, "signed_out");

        browser.password("ann@example.com").await.ok();
        app.advance(day);
        browser.get("/v1/me").await.must_be(401, "signed_out");
    }

    async fn touching_a_session_keeps_it_alive(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let id = text(&browser.get("/v1/client").await.ok()["last_active_session_id"]);
        app.advance(Duration::from_hours(23));
        let session = browser.post(&format!("/v1/client/sessions/{id}/touch"), &[]).await.ok();
        assert_eq!(session["last_active_at"], app.now().millis());
        app.advance(Duration::from_hours(23));
        browser.me().await;
    }

    async fn a_call_acts_for_the_session_that_it_names(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let id = text(&browser.get("/v1/client").await.ok()["last_active_session_id"]);
        browser.get(&format!("/v1/me?_clerk_session_id={id}")).await.ok();
        browser.get("/v1/me?_clerk_session_id=sess_other").await
            .must_be(401, "authentication_invalid");
    }

    async fn who_shows_no_token_or_a_wrong_one_is_nobody(app: TestApp) {
        let browser = app.browser();
        assert!(browser.get("/v1/client").await.ok().is_null());
        browser.get("/v1/me").await.must_be(401, "authentication_invalid");
        for token in ["", "nonsense", &"A".repeat(43)] {
            browser.set_cookie("client", token);
            browser.get("/v1/me").await.must_be(401, "authentication_invalid");
            assert!(browser.get("/v1/client").await.ok().is_null());
        }
    }

    async fn reading_changes_nothing(app: TestApp) {
        let (browser, _) = app.enrolled("ann@example.com").await;
        let before = browser.get("/v1/client").await.json;
        for path in ["/v1/me", "/v1/environment", "/v1/me/sessions/active", "/v1/client"] {
            let reply = browser.get(path).await;
            assert!(reply.headers.get("set-cookie").is_none(), "{path}");
        }
        assert_eq!(browser.get("/v1/client").await.json, before);
    }

    async fn updated_at_rises_with_every_change_even_when_the_clock_stands_still(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let mut last = browser.me().await["updated_at"].as_i64().unwrap();
        let mut rises = async |reply: crate::harness::Reply| {
            reply.ok();
            let user = &reply.json["client"]["sessions"][0]["user"];
            let now = user["updated_at"].as_i64().unwrap();
            assert!(now > last, "{now} > {last}");
            last = now;
        };
        let created = browser.post("/v1/me/totp", &[]).await;
        let secret = text(&created.ok()["secret"]);
        rises(created).await;
        let code = app.code(&secret, 0);
        rises(browser.post("/v1/me/totp/attempt_verification", &[("code", &code)]).await).await;
        rises(browser.post("/v1/me/backup_codes", &[]).await).await;
        rises(browser.delete("/v1/me/totp").await).await;
    }
}
