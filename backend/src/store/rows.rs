//! Rows as the statements name them, and the records that they become.

use shared::{Timestamp, resources::EventActor, totp::Step};
use sqlx::FromRow;

use super::{
    BackupCodeSet, ClientRecord, CodeFor, Device, EventRecord, KeptAccount, KeptBackupCodes,
    KeyUse, KeyUser, MailClaim, MailedCode, MailedCodeClaim, QueuedCode, QueuedMail, SessionRecord,
    Settings, SignInRecord, SignUpRecord, SigningKeyRecord, SpentOnCode, StepUpRecord, TotpRecord,
    UserRecord,
    error::Unreadable,
    texts::{actor, backup_code_kind, event_kind, level, stage, status, step_up_stage, strategy},
};

type Result<T> = std::result::Result<T, Unreadable>;

fn time(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

/// As the database keeps a time that may be missing.
pub(super) fn millis(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::millis)
}

/// As the database keeps a step. One beyond its range, millions of years ahead, is the last one.
pub(super) fn step_number(step: Step) -> i64 {
    i64::try_from(step.0).unwrap_or(i64::MAX)
}

/// As the database keeps a limit of attempts or counts them.
pub(super) fn count(column: &'static str, number: i64) -> Result<u32> {
    u32::try_from(number).map_err(|_| Unreadable {
        column,
        value: number.to_string(),
    })
}

/// Columns of a user and of what hangs on it.
#[derive(FromRow)]
pub(super) struct UserRow {
    user_id: String,
    email_id: String,
    email: String,
    email_verified_at: Option<i64>,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    password_hash: String,
    external_id: Option<String>,
    banned_at: Option<i64>,
    credentials_version: i64,
    failed_attempts: i64,
    locked_until: Option<i64>,
    totp_verified_at: Option<i64>,
    totp_last_used_at: Option<i64>,
    backup_codes_remaining: Option<i64>,
    mfa_enabled_at: Option<i64>,
    mfa_disabled_at: Option<i64>,
    last_sign_in_at: Option<i64>,
    user_created_at: i64,
    user_updated_at: i64,
}

impl TryFrom<UserRow> for UserRecord {
    type Error = Unreadable;

    fn try_from(row: UserRow) -> Result<Self> {
        Ok(Self {
            id: row.user_id.into(),
            email_id: row.email_id.into(),
            email: row.email,
            email_verified_at: time(row.email_verified_at),
            username: row.username,
            first_name: row.first_name,
            last_name: row.last_name,
            password_hash: row.password_hash,
            external_id: row.external_id,
            banned_at: time(row.banned_at),
            credentials_version: row.credentials_version,
            failed_attempts: count("failed_attempts", row.failed_attempts)?,
            locked_until: time(row.locked_until),
            totp_verified_at: time(row.totp_verified_at),
            totp_last_used_at: time(row.totp_last_used_at),
            backup_codes_remaining: row
                .backup_codes_remaining
                .map(|codes| count("backup_codes_remaining", codes))
                .transpose()?,
            mfa_enabled_at: time(row.mfa_enabled_at),
            mfa_disabled_at: time(row.mfa_disabled_at),
            last_sign_in_at: time(row.last_sign_in_at),
            created_at: Timestamp::from_millis(row.user_created_at),
            updated_at: Timestamp::from_millis(row.user_updated_at),
        })
    }
}

/// Columns of a client.
#[derive(FromRow)]
pub(super) struct ClientRow {
    id: String,
    last_active_session_id: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl From<ClientRow> for ClientRecord {
    fn from(row: ClientRow) -> Self {
        Self {
            id: row.id.into(),
            last_active_session_id: row.last_active_session_id.map(Into::into),
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        }
    }
}

/// Columns of a session.
#[derive(FromRow)]
pub(super) struct SessionRow {
    session_id: String,
    session_client_id: String,
    session_user_id: String,
    status: String,
    expire_at: i64,
    abandon_at: i64,
    last_active_at: i64,
    first_factor_at: Option<i64>,
    second_factor_at: Option<i64>,
    ip_address: Option<String>,
    user_agent: Option<String>,
    session_created_at: i64,
    session_updated_at: i64,
}

impl TryFrom<SessionRow> for SessionRecord {
    type Error = Unreadable;

