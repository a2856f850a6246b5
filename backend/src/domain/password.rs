//! Passwords: which one may be chosen, and choosing another.

use secrecy::SecretString;
use shared::{Timestamp, resources::Strategy};

use super::{Context, Fault, lockout};
use crate::{
    ids::SessionId,
    store::{PasswordChange, UserRecord},
    vault::{PasswordCheck, PasswordWeakness},
};

/// Why a new password cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    /// It is too easy to guess.
    #[error(transparent)]
    Weak(#[from] PasswordWeakness),
    /// The server's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why the password did not change.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The new password is too easy to guess. No attempt was spent.
    #[error(transparent)]
    Weak(PasswordWeakness),
    /// The account has a password, and it was not given.
    #[error("the current password is missing")]
    Missing,
    /// The current password is not right.
    #[error("the current password is not right")]
    Incorrect {
        /// How many more may fail before the account is locked.
        remaining: u32,
    },
    /// The account is locked: the current password was not looked at.
    #[error("the account is locked")]
    Locked {
        /// When attempts are admitted again.
        until: Timestamp,
    },
    /// The password or a factor changed in between.
    #[error("the credentials changed in between")]
    Over,
    /// The server's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<ChoiceError> for Error {
    fn from(error: ChoiceError) -> Self {
        match error {
            ChoiceError::Weak(weakness) => Self::Weak(weakness),
            ChoiceError::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<lockout::Error> for Error {
    fn from(error: lockout::Error) -> Self {
        match error {
            lockout::Error::Locked { until } => Self::Locked { until },
            lockout::Error::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// What is kept of a new password, if it is strong enough for somebody with that e-mail address
/// and user name.
pub async fn choose(
    context: &Context<'_>,
    password: SecretString,
    email: &str,
    username: Option<&str>,
) -> Result<String, ChoiceError> {
    let vault = context.vault;
    let known = [email.to_owned(), username.unwrap_or_default().to_owned()];
    vault
        .check_strength(password.clone(), known)
        .await
        .map_err(Fault::from)??;
    Ok(vault.hash_password(password).await.map_err(Fault::from)?)
}

/// Replaces the password of the user, who is signed in by `session`. An account without one asks for
/// none. All other sessions end, whatever the caller wishes: whoever changes a password because
/// somebody knows it must not have to think of that.
pub async fn change(
    context: &Context<'_>,
    user: &UserRecord,
    session: &SessionId,
    current: Option<SecretString>,
    new: SecretString,
) -> Result<(), Error> {
    let has_one = !user.password_hash.is_empty();
    if has_one && current.is_none() {
        return Err(Error::Missing);
    }
    // First, so that a new one that will not do costs no attempt at the old one.
    let password_hash = choose(context, new, &user.email, user.username.as_deref()).await?;
    let current = current.filter(|_| has_one);
    let checked = current.is_some();
    if let Some(current) = current {
        check(context, user, session, current).await?;
    }
    let change = PasswordChange {
        user_id: user.id.clone(),
        session_id: session.clone(),
        credentials_version: user.credentials_version,
        password_hash,
        checked,
    };
    let rule = context.policy.lockout;
    let changed = context
        .store
        .change_password(change, rule, &context.occasion())
        .await
        .map_err(Fault::from)?;
    if changed { Ok(()) } else { Err(Error::Over) }
}

async fn check(
    context: &Context<'_>,
    user: &UserRecord,
    session: &SessionId,
    password: SecretString,
) -> Result<(), Error> {
    let admitted = lockout::spend(context, &user.id, Some(session), Strategy::Password).await?;
    let check = context
        .vault
        .check_password(password, Some(&user.password_hash))
        .await
        .map_err(Fault::from)?;
    match check {
        PasswordCheck::Wrong => Err(Error::Incorrect {
            remaining: admitted.remaining,
        }),
        PasswordCheck::Right | PasswordCheck::RightRehashed(_) => Ok(()),
    }
}
