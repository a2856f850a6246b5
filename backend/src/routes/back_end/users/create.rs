//! `POST /v1/users`: an account, as it is elsewhere.

use std::time::{Duration, UNIX_EPOCH};

use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{ErrorCode, Timestamp, resources::User};

use crate::{
    domain::accounts::{self, Account, Password},
    http::{Failure, JsonBody, Service, user_resource},
    vault::PasswordHasher,
};

/// A new account. What it does not have is refused, so that nothing of an import is lost unnoticed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewUser {
    /// The address to sign in with: one.
    #[schemars(required, length(min = 1, max = 1), inner(email))]
    email_address: Option<Vec<String>>,
    /// A name to sign in with, beside the address.
    #[serde(default)]
    username: Option<String>,
    /// First name.
    #[serde(default)]
    #[schemars(length(max = 100))]
    first_name: Option<String>,
    /// Last name.
    #[serde(default)]
    #[schemars(length(max = 100))]
    last_name: Option<String>,
    /// The name of the account in another system; unique.
    #[serde(default)]
    #[schemars(length(min = 1, max = 255))]
    external_id: Option<String>,
    /// The password.
    #[serde(default)]
    password: Option<String>,
    /// Its hash instead.
    #[serde(default)]
    password_digest: Option<String>,
    /// What made that hash.
    #[serde(default)]
    #[schemars(extend("enum" = ["bcrypt", "argon2id"]))]
    password_hasher: Option<String>,
    /// Takes a password though it is weak.
    #[serde(default)]
    skip_password_checks: bool,
    /// Takes an account without a password, which nobody can sign in to.
    #[serde(default)]
    skip_password_requirement: bool,
    /// There is nothing legal to be checked.
    #[serde(default)]
    #[expect(dead_code, reason = "clients send it, and it changes nothing")]
    skip_legal_checks: bool,
    /// The secret of the authenticator app, in base32: six digits, 30 seconds, SHA-1.
    #[serde(default)]
    totp_secret: Option<String>,
    /// The backup codes, all plain or all hashed by bcrypt.
    #[serde(default)]
    #[schemars(length(min = 1, max = 20))]
    backup_codes: Option<Vec<String>>,
    /// When the account was made elsewhere.
    #[serde(default)]
    #[schemars(extend("format" = "date-time"))]
    created_at: Option<String>,
    /// Whether it is barred.
    #[serde(default)]
    banned: bool,
    /// Whether it is locked for a time.
    #[serde(default)]
    locked: bool,
}

pub(super) async fn create(
    service: Service,
    JsonBody(user): JsonBody<NewUser>,
) -> Result<Json<User>, Failure> {
    let context = service.context();
    let user = accounts::create(&context, account(user)?).await?;
    Ok(Json(user_resource(&user, &context)))
}

fn account(user: NewUser) -> Result<Account, Failure> {
    let invalid = |name: &str| Failure::of_param(ErrorCode::FormParamFormatInvalid, name);
    let password = password(&user)?;
    let mut emails = user.email_address.unwrap_or_default().into_iter();
    let email = match (emails.next(), emails.next()) {
        (Some(email), None) => email,
        (None, _) => {
            let missing = ErrorCode::FormParamMissing;
            return Err(Failure::of_param(missing, "email_address"));
        }
        (Some(_), Some(_)) => return Err(invalid("email_address")),
    };
    let created_at = user.created_at.as_deref().map(moment).transpose();
    let created_at = created_at.map_err(|()| invalid("created_at"))?;
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    Ok(Account {
        email,
        username: filled(user.username),
        first_name: filled(user.first_name),
        last_name: filled(user.last_name),
        external_id: user.external_id,
        password,
        created_at,
        banned: user.banned,
        locked: user.locked,
        totp_secret: user.totp_secret.map(Into::into),
        backup_codes: user
            .backup_codes
            .map(|codes| codes.into_iter().map(Into::into).collect()),
    })
}

fn password(user: &NewUser) -> Result<Password, Failure> {
    let of = Failure::of_param;
    match (&user.password, &user.password_digest, &user.password_hasher) {
        (Some(password), None, None) => Ok(Password::Plain {
            password: password.as_str().into(),
            unchecked: user.skip_password_checks,
        }),
        (None, Some(digest), Some(hasher)) => {
            let hasher = match hasher.as_str() {
                "bcrypt" => PasswordHasher::Bcrypt,
                "argon2id" => PasswordHasher::Argon2id,
                _ => return Err(of(ErrorCode::FormParamFormatInvalid, "password_hasher")),
            };
            let digest = digest.clone();
            Ok(Password::Hashed { hasher, digest })
        }
        (None, None, None) if user.skip_password_requirement => Ok(Password::None),
        (None, None, None) => Err(of(ErrorCode::FormParamMissing, "password")),
        (None, Some(_), None) => Err(of(ErrorCode::FormParamMissing, "password_hasher")),
        (None, None, Some(_)) => Err(of(ErrorCode::FormParamMissing, "password_digest")),
        (Some(_), ..) => Err(of(ErrorCode::FormParamFormatInvalid, "password_digest")),
    }
}

/// A time of RFC 3339.
fn moment(text: &str) -> Result<Timestamp, ()> {
    let time = humantime::parse_rfc3339(text).map_err(|_| ())?;
    let passed: Duration = time.duration_since(UNIX_EPOCH).map_err(|_| ())?;
    let millis = i64::try_from(passed.as_millis()).map_err(|_| ())?;
    Ok(Timestamp::from_millis(millis))
}
