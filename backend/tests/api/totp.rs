//! The authenticator app: create, verify, remove.

use std::time::Duration;

use crate::harness::{TestApp, on_both_databases, text};

const TOTP: &str = "/v1/me/totp";
const VERIFY: &str = "/v1/me/totp/attempt_verification";

on_both_databases! {
    async fn creation_gives_secret_and_uri_once_and_changes_nothing_yet(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let before = browser.me().await;
        let reply = browser.post(TOTP, &[]).await;
        let totp = reply.ok();
        let secret = text(&totp["secret"]);
        assert_eq!(totp["object"], "totp");
        assert_eq!(totp["verified"], false);
        assert!(totp["backup_codes"].is_null());
        assert_eq!(secret.len(), 32, "160 bits in base32 without padding");
        assert_eq!(
            text(&totp["uri"]),
            format!(
                "otpauth://totp/Twofold:ann%40example.com?algorithm=SHA1&digits=6&issuer=Twofold\
                 &period=30&secret={secret}"
            ),
        );
        let user = &reply.json["client"]["sessions"][0]["user"];
        assert_eq!(user["totp_enabled"], false);
        assert!(user["updated_at"].as_i64() > before["updated_at"].as_i64());

        assert!(!browser.get("/v1/client").await.json.to_string().contains(&secret));
        browser.sign_out().await;
        assert_eq!(browser.password("ann@example.com").await.ok()["status"], "complete");
    }

    async fn creating_again_replaces_the_unverified_secret(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let first = browser.post(TOTP, &[]).await.ok();
        let second = browser.post(TOTP, &[]).await.ok();
        assert_ne!(first["secret"], second["secret"]);
        assert_ne!(first["id"], second["id"]);
        let old = app.code(&text(&first["secret"]), 0);
        browser.post(VERIFY, &[("code", &old)]).await
            .must_be_of_param(422, "form_code_incorrect", "code");
        let new = app.code(&text(&second["secret"]), 0);
        browser.post(VERIFY, &[("code", &new)]).await.ok();
    }

    async fn verification_gives_ten_codes_once_and_the_secret_never_again(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let secret = text(&browser.post(TOTP, &[]).await.ok()["secret"]);
        let reply = browser.post(VERIFY, &[("code", &app.code(&secret, 0))]).await;
        let totp = reply.ok();
        assert_eq!(totp["verified"], true);
        assert!(totp["secret"].is_null() && totp["uri"].is_null());
        let codes = totp["backup_codes"].as_array().unwrap();
        assert_eq!(codes.len(), 10);
        for code in codes {
            let code = text(code);
            assert_eq!((code.len(), code.find('-')), (11, Some(5)), "{code}");
        }
        let user = &reply.json["client"]["sessions"][0]["user"];
        assert_eq!(user["totp_enabled"], true);
        assert_eq!(user["two_factor_enabled"], true);
        assert_eq!(user["backup_code_enabled"], true);
        assert_eq!(user["backup_codes_remaining"], 10);
        assert_eq!(user["mfa_enabled_at"], app.now().millis());
        assert_eq!(user["totp_last_used_at"], app.now().millis());
        assert_eq!(reply.json["client"]["sessions"][0]["factor_verification_age"][1], 0);
        assert!(!browser.me().await.to_string().contains(&text(&codes[0])));
    }

    async fn a_wrong_first_code_leaves_the_secret_as_it_is(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let secret = text(&browser.post(TOTP, &[]).await.ok()["secret"]);
        let reply = browser.post(VERIFY, &[("code", &app.wrong_code(&secret))]).await;
        reply.must_be_of_param(422, "form_code_incorrect", "code");
        assert_eq!(reply.codes().len(), 1, "no warning yet");
        assert_eq!(browser.me().await["totp_enabled"], false);
        browser.post(VERIFY, &[("code", &app.code(&secret, 1))]).await.ok();
    }

    async fn a_code_that_is_missing_or_malformed_is_named_and_costs_no_attempt(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        browser.post(TOTP, &[]).await.ok();
        browser.post(VERIFY, &[]).await.must_be_of_param(422, "form_param_missing", "code");
        for (code, expected) in [("", "form_param_nil"), ("1", "form_param_format_invalid")] {
            browser.post(VERIFY, &[("code", code)]).await.must_be_of_param(422, expected, "code");
        }
        assert_eq!(browser.me().await["verification_attempts_remaining"], 10);
    }

    async fn an_unverified_secret_dies_after_ten_minutes(app: TestApp) {
        let app = app.reconfigured(|config| config.reverification_age = Duration::from_hours(1)).await;
        let browser = app.signed_up("ann@example.com").await;
        let secret = text(&browser.post(TOTP, &[]).await.ok()["secret"]);
        app.advance(Duration::from_secs(599));
        browser.post(VERIFY, &[("code", &app.wrong_code(&secret))]).await
            .must_be(422, "form_code_incorrect");
        app.advance(Duration::from_secs(1));
        let code = app.code(&secret, 0);
        browser.post(VERIFY, &[("code", &code)]).await.must_be(404, "resource_not_found");
        assert_eq!(browser.me().await["totp_enabled"], false);
    }

    async fn there_is_one_authenticator_app(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        browser.post(TOTP, &[]).await.must_be(400, "totp_already_enabled");
        app.next_step();
        let code = app.code(&user.secret, 0);
        browser.post(VERIFY, &[("code", &code)]).await.must_be(400, "totp_already_enabled");
    }

    async fn verifying_or_removing_what_is_not_there_is_not_found(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        browser.post(VERIFY, &[("code", "123456")]).await.must_be(404, "resource_not_found");
        browser.delete(TOTP).await.must_be(404, "resource_not_found");
    }

    async fn of_64_copies_of_the_first_code_exactly_one_is_accepted(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let secret = text(&browser.post(TOTP, &[]).await.ok()["secret"]);
        let code = app.code(&secret, 0);
        let other = app.another_server().await;
        let copies: Vec<_> = (0..64)
            .map(|n| {
                let browser = if n % 2 == 0 { browser.clone() } else { browser.at(&other) };
                let code = code.clone();
                tokio::spawn(async move { browser.post(VERIFY, &[("code", &code)]).await })
            })
            .collect();
        let mut sets = Vec::new();
        for copy in copies {
            let reply = copy.await.unwrap();
            match reply.status.as_u16() {
                200 => sets.push(reply.ok()["backup_codes"].clone()),
                400 => reply.must_be(400, "totp_already_enabled"),
                503 => reply.must_be(503, "service_unavailable"),
                _ => reply.must_be(403, "user_locked"),
            }
        }
        assert_eq!(sets.len(), 1, "one set of codes is shown, and it is the one that is kept");
        browser.sign_out().await;
        app.advance(Duration::from_hours(2));
        let shown = text(&sets[0][0]);
        browser.sign_in("ann@example.com", "backup_code", &shown).await.ok();
    }

    async fn enabling_ends_the_other_sessions_of_the_user(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let other = app.browser();
        other.password("ann@example.com").await.ok();
        other.me().await;
        let secret = text(&browser.post(TOTP, &[]).await.ok()["secret"]);
        other.me().await;
        browser.post(VERIFY, &[("code", &app.code(&secret, 0))]).await.ok();
        other.get("/v1/me").await.must_be(401, "signed_out");
        browser.me().await;
    }

    async fn removal_takes_the_backup_codes_and_the_other_sessions_with_it(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        let other = app.browser();
        app.next_step();
        other.sign_in("ann@example.com", "totp", &app.code(&user.secret, 0)).await.ok();

        let reply = browser.delete(TOTP).await;
        let removed = reply.ok();
        assert_eq!(removed["object"], "totp");
        assert_eq!(removed["deleted"], true);
        assert!(text(&removed["id"]).starts_with("totp_"));
        let me = &reply.json["client"]["sessions"][0]["user"];
        assert_eq!(me["totp_enabled"], false);
        assert_eq!(me["two_factor_enabled"], false);
        assert_eq!(me["backup_code_enabled"], false);
        assert_eq!(me["backup_codes_remaining"], 0);
        assert!(me["mfa_enabled_at"].is_null());
        assert_eq!(me["mfa_disabled_at"], app.now().millis());
        other.get("/v1/me").await.must_be(401, "signed_out");

        browser.sign_out().await;
        assert_eq!(browser.password("ann@example.com").await.ok()["status"], "complete");
        browser.delete(TOTP).await.must_be(404, "resource_not_found");
    }

    async fn removal_may_come_as_a_post_with_a_trailing_slash(app: TestApp) {
        let (browser, _) = app.enrolled("ann@example.com").await;
        let path = "/v1/me/totp/?_method=DELETE&_clerk_js_version=6.40.0";
        assert_eq!(browser.post(path, &[]).await.ok()["deleted"], true);
    }

    async fn cancelling_removes_the_pending_secret_and_nothing_else(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        let other = app.browser();
        other.password("ann@example.com").await.ok();
        let secret = text(&browser.post(TOTP, &[]).await.ok()["secret"]);
        browser.delete(TOTP).await.ok();
        other.me().await;
        let code = app.code(&secret, 0);
        browser.post(VERIFY, &[("code", &code)]).await.must_be(404, "resource_not_found");
        assert!(browser.me().await["mfa_disabled_at"].is_null());
    }

    async fn a_code_of_the_removed_secret_opens_nothing_after_a_new_set_up(app: TestApp) {
        let (browser, old) = app.enrolled("ann@example.com").await;
        browser.delete(TOTP).await.ok();
        let secret = text(&browser.post(TOTP, &[]).await.ok()["secret"]);
        app.next_step();
        browser.post(VERIFY, &[("code", &app.code(&secret, 0))]).await.ok();
        browser.sign_out().await;
        app.next_step();
        browser.sign_in("ann@example.com", "totp", &app.code(&old.secret, 0)).await
            .must_be(422, "form_code_incorrect");
        browser.sign_in("ann@example.com", "backup_code", &old.backup_codes[0]).await
            .must_be(422, "form_code_incorrect");
    }

    async fn what_was_acknowledged_is_there_after_a_restart(app: TestApp) {
        let mut app = app;
        let (browser, user) = app.enrolled("ann@example.com").await;
        app.restart().await;
        let browser = browser.at(&app.another_server().await);
        assert_eq!(browser.me().await["totp_enabled"], true);
        browser.sign_out().await;
        let reply = browser.sign_in("ann@example.com", "totp", &user.code).await;
        assert_eq!(reply.meta()["reason"], "code_already_used");
        app.next_step();
        browser.sign_in("ann@example.com", "totp", &app.code(&user.secret, 0)).await.ok();
    }

    async fn a_check_of_ten_minutes_ago_is_too_old_for_a_change_of_factors(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        app.advance(Duration::from_mins(10));
        for reply in [
            browser.delete(TOTP).await,
            browser.post(TOTP, &[]).await,
            browser.post(VERIFY, &[("code", &app.code(&user.secret, 0))]).await,
            browser.post("/v1/me/backup_codes", &[]).await,
        ] {
            reply.must_be(403, "session_reverification_required");
            assert_eq!(reply.meta()["reverification"]["level"], "second_factor");
            assert_eq!(reply.meta()["reverification"]["after_minutes"], 10);
        }
        browser.sign_out().await;
        browser.sign_in("ann@example.com", "totp", &app.code(&user.secret, 0)).await.ok();
        browser.delete(TOTP).await.ok();
    }

    async fn signing_in_without_the_second_factor_never_counts_as_fresh(app: TestApp) {
        // Signed in by password alone, and the second factor comes from elsewhere afterwards:
        // that session ends, so there is none that could pass for fresh.
        let browser = app.signed_up("ann@example.com").await;
        let other = app.browser();
        other.password("ann@example.com").await.ok();
        let secret = text(&browser.post(TOTP, &[]).await.ok()["secret"]);
        browser.post(VERIFY, &[("code", &app.code(&secret, 0))]).await.ok();
        other.delete(TOTP).await.must_be(401, "signed_out");
    }
}
