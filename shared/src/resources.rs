//! The resources of the API, field by field as the wire names them.
//!
//! Clients that keep to the documented API find every field they know. Where Twofold has no use
//! for one, it is always empty: such fields are written and never read.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::schema::Kind;
use crate::time::Timestamp;

/// Every reply to a change, and every reply that names a user: what was asked for, and the calling
/// client as it is now.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// What was asked for.
    pub response: T,
    /// The calling client; `None` where there is none (any more).
    pub client: Option<Client>,
}

/// `{}` on the wire.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoFields {}

/// `[]` on the wire.
pub type NoItems = [NoFields; 0];

/// A browser: it holds the sessions, at most one of them active, and is known by its cookie.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = Kind("client")))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "client")]
pub struct Client {
    /// `client_…`
    pub id: String,
    /// The live sessions of this client.
    pub sessions: Vec<Session>,
    /// The sign-in that is under way.
    pub sign_in: Option<SignIn>,
    /// The sign-up that waits for its e-mail address to be verified.
    #[serde(default)]
    pub sign_up: Option<SignUp>,
    /// The session that a call acts for when it names none.
    pub last_active_session_id: Option<String>,
    /// When the browser forgets this client.
    pub cookie_expires_at: Option<Timestamp>,
    /// When the client was first seen.
    pub created_at: Timestamp,
    /// When the client last changed.
    pub updated_at: Timestamp,
}

impl Client {
    /// The session that calls act for, if one is signed in.
    pub fn active_session(&self) -> Option<&Session> {
        let id = self.last_active_session_id.as_deref()?;
        self.sessions.iter().find(|session| session.id == id)
    }
}

/// What a session may do.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    /// Everything.
    Active,
    /// Nothing but setting up a second factor.
    Pending,
    /// Nothing: over by age.
    Expired,
    /// Nothing: its user signed out.
    Removed,
    /// Nothing: ended by its client.
    Ended,
    /// Nothing: ended from elsewhere.
    Revoked,
}

/// Something that a pending session has to do first.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// `setup-mfa`.
    pub key: String,
}

/// A user signed in on a client.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = Kind("session")))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "session")]
pub struct Session {
    /// `sess_…`
    pub id: String,
    /// What the session may do.
    pub status: SessionStatus,
    /// When it ends whatever happens.
    pub expire_at: Timestamp,
    /// When it ends unless it is used.
    pub abandon_at: Timestamp,
    /// When it was last used.
    pub last_active_at: Timestamp,
    /// The token that proves this session to other services.
    #[serde(skip_deserializing)]
    pub last_active_token: Option<SessionToken>,
    /// Always `None`: there are no organizations.
    #[serde(skip_deserializing)]
    pub last_active_organization_id: Option<NoFields>,
    /// Always `None`: nobody acts for somebody else.
    #[serde(skip_deserializing)]
    pub actor: Option<NoFields>,
    /// What has to be done before the session is active.
    #[serde(default)]
    pub tasks: Option<Vec<Task>>,
    /// Minutes since the first and the second factor were checked; -1 for never.
    pub factor_verification_age: [i64; 2],
    /// Whose session it is.
    pub user: User,
    /// The few fields of the user that others may see.
    #[serde(skip_deserializing)]
    pub public_user_data: PublicUserData,
    /// Where it was last used.
    #[serde(default)]
    pub latest_activity: Option<SessionActivity>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A signed token of a session, for other services.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = Kind("token")))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "object", rename = "token")]
pub struct SessionToken {
    /// The compact form of the token (RFC 7519).
    pub jwt: String,
}

/// Where a session was last used.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = Kind("session_activity")))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "session_activity")]
pub struct SessionActivity {
    /// The id of the session.
    pub id: String,
    /// Name of the browser as it calls itself.
    pub browser_name: Option<String>,
    /// Kind of device, such as `Macintosh`.
    pub device_type: Option<String>,
    /// Whether the device is a phone.
    pub is_mobile: bool,
    /// The address.
    pub ip_address: Option<String>,
}

