//! Opens the database that the configuration names.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
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

/// Opens the database of this URL and brings its tables up to date.
///
/// `sqlite:PATH` is a file, which is made if it is missing; the path may be relative.
/// `postgres://…` and `postgresql://…` are as libpq reads them.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, OpenError> {
    Ok(match Kind::of(url)? {
        Kind::Sqlite(path) => Arc::new(SqliteStore::open(path).await?),
        Kind::Postgres => Arc::new(PostgresStore::open(url).await?),
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
