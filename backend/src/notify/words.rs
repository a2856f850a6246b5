//! Every word of the mails.
//!
//! Each says what happened, when and from where, and what to do where it was not the reader: only
//! what can be done today.

use std::fmt::Write;

use shared::{
    Timestamp,
    resources::{EventActor, SecurityEventKind, Strategy},
};
use time::OffsetDateTime;

use super::{Letterhead, browser::browser};
use crate::store::{CodeFor, Device, QueuedCode, QueuedMail};

/// The page of the app where people change their factors.
pub(super) const PAGE: &str = "/account/manage-mfa";

/// A mail, in words.
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) body: String,
}

/// What a mail says of its event.
struct Words {
    subject: &'static str,
    happened: &'static str,
    if_not_you: &'static str,
}

const BACKUP_CODE_USED: Words = Words {
    subject: "a backup code was used",
    happened: "One of the backup codes of your account was used. It works no more.",
    if_not_you: "Somebody has your password and at least one of your backup codes. Sign in, \
                 generate new backup codes, which makes the others worthless, and remove the \
                 authenticator app and add it again: that signs everybody else out.",
};

const BACKUP_CODE_SIGN_IN: Words = Words {
    subject: "a backup code was used to sign in",
    happened: "Somebody signed in to your account with your password and one of your backup \
               codes. The code works no more.",
    if_not_you: BACKUP_CODE_USED.if_not_you,
};

const NEW_BROWSER: Words = Words {
    subject: "a sign-in from a new browser",
    happened: "Somebody signed in to your account from a browser that had not signed in to it \
               before.",
    if_not_you: "Somebody has your password. Sign in and add an authenticator app; if you have \
                 one already, remove it first. Adding it signs everybody else out, and without \
                 your app the password opens nothing any more.",
};

const TOTP_VERIFIED: Words = Words {
    subject: "an authenticator app was added",
    happened: "An authenticator app was added to your account. From now on its codes are needed \
               to sign in. All other browsers were signed out.",
    if_not_you: "Somebody has your password, and you may not be able to sign in any more. Tell \
                 whoever runs the service at once.",
};

const TOTP_REMOVED: Words = Words {
    subject: "the authenticator app was removed",
    happened: "The authenticator app and the backup codes were removed from your account. From \
               now on the password alone is enough to sign in. All other browsers were signed \
               out.",
    if_not_you: "Somebody was signed in to your account. Sign in and add an authenticator app \
                 again: that signs everybody else out, and without your app the password opens \
                 nothing any more.",
};

const BACKUP_CODES_CREATED: Words = Words {
    subject: "new backup codes were generated",
    happened: "New backup codes were generated for your account. The ones from before work no \
               more.",
    if_not_you: "Somebody is signed in to your account and knows the new codes. Sign in, generate \
                 backup codes once more, which makes those worthless, and remove the \
                 authenticator app and add it again: that signs everybody else out.",
};

const PASSWORD_CHANGED: Words = Words {
    subject: "the password was changed",
    happened: "The password of your account was changed by somebody who was signed in to it. From \
               now on only the new one is right. All other browsers were signed out.",
    if_not_you: "Somebody has taken your account over, and you may not be able to sign in any more. \
                 Tell whoever runs the service at once.",
};

const PASSWORD_RESET: Words = Words {
    subject: "a new password was set",
    happened: "Somebody set a new password for your account with a code that was sent to this \
               address, and signed in. From now on only the new password is right. All other \
               browsers were signed out.",
    if_not_you: "Somebody reads your mail and has taken your account over. Change the password of \
                 your mailbox, set a new one here in the same way, and tell whoever runs the \
                 service.",
};

const PASSWORD_RESET_BACKUP_CODE: Words = Words {
    subject: "a new password was set, and a backup code was used",
    happened: "Somebody set a new password for your account with a code that was sent to this \
               address, and signed in with one of your backup codes, which works no more. From \
               now on only the new password is right. All other browsers were signed out.",
    if_not_you: PASSWORD_RESET.if_not_you,
};

