//! The authenticator app.

use std::slice::from_ref;

use shared::{Timestamp, resources::SessionStatus};
use twofold::{
    ids::{SessionId, TotpId, UserId},
    store::{NewTotp, Presented, Proof, RemovedTotp, TotpVerification},
};

use crate::harness::{
    FIRST_STEP, NOW, Person, RANDOM, TestDatabase, after, new_codes, new_session, new_user, on,
};

contract! {
    an_unverified_authenticator_app_is_replaced_and_a_verified_one_is_not,
    a_verified_authenticator_app_protects_the_account,
    a_verification_without_backup_codes_makes_none,
    the_clients_of_revoked_sessions_forget_them,
    a_pending_session_becomes_active_by_the_set_up,
    a_verification_that_is_over_changes_nothing,
    an_unverified_authenticator_app_goes_alone,
    a_verified_authenticator_app_takes_codes_and_sessions_with_it,
    any_authenticator_app_is_found_once_there_is_one,
}

async fn an_unverified_authenticator_app_is_replaced_and_a_verified_one_is_not(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let first = ann.create_totp().await;
    let updated = ann.record().await.updated_at;
    let second = TotpId::generate(RANDOM);
    let totp = |id: &TotpId| NewTotp {
        id: id.clone(),
        user_id: ann.id.clone(),
        sealed_secret: b"another".to_vec(),
    };
    assert!(
        db.store
            .create_totp(totp(&second), &on(after(1)))
            .await
            .unwrap()
    );
    assert_ne!(first, second);
    let kept = db.store.totp(&ann.id).await.unwrap().unwrap();
    assert_eq!((&kept.id, &kept.user_id), (&second, &ann.id));
    assert_eq!(kept.sealed_secret, b"another");
    assert_eq!(
        (kept.verified_at, kept.last_step, kept.last_used_at),
        (None, None, None)
    );
    assert_eq!(kept.created_at, after(1));
    let record = ann.record().await;
    assert!(record.updated_at > updated);
    assert_eq!(record.totp_verified_at, None);

    let verification = ann.verification(&second, &new_codes());
    db.store
        .verify_totp(verification, &on(after(2)))
        .await
        .unwrap();
    let before = (ann.record().await, db.store.totp(&ann.id).await.unwrap());
    assert!(
        !db.store
            .create_totp(totp(&TotpId::generate(RANDOM)), &on(after(3)))
            .await
            .unwrap()
    );
    assert_eq!(
        (ann.record().await, db.store.totp(&ann.id).await.unwrap()),
        before
    );
}

async fn a_verified_authenticator_app_protects_the_account(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let bob = Person::sign_up(&db.store, "bob@example.com").await;
    ann.sign_in_by(Proof::Password).await;
    assert_eq!(ann.live_sessions().await.len(), 2);
    ann.spend(9).await;
    let totp = ann.create_totp().await;
    let before = ann.record().await;

    let codes = new_codes();
    let verification = ann.verification(&totp, &codes);
    let done = db
        .store
        .verify_totp(verification, &on(after(7)))
        .await
        .unwrap();
    assert_eq!(done, (Presented::Accepted, true));

    let record = ann.record().await;
    assert_eq!(record.totp_verified_at, Some(after(7)));
    assert_eq!(record.totp_last_used_at, Some(after(7)));
    assert_eq!(record.mfa_enabled_at, Some(after(7)));
    assert_eq!(record.backup_codes_remaining, Some(10));
    assert_eq!(record.credentials_version, before.credentials_version + 1);
    assert!(record.updated_at > before.updated_at);
    assert_eq!((record.failed_attempts, record.locked_until), (0, None));

    let kept = db.store.totp(&ann.id).await.unwrap().unwrap();
    assert_eq!(
        (kept.verified_at, kept.last_step),
        (Some(after(7)), Some(FIRST_STEP))
    );
    let set = db.store.backup_code_set(&ann.id).await.unwrap().unwrap();
    assert_eq!((set.id, set.salt), (codes.id, codes.salt));

    assert_eq!(ann.live_sessions().await, from_ref(&ann.session));
    let sessions = db.store.client_sessions(&ann.client).await.unwrap();
    assert_eq!(sessions[0].0.second_factor_at, Some(after(7)));
    let client = db.store.client_by_token(&ann.token).await.unwrap().unwrap();
    assert_eq!(client.last_active_session_id, Some(ann.session.clone()));
    assert_eq!(bob.live_sessions().await, from_ref(&bob.session));
}

