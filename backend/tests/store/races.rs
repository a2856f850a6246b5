//! Calls at the same time, from two servers.

use std::{pin::Pin, slice::from_ref, sync::Arc};

use shared::resources::SessionStatus;
use shared::resources::Strategy;
use twofold::{
    ids::TotpId,
    store::{NewTotp, Presented, Proof, Result, SignInRecord, Store},
};

use crate::harness::{
    Factors, NOW, Person, RANDOM, RULE, TestDatabase, after, at_once, count, new_codes, on,
};

contract! {
    of_64_copies_of_one_step_at_once_one_is_accepted,
    of_64_copies_of_one_step_for_one_sign_in_one_is_accepted,
    of_64_copies_of_one_backup_code_at_once_one_is_accepted,
    of_64_copies_of_one_password_for_one_sign_in_one_is_accepted,
    a_step_is_accepted_once_over_sign_in_and_step_up,
    of_64_verifications_at_once_one_is_accepted,
    a_set_up_begun_while_another_is_verified_never_replaces_it,
    a_sign_in_beside_a_verification_leaves_no_session_without_second_factor,
    a_sign_in_beside_a_removal_leaves_no_session,
    an_old_backup_code_is_worth_nothing_beside_its_replacement,
    one_of_two_removals_at_once_removes,
    a_client_ends_its_sessions_while_they_are_used_and_none_fails,
    mixed_calls_at_once_wait_for_each_other_and_none_fails,
}

/// How often the two sides of a race are let loose on each other.
const ROUNDS: usize = 12;

type Call = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// Presents the proof to all sign-ins at once, by two servers.
async fn present(
    db: &TestDatabase,
    person: &Person,
    sign_ins: &[SignInRecord],
    proof: &Proof,
) -> Vec<Presented> {
    at_once(sign_ins.iter().enumerate().map(|(turn, sign_in)| {
        let store = db.server(turn);
        let completion = person.completion(sign_in, proof.clone());
        async move { store.complete_sign_in(completion, &on(NOW)).await.unwrap() }
    }))
    .await
}

async fn sign_ins(person: &Person, number: usize) -> Vec<SignInRecord> {
    let mut sign_ins = Vec::new();
    for _ in 0..number {
        sign_ins.push(person.pass_first_factor().await);
    }
    sign_ins
}

async fn of_64_copies_of_one_step_at_once_one_is_accepted(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let factors = ann.enable_totp().await;
    let outcomes = present(&db, &ann, &sign_ins(&ann, 64).await, &factors.step(1_001)).await;
    assert_eq!(count(&outcomes, &Presented::Accepted), 1);
    assert_eq!(count(&outcomes, &Presented::AlreadyUsed), 63);
    assert_eq!(ann.live_sessions().await.len(), 2);
}

async fn of_64_copies_of_one_step_for_one_sign_in_one_is_accepted(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let factors = ann.enable_totp().await;
    let sign_in = ann.pass_first_factor().await;
    let outcomes = present(&db, &ann, &vec![sign_in; 64], &factors.step(1_001)).await;
    assert_eq!(count(&outcomes, &Presented::Accepted), 1);
    assert_eq!(count(&outcomes, &Presented::AlreadyUsed), 63);
    assert_eq!(ann.live_sessions().await.len(), 2);
}

async fn of_64_copies_of_one_backup_code_at_once_one_is_accepted(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let factors = ann.enable_totp().await;
    let outcomes = present(&db, &ann, &sign_ins(&ann, 64).await, &factors.code(0)).await;
    assert_eq!(count(&outcomes, &Presented::Accepted), 1);
    assert_eq!(count(&outcomes, &Presented::AlreadyUsed), 63);
    assert_eq!(ann.record().await.backup_codes_remaining, Some(9));
}

async fn of_64_copies_of_one_password_for_one_sign_in_one_is_accepted(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let sign_in = ann.start_sign_in().await;
    let outcomes = present(&db, &ann, &vec![sign_in; 64], &Proof::Password).await;
    assert_eq!(count(&outcomes, &Presented::Accepted), 1);
    assert_eq!(count(&outcomes, &Presented::Over), 63);
    assert_eq!(ann.live_sessions().await.len(), 2);
}

async fn a_step_is_accepted_once_over_sign_in_and_step_up(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let factors = ann.enable_totp().await;
    for step in (1_001..).take(ROUNDS) {
        let proof = factors.step(step);
        let sign_in = ann.pass_first_factor().await;
        let completion = ann.completion(&sign_in, proof.clone());
        let step_up = ann.step_up(proof).await;
        let (a, b) = (db.server(0), db.server(1));
        let (signed_in, stepped_up) = tokio::join!(
            tokio::spawn(async move { a.complete_sign_in(completion, &on(NOW)).await.unwrap() }),
            tokio::spawn(async move { b.complete_step_up(step_up, RULE, &on(NOW)).await.unwrap() }),
        );
        let outcomes = [signed_in.unwrap(), stepped_up.unwrap()];
        assert_eq!(count(&outcomes, &Presented::Accepted), 1, "{outcomes:?}");
        assert_eq!(count(&outcomes, &Presented::AlreadyUsed), 1, "{outcomes:?}");
    }
}

