//! `/.well-known/jwks.json`: the keys that session tokens are checked with (RFC 7517 §5).

use aide::{
    OperationOutput,
    axum::{ApiRouter, routing::get_with},
    generate::GenContext,
    openapi::{self, Operation},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use jsonwebtoken::jwk::JwkSet;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::operation;
use crate::{AppState, domain::Context, http::Failure};

/// Whoever checks tokens need not ask each time: a new key is here for an hour before it signs.
const CACHING: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=300");

pub(super) fn router() -> ApiRouter<AppState> {
    ApiRouter::new().api_route(
        "/.well-known/jwks.json",
        get_with(
            show,
            operation(
                "Tokens",
                "getJwks",
                "The public keys that session tokens are checked with",
            ),
        ),
    )
}

/// Nobody is looked up for it: every service that checks tokens asks, and the answer is the same.
async fn show(State(state): State<AppState>) -> Result<Keys, Failure> {
    let now = state.clock.now();
    let keys = state.tokens.public_keys(&*state.store, &state.vault, now);
    Ok(Keys(keys.await?))
}

/// The same for a caller that is known.
pub(super) async fn keys(context: &Context<'_>) -> Result<Keys, Failure> {
    let Context {
        tokens,
        store,
        vault,
        now,
        ..
    } = *context;
    Ok(Keys(tokens.public_keys(store, vault, now).await?))
}

/// The keys, and how long they may be kept.
pub(super) struct Keys(JwkSet);

impl IntoResponse for Keys {
    fn into_response(self) -> Response {
        ([CACHING], Json(self.0)).into_response()
    }
}

impl OperationOutput for Keys {
    type Inner = Jwks;

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, openapi::Response)> {
        Json::<Jwks>::inferred_responses(ctx, operation)
    }
}

/// A JWK Set (RFC 7517 §5).
pub(super) struct Jwks;

impl JsonSchema for Jwks {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "jwks".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let text = json_schema!({"type": "string"});
        json_schema!({
            "description": "A JWK Set (RFC 7517 §5).",
            "type": "object",
            "properties": {
                "keys": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "kty": {"const": "RSA"},
                            "use": {"const": "sig"},
                            "alg": {"const": "RS256"},
                            "kid": text,
                            "n": text,
                            "e": text,
                        },
                        "required": ["kty", "use", "alg", "kid", "n", "e"],
                        "additionalProperties": false,
                    },
                },
            },
            "required": ["keys"],
        })
    }
}
