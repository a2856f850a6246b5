//! Exports: accounts sealed for the way to another server, under a passphrase or a key that both
//! know.
//!
//! A file is a header and then frames. The header says how the key is derived. A frame is whether it
//! is the last one (a byte), its length (four bytes, big endian), a random nonce of 192 bits, and
//! the XChaCha20-Poly1305 ciphertext with its tag. Header, position and "last" are the associated
//! data of each frame: none can be left out, moved, repeated, or taken from another file, and a file
//! that was cut off has no last frame. (That is the STREAM of Hoang, Reyhanitabar, Rogaway and Vizár,
//! 2015, with nonces drawn at random, so that writing can be taken up again where it stopped.)

use std::io::{self, Read, Write};

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;
use zxcvbn::zxcvbn;

use super::keyring::Keyring;
use crate::random::{self, Random};

/// What every export begins with; the byte behind it is the way to the key.
const MAGIC: &[u8; 18] = b"twofold export v1\n";
const BY_KEY_FILE: u8 = 0;
const BY_PASSPHRASE: u8 = 1;

const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
/// Longest frame: more than a page of accounts ever has, and little enough to be held in memory.
const LONGEST_FRAME: u32 = 16 * 1024 * 1024;

/// Argon2id for passphrases: the second choice of RFC 9106 §4. Whoever has the file can guess
/// without limit, and only exports and imports wait for it.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 4;
/// More than a header may ask for: a forged one must not eat the machine.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 32;

/// A passphrase must take so many guesses, as a power of ten and as zxcvbn reckons: at a million a
/// second, which this Argon2id makes costly, three years.
const FEWEST_GUESSES_LOG10: f64 = 14.0;

/// What an export is locked with.
pub enum ExportSecret {
    /// The first key of a key file.
    KeyFile(Keyring),
    /// A passphrase.
    Passphrase(SecretString),
}

/// Why an export cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file is of another kind.
    #[error("this is no export of Twofold")]
    NotAnExport,
    /// A passphrase was given where a key is needed, or the other way round.
    #[error("this export is sealed with a {needed}: give that")]
    OtherSecret {
        /// What is needed.
        needed: &'static str,
    },
    /// The first frame does not open.
    #[error("the passphrase or key is not the one that this export was sealed with")]
    WrongSecret,
    /// A later frame does not open.
    #[error("the export is damaged")]
    Damaged,
    /// The last frame is missing.
    #[error("the export is not whole: it ends before its end was written")]
    CutOff,
    /// The passphrase would be guessed.
    #[error(
        "this passphrase would be guessed by whoever has the file: take five or more random words"
    )]
    Weak,
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] io::Error),
}

/// The key of one export.
pub struct ExportKey {
    key: Zeroizing<[u8; 32]>,
    header: Vec<u8>,
}

impl ExportKey {
    /// The key of a new export.
    pub fn new(secret: &ExportSecret, random: &dyn Random) -> Result<Self, ExportError> {
        if let ExportSecret::Passphrase(passphrase) = secret
            && zxcvbn(passphrase.expose_secret(), &[]).guesses_log10() < FEWEST_GUESSES_LOG10
        {
            return Err(ExportError::Weak);
        }
        let salt: [u8; SALT_BYTES] = random::bytes(random);
        let mut header = MAGIC.to_vec();
        match secret {
            ExportSecret::KeyFile(_) => header.push(BY_KEY_FILE),
            ExportSecret::Passphrase(_) => {
                header.push(BY_PASSPHRASE);
                for parameter in [MEMORY_KIB, PASSES, LANES] {
                    header.extend_from_slice(&parameter.to_be_bytes());
                }
            }
        }
        header.extend_from_slice(&salt);
        Self::of_header(header, secret)
    }

    /// The key of the export that is read.
    pub fn read(secret: &ExportSecret, file: &mut impl Read) -> Result<Self, ExportError> {
        let mut header = vec![0; MAGIC.len() + 1];
        read_exact(file, &mut header, ExportError::NotAnExport)?;
        if !header.starts_with(MAGIC) {
            return Err(ExportError::NotAnExport);
        }
        let rest = match header.last() {
            Some(&BY_KEY_FILE) => SALT_BYTES,
            Some(&BY_PASSPHRASE) => 3 * size_of::<u32>() + SALT_BYTES,
            _ => return Err(ExportError::NotAnExport),
        };
        let begun = header.len();
        header.resize(begun + rest, 0);
        read_exact(file, &mut header[begun..], ExportError::CutOff)?;
        Self::of_header(header, secret)
    }

