//! Setting a new password by a code that is sent to the account's e-mail address, for people who
//! forgot theirs (OWASP Forgot Password Cheat Sheet, NIST SP 800-63B-4 §4.2).
//!
//! It is a sign-in whose first factor is the code. The code opens nothing but the choice of a new
//! password, and the second factor is asked for as after a password. Where there is one, the new
//! password waits beside the sign-in and becomes the account's in the transaction that completes
//! it: whoever reads the owner's mail and nothing else neither gets in nor takes the old password
//! from the owner.
//!
//! Whether an account exists is not told: the same work is done for an identifier that nobody has,
//! and the mail is sent, or not, in the background.

use std::time::Duration;

use secrecy::SecretString;
use shared::{OtpCode, Timestamp, resources::Strategy};

use super::{
    Context, Fault, SIGN_IN_LIFETIME, lockout, password, session,
    sign_in::{self, Progress, is_at},
    sign_up,
};
use crate::{
    ids::UserId,
    store::{
        ClientRecord, CodeFor, MailedCode, NewMailedCode, Presented, Proof, SignInRecord,
        SignInStage, UserRecord,
    },
    vault::PasswordWeakness,
};

/// How long a code is good for: the most that NIST SP 800-63B-4 §3.1.3.2 allows.
pub const CODE_LIFETIME: Duration = Duration::from_mins(10);

