//! What the database keeps, and every change to it.
//!
//! A change of several rows is one method with one transaction of its own; whatever decides
//! something is one conditional `UPDATE` whose row count is the answer, never a read and then a
//! write. The domain sees this trait only; [`sqlite`] and [`postgres`] are the two that keep it.

use std::time::Duration;

use async_trait::async_trait;
use shared::{
    Timestamp,
    resources::{EventActor, SecurityEventKind, SessionStatus, Strategy, VerificationLevel},
    totp::Step,
};

use crate::ids::{
    BackupCodeSetId, ClientId, EmailAddressId, EventId, SessionId, SignInId, SigningKeyId, TotpId,
    UserId,
};

mod accounts;
mod announcement;
mod codes;
mod connecting;
mod error;
mod examination;
mod expiry;
mod migrations;
mod open;
mod operators;
mod passwords;
pub mod postgres;
mod rows;
mod sign_ups;
mod sql;
pub mod sqlite;
mod texts;

pub use accounts::{Collision, KeptAccount, KeptBackupCodes, Place};
pub use announcement::{Announcement, EVENT_TARGET, EventLine};
pub use codes::{CodeFor, MailedCode, MailedCodeClaim, NewMailedCode, QueuedCode};
pub use error::StoreError;
pub use examination::{Examination, Migrations};
pub use expiry::{Expired, REMOVED_AT_ONCE};
pub use open::{DatabaseSettings, OpenError, Pooler, examine, open, open_with, sqlite_path};
pub use operators::{
    Actor, Changed, FactorCheck, KeepOne, NamesChange, NewAccount, Removed, SessionQuery,
    SessionsOf, UserFilter, UserOrder, UserQuery,
};
pub use passwords::PasswordChange;
pub use sign_ups::{NewSignUpCode, SignUpCompletion, SignUpRecord, SpentOnCode};
pub(crate) use texts::{event_kind_text, strategy_text};

/// SHA-256 of a token: all that the database knows of it.
pub type TokenHash = [u8; 32];

/// What every method returns.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A person with an account, and what protects it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRecord {
    /// The account.
    pub id: UserId,
    /// Id of the e-mail address.
    pub email_id: EmailAddressId,
    /// Trimmed, in lower case; unique.
    pub email: String,
    /// When a code was right that had been sent there; `None` where nobody was asked for one.
    pub email_verified_at: Option<Timestamp>,
    /// In lower case; unique.
    pub username: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// PHC string of the password; empty where there is none.
    pub password_hash: String,
    /// The name of the account in another system; unique.
    pub external_id: Option<String>,
    /// Since when the account is barred: nobody signs in to it.
    pub banned_at: Option<Timestamp>,
    /// Rises whenever the password or a factor changes: a sign-in that saw another one is over.
    pub credentials_version: i64,
    /// Attempts spent since the last success.
    pub failed_attempts: u32,
    /// Until when no attempt is admitted.
    pub locked_until: Option<Timestamp>,
    /// When the authenticator app was verified; `None` while there is none, or only an unverified.
    pub totp_verified_at: Option<Timestamp>,
    /// When a code of it was last accepted.
    pub totp_last_used_at: Option<Timestamp>,
    /// Unused backup codes; `None` where there is no set.
    pub backup_codes_remaining: Option<u32>,
    /// When the second factor came.
    pub mfa_enabled_at: Option<Timestamp>,
    /// When it went.
    pub mfa_disabled_at: Option<Timestamp>,
    /// When the user last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Rises with every change of the user that clients can see.
    pub updated_at: Timestamp,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The account.
    pub id: UserId,
    /// Id of the e-mail address.
    pub email_id: EmailAddressId,
    /// Trimmed, in lower case.
    pub email: String,
    /// In lower case.
    pub username: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// PHC string of the password.
    pub password_hash: String,
}

/// A browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRecord {
    /// The client.
    pub id: ClientId,
    /// The session that a call acts for when it names none.
    pub last_active_session_id: Option<SessionId>,
    /// When it was first seen.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What every request has to know before anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognition {
    /// What is switched on.
    pub settings: Settings,
    /// The client whose token the request shows.
    pub client: Option<ClientRecord>,
    /// The client's sessions, as [`Store::client_sessions`] gives them.
    pub sessions: Vec<(SessionRecord, UserRecord)>,
}

/// What a request came from, as far as it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The address.
    pub ip_address: Option<String>,
    /// The `User-Agent`, cut to a sensible length.
    pub user_agent: Option<String>,
}

