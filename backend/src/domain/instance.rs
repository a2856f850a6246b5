//! What the operator switches on and off for everyone.

use super::{Context, Fault};
use crate::store::{Settings, SettingsChange, UserRecord};

/// Why the settings were not changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Only administrators may see and change them.
    #[error("the user is no administrator")]
    NotAdministrator,
    /// Administrators need a second factor themselves before they decide on those of others.
    #[error("the administrator has no second factor")]
    NoSecondFactor,
    /// Everyone would need a second factor that nobody can set up.
    #[error("multi-factor authentication cannot be required without the authenticator app")]
    Unattainable,
    /// The server's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Whether a user may decide for everyone.
pub fn is_administrator(context: &Context<'_>, user: &UserRecord) -> bool {
    context.policy.administrators.contains(&user.email)
}

/// The settings, for an administrator.
pub fn settings(context: &Context<'_>, user: &UserRecord) -> Result<Settings, Error> {
    if is_administrator(context, user) {
        Ok(context.settings)
    } else {
        Err(Error::NotAdministrator)
    }
}

/// Whether the user is an administrator who may decide about others, and see their accounts: one with
/// a second factor.
pub fn may_manage_users(context: &Context<'_>, user: &UserRecord) -> Result<(), Error> {
    settings(context, user)?;
    match user.totp_verified_at {
        Some(_) => Ok(()),
        None => Err(Error::NoSecondFactor),
    }
}

/// Changes the settings, in force on every server from its next request on. Factors that people
/// have go on protecting their accounts, also of a kind that is switched off.
pub async fn change_settings(
    context: &Context<'_>,
    user: &UserRecord,
    change: SettingsChange,
) -> Result<Settings, Error> {
    may_manage_users(context, user)?;
    context
        .store
        .change_settings(change, &user.id, &context.occasion())
        .await
        .map_err(Fault::from)?
        .ok_or(Error::Unattainable)
}
