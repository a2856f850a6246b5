//! Records of sign-ups that wait for their e-mail address to be verified.

use shared::Timestamp;

use super::{NewSession, NewUser};
use crate::ids::{ClientId, SignUpId};

/// A sign-up that is no account yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignUpRecord {
    /// The sign-up.
    pub id: SignUpId,
    /// The client that it belongs to.
    pub client_id: ClientId,
    /// Trimmed, in lower case. Others may have it, too.
    pub email: String,
    /// In lower case. Others may have it, too.
    pub username: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// PHC string of the password.
    pub password_hash: String,
    /// When the last code that was asked for runs out.
    pub code_expire_at: Option<Timestamp>,
    /// So many were asked for.
    pub codes: u32,
    /// Attempts spent on the last of them.
    pub attempts: u32,
    /// When the sign-up is over.
    pub abandon_at: Timestamp,
    /// When it began.
    pub created_at: Timestamp,
}

/// A code for a sign-up, to be kept, and sent to its address.
#[derive(Clone, Debug)]
pub struct NewSignUpCode {
    /// The sign-up.
    pub sign_up_id: SignUpId,
    /// The client that it must belong to.
    pub client_id: ClientId,
    /// The code, sealed for that sign-up.
    pub sealed_code: Vec<u8>,
    /// When the code runs out.
    pub expire_at: Timestamp,
    /// When the sign-up is over from now on.
    pub abandon_at: Timestamp,
    /// So many codes a sign-up may ask for.
    pub most: u32,
}

/// The code that an attempt was spent on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpentOnCode {
    /// The code, sealed for its sign-up.
    pub sealed_code: Vec<u8>,
    /// Attempts spent on it, this one among them.
    pub attempts: u32,
}

/// The end of a sign-up: its code was right.
#[derive(Clone, Debug)]
pub struct SignUpCompletion {
    /// The sign-up.
    pub id: SignUpId,
    /// The code that it must have.
    pub sealed_code: Vec<u8>,
    /// The account that it makes.
    pub user: NewUser,
    /// Its session. `client_id` must be that of the sign-up.
    pub session: NewSession,
}
