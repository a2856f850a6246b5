//! What the server writes, as the app reads it.

use serde::{Serialize, de::DeserializeOwned};
use shared::{error, resources as written};

use super::*;

const USER: &str = r#"{
    "object": "user", "id": "user_1", "username": "annie", "first_name": "Ann", "last_name": null,
    "email_addresses": [{
        "object": "email_address", "id": "idn_1", "email_address": "ann@example.com",
        "created_at": 1, "updated_at": 1
    }],
    "two_factor_enabled": true, "totp_enabled": true, "backup_code_enabled": true,
    "mfa_enabled_at": 2, "last_sign_in_at": 3, "backup_codes_remaining": 9,
    "totp_last_used_at": 4, "administrator": true, "created_at": 1, "updated_at": 5
}"#;
const SIGN_IN: &str = r#"{
    "object": "sign_in_attempt", "id": "sia_1", "status": "needs_second_factor",
    "identifier": "ann@example.com", "created_session_id": null, "abandon_at": 9
}"#;

/// A sign-up that waits for its code, as the server writes it.
fn sign_up(expire_at: Option<Timestamp>) -> written::SignUp {
    let verification = written::SignUpVerification {
        status: written::VerificationStatus::Unverified,
        strategy: Strategy::EmailCode,
        next_action: written::NextAction::NeedsAttempt,
        supported_strategies: vec![Strategy::EmailCode],
        attempts: Some(0),
        expire_at,
    };
    written::SignUp {
        id: "sua_1".to_owned(),
        status: written::SignUpStatus::MissingRequirements,
        required_fields: vec!["email_address", "password"],
        optional_fields: Vec::new(),
        missing_fields: Vec::new(),
        unverified_fields: vec!["email_address"],
        verifications: written::SignUpVerifications {
            email_address: Some(verification),
            ..written::SignUpVerifications::default()
        },
        username: None,
        email_address: Some("ann@example.com".to_owned()),
        first_name: None,
        last_name: None,
        has_password: true,
        unsafe_metadata: written::NoFields::default(),
        created_session_id: None,
        created_user_id: None,
        abandon_at: Timestamp::from_millis(9),
    }
}

fn session() -> String {
    format!(
        r#"{{
            "object": "session", "id": "sess_1", "status": "active", "expire_at": 1,
            "abandon_at": 1, "last_active_at": 1, "factor_verification_age": [0, -1],
            "user": {USER}, "created_at": 1, "updated_at": 1
        }}"#
    )
}

/// `json` as the server writes it, through the type that it writes, as the app reads it.
fn read<W: DeserializeOwned + Serialize, R: Deserialize>(json: &str) -> R {
    read_back(&serde_json::from_str::<W>(json).unwrap())
}

fn read_back<R: Deserialize>(written: &impl Serialize) -> R {
    miniserde::json::from_str(&serde_json::to_string(written).unwrap()).unwrap()
}

#[test]
fn a_reply_brings_the_client_with_its_user_and_its_sign_in() {
    let json = format!(
        r#"{{"response": {SIGN_IN}, "client": {{
            "object": "client", "id": "client_1", "sessions": [{}],
            "sign_in": {SIGN_IN}, "last_active_session_id": "sess_1",
            "cookie_expires_at": null, "created_at": 1, "updated_at": 1
        }}}}"#,
        session()
    );
    let reply: Envelope<SignIn> = read::<written::Envelope<written::SignIn>, _>(&json);
    assert_eq!(reply.response.id, "sia_1");
    assert_eq!(
        reply.response.identifier.as_deref(),
        Some("ann@example.com")
    );
    let mut client = reply.client.unwrap();
    let sign_in = client.sign_in.as_ref().unwrap();
    assert_eq!(sign_in.wants(), Some(Wanted::SecondFactor));
    let session = client.active_session().unwrap();
    assert_eq!(session.id, "sess_1");
    let user = &session.user;
    assert_eq!(user.email_address(), "ann@example.com");
    assert!(user.two_factor_enabled && user.totp_enabled);
    assert_eq!(user.backup_codes_remaining, 9);
    assert_eq!(
        [
            user.mfa_enabled_at(),
            user.last_sign_in_at(),
            user.totp_last_used_at()
        ],
        [2, 3, 4].map(|millis| Some(Timestamp::from_millis(millis))),
    );
    assert!(user.administrator);
    client.end_administration();
    assert!(!client.active_session().unwrap().user.administrator);
}

