//! From the configuration to a running server, and to its graceful stop.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, signal, sync::watch};

use super::{
    Failed,
    opening::{Opened, init_log, open},
};
use crate::{
    AppState, app,
    cleaning::Cleaner,
    clock::{self, Clock},
    config::{Config, RateLimiting},
    domain::session_token::SessionTokens,
    http::{
        RateLimits, Stopping,
        connections::{self, Limits},
        metrics,
    },
    metrics::Metrics,
    notify::{Delivery, Notifier, SmtpUrlError},
    random::OperatingSystem,
    spans::Export,
};

/// How long requests that are running may take after a stop was asked for. The database is closed after
/// them, and all of it takes ten seconds at most.
const GRACE: Duration = Duration::from_secs(9);

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error(
        "cannot listen on {address} (TWOFOLD_LISTEN): {}",
        listen_advice(source)
    )]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    #[error(
        "cannot listen on {address} (TWOFOLD_METRICS_LISTEN): {}",
        listen_advice(source)
    )]
    ListenForCollectors {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("TWOFOLD_OTLP_ENDPOINT: {0}")]
    Export(Box<dyn std::error::Error + Send + Sync>),
    #[error("TWOFOLD_SMTP_URL: {0}")]
    SmtpUrl(SmtpUrlError),
}

fn listen_advice(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the port is in use by another program".to_owned(),
        io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege".to_owned(),
        _ => error.to_string(),
    }
}

/// Reads the configuration, opens everything, and serves until SIGTERM or Ctrl-C.
pub(super) async fn serve() -> Result<(), Failed> {
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
    let collectors = listen_for_collectors(&config).await?;
    let delivery = delivery(&config)?;
    let export = config.otlp_endpoint.as_ref().map(Export::start).transpose();
    let export = export.map_err(|error| ServeError::Export(error.into()))?;
    let state = prepared(config).await?;
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
        Arc::clone(&state.vault),
        Arc::clone(&state.clock),
        delivery,
        (&*state.config).into(),
    );
    let cleaner = Cleaner::new(
        Arc::clone(&state.store),
        Arc::clone(&state.clock),
        Arc::new(OperatingSystem),
        Arc::clone(&state.metrics),
        &state.config,
    );
    tokio::spawn(prepare_tokens(state.clone()));
    if let Some(listener) = collectors {
        tracing::info!(address = %listener.local_addr()?, "listening for collectors of metrics");
        tokio::spawn(connections::serve(
            listener,
            metrics::router(state.clone()),
            Limits::of_collectors(),
            std::future::pending(),
        ));
    }
    run(listener, state, notifier, cleaner).await;
    store.close().await;
    if let Some(export) = export {
        export.stop().await;
    }
    tracing::info!("stopped");
    Ok(())
}

/// What every request can use.
async fn prepared(config: Config) -> Result<AppState, Failed> {
    let Opened { store, vault } = open(&config).await?;
    let clock: Arc<dyn Clock> = Arc::new(clock::System);
    Ok(AppState {
        store,
        vault: Arc::new(vault),
        tokens: Arc::new(SessionTokens::new(config.public_url.origin().to_string())),
        rate_limits: Arc::new(RateLimits::new(&config, Arc::clone(&clock))),
        metrics: Arc::new(Metrics::new(clock.now())),
        stopping: Stopping::default(),
        clock,
        policy: Arc::new((&config).into()),
        config: Arc::new(config),
    })
}

/// Where metrics are collected, if anywhere.
async fn listen_for_collectors(config: &Config) -> Result<Option<TcpListener>, ServeError> {
    let Some(address) = config.metrics_listen else {
        return Ok(None);
    };
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(Some(listener)),
        Err(source) => Err(ServeError::ListenForCollectors { address, source }),
    }
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
    let delivery = Delivery::smtp(url, &config.public_url.host()).map_err(ServeError::SmtpUrl)?;
    if Delivery::is_in_the_clear(url) {
        tracing::warn!(
            "TWOFOLD_SMTP_URL without TLS: everyone on the way can read the mails and the password \
             of the mail server"
        );
    }
    Ok(delivery)
}

/// Waits until a stop is asked for. Then the server says first that it is not ready for more, so that
/// whoever shares requests out sends it no new ones, and goes on for the delay, or until it is asked
/// again.
async fn wait_for_stop(announced: &Stopping, delay: Duration) {
    stop_asked().await;
    announced.announce();
    if !delay.is_zero() {
        tracing::info!(?delay, "stopping soon: ready for no more");
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = stop_asked() => {}
        }
    }
    tracing::info!("stopping: no new requests, running ones finish");
}

async fn run(listener: TcpListener, state: AppState, notifier: Notifier, cleaner: Cleaner) {
    let (stop, stopping) = watch::channel(false);
    let (announced, delay) = (state.stopping.clone(), state.config.stop_delay);
    tokio::spawn(async move {
        wait_for_stop(&announced, delay).await;
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
