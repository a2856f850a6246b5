//! The store in a PostgreSQL database, which several servers may share.

use std::{fmt::Display, io::ErrorKind, sync::Arc, time::Duration};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection as _, Executor, PgPool, SqlSafeStr,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgDatabaseError, PgPoolOptions},
    raw_sql,
};
use tokio::time::timeout;

use shared::Timestamp;

use super::{
    DatabaseSettings, Examination, Expired, OpenError, Pooler, Result, connecting::connect_options,
    expiry::Removal, migrations, open::migration_reason, sql,
};

#[path = "both/mod.rs"]
#[expect(
    clippy::duplicate_mod,
    reason = "one body for both databases, compiled against each"
)]
mod both;

/// What `both` is compiled against here.
type Database = PostgresStore;
type Sqlx = sqlx::Postgres;
type SqlxTransaction = sqlx::Transaction<'static, Sqlx>;
type Connection = sqlx::PgConnection;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// How long the server may take to answer at the start.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);
/// How much longer than a statement a call may take: it waits for a connection, new or free, as well.
const LONGER_FOR_CALL: Duration = Duration::from_millis(500);
/// A connection that nobody had for so long is asked first whether it is still there.
const LONG_IDLE: Duration = Duration::from_secs(1);
/// Statements that a connection keeps prepared: more than there are.
const STATEMENTS_KEPT: usize = 256;
/// Behind a pooler a connection may have statements of the names that ours is about to give: those of
/// another server, or of ourselves before.
const FORGET_STATEMENTS: &str = "DEALLOCATE ALL";

/// The store in a PostgreSQL database.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pool: PgPool,
    /// The same but behind a pooler.
    readers: PgPool,
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
        let longest_call = settings.timeout.saturating_add(LONGER_FOR_CALL);
        let pool = || {
            PgPoolOptions::new()
                .max_connections(settings.connections)
                .acquire_timeout(longest_call)
                .test_before_acquire(false)
        };
        // The level is named, since the database may be set to another by default. At this one a
        // statement that waited for a row decides by what it finds then, and nothing has to be tried
        // again.
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
        match settings.pooler {
            Pooler::None => {
                let pool = asked_when_idle(pool()).connect_lazy_with(options.options([
                    ("statement_timeout", limit.as_str()),
                    ("idle_in_transaction_session_timeout", limit.as_str()),
                ]));
                Self {
                    readers: pool.clone(),
                    pool,
                    pooler: Pooler::None,
                    begin: begin.into(),
                    longest_call,
                }
            }
            Pooler::Transaction => {
                let begin: Arc<str> = format!(
                    "{begin}; {FORGET_STATEMENTS}; SET LOCAL statement_timeout = {limit}; \
                     SET LOCAL idle_in_transaction_session_timeout = {limit}"
                )
                .into();
                Self {
                    pool: asked_when_idle(pool()).connect_lazy_with(options.clone()),
                    readers: in_transactions(pool(), &begin).connect_lazy_with(options),
                    pooler: Pooler::Transaction,
                    begin,
                    longest_call,
                }
            }
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

    fn pools(&self) -> impl Iterator<Item = (&'static str, &PgPool)> {
        match self.pooler {
            Pooler::None => vec![("all", &self.pool)],
            Pooler::Transaction => vec![("read", &self.readers), ("write", &self.pool)],
        }
        .into_iter()
    }

    fn reads(&self) -> &PgPool {
        &self.readers
    }

    /// How long a call takes at most.
    const fn longest_call(&self) -> Duration {
        self.longest_call
    }

    /// Where a statement that changes something is committed by itself: nowhere behind a pooler.
    fn autocommit(&self) -> Option<&PgPool> {
        match self.pooler {
            Pooler::None => Some(&self.pool),
            Pooler::Transaction => None,
        }
    }

    async fn let_go(&self) {
        self.readers.close().await;
        self.pool.close().await;
    }

    async fn begin_transaction(&self) -> Result<SqlxTransaction> {
        let begin = AssertSqlSafe(Arc::clone(&self.begin));
        Ok(self.pool.begin_with(begin).await?)
    }
}

/// A pool that costs a statement no further message while it is busy.
fn asked_when_idle(pool: PgPoolOptions) -> PgPoolOptions {
    pool.before_acquire(|connection, meta| {
        Box::pin(async move {
            if meta.idle_for > LONG_IDLE {
                connection.ping().await?;
            }
            Ok(true)
        })
    })
}

/// A pool whose connections are in a transaction whenever somebody has them.
///
/// A pooler lends a connection for one transaction, and a statement is sent in two parts, which must
/// meet the same one. What is only read needs no commit, so the end of the transaction is nobody's
/// business.
fn in_transactions(pool: PgPoolOptions, begin: &Arc<str>) -> PgPoolOptions {
    let (new, idle) = (Arc::clone(begin), Arc::clone(begin));
    pool.after_connect(move |connection, _| {
        let begin = AssertSqlSafe(Arc::clone(&new));
        Box::pin(async move {
            raw_sql(begin).execute(connection).await?;
            Ok(())
        })
    })
    .before_acquire(move |connection, _| {
        let begin = AssertSqlSafe(Arc::clone(&idle));
        Box::pin(async move {
            raw_sql(begin).execute(connection).await?;
            Ok(true)
        })
    })
    .after_release(|connection, _| {
        Box::pin(async move {
            raw_sql("ROLLBACK").execute(connection).await?;
            Ok(true)
        })
    })
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
