//! The texts of the statements, and of the migrations.

use std::path::Path;

use twofold::store::{postgres::PostgresStore, sqlite::SqliteStore};

use crate::harness::PostgresDatabase;

#[tokio::test]
async fn sqlite_prepares_every_statement() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("twofold.db"))
        .await
        .unwrap();
    assert_eq!(store.prepare_statements().await, Ok(()));
}

#[tokio::test]
async fn postgres_prepares_every_statement() {
    let database = PostgresDatabase::create().await;
    let store = PostgresStore::open(&database.url()).await.unwrap();
    let prepared = store.prepare_statements().await;
    drop(store);
    database.remove().await;
    assert_eq!(prepared, Ok(()));
}

#[test]
fn both_databases_have_migrations_of_the_same_numbers_and_names() {
    let names = |folder: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(folder);
        let mut names: Vec<_> = folder
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    assert!(!names("sqlite").is_empty());
    assert_eq!(names("sqlite"), names("postgres"));
}
