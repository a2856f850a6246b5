//! The vault: keys, sealed secrets, password and backup-code hashes, tokens.
//!
//! Nothing outside sees a key. Whatever costs much time runs off the async threads, behind one
//! queue.

use std::{path::PathBuf, sync::Arc};

use secrecy::{ExposeSecret, SecretString};
use shared::{BackupCode, ImportedBackupCode, totp};
use zeroize::Zeroizing;

use crate::{
    ids::{BackupCodeSetId, SigningKeyId, TotpId, UserId},
    random::{self, Random},
    store::{BackupCodeKind, BackupCodeSet, NewBackupCodes, SigningKeyRecord, TotpRecord},
};

mod export;
mod hashing;
mod imported;
mod key_file;
mod keyring;
mod live;
mod mailed_codes;
mod rotation;
mod sealed;
mod signing;
mod strength;
mod tokens;

pub use export::{ExportError, ExportKey, ExportSecret};
pub use hashing::{Busy, Hashing, PasswordCheck};
use imported::ImportedCodes;
pub use imported::{CodesRefused, HashRefused, PasswordHasher};
pub use key_file::{NewKey, add_key, with_line};
pub use keyring::{KeyError, KeyId, Keyring};
pub use rotation::{key_id, key_of};
pub use sealed::OpenError;
pub use signing::{SigningError, SigningKey};
pub use strength::PasswordWeakness;
pub use tokens::{ClientToken, DeviceToken};

/// See the module's words.
pub struct Vault {
    keyring: live::LiveKeyring,
    random: Arc<dyn Random>,
    hashing: hashing::Queue,
    dummy_hash: Arc<str>,
}

