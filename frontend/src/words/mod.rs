//! Every sentence that people read, and the words for every error code.

pub(crate) mod errors;
pub(crate) mod events;
pub(crate) mod time;

use shared::BACKUP_CODES_PER_SET;

// Headings; each is the name of its page or step in the title too.
pub(crate) const SIGN_UP: &str = "Create your account";
pub(crate) const SIGN_IN: &str = "Sign in";
pub(crate) const ENTER_CODE: &str = "Enter your code";
pub(crate) const ENTER_BACKUP_CODE: &str = "Enter a backup code";
pub(crate) const MANAGE_MFA: &str = "Multi-factor authentication";
pub(crate) const ADD_TOTP: &str = "Add an authenticator app";
pub(crate) const VERIFY_TOTP: &str = "Verify your authenticator app";
pub(crate) const BACKUP_CODES: &str = "Backup codes";
pub(crate) const SUCCESS: &str = "Success!";
pub(crate) const NOT_FOUND: &str = "Page not found";
pub(crate) const MUST_SIGN_IN: &str = "You must be logged in to access this page";
pub(crate) const ACTIVITY: &str = "Account activity";
pub(crate) const UNAVAILABLE: &str = "The service cannot be reached";
pub(crate) const HELP: &str = "Help";

// The frame of every page.
pub(crate) const SKIP_TO_MAIN: &str = "Skip to main content";
pub(crate) const SIGN_OUT: &str = "Sign out";
pub(crate) const SIGNING_OUT: &str = "Signing out…";
pub(crate) const TRY_AGAIN: &str = "Try again";
pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const WORKING: &str = "One moment…";
pub(crate) const LOADING: &str = "Loading…";
pub(crate) const CHECKING: &str = "Checking…";
pub(crate) const GO_TO_START: &str = "Go to the start page";
pub(crate) const NOT_FOUND_TEXT: &str = "There is no page at this address.";
pub(crate) const MUST_SIGN_IN_TEXT: &str = "Sign in, and you come straight back to it.";

// Signing up and in.
pub(crate) const EMAIL: &str = "Email address";
pub(crate) const PASSWORD: &str = "Password";
pub(crate) const SHOW: &str = "Show";
pub(crate) const HIDE: &str = "Hide";
/// Completes [`SHOW`] and [`HIDE`] for those who do not see the field.
pub(crate) const SHOWN_THING: &str = " password";
pub(crate) const PASSWORD_HINT: &str = "At least 8 characters";
pub(crate) const EMAIL_MISSING: &str = "Enter your email address";
pub(crate) const PASSWORD_MISSING: &str = "Enter your password";
pub(crate) const PASSWORD_TOO_SHORT: &str = "The password must have at least 8 characters";
pub(crate) const CREATE_ACCOUNT: &str = "Create account";
pub(crate) const CREATING_ACCOUNT: &str = "Creating your account…";
pub(crate) const HAVE_ACCOUNT: &str = "Already have an account?";
pub(crate) const NO_ACCOUNT: &str = "New here?";
pub(crate) const CREATE_AN_ACCOUNT: &str = "Create an account";
pub(crate) const SIGNED_OUT: &str = "You've been signed out";
pub(crate) const SIGNED_OUT_TEXT: &str = "You've been signed out. Sign in to go on.";

// The second factor.
pub(crate) const CODE: &str = "Enter the code from your authenticator app";
pub(crate) const BACKUP_CODE: &str = "Backup code";
pub(crate) const BACKUP_CODE_HINT: &str = "One of the ten codes that you saved. Each works once.";
pub(crate) const SIGNING_IN_AS: &str = "Signing in as";
pub(crate) const CONTINUE: &str = "Continue";
pub(crate) const USE_BACKUP_CODE: &str = "Use a backup code";
pub(crate) const USE_AUTHENTICATOR: &str = "Use your authenticator app";
pub(crate) const START_AGAIN: &str = "Start again";
pub(crate) const LOST_BOTH: &str = "Lost both?";
pub(crate) const LOST_BOTH_TEXT: &str = "Without your authenticator app and your backup codes you \
    cannot sign in by yourself. Ask the people who run this service to remove the authenticator \
    app from your account; they will check first that it is you.";

// Showing again who one is before something that matters.
pub(crate) const STEP_UP: &str = "Confirm that it's you";
pub(crate) const STEP_UP_TEXT: &str = "You have been signed in for a while, so we check \
    before making this change.";

// Managing multi-factor authentication.
pub(crate) const MANAGE_MFA_TEXT: &str = "With an authenticator app, signing in takes your \
    password and a code that only your device knows.";