async fn of_64_verifications_at_once_one_is_accepted(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let totp = ann.create_totp().await;
    let version = ann.record().await.credentials_version;
    let outcomes = at_once((0..64).map(|turn| {
        let store = db.server(turn);
        let verification = ann.verification(&totp, &new_codes());
        async move { store.verify_totp(verification, &on(NOW)).await.unwrap() }
    }))
    .await;
    assert_eq!(count(&outcomes, &(Presented::Accepted, true)), 1);
    assert_eq!(count(&outcomes, &(Presented::Over, false)), 63);
    let record = ann.record().await;
    assert_eq!(record.backup_codes_remaining, Some(10));
    assert_eq!(record.credentials_version, version + 1);
}

async fn a_set_up_begun_while_another_is_verified_never_replaces_it(db: TestDatabase) {
    for round in 0..ROUNDS {
        let ann = Person::sign_up(&db.store, &format!("ann{round}@example.com")).await;
        let first = ann.create_totp().await;
        let verification = ann.verification(&first, &new_codes());
        let second = NewTotp {
            id: TotpId::generate(RANDOM),
            user_id: ann.id.clone(),
            sealed_secret: b"another".to_vec(),
        };
        let second_id = second.id.clone();
        let (a, b) = (db.server(round), db.server(round + 1));
        let (verified, created) = tokio::join!(
            tokio::spawn(async move { a.verify_totp(verification, &on(NOW)).await.unwrap().0 }),
            tokio::spawn(async move { b.create_totp(second, &on(NOW)).await.unwrap() }),
        );
        let kept = db.store.totp(&ann.id).await.unwrap().unwrap();
        match (verified.unwrap(), created.unwrap()) {
            (Presented::Accepted, false) => {
                assert_eq!((kept.id, kept.verified_at), (first, Some(NOW)));
            }
            (Presented::Over, true) => {
                assert_eq!((kept.id, kept.verified_at), (second_id, None));
                assert_eq!(ann.record().await.mfa_enabled_at, None);
            }
            both => panic!("{both:?}"),
        }
    }
}

async fn a_sign_in_beside_a_verification_leaves_no_session_without_second_factor(db: TestDatabase) {
    for round in 0..ROUNDS {
        let ann = Person::sign_up(&db.store, &format!("ann{round}@example.com")).await;
        let totp = ann.create_totp().await;
        let verification = ann.verification(&totp, &new_codes());
        let sign_in = ann.start_sign_in().await;
        let completion = ann.completion(&sign_in, Proof::Password);
        let (a, b) = (db.server(round), db.server(round + 1));
        let (verified, signed_in) = tokio::join!(
            tokio::spawn(async move { a.verify_totp(verification, &on(NOW)).await.unwrap().0 }),
            tokio::spawn(async move { b.complete_sign_in(completion, &on(NOW)).await.unwrap() }),
        );
        assert_eq!(verified.unwrap(), Presented::Accepted);
        // Either it came too late, or its session was revoked.
        assert!(matches!(
            signed_in.unwrap(),
            Presented::Accepted | Presented::Over
        ));
        assert_eq!(ann.live_sessions().await, from_ref(&ann.session));
    }
}

async fn a_sign_in_beside_a_removal_leaves_no_session(db: TestDatabase) {
    for round in 0..ROUNDS {
        let ann = Person::sign_up(&db.store, &format!("ann{round}@example.com")).await;
        let factors = ann.enable_totp().await;
        let sign_in = ann.pass_first_factor().await;
        let completion = ann.completion(&sign_in, factors.step(1_001));
        let (a, b) = (db.server(round), db.server(round + 1));
        let (user, session) = (ann.id.clone(), ann.session.clone());
        let (removed, signed_in) = tokio::join!(
            tokio::spawn(async move { a.remove_totp(&user, &session, &on(NOW)).await.unwrap() }),
            tokio::spawn(async move { b.complete_sign_in(completion, &on(NOW)).await.unwrap() }),
        );
        removed.unwrap();
        assert!(matches!(
            signed_in.unwrap(),
            Presented::Accepted | Presented::Over
        ));
        assert_eq!(ann.live_sessions().await, from_ref(&ann.session));
        assert_eq!(db.store.totp(&ann.id).await.unwrap(), None);
    }
}

async fn an_old_backup_code_is_worth_nothing_beside_its_replacement(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let mut factors = ann.enable_totp().await;
    for round in 0..ROUNDS {
        let sign_in = ann.pass_first_factor().await;
        let completion = ann.completion(&sign_in, factors.code(0));
        let new = new_codes();
        let (a, b) = (db.server(round), db.server(round + 1));
        let (user, codes) = (ann.id.clone(), new.clone());
        let (replaced, signed_in) = tokio::join!(
            tokio::spawn(async move {
                a.replace_backup_codes(&user, codes, &on(NOW))
                    .await
                    .unwrap()
            }),
            tokio::spawn(async move { b.complete_sign_in(completion, &on(NOW)).await.unwrap() }),
        );
        assert!(replaced.unwrap());
        // Either it was used before the replacement, or the sign-in came too late.
        assert!(matches!(
            signed_in.unwrap(),
            Presented::Accepted | Presented::Over
        ));
        assert_eq!(ann.record().await.backup_codes_remaining, Some(10));
        assert_eq!(ann.sign_in_by(factors.code(1)).await, Presented::Wrong);
        factors = Factors {
            codes: new,
            ..factors
        };
    }
}

