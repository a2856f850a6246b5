//! From an older key to the newest, without showing the secret to anybody.

use super::{
    KeyId, OpenError, Vault, keyring::KEY_ID_BYTES, sealed, signing_key_place, totp_secret_place,
};
use crate::store::{SigningKeyRecord, TotpRecord};

impl Vault {
    /// The ids of the keys, newest first: the first is the one that seals.
    pub fn key_ids(&self) -> Vec<KeyId> {
        self.keyring.current().ids()
    }

    /// The secret of that row, sealed with the newest key.
    pub fn reseal_totp_secret(&self, record: &TotpRecord) -> Result<Vec<u8>, OpenError> {
        let place = totp_secret_place(&record.user_id, &record.id);
        self.reseal(&place, &record.sealed_secret)
    }

    /// The signing key of that row, sealed with the newest key.
    pub fn reseal_signing_key(&self, record: &SigningKeyRecord) -> Result<Vec<u8>, OpenError> {
        self.reseal(&signing_key_place(&record.id), &record.sealed_key)
    }

    fn reseal(&self, place: &[u8], envelope: &[u8]) -> Result<Vec<u8>, OpenError> {
        let secret = self.keyring.open(place, envelope)?;
        let keyring = self.keyring.current();
        Ok(sealed::seal(
            keyring.newest(),
            self.random(),
            place,
            &secret,
        ))
    }
}

/// The key that an envelope names, whether it is known or not; `None` for what is no envelope.
pub fn key_of(envelope: &[u8]) -> Option<KeyId> {
    let (_version, rest) = envelope.split_first()?;
    key_id(rest.get(..KEY_ID_BYTES)?)
}

/// The id of a key as the database has it; `None` for what is none.
pub fn key_id(stored: &[u8]) -> Option<KeyId> {
    stored.try_into().ok().map(KeyId::new)
}
