//! Clients and sessions.

use std::slice::from_ref;

use shared::resources::SessionStatus;
use twofold::{
    ids::{ClientId, SessionId},
    store::{Proof, Recognition},
};

use crate::harness::{NOW, Person, RANDOM, TestDatabase, after, new_session, new_user, on, token};

contract! {
    a_client_is_known_by_its_token,
    one_look_tells_settings_client_and_sessions,
    a_session_ends_for_its_user_only_and_once,
    a_client_ends_its_sessions_and_its_sign_in,
    a_session_that_is_used_lives_on_and_one_that_is_over_does_not,
    sessions_over_by_age_are_listed_with_the_client_and_are_not_live,
    sessions_are_listed_in_order,
    changes_show_while_the_clock_stands_still,
}

async fn a_client_is_known_by_its_token(db: TestDatabase) {
    let (id, hash) = (ClientId::generate(RANDOM), token());
    db.store.create_client(&id, &hash, NOW).await.unwrap();
    let client = db.store.client_by_token(&hash).await.unwrap().unwrap();
    assert_eq!(
        (client.id, client.last_active_session_id),
        (id.clone(), None)
    );
    assert_eq!((client.created_at, client.updated_at), (NOW, NOW));
    assert_eq!(db.store.client_by_token(&token()).await.unwrap(), None);
    assert!(db.store.client_sessions(&id).await.unwrap().is_empty());
}

async fn one_look_tells_settings_client_and_sessions(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let factors = ann.enable_totp().await;
    ann.sign_in_by(factors.step(1)).await;
    let (signed_out, hash, unknown) = (ClientId::generate(RANDOM), token(), token());
    let created = db.store.create_client(&signed_out, &hash, NOW).await;
    created.unwrap();

    // What it tells is what is told one by one; of nobody it tells the settings.
    for _ in 0..2 {
        for shown in [Some(&ann.token), Some(&hash), Some(&unknown), None] {
            let client = match shown {
                Some(hash) => db.store.client_by_token(hash).await.unwrap(),
                None => None,
            };
            let sessions = match &client {
                Some(client) => db.store.client_sessions(&client.id).await.unwrap(),
                None => Vec::new(),
            };
            let expected = Recognition {
                settings: db.store.settings().await.unwrap(),
                client,
                sessions,
            };
            assert_eq!(db.store.recognise(shown).await.unwrap(), expected);
        }
        db.store
            .end_session(&ann.id, &ann.session, SessionStatus::Ended, &on(NOW))
            .await
            .unwrap();
    }
    let seen = db.store.recognise(Some(&ann.token)).await.unwrap();
    assert_eq!(seen.client.map(|client| client.id), Some(ann.client));
    assert!(seen.sessions.is_empty(), "it has ended");
}

async fn a_session_ends_for_its_user_only_and_once(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let bob = Person::sign_up(&db.store, "bob@example.com").await;
    let end = async |user: &Person| {
        db.store
            .end_session(&user.id, &ann.session, SessionStatus::Ended, &on(NOW))
            .await
            .unwrap()
    };
    assert!(!end(&bob).await);
    assert_eq!(ann.live_sessions().await, from_ref(&ann.session));
    assert!(end(&ann).await);
    assert!(!end(&ann).await);
    assert!(ann.live_sessions().await.is_empty());
    assert!(
        db.store
            .client_sessions(&ann.client)
            .await
            .unwrap()
            .is_empty()
    );
    let client = db.store.client_by_token(&ann.token).await.unwrap().unwrap();
    assert_eq!(client.last_active_session_id, None);
    assert_eq!(bob.live_sessions().await, from_ref(&bob.session));
}

async fn a_client_ends_its_sessions_and_its_sign_in(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    ann.sign_in_by(Proof::Password).await;
    ann.start_sign_in_on(&ann.client).await;
    assert_eq!(
        db.store
            .end_client_sessions(&ann.client, &on(NOW))
            .await
            .unwrap(),
        1
    );
    assert_eq!(db.store.sign_in(&ann.client).await.unwrap(), None);
    assert!(
        db.store
            .client_sessions(&ann.client)
            .await
            .unwrap()
            .is_empty()
    );
    let client = db.store.client_by_token(&ann.token).await.unwrap().unwrap();
    assert_eq!(client.last_active_session_id, None);
    // The one on the other client goes on.
    assert_eq!(ann.live_sessions().await.len(), 1);
    assert_eq!(
        db.store
            .end_client_sessions(&ann.client, &on(NOW))
            .await
            .unwrap(),
        0
    );
}

