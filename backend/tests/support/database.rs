//! A new, empty database for each test.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use twofold::{
    random::{self, OperatingSystem},
    store::{self, Store},
};

/// A database that goes away with the test.
pub(crate) struct Database {
    url: String,
    /// Keeps the folder of a SQLite file.
    _folder: Option<TempDir>,
    postgres: Option<Postgres>,
}

struct Postgres {
    server: String,
    name: String,
}

impl Database {
    /// A SQLite file in a temporary folder.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("twofold.sqlite").display());
        Self {
            url,
            _folder: Some(folder),
            postgres: None,
        }
    }

    /// A database on the PostgreSQL server of `TWOFOLD_TEST_POSTGRES_URL`.
    pub(crate) async fn postgres() -> Self {
        #[expect(clippy::disallowed_methods, reason = "tells tests which server to use")]
        let server = std::env::var("TWOFOLD_TEST_POSTGRES_URL").expect(
            "TWOFOLD_TEST_POSTGRES_URL names the PostgreSQL server for tests; `make test` starts \
             one and sets it",
        );
        let suffix = u64::from_be_bytes(random::bytes(&OperatingSystem));
        let name = format!("twofold_test_{suffix:016x}");
        execute(&server, format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        Self {
            url: url.to_string(),
            _folder: None,
            postgres: Some(Postgres { server, name }),
        }
    }

    /// Opens it, as one server would.
    pub(crate) async fn open(&self) -> Arc<dyn Store> {
        store::open(&self.url).await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(Postgres { server, name }) = self.postgres.take() else {
            return;
        };
        // Dropping is synchronous and the client is not: a thread of its own waits for it.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime
                .block_on(execute(
                    &server,
                    format!("DROP DATABASE {name} WITH (FORCE)"),
                ))
                .map_err(std::io::Error::other)
        })
        .join();
        if !std::thread::panicking() {
            dropped.unwrap().unwrap();
        }
    }
}

async fn execute(server: &str, statement: String) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(server).await?;
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await?;
    connection.close().await
}
