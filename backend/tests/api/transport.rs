//! What holds for every request and reply.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use twofold::config::Config;

use crate::{
    database::Database,
    harness::{PASSWORD, Reply, TestApp, TestBrowser, text},
};

async fn app() -> TestApp {
    TestApp::start(Database::sqlite()).await
}

/// A POST without any header of a browser.
fn bare(browser: &TestBrowser, path: &str) -> Request<Body> {
    let mut request = browser
        .request(Method::POST, path)
        .body(Body::empty())
        .unwrap();
    request.headers_mut().remove(header::ORIGIN);
    request
}

#[tokio::test]
async fn a_change_needs_an_origin_that_is_ours_or_configured() {
    let app = app()
        .await
        .reconfigured(|config| {
            config.allowed_origins = ["https://other.example".parse().unwrap()].into();
        })
        .await;
    let browser = app.signed_up("ann@example.com").await;
    let post = async |name: &'static str, value: &'static str| {
        let mut request = bare(&browser, "/v1/me/totp");
        if !name.is_empty() {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        browser.send(request).await
    };
    for (name, value) in [
        ("", ""),
        ("origin", "https://evil.example"),
        ("origin", "http://localhost:8787.evil.example"),
        ("origin", "http://localhost"),
        ("origin", "null"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "none"),
    ] {
        post(name, value).await.must_be(403, "origin_invalid");
    }
    for (name, value) in [
        ("origin", "http://localhost:8787"),
        ("origin", "https://other.example"),
        ("sec-fetch-site", "same-origin"),
    ] {
        post(name, value).await.ok();
    }
    // A foreign origin stays foreign whatever else it sends.
    let mut request = bare(&browser, "/v1/me/totp");
    request
        .headers_mut()
        .insert("origin", "https://evil.example".parse().unwrap());
    request
        .headers_mut()
        .insert("sec-fetch-site", "same-origin".parse().unwrap());
    browser.send(request).await.must_be(403, "origin_invalid");
    // The method that a POST stands for counts, not the POST; and a GET never stands for another.
    let mut request = bare(&browser, "/v1/me/totp?_method=DELETE");
    request
        .headers_mut()
        .insert("origin", "https://evil.example".parse().unwrap());
    browser.send(request).await.must_be(403, "origin_invalid");
    browser
        .get("/v1/me/totp?_method=DELETE")
        .await
        .must_be(405, "method_not_allowed");
}

#[tokio::test]
async fn only_configured_origins_may_read_replies() {
    let app = app()
        .await
        .reconfigured(|config| {
            config.allowed_origins = ["https://other.example".parse().unwrap()].into();
        })
        .await;
    let browser = app.browser();
    let get = async |origin: &str| {
        let request = Request::get("/v1/environment").header(header::ORIGIN, origin);
        browser
            .send(request.body(Body::empty()).unwrap())
            .await
            .headers
    };
    let allowed = get("https://other.example").await;
    assert_eq!(
        allowed["access-control-allow-origin"],
        "https://other.example"
    );
    assert_eq!(allowed["access-control-allow-credentials"], "true");
    assert!(
        get("https://evil.example")
            .await
            .get("access-control-allow-origin")
            .is_none()
    );

    let preflight = Request::builder()
        .method(Method::OPTIONS)
        .uri("/v1/me/totp")
        .header(header::ORIGIN, "https://other.example")
        .header("access-control-request-method", "DELETE");
    let reply = browser.send(preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, 200);
    assert!(
        reply.headers["access-control-allow-methods"]
            .to_str()
            .unwrap()
            .contains("DELETE")
    );
}

#[tokio::test]
async fn a_body_over_16_kib_is_refused() {
    let app = app().await;
    let browser = app.browser();
    let fields =
        |length| [("identifier".to_owned(), "a".repeat(length))].map(|(name, value)| (name, value));
    let largest = fields(16 * 1024 - "identifier=".len());
    let send = async |fields: &[(String, String)]| {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        browser.post("/v1/client/sign_ins", &fields).await
    };
    send(&largest).await.ok();
    let larger = fields(16 * 1024 - "identifier=".len() + 1);
    send(&larger).await.must_be(413, "request_body_too_large");
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let app = app().await;
    let browser = app.browser();
    for content_type in [
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
    ] {
        let request = browser
            .request(Method::POST, "/v1/client/sign_ins")
            .header(header::CONTENT_TYPE, content_type)
            .body(Body::from("{}"))
            .unwrap();
        browser
            .send(request)
            .await
            .must_be(415, "unsupported_content_type");
    }
    let request = browser
        .request(Method::POST, "/v1/client/sign_ins")
        .header(
            header::CONTENT_TYPE,
            "application/x-www-form-urlencoded; charset=UTF-8",
        )
        .body(Body::from("identifier=ann"))
        .unwrap();
    browser.send(request).await.ok();
    let request = browser
        .request(Method::POST, "/v1/client/sign_ins")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("identifier=a&identifier=b"))
        .unwrap();
    browser
        .send(request)
        .await
        .must_be(422, "form_param_format_invalid");
}

