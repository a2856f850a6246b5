//! Taking away what is over, so that the database grows with the people and not with the years.
//!
//! Every server does it, in small steps: each takes a few hundred rows of one kind away by an index,
//! waits for nobody, and is a transaction of its own. Two servers at it take different rows.

use std::{sync::Arc, time::Duration};

use shared::Timestamp;
use tokio::sync::watch;

use crate::{
    clock::Clock,
    config::Config,
    metrics::Metrics,
    random::{self, Random},
    store::{Expired, REMOVED_AT_ONCE, Result, Store},
};

/// How often a server looks for what is over, on average. Servers that were started at once do not
/// stay in step: each pause is half to one and a half times as long.
const INTERVAL: Duration = Duration::from_mins(1);
/// How long the others have the database for themselves after a step that left something over.
const BREATH: Duration = Duration::from_millis(100);

/// What is over stays for another day: for people who look into the database, and for clocks that
/// are set right again.
const DAY: Duration = Duration::from_hours(24);
/// For so long an identifier that nobody has stays counted after the last attempt.
const UNKNOWN_IDENTIFIERS: Duration = Duration::from_hours(30 * 24);
/// Longer than the 365 days for which a browser keeps the cookie that an account knows it by.
const KNOWN_DEVICES: Duration = Duration::from_hours(400 * 24);

/// Takes away what is over.
pub struct Cleaner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    metrics: Arc<Metrics>,
    session_lifetime: Duration,
    events_retention: Option<Duration>,
}

impl Cleaner {
    /// Cleans `store` by the rules of the configuration.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        metrics: Arc<Metrics>,
        config: &Config,
    ) -> Self {
        Self {
            store,
            clock,
            random,
            metrics,
            session_lifetime: config.session_lifetime,
            events_retention: config.events_retention(),
        }
    }

    /// Cleans up again and again, as long as nobody asks it to stop.
    pub async fn run(self, mut stopping: watch::Receiver<bool>) {
        let mut pause = self.pause();
        while !*stopping.borrow() {
            tokio::select! {
                _ = stopping.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = match self.step().await {
                Ok(true) => BREATH,
                Ok(false) => self.pause(),
                Err(error) => {
                    tracing::warn!(%error, "what is over stays for now");
                    self.pause()
                }
            };
        }
    }

    /// Takes some rows of each kind away; true where more of any may be over.
    pub async fn step(&self) -> Result<bool> {
        let now = self.clock.now();
        let mut more = false;
        for what in Expired::ALL {
            let Some(kept) = self.kept(what) else {
                continue;
            };
            let removed = self.store.remove_expired(what, before(now, kept)).await?;
            if removed > 0 {
                tracing::debug!(?what, removed, "taken away");
                self.metrics.removed(what, removed);
            }
            more |= removed >= REMOVED_AT_ONCE;
        }
        Ok(more)
    }

    /// How long rows stay after they were last of use; `None` for ever.
    fn kept(&self, what: Expired) -> Option<Duration> {
        match what {
            Expired::Sessions
            | Expired::StepUps
            | Expired::SignIns
            | Expired::SignUps
            | Expired::MailedCodes
            | Expired::UnverifiedTotps => Some(DAY),
            // So long after its last change none of its sessions lives: those that do would be looked
            // at again and again.
            Expired::Clients => Some(self.session_lifetime.saturating_add(2 * DAY)),
            Expired::UnknownIdentifiers => Some(UNKNOWN_IDENTIFIERS),
            Expired::KnownDevices => Some(KNOWN_DEVICES),
            Expired::Events => self.events_retention,
        }
    }

    fn pause(&self) -> Duration {
        let half = INTERVAL / 2;
        half + INTERVAL * u32::from(u16::from_be_bytes(random::bytes(&*self.random)))
            / u32::from(u16::MAX)
    }
}

/// So long before `now`.
fn before(now: Timestamp, by: Duration) -> Timestamp {
    let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.millis().saturating_sub(millis))
}
