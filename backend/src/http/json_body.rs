//! JSON bodies, and what is wrong with them, field by field.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use serde::de::DeserializeOwned;
use shared::ErrorCode;

use super::{error::Failure, form::body};

/// A JSON object, or no body at all, which is an empty one. `T` says which fields there are, and
/// whether others are refused.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let is_json = is_json(request.headers());
        let body: Bytes = body(request, state).await?;
        if body.is_empty() {
            return read(b"{}").map(Self);
        }
        if !is_json {
            return Err(ErrorCode::UnsupportedContentType.into());
        }
        read(&body).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|mime| mime.trim().eq_ignore_ascii_case("application/json"))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.inner().to_string();
        match reason.split('`').nth(1) {
            Some(field) if reason.starts_with("unknown field") => {
                Failure::of_param(ErrorCode::FormParamUnknown, field)
            }
            Some(field) if reason.starts_with("missing field") => {
                Failure::of_param(ErrorCode::FormParamMissing, field)
            }
            // The whole, not one of its fields.
            _ if path == "." => ErrorCode::FormParamFormatInvalid.into(),
            _ => {
                let field = path.split(['.', '[']).next().unwrap_or_default();
                Failure::of_param(ErrorCode::FormParamFormatInvalid, field)
            }
        }
    })?;
    // Whatever follows the object was not meant by who wrote it.
    deserializer
        .end()
        .map_err(|_| ErrorCode::FormParamFormatInvalid)?;
    Ok(value)
}
