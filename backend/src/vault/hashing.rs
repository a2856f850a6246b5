//! Argon2id (RFC 9106) for passwords and backup codes, and the queue that it waits in.

use std::{
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::PasswordHash,
};
use tokio::sync::{Semaphore, oneshot};

use super::{
    imported,
    keyring::{KEY_ID_BYTES, KeyId},
};

/// Memory in KiB: 19 MiB, with two passes and one lane, the first choice of OWASP's cheat sheet.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Bytes of a salt: 128 bits.
const SALT_BYTES: usize = 16;
/// Bytes of a backup code's hash.
const HASH_BYTES: usize = 32;

/// How many jobs may wait for each core before more are turned away.
const QUEUED_PER_CORE: usize = 32;

/// What came of checking a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordCheck {
    /// It is right.
    Right,
    /// It is right, and its hash had other parameters than today's: this is the new one.
    RightRehashed(String),
    /// It is wrong.
    Wrong,
}

fn params() -> Params {
    #[expect(clippy::expect_used, reason = "constants, used by every test")]
    Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are in range")
}

/// The PHC string of a password.
pub(super) fn hash_password(password: &str, salt: &[u8; SALT_BYTES]) -> String {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params());
    #[expect(clippy::expect_used, reason = "password and salt are in range")]
    argon2
        .hash_password_with_salt(password.as_bytes(), salt)
        .expect("a password can be hashed")
        .to_string()
}

/// Checks a password against a PHC string, or bcrypt's work of another system, in constant time, with the parameters that stand in it.
pub(super) fn check_password(
    password: &str,
    hash: &str,
    new_salt: &[u8; SALT_BYTES],
) -> PasswordCheck {
    if imported::looks_like_bcrypt(hash) {
        return if imported::bcrypt_is_right(password, hash) {
            PasswordCheck::RightRehashed(hash_password(password, new_salt))
        } else {
            PasswordCheck::Wrong
        };
    }
    let Ok(parsed) = PasswordHash::new(hash) else {
        return PasswordCheck::Wrong;
    };
    let argon2 = Argon2::default();
    if argon2
        .verify_password(password.as_bytes(), &parsed)
        .is_err()
    {
        return PasswordCheck::Wrong;
    }
    let of_today = parsed.algorithm.as_str() == "argon2id"
        && Params::try_from(&parsed).is_ok_and(|used| {
            (used.m_cost(), used.t_cost(), used.p_cost()) == (MEMORY_KIB, PASSES, LANES)
        });
    if of_today {
        PasswordCheck::Right
    } else {
        PasswordCheck::RightRehashed(hash_password(password, new_salt))
    }
}

/// The salt of a set of backup codes, and which key is its secret input.
#[derive(Clone, Copy)]
pub(super) struct BackupCodeSalt {
    key_id: KeyId,
    salt: [u8; SALT_BYTES],
}

impl BackupCodeSalt {
    pub(super) const fn new(key_id: KeyId, salt: [u8; SALT_BYTES]) -> Self {
        Self { key_id, salt }
    }

    pub(super) const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The same salt for hashes whose secret input another key keeps.
    pub(super) const fn under(self, key_id: KeyId) -> Self {
        Self { key_id, ..self }
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        [self.key_id.as_bytes(), &self.salt].concat()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (key_id, salt) = bytes.split_first_chunk::<KEY_ID_BYTES>()?;
        Some(Self {
            key_id: KeyId::new(*key_id),
            salt: salt.try_into().ok()?,
        })
    }
}

/// The hash of a backup code: Argon2id with the set's salt and the server's key as secret input,
/// so that one hash decides an attempt and the database alone decides nothing.
pub(super) fn hash_backup_code(code: &str, salt: &BackupCodeSalt, pepper: &[u8]) -> Vec<u8> {
    let mut hash = vec![0; HASH_BYTES];
    #[expect(clippy::expect_used, reason = "code, salt and key are in range")]
    Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params())
        .and_then(|argon2| argon2.hash_password_into(code.as_bytes(), &salt.salt, &mut hash))
        .expect("a backup code can be hashed");
    hash
}

/// More work is queued than the machine does in a reasonable time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords and codes are being checked at once")]
pub struct Busy;

/// The queue before Argon2id, as it is at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashing {
    /// Hashes being computed.
    pub running: usize,
    /// Hashes that wait for a core.
    pub waiting: usize,
    /// Turned away since the start, since too many waited.
    pub refused: u64,
}

type Job = Box<dyn FnOnce() + Send>;

/// Runs hashing on as many threads as there are cores, and turns jobs away when too many wait.
///
/// The threads are its own, always the same ones: malloc keeps the memory of a hash for the thread
/// that had it, so among the many threads of tokio's pool it would be held many times over.
pub(super) struct Queue {
    threads: mpsc::Sender<Job>,
    idle: Arc<Semaphore>,
    admitted: Arc<AtomicUsize>,
    limit: usize,
    cores: usize,
    refused: AtomicU64,
}

