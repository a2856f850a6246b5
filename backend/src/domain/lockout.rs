//! The one counter of wrong codes and passwords that each account has.
//!
//! It is raised before a code or password is looked at, in a transaction of its own: neither a
//! crash, nor a rollback, nor a hundred guesses at once get a free try.

use shared::{Timestamp, resources::Strategy};

use super::{Context, Fault};
use crate::{ids::UserId, store::Attempt};

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

/// Spends one attempt of the user at a factor.
pub async fn spend(
    context: &Context<'_>,
    user: &UserId,
    strategy: Strategy,
) -> Result<Admitted, Error> {
    let rule = context.policy.lockout;
    match context
        .store
        .spend_attempt(user, strategy, rule, &context.occasion())
        .await
        .map_err(Fault::from)?
    {
        Attempt::Admitted { spent } => Ok(Admitted {
            remaining: rule.attempts.saturating_sub(spent),
        }),
        Attempt::Locked { until } => Err(Error::Locked { until }),
    }
}
