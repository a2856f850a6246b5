//! The authenticator app: create a secret, verify its first code, remove it.

use shared::{
    BackupCode, OtpCode, Timestamp,
    resources::Strategy,
    totp::{Secret, matched_step, otpauth_uri},
};

use super::{Context, Fault, TOTP_SETUP_LIFETIME, lockout, second_factor};
use crate::{
    ids::{SessionId, TotpId},
    store::{NewTotp, RemovedTotp, TotpRecord, TotpVerification, UserRecord},
};

/// Why there is no new secret.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The authenticator app is set up already.
    #[error("the authenticator app is set up already")]
    AlreadyEnabled,
    /// The operator has authenticator apps switched off.
    #[error("authenticator apps are switched off")]
    SwitchedOff,
    /// The server's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A new secret, which leaves the server this once.
#[derive(Debug)]
pub struct Created {
    /// The authenticator app.
    pub id: TotpId,
    /// The secret that the user's app has to know.
    pub secret: Secret,
    /// The same as a key URI, which is a secret as well.
    pub uri: String,
}

/// Makes a secret for the user, in place of an earlier one that was never verified. Nothing about
/// sign-in changes before its first code is verified.
pub async fn create(context: &Context<'_>, user: &UserRecord) -> Result<Created, CreateError> {
    if !context.settings.authenticator_app {
        return Err(CreateError::SwitchedOff);
    }
    let vault = context.vault;
    let id = TotpId::generate(vault.random());
    let secret = vault.new_totp_secret();
    let totp = NewTotp {
        id: id.clone(),
        user_id: user.id.clone(),
        sealed_secret: vault.seal_totp_secret(&secret, &user.id, &id),
    };
    if !context
        .store
        .create_totp(totp, &context.occasion())
        .await
        .map_err(Fault::from)?
    {
        return Err(CreateError::AlreadyEnabled);
    }
    let uri = otpauth_uri(&context.policy.issuer, &user.email, &secret);
    Ok(Created { id, secret, uri })
}

/// Why the first code was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// There is no secret that waits for its first code (any more).
    #[error("there is no authenticator app to verify")]
    NotFound,
    /// The authenticator app is verified already.
    #[error("the authenticator app is set up already")]
    AlreadyEnabled,
    /// The operator has authenticator apps switched off.
    #[error("authenticator apps are switched off")]
    SwitchedOff,
    /// The code was not accepted.
    #[error(transparent)]
    Code(#[from] second_factor::Error),
    /// The server's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<lockout::Error> for VerifyError {
    fn from(error: lockout::Error) -> Self {
        Self::Code(error.into())
    }
}

/// The authenticator app, verified.
#[derive(Debug)]
pub struct Verified {
    /// It.
    pub totp: TotpRecord,
    /// The first backup codes, where the user had none. They leave the server this once.
    pub backup_codes: Option<Vec<BackupCode>>,
}

/// Accepts the first code of the user's secret: from now on sign-in asks for codes. The code is
/// used up for sign-in as well, and the user's other sessions end.
pub async fn verify(
    context: &Context<'_>,
    user: &UserRecord,
    session: &SessionId,
    code: &OtpCode,
) -> Result<Verified, VerifyError> {
    let Context {
        store,
        vault,
        settings,
        now,
        ..
    } = *context;
    if !settings.authenticator_app {
        return Err(VerifyError::SwitchedOff);
    }
    let totp = store
        .totp(&user.id)
        .await
        .map_err(Fault::from)?
        .ok_or(VerifyError::NotFound)?;
    if totp.verified_at.is_some() {
        return Err(VerifyError::AlreadyEnabled);
    }
    let made_after = oldest_setup(now);
    if totp.created_at <= made_after {
        return Err(VerifyError::NotFound);
    }
    let admitted = lockout::spend(context, &user.id, Some(session), Strategy::Totp).await?;
    let secret = vault.open_totp_secret(&totp).map_err(Fault::from)?;
    let step = matched_step(&secret, code, now).ok_or(second_factor::Error::Wrong {
        remaining: admitted.remaining,
    })?;
    let wants_codes = settings.backup_code && user.backup_codes_remaining.is_none();
    let (codes, stored) = if wants_codes {
        let (codes, stored) = vault.new_backup_codes().await.map_err(Fault::from)?;
        (Some(codes), Some(stored))
    } else {
        (None, None)
    };
    let verification = TotpVerification {
        id: totp.id.clone(),
        user_id: user.id.clone(),
        step,
        made_after,
        session_id: session.clone(),
        backup_codes: stored,
    };
    let (presented, codes_kept) = store
        .verify_totp(verification, &context.occasion())
        .await
        .map_err(Fault::from)?;
    match second_factor::outcome(presented, admitted) {
        Ok(()) => {}
        // Somebody was faster: a second click, or another tab.
        Err(second_factor::Error::Over) => return Err(VerifyError::AlreadyEnabled),
        Err(error) => return Err(error.into()),
    }
    Ok(Verified {
        totp: TotpRecord {
            verified_at: Some(now),
            last_step: Some(step),
            last_used_at: Some(now),
            updated_at: now,
            ..totp
        },
        backup_codes: codes.filter(|_| codes_kept),
    })
}

/// A secret made at this point or before waits for its first code no longer.
fn oldest_setup(now: Timestamp) -> Timestamp {
    let lifetime = i64::try_from(TOTP_SETUP_LIFETIME.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.millis().saturating_sub(lifetime))
}

/// Why the authenticator app was not removed.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// There is none.
    #[error("there is no authenticator app to remove")]
    NotFound,
    /// It is the last second factor, and everyone needs one.
    #[error("the last second factor cannot go while everyone needs one")]
    Required,
    /// The server's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Removes the user's authenticator app, verified or not; the backup codes go with a verified one.
pub async fn remove(
    context: &Context<'_>,
    user: &UserRecord,
    session: &SessionId,
) -> Result<TotpId, RemoveError> {
    if context.settings.required && user.totp_verified_at.is_some() {
        return Err(RemoveError::Required);
    }
    match context
        .store
        .remove_totp(&user.id, session, &context.occasion())
        .await
        .map_err(Fault::from)?
    {
        RemovedTotp::None => Err(RemoveError::NotFound),
        RemovedTotp::Unverified(id) | RemovedTotp::Verified(id) => Ok(id),
    }
}
