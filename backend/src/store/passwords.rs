//! Records of new passwords, and of the codes by which they are set.

use shared::Timestamp;

use crate::ids::{SessionId, SignInId, UserId};

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

/// A code to be kept, and sent.
#[derive(Clone, Debug)]
pub struct NewMailedCode {
    /// The sign-in that it is for.
    pub sign_in_id: SignInId,
    /// Where it goes; `None` where no account has the identifier.
    pub recipient: Option<String>,
    /// The code, sealed for that sign-in.
    pub sealed_code: Vec<u8>,
    /// When it runs out.
    pub expire_at: Timestamp,
}

/// A code that waits to be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailedCode {
    /// The code, sealed for its sign-in.
    pub sealed_code: Vec<u8>,
    /// When it runs out.
    pub expire_at: Timestamp,
}

/// A try to send a code. What comes of it counts only while no later one has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailedCodeClaim {
    /// The sign-in that the code is for.
    pub sign_in_id: SignInId,
    /// The number of the try.
    pub tries: u32,
}

/// A code to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedCode {
    /// The try to send it.
    pub claim: MailedCodeClaim,
    /// Where it goes.
    pub to: String,
    /// The code, sealed for its sign-in.
    pub sealed_code: Vec<u8>,
    /// When it runs out.
    pub expire_at: Timestamp,
    /// When it was asked for.
    pub created_at: Timestamp,
}
