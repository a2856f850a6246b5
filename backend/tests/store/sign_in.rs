//! Sign-ins.

use std::slice::from_ref;

use twofold::{
    ids::ClientId,
    store::{Presented, Proof, SignInCompletion, SignInRecord, SignInStage},
};

use crate::harness::{
    FIRST_STEP, NOW, Person, RANDOM, RULE, TestDatabase, after, new_codes, new_session, on,
};

contract! {
    a_client_has_one_sign_in_the_last,
    a_complete_sign_in_has_a_session_under_a_new_token,
    a_rehashed_password_is_kept_and_ends_no_sign_in,
    the_step_of_the_set_up_is_used_up,
    a_step_that_was_accepted_and_every_earlier_one_is_used_up,
    a_backup_code_is_accepted_once,
    a_code_that_is_refused_changes_nothing,
    the_code_of_somebody_else_is_wrong,
    an_unverified_authenticator_app_proves_nothing,
    a_sign_in_that_is_over_changes_nothing,
    a_change_of_factors_ends_sign_ins,
    only_a_fresh_first_stage_can_advance,
}

async fn a_client_has_one_sign_in_the_last(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let first = ann.start_sign_in().await;
    assert_eq!(
        db.store.sign_in(&first.client_id).await.unwrap(),
        Some(first.clone())
    );

    let unknown = SignInRecord {
        user_id: None,
        ..ann.start_sign_in_on(&first.client_id).await
    };
    db.store.start_sign_in(unknown.clone(), NOW).await.unwrap();
    assert_eq!(
        db.store.sign_in(&first.client_id).await.unwrap(),
        Some(unknown)
    );
    assert_eq!(
        db.store.sign_in(&ClientId::generate(RANDOM)).await.unwrap(),
        None
    );

    let completion = ann.completion(&first, Proof::Password);
    assert_eq!(
        db.store
            .complete_sign_in(completion, &on(NOW))
            .await
            .unwrap(),
        Presented::Over
    );
}

async fn a_complete_sign_in_has_a_session_under_a_new_token(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let factors = ann.enable_totp().await;
    db.store
        .end_client_sessions(&ann.client, &on(NOW))
        .await
        .unwrap();
    let sign_in = ann.start_sign_in_on(&ann.client).await;
    let sign_in = ann.advance(sign_in).await;
    assert_eq!(
        db.store.sign_in(&ann.client).await.unwrap(),
        Some(sign_in.clone())
    );

    let completion = ann.completion(&sign_in, factors.step(1_001));
    let session = completion.session.clone();
    let before = ann.record().await;
    let done = db
        .store
        .complete_sign_in(completion, &on(after(5)))
        .await
        .unwrap();
    assert_eq!(done, Presented::Accepted);

    let record = ann.record().await;
    assert_eq!(record.last_sign_in_at, Some(after(5)));
    assert_eq!(record.totp_last_used_at, Some(after(5)));
    assert_eq!(record.credentials_version, before.credentials_version);
    assert!(record.updated_at > before.updated_at);

    assert_eq!(db.store.client_by_token(&ann.token).await.unwrap(), None);
    let client = db
        .store
        .client_by_token(&session.token_hash)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(client.id, ann.client);
    assert_eq!(client.created_at, NOW);
    assert_eq!(client.last_active_session_id, Some(session.id.clone()));
    assert_eq!(ann.live_sessions().await, from_ref(&session.id));

    let complete = db.store.sign_in(&ann.client).await.unwrap().unwrap();
    assert_eq!(complete.stage, SignInStage::Complete);
    assert_eq!(complete.created_session_id, Some(session.id));
}

async fn a_rehashed_password_is_kept_and_ends_no_sign_in(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let sign_in = ann.start_sign_in().await;
    let other = ann.start_sign_in().await;
    let completion = SignInCompletion {
        rehashed_password: Some("$argon2id$second".to_owned()),
        ..ann.completion(&sign_in, Proof::Password)
    };
    db.store
        .complete_sign_in(completion, &on(NOW))
        .await
        .unwrap();
    assert_eq!(ann.record().await.password_hash, "$argon2id$second");

    let hash = Some("$argon2id$third".to_owned());
    assert!(
        db.store
            .advance_sign_in(&other, &ann.id, hash, RULE, &on(NOW))
            .await
            .unwrap()
    );
    assert_eq!(ann.record().await.password_hash, "$argon2id$third");
}

