//! What the app reads of the API's resources: the part of `shared::resources` that it shows.
//!
//! Reading every field of every resource would cost a sixth of the app's size. The types here take
//! what is needed and leave the rest; that they read what the server writes is tested below
//! against the shared types themselves.

use serde::Deserialize;
use shared::{ErrorCode, Timestamp, error::ErrorReason, resources::SignInStatus};

/// A reply: what was asked for, and the calling client as it is now.
#[derive(Deserialize)]
pub(crate) struct Envelope<T> {
    /// What was asked for.
    pub(crate) response: T,
    /// The calling client, if the server knows it.
    pub(crate) client: Option<Client>,
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

/// A user signed in on this client.
#[derive(Clone, Deserialize)]
pub(crate) struct Session {
    /// `sess_…`
    pub(crate) id: String,
    /// Whose session it is.
    pub(crate) user: User,
}

/// The signed-in user.
#[derive(Clone, Deserialize)]
pub(crate) struct User {
    email_addresses: Vec<EmailAddress>,
    /// Whether sign-in asks for a second factor.
    pub(crate) two_factor_enabled: bool,
    /// Whether an authenticator app is set up and verified.
    pub(crate) totp_enabled: bool,
    /// When the second factor came.
    pub(crate) mfa_enabled_at: Option<Timestamp>,
    /// When a code of the authenticator app was last accepted.
    pub(crate) totp_last_used_at: Option<Timestamp>,
    /// When the user last signed in.
    pub(crate) last_sign_in_at: Option<Timestamp>,
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
}

#[derive(Clone, Deserialize)]
struct EmailAddress {
    email_address: String,
}

/// A sign-in that is under way or complete.
#[derive(Clone, Deserialize)]
pub(crate) struct SignIn {
    /// `sia_…`
    pub(crate) id: String,
    /// How far it has come.
    pub(crate) status: SignInStatus,
    /// Who wants to sign in, as typed.
    pub(crate) identifier: Option<String>,
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
    /// The contract.
    pub(crate) code: ErrorCode,
    /// What the app needs to know beside the code.
    #[serde(default)]
    pub(crate) meta: ErrorMeta,
}

/// What the app needs to know beside an error's code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct ErrorMeta {
    /// The form field at fault.
    pub(crate) param_name: Option<String>,
    /// The finer reason within one code.
    pub(crate) reason: Option<ErrorReason>,
    /// How long the account stays locked.
    pub(crate) lockout_expires_in_seconds: Option<u64>,
    /// How many attempts are left before the account is locked.
    pub(crate) verification_attempts_remaining: Option<u32>,
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
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

    /// `json` as the server writes it, through the type that it writes, as the app reads it.
    fn read<W: DeserializeOwned + serde::Serialize, R: DeserializeOwned>(json: &str) -> R {
        let written: W = serde_json::from_str(json).unwrap();
        serde_json::from_str(&serde_json::to_string(&written).unwrap()).unwrap()
    }

    #[test]
    fn a_reply_brings_the_client_with_its_user_and_its_sign_in() {
        let json = format!(
            r#"{{"response": {SIGN_IN}, "client": {{
                "object": "client", "id": "client_1", "sessions": [{{
                    "object": "session", "id": "sess_1", "status": "active", "expire_at": 1,
                    "abandon_at": 1, "last_active_at": 1, "factor_verification_age": [0, -1],
                    "user": {USER}, "created_at": 1, "updated_at": 1
                }}],
                "sign_in": {SIGN_IN}, "last_active_session_id": "sess_1",
                "cookie_expires_at": null, "created_at": 1, "updated_at": 1
            }}}}"#
        );
        let reply: Envelope<SignIn> = read::<written::Envelope<written::SignIn>, _>(&json);
        assert_eq!(reply.response.id, "sia_1");
        assert_eq!(
            reply.response.identifier.as_deref(),
            Some("ann@example.com")
        );
        let client = reply.client.unwrap();
        assert_eq!(
            client.sign_in.as_ref().unwrap().status,
            SignInStatus::NeedsSecondFactor
        );
        let session = client.active_session().unwrap();
        assert_eq!(session.id, "sess_1");
        let user = &session.user;
        assert_eq!(user.email_address(), "ann@example.com");
        assert!(user.two_factor_enabled && user.totp_enabled);
        assert_eq!(user.backup_codes_remaining, 9);
        assert_eq!(
            [
                user.mfa_enabled_at,
                user.last_sign_in_at,
                user.totp_last_used_at
            ],
            [2, 3, 4].map(|millis| Some(Timestamp::from_millis(millis))),
        );
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
    fn the_environment_names_the_instance() {
        let written = written::Environment {
            auth_config: written::AuthConfig::default(),
            display_config: written::DisplayConfig {
                application_name: "Acme".to_owned(),
                ..written::DisplayConfig::default()
            },
            user_settings: written::UserSettings::default(),
        };
        let json = serde_json::to_string(&written).unwrap();
        let read: Environment = serde_json::from_str(&json).unwrap();
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
                    reason: Some(ErrorReason::CodeAlreadyUsed),
                    lockout_expires_in_seconds: Some(60),
                    verification_attempts_remaining: Some(2),
                    reverification: None,
                },
            }],
            clerk_trace_id: String::new(),
        };
        let json = serde_json::to_string(&written).unwrap();
        let read: ErrorReply = serde_json::from_str(&json).unwrap();
        assert_eq!(
            read.errors,
            [ApiError {
                code: ErrorCode::UserLocked,
                meta: ErrorMeta {
                    param_name: Some("code".to_owned()),
                    reason: Some(ErrorReason::CodeAlreadyUsed),
                    lockout_expires_in_seconds: Some(60),
                    verification_attempts_remaining: Some(2),
                },
            }],
        );
    }
}
