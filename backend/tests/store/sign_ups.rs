//! Sign-ups that wait for a code that is sent to their e-mail address.

use shared::{Timestamp, resources::SecurityEventKind};
use twofold::{
    ids::{ClientId, SignUpId},
    store::{
        CodeFor, NewSession, NewSignUpCode, NewUser, SignUpCompletion, SignUpRecord, SpentOnCode,
        Taken,
    },
};

use crate::harness::{
    NOW, Person, RANDOM, TestDatabase, after, at_once, count, new_session, new_user, on, token,
};

contract! {
    a_sign_up_is_of_its_client_and_makes_room_for_the_next,
    a_sign_up_asks_for_as_many_codes_as_it_may,
    of_many_attempts_at_once_as_many_as_may_be_are_admitted,
    an_attempt_needs_a_code_that_has_not_run_out,
    a_code_is_sent_by_one_of_many_and_the_later_one_counts,
    of_many_completions_at_once_one_makes_the_account,
    a_sign_up_is_completed_by_its_last_code_in_time,
    of_two_sign_ups_with_one_address_one_becomes_an_account,
    a_user_name_that_is_taken_meanwhile_is_told,
    nothing_waits_after_signing_out,
}

const ANN: &str = "ann@example.com";
/// So many codes, and so many attempts at each.
const MOST: u32 = 3;

/// A sign-up on a new client, which lives for ten minutes.
pub(crate) async fn start(db: &TestDatabase, email: &str) -> SignUpRecord {
    let client = ClientId::generate(RANDOM);
    let created = db.store.create_client(&client, &token(), NOW).await;
    created.unwrap();
    start_on(db, &client, email).await
}

async fn start_on(db: &TestDatabase, client: &ClientId, email: &str) -> SignUpRecord {
    let NewUser {
        email,
        username,
        first_name,
        last_name,
        password_hash,
        ..
    } = new_user(email, Some("ann"));
    let sign_up = SignUpRecord {
        id: SignUpId::generate(RANDOM),
        client_id: client.clone(),
        email,
        username,
        first_name,
        last_name,
        password_hash,
        code_expire_at: None,
        codes: 0,
        attempts: 0,
        abandon_at: after(600),
        created_at: NOW,
    };
    let started = db.store.start_sign_up(sign_up.clone(), NOW).await;
    started.unwrap();
    sign_up
}

async fn keep(db: &TestDatabase, sign_up: &SignUpRecord, sealed: &[u8], now: Timestamp) -> bool {
    let code = NewSignUpCode {
        sign_up_id: sign_up.id.clone(),
        client_id: sign_up.client_id.clone(),
        sealed_code: sealed.to_vec(),
        expire_at: after(600),
        abandon_at: after(1200),
        most: MOST,
    };
    db.store.keep_sign_up_code(code, now).await.unwrap()
}

async fn spend(db: &TestDatabase, sign_up: &SignUpRecord, now: Timestamp) -> Option<SpentOnCode> {
    let spent = db.store.spend_code_attempt(sign_up, MOST, now).await;
    spent.unwrap()
}

/// The account that a sign-up makes, by that code.
fn completion(sign_up: &SignUpRecord, sealed: &[u8]) -> SignUpCompletion {
    let user = new_user(&sign_up.email, sign_up.username.as_deref());
    let session = new_session(&user.id, Some(&sign_up.client_id), NOW);
    SignUpCompletion {
        id: sign_up.id.clone(),
        sealed_code: sealed.to_vec(),
        user,
        session,
    }
}

async fn complete(
    db: &TestDatabase,
    completion: SignUpCompletion,
    now: Timestamp,
) -> Result<bool, Taken> {
    let completed = db.store.complete_sign_up(completion, &on(now)).await;
    completed.unwrap()
}

async fn waiting(db: &TestDatabase, sign_up: &SignUpRecord) -> Option<SignUpRecord> {
    let waiting = db.store.waiting_sign_up(&sign_up.client_id).await;
    waiting.unwrap()
}

async fn a_sign_up_is_of_its_client_and_makes_room_for_the_next(db: TestDatabase) {
    let first = start(&db, ANN).await;
    let other = start(&db, ANN).await;
    assert_eq!(waiting(&db, &first).await, Some(first.clone()));
    assert_eq!(waiting(&db, &other).await, Some(other));
    let nobody = db.store.user_by_identifier(ANN).await.unwrap();
    assert_eq!(nobody, None, "it is no account");

    assert!(keep(&db, &first, b"first", NOW).await);
    assert!(spend(&db, &first, NOW).await.is_some());
    let next = start_on(&db, &first.client_id, "ben@example.com").await;
    assert_eq!(waiting(&db, &first).await, Some(next.clone()));
    let unsent = db.store.claim_code(NOW, after(300)).await.unwrap();
    assert_eq!(unsent, None, "nobody needs the code of the first");
    assert!(!keep(&db, &first, b"second", NOW).await);
    assert_eq!(spend(&db, &next, NOW).await, None, "it has no code");
    let done = complete(&db, completion(&first, b"first"), NOW).await;
    assert_eq!(done, Ok(false));
}