/// The few fields of a user that others may see.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PublicUserData {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Always empty.
    pub image_url: String,
    /// Always false.
    pub has_image: bool,
    /// What the user signs in with.
    pub identifier: String,
    /// `user_…`
    pub user_id: String,
}

/// A person with an account.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = Kind("user")))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "user")]
pub struct User {
    /// `user_…`
    pub id: String,
    /// The name to sign in with, beside the e-mail address.
    pub username: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Always empty.
    #[serde(skip_deserializing)]
    pub image_url: String,
    /// Always false.
    #[serde(skip_deserializing)]
    pub has_image: bool,
    /// Which of `email_addresses` is the first.
    #[serde(skip_deserializing)]
    pub primary_email_address_id: Option<String>,
    /// The e-mail addresses: exactly one.
    pub email_addresses: Vec<EmailAddress>,
    /// Always empty.
    #[serde(skip_deserializing)]
    pub phone_numbers: NoItems,
    /// Always empty.
    #[serde(skip_deserializing)]
    pub web3_wallets: NoItems,
    /// Always empty.
    #[serde(skip_deserializing)]
    pub passkeys: NoItems,
    /// Always empty.
    #[serde(skip_deserializing)]
    pub external_accounts: NoItems,
    /// Always empty.
    #[serde(skip_deserializing)]
    pub enterprise_accounts: NoItems,
    /// Always empty.
    #[serde(skip_deserializing)]
    pub organization_memberships: NoItems,
    /// Always empty.
    #[serde(skip_deserializing)]
    pub public_metadata: NoFields,
    /// Always empty.
    #[serde(skip_deserializing)]
    pub unsafe_metadata: NoFields,
    /// The name of the account in another system, unique.
    #[serde(skip_deserializing)]
    pub external_id: Option<String>,
    /// Whether there is a password.
    #[serde(skip_deserializing)]
    pub password_enabled: bool,
    /// Whether sign-in asks for a second factor.
    pub two_factor_enabled: bool,
    /// Whether an authenticator app is set up and verified.
    pub totp_enabled: bool,
    /// Whether there is a set of backup codes.
    pub backup_code_enabled: bool,
    /// When the second factor came.
    pub mfa_enabled_at: Option<Timestamp>,
    /// When the second factor went.
    #[serde(skip_deserializing)]
    pub mfa_disabled_at: Option<Timestamp>,
    /// When the user last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// Whether the account is barred.
    #[serde(skip_deserializing)]
    pub banned: bool,
    /// Whether the account is locked for a time.
    #[serde(skip_deserializing)]
    pub locked: bool,
    /// How long it stays locked.
    #[serde(skip_deserializing)]
    pub lockout_expires_in_seconds: Option<u64>,
    /// How many wrong codes or passwords lock the account from here.
    #[serde(skip_deserializing)]
    pub verification_attempts_remaining: Option<u32>,
    /// Always false.
    #[serde(skip_deserializing)]
    pub delete_self_enabled: bool,
    /// Always false.
    #[serde(skip_deserializing)]
    pub create_organization_enabled: bool,
    /// Unused backup codes (Twofold's own field).
    pub backup_codes_remaining: u32,
    /// When a code of the authenticator app was last accepted (Twofold's own field).
    pub totp_last_used_at: Option<Timestamp>,
    /// Until when the user may put off setting a required second factor up (Twofold's own field).
    #[serde(skip_deserializing)]
    pub mfa_setup_due_at: Option<Timestamp>,
    /// Whether the user may open the dashboard (Twofold's own field).
    pub administrator: bool,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When the account last changed; rises with every change.
    pub updated_at: Timestamp,
}

impl User {
    /// The address that the user signs in with.
    pub fn email_address(&self) -> &str {
        self.email_addresses
            .first()
            .map_or("", |email| email.email_address.as_str())
    }
}

