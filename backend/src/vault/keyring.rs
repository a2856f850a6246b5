//! The encryption keys: where they come from, and what is derived from each.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::random::{self, Random};

/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 32;
/// Bytes of a key's id.
pub(super) const KEY_ID_BYTES: usize = 8;

/// A key's id: the beginning of its SHA-256, so that a key needs no name to be told apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyId([u8; KEY_ID_BYTES]);

impl KeyId {
    pub(super) const fn new(bytes: [u8; KEY_ID_BYTES]) -> Self {
        Self(bytes)
    }

    /// As stored in whatever needs the key.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// As people see it: 16 hexadecimal digits.
impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("key file {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Others may read or write the file.
    #[error(
        "key file {} has mode {mode:04o}: others could read the keys; \
         run `chmod 600 {}` and consider the keys known", path.display(), path.display()
    )]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// What is there is no key.
    #[error("{origin}: a key is 32 bytes in base64url, and there must be at least one")]
    Malformed {
        /// Where the keys were read.
        origin: String,
    },
}

/// One key. Each purpose has a key of its own that is derived from it (HKDF-SHA-256, RFC 5869).
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Key {
    #[zeroize(skip)]
    id: KeyId,
    bytes: [u8; KEY_BYTES],
}

impl Key {
    fn new(bytes: [u8; KEY_BYTES]) -> Self {
        let digest = Sha256::digest(bytes);
        let mut id = [0; KEY_ID_BYTES];
        id.copy_from_slice(&digest[..KEY_ID_BYTES]);
        Self {
            id: KeyId(id),
            bytes,
        }
    }

    pub(super) const fn id(&self) -> KeyId {
        self.id
    }

    pub(super) fn sealing_key(&self) -> Zeroizing<[u8; KEY_BYTES]> {
        self.derived(b"twofold sealed secrets v1")
    }

    pub(super) fn backup_code_pepper(&self) -> Zeroizing<[u8; KEY_BYTES]> {
        self.derived(b"twofold backup codes v1")
    }

    /// The key of the one export that has this salt.
    pub(super) fn export_key(&self, salt: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
        self.salted(Some(salt), b"twofold exports by key v1")
    }

    fn derived(&self, purpose: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
        self.salted(None, purpose)
    }

    fn salted(&self, salt: Option<&[u8]>, purpose: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
        let mut derived = Zeroizing::new([0; KEY_BYTES]);
        #[expect(clippy::expect_used, reason = "HKDF-SHA-256 gives up to 8160 bytes")]
        Hkdf::<Sha256>::new(salt, &self.bytes)
            .expand(purpose, derived.as_mut())
            .expect("32 bytes are not too many");
        derived
    }
}

/// The keys, newest first. There is always one.
#[derive(Clone)]
pub struct Keyring {
    newest: Arc<Key>,
    older: Vec<Arc<Key>>,
}

