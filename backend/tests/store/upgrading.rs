//! A database of an earlier version, opened by this one.

use std::path::Path;

use shared::resources::{EventActor, SecurityEventKind, Strategy};
use sqlx::{
    Connection, PgConnection, SqliteConnection, migrate::Migrator, sqlite::SqliteConnectOptions,
};
use twofold::{
    ids::UserId,
    store::{Store, open},
};

use crate::harness::{PostgresDatabase, after, new_codes, on};

/// The last migration before mails.
const BEFORE_MAILS: i64 = 6;
/// The last one before events have actors, which takes a new table of events in SQLite.
const BEFORE_ACTORS: i64 = 9;

/// A mail that is still to be sent.
const MAIL: &str =
    "INSERT INTO mails (event_id, new_browser, due_at, tries) VALUES ('evt_2', 0, 1, 3);";

/// Somebody with an event of each kind that there was.
const ANN: &str = "
    INSERT INTO users (id, email_id, email, password_hash, credentials_version, failed_attempts,
        created_at, updated_at)
    VALUES ('user_ann', 'idn_ann', 'ann@example.com', '$argon2id$', 1, 0, 1, 1);
    INSERT INTO events (id, user_id, kind, strategy, session_id, ip_address, user_agent, trace_id,
        created_at)
    VALUES ('evt_1', 'user_ann', 'sign_up', NULL, 'sess_1', '192.0.2.1', 'Firefox', 'trace', 1),
        ('evt_2', 'user_ann', 'account_locked', 'totp', NULL, NULL, NULL, NULL, 2);
";

/// All migrations.
async fn migrations(folder: &str) -> Migrator {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(folder);
    Migrator::new(folder).await.unwrap()
}

async fn everything_is_kept(store: &dyn Store) {
    let ann = UserId::from("user_ann".to_owned());
    let events = store.events(&ann, None, 10).await.unwrap();
    let [locked, signed_up] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(locked.kind, SecurityEventKind::AccountLocked);
    assert_eq!(locked.strategy, Some(Strategy::Totp));
    assert_eq!(signed_up.kind, SecurityEventKind::SignUp);
    assert_eq!(signed_up.session_id.as_ref().unwrap().as_str(), "sess_1");
    assert_eq!(signed_up.device.user_agent.as_deref(), Some("Firefox"));
    // What happened before is not told now, and new things are noted.
    let mail = store.claim_mail(after(1), after(2)).await.unwrap();
    assert_eq!(mail, None);
    assert!(
        !store
            .replace_backup_codes(&ann, new_codes(), &on(after(1)))
            .await
            .unwrap()
    );
    store.note_key_rotation(&on(after(1))).await.unwrap();
}

#[tokio::test]
async fn events_of_an_earlier_version_are_kept_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("twofold.db");
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let migrations = migrations("sqlite").await;
    migrations
        .run_to(BEFORE_MAILS, &mut connection)
        .await
        .unwrap();
    sqlx::raw_sql(ANN).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let store = open(&format!("sqlite:{}", path.display())).await.unwrap();
    everything_is_kept(&*store).await;
}

#[tokio::test]
async fn events_of_an_earlier_version_are_kept_in_postgres() {
    let database = PostgresDatabase::create().await;
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    let migrations = migrations("postgres").await;
    migrations
        .run_to(BEFORE_MAILS, &mut connection)
        .await
        .unwrap();
    sqlx::raw_sql(ANN).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let store = open(&database.url()).await.unwrap();
    everything_is_kept(&*store).await;
    store.close().await;
    database.remove().await;
}

async fn the_mail_is_sent_and_the_event_is_the_users_own(store: &dyn Store) {
    let mail = store.claim_mail(after(1), after(2)).await.unwrap().unwrap();
    assert_eq!((mail.to.as_str(), mail.claim.tries), ("ann@example.com", 4));
    assert_eq!(mail.event.kind, SecurityEventKind::AccountLocked);
    assert_eq!(mail.event.actor, EventActor::User);
    let ann = UserId::from("user_ann".to_owned());
    assert_eq!(store.events(&ann, None, 10).await.unwrap().len(), 2);
    assert!(store.settings().await.unwrap().required_since.is_none());
}

#[tokio::test]
async fn mails_that_wait_outlive_the_table_of_their_events_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("twofold.db");
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .foreign_keys(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let migrations = migrations("sqlite").await;
    migrations
        .run_to(BEFORE_ACTORS, &mut connection)
        .await
        .unwrap();
    for rows in [ANN, MAIL] {
        sqlx::raw_sql(rows).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let store = open(&format!("sqlite:{}", path.display())).await.unwrap();
    the_mail_is_sent_and_the_event_is_the_users_own(&*store).await;
}

#[tokio::test]
async fn mails_that_wait_outlive_the_change_of_their_events_in_postgres() {
    let database = PostgresDatabase::create().await;
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    let migrations = migrations("postgres").await;
    migrations
        .run_to(BEFORE_ACTORS, &mut connection)
        .await
        .unwrap();
    for rows in [ANN, MAIL] {
        sqlx::raw_sql(rows).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let store = open(&database.url()).await.unwrap();
    the_mail_is_sent_and_the_event_is_the_users_own(&*store).await;
    store.close().await;
    database.remove().await;
}
