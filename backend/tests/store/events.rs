//! What happened to accounts: one event a change, in the transaction of the change.

use shared::resources::{
    SecurityEventKind::{
        self, AccountLocked, AccountUnlocked, AttemptFailed, BackupCodesCreated, SessionEnded,
        SettingsChanged, SignIn, SignUp, StepUp, TotpCreated, TotpRemoved, TotpVerified,
    },
    SessionStatus, Strategy,
};
use twofold::store::{Device, Occasion, Presented, Proof, SettingsChange};

use crate::harness::{NOW, Person, RULE, TestDatabase, after, new_codes, on};

contract! {
    every_change_is_noted_newest_first,
    a_success_takes_the_place_of_the_attempt_that_it_was,
    a_password_that_only_opens_the_second_stage_is_no_failure,
    what_did_not_happen_is_not_noted,
    an_event_tells_when_and_from_where,
    a_list_goes_on_where_the_last_one_ended,
    a_lock_that_is_lifted_is_noted,
    a_rotation_of_keys_happens_to_nobody,
}

/// The kinds of a person's events, oldest first.
async fn kinds(person: &Person) -> Vec<(SecurityEventKind, Option<Strategy>)> {
    let events = person.store.events(&person.id, None, 100).await.unwrap();
    let mut kinds: Vec<_> = events
        .iter()
        .map(|event| (event.kind, event.strategy))
        .collect();
    kinds.reverse();
    kinds
}

async fn every_change_is_noted_newest_first(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let bob = Person::sign_up(&db.store, "bob@example.com").await;
    let factors = ann.enable_totp_on(after(1), after(2)).await;
    let step_up = ann.step_up(factors.code(0)).await;
    db.store
        .complete_step_up(step_up, RULE, &on(after(3)))
        .await
        .unwrap();
    let codes = new_codes();
    db.store
        .replace_backup_codes(&ann.id, codes, &on(after(4)))
        .await
        .unwrap();
    let off = SettingsChange {
        backup_code: Some(false),
        ..SettingsChange::default()
    };
    db.store
        .change_settings(off, &ann.id, &on(after(5)))
        .await
        .unwrap();
    db.store
        .remove_totp(&ann.id, &ann.session, &on(after(6)))
        .await
        .unwrap();
    let removed = SessionStatus::Removed;
    db.store
        .end_session(&ann.id, &ann.session, removed, &on(after(7)))
        .await
        .unwrap();
    db.store
        .end_client_sessions(&bob.client, &on(after(8)))
        .await
        .unwrap();
    assert_eq!(
        kinds(&ann).await,
        [
            (SignUp, None),
            (TotpCreated, None),
            (TotpVerified, Some(Strategy::Totp)),
            (StepUp, Some(Strategy::BackupCode)),
            (BackupCodesCreated, None),
            (SettingsChanged, None),
            (TotpRemoved, None),
            (SessionEnded, None),
        ],
    );
    assert_eq!(kinds(&bob).await, [(SignUp, None), (SessionEnded, None)]);
}

async fn a_success_takes_the_place_of_the_attempt_that_it_was(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let sign_in = ann.start_sign_in().await;
    let spend = async |occasion: &Occasion| {
        let by = Strategy::Password;
        db.store
            .spend_attempt(&ann.id, None, by, RULE, occasion)
            .await
            .unwrap();
    };
    for n in 1..10 {
        spend(&on(after(n))).await;
    }
    let last = on(after(10));
    spend(&last).await;
    let failed = (AttemptFailed, Some(Strategy::Password));
    let mut expected = vec![(SignUp, None)];
    expected.extend([failed; 9]);
    expected.push((AccountLocked, Some(Strategy::Password)));
    assert_eq!(kinds(&ann).await, expected);

    let completion = ann.completion(&sign_in, Proof::Password);
    let presented = db.store.complete_sign_in(completion, &last).await.unwrap();
    assert_eq!(presented, Presented::Accepted);
    expected.pop();
    expected.push((SignIn, Some(Strategy::Password)));
    assert_eq!(kinds(&ann).await, expected);
}

