//! Rows that are to be sent by mail, each taken by one server at a time.

use shared::Timestamp;
use sqlx::FromRow;

use super::{super::Sqlx, Database, Transaction};
use crate::store::Result;

/// The statements of a queue.
pub(super) struct Queue {
    /// Whether a row is due.
    pub(super) due: &'static str,
    /// Takes the one that has waited longest.
    pub(super) claim: &'static str,
    /// It is queued no more.
    pub(super) finish: &'static str,
    /// It is to be tried again.
    pub(super) put_off: &'static str,
}

impl Queue {
    /// Takes the row that has waited longest until that time, in a transaction that is still to be
    /// committed.
    pub(super) async fn claim<R>(
        &self,
        db: &Database,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<(Transaction, R)>>
    where
        R: for<'r> FromRow<'r, <Sqlx as sqlx::Database>::Row> + Send + Unpin,
    {
        // Most of the time there is none: that is found out without a lock.
        let due: Option<i32> = sqlx::query_scalar(self.due)
            .bind(now.millis())
            .fetch_optional(db.reads())
            .await?;
        if due.is_none() {
            return Ok(None);
        }
        let mut tx = db.begin().await?;
        let claimed: Option<R> = sqlx::query_as(self.claim)
            .bind(now.millis())
            .bind(until.millis())
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(row) = claimed {
            return Ok(Some((tx, row)));
        }
        tx.rollback().await?;
        Ok(None)
    }

    /// The row of this try needs no other. False where there was a later one.
    pub(super) async fn finish(&self, db: &Database, id: &str, tries: u32) -> Result<bool> {
        let finish = sqlx::query(self.finish).bind(id).bind(i64::from(tries));
        Ok(db.execute(finish).await? == 1)
    }

    /// The row of this try is due again at that time. False where there was a later one.
    pub(super) async fn put_off(
        &self,
        db: &Database,
        id: &str,
        tries: u32,
        until: Timestamp,
    ) -> Result<bool> {
        let put_off = sqlx::query(self.put_off)
            .bind(id)
            .bind(i64::from(tries))
            .bind(until.millis());
        Ok(db.execute(put_off).await? == 1)
    }
}
