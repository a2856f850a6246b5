//! The store in a PostgreSQL database, which several servers may share.

use std::{str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions, Connection as _, Executor, PgPool, SqlSafeStr,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgDatabaseError, PgPoolOptions},
};
use tokio::time::timeout;

use super::{Expired, OpenError, Result, expiry::Removal, open::migration_reason, sql};

#[path = "both/mod.rs"]
#[expect(
    clippy::duplicate_mod,
    reason = "one body for both databases, compiled against each"
)]
mod both;

/// What `both` is compiled against here.
type Database = PostgresStore;
type SqlxTransaction = sqlx::Transaction<'static, sqlx::Postgres>;
type Connection = sqlx::PgConnection;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// How long a statement may take, waiting for locks included. Together with
/// [`CONNECTION_TIMEOUT`] less than the five seconds within which a caller has an answer.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a call waits for a connection, new or free.
const CONNECTION_TIMEOUT: Duration = Duration::from_millis(2_500);
/// A connection that was used so recently is taken for a good one; any other is asked first. Asking
/// each time would double the round trips of a request.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// How long the server may take to answer at the start.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);
/// PostgreSQL admits 100 by default, for all servers together.
const CONNECTIONS: u32 = 10;

/// The store in a PostgreSQL database.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pool: PgPool,
}

impl PostgresStore {
    /// Opens the database of this `postgres://` URL and brings its tables up to date. Several
    /// servers may do so at once: one at a time gets the lock that sqlx takes for it.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| OpenError::Malformed {
                reason: error.to_string(),
            })?
            .application_name("twofold");
        let name = name(&options);
        let refused = |reason: String| OpenError::Refused {
            database: name.clone(),
            reason,
        };

        // A pool would go on trying where nothing listens, and then only say that it took too long.
        timeout(OPEN_TIMEOUT, options.connect())
            .await
            .map_err(|_| refused(format!("no answer within {} s", OPEN_TIMEOUT.as_secs())))?
            .map_err(|error| refused(connection_reason(&error, &options)))?
            .close()
            .await
            .map_err(|error| refused(connection_reason(&error, &options)))?;

        // Without the limit of the statements below: a migration may take long, and so may the
        // wait for another server's.
        let migrating = PgPoolOptions::new()
            .max_connections(1)
            .connect_lazy_with(options.clone());
        MIGRATIONS.run(&migrating).await.map_err(|error| {
            refused(migration_reason(error, |error| {
                connection_reason(error, &options)
            }))
        })?;
        migrating.close().await;

        let limit = STATEMENT_TIMEOUT.as_millis().to_string();
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(CONNECTION_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, metadata| {
                Box::pin(async move {
                    if metadata.idle_for >= TRUSTED_FOR {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options.options([
                ("statement_timeout", limit.as_str()),
                ("idle_in_transaction_session_timeout", limit.as_str()),
            ]));
        Ok(Self { pool })
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

    fn reads(&self) -> &PgPool {
        &self.pool
    }

    fn writes(&self) -> &PgPool {
        &self.pool
    }

    async fn let_go(&self) {
        self.pool.close().await;
    }

    /// The level is named, since the database may be set to another by default. At this one a
    /// statement that waited for a row decides by what it finds then, and nothing has to be tried
    /// again.
    async fn begin_transaction(&self) -> Result<SqlxTransaction> {
        Ok(self
            .pool
            .begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")
            .await?)
    }
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
        (None, sqlx::Error::Io(error)) => {
            format!("the server does not answer: {error}: is PostgreSQL running there?")
        }
        _ => error.to_string(),
    }
}
