//! Every sentence that people read, and the words for every error code. What they say stands in
//! `frontend/words/*.ftl`, a file a language.

pub(crate) mod errors;
pub(crate) mod events;
pub(crate) mod language;
pub(crate) mod time;
mod word;

use language::Language;
pub(crate) use word::{Word, word};

// A constant for each sentence, a function for each one that tells of something, and the languages.
include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// The names of the steps that add an authenticator app.
pub(crate) const STEPS: [Word; 4] = [STEP_ADD, STEP_VERIFY, BACKUP_CODES, STEP_SUCCESS];

/// The name of the file with the backup codes of `account`.
pub(crate) fn codes_file_name(account: &str) -> String {
    let account: String = account
        .chars()
        .map(|character| {
            let is_plain =
                character.is_ascii_alphanumeric() || matches!(character, '@' | '.' | '-' | '_');
            if is_plain { character } else { '-' }
        })
        .collect();
    format!("twofold-backup-codes-{account}.txt")
}

/// The file with the backup codes: whose they are, from when, and how to use them.
pub(crate) fn codes_file(product: &str, account: &str, date: &str, codes: &[String]) -> String {
    format!(
        "{}\n{}\n{}\n\n{}\n\n{}\n",
        file_heading(product),
        file_account(account),
        file_date(date),
        codes.join("\n"),
        FILE_HINT.text(),
    )
}

/// `key` in groups of four, as people can copy it by hand.
pub(crate) fn grouped(key: &str) -> String {
    let mut grouped = String::with_capacity(key.len() + key.len() / 4);
    for (at, character) in key.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            grouped.push(' ');
        }
        grouped.push(character);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use shared::BACKUP_CODES_PER_SET;

    use super::*;

    #[test]
    fn a_key_is_shown_in_groups_of_four() {
        assert_eq!(grouped("GEZDGNBVGY3TQOJQ"), "GEZD GNBV GY3T QOJQ");
        assert_eq!(grouped("GEZDG"), "GEZD G");
        assert_eq!(grouped(""), "");
    }

    #[test]
    fn the_file_of_codes_has_one_code_a_line_and_says_whose_they_are() {
        let codes = ["abcde-fgh23".to_owned(), "23456-78abc".to_owned()];
        let file = codes_file("Twofold", "ann@example.com", "24 Nov 2026, 19:07", &codes);
        let lines: Vec<_> = file.lines().collect();
        assert_eq!(
            lines,
            [
                "Twofold backup codes",
                "Account: ann@example.com",
                "Date: 24 Nov 2026, 19:07",
                "",
                "abcde-fgh23",
                "23456-78abc",
                "",
                "Each code works once. Keep them where only you can find them.",
            ],
        );
    }

    #[test]
    fn a_file_name_holds_nothing_that_a_path_could_use() {
        assert_eq!(
            codes_file_name("ann+b@example.com"),
            "twofold-backup-codes-ann-b@example.com.txt"
        );
        assert_eq!(
            codes_file_name("../a\\b:c"),
            "twofold-backup-codes-..-a-b-c.txt"
        );
    }

    #[test]
    fn the_password_rule_in_words_is_the_rule() {
        let least = shared::PASSWORD_MIN_CHARS.to_string();
        assert!(PASSWORD_HINT.text().contains(&least));
        assert!(PASSWORD_TOO_SHORT.text().contains(&least));
        assert!(BACKUP_CODE_HINT.text().contains("ten") && BACKUP_CODES_PER_SET == 10);
    }
}
