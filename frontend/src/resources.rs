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
}

impl Client {
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

/// The signed-in user.
#[derive(Clone, Deserialize)]
pub(crate) struct User {
    email_addresses: Vec<EmailAddress>,
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
    /// Whether the password was right and a code is wanted.
    pub(crate) fn needs_second_factor(&self) -> bool {
        self.status == "needs_second_factor"
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
mod tests {
    use serde::{Serialize, de::DeserializeOwned};
    use shared::{error, resources as written};

    use super::*;

    const USER: &str = r#"{
        "object": "user", "id": "user_1", "username": null, "first_name": null, "last_name": null,
        "email_addresses": [{
            "object": "email_address", "id": "idn_1", "email_address": "ann@example.com",
            "created_at": 1, "updated_at": 1
        }],
        "two_factor_enabled": true, "totp_enabled": true, "backup_code_enabled": true,
        "mfa_enabled_at": 2, "last_sign_in_at": 3, "backup_codes_remaining": 9,
        "totp_last_used_at": 4, "administrator": false, "created_at": 1, "updated_at": 5
    }"#;
    const SIGN_IN: &str = r#"{
        "object": "sign_in_attempt", "id": "sia_1", "status": "needs_second_factor",
        "identifier": "ann@example.com", "created_session_id": null, "abandon_at": 9
    }"#;