async fn a_verification_without_backup_codes_makes_none(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let totp = ann.create_totp().await;
    let verification = TotpVerification {
        backup_codes: None,
        ..ann.verification(&totp, &new_codes())
    };
    let done = db.store.verify_totp(verification, &on(NOW)).await.unwrap();
    assert_eq!(done, (Presented::Accepted, false));
    assert_eq!(db.store.backup_code_set(&ann.id).await.unwrap(), None);
    assert_eq!(ann.record().await.backup_codes_remaining, None);
}

async fn the_clients_of_revoked_sessions_forget_them(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let bob = Person::sign_up(&db.store, "bob@example.com").await;
    let sign_in = ann.start_sign_in().await;
    let completion = ann.completion(&sign_in, Proof::Password);
    let token = completion.session.token_hash;
    db.store
        .complete_sign_in(completion, &on(NOW))
        .await
        .unwrap();
    let last_active = async |token| {
        let client = db.store.client_by_token(token).await.unwrap().unwrap();
        client.last_active_session_id
    };
    assert!(last_active(&token).await.is_some());
    ann.enable_totp().await;
    assert_eq!(last_active(&token).await, None);
    assert_eq!(last_active(&ann.token).await, Some(ann.session));
    assert_eq!(last_active(&bob.token).await, Some(bob.session));
}

async fn a_pending_session_becomes_active_by_the_set_up(db: TestDatabase) {
    let user = new_user("ann@example.com", None);
    let mut session = new_session(&user.id, None, NOW);
    session.status = SessionStatus::Pending;
    let ann = Person {
        store: db.store.clone(),
        id: user.id.clone(),
        client: session.client_id.clone(),
        session: session.id.clone(),
        token: session.token_hash,
    };
    db.store
        .sign_up(user, session, &on(NOW))
        .await
        .unwrap()
        .unwrap();
    let status = async || {
        db.store.client_sessions(&ann.client).await.unwrap()[0]
            .0
            .status
    };
    assert_eq!(status().await, SessionStatus::Pending);
    ann.enable_totp().await;
    assert_eq!(status().await, SessionStatus::Active);
}

async fn a_verification_that_is_over_changes_nothing(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let bob = Person::sign_up(&db.store, "bob@example.com").await;
    ann.spend(3).await;
    let totp = ann.create_totp().await;
    let bobs = bob.create_totp().await;
    let good = ann.verification(&totp, &new_codes());
    let before = (ann.record().await, db.store.totp(&ann.id).await.unwrap());
    for (case, verification) in [
        (
            "too old",
            TotpVerification {
                made_after: NOW,
                ..good.clone()
            },
        ),
        (
            "gone",
            TotpVerification {
                id: TotpId::generate(RANDOM),
                ..good.clone()
            },
        ),
        (
            "somebody else's",
            TotpVerification {
                id: bobs.clone(),
                ..good.clone()
            },
        ),
        (
            "nobody's",
            TotpVerification {
                user_id: UserId::generate(RANDOM),
                ..good.clone()
            },
        ),
        (
            "no session",
            TotpVerification {
                session_id: SessionId::generate(RANDOM),
                ..good.clone()
            },
        ),
        (
            "another's session",
            TotpVerification {
                session_id: bob.session.clone(),
                ..good.clone()
            },
        ),
    ] {
        let done = db.store.verify_totp(verification, &on(NOW)).await.unwrap();
        assert_eq!(done, (Presented::Over, false), "{case}");
        let now = (ann.record().await, db.store.totp(&ann.id).await.unwrap());
        assert_eq!(now, before, "{case}");
        assert_eq!(
            db.store.backup_code_set(&ann.id).await.unwrap(),
            None,
            "{case}"
        );
    }
    let just_in_time = TotpVerification {
        made_after: Timestamp::from_millis(NOW.millis() - 1),
        ..good.clone()
    };
    let done = db.store.verify_totp(just_in_time, &on(NOW)).await.unwrap();
    assert_eq!(done, (Presented::Accepted, true));
    let before = ann.record().await;
    assert_eq!(
        db.store.verify_totp(good, &on(NOW)).await.unwrap(),
        (Presented::Over, false)
    );
    assert_eq!(ann.record().await, before);
}

