//! Opening a database, and what is said where that fails.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;
use tokio::time::timeout;
use twofold::{
    ids::ClientId,
    store::{StoreError, open},
};

use crate::harness::{NOW, Person, PostgresDatabase, RANDOM, at_once, token};

/// The one line that somebody reads whose database cannot be opened.
async fn refusal(url: &str) -> String {
    let Err(error) = open(url).await else {
        panic!("{url} was opened")
    };
    let line = error.to_string();
    assert!(!line.contains('\n'), "{line}");
    line
}

fn file(folder: &TempDir) -> (PathBuf, String) {
    let path = folder.path().join("twofold.db");
    let url = format!("sqlite:{}", path.display());
    (path, url)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_missing_file_is_made_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let (path, url) = file(&folder);
    let store = open(&url).await.unwrap();
    Person::sign_up(&store, "ann@example.com").await;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&folder.path().join("twofold.db-wal")), 0o600);
}

#[tokio::test]
async fn what_was_kept_is_there_when_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let (_, url) = file(&folder);
    let ann = Person::sign_up(&open(&url).await.unwrap(), "ann@example.com").await;
    let store = open(&url).await.unwrap();
    assert!(store.user(&ann.id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_path_means_a_file_whatever_it_looks_like() {
    let folder = tempfile::tempdir().unwrap();
    for name in [":memory:", "file:a.db?mode=memory"] {
        let path = folder.path().join(name);
        open(&format!("sqlite://{}", path.display())).await.unwrap();
        assert!(path.is_file(), "{name}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (path, url) = file(&folder);
    let letter =
        "Dear Ann, this is not a database, although it is longer than its header. ".repeat(9);
    fs::write(&path, &letter).unwrap();
    let line = refusal(&url).await;
    assert_eq!(
        line,
        format!(
            "cannot open the database {}: it is not an SQLite database",
            path.display()
        ),
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), letter);
}

#[tokio::test]
async fn a_folder_is_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let line = refusal(&format!("sqlite:{}", folder.path().display())).await;
    assert!(
        line.contains(&folder.path().display().to_string()),
        "{line}"
    );
    assert!(
        line.contains("it must be a file that this user may read and write"),
        "{line}"
    );
}

#[tokio::test]
async fn a_file_in_a_missing_folder_is_refused_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("twofold.db");
    let line = refusal(&format!("sqlite:{}", path.display())).await;
    assert!(line.contains(&path.display().to_string()), "{line}");
    assert!(line.contains("No such file or directory"), "{line}");
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

const NEWER: &str = "INSERT INTO _sqlx_migrations \
    (version, description, success, checksum, execution_time) VALUES (9999, 'later', TRUE, ";

#[tokio::test]
async fn a_file_that_a_newer_version_changed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, url) = file(&folder);
    open(&url).await.unwrap();
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let newer = sqlx::AssertSqlSafe(format!("{NEWER} x'00', 0)"));
    sqlx::raw_sql(newer).execute(&mut connection).await.unwrap();
    let line = refusal(&url).await;
    assert!(line.contains(&path.display().to_string()), "{line}");
    assert!(
        line.contains("a newer version of Twofold has changed it (migration 9999"),
        "{line}"
    );
}

#[tokio::test]
async fn a_locked_file_is_unavailable_within_five_seconds_and_then_back() {
    let folder = tempfile::tempdir().unwrap();
    let (_, url) = file(&folder);
    let store = open(&url).await.unwrap();
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();

    // Two: one waits for the lock, the other for the first.
    let outcomes = at_once((0..2).map(|_| {
        let store = store.clone();
        async move {
            let (id, hash) = (ClientId::generate(RANDOM), token());
            timeout(Duration::from_secs(5), store.create_client(&id, &hash, NOW)).await
        }
    }))
    .await;
    for outcome in outcomes {
        let failed = outcome.expect("an answer within five seconds");
        assert!(
            matches!(failed, Err(StoreError::Unavailable(_))),
            "{failed:?}"
        );
    }
    // Reading goes on.
    assert_eq!(store.client_by_token(&token()).await.unwrap(), None);

    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    Person::sign_up(&store, "ann@example.com").await;
}

#[tokio::test]
async fn a_url_of_another_kind_is_refused_without_its_secrets() {
    for (url, kind) in [
        ("mysql://ann:secret@example.com/twofold", "`mysql`"),
        ("secret", "``"),
        ("sqlite:", "`sqlite`"),
    ] {
        let line = refusal(url).await;
        assert!(line.contains(kind), "{line}");
        assert!(line.contains("`sqlite:PATH` or `postgres://"), "{line}");
        assert!(!line.contains("secret"), "{line}");
    }
}

#[tokio::test]
async fn a_postgres_server_that_is_not_there_is_named_without_the_password() {
    let line = refusal("postgres://ann:secret@127.0.0.1:1/twofold").await;
    assert!(
        line.contains("cannot open the database twofold at 127.0.0.1:1:"),
        "{line}"
    );
    assert!(line.contains("is PostgreSQL running there?"), "{line}");
    assert!(!line.contains("secret"), "{line}");
}

#[tokio::test]
async fn a_malformed_postgres_url_is_refused_without_the_password() {
    let line = refusal("postgres://ann:secret@127.0.0.1:port/twofold").await;
    assert!(line.contains("cannot read the URL"), "{line}");
    assert!(!line.contains("secret"), "{line}");
}

#[tokio::test]
async fn a_missing_postgres_database_is_named() {
    let mut url = PostgresDatabase::server();
    url.set_path("twofold_is_not_here");
    let line = refusal(url.as_str()).await;
    assert!(
        line.contains("cannot open the database twofold_is_not_here at "),
        "{line}"
    );
    assert!(line.contains("make it with `createdb`"), "{line}");
}

#[tokio::test]
async fn a_postgres_database_that_a_newer_version_changed_is_refused() {
    let database = PostgresDatabase::create().await;
    open(&database.url()).await.unwrap();
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    let newer = sqlx::AssertSqlSafe(format!("{NEWER} '\\x00', 0)"));
    sqlx::raw_sql(newer).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let line = refusal(&database.url()).await;
    database.remove().await;
    assert!(line.contains(&database.name), "{line}");
    assert!(
        line.contains("a newer version of Twofold has changed it (migration 9999"),
        "{line}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_servers_open_one_new_postgres_database_at_once() {
    let database = PostgresDatabase::create().await;
    let opened = at_once((0..6).map(|_| {
        let url = database.url();
        async move { open(&url).await.map(drop) }
    }))
    .await;
    database.remove().await;
    for outcome in opened {
        outcome.unwrap();
    }
}

#[tokio::test]
async fn a_postgres_database_that_is_gone_is_unavailable() {
    let database = PostgresDatabase::create().await;
    let store = open(&database.url()).await.unwrap();
    store.ping().await.unwrap();
    database.remove().await;
    let failed = timeout(Duration::from_secs(5), store.ping()).await.unwrap();
    assert!(
        matches!(failed, Err(StoreError::Unavailable(_))),
        "{failed:?}"
    );
}
