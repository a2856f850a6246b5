//! Writes many rows fast: SQLite without a journal, PostgreSQL by `COPY`.

use std::fmt::Write;

use shared::Timestamp;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::{
    Outcome,
    site::{Kind, Site},
};

/// SQLite takes no more parameters in one statement.
const MOST_PARAMETERS: usize = 32_766;
/// Rows of one statement: more of them are no faster.
const MOST_ROWS: usize = 500;

/// A table, and the columns that are written.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
}

/// What a column holds.
pub(super) enum Value {
    Text(String),
    Number(i64),
    Bytes(Vec<u8>),
    Nothing,
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Number(time.millis())
    }
}

/// Where rows go.
pub(super) enum Sink {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Sink {
    /// Nothing else may use the database meanwhile.
    pub(super) async fn open(site: &Site) -> Outcome<Self> {
        Ok(match site.kind() {
            Kind::Sqlite => {
                let options: SqliteConnectOptions = site.url().parse()?;
                let connection = options
                    .journal_mode(SqliteJournalMode::Off)
                    .synchronous(SqliteSynchronous::Off)
                    .foreign_keys(false)
                    .pragma("locking_mode", "EXCLUSIVE")
                    // In KiB: random keys are spread over all of an index.
                    .pragma("cache_size", "-4000000")
                    .connect()
                    .await?;
                Self::Sqlite(connection)
            }
            Kind::Postgres => {
                let options: PgConnectOptions = site.url().parse()?;
                Self::Postgres(
                    options
                        .options([("synchronous_commit", "off")])
                        .connect()
                        .await?,
                )
            }
        })
    }

    pub(super) async fn insert(&mut self, table: &Table, rows: Vec<Vec<Value>>) -> Outcome<()> {
        match self {
            Self::Sqlite(connection) => insert(connection, table, rows).await,
            Self::Postgres(connection) => copy(connection, table, &rows).await,
        }
    }

    /// Leaves the database as a server that has run for long would: SQLite with its journal,
    /// PostgreSQL with the statistics that its autovacuum gathers.
    pub(super) async fn close(self) -> Outcome<()> {
        match self {
            Self::Sqlite(mut connection) => {
                sqlx::raw_sql("PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL")
                    .execute(&mut connection)
                    .await?;
                connection.close().await?;
            }
            Self::Postgres(mut connection) => {
                for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
                    sqlx::raw_sql(statement).execute(&mut connection).await?;
                }
                connection.close().await?;
            }
        }
        Ok(())
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    table: &Table,
    rows: Vec<Vec<Value>>,
) -> Outcome<()> {
    let columns = table.columns.len();
    let at_once = MOST_ROWS.min(MOST_PARAMETERS / columns);
    let mut transaction = connection.begin().await?;
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let part: Vec<_> = rows.by_ref().take(at_once).collect();
        let row = format!("({})", vec!["?"; columns].join(","));
        let statement = format!(
            "INSERT INTO {} ({}) VALUES {}",
            table.name,
            table.columns.join(","),
            vec![row; part.len()].join(",")
        );
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for value in part.into_iter().flatten() {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
                Value::Bytes(bytes) => query.bind(bytes),
                Value::Nothing => query.bind(None::<i64>),
            };
        }
        query.execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}

async fn copy(connection: &mut PgConnection, table: &Table, rows: &[Vec<Value>]) -> Outcome<()> {
    let mut text = String::new();
    for row in rows {
        for (column, value) in row.iter().enumerate() {
            if column > 0 {
                text.push('\t');
            }
            match value {
                Value::Text(value) => text.push_str(value),
                Value::Number(number) => write!(text, "{number}")?,
                Value::Bytes(bytes) => {
                    text.push_str("\\\\x");
                    for byte in bytes {
                        write!(text, "{byte:02x}")?;
                    }
                }
                Value::Nothing => text.push_str("\\N"),
            }
        }
        text.push('\n');
    }
    let statement = format!(
        "COPY {} ({}) FROM STDIN",
        table.name,
        table.columns.join(",")
    );
    let mut copy = connection.copy_in_raw(&statement).await?;
    copy.send(text.as_bytes()).await?;
    copy.finish().await?;
    Ok(())
}
