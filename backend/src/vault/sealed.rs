//! Sealed secrets: XChaCha20-Poly1305, bound to the place that they are stored in.
//!
//! An envelope is a version byte, the id of its key, a random nonce of 192 bits (long enough to be
//! drawn at random for ever), and the ciphertext with its tag.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use zeroize::Zeroizing;

use super::keyring::{KEY_ID_BYTES, Key, KeyId, Keyring};
use crate::random::{self, Random};

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;

/// Why a sealed secret does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It was sealed with a key that this server does not have.
    #[error("this server's key does not open the stored secrets")]
    UnknownKey,
    /// It was changed, or belongs to another place.
    #[error("a stored secret is damaged or was moved to another row")]
    Broken,
}

/// The associated data of a place: its parts, each with its length before it, so that no two
/// places share one.
pub(super) fn place(parts: &[&str]) -> Vec<u8> {
    let mut place = Vec::new();
    for part in parts {
        place.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        place.extend_from_slice(part.as_bytes());
    }
    place
}

pub(super) fn seal(key: &Key, random: &dyn Random, place: &[u8], secret: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE_BYTES] = random::bytes(random);
    let cipher = XChaCha20Poly1305::new((&*key.sealing_key()).into());
    #[expect(clippy::expect_used, reason = "fails only beyond 256 GiB")]
    let ciphertext = cipher
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: secret,
                aad: place,
            },
        )
        .expect("a secret is short");
    let mut envelope = Vec::with_capacity(1 + KEY_ID_BYTES + NONCE_BYTES + ciphertext.len());
    envelope.push(VERSION);
    envelope.extend_from_slice(key.id().as_bytes());
    envelope.extend_from_slice(&nonce);
    envelope.extend_from_slice(&ciphertext);
    envelope
}

pub(super) fn open(
    keyring: &Keyring,
    place: &[u8],
    envelope: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (&VERSION, rest) = envelope.split_first().ok_or(OpenError::Broken)? else {
        return Err(OpenError::Broken);
    };
    let (key_id, rest) = rest
        .split_first_chunk::<KEY_ID_BYTES>()
        .ok_or(OpenError::Broken)?;
    let (nonce, ciphertext) = rest
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(OpenError::Broken)?;
    let key = keyring
        .get(KeyId::new(*key_id))
        .ok_or(OpenError::UnknownKey)?;
    XChaCha20Poly1305::new((&*key.sealing_key()).into())
        .decrypt(
            &XNonce::from(*nonce),
            Payload {
                msg: ciphertext,
                aad: place,
            },
        )
        .map(Zeroizing::new)
        .map_err(|_| OpenError::Broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_places_are_the_same() {
        assert_ne!(place(&["a", "bc"]), place(&["ab", "c"]));
        assert_ne!(place(&["a"]), place(&["a", ""]));
    }
}
