//! What the app reads of the API's resources: the part of `shared::resources` that it shows.
//!
//! Reading every field of every resource, with code made anew for each type, cost a fifth of the
//! app's size. The types here take what is needed and leave the rest, and miniserde reads them
//! without a copy of itself for each. That they read what the server writes is tested below
//! against the shared types themselves.

use miniserde::Deserialize;
use shared::{ErrorCode, Timestamp, UserAgent, resources::Strategy};

/// A reply: what was asked for, and the calling client as it is now.
#[derive(Deserialize)]
pub(crate) struct Envelope<T> {
    /// What was asked for.
    pub(crate) response: T,
    /// The calling client, if the server knows it.
    pub(crate) client: Option<Client>,
}

/// The reply that tells what happened.
#[derive(Deserialize)]
pub(crate) struct Activity {
    /// The latest event first.
    pub(crate) response: Vec<SecurityEvent>,
}

/// This browser, as the server knows it.
#[derive(Clone, Deserialize)]
pub(crate) struct Client {
    sessions: Vec<Session>,
    last_active_session_id: Option<String>,
    /// The sign-in that is under way.
    pub(crate) sign_in: Option<SignIn>,
    /// The sign-up that waits for a code.
    pub(crate) sign_up: Option<SignUp>,
}

impl Client {
    /// Whoever is signed in is no administrator any more.
    pub(crate) fn end_administration(&mut self) {
        for session in &mut self.sessions {
            session.user.administrator = false;
        }
    }

    /// The session that calls act for, if one is signed in.
    pub(crate) fn active_session(&self) -> Option<&Session> {
        let id = self.last_active_session_id.as_deref()?;
        self.sessions.iter().find(|session| session.id == id)
    }
}

/// A user signed in, in this browser or in another one.
#[derive(Clone, Deserialize)]
pub(crate) struct Session {
    /// `sess_…`
    pub(crate) id: String,
    /// Whose session it is.
    pub(crate) user: User,
    last_active_at: i64,
    latest_activity: Option<SessionActivity>,
}

impl Session {
    /// When it was last used.
    pub(crate) fn last_active_at(&self) -> Timestamp {
        Timestamp::from_millis(self.last_active_at)
    }

    /// The browser that it is used by.
    pub(crate) fn place(&self) -> Place<'_> {
        let activity = self.latest_activity.as_ref();
        Place {
            browser: activity.and_then(|activity| activity.browser_name.as_deref()),
            system: activity.and_then(|activity| activity.device_type.as_deref()),
            address: activity.and_then(|activity| activity.ip_address.as_deref()),
        }
    }
}

#[derive(Clone, Deserialize)]
struct SessionActivity {
    browser_name: Option<String>,
    device_type: Option<String>,
    ip_address: Option<String>,
}

/// Somebody with an account.
#[derive(Clone, Deserialize)]
pub(crate) struct User {
    /// `user_…`
    pub(crate) id: String,
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
    email_addresses: Vec<EmailAddress>,
    /// Whether the dashboard is open to them.
    pub(crate) administrator: bool,
    /// Whether the account is barred.
    pub(crate) banned: bool,
    /// Whether the account is locked for a time.
    pub(crate) locked: bool,
    /// Whether sign-in asks for a second factor.
    pub(crate) two_factor_enabled: bool,
    /// Whether an authenticator app is set up and verified.
    pub(crate) totp_enabled: bool,
    mfa_enabled_at: Option<i64>,
    totp_last_used_at: Option<i64>,
    last_sign_in_at: Option<i64>,
    /// Unused backup codes.
    pub(crate) backup_codes_remaining: u32,
}

impl User {
    /// The address that the user signs in with.
    pub(crate) fn email_address(&self) -> &str {
        self.email_addresses
            .first()
            .map_or("", |email| email.email_address.as_str())
    }

    /// First name, last name and user name, as far as there are any.
    pub(crate) fn names(&self) -> String {
        let names = [&self.first_name, &self.last_name, &self.username];
        let names: Vec<_> = names.into_iter().flatten().map(String::as_str).collect();
        names.join(" ")
    }

    /// When the second factor came.
    pub(crate) fn mfa_enabled_at(&self) -> Option<Timestamp> {
        self.mfa_enabled_at.map(Timestamp::from_millis)
    }

    /// When a code of the authenticator app was last accepted.
    pub(crate) fn totp_last_used_at(&self) -> Option<Timestamp> {
        self.totp_last_used_at.map(Timestamp::from_millis)
    }

