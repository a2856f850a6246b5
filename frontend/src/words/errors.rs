//! What went wrong, in words.

use shared::{CodeError, ErrorCode};

use super::time;
use crate::{
    api::{Failure, Refusal},
    resources::ApiError,
    words::{self, Word},
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
    /// Give the code that was sent to the e-mail address of a new account.
    EmailCode,
    /// Have such a code sent.
    SendCode,
    /// Replace a forgotten password: have a code sent, give it, and choose another password.
    ResetPassword,
    /// Verify the first code of a new authenticator app.
    Enrolment,
    /// Change something of the account.
    Change,
}

impl Task {
    /// Whether it is about a code that comes by mail.
    pub(crate) const fn is_by_mail(self) -> bool {
        matches!(self, Self::EmailCode | Self::SendCode | Self::ResetPassword)
    }
}

/// The words of `failure`.
pub(crate) fn of(failure: &Failure, task: Task) -> String {
    match failure {
        Failure::Unreachable => words::UNREACHABLE.text().to_owned(),
        // They know: they did it themselves.
        Failure::Cancelled => String::new(),
        Failure::Refused(refusal) => of_refusal(refusal, task),
    }
}

/// The first error decides; a warning beside it is added.
fn of_refusal(refusal: &Refusal, task: Task) -> String {
    let Some(first) = refusal.errors.first() else {
        return words::UNKNOWN_ERROR.text().to_owned();
    };
    let text = match first.code() {
        ErrorCode::UserLocked => locked(first, task),
        ErrorCode::TooManyRequests => too_fast(refusal.retry_after),
        code => of_code(code, first, task).text().to_owned(),
    };
    let left = refusal
        .errors
        .iter()
        .filter(|error| error.code() == ErrorCode::AccountLockoutWarning)
        .find_map(ApiError::verification_attempts_remaining);
    match left {
        Some(left) => format!("{text} {}", words::tries_left(left.into())),
        None => text,
    }
}

/// The words of a code that no entry field takes.
pub(crate) fn of_entry(error: CodeError, task: Task) -> Word {
    match (error, task) {
        (CodeError::Empty, Task::BackupCode) => words::BACKUP_CODE_MISSING,
        (CodeError::Malformed, Task::BackupCode) => words::BACKUP_CODE_MALFORMED,
        (CodeError::Empty, task) if task.is_by_mail() => words::EMAIL_CODE_MISSING,
        (CodeError::Empty, _) => words::CODE_MISSING,
        (CodeError::Malformed, _) => words::CODE_MALFORMED,
    }
}

/// The server's time beside the wrong codes, since a wrong clock is what mostly makes them wrong.
pub(crate) fn clock(date: &str) -> Option<String> {
    time::time_of_day(date).map(words::clock_hint)
}

/// The words of one code; the errors that carry numbers are worded by the caller first.
fn of_code(code: ErrorCode, error: &ApiError, task: Task) -> Word {
    let param = error.param_name();
    match code {
        ErrorCode::FormCodeIncorrect => wrong_code(error, task),
        ErrorCode::FormParamMissing | ErrorCode::FormParamNil => match param {
            Some("code") => of_entry(CodeError::Empty, task),
            Some("password") => words::PASSWORD_MISSING,
            Some("email_address" | "identifier") => words::EMAIL_MISSING,
            _ => words::SOMETHING_MISSING,
        },
        ErrorCode::FormParamFormatInvalid => match param {
            Some("code") => of_entry(CodeError::Malformed, task),
            Some("email_address" | "identifier") => words::EMAIL_MALFORMED,
            Some("required") => words::REQUIRED_NEEDS_APP,
            _ => words::SOMETHING_MALFORMED,
        },
        ErrorCode::TotpAlreadyEnabled => words::ALREADY_ADDED,
        ErrorCode::ResourceNotFound => not_found(task),
        ErrorCode::BackupCodesNotAvailable => words::CODES_NEED_APP,
        ErrorCode::FeatureNotEnabled => words::SWITCHED_OFF,
        ErrorCode::SecondFactorDeletionNotAllowed => words::REMOVAL_FORBIDDEN,
        ErrorCode::AccountLockoutWarning => words::FEW_TRIES_LEFT,
        ErrorCode::UserBanned => words::BANNED,
        ErrorCode::LastAdministrator => words::LAST_ADMINISTRATOR,
        ErrorCode::NotOneself => words::NOT_ONESELF,
        ErrorCode::UserLocked => words::LOCKED,
        ErrorCode::TooManyRequests => words::TOO_FAST,
        ErrorCode::AuthenticationInvalid | ErrorCode::SignedOut => match task {
            Task::AuthenticatorCode
            | Task::BackupCode
            | Task::EmailCode
            | Task::SendCode
            | Task::ResetPassword => not_found(task),
            _ => words::SIGNED_OUT,
        },
        ErrorCode::SessionPending => words::SESSION_PENDING,
        // Seen only where it happens again right after people showed that it is them.
        ErrorCode::SessionReverificationRequired => words::CONFIRMED_TOO_LONG_AGO,
        ErrorCode::SessionReverificationMissing => words::STEP_UP_OVER,
        ErrorCode::FormPasswordOrIdentifierIncorrect => words::CREDENTIALS_WRONG,
        ErrorCode::SessionExists => words::ALREADY_SIGNED_IN,
        ErrorCode::FormIdentifierExists => words::EMAIL_TAKEN,
        ErrorCode::VerificationExpired => words::EMAIL_CODE_EXPIRED,
        ErrorCode::VerificationFailed if task == Task::SendCode => words::NO_MORE_CODES,
        ErrorCode::VerificationFailed => words::EMAIL_CODE_FAILED,
        ErrorCode::FormPasswordLengthTooShort => words::PASSWORD_TOO_SHORT,
        ErrorCode::FormPasswordLengthTooLong => words::PASSWORD_TOO_LONG,
        ErrorCode::FormPasswordPwned => words::PASSWORD_PWNED,
        ErrorCode::FormPasswordNotStrongEnough => words::PASSWORD_WEAK,
        ErrorCode::FormPasswordIncorrect => words::PASSWORD_WRONG,
        ErrorCode::OriginInvalid => words::ORIGIN_INVALID,
        ErrorCode::RequestBodyTooLarge => words::TOO_LARGE,
        ErrorCode::RequestTimeout => words::UNREACHABLE,
        ErrorCode::UnsupportedContentType
        | ErrorCode::MethodNotAllowed
        | ErrorCode::FormParamUnknown
        | ErrorCode::SecretKeyInvalid => words::APP_OUTDATED,
        ErrorCode::ServiceUnavailable => words::SERVICE_UNAVAILABLE,
        ErrorCode::InternalError | ErrorCode::Unknown => words::UNKNOWN_ERROR,
    }
}