    fn try_from(row: SessionRow) -> Result<Self> {
        Ok(Self {
            id: row.session_id.into(),
            client_id: row.session_client_id.into(),
            user_id: row.session_user_id.into(),
            status: status(row.status)?,
            expire_at: Timestamp::from_millis(row.expire_at),
            abandon_at: Timestamp::from_millis(row.abandon_at),
            last_active_at: Timestamp::from_millis(row.last_active_at),
            first_factor_at: time(row.first_factor_at),
            second_factor_at: time(row.second_factor_at),
            device: Device {
                ip_address: row.ip_address,
                user_agent: row.user_agent,
            },
            created_at: Timestamp::from_millis(row.session_created_at),
            updated_at: Timestamp::from_millis(row.session_updated_at),
        })
    }
}

/// A session with its user.
#[derive(FromRow)]
pub(super) struct SessionWithUserRow {
    #[sqlx(flatten)]
    session: SessionRow,
    #[sqlx(flatten)]
    user: UserRow,
}

impl TryFrom<SessionWithUserRow> for (SessionRecord, UserRecord) {
    type Error = Unreadable;

    fn try_from(row: SessionWithUserRow) -> Result<Self> {
        Ok((row.session.try_into()?, row.user.try_into()?))
    }
}

/// Columns of a recognition, but for the session and its user.
#[derive(FromRow)]
pub(super) struct RecognitionRow {
    #[sqlx(flatten)]
    settings: SettingsRow,
    client_id: Option<String>,
    last_active_session_id: Option<String>,
    client_created_at: Option<i64>,
    client_updated_at: Option<i64>,
    session_id: Option<String>,
}

impl RecognitionRow {
    /// Whether the row is of a session, too.
    pub(super) const fn has_session(&self) -> bool {
        self.session_id.is_some()
    }
}

impl From<RecognitionRow> for (Settings, Option<ClientRecord>) {
    fn from(row: RecognitionRow) -> Self {
        let times = row.client_created_at.zip(row.client_updated_at);
        let client = row.client_id.zip(times).map(|(id, times)| ClientRecord {
            id: id.into(),
            last_active_session_id: row.last_active_session_id.map(Into::into),
            created_at: Timestamp::from_millis(times.0),
            updated_at: Timestamp::from_millis(times.1),
        });
        (row.settings.into(), client)
    }
}

/// Columns of a sign-in.
#[derive(FromRow)]
pub(super) struct SignInRow {
    id: String,
    client_id: String,
    user_id: Option<String>,
    identifier: String,
    stage: String,
    credentials_version: i64,
    first_factor_at: Option<i64>,
    code_expire_at: Option<i64>,
    new_password_hash: Option<String>,
    created_session_id: Option<String>,
    abandon_at: i64,
    created_at: i64,
}

impl TryFrom<SignInRow> for SignInRecord {
    type Error = Unreadable;

