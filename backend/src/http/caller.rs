//! Who calls: a browser, the user of a session, a user who was checked just now.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use axum_extra::extract::cookie::CookieJar;
use shared::{
    ErrorCode, Timestamp,
    resources::{Client, SessionStatus, SessionToken, Strategy},
};
use url::form_urlencoded;

use super::{
    client_ip::ClientIp,
    cookies,
    error::{At, Failure},
    origin::allowed_origin,
    reply::Reply,
    trace::TraceId,
    wire::{client_resource, sign_in_resource, sign_up_resource},
};
use crate::{
    AppState,
    config::Origin,
    domain::{
        Context,
        session::{self, NewTokens},
    },
    ids::{EventId, UserId},
    store::{
        Actor, Announcement, ClientRecord, Device, Recognition, SessionRecord, Settings,
        SignInStage, UserRecord,
    },
    vault::{ClientToken, DeviceToken},
};

/// Longest `User-Agent` that is kept.
const LONGEST_USER_AGENT: usize = 256;

/// The field of the query by which a call names the session that it acts for.
pub(crate) const SESSION_PARAMETER: &str = "_clerk_session_id";

/// Whoever calls: perhaps a known client, perhaps with live sessions.
pub(crate) struct Browser {
    state: AppState,
    jar: CookieJar,
    token: Option<ClientToken>,
    /// The client, if the browser shows the token of one.
    pub(crate) client: Option<ClientRecord>,
    /// Its live sessions, oldest first.
    pub(crate) sessions: Vec<(SessionRecord, UserRecord)>,
    /// When the request came.
    pub(crate) now: Timestamp,
    client_ip: ClientIp,
    device: Device,
    device_token: Option<DeviceToken>,
    /// The event that a change is noted as.
    event: EventId,
    trace_id: Option<TraceId>,
    announcement: Announcement,
    /// The origin of the page that calls, for `azp` of its tokens.
    page: Origin,
    /// What is switched on.
    settings: Settings,
}

impl FromRequestParts<AppState> for Browser {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let now = state.clock.now();
        let jar = CookieJar::from_headers(&parts.headers);
        let token = cookies::client_token(&state.config, &jar);
        let device_token = cookies::device_token(&state.config, &jar);
        let token_hash = token.as_ref().map(ClientToken::hash);
        let Recognition {
            settings,
            client,
            mut sessions,
        } = state.store.recognise(token_hash.as_ref()).await?;
        sessions.retain(|(session, _)| session.is_live(now));
        let client_ip = ClientIp::of(parts, &state.config.trusted_proxies);
        Ok(Self {
            state: state.clone(),
            jar,
            token,
            client,
            sessions,
            now,
            client_ip,
            device: device(parts, client_ip),
            device_token,
            event: EventId::generate(state.vault.random()),
            trace_id: parts.extensions.get::<TraceId>().cloned(),
            announcement: Announcement::counted_by(Arc::clone(&state.metrics)),
            page: page(parts, state),
            settings,
        })
    }
}

/// The page that calls: one of ours where there is no `Origin`, and where it is not an allowed one,
/// which asks in vain for changes and cannot read the reply to a question.
fn page(parts: &Parts, state: &AppState) -> Origin {
    let origin = parts.headers.get(header::ORIGIN);
    origin
        .and_then(|origin| allowed_origin(&state.config, origin))
        .unwrap_or_else(|| state.config.public_url.origin())
}

pub(super) fn device(parts: &Parts, client_ip: ClientIp) -> Device {
    let user_agent = parts
        .headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    Device {
        ip_address: client_ip.address().map(|address| address.to_string()),
        user_agent: user_agent.map(|agent| agent.chars().take(LONGEST_USER_AGENT).collect()),
    }
}

