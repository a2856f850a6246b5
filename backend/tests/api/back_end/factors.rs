//! Checking codes and passwords for services, and taking factors away.

use super::*;

on_both_databases! {
    async fn a_code_is_right_once_at_sign_in_and_for_services_alike(app: TestApp) {
        let (app, service, ann, enrolled, id) = with_ann(app).await;
        let path = format!("/v1/users/{id}/verify_totp");
        let verify = async |code: &str| service.post(&path, &json!({"code": code})).await;
        // It set the authenticator app up.
        let used = verify(&enrolled.code).await;
        used.must_be(422, "form_code_incorrect");
        assert_eq!(used.meta()["reason"], "code_already_used");

        app.next_step();
        let code = app.code(&enrolled.secret, 0);
        let right = json!({"verified": true, "code_type": "totp"});
        assert_eq!(done(&verify(&code).await), right);
        assert_eq!(last_event(&ann).await, (json!("factor_verified"), json!("back_end_api")));
        verify(&code).await.must_be(422, "form_code_incorrect");
        let refused = app.browser().sign_in(ANN, "totp", &code).await;
        assert_eq!(refused.meta()["reason"], "code_already_used");

        let code = &enrolled.backup_codes[0];
        let right = json!({"verified": true, "code_type": "backup_code"});
        assert_eq!(done(&verify(code).await), right);
        verify(code).await.must_be(422, "form_code_incorrect");
        assert_eq!(ann.me().await["backup_codes_remaining"], 9);
        let mails = app.mails().await;
        assert!(mails.iter().any(|mail| mail.contains("a backup code was used")), "{mails:#?}");
    }

    async fn wrong_codes_count_as_everywhere_and_lock(app: TestApp) {
        let (app, service, ann, enrolled, id) = with_ann(app).await;
        app.next_step();
        let path = format!("/v1/users/{id}/verify_totp");
        let wrong = json!({"code": app.wrong_code(&enrolled.secret)});
        for _ in 0..7 {
            assert_eq!(service.post(&path, &wrong).await.codes(), ["form_code_incorrect"]);
        }
        let password = format!("/v1/users/{id}/verify_password");
        let warned = service.post(&password, &json!({"password": "wrong"})).await;
        assert_eq!(warned.codes(), ["form_password_incorrect", "account_lockout_warning"]);
        service.post(&path, &wrong).await.must_be(422, "form_code_incorrect");
        service.post(&path, &wrong).await.must_be(422, "form_code_incorrect");
        let right = json!({"code": app.code(&enrolled.secret, 0)});
        service.post(&path, &right).await.must_be(403, "user_locked");
        let right = json!({"password": PASSWORD});
        service.post(&password, &right).await.must_be(403, "user_locked");
        ann.get("/v1/me").await.must_be(401, "signed_out");
        // A right one after all of it, and the count begins anew.
        app.advance(std::time::Duration::from_hours(1));
        done(&service.post(&path, &json!({"code": app.code(&enrolled.secret, 0)})).await);
        let user = done(&service.get(&format!("/v1/users/{id}")).await);
        assert_eq!(user["verification_attempts_remaining"], 10);
    }

    async fn a_right_password_gives_back_what_it_spent_and_no_more(app: TestApp) {
        let (app, service, _, enrolled, id) = with_ann(app).await;
        let path = format!("/v1/users/{id}/verify_password");
        let code = json!({"code": app.wrong_code(&enrolled.secret)});
        service.post(&format!("/v1/users/{id}/verify_totp"), &code).await.must_be(422, "form_code_incorrect");
        for _ in 0..12 {
            let right = service.post(&path, &json!({"password": PASSWORD})).await;
            assert_eq!(done(&right), json!({"verified": true}));
        }
        let user = done(&service.get(&format!("/v1/users/{id}")).await);
        assert_eq!(user["verification_attempts_remaining"], 9);
    }

    async fn what_has_no_form_of_a_code_spends_nothing(app: TestApp) {
        let (_app, service, _, _, id) = with_ann(app).await;
        let path = format!("/v1/users/{id}/verify_totp");
        service.post(&path, &json!({})).await.must_be_of_param(422, "form_param_missing", "code");
        service.post(&path, &json!({"code": " "})).await.must_be_of_param(422, "form_param_nil", "code");
        for malformed in ["12345", "1234567", "äöü", "abcde-fghi0"] {
            let refused = service.post(&path, &json!({"code": malformed})).await;
            refused.must_be_of_param(422, "form_param_format_invalid", "code");
        }
        let refused = service.post(&path, &json!({"code": 123_456})).await;
        refused.must_be_of_param(422, "form_param_format_invalid", "code");
        let user = done(&service.get(&format!("/v1/users/{id}")).await);
        assert_eq!(user["verification_attempts_remaining"], 10);
    }

    async fn a_reset_takes_all_factors_and_ends_what_was_under_way(app: TestApp) {
        let (app, service, ann, _, id) = with_ann(app).await;
        let elsewhere = app.browser();
        let sign_in = text(&elsewhere.password(ANN).await.ok()["id"]);
        app.advance(SECOND);
        let reset = done(&service.delete(&format!("/v1/users/{id}/mfa")).await);
        assert_eq!(reset, json!({"user_id": id}));
        ann.get("/v1/me").await.must_be(401, "signed_out");
        let over = elsewhere.second_factor(&sign_in, "totp", "123456").await;
        over.must_be(422, "form_code_incorrect");
        app.advance(SECOND);
        let browser = app.browser();
        assert_eq!(browser.password(ANN).await.ok()["status"], "complete");
        let user = browser.me().await;
        assert_eq!((&user["totp_enabled"], &user["backup_code_enabled"]), (&json!(false), &json!(false)));
        let events = browser.get("/v1/me/activity").await.ok();
        let removed = events.as_array().unwrap().iter().find(|event| event["kind"] == "totp_removed");
        assert_eq!(removed.unwrap()["actor"], "back_end_api");
        let mails = app.mails().await;
        assert!(mails.iter().any(|mail| mail.contains("authentication was reset")), "{mails:#?}");
        // Once more is fine, and of one factor there is nothing left.
        done(&service.delete(&format!("/v1/users/{id}/mfa")).await);
        for factor in ["totp", "backup_code"] {
            let none = service.delete(&format!("/v1/users/{id}/{factor}")).await;
            none.must_be(404, "resource_not_found");
        }
        service.delete("/v1/users/user_nobody/mfa").await.must_be(404, "resource_not_found");
    }

    async fn the_backup_codes_go_alone_and_with_the_app(app: TestApp) {
        let (app, service, ann, enrolled, id) = with_ann(app).await;
        app.advance(SECOND);
        done(&service.delete(&format!("/v1/users/{id}/backup_code")).await);
        assert_eq!(last_event(&ann).await, (json!("backup_codes_removed"), json!("back_end_api")));
        let user = ann.me().await;
        assert_eq!((&user["totp_enabled"], &user["backup_code_enabled"]), (&json!(true), &json!(false)));
        let gone = app.browser().sign_in(ANN, "backup_code", &enrolled.backup_codes[0]).await;
        gone.must_be(422, "form_code_incorrect");
        app.next_step();
        app.browser().sign_in(ANN, "totp", &app.code(&enrolled.secret, 0)).await.ok();

        let (_, _) = app.enrolled("bob@example.com").await;
        let bob = done(&service.get("/v1/users?email_address=bob@example.com").await);
        let path = format!("/v1/users/{}", text(&bob[0]["id"]));
        done(&service.delete(&format!("{path}/totp")).await);
        let bob = done(&service.get(&path).await);
        assert_eq!((&bob["totp_enabled"], &bob["backup_code_enabled"]), (&json!(false), &json!(false)));
    }
}
