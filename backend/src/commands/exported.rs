//! An account as a line of an export has it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, Serialize};
use shared::{
    Timestamp,
    totp::{Secret, Step},
};
use zeroize::Zeroizing;

use super::Failed;
use crate::{
    ids::{BackupCodeSetId, TotpId},
    store::{
        BackupCodeKind, BackupCodeSet, KeptAccount, KeptBackupCodes, Place, TotpRecord, UserRecord,
    },
    vault::{OpenError, Vault},
};

/// An account. The ids stay what they are: other services know people by them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportedAccount {
    id: String,
    email_address_id: String,
    email_address: String,
    /// Exports of earlier versions have none.
    #[serde(default)]
    email_address_verified_at: Option<Timestamp>,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    external_id: Option<String>,
    password_hash: String,
    banned_at: Option<Timestamp>,
    mfa_enabled_at: Option<Timestamp>,
    mfa_disabled_at: Option<Timestamp>,
    last_sign_in_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    totp: Option<ExportedTotp>,
    backup_codes: Option<ExportedCodes>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportedTotp {
    id: String,
    secret: String,
    verified_at: Timestamp,
    last_step: Option<Step>,
    last_used_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// Their hashes, and what else they were hashed with: nothing where bcrypt hashed them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportedCodes {
    id: String,
    kind: ExportedKind,
    salt: Option<String>,
    pepper: Option<String>,
    codes: Vec<ExportedCode>,
    created_at: Timestamp,
}

/// [`BackupCodeKind`], as it is written.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", remote = "BackupCodeKind")]
enum KindText {
    Own,
    Imported,
    ImportedBcrypt,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
struct ExportedKind(#[serde(with = "KindText")] BackupCodeKind);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportedCode {
    hash: String,
    used_at: Option<Timestamp>,
}

/// Why a line of an export is of no use.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("the secret of its authenticator app cannot be read")]
    Secret,
    #[error("its backup codes cannot be read")]
    BackupCodes,
}

impl ExportedAccount {
    /// The account as it leaves: its secrets are opened. A set-up that is under way stays behind.
    pub(super) fn of(account: &KeptAccount, vault: &Vault) -> Result<Self, Failed> {
        let KeptAccount { user, .. } = account;
        let named = |error: OpenError| format!("account {}: {error}", user.id);
        let totp = account
            .totp
            .as_ref()
            .and_then(|totp| totp.verified_at.map(|verified_at| (totp, verified_at)))
            .map(|(totp, verified_at)| {
                Ok::<_, OpenError>(ExportedTotp {
                    id: totp.id.as_str().to_owned(),
                    secret: vault.open_totp_secret(totp)?.to_base32(),
                    verified_at,
                    last_step: totp.last_step,
                    last_used_at: totp.last_used_at,
                    created_at: totp.created_at,
                    updated_at: totp.updated_at,
                })
            })
            .transpose()
            .map_err(named)?;
        let backup_codes = account
            .backup_codes
            .as_ref()
            .map(|codes| ExportedCodes::of(codes, vault))
            .transpose()
            .map_err(named)?;
        Ok(Self {
            id: user.id.as_str().to_owned(),
            email_address_id: user.email_id.as_str().to_owned(),
            email_address: user.email.clone(),
            email_address_verified_at: user.email_verified_at,
            username: user.username.clone(),
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            external_id: user.external_id.clone(),
            password_hash: user.password_hash.clone(),
            banned_at: user.banned_at,
            mfa_enabled_at: user.mfa_enabled_at,
            mfa_disabled_at: user.mfa_disabled_at,
            last_sign_in_at: user.last_sign_in_at,
            created_at: user.created_at,
            updated_at: user.updated_at,
            totp,
            backup_codes,
        })
    }

