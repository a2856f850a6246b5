//! What operators do with accounts.

use std::collections::BTreeSet;

use shared::{
    Timestamp,
    resources::{EventActor, SecurityEventKind, SessionStatus, Strategy},
    totp::Step,
};
use twofold::{
    ids::{TotpId, UserId},
    store::{
        Actor, Attempt, BackupCodeKind, Changed, FactorCheck, NamesChange, NewAccount, NewTotp,
        Occasion, Presented, Proof, Removed, SessionQuery, SessionsOf, Taken, UserFilter,
        UserOrder, UserQuery,
    },
};

use crate::harness::{
    NOW, Person, RANDOM, RULE, TestDatabase, after, at_once, count, new_codes, new_user, on,
};

/// What an operator does, at that time.
fn by_operator(now: Timestamp) -> Occasion {
    Occasion {
        actor: Actor::BackEndApi,
        ..on(now)
    }
}

fn account(email: &str) -> NewAccount {
    NewAccount {
        user: new_user(email, None),
        external_id: None,
        created_at: None,
        banned: false,
        locked_until: None,
        totp: None,
        backup_codes: None,
    }
}

fn everybody() -> UserQuery {
    UserQuery {
        filter: UserFilter::default(),
        order: UserOrder::Email,
        descending: false,
        limit: 10,
        offset: 0,
    }
}

async fn an_account_is_there_whole_or_not_at_all(database: TestDatabase) {
    let store = &database.store;
    let mut ann = account("ann@example.com");
    let id = ann.user.id.clone();
    let codes = new_codes();
    ann.external_id = Some("7".to_owned());
    ann.created_at = Some(Timestamp::from_millis(5));
    ann.totp = Some(NewTotp {
        id: TotpId::generate(RANDOM),
        user_id: id.clone(),
        sealed_secret: b"sealed".to_vec(),
    });
    let mut imported = codes.clone();
    imported.kind = BackupCodeKind::Imported;
    ann.backup_codes = Some(imported);
    let made = store.create_account(ann, &by_operator(NOW)).await;
    assert_eq!(made.unwrap(), Ok(()));
    let record = store.user(&id).await.unwrap().unwrap();
    assert_eq!(record.external_id.as_deref(), Some("7"));
    assert_eq!(record.created_at, Timestamp::from_millis(5));
    assert_eq!(record.totp_verified_at, Some(NOW));
    assert_eq!(record.mfa_enabled_at, Some(NOW));
    assert_eq!(record.backup_codes_remaining, Some(10));
    assert_eq!(record.last_sign_in_at, None);
    let set = store.backup_code_set(&id).await.unwrap().unwrap();
    assert_eq!(set.kind, BackupCodeKind::Imported);
    let mut hashes = store.backup_code_hashes(&set.id).await.unwrap();
    let mut kept = codes.hashes;
    hashes.sort();
    kept.sort();
    assert_eq!(hashes, kept);

    for (email, external_id, taken) in [
        ("ann@example.com", None, Taken::Email),
        ("bob@example.com", Some("7"), Taken::ExternalId),
    ] {
        let mut other = account(email);
        other.external_id = external_id.map(str::to_owned);
        let refused = store.create_account(other, &by_operator(NOW)).await;
        assert_eq!(refused.unwrap(), Err(taken));
    }
    assert_eq!(store.count_users(&UserFilter::default()).await.unwrap(), 1);
    let events = store.events(&id, None, 10).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].actor, EventActor::BackEndApi);
}

async fn a_deletion_takes_everything_and_is_noted_all_the_same(database: TestDatabase) {
    let ann = Person::sign_up(&database.store, "ann@example.com").await;
    let factors = ann.enable_totp().await;
    ann.start_sign_in().await;
    let store = &database.store;
    let occasion = by_operator(after(1));
    let deleted = store.delete_account(&ann.id, None, &occasion).await;
    assert_eq!(deleted.unwrap(), Changed::Done);
    assert_eq!(store.user(&ann.id).await.unwrap(), None);
    assert_eq!(store.totp(&ann.id).await.unwrap(), None);
    assert_eq!(store.session(&ann.session).await.unwrap(), None);
    let codes = store.backup_code_hashes(&factors.codes.id).await.unwrap();
    assert!(codes.is_empty());
    assert!(store.events(&ann.id, None, 10).await.unwrap().is_empty());
    assert_eq!(store.claim_mail(after(60), after(61)).await.unwrap(), None);
    let again = store.delete_account(&ann.id, None, &occasion).await;
    assert_eq!(again.unwrap(), Changed::NotFound);
}

