//! The keys that sign session tokens.

use shared::Timestamp;
use twofold::store::{NewSigningKey, SigningKeyRecord};

use crate::harness::{NOW, TestDatabase, after, at_once};

contract! {
    signing_keys_are_kept_newest_first_and_old_ones_go,
    of_two_keys_of_one_generation_the_first_is_kept,
    of_20_servers_that_make_a_key_at_once_one_does,
}

fn key(id: &str, generation: i64) -> NewSigningKey {
    NewSigningKey {
        id: id.to_owned().into(),
        generation,
        sealed_key: id.as_bytes().to_vec(),
        signs_from: after(60),
    }
}

fn kept(id: &str, generation: i64, created_at: Timestamp) -> SigningKeyRecord {
    SigningKeyRecord {
        id: id.to_owned().into(),
        generation,
        sealed_key: id.as_bytes().to_vec(),
        signs_from: after(60),
        created_at,
    }
}

async fn signing_keys_are_kept_newest_first_and_old_ones_go(db: TestDatabase) {
    assert_eq!(db.store.signing_keys().await.unwrap(), []);
    for generation in 1..4 {
        let key = key(&format!("key {generation}"), generation);
        assert!(db.store.create_signing_key(key, NOW).await.unwrap());
    }
    assert_eq!(
        db.store.signing_keys().await.unwrap(),
        [kept("key 3", 3, NOW), kept("key 2", 2, NOW)],
    );
}

async fn of_two_keys_of_one_generation_the_first_is_kept(db: TestDatabase) {
    let create = |key| db.store.create_signing_key(key, NOW);
    assert!(create(key("first", 1)).await.unwrap());
    assert!(!create(key("second", 1)).await.unwrap());
    let first = kept("first", 1, NOW);
    assert_eq!(db.store.signing_keys().await.unwrap(), [first]);
}

async fn of_20_servers_that_make_a_key_at_once_one_does(db: TestDatabase) {
    let made = at_once((0..20).map(|n| {
        let server = db.server(n);
        async move {
            let key = key(&format!("key of {n}"), 1);
            server.create_signing_key(key, NOW).await.unwrap()
        }
    }))
    .await;
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
    assert_eq!(db.store.signing_keys().await.unwrap().len(), 1);
}
