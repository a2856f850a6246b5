//! The forms of an attempt at a factor, the same at sign-in and at step-up.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use shared::ErrorCode;

use crate::{
    domain::second_factor,
    http::{Failure, required},
};

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
