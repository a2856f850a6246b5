//! From older encryption keys to the newest, and which are still needed.

use std::{
    pin::pin,
    sync::{Arc, Mutex},
    task::Poll,
};

use twofold::{
    domain::key_rotation::{KeyNeed, Rotation, needs, rotate},
    ids::{SigningKeyId, TotpId},
    random::OperatingSystem,
    store::{NewSigningKey, NewTotp, Resealing, Sealed, TotpRecord},
    vault::{Keyring, SigningKey, Vault},
};

use crate::harness::{NOW, Person, RANDOM, TestDatabase, at_once, on};

contract! {
    every_secret_is_sealed_anew_and_opens_without_the_old_key,
    a_rotation_stopped_after_any_batch_goes_on,
    a_row_that_changed_in_between_is_never_overwritten,
    a_row_that_appears_under_the_old_key_meanwhile_is_taken_too,
    two_rotations_at_once_leave_every_secret_whole,
    a_set_of_backup_codes_keeps_its_key_and_that_is_told,
    a_damaged_row_holds_up_no_other_and_stays_as_it_is,
    a_key_that_is_missing_is_found_among_many_rows,
    nothing_is_noted_where_nothing_is_to_be_done,
}

/// Rows of a batch.
const BATCH: u32 = 4;
const OLD: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const NEW: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

fn vault(keys: &str) -> Vault {
    Vault::new(Keyring::parse(keys).unwrap(), Arc::new(OperatingSystem))
}

fn old() -> Vault {
    vault(OLD)
}

fn both() -> Vault {
    vault(&format!("{NEW},{OLD}"))
}

async fn needs_of(db: &TestDatabase, vault: &Vault) -> Vec<KeyNeed> {
    needs(&*db.store, &vault.key_ids()).await.unwrap()
}

/// An authenticator app of a new person, sealed by that vault: the person, and the secret.
async fn enrolled(db: &TestDatabase, vault: &Vault, n: usize) -> (Person, Vec<u8>) {
    let person = Person::sign_up(&db.store, &format!("user{n}@example.com")).await;
    let secret = enrol(db, vault, &person).await;
    (person, secret)
}

async fn enrol(db: &TestDatabase, vault: &Vault, person: &Person) -> Vec<u8> {
    let secret = vault.new_totp_secret();
    let id = TotpId::generate(RANDOM);
    let totp = NewTotp {
        sealed_secret: vault.seal_totp_secret(&secret, &person.id, &id),
        id,
        user_id: person.id.clone(),
    };
    assert!(db.store.create_totp(totp, &on(NOW)).await.unwrap());
    secret.as_bytes().to_vec()
}

/// The harness knows no keys: what it calls sealed becomes so.
async fn sealed_by(db: &TestDatabase, vault: &Vault, person: &Person) {
    let totp = totp_of(db, person).await;
    let resealing = Resealing {
        to: vault.seal_totp_secret(&vault.new_totp_secret(), &person.id, &totp.id),
        sealed: Sealed::TotpSecret(totp.id),
        from: totp.sealed_secret,
    };
    assert_eq!(db.store.reseal(&[resealing]).await.unwrap(), 1);
}

async fn totp_of(db: &TestDatabase, person: &Person) -> TotpRecord {
    db.store.totp(&person.id).await.unwrap().unwrap()
}

async fn opens(db: &TestDatabase, vault: &Vault, person: &Person) -> Vec<u8> {
    let secret = vault.open_totp_secret(&totp_of(db, person).await).unwrap();
    secret.as_bytes().to_vec()
}

async fn rotated(db: &TestDatabase) -> Rotation {
    rotate(&*db.store, &both(), &on(NOW), BATCH, |_, _| ())
        .await
        .unwrap()
}

/// So many people that a rotation takes more than two batches.
async fn many(db: &TestDatabase) -> Vec<(Person, Vec<u8>)> {
    let mut people = Vec::new();
    for n in 0..usize::try_from(BATCH).unwrap() * 2 + 3 {
        people.push(enrolled(db, &old(), n).await);
    }
    people
}

async fn all_open_with_the_new_key_alone(db: &TestDatabase, people: &[(Person, Vec<u8>)]) {
    for (person, secret) in people {
        assert_eq!(opens(db, &vault(NEW), person).await, *secret);
    }
}