#[test]
fn a_sign_in_says_what_it_asks_for_until_it_is_over() {
    for (status, wanted) in [
        ("needs_first_factor", Some(Wanted::MailedCode)),
        ("needs_new_password", Some(Wanted::NewPassword)),
        ("needs_second_factor", Some(Wanted::SecondFactor)),
        ("complete", None),
        ("abandoned", None),
    ] {
        let json = SIGN_IN.replace("needs_second_factor", status);
        let sign_in: SignIn = read::<written::SignIn, _>(&json);
        assert_eq!(sign_in.wants(), wanted, "{status}");
    }
}

#[test]
fn a_sign_up_tells_whether_a_code_was_sent() {
    let sent = Timestamp::from_millis(7);
    for (expire_at, needs_first) in [(None, true), (Some(sent), false)] {
        let read: SignUp = read_back(&sign_up(expire_at));
        assert_eq!(read.id, "sua_1");
        assert_eq!(read.email_address.as_deref(), Some("ann@example.com"));
        assert_eq!(read.needs_first_code(), needs_first);
    }
    let client = written::Client {
        id: "client_1".to_owned(),
        sessions: Vec::new(),
        sign_in: None,
        sign_up: Some(sign_up(None)),
        last_active_session_id: None,
        cookie_expires_at: None,
        created_at: sent,
        updated_at: sent,
    };
    let client: Client = read_back(&client);
    assert_eq!(client.sign_up.unwrap().id, "sua_1");
}

#[test]
fn a_step_up_names_the_factor_that_it_asks_for() {
    for (status, factor) in [
        ("needs_first_factor", Strategy::Password),
        ("needs_second_factor", Strategy::Totp),
    ] {
        let step_up: StepUp = read::<written::SessionVerification, _>(&format!(
            r#"{{"object": "session_reverification", "level": "second_factor",
                "status": "{status}", "supported_first_factors": null,
                "supported_second_factors": null, "session": {}}}"#,
            session()
        ));
        assert_eq!(step_up.asks_for(), factor);
    }
}

#[test]
fn a_totp_brings_its_secret_and_its_codes() {
    let totp: Totp = read::<written::Totp, _>(
        r#"{"object": "totp", "id": "totp_1", "secret": "GEZD", "uri": "otpauth://totp/a",
            "verified": false, "backup_codes": ["abcde-fgh23"], "created_at": 1,
            "updated_at": 1}"#,
    );
    assert_eq!(totp.secret.as_deref(), Some("GEZD"));
    assert_eq!(totp.uri.as_deref(), Some("otpauth://totp/a"));
    assert_eq!(totp.backup_codes.unwrap(), ["abcde-fgh23"]);
    let codes: BackupCodes = read::<written::BackupCodes, _>(
        r#"{"object": "backup_code", "id": "bkp_1", "codes": ["abcde-fgh23"],
            "created_at": 1, "updated_at": 1}"#,
    );
    assert_eq!(codes.codes, ["abcde-fgh23"]);
}

#[test]
fn a_session_tells_where_it_is_used() {
    let written: Vec<written::Session> = serde_json::from_str(&format!(
        r#"[{}, {}]"#,
        session(),
        session().replace(
            r#""created_at": 1, "updated_at": 1
        }"#,
            r#""created_at": 1, "updated_at": 1, "latest_activity": {
                "object": "session_activity", "id": "sess_1", "browser_name": "Firefox",
                "device_type": "Linux", "is_mobile": false, "ip_address": "192.0.2.1"
            }}"#
        )
    ))
    .unwrap();
    let read: Vec<Session> = read_back(&written);
    let [silent, talking] = read.as_slice() else {
        panic!("two sessions were written");
    };
    assert_eq!(silent.id, "sess_1");
    assert_eq!(silent.last_active_at(), Timestamp::from_millis(1));
    assert_eq!(silent.place().browser, None);
    let Place {
        browser,
        system,
        address,
    } = talking.place();
    assert_eq!(
        [browser, system, address],
        [Some("Firefox"), Some("Linux"), Some("192.0.2.1")]
    );
}

#[test]
fn an_event_tells_what_happened_and_where() {
    let written = written::SecurityEvent {
        id: "evt_1".to_owned(),
        kind: written::SecurityEventKind::StepUp,
        actor: written::EventActor::User,
        strategy: Some(Strategy::BackupCode),
        session_id: None,
        ip_address: Some("192.0.2.1".to_owned()),
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0".to_owned()),
        created_at: Timestamp::from_millis(7),
    };
    let reply = written::Envelope {
        response: vec![written],
        client: None,
    };
    let read: Activity = read_back(&reply);
    let [event] = read.response.as_slice() else {
        panic!("one event was written");
    };
    assert_eq!(
        (event.id.as_str(), event.kind.as_str()),
        ("evt_1", "step_up")
    );
    assert_eq!(event.strategy.as_deref(), Some("backup_code"));
    assert_eq!(event.created_at(), Timestamp::from_millis(7));
    let Place {
        browser,
        system,
        address,
    } = event.place();
    assert_eq!(
        [browser, system, address],
        [Some("Firefox"), Some("Linux"), Some("192.0.2.1")]
    );
}

