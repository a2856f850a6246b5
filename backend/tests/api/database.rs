//! A new, empty database for each test.

use std::sync::Arc;

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
        let url = match self {
            Self::Sqlite(folder) => {
                format!("sqlite:{}", folder.path().join("twofold.sqlite").display())
            }
            Self::Postgres(database) => database.url(),
        };
        store::open(&url).await.unwrap()
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