async fn a_session_that_is_used_lives_on_and_one_that_is_over_does_not(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let session = async || {
        db.store
            .client_sessions(&ann.client)
            .await
            .unwrap()
            .into_iter()
            .next()
            .unwrap()
            .0
    };
    let day = 86_400;
    db.store
        .touch_session(&ann.session, after(2 * day), after(day - 1))
        .await
        .unwrap();
    let used = session().await;
    assert_eq!(used.last_active_at, after(day - 1));
    assert_eq!(used.abandon_at, after(2 * day));
    assert_eq!(used.updated_at, after(day - 1));

    db.store
        .touch_session(&ann.session, after(3 * day), after(2 * day))
        .await
        .unwrap();
    assert_eq!(session().await, used, "idle for too long");

    db.store
        .touch_session(&ann.session, after(9 * day), after(day))
        .await
        .unwrap();
    let used = session().await;
    db.store
        .touch_session(&ann.session, after(9 * day), after(7 * day))
        .await
        .unwrap();
    assert_eq!(session().await, used, "too old");

    let ended = SessionStatus::Removed;
    db.store
        .end_session(&ann.id, &ann.session, ended, &on(NOW))
        .await
        .unwrap();
    db.store
        .touch_session(&ann.session, after(3 * day), after(day))
        .await
        .unwrap();
    let client = db.store.client_by_token(&ann.token).await.unwrap().unwrap();
    assert_eq!(client.last_active_session_id, None);
    db.store
        .touch_session(&SessionId::generate(RANDOM), after(day), NOW)
        .await
        .unwrap();
}

async fn sessions_over_by_age_are_listed_with_the_client_and_are_not_live(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let live_at = async |now| db.store.live_sessions(&ann.id, now).await.unwrap().len();
    assert_eq!(live_at(after(86_399)).await, 1);
    assert_eq!(live_at(after(86_400)).await, 0);
    let listed = db.store.client_sessions(&ann.client).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].0.is_live(after(86_399)) && !listed[0].0.is_live(after(86_400)));
}

async fn sessions_are_listed_in_order(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let sign_in = ann.start_sign_in_on(&ann.client).await;
    let completion = ann.completion(&sign_in, Proof::Password);
    let second = completion.session.id.clone();
    db.store
        .complete_sign_in(completion, &on(after(1)))
        .await
        .unwrap();
    let user = new_user("bob@example.com", None);
    let session = new_session(&user.id, Some(&ann.client), NOW);
    let third = session.id.clone();
    db.store
        .sign_up(user, session, &on(after(2)))
        .await
        .unwrap()
        .unwrap();

    let listed = db.store.client_sessions(&ann.client).await.unwrap();
    let ids: Vec<_> = listed
        .iter()
        .map(|(session, _)| session.id.clone())
        .collect();
    assert_eq!(ids, [ann.session.clone(), second.clone(), third]);
    assert!(
        listed
            .iter()
            .all(|(session, user)| session.user_id == user.id)
    );
    assert_eq!(ann.live_sessions().await, [second, ann.session.clone()]);
}

async fn changes_show_while_the_clock_stands_still(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let mut last = NOW;
    let mut rises = async |what: &str| {
        let updated = ann.record().await.updated_at;
        assert!(updated > last, "{what}");
        last = updated;
    };
    ann.spend(1).await;
    rises("an attempt").await;
    ann.sign_in_by(Proof::Password).await;
    rises("a sign-in").await;
    let totp = ann.create_totp().await;
    rises("a set-up").await;
    let codes = crate::harness::new_codes();
    db.store
        .verify_totp(ann.verification(&totp, &codes), &on(NOW))
        .await
        .unwrap();
    rises("a verification").await;
    ann.pass_first_factor().await;
    rises("a first factor").await;
    let step_up = ann.step_up(Proof::Password).await;
    db.store
        .complete_step_up(step_up, crate::harness::RULE, &on(NOW))
        .await
        .unwrap();
    rises("a step-up").await;
    db.store
        .replace_backup_codes(&ann.id, codes, &on(NOW))
        .await
        .unwrap();
    rises("new codes").await;
    db.store
        .remove_totp(&ann.id, &ann.session, &on(NOW))
        .await
        .unwrap();
    rises("a removal").await;
}