fn wrong_code(error: &ApiError, task: Task) -> Word {
    match (task, error.is_code_used()) {
        (Task::BackupCode, true) => words::BACKUP_CODE_USED,
        (Task::BackupCode, false) => words::BACKUP_CODE_WRONG,
        (task, _) if task.is_by_mail() => words::EMAIL_CODE_WRONG,
        (_, true) => words::CODE_USED,
        (_, false) => words::CODE_WRONG,
    }
}

const fn not_found(task: Task) -> Word {
    match task {
        Task::AuthenticatorCode | Task::BackupCode | Task::ResetPassword => words::SIGN_IN_OVER,
        Task::EmailCode | Task::SendCode => words::SIGN_UP_OVER,
        Task::Enrolment => words::SETUP_KEY_OVER,
        Task::Credentials | Task::Change => words::NOT_THERE,
    }
}

fn locked(error: &ApiError, task: Task) -> String {
    let minutes = time::minutes(error.lockout_expires_in_seconds().unwrap_or(0));
    match task {
        Task::AuthenticatorCode => words::app_codes_locked_minutes(minutes),
        Task::BackupCode | Task::EmailCode | Task::ResetPassword | Task::Enrolment => {
            words::codes_locked_minutes(minutes)
        }
        Task::Credentials | Task::SendCode | Task::Change => words::locked_minutes(minutes),
    }
}

fn too_fast(retry_after: Option<u32>) -> String {
    match retry_after {
        Some(seconds @ 0..60) => words::too_fast_seconds(seconds.max(1).into()),
        Some(seconds) => words::too_fast_minutes(time::minutes(seconds.into())),
        None => words::TOO_FAST.text().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASKS: [Task; 8] = [
        Task::Credentials,
        Task::AuthenticatorCode,
        Task::BackupCode,
        Task::EmailCode,
        Task::SendCode,
        Task::ResetPassword,
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
                of(&refused(vec![error]), Task::Change) == words::UNKNOWN_ERROR.text()
            })
            .collect();
        assert_eq!(unknown, [&ErrorCode::InternalError]);
    }

    #[test]
    fn a_reply_without_errors_has_words_too() {
        assert_eq!(
            of(&refused(Vec::new()), Task::Change),
            words::UNKNOWN_ERROR.text()
        );
        assert_eq!(
            of(&Failure::Unreachable, Task::Change),
            words::UNREACHABLE.text()
        );
    }

    #[test]
    fn settings_that_do_not_go_together_have_their_own_words() {
        let unattainable = ApiError::with_meta(
            ErrorCode::FormParamFormatInvalid,
            r#"{"param_name": "required"}"#,
        );
        assert_eq!(
            of(&refused(vec![unattainable]), Task::Change),
            words::REQUIRED_NEEDS_APP.text()
        );
    }

    #[test]
    fn a_code_by_mail_is_looked_for_in_the_mail() {
        let wrong = refused(vec![error(ErrorCode::FormCodeIncorrect)]);
        for task in [Task::EmailCode, Task::ResetPassword] {
            let missing = of_entry(CodeError::Empty, task).text().to_owned();
            for words in [of(&wrong, task), missing] {
                assert!(words.contains("email") && !words.contains("app"), "{words}");
            }
        }
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
    fn a_code_by_mail_that_is_no_good_says_what_to_do() {
        let said = |code, task| of(&refused(vec![error(code)]), task);
        let (typed, asked) = (Task::EmailCode, Task::SendCode);
        for (code, task, words) in [
            (ErrorCode::FormCodeIncorrect, typed, "latest email"),
            (ErrorCode::VerificationExpired, typed, "“Send a new code”"),
            (ErrorCode::VerificationFailed, typed, "“Send a new code”"),
            (ErrorCode::VerificationFailed, asked, "“Start again”"),
            (ErrorCode::ResourceNotFound, typed, "“Start again”"),
            (ErrorCode::ResourceNotFound, asked, "“Start again”"),
        ] {
            assert!(said(code, task).contains(words), "{code} {task:?}");
        }
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
    fn a_wait_is_never_told_too_short() {
        for (seconds, wait) in [
            (0, "1 second"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (61, "2 minutes"),
            (3600, "60 minutes"),
        ] {
            assert_eq!(
                too_fast(Some(seconds)),
                format!("That was too fast. Wait {wait}, then try again."),
            );
        }
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
