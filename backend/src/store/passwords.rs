//! Records of new passwords.

use crate::ids::{SessionId, UserId};

/// A new password, chosen in a session.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// Whose.
    pub user_id: UserId,
    /// The session that goes on; all others of the user end.
    pub session_id: SessionId,
    /// The version that the user's credentials must still have.
    pub credentials_version: i64,
    /// PHC string of the new password.
    pub password_hash: String,
    /// Whether the old one was checked, by an attempt that was spent.
    pub checked: bool,
}
