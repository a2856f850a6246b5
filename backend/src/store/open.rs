//! Opens the database that the configuration names.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::migrate::MigrateError;

use super::{
    Examination, Store,
    postgres::{self, PostgresStore},
    sqlite::{self, SqliteStore},
};

/// Why the database could not be opened, in one line that tells what to do and holds no password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is of no database that Twofold knows.
    #[error(
        "cannot open a database of the kind `{scheme}`: its URL must be `sqlite:PATH` or \
         `postgres://USER:PASSWORD@HOST/DATABASE`"
    )]
    UnknownScheme {
        /// What stands before the colon.
        scheme: String,
    },
    /// The URL cannot be read.
    #[error("cannot read the URL of the PostgreSQL database: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// The database is there or not, and cannot be used.
    #[error("cannot open the database {database}: {reason}")]
    Refused {
        /// Path of the file; or database, host and port.
        database: String,
        /// Why, and what to do where that is known.
        reason: String,
    },
}

/// What stands between the servers and a PostgreSQL database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pooler {
    /// Nothing, or what lends a connection for as long as a server has it.
    #[default]
    None,
    /// What lends a connection for one transaction, like pgbouncer with `pool_mode = transaction`.
    Transaction,
}

/// How a PostgreSQL database is used. SQLite has none of this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseSettings {
    /// Most connections of this server.
    pub connections: u32,
    /// How long a statement may take, waiting for locks included. For a connection half a second more
    /// is waited.
    pub timeout: Duration,
    /// What stands in between.
    pub pooler: Pooler,
}

impl Default for DatabaseSettings {
    /// PostgreSQL admits 100 connections by default, for all servers together. The times make less
    /// than the five seconds within which a caller has an answer.
    fn default() -> Self {
        Self {
            connections: 10,
            timeout: Duration::from_secs(2),
            pooler: Pooler::None,
        }
    }
}

/// Opens the database of this URL with the default settings, see [`open_with`].
pub async fn open(url: &str) -> Result<Arc<dyn Store>, OpenError> {
    open_with(url, &DatabaseSettings::default()).await
}

/// Opens the database of this URL and brings its tables up to date.
///
/// `sqlite:PATH` is a file, which is made if it is missing; the path may be relative.
/// `postgres://…` and `postgresql://…` are as libpq reads them, and must name host and user.
pub async fn open_with(
    url: &str,
    settings: &DatabaseSettings,
) -> Result<Arc<dyn Store>, OpenError> {
    Ok(match Kind::of(url)? {
        Kind::Sqlite(path) => Arc::new(SqliteStore::open(path).await?),
        Kind::Postgres => Arc::new(PostgresStore::open_with(url, settings).await?),
    })
}

/// Looks at the database of this URL without changing it or making it.
pub async fn examine(url: &str) -> Result<Examination, OpenError> {
    match Kind::of(url)? {
        Kind::Sqlite(path) => sqlite::examine(path).await,
        Kind::Postgres => postgres::examine(url).await,
    }
}

/// The file of a database that is an SQLite file.
pub fn sqlite_path(url: &str) -> Option<PathBuf> {
    match Kind::of(url) {
        Ok(Kind::Sqlite(path)) => Some(path.to_owned()),
        _ => None,
    }
}

/// The kinds of database that there are.
enum Kind<'url> {
    Sqlite(&'url Path),
    Postgres,
}

impl<'url> Kind<'url> {
    fn of(url: &'url str) -> Result<Self, OpenError> {
        match url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => {
                // `sqlite:///srv/a.db` is what other programs call `/srv/a.db`.
                Ok(Self::Sqlite(Path::new(
                    path.strip_prefix("//").unwrap_or(path),
                )))
            }
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres),
            other => {
                // Without a colon it may be anything, a password among it.
                let scheme = other.map_or("", |(scheme, _)| scheme).to_owned();
                Err(OpenError::UnknownScheme { scheme })
            }
        }
    }
}

/// Why the tables could not be brought up to date.
pub(super) fn migration_reason(
    error: MigrateError,
    connection_reason: impl FnOnce(&sqlx::Error) -> String,
) -> String {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            connection_reason(&error)
        }
        MigrateError::VersionMissing(version) => format!(
            "a newer version of Twofold has changed it (migration {version} is unknown to this \
             one): run that version or a later one"
        ),
        MigrateError::VersionMismatch(version) => format!(
            "its tables were made by a different build of Twofold (migration {version} differs): \
             run that build"
        ),
        error => error.to_string(),
    }
}
