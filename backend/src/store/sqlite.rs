//! The store in one SQLite file.

use std::{
    fs::OpenOptions,
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use deadpool::managed::{Metrics, RecycleResult};
use sqlx::{
    ConnectOptions as _, Connection as _, Executor, SqlSafeStr, SqlitePool,
    migrate::Migrator,
    sqlite::{
        SqliteConnectOptions, SqliteError, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
    },
};

use super::{
    Connections, Examination, Expired, OpenError, Result,
    error::{sqlite_code, sqlite_codes},
    expiry::Removal,
    open::migration_reason,
    sql,
};

mod checkpoints;
mod group_commit;

use group_commit::{Member, Writer};

#[path = "both/mod.rs"]
#[expect(
    clippy::duplicate_mod,
    reason = "one body for both databases, compiled against each"
)]
mod both;

use both::Pool;

/// What `both` is compiled against here.
type Database = SqliteStore;
type Sqlx = sqlx::Sqlite;
type SqlxTransaction = Member;
type Connection = sqlx::SqliteConnection;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a statement waits for another process that writes. Together with
/// [`CONNECTION_TIMEOUT`] less than the five seconds within which a caller has an answer.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a call waits for those before it.
const CONNECTION_TIMEOUT: Duration = Duration::from_millis(2_500);
/// Statements that a connection keeps prepared: more than there are.
const STATEMENTS_KEPT: usize = 256;
/// Readers never wait for the writer, and their work is short.
const READERS: u32 = 4;

/// The store in one SQLite file.
///
/// SQLite lets one connection write at a time. There is one for it, behind a fair queue; if many
/// tried at once, they would poll for the lock and the unlucky would starve.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    readers: Pool,
    writer: Writer,
    /// The connection that moves the log into the database.
    checkpoints: SqlitePool,
}

