//! Ids: each kind a type of its own, and each id tells its kind.

use std::fmt;

use crate::random::{Random, bytes};

/// Characters of an id behind its prefix: 26 of five bits each, 130 bits.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const CHARS: usize = 26;

fn generate(prefix: &str, random: &dyn Random) -> String {
    let mut id = String::with_capacity(prefix.len() + CHARS);
    id.push_str(prefix);
    id.extend(
        bytes::<CHARS>(random)
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte & 31)])),
    );
    id
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// What every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id.
            pub fn generate(random: &dyn Random) -> Self {
                Self(generate(Self::PREFIX, random))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// From the database or a request. Whether there is such a thing, the database knows.
        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A person with an account.
    UserId = "user_";
    /// A browser.
    ClientId = "client_";
    /// A user signed in on a client.
    SessionId = "sess_";
    /// A sign-in under way.
    SignInId = "sia_";
    /// A sign-up.
    SignUpId = "sua_";
    /// A user's authenticator app.
    TotpId = "totp_";
    /// A set of backup codes.
    BackupCodeSetId = "bkp_";
    /// An e-mail address.
    EmailAddressId = "idn_";
    /// Something that happened to an account.
    EventId = "evt_";
}

/// A key that signs session tokens: its id follows from the key (RFC 7638).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SigningKeyId(String);

impl SigningKeyId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for SigningKeyId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl fmt::Display for SigningKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