pub(crate) const AUTHENTICATOR_APP: &str = "Authenticator app";
pub(crate) const ON: &str = "On";
pub(crate) const OFF: &str = "Off";
pub(crate) const SINCE: &str = "Since";
pub(crate) const LAST_USED: &str = "Last used";
pub(crate) const LAST_SIGN_IN: &str = "Last sign-in";
pub(crate) const ADD_AUTHENTICATOR: &str = "Add authenticator app";
pub(crate) const REMOVE_AUTHENTICATOR: &str = "Remove authenticator app";
pub(crate) const REMOVE_QUESTION: &str = "Remove authenticator app?";
pub(crate) const REMOVE_TEXT: &str = "Your backup codes go too, and signing in asks only for your \
    password.";
pub(crate) const REMOVE: &str = "Remove";
pub(crate) const REMOVING: &str = "Removing…";
pub(crate) const REMOVED: &str = "Authenticator app removed.";
pub(crate) const FEW_CODES_LEFT: &str = "You are running out of backup codes. Generate new ones \
    before you use the last.";
pub(crate) const NO_CODES_LEFT: &str = "You have no backup codes left. Generate new ones, to be \
    able to sign in without your phone.";
pub(crate) const GENERATE_CODES: &str = "Generate new backup codes";
pub(crate) const GENERATE_QUESTION: &str = "Generate new backup codes?";
pub(crate) const GENERATE_TEXT: &str = "Your old codes will stop working.";
pub(crate) const GENERATE: &str = "Generate";
pub(crate) const GENERATING: &str = "Generating…";
pub(crate) const NEW_CODES: &str = "Your new backup codes";
pub(crate) const NEW_CODES_TEXT: &str = "Save them now: they are not shown again. Each works once.";
pub(crate) const DONE: &str = "Done";
pub(crate) const CODES_GONE: &str = "Your backup codes are not shown a second time. If you did \
    not save them, generate new ones.";

// Where the user is signed in, and what happened.
pub(crate) const SIGNED_IN: &str = "Where you are signed in";
pub(crate) const THIS_BROWSER: &str = "This browser";
pub(crate) const LAST_ACTIVE: &str = "Last active";
pub(crate) const SIGN_OUT_OTHERS: &str = "Sign out all others";
pub(crate) const OTHERS_SIGNED_OUT: &str = "You are signed out everywhere but here.";
pub(crate) const RECENT_ACTIVITY: &str = "Recent activity";
pub(crate) const ALL_ACTIVITY: &str = "All activity";
pub(crate) const ACTIVITY_TEXT: &str = "Everything that mattered to the safety of your account, \
    the latest first. If something was not you, sign out all others and generate new backup codes.";
pub(crate) const NO_ACTIVITY: &str = "Nothing has happened yet.";
pub(crate) const SHOW_OLDER: &str = "Show older";

// Adding an authenticator app.
pub(crate) const STEPS: [&str; 4] = ["Add", "Verify", "Backup codes", "Success"];
pub(crate) const PROGRESS: &str = "Progress";
pub(crate) const SCAN: &str = "Scan the QR code with your authenticator app, or enter the setup key \
    in it.";
pub(crate) const USE_URI: &str = "Use URI instead";
pub(crate) const USE_QR: &str = "Use QR code instead";
pub(crate) const SETUP_KEY: &str = "Setup key";
pub(crate) const COPY_SETUP_KEY: &str = "Copy setup key";
pub(crate) const OPEN_IN_APP: &str = "Open in an authenticator app on this device";
pub(crate) const DETAILS: &str = "Details";
pub(crate) const ISSUER: &str = "Issuer";
pub(crate) const ACCOUNT: &str = "Account";
pub(crate) const ALGORITHM: &str = "Algorithm";
pub(crate) const DIGITS: &str = "Digits";
pub(crate) const PERIOD: &str = "Period";
pub(crate) const SECONDS: &str = "seconds";
pub(crate) const RESET: &str = "Reset";
pub(crate) const NEW_KEY: &str = "New setup key made. The old one no longer works.";
pub(crate) const MAKING_KEY: &str = "Making a setup key…";
pub(crate) const ONCE_SET_UP: &str =
    "Once you have set up your authenticator app, verify your code";
pub(crate) const VERIFY: &str = "Verify";
pub(crate) const VERIFY_TEXT: &str = "Your authenticator app now shows a code of six digits, and a \
    new one every 30 seconds.";
pub(crate) const VERIFY_CODE: &str = "Verify code";
pub(crate) const BACK: &str = "Back";
pub(crate) const ALREADY_ADDED: &str = "You have already added an authenticator app.";
pub(crate) const ALREADY_ADDED_TEXT: &str = "To set up another one, remove it first.";
pub(crate) const MANAGE_MFA_LINK: &str = "Manage multi-factor authentication";
pub(crate) const SAVE_CODES: &str = "Save this list of backup codes somewhere safe in case you \
    need to access your account in an emergency";
