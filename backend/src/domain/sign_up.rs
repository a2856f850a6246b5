//! Making an account.

use email_address::{EmailAddress, Options};
use secrecy::SecretString;

use super::{Context, Fault, password, session};
use crate::{
    ids::{ClientId, EmailAddressId, SessionId, UserId},
    store::{ClientRecord, NewSession, NewUser, Taken},
    vault::PasswordWeakness,
};

/// Longest e-mail address (RFC 5321 §4.5.3.1.3, less the angle brackets).
const LONGEST_EMAIL: usize = 254;
/// Longest user name.
const LONGEST_USERNAME: usize = 64;
/// Shortest user name.
const SHORTEST_USERNAME: usize = 3;
/// Longest first or last name, in characters.
const LONGEST_NAME: usize = 100;

/// What a visitor tells of themselves.
#[derive(Debug)]
pub struct Application {
    /// E-mail address, as typed.
    pub email: String,
    /// Password.
    pub password: SecretString,
    /// Name to sign in with, as typed.
    pub username: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
}

/// Why there is no account.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// That is no e-mail address.
    #[error("no e-mail address")]
    EmailMalformed,
    /// That is no user name.
    #[error("no user name")]
    UsernameMalformed,
    /// A name is too long.
    #[error("the name is too long")]
    NameTooLong {
        /// The form field.
        field: &'static str,
    },
    /// The password is too easy to guess.
    #[error(transparent)]
    Weak(#[from] PasswordWeakness),
    /// Another account has it already.
    #[error("another account has that identifier")]
    Taken(Taken),
    /// The server's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<password::ChoiceError> for Error {
    fn from(error: password::ChoiceError) -> Self {
        match error {
            password::ChoiceError::Weak(weakness) => Self::Weak(weakness),
            password::ChoiceError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// The new account, signed in.
#[derive(Debug)]
pub struct SignedUp {
    /// The account.
    pub user_id: UserId,
    /// Its session.
    pub session_id: SessionId,
    /// The browser's tokens.
    pub tokens: session::NewTokens,
    /// The e-mail address as it is kept.
    pub email: String,
    /// The user name as it is kept.
    pub username: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
}

/// Makes an account and signs it in on `client`, or on a new client.
pub async fn sign_up(
    context: &Context<'_>,
    client: Option<&ClientRecord>,
    application: Application,
) -> Result<SignedUp, Error> {
    let applicant = examine(context, application).await?;
    let client = client.map_or_else(
        || ClientId::generate(context.vault.random()),
        |client| client.id.clone(),
    );
    let (user, session, signed_up) = account(context, client, applicant);
    context
        .store
        .sign_up(user, session, &context.occasion())
        .await
        .map_err(Fault::from)?
        .map_err(Error::Taken)?;
    Ok(signed_up)
}

/// Whoever signs up, as they are kept.
pub(super) struct Applicant {
    pub(super) email: String,
    pub(super) username: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) password_hash: String,
}

/// Refuses what cannot become an account, whoever else there is.
pub(super) async fn examine(
    context: &Context<'_>,
    application: Application,
) -> Result<Applicant, Error> {
    let email = email_address(&application.email)?;
    let username = application.username.as_deref().map(username).transpose()?;
    short_names(
        application.first_name.as_deref(),
        application.last_name.as_deref(),
    )?;
    let chosen = password::choose(context, application.password, &email, username.as_deref());
    Ok(Applicant {
        password_hash: chosen.await?,
        email,
        username,
        first_name: application.first_name,
        last_name: application.last_name,
    })
}

/// The account of whoever signs up, and its session on that client, to be kept.
pub(super) fn account(
    context: &Context<'_>,
    client: ClientId,
    applicant: Applicant,
) -> (NewUser, NewSession, SignedUp) {
    let random = context.vault.random();
    let id = UserId::generate(random);
    let checked = session::Checked::Password;
    let (session, tokens) = session::begin(context, client, id.clone(), checked);
    let signed_up = SignedUp {
        user_id: id.clone(),
        session_id: session.id.clone(),
        tokens,
        email: applicant.email.clone(),
        username: applicant.username.clone(),
        first_name: applicant.first_name.clone(),
        last_name: applicant.last_name.clone(),
    };
    let user = NewUser {
        id,
        email_id: EmailAddressId::generate(random),
        email: applicant.email,
        username: applicant.username,
        first_name: applicant.first_name,
        last_name: applicant.last_name,
        password_hash: applicant.password_hash,
    };
    (user, session, signed_up)
}

/// Refuses a first or last name that is too long.
pub(crate) fn short_names(first: Option<&str>, last: Option<&str>) -> Result<(), Error> {
    for (field, name) in [("first_name", first), ("last_name", last)] {
        if name.is_some_and(|name| name.chars().count() > LONGEST_NAME) {
            return Err(Error::NameTooLong { field });
        }
    }
    Ok(())
}

/// The e-mail address as it is kept and compared: trimmed, in lower case. Quoted local parts and
/// addresses in brackets are refused: nobody types them, and a colon could hide in one.
pub(crate) fn email_address(input: &str) -> Result<String, Error> {
    let email = input.trim().to_lowercase();
    let options = Options::default()
        .with_required_tld()
        .without_display_text()
        .without_domain_literal();
    let well_formed = email.len() <= LONGEST_EMAIL
        && !email.contains('"')
        && EmailAddress::parse_with_options(&email, options).is_ok();
    if well_formed {
        Ok(email)
    } else {
        Err(Error::EmailMalformed)
    }
}

/// The user name as it is kept and compared: trimmed, in lower case. Letters, digits, `_`, `-` and
/// `.` of ASCII, so that no two look the same and none is an e-mail address.
pub(crate) fn username(input: &str) -> Result<String, Error> {
    let username = input.trim().to_lowercase();
    let well_formed = (SHORTEST_USERNAME..=LONGEST_USERNAME).contains(&username.len())
        && username
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    if well_formed {
        Ok(username)
    } else {
        Err(Error::UsernameMalformed)
    }
}

/// An identifier of a sign-in, as e-mail addresses and user names are kept.
pub fn identifier(input: &str) -> String {
    input.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_address_is_kept_trimmed_and_in_lower_case() {
        assert_eq!(
            email_address("  Ann+A@Example.COM ").unwrap(),
            "ann+a@example.com"
        );
        for malformed in [
            "",
            "ann",
            "ann@",
            "@example.com",
            "ann@example",
            "ann@@example.com",
            "a b@example.com",
            "\"a:b\"@example.com",
            "ann@[127.0.0.1]",
            "Ann <ann@example.com>",
            "ann@example.com\nx",
        ] {
            assert!(email_address(malformed).is_err(), "{malformed:?}");
        }
        assert!(email_address(&format!("a@{}.com", "b".repeat(254))).is_err());
    }

    #[test]
    fn a_user_name_is_plain() {
        assert_eq!(username(" Ann_1 ").unwrap(), "ann_1");
        for malformed in [
            "",
            "ab",
            "ann@example.com",
            "än-na",
            "a b c",
            &"a".repeat(65),
        ] {
            assert!(username(malformed).is_err(), "{malformed:?}");
        }
    }
}
