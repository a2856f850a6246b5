//! What operators do with accounts: for the back-end API, the dashboard and the command line.
//!
//! Each change is an event with its actor ([`Context::actor`]). Administrators are known by their
//! address in the configuration, and one of them has to be left: nothing but the command line takes
//! the last one away.

use secrecy::SecretString;
use shared::{
    Timestamp,
    resources::{SessionStatus, Strategy},
    totp::Secret,
};

use super::{Context, Fault, instance::is_administrator, lockout, second_factor, sign_up};
use crate::{
    ids::{EmailAddressId, SessionId, TotpId, UserId},
    store::{
        Actor, Changed, FactorCheck, KeepOne, NamesChange, NewAccount, NewTotp, NewUser, Proof,
        Removed, SessionRecord, UserRecord,
    },
    vault::{CodesRefused, HashRefused, PasswordCheck, PasswordHasher},
};

/// Longest name of an account in another system.
const LONGEST_EXTERNAL_ID: usize = 255;

/// What is to be known of a new account.
#[derive(Debug, Default)]
pub struct Account {
    /// E-mail address, as typed.
    pub email: String,
    /// Name to sign in with, as typed.
    pub username: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// The name of the account in another system; unique.
    pub external_id: Option<String>,
    /// The password.
    pub password: Password,
    /// When the account was made elsewhere.
    pub created_at: Option<Timestamp>,
    /// Whether it is barred from its beginning.
    pub banned: bool,
    /// Whether it is locked from its beginning.
    pub locked: bool,
    /// The secret of its authenticator app, in base32.
    pub totp_secret: Option<SecretString>,
    /// Its backup codes, plain or hashed by bcrypt.
    pub backup_codes: Option<Vec<SecretString>>,
}

/// The password of a new account.
#[derive(Debug, Default)]
pub enum Password {
    /// None: nobody can sign in before there is one.
    #[default]
    None,
    /// This one.
    Plain {
        /// It.
        password: SecretString,
        /// Whether it is taken though it is weak.
        unchecked: bool,
    },
    /// The one that another system has hashed.
    Hashed {
        /// How.
        hasher: PasswordHasher,
        /// Into what.
        digest: String,
    },
}

/// Why an account was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Address, name or password is not acceptable, or another account has it.
    #[error(transparent)]
    Person(#[from] sign_up::Error),
    /// That is no name of an account in another system.
    #[error("an external id has 1 to 255 characters, none of them a control character")]
    ExternalIdMalformed,
    /// The hash of the password cannot be kept.
    #[error("password: {0}")]
    Digest(HashRefused),
    /// The secret of the authenticator app cannot be kept.
    #[error("a TOTP secret is 16 to 64 bytes, in base32")]
    TotpMalformed,
    /// The backup codes cannot be kept.
    #[error(transparent)]
    Codes(CodesRefused),
    /// Backup codes stand in for an authenticator app, and there is none.
    #[error("backup codes need an authenticator app beside them")]
    CodesAlone,
    /// The operator has that factor switched off.
    #[error("that factor is switched off")]
    SwitchedOff,
    /// There is no such account, or it has no such factor.
    #[error("there is no such account or factor")]
    NotFound,
    /// It would leave no administrator.
    #[error("this is the only administrator left")]
    LastAdministrator,
    /// Administrators do this on the pages of their own account.
    #[error("administrators cannot do this to their own account")]
    Oneself,
    /// The server's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The account of that id.
pub async fn find(context: &Context<'_>, user: &UserId) -> Result<UserRecord, Error> {
    let found = context.store.user(user).await.map_err(Fault::from)?;
    found.ok_or(Error::NotFound)
}

/// The account with that id, e-mail address or user name, as people type them.
pub async fn find_by_name(context: &Context<'_>, name: &str) -> Result<UserRecord, Error> {
    if name.starts_with(UserId::PREFIX) {
        match find(context, &UserId::from(name.to_owned())).await {
            Err(Error::NotFound) => {}
            found => return found,
        }
    }
    let identifier = sign_up::identifier(name);
    let found = context.store.user_by_identifier(&identifier).await;
    found.map_err(Fault::from)?.ok_or(Error::NotFound)
}

/// Makes an account, with the factors that it has elsewhere. Nobody is signed in to it.
pub async fn create(context: &Context<'_>, account: Account) -> Result<UserRecord, Error> {
    let vault = context.vault;
    let email = sign_up::email_address(&account.email)?;
    let username = account.username.as_deref();
    let username = username.map(sign_up::username).transpose()?;
    sign_up::short_names(account.first_name.as_deref(), account.last_name.as_deref())?;
    if let Some(id) = &account.external_id {
        check_external_id(id)?;
    }
    let id = UserId::generate(vault.random());
    let totp = match account.totp_secret {
        Some(secret) => Some(imported_totp(context, &id, &secret)?),
        None => None,
    };
    let backup_codes = match account.backup_codes {
        None => None,
        Some(_) if !context.settings.backup_code => return Err(Error::SwitchedOff),
        Some(_) if totp.is_none() => return Err(Error::CodesAlone),
        Some(codes) => {
            let codes = vault.import_backup_codes(codes).await;
            Some(codes.map_err(Fault::from)?.map_err(Error::Codes)?)
        }
    };
    let known = [email.clone(), username.clone().unwrap_or_default()];
    let password_hash = password_hash(context, account.password, known).await?;
    let account = NewAccount {
        user: NewUser {
            id: id.clone(),
            email_id: EmailAddressId::generate(vault.random()),
            email,
            username,
            first_name: account.first_name,
            last_name: account.last_name,
            password_hash,
        },
        external_id: account.external_id,
        created_at: account.created_at.map(|at| at.min(context.now)),
        banned: account.banned,
        locked_until: account.locked.then(|| locked_until(context)),
        totp,
        backup_codes,
    };
    let created = context
        .store
        .create_account(account, &context.occasion())
        .await
        .map_err(Fault::from)?;
    created.map_err(sign_up::Error::Taken)?;
    find(context, &id).await
}

/// Refuses what is no name of an account in another system.
pub(crate) fn check_external_id(id: &str) -> Result<(), Error> {
    let length = id.chars().count();
    if (1..=LONGEST_EXTERNAL_ID).contains(&length) && !id.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(Error::ExternalIdMalformed)
    }
}

