//! A new, empty database for each test.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;
use twofold::store::{self, Store};

use crate::postgres::PostgresDatabase;

/// A database that goes away with the test.
pub(crate) enum Database {
    /// A file in a temporary folder.
    Sqlite(TempDir),
    /// One on the PostgreSQL server for tests.
    Postgres(PostgresDatabase),
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub(crate) async fn postgres() -> Self {
        Self::Postgres(PostgresDatabase::create().await)
    }

    /// Opens it, as one server would.
    pub(crate) async fn open(&self) -> Arc<dyn Store> {
        store::open(&self.url()).await.unwrap()
    }

    fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => {
                format!("sqlite:{}", folder.path().join("twofold.sqlite").display())
            }
            Self::Postgres(database) => database.url(),
        }
    }

    /// With each event comes a row of which only the commit finds out that it may not be.
    pub(crate) async fn refuse_commits_of_events(&self) {
        const TABLE: &str = "CREATE TABLE impossible \
            (id TEXT REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED);";
        let trigger = match self {
            Self::Sqlite(_) => {
                "CREATE TRIGGER impossible AFTER INSERT ON events \
                 BEGIN INSERT INTO impossible VALUES ('nobody'); END"
            }
            Self::Postgres(_) => {
                "CREATE FUNCTION impossible() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN INSERT INTO impossible VALUES ('nobody'); RETURN NULL; END $$; \
                 CREATE TRIGGER impossible AFTER INSERT ON events \
                 FOR EACH ROW EXECUTE FUNCTION impossible()"
            }
        };
        let statements = sqlx::raw_sql(AssertSqlSafe(format!("{TABLE} {trigger}")));
        match self {
            Self::Sqlite(_) => {
                let mut connection = SqliteConnection::connect(&self.url()).await.unwrap();
                statements.execute(&mut connection).await.unwrap();
            }
            Self::Postgres(_) => {
                let mut connection = PgConnection::connect(&self.url()).await.unwrap();
                statements.execute(&mut connection).await.unwrap();
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Self::Postgres(database) = self else {
            return;
        };
        let database = database.clone();
        // Dropping is synchronous and the client is not: a thread of its own waits for it.
        let removed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(database.remove());
        })
        .join();
        if !std::thread::panicking() {
            removed.unwrap();
        }
    }
}
