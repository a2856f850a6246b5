//! What a server would say, in its own JSON.

use crate::resources::{Client, Environment, SecurityEvent, Session as Listed};

/// The instance.
pub(super) fn environment() -> Option<Environment> {
    miniserde::json::from_str(
        r#"{
            "display_config": { "application_name": "Twofold" },
            "user_settings": { "attributes": {
                "password": { "enabled": true, "first_factors": ["password"] },
                "authenticator_app": { "enabled": true, "first_factors": [] },
                "backup_code": { "enabled": true, "first_factors": [] }
            } }
        }"#,
    )
    .ok()
}

fn session(id: &str, browser: &str, system: &str, address: &str) -> String {
    format!(
        r#"{{
            "id": "{id}", "last_active_at": 1795633620000,
            "latest_activity": {{
                "browser_name": "{browser}", "device_type": "{system}", "ip_address": "{address}"
            }},
            "user": {{
                "id": "user_1", "banned": false, "locked": false,
                "email_addresses": [{{ "email_address": "ann@example.com" }}],
                "two_factor_enabled": true, "totp_enabled": true, "administrator": false,
                "mfa_enabled_at": 1795633620000, "totp_last_used_at": 1795633620000,
                "last_sign_in_at": 1795633620000, "backup_codes_remaining": 3
            }}
        }}"#
    )
}

/// Somebody who is signed in.
pub(super) fn client() -> Option<Client> {
    let session = session("sess_1", "Chrome", "Linux", "192.0.2.1");
    miniserde::json::from_str(&format!(
        r#"{{ "sessions": [{session}], "last_active_session_id": "sess_1", "sign_in": null }}"#
    ))
    .ok()
}

/// Where they are signed in.
pub(super) fn listed() -> Vec<Listed> {
    [
        session("sess_1", "Chrome", "Linux", "192.0.2.1"),
        session("sess_2", "Firefox", "Windows", "198.51.100.7"),
        session(
            "sess_3",
            "Safari",
            "iPhone",
            "2001:db8:85a3:8d3:1319:8a2e:370:7348",
        ),
    ]
    .iter()
    .filter_map(|json| miniserde::json::from_str(json).ok())
    .collect()
}

/// What happened to their account: an event of each kind.
pub(super) fn events() -> Vec<SecurityEvent> {
    const KINDS: [(&str, &str); 13] = [
        ("sign_up", ""),
        ("sign_in", "password"),
        ("sign_in", "totp"),
        ("sign_in", "backup_code"),
        ("attempt_failed", "totp"),
        ("account_locked", ""),
        ("step_up", "totp"),
        ("totp_created", ""),
        ("totp_verified", ""),
        ("totp_removed", ""),
        ("backup_codes_created", ""),
        ("session_ended", ""),
        ("of_a_newer_server", ""),
    ];
    KINDS
        .iter()
        .filter_map(|(kind, strategy)| {
            miniserde::json::from_str(&format!(
                r#"{{
                    "id": "evt_{kind}", "kind": "{kind}", "strategy": "{strategy}",
                    "ip_address": "192.0.2.1", "created_at": 1795633620000,
                    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
                }}"#
            ))
            .ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_are_read_as_replies_of_a_server_are() {
        assert!(environment().is_some());
        assert!(client().is_some_and(|client| client.active_session().is_some()));
        assert_eq!(listed().len(), 3);
        assert_eq!(events().len(), 13);
    }
}