fn imported_totp(
    context: &Context<'_>,
    user: &UserId,
    secret: &SecretString,
) -> Result<NewTotp, Error> {
    use secrecy::ExposeSecret;

    if !context.settings.authenticator_app {
        return Err(Error::SwitchedOff);
    }
    let secret = Secret::from_base32(secret.expose_secret()).map_err(|_| Error::TotpMalformed)?;
    let id = TotpId::generate(context.vault.random());
    Ok(NewTotp {
        sealed_secret: context.vault.seal_totp_secret(&secret, user, &id),
        id,
        user_id: user.clone(),
    })
}

async fn password_hash(
    context: &Context<'_>,
    password: Password,
    known: [String; 2],
) -> Result<String, Error> {
    let vault = context.vault;
    match password {
        Password::None => Ok(String::new()),
        Password::Hashed { hasher, digest } => {
            let checked = vault.check_password_hash(hasher, &digest);
            checked.map_err(Error::Digest)?;
            Ok(digest)
        }
        Password::Plain {
            password,
            unchecked,
        } => {
            if !unchecked {
                let strength = vault.check_strength(password.clone(), known).await;
                let strength = strength.map_err(Fault::from)?;
                strength.map_err(sign_up::Error::Weak)?;
            }
            let hash = vault.hash_password(password).await;
            Ok(hash.map_err(Fault::from)?)
        }
    }
}

/// Changes the names of an account; what is `None` stays.
pub async fn rename(
    context: &Context<'_>,
    user: &UserId,
    change: NamesChange,
) -> Result<UserRecord, Error> {
    let username = change.username.as_deref();
    let username = username.map(sign_up::username).transpose()?;
    sign_up::short_names(change.first_name.as_deref(), change.last_name.as_deref())?;
    if let Some(id) = &change.external_id {
        check_external_id(id)?;
    }
    let change = NamesChange { username, ..change };
    let renamed = context
        .store
        .rename_account(user, change, &context.occasion())
        .await
        .map_err(Fault::from)?;
    if renamed.map_err(sign_up::Error::Taken)? {
        find(context, user).await
    } else {
        Err(Error::NotFound)
    }
}

/// Deletes the account with all that is its own.
pub async fn delete(context: &Context<'_>, user: &UserRecord) -> Result<(), Error> {
    let occasion = context.occasion();
    let keep_one = keep_one(context, user);
    let deleted = context.store.delete_account(&user.id, keep_one, &occasion);
    outcome(deleted.await.map_err(Fault::from)?)
}

/// Takes second factors away from the account, and ends its sessions with the authenticator app.
pub async fn remove_factors(
    context: &Context<'_>,
    user: &UserRecord,
    removed: Removed,
) -> Result<(), Error> {
    let occasion = context.occasion();
    let keep_one = keep_one(context, user);
    let removed = context
        .store
        .remove_factors(&user.id, removed, keep_one, &occasion);
    outcome(removed.await.map_err(Fault::from)?)
}

/// Bars the account: its sessions end, and nobody signs in to it.
pub async fn ban(context: &Context<'_>, user: &UserRecord) -> Result<(), Error> {
    let occasion = context.occasion();
    let keep_one = keep_one(context, user);
    let banned = context.store.ban(&user.id, keep_one, &occasion);
    outcome(banned.await.map_err(Fault::from)?)
}

