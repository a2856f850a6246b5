//! The errors of the API. The code is the contract, its texts are not.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Makes [`ErrorCode`] with its spelling on the wire, and the list of all of them.
macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $wire:literal,)*) => {
        /// What went wrong, as the wire names it.
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $wire)] $variant,)*
            /// A code that this version does not know.
            #[serde(other, rename = "unknown")]
            Unknown,
        }

        impl ErrorCode {
            /// Every code that the server can send.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code's spelling on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $wire,)*
                    Self::Unknown => "unknown",
                }
            }
        }
    };
}

error_codes! {
    /// The code is not right, or is right and was used before.
    FormCodeIncorrect = "form_code_incorrect",
    /// A field that must be there is not.
    FormParamMissing = "form_param_missing",
    /// A field is there and empty.
    FormParamNil = "form_param_nil",
    /// A field does not have the form that it must have.
    FormParamFormatInvalid = "form_param_format_invalid",
    /// A field that there is not.
    FormParamUnknown = "form_param_unknown",
    /// The authenticator app is set up already.
    TotpAlreadyEnabled = "totp_already_enabled",
    /// There is no such thing, or it is somebody else's.
    ResourceNotFound = "resource_not_found",
    /// Backup codes need another second factor beside them.
    BackupCodesNotAvailable = "backup_codes_not_available",
    /// The instance has this factor switched off.
    FeatureNotEnabled = "feature_not_enabled",
    /// The last second factor cannot go while the instance requires one.
    SecondFactorDeletionNotAllowed = "second_factor_deletion_not_allowed",
    /// Few attempts are left before the account is locked.
    AccountLockoutWarning = "account_lockout_warning",
    /// The account is locked for a time.
    UserLocked = "user_locked",
    /// Whoever runs the service has barred the account.
    UserBanned = "user_banned",
    /// The one administrator that there is would be none any more.
    LastAdministrator = "last_administrator",
    /// Administrators do this to the accounts of others only.
    NotOneself = "not_oneself",
    /// The key of the back-end API is missing, wrong, or switched off.
    SecretKeyInvalid = "clerk_key_invalid",
    /// Too many requests in a short time.
    TooManyRequests = "too_many_requests",
    /// The caller has no session.
    AuthenticationInvalid = "authentication_invalid",
    /// The caller's client has no session left.
    SignedOut = "signed_out",
    /// The session has to set up a second factor first.
    SessionPending = "session_pending",
    /// The session's last check is too old for this.
    SessionReverificationRequired = "session_reverification_required",
    /// A step-up was not begun, or its first step was left out.
    SessionReverificationMissing = "session_reverification_missing",
    /// No account has this identifier with this password.
    FormPasswordOrIdentifierIncorrect = "form_password_or_identifier_incorrect",
    /// The client is signed in already.
    SessionExists = "session_exists",
    /// Another account has this e-mail address or user name.
    FormIdentifierExists = "form_identifier_exists",
    /// The code has run out, or none was sent.
    VerificationExpired = "verification_expired",
    /// There were too many wrong codes, or too many were sent.
    VerificationFailed = "verification_failed",
    /// The password has too few characters.
    FormPasswordLengthTooShort = "form_password_length_too_short",
    /// The password has too many characters.
    FormPasswordLengthTooLong = "form_password_length_too_long",
    /// The password is one of those that everybody tries first.
    FormPasswordPwned = "form_password_pwned",
    /// The password would be guessed too soon.
    FormPasswordNotStrongEnough = "form_password_not_strong_enough",
    /// The password of the signed-in user is not right.
    FormPasswordIncorrect = "form_password_incorrect",
    /// The page that sent the request may not call this server.
    OriginInvalid = "origin_invalid",
    /// The body is over 16 KiB.
    RequestBodyTooLarge = "request_body_too_large",
    /// The body did not arrive in time.
    RequestTimeout = "request_timeout",
    /// The body is not a form.
    UnsupportedContentType = "unsupported_content_type",
    /// The path has no such method.
    MethodNotAllowed = "method_not_allowed",
    /// The server is at fault.
    InternalError = "internal_clerk_error",
    /// The server cannot do this right now.
    ServiceUnavailable = "service_unavailable",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The body of every reply that is not a success.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorReply {
    /// What went wrong: at least one error, the most telling first.
    pub errors: Vec<ApiError>,
    /// The request's id in the server's log.
    pub clerk_trace_id: String,
}

/// One error of an [`ErrorReply`].
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// The contract.
    pub code: ErrorCode,
    /// A short text for developers.
    pub message: String,
    /// A sentence that a user may read.
    pub long_message: String,
    /// What a program needs to know beside the code.
    #[serde(default)]
    pub meta: ErrorMeta,
}

/// What a program needs to know beside an error's code.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ErrorMeta {
    /// The form field at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub param_name: Option<String>,
    /// The finer reason within one code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ErrorReason>,
    /// How long the account stays locked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lockout_expires_in_seconds: Option<u64>,
    /// How many attempts are left before the account is locked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification_attempts_remaining: Option<u32>,
    /// The check that has to be done again first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverification: Option<Reverification>,
}

/// The finer reason within one code.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorReason {
    /// The code is right and was used before.
    CodeAlreadyUsed,
    /// A reason that this version does not know.
    #[serde(other)]
    Unknown,
}

/// Which check has to be how fresh.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reverification {
    /// The factor to check.
    pub level: crate::resources::VerificationLevel,
    /// How old the last check may be, in minutes.
    pub after_minutes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_written_as_its_name_on_the_wire() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_string(code).unwrap(), format!("\"{code}\""));
        }
    }

    #[test]
    fn a_code_from_a_newer_server_is_still_an_error() {
        let error: ApiError = serde_json::from_str(
            r#"{"code":"brand_new","message":"m","long_message":"l","meta":{"reason":"other"}}"#,
        )
        .unwrap();
        assert_eq!(error.code, ErrorCode::Unknown);
        assert_eq!(error.meta.reason, Some(ErrorReason::Unknown));
    }
}
