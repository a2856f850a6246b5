//! What is over goes, in small steps; what is of use stays.

use std::{sync::Arc, time::Duration};

use shared::{
    Timestamp,
    resources::{SessionStatus, Strategy},
};
use sqlx::{Connection, PgConnection};
use twofold::{
    cleaning::Cleaner,
    clock::Manual,
    config::Config,
    ids::ClientId,
    metrics::Metrics,
    random::OperatingSystem,
    store::{
        Attempt,
        Expired::{
            self, Clients, Events, KnownDevices, MailedCodes, Sessions, SignIns, SignUps, StepUps,
            UnknownIdentifiers, UnverifiedTotps,
        },
        NewMailedCode, Proof, REMOVED_AT_ONCE, open,
    },
};

use crate::{
    harness::{
        NOW, Person, PostgresDatabase, RANDOM, RULE, TestDatabase, after, at_once, on, token,
    },
    sign_ups,
};

contract! {
    a_row_goes_when_it_is_over_and_not_before,
    a_client_goes_when_nothing_hangs_on_it,
    a_verified_authenticator_app_stays,
    a_step_takes_no_more_than_it_may_and_says_how_many,
    servers_that_clean_up_at_once_take_each_row_once,
    a_server_cleans_up_what_is_over_and_nothing_that_is_of_use,
    events_stay_unless_a_retention_is_set,
}

const DAY: u64 = 24 * 60 * 60;

fn a_moment_later(time: Timestamp) -> Timestamp {
    time.after(Duration::from_millis(1))
}

impl TestDatabase {
    async fn remove_expired(&self, what: Expired, before: Timestamp) -> u64 {
        self.store.remove_expired(what, before).await.unwrap()
    }

    fn cleaner(&self, now: Timestamp, config: &Config) -> Cleaner {
        Cleaner::new(
            self.store.clone(),
            Arc::new(Manual::new(now)),
            Arc::new(OperatingSystem),
            Arc::new(Metrics::new(now)),
            config,
        )
    }
}

async fn a_row_goes_when_it_is_over_and_not_before(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    ann.step_up(Proof::Password).await;
    let sign_in = ann.start_sign_in().await;
    let code = NewMailedCode {
        sign_in_id: sign_in.id,
        recipient: None,
        sealed_code: b"sealed".to_vec(),
        expire_at: after(600),
    };
    assert!(db.store.keep_mailed_code(code, NOW).await.unwrap());
    sign_ups::start(&db, "bob@example.com").await;
    ann.create_totp().await;
    db.store
        .spend_attempt_on_nobody(&[1; 32], RULE, NOW)
        .await
        .unwrap();
    // Step-ups go with their session, so theirs comes first.
    for (what, over_at) in [
        (StepUps, after(600)),
        (SignIns, after(600)),
        (SignUps, after(600)),
        (MailedCodes, after(600)),
        (UnverifiedTotps, NOW),
        (UnknownIdentifiers, NOW),
        (KnownDevices, NOW),
        (Events, NOW),
        (Sessions, after(7 * DAY)),
    ] {
        assert_eq!(db.remove_expired(what, over_at).await, 0, "{what:?}");
        let removed = db.remove_expired(what, a_moment_later(over_at)).await;
        assert!(removed > 0, "{what:?}");
        let again = db.remove_expired(what, a_moment_later(over_at)).await;
        assert_eq!(again, 0, "{what:?}");
    }
    assert_eq!(db.store.totp(&ann.id).await.unwrap(), None);
    assert!(db.store.events(&ann.id, None, 9).await.unwrap().is_empty());
    let again = db
        .store
        .spend_attempt_on_nobody(&[1; 32], RULE, NOW)
        .await
        .unwrap();
    assert_eq!(again, Attempt::Admitted { spent: 1 });
}

async fn a_client_goes_when_nothing_hangs_on_it(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let begun = ann.start_sign_in().await;
    let waiting = sign_ups::start(&db, "bob@example.com").await;
    let (idle, idle_token) = (ClientId::generate(RANDOM), token());
    db.store
        .create_client(&idle, &idle_token, NOW)
        .await
        .unwrap();
    let long_after = after(90 * DAY);

    assert_eq!(db.remove_expired(Clients, NOW).await, 0);
    assert_eq!(db.remove_expired(Clients, long_after).await, 1);
    let gone = db.store.client_by_token(&idle_token).await.unwrap();
    assert_eq!(gone, None);
    assert!(db.store.sign_in(&begun.client_id).await.unwrap().is_some());
    let sign_up = db.store.waiting_sign_up(&waiting.client_id).await.unwrap();
    assert_eq!(sign_up, Some(waiting));
    assert_eq!(ann.live_sessions().await.len(), 1);

    for what in [SignIns, SignUps] {
        assert_eq!(db.remove_expired(what, long_after).await, 1);
        assert_eq!(db.remove_expired(Clients, long_after).await, 1);
    }
    assert_eq!(db.remove_expired(Sessions, long_after).await, 1);
    assert_eq!(db.remove_expired(Clients, long_after).await, 1);
    let gone = db.store.client_by_token(&ann.token).await.unwrap();
    assert_eq!(gone, None);
}

