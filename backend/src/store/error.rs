//! Why the database did not do what it was asked, and whether asking again may help.

use std::sync::Arc;

use sqlx::{error::DatabaseError, postgres::PgDatabaseError, sqlite::SqliteError};

use super::Taken;

/// Why the database did not do what it was asked. Whatever it was, nothing of it is done, unless
/// the connection broke, or nothing was heard any more, during the commit: then it is done whole or not at all.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is gone, locked, full or overloaded. It may be back in a moment: 503.
    #[error("the database cannot be used now: {0}")]
    Unavailable(#[source] Source),
    /// The database was asked wrongly, or holds what it should not. Asking again is of no use: 500.
    #[error("the database failed: {0}")]
    Other(#[source] Source),
}

type Source = Box<dyn std::error::Error + Send + Sync>;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Arc::new(error).into()
    }
}

/// One that met several.
impl From<Arc<sqlx::Error>> for StoreError {
    fn from(error: Arc<sqlx::Error>) -> Self {
        if is_unavailable(&error) {
            Self::Unavailable(error.into())
        } else {
            Self::Other(error.into())
        }
    }
}

/// Something in the database that no version of Twofold writes there.
#[derive(Debug, thiserror::Error)]
#[error("`{column}` holds {value}, which means nothing")]
pub(super) struct Unreadable {
    pub(super) column: &'static str,
    pub(super) value: String,
}

impl From<Unreadable> for StoreError {
    fn from(error: Unreadable) -> Self {
        Self::Other(error.into())
    }
}

fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(error) => {
            if let Some(error) = error.try_downcast_ref::<SqliteError>() {
                sqlite_code(error).is_some_and(is_transient_in_sqlite)
            } else if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
                is_transient_in_postgres(error.code())
            } else {
                false
            }
        }
        _ => false,
    }
}

/// The primary result code (<https://www.sqlite.org/rescode.html>).
pub(super) fn sqlite_code(error: &SqliteError) -> Option<u8> {
    let extended: i32 = error.code()?.parse().ok()?;
    u8::try_from(extended & 0xff).ok()
}

/// Primary result codes of SQLite that this module tells apart.
pub(super) mod sqlite_codes {
    pub(crate) const BUSY: u8 = 5;
    pub(crate) const LOCKED: u8 = 6;
    pub(crate) const NO_MEMORY: u8 = 7;
    pub(crate) const READ_ONLY: u8 = 8;
    pub(crate) const INTERRUPTED: u8 = 9;
    pub(crate) const IO: u8 = 10;
    pub(crate) const FULL: u8 = 13;
    pub(crate) const CANNOT_OPEN: u8 = 14;
    pub(crate) const LOCK_PROTOCOL: u8 = 15;
    pub(crate) const NOT_A_DATABASE: u8 = 26;
}

fn is_transient_in_sqlite(code: u8) -> bool {
    use sqlite_codes::{
        BUSY, CANNOT_OPEN, FULL, INTERRUPTED, IO, LOCK_PROTOCOL, LOCKED, NO_MEMORY, READ_ONLY,
    };
    matches!(
        code,
        BUSY | LOCKED
            | NO_MEMORY
            | READ_ONLY
            | INTERRUPTED
            | IO
            | FULL
            | CANNOT_OPEN
            | LOCK_PROTOCOL
    )
}

/// By SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn is_transient_in_postgres(sqlstate: &str) -> bool {
    match sqlstate {
        // Serialization failure, deadlock, lock not available, read-only after a failover, the
        // database or the role is gone.
        "40001" | "40P01" | "55P03" | "25006" | "3D000" | "28000" | "28P01" => true,
        // Connection exception, insufficient resources (disk, memory, connections), operator
        // intervention (cancelled by timeout, shutting down, starting up), system error.
        _ => ["08", "53", "57", "58"]
            .iter()
            .any(|class| sqlstate.starts_with(class)),
    }
}

/// Which account a new one collides with, if that is why the database refused it.
pub(super) fn taken(error: &sqlx::Error) -> Option<Taken> {
    let error = error
        .as_database_error()
        .filter(|error| error.is_unique_violation())?;
    // PostgreSQL names the constraint. SQLite says "UNIQUE constraint failed: users.email".
    match error.constraint().unwrap_or_else(|| error.message()) {
        "users_email_key" | "UNIQUE constraint failed: users.email" => Some(Taken::Email),
        "users_username_key" | "UNIQUE constraint failed: users.username" => Some(Taken::Username),
        "users_external_id_key" | "UNIQUE constraint failed: users.external_id" => {
            Some(Taken::ExternalId)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_told_from_what_will_not() {
        assert!(matches!(
            sqlx::Error::PoolTimedOut.into(),
            StoreError::Unavailable(_)
        ));
        assert!(matches!(
            sqlx::Error::RowNotFound.into(),
            StoreError::Other(_)
        ));
        for (sqlstate, transient) in [
            ("08006", true),
            ("40P01", true),
            ("53100", true),
            ("57P01", true),
            ("58030", true),
            ("23505", false),
            ("42P01", false),
        ] {
            assert_eq!(is_transient_in_postgres(sqlstate), transient, "{sqlstate}");
        }
        assert!(is_transient_in_sqlite(sqlite_codes::FULL));
        assert!(!is_transient_in_sqlite(sqlite_codes::NOT_A_DATABASE));
    }
}
