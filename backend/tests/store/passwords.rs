//! Replacing a password, also by a code that was sent by mail.

use shared::{
    Timestamp,
    resources::{SecurityEventKind, Strategy},
};
use twofold::store::{
    NewMailedCode, PasswordChange, Presented, Proof, SignInCompletion, SignInRecord, SignInStage,
};

use crate::harness::{NOW, Person, RULE, TestDatabase, after, at_once, count, on};

contract! {
    a_new_password_ends_what_saw_the_old_one,
    a_password_that_was_not_asked_for_gives_no_attempt_back,
    of_many_changes_at_once_one_is_done,
    a_code_is_taken_by_one_of_many_and_the_later_one_counts,
    nobody_is_told_of_a_code_without_a_recipient,
    a_code_is_used_once_and_only_as_it_was_sent,
    a_new_password_is_the_accounts_once_the_sign_in_is_complete,
}

fn change(person: &Person, version: i64, hash: &str) -> PasswordChange {
    PasswordChange {
        user_id: person.id.clone(),
        session_id: person.session.clone(),
        credentials_version: version,
        password_hash: hash.to_owned(),
        checked: true,
    }
}

async fn a_new_password_ends_what_saw_the_old_one(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    ann.sign_in_by(Proof::Password).await;
    assert_eq!(ann.live_sessions().await.len(), 2);
    let waiting = ann.start_sign_in().await;
    let step_up = ann.step_up(Proof::Password).await;
    ann.spend(10).await;
    let before = ann.record().await;

    let stale = change(&ann, before.credentials_version - 1, "$argon2id$new");
    let changed = db.store.change_password(stale, RULE, &on(NOW)).await;
    assert!(!changed.unwrap());
    assert_eq!(ann.record().await, before);

    let new = change(&ann, before.credentials_version, "$argon2id$new");
    let occasion = on(after(1));
    let changed = db.store.change_password(new, RULE, &occasion).await;
    assert!(changed.unwrap());
    let record = ann.record().await;
    assert_eq!(record.password_hash, "$argon2id$new");
    assert_eq!(record.credentials_version, before.credentials_version + 1);
    assert!(record.updated_at > before.updated_at);
    assert_eq!((record.failed_attempts, record.locked_until), (0, None));
    assert_eq!(
        ann.live_sessions().await,
        std::slice::from_ref(&ann.session)
    );

    let events = db.store.events(&ann.id, None, 1).await.unwrap();
    assert_eq!(events[0].kind, SecurityEventKind::PasswordChanged);
    assert_eq!(events[0].strategy, Some(Strategy::Password));
    assert_eq!(events[0].session_id, Some(ann.session.clone()));

    let completion = ann.completion(&waiting, Proof::Password);
    let presented = db.store.complete_sign_in(completion, &on(NOW)).await;
    assert_eq!(presented.unwrap(), Presented::Over);
    let presented = db.store.complete_step_up(step_up, RULE, &on(NOW)).await;
    assert_eq!(presented.unwrap(), Presented::Over);
}

async fn a_password_that_was_not_asked_for_gives_no_attempt_back(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    ann.spend(10).await;
    let before = ann.record().await;
    let change = PasswordChange {
        checked: false,
        ..change(&ann, before.credentials_version, "$argon2id$new")
    };
    let changed = db.store.change_password(change, RULE, &on(after(1))).await;
    assert!(changed.unwrap());
    let record = ann.record().await;
    assert_eq!(
        (record.failed_attempts, record.locked_until),
        (before.failed_attempts, before.locked_until)
    );
    let events = db.store.events(&ann.id, None, 1).await.unwrap();
    assert_eq!(events[0].strategy, None);
}

async fn of_many_changes_at_once_one_is_done(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let version = ann.record().await.credentials_version;
    let changes = (0..8).map(|turn| {
        let (store, change) = (db.server(turn), change(&ann, version, "$argon2id$new"));
        async move { store.change_password(change, RULE, &on(NOW)).await.unwrap() }
    });
    assert_eq!(count(&at_once(changes).await, &true), 1);
    assert_eq!(ann.record().await.credentials_version, version + 1);
}

/// A code for a sign-in, which is due now.
fn code_for(sign_in: &SignInRecord, sealed: &[u8]) -> NewMailedCode {
    NewMailedCode {
        sign_in_id: sign_in.id.clone(),
        recipient: Some("ann@example.com".to_owned()),
        sealed_code: sealed.to_vec(),
        expire_at: after(600),
    }
}

async fn keep(db: &TestDatabase, code: NewMailedCode, now: Timestamp) -> bool {
    db.store.keep_mailed_code(code, now).await.unwrap()
}

async fn accept(db: &TestDatabase, ann: &Person, sign_in: &SignInRecord, sealed: &[u8]) -> bool {
    db.store
        .accept_mailed_code(sign_in, &ann.id, sealed, after(900), RULE, &on(NOW))
        .await
        .unwrap()
}

