//! The codes of a second factor: which proof a code is, and what came of presenting it.

use std::str::FromStr;

use secrecy::SecretString;
use shared::{
    BackupCode, CodeError, ImportedBackupCode, OtpCode, Timestamp, resources::Strategy,
    totp::matched_step,
};

use super::{Context, Fault, lockout};
use crate::{
    ids::{SessionId, UserId},
    store::{BackupCodeKind, BackupCodeSet, Presented, Proof},
};

/// A code as a user presents it, its form already right.
#[derive(Clone, Debug)]
pub enum Code {
    /// Of the authenticator app.
    Totp(OtpCode),
    /// One of the backup codes.
    Backup(TypedBackupCode),
}

/// A backup code as somebody types it. Ours have one form, those of other systems have many: which
/// of them is meant depends on the set of the account.
#[derive(Clone, Debug)]
pub struct TypedBackupCode {
    own: Result<BackupCode, CodeError>,
    imported: ImportedBackupCode,
    /// As typed: what another system hashed may have separators and capitals.
    typed: SecretString,
}

impl FromStr for TypedBackupCode {
    type Err = CodeError;

    fn from_str(input: &str) -> Result<Self, CodeError> {
        Ok(Self {
            own: input.parse(),
            imported: input.parse()?,
            typed: input.trim().into(),
        })
    }
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
    /// No code of this account has that form: no attempt was spent on it.
    #[error(transparent)]
    Malformed(CodeError),
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

/// Spends an attempt of the user on the code, made in `session` where the user is signed in.
pub async fn spend(
    context: &Context<'_>,
    user: &UserId,
    session: Option<&SessionId>,
    code: &Code,
) -> Result<lockout::Admitted, Error> {
    if let Code::Backup(TypedBackupCode {
        own: Err(error), ..
    }) = code
    {
        let set = context.store.backup_code_set(user).await;
        let set = set.map_err(Fault::from)?;
        if set.is_none_or(|set| set.kind == BackupCodeKind::Own) {
            return Err(Error::Malformed(*error));
        }
    }
    Ok(lockout::spend(context, user, session, code.strategy()).await?)
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
            let hash = backup_code_hash(context, code, &set).await?;
            Ok(hash.map(|hash| Proof::BackupCode {
                set_id: set.id,
                hash,
            }))
        }
    }
}

/// What the set would keep of the code, if it is one of such a set.
async fn backup_code_hash(
    context: &Context<'_>,
    code: TypedBackupCode,
    set: &BackupCodeSet,
) -> Result<Option<Vec<u8>>, Fault> {
    let vault = context.vault;
    Ok(match (set.kind, code.own) {
        (BackupCodeKind::Own, Err(_)) => None,
        (BackupCodeKind::Own, Ok(code)) => Some(vault.hash_backup_code(code, set).await?),
        (BackupCodeKind::Imported, _) => Some(vault.hash_imported_code(code.imported, set).await?),
        (BackupCodeKind::ImportedBcrypt, _) => {
            let hashes = context.store.backup_code_hashes(&set.id).await?;
            let spellings = vec![code.typed, code.imported.as_str().into()];
            vault.find_bcrypt_hash(spellings, hashes).await?
        }
    })
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
