//! The opaque tokens that a browser shows to be recognised.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    random::{self, Random},
    store::TokenHash,
};

/// Bytes of a token: 256 bits.
const BYTES: usize = 32;

/// Defines a token: 256 random bits, in base64url as the cookie carries them. `Debug` shows nothing
/// of them.
macro_rules! token {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Zeroize, ZeroizeOnDrop)]
        pub struct $name(String);

        impl $name {
            pub(super) fn generate(random: &dyn Random) -> Self {
                Self(generate(random))
            }

            /// What a cookie carries, if it has the form of a token.
            pub fn from_cookie(value: &str) -> Option<Self> {
                has_the_form(value).then(|| Self(value.to_owned()))
            }

            /// The token as the cookie carries it.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// What the database keeps. A plain hash is enough for what cannot be guessed.
            pub fn hash(&self) -> TokenHash {
                Sha256::digest(self.0.as_bytes()).into()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

token! {
    /// Whoever shows it is the client, with its sessions.
    ClientToken
}

token! {
    /// Whoever shows it has signed in before to the accounts that know it. It opens nothing: it only
    /// has a count of attempts of its own (OWASP's "device cookie").
    DeviceToken
}

fn generate(random: &dyn Random) -> String {
    let mut bytes: [u8; BYTES] = random::bytes(random);
    let token = URL_SAFE_NO_PAD.encode(bytes);
    bytes.zeroize();
    token
}

fn has_the_form(value: &str) -> bool {
    let mut bytes = [0; BYTES];
    let whole = matches!(URL_SAFE_NO_PAD.decode_slice(value, &mut bytes), Ok(BYTES));
    bytes.zeroize();
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OperatingSystem;

    #[test]
    fn a_token_reads_back_and_is_not_shown() {
        let token = ClientToken::generate(&OperatingSystem);
        assert_eq!(token.as_str().len(), 43);
        let read = ClientToken::from_cookie(token.as_str()).unwrap();
        assert_eq!(read.hash(), token.hash());
        assert!(!format!("{token:?}").contains(token.as_str()));
    }

    #[test]
    fn what_has_not_the_form_of_a_token_is_none() {
        for value in ["", "abc", &"A".repeat(42), &"A".repeat(44), &"é".repeat(22)] {
            assert!(ClientToken::from_cookie(value).is_none(), "{value:?}");
        }
    }
}
