//! The codes of a second factor: which proof a code is, and what came of presenting it.

use shared::{BackupCode, OtpCode, Timestamp, resources::Strategy, totp::matched_step};

use super::{Context, Fault, lockout};
use crate::{
    ids::UserId,
    store::{Presented, Proof},
};

/// A code as a user presents it, its form already right.
#[derive(Clone, Debug)]
pub enum Code {
    /// Of the authenticator app.
    Totp(OtpCode),
    /// One of the backup codes.
    Backup(BackupCode),
}

impl Code {
    /// The factor that it is of.
    pub const fn strategy(&self) -> Strategy {
        match self {
            Self::Totp(_) => Strategy::Totp,
            Self::Backup(_) => Strategy::BackupCode,
        }
    }
}

/// Why a code was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not right.
    #[error("the code is not right")]
    Wrong {
        /// How many more may fail before the account is locked.
        remaining: u32,
    },
    /// It is right and was accepted before.
    #[error("the code was used before")]
    AlreadyUsed {
        /// How many more may fail before the account is locked.
        remaining: u32,
    },
    /// The account is locked: the code was not looked at.
    #[error("the account is locked")]
    Locked {
        /// When attempts are admitted again.
        until: Timestamp,
    },
    /// What the code should unlock is over.
    #[error("there is nothing (any more) that the code could unlock")]
    Over,
    /// The server's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<lockout::Error> for Error {
    fn from(error: lockout::Error) -> Self {
        match error {
            lockout::Error::Locked { until } => Self::Locked { until },
            lockout::Error::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// The proof that `code` is for the user, if it is one. Whether it was used before is decided when
/// it is presented to the store, in the transaction of what it unlocks.
pub async fn proof(
    context: &Context<'_>,
    user: &UserId,
    code: Code,
) -> Result<Option<Proof>, Fault> {
    match code {
        Code::Totp(code) => {
            let Some(totp) = context.store.totp(user).await? else {
                return Ok(None);
            };
            if totp.verified_at.is_none() {
                return Ok(None);
            }
            let secret = context.vault.open_totp_secret(&totp)?;
            Ok(
                matched_step(&secret, &code, context.now).map(|step| Proof::Totp {
                    totp_id: totp.id,
                    step,
                }),
            )
        }
        Code::Backup(code) => {
            let Some(set) = context.store.backup_code_set(user).await? else {
                return Ok(None);
            };
            let hash = context.vault.hash_backup_code(code, &set).await?;
            Ok(Some(Proof::BackupCode {
                set_id: set.id,
                hash,
            }))
        }
    }
}

/// What the answer of the store means for the user.
pub fn outcome(presented: Presented, admitted: lockout::Admitted) -> Result<(), Error> {
    let remaining = admitted.remaining;
    match presented {
        Presented::Accepted => Ok(()),
        Presented::AlreadyUsed => Err(Error::AlreadyUsed { remaining }),
        Presented::Wrong => Err(Error::Wrong { remaining }),
        Presented::Over => Err(Error::Over),
    }
}