async fn a_ban_and_a_lock_end_all_that_is_under_way(database: TestDatabase) {
    let store = &database.store;
    for lock in [false, true] {
        let ann = Person::sign_up(store, &format!("ann{lock}@example.com")).await;
        let factors = ann.enable_totp().await;
        let sign_in = ann.pass_first_factor().await;
        let before = ann.record().await.credentials_version;
        let occasion = by_operator(after(1));
        let changed = if lock {
            store.lock(&ann.id, after(3_600), None, &occasion).await
        } else {
            store.ban(&ann.id, None, &occasion).await
        };
        assert_eq!(changed.unwrap(), Changed::Done);
        let record = ann.record().await;
        assert!(record.credentials_version > before);
        assert_eq!(record.banned_at, (!lock).then_some(after(1)));
        assert_eq!(record.locked_until, lock.then_some(after(3_600)));
        assert!(ann.live_sessions().await.is_empty());
        let completion = ann.completion(&sign_in, factors.step(2_000));
        let over = store.complete_sign_in(completion, &on(after(2))).await;
        assert_eq!(over.unwrap(), Presented::Over);
        let attempt = store
            .spend_attempt(&ann.id, None, Strategy::Totp, RULE, &on(after(2)))
            .await
            .unwrap();
        assert_eq!(matches!(attempt, Attempt::Locked { .. }), lock);
    }
}

async fn what_is_so_already_is_not_noted_again(database: TestDatabase) {
    let store = &database.store;
    let ann = Person::sign_up(store, "ann@example.com").await;
    for (now, outcome) in [(1, Changed::Done), (2, Changed::Already)] {
        let banned = store.ban(&ann.id, None, &by_operator(after(now))).await;
        assert_eq!(banned.unwrap(), outcome);
    }
    for (now, outcome) in [(3, Changed::Done), (4, Changed::Already)] {
        let unbanned = store.unban(&ann.id, &by_operator(after(now))).await;
        assert_eq!(unbanned.unwrap(), outcome);
    }
    for (removed, outcome) in [
        (Removed::All, Changed::Already),
        (Removed::Totp, Changed::NotFound),
        (Removed::BackupCodes, Changed::NotFound),
    ] {
        let occasion = by_operator(after(5));
        let nothing = store
            .remove_factors(&ann.id, removed, None, &occasion)
            .await;
        assert_eq!(nothing.unwrap(), outcome);
    }
    let kinds: Vec<_> = store
        .events(&ann.id, None, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|event| event.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            SecurityEventKind::AccountUnbanned,
            SecurityEventKind::AccountBanned,
            SecurityEventKind::SignUp
        ]
    );
    let nobody = UserId::from("user_nobody".to_owned());
    let occasion = by_operator(NOW);
    assert_eq!(
        store.unban(&nobody, &occasion).await.unwrap(),
        Changed::NotFound
    );
    let renamed = store.rename_account(&nobody, NamesChange::default(), &occasion);
    assert_eq!(renamed.await.unwrap(), Ok(false));
}

/// At two servers: the one that comes second sees what the first has done.
async fn of_all_administrators_at_once_one_is_left(database: TestDatabase) {
    let emails: Vec<String> = (0..6).map(|n| format!("boss{n}@example.com")).collect();
    let administrators: BTreeSet<String> = emails.iter().cloned().collect();
    let mut going = Vec::new();
    for (n, email) in emails.iter().enumerate() {
        let boss = Person::sign_up(&database.store, email).await.id;
        let (store, administrators) = (database.server(n), administrators.clone());
        going.push(async move {
            let occasion = by_operator(after(1));
            let keep_one = Some(&administrators);
            match n % 3 {
                1 => store.ban(&boss, keep_one, &occasion).await,
                _ => store.delete_account(&boss, keep_one, &occasion).await,
            }
            .unwrap()
        });
    }
    let outcomes = at_once(going).await;
    assert_eq!(
        count(&outcomes, &Changed::LastAdministrator),
        1,
        "{outcomes:?}"
    );
    assert_eq!(count(&outcomes, &Changed::Done), 5, "{outcomes:?}");
}