async fn one_of_two_removals_at_once_removes(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    for round in 0..ROUNDS {
        ann.enable_totp().await;
        let version = ann.record().await.credentials_version;
        let outcomes = at_once((0..2).map(|turn| {
            let (store, user, session) =
                (db.server(round + turn), ann.id.clone(), ann.session.clone());
            async move { store.remove_totp(&user, &session, &on(NOW)).await.unwrap() }
        }))
        .await;
        assert_eq!(
            count(&outcomes, &twofold::store::RemovedTotp::None),
            1,
            "{outcomes:?}"
        );
        assert_eq!(ann.record().await.credentials_version, version + 1);
    }
}

/// Both sides change the session and its client: were one to lock them the other way round,
/// PostgreSQL would find a deadlock and fail it.
async fn a_client_ends_its_sessions_while_they_are_used_and_none_fails(db: TestDatabase) {
    for round in 0..4 * ROUNDS {
        let ann = Person::sign_up(&db.store, &format!("ann{round}@example.com")).await;
        let outcomes = at_once((0..8).map(|turn| {
            let (store, ann) = (db.server(turn), ann.clone());
            async move {
                if turn < 2 {
                    return store
                        .end_client_sessions(&ann.client, &on(NOW))
                        .await
                        .map(drop);
                }
                for seconds in 0..3 {
                    let now = after(seconds);
                    store.touch_session(&ann.session, after(60), now).await?;
                    let step_up = ann.step_up(Proof::Password).await;
                    store.complete_step_up(step_up, RULE, &on(now)).await?;
                }
                Ok(())
            }
        }))
        .await;
        for outcome in outcomes {
            outcome.unwrap();
        }
        assert!(ann.live_sessions().await.is_empty());
    }
}

/// Twelve tasks at two servers change two people who share a client, in every order. Were there two
/// that lock the same rows the other way round, PostgreSQL would find the deadlock and fail one.
async fn mixed_calls_at_once_wait_for_each_other_and_none_fails(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let bob = Person::sign_up(&db.store, "bob@example.com").await;
    let shared_client = ann.start_sign_in().await.client_id;
    let outcomes = at_once((0..12).map(|task| {
        let store = db.server(task);
        let people = [ann.clone(), bob.clone()];
        let client = shared_client.clone();
        async move {
            for turn in 0..40_usize {
                // Every task walks through people and calls at a pace of its own.
                let number = turn * (2 * task + 1) + task;
                let person = Person {
                    store: store.clone(),
                    ..people[number % 2].clone()
                };
                let sign_in = person.start_sign_in_on(&client).await;
                mixed_call(number / 2 % 9, store.clone(), person, sign_in).await?;
            }
            Ok::<_, twofold::store::StoreError>(())
        }
    }))
    .await;
    for outcome in outcomes {
        outcome.unwrap();
    }
}

fn mixed_call(number: usize, store: Arc<dyn Store>, person: Person, sign_in: SignInRecord) -> Call {
    Box::pin(async move {
        let (user, session) = (&person.id, &person.session);
        match number {
            0 => drop(
                store
                    .spend_attempt(user, None, Strategy::Password, RULE, &on(NOW))
                    .await?,
            ),
            1 => {
                let completion = person.completion(&sign_in, Proof::Password);
                store.complete_sign_in(completion, &on(NOW)).await?;
            }
            2 => {
                let step_up = person.step_up(Proof::Password).await;
                store.complete_step_up(step_up, RULE, &on(NOW)).await?;
            }
            3 => {
                let totp = NewTotp {
                    id: TotpId::generate(RANDOM),
                    user_id: user.clone(),
                    sealed_secret: b"sealed".to_vec(),
                };
                store.create_totp(totp, &on(NOW)).await?;
            }
            4 => {
                if let Some(totp) = store.totp(user).await? {
                    let verification = person.verification(&totp.id, &new_codes());
                    store.verify_totp(verification, &on(NOW)).await?;
                }
            }
            5 => drop(store.remove_totp(user, session, &on(NOW)).await?),
            6 => {
                for live in store.live_sessions(user, NOW).await? {
                    if live.id != *session {
                        store.touch_session(&live.id, live.abandon_at, NOW).await?;
                        let revoked = SessionStatus::Revoked;
                        store.end_session(user, &live.id, revoked, &on(NOW)).await?;
                    }
                }
            }
            7 => drop(
                store
                    .end_client_sessions(&sign_in.client_id, &on(NOW))
                    .await?,
            ),
            _ => drop(
                store
                    .replace_backup_codes(user, new_codes(), &on(NOW))
                    .await?,
            ),
        }
        Ok(())
    })
}
