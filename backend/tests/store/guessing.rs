//! Attempts and locks.

use shared::resources::Strategy;
use twofold::{
    ids::UserId,
    store::{Attempt, LockoutRule, Proof, StoreError},
};

use crate::harness::{NOW, Person, RANDOM, RULE, TestDatabase, after, at_once, on};

contract! {
    of_200_attempts_at_once_as_many_as_the_rule_says_are_admitted,
    a_lock_that_has_run_out_starts_the_count_again,
    a_lock_ends_all_sessions_but_the_one_that_it_was_brought_about_in,
    an_attempt_of_nobody_fails,
    the_attempt_of_a_right_password_is_given_back_and_no_other,
    the_lock_that_a_right_password_caused_is_undone,
    a_sign_in_resets_the_attempts,
}

async fn of_200_attempts_at_once_as_many_as_the_rule_says_are_admitted(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let outcomes = at_once((0..200).map(|turn| {
        let (store, id) = (db.server(turn), ann.id.clone());
        async move {
            store
                .spend_attempt(&id, None, Strategy::Password, RULE, &on(NOW))
                .await
                .unwrap()
        }
    }))
    .await;

    let mut admitted = Vec::new();
    for outcome in outcomes {
        match outcome {
            Attempt::Admitted { spent } => admitted.push(spent),
            Attempt::Locked { until } => assert_eq!(until, after(3_600)),
        }
    }
    admitted.sort_unstable();
    assert_eq!(admitted, (1..=10).collect::<Vec<_>>());
    let record = ann.record().await;
    assert_eq!(
        (record.failed_attempts, record.locked_until),
        (10, Some(after(3_600)))
    );
}

async fn a_lock_that_has_run_out_starts_the_count_again(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    ann.spend(10).await;
    let spend = async |at| {
        db.store
            .spend_attempt(&ann.id, None, Strategy::Password, RULE, &on(at))
            .await
            .unwrap()
    };
    assert_eq!(
        spend(after(3_599)).await,
        Attempt::Locked {
            until: after(3_600)
        }
    );
    assert_eq!(spend(after(3_600)).await, Attempt::Admitted { spent: 1 });
    assert_eq!(ann.record().await.locked_until, None);
    assert_eq!(spend(after(3_600)).await, Attempt::Admitted { spent: 2 });

    // A limit of one: what runs out locks again at once.
    let rule = LockoutRule {
        attempts: 1,
        ..RULE
    };
    let outcome = db
        .store
        .spend_attempt(&ann.id, None, Strategy::Password, rule, &on(after(3_601)))
        .await
        .unwrap();
    assert_eq!(outcome, Attempt::Admitted { spent: 3 });
    assert_eq!(ann.record().await.locked_until, Some(after(7_201)));
}

async fn a_lock_ends_all_sessions_but_the_one_that_it_was_brought_about_in(db: TestDatabase) {
    for kept in [true, false] {
        let ann = Person::sign_up(&db.store, &format!("ann.{kept}@example.com")).await;
        let ben = Person::sign_up(&db.store, &format!("ben.{kept}@example.com")).await;
        ann.sign_in_by(Proof::Password).await;
        ann.spend(9).await;
        assert_eq!(ann.live_sessions().await.len(), 2);
        db.store
            .spend_attempt(
                &ann.id,
                kept.then_some(&ann.session),
                Strategy::Password,
                RULE,
                &on(NOW),
            )
            .await
            .unwrap();
        let client = db.store.client_by_token(&ann.token).await.unwrap().unwrap();
        if kept {
            assert_eq!(
                ann.live_sessions().await,
                std::slice::from_ref(&ann.session)
            );
            assert_eq!(client.last_active_session_id, Some(ann.session));
        } else {
            assert!(ann.live_sessions().await.is_empty());
            assert_eq!(client.last_active_session_id, None);
        }
        assert_eq!(ben.live_sessions().await.len(), 1);
    }
}

async fn an_attempt_of_nobody_fails(db: TestDatabase) {
    let nobody = UserId::generate(RANDOM);
    let failed = db
        .store
        .spend_attempt(&nobody, None, Strategy::Password, RULE, &on(NOW))
        .await;
    assert!(matches!(failed, Err(StoreError::Other(_))), "{failed:?}");
}

async fn the_attempt_of_a_right_password_is_given_back_and_no_other(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    ann.enable_totp().await;
    ann.spend(4).await;
    ann.pass_first_factor().await;
    assert_eq!(ann.record().await.failed_attempts, 3);
}

async fn the_lock_that_a_right_password_caused_is_undone(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    ann.enable_totp().await;
    ann.spend(10).await;
    assert!(ann.record().await.locked_until.is_some());
    ann.pass_first_factor().await;
    let record = ann.record().await;
    assert_eq!((record.failed_attempts, record.locked_until), (9, None));
    // The tenth wrong one locks again: nothing was gained.
    ann.spend(1).await;
    assert!(ann.record().await.locked_until.is_some());
}

async fn a_sign_in_resets_the_attempts(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    ann.spend(10).await;
    ann.sign_in_by(Proof::Password).await;
    let record = ann.record().await;
    assert_eq!((record.failed_attempts, record.locked_until), (0, None));
}
