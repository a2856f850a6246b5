use shared::resources::{EventActor, SecurityEventKind, Strategy};

use super::*;
use crate::{
    ids::EventId,
    store::{Device, EventRecord},
};

fn letterhead(issuer: &str) -> Letterhead {
    let config = Config {
        issuer: issuer.parse().unwrap(),
        public_url: "https://mfa.example.com".parse().unwrap(),
        ..Config::default()
    };
    (&config).into()
}

fn mail(kind: SecurityEventKind, strategy: Option<Strategy>) -> QueuedMail {
    let event = EventId::from("evt_1".to_owned());
    QueuedMail {
        claim: MailClaim {
            event: event.clone(),
            tries: 1,
        },
        to: "ann@example.com".to_owned(),
        event: EventRecord {
            id: event,
            kind,
            actor: EventActor::User,
            strategy,
            session_id: None,
            device: Device {
                ip_address: Some("192.0.2.7".to_owned()),
                user_agent: Some("Mozilla/5.0 (X11; Linux x86_64) Firefox/147.0".to_owned()),
            },
            created_at: Timestamp::from_seconds(1_767_225_610),
        },
        new_browser: false,
    }
}

fn written(issuer: &str, mail: &QueuedMail) -> String {
    let message = letterhead(issuer)
        .message(mail, Timestamp::from_seconds(1_767_225_700))
        .unwrap();
    String::from_utf8(message.formatted()).unwrap()
}

#[test]
fn a_mail_says_what_happened_when_from_where_and_what_to_do() {
    let mut mail = mail(SecurityEventKind::SignIn, Some(Strategy::BackupCode));
    mail.new_browser = true;
    let expected = "\
From: Acme <no-reply@mfa.example.com>
To: ann@example.com
Subject: Acme: a backup code was used to sign in
Date: Thu, 01 Jan 2026 00:01:40 +0000
Message-ID: <evt_1@mfa.example.com>
Auto-Submitted: auto-generated
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit

Hello,

Somebody signed in to your account with your password and one of your
backup codes. The code works no more.

When: 1 January 2026, 00:00:10 UTC
From: 192.0.2.7
With: Firefox on Linux, which had not signed in to your account before

If this was you, there is nothing to do.

If it was not you: Somebody has your password and at least one of your
backup codes. Sign in, generate new backup codes, which makes the others
worthless, and remove the authenticator app and add it again: that signs
everybody else out.

https://mfa.example.com/account/manage-mfa

Acme never asks for a password or a code by mail. This was sent by a
machine; nobody reads answers.
";
    assert_eq!(written("Acme", &mail), expected.replace('\n', "\r\n"));
}

#[test]
fn what_is_told_differs_from_kind_to_kind() {
    use SecurityEventKind as Kind;
    let mut subjects: Vec<String> = [
        (Kind::SignIn, Some(Strategy::BackupCode)),
        (Kind::SignIn, Some(Strategy::Password)),
        (Kind::StepUp, Some(Strategy::BackupCode)),
        (Kind::TotpVerified, Some(Strategy::Totp)),
        (Kind::TotpRemoved, None),
        (Kind::BackupCodesCreated, None),
        (Kind::PasswordChanged, Some(Strategy::Password)),
        (Kind::PasswordReset, Some(Strategy::Totp)),
        (Kind::PasswordReset, Some(Strategy::BackupCode)),
        (Kind::AccountLocked, Some(Strategy::Password)),
        (Kind::AccountUnlocked, None),
    ]
    .map(|(kind, strategy)| words::letter(&mail(kind, strategy), &letterhead("Acme")).subject)
    .to_vec();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), 11, "{subjects:?}");
}

#[test]
fn what_operators_do_is_told_as_theirs_and_not_where_they_sit() {
    use SecurityEventKind as Kind;
    let kinds = [
        Kind::TotpRemoved,
        Kind::BackupCodesRemoved,
        Kind::AccountLocked,
        Kind::AccountUnlocked,
        Kind::AccountBanned,
        Kind::AccountUnbanned,
    ];
    let mut subjects: Vec<String> = kinds
        .map(|kind| {
            let mut mail = mail(kind, None);
            mail.event.actor = EventActor::BackEndApi;
            let letter = words::letter(&mail, &letterhead("Acme"));
            let unwrapped = letter.body.replace('\n', " ");
            assert!(unwrapped.contains("who runs the service"), "{unwrapped}");
            assert!(!unwrapped.contains("192.0.2.7") && !unwrapped.contains("Firefox"));
            letter.subject
        })
        .to_vec();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), kinds.len(), "{subjects:?}");
}

