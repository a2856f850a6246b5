//! `/v1/openapi.json`: the description of the API (`OpenAPI` 3.1), generated from the routes.

use std::sync::{Arc, OnceLock};

use aide::{
    axum::ApiRouter,
    generate,
    openapi::{
        ApiKeyLocation, Info, Link, LinkOperation, OpenApi, Operation, ReferenceOr, SecurityScheme,
        Server,
    },
};
use axum::{
    body::Bytes,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use indexmap::IndexMap;
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::json;
use shared::paths;

use crate::{
    AppState,
    config::Config,
    http::{CLIENT_COOKIE, Failure, SECRET_KEY, client_cookie_name, responses},
};

/// What leads from one call to the next: of the reply to the first, the value at the pointer is the
/// `id` of the others.
const LINKS: &[(&str, &str, &[&str])] = &[
    (
        "createSignUp",
        "/response/created_session_id",
        &[
            "touchSession",
            "createSessionToken",
            "beginStepUp",
            "revokeSession",
            "endSession",
            "removeSession",
        ],
    ),
    (
        "createSignUp",
        "/response/id",
        &["getSignUp", "prepareVerification", "attemptVerification"],
    ),
    (
        "attemptVerification",
        "/response/created_session_id",
        &["touchSession", "createSessionToken", "beginStepUp"],
    ),
    (
        "createSignIn",
        "/response/id",
        &["getSignIn", "attemptFirstFactor", "attemptSecondFactor"],
    ),
    (
        "attemptSecondFactor",
        "/response/created_session_id",
        &["touchSession", "createSessionToken", "beginStepUp"],
    ),
    (
        "getClient",
        "/response/last_active_session_id",
        &["touchSession", "createSessionToken", "beginStepUp"],
    ),
    (
        "beginStepUp",
        "/response/session/id",
        &["attemptStepUpFirstFactor", "attemptStepUpSecondFactor"],
    ),
    (
        "listActiveSessions",
        "/response/0/id",
        &["touchSession", "revokeSession"],
    ),
];

pub(super) fn router() -> ApiRouter<AppState> {
    let description = Arc::new(OnceLock::new());
    ApiRouter::new().route(
        "/openapi.json",
        get(async move |State(state): State<AppState>| show(&state, &description)),
    )
}

fn show(state: &AppState, description: &OnceLock<Bytes>) -> Result<Response, Failure> {
    let bytes = if let Some(bytes) = description.get() {
        bytes.clone()
    } else {
        let bytes = serde_json::to_vec(&describe(&state.config))
            .map_err(|error| Failure::from(shared::ErrorCode::InternalError).because(&error))?;
        description.get_or_init(|| bytes.into()).clone()
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

fn describe(config: &Config) -> OpenApi {
    // The generator lives in this thread, and is used up by what is described.
    generate::reset_context();
    generate::in_context(|context| context.schema = generator());
    let mut api = OpenApi {
        info: Info {
            title: "Twofold".to_owned(),
            summary: Some("Self-hosted multi-factor authentication".to_owned()),
            description: Some(
                "Accounts, sessions, authenticator apps and backup codes. Times are milliseconds \
                 since 1970-01-01T00:00:00Z. Whatever changes something needs an `Origin` that is \
                 allowed. A browser is recognised by its cookie; the code of an error is the \
                 contract, its texts are not."
                    .to_owned(),
            ),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..Info::default()
        },
        servers: vec![Server {
            url: config.public_url.to_string(),
            ..Server::default()
        }],
        ..OpenApi::default()
    };
    let _ = ApiRouter::new()
        .nest(paths::BASE, super::router().merge(super::back_end()))
        .merge(super::well_known())
        .finish_api(&mut api);
    let components = api.components.get_or_insert_default();
    components.security_schemes.insert(
        CLIENT_COOKIE.to_owned(),
        ReferenceOr::Item(SecurityScheme::ApiKey {
            location: ApiKeyLocation::Cookie,
            name: client_cookie_name(config).to_owned(),
            description: Some("The browser's cookie, set at sign-up and sign-in.".to_owned()),
            extensions: IndexMap::default(),
        }),
    );
    components.security_schemes.insert(
        SECRET_KEY.to_owned(),
        ReferenceOr::Item(SecurityScheme::Http {
            scheme: "bearer".to_owned(),
            bearer_format: None,
            description: Some("A key of the back-end API, which services have.".to_owned()),
            extensions: IndexMap::default(),
        }),
    );
    for operation in operations(&mut api) {
        add_links(operation);
    }
    api
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator()
}

fn operations(api: &mut OpenApi) -> impl Iterator<Item = &mut Operation> {
    let paths = api
        .paths
        .iter_mut()
        .flat_map(|paths| paths.paths.values_mut());
    paths
        .filter_map(|path| match path {
            ReferenceOr::Item(path) => Some(path),
            ReferenceOr::Reference { .. } => None,
        })
        .flat_map(|path| {
            let methods = [
                &mut path.get,
                &mut path.post,
                &mut path.patch,
                &mut path.delete,
            ];
            methods.into_iter().filter_map(Option::as_mut)
        })
}

fn add_links(operation: &mut Operation) {
    let from = operation.operation_id.clone().unwrap_or_default();
    let found: Vec<_> = LINKS
        .iter()
        .filter(|(source, ..)| *source == from)
        .collect();
    for (_, response) in responses(operation).filter(|(status, _)| *status == 200) {
        for (_, pointer, targets) in &found {
            for target in *targets {
                let id = json!(format!("$response.body#{pointer}"));
                let link = Link {
                    description: None,
                    operation: LinkOperation::OperationId((*target).to_owned()),
                    request_body: None,
                    parameters: IndexMap::from_iter([("id".to_owned(), id)]),
                    server: None,
                    extensions: IndexMap::default(),
                };
                let name = format!("{target}Next");
                response.links.insert(name, ReferenceOr::Item(link));
            }
        }
    }
}
