//! Looking accounts and sessions up.

use super::*;

async fn emails(service: &Service, query: &str) -> Vec<String> {
    let users = done(&service.get(&format!("/v1/users?{query}")).await);
    let users = users.as_array().unwrap().iter();
    users
        .map(|user| text(&user["email_addresses"][0]["email_address"]))
        .collect()
}

async fn with_three(app: TestApp) -> (TestApp, Service) {
    let app = with_key(app).await;
    let service = Service::of(&app);
    for (email, username, name) in [
        (ANN, "ann", "Ann"),
        ("bob@example.com", "bob_1", "Bob"),
        ("carl@example.org", "carl", "100%"),
    ] {
        app.advance(std::time::Duration::from_secs(1));
        let user = json!({
            "email_address": [email], "username": username, "first_name": name,
            "password": PASSWORD, "external_id": format!("old {username}"),
        });
        done(&service.post("/v1/users", &user).await);
    }
    (app, service)
}

on_both_databases! {
    async fn users_are_listed_newest_first_and_in_parts(app: TestApp) {
        let (_app, service) = with_three(app).await;
        let all = ["carl@example.org", "bob@example.com", ANN];
        assert_eq!(emails(&service, "").await, all);
        assert_eq!(emails(&service, "limit=1&offset=1").await, all[1..2]);
        assert_eq!(emails(&service, "offset=3").await, [""; 0]);
        assert_eq!(emails(&service, "order_by=%2Bemail_address").await, [ANN, all[1], all[0]]);
        assert_eq!(emails(&service, "order_by=-email_address").await, all);
        assert_eq!(emails(&service, "order_by=created_at&limit=2").await, [ANN, all[1]]);
        assert_eq!(emails(&service, "order_by=-last_name").await.len(), 3);
    }

    async fn users_are_found_by_what_is_theirs_and_counted(app: TestApp) {
        let (_app, service) = with_three(app).await;
        let (bob, carl) = ("bob@example.com", "carl@example.org");
        for (query, found) in [
            ("email_address=Ann@Example.com", vec![ANN]),
            ("email_address=ann@example.com&email_address=carl@example.org", vec![carl, ANN]),
            ("email_address=nn@example.com", vec![]),
            ("username=bob_1", vec![bob]),
            ("external_id=old%20carl", vec![carl]),
            ("external_id=old", vec![]),
            ("external_id=%0A", vec![]),
            ("query=EXAMPLE.COM", vec![bob, ANN]),
            ("query=bob_", vec![bob]),
            ("query=100%25", vec![carl]),
            ("query=_nn", vec![]),
            ("query=nobody", vec![]),
            ("username=ann&query=example", vec![ANN]),
            ("username=ann&query=org", vec![]),
        ] {
            assert_eq!(emails(&service, query).await, found, "{query}");
            let count = done(&service.get(&format!("/v1/users/count?{query}")).await);
            assert_eq!(count, json!({"object": "total_count", "total_count": found.len()}));
        }
    }

    async fn a_filter_that_there_is_not_is_refused(app: TestApp) {
        let (_app, service) = with_three(app).await;
        let unknown = "form_param_unknown";
        for path in ["/v1/users", "/v1/users/count"] {
            let refused = service.get(&format!("{path}?phone_number=1")).await;
            refused.must_be_of_param(422, unknown, "phone_number");
        }
        let refused = service.get("/v1/sessions?user_id=user_1&organization_id=1").await;
        refused.must_be_of_param(422, unknown, "organization_id");
        let refused = service.get("/v1/users?limit=many").await;
        refused.must_be_of_param(422, "form_param_format_invalid", "limit");
    }

    async fn a_user_is_as_the_user_sees_it(app: TestApp) {
        let (_app, service, ann, _, id) = with_ann(app).await;
        let user = done(&service.get(&format!("/v1/users/{id}")).await);
        assert_eq!(user, ann.me().await);
        service.get("/v1/users/user_nobody").await.must_be(404, "resource_not_found");
    }

    async fn sessions_are_listed_looked_up_and_ended(app: TestApp) {
        let (_app, service, ann, _, id) = with_ann(app).await;
        let session = text(&ann.get("/v1/client").await.ok()["last_active_session_id"]);
        service.get("/v1/sessions").await.must_be_of_param(422, "form_param_missing", "user_id");
        let listed = done(&service.get(&format!("/v1/sessions?user_id={id}")).await);
        assert_eq!((&listed[0]["id"], &listed[0]["user_id"]), (&json!(session), &json!(id)));
        let path = format!("/v1/sessions/{session}");
        assert_eq!(done(&service.get(&path).await), listed[0]);
        assert_eq!(listed[0]["status"], "active");
        let page = format!("/v1/sessions?user_id={id}&status=active&paginated=true");
        assert_eq!(done(&service.get(&page).await)["total_count"], 1);

        let revoked = done(&service.post(&format!("{path}/revoke"), &json!({})).await);
        assert_eq!(revoked["status"], "revoked");
        ann.get("/v1/me").await.must_be(401, "signed_out");
        assert_eq!(done(&service.get(&page).await), json!({"data": [], "total_count": 0}));
        // Once more changes nothing.
        let again = done(&service.post(&format!("{path}/revoke"), &json!({})).await);
        assert_eq!(again, revoked);
        let client = text(&listed[0]["client_id"]);
        let of_client = done(&service.get(&format!("/v1/sessions?client_id={client}")).await);
        assert_eq!(of_client, json!([revoked]));
        service.get("/v1/sessions/sess_none").await.must_be(404, "resource_not_found");
        let none = service.post("/v1/sessions/sess_none/revoke", &json!({})).await;
        none.must_be(404, "resource_not_found");
    }

    async fn a_session_that_is_over_by_age_is_expired(app: TestApp) {
        let (app, service, ann, _, id) = with_ann(app).await;
        let session = text(&ann.get("/v1/client").await.ok()["last_active_session_id"]);
        app.advance(std::time::Duration::from_hours(24));
        let shown = done(&service.get(&format!("/v1/sessions/{session}")).await);
        assert_eq!(shown["status"], "expired");
        for (status, number) in [("expired", 1), ("active", 0)] {
            let path = format!("/v1/sessions?user_id={id}&status={status}");
            assert_eq!(done(&service.get(&path).await).as_array().unwrap().len(), number);
        }
    }

    async fn names_are_changed_and_stay_unique(app: TestApp) {
        let (_app, service) = with_three(app).await;
        let users = done(&service.get("/v1/users?username=ann").await);
        let path = format!("/v1/users/{}", text(&users[0]["id"]));
        let names = json!({"username": "Anna", "external_id": "new"});
        let user = done(&service.send(Method::PATCH, &path, Some(&names)).await);
        assert_eq!((&user["username"], &user["external_id"]), (&json!("anna"), &json!("new")));
        assert_eq!(user["first_name"], "Ann");
        for (field, taken) in [("username", "bob_1"), ("external_id", "old carl")] {
            let refused = service.send(Method::PATCH, &path, Some(&json!({field: taken}))).await;
            refused.must_be_of_param(422, "form_identifier_exists", field);
        }
        let refused = service.send(Method::PATCH, &path, Some(&json!({"password": "x"}))).await;
        refused.must_be_of_param(422, "form_param_unknown", "password");
        let nobody = service.send(Method::PATCH, "/v1/users/user_1", Some(&names)).await;
        nobody.must_be(404, "resource_not_found");
    }
}