/// Why a reset did not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server sends no mails.
    #[error("no code can be sent by mail")]
    SwitchedOff,
    /// The code is not right, or no account has the identifier.
    #[error("the code is not right")]
    Incorrect,
    /// The new password is too easy to guess.
    #[error(transparent)]
    Weak(PasswordWeakness),
    /// The account is locked: the code was not looked at.
    #[error("the account is locked")]
    Locked {
        /// When attempts are admitted again.
        until: Timestamp,
    },
    /// Whoever runs the service has barred the account. Told only to who knows the code.
    #[error("the account is barred")]
    Banned,
    /// There is no such sign-in of this client, it asks for something else, no code was sent for it,
    /// or it is over.
    #[error("there is no such sign-in (any more)")]
    NotFound,
    /// The server's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<lockout::Error> for Error {
    fn from(error: lockout::Error) -> Self {
        match error {
            lockout::Error::Locked { until } => Self::Locked { until },
            lockout::Error::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<password::ChoiceError> for Error {
    fn from(error: password::ChoiceError) -> Self {
        match error {
            password::ChoiceError::Weak(weakness) => Self::Weak(weakness),
            password::ChoiceError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// Begins a sign-in on `client`, or on a new client, and sends a code for it.
pub async fn begin(
    context: &Context<'_>,
    client: Option<&ClientRecord>,
    identifier: &str,
) -> Result<Progress, Error> {
    if !context.policy.password_reset {
        return Err(Error::SwitchedOff);
    }
    let begun = sign_in::begin(context, client, identifier).await?;
    let sign_in = send_code(context, begun.sign_in).await?;
    Ok(Progress { sign_in, ..begun })
}

/// Sends a code for the sign-in, in place of an earlier one.
pub async fn send_code(
    context: &Context<'_>,
    sign_in: SignInRecord,
) -> Result<SignInRecord, Error> {
    let Context {
        store, vault, now, ..
    } = *context;
    if !context.policy.password_reset {
        return Err(Error::SwitchedOff);
    }
    let user = user_of(context, &sign_in).await?;
    let expire_at = now.after(CODE_LIFETIME);
    let code = NewMailedCode {
        sign_in_id: sign_in.id.clone(),
        recipient: user.map(|user| user.email),
        sealed_code: vault.new_mailed_code(&CodeFor::NewPassword(sign_in.id.clone())),
        expire_at,
    };
    if !store
        .keep_mailed_code(code, now)
        .await
        .map_err(Fault::from)?
    {
        return Err(Error::NotFound);
    }
    Ok(SignInRecord {
        code_expire_at: Some(expire_at),
        ..sign_in
    })
}

/// Checks the code, after an attempt is spent.
pub async fn attempt_code(
    context: &Context<'_>,
    sign_in: SignInRecord,
    code: OtpCode,
) -> Result<Progress, Error> {
    let Context { store, now, .. } = *context;
    let kept = store.mailed_code(&sign_in.id).await.map_err(Fault::from)?;
    let kept = kept.filter(|kept| now < kept.expire_at);
    let (true, Some(kept)) = (is_at(&sign_in, SignInStage::NeedsFirstFactor, now), kept) else {
        return Err(Error::NotFound);
    };
    let user = user_of(context, &sign_in).await?;
    let user = check(context, &sign_in, user, &kept, &code).await?;
    if user.banned_at.is_some() {
        return Err(Error::Banned);
    }
    let until = now.after(SIGN_IN_LIFETIME);
    let (rule, occasion) = (context.policy.lockout, context.occasion());
    let accepted = store
        .accept_mailed_code(
            &sign_in,
            &user.id,
            &kept.sealed_code,
            until,
            rule,
            &occasion,
        )
        .await
        .map_err(Fault::from)?;
    if !accepted {
        return Err(Error::NotFound);
    }
    Ok(Progress {
        sign_in: SignInRecord {
            stage: SignInStage::NeedsNewPassword,
            first_factor_at: Some(now),
            code_expire_at: None,
            abandon_at: until,
            ..sign_in
        },
        tokens: None,
    })
}

/// Takes the new password. Where the account has no second factor it is the account's from here on,
/// and the browser is signed in.
pub async fn set_password(
    context: &Context<'_>,
    sign_in: SignInRecord,
    password: SecretString,
) -> Result<Progress, Error> {
    let Context { store, now, .. } = *context;
    if !is_at(&sign_in, SignInStage::NeedsNewPassword, now) {
        return Err(Error::NotFound);
    }
    let user = user_of(context, &sign_in).await?;
    // A change from here on is found when the sign-in is completed.
    let user = user
        .filter(|user| user.credentials_version == sign_in.credentials_version)
        .ok_or(Error::NotFound)?;
    let hash = password::choose(context, password, &user.email, user.username.as_deref()).await?;
    if user.totp_verified_at.is_none() {
        return sign_in_with(context, sign_in, user, hash).await;
    }
    let kept = store.keep_new_password(&sign_in, &hash, now);
    if !kept.await.map_err(Fault::from)? {
        return Err(Error::NotFound);
    }
    Ok(Progress {
        sign_in: SignInRecord {
            stage: SignInStage::NeedsSecondFactor,
            new_password_hash: Some(hash),
            ..sign_in
        },
        tokens: None,
    })
}

async fn sign_in_with(
    context: &Context<'_>,
    sign_in: SignInRecord,
    user: UserRecord,
    password_hash: String,
) -> Result<Progress, Error> {
    let client = sign_in.client_id.clone();
    let (session, tokens) = session::begin(context, client, user.id, session::Checked::Password);
    let sign_in = SignInRecord {
        new_password_hash: Some(password_hash),
        ..sign_in
    };
    match sign_in::complete(context, sign_in, Proof::Password, None, session).await? {
        (Presented::Accepted, sign_in) => Ok(Progress {
            sign_in,
            tokens: Some(tokens),
        }),
        _ => Err(Error::NotFound),
    }
}

/// Whom the sign-in would sign in.
async fn user_of(
    context: &Context<'_>,
    sign_in: &SignInRecord,
) -> Result<Option<UserRecord>, Fault> {
    // Where there is none, one is looked for all the same.
    let id = sign_in.user_id.clone();
    let id = id.unwrap_or_else(|| UserId::from(String::new()));
    Ok(context.store.user(&id).await?)
}

/// An account that does not exist has a code as well, which nobody has seen and is never right.
async fn check(
    context: &Context<'_>,
    sign_in: &SignInRecord,
    user: Option<UserRecord>,
    kept: &MailedCode,
    code: &OtpCode,
) -> Result<UserRecord, Error> {
    let strategy = Strategy::ResetPasswordEmailCode;
    if let Some(user) = &user {
        lockout::spend(context, &user.id, None, strategy).await?;
    } else {
        let identifier = sign_up::identifier(&sign_in.identifier);
        lockout::spend_on_nobody(context, &identifier, strategy).await?;
    }
    let vault = context.vault;
    // Beside this work nobody sees which of the two counts was raised.
    let work = vault.check_password(code.as_str().into(), None);
    work.await.map_err(Fault::from)?;
    let is_right = vault
        .is_mailed_code(
            &CodeFor::NewPassword(sign_in.id.clone()),
            &kept.sealed_code,
            code,
        )
        .map_err(Fault::from)?;
    user.filter(|_| is_right).ok_or(Error::Incorrect)
}
