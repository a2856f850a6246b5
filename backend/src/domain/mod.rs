//! The rules, free of HTTP and SQL: plain functions over a [`Context`].

use std::{collections::BTreeSet, time::Duration};

use shared::Timestamp;

use crate::{
    config::Config,
    ids::EventId,
    store::{Actor, Announcement, Device, LockoutRule, Occasion, Settings, Store, StoreError},
    vault::{Busy, DeviceToken, OpenError, SigningError, Vault, VaultError},
};

pub mod accounts;
pub mod activity;
pub mod backup_codes;
pub mod email_verification;
pub mod instance;
pub mod key_rotation;
pub mod lockout;
pub mod password;
pub mod password_reset;
pub mod second_factor;
pub mod session;
pub mod session_token;
pub mod sign_in;
pub mod sign_up;
pub mod step_up;
pub mod totp;

/// How long a sign-in that is under way lives, and a sign-up that no code was sent for.
pub const SIGN_IN_LIFETIME: Duration = Duration::from_mins(10);
/// How long a secret may wait for its first code.
pub const TOTP_SETUP_LIFETIME: Duration = Duration::from_mins(10);

/// The numbers that an operator can set.
#[derive(Clone, Debug)]
pub struct Policy {
    /// When an account is locked.
    pub lockout: LockoutRule,
    /// How fresh a check must be for a change of factors.
    pub reverification_age: Duration,
    /// How long a session lasts at most.
    pub session_lifetime: Duration,
    /// How long a session lasts without being used.
    pub session_idle: Duration,
    /// For how long whoever has an account already may put a second factor off that is required.
    pub mfa_grace_period: Duration,
    /// Name in authenticator apps.
    pub issuer: String,
    /// Whether a password can be set anew by a code that is sent by mail.
    pub password_reset: bool,
    /// Whether a sign-up is an account only once a code was right that was sent to its address.
    pub verify_email: bool,
    /// E-mail addresses of those who may decide for everyone, in lower case.
    pub administrators: BTreeSet<String>,
}

impl From<&Config> for Policy {
    fn from(config: &Config) -> Self {
        Self {
            lockout: config.lockout_rule(),
            reverification_age: config.reverification_age,
            session_lifetime: config.session_lifetime,
            session_idle: config.session_idle,
            mfa_grace_period: config.mfa_grace_period,
            issuer: config.issuer.as_str().to_owned(),
            // A mail in a folder of the server reaches nobody.
            password_reset: config.smtp_url.is_some(),
            verify_email: config.verify_email(),
            administrators: config
                .administrators
                .iter()
                .map(|address| address.as_str().to_owned())
                .collect(),
        }
    }
}

/// What a rule works with: where things are kept, what they are sealed with, the numbers that
/// hold, when it is, and what the request comes from.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The database.
    pub store: &'a dyn Store,
    /// Keys, hashes and randomness.
    pub vault: &'a Vault,
    /// The tokens that tell other services who is signed in.
    pub tokens: &'a session_token::SessionTokens,
    /// The numbers that hold.
    pub policy: &'a Policy,
    /// What is switched on.
    pub settings: Settings,
    /// When it is.
    pub now: Timestamp,
    /// On whose part something is done.
    pub actor: &'a Actor,
    /// What the request comes from.
    pub device: &'a Device,
    /// The token by which accounts know the browser again.
    pub device_token: Option<&'a DeviceToken>,
    /// The event that a change is noted as.
    pub event: &'a EventId,
    /// The id of the request in the log.
    pub trace_id: Option<&'a str>,
    /// What the log is to tell of the event.
    pub announcement: &'a Announcement,
}

impl Context<'_> {
    /// What a change happens on.
    pub fn occasion(&self) -> Occasion {
        Occasion {
            now: self.now,
            event: self.event.clone(),
            actor: self.actor.clone(),
            device: self.device.clone(),
            device_token: self.device_token.map(DeviceToken::hash),
            trace_id: self.trace_id.map(str::to_owned),
            announcement: self.announcement.clone(),
        }
    }
}

/// The server's fault, not the caller's.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too much hashing is queued already.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// A stored secret does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No session token could be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

impl From<VaultError> for Fault {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Busy(error) => Self::Busy(error),
            VaultError::Open(error) => Self::Open(error),
        }
    }
}