    /// When the user last signed in.
    pub(crate) fn last_sign_in_at(&self) -> Option<Timestamp> {
        self.last_sign_in_at.map(Timestamp::from_millis)
    }
}

#[derive(Clone, Deserialize)]
struct EmailAddress {
    email_address: String,
}

/// Something that happened to the account.
#[derive(Clone, Deserialize)]
pub(crate) struct SecurityEvent {
    /// `evt_…`
    pub(crate) id: String,
    /// What happened, in the API's word: a newer server has more of them.
    pub(crate) kind: String,
    /// The factor that was checked, in the API's word.
    pub(crate) strategy: Option<String>,
    ip_address: Option<String>,
    user_agent: Option<String>,
    created_at: i64,
}

impl SecurityEvent {
    /// When it happened.
    pub(crate) fn created_at(&self) -> Timestamp {
        Timestamp::from_millis(self.created_at)
    }

    /// Where the request came from.
    pub(crate) fn place(&self) -> Place<'_> {
        let seen = self.user_agent.as_deref().map(UserAgent::of);
        Place {
            browser: seen.and_then(|seen| seen.browser),
            system: seen.and_then(|seen| seen.system),
            address: self.ip_address.as_deref(),
        }
    }
}

/// Where somebody was, as far as their browser told.
pub(crate) struct Place<'a> {
    /// The browser.
    pub(crate) browser: Option<&'a str>,
    /// What it runs on.
    pub(crate) system: Option<&'a str>,
    /// The address of the network.
    pub(crate) address: Option<&'a str>,
}

/// The strategy, in the API's word, of a code that is sent by mail for a new password.
pub(crate) const MAILED_CODE: &str = "reset_password_email_code";

/// What a sign-in asks for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The code that was sent by mail; the app begins no other sign-in without a password.
    MailedCode,
    /// A new password, since that code was right.
    NewPassword,
    /// A code of the authenticator app, or a backup code.
    SecondFactor,
}

/// A sign-in that is under way or complete.
#[derive(Clone, Deserialize)]
pub(crate) struct SignIn {
    /// `sia_…`
    pub(crate) id: String,
    status: String,
    /// Who wants to sign in, as typed.
    pub(crate) identifier: Option<String>,
}

impl SignIn {
    /// What it asks for next; nothing once it is complete, or over.
    pub(crate) fn wants(&self) -> Option<Wanted> {
        match self.status.as_str() {
            "needs_first_factor" => Some(Wanted::MailedCode),
            "needs_new_password" => Some(Wanted::NewPassword),
            "needs_second_factor" => Some(Wanted::SecondFactor),
            _ => None,
        }
    }
}

/// A sign-up whose e-mail address is still to be verified.
#[derive(Clone, Deserialize)]
pub(crate) struct SignUp {
    /// `sua_…`
    pub(crate) id: String,
    /// The address.
    pub(crate) email_address: Option<String>,
    verifications: Verifications,
}

#[derive(Clone, Deserialize)]
struct Verifications {
    email_address: Option<Verification>,
}

#[derive(Clone, Deserialize)]
struct Verification {
    expire_at: Option<i64>,
}

impl SignUp {
    /// Whether no code was sent yet, not even one that has run out.
    pub(crate) fn needs_first_code(&self) -> bool {
        let verification = self.verifications.email_address.as_ref();
        verification.is_some_and(|verification| verification.expire_at.is_none())
    }
}

/// A step-up that is under way.
#[derive(Deserialize)]
pub(crate) struct StepUp {
    status: String,
}

impl StepUp {
    /// The factor that it asks for; a backup code does in place of the authenticator app's.
    pub(crate) fn asks_for(&self) -> Strategy {
        match self.status.as_str() {
            "needs_second_factor" => Strategy::Totp,
            _ => Strategy::Password,
        }
    }
}

/// The authenticator app of a user: the secret at its creation, the codes at its verification.
#[derive(Deserialize)]
pub(crate) struct Totp {
    /// The secret in base32.
    pub(crate) secret: Option<String>,
    /// The otpauth URI.
    pub(crate) uri: Option<String>,
    /// The first set of backup codes.
    pub(crate) backup_codes: Option<Vec<String>>,
}

/// A new set of backup codes, shown this once.
#[derive(Deserialize)]
pub(crate) struct BackupCodes {
    /// The codes as people see them.
    pub(crate) codes: Vec<String>,
}

