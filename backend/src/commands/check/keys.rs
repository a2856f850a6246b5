//! Whether there are keys, and whether they open every stored secret.

use std::sync::Arc;

use super::Finding;
use crate::{
    commands::{Failed, opening::open_store},
    config::Config,
    random::OperatingSystem,
    store::{self, Examination, Migrations},
    vault::{KeyError, Keyring, OpenError, Vault},
};

/// How many accounts are read at once.
const PAGE: u32 = 500;

/// The keys, if there are any.
fn keyring(config: &Config) -> Result<Option<Keyring>, KeyError> {
    match &config.keys {
        Some(keys) => Keyring::from_setting(keys).map(Some),
        None => Keyring::read(&config.keys_file()),
    }
}

pub(super) async fn look(
    config: &Config,
    examined: &Result<Examination, store::OpenError>,
) -> Finding {
    let name = "keys";
    let place = match config.keys {
        Some(_) => "TWOFOLD_KEYS".to_owned(),
        None => config.keys_file().display().to_string(),
    };
    let is_current = examined
        .as_ref()
        .is_ok_and(|examination| examination.migrations == Migrations::Current);
    let keyring = match keyring(config) {
        Ok(Some(keyring)) => keyring,
        Ok(None) if is_current => {
            return Finding::failed(
                name,
                format_args!("{place} does not exist, and the database is in use"),
                "Put the copy of the key file back; without it no stored secret opens (docs/disaster-recovery.md).",
            );
        }
        Ok(None) => {
            return Finding::ok(
                name,
                format_args!("{place} will be made by the first start of the server"),
            );
        }
        Err(error) => {
            return Finding::failed(
                name,
                error,
                "The server does not start with these; correct the file or put its copy back.",
            );
        }
    };
    if !is_current {
        return Finding::ok(
            name,
            format_args!("{place}; what they open is seen once the database is up to date"),
        );
    }
    match sealed(config, &Vault::new(keyring, Arc::new(OperatingSystem))).await {
        Ok(Sealed { opened, bad }) if bad.is_empty() => Finding::ok(
            name,
            format_args!("{place} opens all {opened} stored secrets"),
        ),
        Ok(Sealed { opened, bad }) => Finding::failed(
            name,
            format_args!(
                "{place} does not open {} of {} stored secrets: {}{}",
                bad.len(),
                u64::try_from(bad.len()).unwrap_or(u64::MAX) + opened,
                bad.iter().take(5).cloned().collect::<Vec<_>>().join(", "),
                if bad.len() > 5 { " …" } else { "" },
            ),
            "Where it says another key: put that key back, as a further line. Where it says damaged: restore a backup, or reset the second factor of these users.",
        ),
        Err(error) => Finding::failed(name, error, "See the database."),
    }
}

/// What the keys open, and whose secrets they do not, each with why.
struct Sealed {
    opened: u64,
    bad: Vec<String>,
}

async fn sealed(config: &Config, vault: &Vault) -> Result<Sealed, Failed> {
    let store = open_store(config).await?;
    let mut sealed = Sealed {
        opened: 0,
        bad: Vec::new(),
    };
    let mut count = |id: &str, opens: Result<(), OpenError>| match opens {
        Ok(()) => sealed.opened += 1,
        Err(OpenError::UnknownKey) => sealed.bad.push(format!("{id} (another key)")),
        Err(OpenError::Broken) => sealed.bad.push(format!("{id} (damaged)")),
    };
    for key in store.signing_keys().await? {
        count(key.id.as_str(), vault.open_signing_key(&key).map(drop));
    }
    let mut after = None;
    loop {
        let page = store.accounts_after(after.as_ref(), PAGE).await?;
        for account in &page {
            if let Some(totp) = &account.totp {
                count(totp.id.as_str(), vault.open_totp_secret(totp).map(drop));
            }
            // What bcrypt made elsewhere needs no key.
            let codes = account.backup_codes.as_ref();
            if let Some(codes) = codes.filter(|codes| !codes.set.is_of_bcrypt()) {
                count(codes.set.id.as_str(), vault.pepper(&codes.set).map(drop));
            }
        }
        let Some(last) = page.last() else { break };
        after = Some(last.place());
    }
    store.close().await;
    Ok(sealed)
}
