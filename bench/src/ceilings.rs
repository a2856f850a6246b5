//! What the same machine can do at most: bare axum routes, in a process of their own as the server
//! is. `GET /reply` writes a user as JSON, `POST /row` commits one row as durably as the server.

use std::{
    process::{Child, Command},
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
    serve::ListenerExt,
};
use shared::resources::{Envelope, User};
use sqlx::{
    AssertSqlSafe, PgPool, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::net::TcpListener;

use crate::{Outcome, listening, processor_time, site::Site};

/// The connections that the server has at most, too.
const POSTGRES_CONNECTIONS: u32 = 10;

/// About as much as an event of the server.
const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS rows (id BIGINT NOT NULL PRIMARY KEY, text TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO rows (id, text) VALUES ($1, $2)";
const TEXT: &str = "user_0123456789abcdefghjkmnpqrst attempt_failed totp 203.0.113.7 Mozilla/5.0 \
     (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0 0123456789abcdef0123456789abcdef";

/// The bare routes in a process of their own, which ends when this is dropped.
pub struct Ceilings {
    process: Child,
    /// Where they listen.
    pub address: std::net::SocketAddr,
}

impl Ceilings {
    /// Starts them beside a site, with that body of `GET /v1/me` for their reply.
    pub async fn beside(site: &Site, reply: &[u8]) -> Outcome<Self> {
        let url = site.url_beside("bare").await?;
        let program = std::env::current_exe()?.with_file_name("ceilings");
        let file = site.folder().join("reply.json");
        std::fs::write(&file, reply)?;
        let mut command = Command::new(program);
        command.arg(url).arg(file);
        let (process, address) = listening(command)?;
        Ok(Self { process, address })
    }

    /// Time of the processors that they have used.
    pub fn processor_time(&self) -> Outcome<Duration> {
        processor_time(&self.process)
    }
}

impl Drop for Ceilings {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[derive(Clone)]
struct Bare {
    reply: Arc<Envelope<User>>,
    next: Arc<AtomicU64>,
    rows: Rows,
}

#[derive(Clone)]
enum Rows {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Serves them until the process is ended.
pub async fn serve(url: &str, reply: &[u8]) -> Outcome<()> {
    let bare = Bare {
        reply: Arc::new(serde_json::from_slice(reply)?),
        next: Arc::default(),
        rows: Rows::open(url).await?,
    };
    let routes = Router::new()
        .route("/reply", get(write_reply))
        .route("/row", post(commit_row))
        .with_state(bare);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    eprintln!("address={}", listener.local_addr()?);
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    Ok(axum::serve(listener, routes).await?)
}

async fn write_reply(State(bare): State<Bare>) -> Json<Envelope<User>> {
    Json((*bare.reply).clone())
}

async fn commit_row(State(bare): State<Bare>) -> StatusCode {
    let id = i64::try_from(bare.next.fetch_add(1, Ordering::Relaxed)).unwrap_or_default();
    let committed = match &bare.rows {
        Rows::Sqlite(pool) => {
            let insert = sqlx::query(INSERT).bind(id).bind(TEXT);
            insert.execute(pool).await.map(drop)
        }
        Rows::Postgres(pool) => {
            let insert = sqlx::query(INSERT).bind(id).bind(TEXT);
            insert.execute(pool).await.map(drop)
        }
    };
    match committed {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl Rows {
    /// As the server opens its database (`backend/src/store/`).
    async fn open(url: &str) -> Outcome<Self> {
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full);
            let pool = SqlitePoolOptions::new()
                .max_connections(1)
                .test_before_acquire(false)
                .connect_with(options)
                .await?;
            sqlx::raw_sql(AssertSqlSafe(TABLE)).execute(&pool).await?;
            Ok(Self::Sqlite(pool))
        } else {
            let pool = PgPoolOptions::new()
                .max_connections(POSTGRES_CONNECTIONS)
                .test_before_acquire(false)
                .connect(url)
                .await?;
            sqlx::raw_sql(AssertSqlSafe(TABLE)).execute(&pool).await?;
            Ok(Self::Postgres(pool))
        }
    }
}