impl Browser {
    /// What the rules work with.
    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            store: &*self.state.store,
            vault: &self.state.vault,
            tokens: &self.state.tokens,
            policy: &self.state.policy,
            settings: self.settings,
            now: self.now,
            actor: &Actor::User,
            device: &self.device,
            device_token: self.device_token.as_ref(),
            event: &self.event,
            trace_id: self.trace_id.as_ref().map(TraceId::as_str),
            announcement: &self.announcement,
        }
    }

    /// The browser after the settings changed.
    pub(crate) fn under(self, settings: Settings) -> Self {
        Self { settings, ..self }
    }

    /// Refuses a sign-in or sign-up while a session is live: one at a time.
    pub(crate) fn must_be_signed_out(&self) -> Result<(), Failure> {
        if self.sessions.is_empty() {
            Ok(())
        } else {
            Err(ErrorCode::SessionExists.into())
        }
    }

    /// Admits a sign-in with that identifier, unless they follow each other too fast.
    pub(crate) fn may_sign_in(&self, identifier: &str) -> Result<(), Failure> {
        let limits = &self.state.rate_limits;
        Ok(limits.sign_in(self.client_ip, identifier)?)
    }

    /// Admits a mail to whoever has that identifier, unless they follow each other too fast.
    pub(crate) fn may_send_mail(&self, identifier: &str) -> Result<(), Failure> {
        let limits = &self.state.rate_limits;
        Ok(limits.mail(self.client_ip, identifier)?)
    }

    /// Admits an attempt at a factor of the user, unless they follow each other too fast.
    pub(crate) fn may_attempt_factor_of(&self, user: &UserId) -> Result<(), Failure> {
        let limits = &self.state.rate_limits;
        Ok(limits.factor_attempt(self.client_ip, user)?)
    }

    /// Counts what came of an attempt at a factor, and turns what went wrong into a reply.
    pub(crate) fn counted<T>(
        &self,
        factor: Strategy,
        outcome: Result<T, impl At>,
    ) -> Result<T, Failure> {
        let outcome = outcome.map_err(|error| error.at(self.now));
        let word = match &outcome {
            Ok(_) => "accepted",
            Err(failure) => failure.code().as_str(),
        };
        self.state.metrics.attempted(factor, word);
        outcome
    }

    /// Admits a sign-up, unless they follow each other too fast.
    pub(crate) fn may_sign_up(&self) -> Result<(), Failure> {
        Ok(self.state.rate_limits.sign_up(self.client_ip)?)
    }

    /// The client as it was when the request came, for replies to questions: with a token of its
    /// active session, since Clerk's client takes a session without one for an invalid state.
    pub(crate) async fn client_resource(&self) -> Result<Option<Client>, Failure> {
        match &self.client {
            Some(client) => Ok(Some(self.resource_of(client, &self.sessions).await?)),
            None => Ok(None),
        }
    }

    /// The client as it is in the database now.
    pub(crate) async fn changed_client_resource(&self) -> Result<Option<Client>, Failure> {
        match &self.token {
            Some(token) => self.client_of(token).await,
            None => Ok(None),
        }
    }

    async fn client_of(&self, token: &ClientToken) -> Result<Option<Client>, Failure> {
        let Context { store, now, .. } = self.context();
        let Recognition {
            client,
            mut sessions,
            ..
        } = store.recognise(Some(&token.hash())).await?;
        let Some(client) = client else {
            return Ok(None);
        };
        sessions.retain(|(session, _)| session.is_live(now));
        Ok(Some(self.resource_of(&client, &sessions).await?))
    }

    async fn resource_of(
        &self,
        client: &ClientRecord,
        sessions: &[(SessionRecord, UserRecord)],
    ) -> Result<Client, Failure> {
        let context = self.context();
        let Context { store, now, .. } = context;
        let sign_in = match store.sign_in(&client.id).await? {
            Some(sign_in) if sign_in.stage != SignInStage::Complete && now < sign_in.abandon_at => {
                let user = match (&sign_in.user_id, sign_in.stage) {
                    (Some(user), SignInStage::NeedsSecondFactor) => store.user(user).await?,
                    _ => None,
                };
                Some(sign_in_resource(&sign_in, user.as_ref(), &context))
            }
            _ => None,
        };
        let sign_up = if context.policy.verify_email {
            store.waiting_sign_up(&client.id).await?
        } else {
            None
        };
        let sign_up = sign_up.filter(|sign_up| now < sign_up.abandon_at);
        let sign_up = sign_up.map(|sign_up| sign_up_resource(&sign_up, now));
        let mut resource = client_resource(client, sessions, sign_in, sign_up, &context);
        for ((session, user), resource) in sessions.iter().zip(&mut resource.sessions) {
            if Some(&session.id) == client.last_active_session_id.as_ref() {
                resource.last_active_token = Some(self.session_token(session, user).await?);
            }
        }
        Ok(resource)
    }

    /// A token that tells other services of a session.
    pub(crate) async fn session_token(
        &self,
        session: &SessionRecord,
        user: &UserRecord,
    ) -> Result<SessionToken, Failure> {
        let tokens = &self.state.tokens;
        let jwt = tokens
            .issue(&self.context(), session, user, self.page.as_str())
            .await?;
        Ok(SessionToken { jwt })
    }

    /// The reply to a question: nothing changed, so no client comes with it.
    pub(crate) fn answer<T>(response: T) -> Reply<T> {
        Reply::to_question(response)
    }

    /// The reply to a change, with the client as it is now and a token of its active session.
    /// `tokens` are the browser's new ones, where they were replaced.
    pub(crate) async fn changed<T>(
        self,
        response: T,
        tokens: Option<NewTokens>,
    ) -> Result<Reply<T>, Failure> {
        let new_token = tokens.as_ref().map(|tokens| &tokens.client);
        let client = match new_token.or(self.token.as_ref()) {
            Some(token) => self.client_of(token).await?,
            None => None,
        };
        let config = &self.state.config;
        let signed_in = client.as_ref().filter(|client| !client.sessions.is_empty());
        let signed_in_at = signed_in.map(|client| client.updated_at);
        let mut jar = self.jar;
        if let Some(tokens) = &tokens {
            jar = cookies::with_client_token(config, jar, &tokens.client);
            if let Some(token) = &tokens.device {
                jar = cookies::with_device_token(config, jar, token);
            }
        }
        jar = cookies::with_signed_in_at(config, jar, signed_in_at);
        Ok(Reply::to_change(response, client, jar))
    }
}

