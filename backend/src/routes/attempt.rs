//! The forms of an attempt at a factor, the same at sign-in and at step-up.

use secrecy::SecretString;
use serde::Deserialize;
use shared::ErrorCode;

use crate::{
    domain::second_factor,
    http::{Failure, required},
};

/// An attempt at the first factor.
#[derive(Deserialize)]
pub(super) struct FirstFactorAttempt {
    strategy: Option<String>,
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
#[derive(Deserialize)]
pub(super) struct SecondFactorAttempt {
    strategy: Option<String>,
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
