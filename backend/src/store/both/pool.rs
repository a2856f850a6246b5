//! Connections that calls share, and that nobody asks anything while all goes well.
//!
//! sqlx's own pool asks a connection each time that it comes back whether it is still there, which
//! takes as long as a statement does. Here one that answered to the end is lent again as it is. Any
//! other, whose statement failed or whose caller gave up, is asked before it is lent again, and a
//! transaction that it was left in is rolled back at once.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};

use deadpool::managed::{
    Manager, Metrics, Object, PoolConfig, PoolError, QueueMode, RecycleResult, WeakPool,
};
use futures_util::{
    TryFutureExt as _, TryStreamExt as _,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Describe, Either, Execute, Executor,
    SqlStr,
};
use tokio::{
    runtime::Handle,
    time::{sleep, timeout},
};

use super::super::{Connection, Sqlx, still_good};
use crate::store::Connections;

type Options = <Connection as sqlx::Connection>::Options;
type QueryResult = <Sqlx as sqlx::Database>::QueryResult;
type Row = <Sqlx as sqlx::Database>::Row;
type Statement = <Sqlx as sqlx::Database>::Statement;
type TypeInfo = <Sqlx as sqlx::Database>::TypeInfo;

/// A connection that nobody was lent for so long is closed.
const IDLE: Duration = Duration::from_mins(10);
/// A connection that does not say within so long whether it is still there is closed.
const MENDING_TIMEOUT: Duration = Duration::from_secs(5);

pub(in super::super) const ROLLBACK: &str = "ROLLBACK";

/// Connections, made as they are needed. A statement that is executed on it has one for itself.
#[derive(Clone)]
pub(in super::super) struct Pool {
    connections: deadpool::managed::Pool<Connector>,
    /// What begins the transaction that each statement has for itself, where it needs one.
    pub(in super::super) begin: Option<Arc<str>>,
}

/// A connection that is lent. Dropped, it counts as left in the middle of something.
#[derive(Debug)]
pub(in super::super) struct Lent {
    connection: Option<Object<Connector>>,
    in_transaction: bool,
}

struct Connector {
    options: Options,
}

impl Manager for Connector {
    type Type = Connection;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<Connection> {
        self.options.connect().await
    }

    async fn recycle(
        &self,
        connection: &mut Connection,
        metrics: &Metrics,
    ) -> RecycleResult<sqlx::Error> {
        still_good(connection, metrics).await
    }
}

impl Pool {
    /// At most so many connections, none of them made yet. Within a runtime.
    #[expect(clippy::expect_used, reason = "it fails only where timeouts are set")]
    pub(in super::super) fn new(options: Options, most: u32) -> Self {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let config = PoolConfig {
            // Few connections that are at work have more prepared than many that take turns.
            queue_mode: QueueMode::Lifo,
            ..PoolConfig::new(most)
        };
        let connections = deadpool::managed::Pool::builder(Connector { options })
            .config(config)
            .build()
            .expect("no timeouts");
        tokio::spawn(keep_few(connections.weak()));
        Self {
            connections,
            begin: None,
        }
    }

    /// Lends a connection as soon as one is free.
    pub(in super::super) async fn lend(&self) -> sqlx::Result<Lent> {
        match self.connections.get().await {
            Ok(connection) => Ok(Lent {
                connection: Some(connection),
                in_transaction: false,
            }),
            Err(PoolError::Backend(error)) => Err(error),
            Err(_) => Err(sqlx::Error::PoolClosed),
        }
    }

    /// Executes a statement on a connection of its own, as `execute` does it.
    async fn on_one<T>(
        &self,
        execute: impl AsyncFnOnce(&mut Connection) -> sqlx::Result<T>,
    ) -> sqlx::Result<T> {
        let mut lent = self.lend().await?;
        if let Some(begin) = &self.begin {
            lent.begin(begin).await?;
        }
        let result = execute(&mut lent).await?;
        if lent.in_transaction {
            // What was only read needs no commit.
            lent.end(ROLLBACK).await?;
        } else {
            lent.give_back();
        }
        Ok(result)
    }

