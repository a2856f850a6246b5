//! Opens what a server uses, for a command beside it.

use std::{error::Error, io, sync::Arc};

use secrecy::ExposeSecret;
use shared::Timestamp;
use tracing_subscriber::EnvFilter;

use super::opening::open_store;
use crate::{
    clock::{self, Clock},
    config::Config,
    ids::EventId,
    random::{OperatingSystem, Random},
    store::{self, Actor, Announcement, Device, Migrations, Occasion, Store},
    vault::{Keyring, Vault},
};

/// Database and keys of a server.
pub(super) struct Existing {
    pub(super) config: Config,
    pub(super) store: Arc<dyn Store>,
    pub(super) vault: Vault,
}

/// Why a command cannot work on this server's data.
#[derive(Debug, thiserror::Error)]
enum NotReady {
    #[error(
        "there are no encryption keys: {0} does not exist. The server makes it at its first start"
    )]
    NoKeys(String),
    #[error(
        "the tables of {database} are not those of this version of Twofold: start the server once, \
         which brings them up to date (`twofold check` says more)"
    )]
    OtherVersion { database: String },
}

impl Existing {
    /// Opens a database that a server of this version has made, and its keys. Changes nothing: a
    /// misspelt path must not become a new, empty database, and a server of another version that
    /// may be running goes on with its tables.
    pub(super) async fn existing() -> Result<Self, Box<dyn Error + Send + Sync>> {
        let config = Config::load()?;
        log_warnings();
        let url = config.database_url();
        let examination = store::examine(url.expose_secret()).await?;
        if examination.migrations != Migrations::Current {
            let database = examination.database;
            return Err(NotReady::OtherVersion { database }.into());
        }
        let keyring = match &config.keys {
            Some(keys) => Keyring::from_setting(keys)?,
            None => Keyring::read(&config.keys_file())?
                .ok_or_else(|| NotReady::NoKeys(config.keys_file().display().to_string()))?,
        };
        let store = open_store(&config).await?;
        Ok(Self {
            config,
            store,
            vault: Vault::new(keyring, Arc::new(OperatingSystem)),
        })
    }
}

/// What a change from the command line happens on: no address, no browser.
pub(super) fn occasion(now: Timestamp, random: &dyn Random) -> Occasion {
    Occasion {
        now,
        event: EventId::generate(random),
        device: Device {
            ip_address: None,
            user_agent: None,
        },
        actor: Actor::CommandLine,
        device_token: None,
        trace_id: None,
        announcement: Announcement::default(),
    }
}

/// The time, of the one clock that a command has.
pub(super) fn now() -> Timestamp {
    clock::System.now()
}

/// Warnings and errors go to standard error, as those of a server do. Events are told by the
/// command itself and kept in the database.
pub(super) fn log_warnings() {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("warn"))
        .with_target(false)
        .with_writer(io::stderr)
        .init();
}