async fn a_password_that_only_opens_the_second_stage_is_no_failure(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let sign_in = ann.start_sign_in().await;
    let occasion = on(after(1));
    let by = Strategy::Password;
    db.store
        .spend_attempt(&ann.id, None, by, RULE, &occasion)
        .await
        .unwrap();
    let advanced = db
        .store
        .advance_sign_in(&sign_in, &ann.id, None, RULE, &occasion);
    assert!(advanced.await.unwrap());
    assert_eq!(kinds(&ann).await, [(SignUp, None)]);
}

async fn what_did_not_happen_is_not_noted(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let bob = Person::sign_up(&db.store, "bob@example.com").await;
    assert!(
        !db.store
            .replace_backup_codes(&ann.id, new_codes(), &on(NOW))
            .await
            .unwrap()
    );
    db.store
        .remove_totp(&ann.id, &ann.session, &on(NOW))
        .await
        .unwrap();
    let ended = SessionStatus::Ended;
    assert!(
        !db.store
            .end_session(&ann.id, &bob.session, ended, &on(NOW))
            .await
            .unwrap()
    );
    let impossible = SettingsChange {
        authenticator_app: Some(false),
        required: Some(true),
        ..SettingsChange::default()
    };
    let refused = db
        .store
        .change_settings(impossible, &ann.id, &on(NOW))
        .await
        .unwrap();
    assert_eq!(refused, None);
    let sign_in = ann.start_sign_in().await;
    let late = ann.completion(&sign_in, Proof::Password);
    db.store
        .complete_sign_in(late, &on(after(600)))
        .await
        .unwrap();
    assert_eq!(kinds(&ann).await, [(SignUp, None)]);
}

async fn an_event_tells_when_and_from_where(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let occasion = on(after(9));
    let removed = SessionStatus::Removed;
    db.store
        .end_session(&ann.id, &ann.session, removed, &occasion)
        .await
        .unwrap();
    let events = db.store.events(&ann.id, None, 1).await.unwrap();
    let [event] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(event.id, occasion.event);
    assert_eq!(event.created_at, after(9));
    assert_eq!(event.session_id.as_ref(), Some(&ann.session));
    let device = Device {
        ip_address: Some("192.0.2.1".to_owned()),
        user_agent: Some("Browser/1.0".to_owned()),
    };
    assert_eq!(event.device, device);
}

async fn a_list_goes_on_where_the_last_one_ended(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let bob = Person::sign_up(&db.store, "bob@example.com").await;
    // Several in one millisecond: their order does not matter, but none may be left out.
    ann.spend(6).await;
    let all = db.store.events(&ann.id, None, 100).await.unwrap();
    assert_eq!(all.len(), 7);
    let mut listed = db.store.events(&ann.id, None, 3).await.unwrap();
    while let Some(last) = listed.last().map(|event| event.id.clone()) {
        let more = db.store.events(&ann.id, Some(&last), 3).await.unwrap();
        if more.is_empty() {
            break;
        }
        listed.extend(more);
    }
    assert_eq!(listed, all);
    let theirs = db.store.events(&bob.id, None, 1).await.unwrap();
    let before_theirs = db
        .store
        .events(&ann.id, Some(&theirs[0].id), 3)
        .await
        .unwrap();
    assert_eq!(before_theirs, []);
}

async fn a_lock_that_is_lifted_is_noted(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    ann.spend(9).await;
    assert!(!db.store.unlock(&ann.id, &on(NOW)).await.unwrap());
    ann.spend(1).await;
    assert!(db.store.unlock(&ann.id, &on(after(1))).await.unwrap());
    let events = kinds(&ann).await;
    assert_eq!(events.last(), Some(&(AccountUnlocked, None)));
    assert_eq!(events.len(), 12);
}

async fn a_rotation_of_keys_happens_to_nobody(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    db.store.note_key_rotation(&on(after(1))).await.unwrap();
    assert_eq!(kinds(&ann).await, [(SignUp, None)]);
}
