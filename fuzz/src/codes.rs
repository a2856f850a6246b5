//! Whatever spelling of a code is accepted is the one code that a person would read there, and
//! reads as itself again.

use shared::{BackupCode, CodeError, OtpCode};

/// What other digits than the ASCII ones people type, 0 to 9 in each.
const DIGITS: [&str; 4] = [
    "0123456789",
    "０１２３４５６７８９",
    "٠١٢٣٤٥٦٧٨٩",
    "۰۱۲۳۴۵۶۷۸۹",
];
/// The letters of a backup code, of which neither i nor l nor o is one.
const LETTERS: [&str; 4] = [
    "abcdefgh jk mn pqrstuvwxyz",
    "ABCDEFGH JK MN PQRSTUVWXYZ",
    "ａｂｃｄｅｆｇｈ ｊｋ ｍｎ ｐｑｒｓｔｕｖｗｘｙｚ",
    "ＡＢＣＤＥＦＧＨ ＪＫ ＭＮ ＰＱＲＳＴＵＶＷＸＹＺ",
];
/// What stands between the characters of a code without being one, beside white space.
const SEPARATORS: &str = "-\u{ad}\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}\u{fe58}\
    \u{fe63}\u{ff0d}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\
    \u{202e}\u{2060}\u{2066}\u{2067}\u{2068}\u{2069}\u{feff}";
/// Longer texts are no codes.
const LONGEST: usize = 64;

/// See the module's words.
pub fn holds(input: &[u8]) {
    let input = String::from_utf8_lossy(input);
    let otp = input.parse::<OtpCode>();
    let read = otp.as_ref().map(|code| code.as_str().to_owned());
    assert_eq!(read.ok(), as_people_read(&input, 6, digit), "{input:?}");
    if let Ok(code) = otp {
        assert!(code.as_str().bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(code.as_str().parse(), Ok(code));
    } else if input.chars().all(is_separator) && input.chars().count() <= LONGEST {
        assert_eq!(otp, Err(CodeError::Empty));
    }

    let backup = input.parse::<BackupCode>();
    let read = backup.as_ref().map(|code| code.as_str().to_owned());
    let expected = as_people_read(&input, 10, digit_or_letter);
    assert_eq!(read.ok(), expected, "{input:?}");
    if let Ok(code) = backup {
        assert!(code.as_str().parse() == Ok(code.clone()));
        assert!(code.to_string().parse() == Ok(code));
    }
}

/// The `length` characters of the code, if `input` has them and separators and nothing else.
fn as_people_read(
    input: &str,
    length: usize,
    character: impl Fn(char) -> Option<char>,
) -> Option<String> {
    let code: String = input
        .chars()
        .filter(|typed| !is_separator(*typed))
        .map(character)
        .collect::<Option<_>>()?;
    (code.len() == length && input.chars().count() <= LONGEST).then_some(code)
}

fn is_separator(character: char) -> bool {
    character.is_whitespace() || SEPARATORS.contains(character)
}

fn digit(typed: char) -> Option<char> {
    in_one_of(&DIGITS, typed)
}

fn digit_or_letter(typed: char) -> Option<char> {
    let digit = digit(typed).filter(|digit| !matches!(digit, '0' | '1'));
    digit.or_else(|| in_one_of(&LETTERS, typed))
}

/// The character of the first alphabet at the place where some alphabet has `typed`.
fn in_one_of(alphabets: &[&str], typed: char) -> Option<char> {
    let place = alphabets
        .iter()
        .find_map(|alphabet| alphabet.chars().position(|character| character == typed))?;
    alphabets[0]
        .chars()
        .nth(place)
        .filter(|found| *found != ' ')
}