impl SqliteStore {
    /// Opens the database in this file and brings its tables up to date. A missing file is made,
    /// readable to its owner only; one that was made and cannot be used is taken away again.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let created = create(path).map_err(|error| refused(path, &error.to_string()))?;
        let opened = Self::open_existing(path).await;
        if opened.is_err() && created {
            for suffix in ["", "-wal", "-shm"] {
                let mut name = path.as_os_str().to_owned();
                name.push(suffix);
                // Whatever prevents this has the first error for its cause, and that is told.
                let _ = std::fs::remove_file(PathBuf::from(name));
            }
        }
        opened
    }

    async fn open_existing(path: &Path) -> Result<Self, OpenError> {
        let options = SqliteConnectOptions::new()
            // With a folder in front no name means anything special, like `:memory:`.
            .filename(Path::new(".").join(path))
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode anything less may lose commits when the power fails.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(LOCK_TIMEOUT)
            .statement_cache_capacity(STATEMENTS_KEPT);

        let pool = || {
            SqlitePoolOptions::new()
                .acquire_timeout(CONNECTION_TIMEOUT)
                // A connection to a file does not go away.
                .test_before_acquire(false)
        };
        let writer = pool()
            .max_connections(1)
            .after_release(|connection, _| {
                Box::pin(async move {
                    // A full disk makes SQLite roll a transaction back by itself, and sqlx, whose
                    // own ROLLBACK then fails, goes on believing in it: nothing could ever be
                    // begun on this connection again. After the ping every rollback is through;
                    // where none is under way, nobody need wait for one.
                    if connection.is_in_transaction() {
                        connection.ping().await?;
                    }
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect_with(options.clone().pragma(
                "wal_autocheckpoint",
                checkpoints::PAGES_FOR_A_COMMIT.to_string(),
            ))
            .await
            .map_err(|error| refused(path, &connection_reason(&error)))?;
        MIGRATIONS
            .run(&writer)
            .await
            .map_err(|error| refused(path, &migration_reason(error, connection_reason)))?;
        let checkpoints = pool().max_connections(1).connect_lazy_with(options.clone());
        let readers = Pool::new(options, READERS);
        let writer = Writer::of(writer);
        tokio::spawn(checkpoints::run(checkpoints.clone(), writer.committed()));
        Ok(Self {
            readers,
            writer,
            checkpoints,
        })
    }

    /// Every statement by its name, as this database is given it.
    pub fn statements() -> impl Iterator<Item = (&'static str, &'static str)> {
        let removals = Expired::ALL.map(Expired::removal);
        let removals = removals.map(|removal| (removal.name, Self::text(removal)));
        sql::ALL.iter().copied().chain(removals)
    }

    /// Has the database prepare every statement; the name of the first that it refuses, and why.
    pub async fn prepare_statements(&self) -> Result<(), (&'static str, String)> {
        for (name, text) in Self::statements() {
            let prepared = (&self.readers).prepare(text.into_sql_str()).await;
            prepared.map_err(|error| (name, error.to_string()))?;
        }
        Ok(())
    }

    const fn text(removal: &Removal) -> &'static str {
        removal.sqlite
    }

    fn pools(&self) -> Vec<Connections> {
        vec![
            self.readers.connections("read"),
            self.writer.connections("write"),
        ]
    }

    const fn reads(&self) -> &Pool {
        &self.readers
    }

    /// How long a call takes at most: as for a connection, and for the lock of another process.
    #[expect(clippy::unused_self, reason = "PostgreSQL's are set")]
    const fn longest_call(&self) -> Duration {
        CONNECTION_TIMEOUT.saturating_add(LOCK_TIMEOUT)
    }

    /// Where a statement that changes something is committed by itself: nowhere, since it would wait
    /// for the whole group.
    #[expect(clippy::unused_self, reason = "PostgreSQL's depends on a pooler")]
    const fn autocommit(&self) -> Option<&Pool> {
        None
    }

    /// The writer last: whoever closes the file last moves the log into it.
    async fn let_go(&self) {
        self.readers.close().await;
        self.checkpoints.close().await;
        self.writer.pool().close().await;
    }

    async fn begin_transaction(&self) -> Result<SqlxTransaction> {
        self.writer.begin().await
    }
}

/// A connection to a file does not go away.
async fn still_good(_: &Connection, _: &Metrics) -> RecycleResult<sqlx::Error> {
    Ok(())
}

/// Looks at the database in this file, its pages among it, and changes nothing.
pub(super) async fn examine(path: &Path) -> Result<Examination, OpenError> {
    let failed = |error: &sqlx::Error| refused(path, &connection_reason(error));
    let mut connection = connect_existing(path).await?;
    let damage: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_all(&mut connection)
        .await
        .map_err(|error| failed(&error))?;
    let damage = damage.into_iter().find(|line| line != "ok");
    let examined = both::examine(&mut connection, &MIGRATIONS)
        .await
        .map_err(|error| failed(&error))?;
    connection.close().await.map_err(|error| failed(&error))?;
    Ok(Examination {
        database: path.display().to_string(),
        damage,
        // It has no other clock than ours.
        clock: None,
        ..examined
    })
}

/// Copies the database in this file into `copy`, an empty file, as it is at one moment, while
/// servers go on using it.
pub async fn back_up(path: &Path, copy: &Path) -> Result<(), OpenError> {
    let failed = |error: &sqlx::Error| refused(path, &connection_reason(error));
    let mut connection = connect_existing(path).await?;
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(copy.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await;
    // The error of the copying comes first.
    let closed = connection.close().await;
    copied.map_err(|error| failed(&error))?;
    closed.map_err(|error| failed(&error))
}

/// A connection to a file that is there. One that nobody made stays so.
async fn connect_existing(path: &Path) -> Result<Connection, OpenError> {
    if !path.exists() {
        return Err(refused(
            path,
            "there is no such file: the server makes it at its first start",
        ));
    }
    SqliteConnectOptions::new()
        .filename(Path::new(".").join(path))
        .create_if_missing(false)
        .busy_timeout(LOCK_TIMEOUT)
        .connect()
        .await
        .map_err(|error| refused(path, &connection_reason(&error)))
}

/// Makes the file unless it exists. SQLite gives its side files the same mode.
fn create(path: &Path) -> std::io::Result<bool> {
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn refused(path: &Path, reason: &str) -> OpenError {
    OpenError::Refused {
        database: path.display().to_string(),
        reason: reason.to_owned(),
    }
}

fn connection_reason(error: &sqlx::Error) -> String {
    let code = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<SqliteError>())
        .and_then(sqlite_code);
    match code {
        Some(sqlite_codes::NOT_A_DATABASE) => "it is not an SQLite database".to_owned(),
        Some(sqlite_codes::READ_ONLY) => {
            "it cannot be written: give this user write permission to the file and its directory"
                .to_owned()
        }
        Some(sqlite_codes::CANNOT_OPEN) => {
            "it cannot be opened: it must be a file that this user may read and write".to_owned()
        }
        Some(sqlite_codes::BUSY | sqlite_codes::LOCKED) => {
            "another process keeps it locked: end that one first".to_owned()
        }
        Some(sqlite_codes::FULL) => "the disk is full".to_owned(),
        _ => error.to_string(),
    }
}