#[test]
fn the_environment_names_the_instance_and_what_it_offers() {
    let read = |authenticator_app, backup_code, first_factors| -> Environment {
        let attribute = |enabled| written::Attribute {
            enabled,
            ..written::Attribute::default()
        };
        let written = written::Environment {
            auth_config: written::AuthConfig::default(),
            display_config: written::DisplayConfig {
                application_name: "Acme".to_owned(),
                ..written::DisplayConfig::default()
            },
            user_settings: written::UserSettings {
                attributes: written::Attributes {
                    password: written::Attribute {
                        first_factors,
                        ..written::Attribute::default()
                    },
                    authenticator_app: attribute(authenticator_app),
                    backup_code: attribute(backup_code),
                    ..written::Attributes::default()
                },
                ..written::UserSettings::default()
            },
        };
        read_back(&written)
    };
    let first = read(true, false, vec![Strategy::Password]);
    assert_eq!(first.display_config.application_name, "Acme");
    assert_eq!(first.offered(), (true, false));
    assert!(!first.offers_reset());
    let factors = vec![Strategy::Password, Strategy::ResetPasswordEmailCode];
    let second = read(false, true, factors);
    assert_eq!(second.offered(), (false, true));
    assert!(second.offers_reset());
}

#[test]
fn the_settings_are_what_administrators_switch() {
    for on in 0..3 {
        let written = written::MultiFactorSettings {
            authenticator_app: on == 0,
            backup_code: on == 1,
            required: on == 2,
        };
        let read: MultiFactorSettings = read_back(&written);
        assert_eq!(
            [read.authenticator_app, read.backup_code, read.required],
            [on == 0, on == 1, on == 2],
        );
    }
}

#[test]
fn an_account_tells_whose_it_is_and_what_keeps_its_user_out() {
    let mut user: written::User = serde_json::from_str(USER).unwrap();
    let shown = |user: &written::User| -> ManagedUsers {
        read_back(&written::ManagedUsers {
            data: vec![written::ManagedUser {
                user: user.clone(),
                active_sessions: 2,
            }],
            total_count: 7,
        })
    };
    let read = shown(&user);
    let [account] = read.data.as_slice() else {
        panic!("one account was written");
    };
    assert_eq!((account.active_sessions, read.total_count), (2, 7));
    assert_eq!(account.user.id, "user_1");
    assert_eq!(account.user.names(), "Ann annie");
    assert!(!account.user.locked && !account.user.banned);
    user.locked = true;
    assert!(shown(&user).data[0].user.locked);
    user.banned = true;
    assert!(shown(&user).data[0].user.banned);
}

#[test]
fn an_error_brings_its_code_and_what_belongs_to_it() {
    let written = error::ErrorReply {
        errors: vec![error::ApiError {
            code: ErrorCode::UserLocked,
            message: String::new(),
            long_message: String::new(),
            meta: error::ErrorMeta {
                param_name: Some("code".to_owned()),
                reason: Some(error::ErrorReason::CodeAlreadyUsed),
                lockout_expires_in_seconds: Some(60),
                verification_attempts_remaining: Some(2),
                reverification: None,
            },
        }],
        clerk_trace_id: String::new(),
    };
    let read: ErrorReply = read_back(&written);
    let [error] = read.errors.as_slice() else {
        panic!("one error was written");
    };
    assert_eq!(error.code(), ErrorCode::UserLocked);
    assert_eq!(error.param_name(), Some("code"));
    assert!(error.is_code_used());
    assert_eq!(error.lockout_expires_in_seconds(), Some(60));
    assert_eq!(error.verification_attempts_remaining(), Some(2));
}

#[test]
fn every_code_is_read_as_itself_and_a_new_one_is_still_an_error() {
    let read = |code: &str| ApiError::sample(code).code();
    for code in ErrorCode::ALL {
        assert_eq!(read(code.as_str()), *code);
    }
    assert_eq!(read("brand_new"), ErrorCode::Unknown);
}

#[test]
fn an_error_needs_no_meta() {
    let reply: ErrorReply =
        miniserde::json::from_str(r#"{"errors": [{"code": "user_locked"}]}"#).unwrap();
    assert_eq!(reply.errors, [ApiError::sample("user_locked")]);
    assert_eq!(reply.errors[0].param_name(), None);
}
