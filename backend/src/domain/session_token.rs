//! Session tokens: JWTs that tell any other service who is signed in and how they were checked,
//! without a call to this server (RFC 7519).
//!
//! The keys that sign them are made here, kept sealed in the database that all servers share, and
//! replaced by themselves. A new key is published well before it signs, and an old one for as long
//! as a token of it may be shown, so that whoever checks tokens never meets an unknown key.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use jsonwebtoken::jwk::JwkSet;
use lru::LruCache;
use serde::Serialize;
use shared::{Timestamp, resources::SessionStatus};
use tokio::{
    sync::{RwLock, Semaphore},
    task::spawn_blocking,
};

use super::{
    Context, Fault,
    session::{factor_verification_age, status},
};
use crate::{
    ids::SessionId,
    random,
    store::{NewSigningKey, SessionRecord, SigningKeyRecord, Store, UserRecord},
    vault::{SigningError, SigningKey, Vault},
};

/// How long a token is valid.
pub const LIFETIME: Duration = Duration::from_mins(1);
/// A token is valid from so long before it was issued, for services whose clock is a little late.
const SKEW: Duration = Duration::from_secs(10);
/// How old a token may be that is handed out again: signing costs more than all else of a reply.
const REUSED_FOR: Duration = Duration::from_secs(15);
/// So many sessions' tokens are remembered for handing out again, some 10 MB at most.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// How old the newest key may become before there is a new one.
const ROTATED_AFTER: Duration = Duration::from_hours(90 * 24);
/// How long a key is published before it signs, and still after the next one signs.
const OVERLAP: Duration = Duration::from_hours(1);
/// How old this server's view of the keys may be: far less than [`OVERLAP`].
const RELOADED_EVERY: Duration = Duration::from_mins(1);

/// The session tokens of one server: its view of the keys, and what it signed just now.
pub struct SessionTokens {
    issuer: Arc<str>,
    keys: RwLock<Option<Arc<Keys>>>,
    /// One for each core.
    signers: Semaphore,
    issued: Mutex<LruCache<SessionId, Issued>>,
}

/// The keys as they were in the database, newest first; never empty.
struct Keys {
    keys: Vec<(SigningKeyRecord, SigningKey)>,
    loaded_at: Timestamp,
}

/// A token and what it was issued for.
struct Issued {
    subject: Subject,
    at: Timestamp,
    jwt: String,
}

/// What a token says of its session; a change of any asks for a new token.
#[derive(PartialEq, Eq)]
struct Subject {
    authorized_party: String,
    status: SessionStatus,
    first_factor_at: Option<Timestamp>,
    second_factor_at: Option<Timestamp>,
}

/// The claims of a session token.
#[derive(Serialize)]
struct Claims {
    iss: Arc<str>,
    sub: String,
    sid: String,
    iat: u64,
    nbf: u64,
    exp: u64,
    jti: String,
    /// The page that asked for it.
    azp: String,
    /// Version of the claims.
    v: u8,
    sts: SessionStatus,
    /// Minutes since the first and the second factor were checked; -1 for never.
    fva: [i64; 2],
}

impl SessionTokens {
    /// Tokens in the name of `issuer`, the address of this instance.
    pub fn new(issuer: String) -> Self {
        Self {
            issuer: issuer.into(),
            keys: RwLock::default(),
            signers: Semaphore::new(thread::available_parallelism().map_or(1, NonZeroUsize::get)),
            issued: Mutex::new(LruCache::new(REMEMBERED)),
        }
    }

    /// A token of a live session, for pages of `authorized_party`.
    pub async fn issue(
        &self,
        context: &Context<'_>,
        session: &SessionRecord,
        user: &UserRecord,
        authorized_party: &str,
    ) -> Result<String, Fault> {
        let now = context.now;
        let sts = status(context, session, user);
        let subject = Subject {
            authorized_party: authorized_party.to_owned(),
            status: sts,
            first_factor_at: session.first_factor_at,
            second_factor_at: session.second_factor_at,
        };
        if let Some(jwt) = self.issued_before(&session.id, &subject, now) {
            return Ok(jwt);
        }
        let claims = Claims {
            iss: Arc::clone(&self.issuer),
            sub: session.user_id.to_string(),
            sid: session.id.to_string(),
            iat: now.seconds(),
            nbf: now.seconds().saturating_sub(SKEW.as_secs()),
            exp: now.after(LIFETIME).seconds(),
            jti: format!(
                "{:032x}",
                u128::from_be_bytes(random::bytes(context.vault.random()))
            ),
            azp: authorized_party.to_owned(),
            v: 2,
            sts,
            fva: factor_verification_age(session, now),
        };
        let keys = self.keys(context.store, context.vault, now).await?;
        let jwt = self.sign(keys, claims, now).await?;
        let issued = Issued {
            subject,
            at: now,
            jwt: jwt.clone(),
        };
        self.issued().put(session.id.clone(), issued);
        Ok(jwt)
    }

