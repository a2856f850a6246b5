//! An account that is to be imported.

use secrecy::SecretString;
use shared::Timestamp;

use super::plain::{self, Codes, Password};
use crate::{
    commands::{Failed, exported::ExportedAccount},
    ids::{EmailAddressId, TotpId, UserId},
    store::{BackupCodeSet, KeptAccount, KeptBackupCodes, TotpRecord, UserRecord},
    vault::{PasswordWeakness, Vault},
};

/// An account that is to be imported.
pub(super) enum Candidate {
    /// Of an export.
    Exported(Box<ExportedAccount>),
    /// Of a list.
    Plain(Box<plain::Account>),
}

impl Candidate {
    /// What no two accounts share: id, address, user name.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Self::Exported(account) => [
                Some(account.id()),
                Some(account.email()),
                account.username(),
            ]
            .into_iter()
            .flatten()
            .collect(),
            Self::Plain(account) => std::iter::once(account.email.as_str())
                .chain(account.username.as_deref())
                .collect(),
        }
    }

    /// What else is wrong with it.
    pub(super) async fn check(&self, vault: &Vault) -> Result<Option<String>, Failed> {
        match self {
            Self::Exported(account) => Ok(account.check().err().map(|error| error.to_string())),
            Self::Plain(account) => {
                if let Codes::Imported(codes) = &account.backup_codes
                    && let Err(refused) = vault.check_backup_codes(codes)
                {
                    return Ok(Some(format!("backup_codes: {refused}")));
                }
                match &account.password {
                    Password::Plain(password) => weakness(account, password, vault).await,
                    Password::Hash(hasher, hash) => {
                        let refused = vault.check_password_hash(*hasher, hash).err();
                        Ok(refused.map(|refused| format!("password_hash: {refused}")))
                    }
                    Password::None => Ok(None),
                }
            }
        }
    }

    /// The name of the account in another system, which no two share either.
    pub(super) fn external_id(&self) -> Option<&str> {
        match self {
            Self::Exported(account) => account.external_id(),
            Self::Plain(account) => account.external_id.as_deref(),
        }
    }

    /// The account as this server keeps it.
    pub(super) async fn keep(self, vault: &Vault, now: Timestamp) -> Result<KeptAccount, Failed> {
        match self {
            Self::Exported(account) => Ok(account.keep(vault)?),
            Self::Plain(account) => keep(*account, vault, now).await,
        }
    }
}

async fn weakness(
    account: &plain::Account,
    password: &SecretString,
    vault: &Vault,
) -> Result<Option<String>, Failed> {
    let known = [
        account.email.clone(),
        account.username.clone().unwrap_or_default(),
    ];
    let checked = vault.check_strength(password.clone(), known).await?;
    Ok(checked
        .err()
        .map(|weakness: PasswordWeakness| weakness.to_string()))
}

/// A new account. Its authenticator app is in use elsewhere, so it needs no first code here.
async fn keep(
    account: plain::Account,
    vault: &Vault,
    now: Timestamp,
) -> Result<KeptAccount, Failed> {
    let id = UserId::generate(vault.random());
    let password_hash = match account.password {
        Password::Plain(password) => vault.hash_password(password).await?,
        Password::Hash(_, hash) => hash,
        // No password is right against it.
        Password::None => String::new(),
    };
    let totp = account.totp_secret.map(|secret| {
        let totp_id = TotpId::generate(vault.random());
        TotpRecord {
            sealed_secret: vault.seal_totp_secret(&secret, &id, &totp_id),
            id: totp_id,
            user_id: id.clone(),
            verified_at: Some(now),
            last_step: None,
            last_used_at: None,
            created_at: now,
            updated_at: now,
        }
    });
    let codes = match account.backup_codes {
        Codes::None => None,
        Codes::Own(codes) => Some(vault.keep_backup_codes(codes).await?),
        Codes::Imported(codes) => Some(vault.import_backup_codes(codes).await??),
    };
    let backup_codes = codes.map(|codes| KeptBackupCodes {
        set: BackupCodeSet {
            id: codes.id,
            kind: codes.kind,
            salt: codes.salt,
            sealed_pepper: None,
        },
        codes: codes.hashes.into_iter().map(|hash| (hash, None)).collect(),
        created_at: now,
    });
    let mfa_enabled_at = totp.as_ref().map(|_| now);
    Ok(KeptAccount {
        user: UserRecord {
            id,
            email_id: EmailAddressId::generate(vault.random()),
            email: account.email,
            email_verified_at: None,
            username: account.username,
            first_name: account.first_name,
            last_name: account.last_name,
            external_id: account.external_id,
            password_hash,
            banned_at: None,
            credentials_version: 1,
            failed_attempts: 0,
            locked_until: None,
            totp_verified_at: mfa_enabled_at,
            totp_last_used_at: None,
            backup_codes_remaining: None,
            mfa_enabled_at,
            mfa_disabled_at: None,
            last_sign_in_at: None,
            created_at: now,
            updated_at: now,
        },
        totp,
        backup_codes,
    })
}