async fn a_sign_up_asks_for_as_many_codes_as_it_may(db: TestDatabase) {
    let sign_up = start(&db, ANN).await;
    for codes in 1..=MOST {
        assert!(keep(&db, &sign_up, b"sealed", NOW).await);
        let kept = waiting(&db, &sign_up).await.unwrap();
        let expected = SignUpRecord {
            code_expire_at: Some(after(600)),
            codes,
            abandon_at: after(1200),
            ..sign_up.clone()
        };
        assert_eq!(kept, expected);
        assert!(spend(&db, &sign_up, NOW).await.is_some());
    }
    assert!(!keep(&db, &sign_up, b"sealed", NOW).await);

    let late = start(&db, ANN).await;
    assert!(!keep(&db, &late, b"sealed", after(600)).await);
    let stolen = SignUpRecord {
        client_id: sign_up.client_id,
        ..late
    };
    assert!(!keep(&db, &stolen, b"sealed", NOW).await);
    assert_eq!(spend(&db, &stolen, NOW).await, None);
}

async fn of_many_attempts_at_once_as_many_as_may_be_are_admitted(db: TestDatabase) {
    let sign_up = start(&db, ANN).await;
    for sealed in [b"first", b"other"] {
        assert!(keep(&db, &sign_up, sealed, NOW).await);
        let spent = at_once((0..16).map(|turn| {
            let (store, sign_up) = (db.server(turn), sign_up.clone());
            async move { store.spend_code_attempt(&sign_up, MOST, NOW).await.unwrap() }
        }))
        .await;
        for attempts in 1..=MOST {
            let admitted = SpentOnCode {
                sealed_code: sealed.to_vec(),
                attempts,
            };
            assert_eq!(count(&spent, &Some(admitted)), 1);
        }
        assert_eq!(count(&spent, &None), 16 - MOST as usize);
    }
}

async fn an_attempt_needs_a_code_that_has_not_run_out(db: TestDatabase) {
    let sign_up = start(&db, ANN).await;
    assert_eq!(spend(&db, &sign_up, NOW).await, None);
    assert!(keep(&db, &sign_up, b"sealed", NOW).await);
    assert_eq!(spend(&db, &sign_up, after(600)).await, None);
    assert_eq!(waiting(&db, &sign_up).await.unwrap().attempts, 0);
    assert!(spend(&db, &sign_up, after(599)).await.is_some());
}

async fn a_code_is_sent_by_one_of_many_and_the_later_one_counts(db: TestDatabase) {
    let sign_up = start(&db, ANN).await;
    assert!(keep(&db, &sign_up, b"first", NOW).await);
    let taken = at_once((0..8).map(|turn| {
        let store = db.server(turn);
        async move { store.claim_code(NOW, after(300)).await.unwrap() }
    }))
    .await;
    assert_eq!(count(&taken, &None), 7);
    let first = taken.into_iter().flatten().next().unwrap();
    assert_eq!(
        first.claim.code_for,
        CodeFor::NewAccount(sign_up.id.clone())
    );
    assert_eq!(
        (first.to.as_str(), &*first.sealed_code),
        (ANN, &b"first"[..])
    );
    assert_eq!((first.created_at, first.expire_at), (NOW, after(600)));

    // What comes of the first says nothing of the second.
    assert!(keep(&db, &sign_up, b"second", after(1)).await);
    assert!(!db.store.finish_code(&first.claim).await.unwrap());
    let late = db.store.put_code_off(&first.claim, after(500)).await;
    assert!(!late.unwrap());
    let second = db.store.claim_code(after(1), after(300)).await.unwrap();
    let second = second.unwrap();
    assert_eq!(
        (&*second.sealed_code, second.created_at),
        (&b"second"[..], after(1))
    );
    let put_off = db.store.put_code_off(&second.claim, after(5)).await;
    assert!(put_off.unwrap());
    let early = db.store.claim_code(after(4), after(300)).await.unwrap();
    assert_eq!(early, None);
    let again = db.store.claim_code(after(5), after(300)).await.unwrap();
    assert!(db.store.finish_code(&again.unwrap().claim).await.unwrap());
    let sent = db.store.claim_code(after(599), after(999)).await.unwrap();
    assert_eq!(sent, None);
    assert!(
        spend(&db, &sign_up, NOW).await.is_some(),
        "it waits to be typed"
    );
}

