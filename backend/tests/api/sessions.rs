//! Clients, their tokens, and their sessions.

use std::{collections::BTreeSet, time::Duration};

use axum::{
    body::Body,
    http::{Method, header},
};

use crate::harness::{PASSWORD, TestApp, TestBrowser, on_both_databases, text};

const ANN: &str = "ann@example.com";

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

    async fn a_session_tells_which_browser_it_is_in(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let silent = browser.get("/v1/me/sessions/active").await.json[0].clone();
        assert!(silent["latest_activity"]["browser_name"].is_null());
        let other = app.browser();
        let body = format!("identifier=ann%40example.com&strategy=password&password={PASSWORD}");
        let request = other.request(Method::POST, "/v1/client/sign_ins")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::USER_AGENT, "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0");
        let reply = other.send(request.body(Body::from(body)).unwrap()).await;
        let id = reply.ok()["created_session_id"].clone();
        let list = other.get("/v1/me/sessions/active").await.json;
        let listed = list.as_array().unwrap().iter().find(|session| session["id"] == id).unwrap();
        let activity = &listed["latest_activity"];
        assert_eq!(activity["browser_name"], "Firefox");
        assert_eq!(activity["device_type"], "Android");
        assert_eq!(activity["is_mobile"], true);
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

    async fn the_token_is_replaced_at_sign_up_and_the_old_one_is_dead(app: TestApp) {
        let browser = app.signed_up("ben@example.com").await;
        browser.sign_out().await;
        let before = browser.forked();
        browser.get("/v1/client").await.ok();
        assert_eq!(browser.cookie("client"), before.cookie("client"));
        browser.post("/v1/client/sign_ups", &[("email_address", ANN), ("password", PASSWORD)]).await.ok();
        assert_ne!(browser.cookie("client"), before.cookie("client"));
        before.get("/v1/me").await.must_be(401, "authentication_invalid");
        browser.me().await;
    }

    async fn a_token_that_somebody_planted_is_worth_nothing_to_them(app: TestApp) {
        let (_, ann) = app.enrolled(ANN).await;
        app.signed_up("ben@example.com").await;
        for victim_is in ["new", "without a second factor", "with a second factor"] {
            let attacker = app.browser();
            let begun = attacker.post("/v1/client/sign_ins", &[("identifier", "eve@example.com")]).await;
            let id = text(&begun.ok()["id"]);
            let victim = app.browser();
            victim.set_cookie("client", &attacker.cookie("client").unwrap());
            match victim_is {
                "new" => {
                    let fields = [("email_address", "new@example.com"), ("password", PASSWORD)];
                    victim.post("/v1/client/sign_ups", &fields).await.ok();
                }
                "without a second factor" => {
                    victim.password("ben@example.com").await.ok();
                }
                _ => {
                    let id = text(&victim.password(ANN).await.ok()["id"]);
                    attacker.get("/v1/me").await.must_be(401, "signed_out");
                    let code = app.code(&ann.secret, 1);
                    victim.second_factor(&id, "totp", &code).await.ok();
                }
            }
            attacker.get("/v1/me").await.must_be(401, "authentication_invalid");
            assert!(attacker.get("/v1/client").await.ok().is_null(), "{victim_is}");
            attacker.get(&format!("/v1/client/sign_ins/{id}")).await.must_be(404, "resource_not_found");
            victim.me().await;
        }
    }

    async fn of_the_old_and_the_new_token_at_once_only_the_new_one_is_admitted(app: TestApp) {
        let browser = app.signed_up(ANN).await;
        let old = browser.forked();
        let id = text(&browser.get("/v1/client").await.ok()["last_active_session_id"]);
        let verify = format!("/v1/client/sessions/{id}/verify");
        browser.post(&verify, &[("level", "first_factor")]).await.ok();
        let right = [("strategy", "password"), ("password", PASSWORD)];
        browser.post(&format!("{verify}/attempt_first_factor"), &right).await.ok();
        let other = app.another_server().await;
        let calls: Vec<_> = [&old, &browser]
            .repeat(16)
            .into_iter()
            .enumerate()
            .map(|(n, browser)| {
                let is_old = n % 2 == 0;
                let browser = if n % 4 < 2 { browser.forked() } else { browser.forked().at(&other) };
                tokio::spawn(async move { (is_old, browser.get("/v1/me").await) })
            })
            .collect();
        for call in calls {
            match call.await.unwrap() {
                (true, reply) => reply.must_be(401, "authentication_invalid"),
                (false, reply) => drop(reply.ok()),
            }
        }
    }

    async fn a_session_lasts_to_the_last_millisecond_and_not_one_more(app: TestApp) {
        let (day, millisecond) = (Duration::from_hours(24), Duration::from_millis(1));
        let begin = app.now();
        let [used, idle] = [app.signed_up(ANN).await, app.signed_up("ben@example.com").await];
        app.set(begin.after(day.checked_sub(millisecond).unwrap()));
        used.me().await;
        assert_eq!(active_sessions(&used).await.len(), 1);
        let at_the_last_moment = idle.forked().get("/v1/client").await.ok();
        assert_eq!(at_the_last_moment["sessions"].as_array().unwrap().len(), 1);
        app.set(begin.after(day));
        idle.get("/v1/me").await.must_be(401, "signed_out");
        used.me().await;
        for half_days in 2..14 {
            app.set(begin.after(day / 2 * half_days));
            used.me().await;
        }
        app.set(begin.after((day * 7).checked_sub(millisecond).unwrap()));
        used.me().await;
        assert_eq!(active_sessions(&used).await.len(), 1);
        app.set(begin.after(day * 7));
        used.get("/v1/me").await.must_be(401, "signed_out");
        assert_eq!(used.get("/v1/client").await.ok()["sessions"].as_array().unwrap().len(), 0);
    }

    async fn the_operator_says_how_long_a_session_lasts(app: TestApp) {
        let app = app
            .reconfigured(|config| {
                config.session_lifetime = Duration::from_mins(20);
                config.session_idle = Duration::from_mins(15);
            })
            .await;
        let [used, idle] = [app.signed_up(ANN).await, app.signed_up("ben@example.com").await];
        app.advance(Duration::from_mins(10));
        used.me().await;
        app.advance(Duration::from_mins(5));
        used.me().await;
        idle.get("/v1/me").await.must_be(401, "signed_out");
        app.advance(Duration::from_mins(5));
        used.get("/v1/me").await.must_be(401, "signed_out");
    }

    async fn what_is_signed_out_in_one_tab_is_signed_out_in_the_other(app: TestApp) {
        let (tab, ann) = app.enrolled(ANN).await;
        let other_tab = tab.clone();
        let session = text(&tab.get("/v1/client").await.ok()["last_active_session_id"]);
        let verify = format!("/v1/client/sessions/{session}/verify");
        other_tab.post(&verify, &[("level", "second_factor")]).await.ok();
        tab.sign_out().await;
        let code = app.code(&ann.secret, 1);
        let attempt = format!("{verify}/attempt_second_factor");
        other_tab.post(&attempt, &[("strategy", "totp"), ("code", &code)]).await
            .must_be(401, "signed_out");
        other_tab.post("/v1/me/backup_codes", &[]).await.must_be(401, "signed_out");

        // Somebody else signs in beside it: a page left open does not act for them.
        let (elsewhere, ben) = app.enrolled("ben@example.com").await;
        tab.sign_in("ben@example.com", "totp", &app.code(&ben.secret, 1)).await.ok();
        let query = format!("_clerk_session_id={session}");
        other_tab.delete(&format!("/v1/me/totp?{query}")).await.must_be(401, "authentication_invalid");
        other_tab.post(&format!("/v1/me/backup_codes?{query}"), &[]).await
            .must_be(401, "authentication_invalid");
        other_tab.post(&format!("/v1/client/sessions/{session}/touch"), &[]).await
            .must_be(404, "resource_not_found");
        let account = elsewhere.me().await;
        assert_eq!((&account["totp_enabled"], &account["backup_codes_remaining"]), (&true.into(), &10.into()));
    }
}
