//! The store in a PostgreSQL database, which several servers may share.

use std::{fmt::Display, io::ErrorKind, sync::Arc, time::Duration};

use deadpool::managed::{Metrics, RecycleError, RecycleResult};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection as _, Executor, SqlSafeStr,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgDatabaseError},
    raw_sql,
};
use tokio::time::timeout;

use shared::Timestamp;

use super::{
    Connections, DatabaseSettings, Examination, Expired, OpenError, Pooler, Result,
    connecting::connect_options, expiry::Removal, migrations, open::migration_reason, sql,
};

#[path = "both/mod.rs"]
#[expect(
    clippy::duplicate_mod,
    reason = "one body for both databases, compiled against each"
)]
mod both;

use both::{Lent, Pool, ROLLBACK};

/// What `both` is compiled against here.
type Database = PostgresStore;
type Sqlx = sqlx::Postgres;
type SqlxTransaction = Lent;
type Connection = sqlx::PgConnection;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// How long the server may take to answer at the start.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);
/// How much longer than a statement a call may take: it waits for a connection, new or free, as well.
const LONGER_FOR_CALL: Duration = Duration::from_millis(500);
/// A connection that nobody was lent for so long is asked first whether it is still there.
const LONG_IDLE: Duration = Duration::from_secs(1);
/// An older one is made anew, since PostgreSQL gives back no memory that a connection once took.
const OLDEST: Duration = Duration::from_mins(30);
/// Statements that a connection keeps prepared: more than there are.
const STATEMENTS_KEPT: usize = 256;
/// Behind a pooler a connection may have statements of the names that ours is about to give: those of
/// another server, or of ourselves before.
const FORGET_STATEMENTS: &str = "DEALLOCATE ALL";

/// The store in a PostgreSQL database.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pool: Pool,
    /// The same connections; behind a pooler each statement is in a transaction.
    readers: Pool,
    pooler: Pooler,
    begin: Arc<str>,
    longest_call: Duration,
}

impl PostgresStore {
    /// Opens the database of this URL with the default settings.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_with(url, &DatabaseSettings::default()).await
    }

    /// Opens the database of this `postgres://` URL and brings its tables up to date. Several
    /// servers may do so at once: one at a time has the lock for it.
    pub async fn open_with(url: &str, settings: &DatabaseSettings) -> Result<Self, OpenError> {
        let options = connect_options(url)?.application_name("twofold");
        let name = name(&options);
        let refused = |reason: String| OpenError::Refused {
            database: name.clone(),
            reason,
        };
        // What poolers do not know is said in each transaction instead.
        let options = match settings.pooler {
            Pooler::None => options.statement_cache_capacity(STATEMENTS_KEPT),
            Pooler::Transaction => options.extra_float_digits(None).statement_cache_capacity(0),
        };

        // A pool would go on trying where nothing listens, and then only say that it took too long.
        timeout(OPEN_TIMEOUT, options.connect())
            .await
            .map_err(|_| refused(format!("no answer within {} s", OPEN_TIMEOUT.as_secs())))?
            .map_err(|error| refused(connection_reason(&error, &options)))?
            .close()
            .await
            .map_err(|error| refused(connection_reason(&error, &options)))?;
        migrations::run(&options, &MIGRATIONS)
            .await
            .map_err(|error| {
                refused(migration_reason(error, |error| {
                    connection_reason(error, &options)
                }))
            })?;
        Ok(Self::with(options, settings))
    }

    fn with(options: PgConnectOptions, settings: &DatabaseSettings) -> Self {
        let limit = settings.timeout.as_millis().to_string();
        // The level is named, since the database may be set to another by default. At this one a
        // statement that waited for a row decides by what it finds then, and nothing has to be tried
        // again.
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
        let (options, begin): (_, Arc<str>) = match settings.pooler {
            Pooler::None => (
                options.options([
                    ("statement_timeout", limit.as_str()),
                    ("idle_in_transaction_session_timeout", limit.as_str()),
                ]),
                begin.into(),
            ),
            Pooler::Transaction => (
                options,
                format!(
                    "{begin}; {FORGET_STATEMENTS}; SET LOCAL statement_timeout = {limit}; \
                     SET LOCAL idle_in_transaction_session_timeout = {limit}"
                )
                .into(),
            ),
        };
        let pool = Pool::new(options, settings.connections);
        let mut readers = pool.clone();
        if settings.pooler == Pooler::Transaction {
            // A pooler lends a connection for one transaction, and a statement is sent in two parts,
            // which must meet the same one.
            readers.begin = Some(Arc::clone(&begin));
        }
        Self {
            readers,
            pool,
            pooler: settings.pooler,
            begin,
            longest_call: settings.timeout.saturating_add(LONGER_FOR_CALL),
        }
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
            let prepared = (&self.pool).prepare(text.into_sql_str()).await;
            prepared.map_err(|error| (name, error.to_string()))?;
        }
        Ok(())
    }

    const fn text(removal: &Removal) -> &'static str {
        removal.postgres
    }

    fn pools(&self) -> Vec<Connections> {
        vec![self.pool.connections("all")]
    }

    const fn reads(&self) -> &Pool {
        &self.readers
    }

    /// How long a call takes at most.
    const fn longest_call(&self) -> Duration {
        self.longest_call
    }

    /// Where a statement that changes something is committed by itself: nowhere behind a pooler.
    const fn autocommit(&self) -> Option<&Pool> {
        match self.pooler {
            Pooler::None => Some(&self.pool),
            Pooler::Transaction => None,
        }
    }

    async fn let_go(&self) {
        self.pool.close().await;
    }

    async fn begin_transaction(&self) -> Result<SqlxTransaction> {
        let mut connection = self.pool.lend().await?;
        connection.begin(&self.begin).await?;
        Ok(connection)
    }
}