async fn the_step_of_the_set_up_is_used_up(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let factors = ann.enable_totp().await;
    assert_eq!(
        ann.sign_in_by(factors.step(FIRST_STEP.0)).await,
        Presented::AlreadyUsed
    );
}

async fn a_step_that_was_accepted_and_every_earlier_one_is_used_up(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let factors = ann.enable_totp().await;
    assert_eq!(
        ann.sign_in_by(factors.step(1_005)).await,
        Presented::Accepted
    );
    assert_eq!(
        ann.sign_in_by(factors.step(1_005)).await,
        Presented::AlreadyUsed
    );
    assert_eq!(
        ann.sign_in_by(factors.step(1_004)).await,
        Presented::AlreadyUsed
    );
    assert_eq!(
        ann.sign_in_by(factors.step(1_006)).await,
        Presented::Accepted
    );
}

async fn a_backup_code_is_accepted_once(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let factors = ann.enable_totp().await;
    assert_eq!(ann.sign_in_by(factors.code(3)).await, Presented::Accepted);
    assert_eq!(ann.record().await.backup_codes_remaining, Some(9));
    let before = ann.record().await;
    assert_eq!(
        ann.sign_in_by(factors.code(3)).await,
        Presented::AlreadyUsed
    );
    assert_eq!(ann.record().await.last_sign_in_at, before.last_sign_in_at);
    assert_eq!(ann.sign_in_by(factors.code(4)).await, Presented::Accepted);
    assert_eq!(ann.record().await.backup_codes_remaining, Some(8));
}

async fn a_code_that_is_refused_changes_nothing(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let mut factors = ann.enable_totp().await;
    assert_eq!(ann.sign_in_by(factors.code(0)).await, Presented::Accepted);
    let used = factors.code(0);
    factors.codes.hashes = new_codes().hashes;
    let made_up = factors.code(0);
    ann.spend(9).await;
    let sign_in = ann.pass_first_factor().await;
    let state = async || {
        let totp = db.store.totp(&ann.id).await.unwrap();
        let sign_in = db.store.sign_in(&sign_in.client_id).await.unwrap();
        (ann.record().await, totp, sign_in)
    };
    // The spent attempts above all: a used code must not reset them.
    let before = state().await;
    assert_eq!(before.0.failed_attempts, 8);
    for (proof, refused) in [
        (used, Presented::AlreadyUsed),
        (made_up, Presented::Wrong),
        (factors.step(FIRST_STEP.0), Presented::AlreadyUsed),
    ] {
        let completion = ann.completion(&sign_in, proof);
        let token = completion.session.token_hash;
        let done = db
            .store
            .complete_sign_in(completion, &on(after(5)))
            .await
            .unwrap();
        assert_eq!(done, refused);
        assert_eq!(state().await, before);
        assert_eq!(db.store.client_by_token(&token).await.unwrap(), None);
    }
}

async fn the_code_of_somebody_else_is_wrong(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let bob = Person::sign_up(&db.store, "bob@example.com").await;
    let anns = ann.enable_totp().await;
    let bobs = bob.enable_totp().await;
    assert_eq!(bob.sign_in_by(anns.code(0)).await, Presented::Wrong);
    assert_eq!(bob.sign_in_by(anns.step(1_001)).await, Presented::Wrong);
    assert_eq!(ann.record().await.backup_codes_remaining, Some(10));
    // Used, it is still nothing to Bob.
    assert_eq!(ann.sign_in_by(anns.code(0)).await, Presented::Accepted);
    assert_eq!(bob.sign_in_by(anns.code(0)).await, Presented::Wrong);
    // A code that never was.
    let mut made_up = bobs.clone();
    made_up.codes.hashes = new_codes().hashes;
    assert_eq!(bob.sign_in_by(made_up.code(0)).await, Presented::Wrong);
}

async fn an_unverified_authenticator_app_proves_nothing(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let totp = ann.create_totp().await;
    let proof = Proof::Totp {
        totp_id: totp,
        step: FIRST_STEP,
    };
    assert_eq!(ann.sign_in_by(proof).await, Presented::Wrong);
    assert_eq!(
        db.store.totp(&ann.id).await.unwrap().unwrap().last_step,
        None
    );
}

