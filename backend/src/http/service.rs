//! Who calls the back-end API: a service that has a key. No cookie is read here.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use secrecy::SecretString;
use shared::{ErrorCode, Timestamp};

use super::{caller::device, client_ip::ClientIp, error::Failure, trace::TraceId};
use crate::{
    AppState,
    domain::Context,
    ids::EventId,
    store::{Actor, Announcement, Device, Settings},
};

/// A service with a key of the back-end API, which opens all of it.
pub(crate) struct Service {
    state: AppState,
    /// When the request came.
    pub(crate) now: Timestamp,
    device: Device,
    event: EventId,
    trace_id: Option<TraceId>,
    announcement: Announcement,
    settings: Settings,
}

impl FromRequestParts<AppState> for Service {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let client_ip = ClientIp::of(parts, &state.config.trusted_proxies);
        let known = state.config.secret_key.as_ref();
        let is_right = bearer_key(&parts.headers)
            .zip(known)
            .is_some_and(|(key, known)| known.contain(&key));
        if !is_right {
            // A right key is never refused here: nobody guesses one, and others at the address may.
            state.rate_limits.wrong_key(client_ip)?;
            return Err(ErrorCode::SecretKeyInvalid.into());
        }
        Ok(Self {
            state: state.clone(),
            now: state.clock.now(),
            device: device(parts, client_ip),
            event: EventId::generate(state.vault.random()),
            trace_id: parts.extensions.get::<TraceId>().cloned(),
            announcement: Announcement::default(),
            settings: state.store.settings().await?,
        })
    }
}

/// The key of an `Authorization: Bearer` (RFC 6750 §2.1), of which there is one.
fn bearer_key(headers: &HeaderMap) -> Option<SecretString> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| key.trim().into())
}

impl Service {
    /// What the rules work with.
    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            store: &*self.state.store,
            vault: &self.state.vault,
            tokens: &self.state.tokens,
            policy: &self.state.policy,
            settings: self.settings,
            now: self.now,
            actor: &Actor::BackEndApi,
            device: &self.device,
            device_token: None,
            event: &self.event,
            trace_id: self.trace_id.as_ref().map(TraceId::as_str),
            announcement: &self.announcement,
        }
    }
}