/// An e-mail address of a user.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = Kind("email_address")))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "email_address")]
pub struct EmailAddress {
    /// `idn_…`
    #[serde(skip_deserializing)]
    pub id: String,
    /// The address, in lower case.
    pub email_address: String,
    /// Whether it was shown to be the user's.
    #[serde(skip_deserializing)]
    pub verification: Option<Verification>,
    /// Always empty.
    #[serde(skip_deserializing)]
    pub linked_to: NoItems,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// How far a check has come.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerificationStatus {
    /// Not yet.
    Unverified,
    /// Passed.
    Verified,
    /// Tried and not passed.
    Failed,
    /// Too late.
    Expired,
}

/// The state of one check.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = Kind("verification")))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "verification")]
pub struct Verification {
    /// How far it has come.
    pub status: VerificationStatus,
    /// What was checked.
    pub strategy: Strategy,
    /// How often it was tried, where that is counted.
    #[serde(default)]
    pub attempts: Option<u32>,
    /// Until when it may be tried.
    #[serde(default)]
    pub expire_at: Option<Timestamp>,
}

/// What is checked.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// A password: first factor.
    Password,
    /// A code of the authenticator app: second factor.
    Totp,
    /// A backup code: second factor.
    BackupCode,
    /// A code that is sent to the account's e-mail address, for a new password: first factor.
    ResetPasswordEmailCode,
    /// A code that is sent to the e-mail address of a sign-up, to show whose it is.
    EmailCode,
}

/// A factor that can be checked.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// How.
    pub strategy: Strategy,
    /// Which address a code is sent to. It stands for the address in this one sign-in: that of an
    /// account would tell that there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_address_id: Option<String>,
    /// The address as far as whoever signs in knows it: the identifier that they gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safe_identifier: Option<String>,
}

/// How far a sign-in has come.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInStatus {
    /// The password is missing.
    NeedsFirstFactor,
    /// The code that came by mail was right, and a new password is missing.
    NeedsNewPassword,
    /// The code is missing.
    NeedsSecondFactor,
    /// There is a session.
    Complete,
    /// Too late, or something changed in between.
    Abandoned,
}

/// A sign-in that is under way or complete.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = Kind("sign_in_attempt")))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "sign_in_attempt")]
pub struct SignIn {
    /// `sia_…`
    pub id: String,
    /// How far it has come.
    pub status: SignInStatus,
    /// What an identifier may be.
    #[serde(skip_deserializing)]
    pub supported_identifiers: Vec<&'static str>,
    /// Factors for the first step.
    #[serde(skip_deserializing)]
    pub supported_first_factors: Vec<Factor>,
    /// Factors for the second step, once the first is done.
    #[serde(default)]
    pub supported_second_factors: Option<Vec<Factor>>,
    /// State of the first step.
    #[serde(default)]
    pub first_factor_verification: Option<Verification>,
    /// State of the second step.
    #[serde(default)]
    pub second_factor_verification: Option<Verification>,
    /// Who wants to sign in, as typed.
    pub identifier: Option<String>,
    /// Always `None`.
    #[serde(skip_deserializing)]
    pub user_data: Option<NoFields>,
    /// The session, once complete.
    pub created_session_id: Option<String>,
    /// When it is over.
    pub abandon_at: Timestamp,
}

/// How far a sign-up has come.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUpStatus {
    /// Something is missing.
    MissingRequirements,
    /// There is an account and a session.
    Complete,
    /// Too late.
    Abandoned,
}

/// What of a sign-up is verified.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SignUpVerifications {
    /// The e-mail address; `None` where it need not be.
    pub email_address: Option<SignUpVerification>,
    /// Always `None`.
    pub phone_number: Option<NoFields>,
    /// Always `None`.
    pub web3_wallet: Option<NoFields>,
    /// Always `None`.
    pub external_account: Option<NoFields>,
}

/// What has to be done next for a verification.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum NextAction {
    /// A code has to be sent.
    #[serde(rename = "needs_prepare")]
    NeedsPrepare,
    /// The code that was sent has to be given.
    #[serde(rename = "needs_attempt")]
    NeedsAttempt,
    /// Nothing.
    #[serde(rename = "")]
    Nothing,
}

