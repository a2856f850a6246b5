//! The queue of mails: filled in the transactions of the events, worked off by several servers.

use std::time::Duration;

use shared::{
    Timestamp,
    resources::{
        SecurityEventKind::{
            self, AccountLocked, AccountUnlocked, BackupCodesCreated, SignIn, StepUp, TotpRemoved,
            TotpVerified,
        },
        SessionStatus, Strategy,
    },
};
use twofold::{
    ids::EventId,
    store::{NewSession, Occasion, Presented, Proof, QueuedMail, SignInCompletion},
};

use crate::harness::{
    NOW, Person, RULE, TestDatabase, after, at_once, new_codes, new_session, on, token,
};

contract! {
    what_people_should_know_is_queued_and_nothing_else,
    a_sign_in_from_a_browser_that_the_account_does_not_know_is_told,
    a_lock_is_told_unless_the_attempt_that_locked_was_right,
    a_mail_is_taken_by_one_of_many,
    a_mail_that_nobody_finished_is_due_again,
    who_comes_too_late_changes_nothing,
    a_mail_that_is_put_off_waits,
    the_one_that_waited_longest_is_first,
}

/// Longer than any test waits.
const CLAIM: Duration = Duration::from_hours(1_000);
const DAY: u64 = 24 * 3_600;

/// Everything that is due, taken.
async fn due(db: &TestDatabase, now: Timestamp) -> Vec<QueuedMail> {
    let mut mails = Vec::new();
    while let Some(mail) = db.store.claim_mail(now, now.after(CLAIM)).await.unwrap() {
        mails.push(mail);
    }
    mails
}

/// What the mails that are due tell of.
async fn told(db: &TestDatabase, now: Timestamp) -> Vec<(SecurityEventKind, Option<Strategy>)> {
    let mails = due(db, now).await;
    mails
        .iter()
        .map(|mail| (mail.event.kind, mail.event.strategy))
        .collect()
}

/// Somebody with one mail that is due from [`after`]`(1)` on, and the event that it tells of.
async fn one_mail(db: &TestDatabase, email: &str) -> (Person, EventId) {
    let ann = Person::sign_up(&db.store, email).await;
    ann.enable_totp().await;
    assert_eq!(due(db, NOW).await.len(), 1);
    let occasion = on(after(1));
    let kept = db
        .store
        .replace_backup_codes(&ann.id, new_codes(), &occasion);
    assert!(kept.await.unwrap());
    (ann, occasion.event)
}

async fn what_people_should_know_is_queued_and_nothing_else(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let factors = ann.enable_totp_on(after(1), after(2)).await;
    let by_code = ann.step_up(factors.code(0)).await;
    db.store
        .complete_step_up(by_code, RULE, &on(after(3)))
        .await
        .unwrap();
    let by_app = ann.step_up(factors.step(1_001)).await;
    db.store
        .complete_step_up(by_app, RULE, &on(after(4)))
        .await
        .unwrap();
    db.store
        .replace_backup_codes(&ann.id, new_codes(), &on(after(5)))
        .await
        .unwrap();
    db.store
        .remove_totp(&ann.id, &ann.session, &on(after(6)))
        .await
        .unwrap();
    // There is nothing to replace or remove any more.
    db.store
        .replace_backup_codes(&ann.id, new_codes(), &on(after(7)))
        .await
        .unwrap();
    db.store
        .end_session(&ann.id, &ann.session, SessionStatus::Removed, &on(after(8)))
        .await
        .unwrap();
    ann.spend(RULE.attempts).await;
    assert!(db.store.unlock(&ann.id, &on(after(9))).await.unwrap());
    db.store.note_key_rotation(&on(after(10))).await.unwrap();

    let mails = due(&db, after(DAY)).await;
    let told: Vec<_> = mails
        .iter()
        .map(|mail| (mail.event.kind, mail.event.strategy))
        .collect();
    assert_eq!(
        told,
        [
            (TotpVerified, Some(Strategy::Totp)),
            (StepUp, Some(Strategy::BackupCode)),
            (BackupCodesCreated, None),
            (TotpRemoved, None),
            (AccountUnlocked, None),
            // Told ten seconds later.
            (AccountLocked, Some(Strategy::Password)),
        ],
    );
    assert!(mails.iter().all(|mail| mail.to == "ann@example.com"));
    assert!(mails.iter().all(|mail| !mail.new_browser));
    let when: Vec<_> = mails.iter().map(|mail| mail.event.created_at).collect();
    assert_eq!(when[..2], [after(2), after(3)]);
}