    /// Its place in the order of the export.
    pub(super) fn place(&self) -> Place {
        Place {
            created_at: self.created_at,
            id: self.id.clone().into(),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn email(&self) -> &str {
        &self.email_address
    }

    pub(super) fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    pub(super) fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    /// Whether all in it can be read: what [`Self::keep`] needs, without sealing anything.
    pub(super) fn check(&self) -> Result<(), Unusable> {
        if let Some(totp) = &self.totp {
            Secret::from_base32(&totp.secret).map_err(|_| Unusable::Secret)?;
        }
        if let Some(codes) = &self.backup_codes {
            codes.read()?;
        }
        Ok(())
    }

    /// The account as this server keeps it: its secrets are sealed under our key.
    pub(super) fn keep(self, vault: &Vault) -> Result<KeptAccount, Unusable> {
        let id = self.id.into();
        let totp = self
            .totp
            .map(|totp| {
                let secret = Secret::from_base32(&totp.secret).map_err(|_| Unusable::Secret)?;
                let totp_id = TotpId::from(totp.id);
                Ok::<_, Unusable>(TotpRecord {
                    sealed_secret: vault.seal_totp_secret(&secret, &id, &totp_id),
                    id: totp_id,
                    user_id: id.clone(),
                    verified_at: Some(totp.verified_at),
                    last_step: totp.last_step,
                    last_used_at: totp.last_used_at,
                    created_at: totp.created_at,
                    updated_at: totp.updated_at,
                })
            })
            .transpose()?;
        let backup_codes = self
            .backup_codes
            .map(|codes| codes.keep(vault))
            .transpose()?;
        Ok(KeptAccount {
            user: UserRecord {
                id,
                email_id: self.email_address_id.into(),
                email: self.email_address,
                email_verified_at: self.email_address_verified_at,
                username: self.username,
                first_name: self.first_name,
                last_name: self.last_name,
                external_id: self.external_id,
                password_hash: self.password_hash,
                banned_at: self.banned_at,
                credentials_version: 1,
                failed_attempts: 0,
                locked_until: None,
                totp_verified_at: totp.as_ref().and_then(|totp| totp.verified_at),
                totp_last_used_at: totp.as_ref().and_then(|totp| totp.last_used_at),
                backup_codes_remaining: None,
                mfa_enabled_at: self.mfa_enabled_at,
                mfa_disabled_at: self.mfa_disabled_at,
                last_sign_in_at: self.last_sign_in_at,
                created_at: self.created_at,
                updated_at: self.updated_at,
            },
            totp,
            backup_codes,
        })
    }
}

/// What a set is made of: salt and secret input of the hashes, where they have such, and hashes.
type CodeParts = (
    Option<(Vec<u8>, Zeroizing<[u8; 32]>)>,
    Vec<(Vec<u8>, Option<Timestamp>)>,
);

impl ExportedCodes {
    fn of(codes: &KeptBackupCodes, vault: &Vault) -> Result<Self, OpenError> {
        let salted = !codes.set.is_of_bcrypt();
        let pepper = salted.then(|| vault.pepper(&codes.set)).transpose()?;
        Ok(Self {
            id: codes.set.id.as_str().to_owned(),
            kind: ExportedKind(codes.set.kind),
            salt: salted.then(|| BASE64.encode(&codes.set.salt)),
            pepper: pepper.map(|pepper| BASE64.encode(pepper.as_slice())),
            codes: codes
                .codes
                .iter()
                .map(|(hash, used_at)| ExportedCode {
                    hash: BASE64.encode(hash),
                    used_at: *used_at,
                })
                .collect(),
            created_at: codes.created_at,
        })
    }

    fn read(&self) -> Result<CodeParts, Unusable> {
        let bytes = |text: &str| BASE64.decode(text).map_err(|_| Unusable::BackupCodes);
        let salted = match (self.kind.0, &self.salt, &self.pepper) {
            (BackupCodeKind::ImportedBcrypt, None, None) => None,
            (BackupCodeKind::Own | BackupCodeKind::Imported, Some(salt), Some(pepper)) => {
                let pepper = Zeroizing::new(bytes(pepper)?);
                let pepper: [u8; 32] = pepper
                    .as_slice()
                    .try_into()
                    .map_err(|_| Unusable::BackupCodes)?;
                Some((bytes(salt)?, Zeroizing::new(pepper)))
            }
            _ => return Err(Unusable::BackupCodes),
        };
        let codes = self
            .codes
            .iter()
            .map(|code| Ok((bytes(&code.hash)?, code.used_at)))
            .collect::<Result<_, Unusable>>()?;
        Ok((salted, codes))
    }

    fn keep(self, vault: &Vault) -> Result<KeptBackupCodes, Unusable> {
        let (salted, codes) = self.read()?;
        let ExportedKind(kind) = self.kind;
        let id = BackupCodeSetId::from(self.id);
        let set = match salted {
            Some((salt, pepper)) => vault
                .adopt_backup_codes(id, &salt, kind, &pepper)
                .ok_or(Unusable::BackupCodes)?,
            None => BackupCodeSet {
                id,
                kind,
                salt: Vec::new(),
                sealed_pepper: None,
            },
        };
        Ok(KeptBackupCodes {
            set,
            codes,
            created_at: self.created_at,
        })
    }
}