/// Bars the account no longer.
pub async fn unban(context: &Context<'_>, user: &UserRecord) -> Result<(), Error> {
    let occasion = context.occasion();
    let unbanned = context.store.unban(&user.id, &occasion);
    outcome(unbanned.await.map_err(Fault::from)?)
}

/// Locks the account as too many wrong attempts do, for browsers that it knows as well.
pub async fn lock(context: &Context<'_>, user: &UserRecord) -> Result<(), Error> {
    let occasion = context.occasion();
    let until = locked_until(context);
    let keep_one = keep_one(context, user);
    let locked = context.store.lock(&user.id, until, keep_one, &occasion);
    outcome(locked.await.map_err(Fault::from)?)
}

/// Lifts whatever lock there is, also of browsers that the account knows.
pub async fn unlock(context: &Context<'_>, user: &UserRecord) -> Result<(), Error> {
    let occasion = context.occasion();
    let unlocked = context.store.unlock(&user.id, &occasion);
    unlocked.await.map_err(Fault::from)?;
    Ok(())
}

/// Ends a session wherever it is.
pub async fn revoke_session(context: &Context<'_>, session: &SessionRecord) -> Result<(), Error> {
    let occasion = context.occasion();
    let status = SessionStatus::Revoked;
    let ended = context
        .store
        .end_session(&session.user_id, &session.id, status, &occasion);
    if ended.await.map_err(Fault::from)? {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// The session of that id with its user, over or not.
pub async fn find_session(
    context: &Context<'_>,
    session: &SessionId,
) -> Result<(SessionRecord, UserRecord), Error> {
    let found = context.store.session(session).await;
    found.map_err(Fault::from)?.ok_or(Error::NotFound)
}

fn locked_until(context: &Context<'_>) -> Timestamp {
    context.now.after(context.policy.lockout.duration)
}

/// Of whom one has to be left, where the user is one of them.
fn keep_one<'a>(context: &Context<'a>, user: &UserRecord) -> KeepOne<'a> {
    let matters = is_administrator(context, user) && *context.actor != Actor::CommandLine;
    matters.then_some(&context.policy.administrators)
}

const fn outcome(changed: Changed) -> Result<(), Error> {
    match changed {
        Changed::Done | Changed::Already => Ok(()),
        Changed::NotFound => Err(Error::NotFound),
        Changed::LastAdministrator => Err(Error::LastAdministrator),
    }
}

/// Why a password or code that a service wants checked is not right.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The account is barred: nothing was looked at.
    #[error("the account is barred")]
    Banned,
    /// The password is not right.
    #[error("the password is not right")]
    PasswordIncorrect {
        /// How many more may fail before the account is locked.
        remaining: u32,
    },
    /// The code is not right, or the account is locked and nothing was looked at.
    #[error(transparent)]
    Code(#[from] second_factor::Error),
    /// The server's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<lockout::Error> for CheckError {
    fn from(error: lockout::Error) -> Self {
        Self::Code(error.into())
    }
}

/// Checks a code for a service, exactly as a sign-in does: it is counted before it is looked at, and
/// accepted once.
pub async fn check_code(
    context: &Context<'_>,
    user: &UserRecord,
    code: second_factor::Code,
) -> Result<Strategy, CheckError> {
    if user.banned_at.is_some() {
        return Err(CheckError::Banned);
    }
    let strategy = code.strategy();
    let admitted = second_factor::spend(context, &user.id, None, &code).await?;
    let remaining = admitted.remaining;
    let proof = second_factor::proof(context, &user.id, code).await?;
    let proof = proof.ok_or(second_factor::Error::Wrong { remaining })?;
    let presented = accept(context, user, proof).await?;
    second_factor::outcome(presented, admitted)?;
    Ok(strategy)
}

/// Checks a password for a service, and counts it like any other attempt.
pub async fn check_password(
    context: &Context<'_>,
    user: &UserRecord,
    password: SecretString,
) -> Result<(), CheckError> {
    if user.banned_at.is_some() {
        return Err(CheckError::Banned);
    }
    let admitted = lockout::spend(context, &user.id, None, Strategy::Password).await?;
    let hash = Some(user.password_hash.as_str());
    let check = context.vault.check_password(password, hash).await;
    if check.map_err(Fault::from)? == PasswordCheck::Wrong {
        let remaining = admitted.remaining;
        return Err(CheckError::PasswordIncorrect { remaining });
    }
    let presented = accept(context, user, Proof::Password).await?;
    Ok(second_factor::outcome(presented, admitted)?)
}

async fn accept(
    context: &Context<'_>,
    user: &UserRecord,
    proof: Proof,
) -> Result<crate::store::Presented, Fault> {
    let check = FactorCheck {
        user: user.id.clone(),
        credentials_version: user.credentials_version,
        proof,
    };
    let rule = context.policy.lockout;
    let occasion = context.occasion();
    Ok(context.store.accept_factor(check, rule, &occasion).await?)
}
