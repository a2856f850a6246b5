//! Records of codes that are sent by mail.

use std::fmt;

use shared::Timestamp;

use crate::ids::{SignInId, SignUpId};

/// What a code is sent by mail for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeFor {
    /// A new password, by that sign-in.
    NewPassword(SignInId),
    /// That sign-up, to show whose its e-mail address is.
    NewAccount(SignUpId),
}

impl CodeFor {
    /// The id of the sign-in or sign-up.
    pub fn as_str(&self) -> &str {
        match self {
            Self::NewPassword(id) => id.as_str(),
            Self::NewAccount(id) => id.as_str(),
        }
    }
}

impl fmt::Display for CodeFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A code for a sign-in, to be kept, and sent.
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

/// A code for a sign-in, which waits to be typed.
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
    /// What the code is for.
    pub code_for: CodeFor,
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
    /// The code, sealed for what it is for.
    pub sealed_code: Vec<u8>,
    /// When it runs out.
    pub expire_at: Timestamp,
    /// When it was asked for.
    pub created_at: Timestamp,
}
