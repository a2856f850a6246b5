//! Backup codes.

use std::time::Duration;

use crate::harness::{TestApp, on_both_databases, text};

const BACKUP_CODES: &str = "/v1/me/backup_codes";

on_both_databases! {
    async fn a_backup_code_signs_in_once_in_any_spelling(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        browser.sign_out().await;
        let code = &user.backup_codes[0];
        let spelled = code.to_uppercase().replace('-', " ");
        browser.sign_in("ann@example.com", "backup_code", &spelled).await.ok();
        assert_eq!(browser.me().await["backup_codes_remaining"], 9);
        browser.sign_out().await;

        for spelling in [code.clone(), code.replace('-', ""), spelled] {
            let reply = browser.sign_in("ann@example.com", "backup_code", &spelling).await;
            reply.must_be_of_param(422, "form_code_incorrect", "code");
            assert_eq!(reply.meta()["reason"], "code_already_used");
        }
        browser.sign_in("ann@example.com", "backup_code", &user.backup_codes[1]).await.ok();
        assert_eq!(browser.me().await["backup_codes_remaining"], 8);
    }

    async fn a_wrong_backup_code_is_refused_without_a_reason(app: TestApp) {
        let (browser, _) = app.enrolled("ann@example.com").await;
        browser.sign_out().await;
        let reply = browser.sign_in("ann@example.com", "backup_code", "22222-22222").await;
        reply.must_be_of_param(422, "form_code_incorrect", "code");
        assert!(reply.meta()["reason"].is_null());
    }

    async fn of_64_copies_of_a_backup_code_exactly_one_is_accepted(app: TestApp) {
        let app = app.without_lockout().await;
        let (_, user) = app.enrolled("ann@example.com").await;
        let code = &user.backup_codes[0];
        app.one_of_64_copies_is_accepted("ann@example.com", "backup_code", code).await;
    }

    async fn a_new_set_replaces_the_old_one_whole(app: TestApp) {
        let (browser, old) = app.enrolled("ann@example.com").await;
        let before = browser.me().await;
        // As the public client sends it.
        let reply = browser.post("/v1/me/backup_codes/", &[]).await;
        let set = reply.ok();
        assert_eq!(set["object"], "backup_code");
        assert!(text(&set["id"]).starts_with("bkp_"));
        let new: Vec<String> = set["codes"].as_array().unwrap().iter().map(text).collect();
        assert_eq!(new.len(), 10);
        assert!(new.iter().all(|code| !old.backup_codes.contains(code)));
        let user = &reply.json["client"]["sessions"][0]["user"];
        assert_eq!(user["backup_codes_remaining"], 10);
        assert!(user["updated_at"].as_i64() > before["updated_at"].as_i64());

        browser.sign_out().await;
        let reply = browser.sign_in("ann@example.com", "backup_code", &old.backup_codes[0]).await;
        reply.must_be(422, "form_code_incorrect");
        browser.sign_in("ann@example.com", "backup_code", &new[0]).await.ok();
    }

    async fn backup_codes_need_a_second_factor_beside_them(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        browser.post(BACKUP_CODES, &[]).await.must_be(400, "backup_codes_not_available");
        browser.post("/v1/me/totp", &[]).await.ok();
        browser.post(BACKUP_CODES, &[]).await.must_be(400, "backup_codes_not_available");
    }

    async fn somebody_elses_code_is_wrong_and_counts_against_the_account(app: TestApp) {
        app.enrolled("ann@example.com").await;
        let (_, ben) = app.enrolled("ben@example.com").await;
        let thief = app.browser();
        app.advance(Duration::from_mins(1));
        for code in &ben.backup_codes {
            let reply = thief.sign_in("ann@example.com", "backup_code", code).await;
            reply.must_be(422, "form_code_incorrect");
            assert!(reply.meta()["reason"].is_null(), "whether it is anybody's is not told");
        }
        thief.password("ann@example.com").await.must_be(403, "user_locked");
        let ben_browser = app.browser();
        ben_browser.sign_in("ben@example.com", "backup_code", &ben.backup_codes[0]).await.ok();
        assert_eq!(ben_browser.me().await["verification_attempts_remaining"], 10);
    }
}
