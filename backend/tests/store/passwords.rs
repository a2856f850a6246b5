//! Replacing a password.

use shared::resources::{SecurityEventKind, Strategy};
use twofold::store::{PasswordChange, Presented, Proof};

use crate::harness::{NOW, Person, RULE, TestDatabase, after, at_once, count, on};

contract! {
    a_new_password_ends_what_saw_the_old_one,
    a_password_that_was_not_asked_for_gives_no_attempt_back,
    of_many_changes_at_once_one_is_done,
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
    assert_eq!(ann.live_sessions().await, [ann.session.clone()]);

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
