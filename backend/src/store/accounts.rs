//! Accounts with all that protects them, on their way out of one database and into another.

use shared::Timestamp;

use super::{BackupCodeSet, Taken, TotpRecord, UserRecord};
use crate::ids::UserId;

/// An account with its factors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAccount {
    /// The account. Spent attempts, a lock and the version of the credentials stay behind.
    pub user: UserRecord,
    /// The authenticator app, verified or not.
    pub totp: Option<TotpRecord>,
    /// The backup codes.
    pub backup_codes: Option<KeptBackupCodes>,
}

/// A set of backup codes with what is kept of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptBackupCodes {
    /// The set.
    pub set: BackupCodeSet,
    /// The hash of each code, and when it was used.
    pub codes: Vec<(Vec<u8>, Option<Timestamp>)>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A place in the order in which accounts were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// When an account was made.
    pub created_at: Timestamp,
    /// Which one, of those made then.
    pub id: UserId,
}

impl KeptAccount {
    /// The place of this account.
    pub fn place(&self) -> Place {
        Place {
            created_at: self.user.created_at,
            id: self.user.id.clone(),
        }
    }
}

/// Why accounts were not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collision {
    /// The account of this number has an address or name that somebody has taken meanwhile.
    Taken(usize, Taken),
    /// Another import of the same file has gone on meanwhile.
    OtherImport,
}
