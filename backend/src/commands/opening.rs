//! Keys and database, opened for whatever a command does with them.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    fs::{self, DirBuilder},
    io::{self, IsTerminal},
    os::unix::fs::DirBuilderExt,
    path::Path,
    sync::Arc,
};

use secrecy::ExposeSecret;
use tracing_subscriber::EnvFilter;

use super::Failed;
use crate::{
    clock::{self, Clock},
    config::{Config, LogFormat},
    domain::{
        Fault,
        key_rotation::{self, KeyNeed},
        session_token::SessionTokens,
    },
    random::OperatingSystem,
    store::{self, Store},
    vault::{KeyError, Keyring, OpenError, Vault},
};

/// Keys that fit their database, and the database.
pub(super) struct Opened {
    /// The database; to be closed by whoever opened it.
    pub(super) store: Arc<dyn Store>,
    /// The keys.
    pub(super) vault: Vault,
}

/// Why keys and database cannot be opened.
#[derive(Debug, thiserror::Error)]
enum OpeningError {
    #[error("TWOFOLD_LOG: {0}")]
    Log(tracing_subscriber::filter::ParseError),
    #[error("TWOFOLD_DATABASE_URL: {0}")]
    DatabaseUrl(store::OpenError),
    #[error("data directory {path} (TWOFOLD_DATA_DIR): {source}")]
    DataDir { path: String, source: io::Error },
    #[error(
        "this server's key does not open the stored secrets: {keys} does not hold the key that \
         sealed them{missing}; put that key back (as a further line, if there is a newer one)"
    )]
    WrongKey { keys: String, missing: String },
    #[error(
        "{keys} does not exist: the first `twofold serve` makes it, or TWOFOLD_DATA_DIR and \
         TWOFOLD_KEYS_FILE mean another place"
    )]
    NoKeys { keys: String },
    #[error("the stored secret of {id} is damaged: restore the database from a backup")]
    DamagedSecret { id: String },
}

/// Opens keys and database. A start that fails leaves nothing behind: what is there already is
/// looked at first, and a key is made only for a database that holds no sealed secret.
pub(super) async fn open(config: &Config) -> Result<Opened, Failed> {
    let random = Arc::new(OperatingSystem);
    let keyring = read_keys(config)?;
    let data_dir = DataDir::of(config);
    if config.database_url.is_none() {
        data_dir.create()?;
    }
    let opened = open_with(config, keyring, random, &data_dir).await;
    if opened.is_err() {
        data_dir.remove_if_made();
    }
    opened
}

/// Opens keys and database for a command that works on what is there: nothing is made.
pub(super) async fn open_existing(config: &Config) -> Result<Opened, Failed> {
    existing_keys(config)?;
    open(config).await
}

/// The keys, for a command that works on what is there.
pub(super) fn existing_keys(config: &Config) -> Result<Keyring, Failed> {
    let no_keys = || OpeningError::NoKeys {
        keys: origin_of_keys(config),
    };
    Ok(read_keys(config)?.ok_or_else(no_keys)?)
}

fn read_keys(config: &Config) -> Result<Option<Keyring>, KeyError> {
    match &config.keys {
        Some(keys) => Keyring::from_setting(keys).map(Some),
        None => Keyring::read(&config.keys_file()),
    }
}

/// What operators know the keys by.
pub(super) fn origin_of_keys(config: &Config) -> String {
    if config.keys.is_some() {
        "TWOFOLD_KEYS".to_owned()
    } else {
        format!("key file {}", config.keys_file().display())
    }
}

async fn open_with(
    config: &Config,
    keyring: Option<Keyring>,
    random: Arc<OperatingSystem>,
    data_dir: &DataDir<'_>,
) -> Result<Opened, Failed> {
    let store = open_store(config).await?;
    match unlock(config, keyring, random, data_dir, &*store).await {
        Ok(vault) => Ok(Opened { store, vault }),
        Err(error) => {
            // Else SQLite might leave its side files behind.
            store.close().await;
            Err(error)
        }
    }
}

/// Opens the database alone.
pub(super) async fn open_store(config: &Config) -> Result<Arc<dyn Store>, Failed> {
    let settings = config.database_settings();
    store::open_with(config.database_url().expose_secret(), &settings)
        .await
        .map_err(|source| match config.database_url {
            Some(_) => OpeningError::DatabaseUrl(source).into(),
            None => Failed::from(source),
        })
}

/// Finds out whether the keys are those of the database, and makes one where neither has any.
async fn unlock(
    config: &Config,
    keyring: Option<Keyring>,
    random: Arc<OperatingSystem>,
    data_dir: &DataDir<'_>,
    store: &dyn Store,
) -> Result<Vault, Failed> {
    let known = keyring.as_ref().map(Keyring::ids).unwrap_or_default();
    let missing = key_rotation::missing(store, &known).await?;
    let wrong_key = || OpeningError::WrongKey {
        keys: origin_of_keys(config),
        missing: described(&missing),
    };
    if !missing.is_empty() {
        return Err(wrong_key().into());
    }
    let keyring = if let Some(keyring) = keyring {
        keyring
    } else {
        if config.keys_file.is_none() {
            data_dir.create()?;
        }
        Keyring::create(&config.keys_file(), &*random)?
    };
    let vault = match &config.keys {
        Some(_) => Vault::new(keyring, random),
        None => Vault::of_file(keyring, config.keys_file(), random),
    };
    let does_not_open = |error, id: &str| match error {
        OpenError::UnknownKey => wrong_key(),
        OpenError::Broken => OpeningError::DamagedSecret { id: id.to_owned() },
    };
    if let Some(totp) = store.any_totp().await? {
        vault
            .open_totp_secret(&totp)
            .map_err(|error| does_not_open(error, totp.id.as_str()))?;
    }
    match SessionTokens::check(store, &vault, clock::System.now()).await {
        Err(Fault::Open(error)) => Err(does_not_open(error, "a signing key"))?,
        result => result?,
    }
    Ok(vault)
}

/// Keys, and what does not open without them.
fn described(missing: &[KeyNeed]) -> String {
    let each = missing.iter().map(|need| {
        format!(
            "key {} of {} authenticator apps, {} signing keys and {} sets of backup codes",
            need.id, need.totp_secrets, need.signing_keys, need.backup_code_sets
        )
    });
    format!(" ({})", each.collect::<Vec<_>>().join("; "))
}

/// The data directory, made when something is first put into it.
struct DataDir<'config> {
    path: &'config Path,
    existed: bool,
}

impl<'config> DataDir<'config> {
    fn of(config: &'config Config) -> Self {
        Self {
            path: &config.data_dir,
            existed: config.data_dir.exists(),
        }
    }

    fn create(&self) -> Result<(), OpeningError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(self.path)
            .map_err(|source| OpeningError::DataDir {
                path: self.path.display().to_string(),
                source,
            })
    }

    /// Takes the directory away again, as long as nothing is in it.
    fn remove_if_made(&self) {
        if !self.existed {
            // Whatever is in it was there to stay; the error that led here is told.
            let _ = fs::remove_dir(self.path);
        }
    }
}

/// Has the log written to standard error, as the configuration says.
pub(super) fn init_log(config: &Config) -> Result<(), Failed> {
    let filter = EnvFilter::try_new(&config.log).map_err(OpeningError::Log)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    log_panics();
    match config.log_format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    Ok(())
}

/// Has a panic told by the log like all else, under the id of its request.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let told = panic.to_string().replace('\n', " ");
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            tracing::error!(%backtrace, "{told}");
        } else {
            tracing::error!("{told}");
        }
    }));
}
