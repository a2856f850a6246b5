//! The forms of an attempt at a factor, the same at sign-in and at step-up.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use shared::{ErrorCode, OtpCode};

use crate::{
    domain::second_factor,
    http::{Failure, required},
};

/// The strategy by which a password is set anew.
pub(super) const RESET_PASSWORD: &str = "reset_password_email_code";

/// An attempt at the first factor.
#[derive(Deserialize, JsonSchema)]
pub(super) struct FirstFactorAttempt {
    /// `password`
    #[schemars(required, extend("enum" = ["password"]))]
    strategy: Option<String>,
    /// The password.
    #[schemars(required, length(min = 1))]
    password: Option<String>,
}

impl FirstFactorAttempt {
    pub(super) fn password(self) -> Result<SecretString, Failure> {
        match required(self.strategy, "strategy")?.as_str() {
            "password" => Ok(required(self.password, "password")?.into()),
            _ => Err(unknown_strategy()),
        }
    }
}

/// An attempt at the first factor of a sign-in.
#[derive(Deserialize, JsonSchema)]
pub(super) struct SignInFirstFactorAttempt {
    /// What is presented.
    #[schemars(required, extend("enum" = ["password", "reset_password_email_code"]))]
    strategy: Option<String>,
    /// The password, for `password`.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1))]
    password: Option<String>,
    /// Six digits, as people type them, for `reset_password_email_code`.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1))]
    code: Option<String>,
}

/// What is presented as the first factor of a sign-in.
pub(super) enum FirstFactor {
    Password(SecretString),
    MailedCode(OtpCode),
}

impl SignInFirstFactorAttempt {
    pub(super) fn presented(self) -> Result<FirstFactor, Failure> {
        match required(self.strategy, "strategy")?.as_str() {
            "password" => {
                let password = required(self.password, "password")?;
                Ok(FirstFactor::Password(password.into()))
            }
            RESET_PASSWORD => Ok(FirstFactor::MailedCode(
                required(self.code, "code")?.parse()?,
            )),
            _ => Err(unknown_strategy()),
        }
    }
}

/// An attempt at the second factor.
#[derive(Deserialize, JsonSchema)]
pub(super) struct SecondFactorAttempt {
    /// What the code is of.
    #[schemars(required, extend("enum" = ["totp", "backup_code"]))]
    strategy: Option<String>,
    /// Six digits, or a backup code, as people type them.
    #[schemars(required, length(min = 1))]
    code: Option<String>,
}

impl SecondFactorAttempt {
    pub(super) fn code(self) -> Result<second_factor::Code, Failure> {
        use second_factor::Code;
        match required(self.strategy, "strategy")?.as_str() {
            "totp" => Ok(Code::Totp(required(self.code, "code")?.parse()?)),
            "backup_code" => Ok(Code::Backup(required(self.code, "code")?.parse()?)),
            _ => Err(unknown_strategy()),
        }
    }
}

pub(super) fn unknown_strategy() -> Failure {
    Failure::of_param(ErrorCode::FormParamFormatInvalid, "strategy")
}
