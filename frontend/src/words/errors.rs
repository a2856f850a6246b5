//! What went wrong, in words.

use shared::{CodeError, ErrorCode};

use super::time;
use crate::{
    api::{Failure, Refusal},
    resources::ApiError,
};

/// What the user was about to do: the same code reads differently in each case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Create an account, or sign in with a password.
    Credentials,
    /// Sign in with a code of the authenticator app.
    AuthenticatorCode,
    /// Sign in with a backup code.
    BackupCode,
    /// Verify the first code of a new authenticator app.
    Enrolment,
    /// Change something of the account.
    Change,
}

/// Nothing came back.
pub(crate) const UNREACHABLE: &str =
    "We could not reach the server. Check your internet connection and try again.";
/// Something came back that is no reply of ours.
const UNKNOWN: &str = "Something went wrong on our side. Try again in a moment.";

/// The words of `failure`.
pub(crate) fn of(failure: &Failure, task: Task) -> String {
    match failure {
        Failure::Unreachable => UNREACHABLE.to_owned(),
        // They know: they did it themselves.
        Failure::Cancelled => String::new(),
        Failure::Refused(refusal) => of_refusal(refusal, task),
    }
}

/// The first error decides; a warning beside it is added.
fn of_refusal(refusal: &Refusal, task: Task) -> String {
    let Some(first) = refusal.errors.first() else {
        return UNKNOWN.to_owned();
    };
    let text = match first.code() {
        ErrorCode::UserLocked => locked(first, task),
        ErrorCode::TooManyRequests => too_fast(refusal.retry_after),
        code => of_code(code, first, task).to_owned(),
    };
    let left = refusal
        .errors
        .iter()
        .filter(|error| error.code() == ErrorCode::AccountLockoutWarning)
        .find_map(ApiError::verification_attempts_remaining);
    match left {
        Some(left) => format!("{text} {}", tries_left(left)),
        None => text,
    }
}

/// The words of a code that no entry field takes.
pub(crate) fn of_entry(error: CodeError, task: Task) -> &'static str {
    match (error, task) {
        (CodeError::Empty, Task::BackupCode) => "Enter one of your backup codes",
        (CodeError::Malformed, Task::BackupCode) => {
            "A backup code has 10 letters and digits, like abcde-fgh23"
        }
        (CodeError::Empty, _) => "Enter the 6-digit code from your authenticator app",
        (CodeError::Malformed, _) => "The code must be 6 digits",
    }
}

/// The server's time beside the wrong codes, since a wrong clock is what mostly makes them wrong.
pub(crate) fn clock(date: &str) -> Option<String> {
    time::time_of_day(date).map(|time| {
        format!(
            "Authenticator codes depend on the time. Our time is {time} UTC; \
             check that your device's clock is automatic."
        )
    })
}

