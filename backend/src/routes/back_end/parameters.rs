//! The queries of lists: parameters that may stand there more than once.

use aide::{
    OperationInput, generate::GenContext, openapi::Operation, openapi::Response,
    operation::add_parameters,
};
use axum::{extract::FromRequestParts, http::request::Parts};
use schemars::{Schema, json_schema};
use shared::{ErrorCode, resources::SessionStatus};
use url::form_urlencoded;

use crate::{
    domain::sign_up,
    http::{Failure, field_refused, query_parameter},
    store::{SessionQuery, SessionsOf, UserFilter, UserOrder, UserQuery},
};

/// Most values of one filter, as Clerk has it.
const MOST_VALUES: usize = 100;
/// Items of a list where nobody says how many.
const LIMIT: u32 = 10;
/// Most items of a list.
const MOST: u32 = 500;

/// The part of a list.
struct Page {
    limit: u32,
    offset: u32,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            limit: LIMIT,
            offset: 0,
        }
    }
}

impl Page {
    /// Takes a parameter, if it is one of these.
    fn take(&mut self, name: &str, value: &str) -> Result<bool, Failure> {
        match name {
            "limit" => self.limit = number(name, value, 1..=MOST)?,
            "offset" => self.offset = number(name, value, 0..=u32::MAX)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn number(name: &str, value: &str, range: std::ops::RangeInclusive<u32>) -> Result<u32, Failure> {
    let number = value.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| invalid(name))
}

fn invalid(name: &str) -> Failure {
    Failure::of_param(ErrorCode::FormParamFormatInvalid, name)
}

/// The parameters of a query, without those that clients add for themselves.
fn parameters(parts: &Parts) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
        .filter(|(name, _)| !name.starts_with('_'))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
}

/// Which accounts are asked for. A filter that is not there is refused: without it the list would
/// be another one than whoever asks believes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Users(pub(super) UserQuery);

impl Users {
    fn of(parameters: impl Iterator<Item = (String, String)>) -> Result<Self, Failure> {
        let mut page = Page::default();
        let mut filter = UserFilter::default();
        let (mut order, mut descending) = (UserOrder::default(), true);
        for (name, value) in parameters {
            match name.as_str() {
                "user_id" => filter.ids.push(value),
                "email_address" => filter.emails.push(sign_up::identifier(&value)),
                "username" => filter.usernames.push(sign_up::identifier(&value)),
                "external_id" => filter.external_ids.push(value),
                "query" => filter.text = Some(value.trim().to_owned()),
                "order_by" => (order, descending) = ordered_by(&value)?,
                _ if page.take(&name, &value)? => {}
                _ => return Err(Failure::of_param(ErrorCode::FormParamUnknown, &name)),
            }
        }
        for (name, values) in [
            ("user_id", &filter.ids),
            ("email_address", &filter.emails),
            ("username", &filter.usernames),
            ("external_id", &filter.external_ids),
        ] {
            if values.len() > MOST_VALUES {
                return Err(invalid(name));
            }
        }
        Ok(Self(UserQuery {
            filter,
            order,
            descending,
            limit: page.limit,
            offset: page.offset,
        }))
    }
}

/// A `+` is a space where it was not escaped.
fn ordered_by(value: &str) -> Result<(UserOrder, bool), Failure> {
    let (descending, field) = match value.split_at_checked(1) {
        Some(("-", field)) => (true, field),
        Some(("+" | " ", field)) => (false, field),
        _ => (false, value),
    };
    let order = match field {
        "created_at" => UserOrder::CreatedAt,
        "updated_at" => UserOrder::UpdatedAt,
        "last_sign_in_at" => UserOrder::LastSignInAt,
        "email_address" => UserOrder::Email,
        "username" => UserOrder::Username,
        "first_name" => UserOrder::FirstName,
        "last_name" => UserOrder::LastName,
        _ => return Err(invalid("order_by")),
    };
    Ok((order, descending))
}

impl<S: Send + Sync> FromRequestParts<S> for Users {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        Self::of(parameters(parts))
    }
}

impl OperationInput for Users {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let parameters = [
            ("user_id", "Those with one of these ids.", texts()),
            (
                "email_address",
                "Those with one of these e-mail addresses.",
                texts(),
            ),
            ("username", "Those with one of these user names.", texts()),
            (
                "external_id",
                "Those with one of these names elsewhere.",
                texts(),
            ),
            (
                "query",
                "Those that have this in an id, address or name.",
                text(),
            ),
            (
                "order_by",
                "By what; `-` before it for the last first.",
                orders(),
            ),
            (
                "limit",
                "So many at most.",
                json_schema!({"type": "integer", "minimum": 1, "maximum": MOST}),
            ),
            (
                "offset",
                "Not the first so many.",
                json_schema!({"type": "integer", "minimum": 0}),
            ),
        ];
        let parameters = parameters.map(|(name, what, schema)| query_parameter(name, what, schema));
        add_parameters(ctx, operation, parameters);
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        vec![field_refused(ctx)]
    }
}

