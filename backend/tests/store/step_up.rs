//! Making a session fresh.

use shared::{
    Timestamp,
    resources::{SessionStatus, VerificationLevel},
};
use twofold::{
    ids::{ClientId, SessionId},
    store::{Presented, Proof, SessionRecord, StepUp, StepUpRecord, StepUpStage},
};

use crate::harness::{NOW, Person, RANDOM, RULE, TestDatabase, after, on};

contract! {
    a_password_freshens_the_first_factor,
    a_second_factor_freshens_itself_and_resets_the_attempts,
    a_password_resets_the_attempts_only_where_nothing_is_stronger,
    a_step_up_that_is_over_changes_nothing,
    a_step_up_is_kept_until_it_is_complete,
    a_step_up_goes_on_to_its_second_stage,
}

async fn session_of(person: &Person) -> SessionRecord {
    let sessions = person.store.client_sessions(&person.client).await.unwrap();
    sessions
        .into_iter()
        .map(|(session, _)| session)
        .find(|s| s.id == person.session)
        .unwrap()
}

async fn complete(person: &Person, step_up: StepUp, now: Timestamp) -> Presented {
    person
        .store
        .complete_step_up(step_up, RULE, &on(now))
        .await
        .unwrap()
}

async fn a_password_freshens_the_first_factor(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let step_up = ann.step_up(Proof::Password).await;
    let token = step_up.token_hash;
    assert_eq!(complete(&ann, step_up, after(9)).await, Presented::Accepted);
    let session = session_of(&ann).await;
    assert_eq!(
        (session.first_factor_at, session.second_factor_at),
        (Some(after(9)), None)
    );
    assert_eq!(db.store.client_by_token(&ann.token).await.unwrap(), None);
    assert_eq!(
        db.store.client_by_token(&token).await.unwrap().unwrap().id,
        ann.client
    );
}

async fn a_second_factor_freshens_itself_and_resets_the_attempts(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let factors = ann.enable_totp().await;
    for (seconds, proof) in [(9, factors.step(1_001)), (10, factors.code(0))] {
        ann.spend(10).await;
        let step_up = ann.step_up(proof.clone()).await;
        assert_eq!(
            complete(&ann, step_up, after(seconds)).await,
            Presented::Accepted
        );
        let session = session_of(&ann).await;
        assert_eq!(session.first_factor_at, Some(NOW));
        assert_eq!(session.second_factor_at, Some(after(seconds)));
        let record = ann.record().await;
        assert_eq!((record.failed_attempts, record.locked_until), (0, None));

        let again = ann.step_up(proof).await;
        assert_eq!(
            complete(&ann, again, after(seconds)).await,
            Presented::AlreadyUsed
        );
        assert_eq!(ann.record().await, record);
    }
}

async fn a_password_resets_the_attempts_only_where_nothing_is_stronger(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    ann.spend(10).await;
    let step_up = ann.step_up(Proof::Password).await;
    assert_eq!(complete(&ann, step_up, NOW).await, Presented::Accepted);
    let record = ann.record().await;
    assert_eq!((record.failed_attempts, record.locked_until), (0, None));

    ann.enable_totp().await;
    ann.spend(10).await;
    let step_up = ann.step_up(Proof::Password).await;
    assert_eq!(complete(&ann, step_up, NOW).await, Presented::Accepted);
    let record = ann.record().await;
    assert_eq!((record.failed_attempts, record.locked_until), (9, None));
}

async fn a_step_up_that_is_over_changes_nothing(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let bob = Person::sign_up(&db.store, "bob@example.com").await;
    let factors = ann.enable_totp().await;
    ann.spend(3).await;
    let good = ann.step_up(factors.code(0)).await;
    let before = ann.record().await;
    let abandoned = session_of(&ann).await.abandon_at;
    for (case, step_up, now) in [
        ("too old", good.clone(), abandoned),
        (
            "no session",
            StepUp {
                session_id: SessionId::generate(RANDOM),
                ..good.clone()
            },
            NOW,
        ),
        (
            "another client",
            StepUp {
                client_id: ClientId::generate(RANDOM),
                ..good.clone()
            },
            NOW,
        ),
        (
            "somebody else's",
            StepUp {
                session_id: bob.session.clone(),
                ..good.clone()
            },
            NOW,
        ),
        (
            "another stage",
            StepUp {
                stage: StepUpStage::NeedsFirstFactor,
                ..good.clone()
            },
            NOW,
        ),
        ("too late", good.clone(), after(600)),
        (
            "other credentials",
            StepUp {
                credentials_version: 1,
                ..good.clone()
            },
            NOW,
        ),
    ] {
        assert_eq!(
            complete(&ann, step_up, now).await,
            Presented::Over,
            "{case}"
        );
        assert_eq!(ann.record().await, before, "{case}");
        assert!(
            db.store
                .client_by_token(&ann.token)
                .await
                .unwrap()
                .is_some(),
            "{case}"
        );
    }
    let removed = SessionStatus::Removed;
    assert!(
        db.store
            .end_session(&ann.id, &ann.session, removed, &on(NOW))
            .await
            .unwrap()
    );
    assert_eq!(complete(&ann, good, NOW).await, Presented::Over);
    assert_eq!(ann.record().await, before);
}

async fn a_step_up_is_kept_until_it_is_complete(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let under_way = |now| db.store.step_up(&ann.session, now);
    assert_eq!(under_way(NOW).await.unwrap(), None);
    let record = StepUpRecord {
        session_id: ann.session.clone(),
        level: VerificationLevel::MultiFactor,
        stage: StepUpStage::NeedsFirstFactor,
        credentials_version: 7,
        abandon_at: after(60),
    };
    assert!(db.store.start_step_up(record.clone(), NOW).await.unwrap());
    assert_eq!(under_way(after(59)).await.unwrap(), Some(record));
    assert_eq!(under_way(after(60)).await.unwrap(), None);

    let second = ann.step_up(Proof::Password).await;
    let begun = under_way(NOW).await.unwrap().unwrap();
    assert_eq!(begun.level, VerificationLevel::SecondFactor, "the newest");
    assert_eq!(
        complete(&ann, second.clone(), NOW).await,
        Presented::Accepted
    );
    assert_eq!(under_way(NOW).await.unwrap(), None);
    assert_eq!(complete(&ann, second, NOW).await, Presented::Over);

    let ended = SessionStatus::Ended;
    let occasion = on(NOW);
    let ended = db
        .store
        .end_session(&ann.id, &ann.session, ended, &occasion);
    assert!(ended.await.unwrap());
    let late = StepUpRecord {
        session_id: ann.session.clone(),
        ..begun
    };
    assert!(!db.store.start_step_up(late, NOW).await.unwrap());
}

async fn a_step_up_goes_on_to_its_second_stage(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let factors = ann.enable_totp().await;
    let first = StepUp {
        goes_on: true,
        ..ann.step_up(Proof::Password).await
    };
    assert_eq!(
        complete(&ann, first.clone(), after(9)).await,
        Presented::Accepted
    );
    let begun = db.store.step_up(&ann.session, after(9)).await.unwrap();
    assert_eq!(begun.unwrap().stage, StepUpStage::NeedsSecondFactor);
    assert_eq!(
        complete(&ann, first.clone(), after(9)).await,
        Presented::Over
    );
    let second = StepUp {
        stage: StepUpStage::NeedsSecondFactor,
        goes_on: false,
        proof: factors.code(0),
        ..first
    };
    assert_eq!(complete(&ann, second, after(9)).await, Presented::Accepted);
    let begun = db.store.step_up(&ann.session, after(9)).await.unwrap();
    assert_eq!(begun, None);
}
