//! Accounts that come from another system, with what protects them there.

use super::*;

/// The base32 of "12345678901234567890".
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/// Two codes and a password as bcrypt hashes them, at the least cost that it has.
const CODE: &str = "ABCD-1234";
const INVALID: &str = "form_param_format_invalid";

fn bcrypt(secret: &str) -> String {
    bcrypt::hash_with_salt(secret, 4, [7; 16])
        .unwrap()
        .to_string()
}

/// Ann with a password, and with what is given beside it.
fn ann_with(fields: &Value) -> Value {
    let mut ann = json!({"email_address": [ANN], "password": PASSWORD});
    let fields = fields.as_object().unwrap().clone();
    ann.as_object_mut().unwrap().extend(fields);
    ann
}

async fn refused(service: &Service, fields: Value, code: &str, param: &str) {
    let reply = service.post("/v1/users", &ann_with(&fields)).await;
    reply.must_be_of_param(422, code, param);
}

on_both_databases! {
    async fn an_account_is_made_as_it_is_and_signs_in(app: TestApp) {
        let app = with_key(app).await;
        let service = Service::of(&app);
        let user = ann_with(&json!({
            "username": "Ann", "first_name": "Ann", "last_name": "Lee", "external_id": "7",
            "created_at": "2012-10-20T07:15:20.902Z",
        }));
        let user = done(&service.post("/v1/users", &user).await);
        for (field, value) in [
            ("object", json!("user")), ("username", json!("ann")), ("first_name", json!("Ann")),
            ("last_name", json!("Lee")), ("external_id", json!("7")), ("password_enabled", json!(true)),
            ("created_at", json!(1_350_717_320_902_i64)), ("last_sign_in_at", Value::Null),
            ("two_factor_enabled", json!(false)), ("banned", json!(false)), ("locked", json!(false)),
        ] {
            assert_eq!(user[field], value, "{field}");
        }
        app.advance(SECOND);
        let browser = app.browser();
        assert_eq!(browser.password("ann").await.ok()["status"], "complete");
        let events = browser.get("/v1/me/activity").await.ok();
        assert_eq!(events[1]["kind"], "sign_up");
        assert_eq!(events[1]["actor"], "back_end_api");
        assert_eq!(events[1]["ip_address"], Value::Null, "where services sit is their own");
    }

    async fn an_imported_authenticator_app_protects_at_once(app: TestApp) {
        let app = with_key(app).await;
        let service = Service::of(&app);
        for (email, secret) in [
            (ANN, SECRET),
            ("bob@example.com", "gezd gnbv gy3t qojq gezd gnbv gy"),
            ("carl@example.com", &format!("{SECRET}{SECRET}")[..52]),
        ] {
            let user = ann_with(&json!({"email_address": [email], "totp_secret": secret}));
            let user = done(&service.post("/v1/users", &user).await);
            assert_eq!((&user["totp_enabled"], &user["backup_code_enabled"]), (&json!(true), &json!(false)));
            let browser = app.browser();
            let id = text(&browser.password(email).await.ok()["id"]);
            let plain = secret.replace(' ', "").to_uppercase();
            let wrong = app.wrong_code(&plain);
            browser.second_factor(&id, "totp", &wrong).await.must_be(422, "form_code_incorrect");
            browser.second_factor(&id, "totp", &app.code(&plain, 0)).await.ok();
        }
    }

    async fn plain_codes_of_another_system_work_once_however_they_are_typed(app: TestApp) {
        let app = with_key(app).await;
        let codes = json!({"totp_secret": SECRET, "backup_codes": [CODE, "w7z3k1", "0123456789"]});
        let user = done(&Service::of(&app).post("/v1/users", &ann_with(&codes)).await);
        assert_eq!(user["backup_codes_remaining"], 3);
        let sign_in = async |code: &str| app.browser().sign_in(ANN, "backup_code", code).await;
        sign_in("abcd 1234").await.ok();
        let again = sign_in("ABCD-1234").await;
        again.must_be(422, "form_code_incorrect");
        assert_eq!(again.meta()["reason"], "code_already_used");
        sign_in("0123456789").await.ok();
        sign_in("abcd1235").await.must_be(422, "form_code_incorrect");
    }

    async fn hashed_codes_of_another_system_work_once(app: TestApp) {
        let app = with_key(app).await;
        let hashes = [bcrypt(CODE), bcrypt("w7z3k1")];
        let codes = json!({"totp_secret": SECRET, "backup_codes": hashes});
        done(&Service::of(&app).post("/v1/users", &ann_with(&codes)).await);
        let sign_in = async |code: &str| app.browser().sign_in(ANN, "backup_code", code).await;
        // As it was hashed, with its capitals and its hyphen; and one that was hashed without.
        sign_in(" ABCD-1234 ").await.ok();
        let again = sign_in(CODE).await;
        again.must_be(422, "form_code_incorrect");
        assert_eq!(again.meta()["reason"], "code_already_used");
        let signed_in = app.browser();
        signed_in.sign_in(ANN, "backup_code", "W7Z-3K1").await.ok();
        assert_eq!(signed_in.me().await["backup_codes_remaining"], 0);
    }

    async fn of_64_copies_of_a_hashed_code_one_is_accepted(app: TestApp) {
        let app = with_key(app.without_lockout().await).await;
        let codes = json!({"totp_secret": SECRET, "backup_codes": [bcrypt(CODE)]});
        done(&Service::of(&app).post("/v1/users", &ann_with(&codes)).await);
        app.one_of_64_copies_is_accepted(ANN, "backup_code", CODE).await;
    }

    async fn a_password_that_another_system_hashed_is_right_and_hashed_anew(app: TestApp) {
        let app = with_key(app).await;
        let service = Service::of(&app);
        let argon2id = "$argon2id$v=19$m=64,t=4,p=8$Z2liZXJyaXNo$iGXEpMBTDYQ8G/71tF0qGjxRHEmR3gpGULcE93zUJVU";
        for (email, hasher, digest) in [
            (ANN, "bcrypt", bcrypt(PASSWORD)),
            (ANN, "bcrypt", bcrypt(PASSWORD).replace("$2b$", "$2y$")),
            ("bob@example.com", "argon2id", argon2id.to_owned()),
        ] {
            let user = json!({"email_address": [email], "password_digest": digest, "password_hasher": hasher});
            let made = service.post("/v1/users", &user).await;
            if made.status.as_u16() == 422 {
                made.must_be_of_param(422, "form_identifier_exists", "email_address");
            }
        }
        for _ in 0..2 {
            let browser = app.browser();
            assert_eq!(browser.password(ANN).await.ok()["status"], "complete");
        }
        let stranger = app.browser();
        stranger.password("bob@example.com").await.must_be(422, "form_password_or_identifier_incorrect");
    }

    async fn without_a_password_nobody_signs_in(app: TestApp) {
        let app = with_key(app).await;
        let user = json!({"email_address": [ANN], "skip_password_requirement": true});
        let user = done(&Service::of(&app).post("/v1/users", &user).await);
        assert_eq!(user["password_enabled"], false);
        for password in [PASSWORD, " "] {
            let fields = [("identifier", ANN), ("strategy", "password"), ("password", password)];
            let reply = app.browser().post("/v1/client/sign_ins", &fields).await;
            assert_eq!(reply.status.as_u16(), 422, "{:#}", reply.json);
        }
    }

    async fn a_weak_password_is_taken_only_unchecked(app: TestApp) {
        let app = with_key(app).await;
        let service = Service::of(&app);
        refused(&service, json!({"password": "password"}), "form_password_pwned", "password").await;
        let user = ann_with(&json!({"password": "password", "skip_password_checks": true}));
        done(&service.post("/v1/users", &user).await);
    }

    /// What is lost in an import is lost for good.
    async fn whatever_is_wrong_with_an_import_is_named_and_nothing_is_made(app: TestApp) {
        let app = with_key(app).await;
        let service = Service::of(&app);
        let (missing, unknown) = ("form_param_missing", "form_param_unknown");
        let both = |codes: Value| json!({"totp_secret": SECRET, "backup_codes": codes});
        let hashed = |hasher: &str, digest: &str| {
            json!({"password": null, "password_hasher": hasher, "password_digest": digest})
        };
        let dear = bcrypt(CODE).replace("$04$", "$12$");
        for (fields, code, param) in [
            (json!({"email_address": []}), missing, "email_address"),
            (json!({"email_address": ["nobody"]}), INVALID, "email_address"),
            (json!({"email_address": [ANN, "a@example.com"]}), INVALID, "email_address"),
            (json!({"email_address": ANN}), INVALID, "email_address"),
            (json!({"username": "a b"}), INVALID, "username"),
            (json!({"external_id": ""}), INVALID, "external_id"),
            (json!({"external_id": "a\nb"}), INVALID, "external_id"),
            (json!({"password": null}), missing, "password"),
            (json!({"password_digest": bcrypt("a")}), INVALID, "password_digest"),
            (hashed("md5", "5f4dcc3b5aa765d61d8327deb882cf99"), INVALID, "password_hasher"),
            (hashed("bcrypt", "5f4dcc3b5aa765d61d8327deb882cf99"), INVALID, "password_digest"),
            (json!({"password": null, "password_digest": "x"}), missing, "password_hasher"),
            (json!({"totp_secret": "GEZDGNBV"}), INVALID, "totp_secret"),
            (json!({"totp_secret": "not base32!"}), INVALID, "totp_secret"),
            (both(json!([])), INVALID, "backup_codes"),
            (both(json!(["abcdef", "abcdef"])), INVALID, "backup_codes"),
            (both(json!(["abcdef", "ABC-DEF"])), INVALID, "backup_codes"),
            (both(json!(["abcdef", bcrypt(CODE)])), INVALID, "backup_codes"),
            (both(json!([dear])), INVALID, "backup_codes"),
            (both(json!(["short"])), INVALID, "backup_codes"),
            (json!({"created_at": "yesterday"}), INVALID, "created_at"),
            (json!({"phone_number": ["+1"]}), unknown, "phone_number"),
            (json!({"public_metadata": {"a": 1}}), unknown, "public_metadata"),
        ] {
            refused(&service, fields, code, param).await;
        }
        let alone = service.post("/v1/users", &ann_with(&json!({"backup_codes": ["abcdef"]}))).await;
        alone.must_be(400, "backup_codes_not_available");
        assert_eq!(done(&service.get("/v1/users/count").await)["total_count"], 0);
    }

    async fn a_body_that_is_no_json_is_refused(app: TestApp) {
        let app = with_key(app).await;
        let browser = app.browser();
        for (content_type, body, status) in [
            ("application/x-www-form-urlencoded", "email_address=ann", 415),
            ("application/json", "{\"email_address\":", 422),
            ("application/json", "{} {}", 422),
            ("application/json", "[]", 422),
        ] {
            let request = Request::post("/v1/users")
                .header(header::AUTHORIZATION, format!("Bearer {KEY}"))
                .header(header::CONTENT_TYPE, content_type)
                .body(Body::from(body))
                .unwrap();
            assert_eq!(browser.send(request).await.status.as_u16(), status, "{body}");
        }
        let large = ann_with(&json!({"first_name": "a".repeat(20_000)}));
        Service::of(&app).post("/v1/users", &large).await.must_be(413, "request_body_too_large");
    }

    async fn factors_that_are_switched_off_are_not_taken_in(app: TestApp) {
        let app = app
            .reconfigured(|config| {
                config.administrators = [crate::instance::BOSS.parse().unwrap()].into();
            })
            .await;
        let app = with_key(app).await;
        let (boss, _) = app.enrolled(crate::instance::BOSS).await;
        let service = Service::of(&app);
        crate::instance::change(&boss, &[("backup_code", "false")]).await.ok();
        let fields = json!({"totp_secret": SECRET, "backup_codes": ["abcdef"]});
        service.post("/v1/users", &ann_with(&fields)).await.must_be(403, "feature_not_enabled");
        crate::instance::change(&boss, &[("authenticator_app", "false")]).await.ok();
        let fields = json!({"totp_secret": SECRET});
        service.post("/v1/users", &ann_with(&fields)).await.must_be(403, "feature_not_enabled");
    }
}