/// A user signed in on a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// The session.
    pub id: SessionId,
    /// Where.
    pub client_id: ClientId,
    /// Who.
    pub user_id: UserId,
    /// `Active` or `Pending` while it lives. Over by age is not written: compare the times.
    pub status: SessionStatus,
    /// When it ends whatever happens.
    pub expire_at: Timestamp,
    /// When it ends unless it is used.
    pub abandon_at: Timestamp,
    /// When it was last used.
    pub last_active_at: Timestamp,
    /// When the password was last checked.
    pub first_factor_at: Option<Timestamp>,
    /// When a second factor was last checked.
    pub second_factor_at: Option<Timestamp>,
    /// Where it was begun.
    pub device: Device,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl SessionRecord {
    /// Whether the session still is one: not ended, not too old, not idle for too long.
    pub fn is_live(&self, now: Timestamp) -> bool {
        matches!(self.status, SessionStatus::Active | SessionStatus::Pending)
            && now < self.expire_at
            && now < self.abandon_at
    }
}

/// A session to be made, and the client that is to hold it under a new token.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The session.
    pub id: SessionId,
    /// The client: made if there is none of that id yet.
    pub client_id: ClientId,
    /// The client's new token. Its old one is dead from here on.
    pub token_hash: TokenHash,
    /// The device's new token: the account knows it from here on, and its old one no more.
    pub device_token_hash: TokenHash,
    /// Who.
    pub user_id: UserId,
    /// `Active` or `Pending`.
    pub status: SessionStatus,
    /// When it ends whatever happens.
    pub expire_at: Timestamp,
    /// When it ends unless it is used.
    pub abandon_at: Timestamp,
    /// When the password was checked.
    pub first_factor_at: Option<Timestamp>,
    /// When a second factor was checked.
    pub second_factor_at: Option<Timestamp>,
    /// Where it began.
    pub device: Device,
}

/// How far a sign-in has come, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInStage {
    /// The password is missing.
    NeedsFirstFactor,
    /// The code that came by mail was right, and a new password is missing.
    NeedsNewPassword,
    /// The code is missing.
    NeedsSecondFactor,
    /// There is a session.
    Complete,
}

/// A sign-in under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRecord {
    /// The sign-in.
    pub id: SignInId,
    /// The client that it belongs to.
    pub client_id: ClientId,
    /// Who it would sign in; `None` where no account has that identifier.
    pub user_id: Option<UserId>,
    /// As typed.
    pub identifier: String,
    /// How far it has come.
    pub stage: SignInStage,
    /// The user's `credentials_version` when it began.
    pub credentials_version: i64,
    /// When the password, or the code in its place, was checked.
    pub first_factor_at: Option<Timestamp>,
    /// When the code that was sent by mail runs out, where one waits to be typed.
    pub code_expire_at: Option<Timestamp>,
    /// PHC string of the new password, which is kept once the sign-in is complete.
    pub new_password_hash: Option<String>,
    /// The session, once complete.
    pub created_session_id: Option<SessionId>,
    /// When it is over.
    pub abandon_at: Timestamp,
    /// When it began.
    pub created_at: Timestamp,
}

/// A user's authenticator app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotpRecord {
    /// The authenticator app.
    pub id: TotpId,
    /// Whose.
    pub user_id: UserId,
    /// The sealed secret.
    pub sealed_secret: Vec<u8>,
    /// When its first code was accepted; it protects nothing before.
    pub verified_at: Option<Timestamp>,
    /// The last step that was accepted.
    pub last_step: Option<Step>,
    /// When a code of it was last accepted.
    pub last_used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Whose backup codes a set has, and what is kept of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BackupCodeKind {
    /// Our own, under one salt.
    #[default]
    Own,
    /// Those of another system, under one salt.
    Imported,
    /// Those of another system, each as bcrypt hashed it there. There is no salt.
    ImportedBcrypt,
}

/// A set of backup codes: what an attempt needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupCodeSet {
    /// The set.
    pub id: BackupCodeSetId,
    /// Whose codes.
    pub kind: BackupCodeKind,
    /// The one salt of all its hashes.
    pub salt: Vec<u8>,
    /// The sealed secret input of its hashes, where another server made them.
    pub sealed_pepper: Option<Vec<u8>>,
}

impl BackupCodeSet {
    /// Whether bcrypt made its hashes, which need neither salt nor key of ours.
    pub fn is_of_bcrypt(&self) -> bool {
        self.kind == BackupCodeKind::ImportedBcrypt
    }
}

/// A set of backup codes to be kept.
#[derive(Clone, Debug)]
pub struct NewBackupCodes {
    /// The set.
    pub id: BackupCodeSetId,
    /// Whose codes.
    pub kind: BackupCodeKind,
    /// The one salt of all hashes.
    pub salt: Vec<u8>,
    /// One hash a code.
    pub hashes: Vec<Vec<u8>>,
}