const ACCOUNT_LOCKED: Words = Words {
    subject: "too many wrong attempts to sign in",
    happened: "There were too many wrong passwords or codes for your account in a row. For a \
               while no more are accepted, and where you were signed in you may have been \
               signed out. Browsers with which you have signed in before can sign in all the \
               same, unless the attempts came from one of them.",
    if_not_you: "Somebody is guessing. They did not get in. If you have no authenticator app yet, \
                 add one: without it the password opens nothing any more.",
};

const ACCOUNT_UNLOCKED: Words = Words {
    subject: "your account was unlocked",
    happened: "Your account was locked for a while. Somebody who runs the service has lifted the \
               lock before its time.",
    if_not_you: "Somebody may have asked for it in your name. Tell whoever runs the service.",
};

const ASK: &str = "Somebody may have asked for it in your name. Tell whoever runs the service.";

const FACTORS_RESET: Words = Words {
    subject: "multi-factor authentication was reset",
    happened: "Somebody who runs the service has removed the authenticator app and the backup codes \
               from your account. From now on the password alone is enough to sign in. You were \
               signed out everywhere.",
    if_not_you: ASK,
};

const BACKUP_CODES_REMOVED: Words = Words {
    subject: "the backup codes were removed",
    happened: "Somebody who runs the service has removed the backup codes of your account. They \
               work no more. You can generate new ones.",
    if_not_you: ASK,
};

const LOCKED_BY_OPERATOR: Words = Words {
    subject: "your account was locked",
    happened: "Somebody who runs the service has locked your account for a while. You were signed \
               out everywhere.",
    if_not_you: ASK,
};

const BANNED: Words = Words {
    subject: "your account was barred",
    happened: "Somebody who runs the service has barred your account. You were signed out \
               everywhere and cannot sign in.",
    if_not_you: ASK,
};

const UNBANNED: Words = Words {
    subject: "your account is no longer barred",
    happened: "Somebody who runs the service has barred your account no longer. You can sign in \
               again.",
    if_not_you: ASK,
};

/// The words for an event that somebody else than the user brought about.
const fn words_of_operators(kind: SecurityEventKind) -> Option<&'static Words> {
    match kind {
        SecurityEventKind::TotpRemoved => Some(&FACTORS_RESET),
        SecurityEventKind::BackupCodesRemoved => Some(&BACKUP_CODES_REMOVED),
        SecurityEventKind::AccountBanned => Some(&BANNED),
        SecurityEventKind::AccountUnbanned => Some(&UNBANNED),
        _ => None,
    }
}

/// The words for an event, which is of a kind that is told by mail.
const fn words(mail: &QueuedMail) -> &'static Words {
    if !matches!(mail.event.actor, EventActor::User)
        && let Some(words) = words_of_operators(mail.event.kind)
    {
        return words;
    }
    match (mail.event.kind, mail.event.strategy) {
        (SecurityEventKind::SignIn, Some(Strategy::BackupCode)) => &BACKUP_CODE_SIGN_IN,
        (SecurityEventKind::SignIn, _) => &NEW_BROWSER,
        (SecurityEventKind::TotpVerified, _) => &TOTP_VERIFIED,
        (SecurityEventKind::TotpRemoved, _) => &TOTP_REMOVED,
        (SecurityEventKind::BackupCodesCreated, _) => &BACKUP_CODES_CREATED,
        (SecurityEventKind::PasswordReset, Some(Strategy::BackupCode)) => {
            &PASSWORD_RESET_BACKUP_CODE
        }
        (SecurityEventKind::PasswordReset, _) => &PASSWORD_RESET,
        (SecurityEventKind::PasswordChanged, _) => &PASSWORD_CHANGED,
        // Attempts have a factor.
        (SecurityEventKind::AccountLocked, None) => &LOCKED_BY_OPERATOR,
        (SecurityEventKind::AccountLocked, _) => &ACCOUNT_LOCKED,
        (SecurityEventKind::AccountUnlocked, _) => &ACCOUNT_UNLOCKED,
        // Of all others the queue has backup codes that were used for something else.
        _ => &BACKUP_CODE_USED,
    }
}