impl Queue {
    pub(super) fn for_this_machine() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self::new(cores, cores * QUEUED_PER_CORE)
    }

    fn new(cores: usize, queued: usize) -> Self {
        Self {
            threads: start_threads(cores),
            idle: Arc::new(Semaphore::new(cores)),
            admitted: Arc::default(),
            limit: cores + queued,
            cores,
            refused: AtomicU64::new(0),
        }
    }

    pub(super) fn state(&self) -> Hashing {
        let running = self.cores.saturating_sub(self.idle.available_permits());
        Hashing {
            running,
            waiting: self.admitted.load(Ordering::SeqCst).saturating_sub(running),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }

    /// Runs `job` off the async threads once its turn comes. Whoever goes away while it runs frees
    /// neither thread nor place before it is done.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let place = Place::take(self)?;
        // The semaphore is never closed and a thread never ends, and a job that panics is a bug
        // that must not pass for an answer: each ends as "busy", which asks to try again.
        let turn = Arc::clone(&self.idle).acquire_owned().await;
        let turn = turn.map_err(|_| Busy)?;
        let (done, result) = oneshot::channel();
        let job = Box::new(move || {
            let _held = (place, turn);
            // Nobody waits any more where the caller went away.
            let _ = done.send(job());
        });
        self.threads.send(job).map_err(|_| Busy)?;
        result.await.map_err(|_| Busy)
    }
}

/// Starts threads that run what is sent to them, and end when nobody can send any more.
fn start_threads(count: usize) -> mpsc::Sender<Job> {
    let (sender, receiver) = mpsc::channel::<Job>();
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..count {
        let receiver = Arc::clone(&receiver);
        thread::spawn(move || {
            while let Some(job) = next_job(&receiver) {
                // The panic itself is in the log; whoever waits for the job learns that it is gone.
                let _ = catch_unwind(AssertUnwindSafe(job));
            }
        });
    }
    sender
}

fn next_job(receiver: &Mutex<mpsc::Receiver<Job>>) -> Option<Job> {
    let receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
    receiver.recv().ok()
}

/// A place in the queue, given back when dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(queue: &Queue) -> Result<Self, Busy> {
        let place = Self(Arc::clone(&queue.admitted));
        if queue.admitted.fetch_add(1, Ordering::SeqCst) < queue.limit {
            Ok(place)
        } else {
            queue.refused.fetch_add(1, Ordering::Relaxed);
            Err(Busy)
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

    use super::*;

    /// The hash of "password" under 8 MiB, one pass and the salt "somesaltsomesalt".
    pub(crate) fn output_for_older_parameters() -> String {
        let mut output = [0; 32];
        Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8192, 1, 1, None).unwrap(),
        )
        .hash_password_into(b"password", b"somesaltsomesalt", &mut output)
        .unwrap();
        STANDARD_NO_PAD.encode(output)
    }

    #[test]
    fn what_is_no_hash_is_never_right() {
        for hash in [
            "",
            "plain",
            "$argon2id$",
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$",
        ] {
            assert_eq!(
                check_password("", hash, &[0; SALT_BYTES]),
                PasswordCheck::Wrong,
                "{hash}"
            );
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn beyond_the_queue_jobs_are_turned_away_and_places_come_back() {
        let queue = Arc::new(Queue::new(1, 1));
        let (release, released) = mpsc::channel::<()>();
        let running = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.run(move || released.recv().is_ok()).await }
        });
        let waiting = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.run(|| true).await }
        });
        while queue.admitted.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(queue.run(|| ()).await, Err(Busy));
        release.send(()).unwrap();
        assert_eq!(running.await.unwrap(), Ok(true));
        assert_eq!(waiting.await.unwrap(), Ok(true));
        assert_eq!(queue.run(|| 5).await, Ok(5));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_goes_away_frees_no_core_before_his_hash_is_done() {
        let queue = Arc::new(Queue::new(1, 0));
        let (release, released) = mpsc::channel::<()>();
        let (begun, has_begun) = oneshot::channel();
        let caller = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move {
                let job = move || {
                    let _ = begun.send(());
                    released.recv().is_ok()
                };
                queue.run(job).await
            }
        });
        has_begun.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        assert_eq!(queue.idle.available_permits(), 0, "the core still hashes");
        assert_eq!(queue.run(|| ()).await, Err(Busy));
        release.send(()).unwrap();
        while queue.admitted.load(Ordering::SeqCst) > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(queue.run(|| 5).await, Ok(5));
    }

    #[tokio::test]
    async fn a_job_that_panics_gives_no_answer_and_takes_no_thread_with_it() {
        let queue = Queue::new(1, 0);
        let panicked: Result<(), Busy> = queue.run(|| panic!("a bug")).await;
        assert_eq!(panicked, Err(Busy));
        while queue.admitted.load(Ordering::SeqCst) > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(queue.run(|| 5).await, Ok(5));
    }
}
