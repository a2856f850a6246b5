//! The connections to PostgreSQL, which calls share: what one call did to its own meets no other.

use std::sync::Arc;

use shared::resources::Strategy;
use sqlx::{Connection, PgConnection};
use twofold::store::{Connections, DatabaseSettings, Pooler, Store, StoreError, open_with};

use crate::harness::{NOW, Person, RULE, TestDatabase, on};

contract!(postgres:
    after_each_call_its_connection_is_free,
    a_statement_that_the_database_refuses_leaves_the_connection_as_it_was,
    a_call_that_is_given_up_leaves_neither_locks_nor_half_a_change,
    a_connection_that_is_gone_is_an_error_once
);

/// A server that has one connection, so that each call has the one that the call before it had.
async fn with_one_connection(database: &TestDatabase, pooler: Pooler) -> Arc<dyn Store> {
    let settings = DatabaseSettings {
        connections: 1,
        pooler,
        ..DatabaseSettings::default()
    };
    open_with(&database.url(), &settings).await.unwrap()
}

async fn connect(database: &TestDatabase) -> PgConnection {
    PgConnection::connect(&database.url()).await.unwrap()
}

const FREE: Connections = Connections {
    pool: "all",
    used: 0,
    idle: 1,
    most: 1,
};

async fn after_each_call_its_connection_is_free(database: TestDatabase) {
    let store = with_one_connection(&database, Pooler::None).await;
    store.ping().await.unwrap();
    assert_eq!(store.connections(), [FREE]);
    let ann = Person::sign_up(&store, "ann@example.com").await;
    assert_eq!(store.connections(), [FREE]);
    ann.record().await;
    assert_eq!(store.connections(), [FREE]);
    store.close().await;
    assert!(store.ping().await.is_err());
    assert!(
        matches!(
            store.connections()[..],
            [Connections {
                used: 0,
                idle: 0,
                ..
            }]
        ),
        "{:?}",
        store.connections()
    );
}

async fn a_statement_that_the_database_refuses_leaves_the_connection_as_it_was(
    database: TestDatabase,
) {
    for pooler in [Pooler::None, Pooler::Transaction] {
        let store = with_one_connection(&database, pooler).await;
        let mut operator = connect(&database).await;
        let rename = |from: &str, to: &str| format!("ALTER TABLE {from} RENAME TO {to}");
        let away = sqlx::AssertSqlSafe(rename("settings", "settings_elsewhere"));
        sqlx::raw_sql(away).execute(&mut operator).await.unwrap();
        assert!(store.settings().await.is_err());
        let back = sqlx::AssertSqlSafe(rename("settings_elsewhere", "settings"));
        sqlx::raw_sql(back).execute(&mut operator).await.unwrap();
        // Were the transaction of the failed statement still open, PostgreSQL would refuse this one.
        store.settings().await.unwrap();
        Person::sign_up(&store, &format!("{pooler:?}@example.com").to_lowercase()).await;
    }
}

async fn a_call_that_is_given_up_leaves_neither_locks_nor_half_a_change(database: TestDatabase) {
    let store = with_one_connection(&database, Pooler::None).await;
    let ann = Person::sign_up(&store, "ann@example.com").await;
    let mut other = connect(&database).await;
    let mut locked = other.begin().await.unwrap();
    sqlx::query("UPDATE users SET first_name = 'Anna'")
        .execute(&mut *locked)
        .await
        .unwrap();

    let waiting = tokio::spawn({
        let (store, id) = (Arc::clone(&store), ann.id.clone());
        async move {
            let occasion = on(NOW);
            let attempt = store.spend_attempt(&id, None, Strategy::Totp, RULE, &occasion);
            attempt.await
        }
    });
    let waits = "SELECT COUNT(*) FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while database.number(waits).await == 0 {
        assert!(!waiting.is_finished(), "it waits for the row");
    }
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    locked.commit().await.unwrap();

    assert_eq!(ann.record().await.failed_attempts, 0);
    // It had the row's lock for a moment, and has given it back.
    sqlx::query("UPDATE users SET first_name = 'Ann'")
        .execute(&mut other)
        .await
        .unwrap();
    assert_eq!(store.connections(), [FREE]);
}

async fn a_connection_that_is_gone_is_an_error_once(database: TestDatabase) {
    let store = with_one_connection(&database, Pooler::None).await;
    store.ping().await.unwrap();
    let mut operator = connect(&database).await;
    sqlx::query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = 'twofold'",
    )
    .execute(&mut operator)
    .await
    .unwrap();
    // It may have been asked before it was lent.
    if let Err(error) = store.ping().await {
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    }
    store.ping().await.unwrap();
    assert_eq!(store.connections(), [FREE]);
}