/// The answer to [`Store::spend_attempt`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The code or password may be looked at. So many attempts are spent now, this one among them.
    Admitted {
        /// Attempts spent since the last success.
        spent: u32,
    },
    /// The account is locked until then: nothing may be looked at.
    Locked {
        /// When attempts are admitted again.
        until: Timestamp,
    },
}

/// The rule for locking an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockoutRule {
    /// So many attempts without a success lock the account.
    pub attempts: u32,
    /// For so long.
    pub duration: Duration,
}

/// The right code, to be used up in the transaction of what it unlocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// None: the password was enough.
    Password,
    /// The code of this step.
    Totp {
        /// Whose code it is.
        totp_id: TotpId,
        /// The step: must be later than the last accepted one.
        step: Step,
    },
    /// The backup code with this hash.
    BackupCode {
        /// The set that it must be of.
        set_id: BackupCodeSetId,
        /// Its hash under the salt of the set.
        hash: Vec<u8>,
    },
}

/// What came of presenting a [`Proof`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    /// It was accepted and is used up, and what it unlocks is done.
    Accepted,
    /// It is right and was accepted before. Nothing changed.
    AlreadyUsed,
    /// It is not right, or its factor is gone. Nothing changed.
    Wrong,
    /// What it should unlock is over: too late, done already, somebody else's, or the password or
    /// a factor changed in between. Nothing changed.
    Over,
}

/// The end of a sign-in.
#[derive(Clone, Debug)]
pub struct SignInCompletion {
    /// The sign-in.
    pub id: SignInId,
    /// The stage that it must be in.
    pub stage: SignInStage,
    /// The version that the user's credentials must still have.
    pub credentials_version: i64,
    /// The right code.
    pub proof: Proof,
    /// The password's hash under today's parameters, where they changed.
    pub rehashed_password: Option<String>,
    /// PHC string of a new password: `credentials_version` rises, and the user's other sessions end
    /// as `Revoked`.
    pub new_password: Option<String>,
    /// The session that it makes. `client_id` and `user_id` must be those of the sign-in.
    pub session: NewSession,
}

/// An authenticator app to be kept, unverified.
#[derive(Clone, Debug)]
pub struct NewTotp {
    /// The authenticator app.
    pub id: TotpId,
    /// Whose.
    pub user_id: UserId,
    /// The sealed secret.
    pub sealed_secret: Vec<u8>,
}

/// The first accepted code of an authenticator app.
#[derive(Clone, Debug)]
pub struct TotpVerification {
    /// The authenticator app.
    pub id: TotpId,
    /// Whose.
    pub user_id: UserId,
    /// The step of the code: used up for sign-in as well.
    pub step: Step,
    /// An authenticator app made at this time or before is dead.
    pub made_after: Timestamp,
    /// The session that goes on; all others of the user end.
    pub session_id: SessionId,
    /// The first backup codes, kept only where the user has none.
    pub backup_codes: Option<NewBackupCodes>,
}

/// What came of [`Store::remove_totp`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemovedTotp {
    /// There was none.
    None,
    /// One that was never verified. It protected nothing.
    Unverified(TotpId),
    /// The authenticator app, and the backup codes with it.
    Verified(TotpId),
}

/// Which account a sign-up collides with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// One with the same e-mail address.
    Email,
    /// One with the same user name.
    Username,
    /// One with the same name in another system.
    ExternalId,
}

/// What a step-up that is under way still asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepUpStage {
    /// The password.
    NeedsFirstFactor,
    /// A code.
    NeedsSecondFactor,
}

/// A step-up under way: one a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepUpRecord {
    /// The session that is to become fresh.
    pub session_id: SessionId,
    /// Which factors it covers.
    pub level: VerificationLevel,
    /// What it asks for.
    pub stage: StepUpStage,
    /// The user's `credentials_version` when it began.
    pub credentials_version: i64,
    /// When it is over.
    pub abandon_at: Timestamp,
}

/// One factor of a step-up, passed.
#[derive(Clone, Debug)]
pub struct StepUp {
    /// The session that becomes fresh.
    pub session_id: SessionId,
    /// The stage that its step-up must be in.
    pub stage: StepUpStage,
    /// Whether a code is asked for after this: the step-up goes on to its second stage.
    pub goes_on: bool,
    /// Its client, whose token is replaced.
    pub client_id: ClientId,
    /// The client's new token.
    pub token_hash: TokenHash,
    /// Its user.
    pub user_id: UserId,
    /// The right code, or [`Proof::Password`], which freshens the first factor.
    pub proof: Proof,
    /// The version that the user's credentials must still have.
    pub credentials_version: i64,
}

