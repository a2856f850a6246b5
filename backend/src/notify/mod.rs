//! Telling people what happened to their accounts, by mail.
//!
//! Which events are told is decided where they are noted (`store/both/mails.rs`): the mail is queued
//! in the transaction of its event, and no request waits for a mail server. Here the queue is
//! worked off: every server that shares the database takes mails from it, each mail is taken by one
//! at a time, and it leaves the queue when it is sent. So a mail is sent at least once, and twice
//! only where a server dies, or loses the database, between sending it and saying so.

use std::{sync::Arc, time::Duration};

use lettre::{
    Message,
    address::AddressError,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use shared::Timestamp;
use tokio::sync::watch;

use crate::{
    clock::Clock,
    config::Config,
    store::{MailClaim, QueuedCode, QueuedMail, Result, Store},
    vault::{OpenError, Vault},
};

mod browser;
mod delivery;
mod words;

pub use delivery::{Delivery, DeliveryError, SmtpUrlError};

/// How often the queue is looked at. Other servers' mails are in it too, so it is asked, not
/// listened to.
const POLL: Duration = Duration::from_secs(1);
/// How long after a failure of the database.
const POLL_AFTER_FAILURE: Duration = Duration::from_secs(10);
/// For so long a mail is one server's. Longer than a delivery may take.
const CLAIM: Duration = Duration::from_mins(5);
/// How long a delivery may take, from the first byte to the last. A mail server has minutes for
/// its answer (RFC 5321 §4.5.3.2); who hangs up earlier sends the mail twice.
const DELIVERY: Duration = Duration::from_mins(3);
/// How long after the first failure a mail is tried again; after each further one twice as long.
const FIRST_RETRY: Duration = Duration::from_secs(5);
const LONGEST_RETRY: Duration = Duration::from_hours(1);
/// So long after its event a mail that cannot be sent is given up.
const GIVE_UP: Duration = Duration::from_hours(72);

/// Works the queue of mails off.
pub struct Notifier {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    delivery: Delivery,
    letterhead: Letterhead,
}

/// What all mails have in common.
#[derive(Clone, Debug)]
pub struct Letterhead {
    from: Mailbox,
    /// The name of the service.
    issuer: String,
    /// The host of the public URL: ids of messages end with it.
    host: String,
    /// The page where people change their factors.
    page: String,
}

impl From<&Config> for Letterhead {
    fn from(config: &Config) -> Self {
        Self {
            from: config.mail_from(),
            issuer: config.issuer.as_str().to_owned(),
            host: config.public_url.host(),
            page: config.public_url.join(words::PAGE),
        }
    }
}

/// Why a mail could not be sent this time.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the address of the user cannot be written to: {0}")]
    Address(#[from] AddressError),
    #[error("the mail cannot be written: {0}")]
    Message(#[from] lettre::error::Error),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    #[error("no answer within {} minutes", DELIVERY.as_secs() / 60)]
    Timeout,
}

impl Notifier {
    /// Sends the mails of `store` by `delivery`; `vault` opens the codes that go with them.
    pub fn new(
        store: Arc<dyn Store>,
        vault: Arc<Vault>,
        clock: Arc<dyn Clock>,
        delivery: Delivery,
        letterhead: Letterhead,
    ) -> Self {
        Self {
            store,
            vault,
            clock,
            delivery,
            letterhead,
        }
    }

    /// Sends what is due, now and as long as nobody asks it to stop. The mail that is under way then
    /// is finished first.
    pub async fn run(self, mut stopping: watch::Receiver<bool>) {
        while !*stopping.borrow() {
            let pause = match self.send_next().await {
                Ok(true) => continue,
                Ok(false) => POLL,
                Err(error) => {
                    tracing::warn!(%error, "mails wait for the database");
                    POLL_AFTER_FAILURE
                }
            };
            tokio::select! {
                _ = stopping.wait_for(|stop| *stop) => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Tries the mail that has waited longest; false where none is due.
    pub async fn send_next(&self) -> Result<bool> {
        // Somebody waits for a code.
        if self.send_next_code().await? {
            return Ok(true);
        }
        let now = self.clock.now();
        let Some(mail) = self.store.claim_mail(now, now.after(CLAIM)).await? else {
            return Ok(false);
        };
        let sent = match tokio::time::timeout(DELIVERY, self.deliver(&mail, now)).await {
            Ok(sent) => sent,
            Err(_) => Err(Failure::Timeout),
        };
        match sent {
            Ok(()) => {
                self.store.finish_mail(&mail.claim).await?;
            }
            Err(failure) => self.put_off(&mail, &failure).await?,
        }
        Ok(true)
    }

    async fn deliver(&self, mail: &QueuedMail, now: Timestamp) -> Result<(), Failure> {
        let message = self.letterhead.message(mail, now)?;
        let name = format!("{}-{}", mail.event.created_at.millis(), mail.event.id);
        Ok(self.delivery.deliver(&name, &message).await?)
    }

    async fn send_next_code(&self) -> Result<bool> {
        let now = self.clock.now();
        let Some(code) = self.store.claim_code(now, now.after(CLAIM)).await? else {
            return Ok(false);
        };
        // Nobody needs one that has run out.
        let sent = if code.expire_at <= now {
            Ok(())
        } else {
            let sending = tokio::time::timeout(DELIVERY, self.deliver_code(&code, now));
            sending.await.unwrap_or(Err(Failure::Timeout))
        };
        let code_for = &code.claim.code_for;
        match sent {
            Ok(()) => {
                self.store.finish_code(&code.claim).await?;
            }
            // The next one is sealed with the key that there is.
            Err(error @ (Failure::Open(_) | Failure::Address(_) | Failure::Message(_))) => {
                tracing::error!(%code_for, %error, "a code is given up");
                self.store.finish_code(&code.claim).await?;
            }
            Err(error) => {
                tracing::warn!(%code_for, %error, "a code cannot be sent yet");
                let until = now.after(FIRST_RETRY);
                self.store.put_code_off(&code.claim, until).await?;
            }
        }
        Ok(true)
    }

    async fn deliver_code(&self, code: &QueuedCode, now: Timestamp) -> Result<(), Failure> {
        let code_for = &code.claim.code_for;
        let digits = self.vault.open_mailed_code(code_for, &code.sealed_code)?;
        let message = self.letterhead.code_message(code, &digits, now)?;
        let name = format!(
            "{}-{code_for}-{}",
            code.created_at.millis(),
            code.claim.tries
        );
        Ok(self.delivery.deliver(&name, &message).await?)
    }

    async fn put_off(&self, mail: &QueuedMail, failure: &Failure) -> Result<()> {
        let now = self.clock.now();
        let MailClaim { event, tries } = &mail.claim;
        if now.since(mail.event.created_at) >= GIVE_UP {
            tracing::error!(%event, tries, error = %failure, "a mail is given up");
            self.store.finish_mail(&mail.claim).await?;
        } else {
            let wait = retry_after(*tries);
            tracing::warn!(%event, tries, ?wait, error = %failure, "a mail cannot be sent yet");
            self.store
                .put_mail_off(&mail.claim, now.after(wait))
                .await?;
        }
        Ok(())
    }
}

/// How long a mail waits after so many tries.
fn retry_after(tries: u32) -> Duration {
    let doublings = tries.saturating_sub(1).min(16);
    (FIRST_RETRY * 2_u32.pow(doublings)).min(LONGEST_RETRY)
}

impl Letterhead {
    /// The mail, as it is sent at `now`. Nothing in it was written by people but the address of the
    /// user: who signs up under somebody else's address, or guesses at their password, has no way
    /// of putting words into our mouth.
    fn message(&self, mail: &QueuedMail, now: Timestamp) -> Result<Message, Failure> {
        // The same for every try: a mail that comes twice is seen to be one.
        let id = mail.event.id.as_str();
        self.written(words::letter(mail, self), &mail.to, id, now)
    }

    /// The mail with a code.
    fn code_message(
        &self,
        code: &QueuedCode,
        digits: &str,
        now: Timestamp,
    ) -> Result<Message, Failure> {
        let letter = words::code_letter(digits, code, self);
        let id = format!("{}.{}", code.claim.code_for, code.created_at.millis());
        self.written(letter, &code.to, &id, now)
    }

    fn written(
        &self,
        letter: words::Letter,
        to: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<Message, Failure> {
        let to = Mailbox::new(None, to.parse()?);
        let date = std::time::UNIX_EPOCH + Duration::from_secs(now.seconds());
        Ok(Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject)
            .date(date)
            .message_id(Some(format!("<{id}@{}>", self.host)))
            // No answers by machines, please (RFC 3834 §5).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body)?)
    }
}

#[cfg(test)]
mod tests;