async fn a_sign_in_from_a_browser_that_the_account_does_not_know_is_told(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    assert_eq!(due(&db, after(DAY)).await, [], "a sign-up is no sign-in");
    let known = token();
    let sign_in = async |device: Option<_>, proof: Proof, left: bool| {
        let begun = if proof == Proof::Password {
            ann.start_sign_in().await
        } else {
            ann.pass_first_factor().await
        };
        let completion = ann.completion(&begun, proof);
        let session = NewSession {
            device_token_hash: if left { known } else { token() },
            ..new_session(&ann.id, Some(&begun.client_id), NOW)
        };
        let completion = SignInCompletion {
            session,
            ..completion
        };
        let occasion = Occasion {
            device_token: device,
            ..on(after(1))
        };
        let presented = db.store.complete_sign_in(completion, &occasion).await;
        assert_eq!(presented.unwrap(), Presented::Accepted);
        let mails = due(&db, after(1)).await;
        mails
            .into_iter()
            .map(|mail| (mail.event.kind, mail.event.strategy, mail.new_browser))
            .collect::<Vec<_>>()
    };
    let new = [(SignIn, Some(Strategy::Password), true)];
    assert_eq!(sign_in(None, Proof::Password, true).await, new);
    assert_eq!(sign_in(Some(known), Proof::Password, true).await, []);
    assert_eq!(sign_in(Some(token()), Proof::Password, false).await, new);
    let factors = ann.enable_totp().await;
    due(&db, after(1)).await;
    assert_eq!(
        sign_in(None, factors.code(0), false).await,
        [(SignIn, Some(Strategy::BackupCode), true)],
    );
    assert_eq!(
        sign_in(Some(known), factors.code(1), true).await,
        [(SignIn, Some(Strategy::BackupCode), false)],
        "a used code is told wherever it was used",
    );
    assert_eq!(sign_in(Some(known), factors.step(1_001), true).await, []);
}

async fn a_lock_is_told_unless_the_attempt_that_locked_was_right(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let spend = async |occasion: &Occasion| {
        db.store
            .spend_attempt(&ann.id, None, Strategy::Password, RULE, occasion)
            .await
            .unwrap();
    };
    // The tenth attempt is the right password: by itself, and before a code.
    for by_itself in [true, false] {
        ann.spend(9).await;
        let sign_in = ann.start_sign_in().await;
        let last = on(after(1));
        spend(&last).await;
        if by_itself {
            let mut completion = ann.completion(&sign_in, Proof::Password);
            completion.session.device_token_hash = token();
            db.store.complete_sign_in(completion, &last).await.unwrap();
            let told = told(&db, after(DAY)).await;
            assert_eq!(told, [(SignIn, Some(Strategy::Password))]);
        } else {
            let advanced = db
                .store
                .advance_sign_in(&sign_in, &ann.id, None, RULE, &last);
            assert!(advanced.await.unwrap());
            assert_eq!(due(&db, after(DAY)).await, []);
        }
    }
    // The ninth was given back, so this one locks.
    spend(&on(after(2))).await;
    assert_eq!(due(&db, after(11)).await, [], "it may still be right");
    let told = told(&db, after(12)).await;
    assert_eq!(told, [(AccountLocked, Some(Strategy::Password))]);
}

async fn a_mail_is_taken_by_one_of_many(db: TestDatabase) {
    let (_, event) = one_mail(&db, "ann@example.com").await;
    let claims = (0..16).map(|turn| {
        let store = db.server(turn);
        async move { store.claim_mail(after(1), after(61)).await.unwrap() }
    });
    let taken: Vec<_> = at_once(claims).await.into_iter().flatten().collect();
    let [mail] = taken.as_slice() else {
        panic!("{taken:?}")
    };
    assert_eq!((&mail.claim.event, mail.claim.tries), (&event, 1));
    assert!(db.store.finish_mail(&mail.claim).await.unwrap());
    assert_eq!(due(&db, after(DAY)).await, []);
}

async fn a_mail_that_nobody_finished_is_due_again(db: TestDatabase) {
    one_mail(&db, "ann@example.com").await;
    let claim = async |now| {
        db.store
            .claim_mail(now, now.after(Duration::from_mins(1)))
            .await
    };
    let first = claim(after(1)).await.unwrap().unwrap();
    assert_eq!(claim(after(60)).await.unwrap(), None);
    let second = claim(after(61)).await.unwrap().unwrap();
    assert_eq!(second.event, first.event);
    assert_eq!((first.claim.tries, second.claim.tries), (1, 2));
}

async fn who_comes_too_late_changes_nothing(db: TestDatabase) {
    one_mail(&db, "ann@example.com").await;
    let first = db.store.claim_mail(after(1), after(2)).await.unwrap();
    let first = first.unwrap().claim;
    let second = db.store.claim_mail(after(2), after(60)).await.unwrap();
    let second = second.unwrap().claim;
    assert!(!db.store.finish_mail(&first).await.unwrap());
    assert!(!db.store.put_mail_off(&first, after(3)).await.unwrap());
    assert_eq!(due(&db, after(59)).await, []);
    assert!(db.store.finish_mail(&second).await.unwrap());
    assert!(!db.store.finish_mail(&second).await.unwrap());
}

async fn a_mail_that_is_put_off_waits(db: TestDatabase) {
    one_mail(&db, "ann@example.com").await;
    let mail = db.store.claim_mail(after(1), after(DAY)).await.unwrap();
    let claim = mail.unwrap().claim;
    assert!(db.store.put_mail_off(&claim, after(30)).await.unwrap());
    assert_eq!(due(&db, after(29)).await, []);
    let again = due(&db, after(30)).await;
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].claim.tries, 2);
}

async fn the_one_that_waited_longest_is_first(db: TestDatabase) {
    let (ann, first) = one_mail(&db, "ann@example.com").await;
    let second = on(after(2));
    let kept = db.store.replace_backup_codes(&ann.id, new_codes(), &second);
    assert!(kept.await.unwrap());
    let order: Vec<_> = due(&db, after(9))
        .await
        .into_iter()
        .map(|mail| mail.claim.event)
        .collect();
    assert_eq!(order, [first, second.event]);
}