/// A key that signs session tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKeyRecord {
    /// The key.
    pub id: SigningKeyId,
    /// The number of the key, one more than of the one before.
    pub generation: i64,
    /// The sealed private key.
    pub sealed_key: Vec<u8>,
    /// When it begins to sign.
    pub signs_from: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What needs one of the encryption keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUser {
    /// A sealed secret of an authenticator app.
    TotpSecret,
    /// A sealed key that signs session tokens.
    SigningKey,
    /// A set of backup codes, whose hashes have the key for their secret input.
    BackupCodeSet,
}

/// How much needs an encryption key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// What needs it.
    pub user: KeyUser,
    /// The id of the key, as stored.
    pub key_id: Vec<u8>,
    /// So many rows do.
    pub rows: u64,
}

/// Whose envelope a [`Resealing`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// The secret of that authenticator app.
    TotpSecret(TotpId),
    /// That signing key.
    SigningKey(SigningKeyId),
}

/// An envelope to be put in the place of another one of the same secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resealing {
    /// Whose it is.
    pub sealed: Sealed,
    /// The envelope that it must have.
    pub from: Vec<u8>,
    /// The new one.
    pub to: Vec<u8>,
}

/// A signing key to be kept.
#[derive(Clone, Debug)]
pub struct NewSigningKey {
    /// The key.
    pub id: SigningKeyId,
    /// One more than of the newest key.
    pub generation: i64,
    /// The sealed private key.
    pub sealed_key: Vec<u8>,
    /// When it begins to sign.
    pub signs_from: Timestamp,
}

/// What the operator switches on and off while the servers run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether authenticator apps can be set up.
    pub authenticator_app: bool,
    /// Whether backup codes can be made.
    pub backup_code: bool,
    /// Whether everyone needs a second factor. Never without `authenticator_app`.
    pub required: bool,
    /// Since when. `None` where nobody needs one, and where it is not known, which is before all
    /// accounts.
    pub required_since: Option<Timestamp>,
}

/// A change of [`Settings`]; what is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// Whether authenticator apps can be set up.
    pub authenticator_app: Option<bool>,
    /// Whether backup codes can be made.
    pub backup_code: Option<bool>,
    /// Whether everyone needs a second factor.
    pub required: Option<bool>,
}

/// What a change happens on: when, and what the request for it came from. Changes that matter to
/// the owner of an account note an event with it, in their own transaction.
#[derive(Clone, Debug)]
pub struct Occasion {
    /// When it happens.
    pub now: Timestamp,
    /// The event that it is noted as: one a request.
    pub event: EventId,
    /// On whose part.
    pub actor: Actor,
    /// Where the request came from.
    pub device: Device,
    /// The hash of the token by which accounts know the browser again.
    pub device_token: Option<TokenHash>,
    /// The id of the request in the log.
    pub trace_id: Option<String>,
    /// What the log is to tell of it.
    pub announcement: Announcement,
}

/// Something that happened to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// The event.
    pub id: EventId,
    /// What happened.
    pub kind: SecurityEventKind,
    /// On whose part.
    pub actor: EventActor,
    /// The factor that was checked, where one was.
    pub strategy: Option<Strategy>,
    /// The session that it happened in or to.
    pub session_id: Option<SessionId>,
    /// Where the request came from.
    pub device: Device,
    /// When it happened.
    pub created_at: Timestamp,
}

/// The connections of a pool to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// What the pool is for.
    pub pool: &'static str,
    /// So many work for somebody.
    pub used: u32,
    /// So many wait for work.
    pub idle: u32,
    /// So many there may be.
    pub most: u32,
}

/// A try to send a mail. What comes of it counts only while no later one has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailClaim {
    /// The event that the mail tells of.
    pub event: EventId,
    /// The number of the try, from one.
    pub tries: u32,
}

/// A mail to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedMail {
    /// The try to send it.
    pub claim: MailClaim,
    /// The address of the user.
    pub to: String,
    /// What happened.
    pub event: EventRecord,
    /// Whether the account did not know the browser that it happened in.
    pub new_browser: bool,
}

/// The database. Every `now` is when the change happens.
///
/// "The user's `updated_at` rises" means: to `now`, or by one millisecond where `now` is not later.
#[async_trait]
pub trait Store: Send + Sync {
    /// Whether the database answers.
    async fn ping(&self) -> Result<()>;

    /// The connections to the database, by what they are for.
    fn connections(&self) -> Vec<Connections>;

    /// Lets go of the database. SQLite then moves what its side files hold into the one file.
    async fn close(&self);