async fn a_code_is_taken_by_one_of_many_and_the_later_one_counts(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let sign_in = ann.start_sign_in().await;
    assert!(keep(&db, code_for(&sign_in, b"first"), NOW).await);
    let taken = at_once((0..8).map(|turn| {
        let store = db.server(turn);
        async move { store.claim_code(NOW, after(300)).await.unwrap() }
    }))
    .await;
    assert_eq!(count(&taken, &None), 7);
    let first = taken.into_iter().flatten().next().unwrap();
    assert_eq!(
        (first.to.as_str(), &*first.sealed_code),
        ("ann@example.com", &b"first"[..])
    );

    // What comes of the first says nothing of the second.
    assert!(keep(&db, code_for(&sign_in, b"second"), NOW).await);
    assert!(!db.store.finish_code(&first.claim).await.unwrap());
    assert!(
        !db.store
            .put_code_off(&first.claim, after(500))
            .await
            .unwrap()
    );
    let second = db.store.claim_code(NOW, after(300)).await.unwrap().unwrap();
    assert_eq!(&*second.sealed_code, b"second");
    assert!(
        db.store
            .put_code_off(&second.claim, after(5))
            .await
            .unwrap()
    );
    assert_eq!(
        db.store.claim_code(after(4), after(300)).await.unwrap(),
        None
    );
    let again = db
        .store
        .claim_code(after(5), after(300))
        .await
        .unwrap()
        .unwrap();
    assert!(db.store.finish_code(&again.claim).await.unwrap());
    assert_eq!(
        db.store.claim_code(after(599), after(999)).await.unwrap(),
        None
    );
    let kept = db.store.mailed_code(&sign_in.id).await.unwrap().unwrap();
    assert_eq!(
        (&*kept.sealed_code, kept.expire_at),
        (&b"second"[..], after(600))
    );
}

async fn nobody_is_told_of_a_code_without_a_recipient(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let sign_in = ann.start_sign_in().await;
    let code = NewMailedCode {
        recipient: None,
        ..code_for(&sign_in, b"first")
    };
    assert!(keep(&db, code, NOW).await);
    assert_eq!(
        db.store.claim_code(after(599), after(999)).await.unwrap(),
        None
    );
    assert!(db.store.mailed_code(&sign_in.id).await.unwrap().is_some());
}

async fn a_code_is_used_once_and_only_as_it_was_sent(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let sign_in = ann.start_sign_in().await;
    assert!(
        !accept(&db, &ann, &sign_in, b"first").await,
        "there is none"
    );
    assert!(keep(&db, code_for(&sign_in, b"first"), NOW).await);
    assert!(keep(&db, code_for(&sign_in, b"second"), NOW).await);
    ann.spend(10).await;
    let before = ann.record().await;
    assert!(!accept(&db, &ann, &sign_in, b"first").await);
    let other = ann.start_sign_in().await;
    assert!(!accept(&db, &ann, &other, b"second").await);
    let stale = SignInRecord {
        credentials_version: sign_in.credentials_version - 1,
        ..sign_in.clone()
    };
    assert!(!accept(&db, &ann, &stale, b"second").await);
    assert_eq!(ann.record().await, before);

    assert!(accept(&db, &ann, &sign_in, b"second").await);
    let record = ann.record().await;
    assert_eq!((record.failed_attempts, record.locked_until), (9, None));
    let kept = db.store.sign_in(&sign_in.client_id).await.unwrap().unwrap();
    assert_eq!(kept.stage, SignInStage::NeedsNewPassword);
    assert_eq!(
        (kept.first_factor_at, kept.code_expire_at),
        (Some(NOW), None)
    );
    assert_eq!(kept.abandon_at, after(900));
    assert!(!accept(&db, &ann, &sign_in, b"second").await);
    assert!(
        !keep(&db, code_for(&sign_in, b"third"), NOW).await,
        "it asks for something else"
    );
    // What is asked for after the code is no password of before.
    let completion = ann.completion(&sign_in, Proof::Password);
    let presented = db.store.complete_sign_in(completion, &on(NOW)).await;
    assert_eq!(presented.unwrap(), Presented::Over);
}

async fn a_new_password_is_the_accounts_once_the_sign_in_is_complete(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let factors = ann.enable_totp().await;
    let sign_in = ann.start_sign_in().await;
    let kept = db
        .store
        .keep_new_password(&sign_in, "$argon2id$new", NOW)
        .await;
    assert!(!kept.unwrap(), "the code comes first");
    assert!(keep(&db, code_for(&sign_in, b"first"), NOW).await);
    assert!(accept(&db, &ann, &sign_in, b"first").await);
    let kept = db
        .store
        .keep_new_password(&sign_in, "$argon2id$new", after(900))
        .await;
    assert!(!kept.unwrap(), "too late");
    let before = ann.record().await;
    let kept = db
        .store
        .keep_new_password(&sign_in, "$argon2id$new", NOW)
        .await;
    assert!(kept.unwrap());
    assert_eq!(ann.record().await, before);

    let waiting = db.store.sign_in(&sign_in.client_id).await.unwrap().unwrap();
    assert_eq!(waiting.stage, SignInStage::NeedsSecondFactor);
    assert_eq!(waiting.new_password_hash.as_deref(), Some("$argon2id$new"));
    let completion = |proof| SignInCompletion {
        new_password: waiting.new_password_hash.clone(),
        ..ann.completion(&waiting, proof)
    };
    let used = completion(factors.step(1_000));
    let presented = db.store.complete_sign_in(used, &on(NOW)).await;
    assert_eq!(presented.unwrap(), Presented::AlreadyUsed);
    assert_eq!(ann.record().await, before);

    let right = completion(factors.step(1_001));
    let session = right.session.id.clone();
    let presented = db.store.complete_sign_in(right, &on(after(1))).await;
    assert_eq!(presented.unwrap(), Presented::Accepted);
    let record = ann.record().await;
    assert_eq!(record.password_hash, "$argon2id$new");
    assert_eq!(record.credentials_version, before.credentials_version + 1);
    assert_eq!(ann.live_sessions().await, [session]);
    let events = db.store.events(&ann.id, None, 1).await.unwrap();
    assert_eq!(events[0].kind, SecurityEventKind::PasswordReset);
    assert_eq!(events[0].strategy, Some(Strategy::Totp));

    // The next sign-in of that client knows nothing of it.
    let next = ann.start_sign_in_on(&sign_in.client_id).await;
    assert_eq!(db.store.sign_in(&next.client_id).await.unwrap(), Some(next));
}