    /// Whether a file of this beginning is an export.
    pub fn is_export(beginning: &[u8]) -> bool {
        beginning.starts_with(MAGIC)
    }

    /// What a new file begins with.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    fn of_header(header: Vec<u8>, secret: &ExportSecret) -> Result<Self, ExportError> {
        let (way, rest) = header[MAGIC.len()..]
            .split_first()
            .ok_or(ExportError::NotAnExport)?;
        let key = match (*way, secret) {
            (BY_KEY_FILE, ExportSecret::KeyFile(keyring)) => keyring.newest().export_key(rest),
            (BY_PASSPHRASE, ExportSecret::Passphrase(passphrase)) => {
                from_passphrase(passphrase, rest)?
            }
            (BY_KEY_FILE, _) => return Err(ExportError::OtherSecret { needed: "key file" }),
            _ => {
                return Err(ExportError::OtherSecret {
                    needed: "passphrase",
                });
            }
        };
        Ok(Self { key, header })
    }

    /// Writes a frame; the first has position 0.
    pub fn write(
        &self,
        file: &mut impl Write,
        position: u64,
        last: bool,
        content: &[u8],
        random: &dyn Random,
    ) -> Result<(), ExportError> {
        let nonce: [u8; NONCE_BYTES] = random::bytes(random);
        let place = self.place(position, last);
        let payload = Payload {
            msg: content,
            aad: &place,
        };
        let ciphertext = XChaCha20Poly1305::new((&*self.key).into())
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| ExportError::Damaged)?;
        let length = u32::try_from(ciphertext.len())
            .ok()
            .filter(|length| *length <= LONGEST_FRAME)
            .ok_or(ExportError::Damaged)?;
        let mut frame = vec![u8::from(last)];
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(&nonce);
        frame.extend_from_slice(&ciphertext);
        Ok(file.write_all(&frame)?)
    }

    /// Reads the frame of that position: whether it is the last one, and what is in it.
    pub fn read_frame(
        &self,
        file: &mut impl Read,
        position: u64,
    ) -> Result<(bool, Zeroizing<Vec<u8>>), ExportError> {
        let mut begin = [0; 1 + 4 + NONCE_BYTES];
        read_exact(file, &mut begin, ExportError::CutOff)?;
        let [last, l0, l1, l2, l3, nonce @ ..] = begin;
        let length = u32::from_be_bytes([l0, l1, l2, l3]);
        if last > 1 || length > LONGEST_FRAME {
            return Err(ExportError::Damaged);
        }
        let mut ciphertext = vec![0; usize::try_from(length).map_err(|_| ExportError::Damaged)?];
        read_exact(file, &mut ciphertext, ExportError::CutOff)?;
        let place = self.place(position, last == 1);
        let payload = Payload {
            msg: &ciphertext,
            aad: &place,
        };
        let content = XChaCha20Poly1305::new((&*self.key).into())
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| match position {
                0 => ExportError::WrongSecret,
                _ => ExportError::Damaged,
            })?;
        Ok((last == 1, Zeroizing::new(content)))
    }

    fn place(&self, position: u64, last: bool) -> Vec<u8> {
        let mut place = self.header.clone();
        place.extend_from_slice(&position.to_be_bytes());
        place.push(u8::from(last));
        place
    }
}

fn read_exact(
    file: &mut impl Read,
    bytes: &mut [u8],
    at_the_end: ExportError,
) -> Result<(), ExportError> {
    file.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => at_the_end,
        _ => error.into(),
    })
}

