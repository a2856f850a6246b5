//! From the configuration to a running server, and to its graceful stop.

use std::{
    error::Error,
    fs::{self, DirBuilder},
    io::{self, IsTerminal},
    net::SocketAddr,
    os::unix::fs::DirBuilderExt,
    path::Path,
    sync::Arc,
    time::Duration,
};

use secrecy::ExposeSecret;
use tokio::{net::TcpListener, signal, sync::watch};
use tracing_subscriber::EnvFilter;

use super::{
    RateLimits,
    connections::{self, Limits},
};
use crate::{
    AppState, app,
    cleaning::Cleaner,
    clock::{self, Clock},
    config::{Config, LogFormat, RateLimiting},
    domain::{Fault, session_token::SessionTokens},
    notify::{Delivery, Notifier, SmtpUrlError},
    random::OperatingSystem,
    store::{self, Store},
    vault::{Keyring, OpenError, Vault},
};

/// How long requests that are running may take after a stop was asked for.
const GRACE: Duration = Duration::from_secs(10);

/// Why the server does not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error("TWOFOLD_LOG: {0}")]
    Log(tracing_subscriber::filter::ParseError),
    #[error(
        "cannot listen on {address} (TWOFOLD_LISTEN): {}",
        listen_advice(source)
    )]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("TWOFOLD_DATABASE_URL: {0}")]
    DatabaseUrl(store::OpenError),
    #[error("TWOFOLD_SMTP_URL: {0}")]
    SmtpUrl(SmtpUrlError),
    #[error("data directory {path} (TWOFOLD_DATA_DIR): {source}")]
    DataDir { path: String, source: io::Error },
    #[error(
        "this server's key does not open the stored secrets: {keys} does not hold the key that \
         sealed them; put that key back (as a further line, if there is a newer one)"
    )]
    WrongKey { keys: String },
    #[error("the stored secret of {id} is damaged: restore the database from a backup")]
    DamagedSecret { id: String },
}

fn listen_advice(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the port is in use by another program".to_owned(),
        io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege".to_owned(),
        _ => error.to_string(),
    }
}

/// Reads the configuration, opens everything, and serves until SIGTERM or Ctrl-C.
pub async fn serve() -> Result<(), Box<dyn Error + Send + Sync>> {
    let config = Config::load()?;
    init_log(&config)?;
    // The port comes first: a second start by mistake must touch neither keys nor database.
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| ServeError::Listen {
            address: config.listen,
            source,
        })?;
    let address = listener.local_addr()?;
    let delivery = delivery(&config)?;
    let state = open(config).await?;
    if !state.config.public_url.is_https() && !state.config.public_url.is_localhost() {
        tracing::warn!(
            public_url = %state.config.public_url,
            "without https everyone on the way can read passwords and codes"
        );
    }
    if state.config.rate_limits == RateLimiting::Off {
        tracing::warn!("TWOFOLD_RATE_LIMITS=off: passwords and codes can be tried at any speed");
    }
    tracing::info!(%address, public_url = %state.config.public_url, "listening");
    let store = Arc::clone(&state.store);
    let notifier = Notifier::new(
        Arc::clone(&state.store),
        Arc::clone(&state.clock),
        delivery,
        (&*state.config).into(),
    );
    let cleaner = Cleaner::new(
        Arc::clone(&state.store),
        Arc::clone(&state.clock),
        Arc::new(OperatingSystem),
        &state.config,
    );
    tokio::spawn(prepare_tokens(state.clone()));
    run(listener, state, notifier, cleaner).await;
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Makes the first signing key beside the first requests: that takes longer than all of the start.
async fn prepare_tokens(state: AppState) {
    let AppState {
        store,
        vault,
        tokens,
        clock,
        ..
    } = state;
    if let Err(error) = tokens.prepare(&*store, &vault, clock.now()).await {
        // The next request that needs a token tries again.
        tracing::error!(%error, "no signing key yet");
    }
}

/// Where mails go. Looked at before anything is opened: it fails for the configuration alone.
fn delivery(config: &Config) -> Result<Delivery, ServeError> {
    let Some(url) = &config.smtp_url else {
        return Ok(Delivery::Folder(config.mails_dir()));
    };
    if Delivery::is_in_the_clear(url) {
        tracing::warn!(
            "TWOFOLD_SMTP_URL without TLS: everyone on the way can read the mails and the password \
             of the mail server"
        );
    }
    Delivery::smtp(url, &config.public_url.host()).map_err(ServeError::SmtpUrl)
}