/// Why the vault did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Too much hashing is queued already.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// A stored secret does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl Vault {
    /// A vault that seals with the first key of `keyring` and opens with all of them.
    pub fn new(keyring: Keyring, random: Arc<dyn Random>) -> Self {
        Self::over(live::LiveKeyring::new(keyring, None), random)
    }

    /// A vault over the keys of a file, which it reads again when it meets a key that it does not
    /// know: so a key that is added there serves while the server runs.
    pub fn of_file(keyring: Keyring, file: PathBuf, random: Arc<dyn Random>) -> Self {
        Self::over(live::LiveKeyring::new(keyring, Some(file)), random)
    }

    fn over(keyring: live::LiveKeyring, random: Arc<dyn Random>) -> Self {
        let (salt, drawn) = (random::bytes(&*random), random::bytes(&*random));
        let dummy_hash = hashing::hash_of_nobody(&salt, &drawn).into();
        Self {
            keyring,
            random,
            hashing: hashing::Queue::for_this_machine(),
            dummy_hash,
        }
    }

    /// How much hashing is under way.
    pub fn hashing(&self) -> Hashing {
        self.hashing.state()
    }

    /// The source of randomness, for ids.
    pub fn random(&self) -> &dyn Random {
        &*self.random
    }

    /// A new secret for an authenticator app.
    pub fn new_totp_secret(&self) -> totp::Secret {
        totp::Secret::new(random::bytes(self.random()))
    }

    /// Seals the secret of that row of that user.
    pub fn seal_totp_secret(&self, secret: &totp::Secret, user: &UserId, id: &TotpId) -> Vec<u8> {
        let place = totp_secret_place(user, id);
        sealed::seal(
            self.keyring.current().newest(),
            self.random(),
            &place,
            secret.as_bytes(),
        )
    }

    /// Opens the secret of a row. Fails for a secret that was sealed for another row or user.
    pub fn open_totp_secret(&self, record: &TotpRecord) -> Result<totp::Secret, OpenError> {
        let place = totp_secret_place(&record.user_id, &record.id);
        let bytes = self.keyring.open(&place, &record.sealed_secret)?;
        totp::Secret::imported(&bytes).map_err(|_| OpenError::Broken)
    }

    /// Seals a key that signs session tokens, for its row.
    pub fn seal_signing_key(&self, key: &SigningKey) -> Vec<u8> {
        let place = signing_key_place(key.id());
        sealed::seal(
            self.keyring.current().newest(),
            self.random(),
            &place,
            key.pem(),
        )
    }

    /// Opens the signing key of a row. Fails for a key that was sealed for another row.
    pub fn open_signing_key(&self, record: &SigningKeyRecord) -> Result<SigningKey, OpenError> {
        let place = signing_key_place(&record.id);
        let pem = self.keyring.open(&place, &record.sealed_key)?;
        let pem = std::str::from_utf8(&pem).map_err(|_| OpenError::Broken)?;
        SigningKey::from_pem(Zeroizing::new(pem.to_owned())).map_err(|_| OpenError::Broken)
    }

    /// Whether a new password is strong enough, given what else of the user an attacker knows.
    pub async fn check_strength(
        &self,
        password: SecretString,
        known: impl Into<Vec<String>>,
    ) -> Result<Result<(), PasswordWeakness>, Busy> {
        let known = known.into();
        self.hashing
            .run(move |_| strength::check(password.expose_secret(), &known))
            .await
    }

    /// The PHC string of a password.
    pub async fn hash_password(&self, password: SecretString) -> Result<String, Busy> {
        let salt = random::bytes(self.random());
        self.hashing
            .run(move |memory| hashing::hash_password(memory, password.expose_secret(), &salt))
            .await
    }

    /// Whether the hash of a password can be kept that another system made.
    pub fn check_password_hash(
        &self,
        hasher: PasswordHasher,
        hash: &str,
    ) -> Result<(), HashRefused> {
        imported::check_password_hash(hasher, hash)
    }

    /// Checks a password against what is kept of it: a PHC string, or the work of bcrypt in another
    /// system. `None` and the empty text take the time of a PHC string of today, and are never right.
    pub async fn check_password(
        &self,
        password: SecretString,
        hash: Option<&str>,
    ) -> Result<PasswordCheck, Busy> {
        let hash = hash.filter(|hash| !hash.is_empty());
        let known = hash.is_some();
        let hash: Arc<str> = hash.map_or_else(|| Arc::clone(&self.dummy_hash), Arc::from);
        let salt = random::bytes(self.random());
        self.hashing
            .run(move |memory| {
                let check = hashing::check_password(memory, password.expose_secret(), &hash, &salt);
                if known { check } else { PasswordCheck::Wrong }
            })
            .await
    }

    /// A new set of backup codes, and what the database keeps of it.
    pub async fn new_backup_codes(&self) -> Result<(Vec<BackupCode>, NewBackupCodes), Busy> {
        let codes: Vec<BackupCode> = (0..shared::BACKUP_CODES_PER_SET)
            .map(|_| BackupCode::generate(|bytes| self.random.fill(bytes)))
            .collect();
        let kept = self.keep_backup_codes(codes.clone()).await?;
        Ok((codes, kept))
    }

    /// What the database keeps of these backup codes.
    pub async fn keep_backup_codes(&self, codes: Vec<BackupCode>) -> Result<NewBackupCodes, Busy> {
        let id = BackupCodeSetId::generate(self.random());
        let keyring = self.keyring.current();
        let key = keyring.newest();
        let salt = hashing::BackupCodeSalt::new(key.id(), random::bytes(self.random()));
        let pepper = key.backup_code_pepper();
        let stored_salt = salt.to_bytes();
        let hashes = self
            .hashing
            .run(move |memory| {
                codes
                    .iter()
                    .map(|code| hashing::hash_backup_code(memory, code.as_str(), &salt, &*pepper))
                    .collect()
            })
            .await?;
        Ok(NewBackupCodes {
            id,
            kind: BackupCodeKind::Own,
            salt: stored_salt,
            hashes,
        })
    }

    /// Whether the backup codes of another system can be kept, plain or hashed by bcrypt. Hashes
    /// nothing.
    pub fn check_backup_codes(&self, codes: &[SecretString]) -> Result<(), CodesRefused> {
        imported::read_codes(codes).map(drop)
    }

    /// What the database keeps of the backup codes of another system, plain or hashed by bcrypt.
    pub async fn import_backup_codes(
        &self,
        codes: Vec<SecretString>,
    ) -> Result<Result<NewBackupCodes, CodesRefused>, Busy> {
        let id = BackupCodeSetId::generate(self.random());
        let plain = match imported::read_codes(&codes) {
            Err(refused) => return Ok(Err(refused)),
            Ok(ImportedCodes::Hashed(hashes)) => {
                return Ok(Ok(NewBackupCodes {
                    id,
                    kind: BackupCodeKind::ImportedBcrypt,
                    salt: Vec::new(),
                    hashes,
                }));
            }
            Ok(ImportedCodes::Plain(plain)) => plain,
        };
        let keyring = self.keyring.current();
        let key = keyring.newest();
        let salt = hashing::BackupCodeSalt::new(key.id(), random::bytes(self.random()));
        let pepper = key.backup_code_pepper();
        let stored_salt = salt.to_bytes();
        let hash = move |memory: &mut hashing::Memory| {
            let codes = plain.iter();
            codes
                .map(|code| hashing::hash_backup_code(memory, code.as_str(), &salt, &*pepper))
                .collect()
        };
        Ok(Ok(NewBackupCodes {
            id,
            kind: BackupCodeKind::Imported,
            salt: stored_salt,
            hashes: self.hashing.run(hash).await?,
        }))
    }

    /// The hash under which a set of plain imported codes would keep `code`.
    pub async fn hash_imported_code(
        &self,
        code: ImportedBackupCode,
        set: &BackupCodeSet,
    ) -> Result<Vec<u8>, VaultError> {
        let (salt, pepper) = self.salt_and_pepper(set)?;
        Ok(self
            .hashing
            .run(move |memory| hashing::hash_backup_code(memory, code.as_str(), &salt, &*pepper))
            .await?)
    }

    /// The one of bcrypt's hashes that a code is of, in one of its spellings. It takes one place in
    /// the queue, and the time of all hashes.
    pub async fn find_bcrypt_hash(
        &self,
        spellings: Vec<SecretString>,
        hashes: Vec<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, Busy> {
        self.hashing
            .run(move |_| imported::matching_hash(&spellings, hashes))
            .await
    }

    /// The hash under which the set would keep `code`.
    pub async fn hash_backup_code(
        &self,
        code: BackupCode,
        set: &BackupCodeSet,
    ) -> Result<Vec<u8>, VaultError> {
        let (salt, pepper) = self.salt_and_pepper(set)?;
        Ok(self
            .hashing
            .run(move |memory| hashing::hash_backup_code(memory, code.as_str(), &salt, &*pepper))
            .await?)
    }

    /// The secret input of the hashes of a set: of the key that its salt names, or, where it came
    /// from another server, that server's, which is sealed beside it.
    pub fn pepper(&self, set: &BackupCodeSet) -> Result<Zeroizing<[u8; 32]>, OpenError> {
        if let Some(sealed) = &set.sealed_pepper {
            let bytes = self.keyring.open(&pepper_place(&set.id), sealed)?;
            return match bytes.as_slice().try_into() {
                Ok(pepper) => Ok(Zeroizing::new(pepper)),
                Err(_) => Err(OpenError::Broken),
            };
        }
        let salt = hashing::BackupCodeSalt::from_bytes(&set.salt).ok_or(OpenError::Broken)?;
        self.keyring.pepper(salt.key_id())
    }

    /// A set that another server made, from its salt and the secret input of its hashes, which is
    /// sealed. The salt names our key from here on: that is the one that the set needs. `None` for
    /// what is no salt.
    pub fn adopt_backup_codes(
        &self,
        id: BackupCodeSetId,
        salt: &[u8],
        kind: BackupCodeKind,
        pepper: &[u8; 32],
    ) -> Option<BackupCodeSet> {
        let keyring = self.keyring.current();
        let key = keyring.newest();
        let salt = hashing::BackupCodeSalt::from_bytes(salt)?.under(key.id());
        let sealed = sealed::seal(key, self.random(), &pepper_place(&id), pepper);
        Some(BackupCodeSet {
            id,
            kind,
            salt: salt.to_bytes(),
            sealed_pepper: Some(sealed),
        })
    }

    /// What the hashes of a set are made with, beside the codes.
    fn salt_and_pepper(
        &self,
        set: &BackupCodeSet,
    ) -> Result<(hashing::BackupCodeSalt, Zeroizing<[u8; keyring::KEY_BYTES]>), OpenError> {
        let salt = hashing::BackupCodeSalt::from_bytes(&set.salt).ok_or(OpenError::Broken)?;
        Ok((salt, self.pepper(set)?))
    }

    /// A new token for a client.
    pub fn new_client_token(&self) -> ClientToken {
        ClientToken::generate(self.random())
    }

    /// A new token for a browser that has just signed in.
    pub fn new_device_token(&self) -> DeviceToken {
        DeviceToken::generate(self.random())
    }
}