/// The letter about an event.
pub(super) fn letter(mail: &QueuedMail, letterhead: &Letterhead) -> Letter {
    let Letterhead { issuer, page, .. } = letterhead;
    let words = words(mail);
    let mut facts = format!("When: {}", moment(mail.event.created_at));
    // Where operators sit is none of their users' business.
    let device = match mail.event.actor {
        EventActor::User => mail.event.device.clone(),
        _ => Device::default(),
    };
    // Writing to a string does not fail.
    if let Some(address) = &device.ip_address {
        let _ = write!(facts, "\nFrom: {address}");
    }
    if let Some(user_agent) = &device.user_agent {
        let _ = write!(facts, "\nWith: {}", browser(user_agent));
        if mail.new_browser {
            facts.push_str(", which had not signed in to your account before");
        }
    }
    let body = [
        "Hello,",
        &wrapped(words.happened),
        &facts,
        "If this was you, there is nothing to do.",
        &wrapped(&format!("If it was not you: {}", words.if_not_you)),
        page,
        &wrapped(&format!(
            "{issuer} never asks for a password or a code by mail. This was sent by a machine; \
             nobody reads answers."
        )),
    ]
    .join("\n\n")
        + "\n";
    Letter {
        subject: format!("{issuer}: {}", words.subject),
        body,
    }
}

/// What the letter with a code says of it.
struct CodeWords {
    subject: &'static str,
    asked: &'static str,
    if_not_you: &'static str,
}

const NEW_PASSWORD_CODE: CodeWords = CodeWords {
    subject: "your code for a new password",
    asked: "Somebody asked for a new password for your account.",
    if_not_you: "your password is what it was, and nobody gets in without the code. Give it to \
                 nobody, and there is nothing else to do.",
};

const NEW_ACCOUNT_CODE: CodeWords = CodeWords {
    subject: "your code for a new account",
    asked: "Somebody wants to create an account with this e-mail address.",
    if_not_you: "without the code nobody can. Give it to nobody, and there is nothing else to do.",
};

/// The letter with a code.
pub(super) fn code_letter(digits: &str, code: &QueuedCode, letterhead: &Letterhead) -> Letter {
    let issuer = &letterhead.issuer;
    let words = match code.claim.code_for {
        CodeFor::NewPassword(_) => &NEW_PASSWORD_CODE,
        CodeFor::NewAccount(_) => &NEW_ACCOUNT_CODE,
    };
    let body = [
        "Hello,",
        &wrapped(&format!(
            "{} If it was you, type this code where you asked for it:",
            words.asked
        )),
        &format!("    {digits}"),
        &wrapped(
            "It works once, in that browser, and for 10 minutes. A later code takes its place.",
        ),
        &format!("When: {}", moment(code.created_at)),
        &wrapped(&format!("If it was not you: {}", words.if_not_you)),
        &wrapped(&format!(
            "{issuer} never asks for a password or a code by mail. This was sent by a machine; \
             nobody reads answers."
        )),
    ]
    .join("\n\n")
        + "\n";
    Letter {
        subject: format!("{issuer}: {}", words.subject),
        body,
    }
}

/// The paragraph in lines of at most 72 characters, as mails have them (RFC 3676 §4.2).
fn wrapped(paragraph: &str) -> String {
    let mut lines = String::with_capacity(paragraph.len() + 1);
    let mut length = 0;
    for word in paragraph.split_whitespace() {
        let width = word.chars().count();
        if length > 0 {
            let fits = length + 1 + width <= 72;
            lines.push(if fits { ' ' } else { '\n' });
            length = if fits { length + 1 } else { 0 };
        }
        lines.push_str(word);
        length += width;
    }
    lines
}

/// A time as everybody reads it alike: `1 January 2026, 00:00:10 UTC`.
fn moment(at: Timestamp) -> String {
    let seconds = i64::try_from(at.seconds()).unwrap_or(i64::MAX);
    match OffsetDateTime::from_unix_timestamp(seconds) {
        Ok(at) => format!(
            "{} {} {}, {:02}:{:02}:{:02} UTC",
            at.day(),
            at.month(),
            at.year(),
            at.hour(),
            at.minute(),
            at.second()
        ),
        // A clock far beyond all calendars.
        Err(_) => format!("{seconds} seconds after 1 January 1970 UTC"),
    }
}