impl Keyring {
    /// Reads the keys from a text: newest first, separated by commas or line ends; lines that
    /// begin with `#` are comments.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        Self::parse_from(text, "keys")
    }

    /// Reads the keys of `TWOFOLD_KEYS`.
    pub fn from_setting(keys: &SecretString) -> Result<Self, KeyError> {
        Self::parse_from(keys.expose_secret(), "TWOFOLD_KEYS")
    }

    /// Reads the keys of a file; `None` where there is no such file.
    pub fn read(path: &Path) -> Result<Option<Self>, KeyError> {
        let failed = |source| KeyError::File {
            path: path.to_owned(),
            source,
        };
        match fs::metadata(path) {
            Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 && metadata.is_file() => {
                Err(KeyError::Mode {
                    path: path.to_owned(),
                    mode: metadata.permissions().mode() & 0o7777,
                })
            }
            Ok(_) => {
                let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
                Self::parse_from(&text, &format!("key file {}", path.display())).map(Some)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Makes a file with one new key, of mode 0600, and reads it. Where another start was faster,
    /// its key is read.
    pub fn create(path: &Path, random: &dyn Random) -> Result<Self, KeyError> {
        let failed = |source| KeyError::File {
            path: path.to_owned(),
            source,
        };
        create(path, random).map_err(failed)?;
        Self::read(path)?.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))
    }

    fn parse_from(text: &str, origin: &str) -> Result<Self, KeyError> {
        let malformed = || KeyError::Malformed {
            origin: origin.to_owned(),
        };
        let mut keys = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .flat_map(|line| line.split(','))
            .map(str::trim)
            .filter(|key| !key.is_empty())
            .map(|key| {
                let mut bytes = Zeroizing::new([0; KEY_BYTES]);
                match URL_SAFE_NO_PAD.decode_slice(key.trim_end_matches('='), bytes.as_mut()) {
                    Ok(KEY_BYTES) => Ok(Arc::new(Key::new(*bytes))),
                    _ => Err(malformed()),
                }
            });
        let newest = keys.next().ok_or_else(malformed)??;
        Ok(Self {
            newest,
            older: keys.collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn newest(&self) -> &Key {
        &self.newest
    }

    pub(super) fn get(&self, id: KeyId) -> Option<&Key> {
        self.keys().find(|key| key.id == id).map(|key| &**key)
    }

    /// The ids of the keys, newest first: the first is the one that seals.
    pub fn ids(&self) -> Vec<KeyId> {
        self.keys().map(|key| key.id).collect()
    }

    fn keys(&self) -> impl Iterator<Item = &Arc<Key>> {
        std::iter::once(&self.newest).chain(&self.older)
    }

    /// These keys, and behind them those of `known` that are not among them.
    pub(super) fn and_those_of(mut self, known: &Self) -> Self {
        for key in known.keys() {
            if self.get(key.id).is_none() {
                self.older.push(Arc::clone(key));
            }
        }
        self
    }
}

/// Writes a new key beside `path` and moves it there whole: a start that dies in between leaves no
/// half a key, and of two starts at once the first one's key stays.
fn create(path: &Path, random: &dyn Random) -> io::Result<()> {
    let key = Zeroizing::new(random::bytes::<KEY_BYTES>(random));
    let text = Zeroizing::new(format!(
        "# Twofold's encryption keys, newest first. Whoever has these and the database has every\n\
         # secret; without them no stored secret opens again. Keep a copy apart from the database.\n\
         {}\n",
        URL_SAFE_NO_PAD.encode(*key),
    ));
    let suffix: [u8; 6] = random::bytes(random);
    let draft = path.with_extension(format!("new-{}", URL_SAFE_NO_PAD.encode(suffix)));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())
                .and_then(|()| file.sync_all())
        })
        .and_then(|()| match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        });
    let removed = fs::remove_file(&draft);
    written.and(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OperatingSystem;

    #[test]
    fn the_first_start_makes_a_key_that_only_its_owner_can_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        assert!(Keyring::read(&path).unwrap().is_none());
        let made = Keyring::create(&path, &OperatingSystem).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let read = Keyring::read(&path).unwrap().unwrap();
        assert_eq!(made.newest.id, read.newest.id);
        let again = Keyring::create(&path, &OperatingSystem).unwrap();
        assert_eq!(made.newest.id, again.newest.id, "a key that is there stays");
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "no draft is left"
        );
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        Keyring::create(&path, &OperatingSystem).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Keyring::read(&path).err().unwrap().to_string();
        assert!(
            error.contains("0640") && error.contains("chmod 600"),
            "{error}"
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let short = "AAAA";
        let whole = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let long = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for text in [
            "",
            "# only a comment\n",
            short,
            long,
            &format!("{whole},{short}"),
        ] {
            assert!(
                matches!(Keyring::parse(text), Err(KeyError::Malformed { .. })),
                "{text:?}"
            );
        }
        assert!(Keyring::parse(&format!("# a comment\n {whole}=\n")).is_ok());
    }

    #[test]
    fn each_purpose_has_a_key_of_its_own() {
        let key = Key::new([7; KEY_BYTES]);
        assert_ne!(*key.sealing_key(), *key.backup_code_pepper());
        assert_ne!(*key.sealing_key(), [7; KEY_BYTES]);
    }
}