fn text() -> Schema {
    json_schema!({"type": "string"})
}

fn texts() -> Schema {
    json_schema!({"type": "array", "items": {"type": "string"}, "maxItems": MOST_VALUES})
}

fn orders() -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^[-+]?(created_at|updated_at|last_sign_in_at|email_address|username|first_name|last_name)$",
    })
}

/// Which sessions are asked for: of a user or of a client.
pub(super) struct Sessions {
    pub(super) query: SessionQuery,
    /// Whether the number of all is wanted beside them.
    pub(super) paginated: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Sessions {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let mut page = Page::default();
        let (mut user, mut client, mut status, mut paginated) = (None, None, None, false);
        for (name, value) in parameters(parts) {
            match name.as_str() {
                "user_id" => user = Some(value.into()),
                "client_id" => client = Some(value.into()),
                "status" => status = Some(session_status(&value)?),
                "paginated" => paginated = value == "true",
                _ if page.take(&name, &value)? => {}
                _ => return Err(Failure::of_param(ErrorCode::FormParamUnknown, &name)),
            }
        }
        let of = match (user, client) {
            (Some(user), client) => SessionsOf::User(user, client),
            (None, Some(client)) => SessionsOf::Client(client),
            (None, None) => return Err(Failure::of_param(ErrorCode::FormParamMissing, "user_id")),
        };
        let query = SessionQuery {
            of,
            status,
            limit: page.limit,
            offset: page.offset,
        };
        Ok(Self { query, paginated })
    }
}

/// A session is pending by what its user still has to do, which no list is made by.
fn session_status(value: &str) -> Result<SessionStatus, Failure> {
    Ok(match value {
        "active" => SessionStatus::Active,
        "expired" => SessionStatus::Expired,
        "removed" => SessionStatus::Removed,
        "ended" => SessionStatus::Ended,
        "revoked" => SessionStatus::Revoked,
        _ => return Err(invalid("status")),
    })
}

impl OperationInput for Sessions {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let statuses = json_schema!({"enum": ["active", "expired", "removed", "ended", "revoked"]});
        let parameters = [
            (
                "user_id",
                "Of this user. This or `client_id` has to be there.",
                text(),
            ),
            ("client_id", "Of this browser.", text()),
            ("status", "In this state.", statuses),
            (
                "paginated",
                "With the number of all.",
                json_schema!({"type": "boolean"}),
            ),
            (
                "limit",
                "So many at most.",
                json_schema!({"type": "integer", "minimum": 1, "maximum": MOST}),
            ),
            (
                "offset",
                "Not the first so many.",
                json_schema!({"type": "integer", "minimum": 0}),
            ),
        ];
        let parameters = parameters.map(|(name, what, schema)| query_parameter(name, what, schema));
        add_parameters(ctx, operation, parameters);
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        vec![field_refused(ctx)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<UserQuery, String> {
        let parameters = form_urlencoded::parse(query.as_bytes()).into_owned();
        Users::of(parameters)
            .map(|Users(query)| query)
            .map_err(|failure| format!("{failure:?}"))
    }

    #[test]
    fn a_filter_may_stand_there_more_than_once() {
        let query = read("email_address=Ann%40Example.com&email_address=bob@example.com").unwrap();
        assert_eq!(query.filter.emails, ["ann@example.com", "bob@example.com"]);
        assert_eq!((query.limit, query.offset, query.descending), (10, 0, true));
    }

    #[test]
    fn an_order_has_a_sign_before_it_escaped_or_not() {
        for (text, order, descending) in [
            ("-last_sign_in_at", UserOrder::LastSignInAt, true),
            ("%2Bemail_address", UserOrder::Email, false),
            ("+email_address", UserOrder::Email, false),
            ("username", UserOrder::Username, false),
        ] {
            let query = read(&format!("order_by={text}")).unwrap();
            assert_eq!(
                (query.order, query.descending),
                (order, descending),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_filter_is_refused_by_its_name() {
        for (query, name) in [
            ("organization_id=org_1", "organization_id"),
            ("order_by=password", "order_by"),
            ("order_by=", "order_by"),
            ("limit=0", "limit"),
            ("limit=501", "limit"),
            ("offset=-1", "offset"),
            (&"user_id=a&".repeat(101), "user_id"),
        ] {
            assert!(read(query).unwrap_err().contains(name), "{query}");
        }
    }
}
