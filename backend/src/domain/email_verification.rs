//! Verifying the e-mail address of a sign-up, by a code that is sent there.
//!
//! There is no account before the code was right: whoever signs up with somebody else's address takes
//! nothing from them. Until then the sign-up waits beside the client that began it, and the unique
//! indexes of the accounts decide at its end, as at a sign-up without a code.
//!
//! Guesses are few, since each code has few attempts and each sign-up few codes, and since mails to
//! one address follow each other slowly (`http/rate_limits.rs`). Nothing is counted against the
//! address beyond that: a count that locks would keep its owner from signing up.

use std::time::Duration;

use shared::OtpCode;

use super::{
    Context, Fault, SIGN_IN_LIFETIME,
    password_reset::CODE_LIFETIME,
    session::NewTokens,
    sign_in,
    sign_up::{self, Applicant, Application, SignedUp},
};
use crate::{
    ids::{ClientId, SignUpId},
    store::{ClientRecord, CodeFor, NewSignUpCode, SignUpCompletion, SignUpRecord, Taken},
};

/// So many attempts at one code.
pub const CODE_ATTEMPTS: u32 = 5;
/// So many codes a sign-up may ask for.
pub const CODES: u32 = 5;
/// A code that has run out can be replaced for so long.
const AFTER_CODE: Duration = SIGN_IN_LIFETIME;

/// Why a sign-up did not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// E-mail addresses are not verified here.
    #[error("e-mail addresses are not verified")]
    SwitchedOff,
    /// The code is not right.
    #[error("the code is not right")]
    Incorrect,
    /// The code has run out, or none was sent.
    #[error("the code has run out")]
    Expired,
    /// There were too many wrong attempts at the code.
    #[error("too many wrong codes")]
    Failed,
    /// The sign-up has asked for all the codes that it may.
    #[error("no more codes are sent")]
    NoMoreCodes,
    /// Another account has the address or the name by now.
    #[error("another account has that identifier")]
    Taken(Taken),
    /// There is no such sign-up of this client, or it is over.
    #[error("there is no such sign-up (any more)")]
    NotFound,
    /// The server's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A sign-up as it is now.
#[derive(Debug)]
pub struct Begun {
    /// The sign-up.
    pub sign_up: SignUpRecord,
    /// The browser's new tokens, where it has any.
    pub tokens: Option<NewTokens>,
}

/// Begins a sign-up on `client`, or on a new client, in place of its earlier one.
pub async fn begin(
    context: &Context<'_>,
    client: Option<&ClientRecord>,
    application: Application,
) -> Result<Begun, sign_up::Error> {
    let Context {
        store, vault, now, ..
    } = *context;
    let applicant = sign_up::examine(context, application).await?;
    must_be_free(context, &applicant).await?;
    let (client_id, tokens) = sign_in::client_or_new(context, client).await?;
    let sign_up = SignUpRecord {
        id: SignUpId::generate(vault.random()),
        client_id,
        email: applicant.email,
        username: applicant.username,
        first_name: applicant.first_name,
        last_name: applicant.last_name,
        password_hash: applicant.password_hash,
        code_expire_at: None,
        codes: 0,
        attempts: 0,
        abandon_at: now.after(SIGN_IN_LIFETIME),
        created_at: now,
    };
    let started = store.start_sign_up(sign_up.clone(), now);
    started.await.map_err(Fault::from)?;
    Ok(Begun { sign_up, tokens })
}

/// Told before a code is asked for, so that nobody waits for a mail in vain. Whether it still is so at
/// the end, the store decides.
async fn must_be_free(context: &Context<'_>, applicant: &Applicant) -> Result<(), sign_up::Error> {
    let names = [
        (Some(&applicant.email), Taken::Email),
        (applicant.username.as_ref(), Taken::Username),
    ];
    for (name, taken) in names {
        let Some(name) = name else { continue };
        let owner = context.store.user_by_identifier(name).await;
        if owner.map_err(Fault::from)?.is_some() {
            return Err(sign_up::Error::Taken(taken));
        }
    }
    Ok(())
}