async fn a_verified_authenticator_app_stays(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    ann.enable_totp().await;
    assert_eq!(db.remove_expired(UnverifiedTotps, after(DAY)).await, 0);
    assert!(db.store.totp(&ann.id).await.unwrap().is_some());
}

/// So many clients of nobody.
async fn make_clients(db: &TestDatabase, count: u64) {
    for _ in 0..count {
        db.store
            .create_client(&ClientId::generate(RANDOM), &token(), NOW)
            .await
            .unwrap();
    }
}

async fn a_step_takes_no_more_than_it_may_and_says_how_many(db: TestDatabase) {
    make_clients(&db, REMOVED_AT_ONCE + 1).await;
    let removed = db.remove_expired(Clients, after(1)).await;
    assert_eq!(removed, REMOVED_AT_ONCE);
    assert_eq!(db.remove_expired(Clients, after(1)).await, 1);
    assert_eq!(db.remove_expired(Clients, after(1)).await, 0);
}

async fn servers_that_clean_up_at_once_take_each_row_once(db: TestDatabase) {
    let clients = 3 * REMOVED_AT_ONCE / 2;
    make_clients(&db, clients).await;
    let removed = at_once((0..8).map(|turn| {
        let store = db.server(turn);
        async move { store.remove_expired(Clients, after(1)).await.unwrap() }
    }))
    .await;
    // Whoever found all rows locked took none, and comes again.
    let mut total: u64 = removed.iter().sum();
    while let removed @ 1.. = db.remove_expired(Clients, after(1)).await {
        total += removed;
    }
    assert_eq!(total, clients);
}

async fn a_server_cleans_up_what_is_over_and_nothing_that_is_of_use(db: TestDatabase) {
    let config = Config::default();
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    ann.start_sign_in().await;
    ann.create_totp().await;
    assert!(!db.cleaner(after(DAY), &config).step().await.unwrap());
    assert_eq!(ann.live_sessions().await.len(), 1);
    assert!(db.store.totp(&ann.id).await.unwrap().is_some());
    let known = db.store.client_by_token(&ann.token).await.unwrap();
    assert!(known.is_some());

    // Ended or not, a session goes a day after it would have been over; its client a day later.
    db.store
        .end_session(&ann.id, &ann.session, SessionStatus::Ended, &on(NOW))
        .await
        .unwrap();
    db.cleaner(after(8 * DAY + 1), &config)
        .step()
        .await
        .unwrap();
    assert_eq!(db.store.totp(&ann.id).await.unwrap(), None);
    assert_eq!(db.remove_expired(Sessions, after(99 * DAY)).await, 0);
    assert_eq!(db.remove_expired(SignIns, after(99 * DAY)).await, 0);
    let known = db.store.client_by_token(&ann.token).await.unwrap();
    assert!(known.is_some());
    db.cleaner(after(9 * DAY + 1), &config)
        .step()
        .await
        .unwrap();
    let known = db.store.client_by_token(&ann.token).await.unwrap();
    assert_eq!(known, None);
    assert!(db.store.user(&ann.id).await.unwrap().is_some());

    make_clients(&db, REMOVED_AT_ONCE).await;
    let cleaner = db.cleaner(after(9 * DAY + 1), &config);
    assert!(cleaner.step().await.unwrap(), "more may be over");
    assert!(!cleaner.step().await.unwrap());
}

async fn events_stay_unless_a_retention_is_set(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let locked_at = on(after(DAY));
    ann.store
        .spend_attempt(&ann.id, None, Strategy::Password, RULE, &locked_at)
        .await
        .unwrap();
    let events = async || db.store.events(&ann.id, None, 9).await.unwrap().len();
    let kept = Config::default();
    db.cleaner(after(9_000 * DAY), &kept).step().await.unwrap();
    assert_eq!(events().await, 2);
    let pruned = Config {
        events_retention: Some("7d".parse().unwrap()),
        ..Config::default()
    };
    db.cleaner(after(8 * DAY), &pruned).step().await.unwrap();
    assert_eq!(events().await, 1, "the older one is gone");
    db.cleaner(after(9 * DAY), &pruned).step().await.unwrap();
    assert_eq!(events().await, 0);
}

#[tokio::test]
async fn in_postgres_a_row_that_somebody_changes_is_left_and_nobody_waits() {
    let database = PostgresDatabase::create().await;
    let store = open(&database.url()).await.unwrap();
    let ann = Person::sign_up(&store, "ann@example.com").await;
    Person::sign_up(&store, "bob@example.com").await;
    let mut other = PgConnection::connect(&database.url()).await.unwrap();
    let mut change = other.begin().await.unwrap();
    sqlx::query("UPDATE sessions SET last_active_at = last_active_at WHERE user_id = $1")
        .bind(ann.id.as_str())
        .execute(&mut *change)
        .await
        .unwrap();
    let long_after = after(90 * DAY);
    assert_eq!(store.remove_expired(Sessions, long_after).await.unwrap(), 1);
    change.commit().await.unwrap();
    assert_eq!(store.remove_expired(Sessions, long_after).await.unwrap(), 1);
    other.close().await.unwrap();
    store.close().await;
    database.remove().await;
}
