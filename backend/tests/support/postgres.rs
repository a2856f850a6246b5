//! A database on the PostgreSQL server that the tests are given.

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use twofold::{ids::UserId, random::OperatingSystem};
use url::Url;

/// A database on the PostgreSQL server that the tests are given.
#[derive(Clone)]
pub(crate) struct PostgresDatabase {
    server: Url,
    pub(crate) name: String,
}

impl PostgresDatabase {
    /// The server that `TWOFOLD_TEST_POSTGRES_URL` names.
    #[expect(
        clippy::disallowed_methods,
        reason = "the tests' own variable, not the server's"
    )]
    pub(crate) fn server() -> Url {
        std::env::var("TWOFOLD_TEST_POSTGRES_URL")
            .ok()
            .and_then(|url| url.parse().ok())
            .expect(
                "these tests need a PostgreSQL server: run them by `make test`, which starts one, \
                 or set TWOFOLD_TEST_POSTGRES_URL=postgres://postgres@127.0.0.1:5432/postgres",
            )
    }

    pub(crate) async fn create() -> Self {
        let name = format!("test_{}", UserId::generate(&OperatingSystem));
        let database = Self {
            server: Self::server(),
            name,
        };
        database
            .execute(format!("CREATE DATABASE {}", database.name))
            .await;
        database
    }

    pub(crate) fn url(&self) -> String {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        url.into()
    }

    pub(crate) async fn remove(&self) {
        self.execute(format!("DROP DATABASE {} WITH (FORCE)", self.name))
            .await;
    }

    async fn execute(&self, statement: String) {
        let mut connection = PgConnection::connect(self.server.as_str()).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }
}
