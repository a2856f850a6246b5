//! How soon a password would be guessed.

use shared::{PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS};
use zxcvbn::{Score, feedback::Warning, zxcvbn};

/// Lowest acceptable estimate: more than 10⁶ guesses, which the lockout makes unreachable online.
const WEAKEST: Score = Score::Two;

/// Why a password is not accepted. There are no rules of composition (NIST SP 800-63B-4 §3.1.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordWeakness {
    /// Fewer characters than [`PASSWORD_MIN_CHARS`].
    #[error("the password is too short")]
    TooShort,
    /// More characters than [`PASSWORD_MAX_CHARS`].
    #[error("the password is too long")]
    TooLong,
    /// One of those that everybody tries first.
    #[error("the password is a common one")]
    Common,
    /// Soon guessed.
    #[error("the password is easy to guess")]
    Guessable,
}

/// Estimates a password, knowing what else of the user an attacker knows.
pub(super) fn check(password: &str, known: &[String]) -> Result<(), PasswordWeakness> {
    match password.chars().count() {
        ..PASSWORD_MIN_CHARS => return Err(PasswordWeakness::TooShort),
        chars if chars > PASSWORD_MAX_CHARS => return Err(PasswordWeakness::TooLong),
        _ => {}
    }
    let known: Vec<&str> = known
        .iter()
        .flat_map(|text| text.split(['@', '.', '+', '-', '_']).chain([text.as_str()]))
        .filter(|text| !text.is_empty())
        .collect();
    let estimate = zxcvbn(password, &known);
    if estimate.score() >= WEAKEST {
        return Ok(());
    }
    let common = estimate
        .feedback()
        .and_then(zxcvbn::feedback::Feedback::warning)
        .is_some_and(|warning| {
            matches!(
                warning,
                Warning::ThisIsATop10Password
                    | Warning::ThisIsATop100Password
                    | Warning::ThisIsACommonPassword
            )
        });
    Err(if common {
        PasswordWeakness::Common
    } else {
        PasswordWeakness::Guessable
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_characters_not_bytes() {
        assert_eq!(check("ääääääö", &[]), Err(PasswordWeakness::TooShort));
        assert_eq!(check(&"ä".repeat(129), &[]), Err(PasswordWeakness::TooLong));
        let longest: String = "correct horse ".chars().cycle().take(128).collect();
        assert_eq!(check(&longest, &[]), Ok(()));
    }

    #[test]
    fn common_and_guessable_passwords_are_told_apart() {
        assert_eq!(check("password", &[]), Err(PasswordWeakness::Common));
        assert_eq!(check("12345678", &[]), Err(PasswordWeakness::Common));
        assert_eq!(check("aaaaaaaaaa", &[]), Err(PasswordWeakness::Guessable));
        assert_eq!(
            check("kopfsalat", &["kopfsalat@example.com".to_owned()]),
            Err(PasswordWeakness::Guessable)
        );
        assert_eq!(check("tulip-anchor-92", &[]), Ok(()));
    }
}
