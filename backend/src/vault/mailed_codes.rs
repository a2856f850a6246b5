//! Six digits that are sent by mail, sealed for the sign-in that they are for.

use shared::OtpCode;
use subtle::ConstantTimeEq;

use super::{OpenError, Vault, sealed};
use crate::{
    ids::SignInId,
    random::{self, Random},
};

/// How many codes there are.
const CODES: u32 = 1_000_000;
/// The largest multiple of [`CODES`] that 32 bits hold: what is drawn from there on would make some
/// codes likelier than others.
const UNBIASED: u32 = u32::MAX - u32::MAX % CODES;

impl Vault {
    /// A new code for a sign-in, sealed. Nobody has seen it before its mail is written.
    pub fn new_mailed_code(&self, sign_in: &SignInId) -> Vec<u8> {
        let code = digits(self.random());
        sealed::seal(
            self.keyring.current().newest(),
            self.random(),
            &place(sign_in),
            code.as_bytes(),
        )
    }

    /// The digits of a sealed code, for its mail. Fails for the code of another sign-in.
    pub fn open_mailed_code(&self, sign_in: &SignInId, sealed: &[u8]) -> Result<String, OpenError> {
        let code = self.keyring.open(&place(sign_in), sealed)?;
        String::from_utf8(code.to_vec()).map_err(|_| OpenError::Broken)
    }

    /// Whether that is the code, compared in constant time.
    pub fn is_mailed_code(
        &self,
        sign_in: &SignInId,
        sealed: &[u8],
        code: &OtpCode,
    ) -> Result<bool, OpenError> {
        let right = self.keyring.open(&place(sign_in), sealed)?;
        Ok(right.ct_eq(code.as_str().as_bytes()).into())
    }
}

fn digits(random: &dyn Random) -> String {
    loop {
        let drawn = u32::from_be_bytes(random::bytes(random));
        if drawn < UNBIASED {
            return format!("{:06}", drawn % CODES);
        }
    }
}

/// The associated data of a sealed code: table, column and row.
fn place(sign_in: &SignInId) -> Vec<u8> {
    sealed::place(&["mailed_codes", "sealed_code", sign_in.as_str()])
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, sync::Arc, sync::Mutex};

    use super::*;
    use crate::{random::OperatingSystem, vault::Keyring};

    /// Gives these numbers, the first one first.
    struct Drawn(Mutex<Vec<u32>>);

    impl Random for Drawn {
        fn fill(&self, bytes: &mut [u8]) {
            let next = self.0.lock().unwrap().remove(0);
            bytes.copy_from_slice(&next.to_be_bytes());
        }
    }

    fn vault() -> Vault {
        let keyring = Keyring::parse(&"A".repeat(43)).unwrap();
        Vault::new(keyring, Arc::new(OperatingSystem))
    }

    #[test]
    fn every_code_is_as_likely_as_any_other_and_has_six_digits() {
        let draw = |numbers: &[u32]| digits(&Drawn(Mutex::new(numbers.to_vec())));
        assert_eq!(draw(&[42]), "000042");
        assert_eq!(draw(&[UNBIASED - 1]), "999999");
        assert_eq!(draw(&[UNBIASED, u32::MAX, 7]), "000007");
    }

    #[test]
    fn a_code_is_right_for_its_own_sign_in_only() {
        let vault = vault();
        let (own, other) = ["sia_1", "sia_2"]
            .map(|id| SignInId::from(id.to_owned()))
            .into();
        let sealed = vault.new_mailed_code(&own);
        let digits = vault.open_mailed_code(&own, &sealed).unwrap();
        let code: OtpCode = digits.parse().unwrap();
        assert_eq!(vault.is_mailed_code(&own, &sealed, &code), Ok(true));
        let wrong = if digits == "000000" {
            "000001"
        } else {
            "000000"
        };
        let wrong: OtpCode = wrong.parse().unwrap();
        assert_eq!(vault.is_mailed_code(&own, &sealed, &wrong), Ok(false));
        assert_eq!(
            vault.is_mailed_code(&other, &sealed, &code),
            Err(OpenError::Broken)
        );
        let bytes = digits.as_bytes();
        assert!(!sealed.windows(bytes.len()).any(|window| window == bytes));
    }

    #[test]
    fn codes_differ() {
        let codes: HashSet<_> = (0..100).map(|_| digits(&OperatingSystem)).collect();
        assert!(codes.len() > 90);
    }
}
