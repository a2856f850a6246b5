//! Signing in: the password first, then, where the user has one, the second factor.
//!
//! A sign-in that still misses its second factor is no session and unlocks nothing but that
//! attempt. It belongs to the client that began it, and is over when the user's password or
//! factors change.

use secrecy::SecretString;
use shared::{Timestamp, resources::Strategy};

use super::{Context, Fault, SIGN_IN_LIFETIME, lockout, second_factor, session, sign_up};
use crate::{
    ids::{ClientId, SessionId, SignInId},
    store::{
        ClientRecord, NewSession, Presented, Proof, SignInCompletion, SignInRecord, SignInStage,
        UserRecord,
    },
    vault::PasswordCheck,
};

/// Why a sign-in did not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No account has that identifier with that password. Which of them is wrong is not told.
    #[error("identifier or password is not right")]
    Incorrect,
    /// The account is locked: the password was not looked at.
    #[error("the account is locked")]
    Locked {
        /// When attempts are admitted again.
        until: Timestamp,
    },
    /// Whoever runs the service has barred the account. Told only to who knows the password.
    #[error("the account is barred")]
    Banned,
    /// There is no such sign-in of this client, or it is over.
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

/// A sign-in as it is now.
#[derive(Debug)]
pub struct Progress {
    /// The sign-in.
    pub sign_in: SignInRecord,
    /// The browser's new tokens, where it has any.
    pub tokens: Option<session::NewTokens>,
}

/// Begins a sign-in on `client`, or on a new client. Whether the account exists is not told.
pub async fn begin(
    context: &Context<'_>,
    client: Option<&ClientRecord>,
    identifier: &str,
) -> Result<Progress, Fault> {
    let user = context
        .store
        .user_by_identifier(&sign_up::identifier(identifier))
        .await?;
    begin_for(context, client, identifier, user.as_ref()).await
}

/// Begins a sign-in and checks the password in one go. A wrong password leaves nothing behind.
pub async fn begin_with_password(
    context: &Context<'_>,
    client: Option<&ClientRecord>,
    identifier: &str,
    password: SecretString,
) -> Result<Progress, Error> {
    let user = context
        .store
        .user_by_identifier(&sign_up::identifier(identifier))
        .await
        .map_err(Fault::from)?;
    let rehashed = check_password(context, user.as_ref(), identifier, password).await?;
    let user = user.ok_or(Error::Incorrect)?;
    let begun = begin_for(context, client, identifier, Some(&user)).await?;
    let passed = pass_first_factor(context, begun.sign_in, &user, rehashed).await?;
    Ok(Progress {
        tokens: passed.tokens.or(begun.tokens),
        ..passed
    })
}

/// Checks the password of a sign-in that has begun, as it was looked up.
pub async fn attempt_first_factor(
    context: &Context<'_>,
    sign_in: SignInRecord,
    password: SecretString,
) -> Result<Progress, Error> {
    if !is_at(&sign_in, SignInStage::NeedsFirstFactor, context.now) {
        return Err(Error::NotFound);
    }
    let user = match &sign_in.user_id {
        Some(user) => context.store.user(user).await.map_err(Fault::from)?,
        None => None,
    };
    let rehashed = check_password(context, user.as_ref(), &sign_in.identifier, password).await?;
    let user = user.ok_or(Error::Incorrect)?;
    pass_first_factor(context, sign_in, &user, rehashed).await
}

/// Checks the code of a sign-in whose password was right, as it was looked up, and makes the
/// session.
pub async fn attempt_second_factor(
    context: &Context<'_>,
    sign_in: SignInRecord,
    code: second_factor::Code,
) -> Result<Progress, second_factor::Error> {
    if !is_at(&sign_in, SignInStage::NeedsSecondFactor, context.now) {
        return Err(second_factor::Error::Over);
    }
    let (Some(user), Some(password_at)) = (sign_in.user_id.clone(), sign_in.first_factor_at) else {
        return Err(second_factor::Error::Over);
    };
    let admitted = second_factor::spend(context, &user, None, &code).await?;
    let proof =
        second_factor::proof(context, &user, code)
            .await?
            .ok_or(second_factor::Error::Wrong {
                remaining: admitted.remaining,
            })?;
    let checked = session::Checked::PasswordAndCode { password_at };
    let client = sign_in.client_id.clone();
    let (session, tokens) = session::begin(context, client, user, checked);
    let (presented, sign_in) = complete(context, sign_in, proof, None, session).await?;
    second_factor::outcome(presented, admitted)?;
    Ok(Progress {
        sign_in,
        tokens: Some(tokens),
    })
}

/// The client's sign-in of that id, for looking at.
pub async fn look_up(
    context: &Context<'_>,
    client: &ClientId,
    id: &SignInId,
) -> Result<SignInRecord, Error> {
    context
        .store
        .sign_in(client)
        .await
        .map_err(Fault::from)?
        .filter(|sign_in| sign_in.id == *id)
        .ok_or(Error::NotFound)
}

