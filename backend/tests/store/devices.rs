//! Devices that an account knows, and identifiers that no account has.

use std::time::Duration;

use shared::resources::Strategy;
use twofold::store::{Attempt, LockoutRule, Occasion, Presented, Proof, TokenHash};

use crate::harness::{NOW, Person, RULE, TestDatabase, after, at_once, on};

contract! {
    of_200_attempts_at_once_on_a_known_device_as_many_as_the_rule_says_are_admitted,
    a_known_device_and_the_account_have_counts_of_their_own,
    a_success_on_a_known_device_leaves_a_lock_of_the_account,
    a_device_is_known_by_its_newest_token_only,
    of_200_attempts_at_once_on_nobody_as_many_as_the_rule_says_are_admitted,
}

/// The same at a device that shows this token.
fn at(token: TokenHash, occasion: Occasion) -> Occasion {
    Occasion {
        device_token: Some(token),
        ..occasion
    }
}

async fn spend(db: &TestDatabase, ann: &Person, occasion: &Occasion) -> Attempt {
    db.store
        .spend_attempt(&ann.id, None, Strategy::Password, RULE, occasion)
        .await
        .unwrap()
}

/// Signs in by password alone; the token of the device from then on.
async fn sign_in(ann: &Person, occasion: &Occasion) -> TokenHash {
    let sign_in = ann.start_sign_in().await;
    let completion = ann.completion(&sign_in, Proof::Password);
    let token = completion.session.device_token_hash;
    let presented = ann.store.complete_sign_in(completion, occasion).await;
    assert_eq!(presented.unwrap(), Presented::Accepted);
    token
}

async fn of_200_attempts_at_once_on_a_known_device_as_many_as_the_rule_says_are_admitted(
    db: TestDatabase,
) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let device = sign_in(&ann, &on(NOW)).await;
    let outcomes = at_once((0..200).map(|turn| {
        let (store, id) = (db.server(turn), ann.id.clone());
        async move {
            store
                .spend_attempt(&id, None, Strategy::Password, RULE, &at(device, on(NOW)))
                .await
                .unwrap()
        }
    }))
    .await;
    let admitted = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Attempt::Admitted { .. }))
        .count();
    assert_eq!(admitted, 10);
    let record = ann.record().await;
    assert_eq!((record.failed_attempts, record.locked_until), (0, None));
}

async fn a_known_device_and_the_account_have_counts_of_their_own(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let device = sign_in(&ann, &on(NOW)).await;
    ann.spend(9).await;
    assert_eq!(
        spend(&db, &ann, &at(device, on(NOW))).await,
        Attempt::Admitted { spent: 1 }
    );
    assert_eq!(
        spend(&db, &ann, &at([7; 32], on(NOW))).await,
        Attempt::Admitted { spent: 10 },
        "a token that nobody has counts on the account"
    );
    assert_eq!(
        spend(&db, &ann, &at(device, on(NOW))).await,
        Attempt::Admitted { spent: 2 }
    );
}

async fn a_success_on_a_known_device_leaves_a_lock_of_the_account(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let device = sign_in(&ann, &on(NOW)).await;
    ann.spend(9).await;
    let device = sign_in(&ann, &at(device, on(NOW))).await;
    assert_eq!(
        ann.record().await.failed_attempts,
        0,
        "a success ends the row"
    );
    let rule = LockoutRule {
        duration: Duration::from_mins(5),
        ..RULE
    };
    for _ in 0..10 {
        db.store
            .spend_attempt(&ann.id, None, Strategy::Password, rule, &on(NOW))
            .await
            .unwrap();
    }
    spend(&db, &ann, &at(device, on(NOW))).await;
    let device = sign_in(&ann, &at(device, on(NOW))).await;
    let record = ann.record().await;
    assert_eq!(
        (record.failed_attempts, record.locked_until),
        (10, Some(after(300)))
    );
    assert_eq!(
        spend(&db, &ann, &at(device, on(NOW))).await,
        Attempt::Admitted { spent: 1 },
        "its own count began anew"
    );
    sign_in(&ann, &at(device, on(after(300)))).await;
    let record = ann.record().await;
    assert_eq!((record.failed_attempts, record.locked_until), (0, None));
}

async fn a_device_is_known_by_its_newest_token_only(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let old = sign_in(&ann, &on(NOW)).await;
    let new = sign_in(&ann, &at(old, on(NOW))).await;
    ann.spend(10).await;
    assert!(matches!(
        spend(&db, &ann, &at(old, on(NOW))).await,
        Attempt::Locked { .. }
    ));
    assert_eq!(
        spend(&db, &ann, &at(new, on(NOW))).await,
        Attempt::Admitted { spent: 1 }
    );
}

async fn of_200_attempts_at_once_on_nobody_as_many_as_the_rule_says_are_admitted(db: TestDatabase) {
    let outcomes = at_once((0..200).map(|turn| {
        let store = db.server(turn);
        async move {
            store
                .spend_attempt_on_nobody(&[1; 32], RULE, NOW)
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
    let again = db
        .store
        .spend_attempt_on_nobody(&[1; 32], RULE, after(3_600))
        .await;
    assert_eq!(again.unwrap(), Attempt::Admitted { spent: 1 });
}
