//! Accounts on their way out of a database and into another; and looks at a database, and copies of
//! it, that change nothing.

use std::os::unix::fs::PermissionsExt;

use shared::resources::SecurityEventKind;
use sqlx::{Connection, SqliteConnection};
use twofold::store::{
    Collision, KeptAccount, Migrations, Occasion, Place, Taken, examine, open, sqlite::back_up,
};

use crate::harness::{NOW, Person, TestDatabase, after, at_once, count, on};

contract! {
    accounts_are_read_in_the_order_of_their_making_with_all_that_protects_them,
    an_account_arrives_as_it_left,
    an_import_is_whole_or_absent_and_names_the_account_that_collides,
    an_import_goes_on_from_where_it_stopped,
    of_8_imports_of_one_file_at_once_one_goes_on,
    a_look_at_a_database_tells_that_it_is_current,
}

const SOURCE: [u8; 32] = [7; 32];

/// All accounts, read so many at a time.
async fn all(db: &TestDatabase, limit: u32) -> Vec<KeptAccount> {
    let mut accounts: Vec<KeptAccount> = Vec::new();
    loop {
        let place = accounts.last().map(KeptAccount::place);
        let page = db
            .store
            .accounts_after(place.as_ref(), limit)
            .await
            .unwrap();
        if page.is_empty() {
            return accounts;
        }
        accounts.extend(page);
    }
}

/// Somebody with both factors, whose third backup code is used.
async fn person_with_factors(db: &TestDatabase, email: &str) -> Person {
    let person = Person::sign_up(&db.store, email).await;
    let factors = person.enable_totp().await;
    person.sign_in_by(factors.code(2)).await;
    person
}

/// The account, as another one.
fn renamed(account: &KeptAccount, name: &str) -> (KeptAccount, Occasion) {
    let mut account = account.clone();
    let id = |kind: &str| format!("{kind}_{name}");
    account.user.id = id("user").into();
    account.user.email_id = id("idn").into();
    account.user.email = format!("{name}@example.com");
    if let Some(totp) = &mut account.totp {
        totp.id = id("totp").into();
        totp.user_id = account.user.id.clone();
    }
    if let Some(codes) = &mut account.backup_codes {
        codes.set.id = id("bkp").into();
    }
    (account, on(after(60)))
}

async fn accounts_are_read_in_the_order_of_their_making_with_all_that_protects_them(
    db: TestDatabase,
) {
    person_with_factors(&db, "ann@example.com").await;
    for name in ["bob", "eve", "joe"] {
        Person::sign_up(&db.store, &format!("{name}@example.com")).await;
    }
    assert_eq!(db.store.count_accounts().await.unwrap(), 4);
    let accounts = all(&db, 100).await;
    for limit in 1..4 {
        assert_eq!(all(&db, limit).await, accounts, "{limit} at a time");
    }
    let mut places: Vec<Place> = accounts.iter().map(KeptAccount::place).collect();
    places.sort_by(|a, b| (a.created_at, a.id.as_str()).cmp(&(b.created_at, b.id.as_str())));
    let order: Vec<Place> = accounts.iter().map(KeptAccount::place).collect();
    assert_eq!(order, places);

    let is_ann = |account: &&KeptAccount| account.user.email == "ann@example.com";
    let ann = accounts.iter().find(is_ann).unwrap();
    assert_eq!(
        ann.user,
        db.store.user(&ann.user.id).await.unwrap().unwrap()
    );
    assert_eq!(ann.totp, db.store.totp(&ann.user.id).await.unwrap());
    let codes = ann.backup_codes.as_ref().unwrap();
    let set = db.store.backup_code_set(&ann.user.id).await.unwrap();
    assert_eq!(Some(&codes.set), set.as_ref());
    assert_eq!(codes.codes.len(), 10);
    let used = codes.codes.iter().filter(|(_, used_at)| used_at.is_some());
    assert_eq!(used.count(), 1);
    assert!(
        accounts
            .iter()
            .filter(|account| !is_ann(account))
            .all(|account| account.totp.is_none() && account.backup_codes.is_none())
    );
}

async fn an_account_arrives_as_it_left(db: TestDatabase) {
    person_with_factors(&db, "ann@example.com").await;
    let ann = all(&db, 10).await.remove(0);
    let (mut bob, occasion) = renamed(&ann, "bob");
    bob.backup_codes.as_mut().unwrap().set.sealed_pepper = Some(b"sealed".to_vec());
    bob.user.email_verified_at = Some(after(5));
    let accounts = [(bob.clone(), occasion)];
    let imported = db
        .store
        .import_accounts(&accounts, &SOURCE, 0, 1, after(60));
    assert_eq!(imported.await.unwrap(), Ok(()));
    // Spent attempts and versions of credentials mean nothing elsewhere.
    bob.user.credentials_version = 1;
    let arrived = all(&db, 10).await;
    let arrived = arrived
        .iter()
        .find(|account| account.user.id == bob.user.id)
        .unwrap();
    let mut codes = bob.backup_codes.take().unwrap();
    let mut arrived = arrived.clone();
    let mut there = arrived.backup_codes.take().unwrap();
    codes.codes.sort();
    there.codes.sort();
    assert_eq!((arrived, there), (bob.clone(), codes));
    let events = db.store.events(&bob.user.id, None, 10).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind, SecurityEventKind::SignUp);
}