/// Whether a sign-in asks for that stage's factor and is not too old. Whether it still is so in the
/// moment of success, the store decides.
pub(super) fn is_at(sign_in: &SignInRecord, stage: SignInStage, now: Timestamp) -> bool {
    sign_in.stage == stage && now < sign_in.abandon_at
}

async fn begin_for(
    context: &Context<'_>,
    client: Option<&ClientRecord>,
    identifier: &str,
    user: Option<&UserRecord>,
) -> Result<Progress, Fault> {
    let Context {
        store, vault, now, ..
    } = *context;
    let (client_id, tokens) = client_or_new(context, client).await?;
    let sign_in = SignInRecord {
        id: SignInId::generate(vault.random()),
        client_id,
        user_id: user.map(|user| user.id.clone()),
        identifier: identifier.trim().to_owned(),
        stage: SignInStage::NeedsFirstFactor,
        credentials_version: user.map_or(0, |user| user.credentials_version),
        first_factor_at: None,
        code_expire_at: None,
        new_password_hash: None,
        created_session_id: None,
        abandon_at: now.after(SIGN_IN_LIFETIME),
        created_at: now,
    };
    store.start_sign_in(sign_in.clone(), now).await?;
    Ok(Progress { sign_in, tokens })
}

/// The client, or a new one with its token.
pub(super) async fn client_or_new(
    context: &Context<'_>,
    client: Option<&ClientRecord>,
) -> Result<(ClientId, Option<session::NewTokens>), Fault> {
    let Context {
        store, vault, now, ..
    } = *context;
    if let Some(client) = client {
        return Ok((client.id.clone(), None));
    }
    let (id, token) = (ClientId::generate(vault.random()), vault.new_client_token());
    store.create_client(&id, &token.hash(), now).await?;
    Ok((id, Some(token.into())))
}

/// Checks a password, after an attempt is spent. An account that does not exist takes the same
/// time, and is locked like one that does. Gives the new hash where the stored one has old parameters.
async fn check_password(
    context: &Context<'_>,
    user: Option<&UserRecord>,
    identifier: &str,
    password: SecretString,
) -> Result<Option<String>, Error> {
    if let Some(user) = user {
        lockout::spend(context, &user.id, None, Strategy::Password).await?;
    } else {
        let identifier = sign_up::identifier(identifier);
        lockout::spend_on_nobody(context, &identifier, Strategy::Password).await?;
    }
    let hash = user.map(|user| user.password_hash.as_str());
    match context
        .vault
        .check_password(password, hash)
        .await
        .map_err(Fault::from)?
    {
        PasswordCheck::Right => Ok(None),
        PasswordCheck::RightRehashed(hash) => Ok(Some(hash)),
        PasswordCheck::Wrong => Err(Error::Incorrect),
    }
}

/// The password was right: on to the second factor, or to the session where there is none.
async fn pass_first_factor(
    context: &Context<'_>,
    sign_in: SignInRecord,
    user: &UserRecord,
    rehashed: Option<String>,
) -> Result<Progress, Error> {
    // Whoever is barred after this was read has other credentials: the sign-in is over then.
    if user.banned_at.is_some() {
        return Err(Error::Banned);
    }
    if user.totp_verified_at.is_some() {
        let rule = context.policy.lockout;
        let advanced = context
            .store
            .advance_sign_in(&sign_in, &user.id, rehashed, rule, &context.occasion())
            .await
            .map_err(Fault::from)?;
        if !advanced {
            return Err(Error::NotFound);
        }
        let sign_in = SignInRecord {
            stage: SignInStage::NeedsSecondFactor,
            first_factor_at: Some(context.now),
            ..sign_in
        };
        return Ok(Progress {
            sign_in,
            tokens: None,
        });
    }
    let (session, tokens) = session::begin(
        context,
        sign_in.client_id.clone(),
        user.id.clone(),
        session::Checked::Password,
    );
    match complete(context, sign_in, Proof::Password, rehashed, session).await? {
        (Presented::Accepted, sign_in) => Ok(Progress {
            sign_in,
            tokens: Some(tokens),
        }),
        _ => Err(Error::NotFound),
    }
}

/// Presents the proof to the store. The sign-in comes back complete where it was accepted.
pub(super) async fn complete(
    context: &Context<'_>,
    mut sign_in: SignInRecord,
    proof: Proof,
    rehashed_password: Option<String>,
    session: NewSession,
) -> Result<(Presented, SignInRecord), Fault> {
    let session_id: SessionId = session.id.clone();
    let completion = SignInCompletion {
        id: sign_in.id.clone(),
        stage: sign_in.stage,
        credentials_version: sign_in.credentials_version,
        proof,
        rehashed_password,
        new_password: sign_in.new_password_hash.clone(),
        session,
    };
    let presented = context
        .store
        .complete_sign_in(completion, &context.occasion())
        .await?;
    if presented == Presented::Accepted {
        sign_in.stage = SignInStage::Complete;
        sign_in.created_session_id = Some(session_id);
    }
    Ok((presented, sign_in))
}
