//! The keys of a running server, which learns of new ones.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use zeroize::Zeroizing;

use super::{
    keyring::{KEY_BYTES, KeyId, Keyring},
    sealed::{self, OpenError},
};

/// Keys that are read again when something names one that is not among them: another server, or a
/// rotation, seals with a new key already. What was known once stays known.
pub(super) struct LiveKeyring {
    keys: RwLock<Arc<Keyring>>,
    file: Option<PathBuf>,
}

impl LiveKeyring {
    pub(super) fn new(keyring: Keyring, file: Option<PathBuf>) -> Self {
        Self {
            keys: RwLock::new(Arc::new(keyring)),
            file,
        }
    }

    pub(super) fn current(&self) -> Arc<Keyring> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn open(
        &self,
        place: &[u8],
        envelope: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        match sealed::open(&self.current(), place, envelope) {
            Err(OpenError::UnknownKey) => sealed::open(&self.read_again(), place, envelope),
            opened => opened,
        }
    }

    /// The secret input of backup codes that were hashed with that key.
    pub(super) fn pepper(&self, id: KeyId) -> Result<Zeroizing<[u8; KEY_BYTES]>, OpenError> {
        let pepper =
            |keyring: &Keyring| keyring.get(id).map(super::keyring::Key::backup_code_pepper);
        pepper(&self.current())
            .or_else(|| pepper(&self.read_again()))
            .ok_or(OpenError::UnknownKey)
    }

    /// The keys, with those that the file has by now. A file that cannot be read changes nothing: the
    /// secret at hand stays closed, and all others open as before.
    fn read_again(&self) -> Arc<Keyring> {
        let known = self.current();
        let Some(file) = &self.file else {
            return known;
        };
        let keyring = match Keyring::read(file) {
            Ok(Some(keyring)) => Arc::new(keyring.and_those_of(&known)),
            Ok(None) => return known,
            Err(error) => {
                tracing::error!(%error, "a secret is sealed with a key that this server does not know");
                return known;
            }
        };
        if keyring.ids() != known.ids() {
            tracing::info!(sealing_key = %keyring.newest().id(), "the key file was read again");
        }
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&keyring);
        keyring
    }
}
