//! Replies: what was asked for, and where something changed the client as it is then.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::CookieJar;
use serde::Serialize;
use shared::resources::{Client, Envelope};

/// A reply in the envelope that all but a few have.
pub(crate) struct Reply<T> {
    cookies: CookieJar,
    envelope: Envelope<T>,
}

impl<T> Reply<T> {
    /// The reply to a question: nothing changed, so no client comes with it.
    pub(super) fn to_question(response: T) -> Self {
        Self::to_change(response, None, CookieJar::default())
    }

    /// The reply to a change, with the client as it is now.
    pub(super) fn to_change(response: T, client: Option<Client>, cookies: CookieJar) -> Self {
        Self {
            cookies,
            envelope: Envelope { response, client },
        }
    }
}

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        (self.cookies, Json(self.envelope)).into_response()
    }
}