#[tokio::test]
async fn an_unknown_path_is_404_and_a_wrong_method_405() {
    let app = app().await;
    let browser = app.browser();
    browser
        .get("/v1/nothing")
        .await
        .must_be(404, "resource_not_found");
    browser
        .post("/v1/nothing", &[])
        .await
        .must_be(404, "resource_not_found");
    browser
        .delete("/v1/me")
        .await
        .must_be(405, "method_not_allowed");
    browser
        .get("/v1/client/sign_ups")
        .await
        .must_be(405, "method_not_allowed");
    browser
        .get("/v1/me/totp")
        .await
        .must_be(405, "method_not_allowed");
}

#[tokio::test]
async fn every_reply_of_the_api_is_kept_by_no_cache() {
    let app = app().await;
    let browser = app.signed_up("ann@example.com").await;
    for path in ["/v1/environment", "/v1/client", "/v1/me", "/v1/nothing"] {
        assert_eq!(
            browser.get(path).await.headers["cache-control"],
            "no-store",
            "{path}"
        );
    }
    let refused = app.browser().post("/v1/me/totp", &[]).await;
    assert_eq!(refused.headers["cache-control"], "no-store");
}

/// What every reply carries, to the letter.
const HEADERS: [(&str, &str); 8] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; connect-src 'self'; font-src 'self'; manifest-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types default",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    ("origin-agent-cluster", "?1"),
];

/// What pages may use of the browser; everything else is off.
const PERMISSIONS: [&str; 3] = [
    "clipboard-write=(self)",
    "publickey-credentials-create=(self)",
    "publickey-credentials-get=(self)",
];

#[tokio::test]
async fn the_date_is_the_time_of_the_rules_also_when_that_is_set_back() {
    let app = app().await;
    let browser = app.browser();
    let date = async || browser.get("/healthz").await.headers[header::DATE].clone();
    app.set(shared::Timestamp::from_seconds(1_700_000_000));
    assert_eq!(date().await, "Tue, 14 Nov 2023 22:13:20 GMT");
    app.set(shared::Timestamp::from_seconds(1_700_000_000 - 3_600));
    assert_eq!(date().await, "Tue, 14 Nov 2023 21:13:20 GMT");
}

#[track_caller]
fn must_carry_the_headers(reply: &Reply) {
    for (name, value) in HEADERS {
        let values: Vec<_> = reply.headers.get_all(name).iter().collect();
        assert_eq!(values, [value], "{name}");
    }
    let permissions = reply.headers["permissions-policy"].to_str().unwrap();
    let (off, on): (Vec<&str>, _) = permissions
        .split(", ")
        .partition(|permission| permission.ends_with("=()"));
    assert_eq!(on, PERMISSIONS);
    for name in [
        "camera",
        "geolocation",
        "microphone",
        "clipboard-read",
        "usb",
    ] {
        assert!(off.contains(&&*format!("{name}=()")), "{permissions}");
    }
}

#[tokio::test]
async fn every_reply_carries_the_headers_that_protect_the_page() {
    let app = app().await;
    let browser = app.browser();
    for path in [
        "/",
        "/v1/environment",
        "/v1/openapi.json",
        "/v1/me",
        "/v1/nothing",
        "/.well-known/jwks.json",
        "/nothing",
        "/healthz",
    ] {
        let reply = browser.get(path).await;
        must_carry_the_headers(&reply);
        assert!(
            reply.headers.get("strict-transport-security").is_none(),
            "never over http"
        );
    }
    // A refusal before any handler, and a method that there is not.
    must_carry_the_headers(&browser.send(bare(&browser, "/v1/client/sign_ups")).await);
    must_carry_the_headers(&browser.delete("/v1/environment").await);
}