async fn of_many_completions_at_once_one_makes_the_account(db: TestDatabase) {
    let sign_up = start(&db, ANN).await;
    assert!(keep(&db, &sign_up, b"sealed", NOW).await);
    let completed = at_once((0..8).map(|turn| {
        let (store, completion) = (db.server(turn), completion(&sign_up, b"sealed"));
        async move { store.complete_sign_up(completion, &on(NOW)).await.unwrap() }
    }))
    .await;
    assert_eq!(count(&completed, &Ok(true)), 1);
    assert_eq!(count(&completed, &Ok(false)), 7);
    let ann = db.store.user_by_identifier(ANN).await.unwrap().unwrap();
    assert_eq!(ann.email_verified_at, Some(NOW));
    assert_eq!(ann.username.as_deref(), Some("ann"));
    let sessions = db.store.live_sessions(&ann.id, NOW).await.unwrap();
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].client_id, sign_up.client_id);
    let events = db.store.events(&ann.id, None, 9).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind, SecurityEventKind::SignUp);
    assert_eq!(waiting(&db, &sign_up).await, None);
    // An account that nobody was asked for a code for.
    let bob = Person::sign_up(&db.store, "bob@example.com").await;
    assert_eq!(bob.record().await.email_verified_at, None);
}

async fn a_sign_up_is_completed_by_its_last_code_in_time(db: TestDatabase) {
    let sign_up = start(&db, ANN).await;
    let other = start(&db, ANN).await;
    assert!(keep(&db, &sign_up, b"first", NOW).await);
    assert!(keep(&db, &sign_up, b"second", NOW).await);
    let right = || completion(&sign_up, b"second");
    assert_eq!(
        complete(&db, completion(&sign_up, b"first"), NOW).await,
        Ok(false)
    );
    assert_eq!(
        complete(&db, completion(&other, b"second"), NOW).await,
        Ok(false)
    );
    let right_for_other = SignUpCompletion {
        session: NewSession {
            client_id: other.client_id.clone(),
            ..right().session
        },
        ..right()
    };
    assert_eq!(complete(&db, right_for_other, NOW).await, Ok(false));
    assert_eq!(
        complete(&db, right(), after(600)).await,
        Ok(false),
        "too late"
    );
    assert_eq!(db.store.user_by_identifier(ANN).await.unwrap(), None);
    assert_eq!(complete(&db, right(), after(599)).await, Ok(true));
}

async fn of_two_sign_ups_with_one_address_one_becomes_an_account(db: TestDatabase) {
    let (first, second) = (start(&db, ANN).await, start(&db, ANN).await);
    for sign_up in [&first, &second] {
        assert!(keep(&db, sign_up, b"sealed", NOW).await);
    }
    let completed = at_once(
        [&first, &second]
            .into_iter()
            .enumerate()
            .map(|(turn, sign_up)| {
                let (store, completion) = (db.server(turn), completion(sign_up, b"sealed"));
                async move { store.complete_sign_up(completion, &on(NOW)).await.unwrap() }
            }),
    )
    .await;
    assert_eq!(count(&completed, &Ok(true)), 1);
    // Address and name are both taken: which of them is told is the database's choice.
    let refused = completed.iter().position(Result::is_err).unwrap();
    let left = [&first, &second][refused];
    assert!(waiting(&db, left).await.is_some(), "nothing of it is done");
    assert!(
        complete(&db, completion(left, b"sealed"), NOW)
            .await
            .is_err()
    );
}

async fn a_user_name_that_is_taken_meanwhile_is_told(db: TestDatabase) {
    let sign_up = start(&db, ANN).await;
    assert!(keep(&db, &sign_up, b"sealed", NOW).await);
    let user = new_user("other@example.com", Some("ann"));
    let session = new_session(&user.id, None, NOW);
    let made = db.store.sign_up(user, session, &on(NOW)).await.unwrap();
    assert_eq!(made, Ok(()));
    let done = complete(&db, completion(&sign_up, b"sealed"), NOW).await;
    assert_eq!(done, Err(Taken::Username));
    assert_eq!(db.store.user_by_identifier(ANN).await.unwrap(), None);
}

async fn nothing_waits_after_signing_out(db: TestDatabase) {
    let sign_up = start(&db, ANN).await;
    let other = start(&db, ANN).await;
    let client = &sign_up.client_id;
    db.store
        .end_client_sessions(client, &on(NOW))
        .await
        .unwrap();
    assert_eq!(waiting(&db, &sign_up).await, None);
    assert!(waiting(&db, &other).await.is_some());
}
