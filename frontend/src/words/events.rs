//! What happened to an account, and where, in words.

use crate::{
    resources::{Place, SecurityEvent},
    words::{self, Word},
};

/// What happened.
pub(crate) fn of(event: &SecurityEvent) -> Word {
    let strategy = event.strategy.as_deref();
    match event.kind.as_str() {
        "sign_up" => words::SIGNED_UP,
        "sign_in" => match strategy {
            Some("totp") => words::SIGNED_IN_WITH_APP,
            Some("backup_code") => words::SIGNED_IN_WITH_BACKUP_CODE,
            _ => words::SIGNED_IN_WITH_PASSWORD,
        },
        "attempt_failed" => match strategy {
            Some("totp") => words::APP_CODE_REFUSED,
            Some("backup_code") => words::BACKUP_CODE_REFUSED,
            Some("reset_password_email_code") => words::MAILED_CODE_REFUSED,
            _ => words::PASSWORD_REFUSED,
        },
        "account_locked" => words::ACCOUNT_LOCKED,
        "account_unlocked" => words::ACCOUNT_UNLOCKED,
        "account_banned" => words::ACCOUNT_BANNED,
        "account_unbanned" => words::ACCOUNT_UNBANNED,
        "step_up" => match strategy {
            Some("totp") => words::CONFIRMED_WITH_APP,
            Some("backup_code") => words::CONFIRMED_WITH_BACKUP_CODE,
            _ => words::CONFIRMED_WITH_PASSWORD,
        },
        "totp_created" => words::TOTP_CREATED,
        "totp_verified" => words::TOTP_VERIFIED,
        "totp_removed" => words::TOTP_REMOVED,
        "backup_codes_created" => words::BACKUP_CODES_CREATED,
        "backup_codes_removed" => words::BACKUP_CODES_REMOVED,
        "factor_verified" => match strategy {
            Some("totp") => words::APP_CODE_ACCEPTED,
            Some("backup_code") => words::BACKUP_CODE_ACCEPTED,
            _ => words::PASSWORD_ACCEPTED,
        },
        "password_reset" => words::PASSWORD_RESET,
        "password_changed" => words::PASSWORD_CHANGED,
        "session_ended" => words::SESSION_ENDED,
        "settings_changed" => words::SETTINGS_CHANGED,
        "keys_rotated" => words::KEYS_ROTATED,
        // A server that is newer than this app knows of more than it.
        _ => words::SOMETHING_HAPPENED,
    }
}

/// The browser of a place: `Firefox on Linux`.
pub(crate) fn browser(place: &Place) -> String {
    match (place.browser, place.system) {
        (Some(browser), Some(system)) => words::browser_on(browser, system),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => words::UNKNOWN_BROWSER.text().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use shared::resources::{SecurityEventKind as Kind, Strategy};

    use super::*;

    const KINDS: [Kind; 17] = [
        Kind::SignUp,
        Kind::SignIn,
        Kind::AttemptFailed,
        Kind::AccountLocked,
        Kind::StepUp,
        Kind::TotpCreated,
        Kind::TotpVerified,
        Kind::TotpRemoved,
        Kind::BackupCodesCreated,
        Kind::SessionEnded,
        Kind::SettingsChanged,
        Kind::AccountBanned,
        Kind::AccountUnbanned,
        Kind::BackupCodesRemoved,
        Kind::FactorVerified,
        Kind::PasswordChanged,
        Kind::PasswordReset,
    ];

    fn said(kind: &str, strategy: &str) -> &'static str {
        let json = format!(
            r#"{{"id": "evt_1", "kind": {kind}, "strategy": {strategy}, "created_at": 1}}"#
        );
        of(&miniserde::json::from_str(&json).unwrap()).text()
    }

    fn in_json(value: impl serde::Serialize) -> String {
        serde_json::to_string(&value).unwrap()
    }

    #[test]
    fn every_kind_has_words_of_its_own() {
        let all: HashSet<_> = KINDS.map(|kind| said(&in_json(kind), "null")).into();
        assert_eq!(all.len(), KINDS.len());
        assert!(!all.contains(words::SOMETHING_HAPPENED.text()));
    }

    #[test]
    fn the_factor_is_told_where_one_was_checked() {
        for kind in [
            Kind::SignIn,
            Kind::AttemptFailed,
            Kind::StepUp,
            Kind::FactorVerified,
        ] {
            let strategies = [Strategy::Password, Strategy::Totp, Strategy::BackupCode];
            let all: HashSet<_> = strategies
                .map(|strategy| said(&in_json(kind), &in_json(strategy)))
                .into();
            assert_eq!(all.len(), strategies.len());
        }
    }

    #[test]
    fn what_a_newer_server_tells_is_an_event_all_the_same() {
        assert_eq!(
            said(r#""brand_new""#, "null"),
            words::SOMETHING_HAPPENED.text()
        );
    }

    #[test]
    fn a_browser_is_called_by_what_is_known_of_it() {
        let of = |name, system| {
            browser(&Place {
                browser: name,
                system,
                address: None,
            })
        };
        assert_eq!(of(Some("Firefox"), Some("Linux")), "Firefox on Linux");
        assert_eq!(of(Some("Firefox"), None), "Firefox");
        assert_eq!(of(None, Some("Linux")), "Linux");
        assert_eq!(of(None, None), "Unknown browser");
    }
}
