//! What happened to an account, and where, in words.

use crate::resources::{Place, SecurityEvent};

/// What happened.
pub(crate) fn of(event: &SecurityEvent) -> &'static str {
    let strategy = event.strategy.as_deref();
    match event.kind.as_str() {
        "sign_up" => "Account created",
        "sign_in" => match strategy {
            Some("totp") => "Signed in with a code from your authenticator app",
            Some("backup_code") => "Signed in with a backup code",
            _ => "Signed in with your password",
        },
        "attempt_failed" => match strategy {
            Some("totp") => "Authenticator code refused",
            Some("backup_code") => "Backup code refused",
            _ => "Password refused",
        },
        "account_locked" => "Account locked after too many wrong tries",
        "account_unlocked" => "Account unlocked",
        "step_up" => match strategy {
            Some("totp") => "Confirmed with a code from your authenticator app",
            Some("backup_code") => "Confirmed with a backup code",
            _ => "Confirmed with your password",
        },
        "totp_created" => "Setup key for an authenticator app made",
        "totp_verified" => "Authenticator app added",
        "totp_removed" => "Authenticator app removed",
        "backup_codes_created" => "New backup codes generated",
        "session_ended" => "Signed out",
        "settings_changed" => "Settings for everyone changed",
        "keys_rotated" => "Encryption keys changed",
        _ => UNKNOWN,
    }
}

/// A server that is newer than this app knows of more than it.
const UNKNOWN: &str = "Something else happened";

/// The browser of a place: `Firefox on Linux`.
pub(crate) fn browser(place: &Place) -> String {
    match (place.browser, place.system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

/// A session was signed out.
pub(crate) fn signed_out_of(browser: &str) -> String {
    format!("Signed out: {browser}.")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use shared::resources::{SecurityEventKind as Kind, Strategy};

    use super::*;

    const KINDS: [Kind; 11] = [
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
    ];

    fn words(kind: &str, strategy: &str) -> &'static str {
        let json = format!(
            r#"{{"id": "evt_1", "kind": {kind}, "strategy": {strategy}, "created_at": 1}}"#
        );
        of(&miniserde::json::from_str(&json).unwrap())
    }

    fn in_json(value: impl serde::Serialize) -> String {
        serde_json::to_string(&value).unwrap()
    }

    #[test]
    fn every_kind_has_words_of_its_own() {
        let all: HashSet<_> = KINDS.map(|kind| words(&in_json(kind), "null")).into();
        assert_eq!(all.len(), KINDS.len());
        assert!(!all.contains(UNKNOWN));
    }

    #[test]
    fn the_factor_is_told_where_one_was_checked() {
        for kind in [Kind::SignIn, Kind::AttemptFailed, Kind::StepUp] {
            let strategies = [Strategy::Password, Strategy::Totp, Strategy::BackupCode];
            let all: HashSet<_> = strategies
                .map(|strategy| words(&in_json(kind), &in_json(strategy)))
                .into();
            assert_eq!(all.len(), strategies.len());
        }
    }

    #[test]
    fn what_a_newer_server_tells_is_an_event_all_the_same() {
        assert_eq!(words(r#""brand_new""#, "null"), UNKNOWN);
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
