//! Moving what was committed from the write-ahead log into the database, beside those who write.
//!
//! By itself SQLite does so within a commit, once the log has a thousand pages; whoever comes
//! meanwhile waits, and the more users there are, the more pages lie apart. Here a connection of its
//! own moves them while others write. Only the rest is left to a commit, which is when the log can
//! begin anew.

use std::{sync::Arc, time::Duration};

use sqlx::SqlitePool;
use tokio::{sync::Notify, time::sleep};

/// A commit that finds so many pages in the log moves what is left of them.
pub(super) const PAGES_FOR_A_COMMIT: u32 = 8_000;
/// So many pages in the log are much to do.
const MANY_PAGES: i64 = 1_000;
/// So long after a commit others are waited for. A burst must not fill the log meanwhile.
const PAUSE: Duration = Duration::from_millis(100);
/// How long while there is much to do.
const SHORT_PAUSE: Duration = Duration::from_millis(10);

/// Nobody waits for this one, and it waits for nobody.
const CHECKPOINT: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// Moves what is committed until the pool is closed.
pub(super) async fn run(pool: SqlitePool, committed: Arc<Notify>) {
    let work = async {
        let mut pause = PAUSE;
        loop {
            committed.notified().await;
            sleep(pause).await;
            pause = match checkpoint(&pool).await {
                Ok(Some(pages)) if pages < MANY_PAGES => PAUSE,
                Ok(_) => SHORT_PAUSE,
                // It is left to a commit, and told there.
                Err(_) => PAUSE,
            };
        }
    };
    tokio::select! {
        () = pool.close_event() => {}
        () = work => {}
    }
}

/// How many pages the log has; `None` while a commit moves them.
async fn checkpoint(pool: &SqlitePool) -> sqlx::Result<Option<i64>> {
    let (busy, pages, _moved): (i64, i64, i64) = sqlx::query_as(CHECKPOINT).fetch_one(pool).await?;
    Ok((busy == 0).then_some(pages))
}

#[cfg(test)]
mod tests {
    use super::{super::SqliteStore, *};
    use sqlx::{Connection, SqliteConnection};

    #[tokio::test]
    async fn what_is_committed_is_moved_into_the_database_while_somebody_writes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes.db");
        let store = SqliteStore::open(&file).await.unwrap();
        let mut member = store.writer.begin().await.unwrap();
        sqlx::raw_sql("CREATE TABLE notes (note TEXT NOT NULL); INSERT INTO notes VALUES ('a')")
            .execute(&mut *member)
            .await
            .unwrap();
        member.commit().await.unwrap();

        let _writing = store.writer.begin().await.unwrap();
        assert!(checkpoint(&store.checkpoints).await.unwrap() > Some(0));

        // Without the log beside it.
        let copy = folder.path().join("copy.db");
        std::fs::copy(&file, &copy).unwrap();
        let url = format!("sqlite:{}", copy.display());
        let mut copy = SqliteConnection::connect(&url).await.unwrap();
        let notes: Vec<String> = sqlx::query_scalar("SELECT note FROM notes")
            .fetch_all(&mut copy)
            .await
            .unwrap();
        assert_eq!(notes, ["a"]);
    }

    #[tokio::test]
    async fn a_commit_leaves_the_log_alone_until_it_is_long() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("notes.db"))
            .await
            .unwrap();
        let mut member = store.writer.begin().await.unwrap();
        let pages: u32 = sqlx::query_scalar("PRAGMA wal_autocheckpoint")
            .fetch_one(&mut *member)
            .await
            .unwrap();
        assert_eq!(pages, PAGES_FOR_A_COMMIT);
    }

    #[tokio::test]
    async fn the_work_ends_with_its_pool() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("notes.db"))
            .await
            .unwrap();
        let work = tokio::spawn(run(store.checkpoints.clone(), store.writer.committed()));
        store.let_go().await;
        work.await.unwrap();
    }
}
