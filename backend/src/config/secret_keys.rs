//! The keys of the back-end API.

use std::{fmt, str::FromStr};

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// Fewest characters of a key: whoever makes one by hand makes a bad one.
const SHORTEST: usize = 32;

/// The keys of the back-end API, of which each opens all of it. Only their hashes are kept.
#[derive(Clone)]
pub struct SecretKeys(Vec<[u8; 32]>);

impl SecretKeys {
    /// Whether this is one of them. It takes the same time whatever is right about it.
    pub fn contain(&self, key: &SecretString) -> bool {
        let hash: [u8; 32] = Sha256::digest(key.expose_secret()).into();
        let known = self.0.iter();
        known
            .fold(Choice::from(0), |found, known| found | known.ct_eq(&hash))
            .into()
    }
}

impl fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKeys({})", self.0.len())
    }
}

impl FromStr for SecretKeys {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let keys: Vec<&str> = text
            .split([',', '\n'])
            .map(str::trim)
            .filter(|key| !key.is_empty())
            .collect();
        if keys.is_empty() {
            return Err("holds no key; leave it out to switch the back-end API off".to_owned());
        }
        let is_one =
            |key: &&str| key.len() >= SHORTEST && key.bytes().all(|byte| byte.is_ascii_graphic());
        if !keys.iter().all(is_one) {
            return Err(format!(
                "each key must have {SHORTEST} characters or more, letters, digits and signs, like \
                 sk_live_ and the output of `openssl rand -hex 24`"
            ));
        }
        Ok(Self(
            keys.into_iter()
                .map(|key| Sha256::digest(key).into())
                .collect(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "sk_live_0123456789abcdef0123456789abcdef";
    const SECOND: &str = "sk_live_fedcba9876543210fedcba9876543210";

    fn has(keys: &SecretKeys, key: &str) -> bool {
        keys.contain(&key.into())
    }

    #[test]
    fn each_of_the_keys_is_known_and_nothing_else() {
        for text in [format!("{FIRST}, {SECOND}"), format!("{FIRST}\n{SECOND}\n")] {
            let keys: SecretKeys = text.parse().unwrap();
            assert!(has(&keys, FIRST) && has(&keys, SECOND));
            for other in ["", &FIRST[1..], &FIRST[..39], &format!("{FIRST},{SECOND}")] {
                assert!(!has(&keys, other), "{other}");
            }
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        for text in ["", " ,\n", "sk_live_short", &format!("{FIRST},geheim")] {
            let error = text.parse::<SecretKeys>().unwrap_err();
            assert!(
                !error.contains("geheim") && !error.contains("short,"),
                "{error}"
            );
        }
        let keys: SecretKeys = FIRST.parse().unwrap();
        assert_eq!(format!("{keys:?}"), "SecretKeys(1)");
    }
}