/// A connection in a transaction, which is rolled back unless it is committed.
impl Lent {
    async fn commit(self) -> sqlx::Result<()> {
        self.end("COMMIT").await
    }

    async fn rollback(self) -> sqlx::Result<()> {
        self.end(ROLLBACK).await
    }
}

/// Whether a connection can be lent again. While it is busy, finding out costs no message.
async fn still_good(connection: &mut Connection, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
    if metrics.age() > OLDEST {
        return Err(RecycleError::message("it is old"));
    }
    if metrics.last_used() > LONG_IDLE {
        connection.ping().await?;
    }
    Ok(())
}

/// Looks at the database of this `postgres://` URL and changes nothing.
pub(super) async fn examine(url: &str) -> Result<Examination, OpenError> {
    let options = connect_options(url)?
        .application_name("twofold check")
        .extra_float_digits(None)
        .statement_cache_capacity(0);
    let database = name(&options);
    let refused = |reason: String| OpenError::Refused {
        database: database.clone(),
        reason,
    };
    let look = async {
        let mut connection = options.connect().await?;
        // In one transaction, so that a pooler may stand in between.
        raw_sql(AssertSqlSafe(format!(
            "BEGIN READ ONLY; {FORGET_STATEMENTS}"
        )))
        .execute(&mut connection)
        .await?;
        let clock: i64 = sqlx::query_scalar(
            "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
        )
        .fetch_one(&mut connection)
        .await?;
        let examined = both::examine(&mut connection, &MIGRATIONS).await?;
        connection.close().await?;
        Ok((Timestamp::from_millis(clock), examined))
    };
    let (clock, examined) = timeout(OPEN_TIMEOUT, look)
        .await
        .map_err(|_| refused(format!("no answer within {} s", OPEN_TIMEOUT.as_secs())))?
        .map_err(|error| refused(connection_reason(&error, &options)))?;
    Ok(Examination {
        database,
        clock: Some(clock),
        ..examined
    })
}

/// Host, port and database, without the password.
fn name(options: &PgConnectOptions) -> String {
    let database = options
        .get_database()
        .unwrap_or_else(|| options.get_username());
    match options.get_socket() {
        Some(socket) => format!("{database} at {}", socket.display()),
        None => format!(
            "{database} at {}:{}",
            options.get_host(),
            options.get_port()
        ),
    }
}

fn connection_reason(error: &sqlx::Error, options: &PgConnectOptions) -> String {
    let user = options.get_username();
    let sqlstate = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
        .map(PgDatabaseError::code);
    match (sqlstate, error) {
        (Some("28P01"), _) => format!("the password of {user} is wrong"),
        (Some("28000"), _) => format!("the server does not admit {user}: see its pg_hba.conf"),
        (Some("3D000"), _) => "there is no such database: make it with `createdb`".to_owned(),
        (Some("42501"), _) => format!("{user} may not make tables there: grant CREATE"),
        (None, sqlx::Error::Tls(error)) => without_tls(error),
        // What rustls says of a certificate.
        (None, sqlx::Error::Io(error)) if error.kind() == ErrorKind::InvalidData => {
            without_tls(error)
        }
        (None, sqlx::Error::Io(error)) => {
            format!("the server does not answer: {error}: is PostgreSQL running there?")
        }
        _ => error.to_string(),
    }
}

fn without_tls(error: &impl Display) -> String {
    format!("no connection by TLS: {error}: see sslmode and sslrootcert in its URL")
}
