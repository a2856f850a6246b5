//! A transaction, and what its events are announced by once it is committed.

use std::ops::{Deref, DerefMut};

use sqlx::Executor;
use tokio::time::timeout;

use super::{super::Sqlx, Database};
use crate::{
    spans,
    store::{Announcement, EventLine, Occasion, Result, StoreError},
};

/// A transaction. Dropped without a commit it is rolled back, and nothing is announced.
pub(super) struct Transaction {
    inner: super::super::SqlxTransaction,
    announced: Option<(Announcement, Option<EventLine>)>,
}

impl Database {
    /// What the call `name` comes to. The limits of connections and statements are the database's own
    /// to keep, and one that halts or is cut off in the middle keeps none.
    pub(super) async fn answered<T>(
        &self,
        name: &'static str,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let call = timeout(self.longest_call(), call);
        spans::part(name, call)
            .await
            .unwrap_or_else(|_| Err(StoreError::Unavailable("no answer in time".into())))
    }

    pub(super) async fn begin(&self) -> Result<Transaction> {
        Ok(Transaction {
            inner: self.begin_transaction().await?,
            announced: None,
        })
    }

    /// Executes one statement that returns no rows, committed by itself; how many rows it changed.
    pub(super) async fn execute<'q>(
        &self,
        statement: impl sqlx::Execute<'q, Sqlx> + 'q,
    ) -> Result<u64> {
        if let Some(pool) = self.autocommit() {
            return Ok(pool.execute(statement).await?.rows_affected());
        }
        let mut tx = self.begin().await?;
        let changed = (&mut *tx).execute(statement).await?.rows_affected();
        tx.commit().await?;
        Ok(changed)
    }
}

impl Transaction {
    /// What the log is to tell of the occasion, should this be committed.
    pub(super) fn announce(&mut self, occasion: &Occasion, line: Option<EventLine>) {
        self.announced = Some((occasion.announcement.clone(), line));
    }

    pub(super) async fn commit(self) -> Result<()> {
        self.inner.commit().await?;
        if let Some((announcement, line)) = self.announced {
            announcement.say(line);
        }
        Ok(())
    }

    pub(super) async fn rollback(self) -> Result<()> {
        Ok(self.inner.rollback().await?)
    }
}

/// Statements are executed on its connection.
impl Deref for Transaction {
    type Target = super::super::Connection;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}