    fn session() -> String {
        format!(
            r#"{{
                "object": "session", "id": "sess_1", "status": "active", "expire_at": 1,
                "abandon_at": 1, "last_active_at": 1, "factor_verification_age": [0, -1],
                "user": {USER}, "created_at": 1, "updated_at": 1
            }}"#
        )
    }

    /// `json` as the server writes it, through the type that it writes, as the app reads it.
    fn read<W: DeserializeOwned + Serialize, R: Deserialize>(json: &str) -> R {
        read_back(&serde_json::from_str::<W>(json).unwrap())
    }

    fn read_back<R: Deserialize>(written: &impl Serialize) -> R {
        miniserde::json::from_str(&serde_json::to_string(written).unwrap()).unwrap()
    }

    #[test]
    fn a_reply_brings_the_client_with_its_user_and_its_sign_in() {
        let json = format!(
            r#"{{"response": {SIGN_IN}, "client": {{
                "object": "client", "id": "client_1", "sessions": [{}],
                "sign_in": {SIGN_IN}, "last_active_session_id": "sess_1",
                "cookie_expires_at": null, "created_at": 1, "updated_at": 1
            }}}}"#,
            session()
        );
        let reply: Envelope<SignIn> = read::<written::Envelope<written::SignIn>, _>(&json);
        assert_eq!(reply.response.id, "sia_1");
        assert_eq!(
            reply.response.identifier.as_deref(),
            Some("ann@example.com")
        );
        let client = reply.client.unwrap();
        assert!(client.sign_in.as_ref().unwrap().needs_second_factor());
        let session = client.active_session().unwrap();
        assert_eq!(session.id, "sess_1");
        let user = &session.user;
        assert_eq!(user.email_address(), "ann@example.com");
        assert!(user.two_factor_enabled && user.totp_enabled);
        assert_eq!(user.backup_codes_remaining, 9);
        assert_eq!(
            [
                user.mfa_enabled_at(),
                user.last_sign_in_at(),
                user.totp_last_used_at()
            ],
            [2, 3, 4].map(|millis| Some(Timestamp::from_millis(millis))),
        );
    }

    #[test]
    fn a_step_up_names_the_factor_that_it_asks_for() {
        for (status, factor) in [
            ("needs_first_factor", Strategy::Password),
            ("needs_second_factor", Strategy::Totp),
        ] {
            let step_up: StepUp = read::<written::SessionVerification, _>(&format!(
                r#"{{"object": "session_reverification", "level": "second_factor",
                    "status": "{status}", "supported_first_factors": null,
                    "supported_second_factors": null, "session": {}}}"#,
                session()
            ));
            assert_eq!(step_up.asks_for(), factor);
        }
    }

    #[test]
    fn a_totp_brings_its_secret_and_its_codes() {
        let totp: Totp = read::<written::Totp, _>(
            r#"{"object": "totp", "id": "totp_1", "secret": "GEZD", "uri": "otpauth://totp/a",
                "verified": false, "backup_codes": ["abcde-fgh23"], "created_at": 1,
                "updated_at": 1}"#,
        );
        assert_eq!(totp.secret.as_deref(), Some("GEZD"));
        assert_eq!(totp.uri.as_deref(), Some("otpauth://totp/a"));
        assert_eq!(totp.backup_codes.unwrap(), ["abcde-fgh23"]);
        let codes: BackupCodes = read::<written::BackupCodes, _>(
            r#"{"object": "backup_code", "id": "bkp_1", "codes": ["abcde-fgh23"],
                "created_at": 1, "updated_at": 1}"#,
        );
        assert_eq!(codes.codes, ["abcde-fgh23"]);
    }

    #[test]
    fn a_session_tells_where_it_is_used() {
        let written: Vec<written::Session> = serde_json::from_str(&format!(
            r#"[{}, {}]"#,
            session(),
            session().replace(
                r#""created_at": 1, "updated_at": 1
            }"#,
                r#""created_at": 1, "updated_at": 1, "latest_activity": {
                    "object": "session_activity", "id": "sess_1", "browser_name": "Firefox",
                    "device_type": "Linux", "is_mobile": false, "ip_address": "192.0.2.1"
                }}"#
            )
        ))
        .unwrap();
        let read: Vec<Session> = read_back(&written);
        let [silent, talking] = read.as_slice() else {
            panic!("two sessions were written");
        };
        assert_eq!(silent.id, "sess_1");
        assert_eq!(silent.last_active_at(), Timestamp::from_millis(1));
        assert_eq!(silent.place().browser, None);
        let Place {
            browser,
            system,
            address,
        } = talking.place();
        assert_eq!(
            [browser, system, address],
            [Some("Firefox"), Some("Linux"), Some("192.0.2.1")]
        );
    }

    #[test]
    fn an_event_tells_what_happened_and_where() {
        let written = written::SecurityEvent {
            id: "evt_1".to_owned(),
            kind: written::SecurityEventKind::StepUp,
            actor: written::EventActor::User,
            strategy: Some(Strategy::BackupCode),
            session_id: None,
            ip_address: Some("192.0.2.1".to_owned()),
            user_agent: Some("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0".to_owned()),
            created_at: Timestamp::from_millis(7),
        };
        let reply = written::Envelope {
            response: vec![written],
            client: None,
        };
        let read: Activity = read_back(&reply);
        let [event] = read.response.as_slice() else {
            panic!("one event was written");
        };
        assert_eq!(
            (event.id.as_str(), event.kind.as_str()),
            ("evt_1", "step_up")
        );
        assert_eq!(event.strategy.as_deref(), Some("backup_code"));
        assert_eq!(event.created_at(), Timestamp::from_millis(7));
        let Place {
            browser,
            system,
            address,
        } = event.place();
        assert_eq!(
            [browser, system, address],
            [Some("Firefox"), Some("Linux"), Some("192.0.2.1")]
        );
    }

    #[test]
    fn the_environment_names_the_instance() {
        let written = written::Environment {
            auth_config: written::AuthConfig::default(),
            display_config: written::DisplayConfig {
                application_name: "Acme".to_owned(),
                ..written::DisplayConfig::default()
            },
            user_settings: written::UserSettings::default(),
        };
        let read: Environment = read_back(&written);
        assert_eq!(read.display_config.application_name, "Acme");
    }

    #[test]
    fn an_error_brings_its_code_and_what_belongs_to_it() {
        let written = error::ErrorReply {
            errors: vec![error::ApiError {
                code: ErrorCode::UserLocked,
                message: String::new(),
                long_message: String::new(),
                meta: error::ErrorMeta {
                    param_name: Some("code".to_owned()),
                    reason: Some(error::ErrorReason::CodeAlreadyUsed),
                    lockout_expires_in_seconds: Some(60),
                    verification_attempts_remaining: Some(2),
                    reverification: None,
                },
            }],
            clerk_trace_id: String::new(),
        };
        let read: ErrorReply = read_back(&written);
        let [error] = read.errors.as_slice() else {
            panic!("one error was written");
        };
        assert_eq!(error.code(), ErrorCode::UserLocked);
        assert_eq!(error.param_name(), Some("code"));
        assert!(error.is_code_used());
        assert_eq!(error.lockout_expires_in_seconds(), Some(60));
        assert_eq!(error.verification_attempts_remaining(), Some(2));
    }

    #[test]
    fn every_code_is_read_as_itself_and_a_new_one_is_still_an_error() {
        let read = |code: &str| ApiError::sample(code).code();
        for code in ErrorCode::ALL {
            assert_eq!(read(code.as_str()), *code);
        }
        assert_eq!(read("brand_new"), ErrorCode::Unknown);
    }

    #[test]
    fn an_error_needs_no_meta() {
        let reply: ErrorReply =
            miniserde::json::from_str(r#"{"errors": [{"code": "user_locked"}]}"#).unwrap();
        assert_eq!(reply.errors, [ApiError::sample("user_locked")]);
        assert_eq!(reply.errors[0].param_name(), None);
    }
}