async fn an_unverified_authenticator_app_goes_alone(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    ann.sign_in_by(Proof::Password).await;
    let before = ann.record().await;
    let remove = async || {
        db.store
            .remove_totp(&ann.id, &ann.session, &on(NOW))
            .await
            .unwrap()
    };
    assert_eq!(remove().await, RemovedTotp::None);
    assert_eq!(ann.record().await, before);

    let totp = ann.create_totp().await;
    let before = ann.record().await;
    assert_eq!(remove().await, RemovedTotp::Unverified(totp));
    assert_eq!(db.store.totp(&ann.id).await.unwrap(), None);
    let record = ann.record().await;
    assert_eq!(record.credentials_version, before.credentials_version);
    assert_eq!(record.mfa_disabled_at, None);
    assert!(record.updated_at > before.updated_at);
    assert_eq!(ann.live_sessions().await.len(), 2);
}

async fn a_verified_authenticator_app_takes_codes_and_sessions_with_it(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let factors = ann.enable_totp().await;
    assert_eq!(
        ann.sign_in_by(factors.step(1_001)).await,
        Presented::Accepted
    );
    assert_eq!(ann.live_sessions().await.len(), 2);
    let before = ann.record().await;

    let removed = db
        .store
        .remove_totp(&ann.id, &ann.session, &on(after(9)))
        .await
        .unwrap();
    assert_eq!(removed, RemovedTotp::Verified(factors.totp.clone()));
    assert_eq!(db.store.totp(&ann.id).await.unwrap(), None);
    assert_eq!(db.store.backup_code_set(&ann.id).await.unwrap(), None);
    let record = ann.record().await;
    assert_eq!(
        (record.totp_verified_at, record.backup_codes_remaining),
        (None, None)
    );
    assert_eq!(
        (record.mfa_enabled_at, record.mfa_disabled_at),
        (None, Some(after(9)))
    );
    assert_eq!(record.credentials_version, before.credentials_version + 1);
    assert!(record.updated_at > before.updated_at);
    assert_eq!(ann.live_sessions().await, from_ref(&ann.session));

    assert_eq!(ann.sign_in_by(factors.code(0)).await, Presented::Wrong);
    assert_eq!(ann.sign_in_by(factors.step(2_000)).await, Presented::Wrong);
    // A new one begins anew, and the old one's codes stay worthless.
    let anew = ann.enable_totp().await;
    assert_eq!(ann.sign_in_by(factors.step(2_000)).await, Presented::Wrong);
    assert_eq!(ann.sign_in_by(factors.code(0)).await, Presented::Wrong);
    assert_eq!(ann.sign_in_by(anew.step(1_001)).await, Presented::Accepted);
}

async fn any_authenticator_app_is_found_once_there_is_one(db: TestDatabase) {
    assert_eq!(db.store.any_totp().await.unwrap(), None);
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let totp = ann.create_totp().await;
    assert_eq!(db.store.any_totp().await.unwrap().unwrap().id, totp);
}
