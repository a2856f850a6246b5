//! Administrators who help their users.

use serde_json::{Value, json};

use crate::{
    harness::{TestApp, TestBrowser, on_both_databases, text},
    instance::{BOSS, administered},
};

const PATH: &str = "/v1/instance/users";
const ANN: &str = "ann@example.com";

async fn id_of(boss: &TestBrowser, email: &str) -> String {
    let found = boss.get(&format!("{PATH}?query={email}")).await.ok();
    text(&found["data"][0]["user"]["id"])
}

on_both_databases! {
    async fn accounts_are_searched_in_parts_with_what_protects_them(app: TestApp) {
        let (app, boss) = administered(app).await;
        app.advance(std::time::Duration::from_secs(1));
        let (ann, _) = app.enrolled(ANN).await;
        let found = boss.get(&format!("{PATH}?query=ANN@")).await.ok();
        assert_eq!(found["total_count"], 1);
        let shown = &found["data"][0];
        assert_eq!(shown["user"], ann.me().await);
        assert_eq!(shown["active_sessions"], 1);
        let all = boss.get(PATH).await.ok();
        let emails: Vec<&Value> = all["data"].as_array().unwrap().iter()
            .map(|shown| &shown["user"]["email_addresses"][0]["email_address"])
            .collect();
        assert_eq!(emails, [ANN, BOSS]);
        let part = boss.get(&format!("{PATH}?limit=1&offset=1")).await.ok();
        assert_eq!((&part["data"][0], &part["total_count"]), (&all["data"][1], &json!(2)));
        for (field, value) in [("limit", "0"), ("limit", "51"), ("offset", "x")] {
            let refused = boss.get(&format!("{PATH}?{field}={value}")).await;
            refused.must_be_of_param(422, "form_param_format_invalid", field);
        }
    }

    async fn who_lost_everything_is_helped_on_the_part_of_an_administrator(app: TestApp) {
        let (app, boss) = administered(app).await;
        let (ann, _) = app.enrolled(ANN).await;
        let id = id_of(&boss, ANN).await;
        app.advance(std::time::Duration::from_secs(1));
        let reset = boss.post(&format!("{PATH}/{id}/reset_mfa"), &[]).await.ok();
        assert_eq!(reset["user"]["totp_enabled"], false);
        assert_eq!(reset["active_sessions"], 0);
        ann.get("/v1/me").await.must_be(401, "signed_out");
        app.advance(std::time::Duration::from_secs(1));
        let browser = app.browser();
        assert_eq!(browser.password(ANN).await.ok()["status"], "complete");
        let events = browser.get("/v1/me/activity").await.ok();
        let (kind, actor) = (&events[1]["kind"], &events[1]["actor"]);
        assert_eq!((kind, actor), (&json!("totp_removed"), &json!("administrator")));
        assert_eq!(boss.me().await["totp_enabled"], true);
    }

    async fn a_lock_is_lifted(app: TestApp) {
        let (app, boss) = administered(app).await;
        app.signed_up(ANN).await;
        let wrong = [("identifier", ANN), ("strategy", "password"), ("password", "wrong")];
        for _ in 0..10 {
            app.browser().post("/v1/client/sign_ins", &wrong).await;
        }
        app.browser().password(ANN).await.must_be(403, "user_locked");
        let id = id_of(&boss, ANN).await;
        let unlocked = boss.post(&format!("{PATH}/{id}/unlock"), &[]).await.ok();
        assert_eq!(unlocked["user"]["locked"], false);
        app.browser().password(ANN).await.ok();
    }

    async fn nobody_else_sees_or_helps_anybody(app: TestApp) {
        let (app, boss) = administered(app).await;
        let (ann, _) = app.enrolled(ANN).await;
        let id = id_of(&boss, BOSS).await;
        ann.get(PATH).await.must_be(404, "resource_not_found");
        for act in ["reset_mfa", "unlock"] {
            let refused = ann.post(&format!("{PATH}/{id}/{act}"), &[]).await;
            refused.must_be(404, "resource_not_found");
            let nobody = boss.post(&format!("{PATH}/user_nobody/{act}"), &[]).await;
            nobody.must_be(404, "resource_not_found");
        }
        // An administrator without a second factor is none here.
        boss.delete("/v1/me/totp").await.ok();
        boss.get(PATH).await.must_be(403, "session_pending");
        boss.post(&format!("{PATH}/{id}/unlock"), &[]).await.must_be(403, "session_pending");
    }

    async fn an_administrator_cannot_reset_themselves(app: TestApp) {
        let (_app, boss) = administered(app).await;
        let id = id_of(&boss, BOSS).await;
        let refused = boss.post(&format!("{PATH}/{id}/reset_mfa"), &[]).await;
        refused.must_be(400, "not_oneself");
        assert_eq!(boss.me().await["totp_enabled"], true);
    }

    async fn a_check_must_be_fresh(app: TestApp) {
        let (app, boss) = administered(app).await;
        app.signed_up(ANN).await;
        let id = id_of(&boss, ANN).await;
        app.advance(std::time::Duration::from_mins(10));
        for act in ["reset_mfa", "unlock"] {
            let stale = boss.post(&format!("{PATH}/{id}/{act}"), &[]).await;
            stale.must_be(403, "session_reverification_required");
        }
    }
}
