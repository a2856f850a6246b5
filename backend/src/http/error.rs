//! What goes wrong, as a reply: the one place where an error becomes status, code and words.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use shared::{
    ApiError, CodeError, ErrorCode, ErrorReply, Timestamp,
    error::{ErrorMeta, ErrorReason, Reverification},
    resources::VerificationLevel,
};

use super::rate_limits::TooFast;
use crate::{
    domain::{
        Fault, accounts, backup_codes, email_verification, instance, password, password_reset,
        second_factor, sign_in, sign_up, step_up, totp,
    },
    store::{StoreError, Taken},
    vault::PasswordWeakness,
};

/// How soon a client may try again when the server has too much to do.
const RETRY_AFTER_SECONDS: u64 = 2;
/// From so many attempts left on, the user is warned.
const WARN_FROM: u32 = 2;

/// Why a request was not done. Its body is written where the trace id is known.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    errors: Vec<ApiError>,
    retry_after: Option<u64>,
    /// What the log says and the caller does not learn.
    cause: Option<String>,
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self {
            errors: vec![error(code)],
            retry_after: None,
            cause: None,
        }
    }
}

impl Failure {
    /// A failure of the form field `name`.
    pub(crate) fn of_param(code: ErrorCode, name: &str) -> Self {
        Self::from(code).with_meta(|meta| meta.param_name = Some(name.to_owned()))
    }

    /// The account is locked until then.
    pub(crate) fn locked(until: Timestamp, now: Timestamp) -> Self {
        let left = until.since(now);
        let mut failure = Self::from(ErrorCode::UserLocked)
            .with_meta(|meta| meta.lockout_expires_in_seconds = Some(left.as_secs()));
        let words = in_words(left);
        failure.errors[0].long_message =
            format!("Your account is locked after too many wrong attempts. Try again in {words}.");
        failure
    }

    /// The new password in that field is too easy to guess.
    fn weak(weakness: PasswordWeakness, name: &str) -> Self {
        use ErrorCode as E;
        let code = match weakness {
            PasswordWeakness::TooShort => E::FormPasswordLengthTooShort,
            PasswordWeakness::TooLong => E::FormPasswordLengthTooLong,
            PasswordWeakness::Common => E::FormPasswordPwned,
            PasswordWeakness::Guessable => E::FormPasswordNotStrongEnough,
        };
        Self::of_param(code, name)
    }

    /// A code that was sent by mail is not right.
    fn wrong_mailed_code() -> Self {
        Self::of_param(ErrorCode::FormCodeIncorrect, "code")
            .in_words(&"that code is not correct. Take the one of the last mail, and try again")
    }

    /// The session's last check is too old.
    pub(crate) fn stale(allowed_age: Duration) -> Self {
        Self::from(ErrorCode::SessionReverificationRequired).with_meta(|meta| {
            meta.reverification = Some(Reverification {
                level: VerificationLevel::SecondFactor,
                after_minutes: allowed_age.as_secs() / 60,
            });
        })
    }

    /// The same for whoever need not know why: not signed in, unless the server is at fault.
    pub(crate) fn told_to_nobody(self) -> Self {
        if self.status().is_server_error() {
            self
        } else {
            ErrorCode::AuthenticationInvalid.into()
        }
    }

    /// Says it in these words, as a sentence.
    pub(super) fn in_words(mut self, words: &dyn ToString) -> Self {
        let words = words.to_string();
        let mut characters = words.chars();
        if let (Some(error), Some(first)) = (self.errors.first_mut(), characters.next()) {
            error.long_message = format!("{}{}.", first.to_uppercase(), characters.as_str());
        }
        self
    }

    /// Adds what only the log says.
    pub(crate) fn because(mut self, cause: &impl ToString) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    fn with_meta(mut self, change: impl FnOnce(&mut ErrorMeta)) -> Self {
        if let Some(error) = self.errors.first_mut() {
            change(&mut error.meta);
        }
        self
    }

