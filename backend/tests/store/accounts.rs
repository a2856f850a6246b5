//! Accounts.

use twofold::{ids::ClientId, store::Taken};

use crate::harness::{
    NOW, Person, RANDOM, TestDatabase, at_once, count, new_session, new_user, on,
};

contract! {
    an_account_is_signed_in_as_it_is_made,
    a_sign_up_ends_the_sign_in_of_its_client,
    an_e_mail_address_and_a_user_name_are_taken_once,
    of_many_sign_ups_at_once_with_one_e_mail_address_one_wins,
    an_account_is_found_by_its_e_mail_address_before_anothers_user_name,
    the_database_answers,
}

async fn the_database_answers(db: TestDatabase) {
    db.store.ping().await.unwrap();
}

async fn an_account_is_signed_in_as_it_is_made(db: TestDatabase) {
    let user = new_user("ann@example.com", Some("ann"));
    let session = new_session(&user.id, None, NOW);
    assert_eq!(
        db.store
            .sign_up(user.clone(), session.clone(), &on(NOW))
            .await
            .unwrap(),
        Ok(())
    );

    let record = db.store.user(&user.id).await.unwrap().unwrap();
    assert_eq!(record.email, "ann@example.com");
    assert_eq!(record.email_id, user.email_id);
    assert_eq!(record.username.as_deref(), Some("ann"));
    assert_eq!(record.first_name.as_deref(), Some("Ann"));
    assert_eq!(record.last_name, None);
    assert_eq!(record.password_hash, user.password_hash);
    assert_eq!(record.failed_attempts, 0);
    assert_eq!(record.locked_until, None);
    assert_eq!(
        (record.totp_verified_at, record.mfa_enabled_at),
        (None, None)
    );
    assert_eq!(record.backup_codes_remaining, None);
    assert_eq!(record.last_sign_in_at, Some(NOW));
    assert_eq!((record.created_at, record.updated_at), (NOW, NOW));

    let client = db
        .store
        .client_by_token(&session.token_hash)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(client.id, session.client_id);
    assert_eq!(client.last_active_session_id, Some(session.id.clone()));

    let sessions = db.store.client_sessions(&client.id).await.unwrap();
    let [(kept, owner)] = &sessions[..] else {
        panic!("{sessions:?}")
    };
    assert_eq!(*owner, record);
    assert_eq!(
        (&kept.id, &kept.user_id, kept.status),
        (&session.id, &user.id, session.status)
    );
    assert_eq!(
        (kept.expire_at, kept.abandon_at),
        (session.expire_at, session.abandon_at)
    );
    assert_eq!(
        (kept.first_factor_at, kept.second_factor_at),
        (Some(NOW), None)
    );
    assert_eq!(kept.device, session.device);
    assert_eq!((kept.last_active_at, kept.created_at), (NOW, NOW));
}

async fn a_sign_up_ends_the_sign_in_of_its_client(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let sign_in = ann.start_sign_in().await;

    let user = new_user("bob@example.com", None);
    let session = new_session(&user.id, Some(&sign_in.client_id), NOW);
    db.store
        .sign_up(user, session, &on(NOW))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(db.store.sign_in(&sign_in.client_id).await.unwrap(), None);
}

async fn an_e_mail_address_and_a_user_name_are_taken_once(db: TestDatabase) {
    let ann = new_user("ann@example.com", Some("ann"));
    let session = new_session(&ann.id, None, NOW);
    db.store
        .sign_up(ann, session, &on(NOW))
        .await
        .unwrap()
        .unwrap();

    for (email, username, taken) in [
        ("ann@example.com", "bob", Taken::Email),
        ("bob@example.com", "ann", Taken::Username),
    ] {
        let user = new_user(email, Some(username));
        let session = new_session(&user.id, Some(&ClientId::generate(RANDOM)), NOW);
        let (id, token) = (user.id.clone(), session.token_hash);
        assert_eq!(
            db.store.sign_up(user, session, &on(NOW)).await.unwrap(),
            Err(taken)
        );
        assert_eq!(db.store.user(&id).await.unwrap(), None);
        assert_eq!(db.store.client_by_token(&token).await.unwrap(), None);
    }
}

async fn of_many_sign_ups_at_once_with_one_e_mail_address_one_wins(db: TestDatabase) {
    let outcomes = at_once((0..32).map(|turn| {
        let store = db.server(turn);
        let user = new_user("ann@example.com", None);
        let session = new_session(&user.id, None, NOW);
        async move { store.sign_up(user, session, &on(NOW)).await.unwrap() }
    }))
    .await;
    assert_eq!(count(&outcomes, &Ok(())), 1);
    assert_eq!(count(&outcomes, &Err(Taken::Email)), 31);
}

async fn an_account_is_found_by_its_e_mail_address_before_anothers_user_name(db: TestDatabase) {
    // Bob came first, and calls himself what Ann's address is.
    let bob = new_user("bob@example.com", Some("ann@example.com"));
    let session = new_session(&bob.id, None, NOW);
    db.store
        .sign_up(bob.clone(), session, &on(NOW))
        .await
        .unwrap()
        .unwrap();
    let ann = new_user("ann@example.com", Some("ann"));
    let session = new_session(&ann.id, None, NOW);
    db.store
        .sign_up(ann.clone(), session, &on(NOW))
        .await
        .unwrap()
        .unwrap();

    for (identifier, id) in [
        ("ann@example.com", Some(&ann.id)),
        ("ann", Some(&ann.id)),
        ("bob@example.com", Some(&bob.id)),
        ("carol", None),
    ] {
        let found = db.store.user_by_identifier(identifier).await.unwrap();
        assert_eq!(found.as_ref().map(|user| &user.id), id, "{identifier}");
    }
}