/// The state of one check of a sign-up.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = Kind("verification")))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "object", rename = "verification")]
pub struct SignUpVerification {
    /// How far it has come.
    pub status: VerificationStatus,
    /// How it is checked.
    pub strategy: Strategy,
    /// What comes next.
    pub next_action: NextAction,
    /// How it can be checked.
    pub supported_strategies: Vec<Strategy>,
    /// How often the last code was tried.
    pub attempts: Option<u32>,
    /// Until when it may be tried.
    pub expire_at: Option<Timestamp>,
}

/// A sign-up.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = Kind("sign_up_attempt")))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "sign_up_attempt")]
pub struct SignUp {
    /// `sua_…`
    pub id: String,
    /// How far it has come.
    pub status: SignUpStatus,
    /// Fields that must be given.
    #[serde(skip_deserializing)]
    pub required_fields: Vec<&'static str>,
    /// Fields that may be given.
    #[serde(skip_deserializing)]
    pub optional_fields: Vec<&'static str>,
    /// Required fields that are not given yet.
    #[serde(skip_deserializing)]
    pub missing_fields: Vec<&'static str>,
    /// Fields that are not verified yet.
    #[serde(skip_deserializing)]
    pub unverified_fields: Vec<&'static str>,
    /// What is verified.
    #[serde(skip_deserializing)]
    pub verifications: SignUpVerifications,
    /// The name to sign in with.
    pub username: Option<String>,
    /// The e-mail address, in lower case.
    pub email_address: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Whether a password was given.
    pub has_password: bool,
    /// Always empty.
    #[serde(skip_deserializing)]
    pub unsafe_metadata: NoFields,
    /// The session, once complete.
    pub created_session_id: Option<String>,
    /// The account, once complete.
    pub created_user_id: Option<String>,
    /// When it is over.
    pub abandon_at: Timestamp,
}

/// The authenticator app of a user. The secret and its URI come with creation and never again.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = Kind("totp")))]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "totp")]
pub struct Totp {
    /// `totp_…`
    pub id: String,
    /// The secret in base32, at creation only.
    pub secret: Option<String>,
    /// The otpauth URI, at creation only.
    pub uri: Option<String>,
    /// Whether a first code was accepted, which is when sign-in begins to ask for codes.
    pub verified: bool,
    /// The first set of backup codes, in the reply that verifies and never again.
    pub backup_codes: Option<Vec<String>>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl core::fmt::Debug for Totp {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Totp")
            .field("id", &self.id)
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

/// A new set of backup codes, shown this once.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = Kind("backup_code")))]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "backup_code")]
pub struct BackupCodes {
    /// `bkp_…`
    pub id: String,
    /// The codes as people see them.
    pub codes: Vec<String>,
    /// When they were made.
    pub created_at: Timestamp,
    /// When they were made.
    pub updated_at: Timestamp,
}

impl core::fmt::Debug for BackupCodes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("BackupCodes")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Something that is gone.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// What kind of thing it was.
    pub object: String,
    /// Its id.
    pub id: Option<String>,
    /// Always true.
    pub deleted: bool,
}

/// Which factors a check covers.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerificationLevel {
    /// The password.
    FirstFactor,
    /// The strongest factor that the user has.
    SecondFactor,
    /// Both, one after the other.
    MultiFactor,
}

/// How far a step-up has come.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionVerificationStatus {
    /// The password is missing.
    NeedsFirstFactor,
    /// The code is missing.
    NeedsSecondFactor,
    /// The session is fresh again.
    Complete,
}

/// A step-up: the user of a session shows again that it is them.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = Kind("session_reverification")))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "session_reverification")]
pub struct SessionVerification {
    /// Which factors are checked.
    pub level: VerificationLevel,
    /// How far it has come.
    pub status: SessionVerificationStatus,
    /// Factors for the first step.
    pub supported_first_factors: Option<Vec<Factor>>,
    /// Factors for the second step.
    pub supported_second_factors: Option<Vec<Factor>>,
    /// State of the first step.
    #[serde(default)]
    pub first_factor_verification: Option<Verification>,
    /// State of the second step.
    #[serde(default)]
    pub second_factor_verification: Option<Verification>,
    /// The session as it is now.
    pub session: Session,
}

