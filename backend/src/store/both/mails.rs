//! Mails that are still to be sent.

use std::time::Duration;

use shared::{
    Timestamp,
    resources::{
        SecurityEventKind::{
            AccountBanned, AccountLocked, AccountUnbanned, AccountUnlocked, BackupCodesCreated,
            BackupCodesRemoved, FactorVerified, PasswordChanged, PasswordReset, SignIn, StepUp,
            TotpRemoved, TotpVerified,
        },
        Strategy,
    },
};

use super::{Database, Transaction, events::Event, queue::Queue};
use crate::store::{Actor, MailClaim, Occasion, QueuedMail, Result, rows::MailRow, sql};

/// So much later than the attempt a lock is told: the attempt that locks may be the right one, and
/// then there is no lock. Longer than any request takes.
const LOCK_TOLD_AFTER: Duration = Duration::from_secs(10);

/// When a mail about the event is due; `None` where people need none.
fn due(event: &Event<'_>, actor: &Actor, now: Timestamp) -> Option<Timestamp> {
    match event.kind {
        TotpVerified | TotpRemoved | BackupCodesCreated | BackupCodesRemoved | AccountUnlocked
        | AccountBanned | AccountUnbanned | PasswordChanged | PasswordReset => Some(now),
        // An operator's lock is no attempt.
        AccountLocked if *actor != Actor::User && event.strategy.is_none() => Some(now),
        AccountLocked => Some(now.after(LOCK_TOLD_AFTER)),
        SignIn | StepUp | FactorVerified
            if event.strategy == Some(Strategy::BackupCode) || event.new_browser =>
        {
            Some(now)
        }
        _ => None,
    }
}

/// Queues the mail about an event, if there is to be one, in the transaction of the event itself.
pub(super) async fn queue(
    tx: &mut Transaction,
    event: &Event<'_>,
    occasion: &Occasion,
) -> Result<()> {
    match due(event, &occasion.actor, occasion.now) {
        Some(due_at) => {
            sqlx::query(sql::QUEUE_MAIL)
                .bind(occasion.event.as_str())
                .bind(i64::from(event.new_browser))
                .bind(due_at.millis())
                .execute(&mut **tx)
                .await?;
        }
        // The attempt may have been noted as the one that locks.
        None if matches!(event.kind, SignIn | StepUp | FactorVerified) => {
            sqlx::query(sql::DROP_MAIL)
                .bind(occasion.event.as_str())
                .execute(&mut **tx)
                .await?;
        }
        None => {}
    }
    Ok(())
}

const QUEUE: Queue = Queue {
    due: sql::MAIL_DUE,
    claim: sql::CLAIM_MAIL,
    finish: sql::FINISH_MAIL,
    put_off: sql::PUT_MAIL_OFF,
};

pub(super) async fn claim(
    db: &Database,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<QueuedMail>> {
    let claimed = QUEUE.claim::<(String,)>(db, now, until).await?;
    let Some((mut tx, (event,))) = claimed else {
        return Ok(None);
    };
    let row: MailRow = sqlx::query_as(sql::MAIL)
        .bind(event)
        .fetch_one(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(Some(row.try_into()?))
}

pub(super) async fn waiting(db: &Database) -> Result<u64> {
    let waiting: i64 = sqlx::query_scalar(sql::MAILS_WAITING)
        .fetch_one(db.reads())
        .await?;
    Ok(waiting.unsigned_abs())
}

pub(super) async fn finish(db: &Database, claim: &MailClaim) -> Result<bool> {
    QUEUE.finish(db, claim.event.as_str(), claim.tries).await
}

pub(super) async fn put_off(db: &Database, claim: &MailClaim, until: Timestamp) -> Result<bool> {
    let event = claim.event.as_str();
    QUEUE.put_off(db, event, claim.tries, until).await
}
