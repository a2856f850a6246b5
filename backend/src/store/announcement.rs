//! The line in the log that tells of an event.

use std::sync::{Arc, Mutex, PoisonError};

use shared::resources::{SecurityEventKind, Strategy};

use super::{
    Actor, Device,
    texts::{actor_text, event_kind_text, strategy_text},
};
use crate::{
    ids::{EventId, SessionId, UserId},
    metrics::Metrics,
};

/// What every line about an event has for its target, so that a filter finds them.
pub const EVENT_TARGET: &str = "twofold::event";

/// What the log is to tell of the event of one request, once the request is over.
///
/// An attempt is noted as failed before it is looked at, and again where it succeeds: a line at
/// each commit would report a failure for every right code. So the last word counts, and the line
/// is written when the last copy of this goes: when the request is answered, or when whoever sent
/// it went away. Nothing is told before it is committed.
#[derive(Clone, Debug, Default)]
pub struct Announcement(Arc<LastWord>);

#[derive(Debug, Default)]
struct LastWord {
    line: Mutex<Option<EventLine>>,
    metrics: Option<Arc<Metrics>>,
}

/// An event as the log has it. No secret, code or token is in it, nor what strangers typed.
#[derive(Clone, Debug)]
pub struct EventLine {
    /// The event; `None` where no account is concerned, and so nothing is in the database.
    pub event: Option<EventId>,
    /// Whose account it happened to.
    pub user: Option<UserId>,
    /// What happened.
    pub kind: SecurityEventKind,
    /// On whose part.
    pub actor: Actor,
    /// The factor that was checked, where one was.
    pub strategy: Option<Strategy>,
    /// The session that it happened in or to.
    pub session: Option<SessionId>,
    /// Where the request came from.
    pub device: Device,
    /// The id of the request in the log.
    pub trace_id: Option<String>,
}

impl Announcement {
    /// One that is counted too, once it is written.
    pub fn counted_by(metrics: Arc<Metrics>) -> Self {
        Self(Arc::new(LastWord {
            line: Mutex::default(),
            metrics: Some(metrics),
        }))
    }

    /// This happened, in place of what was said before; or, with `None`, nothing did.
    pub fn say(&self, line: Option<EventLine>) {
        *self.0.line.lock().unwrap_or_else(PoisonError::into_inner) = line;
    }
}

impl Drop for LastWord {
    fn drop(&mut self) {
        let line = self.line.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = line.take() {
            line.write();
            if let Some(metrics) = &self.metrics {
                metrics.happened(line.kind);
            }
        }
    }
}

impl EventLine {
    fn write(&self) {
        let actor = match &self.actor {
            Actor::User => None,
            actor => Some(actor_text(actor.kind())),
        };
        let administrator = match &self.actor {
            Actor::Administrator(id) => Some(id.as_str()),
            _ => None,
        };
        /// The level decides at compile time what may be written, so it is no variable.
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: EVENT_TARGET,
                    event = self.event.as_ref().map(EventId::as_str),
                    kind = event_kind_text(self.kind),
                    actor,
                    administrator,
                    user = self.user.as_ref().map(UserId::as_str),
                    strategy = self.strategy.map(strategy_text),
                    session = self.session.as_ref().map(SessionId::as_str),
                    ip_address = self.device.ip_address,
                    user_agent = self.device.user_agent,
                    trace_id = self.trace_id,
                    "security event"
                )
            };
        }
        match self.kind {
            SecurityEventKind::AttemptFailed | SecurityEventKind::AccountLocked => line!(warn),
            _ => line!(info),
        }
    }
}