pub(crate) const CODES_ONCE: &str = "Each code works once. They are not shown again.";
pub(crate) const SAVED_CODES: &str = "I have saved these codes";
pub(crate) const SAVE_CODES_FIRST: &str = "Tick the box when you have saved your codes";
pub(crate) const FINISH: &str = "Finish";
pub(crate) const LEAVE_QUESTION: &str = "Leave without saving your codes?";
pub(crate) const LEAVE_TEXT: &str = "They are not shown again. You can generate new ones later.";
pub(crate) const LEAVE: &str = "Leave";
pub(crate) const STAY: &str = "Stay";
pub(crate) const SUCCESS_TEXT: &str =
    "You have successfully added multi-factor authentication with an authenticator app.";
pub(crate) const SUCCESS_CHANGES: &str = "From now on, signing in asks for a code from your app. \
    If you were signed in anywhere else, you have been signed out there.";

// Help.
pub(crate) const LOST_PHONE: &str = "You do not have your phone";
pub(crate) const LOST_PHONE_TEXT: &str = "Sign in with one of your backup codes: select “Use a \
    backup code” where you are asked for the code. If the phone is lost, remove the authenticator \
    app from your account then, and add the one on your new phone. The app on the lost phone opens \
    nothing any more.";
pub(crate) const LOST_PHONE_AND_CODES: &str = "You have neither your phone nor your backup codes";
pub(crate) const CODES_REFUSED: &str = "Your codes are not accepted";
pub(crate) const CODES_REFUSED_TEXT: &str = "Your app makes its codes from the time, so a clock \
    that is wrong by a minute makes wrong codes. Let your device set its time automatically. Each \
    code works once: after one was accepted, wait for the next. And look at the name above the \
    code in your app: it may be the code of another account.";
pub(crate) const WHAT_BACKUP_CODES_ARE: &str = "What backup codes are";
pub(crate) const WHAT_BACKUP_CODES_ARE_TEXT: &str = "Ten codes that sign you in when you do not \
    have your authenticator app. Each works once. Keep them apart from your phone, on paper or in a \
    password manager. When few are left, generate new ones; the old ones stop working then.";

// Codes and keys to take along.
pub(crate) const COPIED: &str = "Copied";
pub(crate) const COPY_FAILED: &str =
    "Your browser did not allow copying. It is selected now: copy it yourself.";
pub(crate) const DOWNLOAD_CODES: &str = "Download codes";
pub(crate) const COPY_CODES: &str = "Copy codes";
pub(crate) const PRINT_CODES: &str = "Print codes";

/// The name of a page or step in the browser's tab.
pub(crate) fn title(heading: &str, product: &str) -> String {
    format!("{heading} – {product}")
}

/// The title of a view whose form has an error.
pub(crate) fn error_title(title: &str, has_error: bool) -> String {
    const PREFIX: &str = "Error: ";
    let bare = title.strip_prefix(PREFIX).unwrap_or(title);
    if has_error {
        format!("{PREFIX}{bare}")
    } else {
        bare.to_owned()
    }
}

/// Where in a procedure of four steps this one stands; the first is 1.
pub(crate) fn step_of(step: usize) -> String {
    format!("Step {step} of {}", STEPS.len())
}

/// The QR code for those who do not see it; never the secret.
pub(crate) fn qr_name(product: &str) -> String {
    format!("QR code for setting up {product} in an authenticator app")
}

/// How many backup codes are unused.
pub(crate) fn codes_left(left: u32) -> String {
    format!("{left} of {BACKUP_CODES_PER_SET} codes left")
}

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
        "{product} backup codes\nAccount: {account}\nDate: {date}\n\n{}\n\n\
         Each code works once. Keep them where only you can find them.\n",
        codes.join("\n"),
    )
}

/// Whose codes these are and from when, for the printed page.
pub(crate) fn codes_caption(product: &str, account: &str, date: &str) -> String {
    format!("{product} backup codes for {account}, {date}")
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
    use super::*;

    #[test]
    fn a_key_is_shown_in_groups_of_four() {
        assert_eq!(grouped("GEZDGNBVGY3TQOJQ"), "GEZD GNBV GY3T QOJQ");
        assert_eq!(grouped("GEZDG"), "GEZD G");
        assert_eq!(grouped(""), "");
    }

    #[test]
    fn the_title_says_once_that_there_is_an_error() {
        assert_eq!(
            error_title("Sign in – Twofold", true),
            "Error: Sign in – Twofold"
        );
        assert_eq!(
            error_title("Error: Sign in – Twofold", true),
            "Error: Sign in – Twofold"
        );
        assert_eq!(
            error_title("Error: Sign in – Twofold", false),
            "Sign in – Twofold"
        );
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
        assert!(PASSWORD_HINT.contains(&least) && PASSWORD_TOO_SHORT.contains(&least));
        assert!(BACKUP_CODE_HINT.contains("ten") && BACKUP_CODES_PER_SET == 10);
    }
}
