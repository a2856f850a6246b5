//! Where a server keeps what it keeps: a folder, and a database in it or on a PostgreSQL server.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use url::Url;

use crate::Outcome;

/// On a disk, where a commit has to wait for one: `/tmp` may be memory.
const ON_DISK: &str = "/var/tmp";

/// One of the two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file in the folder.
    Sqlite,
    /// A database on the server of `TWOFOLD_TEST_POSTGRES_URL`.
    Postgres,
}

impl Kind {
    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A folder and a database, which are gone with the last copy of this. (A database on a PostgreSQL
/// server goes with that server.)
#[derive(Clone)]
pub struct Site {
    folder: Arc<TempDir>,
    kind: Kind,
    url: String,
}

impl Site {
    /// An empty one with an SQLite database.
    pub fn on_sqlite() -> Outcome<Self> {
        let folder = tempfile::tempdir_in(ON_DISK)?;
        let url = format!("sqlite:{}", folder.path().join("twofold.db").display());
        Ok(Self {
            folder: Arc::new(folder),
            kind: Kind::Sqlite,
            url,
        })
    }

    /// An empty one with a database of that kind and name.
    pub async fn create(kind: Kind, name: &str) -> Outcome<Self> {
        if kind == Kind::Sqlite {
            return Self::on_sqlite();
        }
        Ok(Self {
            folder: Arc::new(tempfile::tempdir_in(ON_DISK)?),
            kind,
            url: create_postgres(name).await?,
        })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Which database.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The address of the database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address of an empty database beside it, with the same durability.
    pub async fn url_beside(&self, name: &str) -> Outcome<String> {
        match self.kind {
            Kind::Sqlite => {
                let file = self.folder().join(name).with_extension("db");
                Ok(format!("sqlite:{}", file.display()))
            }
            Kind::Postgres => create_postgres(name).await,
        }
    }

    /// The file of the encryption keys.
    pub fn keys_file(&self) -> PathBuf {
        self.folder().join("keys")
    }

    /// What the database takes on the disk, in MiB.
    pub async fn size(&self) -> Outcome<f64> {
        let bytes: f64 = match self.kind {
            Kind::Sqlite => {
                let mut bytes = 0.0;
                for suffix in ["", "-wal"] {
                    let file = self.folder().join(format!("twofold.db{suffix}"));
                    bytes += fs::metadata(file).map_or(0.0, |file| as_f64(file.len()));
                }
                bytes
            }
            Kind::Postgres => {
                let mut connection = PgConnection::connect(&self.url).await?;
                let size = "SELECT CAST(pg_database_size(current_database()) AS DOUBLE PRECISION)";
                sqlx::query_scalar(size).fetch_one(&mut connection).await?
            }
        };
        Ok(bytes / 1024.0 / 1024.0)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "measured numbers are far from 2^52, or need no last digit"
)]
/// A count as the numbers that are measured with it.
pub const fn as_f64(count: u64) -> f64 {
    count as f64
}

/// Makes a database on the server that the environment names.
async fn create_postgres(name: &str) -> Outcome<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the variable of scripts/with-postgres.sh, not the server's"
    )]
    let server = std::env::var("TWOFOLD_TEST_POSTGRES_URL")
        .map_err(|_| "no PostgreSQL: run this by scripts/bench.sh, which starts one")?;
    let mut connection = PgConnection::connect(&server).await?;
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut connection)
        .await?;
    let mut url: Url = server.parse()?;
    url.set_path(name);
    Ok(url.into())
}
