//! `/v1/forward_auth`: whether a request that reached a reverse proxy comes from a signed-in user,
//! for nginx's `auth_request` and its like.
//!
//! The proxy hands on what a browser, or somebody who only looks like one, sent. So whatever is odd
//! about it is refused: no doubt is decided in favour of the caller.

use aide::{
    OperationInput, OperationOutput,
    axum::{ApiRouter, routing::get_with},
    generate::GenContext,
    openapi::{self, HeaderStyle, Operation, ParameterSchemaOrContent, ReferenceOr, SchemaObject},
    operation::add_parameters,
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use indexmap::IndexMap;
use schemars::{Schema, json_schema};
use shared::ErrorCode;
use url::form_urlencoded;

use super::operation;
use crate::{
    AppState,
    http::{Caller, Failure, SESSION_PARAMETER, has_one_client_cookie, query_parameter},
    ids::UserId,
};

/// Who is signed in.
const USER: HeaderName = HeaderName::from_static("x-twofold-user");
/// Whether a second factor was checked in the session: `true` or `false`.
const SECOND_FACTOR: HeaderName = HeaderName::from_static("x-twofold-second-factor");

pub(super) fn router() -> ApiRouter<AppState> {
    let describe = operation(
        "Tokens",
        "forwardAuth",
        "Tell a reverse proxy whether a request comes from a signed-in user",
    );
    // A request that names a session is as odd as any other with something unknown in its query.
    ApiRouter::new().api_route(
        "/forward_auth",
        get_with(answer, |operation| {
            describe(operation)
                .parameter_untyped(SESSION_PARAMETER, |parameter| parameter.hidden(true))
        }),
    )
}

async fn answer(request: Plain, caller: Result<Caller, Failure>) -> Result<Admitted, Failure> {
    let caller = caller.map_err(Failure::told_to_nobody)?;
    let has_second_factor = caller.session.second_factor_at.is_some();
    if request.needs_second_factor && !has_second_factor {
        return Err(ErrorCode::AuthenticationInvalid.into());
    }
    Ok(Admitted {
        user: caller.user.id,
        has_second_factor,
    })
}

/// A signed-in user, as the proxy is told.
struct Admitted {
    user: UserId,
    has_second_factor: bool,
}

impl IntoResponse for Admitted {
    fn into_response(self) -> Response {
        let second_factor = if self.has_second_factor {
            "true"
        } else {
            "false"
        };
        let Ok(user) = HeaderValue::from_str(self.user.as_str()) else {
            // No id of ours has such a character.
            return Failure::from(ErrorCode::InternalError).into_response();
        };
        let second_factor = HeaderValue::from_static(second_factor);
        HeaderMap::from_iter([(USER, user), (SECOND_FACTOR, second_factor)]).into_response()
    }
}

impl OperationOutput for Admitted {
    type Inner = Self;

    fn inferred_responses(
        _: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, openapi::Response)> {
        let description = "Signed in: `X-Twofold-User` is the user, `X-Twofold-Second-Factor` \
            tells whether a second factor was checked."
            .to_owned();
        let headers = IndexMap::from_iter([
            always(&USER, json_schema!({"type": "string"})),
            always(
                &SECOND_FACTOR,
                json_schema!({"type": "string", "enum": ["true", "false"]}),
            ),
        ]);
        let response = openapi::Response {
            description,
            headers,
            ..openapi::Response::default()
        };
        vec![(Some(200), response)]
    }
}

/// A header that the answer never lacks.
fn always(name: &HeaderName, json_schema: Schema) -> (String, ReferenceOr<openapi::Header>) {
    let schema = SchemaObject {
        json_schema,
        example: None,
        external_docs: None,
    };
    let header = openapi::Header {
        description: None,
        style: HeaderStyle::Simple,
        required: true,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(schema),
        example: None,
        examples: IndexMap::default(),
        extensions: IndexMap::default(),
    };
    (name.to_string(), ReferenceOr::Item(header))
}

/// A request with nothing odd about it.
struct Plain {
    needs_second_factor: bool,
}

impl OperationInput for Plain {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let require = query_parameter(
            "require",
            "`second_factor`: the session must have been checked by one.",
            json_schema!({"type": "string", "enum": ["second_factor"]}),
        );
        add_parameters(ctx, operation, [require]);
    }
}

impl FromRequestParts<AppState> for Plain {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let refused = || Failure::from(ErrorCode::AuthenticationInvalid);
        let needs_second_factor = needs_second_factor(parts.uri.query()).ok_or_else(refused)?;
        let is_plain = !tells_the_answer(&parts.headers)
            && has_one_cookie_header(&parts.headers)
            && has_one_client_cookie(&state.config, &parts.headers);
        if is_plain {
            Ok(Self {
                needs_second_factor,
            })
        } else {
            Err(refused())
        }
    }
}

/// Reads `require=second_factor`, or nothing; `None` for everything else, so that a rule with a
/// slip in it lets nobody in instead of everybody.
fn needs_second_factor(query: Option<&str>) -> Option<bool> {
    let pairs: Vec<_> = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).collect();
    match pairs.as_slice() {
        [] => Some(false),
        [(name, value)] if name == "require" && value == "second_factor" => Some(true),
        _ => None,
    }
}

/// Whether the request has a header that only the answer may have: a caller who sends one hopes
/// that somebody takes it for ours. Many take `X-Twofold_User` for the same.
fn tells_the_answer(headers: &HeaderMap) -> bool {
    headers
        .keys()
        .any(|name| name.as_str().starts_with("x-twofold"))
}

/// Browsers send one. Of two, the proxy and we might each read another one.
fn has_one_cookie_header(headers: &HeaderMap) -> bool {
    let mut cookies = headers.get_all(header::COOKIE).iter();
    let first = cookies.next();
    first.is_some_and(|cookie| cookie.to_str().is_ok()) && cookies.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_rule_without_a_slip_is_followed() {
        assert_eq!(needs_second_factor(None), Some(false));
        assert_eq!(needs_second_factor(Some("")), Some(false));
        let right = "require=second_factor";
        assert_eq!(needs_second_factor(Some(right)), Some(true));
        for slip in [
            "require=",
            "require=second-factor",
            "require=SECOND_FACTOR",
            "Require=second_factor",
            "require=second_factor&require=second_factor",
            "require=second_factor&x=1",
            "_clerk_session_id=sess_1",
        ] {
            assert_eq!(needs_second_factor(Some(slip)), None, "{slip}");
        }
    }
}