async fn a_sign_in_that_is_over_changes_nothing(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let bob = Person::sign_up(&db.store, "bob@example.com").await;
    let factors = ann.enable_totp().await;
    ann.spend(3).await;
    let sign_in = ann.pass_first_factor().await;
    let first_stage = ann.start_sign_in().await;
    let bobs = bob.pass_first_factor().await;
    let good = ann.completion(&sign_in, factors.code(0));

    let before = (
        ann.record().await,
        db.store.sign_in(&sign_in.client_id).await.unwrap(),
    );
    let too_late = (good.clone(), sign_in.abandon_at);
    let skips_the_password = SignInCompletion {
        id: first_stage.id.clone(),
        session: new_session(&ann.id, Some(&first_stage.client_id), NOW),
        ..good.clone()
    };
    let on_another_client = SignInCompletion {
        session: new_session(&ann.id, None, NOW),
        ..good.clone()
    };
    let somebody_elses = SignInCompletion {
        id: bobs.id.clone(),
        credentials_version: good.credentials_version,
        session: new_session(&ann.id, Some(&bobs.client_id), NOW),
        ..good.clone()
    };
    let of_other_credentials = SignInCompletion {
        credentials_version: good.credentials_version + 1,
        ..good.clone()
    };
    for (case, (completion, now)) in [
        ("too late", too_late),
        ("skips the password", (skips_the_password, NOW)),
        ("on another client", (on_another_client, NOW)),
        ("somebody else's", (somebody_elses, NOW)),
        ("of other credentials", (of_other_credentials, NOW)),
    ] {
        let token = completion.session.token_hash;
        let done = db
            .store
            .complete_sign_in(completion, &on(now))
            .await
            .unwrap();
        assert_eq!(done, Presented::Over, "{case}");
        let client = db.store.client_by_token(&token).await.unwrap();
        assert_eq!(client, None, "{case}");
        let now = (
            ann.record().await,
            db.store.sign_in(&sign_in.client_id).await.unwrap(),
        );
        assert_eq!(now, before, "{case}");
    }
    assert_eq!(
        db.store.complete_sign_in(good, &on(NOW)).await.unwrap(),
        Presented::Accepted
    );
}

async fn a_change_of_factors_ends_sign_ins(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let by_password = ann.start_sign_in().await;
    let factors = ann.enable_totp().await;
    let completion = ann.completion(&by_password, Proof::Password);
    assert_eq!(
        db.store
            .complete_sign_in(completion, &on(NOW))
            .await
            .unwrap(),
        Presented::Over
    );
    assert!(
        !db.store
            .advance_sign_in(&by_password, &ann.id, None, RULE, &on(NOW))
            .await
            .unwrap()
    );

    let by_code = ann.pass_first_factor().await;
    assert!(
        db.store
            .replace_backup_codes(&ann.id, new_codes(), &on(NOW))
            .await
            .unwrap()
    );
    let completion = ann.completion(&by_code, factors.step(1_001));
    assert_eq!(
        db.store
            .complete_sign_in(completion, &on(NOW))
            .await
            .unwrap(),
        Presented::Over
    );

    let by_code = ann.pass_first_factor().await;
    db.store
        .remove_totp(&ann.id, &ann.session, &on(NOW))
        .await
        .unwrap();
    let completion = ann.completion(&by_code, factors.step(1_001));
    assert_eq!(
        db.store
            .complete_sign_in(completion, &on(NOW))
            .await
            .unwrap(),
        Presented::Over
    );
}

async fn only_a_fresh_first_stage_can_advance(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let bob = Person::sign_up(&db.store, "bob@example.com").await;
    ann.enable_totp().await;
    bob.enable_totp().await;
    ann.spend(2).await;
    let sign_in = ann.start_sign_in().await;
    let before = ann.record().await;
    let hash = || Some("$argon2id$second".to_owned());
    let advance = async |user: &Person, now| {
        db.store
            .advance_sign_in(&sign_in, &user.id, hash(), RULE, &on(now))
            .await
            .unwrap()
    };
    assert!(!advance(&ann, sign_in.abandon_at).await, "too late");
    assert!(!advance(&bob, NOW).await, "somebody else's");
    assert_eq!(ann.record().await, before);
    assert!(advance(&ann, NOW).await);
    let before = ann.record().await;
    assert!(!advance(&ann, NOW).await, "done already");
    assert_eq!(ann.record().await, before);
}