async fn run(listener: TcpListener, state: AppState, notifier: Notifier, cleaner: Cleaner) {
    let (stop, stopping) = watch::channel(false);
    tokio::spawn(async move {
        stop_asked().await;
        tracing::info!("stopping: no new requests, running ones finish");
        let _ = stop.send(true);
    });
    let mails = tokio::spawn(notifier.run(stopping.clone()));
    let cleaning = tokio::spawn(cleaner.run(stopping.clone()));
    let limits = Limits::of_this_machine();
    let asked = |mut stopping: watch::Receiver<bool>| async move {
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    let connections = connections::serve(listener, app(state), limits, asked(stopping.clone()));
    tokio::select! {
        () = async {
            connections.await;
            // The mail that is under way.
            if let Err(error) = mails.await {
                tracing::error!(%error, "mails were not sent to the end");
            }
            // The step that is under way.
            if let Err(error) = cleaning.await {
                tracing::error!(%error, "what is over was not taken away to the end");
            }
        } => {}
        () = async {
            asked(stopping).await;
            tokio::time::sleep(GRACE).await;
        } => {
            tracing::warn!("what did not finish in time was cut off");
        }
    }
}

async fn stop_asked() {
    let terminated = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// Opens keys and database. A start that fails leaves nothing behind: what is there already is
/// looked at first, and a key is made only for a database that holds no sealed secret.
async fn open(config: Config) -> Result<AppState, Box<dyn Error + Send + Sync>> {
    let random = Arc::new(OperatingSystem);
    let (keyring, keys) = if let Some(keys) = &config.keys {
        (
            Some(Keyring::from_setting(keys)?),
            "TWOFOLD_KEYS".to_owned(),
        )
    } else {
        let path = config.keys_file();
        (
            Keyring::read(&path)?,
            format!("key file {}", path.display()),
        )
    };
    let data_dir = DataDir::of(&config);
    if config.database_url.is_none() {
        data_dir.create()?;
    }
    let opened = open_with(&config, keyring, &keys, random, &data_dir).await;
    if opened.is_err() {
        data_dir.remove_if_made();
    }
    let (store, vault, tokens) = opened?;
    let clock: Arc<dyn Clock> = Arc::new(clock::System);
    Ok(AppState {
        store,
        vault: Arc::new(vault),
        tokens: Arc::new(tokens),
        rate_limits: Arc::new(RateLimits::new(&config, Arc::clone(&clock))),
        clock,
        policy: Arc::new((&config).into()),
        config: Arc::new(config),
    })
}

async fn open_with(
    config: &Config,
    keyring: Option<Keyring>,
    keys: &str,
    random: Arc<OperatingSystem>,
    data_dir: &DataDir<'_>,
) -> Result<(Arc<dyn Store>, Vault, SessionTokens), Box<dyn Error + Send + Sync>> {
    let store = store::open(config.database_url().expose_secret())
        .await
        .map_err(|source| match config.database_url {
            Some(_) => ServeError::DatabaseUrl(source).into(),
            None => Box::<dyn Error + Send + Sync>::from(source),
        })?;
    match unlock(config, keyring, keys, random, data_dir, &*store).await {
        Ok((vault, tokens)) => Ok((store, vault, tokens)),
        Err(error) => {
            // Else SQLite might leave its side files behind.
            store.close().await;
            Err(error)
        }
    }
}

/// Finds out whether the keys are those of the database, and makes one where neither has any.
async fn unlock(
    config: &Config,
    keyring: Option<Keyring>,
    keys: &str,
    random: Arc<OperatingSystem>,
    data_dir: &DataDir<'_>,
    store: &dyn Store,
) -> Result<(Vault, SessionTokens), Box<dyn Error + Send + Sync>> {
    let wrong_key = || ServeError::WrongKey {
        keys: keys.to_owned(),
    };
    let sealed = store.any_totp().await?;
    let has_sealed = sealed.is_some() || !store.signing_keys().await?.is_empty();
    let keyring = match keyring {
        Some(keyring) => keyring,
        None if has_sealed => return Err(wrong_key().into()),
        None => {
            if config.keys_file.is_none() {
                data_dir.create()?;
            }
            Keyring::create(&config.keys_file(), &*random)?
        }
    };
    let vault = Vault::new(keyring, random);
    let does_not_open = |error, id: &str| match error {
        OpenError::UnknownKey => wrong_key(),
        OpenError::Broken => ServeError::DamagedSecret { id: id.to_owned() },
    };
    if let Some(totp) = sealed {
        vault
            .open_totp_secret(&totp)
            .map_err(|error| does_not_open(error, totp.id.as_str()))?;
    }
    let tokens = SessionTokens::new(config.public_url.origin().to_string());
    match SessionTokens::check(store, &vault, clock::System.now()).await {
        Err(Fault::Open(error)) => Err(does_not_open(error, "a signing key"))?,
        result => result?,
    }
    Ok((vault, tokens))
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

    fn create(&self) -> Result<(), ServeError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(self.path)
            .map_err(|source| ServeError::DataDir {
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

fn init_log(config: &Config) -> Result<(), ServeError> {
    let filter = EnvFilter::try_new(&config.log).map_err(ServeError::Log)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    match config.log_format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    Ok(())
}
