//! Group commit: whoever waits for the same writer is made durable by the same commit.
//!
//! SQLite lets one transaction write at a time, and each commit waits for the disk. So those who came
//! while the disk was busy share a transaction: one after the other has it, each behind a savepoint
//! of its own, and none is told that it is committed before all are. What one takes back is nobody
//! else's; what the commit loses, all have lost, and all are told so.
//!
//! Whoever comes alone has a transaction alone, and waits for nobody.

use std::{
    future::{Ready, ready},
    mem,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use sqlx::{Executor, SqliteConnection, SqlitePool};
use tokio::{
    sync::{Mutex, Notify, OwnedMappedMutexGuard, OwnedMutexGuard, oneshot},
    time::timeout,
};

use super::{CONNECTION_TIMEOUT, Result, Sqlx};
use crate::store::{Connections, StoreError};

/// `IMMEDIATE`: a transaction that took its lock at its first write only would fail at once where
/// another process wrote since its first read.
const BEGIN: &str = "BEGIN IMMEDIATE; SAVEPOINT member";
/// Fails where SQLite took the transaction back by itself, as it does on a full disk.
const GO_ON: &str = "RELEASE member; SAVEPOINT member";
const TAKE_BACK: &str = "ROLLBACK TO member";

/// The one connection that writes, and who has it. It is a fair queue.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    pool: SqlitePool,
    group: Arc<Mutex<Option<Group>>>,
    committed: Arc<Notify>,
}

/// Transactions that are committed together.
#[derive(Debug)]
struct Group {
    transaction: sqlx::Transaction<'static, Sqlx>,
    /// Those that are done, who wait for the commit.
    members: Vec<oneshot::Sender<Committed>>,
    last: Last,
}

/// What the member that had the connection last has left behind its savepoint.
#[derive(Debug)]
enum Last {
    /// What is to be committed.
    Done,
    /// What is to be taken back, if anything.
    Undone,
    /// Nothing: the transaction of the whole group is gone.
    Lost(Arc<sqlx::Error>),
}

/// One error for all that it met.
type Committed = std::result::Result<(), Arc<sqlx::Error>>;

/// A transaction of a group, which has the connection for itself. Dropped without a commit it is
/// taken back.
#[derive(Debug)]
pub(super) struct Member(OwnedMappedMutexGuard<Option<Group>, Group>);

impl Writer {
    /// The writer whose only connection this pool lends.
    pub(super) fn of(pool: SqlitePool) -> Self {
        Self {
            pool,
            group: Arc::default(),
            committed: Arc::default(),
        }
    }

    pub(super) const fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    pub(super) fn connections(&self, pool: &'static str) -> Connections {
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        Connections {
            pool,
            used: self.pool.size().saturating_sub(idle),
            idle,
            most: self.pool.options().get_max_connections(),
        }
    }

    /// Told of each commit.
    pub(super) fn committed(&self) -> Arc<Notify> {
        Arc::clone(&self.committed)
    }

    /// Begins a transaction as soon as those that came before are done. No other is begun before it
    /// is committed, rolled back or dropped.
    pub(super) async fn begin(&self) -> Result<Member> {
        // Where the caller gives up in the middle, a savepoint must not be half made: the next
        // member would take back what is not its own.
        let began = tokio::spawn(self.clone().join());
        began
            .await
            .map_err(|error| StoreError::Unavailable(error.into()))?
    }

    async fn join(self) -> Result<Member> {
        let turn = timeout(CONNECTION_TIMEOUT, Arc::clone(&self.group).lock_owned())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?;
        match OwnedMutexGuard::try_map(turn, Option::as_mut) {
            Ok(mut group) => {
                group.go_on().await?;
                Ok(Member(group))
            }
            Err(turn) => {
                let group = Group {
                    transaction: self.pool.begin_with(BEGIN).await?,
                    members: Vec::new(),
                    last: Last::Undone,
                };
                // It stands in the queue behind all who wait by now.
                tokio::spawn(self.end());
                Ok(Member(OwnedMutexGuard::map(turn, |turn| {
                    turn.insert(group)
                })))
            }
        }
    }

    /// Ends the group whose first member has the connection now. It is one, whoever gives up.
    async fn end(self) {
        let mut turn = self.group.lock().await;
        // Where nobody has anything to commit, the transaction is rolled back.
        if let Some(group) = turn.take().filter(|group| !group.members.is_empty()) {
            group.commit().await;
            self.committed.notify_one();
        }
    }
}