/// The associated data of a sealed secret: table, column, user and row.
fn totp_secret_place(user: &UserId, id: &TotpId) -> Vec<u8> {
    sealed::place(&["totps", "sealed_secret", user.as_str(), id.as_str()])
}

/// The associated data of a sealed secret input of a set's hashes: table, column and row.
fn pepper_place(set: &BackupCodeSetId) -> Vec<u8> {
    sealed::place(&["backup_code_sets", "sealed_pepper", set.as_str()])
}

/// The associated data of a sealed signing key: table, column and row.
fn signing_key_place(id: &SigningKeyId) -> Vec<u8> {
    sealed::place(&["signing_keys", "sealed_key", id.as_str()])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Random bytes that tests can foresee: each byte one more than the one before.
    struct Counting(std::sync::Mutex<u8>);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            let mut next = self.0.lock().unwrap();
            for byte in bytes {
                *byte = *next;
                *next = next.wrapping_add(1);
            }
        }
    }

    fn counting() -> Arc<dyn Random> {
        Arc::new(Counting(std::sync::Mutex::new(0)))
    }

    fn vault_with(keys: &str) -> Vault {
        Vault::new(Keyring::parse(keys).unwrap(), counting())
    }

    const FIRST: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const SECOND: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

    fn record(vault: &Vault, user: &str, secret: &totp::Secret) -> TotpRecord {
        let user = UserId::from(user.to_owned());
        let id = TotpId::from("totp_1".to_owned());
        let now = shared::Timestamp::from_seconds(0);
        TotpRecord {
            sealed_secret: vault.seal_totp_secret(secret, &user, &id),
            id,
            user_id: user,
            verified_at: None,
            last_step: None,
            last_used_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    #[test]
    fn a_secret_opens_in_its_own_row_only() {
        let vault = vault_with(FIRST);
        let secret = vault.new_totp_secret();
        let sealed = record(&vault, "user_1", &secret);
        assert_eq!(vault.open_totp_secret(&sealed).unwrap(), secret);

        let moved = TotpRecord {
            user_id: UserId::from("user_2".to_owned()),
            ..sealed.clone()
        };
        assert!(matches!(
            vault.open_totp_secret(&moved),
            Err(OpenError::Broken)
        ));
        let renamed = TotpRecord {
            id: TotpId::from("totp_2".to_owned()),
            ..sealed
        };
        assert!(matches!(
            vault.open_totp_secret(&renamed),
            Err(OpenError::Broken)
        ));
    }

    #[test]
    fn an_old_key_still_opens_and_a_foreign_one_is_told_apart() {
        let secret = vault_with(FIRST).new_totp_secret();
        let sealed = record(&vault_with(FIRST), "user_1", &secret);
        let rotated = vault_with(&format!("{SECOND}\n{FIRST}"));
        assert_eq!(rotated.open_totp_secret(&sealed).unwrap(), secret);
        let foreign = vault_with(SECOND).open_totp_secret(&sealed);
        assert!(matches!(foreign, Err(OpenError::UnknownKey)));
    }

    #[test]
    fn a_sealed_secret_changed_in_any_byte_does_not_open() {
        let vault = vault_with(FIRST);
        let sealed = record(&vault, "user_1", &vault.new_totp_secret());
        for position in 0..sealed.sealed_secret.len() {
            let mut changed = sealed.clone();
            changed.sealed_secret[position] ^= 1;
            assert!(vault.open_totp_secret(&changed).is_err(), "byte {position}");
        }
        for length in 0..sealed.sealed_secret.len() {
            let mut cut = sealed.clone();
            cut.sealed_secret.truncate(length);
            assert!(vault.open_totp_secret(&cut).is_err(), "cut to {length}");
        }
    }

    #[tokio::test]
    async fn a_backup_code_has_the_same_hash_again_and_needs_the_key() {
        let vault = vault_with(FIRST);
        let (codes, stored) = vault.new_backup_codes().await.unwrap();
        assert_eq!((codes.len(), stored.hashes.len()), (10, 10));
        let set = BackupCodeSet {
            id: stored.id,
            kind: stored.kind,
            salt: stored.salt,
            sealed_pepper: None,
        };
        let typed: BackupCode = codes[3].to_string().to_uppercase().parse().unwrap();
        let hash = vault.hash_backup_code(typed.clone(), &set).await.unwrap();
        assert_eq!(hash, stored.hashes[3]);

        let rotated = vault_with(&format!("{SECOND}\n{FIRST}"));
        assert_eq!(
            rotated.hash_backup_code(typed.clone(), &set).await.unwrap(),
            hash
        );
        let foreign = vault_with(SECOND).hash_backup_code(typed, &set).await;
        assert!(matches!(
            foreign,
            Err(VaultError::Open(OpenError::UnknownKey))
        ));
    }

    #[tokio::test]
    async fn a_backup_code_of_another_server_is_known_by_its_sealed_pepper() {
        let elsewhere = vault_with(FIRST);
        let (codes, stored) = elsewhere.new_backup_codes().await.unwrap();
        let set = BackupCodeSet {
            kind: BackupCodeKind::Own,
            id: stored.id,
            salt: stored.salt,
            sealed_pepper: None,
        };
        let pepper = elsewhere.pepper(&set).unwrap();
        let here = vault_with(SECOND);
        let moved = here
            .adopt_backup_codes(set.id.clone(), &set.salt, set.kind, &pepper)
            .unwrap();
        assert_ne!(moved.salt, set.salt, "it names the key that it needs here");
        let hash = here.hash_backup_code(codes[0].clone(), &moved).await;
        assert_eq!(hash.unwrap(), stored.hashes[0]);
        let other_row = BackupCodeSet {
            id: BackupCodeSetId::from("bkp_other".to_owned()),
            ..moved
        };
        let refused = here.hash_backup_code(codes[0].clone(), &other_row).await;
        assert!(matches!(refused, Err(VaultError::Open(OpenError::Broken))));
    }

    #[tokio::test]
    async fn a_password_is_right_only_against_its_own_hash() {
        let vault = vault_with(FIRST);
        let hash = vault
            .hash_password("correct horse".to_owned().into())
            .await
            .unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let check = |password: &str, hash| vault.check_password(password.to_owned().into(), hash);
        assert_eq!(
            check("correct horse", Some(&hash)).await.unwrap(),
            PasswordCheck::Right
        );
        assert_eq!(
            check("Correct horse", Some(&hash)).await.unwrap(),
            PasswordCheck::Wrong
        );
        assert_eq!(check("", None).await.unwrap(), PasswordCheck::Wrong);
    }

    #[tokio::test]
    async fn a_hash_of_older_parameters_is_made_anew() {
        let vault = vault_with(FIRST);
        // "password" under 8 MiB and one pass, by the reference implementation.
        let older = "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$";
        let older = format!("{older}{}", hashing::tests::output_for_older_parameters());
        let check = vault
            .check_password("password".to_owned().into(), Some(&older))
            .await
            .unwrap();
        let PasswordCheck::RightRehashed(anew) = check else {
            panic!("{check:?}")
        };
        let again = vault
            .check_password("password".to_owned().into(), Some(&anew))
            .await
            .unwrap();
        assert_eq!(again, PasswordCheck::Right);
    }
}
