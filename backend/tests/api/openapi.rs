//! The description of the API.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{database::Database, harness::TestApp};

const METHODS: [&str; 4] = ["get", "post", "patch", "delete"];

pub(crate) async fn description() -> Value {
    let app = TestApp::start(Database::sqlite()).await;
    let reply = app.browser().get("/v1/openapi.json").await;
    assert_eq!(reply.status.as_u16(), 200);
    assert_eq!(reply.headers["content-type"], "application/json");
    reply.json
}

/// Each operation with its method and path.
pub(crate) fn operations(description: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = description["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        let described = METHODS.iter().filter(|method| item[**method].is_object());
        described.map(move |method| (format!("{} {path}", method.to_uppercase()), &item[*method]))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_the_contract_is_described() {
    let description = description().await;
    assert_eq!(description["openapi"], "3.1.0");
    assert_eq!(description["servers"][0]["url"], "http://localhost:8787");
    let described: BTreeSet<_> = operations(&description).map(|(name, _)| name).collect();
    let expected = [
        "DELETE /v1/client",
        "DELETE /v1/client/sessions",
        "DELETE /v1/me/totp",
        "DELETE /v1/users/{id}",
        "DELETE /v1/users/{id}/backup_code",
        "DELETE /v1/users/{id}/mfa",
        "DELETE /v1/users/{id}/totp",
        "GET /.well-known/jwks.json",
        "GET /v1/client",
        "GET /v1/client/sign_ins/{id}",
        "GET /v1/client/sign_ups/{id}",
        "GET /v1/environment",
        "GET /v1/forward_auth",
        "GET /v1/instance/multi_factor",
        "GET /v1/instance/users",
        "GET /v1/jwks",
        "GET /v1/me",
        "GET /v1/me/activity",
        "GET /v1/me/sessions/active",
        "GET /v1/sessions",
        "GET /v1/sessions/{id}",
        "GET /v1/users",
        "GET /v1/users/count",
        "GET /v1/users/{id}",
        "PATCH /v1/environment",
        "PATCH /v1/instance/multi_factor",
        "PATCH /v1/users/{id}",
        "POST /v1/client/sessions/{id}/end",
        "POST /v1/client/sessions/{id}/remove",
        "POST /v1/client/sessions/{id}/tokens",
        "POST /v1/client/sessions/{id}/touch",
        "POST /v1/client/sessions/{id}/verify",
        "POST /v1/client/sessions/{id}/verify/attempt_first_factor",
        "POST /v1/client/sessions/{id}/verify/attempt_second_factor",
        "POST /v1/client/sign_ins",
        "POST /v1/client/sign_ins/{id}/attempt_first_factor",
        "POST /v1/client/sign_ins/{id}/attempt_second_factor",
        "POST /v1/client/sign_ins/{id}/prepare_first_factor",
        "POST /v1/client/sign_ins/{id}/reset_password",
        "POST /v1/client/sign_ups",
        "POST /v1/client/sign_ups/{id}/attempt_verification",
        "POST /v1/client/sign_ups/{id}/prepare_verification",
        "POST /v1/instance/users/{id}/reset_mfa",
        "POST /v1/instance/users/{id}/unlock",
        "POST /v1/me/backup_codes",
        "POST /v1/me/change_password",
        "POST /v1/me/sessions/{id}/revoke",
        "POST /v1/me/totp",
        "POST /v1/me/totp/attempt_verification",
        "POST /v1/sessions/{id}/revoke",
        "POST /v1/users",
        "POST /v1/users/{id}/ban",
        "POST /v1/users/{id}/lock",
        "POST /v1/users/{id}/unban",
        "POST /v1/users/{id}/unlock",
        "POST /v1/users/{id}/verify_password",
        "POST /v1/users/{id}/verify_totp",
    ];
    let expected: BTreeSet<_> = expected.map(str::to_owned).into();
    assert_eq!(described, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_says_what_it_does_and_what_comes_back() {
    let description = description().await;
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&description) {
        for field in ["operationId", "summary"] {
            assert!(operation[field].is_string(), "{name} has no {field}");
        }
        assert!(
            ids.insert(operation["operationId"].as_str()),
            "{name} shares its id"
        );
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{name}");
        assert!(operation["responses"]["200"].is_object(), "{name}");
        let in_path = operation["parameters"].as_array().into_iter().flatten();
        let in_path = in_path
            .filter(|parameter| parameter["in"] == "path")
            .count();
        assert_eq!(in_path, name.matches('{').count(), "{name}");
    }
}

/// What is true of a few is true of all: the types of the handlers say it.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_call_and_what_is_refused_follows_from_the_handler() {
    let description = description().await;
    let cookie = &description["components"]["securitySchemes"]["client"];
    assert_eq!(
        (&cookie["in"], &cookie["name"]),
        (&"cookie".into(), &"client".into())
    );
    let of = |path: &str| &description["paths"][path]["post"];
    let totp = of("/v1/me/totp");
    assert_eq!(totp["security"], serde_json::json!([{"client": []}]));
    for status in ["401", "403", "default"] {
        let schema = &totp["responses"][status]["content"]["application/json"]["schema"];
        assert_eq!(
            schema["$ref"], "#/components/schemas/ErrorReply",
            "{status}"
        );
    }
    let sign_in = of("/v1/client/sign_ins");
    assert_eq!(sign_in["security"], serde_json::json!([{}, {"client": []}]));
    assert_eq!(sign_in["requestBody"]["required"], true);
    for status in ["413", "415", "422"] {
        assert!(sign_in["responses"][status].is_object(), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn services_are_told_that_they_need_a_key_and_send_json() {
    let description = description().await;
    let key = &description["components"]["securitySchemes"]["secret_key"];
    assert_eq!(
        (&key["type"], &key["scheme"]),
        (&"http".into(), &"bearer".into())
    );
    let create = &description["paths"]["/v1/users"]["post"];
    assert_eq!(create["security"], serde_json::json!([{"secret_key": []}]));
    let schema = &create["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(schema["required"], serde_json::json!(["email_address"]));
    assert_eq!(schema["additionalProperties"], false);
    for status in ["401", "413", "415", "422"] {
        assert!(create["responses"][status].is_object(), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fields_of_a_sign_up_say_what_they_may_hold() {
    let description = description().await;
    let form = &description["paths"]["/v1/client/sign_ups"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
        ["schema"];
    assert_eq!(
        form["required"],
        serde_json::json!(["email_address", "password"])
    );
    let fields = &form["properties"];
    assert_eq!(fields["email_address"]["format"], "email");
    assert_eq!(fields["password"]["minLength"], 8);
    assert_eq!(fields["password"]["maxLength"], 128);
    assert_eq!(fields["username"]["pattern"], "^([A-Za-z0-9_.-]{3,64})?$");
    assert_eq!(fields["first_name"]["maxLength"], 100);
    assert_eq!(fields["last_name"]["maxLength"], 100);
}

/// A reverse proxy's question may have nothing in its query that the server would not look at.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_proxy_asks_and_is_answered_is_described() {
    let description = description().await;
    let question = &description["paths"]["/v1/forward_auth"]["get"];
    let parameters: Vec<_> = question["parameters"].as_array().unwrap().iter().collect();
    assert_eq!(parameters.len(), 1);
    assert_eq!(parameters[0]["name"], "require");
    let headers = &question["responses"]["200"]["headers"];
    for name in ["x-twofold-user", "x-twofold-second-factor"] {
        assert_eq!(headers[name]["required"], true, "{name}");
    }
}
