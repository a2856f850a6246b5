//! Six digits that are sent by mail, sealed for the sign-in or sign-up that they are for.

use shared::OtpCode;
use subtle::ConstantTimeEq;

use super::{OpenError, Vault, sealed};
use crate::{
    random::{self, Random},
    store::CodeFor,
};

/// How many codes there are.
const CODES: u32 = 1_000_000;
/// The largest multiple of [`CODES`] that 32 bits hold: what is drawn from there on would make some
/// codes likelier than others.
const UNBIASED: u32 = u32::MAX - u32::MAX % CODES;

impl Vault {
    /// A new code, sealed. Nobody has seen it before its mail is written.
    pub fn new_mailed_code(&self, code_for: &CodeFor) -> Vec<u8> {
        let code = digits(self.random());
        sealed::seal(
            self.keyring.current().newest(),
            self.random(),
            &place(code_for),
            code.as_bytes(),
        )
    }

    /// The digits of a sealed code, for its mail. Fails for a code that is for something else.
    pub fn open_mailed_code(&self, code_for: &CodeFor, sealed: &[u8]) -> Result<String, OpenError> {
        let code = self.keyring.open(&place(code_for), sealed)?;
        String::from_utf8(code.to_vec()).map_err(|_| OpenError::Broken)
    }

    /// Whether that is the code, compared in constant time.
    pub fn is_mailed_code(
        &self,
        code_for: &CodeFor,
        sealed: &[u8],
        code: &OtpCode,
    ) -> Result<bool, OpenError> {
        let right = self.keyring.open(&place(code_for), sealed)?;
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
fn place(code_for: &CodeFor) -> Vec<u8> {
    let table = match code_for {
        CodeFor::NewPassword(_) => "mailed_codes",
        CodeFor::NewAccount(_) => "sign_ups",
    };
    sealed::place(&[table, "sealed_code", code_for.as_str()])
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
    fn a_code_is_right_for_its_own_sign_in_or_sign_up_only() {
        let vault = vault();
        let sign_in = |id: &str| CodeFor::NewPassword(id.to_owned().into());
        let sign_up = |id: &str| CodeFor::NewAccount(id.to_owned().into());
        for (own, others) in [
            (sign_in("sia_1"), [sign_in("sia_2"), sign_up("sia_1")]),
            (sign_up("sua_1"), [sign_up("sua_2"), sign_in("sua_1")]),
        ] {
            is_right_for_its_own_only(&vault, &own, &others);
        }
    }

    fn is_right_for_its_own_only(vault: &Vault, own: &CodeFor, others: &[CodeFor]) {
        let sealed = vault.new_mailed_code(own);
        let digits = vault.open_mailed_code(own, &sealed).unwrap();
        let code: OtpCode = digits.parse().unwrap();
        assert_eq!(vault.is_mailed_code(own, &sealed, &code), Ok(true));
        let wrong = if digits == "000000" {
            "000001"
        } else {
            "000000"
        };
        let wrong: OtpCode = wrong.parse().unwrap();
        assert_eq!(vault.is_mailed_code(own, &sealed, &wrong), Ok(false));
        for other in others {
            let opened = vault.is_mailed_code(other, &sealed, &code);
            assert_eq!(opened, Err(OpenError::Broken), "{other}");
        }
        let bytes = digits.as_bytes();
        assert!(!sealed.windows(bytes.len()).any(|window| window == bytes));
    }

    #[test]
    fn codes_differ() {
        let codes: HashSet<_> = (0..100).map(|_| digits(&OperatingSystem)).collect();
        assert!(codes.len() > 90);
    }
}