    // Accounts

    /// Makes an account and signs it in. Ends the client's sign-in, if one is under way.
    async fn sign_up(
        &self,
        user: NewUser,
        session: NewSession,
        occasion: &Occasion,
    ) -> Result<std::result::Result<(), Taken>>;

    /// The account of that id.
    async fn user(&self, id: &UserId) -> Result<Option<UserRecord>>;

    /// The account with that e-mail address or user name (trimmed, in lower case).
    async fn user_by_identifier(&self, identifier: &str) -> Result<Option<UserRecord>>;

    // Operators
    //
    // Each change is noted with its actor.

    /// Makes an account as it is to be. Nobody is signed in to it.
    async fn create_account(
        &self,
        account: NewAccount,
        occasion: &Occasion,
    ) -> Result<std::result::Result<(), Taken>>;

    /// Changes the names of an account; the user's `updated_at` rises. False where there is none.
    async fn rename_account(
        &self,
        user: &UserId,
        change: NamesChange,
        occasion: &Occasion,
    ) -> Result<std::result::Result<bool, Taken>>;

    /// The accounts that the query asks for.
    async fn users(&self, query: &UserQuery) -> Result<Vec<UserRecord>>;

    /// How many accounts meet the filter.
    async fn count_users(&self, filter: &UserFilter) -> Result<u64>;

    /// Deletes the account with all that is its own.
    async fn delete_account(
        &self,
        user: &UserId,
        keep_one: KeepOne<'_>,
        occasion: &Occasion,
    ) -> Result<Changed>;

    /// Bars the account: all sessions end as `Revoked`, and so does what is under way to others,
    /// since `credentials_version` rises.
    async fn ban(
        &self,
        user: &UserId,
        keep_one: KeepOne<'_>,
        occasion: &Occasion,
    ) -> Result<Changed>;

    /// Bars the account no longer.
    async fn unban(&self, user: &UserId, occasion: &Occasion) -> Result<Changed>;

    /// Locks the account until then, for browsers that it knows as well: all sessions end as
    /// `Revoked`, and `credentials_version` rises.
    async fn lock(
        &self,
        user: &UserId,
        until: Timestamp,
        keep_one: KeepOne<'_>,
        occasion: &Occasion,
    ) -> Result<Changed>;

    /// Takes second factors away: `credentials_version` rises, and where the authenticator app
    /// goes, all sessions end as `Revoked` and `mfa_disabled_at` is set. `Already` where all should
    /// go and there are none.
    async fn remove_factors(
        &self,
        user: &UserId,
        removed: Removed,
        keep_one: KeepOne<'_>,
        occasion: &Occasion,
    ) -> Result<Changed>;

