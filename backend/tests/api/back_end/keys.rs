//! Who may call: whoever has a key, and nobody by a cookie.

use super::*;

const INVALID: (u16, &str) = (401, "clerk_key_invalid");

on_both_databases! {
    async fn only_a_right_key_opens_the_api(app: TestApp) {
        let app = with_key(app).await;
        let basic = format!("Basic {KEY}");
        let (longer, shorter) = (format!("Bearer {KEY}0"), format!("Bearer {}", &KEY[..39]));
        for authorization in ["", "Bearer", "Bearer ", KEY, &basic, &longer, &shorter] {
            let refused = Service::with(&app, authorization).get("/v1/users").await;
            refused.must_be(INVALID.0, INVALID.1);
        }
        done(&Service::with(&app, &format!("bearer {KEY}")).get("/v1/users").await);
    }

    async fn without_a_key_in_the_configuration_no_key_is_right(app: TestApp) {
        Service::of(&app).get("/v1/users").await.must_be(INVALID.0, INVALID.1);
        Service::with(&app, "Bearer ").get("/v1/users").await.must_be(INVALID.0, INVALID.1);
    }

    async fn each_of_several_keys_opens_the_api(app: TestApp) {
        let other = KEY.replace('0', "9");
        let app = app
            .reconfigured(|config| {
                config.secret_key = Some(format!("{KEY}\n{other}").parse().unwrap());
            })
            .await;
        for key in [KEY, &other] {
            done(&Service::with(&app, &format!("Bearer {key}")).get("/v1/users").await);
        }
    }

    /// The browser's own routes know no key, and those for services no cookie.
    async fn a_key_acts_through_no_cookie_and_a_cookie_through_no_key(app: TestApp) {
        let app = with_key(app).await;
        let (ann, _) = app.enrolled(ANN).await;
        let id = text(&ann.me().await["id"]);
        ann.get("/v1/users").await.must_be(INVALID.0, INVALID.1);
        ann.delete(&format!("/v1/users/{id}")).await.must_be(INVALID.0, INVALID.1);
        // A page elsewhere that has a browser send both still is a page elsewhere.
        let request = ann
            .request(Method::DELETE, "/v1/me/totp")
            .header(header::AUTHORIZATION, format!("Bearer {KEY}"))
            .body(Body::empty())
            .unwrap();
        let mut elsewhere: Request<Body> = request;
        elsewhere.headers_mut().remove(header::ORIGIN);
        ann.send(elsewhere).await.must_be(403, "origin_invalid");
        // Nor is a session found by a key alone.
        Service::of(&app).get("/v1/me").await.must_be(401, "authentication_invalid");
        let reply = Service::of(&app).get("/v1/users").await;
        assert!(reply.headers.get(header::SET_COOKIE).is_none());
        assert!(reply.headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).is_none());
        assert_eq!(ann.me().await["totp_enabled"], true);
    }

    async fn wrong_keys_are_slowed_down_by_address_and_a_right_one_never_is(app: TestApp) {
        let app = with_key(app).await;
        let app = app
            .reconfigured(|config| config.rate_limits = "on".parse().unwrap())
            .await;
        let wrong = Service::with(&app, "Bearer wrong").coming_from("192.0.2.1");
        for _ in 0..10 {
            wrong.get("/v1/users").await.must_be(INVALID.0, INVALID.1);
        }
        let refused = wrong.get("/v1/users").await;
        refused.must_be(429, "too_many_requests");
        assert_eq!(refused.headers[header::RETRY_AFTER], "1");
        done(&Service::of(&app).coming_from("192.0.2.1").get("/v1/users").await);
        let elsewhere = Service::with(&app, "Bearer wrong").coming_from("192.0.2.2");
        elsewhere.get("/v1/users").await.must_be(INVALID.0, INVALID.1);
    }

    async fn the_keys_of_session_tokens_are_the_published_ones(app: TestApp) {
        let app = with_key(app).await;
        let published = app.browser().get("/.well-known/jwks.json").await.json;
        assert_eq!(done(&Service::of(&app).get("/v1/jwks").await), published);
    }
}