async fn every_secret_is_sealed_anew_and_opens_without_the_old_key(db: TestDatabase) {
    let people = many(&db).await;
    let signing_key = SigningKey::generate().unwrap();
    let new = NewSigningKey {
        id: signing_key.id().clone(),
        generation: 1,
        sealed_key: old().seal_signing_key(&signing_key),
        signs_from: NOW,
    };
    db.store.create_signing_key(new, NOW).await.unwrap();
    let before = totp_of(&db, &people[0].0).await;

    let told = Mutex::new(Vec::new());
    let (vault_of_both, occasion) = (both(), on(NOW));
    let rotation = rotate(&*db.store, &vault_of_both, &occasion, BATCH, |done, of| {
        told.lock().unwrap().push((done, of));
    });
    let all = people.len() as u64 + 1;
    assert_eq!(
        rotation.await.unwrap(),
        Rotation {
            resealed: all,
            damaged: Vec::new()
        }
    );
    let batch = u64::from(BATCH);
    assert_eq!(
        *told.lock().unwrap(),
        [1, 1 + batch, 1 + 2 * batch, all].map(|done| (done, all)),
        "in batches"
    );
    all_open_with_the_new_key_alone(&db, &people).await;
    let record = db.store.signing_keys().await.unwrap().remove(0);
    assert_eq!(
        vault(NEW).open_signing_key(&record).unwrap().id(),
        signing_key.id()
    );
    let after = totp_of(&db, &people[0].0).await;
    assert_eq!(
        TotpRecord {
            sealed_secret: before.sealed_secret.clone(),
            ..after
        },
        before,
        "nothing else changes"
    );
    let needs = needs_of(&db, &both()).await;
    assert!(needs[0].is_needed() && !needs[1].is_needed(), "{needs:?}");
}

/// What a kill leaves: the batches that were committed, and no more.
async fn a_rotation_stopped_after_any_batch_goes_on(db: TestDatabase) {
    let people = many(&db).await;
    let vault = both();
    {
        let stopped = Mutex::new(false);
        let occasion = on(NOW);
        let mut rotation = pin!(rotate(&*db.store, &vault, &occasion, BATCH, |done, _| {
            *stopped.lock().unwrap() = done > 0;
        }));
        std::future::poll_fn(|context| {
            if *stopped.lock().unwrap() {
                return Poll::Ready(());
            }
            assert!(rotation.as_mut().poll(context).is_pending(), "in one poll");
            if *stopped.lock().unwrap() {
                return Poll::Ready(());
            }
            Poll::Pending
        })
        .await;
    }
    let needs = needs_of(&db, &vault).await;
    assert!(
        needs[0].totp_secrets > 0 && needs[1].totp_secrets > 0,
        "both keys are in use: {needs:?}"
    );
    for (person, secret) in &people {
        assert_eq!(opens(&db, &vault, person).await, *secret, "in between");
    }
    assert_eq!(rotated(&db).await.resealed, needs[1].totp_secrets);
    all_open_with_the_new_key_alone(&db, &people).await;
}

async fn a_row_that_changed_in_between_is_never_overwritten(db: TestDatabase) {
    let (ann, _) = enrolled(&db, &old(), 0).await;
    let read = totp_of(&db, &ann).await;
    let stale = Resealing {
        sealed: Sealed::TotpSecret(read.id.clone()),
        from: read.sealed_secret.clone(),
        to: both().reseal_totp_secret(&read).unwrap(),
    };
    assert_eq!(
        db.store.reseal(std::slice::from_ref(&stale)).await.unwrap(),
        1
    );
    let first = totp_of(&db, &ann).await;
    assert_eq!(first.sealed_secret, stale.to);
    let again = Resealing {
        to: b"another".to_vec(),
        ..stale.clone()
    };
    assert_eq!(db.store.reseal(&[again]).await.unwrap(), 0, "sealed anew");
    assert_eq!(totp_of(&db, &ann).await, first);

    let secret = enrol(&db, &old(), &ann).await;
    let nobody = Resealing {
        sealed: Sealed::SigningKey(SigningKeyId::from("none".to_owned())),
        ..stale.clone()
    };
    let resealed = db.store.reseal(&[stale, nobody]).await.unwrap();
    assert_eq!(resealed, 0, "another authenticator app by now");
    assert_eq!(opens(&db, &old(), &ann).await, secret);
}

