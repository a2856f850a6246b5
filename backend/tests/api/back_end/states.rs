//! Who may sign in: barred, locked and deleted accounts, and the last administrator.

use super::*;
use crate::instance::BOSS;

on_both_databases! {
    async fn a_ban_ends_all_sessions_and_refuses_sign_in_with_words(app: TestApp) {
        let (app, service, ann, enrolled, id) = with_ann(app).await;
        let halfway = app.browser();
        let sign_in = text(&halfway.password(ANN).await.ok()["id"]);
        let banned = done(&service.act(&id, "ban").await);
        assert_eq!(banned["banned"], true);
        ann.get("/v1/me").await.must_be(401, "signed_out");
        app.next_step();
        let code = app.code(&enrolled.secret, 0);
        halfway.second_factor(&sign_in, "totp", &code).await.must_be(404, "resource_not_found");
        // Only who knows the password learns of it.
        app.browser().password(ANN).await.must_be(403, "user_banned");
        let wrong = [("identifier", ANN), ("strategy", "password"), ("password", "wrong")];
        let reply = app.browser().post("/v1/client/sign_ins", &wrong).await;
        reply.must_be(422, "form_password_or_identifier_incorrect");
        let path = format!("/v1/users/{id}/verify_totp");
        service.post(&path, &json!({"code": code})).await.must_be(403, "user_banned");
        let path = format!("/v1/users/{id}/verify_password");
        service.post(&path, &json!({"password": PASSWORD})).await.must_be(403, "user_banned");
        // Once more is fine.
        done(&service.act(&id, "ban").await);
        assert_eq!(done(&service.act(&id, "unban").await)["banned"], false);
        let browser = app.browser();
        browser.sign_in(ANN, "totp", &code).await.ok();
        let events = browser.get("/v1/me/activity").await.ok();
        let kinds: Vec<_> = events.as_array().unwrap().iter().map(|event| text(&event["kind"])).collect();
        assert_eq!(kinds.iter().filter(|kind| *kind == "account_banned").count(), 1);
        assert_eq!(kinds.iter().filter(|kind| *kind == "account_unbanned").count(), 1);
        let mails = app.mails().await;
        assert!(mails.iter().any(|mail| mail.contains("your account was barred")), "{mails:#?}");
    }

    async fn an_account_may_be_barred_or_locked_from_its_beginning(app: TestApp) {
        let app = with_key(app).await;
        let service = Service::of(&app);
        for (email, field, code) in [
            (ANN, "banned", "user_banned"),
            ("bob@example.com", "locked", "user_locked"),
        ] {
            let user = json!({"email_address": [email], "password": PASSWORD, field: true});
            assert_eq!(done(&service.post("/v1/users", &user).await)[field], true);
            app.browser().password(email).await.must_be(403, code);
        }
    }

    /// Strangers' guesses keep no browser out that has signed in before: operators do.
    async fn an_operators_lock_holds_for_known_browsers_until_it_is_lifted(app: TestApp) {
        let (app, service, ann, enrolled, id) = with_ann(app).await;
        let halfway = app.browser();
        let sign_in = text(&halfway.password(ANN).await.ok()["id"]);
        let locked = done(&service.act(&id, "lock").await);
        assert_eq!((&locked["locked"], &locked["lockout_expires_in_seconds"]), (&json!(true), &json!(3600)));
        ann.get("/v1/me").await.must_be(401, "signed_out");
        ann.password(ANN).await.must_be(403, "user_locked");
        halfway.second_factor(&sign_in, "totp", "123456").await.must_be(403, "user_locked");
        app.advance(std::time::Duration::from_mins(30));
        let user = done(&service.get(&format!("/v1/users/{id}")).await);
        assert_eq!(user["lockout_expires_in_seconds"], 1800);

        let unlocked = done(&service.act(&id, "unlock").await);
        assert_eq!((&unlocked["locked"], &unlocked["lockout_expires_in_seconds"]), (&json!(false), &Value::Null));
        ann.sign_in(ANN, "totp", &app.code(&enrolled.secret, 0)).await.ok();
        // Where nothing is locked, nothing is lifted.
        done(&service.act(&id, "unlock").await);
        let mails = app.mails().await;
        let told = |words: &str| mails.iter().filter(|mail| mail.contains(words)).count();
        assert_eq!((told("your account was locked"), told("your account was unlocked")), (1, 1), "{mails:#?}");
    }

    async fn unlocking_lifts_the_lock_of_wrong_attempts_too(app: TestApp) {
        let (app, service, _, _, id) = with_ann(app).await;
        let path = format!("/v1/users/{id}/verify_password");
        for _ in 0..10 {
            let wrong = service.post(&path, &json!({"password": "wrong"})).await;
            wrong.must_be(422, "form_password_incorrect");
        }
        app.browser().password(ANN).await.must_be(403, "user_locked");
        assert_eq!(done(&service.act(&id, "unlock").await)["locked"], false);
        assert_eq!(app.browser().password(ANN).await.ok()["status"], "needs_second_factor");
    }

    async fn a_deleted_account_is_gone_with_all_that_is_its_own(app: TestApp) {
        let (app, service, ann, _, id) = with_ann(app).await;
        let session = text(&ann.get("/v1/client").await.ok()["last_active_session_id"]);
        let deleted = done(&service.delete(&format!("/v1/users/{id}")).await);
        assert_eq!(deleted, json!({"object": "user", "id": id, "deleted": true}));
        ann.get("/v1/me").await.must_be(401, "signed_out");
        service.get(&format!("/v1/users/{id}")).await.must_be(404, "resource_not_found");
        service.get(&format!("/v1/sessions/{session}")).await.must_be(404, "resource_not_found");
        service.delete(&format!("/v1/users/{id}")).await.must_be(404, "resource_not_found");
        app.browser().password(ANN).await.must_be(422, "form_password_or_identifier_incorrect");
        assert_eq!(app.mails().await, [""; 0], "nobody is left to be told");
        // Its address is free again.
        app.signed_up(ANN).await;
    }

    async fn every_act_on_an_account_that_there_is_not_finds_nothing(app: TestApp) {
        let app = with_key(app).await;
        let service = Service::of(&app);
        for act in ["ban", "unban", "lock", "unlock"] {
            service.act("user_nobody", act).await.must_be(404, "resource_not_found");
        }
        for act in ["verify_totp", "verify_password"] {
            let body = json!({"code": "123456", "password": PASSWORD});
            let path = format!("/v1/users/user_nobody/{act}");
            service.post(&path, &body).await.must_be(404, "resource_not_found");
        }
    }

    async fn the_last_administrator_stays(app: TestApp) {
        let other = "other@example.com";
        let app = app
            .reconfigured(|config| {
                let addresses = [BOSS, other, "never@example.com"];
                config.administrators = addresses.map(|address| address.parse().unwrap()).into();
            })
            .await;
        let app = with_key(app).await;
        let service = Service::of(&app);
        let (boss, _) = app.enrolled(BOSS).await;
        let id = text(&boss.me().await["id"]);
        let last = "last_administrator";
        for act in ["ban", "lock"] {
            service.act(&id, act).await.must_be(400, last);
        }
        for path in ["", "/mfa", "/totp", "/backup_code"] {
            service.delete(&format!("/v1/users/{id}{path}")).await.must_be(400, last);
        }
        assert_eq!(boss.me().await["administrator"], true, "and is signed in as before");

        let (another, _) = app.enrolled(other).await;
        let other_id = text(&another.me().await["id"]);
        done(&service.act(&other_id, "ban").await);
        service.act(&id, "ban").await.must_be(400, last);
        done(&service.act(&other_id, "unban").await);
        done(&service.delete(&format!("/v1/users/{id}/mfa")).await);
        done(&service.delete(&format!("/v1/users/{id}")).await);
        service.delete(&format!("/v1/users/{other_id}")).await.must_be(400, last);
    }

    async fn of_two_administrators_that_go_at_once_one_stays(app: TestApp) {
        let app = app
            .reconfigured(|config| {
                let addresses = (0..8).map(|n| format!("boss{n}@example.com").parse().unwrap());
                config.administrators = addresses.collect();
            })
            .await;
        let app = with_key(app).await;
        let mut going = Vec::new();
        for n in 0..8 {
            let boss = app.signed_up(&format!("boss{n}@example.com")).await;
            let id = text(&boss.me().await["id"]);
            let service = Service::of(&app);
            going.push(tokio::spawn(async move {
                service.delete(&format!("/v1/users/{id}")).await.status.as_u16()
            }));
        }
        let mut stayed = 0;
        for reply in going {
            match reply.await.unwrap() {
                200 => {}
                400 => stayed += 1,
                status => panic!("{status}"),
            }
        }
        assert_eq!(stayed, 1);
        let count = done(&Service::of(&app).get("/v1/users/count").await);
        assert_eq!(count["total_count"], 1);
    }
}
