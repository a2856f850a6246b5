//! Signing in with both factors.

use std::time::Duration;

use crate::harness::{PASSWORD, TestApp, on_both_databases, text};

const SIGN_INS: &str = "/v1/client/sign_ins";

on_both_databases! {
    async fn a_password_is_enough_without_a_second_factor(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        browser.sign_out().await;
        let reply = browser.password(" ANN@example.com").await;
        let sign_in = reply.ok();
        assert_eq!(sign_in["object"], "sign_in_attempt");
        assert_eq!(sign_in["status"], "complete");
        assert_eq!(sign_in["created_session_id"], reply.json["client"]["sessions"][0]["id"]);
        assert_eq!(browser.me().await["email_addresses"][0]["email_address"], "ann@example.com");
    }

    async fn a_user_name_signs_in_too(app: TestApp) {
        let browser = app.browser();
        let fields = [
            ("email_address", "ann@example.com"), ("password", PASSWORD), ("username", "ann"),
        ];
        browser.post("/v1/client/sign_ups", &fields).await.ok();
        browser.sign_out().await;
        assert_eq!(browser.password("Ann").await.ok()["status"], "complete");
    }

    async fn identifier_and_password_may_come_one_after_the_other(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        browser.sign_out().await;
        let begun = browser.post(SIGN_INS, &[("identifier", "ann@example.com")]).await.ok();
        assert_eq!(begun["status"], "needs_first_factor");
        assert_eq!(begun["supported_first_factors"][0]["strategy"], "password");
        assert!(begun["supported_second_factors"].is_null(), "tells nothing of the account");
        let path = format!("{SIGN_INS}/{}/attempt_first_factor", text(&begun["id"]));
        let wrong = [("strategy", "password"), ("password", "wrong-wrong")];
        browser.post(&path, &wrong).await.must_be(422, "form_password_or_identifier_incorrect");
        let right = [("strategy", "password"), ("password", PASSWORD)];
        assert_eq!(browser.post(&path, &right).await.ok()["status"], "complete");
    }

    async fn an_unknown_account_and_a_wrong_password_have_one_answer(app: TestApp) {
        app.signed_up("ann@example.com").await;
        let browser = app.browser();
        let mut answers = Vec::new();
        for email in ["ann@example.com", "nobody@example.com"] {
            let fields = [("identifier", email), ("strategy", "password"), ("password", "wrong-wrong")];
            let mut reply = browser.post(SIGN_INS, &fields).await;
            reply.must_be(422, "form_password_or_identifier_incorrect");
            reply.json["clerk_trace_id"].take();
            answers.push(reply.json);
        }
        assert_eq!(answers[0], answers[1]);

        let begun = browser.post(SIGN_INS, &[("identifier", "nobody@example.com")]).await.ok();
        assert_eq!(begun["status"], "needs_first_factor", "beginning tells nothing either");
        let path = format!("{SIGN_INS}/{}/attempt_first_factor", text(&begun["id"]));
        browser.post(&path, &[("strategy", "password"), ("password", PASSWORD)]).await
            .must_be(422, "form_password_or_identifier_incorrect");
    }

    async fn the_right_password_alone_opens_nothing_but_the_second_step(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        browser.sign_out().await;
        let reply = browser.password("ann@example.com").await;
        let sign_in = reply.ok();
        assert_eq!(sign_in["status"], "needs_second_factor");
        assert_eq!(sign_in["supported_second_factors"][0]["strategy"], "totp");
        assert_eq!(sign_in["supported_second_factors"][1]["strategy"], "backup_code");
        assert_eq!(reply.json["client"]["sessions"].as_array().unwrap().len(), 0);
        assert_eq!(reply.json["client"]["sign_in"]["id"], sign_in["id"]);
        assert!(sign_in["created_session_id"].is_null());

        for path in ["/v1/me", "/v1/me/sessions/active"] {
            browser.get(path).await.must_be(401, "signed_out");
        }
        for path in ["/v1/me/totp", "/v1/me/totp/attempt_verification", "/v1/me/backup_codes"] {
            browser.post(path, &[]).await.must_be(401, "signed_out");
        }
        browser.delete("/v1/me/totp").await.must_be(401, "signed_out");

        app.next_step();
        let id = text(&sign_in["id"]);
        let done = browser.second_factor(&id, "totp", &app.code(&user.secret, 0)).await.ok();
        assert_eq!(done["status"], "complete");
        assert_eq!(browser.me().await["two_factor_enabled"], true);
    }

    async fn a_code_of_one_step_to_either_side_is_accepted_and_no_other(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        browser.sign_out().await;
        app.advance(Duration::from_mins(10));
        let id = text(&browser.password("ann@example.com").await.ok()["id"]);
        for steps in [-2, 2] {
            browser.second_factor(&id, "totp", &app.code(&user.secret, steps)).await
                .must_be_of_param(422, "form_code_incorrect", "code");
        }
        browser.second_factor(&id, "totp", &app.code(&user.secret, -1)).await.ok();
        browser.sign_out().await;
        browser.sign_in("ann@example.com", "totp", &app.code(&user.secret, 1)).await.ok();
    }

    async fn a_code_is_accepted_once_and_no_older_one_after_it(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        browser.sign_out().await;
        // The code of the set-up is used up for sign-in as well.
        let reply = browser.sign_in("ann@example.com", "totp", &user.code).await;
        reply.must_be_of_param(422, "form_code_incorrect", "code");
        assert_eq!(reply.meta()["reason"], "code_already_used");
        assert_eq!(
            reply.json["errors"][0]["long_message"],
            "That code has already been used. Wait for the next one.",
        );

        let next = app.code(&user.secret, 1);
        browser.sign_in("ann@example.com", "totp", &next).await.ok();
        browser.sign_out().await;
        app.next_step();
        for (spent, spelling) in [
            (&next, next.clone()),
            (&next, format!(" {}\u{a0}{}", &next[..3], &next[3..])),
            (&user.code, user.code.clone()),
        ] {
            let reply = browser.sign_in("ann@example.com", "totp", &spelling).await;
            assert_eq!(reply.meta()["reason"], "code_already_used", "{spent} as {spelling:?}");
        }
    }

    async fn of_64_copies_of_a_right_code_exactly_one_is_accepted(app: TestApp) {
        let app = app.without_lockout().await;
        let (_, user) = app.enrolled("ann@example.com").await;
        app.next_step();
        let code = app.code(&user.secret, 0);
        app.one_of_64_copies_is_accepted("ann@example.com", "totp", &code).await;
    }

    async fn a_sign_in_is_over_after_ten_minutes(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        browser.sign_out().await;
        let id = text(&browser.password("ann@example.com").await.ok()["id"]);
        app.advance(Duration::from_mins(10));
        let shown = browser.get(&format!("{SIGN_INS}/{id}")).await.ok();
        assert_eq!(shown["status"], "abandoned");
        let code = app.code(&user.secret, 0);
        browser.second_factor(&id, "totp", &code).await.must_be(404, "resource_not_found");
    }

    async fn a_sign_in_dies_when_the_factors_change(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        let thief = app.browser();
        let id = text(&thief.password("ann@example.com").await.ok()["id"]);
        browser.post("/v1/me/backup_codes", &[]).await.ok();
        app.next_step();
        let code = app.code(&user.secret, 0);
        thief.second_factor(&id, "totp", &code).await.must_be(404, "resource_not_found");
    }

    async fn a_sign_in_that_waits_for_a_code_is_over_once_the_factor_went(app: TestApp) {
        let (browser, old) = app.enrolled("ann@example.com").await;
        let thief = app.browser();
        let id = text(&thief.password("ann@example.com").await.ok()["id"]);
        browser.delete("/v1/me/totp").await.ok();
        for (strategy, code) in [("totp", &app.code(&old.secret, 1)), ("backup_code", &old.backup_codes[0])] {
            // There is nothing any more that could be right.
            thief.second_factor(&id, strategy, code).await.must_be(422, "form_code_incorrect");
        }
        // Nor does another authenticator app bring it back.
        let new = app.enrol(&browser).await;
        for (strategy, code) in [("totp", &app.code(&new.secret, 1)), ("backup_code", &new.backup_codes[0])] {
            thief.second_factor(&id, strategy, code).await.must_be(404, "resource_not_found");
        }
        thief.get("/v1/me").await.must_be(401, "signed_out");
    }

    async fn a_failed_attempt_changes_nothing_but_the_count(app: TestApp) {
        let (owner, user) = app.enrolled("ann@example.com").await;
        let browser = app.browser();
        let id = text(&browser.password("ann@example.com").await.ok()["id"]);
        app.next_step();
        let account = async || {
            let mut account = owner.me().await;
            for changes in ["verification_attempts_remaining", "updated_at"] {
                account[changes].take();
            }
            let mut sessions = owner.get("/v1/me/sessions/active").await.json;
            sessions[0]["user"].take();
            (account, sessions)
        };
        let before = account().await;
        let wrong = app.wrong_code(&user.secret);
        for (strategy, code) in [
            ("totp", wrong.as_str()),
            ("totp", &user.code),
            ("backup_code", "22222-22222"),
        ] {
            let reply = browser.second_factor(&id, strategy, code).await;
            reply.must_be(422, "form_code_incorrect");
            assert!(reply.headers.get("set-cookie").is_none(), "{strategy}");
            assert!(reply.json["client"].is_null(), "{strategy}");
        }
        let fields = [
            ("identifier", "ann@example.com"),
            ("strategy", "password"),
            ("password", "wrong-wrong"),
        ];
        let reply = app.browser().post(SIGN_INS, &fields).await;
        assert!(reply.headers.get("set-cookie").is_none());
        assert_eq!(account().await, before);
        let shown = browser.get(&format!("{SIGN_INS}/{id}")).await.ok();
        assert_eq!(shown["status"], "needs_second_factor");
    }

    async fn a_sign_in_begun_before_the_factor_came_needs_it(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let other = app.browser();
        let begun = other.post(SIGN_INS, &[("identifier", "ann@example.com")]).await.ok();
        let secret = text(&browser.post("/v1/me/totp", &[]).await.ok()["secret"]);
        let code = app.code(&secret, 0);
        browser.post("/v1/me/totp/attempt_verification", &[("code", &code)]).await.ok();
        let path = format!("{SIGN_INS}/{}/attempt_first_factor", text(&begun["id"]));
        let fields = [("strategy", "password"), ("password", PASSWORD)];
        other.post(&path, &fields).await.must_be(404, "resource_not_found");
        assert_eq!(other.password("ann@example.com").await.ok()["status"], "needs_second_factor");
    }

    async fn a_sign_in_belongs_to_the_browser_that_began_it(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        browser.sign_out().await;
        let id = text(&browser.password("ann@example.com").await.ok()["id"]);
        app.next_step();
        let code = app.code(&user.secret, 0);
        let stranger = app.browser();
        stranger.second_factor(&id, "totp", &code).await.must_be(404, "resource_not_found");
        stranger.password("ann@example.com").await.ok();
        stranger.get(&format!("{SIGN_INS}/{id}")).await.must_be(404, "resource_not_found");
        stranger.second_factor(&id, "totp", &code).await.must_be(404, "resource_not_found");
        browser.second_factor(&id, "totp", &code).await.ok();
    }

    async fn the_second_step_comes_after_the_first(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        browser.sign_out().await;
        app.next_step();
        let begun = browser.post(SIGN_INS, &[("identifier", "ann@example.com")]).await.ok();
        let code = app.code(&user.secret, 0);
        browser.second_factor(&text(&begun["id"]), "totp", &code).await
            .must_be(404, "resource_not_found");
    }

    async fn a_field_of_an_attempt_that_is_missing_or_malformed_is_named(app: TestApp) {
        let (browser, _) = app.enrolled("ann@example.com").await;
        browser.sign_out().await;
        browser.post(SIGN_INS, &[]).await
            .must_be_of_param(422, "form_param_missing", "identifier");
        browser.post(SIGN_INS, &[("identifier", " ")]).await
            .must_be_of_param(422, "form_param_nil", "identifier");
        browser.post(SIGN_INS, &[("identifier", "ann@example.com"), ("strategy", "password")]).await
            .must_be_of_param(422, "form_param_missing", "password");
        let unknown = [("identifier", "ann@example.com"), ("strategy", "email_code")];
        browser.post(SIGN_INS, &unknown).await
            .must_be_of_param(422, "form_param_format_invalid", "strategy");

        let id = text(&browser.password("ann@example.com").await.ok()["id"]);
        let path = format!("{SIGN_INS}/{id}/attempt_second_factor");
        browser.post(&path, &[("code", "123456")]).await
            .must_be_of_param(422, "form_param_missing", "strategy");
        browser.post(&path, &[("strategy", "totp")]).await
            .must_be_of_param(422, "form_param_missing", "code");
        for (code, expected) in [
            ("", "form_param_nil"),
            (" - ", "form_param_nil"),
            ("1", "form_param_format_invalid"),
            ("12345", "form_param_format_invalid"),
            ("1234567", "form_param_format_invalid"),
            ("abcdef", "form_param_format_invalid"),
        ] {
            browser.second_factor(&id, "totp", code).await.must_be_of_param(422, expected, "code");
        }
        browser.second_factor(&id, "backup_code", "abcde").await
            .must_be_of_param(422, "form_param_format_invalid", "code");
        // None of these was an attempt.
        app.next_step();
    }

    async fn nobody_signs_in_while_signed_in(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        browser.password("ann@example.com").await.must_be(400, "session_exists");
    }
}
