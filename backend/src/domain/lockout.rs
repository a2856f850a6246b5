//! The one counter of wrong codes and passwords that each account has.
//!
//! A browser that has signed in to the account before has one of its own instead, so that strangers
//! cannot keep the owner out. An identifier that no account has is counted too, so that a lock does
//! not tell which accounts there are.
//!
//! It is raised before a code or password is looked at, in a transaction of its own: neither a
//! crash, nor a rollback, nor a hundred guesses at once get a free try.

use sha2::{Digest, Sha256};
use shared::{
    Timestamp,
    resources::{SecurityEventKind, Strategy},
};

use super::{Context, Fault};
use crate::{
    ids::{SessionId, UserId},
    store::{Attempt, EventLine},
};

/// An attempt that may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// How many more may fail before the account is locked, should this one fail.
    pub remaining: u32,
}

/// Why no attempt may be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The account is locked.
    #[error("the account is locked")]
    Locked {
        /// When attempts are admitted again.
        until: Timestamp,
    },
    /// The server's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Spends one attempt of the user at a factor, made in `session` where the user is signed in. The
/// attempt that locks the account ends all other sessions, before it is looked at.
pub async fn spend(
    context: &Context<'_>,
    user: &UserId,
    session: Option<&SessionId>,
    strategy: Strategy,
) -> Result<Admitted, Error> {
    let rule = context.policy.lockout;
    let attempt = context
        .store
        .spend_attempt(user, session, strategy, rule, &context.occasion())
        .await
        .map_err(Fault::from)?;
    admitted(context, attempt)
}

/// Spends one attempt at an identifier that no account has.
pub async fn spend_on_nobody(
    context: &Context<'_>,
    identifier: &str,
    strategy: Strategy,
) -> Result<Admitted, Error> {
    // People type passwords into the wrong field: the database keeps a hash.
    let identifier_hash = Sha256::digest(identifier).into();
    let attempt = context
        .store
        .spend_attempt_on_nobody(&identifier_hash, context.policy.lockout, context.now)
        .await
        .map_err(Fault::from)?;
    if let Attempt::Admitted { .. } = attempt {
        // There is no account to note it for, but whoever watches the log should see such guesses.
        context.announcement.say(Some(EventLine {
            event: None,
            user: None,
            kind: SecurityEventKind::AttemptFailed,
            actor: context.actor.clone(),
            strategy: Some(strategy),
            session: None,
            device: context.device.clone(),
            trace_id: context.trace_id.map(str::to_owned),
        }));
    }
    admitted(context, attempt)
}

fn admitted(context: &Context<'_>, attempt: Attempt) -> Result<Admitted, Error> {
    match attempt {
        Attempt::Admitted { spent } => Ok(Admitted {
            remaining: context.policy.lockout.attempts.saturating_sub(spent),
        }),
        Attempt::Locked { until } => Err(Error::Locked { until }),
    }
}