/// What the instance lets people do, as far as clients need to know.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = Kind("environment")))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "environment")]
pub struct Environment {
    /// How sessions work.
    #[serde(skip_deserializing)]
    pub auth_config: AuthConfig,
    /// Names and addresses to show.
    pub display_config: DisplayConfig,
    /// What accounts have.
    #[serde(skip_deserializing)]
    pub user_settings: UserSettings,
}

/// How sessions work.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuthConfig {
    /// Always true: one active session a client.
    pub single_session_mode: bool,
    /// Always true: sensitive changes need a fresh check.
    pub reverification: bool,
}

/// Names and addresses to show.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisplayConfig {
    /// Name of the instance.
    pub application_name: String,
    /// Always `production`.
    #[serde(skip_deserializing)]
    pub instance_environment_type: String,
    /// Page to sign in.
    #[serde(skip_deserializing)]
    pub sign_in_url: String,
    /// Page to sign up.
    #[serde(skip_deserializing)]
    pub sign_up_url: String,
    /// Page to manage the account.
    #[serde(skip_deserializing)]
    pub user_profile_url: String,
    /// Where to go after sign-in.
    #[serde(skip_deserializing)]
    pub after_sign_in_url: String,
    /// Where to go after sign-up.
    #[serde(skip_deserializing)]
    pub after_sign_up_url: String,
    /// Start page.
    #[serde(skip_deserializing)]
    pub home_url: String,
    /// Always `None`.
    #[serde(skip_deserializing)]
    pub captcha_public_key: Option<String>,
    /// Always `None`.
    #[serde(skip_deserializing)]
    pub captcha_widget_type: Option<String>,
}

/// What accounts have.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UserSettings {
    /// What accounts have, thing by thing.
    pub attributes: Attributes,
    /// Rules of the sign-up.
    pub sign_up: SignUpSettings,
    /// Rules against guessing.
    pub attack_protection: AttackProtection,
}

/// What accounts have, thing by thing.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Attributes {
    /// E-mail address.
    pub email_address: Attribute,
    /// User name.
    pub username: Attribute,
    /// Password.
    pub password: Attribute,
    /// Authenticator app.
    pub authenticator_app: Attribute,
    /// Backup codes.
    pub backup_code: Attribute,
}

/// Whether and what for accounts have one thing.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Attribute {
    /// Whether accounts can have it.
    pub enabled: bool,
    /// Whether every account must have it.
    pub required: bool,
    /// Whether it starts a sign-in.
    pub used_for_first_factor: bool,
    /// How it starts one.
    pub first_factors: Vec<Strategy>,
    /// Whether it completes a sign-in.
    pub used_for_second_factor: bool,
    /// How it completes one.
    pub second_factors: Vec<Strategy>,
    /// How it is verified.
    pub verifications: Vec<Strategy>,
    /// Whether it is verified at sign-up.
    pub verify_at_sign_up: bool,
}

/// Rules of the sign-up.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SignUpSettings {
    /// Rules of multi-factor authentication.
    pub mfa: SignUpMfa,
}

/// Whether everyone needs a second factor.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SignUpMfa {
    /// Whether everyone needs one.
    pub required: bool,
}

/// Rules against guessing.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AttackProtection {
    /// When an account is locked.
    pub user_lockout: UserLockout,
}

/// When an account is locked.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UserLockout {
    /// Always true.
    pub enabled: bool,
    /// Wrong codes or passwords in a row.
    pub max_attempts: u32,
    /// For how long, in minutes.
    pub duration_in_minutes: u64,
}