#[tokio::test]
async fn an_error_has_code_words_and_the_id_of_the_log_line() {
    let app = app().await;
    let browser = app.browser();
    let reply = browser.get("/v1/me").await;
    let error = &reply.json["errors"][0];
    assert_eq!(error["code"], "authentication_invalid");
    assert!(!text(&error["message"]).is_empty() && !text(&error["long_message"]).is_empty());
    assert_eq!(text(&reply.json["clerk_trace_id"]).len(), 32);
    assert_eq!(reply.headers["content-type"], "application/json");
    let again = browser.get("/v1/me").await;
    assert_ne!(reply.json["clerk_trace_id"], again.json["clerk_trace_id"]);
}

#[tokio::test]
async fn cookies_are_as_strict_as_the_public_url_allows() {
    let app = app().await;
    let fields = [("email_address", "ann@example.com"), ("password", PASSWORD)];
    let reply = app.browser().post("/v1/client/sign_ups", &fields).await;
    let cookies: Vec<&str> = reply
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    for name in ["client", "device"] {
        let cookie = cookies
            .iter()
            .find(|cookie| cookie.starts_with(&format!("{name}=")))
            .unwrap();
        for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(
            !cookie.contains("Domain") && !cookie.contains("Secure"),
            "{cookie}"
        );
    }
    let uat = cookies
        .iter()
        .find(|cookie| cookie.starts_with("__client_uat="))
        .unwrap();
    assert!(
        !uat.contains("HttpOnly") && uat.contains(&app.now().seconds().to_string()),
        "{uat}"
    );

    let config = Config {
        public_url: "https://id.example.com".parse().unwrap(),
        ..Config::default()
    };
    let app = TestApp::start_with(Database::sqlite(), config).await;
    let mut request = app
        .browser()
        .request(Method::POST, "/v1/client/sign_ups")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!(
            "email_address=ann%40example.com&password={PASSWORD}"
        )))
        .unwrap();
    request
        .headers_mut()
        .insert(header::ORIGIN, "https://id.example.com".parse().unwrap());
    let reply = app.browser().send(request).await;
    reply.ok();
    for name in ["__Host-client", "__Host-device"] {
        let cookie = reply
            .headers
            .get_all("set-cookie")
            .iter()
            .map(|value| value.to_str().unwrap())
            .find(|cookie| cookie.starts_with(&format!("{name}=")))
            .unwrap();
        for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    assert_eq!(
        reply.headers["strict-transport-security"],
        "max-age=63072000; includeSubDomains"
    );
}

#[tokio::test]
async fn the_environment_names_instance_and_rules() {
    let app = app().await;
    let environment = app.browser().get("/v1/environment").await.json;
    assert_eq!(environment["display_config"]["application_name"], "Twofold");
    let attributes = &environment["user_settings"]["attributes"];
    assert_eq!(attributes["authenticator_app"]["second_factors"][0], "totp");
    assert_eq!(
        attributes["backup_code"]["second_factors"][0],
        "backup_code"
    );
    let lockout = &environment["user_settings"]["attack_protection"]["user_lockout"];
    assert_eq!(
        (&lockout["max_attempts"], &lockout["duration_in_minutes"]),
        (&10.into(), &60.into())
    );
    let patched = app
        .browser()
        .post("/v1/environment?_method=PATCH", &[])
        .await
        .json;
    assert_eq!(patched, environment);
}

#[tokio::test]
async fn the_health_checks_answer() {
    let app = app().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(app.browser().get(path).await.status, 200);
    }
}

#[tokio::test]
async fn nothing_but_the_app_is_served_beside_the_api() {
    let app = app().await;
    for path in [
        "/nothing",
        "/../Cargo.toml",
        "/account",
        "/index.html.br",
        "/sign-in/",
    ] {
        assert_eq!(app.browser().get(path).await.status, 404, "{path}");
    }
    app.browser()
        .post("/sign-in", &[])
        .await
        .must_be(405, "method_not_allowed");
}