    /// Adds the warning that few attempts are left.
    fn with_warning(mut self, remaining: u32) -> Self {
        if remaining <= WARN_FROM {
            let mut warning = error(ErrorCode::AccountLockoutWarning);
            warning.long_message = match remaining {
                0 => "That was the last attempt: your account is locked for a time.".to_owned(),
                1 => "You have 1 attempt left before your account is locked.".to_owned(),
                n => format!("You have {n} attempts left before your account is locked."),
            };
            warning.meta.verification_attempts_remaining = Some(remaining);
            self.errors.push(warning);
        }
        self
    }

    /// The code of the first error.
    pub(super) fn code(&self) -> ErrorCode {
        let first = self.errors.first();
        first.map_or(ErrorCode::InternalError, |error| error.code)
    }

    fn status(&self) -> StatusCode {
        self.errors
            .first()
            .map_or(StatusCode::INTERNAL_SERVER_ERROR, |error| {
                status(error.code)
            })
    }

    pub(super) fn log(&self, status: StatusCode) {
        let code = self.errors.first().map_or("", |error| error.code.as_str());
        let cause = self.cause.as_deref().unwrap_or_default();
        if status.is_server_error() {
            tracing::error!(code, cause, "failed");
        } else {
            tracing::info!(code, "refused");
        }
    }