/// What happened to an account.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityEventKind {
    /// The account was made.
    SignUp,
    /// Somebody signed in.
    SignIn,
    /// A password or code was not right, or what it should open was over.
    AttemptFailed,
    /// So was this one, and it locked the account for a time.
    AccountLocked,
    /// The lock was lifted before its time.
    AccountUnlocked,
    /// A factor was checked again in a session.
    StepUp,
    /// A secret for an authenticator app was made.
    TotpCreated,
    /// The authenticator app was switched on by its first code, with backup codes where there were
    /// none; the other sessions ended.
    TotpVerified,
    /// The authenticator app and the backup codes were removed; the other sessions ended.
    TotpRemoved,
    /// The backup codes were replaced.
    BackupCodesCreated,
    /// A session was ended, by signing out or from elsewhere.
    SessionEnded,
    /// This administrator changed what is switched on for everyone.
    SettingsChanged,
    /// The account was barred, and all its sessions ended.
    AccountBanned,
    /// The account was barred no longer.
    AccountUnbanned,
    /// The account is gone with all that was its own. It happens to nobody who is left, so nobody's
    /// list has it.
    AccountDeleted,
    /// The backup codes were removed.
    BackupCodesRemoved,
    /// A service had a password or code checked, and it was right.
    FactorVerified,
    /// A new password was set by a code that came by mail, and somebody signed in by it; the other
    /// sessions ended.
    PasswordReset,
    /// The password was changed in a session; the other sessions ended.
    PasswordChanged,
    /// The server's encryption keys were rotated. It happens to no account, so nobody's list has it.
    KeysRotated,
}

/// On whose part something happened to an account.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventActor {
    /// Of whoever uses the account, or tries to.
    User,
    /// Of a service that has a key of the back-end API.
    BackEndApi,
    /// Of an administrator, in the dashboard.
    Administrator,
    /// Of somebody at the command line of the server.
    CommandLine,
}

/// Something that happened to an account (Twofold's own).
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(transform = Kind("security_event"))
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "security_event")]
pub struct SecurityEvent {
    /// `evt_…`
    pub id: String,
    /// What happened.
    pub kind: SecurityEventKind,
    /// On whose part.
    pub actor: EventActor,
    /// The factor that was checked, where one was.
    pub strategy: Option<Strategy>,
    /// The session that it happened in or to.
    pub session_id: Option<String>,
    /// The address that the request came from.
    pub ip_address: Option<String>,
    /// The browser, as it calls itself.
    pub user_agent: Option<String>,
    /// When it happened.
    pub created_at: Timestamp,
}

/// What administrators switch on and off (Twofold's own).
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(transform = Kind("multi_factor_settings"))
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "multi_factor_settings")]
pub struct MultiFactorSettings {
    /// Whether authenticator apps can be set up.
    pub authenticator_app: bool,
    /// Whether backup codes can be made.
    pub backup_code: bool,
    /// Whether everyone needs a second factor.
    pub required: bool,
}

/// An account as administrators see it (Twofold's own).
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ManagedUser {
    /// The account.
    pub user: User,
    /// In how many browsers its user is signed in.
    pub active_sessions: u64,
}

/// A part of the list of accounts, and how many there are (Twofold's own).
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ManagedUsers {
    /// The part, newest first.
    pub data: Vec<ManagedUser>,
    /// How many there are of what was searched for.
    pub total_count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_totp_names_its_kind_and_hides_its_secret() {
        let totp = Totp {
            id: "totp_1".to_owned(),
            secret: Some("GEZDGNBV".to_owned()),
            uri: Some("otpauth://totp/a".to_owned()),
            verified: false,
            backup_codes: None,
            created_at: Timestamp::from_millis(5),
            updated_at: Timestamp::from_millis(6),
        };
        assert_eq!(
            serde_json::to_string(&totp).unwrap(),
            r#"{"object":"totp","id":"totp_1","secret":"GEZDGNBV","uri":"otpauth://totp/a","verified":false,"backup_codes":null,"created_at":5,"updated_at":6}"#,
        );
        assert!(!format!("{totp:?}").contains("GEZDGNBV"));
        assert!(!format!("{totp:?}").contains("otpauth"));
    }

    #[test]
    fn an_empty_list_is_a_list() {
        assert_eq!(serde_json::to_string(&NoItems::default()).unwrap(), "[]");
        assert_eq!(serde_json::to_string(&NoFields::default()).unwrap(), "{}");
    }
}
