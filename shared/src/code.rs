//! The two kinds of code that people type: six digits from an authenticator app, and backup codes.
//!
//! Parsing comes first everywhere: every accepted spelling of a code becomes one value, so that
//! what counts attempts and what remembers used codes can never be evaded by an extra space.

use core::{fmt, str::FromStr};

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::totp::DIGITS;

/// Longest text that is looked at; whatever is longer is no code.
const MAX_INPUT_CHARS: usize = 64;

/// Why a text is no code. Says nothing of whether a code of that form would be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Nothing but separators was given.
    #[error("the code is empty")]
    Empty,
    /// Something other than a code of this kind was given.
    #[error("the code does not have the form of a code")]
    Malformed,
}

/// The six decimal digits of an authenticator app (RFC 6238 with six digits).
///
/// Kept as text: `012345` and `12345` are different codes. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct OtpCode(String);

impl OtpCode {
    /// The digits, exactly six ASCII characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OtpCode {
    type Err = CodeError;

    /// Drops spaces and dashes, folds full-width and Arabic-Indic digits, and then wants exactly
    /// six ASCII digits.
    fn from_str(input: &str) -> Result<Self, CodeError> {
        let code = without_separators(input)?;
        if code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(code))
        } else {
            Err(CodeError::Malformed)
        }
    }
}

impl fmt::Debug for OtpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OtpCode(…)")
    }
}

/// A backup code: ten characters of [`BackupCode::ALPHABET`], shown in two groups of five.
///
/// `Debug` shows nothing of it; [`fmt::Display`] is how people see it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct BackupCode(String);

impl BackupCode {
    /// Digits and lower-case letters without those that look like another: no 0 1 i l o.
    pub const ALPHABET: &'static [u8; 31] = b"23456789abcdefghjkmnpqrstuvwxyz";
    /// Characters of a code, without the hyphen: 31¹⁰ codes are 49.5 bits.
    pub const CHARS: usize = 10;
    const GROUP: usize = 5;

    /// Makes a code of uniformly random bytes, drawn from `fill` until ten characters are found.
    ///
    /// Five bits of a byte choose a character; the one value of 32 that names none is drawn again,
    /// so that every code is equally likely.
    pub fn generate(mut fill: impl FnMut(&mut [u8])) -> Self {
        let mut code = String::with_capacity(Self::CHARS);
        let mut bytes = [0; 16];
        while code.len() < Self::CHARS {
            fill(&mut bytes);
            let wanted = Self::CHARS - code.len();
            code.extend(
                bytes
                    .iter()
                    .filter_map(|byte| Self::ALPHABET.get(usize::from(byte & 31)))
                    .map(|character| char::from(*character))
                    .take(wanted),
            );
        }
        bytes.zeroize();
        Self(code)
    }

    /// The ten characters without the hyphen: what is hashed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BackupCode {
    type Err = CodeError;

    /// Drops spaces and dashes, ignores case, folds full-width characters, and then wants exactly
    /// ten characters of the alphabet.
    fn from_str(input: &str) -> Result<Self, CodeError> {
        let mut code = without_separators(input)?;
        code.make_ascii_lowercase();
        if code.len() == Self::CHARS && code.bytes().all(|byte| Self::ALPHABET.contains(&byte)) {
            Ok(Self(code))
        } else {
            Err(CodeError::Malformed)
        }
    }
}

impl fmt::Display for BackupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(Self::GROUP);
        write!(f, "{first}-{second}")
    }
}

impl fmt::Debug for BackupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackupCode(…)")
    }
}

/// A backup code that another system made: 6 to 32 letters and digits of ASCII, in the one spelling
/// under which it is kept. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ImportedBackupCode(String);

impl ImportedBackupCode {
    /// Without separators, in lower case: what is hashed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ImportedBackupCode {
    type Err = CodeError;

    /// Drops spaces and dashes, ignores case, folds full-width characters.
    fn from_str(input: &str) -> Result<Self, CodeError> {
        let mut code = without_separators(input)?;
        code.make_ascii_lowercase();
        let has_form =
            (6..=32).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if has_form {
            Ok(Self(code))
        } else {
            Err(CodeError::Malformed)
        }
    }
}

impl fmt::Debug for ImportedBackupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ImportedBackupCode(…)")
    }
}

/// `input` without what people and phones put between the characters of a code, with foreign
/// digits and full-width letters as their ASCII twins.
fn without_separators(input: &str) -> Result<String, CodeError> {
    let mut characters = input.chars();
    let code: String = characters
        .by_ref()
        .take(MAX_INPUT_CHARS)
        .filter(|character| !is_separator(*character))
        .map(folded)
        .collect();
    match (characters.next(), code.is_empty()) {
        (Some(_), _) => Err(CodeError::Malformed),
        (None, true) => Err(CodeError::Empty),
        (None, false) => Ok(code),
    }
}

/// White space of every kind (NBSP among it), hyphens, dashes, the minus sign, and the invisible
/// marks that come along when a code is copied from a page.
fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '-' | '\u{ad}'
                | '\u{2010}'..='\u{2015}'
                | '\u{2212}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
        )
}

