//! Backup codes: a new set in place of the old one.

use shared::BackupCode;

use super::{Context, Fault};
use crate::{ids::BackupCodeSetId, store::UserRecord};

/// Why there are no new codes.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Backup codes stand in for another second factor, and the user has none.
    #[error("the user has no second factor that backup codes could stand in for")]
    NotAvailable,
    /// The operator has backup codes switched off.
    #[error("backup codes are switched off")]
    SwitchedOff,
    /// The server's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The new set, whose codes leave the server this once.
#[derive(Debug)]
pub struct Regenerated {
    /// The set.
    pub id: BackupCodeSetId,
    /// The codes.
    pub codes: Vec<BackupCode>,
}

/// Replaces the user's codes whole: the old ones stop working in the same moment.
pub async fn regenerate(context: &Context<'_>, user: &UserRecord) -> Result<Regenerated, Error> {
    if !context.settings.backup_code {
        return Err(Error::SwitchedOff);
    }
    if user.totp_verified_at.is_none() {
        return Err(Error::NotAvailable);
    }
    let (codes, stored) = context
        .vault
        .new_backup_codes()
        .await
        .map_err(Fault::from)?;
    let id = stored.id.clone();
    let replaced = context
        .store
        .replace_backup_codes(&user.id, stored, &context.occasion())
        .await
        .map_err(Fault::from)?;
    if replaced {
        Ok(Regenerated { id, codes })
    } else {
        Err(Error::NotAvailable)
    }
}
