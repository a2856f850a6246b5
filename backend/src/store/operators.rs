//! What operators do with accounts: look them up, import, bar and delete them.

use std::collections::BTreeSet;

use shared::{
    Timestamp,
    resources::{EventActor, SessionStatus},
};

use super::{NewBackupCodes, NewTotp, NewUser, Proof};
use crate::ids::{ClientId, UserId};

/// On whose part something happens to an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Actor {
    /// Of whoever uses the account, or tries to.
    #[default]
    User,
    /// Of a service that has a key of the back-end API.
    BackEndApi,
    /// Of this administrator.
    Administrator(UserId),
    /// Of somebody at the command line of the server.
    CommandLine,
}

impl Actor {
    /// As the wire names it.
    pub const fn kind(&self) -> EventActor {
        match self {
            Self::User => EventActor::User,
            Self::BackEndApi => EventActor::BackEndApi,
            Self::Administrator(_) => EventActor::Administrator,
            Self::CommandLine => EventActor::CommandLine,
        }
    }
}

/// An account to be made by somebody else than its user, as it is to be from its beginning.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The account. Its password may be the empty text, which no password is right against.
    pub user: NewUser,
    /// Its name in another system.
    pub external_id: Option<String>,
    /// When it was made there.
    pub created_at: Option<Timestamp>,
    /// Whether it is barred.
    pub banned: bool,
    /// Until when it is locked.
    pub locked_until: Option<Timestamp>,
    /// Its authenticator app, verified.
    pub totp: Option<NewTotp>,
    /// Its backup codes. Never without an authenticator app.
    pub backup_codes: Option<NewBackupCodes>,
}

/// A change of an account's names; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamesChange {
    /// In lower case.
    pub username: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// The name of the account in another system.
    pub external_id: Option<String>,
}

/// Which accounts: those that meet all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// One of these, unless there are none.
    pub ids: Vec<String>,
    /// One of these, unless there are none; trimmed, in lower case.
    pub emails: Vec<String>,
    /// One of these, unless there are none; in lower case.
    pub usernames: Vec<String>,
    /// One of these, unless there are none.
    pub external_ids: Vec<String>,
    /// Is part of the id, the e-mail address, the user name or another name, in whatever case.
    pub text: Option<String>,
}

/// What accounts are ordered by. What an account does not have comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserOrder {
    /// When it was made.
    #[default]
    CreatedAt,
    /// When it last changed.
    UpdatedAt,
    /// When its user last signed in.
    LastSignInAt,
    /// E-mail address.
    Email,
    /// User name.
    Username,
    /// First name.
    FirstName,
    /// Last name.
    LastName,
}

/// A part of the list of accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserQuery {
    /// Of which.
    pub filter: UserFilter,
    /// By what.
    pub order: UserOrder,
    /// Whether the last comes first.
    pub descending: bool,
    /// So many at most.
    pub limit: u32,
    /// Not the first so many.
    pub offset: u32,
}

/// A part of the list of sessions, newest first. Those that are over are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionQuery {
    /// Whose.
    pub of: SessionsOf,
    /// That are this; `Expired` is what is over by age.
    pub status: Option<SessionStatus>,
    /// So many at most.
    pub limit: u32,
    /// Not the first so many.
    pub offset: u32,
}

/// Whose sessions a [`SessionQuery`] asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionsOf {
    /// Of this user, on this client alone where one is named.
    User(UserId, Option<ClientId>),
    /// On this client.
    Client(ClientId),
}

/// The second factors that are to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// All. That there are none is fine.
    All,
    /// The authenticator app, and the backup codes with it.
    Totp,
    /// The backup codes.
    BackupCodes,
}

/// What came of an operator's change of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is done.
    Done,
    /// It was so already. Nothing changed.
    Already,
    /// There is no such account, or it has no such factor.
    NotFound,
    /// It would leave no administrator. Nothing changed.
    LastAdministrator,
}

/// The e-mail addresses of administrators, of whom one has to be left; `None` where it does not
/// matter.
pub type KeepOne<'a> = Option<&'a BTreeSet<String>>;

/// A right password or code, which unlocks nothing here: a service wanted to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorCheck {
    /// Whose.
    pub user: UserId,
    /// The version that the user's credentials must still have.
    pub credentials_version: i64,
    /// What was right.
    pub proof: Proof,
}