    /// The reply with its body. Headers that `response` has already stay.
    pub(super) fn render(self, response: Response, trace_id: &str) -> Response {
        let status = self.status();
        let body = ErrorReply {
            errors: self.errors,
            clerk_trace_id: trace_id.to_owned(),
        };
        let (parts, _) = response.into_parts();
        let (json_parts, body) = Json(body).into_response().into_parts();
        let mut response = Response::from_parts(parts, body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.extend(json_parts.headers);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// One error with its words.
fn error(code: ErrorCode) -> ApiError {
    let (message, long_message) = words(code);
    ApiError {
        code,
        message: message.to_owned(),
        long_message: long_message.to_owned(),
        meta: ErrorMeta::default(),
    }
}

/// The status of each code.
const fn status(code: ErrorCode) -> StatusCode {
    use ErrorCode as E;
    match code {
        E::FormCodeIncorrect
        | E::FormParamMissing
        | E::FormParamNil
        | E::FormParamFormatInvalid
        | E::FormParamUnknown
        | E::AccountLockoutWarning
        | E::FormPasswordOrIdentifierIncorrect
        | E::FormPasswordIncorrect
        | E::FormIdentifierExists
        | E::FormPasswordLengthTooShort
        | E::FormPasswordLengthTooLong
        | E::FormPasswordPwned
        | E::FormPasswordNotStrongEnough => StatusCode::UNPROCESSABLE_ENTITY,
        E::TotpAlreadyEnabled
        | E::BackupCodesNotAvailable
        | E::SecondFactorDeletionNotAllowed
        | E::LastAdministrator
        | E::NotOneself
        | E::SessionReverificationMissing
        | E::VerificationExpired
        | E::VerificationFailed
        | E::SessionExists => StatusCode::BAD_REQUEST,
        E::AuthenticationInvalid | E::SignedOut | E::SecretKeyInvalid => StatusCode::UNAUTHORIZED,
        E::FeatureNotEnabled
        | E::UserLocked
        | E::UserBanned
        | E::SessionPending
        | E::SessionReverificationRequired
        | E::OriginInvalid => StatusCode::FORBIDDEN,
        E::ResourceNotFound => StatusCode::NOT_FOUND,
        E::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        E::RequestBodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        E::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
        E::UnsupportedContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        E::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        E::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        E::InternalError | E::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The words of each code: short for developers, long for users.
#[expect(clippy::too_many_lines, reason = "one table")]
const fn words(code: ErrorCode) -> (&'static str, &'static str) {
    use ErrorCode as E;
    match code {
        E::FormCodeIncorrect => (
            "Incorrect code",
            "That code is not correct. Check your authenticator app and try again.",
        ),
        E::FormParamMissing => ("is missing", "A required field is missing."),
        E::FormParamNil => ("is empty", "A required field is empty."),
        E::FormParamFormatInvalid => ("is invalid", "A field does not have the right form."),
        E::FormParamUnknown => ("is unknown", "There is no such field here."),
        E::TotpAlreadyEnabled => (
            "TOTP already enabled",
            "An authenticator app is already set up. Remove it first.",
        ),
        E::ResourceNotFound => ("Resource not found", "There is no such thing (any more)."),
        E::BackupCodesNotAvailable => (
            "Backup codes not available",
            "Backup codes need an authenticator app. Add one first.",
        ),
        E::FeatureNotEnabled => (
            "Feature not enabled",
            "This is switched off here. Ask your administrator.",
        ),
        E::SecondFactorDeletionNotAllowed => (
            "Second factor deletion not allowed",
            "This is your last second factor, and one is required here.",
        ),
        E::AccountLockoutWarning => (
            "Account lockout warning",
            "Few attempts are left before your account is locked.",
        ),
        E::UserLocked => ("User locked", "Your account is locked for a time."),
        E::UserBanned => (
            "User banned",
            "Your account is barred. Ask whoever runs this service about it.",
        ),
        E::LastAdministrator => (
            "Last administrator",
            "This is the only administrator left, and one has to be there.",
        ),
        E::NotOneself => (
            "Not oneself",
            "This is your own account. Change it on its own pages.",
        ),
        E::SecretKeyInvalid => (
            "Invalid secret key",
            "The key of the back-end API is missing or wrong, or the API is switched off.",
        ),
        E::TooManyRequests => ("Too many requests", "Too many attempts. Wait a moment."),
        E::AuthenticationInvalid => ("Invalid authentication", "You are not signed in."),
        E::SignedOut => ("Signed out", "You have been signed out."),
        E::SessionPending => (
            "Session pending",
            "Set up multi-factor authentication first.",
        ),
        E::SessionReverificationRequired => (
            "Reverification required",
            "Please show again that it is you.",
        ),
        E::SessionReverificationMissing => (
            "Reverification missing",
            "Check your password first, then your code.",
        ),
        E::FormPasswordOrIdentifierIncorrect => (
            "Password or identifier is incorrect",
            "The e-mail address or the password is not correct.",
        ),
        E::FormPasswordIncorrect => ("Password is incorrect", "The password is not correct."),
        E::SessionExists => ("Session already exists", "You are already signed in."),
        E::FormIdentifierExists => (
            "Identifier exists",
            "An account with this e-mail address or user name exists already. Sign in instead.",
        ),
        E::VerificationExpired => (
            "Verification expired",
            "The code has run out. Ask for a new one.",
        ),
        E::VerificationFailed => (
            "Verification failed",
            "There were too many wrong codes. Ask for a new one.",
        ),
        E::FormPasswordLengthTooShort => (
            "Password too short",
            "The password must have at least 8 characters.",
        ),
        E::FormPasswordLengthTooLong => (
            "Password too long",
            "The password must have at most 128 characters.",
        ),
        E::FormPasswordPwned => (
            "Password is common",
            "This password is one that many people use. Choose another one.",
        ),
        E::FormPasswordNotStrongEnough => (
            "Password not strong enough",
            "This password is easy to guess. Choose a longer one, such as a few random words.",
        ),
        E::OriginInvalid => ("Invalid origin", "This page may not call this server."),
        E::RequestBodyTooLarge => ("Request body too large", "The request is too large."),
        E::RequestTimeout => (
            "Request timeout",
            "The request took too long to arrive. Check your internet connection and try again.",
        ),
        E::UnsupportedContentType => (
            "Unsupported content type",
            "The request must be a form (application/x-www-form-urlencoded), or JSON for the back-end \
             API.",
        ),
        E::MethodNotAllowed => ("Method not allowed", "This address has no such method."),
        E::InternalError | E::Unknown => (
            "Internal error",
            "Something went wrong on our side. Try again later.",
        ),
        E::ServiceUnavailable => (
            "Service unavailable",
            "The server has too much to do. Try again in a moment.",
        ),
    }
}

/// A waiting time as people say it, rounded up.
fn in_words(left: Duration) -> String {
    let counted = |n: u64, unit: &str| match n {
        1 => format!("1 {unit}"),
        n => format!("{n} {unit}s"),
    };
    match left.as_secs() {
        seconds @ 0..60 => counted(seconds.max(1), "second"),
        seconds @ 60..=3600 => counted(seconds.div_ceil(60), "minute"),
        seconds => counted(seconds.div_ceil(3600), "hour"),
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match &fault {
            Fault::Busy(_) | Fault::Store(StoreError::Unavailable(_)) => {
                let mut failure = Self::from(ErrorCode::ServiceUnavailable);
                failure.retry_after = Some(RETRY_AFTER_SECONDS);
                failure.because(&fault)
            }
            Fault::Store(StoreError::Other(_)) | Fault::Open(_) | Fault::Signing(_) => {
                Self::from(ErrorCode::InternalError).because(&fault)
            }
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Fault::from(error).into()
    }
}

impl From<TooFast> for Failure {
    fn from(TooFast { wait }: TooFast) -> Self {
        // Rounded up: whoever comes back at the second that was told is let through.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let mut failure = Self::from(ErrorCode::TooManyRequests);
        failure.retry_after = Some(seconds);
        let words = in_words(Duration::from_secs(seconds));
        failure.errors[0].long_message = format!("Too many attempts. Try again in {words}.");
        failure
    }
}

impl From<Taken> for Failure {
    fn from(taken: Taken) -> Self {
        let field = match taken {
            Taken::Email => "email_address",
            Taken::Username => "username",
            Taken::ExternalId => "external_id",
        };
        Self::of_param(ErrorCode::FormIdentifierExists, field)
    }
}

impl From<email_verification::Error> for Failure {
    fn from(error: email_verification::Error) -> Self {
        use ErrorCode as E;
        match error {
            email_verification::Error::SwitchedOff => E::FeatureNotEnabled.into(),
            email_verification::Error::Incorrect => Self::wrong_mailed_code(),
            email_verification::Error::Expired => Self::of_param(E::VerificationExpired, "code"),
            email_verification::Error::Failed => Self::of_param(E::VerificationFailed, "code"),
            email_verification::Error::NoMoreCodes => Self::from(E::VerificationFailed)
                .in_words(&"no more codes are sent for this sign-up: begin again"),
            email_verification::Error::Taken(taken) => taken.into(),
            email_verification::Error::NotFound => E::ResourceNotFound.into(),
            email_verification::Error::Fault(fault) => fault.into(),
        }
    }
}

impl From<sign_up::Error> for Failure {
    fn from(error: sign_up::Error) -> Self {
        use ErrorCode as E;
        match error {
            sign_up::Error::EmailMalformed => {
                Self::of_param(E::FormParamFormatInvalid, "email_address")
            }
            sign_up::Error::UsernameMalformed => {
                Self::of_param(E::FormParamFormatInvalid, "username")
            }
            sign_up::Error::NameTooLong { field } => {
                Self::of_param(E::FormParamFormatInvalid, field)
            }
            sign_up::Error::Weak(weakness) => Self::weak(weakness, "password"),
            sign_up::Error::Taken(taken) => taken.into(),
            sign_up::Error::Fault(fault) => fault.into(),
        }
    }
}

/// An error that needs the time of the request to be told: how long an account stays locked.
pub(crate) trait At {
    /// The failure, told at `now`.
    fn at(self, now: Timestamp) -> Failure;
}

impl At for sign_in::Error {
    fn at(self, now: Timestamp) -> Failure {
        match self {
            Self::Incorrect => {
                Failure::of_param(ErrorCode::FormPasswordOrIdentifierIncorrect, "identifier")
            }
            Self::Locked { until } => Failure::locked(until, now),
            Self::Banned => ErrorCode::UserBanned.into(),
            Self::NotFound => ErrorCode::ResourceNotFound.into(),
            Self::Fault(fault) => fault.into(),
        }
    }
}

impl At for accounts::CheckError {
    fn at(self, now: Timestamp) -> Failure {
        match self {
            Self::Banned => ErrorCode::UserBanned.into(),
            Self::PasswordIncorrect { remaining } => {
                Failure::of_param(ErrorCode::FormPasswordIncorrect, "password")
                    .with_warning(remaining)
            }
            Self::Code(error) => error.at(now),
            Self::Fault(fault) => fault.into(),
        }
    }
}

impl At for email_verification::Error {
    fn at(self, _now: Timestamp) -> Failure {
        self.into()
    }
}

impl At for password_reset::Error {
    fn at(self, now: Timestamp) -> Failure {
        match self {
            Self::SwitchedOff => ErrorCode::FeatureNotEnabled.into(),
            Self::Incorrect => Failure::wrong_mailed_code(),
            Self::Weak(weakness) => Failure::weak(weakness, "password"),
            Self::Locked { until } => Failure::locked(until, now),
            Self::Banned => ErrorCode::UserBanned.into(),
            Self::NotFound => ErrorCode::ResourceNotFound.into(),
            Self::Fault(fault) => fault.into(),
        }
    }
}

impl At for password::Error {
    fn at(self, now: Timestamp) -> Failure {
        match self {
            Self::Weak(weakness) => Failure::weak(weakness, "new_password"),
            Self::Missing => Failure::of_param(ErrorCode::FormParamMissing, "current_password"),
            Self::Incorrect { remaining } => {
                Failure::of_param(ErrorCode::FormPasswordIncorrect, "current_password")
                    .with_warning(remaining)
            }
            Self::Locked { until } => Failure::locked(until, now),
            Self::Over => ErrorCode::ResourceNotFound.into(),
            Self::Fault(fault) => fault.into(),
        }
    }
}

impl At for second_factor::Error {
    fn at(self, now: Timestamp) -> Failure {
        match self {
            Self::Malformed(error) => error.into(),
            Self::Wrong { remaining } => {
                Failure::of_param(ErrorCode::FormCodeIncorrect, "code").with_warning(remaining)
            }
            Self::AlreadyUsed { remaining } => {
                let mut failure = Failure::of_param(ErrorCode::FormCodeIncorrect, "code")
                    .with_meta(|meta| meta.reason = Some(ErrorReason::CodeAlreadyUsed));
                "That code has already been used. Wait for the next one."
                    .clone_into(&mut failure.errors[0].long_message);
                failure.with_warning(remaining)
            }
            Self::Locked { until } => Failure::locked(until, now),
            Self::Over => ErrorCode::ResourceNotFound.into(),
            Self::Fault(fault) => fault.into(),
        }
    }
}

impl At for step_up::Error {
    fn at(self, now: Timestamp) -> Failure {
        match self {
            Self::Missing => ErrorCode::SessionReverificationMissing.into(),
            Self::SessionOver => ErrorCode::AuthenticationInvalid.into(),
            Self::PasswordIncorrect { remaining } => {
                Failure::of_param(ErrorCode::FormPasswordIncorrect, "password")
                    .with_warning(remaining)
            }
            Self::Code(error) => error.at(now),
            Self::Fault(fault) => fault.into(),
        }
    }
}

impl At for totp::VerifyError {
    fn at(self, now: Timestamp) -> Failure {
        match self {
            Self::NotFound => ErrorCode::ResourceNotFound.into(),
            Self::AlreadyEnabled => ErrorCode::TotpAlreadyEnabled.into(),
            Self::SwitchedOff => ErrorCode::FeatureNotEnabled.into(),
            Self::Code(error) => error.at(now),
            Self::Fault(fault) => fault.into(),
        }
    }
}

impl From<totp::CreateError> for Failure {
    fn from(error: totp::CreateError) -> Self {
        match error {
            totp::CreateError::AlreadyEnabled => ErrorCode::TotpAlreadyEnabled.into(),
            totp::CreateError::SwitchedOff => ErrorCode::FeatureNotEnabled.into(),
            totp::CreateError::Fault(fault) => fault.into(),
        }
    }
}

impl From<backup_codes::Error> for Failure {
    fn from(error: backup_codes::Error) -> Self {
        match error {
            backup_codes::Error::NotAvailable => ErrorCode::BackupCodesNotAvailable.into(),
            backup_codes::Error::SwitchedOff => ErrorCode::FeatureNotEnabled.into(),
            backup_codes::Error::Fault(fault) => fault.into(),
        }
    }
}

impl From<totp::RemoveError> for Failure {
    fn from(error: totp::RemoveError) -> Self {
        match error {
            totp::RemoveError::NotFound => ErrorCode::ResourceNotFound.into(),
            totp::RemoveError::Required => ErrorCode::SecondFactorDeletionNotAllowed.into(),
            totp::RemoveError::Fault(fault) => fault.into(),
        }
    }
}

impl From<instance::Error> for Failure {
    fn from(error: instance::Error) -> Self {
        match error {
            // Whoever is no administrator does not learn that there is something.
            instance::Error::NotAdministrator => ErrorCode::ResourceNotFound.into(),
            instance::Error::NoSecondFactor => ErrorCode::SessionPending.into(),
            instance::Error::Unattainable => {
                Self::of_param(ErrorCode::FormParamFormatInvalid, "required")
            }
            instance::Error::Fault(fault) => fault.into(),
        }
    }
}

impl From<accounts::Error> for Failure {
    fn from(error: accounts::Error) -> Self {
        use ErrorCode as E;
        let refused = |name: &str, words: &dyn ToString| {
            Self::of_param(E::FormParamFormatInvalid, name).in_words(words)
        };
        match error {
            accounts::Error::Person(error) => error.into(),
            accounts::Error::ExternalIdMalformed => refused("external_id", &error),
            accounts::Error::Digest(reason) => refused("password_digest", &reason),
            accounts::Error::TotpMalformed => refused("totp_secret", &error),
            accounts::Error::Codes(reason) => refused("backup_codes", &reason),
            accounts::Error::CodesAlone => E::BackupCodesNotAvailable.into(),
            accounts::Error::SwitchedOff => E::FeatureNotEnabled.into(),
            accounts::Error::NotFound => E::ResourceNotFound.into(),
            accounts::Error::LastAdministrator => E::LastAdministrator.into(),
            accounts::Error::Oneself => E::NotOneself.into(),
            accounts::Error::Fault(fault) => fault.into(),
        }
    }
}

/// The form of a code is wrong: no attempt is spent.
impl From<CodeError> for Failure {
    fn from(error: CodeError) -> Self {
        Self::of_param(
            match error {
                CodeError::Empty => ErrorCode::FormParamNil,
                CodeError::Malformed => ErrorCode::FormParamFormatInvalid,
            },
            "code",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_said_as_people_say_it() {
        for (seconds, words) in [
            (0, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (61, "2 minutes"),
            (3600, "60 minutes"),
            (3601, "2 hours"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn every_code_has_words_for_people() {
        for code in ErrorCode::ALL {
            let (message, long_message) = words(*code);
            assert!(!message.is_empty() && long_message.ends_with('.'), "{code}");
            assert!(!status(*code).is_success(), "{code}");
        }
    }
}