/// The words of one code; the errors that carry numbers are worded by the caller first.
fn of_code(code: ErrorCode, error: &ApiError, task: Task) -> &'static str {
    let param = error.param_name();
    match code {
        ErrorCode::FormCodeIncorrect => wrong_code(error, task),
        ErrorCode::FormParamMissing | ErrorCode::FormParamNil => match param {
            Some("code") => of_entry(CodeError::Empty, task),
            Some("password") => super::PASSWORD_MISSING,
            Some("email_address" | "identifier") => super::EMAIL_MISSING,
            _ => "Something is missing. Check what you entered and try again.",
        },
        ErrorCode::FormParamFormatInvalid => match param {
            Some("code") => of_entry(CodeError::Malformed, task),
            Some("email_address" | "identifier") => {
                "Enter an email address in the correct format, like name@example.com"
            }
            _ => "Something is not in the right format. Check what you entered and try again.",
        },
        ErrorCode::TotpAlreadyEnabled => super::ALREADY_ADDED,
        ErrorCode::ResourceNotFound => not_found(task),
        ErrorCode::BackupCodesNotAvailable => {
            "Backup codes need an authenticator app. Add one first."
        }
        ErrorCode::FeatureNotEnabled => "This is switched off here. Ask your administrator.",
        ErrorCode::SecondFactorDeletionNotAllowed => {
            "Multi-factor authentication is required here, so your authenticator app cannot be \
             removed."
        }
        ErrorCode::AccountLockoutWarning => {
            "Few tries are left before the account is locked. Take your time."
        }
        ErrorCode::UserLocked => "Too many wrong tries. Try again later.",
        ErrorCode::TooManyRequests => "That was too fast. Wait a moment, then try again.",
        ErrorCode::AuthenticationInvalid | ErrorCode::SignedOut => match task {
            Task::AuthenticatorCode | Task::BackupCode => not_found(task),
            _ => super::SIGNED_OUT,
        },
        ErrorCode::SessionPending => {
            "Add an authenticator app first. Until then nothing else can be done here."
        }
        // Seen only where it happens again right after people showed that it is them.
        ErrorCode::SessionReverificationRequired => {
            "It has been too long since you confirmed that it is you. Try again."
        }
        ErrorCode::SessionReverificationMissing => {
            "This has taken too long, or something changed in between. Select Cancel and start \
             again."
        }
        ErrorCode::FormPasswordOrIdentifierIncorrect => {
            "The email address or the password is not correct"
        }
        ErrorCode::SessionExists => "You are already signed in. Reload the page to go on.",
        ErrorCode::FormIdentifierExists => {
            "There is already an account with this email address. Sign in instead."
        }
        ErrorCode::FormPasswordLengthTooShort => super::PASSWORD_TOO_SHORT,
        ErrorCode::FormPasswordLengthTooLong => "The password must have 128 characters or fewer",
        ErrorCode::FormPasswordPwned => {
            "This password is one of the first that others would try. Choose another one."
        }
        ErrorCode::FormPasswordNotStrongEnough => {
            "This password is too easy to guess. Make it longer or less usual."
        }
        ErrorCode::FormPasswordIncorrect => "The password is not correct",
        ErrorCode::OriginInvalid => {
            "This page's address is not the one that the service is set up for. Open the service \
             at its own address and try again."
        }
        ErrorCode::RequestBodyTooLarge => "That is too long. Shorten it and try again.",
        ErrorCode::RequestTimeout => UNREACHABLE,
        ErrorCode::UnsupportedContentType | ErrorCode::MethodNotAllowed => {
            "This page does not fit the server any more. Reload the page and try again."
        }
        ErrorCode::ServiceUnavailable => {
            "The service is not available right now. Try again in a moment."
        }
        ErrorCode::InternalError | ErrorCode::Unknown => UNKNOWN,
    }
}

fn wrong_code(error: &ApiError, task: Task) -> &'static str {
    match (task, error.is_code_used()) {
        (Task::BackupCode, true) => "That backup code has already been used. Use another one.",
        (Task::BackupCode, false) => {
            "That backup code is not correct. Check it, or use another one. Each works once."
        }
        (_, true) => "That code has already been used. Wait for the next one.",
        (_, false) => "That code is not correct. Check your authenticator app and try again.",
    }
}

const fn not_found(task: Task) -> &'static str {
    match task {
        Task::AuthenticatorCode | Task::BackupCode => {
            "This sign-in has taken too long. Start again."
        }
        Task::Enrolment => "This setup key has expired. Select Reset to get a new one.",
        Task::Credentials | Task::Change => {
            "This is not there any more. Reload the page and try again."
        }
    }
}

fn locked(error: &ApiError, task: Task) -> String {
    let minutes = time::minutes(error.lockout_expires_in_seconds().unwrap_or(0));
    match task {
        Task::AuthenticatorCode => {
            format!("Too many wrong codes. Try again in {minutes}, or use a backup code.")
        }
        Task::BackupCode | Task::Enrolment => {
            format!("Too many wrong codes. Try again in {minutes}.")
        }
        Task::Credentials | Task::Change => {
            format!("Too many wrong tries. Try again in {minutes}.")
        }
    }
}

fn too_fast(retry_after: Option<u32>) -> String {
    match retry_after {
        Some(seconds) => format!(
            "That was too fast. Wait {}, then try again.",
            time::wait(seconds.into())
        ),
        None => "That was too fast. Wait a moment, then try again.".to_owned(),
    }
}

