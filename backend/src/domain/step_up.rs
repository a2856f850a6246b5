//! Step-up: the user of a session shows again that it is them (`reverification` on the wire).
//!
//! It is begun for a level and asks for one factor after the other; the last one makes the session
//! fresh. Whoever presents a factor that is not asked for is refused before it is looked at.

use secrecy::SecretString;
use shared::resources::{Strategy, VerificationLevel};

use super::{Context, Fault, SIGN_IN_LIFETIME, lockout, second_factor};
use crate::{
    store::{Presented, Proof, SessionRecord, StepUp, StepUpRecord, StepUpStage, UserRecord},
    vault::{ClientToken, PasswordCheck},
};

/// Why a factor was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No step-up that asks for this factor is under way: none was begun, it is too old, another
    /// factor comes first, or the password or a factor changed in between.
    #[error("no step-up asks for this factor")]
    Missing,
    /// The session is over.
    #[error("the session is over")]
    SessionOver,
    /// The password is not right.
    #[error("the password is not right")]
    PasswordIncorrect {
        /// How many more may fail before the account is locked.
        remaining: u32,
    },
    /// The code was not accepted, or the account is locked and nothing was looked at.
    #[error(transparent)]
    Code(second_factor::Error),
    /// The server's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<lockout::Error> for Error {
    fn from(error: lockout::Error) -> Self {
        Self::Code(error.into())
    }
}

impl From<second_factor::Error> for Error {
    fn from(error: second_factor::Error) -> Self {
        match error {
            second_factor::Error::Over => Self::Missing,
            error => Self::Code(error),
        }
    }
}

/// A factor of a step-up, passed.
#[derive(Debug)]
pub struct Passed {
    /// The level that the step-up was begun for.
    pub level: VerificationLevel,
    /// What it asks for now; `None` once the session is fresh.
    pub asks_for: Option<StepUpStage>,
    /// The client's new token.
    pub token: ClientToken,
}

/// Begins a step-up in place of an earlier one of the session. Without a second factor, the
/// password is the strongest that a user has, and stands in for it.
pub async fn begin(
    context: &Context<'_>,
    session: &SessionRecord,
    user: &UserRecord,
    level: VerificationLevel,
) -> Result<StepUpRecord, Error> {
    let step_up = StepUpRecord {
        session_id: session.id.clone(),
        level,
        stage: first_stage(level, has_second_factor(user)),
        credentials_version: user.credentials_version,
        abandon_at: context.now.after(SIGN_IN_LIFETIME),
    };
    let started = context
        .store
        .start_step_up(step_up.clone(), context.now)
        .await
        .map_err(Fault::from)?;
    if started {
        Ok(step_up)
    } else {
        Err(Error::SessionOver)
    }
}

fn has_second_factor(user: &UserRecord) -> bool {
    user.totp_verified_at.is_some()
}

const fn first_stage(level: VerificationLevel, has_second_factor: bool) -> StepUpStage {
    match level {
        VerificationLevel::SecondFactor if has_second_factor => StepUpStage::NeedsSecondFactor,
        _ => StepUpStage::NeedsFirstFactor,
    }
}

/// Checks the password.
pub async fn attempt_first_factor(
    context: &Context<'_>,
    session: &SessionRecord,
    user: &UserRecord,
    password: SecretString,
) -> Result<Passed, Error> {
    let step_up = asking(context, session, user, StepUpStage::NeedsFirstFactor).await?;
    let admitted = lockout::spend(context, &user.id, Some(&session.id), Strategy::Password).await?;
    let check = context
        .vault
        .check_password(password, Some(&user.password_hash))
        .await
        .map_err(Fault::from)?;
    if check == PasswordCheck::Wrong {
        let remaining = admitted.remaining;
        return Err(Error::PasswordIncorrect { remaining });
    }
    match pass(context, session, user, step_up, Proof::Password).await? {
        (Presented::Accepted, passed) => Ok(passed),
        _ => Err(Error::Missing),
    }
}

/// Checks a code of the second factor.
pub async fn attempt_second_factor(
    context: &Context<'_>,
    session: &SessionRecord,
    user: &UserRecord,
    code: second_factor::Code,
) -> Result<Passed, Error> {
    let step_up = asking(context, session, user, StepUpStage::NeedsSecondFactor).await?;
    let admitted = second_factor::spend(context, &user.id, Some(&session.id), &code).await?;
    let proof = second_factor::proof(context, &user.id, code).await?.ok_or(
        second_factor::Error::Wrong {
            remaining: admitted.remaining,
        },
    )?;
    let (presented, passed) = pass(context, session, user, step_up, proof).await?;
    second_factor::outcome(presented, admitted)?;
    Ok(passed)
}

/// The step-up that asks for the factor of `stage`.
async fn asking(
    context: &Context<'_>,
    session: &SessionRecord,
    user: &UserRecord,
    stage: StepUpStage,
) -> Result<StepUpRecord, Error> {
    context
        .store
        .step_up(&session.id, context.now)
        .await
        .map_err(Fault::from)?
        .filter(|step_up| step_up.stage == stage)
        .filter(|step_up| step_up.credentials_version == user.credentials_version)
        .ok_or(Error::Missing)
}

async fn pass(
    context: &Context<'_>,
    session: &SessionRecord,
    user: &UserRecord,
    step_up: StepUpRecord,
    proof: Proof,
) -> Result<(Presented, Passed), Fault> {
    let token = context.vault.new_client_token();
    let goes_on = step_up.level == VerificationLevel::MultiFactor
        && step_up.stage == StepUpStage::NeedsFirstFactor
        && has_second_factor(user);
    let presented = context
        .store
        .complete_step_up(
            StepUp {
                session_id: session.id.clone(),
                stage: step_up.stage,
                goes_on,
                client_id: session.client_id.clone(),
                token_hash: token.hash(),
                user_id: user.id.clone(),
                proof,
                credentials_version: step_up.credentials_version,
            },
            context.policy.lockout,
            &context.occasion(),
        )
        .await?;
    let passed = Passed {
        level: step_up.level,
        asks_for: goes_on.then_some(StepUpStage::NeedsSecondFactor),
        token,
    };
    Ok((presented, passed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_factor_that_there_is_is_asked_for_first() {
        use StepUpStage::{NeedsFirstFactor, NeedsSecondFactor};
        use VerificationLevel::{FirstFactor, MultiFactor, SecondFactor};
        for (level, has_second_factor, stage) in [
            (FirstFactor, true, NeedsFirstFactor),
            (SecondFactor, true, NeedsSecondFactor),
            (SecondFactor, false, NeedsFirstFactor),
            (MultiFactor, true, NeedsFirstFactor),
            (MultiFactor, false, NeedsFirstFactor),
        ] {
            assert_eq!(first_stage(level, has_second_factor), stage, "{level:?}");
        }
    }
}