    /// Uses the proof up and counts as a success, as a step-up does: attempts are reset (by a
    /// password only where the user has no second factor; else the attempt is given back). `Over`
    /// where the credentials changed in between.
    async fn accept_factor(
        &self,
        check: FactorCheck,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<Presented>;

    /// The session of that id with its user, over or not.
    async fn session(&self, id: &SessionId) -> Result<Option<(SessionRecord, UserRecord)>>;

    /// The sessions that the query asks for, each with its user.
    async fn sessions(
        &self,
        query: &SessionQuery,
        now: Timestamp,
    ) -> Result<Vec<(SessionRecord, UserRecord)>>;

    /// How many sessions there are of those, whatever part of the list is asked for.
    async fn count_sessions(&self, query: &SessionQuery, now: Timestamp) -> Result<u64>;

    // Guessing

    /// Spends one attempt of the user, before the code or password is looked at. The attempt that
    /// reaches the rule's limit is admitted and locks the account; a lock that has run out starts
    /// the count again at this attempt. The user's `updated_at` rises with every attempt admitted.
    /// It is noted as failed, until a success takes the place of that.
    /// Where it locks the account, all sessions of the user end as `Revoked` but `session`, in which
    /// the attempt is made; they stay over should the attempt succeed and lift its own lock.
    /// Where the account knows the device of the occasion, all of that goes by the device's own
    /// count and lock instead of the account's, and no session ends.
    /// Fails where there is no such user.
    async fn spend_attempt(
        &self,
        user: &UserId,
        session: Option<&SessionId>,
        strategy: Strategy,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<Attempt>;

    /// Lifts the lock of the account before its time, and those of its known devices, whose counts
    /// begin anew; the user's `updated_at` rises where the account itself was locked. False, and
    /// nothing changes, where none is locked.
    async fn unlock(&self, user: &UserId, occasion: &Occasion) -> Result<bool>;

    /// Spends one attempt at an identifier that no account has, by the same rule.
    async fn spend_attempt_on_nobody(
        &self,
        identifier_hash: &[u8; 32],
        rule: LockoutRule,
        now: Timestamp,
    ) -> Result<Attempt>;

    // Clients and sessions

    /// The settings, and the client with that token and its sessions: all in one statement, since
    /// every request begins with it.
    async fn recognise(&self, token_hash: Option<&TokenHash>) -> Result<Recognition>;

    /// The client with that token.
    async fn client_by_token(&self, token_hash: &TokenHash) -> Result<Option<ClientRecord>>;

    /// Makes a client without sessions.
    async fn create_client(
        &self,
        id: &ClientId,
        token_hash: &TokenHash,
        now: Timestamp,
    ) -> Result<()>;

    /// The sessions of a client that are not ended (those over by age among them), oldest first,
    /// each with its user.
    async fn client_sessions(&self, client: &ClientId) -> Result<Vec<(SessionRecord, UserRecord)>>;

    /// The sessions of a user that are live at `now`, newest first.
    async fn live_sessions(&self, user: &UserId, now: Timestamp) -> Result<Vec<SessionRecord>>;

    /// Notes that a live session was used: sets `last_active_at`, `abandon_at` and `updated_at`,
    /// and makes it its client's last active one.
    async fn touch_session(
        &self,
        session: &SessionId,
        abandon_at: Timestamp,
        now: Timestamp,
    ) -> Result<()>;

    /// Ends one live session of a user with that status (`Removed`, `Ended` or `Revoked`), and its
    /// client forgets it. False where there is none.
    async fn end_session(
        &self,
        user: &UserId,
        session: &SessionId,
        status: SessionStatus,
        occasion: &Occasion,
    ) -> Result<bool>;

    /// Ends all live sessions of a client with status `Removed`, its sign-in and its sign-up. Returns
    /// how many sessions.
    async fn end_client_sessions(&self, client: &ClientId, occasion: &Occasion) -> Result<u64>;

    // Sign-in

    /// Keeps a new sign-in in place of the client's earlier one. Its `stage` is
    /// `NeedsFirstFactor`.
    async fn start_sign_in(&self, sign_in: SignInRecord, now: Timestamp) -> Result<()>;

    /// The client's sign-in, whatever its stage and age.
    async fn sign_in(&self, client: &ClientId) -> Result<Option<SignInRecord>>;

    /// The password was right and a second factor is needed: moves the sign-in from its first to
    /// its second stage, gives the attempt that the password spent back (a lock that this very
    /// attempt caused is undone), and keeps the rehashed password if there is one. False where the
    /// sign-in is over or the credentials changed.
    async fn advance_sign_in(
        &self,
        sign_in: &SignInRecord,
        user: &UserId,
        rehashed_password: Option<String>,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<bool>;

    /// Uses the proof up and makes the session: the attempts are reset, `last_sign_in_at` is set,
    /// the client has its new token, and the user's `updated_at` rises. All or nothing.
    async fn complete_sign_in(
        &self,
        completion: SignInCompletion,
        occasion: &Occasion,
    ) -> Result<Presented>;

    // Sign-up
    //
    // Where e-mail addresses are verified, it waits until a code that was sent there is right.

    /// Keeps a new sign-up in place of the client's earlier one, with no code yet.
    async fn start_sign_up(&self, sign_up: SignUpRecord, now: Timestamp) -> Result<()>;

    /// The client's sign-up, whatever its age.
    async fn waiting_sign_up(&self, client: &ClientId) -> Result<Option<SignUpRecord>>;

    /// Keeps a code for a sign-up in place of its earlier one, with all its attempts, and queues its
    /// mail. False where the sign-up is over, or has asked for the most codes already.
    async fn keep_sign_up_code(&self, code: NewSignUpCode, now: Timestamp) -> Result<bool>;

    /// Spends one of the `most` attempts at the code of a sign-up, before it is looked at; the code.
    /// `None` where there is none left, the code has run out, or the sign-up is over.
    async fn spend_code_attempt(
        &self,
        sign_up: &SignUpRecord,
        most: u32,
        now: Timestamp,
    ) -> Result<Option<SpentOnCode>>;

    /// The code was right: makes the account, whose e-mail address is verified, and signs it in, like
    /// [`Store::sign_up`], in the place of the sign-up. False where that is over, is an account
    /// already, or has another code by now. All or nothing.
    async fn complete_sign_up(
        &self,
        completion: SignUpCompletion,
        occasion: &Occasion,
    ) -> Result<std::result::Result<bool, Taken>>;

    // Step-up

    /// Keeps a new step-up in place of the session's earlier one. False where the session is over.
    async fn start_step_up(&self, step_up: StepUpRecord, now: Timestamp) -> Result<bool>;

    /// The step-up that is under way in a session.
    async fn step_up(&self, session: &SessionId, now: Timestamp) -> Result<Option<StepUpRecord>>;

    /// Uses the proof up and makes the session fresh: `first_factor_at` for
    /// [`Proof::Password`], else `second_factor_at`; the step-up goes on to its second stage or is
    /// gone; the client gets its new token; attempts are reset (by a password only where the user
    /// has no second factor; else the attempt is given back); the user's `updated_at` rises. All or
    /// nothing. `Over` where the session, the step-up or its stage is over, or the credentials
    /// changed since it began.
    async fn complete_step_up(
        &self,
        step_up: StepUp,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<Presented>;

    // Passwords

    /// Replaces the password: `credentials_version` and `updated_at` rise, and the user's sessions
    /// other than that of the change end as `Revoked`. Where the old password was checked, its
    /// attempt counts as a success, as at a step-up. False, and nothing changes, where the
    /// credentials changed in between.
    async fn change_password(
        &self,
        change: PasswordChange,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<bool>;

    /// Keeps a code for a sign-in, in place of its earlier one, and queues its mail where it has a
    /// recipient. False where the sign-in is over or does not ask for its first factor.
    async fn keep_mailed_code(&self, code: NewMailedCode, now: Timestamp) -> Result<bool>;

    /// The code of a sign-in, run out or not.
    async fn mailed_code(&self, sign_in: &SignInId) -> Result<Option<MailedCode>>;

    /// The code was right: it is used up, and the sign-in asks for a new password, until `until`.
    /// The attempt that it spent is given back, as that of a right password is. False, and nothing
    /// changes, where the sign-in is over, the credentials changed, or the code is not that of this
    /// envelope any more.
    async fn accept_mailed_code(
        &self,
        sign_in: &SignInRecord,
        user: &UserId,
        sealed_code: &[u8],
        until: Timestamp,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<bool>;

    /// Keeps a new password beside a sign-in that asks for one, which asks for the second factor
    /// from here on. False where it is over.
    async fn keep_new_password(
        &self,
        sign_in: &SignInRecord,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<bool>;

    /// Takes a code that is to be sent for itself, whatever it is for, like [`Store::claim_mail`].
    async fn claim_code(&self, now: Timestamp, until: Timestamp) -> Result<Option<QueuedCode>>;

    /// The code is sent, or will never be. False where there is another one by now, or somebody else
    /// has claimed it since.
    async fn finish_code(&self, claim: &MailedCodeClaim) -> Result<bool>;

    /// The mail of the code is to be tried again from `until` on. False as above.
    async fn put_code_off(&self, claim: &MailedCodeClaim, until: Timestamp) -> Result<bool>;

    // Authenticator app

    /// Keeps an unverified authenticator app in place of an earlier unverified one; the user's
    /// `updated_at` rises. False where a verified one exists.
    async fn create_totp(&self, totp: NewTotp, occasion: &Occasion) -> Result<bool>;

    /// The user's authenticator app, verified or not.
    async fn totp(&self, user: &UserId) -> Result<Option<TotpRecord>>;

    /// Verifies the authenticator app by its first code: the step is used up, the session's second
    /// factor is fresh (a pending session becomes active), the user's other sessions end as
    /// `Revoked`, `mfa_enabled_at` is set, `credentials_version` and `updated_at` rise, attempts
    /// are reset, and the backup codes are kept where the user has none. `Over` where it is gone,
    /// too old or verified already, or where the session is over.
    ///
    /// The second value tells whether the backup codes were kept.
    async fn verify_totp(
        &self,
        verification: TotpVerification,
        occasion: &Occasion,
    ) -> Result<(Presented, bool)>;

    /// Removes the user's authenticator app. A verified one takes the backup codes with it, ends
    /// the user's sessions other than `session` as `Revoked`, sets `mfa_disabled_at`, clears
    /// `mfa_enabled_at`, and lets `credentials_version` rise; `updated_at` rises in both cases.
    async fn remove_totp(
        &self,
        user: &UserId,
        session: &SessionId,
        occasion: &Occasion,
    ) -> Result<RemovedTotp>;

    // Backup codes

    /// The user's set, if there is one.
    async fn backup_code_set(&self, user: &UserId) -> Result<Option<BackupCodeSet>>;

    /// Replaces the user's set whole; `credentials_version` and `updated_at` rise. False, and
    /// nothing changes, where the user has no verified authenticator app.
    async fn replace_backup_codes(
        &self,
        user: &UserId,
        codes: NewBackupCodes,
        occasion: &Occasion,
    ) -> Result<bool>;

    /// The hashes of all codes of a set, used or not.
    async fn backup_code_hashes(&self, set: &BackupCodeSetId) -> Result<Vec<Vec<u8>>>;

    // Settings

    /// The settings as they are.
    async fn settings(&self) -> Result<Settings>;

    /// Changes the settings; `None`, and nothing changes, where everyone would need a second factor
    /// that nobody can set up.
    async fn change_settings(
        &self,
        change: SettingsChange,
        administrator: &UserId,
        occasion: &Occasion,
    ) -> Result<Option<Settings>>;

    // Events

    /// The events of a user, newest first, at most `limit`; where `before` is an event of the user,
    /// only earlier ones.
    async fn events(
        &self,
        user: &UserId,
        before: Option<&EventId>,
        limit: u32,
    ) -> Result<Vec<EventRecord>>;

    /// Notes that the server's encryption keys were rotated.
    async fn note_key_rotation(&self, occasion: &Occasion) -> Result<()>;

    // Mails
    //
    // Each is queued in the transaction of the event that it tells of.

    /// Takes a mail that is due for itself, the one that has waited longest, until `until`: from
    /// then on it is due again, so that it is not lost with whoever took it.
    async fn claim_mail(&self, now: Timestamp, until: Timestamp) -> Result<Option<QueuedMail>>;

    /// How many mails are queued, due or not; 10,000 stands for so many or more.
    async fn mails_waiting(&self) -> Result<u64>;

    /// The mail is sent, or will never be: it is queued no more. False where somebody else has
    /// claimed it since.
    async fn finish_mail(&self, claim: &MailClaim) -> Result<bool>;

    /// The mail is to be tried again from `until` on. False where somebody else has claimed it
    /// since.
    async fn put_mail_off(&self, claim: &MailClaim, until: Timestamp) -> Result<bool>;

    // What is over

    /// Takes rows of that kind away that were over before that time, the oldest first, at most
    /// [`REMOVED_AT_ONCE`]; returns how many. Rows that somebody is changing are left for the next
    /// time.
    async fn remove_expired(&self, what: Expired, before: Timestamp) -> Result<u64>;

    // Keys

    /// The keys that sign session tokens, newest first.
    async fn signing_keys(&self) -> Result<Vec<SigningKeyRecord>>;

    /// Keeps a new signing key, and of the earlier ones only the last. False, and nothing changes,
    /// where there is one of this generation already.
    async fn create_signing_key(&self, key: NewSigningKey, now: Timestamp) -> Result<bool>;

    // Exports and imports

    /// How many accounts there are.
    async fn count_accounts(&self) -> Result<u64>;

    /// The accounts behind that place in the order of their making, at most `limit`, each with all
    /// that protects it as it is at one moment.
    async fn accounts_after(&self, place: Option<&Place>, limit: u32) -> Result<Vec<KeptAccount>>;

    /// How many accounts of that file an import has dealt with that did not come to its end.
    async fn import_progress(&self, source: &[u8; 32]) -> Result<Option<u64>>;

    /// Makes these accounts, each noted as a sign-up on the occasion beside it, and notes that of
    /// `done` accounts of the file that were dealt with there are `now_done` now. All or nothing.
    async fn import_accounts(
        &self,
        accounts: &[(KeptAccount, Occasion)],
        source: &[u8; 32],
        done: u64,
        now_done: u64,
        now: Timestamp,
    ) -> Result<std::result::Result<(), Collision>>;

    /// The import of that file has come to its end.
    async fn finish_import(&self, source: &[u8; 32]) -> Result<()>;

    /// Any one sealed secret with whose it is, to find at the start that none opens.
    async fn any_totp(&self) -> Result<Option<TotpRecord>>;

    /// The ids of the encryption keys that the database needs, each once; what is no such id is
    /// damaged. Quick, however many rows there are.
    async fn key_ids(&self) -> Result<Vec<Vec<u8>>>;

    /// Which encryption keys the database needs, and for how much.
    async fn key_uses(&self) -> Result<Vec<KeyUse>>;

    /// Authenticator apps whose secret is sealed with that key, by their ids: at most `limit`, those
    /// after `after` where there is one.
    async fn totps_sealed_with(
        &self,
        key_id: &[u8],
        after: Option<&TotpId>,
        limit: u32,
    ) -> Result<Vec<TotpRecord>>;

    /// Puts new envelopes in the place of old ones, in one transaction, and nothing else changes.
    /// A row that is gone or has another envelope by now stays as it is. Returns how many have
    /// theirs.
    async fn reseal(&self, resealings: &[Resealing]) -> Result<u64>;
}