    /// Lends none any more, and closes them.
    pub(in super::super) async fn close(&self) {
        close_idle(&self.connections, Duration::ZERO).await;
        self.connections.close();
    }

    pub(in super::super) fn connections(&self, pool: &'static str) -> Connections {
        let status = self.connections.status();
        let count = |connections| u32::try_from(connections).unwrap_or(u32::MAX);
        Connections {
            pool,
            used: count(status.size.saturating_sub(status.available)),
            idle: count(status.available),
            most: count(status.max_size),
        }
    }
}

impl Lent {
    /// Begins a transaction by this statement.
    pub(in super::super) async fn begin(&mut self, begin: &Arc<str>) -> sqlx::Result<()> {
        self.in_transaction = true;
        self.execute(AssertSqlSafe(Arc::clone(begin))).await?;
        Ok(())
    }

    /// Ends the transaction by this statement, and gives the connection back.
    pub(in super::super) async fn end(mut self, end: &'static str) -> sqlx::Result<()> {
        self.execute(end).await?;
        self.give_back();
        Ok(())
    }

    /// It answered to the end, and is in no transaction.
    pub(in super::super) fn give_back(mut self) {
        drop(self.connection.take());
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(mend(connection, self.in_transaction))),
            // Nobody can ask it.
            Err(_) => drop(Object::take(connection)),
        }
    }
}

/// Closes those that nobody needs, as long as the pool is there.
async fn keep_few(pool: WeakPool<Connector>) {
    loop {
        sleep(IDLE).await;
        match pool.upgrade() {
            Some(connections) if !connections.is_closed() => close_idle(&connections, IDLE).await,
            _ => return,
        }
    }
}

/// Closes those that nobody was lent for so long.
async fn close_idle(pool: &deadpool::managed::Pool<Connector>, longer_than: Duration) {
    let idle = pool.retain(|_, metrics| metrics.last_used() < longer_than);
    for connection in idle.removed {
        // It is gone in any case.
        let _ = connection.close().await;
    }
}

/// Rolls back what the connection was left in, and lends it again if it is still there.
async fn mend(mut connection: Object<Connector>, in_transaction: bool) {
    let ask = async {
        if in_transaction {
            connection.execute(ROLLBACK).await.map(drop)
        } else {
            connection.ping().await
        }
    };
    if !matches!(timeout(MENDING_TIMEOUT, ask).await, Ok(Ok(()))) {
        drop(Object::take(connection));
    }
}

impl Deref for Lent {
    type Target = Connection;

    #[expect(clippy::expect_used, reason = "nobody has it once it was taken")]
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("not given back")
    }
}

impl DerefMut for Lent {
    #[expect(clippy::expect_used, reason = "nobody has it once it was taken")]
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("not given back")
    }
}

impl<'p> Executor<'p> for &'p Pool {
    type Database = Sqlx;

    /// The rows come all at once, and the connection is free by then.
    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, sqlx::Result<Either<QueryResult, Row>>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Sqlx>,
    {
        let rows = self.on_one(async |connection| {
            let rows: Vec<_> = connection.fetch_many(query).try_collect().await?;
            Ok(rows)
        });
        let rows = rows.map_ok(|rows| stream::iter(rows.into_iter().map(Ok)));
        Box::pin(rows.try_flatten_stream())
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Option<Row>>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Sqlx>,
    {
        Box::pin(self.on_one(async |connection| connection.fetch_optional(query).await))
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [TypeInfo],
    ) -> BoxFuture<'e, sqlx::Result<Statement>>
    where
        'p: 'e,
    {
        Box::pin(self.on_one(async |connection| connection.prepare_with(sql, parameters).await))
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, sqlx::Result<Describe<Sqlx>>>
    where
        'p: 'e,
    {
        Box::pin(self.on_one(async |connection| connection.describe(sql).await))
    }
}

/// Its options may hold a password.
impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("connections", &self.connections.status())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}