/// What the instance tells about itself.
#[derive(Deserialize)]
pub(crate) struct Environment {
    /// Names to show.
    pub(crate) display_config: DisplayConfig,
    user_settings: UserSettings,
}

impl Environment {
    /// Whether authenticator apps can be set up, and whether backup codes can be made.
    pub(crate) fn offered(&self) -> (bool, bool) {
        let Attributes {
            authenticator_app,
            backup_code,
            ..
        } = &self.user_settings.attributes;
        (authenticator_app.enabled, backup_code.enabled)
    }

    /// Whether a code can be sent by mail to whoever forgot their password.
    pub(crate) fn offers_reset(&self) -> bool {
        let Attributes { password, .. } = &self.user_settings.attributes;
        password
            .first_factors
            .iter()
            .any(|factor| factor == MAILED_CODE)
    }
}

#[derive(Deserialize)]
struct UserSettings {
    attributes: Attributes,
}

#[derive(Deserialize)]
struct Attributes {
    password: Attribute,
    authenticator_app: Attribute,
    backup_code: Attribute,
}

#[derive(Deserialize)]
struct Attribute {
    enabled: bool,
    first_factors: Vec<String>,
}

/// What administrators switch on and off.
#[derive(Clone, Deserialize)]
pub(crate) struct MultiFactorSettings {
    /// Whether authenticator apps can be set up.
    pub(crate) authenticator_app: bool,
    /// Whether backup codes can be made.
    pub(crate) backup_code: bool,
    /// Whether everyone needs a second factor.
    pub(crate) required: bool,
}

/// A part of the list of accounts.
#[derive(Deserialize)]
pub(crate) struct ManagedUsers {
    /// The part, newest first.
    pub(crate) data: Vec<ManagedUser>,
    /// How many there are of what was searched for.
    pub(crate) total_count: u64,
}

/// An account as administrators see it.
#[derive(Clone, Deserialize)]
pub(crate) struct ManagedUser {
    /// The account.
    pub(crate) user: User,
    /// In how many browsers its user is signed in.
    pub(crate) active_sessions: u64,
}

/// Names to show.
#[derive(Deserialize)]
pub(crate) struct DisplayConfig {
    /// Name of the instance.
    pub(crate) application_name: String,
}

/// The body of every reply that is not a success.
#[derive(Deserialize)]
pub(crate) struct ErrorReply {
    /// What went wrong, the deciding error first.
    pub(crate) errors: Vec<ApiError>,
}

/// One error. Its texts are for developers, and the app has its own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct ApiError {
    code: String,
    meta: Option<ErrorMeta>,
}

impl ApiError {
    /// The contract.
    pub(crate) fn code(&self) -> ErrorCode {
        ErrorCode::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == self.code)
            .unwrap_or(ErrorCode::Unknown)
    }

    /// An error of this code, as tests of words and forms need them.
    #[cfg(test)]
    pub(crate) fn sample(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            meta: None,
        }
    }

    /// The same with something to know beside the code, in the API's JSON.
    #[cfg(test)]
    pub(crate) fn with_meta(code: ErrorCode, meta: &str) -> Self {
        let meta = miniserde::json::from_str(meta).ok();
        assert!(meta.is_some(), "the sample is JSON");
        Self {
            meta,
            ..Self::sample(code.as_str())
        }
    }

    /// The form field at fault.
    pub(crate) fn param_name(&self) -> Option<&str> {
        self.meta.as_ref()?.param_name.as_deref()
    }

    /// Whether the code was right and was used before.
    pub(crate) fn is_code_used(&self) -> bool {
        self.meta
            .as_ref()
            .and_then(|meta| meta.reason.as_deref())
            .is_some_and(|reason| reason == "code_already_used")
    }

    /// How long the account stays locked.
    pub(crate) fn lockout_expires_in_seconds(&self) -> Option<u64> {
        self.meta.as_ref()?.lockout_expires_in_seconds
    }

    /// How many attempts are left before the account is locked.
    pub(crate) fn verification_attempts_remaining(&self) -> Option<u32> {
        self.meta.as_ref()?.verification_attempts_remaining
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct ErrorMeta {
    param_name: Option<String>,
    reason: Option<String>,
    lockout_expires_in_seconds: Option<u64>,
    verification_attempts_remaining: Option<u32>,
}

#[cfg(test)]
mod tests;