/// As of a server that has not been started with the new key yet.
async fn a_row_that_appears_under_the_old_key_meanwhile_is_taken_too(db: TestDatabase) {
    let (ann, _) = enrolled(&db, &old(), 0).await;
    let anew = async {
        let mut secret = Vec::new();
        for _ in 0..20 {
            secret = enrol(&db, &old(), &ann).await;
        }
        secret
    };
    let rotations = async {
        for _ in 0..20 {
            rotated(&db).await;
        }
    };
    let (secret, ()) = tokio::join!(anew, rotations);
    rotated(&db).await;
    assert_eq!(opens(&db, &vault(NEW), &ann).await, secret);
    assert!(!needs_of(&db, &both()).await[1].is_needed());
}

async fn two_rotations_at_once_leave_every_secret_whole(db: TestDatabase) {
    let people = many(&db).await;
    let done = at_once((0..2).map(|n| {
        let server = db.server(n);
        async move {
            let rotation = rotate(&*server, &both(), &on(NOW), BATCH, |_, _| ()).await;
            rotation.unwrap().resealed
        }
    }))
    .await;
    assert_eq!(
        done.iter().sum::<u64>(),
        people.len() as u64,
        "each row by one of them"
    );
    all_open_with_the_new_key_alone(&db, &people).await;
}

async fn a_set_of_backup_codes_keeps_its_key_and_that_is_told(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    ann.enable_totp().await;
    sealed_by(&db, &old(), &ann).await;
    let (codes, stored) = old().new_backup_codes().await.unwrap();
    let hash = stored.hashes[0].clone();
    assert!(
        db.store
            .replace_backup_codes(&ann.id, stored, &on(NOW))
            .await
            .unwrap()
    );
    rotated(&db).await;
    let set = db.store.backup_code_set(&ann.id).await.unwrap().unwrap();
    assert_eq!(
        both()
            .hash_backup_code(codes[0].clone(), &set)
            .await
            .unwrap(),
        hash
    );
    let of_old = |needs: Vec<KeyNeed>| {
        let old = old().key_ids()[0];
        needs.into_iter().find(|need| need.id == old).unwrap()
    };
    let need = of_old(needs_of(&db, &both()).await);
    assert_eq!((need.known, need.backup_code_sets), (true, 1));
    let need = of_old(needs_of(&db, &vault(NEW)).await);
    assert_eq!((need.known, need.backup_code_sets), (false, 1));

    let (_, stored) = both().new_backup_codes().await.unwrap();
    db.store
        .replace_backup_codes(&ann.id, stored, &on(NOW))
        .await
        .unwrap();
    assert!(!of_old(needs_of(&db, &both()).await).is_needed());
}

async fn a_damaged_row_holds_up_no_other_and_stays_as_it_is(db: TestDatabase) {
    let (ann, _) = enrolled(&db, &old(), 0).await;
    let (bob, secret) = enrolled(&db, &old(), 1).await;
    let read = totp_of(&db, &ann).await;
    let mut damaged = read.sealed_secret.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let damage = Resealing {
        sealed: Sealed::TotpSecret(read.id.clone()),
        from: read.sealed_secret,
        to: damaged.clone(),
    };
    assert_eq!(db.store.reseal(&[damage]).await.unwrap(), 1);
    assert_eq!(
        rotated(&db).await,
        Rotation {
            resealed: 1,
            damaged: vec![read.id.to_string()]
        }
    );
    assert_eq!(opens(&db, &vault(NEW), &bob).await, secret);
    assert_eq!(totp_of(&db, &ann).await.sealed_secret, damaged);
}

async fn a_key_that_is_missing_is_found_among_many_rows(db: TestDatabase) {
    for n in 0..5 {
        enrolled(&db, &vault(NEW), n).await;
    }
    let (_, _) = enrolled(&db, &old(), 5).await;
    let needs = needs_of(&db, &vault(NEW)).await;
    assert_eq!(needs.len(), 2);
    assert_eq!((needs[0].known, needs[0].totp_secrets), (true, 5));
    assert_eq!((needs[1].known, needs[1].totp_secrets), (false, 1));
    assert_eq!(needs[1].id, old().key_ids()[0]);
}

const NOTED: &str = "SELECT COUNT(*) FROM events WHERE kind = 'keys_rotated'";

async fn nothing_is_noted_where_nothing_is_to_be_done(db: TestDatabase) {
    let (ann, _) = enrolled(&db, &vault(NEW), 0).await;
    let before = totp_of(&db, &ann).await;
    assert_eq!(rotated(&db).await, Rotation::default());
    assert_eq!(totp_of(&db, &ann).await, before);
    assert_eq!(db.number(NOTED).await, 0);
    enrol(&db, &old(), &ann).await;
    rotated(&db).await;
    assert_eq!(db.number(NOTED).await, 1);
}