impl Group {
    /// Makes an end of what the last member did, and a savepoint for the next.
    async fn go_on(&mut self) -> Committed {
        let gone_on = match self.last {
            Last::Done => self.transaction.execute(GO_ON).await,
            // The savepoint stays.
            Last::Undone => self.transaction.execute(TAKE_BACK).await,
            Last::Lost(ref error) => return Err(Arc::clone(error)),
        };
        match gone_on {
            Ok(_) => {
                self.last = Last::Undone;
                Ok(())
            }
            Err(error) => {
                let error = Arc::new(error);
                self.last = Last::Lost(Arc::clone(&error));
                tell(mem::take(&mut self.members), &Err(Arc::clone(&error)));
                Err(error)
            }
        }
    }

    async fn commit(mut self) {
        let ready = match self.last {
            Last::Done => Ok(()),
            Last::Undone => self.transaction.execute(TAKE_BACK).await.map(drop),
            // Whoever was in it has been told.
            Last::Lost(_) => return,
        };
        let committed = match ready {
            Ok(()) => self.transaction.commit().await,
            Err(error) => Err(error),
        };
        tell(self.members, &committed.map_err(Arc::new));
    }
}

/// Whoever has gone meanwhile need not know.
fn tell(members: Vec<oneshot::Sender<Committed>>, committed: &Committed) {
    for member in members {
        let _ = member.send(committed.clone());
    }
}

impl Member {
    /// Has it committed with all others of its group.
    pub(super) async fn commit(self) -> Result<()> {
        let Self(mut group) = self;
        let (member, committed) = oneshot::channel();
        group.members.push(member);
        group.last = Last::Done;
        drop(group);
        match committed.await {
            Ok(committed) => Ok(committed?),
            Err(gone) => Err(StoreError::Unavailable(gone.into())),
        }
    }

    /// Takes it back, before anybody else has the connection.
    pub(super) fn rollback(self) -> Ready<sqlx::Result<()>> {
        drop(self);
        ready(Ok(()))
    }
}

impl Deref for Member {
    type Target = SqliteConnection;

    fn deref(&self) -> &Self::Target {
        &self.0.transaction
    }
}

impl DerefMut for Member {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0.transaction
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::{JoinHandle, yield_now};

    use super::{
        super::{Result as Opened, SqliteStore},
        *,
    };
    use crate::store::OpenError;

    struct Notes {
        store: SqliteStore,
        _folder: tempfile::TempDir,
    }

    impl Notes {
        async fn new() -> Opened<Self, OpenError> {
            let folder = tempfile::tempdir().unwrap();
            let store = SqliteStore::open(&folder.path().join("notes.db")).await?;
            sqlx::raw_sql("CREATE TABLE notes (note TEXT NOT NULL)")
                .execute(store.writer.pool())
                .await
                .unwrap();
            Ok(Self {
                store,
                _folder: folder,
            })
        }

        /// So many who wait for the connection, in this order, until the first is dropped.
        async fn queue<const LENGTH: usize>(
            &self,
        ) -> (Member, [JoinHandle<Result<Member>>; LENGTH]) {
            let first = self.begin().await;
            let mut waiting = Vec::new();
            for _ in 0..LENGTH {
                waiting.push(tokio::spawn(self.store.writer.clone().join()));
                yield_now().await;
            }
            (first, waiting.try_into().unwrap())
        }

        async fn begin(&self) -> Member {
            self.store.writer.begin().await.unwrap()
        }

        /// What everybody sees.
        async fn committed(&self) -> Vec<String> {
            sqlx::query_scalar("SELECT note FROM notes ORDER BY note")
                .fetch_all(&self.store.readers)
                .await
                .unwrap()
        }
    }

    async fn write(member: &mut Member, note: &str) {
        sqlx::query("INSERT INTO notes VALUES ($1)")
            .bind(note)
            .execute(&mut **member)
            .await
            .unwrap();
    }

    /// Has whoever waits write a note, and wait for its commit.
    async fn write_in_turn(
        waiting: JoinHandle<Result<Member>>,
        note: &str,
    ) -> JoinHandle<Result<()>> {
        let mut member = waiting.await.unwrap().unwrap();
        write(&mut member, note).await;
        tokio::spawn(member.commit())
    }

    #[tokio::test]
    async fn whoever_comes_alone_is_committed_alone() {
        let notes = Notes::new().await.unwrap();
        for note in ["a", "b"] {
            let mut member = notes.begin().await;
            write(&mut member, note).await;
            member.commit().await.unwrap();
        }
        assert_eq!(notes.committed().await, ["a", "b"]);
    }