/// Full-width ASCII, Arabic-Indic and Extended Arabic-Indic digits as ASCII; the rest unchanged.
fn folded(character: char) -> char {
    let shifted = |base: u32, ascii: u8| {
        u8::try_from(u32::from(character) - base).map_or(character, |n| char::from(ascii + n))
    };
    match character {
        '\u{ff01}'..='\u{ff5e}' => shifted(0xff01, b'!'),
        '\u{660}'..='\u{669}' => shifted(0x660, b'0'),
        '\u{6f0}'..='\u{6f9}' => shifted(0x6f0, b'0'),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn otp(input: &str) -> Result<String, CodeError> {
        input
            .parse::<OtpCode>()
            .map(|code| code.as_str().to_owned())
    }

    #[test]
    fn every_usual_spelling_is_the_same_code() {
        for spelling in [
            "123456",
            "123 456",
            " 123-456\n",
            "123\u{a0}456",
            "123–456",
            "１２３４５６",
            "١٢٣٤٥٦",
            "۱۲۳۴۵۶",
            "\u{200e}123\u{2009}456\u{feff}",
        ] {
            assert_eq!(otp(spelling).as_deref(), Ok("123456"), "{spelling:?}");
        }
    }

    #[test]
    fn a_leading_zero_is_part_of_the_code() {
        assert_eq!(otp("012345").as_deref(), Ok("012345"));
    }

    #[test]
    fn an_otp_code_has_exactly_six_digits() {
        assert_eq!(otp(""), Err(CodeError::Empty));
        assert_eq!(otp(" -\u{a0}"), Err(CodeError::Empty));
        for malformed in [
            "1",
            "12345",
            "1234567",
            "12345a",
            "１２３４５",
            "+12345",
            "12.456",
            "½23456",
        ] {
            assert_eq!(otp(malformed), Err(CodeError::Malformed), "{malformed:?}");
        }
        assert_eq!(otp(&" ".repeat(65)), Err(CodeError::Malformed));
        assert_eq!(
            otp(&format!("{}123456", " ".repeat(59))),
            Err(CodeError::Malformed)
        );
    }

    #[test]
    fn a_backup_code_is_accepted_in_any_case_with_and_without_hyphen() {
        let code: BackupCode = "abcde-fgh23".parse().unwrap();
        for spelling in [
            "ABCDEFGH23",
            "abcde fgh23",
            "AbCdE–fGh23",
            "ａｂｃｄｅｆｇｈ２３",
        ] {
            assert!(
                spelling.parse::<BackupCode>() == Ok(code.clone()),
                "{spelling:?}"
            );
        }
        assert_eq!(code.to_string(), "abcde-fgh23");
    }

    #[test]
    fn look_alikes_are_no_part_of_a_backup_code() {
        for look_alike in ["0", "1", "i", "l", "o"] {
            let input = format!("abcde-fgh2{look_alike}");
            assert_eq!(
                input.parse::<BackupCode>().err(),
                Some(CodeError::Malformed)
            );
        }
    }

    #[test]
    fn debug_shows_nothing_of_a_code() {
        let shown = format!(
            "{:?}{:?}",
            "123456".parse::<OtpCode>().unwrap(),
            "abcde-fgh23".parse::<BackupCode>().unwrap()
        );
        assert!(!shown.contains("123") && !shown.contains("abc"), "{shown}");
    }

    #[test]
    fn generation_skips_the_one_value_without_a_character() {
        let mut draws = 0;
        let code = BackupCode::generate(|bytes| {
            bytes.fill(if draws == 0 { 31 } else { 0 });
            draws += 1;
        });
        assert_eq!((code.as_str(), draws), ("2222222222", 2));
    }

    proptest! {
        #[test]
        fn separators_anywhere_change_nothing(
            digits in "[0-9]{6}",
            separators in prop::collection::vec("[ \u{a0}\u{2009}\t\n\u{2013}-]{0,4}", 7),
        ) {
            let mut spelled = separators[0].clone();
            for (digit, separator) in digits.chars().zip(&separators[1..]) {
                spelled.push(digit);
                spelled.push_str(separator);
            }
            prop_assert_eq!(otp(&spelled), Ok(digits));
        }

        #[test]
        fn whatever_is_accepted_is_six_ascii_digits_and_parses_to_itself(input in "\\PC{0,20}") {
            if let Ok(code) = otp(&input) {
                prop_assert_eq!(code.len(), 6);
                prop_assert!(code.bytes().all(|byte| byte.is_ascii_digit()));
                prop_assert_eq!(otp(&code), Ok(code));
            }
        }

        #[test]
        fn nothing_that_is_typed_panics(input in any::<String>()) {
            let _ = (input.parse::<OtpCode>(), input.parse::<BackupCode>());
        }

        #[test]
        fn a_generated_backup_code_reads_back_as_it_is_shown(seed in any::<u64>()) {
            let mut state = seed;
            let code = BackupCode::generate(|bytes| for byte in bytes {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                *byte = (state >> 56) as u8;
            });
            prop_assert!(code.to_string().to_uppercase().parse() == Ok(code));
        }
    }
}