/// The user of a live session: the one that the request names, or the client's last active one. Not
/// of one that still has to set a second factor up.
pub(crate) struct Caller {
    pub(crate) browser: Browser,
    pub(crate) session: SessionRecord,
    pub(crate) user: UserRecord,
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let caller = Self::perhaps_pending(parts, state).await?;
        if caller.is_pending() {
            Err(ErrorCode::SessionPending.into())
        } else {
            Ok(caller)
        }
    }
}

impl Caller {
    async fn perhaps_pending(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let browser = Browser::from_request_parts(parts, state).await?;
        let Some(client) = &browser.client else {
            return Err(ErrorCode::AuthenticationInvalid.into());
        };
        if browser.sessions.is_empty() {
            return Err(ErrorCode::SignedOut.into());
        }
        let named = named_session(parts);
        let wanted = named.as_deref().or(client
            .last_active_session_id
            .as_ref()
            .map(super::super::ids::SessionId::as_str));
        let (session, user) = browser
            .sessions
            .iter()
            .find(|(session, _)| Some(session.id.as_str()) == wanted)
            .cloned()
            .ok_or(ErrorCode::AuthenticationInvalid)?;
        session::note_use(&browser.context(), &session).await?;
        Ok(Self {
            browser,
            session,
            user,
        })
    }
}

/// The session that a call acts for, where it names one.
fn named_session(parts: &Parts) -> Option<String> {
    form_urlencoded::parse(parts.uri.query()?.as_bytes())
        .find(|(name, _)| name == SESSION_PARAMETER)
        .map(|(_, id)| id.into_owned())
}

impl Caller {
    fn is_pending(&self) -> bool {
        session::status(&self.context(), &self.session, &self.user) == SessionStatus::Pending
    }

    fn must_be_fresh(self) -> Result<Self, Failure> {
        let Context { policy, now, .. } = self.context();
        if session::is_fresh(policy, &self.session, &self.user, now) {
            Ok(self)
        } else {
            Err(Failure::stale(policy.reverification_age))
        }
    }

    /// What the rules work with.
    pub(crate) fn context(&self) -> Context<'_> {
        self.browser.context()
    }
}

/// A caller whose strongest factor was checked recently enough for a change of factors.
pub(crate) struct Fresh(pub(crate) Caller);

impl FromRequestParts<AppState> for Fresh {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let caller = Caller::from_request_parts(parts, state).await?;
        caller.must_be_fresh().map(Self)
    }
}

/// A fresh caller, who may still have to set a second factor up: for the set-up itself.
pub(crate) struct FreshOrPending(pub(crate) Caller);

impl FromRequestParts<AppState> for FreshOrPending {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let caller = Caller::perhaps_pending(parts, state).await?;
        caller.must_be_fresh().map(Self)
    }
}
