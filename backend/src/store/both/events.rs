//! What happened to accounts, written in the transaction of the change itself.

use shared::resources::{SecurityEventKind, Strategy};

use super::{Database, Transaction, mails};
use crate::{
    ids::{EventId, SessionId, UserId},
    store::{
        Actor, EventLine, EventRecord, Occasion, Proof, Result,
        rows::EventRow,
        sql,
        texts::{actor_text, event_kind_text, strategy_text},
    },
};

/// Something that happened.
pub(super) struct Event<'a> {
    /// To whose account; `None` for the whole server.
    pub(super) user: Option<&'a UserId>,
    pub(super) kind: SecurityEventKind,
    /// The factor that was checked.
    pub(super) strategy: Option<Strategy>,
    /// The session that it happened in or to.
    pub(super) session: Option<&'a SessionId>,
    /// Whether the account did not know the browser before.
    pub(super) new_browser: bool,
    /// The account that it made an end of.
    pub(super) subject: Option<&'a UserId>,
}

impl<'a> Event<'a> {
    pub(super) const fn of(user: &'a UserId, kind: SecurityEventKind) -> Self {
        Self {
            user: Some(user),
            kind,
            strategy: None,
            session: None,
            new_browser: false,
            subject: None,
        }
    }

    /// An event of the whole server.
    pub(super) const fn of_server(kind: SecurityEventKind) -> Self {
        Self {
            user: None,
            kind,
            strategy: None,
            session: None,
            new_browser: false,
            subject: None,
        }
    }

    /// An account is no more. Its own events went with it.
    pub(super) const fn of_the_end(subject: &'a UserId) -> Self {
        Self {
            subject: Some(subject),
            ..Self::of_server(SecurityEventKind::AccountDeleted)
        }
    }

    pub(super) const fn on(self, new_browser: bool) -> Self {
        Self {
            new_browser,
            ..self
        }
    }

    pub(super) const fn in_session(self, session: &'a SessionId) -> Self {
        Self {
            session: Some(session),
            ..self
        }
    }

    pub(super) const fn by(self, strategy: Strategy) -> Self {
        Self {
            strategy: Some(strategy),
            ..self
        }
    }
}

/// The factor that a proof is of.
pub(super) const fn strategy_of(proof: &Proof) -> Strategy {
    match proof {
        Proof::Password => Strategy::Password,
        Proof::Totp { .. } => Strategy::Totp,
        Proof::BackupCode { .. } => Strategy::BackupCode,
    }
}

/// Notes an event, and queues the mail that tells of it. An attempt is noted as failed before it is
/// looked at; where it succeeds after all, the event of the success takes the place of that.
pub(super) async fn note(
    tx: &mut Transaction,
    event: Event<'_>,
    occasion: &Occasion,
) -> Result<()> {
    sqlx::query(sql::NOTE_EVENT)
        .bind(occasion.event.as_str())
        .bind(event.user.map(UserId::as_str))
        .bind(event_kind_text(event.kind))
        .bind(event.strategy.map(strategy_text))
        .bind(event.session.map(SessionId::as_str))
        .bind(&occasion.device.ip_address)
        .bind(&occasion.device.user_agent)
        .bind(&occasion.trace_id)
        .bind(occasion.now.millis())
        .bind(match &occasion.actor {
            Actor::User => None,
            actor => Some(actor_text(actor.kind())),
        })
        .bind(match &occasion.actor {
            Actor::Administrator(id) => Some(id.as_str()),
            _ => None,
        })
        .bind(event.subject.map(UserId::as_str))
        .execute(&mut **tx)
        .await?;
    mails::queue(tx, &event, occasion).await?;
    let line = EventLine {
        event: Some(occasion.event.clone()),
        user: event.user.or(event.subject).cloned(),
        kind: event.kind,
        actor: occasion.actor.clone(),
        strategy: event.strategy,
        session: event.session.cloned(),
        device: occasion.device.clone(),
        trace_id: occasion.trace_id.clone(),
    };
    tx.announce(occasion, Some(line));
    Ok(())
}

/// The attempt of this occasion did not fail, and what it opened is not worth an event. The mail
/// about it goes with it.
pub(super) async fn forget(tx: &mut Transaction, occasion: &Occasion) -> Result<()> {
    sqlx::query(sql::FORGET_EVENT)
        .bind(occasion.event.as_str())
        .execute(&mut **tx)
        .await?;
    tx.announce(occasion, None);
    Ok(())
}

pub(super) async fn note_key_rotation(db: &Database, occasion: &Occasion) -> Result<()> {
    let mut tx = db.begin().await?;
    note(
        &mut tx,
        Event::of_server(SecurityEventKind::KeysRotated),
        occasion,
    )
    .await?;
    tx.commit().await
}

pub(super) async fn events(
    db: &Database,
    user: &UserId,
    before: Option<&EventId>,
    limit: u32,
) -> Result<Vec<EventRecord>> {
    let query = match before {
        None => sqlx::query_as(sql::EVENTS).bind(user.as_str()),
        Some(event) => sqlx::query_as(sql::EVENTS_BEFORE)
            .bind(user.as_str())
            .bind(event.as_str()),
    };
    let rows: Vec<EventRow> = query.bind(i64::from(limit)).fetch_all(db.reads()).await?;
    Ok(rows
        .into_iter()
        .map(TryInto::try_into)
        .collect::<std::result::Result<_, _>>()?)
}