async fn an_import_is_whole_or_absent_and_names_the_account_that_collides(db: TestDatabase) {
    Person::sign_up(&db.store, "ann@example.com").await;
    let ann = all(&db, 10).await.remove(0);
    let accounts = [renamed(&ann, "bob"), renamed(&ann, "ann")];
    let imported = db
        .store
        .import_accounts(&accounts, &SOURCE, 0, 2, after(60))
        .await
        .unwrap();
    assert_eq!(imported, Err(Collision::Taken(1, Taken::Email)));
    assert_eq!(db.store.count_accounts().await.unwrap(), 1);
    assert_eq!(db.store.import_progress(&SOURCE).await.unwrap(), None);
}

async fn an_import_goes_on_from_where_it_stopped(db: TestDatabase) {
    Person::sign_up(&db.store, "ann@example.com").await;
    let ann = all(&db, 10).await.remove(0);
    let import = |name: &str, done, now_done| {
        let accounts = [renamed(&ann, name)];
        let store = db.store.clone();
        async move {
            store
                .import_accounts(&accounts, &SOURCE, done, now_done, after(60))
                .await
                .unwrap()
        }
    };
    assert_eq!(import("bob", 0, 20).await, Ok(()));
    assert_eq!(db.store.import_progress(&SOURCE).await.unwrap(), Some(20));
    assert_eq!(db.store.import_progress(&[8; 32]).await.unwrap(), None);
    let again = import("eve", 0, 20).await;
    assert_eq!(again, Err(Collision::OtherImport));
    assert_eq!(import("eve", 20, 40).await, Ok(()));
    db.store.finish_import(&SOURCE).await.unwrap();
    assert_eq!(db.store.import_progress(&SOURCE).await.unwrap(), None);
    assert_eq!(db.store.count_accounts().await.unwrap(), 3);
}

async fn of_8_imports_of_one_file_at_once_one_goes_on(db: TestDatabase) {
    Person::sign_up(&db.store, "ann@example.com").await;
    let ann = all(&db, 10).await.remove(0);
    let begun = [renamed(&ann, "begun")];
    let first = db
        .store
        .import_accounts(&begun, &SOURCE, 0, 1, after(60))
        .await;
    assert_eq!(first.unwrap(), Ok(()));
    let outcomes = at_once((0..8).map(|n| {
        let server = db.server(n);
        let accounts = [renamed(&ann, &format!("person{n}"))];
        async move {
            server
                .import_accounts(&accounts, &SOURCE, 1, 2, after(60))
                .await
                .unwrap()
        }
    }))
    .await;
    assert_eq!(count(&outcomes, &Ok(())), 1);
    assert_eq!(count(&outcomes, &Err(Collision::OtherImport)), 7);
    assert_eq!(db.store.count_accounts().await.unwrap(), 3);
}

async fn a_look_at_a_database_tells_that_it_is_current(db: TestDatabase) {
    let before = examine(&db.url()).await.unwrap();
    assert_eq!(before.migrations, Migrations::Current);
    assert_eq!((before.damage, before.latest), (None, None));
    Person::sign_up(&db.store, "ann@example.com").await;
    let examined = examine(&db.url()).await.unwrap();
    assert_eq!(examined.latest, Some(NOW));
}

#[tokio::test]
async fn a_look_makes_no_database_and_tells_a_strange_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("twofold.db");
    let url = format!("sqlite:{}", path.display());
    let refused = examine(&url).await.unwrap_err().to_string();
    assert!(refused.contains("no such file"), "{refused}");
    assert!(!path.exists());

    std::fs::write(&path, "").unwrap();
    let empty = examine(&url).await.unwrap();
    assert_eq!(empty.migrations, Migrations::None);

    open(&url).await.unwrap().close().await;
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    for (change, found) in [
        (
            "DELETE FROM _sqlx_migrations WHERE version = 17",
            Migrations::Pending(1),
        ),
        (
            "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 2",
            Migrations::Different(2),
        ),
        (
            "UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1",
            Migrations::Newer(9999),
        ),
    ] {
        sqlx::query(change).execute(&mut connection).await.unwrap();
        assert_eq!(examine(&url).await.unwrap().migrations, found, "{change}");
        if found == Migrations::Different(2) {
            // What is unknown is told whatever else differs.
            sqlx::query("DELETE FROM _sqlx_migrations WHERE version = 2")
                .execute(&mut connection)
                .await
                .unwrap();
        }
    }
}

#[tokio::test]
async fn a_copy_has_what_was_there_when_it_began() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("twofold.db");
    let store = open(&format!("sqlite:{}", path.display())).await.unwrap();
    let ann = Person::sign_up(&store, "ann@example.com").await;
    let copy = folder.path().join("copy.db");
    std::fs::write(&copy, "").unwrap();
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o600)).unwrap();
    back_up(&path, &copy).await.unwrap();
    let bob = Person::sign_up(&store, "bob@example.com").await;

    let mode = std::fs::metadata(&copy).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let kept = open(&format!("sqlite:{}", copy.display())).await.unwrap();
    assert!(kept.user(&ann.id).await.unwrap().is_some());
    assert!(kept.user(&bob.id).await.unwrap().is_none());
}