    fn try_from(row: SignInRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            client_id: row.client_id.into(),
            user_id: row.user_id.map(Into::into),
            identifier: row.identifier,
            stage: stage(row.stage)?,
            credentials_version: row.credentials_version,
            first_factor_at: time(row.first_factor_at),
            code_expire_at: time(row.code_expire_at),
            new_password_hash: row.new_password_hash,
            created_session_id: row.created_session_id.map(Into::into),
            abandon_at: Timestamp::from_millis(row.abandon_at),
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

/// Columns of a sign-up.
#[derive(FromRow)]
pub(super) struct SignUpRow {
    id: String,
    client_id: String,
    email: String,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    password_hash: String,
    code_expire_at: Option<i64>,
    codes: i64,
    attempts: i64,
    abandon_at: i64,
    created_at: i64,
}

impl TryFrom<SignUpRow> for SignUpRecord {
    type Error = Unreadable;

    fn try_from(row: SignUpRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            client_id: row.client_id.into(),
            email: row.email,
            username: row.username,
            first_name: row.first_name,
            last_name: row.last_name,
            password_hash: row.password_hash,
            code_expire_at: time(row.code_expire_at),
            codes: count("sign_ups.codes", row.codes)?,
            attempts: count("sign_ups.attempts", row.attempts)?,
            abandon_at: Timestamp::from_millis(row.abandon_at),
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

/// Columns of the code that an attempt was spent on.
#[derive(FromRow)]
pub(super) struct SpentOnCodeRow {
    sealed_code: Vec<u8>,
    attempts: i64,
}

impl TryFrom<SpentOnCodeRow> for SpentOnCode {
    type Error = Unreadable;

    fn try_from(row: SpentOnCodeRow) -> Result<Self> {
        Ok(Self {
            sealed_code: row.sealed_code,
            attempts: count("sign_ups.attempts", row.attempts)?,
        })
    }
}

/// Columns of a step-up.
#[derive(FromRow)]
pub(super) struct StepUpRow {
    session_id: String,
    level: String,
    stage: String,
    credentials_version: i64,
    abandon_at: i64,
}

impl TryFrom<StepUpRow> for StepUpRecord {
    type Error = Unreadable;

    fn try_from(row: StepUpRow) -> Result<Self> {
        Ok(Self {
            session_id: row.session_id.into(),
            level: level(row.level)?,
            stage: step_up_stage(row.stage)?,
            credentials_version: row.credentials_version,
            abandon_at: Timestamp::from_millis(row.abandon_at),
        })
    }
}

/// Columns of an authenticator app.
#[derive(FromRow)]
pub(super) struct TotpRow {
    id: String,
    user_id: String,
    sealed_secret: Vec<u8>,
    verified_at: Option<i64>,
    last_step: Option<i64>,
    last_used_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<TotpRow> for TotpRecord {
    type Error = Unreadable;

    fn try_from(row: TotpRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            user_id: row.user_id.into(),
            sealed_secret: row.sealed_secret,
            verified_at: time(row.verified_at),
            last_step: row.last_step.map(step).transpose()?,
            last_used_at: time(row.last_used_at),
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}

fn step(number: i64) -> Result<Step> {
    u64::try_from(number).map(Step).map_err(|_| Unreadable {
        column: "totps.last_step",
        value: number.to_string(),
    })
}

/// Columns of a signing key.
#[derive(FromRow)]
pub(super) struct SigningKeyRow {
    id: String,
    generation: i64,
    sealed_key: Vec<u8>,
    signs_from: i64,
    created_at: i64,
}

impl From<SigningKeyRow> for SigningKeyRecord {
    fn from(row: SigningKeyRow) -> Self {
        Self {
            id: row.id.into(),
            generation: row.generation,
            sealed_key: row.sealed_key,
            signs_from: Timestamp::from_millis(row.signs_from),
            created_at: Timestamp::from_millis(row.created_at),
        }
    }
}

/// Columns of an event.
#[derive(FromRow)]
pub(super) struct EventRow {
    id: String,
    kind: String,
    actor: Option<String>,
    strategy: Option<String>,
    session_id: Option<String>,
    ip_address: Option<String>,
    user_agent: Option<String>,
    created_at: i64,
}

impl TryFrom<EventRow> for EventRecord {
    type Error = Unreadable;

    fn try_from(row: EventRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            kind: event_kind(row.kind)?,
            actor: row
                .actor
                .map(actor)
                .transpose()?
                .unwrap_or(EventActor::User),
            strategy: row.strategy.map(strategy).transpose()?,
            session_id: row.session_id.map(Into::into),
            device: Device {
                ip_address: row.ip_address,
                user_agent: row.user_agent,
            },
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

/// Columns of a mail with its event and where it goes.
#[derive(FromRow)]
pub(super) struct MailRow {
    #[sqlx(flatten)]
    event: EventRow,
    email: String,
    new_browser: i64,
    tries: i64,
}

impl TryFrom<MailRow> for QueuedMail {
    type Error = Unreadable;

    fn try_from(row: MailRow) -> Result<Self> {
        let event: EventRecord = row.event.try_into()?;
        Ok(Self {
            claim: MailClaim {
                event: event.id.clone(),
                tries: count("mails.tries", row.tries)?,
            },
            to: row.email,
            new_browser: row.new_browser == 1,
            event,
        })
    }
}

/// Columns of a code that waits to be typed.
#[derive(FromRow)]
pub(super) struct MailedCodeRow {
    sealed_code: Vec<u8>,
    expire_at: i64,
}

impl From<MailedCodeRow> for MailedCode {
    fn from(row: MailedCodeRow) -> Self {
        Self {
            sealed_code: row.sealed_code,
            expire_at: Timestamp::from_millis(row.expire_at),
        }
    }
}

/// Columns of a code to be sent.
#[derive(FromRow)]
pub(super) struct QueuedCodeRow {
    id: String,
    recipient: Option<String>,
    sealed_code: Vec<u8>,
    expire_at: i64,
    tries: i64,
    created_at: i64,
}

impl QueuedCodeRow {
    /// The code, of which the table tells what it is for.
    pub(super) fn queued<Id: From<String>>(
        self,
        code_for: fn(Id) -> CodeFor,
    ) -> Result<QueuedCode> {
        Ok(QueuedCode {
            claim: MailedCodeClaim {
                code_for: code_for(self.id.into()),
                tries: count("tries of a code", self.tries)?,
            },
            to: self.recipient.unwrap_or_default(),
            sealed_code: self.sealed_code,
            expire_at: Timestamp::from_millis(self.expire_at),
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

/// Columns of the settings.
#[derive(FromRow)]
pub(super) struct SettingsRow {
    authenticator_app: i64,
    backup_code: i64,
    mfa_required: i64,
    mfa_required_since: Option<i64>,
}

impl From<SettingsRow> for Settings {
    fn from(row: SettingsRow) -> Self {
        Self {
            authenticator_app: row.authenticator_app == 1,
            backup_code: row.backup_code == 1,
            required: row.mfa_required == 1,
            required_since: time(row.mfa_required_since),
        }
    }
}

/// Columns of a set of backup codes.
#[derive(FromRow)]
pub(super) struct BackupCodeSetRow {
    id: String,
    kind: String,
    salt: Vec<u8>,
    sealed_pepper: Option<Vec<u8>>,
}

impl TryFrom<BackupCodeSetRow> for BackupCodeSet {
    type Error = Unreadable;

    fn try_from(row: BackupCodeSetRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            kind: backup_code_kind(row.kind)?,
            salt: row.salt,
            sealed_pepper: row.sealed_pepper,
        })
    }
}

/// How much needs a key.
#[derive(FromRow)]
pub(super) struct KeyUseRow {
    key_user: String,
    key_id: Vec<u8>,
    uses: i64,
}

impl TryFrom<KeyUseRow> for KeyUse {
    type Error = Unreadable;

    fn try_from(row: KeyUseRow) -> Result<Self> {
        let user = match row.key_user.as_str() {
            "totp_secret" => KeyUser::TotpSecret,
            "signing_key" => KeyUser::SigningKey,
            "backup_code_set" => KeyUser::BackupCodeSet,
            _ => {
                return Err(Unreadable {
                    column: "key_user",
                    value: row.key_user,
                });
            }
        };
        Ok(Self {
            user,
            key_id: row.key_id,
            rows: count("uses", row.uses)?.into(),
        })
    }
}

/// An account with all that protects it, and one of its backup codes.
#[derive(FromRow)]
pub(super) struct KeptAccountRow {
    #[sqlx(flatten)]
    user: UserRow,
    totp_id: Option<String>,
    sealed_secret: Option<Vec<u8>>,
    totp_last_step: Option<i64>,
    totp_created_at: Option<i64>,
    totp_updated_at: Option<i64>,
    set_id: Option<String>,
    salt: Option<Vec<u8>>,
    sealed_pepper: Option<Vec<u8>>,
    set_kind: Option<String>,
    set_created_at: Option<i64>,
    code_hash: Option<Vec<u8>>,
    code_used_at: Option<i64>,
}

/// The accounts of such rows, in their order.
pub(super) fn kept_accounts(rows: Vec<KeptAccountRow>) -> Result<Vec<KeptAccount>> {
    let mut accounts: Vec<KeptAccount> = Vec::new();
    for mut row in rows {
        let code = row
            .code_hash
            .take()
            .map(|hash| (hash, time(row.code_used_at)));
        if accounts
            .last()
            .is_none_or(|account| account.user.id.as_str() != row.user.user_id)
        {
            accounts.push(row.try_into()?);
        }
        let codes = accounts
            .last_mut()
            .and_then(|account| account.backup_codes.as_mut());
        if let (Some(codes), Some(code)) = (codes, code) {
            codes.codes.push(code);
        }
    }
    Ok(accounts)
}

impl TryFrom<KeptAccountRow> for KeptAccount {
    type Error = Unreadable;

    /// Without the backup codes.
    fn try_from(row: KeptAccountRow) -> Result<Self> {
        let user: UserRecord = row.user.try_into()?;
        let totp = match (
            row.totp_id,
            row.sealed_secret,
            row.totp_created_at,
            row.totp_updated_at,
        ) {
            (Some(id), Some(sealed_secret), Some(created_at), Some(updated_at)) => {
                Some(TotpRecord {
                    id: id.into(),
                    user_id: user.id.clone(),
                    sealed_secret,
                    verified_at: user.totp_verified_at,
                    last_step: row.totp_last_step.map(step).transpose()?,
                    last_used_at: user.totp_last_used_at,
                    created_at: Timestamp::from_millis(created_at),
                    updated_at: Timestamp::from_millis(updated_at),
                })
            }
            _ => None,
        };
        let backup_codes = match (row.set_id, row.set_kind, row.salt, row.set_created_at) {
            (Some(id), Some(kind), Some(salt), Some(created_at)) => Some(KeptBackupCodes {
                set: BackupCodeSet {
                    id: id.into(),
                    kind: backup_code_kind(kind)?,
                    salt,
                    sealed_pepper: row.sealed_pepper,
                },
                codes: Vec::new(),
                created_at: Timestamp::from_millis(created_at),
            }),
            _ => None,
        };
        Ok(Self {
            user,
            totp,
            backup_codes,
        })
    }
}