    #[tokio::test]
    async fn those_who_waited_are_committed_together_and_told_then() {
        let notes = Notes::new().await.unwrap();
        let (first, [a, b]) = notes.queue().await;
        drop(first);
        let a = write_in_turn(a, "a").await;
        let mut b = b.await.unwrap().unwrap();
        write(&mut b, "b").await;
        assert!(!a.is_finished());
        assert!(notes.committed().await.is_empty());
        b.commit().await.unwrap();
        a.await.unwrap().unwrap();
        assert_eq!(notes.committed().await, ["a", "b"]);
    }

    #[tokio::test]
    async fn what_one_takes_back_is_nobody_elses() {
        let notes = Notes::new().await.unwrap();
        let (first, [a, b, c, d]) = notes.queue().await;
        drop(first);
        let a = write_in_turn(a, "a").await;
        let mut b = b.await.unwrap().unwrap();
        write(&mut b, "b").await;
        b.rollback().await.unwrap();
        let c = write_in_turn(c, "c").await;
        let mut d = d.await.unwrap().unwrap();
        write(&mut d, "d").await;
        drop(d);
        a.await.unwrap().unwrap();
        c.await.unwrap().unwrap();
        assert_eq!(notes.committed().await, ["a", "c"]);
    }

    #[tokio::test]
    async fn a_statement_that_is_given_up_is_taken_back_with_its_member() {
        let notes = Notes::new().await.unwrap();
        let (first, [a, b]) = notes.queue().await;
        drop(first);
        let mut a = a.await.unwrap().unwrap();
        {
            let statement = sqlx::query("INSERT INTO notes VALUES ('a')").execute(&mut *a);
            // It is on its way to the connection's thread once it was asked for.
            tokio::select! { biased; _ = statement => {}, () = yield_now() => {} }
        }
        drop(a);
        let mut b = b.await.unwrap().unwrap();
        write(&mut b, "b").await;
        b.commit().await.unwrap();
        assert_eq!(notes.committed().await, ["b"]);
    }

    #[tokio::test]
    async fn whoever_gives_up_waiting_stops_nobody() {
        let notes = Notes::new().await.unwrap();
        let (first, [a, b]) = notes.queue().await;
        a.abort();
        drop(first);
        let b = write_in_turn(b, "b").await;
        b.await.unwrap().unwrap();
        assert_eq!(notes.committed().await, ["b"]);
    }

    #[tokio::test]
    async fn a_transaction_that_nobody_waits_for_any_more_is_taken_back() {
        let notes = Notes::new().await.unwrap();
        let first = notes.begin().await;
        let writer = notes.store.writer.clone();
        let given_up = tokio::spawn(async move { writer.begin().await });
        yield_now().await;
        given_up.abort();
        assert!(given_up.await.unwrap_err().is_cancelled());
        drop(first);
        let mut next = notes.begin().await;
        write(&mut next, "next").await;
        next.commit().await.unwrap();
        assert_eq!(notes.committed().await, ["next"]);
    }

    #[tokio::test]
    async fn what_the_database_loses_all_have_lost_and_are_told() {
        let notes = Notes::new().await.unwrap();
        let (first, [a, b, c]) = notes.queue().await;
        drop(first);
        let a = write_in_turn(a, "a").await;
        let mut b = b.await.unwrap().unwrap();
        write(&mut b, "b").await;
        // As SQLite does by itself where the disk is full.
        sqlx::raw_sql("ROLLBACK").execute(&mut *b).await.unwrap();
        let b = tokio::spawn(b.commit());
        assert!(c.await.unwrap().is_err());
        assert!(a.await.unwrap().is_err());
        assert!(b.await.unwrap().is_err());
        assert!(notes.committed().await.is_empty());

        let mut next = notes.begin().await;
        write(&mut next, "next").await;
        next.commit().await.unwrap();
        assert_eq!(notes.committed().await, ["next"]);
    }

    #[tokio::test]
    async fn what_is_lost_by_the_last_of_a_group_is_told_to_all() {
        let notes = Notes::new().await.unwrap();
        let (first, [a, b]) = notes.queue().await;
        drop(first);
        let a = write_in_turn(a, "a").await;
        let mut b = b.await.unwrap().unwrap();
        sqlx::raw_sql("ROLLBACK").execute(&mut *b).await.unwrap();
        drop(b);
        assert!(a.await.unwrap().is_err());
        assert!(notes.committed().await.is_empty());
    }
}