async fn a_checked_factor_is_used_up_once_and_counts_as_a_success(database: TestDatabase) {
    let ann = Person::sign_up(&database.store, "ann@example.com").await;
    let factors = ann.enable_totp().await;
    let checks = (0..32).map(|n| {
        let (store, ann, factors) = (database.server(n), ann.clone(), factors.clone());
        async move {
            let check = FactorCheck {
                user: ann.id.clone(),
                credentials_version: ann.record().await.credentials_version,
                proof: factors.step(1_001),
            };
            store
                .accept_factor(check, RULE, &by_operator(after(1)))
                .await
                .unwrap()
        }
    });
    let outcomes = at_once(checks).await;
    assert_eq!(count(&outcomes, &Presented::Accepted), 1, "{outcomes:?}");
    assert_eq!(
        count(&outcomes, &Presented::AlreadyUsed),
        31,
        "{outcomes:?}"
    );

    ann.spend(4).await;
    let check = |proof, credentials_version| FactorCheck {
        user: ann.id.clone(),
        credentials_version,
        proof,
    };
    let version = ann.record().await.credentials_version;
    let store = &database.store;
    let accept = |check| async move {
        store
            .accept_factor(check, RULE, &by_operator(after(2)))
            .await
            .unwrap()
    };
    assert_eq!(
        accept(check(Proof::Password, version)).await,
        Presented::Accepted
    );
    assert_eq!(
        ann.record().await.failed_attempts,
        3,
        "gives its own attempt back"
    );
    let other = check(factors.step(1_002), version - 1);
    assert_eq!(accept(other).await, Presented::Over);
    assert_eq!(
        accept(check(factors.code(0), version)).await,
        Presented::Accepted
    );
    assert_eq!(ann.record().await.failed_attempts, 0);
    assert_eq!(ann.record().await.totp_last_used_at, Some(after(1)));
    let totp = store.totp(&ann.id).await.unwrap().unwrap();
    assert_eq!(totp.last_step, Some(Step(1_001)));
}

async fn lists_have_what_is_asked_for(database: TestDatabase) {
    let store = &database.store;
    let mut people = Vec::new();
    for email in ["ann@example.com", "bob@example.com"] {
        people.push(Person::sign_up(store, email).await);
    }
    let emails = |query: UserQuery| async move {
        let users = store.users(&query).await.unwrap();
        users.into_iter().map(|user| user.email).collect::<Vec<_>>()
    };
    assert_eq!(
        emails(everybody()).await,
        ["ann@example.com", "bob@example.com"]
    );
    let last = UserQuery {
        descending: true,
        limit: 1,
        ..everybody()
    };
    assert_eq!(emails(last).await, ["bob@example.com"]);
    let mut none = everybody();
    none.filter.usernames = vec!["\n".to_owned(), String::new()];
    assert_eq!(
        emails(none).await,
        [""; 0],
        "who has no user name has none of them"
    );

    let query = |user: &Person, status| SessionQuery {
        of: SessionsOf::User(user.id.clone(), None),
        status,
        limit: 10,
        offset: 0,
    };
    let ann = &people[0];
    for (at, status, number) in [
        (1, SessionStatus::Active, 1),
        (1, SessionStatus::Expired, 0),
        (90_000, SessionStatus::Active, 0),
        (90_000, SessionStatus::Expired, 1),
    ] {
        let query = query(ann, Some(status));
        let sessions = store.sessions(&query, after(at)).await.unwrap();
        assert_eq!(sessions.len(), number, "{status:?}");
        let counted = store.count_sessions(&query, after(at)).await.unwrap();
        assert_eq!(counted, number as u64, "{status:?}");
    }
    let both = store.sessions(&query(ann, None), NOW).await.unwrap();
    assert_eq!((&both[0].0.id, &both[0].1.id), (&ann.session, &ann.id));
}

contract! {
    an_account_is_there_whole_or_not_at_all,
    a_deletion_takes_everything_and_is_noted_all_the_same,
    a_ban_and_a_lock_end_all_that_is_under_way,
    what_is_so_already_is_not_noted_again,
    of_all_administrators_at_once_one_is_left,
    a_checked_factor_is_used_up_once_and_counts_as_a_success,
    lists_have_what_is_asked_for,
}