/// Derives the key by the parameters and the salt of a header.
fn from_passphrase(
    passphrase: &SecretString,
    header: &[u8],
) -> Result<Zeroizing<[u8; 32]>, ExportError> {
    let (numbers, salt) = header
        .split_at_checked(3 * size_of::<u32>())
        .ok_or(ExportError::Damaged)?;
    let mut numbers = numbers
        .chunks_exact(4)
        .map(|bytes| bytes.try_into().map(u32::from_be_bytes).unwrap_or_default());
    let mut next = || numbers.next().unwrap_or_default();
    let (memory, passes, lanes) = (next(), next(), next());
    if memory > MOST_MEMORY_KIB || passes > MOST_PASSES {
        return Err(ExportError::Damaged);
    }
    let params = Params::new(memory, passes, lanes, None).map_err(|_| ExportError::Damaged)?;
    let mut hash = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(
            passphrase.expose_secret().as_bytes(),
            salt,
            hash.as_mut_slice(),
        )
        .map_err(|_| ExportError::Damaged)?;
    let mut key = Zeroizing::new([0; 32]);
    #[expect(clippy::expect_used, reason = "HKDF-SHA-256 gives up to 8160 bytes")]
    Hkdf::<Sha256>::new(Some(salt), hash.as_slice())
        .expand(b"twofold exports by passphrase v1", key.as_mut())
        .expect("32 bytes are not too many");
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OperatingSystem;

    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const OTHER: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

    fn by_key(key: &str) -> ExportSecret {
        ExportSecret::KeyFile(Keyring::parse(key).unwrap())
    }

    fn by_passphrase(passphrase: &str) -> ExportSecret {
        ExportSecret::Passphrase(passphrase.to_owned().into())
    }

    /// A file of these frames, the last of which is the last.
    fn sealed(secret: &ExportSecret, frames: &[&str]) -> Vec<u8> {
        let key = ExportKey::new(secret, &OperatingSystem).unwrap();
        let mut file = key.header().to_vec();
        for (position, frame) in (0..).zip(frames) {
            let last = position + 1 == frames.len() as u64;
            key.write(
                &mut file,
                position,
                last,
                frame.as_bytes(),
                &OperatingSystem,
            )
            .unwrap();
        }
        file
    }

    fn opened(secret: &ExportSecret, mut file: &[u8]) -> Result<Vec<String>, ExportError> {
        let key = ExportKey::read(secret, &mut file)?;
        let mut frames = Vec::new();
        loop {
            let (last, content) = key.read_frame(&mut file, frames.len() as u64)?;
            frames.push(String::from_utf8(content.to_vec()).unwrap());
            if last {
                return Ok(frames);
            }
        }
    }

    #[test]
    fn an_export_opens_with_its_own_secret_only() {
        let phrase = "correct horse battery staple violin";
        for (right, wrong) in [
            (by_key(KEY), by_key(OTHER)),
            (by_passphrase(phrase), by_passphrase("wrong")),
        ] {
            let file = sealed(&right, &["one", "secret", "three"]);
            assert_eq!(opened(&right, &file).unwrap(), ["one", "secret", "three"]);
            assert!(matches!(
                opened(&wrong, &file),
                Err(ExportError::WrongSecret)
            ));
            assert!(!file.windows(6).any(|bytes| bytes == b"secret"));
        }
        let file = sealed(&by_key(KEY), &["one"]);
        let error = opened(&by_passphrase(phrase), &file).unwrap_err();
        assert!(error.to_string().contains("key file"), "{error}");
    }

    #[test]
    fn an_export_changed_in_any_byte_or_cut_anywhere_does_not_open() {
        let secret = by_key(KEY);
        let file = sealed(&secret, &["one", "two"]);
        for position in 0..file.len() {
            let mut changed = file.clone();
            changed[position] ^= 1;
            assert!(opened(&secret, &changed).is_err(), "byte {position}");
            assert!(
                opened(&secret, &file[..position]).is_err(),
                "cut to {position}"
            );
        }
    }

    #[test]
    fn frames_keep_their_order_and_their_file() {
        let secret = by_key(KEY);
        let key = ExportKey::new(&secret, &OperatingSystem).unwrap();
        let frame = |position, last| {
            let mut frame = Vec::new();
            key.write(&mut frame, position, last, b"content", &OperatingSystem)
                .unwrap();
            frame
        };
        let swapped = [key.header(), &frame(1, false), &frame(0, true)].concat();
        assert!(opened(&secret, &swapped).is_err());
        let other = sealed(&secret, &["other"]);
        let mixed = [&other[..key.header().len()], &frame(0, true)].concat();
        assert!(opened(&secret, &mixed).is_err());
        assert!(opened(&secret, &[key.header(), &frame(0, true)].concat()).is_ok());
    }

    #[test]
    fn a_passphrase_that_would_be_guessed_seals_nothing() {
        for weak in ["", "password", "tulip-anchor-92", "correcthorse"] {
            let made = ExportKey::new(&by_passphrase(weak), &OperatingSystem);
            assert!(matches!(made, Err(ExportError::Weak)), "{weak}");
        }
    }

    #[test]
    fn a_header_that_asks_for_the_whole_machine_is_refused() {
        let secret = by_passphrase("correct horse battery staple violin");
        let mut file = sealed(&secret, &["one"]);
        file[MAGIC.len() + 1] = 0xff;
        assert!(matches!(opened(&secret, &file), Err(ExportError::Damaged)));
    }
}
