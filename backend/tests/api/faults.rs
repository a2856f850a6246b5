//! When the server is at fault: nothing is ever "verified", and nothing of the inside is told.

use axum::http::header;

use crate::harness::{TestApp, on_both_databases, text};

on_both_databases! {
    async fn a_database_that_is_gone_is_503_and_worth_another_try(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        app.next_step();
        let code = app.code(&user.secret, 0);
        app.lose_database().await;
        for reply in [
            browser.get("/v1/me").await,
            browser.get("/v1/client").await,
            browser.delete("/v1/me/totp").await,
            browser.post("/v1/me/backup_codes", &[]).await,
            browser.post("/v1/me/totp/attempt_verification", &[("code", &code)]).await,
            app.browser().password("ann@example.com").await,
        ] {
            reply.must_be(503, "service_unavailable");
            assert!(reply.headers.contains_key(header::RETRY_AFTER));
            let told = reply.json.to_string().to_lowercase();
            assert!(!told.contains("pool") && !told.contains("sql"), "{told}");
        }
        assert_eq!(app.browser().get("/readyz").await.status, 503);
        assert_eq!(app.browser().get("/healthz").await.status, 200);
    }

    async fn a_secret_that_does_not_open_is_500_and_never_a_wrong_code(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        browser.sign_out().await;
        app.next_step();
        let browser = browser.at(&app.server_with_wrong_key());
        let id = text(&browser.password("ann@example.com").await.ok()["id"]);
        for (strategy, code) in [
            ("totp", app.code(&user.secret, 0)),
            ("backup_code", user.backup_codes[0].clone()),
        ] {
            let reply = browser.second_factor(&id, strategy, &code).await;
            reply.must_be(500, "internal_clerk_error");
            assert!(!reply.json.to_string().contains("key"), "{}", reply.json);
        }
        browser.get("/v1/me").await.must_be(401, "signed_out");
    }
}