/// The client's sign-up of that id, for looking at.
pub async fn look_up(
    context: &Context<'_>,
    client: &ClientId,
    id: &SignUpId,
) -> Result<SignUpRecord, Error> {
    context
        .store
        .waiting_sign_up(client)
        .await
        .map_err(Fault::from)?
        .filter(|sign_up| sign_up.id == *id)
        .ok_or(Error::NotFound)
}

/// Sends a code for the sign-up, in place of an earlier one. From then on the sign-up lives long enough
/// to ask for another.
pub async fn send_code(
    context: &Context<'_>,
    sign_up: SignUpRecord,
) -> Result<SignUpRecord, Error> {
    let Context {
        store, vault, now, ..
    } = *context;
    if !context.policy.verify_email {
        return Err(Error::SwitchedOff);
    }
    if now >= sign_up.abandon_at {
        return Err(Error::NotFound);
    }
    let expire_at = now.after(CODE_LIFETIME);
    let abandon_at = expire_at.after(AFTER_CODE);
    let code = NewSignUpCode {
        sealed_code: vault.new_mailed_code(&CodeFor::NewAccount(sign_up.id.clone())),
        sign_up_id: sign_up.id.clone(),
        client_id: sign_up.client_id.clone(),
        expire_at,
        abandon_at,
        most: CODES,
    };
    let kept = store.keep_sign_up_code(code, now).await;
    if !kept.map_err(Fault::from)? {
        let now_is = look_up(context, &sign_up.client_id, &sign_up.id).await?;
        return Err(if now_is.codes < CODES {
            Error::NotFound
        } else {
            Error::NoMoreCodes
        });
    }
    Ok(SignUpRecord {
        code_expire_at: Some(expire_at),
        codes: sign_up.codes + 1,
        attempts: 0,
        abandon_at,
        ..sign_up
    })
}

/// Checks the code, after an attempt is spent, and makes the account.
pub async fn attempt_code(
    context: &Context<'_>,
    sign_up: SignUpRecord,
    code: OtpCode,
) -> Result<SignedUp, Error> {
    let Context {
        store, vault, now, ..
    } = *context;
    if now >= sign_up.abandon_at {
        return Err(Error::NotFound);
    }
    let spent = store.spend_code_attempt(&sign_up, CODE_ATTEMPTS, now).await;
    let Some(spent) = spent.map_err(Fault::from)? else {
        let now_is = look_up(context, &sign_up.client_id, &sign_up.id).await?;
        return Err(match now_is.code_expire_at {
            Some(expire_at) if now < expire_at => Error::Failed,
            _ => Error::Expired,
        });
    };
    let code_for = CodeFor::NewAccount(sign_up.id.clone());
    let is_right = vault
        .is_mailed_code(&code_for, &spent.sealed_code, &code)
        .map_err(Fault::from)?;
    if !is_right {
        return Err(if spent.attempts < CODE_ATTEMPTS {
            Error::Incorrect
        } else {
            Error::Failed
        });
    }
    let applicant = Applicant {
        email: sign_up.email,
        username: sign_up.username,
        first_name: sign_up.first_name,
        last_name: sign_up.last_name,
        password_hash: sign_up.password_hash,
    };
    let (user, session, signed_up) = sign_up::account(context, sign_up.client_id, applicant);
    let completion = SignUpCompletion {
        id: sign_up.id,
        sealed_code: spent.sealed_code,
        user,
        session,
    };
    let completed = store
        .complete_sign_up(completion, &context.occasion())
        .await
        .map_err(Fault::from)?
        .map_err(Error::Taken)?;
    if completed {
        Ok(signed_up)
    } else {
        Err(Error::NotFound)
    }
}