#[test]
fn nothing_that_strangers_write_gets_into_a_mail() {
    let mut mail = mail(SecurityEventKind::AccountLocked, Some(Strategy::Password));
    mail.event.device.user_agent =
        Some("Unlock at https://evil.example\r\nBcc: all@example.com\r\n\r\nFirefox/1".to_owned());
    let written = written("Acme", &mail);
    assert!(written.contains("With: Firefox\r\n"), "{written}");
    assert!(
        !written.contains("evil") && !written.contains("Bcc"),
        "{written}"
    );
}

#[test]
fn an_address_adds_no_header_and_no_recipient() {
    for to in [
        "ann@example.com\r\nBcc: all@example.com",
        "ann@example.com, all@example.com",
        "\"ann\r\nBcc: all@example.com\r\n\"@example.com",
        "Ann <ann@example.com>",
    ] {
        let mut mail = mail(SecurityEventKind::TotpRemoved, None);
        mail.to = to.to_owned();
        let message = letterhead("Acme").message(&mail, Timestamp::from_seconds(0));
        assert!(matches!(message, Err(Failure::Address(_))), "{to:?}");
    }
}

#[test]
fn a_name_that_is_not_ascii_is_encoded() {
    let written = written("Zürich", &mail(SecurityEventKind::TotpRemoved, None));
    let (header, _) = written.split_once("\r\n\r\n").unwrap();
    assert!(header.is_ascii(), "{header}");
    assert!(header.contains("=?utf-8?"), "{header}");
}

#[test]
fn the_wait_doubles_up_to_an_hour() {
    let waits = [1, 2, 3, 10, 11, 100].map(|tries| retry_after(tries).as_secs());
    assert_eq!(waits, [5, 10, 20, 2_560, 3_600, 3_600]);
}

#[test]
fn a_mail_server_is_named_by_a_url_that_leaves_no_doubt() {
    for (url, reason) in [
        ("smtp://localhost:2525", None),
        ("smtp://ann:secret@mail.example.com?tls=required", None),
        ("smtps://ann:secret@mail.example.com", None),
        ("mail.example.com", Some("must be like")),
        ("http://mail.example.com", Some("scheme")),
        ("smtp://", Some("host")),
        (
            "smtp://mail.example.com?TLS=required",
            Some("the only parameter"),
        ),
        (
            "smtp://mail.example.com?tls=requird",
            Some("the only parameter"),
        ),
        (
            "smtp://mail.example.com?tls=required&x=1",
            Some("the only parameter"),
        ),
        (
            "smtps://mail.example.com?tls=opportunistic",
            Some("no parameter"),
        ),
        ("smtp://secret@mail.example.com", Some("come together")),
        ("smtp://mail.example.com/secret", Some("nothing follows")),
    ] {
        let made = Delivery::smtp(&url.into(), "mfa.example.com");
        match (made, reason) {
            (Ok(_), None) => {}
            (Err(error), Some(reason)) => {
                let error = error.to_string();
                assert!(error.contains(reason), "{url}: {error}");
                assert!(!error.contains("secret"), "{error}");
                assert!(!error.contains('\n'), "{error}");
            }
            (Ok(_), Some(_)) => panic!("{url} was taken"),
            (Err(error), None) => panic!("{url}: {error}"),
        }
    }
}

#[test]
fn whether_passwords_go_in_the_clear_is_known() {
    for (url, in_the_clear) in [
        ("smtp://mail.example.com", true),
        ("smtp://mail.example.com?tls=opportunistic", true),
        ("smtp://mail.example.com?tls=required", false),
        ("smtps://mail.example.com", false),
        ("smtp://127.0.0.1:25", false),
        ("smtp://[::1]:25", false),
        ("smtp://localhost", false),
    ] {
        assert_eq!(
            Delivery::is_in_the_clear(&url.into()),
            in_the_clear,
            "{url}"
        );
    }
}