fn tries_left(left: u32) -> String {
    match left {
        0 => "No tries are left: the account is locked for a while.".to_owned(),
        1 => "1 try left before the account is locked.".to_owned(),
        left => format!("{left} tries left before the account is locked."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASKS: [Task; 5] = [
        Task::Credentials,
        Task::AuthenticatorCode,
        Task::BackupCode,
        Task::Enrolment,
        Task::Change,
    ];

    fn error(code: ErrorCode) -> ApiError {
        ApiError::sample(code.as_str())
    }

    fn refused(errors: Vec<ApiError>) -> Failure {
        Failure::Refused(Refusal {
            status: 422,
            errors,
            retry_after: Some(8),
            date: None,
        })
    }

    #[test]
    fn every_code_has_words_for_every_task() {
        for code in ErrorCode::ALL {
            for task in TASKS {
                let words = of(&refused(vec![error(*code)]), task);
                assert!(words.len() > 15, "{code} {task:?}: {words:?}");
                assert!(words.starts_with(char::is_uppercase), "{code}: {words:?}");
                assert!(
                    !words.contains('_') && !words.contains("  "),
                    "{code}: {words:?}"
                );
            }
        }
    }

    #[test]
    fn only_what_the_server_got_wrong_has_the_words_of_the_unknown() {
        let unknown: Vec<_> = ErrorCode::ALL
            .iter()
            .filter(|code| {
                let error = error(**code);
                of(&refused(vec![error]), Task::Change) == UNKNOWN
            })
            .collect();
        assert_eq!(unknown, [&ErrorCode::InternalError]);
    }

    #[test]
    fn a_reply_without_errors_has_words_too() {
        assert_eq!(of(&refused(Vec::new()), Task::Change), UNKNOWN);
        assert_eq!(of(&Failure::Unreachable, Task::Change), UNREACHABLE);
    }

    #[test]
    fn a_used_code_has_its_own_words() {
        let used = ApiError::with_meta(
            ErrorCode::FormCodeIncorrect,
            r#"{"reason": "code_already_used"}"#,
        );
        assert_eq!(
            of(&refused(vec![used]), Task::AuthenticatorCode),
            "That code has already been used. Wait for the next one.",
        );
    }

    #[test]
    fn the_warning_beside_a_wrong_code_says_how_many_tries_are_left() {
        for (left, tries) in [
            (2, "2 tries left before the account is locked."),
            (1, "1 try left before the account is locked."),
            (0, "No tries are left: the account is locked for a while."),
        ] {
            let warning = ApiError::with_meta(
                ErrorCode::AccountLockoutWarning,
                &format!(r#"{{"verification_attempts_remaining": {left}}}"#),
            );
            let wrong = error(ErrorCode::FormCodeIncorrect);
            assert_eq!(
                of(&refused(vec![wrong, warning]), Task::Enrolment),
                format!(
                    "That code is not correct. Check your authenticator app and try again. {tries}"
                ),
            );
        }
    }

    #[test]
    fn a_lock_and_a_limit_say_how_long() {
        let lock = ApiError::with_meta(
            ErrorCode::UserLocked,
            r#"{"lockout_expires_in_seconds": 3541}"#,
        );
        assert_eq!(
            of(&refused(vec![lock]), Task::AuthenticatorCode),
            "Too many wrong codes. Try again in 60 minutes, or use a backup code.",
        );
        let limit = error(ErrorCode::TooManyRequests);
        assert_eq!(
            of(&refused(vec![limit]), Task::Credentials),
            "That was too fast. Wait 8 seconds, then try again.",
        );
    }

    #[test]
    fn the_clock_is_told_only_when_it_is_known() {
        assert_eq!(
            clock("Tue, 24 Nov 2026 14:02:31 GMT").as_deref(),
            Some(
                "Authenticator codes depend on the time. Our time is 14:02:31 UTC; check that \
                 your device's clock is automatic."
            ),
        );
        assert_eq!(clock("yesterday"), None);
    }
}