    /// Signs beside the threads that requests are served by: it takes half a millisecond of a core,
    /// and whoever has the database's connection meanwhile keeps all others waiting.
    async fn sign(
        &self,
        keys: Arc<Keys>,
        claims: Claims,
        now: Timestamp,
    ) -> Result<String, SigningError> {
        let turn = self.signers.acquire().await;
        let signed = spawn_blocking(move || keys.signing(now).sign(&claims)).await;
        drop(turn);
        signed.map_err(|_| SigningError::interrupted())?
    }

    fn issued_before(
        &self,
        session: &SessionId,
        subject: &Subject,
        now: Timestamp,
    ) -> Option<String> {
        let mut issued = self.issued();
        let issued = issued.get(session)?;
        (issued.subject == *subject && is_recent(issued.at, now, REUSED_FOR))
            .then(|| issued.jwt.clone())
    }

    fn issued(&self) -> impl std::ops::DerefMut<Target = LruCache<SessionId, Issued>> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The public keys that tokens may be checked with.
    pub async fn public_keys(
        &self,
        store: &dyn Store,
        vault: &Vault,
        now: Timestamp,
    ) -> Result<JwkSet, Fault> {
        let keys = self.keys(store, vault, now).await?;
        Ok(JwkSet {
            keys: keys
                .published(now)
                .map(|key| key.public().clone())
                .collect(),
        })
    }

    /// Opens the keys that there are: at the start, so that a vault with a wrong key is found.
    pub async fn check(store: &dyn Store, vault: &Vault, now: Timestamp) -> Result<(), Fault> {
        Keys::opened(store, vault, now).await.map(drop)
    }

    /// Makes sure that there is a key, so that the first request need not wait for one.
    pub async fn prepare(
        &self,
        store: &dyn Store,
        vault: &Vault,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.keys(store, vault, now).await.map(drop)
    }

    async fn keys(
        &self,
        store: &dyn Store,
        vault: &Vault,
        now: Timestamp,
    ) -> Result<Arc<Keys>, Fault> {
        let recent = |keys: &Option<Arc<Keys>>| {
            keys.clone()
                .filter(|keys| is_recent(keys.loaded_at, now, RELOADED_EVERY))
        };
        if let Some(keys) = recent(&*self.keys.read().await) {
            return Ok(keys);
        }
        let mut known = self.keys.write().await;
        if let Some(keys) = recent(&known) {
            return Ok(keys);
        }
        let keys = Arc::new(Keys::load(store, vault, now).await?);
        *known = Some(Arc::clone(&keys));
        Ok(keys)
    }
}

/// Whether something of `at` is less than `age` old. What is of the future is not: the clock was
/// set back.
fn is_recent(at: Timestamp, now: Timestamp, age: Duration) -> bool {
    at <= now && now.since(at) < age
}

impl Keys {
    async fn load(store: &dyn Store, vault: &Vault, now: Timestamp) -> Result<Self, Fault> {
        let mut keys = Self::opened(store, vault, now).await?;
        let newest = keys.keys.first().map(|(record, _)| record);
        if newest.is_none_or(|newest| now.since(newest.created_at) >= ROTATED_AFTER) {
            let next = next_key(vault, newest, now).await?;
            // Where another server was faster, its key is as good.
            store.create_signing_key(next, now).await?;
            keys = Self::opened(store, vault, now).await?;
        }
        Ok(keys)
    }

    async fn opened(store: &dyn Store, vault: &Vault, now: Timestamp) -> Result<Self, Fault> {
        let records = store.signing_keys().await?;
        let keys = records
            .into_iter()
            .map(|record| {
                let key = vault.open_signing_key(&record)?;
                Ok((record, key))
            })
            .collect::<Result<_, Fault>>()?;
        Ok(Self {
            keys,
            loaded_at: now,
        })
    }

    /// The newest key whose time to sign has come. The first of all signs at once.
    fn signing(&self, now: Timestamp) -> &SigningKey {
        let due = self.keys.iter().find(|(key, _)| key.signs_from <= now);
        #[expect(clippy::expect_used, reason = "`load` never leaves it empty")]
        let (_, key) = due
            .or(self.keys.last())
            .expect("there is always a signing key");
        key
    }

    /// The keys that a token may be signed with, or soon will be.
    fn published(&self, now: Timestamp) -> impl Iterator<Item = &SigningKey> {
        self.keys
            .iter()
            .enumerate()
            .filter_map(move |(n, (_, key))| {
                let successor = n.checked_sub(1).and_then(|n| self.keys.get(n));
                let superseded =
                    successor.is_some_and(|(next, _)| next.signs_from.after(OVERLAP) <= now);
                (!superseded).then_some(key)
            })
    }
}

/// The key that comes after `newest`.
async fn next_key(
    vault: &Vault,
    newest: Option<&SigningKeyRecord>,
    now: Timestamp,
) -> Result<NewSigningKey, Fault> {
    let key = spawn_blocking(SigningKey::generate)
        .await
        .map_err(|_| SigningError::interrupted())??;
    Ok(NewSigningKey {
        sealed_key: vault.seal_signing_key(&key),
        id: key.id().clone(),
        generation: newest.map_or(1, |newest| newest.generation + 1),
        signs_from: newest.map_or(now, |_| now.after(OVERLAP)),
    })
}
