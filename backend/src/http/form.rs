//! Form bodies and queries, and their fields.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use serde::de::DeserializeOwned;
use shared::ErrorCode;
use tokio::time::timeout;

use super::error::Failure;

/// How long a body may take: 16 KiB over the slowest of networks. Whoever sends a byte now and then
/// would else keep a connection for hours.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// A body of `application/x-www-form-urlencoded`, or none at all. Fields that `T` does not know
/// are ignored.
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let is_form = is_form(request.headers());
        let body = body(request, state).await?;
        if !body.is_empty() && !is_form {
            return Err(ErrorCode::UnsupportedContentType.into());
        }
        serde_urlencoded::from_bytes(&body)
            .map(Self)
            .map_err(|_| ErrorCode::FormParamFormatInvalid.into())
    }
}

/// The whole body.
pub(super) async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Failure> {
    timeout(BODY_WITHIN, Bytes::from_request(request, state))
        .await
        .map_err(|_| ErrorCode::RequestTimeout)?
        .map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Failure::from(ErrorCode::RequestBodyTooLarge)
            } else {
                Failure::from(ErrorCode::FormParamFormatInvalid)
            }
        })
}

/// The query. Parameters that `T` does not know are ignored.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        serde_urlencoded::from_str(parts.uri.query().unwrap_or_default())
            .map(Self)
            .map_err(|_| ErrorCode::FormParamFormatInvalid.into())
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|mime| {
            mime.trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
}

/// The value of a field that must be there and not be blank.
pub(crate) fn required(value: Option<String>, name: &'static str) -> Result<String, Failure> {
    match value {
        None => Err(Failure::of_param(ErrorCode::FormParamMissing, name)),
        Some(value) if value.trim().is_empty() => {
            Err(Failure::of_param(ErrorCode::FormParamNil, name))
        }
        Some(value) => Ok(value),
    }
}
