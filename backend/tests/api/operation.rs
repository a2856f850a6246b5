//! What operators see of a running server: whether it is ready, and what it counts.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use axum::body::Body;

use crate::harness::{PASSWORD, TestApp, on_both_databases};

/// The value of the line of the metrics that is `name` with exactly these labels.
fn value(metrics: &str, series: &str) -> Option<f64> {
    metrics
        .lines()
        .find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

/// The names of metrics in a text.
fn names(text: &str) -> BTreeSet<String> {
    text.match_indices("twofold_")
        .map(|(at, _)| {
            let rest = text[at..].chars();
            rest.take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect()
        })
        .collect()
}

on_both_databases! {
    async fn a_server_is_ready_while_database_and_keys_can_be_used(app: TestApp) {
        let browser = app.browser();
        assert_eq!(browser.get("/readyz").await.status, 200);
        let with_wrong_key = browser.at(&app.server_with_wrong_key());
        assert_eq!(with_wrong_key.get("/readyz").await.status, 503);
        assert_eq!(with_wrong_key.get("/healthz").await.status, 200);
        app.lose_database().await;
        assert_eq!(browser.get("/readyz").await.status, 503);
        assert_eq!(browser.get("/healthz").await.status, 200);
    }

    async fn a_server_that_is_about_to_stop_is_not_ready_and_goes_on(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        app.stopping().announce();
        assert_eq!(browser.get("/readyz").await.status, 503);
        assert_eq!(browser.get("/healthz").await.status, 200);
        browser.get("/v1/me").await.ok();
    }

    async fn requests_are_counted_by_route_and_outcome(app: TestApp) {
        let browser = app.signed_up("ann@example.com").await;
        browser.get("/v1/me").await.ok();
        browser.get("/v1/me").await.ok();
        app.browser().get("/v1/me").await;
        app.browser().get("/v1/client/sign_ins/sia_x").await;
        app.browser().get("/v1/nothing/here").await;
        app.browser().get("/sign-in").await;
        let metrics = app.metrics().await;
        for (series, count) in [
            (r#"twofold_http_requests_total{method="GET",route="/v1/me",status="200",outcome="ok"}"#, 2.0),
            (r#"twofold_http_requests_total{method="GET",route="/v1/me",status="401",outcome="authentication_invalid"}"#, 1.0),
            (r#"twofold_http_requests_total{method="POST",route="/v1/client/sign_ups",status="200",outcome="ok"}"#, 1.0),
            (r#"twofold_http_requests_total{method="GET",route="/v1/client/sign_ins/{id}",status="404",outcome="resource_not_found"}"#, 1.0),
            (r#"twofold_http_requests_total{method="GET",route="none",status="404",outcome="resource_not_found"}"#, 1.0),
            (r#"twofold_http_request_duration_seconds_count{method="GET",route="/v1/me"}"#, 3.0),
        ] {
            assert_eq!(value(&metrics, series), Some(count), "{series}\n{metrics}");
        }
    }

    async fn attempts_are_counted_by_factor_and_outcome_and_locks_are(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        browser.sign_out().await;
        let stranger = app.browser();
        for _ in 0..10 {
            stranger
                .post(
                    "/v1/client/sign_ins",
                    &[
                        ("identifier", "ann@example.com"),
                        ("strategy", "password"),
                        ("password", "wrong-wrong-wrong"),
                    ],
                )
                .await;
        }
        stranger.password("ann@example.com").await.must_be(403, "user_locked");
        app.advance(Duration::from_secs(3_601));
        let id = stranger.password("ann@example.com").await.ok()["id"].clone();
        let id = id.as_str().unwrap();
        stranger.second_factor(id, "totp", &app.wrong_code(&user.secret)).await;
        stranger.second_factor(id, "backup_code", &user.backup_codes[0]).await.ok();
        let metrics = app.metrics().await;
        for (series, count) in [
            (r#"twofold_attempts_total{factor="password",outcome="form_password_or_identifier_incorrect"}"#, 10.0),
            (r#"twofold_attempts_total{factor="password",outcome="user_locked"}"#, 1.0),
            (r#"twofold_attempts_total{factor="password",outcome="accepted"}"#, 1.0),
            (r#"twofold_attempts_total{factor="totp",outcome="form_code_incorrect"}"#, 1.0),
            (r#"twofold_attempts_total{factor="totp",outcome="accepted"}"#, 1.0),
            (r#"twofold_attempts_total{factor="backup_code",outcome="accepted"}"#, 1.0),
            (r#"twofold_security_events_total{kind="account_locked"}"#, 1.0),
            (r#"twofold_security_events_total{kind="attempt_failed"}"#, 10.0),
            (r#"twofold_security_events_total{kind="sign_in"}"#, 1.0),
        ] {
            assert_eq!(value(&metrics, series), Some(count), "{series}\n{metrics}");
        }
    }

    async fn no_metric_tells_of_a_person_or_has_a_label_that_people_bring(app: TestApp) {
        let (browser, user) = app.enrolled("ann@example.com").await;
        let me = browser.get("/v1/me").await.ok();
        let session = browser.get("/v1/client").await.ok()["last_active_session_id"].clone();
        browser.sign_out().await;
        let browser = app.browser();
        browser.get("/v1/secret-path-of-somebody").await;
        browser.get("/sign-in?code=123456").await;
        let odd = browser.request("BREW".parse().unwrap(), "/v1/me").body(Body::empty()).unwrap();
        browser.send(odd).await;
        app.browser().password("nobody@example.com").await;
        let metrics = app.metrics().await;
        for secret in [
            "ann@example.com", "nobody", "secret-path", "123456", "BREW", PASSWORD,
            user.secret.as_str(), user.backup_codes[0].as_str(),
            me["id"].as_str().unwrap(), session.as_str().unwrap(),
        ] {
            assert!(!metrics.contains(secret), "{secret} is in\n{metrics}");
        }
        for kind in ["user_", "sess_", "client_", "sia_", "totp_", "evt_"] {
            let id = metrics.match_indices(kind).find(|(at, _)| {
                metrics[at + kind.len()..].chars().take(20).filter(char::is_ascii_alphanumeric).count() == 20
            });
            assert_eq!(id, None, "{metrics}");
        }
    }

    async fn dashboard_and_alerts_name_only_what_there_is(app: TestApp) {
        let (browser, _) = app.enrolled("ann@example.com").await;
        browser.sign_out().await;
        app.advance(Duration::from_hours(10 * 24));
        app.clean_up().await;
        let metrics = app.metrics().await;
        let known: Vec<&str> = metrics
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
            .collect();
        let mut used = BTreeSet::new();
        for file in ["grafana.json", "alerts.yml"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operation");
            let text = fs::read_to_string(folder.join(file)).unwrap();
            let names = names(&text);
            assert!(names.len() > 5, "{file}: {names:?}");
            used.extend(names);
        }
        for name in &used {
            let family = ["_total", "_bucket", "_sum", "_count", "_info"]
                .iter()
                .find_map(|suffix| name.strip_suffix(suffix))
                .unwrap_or(name);
            assert!(known.contains(&family), "there is no {name} in {known:?}");
        }
        for family in known {
            assert!(used.iter().any(|name| name.starts_with(family)), "nobody looks at {family}");
        }
    }

    async fn queue_pool_and_mails_are_measured_when_somebody_collects(app: TestApp) {
        let metrics = app.metrics().await;
        assert_eq!(value(&metrics, "twofold_mails_waiting"), Some(0.0));
        assert_eq!(value(&metrics, "twofold_database_up"), Some(1.0));
        assert_eq!(value(&metrics, "twofold_hashing_running"), Some(0.0));
        assert_eq!(value(&metrics, "twofold_hashing_waiting"), Some(0.0));
        assert_eq!(value(&metrics, "twofold_hashing_refused_total"), Some(0.0));
        assert!(metrics.contains(r#"twofold_database_connections{pool=""#), "{metrics}");
        assert!(metrics.ends_with("# EOF\n"), "{metrics}");
        app.enrolled("ann@example.com").await;
        assert_eq!(value(&app.metrics().await, "twofold_mails_waiting"), Some(1.0));
        app.lose_database().await;
        assert_eq!(value(&app.metrics().await, "twofold_database_up"), Some(0.0));
    }
}
