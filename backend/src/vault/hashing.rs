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
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use tokio::sync::{Semaphore, oneshot};

use super::{
    imported,
    keyring::{KEY_ID_BYTES, KeyId},
};
use crate::spans;

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

/// Where a thread computes its hashes, one after the other: 19 MiB from its first one on.
///
/// Memory that is taken and given back for each hash is cleared and mapped anew each time, a tenth of the
/// work, and glibc's malloc, asked for so much at once in two threads, comes to hold it many times over. What a
/// hash leaves behind in it is overwritten by the next, as it would be in memory that was given back.
#[derive(Default)]
pub(super) struct Memory {
    blocks: Vec<Block>,
}

impl Memory {
    /// Argon2's hash. More memory than today's parameters need is taken for that hash alone.
    fn hash(
        &mut self,
        argon2: &Argon2<'_>,
        input: &[u8],
        salt: &[u8],
        hash: &mut [u8],
    ) -> argon2::Result<()> {
        if self.blocks.is_empty() {
            self.blocks = vec![Block::default(); params().block_count()];
        }
        match self.blocks.get_mut(..argon2.params().block_count()) {
            Some(blocks) => argon2.hash_password_into_with_memory(input, salt, hash, blocks),
            None => argon2.hash_password_into(input, salt, hash),
        }
    }
}

/// The PHC string (version 1.3 of Argon2id, today's parameters) of that hash.
fn phc_string(salt: &[u8; SALT_BYTES], hash: &[u8; HASH_BYTES]) -> String {
    #[expect(clippy::expect_used, reason = "the sizes are in range")]
    let phc = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params()).expect("the parameters are in range"),
        salt: Some(Salt::new(salt).expect("the salt is in range")),
        hash: Some(Output::new(hash).expect("the hash is in range")),
    };
    phc.to_string()
}

/// The PHC string of a password.
pub(super) fn hash_password(
    memory: &mut Memory,
    password: &str,
    salt: &[u8; SALT_BYTES],
) -> String {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params());
    let mut hash = [0; HASH_BYTES];
    #[expect(clippy::expect_used, reason = "password and salt are in range")]
    memory
        .hash(&argon2, password.as_bytes(), salt, &mut hash)
        .expect("a password can be hashed");
    phc_string(salt, &hash)
}

/// The PHC string of a password that nobody knows: what would be its hash is drawn, so that no start waits
/// for one. To check against it takes as long as against any other.
pub(super) fn hash_of_nobody(salt: &[u8; SALT_BYTES], drawn: &[u8; HASH_BYTES]) -> String {
    phc_string(salt, drawn)
}

/// Checks a password against a PHC string, or bcrypt's work of another system, in constant time, with the parameters that stand in it.
pub(super) fn check_password(
    memory: &mut Memory,
    password: &str,
    hash: &str,
    new_salt: &[u8; SALT_BYTES],
) -> PasswordCheck {
    if imported::looks_like_bcrypt(hash) {
        return if imported::bcrypt_is_right(password, hash) {
            PasswordCheck::RightRehashed(hash_password(memory, password, new_salt))
        } else {
            PasswordCheck::Wrong
        };
    }
    let Ok(kept) = PasswordHash::new(hash) else {
        return PasswordCheck::Wrong;
    };
    match is_right(memory, password, &kept) {
        None | Some(false) => PasswordCheck::Wrong,
        Some(true) if is_of_today(&kept) => PasswordCheck::Right,
        Some(true) => PasswordCheck::RightRehashed(hash_password(memory, password, new_salt)),
    }
}

/// Whether the password is the one that was hashed; none where what is kept is no hash of Argon2.
fn is_right(memory: &mut Memory, password: &str, kept: &PasswordHash) -> Option<bool> {
    let version = kept
        .version
        .map_or(Ok(Version::default()), Version::try_from);
    let argon2 = Argon2::new(
        Algorithm::try_from(kept.algorithm.as_str()).ok()?,
        version.ok()?,
        Params::try_from(kept).ok()?,
    );
    let (salt, expected) = (kept.salt?, kept.hash?);
    let mut hash = vec![0; expected.len()];
    let computed = memory.hash(&argon2, password.as_bytes(), &salt, &mut hash);
    computed.ok()?;
    // In constant time.
    Some(Output::new(&hash).ok()? == expected)
}

fn is_of_today(kept: &PasswordHash) -> bool {
    kept.algorithm == Algorithm::Argon2id.ident()
        && Params::try_from(kept).is_ok_and(|used| {
            (used.m_cost(), used.t_cost(), used.p_cost()) == (MEMORY_KIB, PASSES, LANES)
        })
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
pub(super) fn hash_backup_code(
    memory: &mut Memory,
    code: &str,
    salt: &BackupCodeSalt,
    pepper: &[u8],
) -> Vec<u8> {
    let mut hash = vec![0; HASH_BYTES];
    #[expect(clippy::expect_used, reason = "code, salt and key are in range")]
    Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params())
        .and_then(|argon2| memory.hash(&argon2, code.as_bytes(), &salt.salt, &mut hash))
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

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// Runs hashing on as many threads as there are cores, and turns jobs away when too many wait.
///
/// The threads are its own, always the same ones, each with its [`Memory`].
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
        job: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let place = Place::take(self)?;
        // The semaphore is never closed and a thread never ends, and a job that panics is a bug
        // that must not pass for an answer: each ends as "busy", which asks to try again.
        let turn = Arc::clone(&self.idle).acquire_owned();
        let turn = spans::part("hashing.wait", turn).await;
        let turn = turn.map_err(|_| Busy)?;
        let (done, result) = oneshot::channel();
        let job = Box::new(move |memory: &mut Memory| {
            let _held = (place, turn);
            // Nobody waits any more where the caller went away.
            let _ = done.send(job(memory));
        });
        self.threads.send(job).map_err(|_| Busy)?;
        let result = spans::part("hashing.run", result).await;
        result.map_err(|_| Busy)
    }
}

/// Starts threads that run what is sent to them, and end when nobody can send any more.
fn start_threads(count: usize) -> mpsc::Sender<Job> {
    let (sender, receiver) = mpsc::channel::<Job>();
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..count {
        let receiver = Arc::clone(&receiver);
        thread::spawn(move || {
            let mut memory = Memory::default();
            while let Some(job) = next_job(&receiver) {
                // The panic itself is in the log; whoever waits for the job learns that it is gone.
                let _ = catch_unwind(AssertUnwindSafe(|| job(&mut memory)));
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
    fn the_hash_of_nobody_looks_like_any_other_and_no_password_is_right() {
        let (of_nobody, real) = (
            hash_of_nobody(&[1; SALT_BYTES], &[2; HASH_BYTES]),
            hash_password(&mut Memory::default(), "", &[1; SALT_BYTES]),
        );
        let but_the_output = |hash: &str| hash.rsplit_once('$').map(|(rest, _)| rest.to_owned());
        assert_eq!(but_the_output(&of_nobody), but_the_output(&real));
        assert_eq!(of_nobody.len(), real.len());
        let check = check_password(&mut Memory::default(), "", &of_nobody, &[0; SALT_BYTES]);
        assert_eq!(check, PasswordCheck::Wrong);
    }

    #[test]
    fn what_was_computed_before_in_the_same_memory_changes_no_hash() {
        let mut memory = Memory::default();
        let salt = [1; SALT_BYTES];
        let first = hash_password(&mut memory, "correct horse", &salt);
        let small = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8192, 1, 1, None).unwrap(),
        );
        memory
            .hash(&small, b"password", b"somesaltsomesalt", &mut [0; 32])
            .unwrap();
        assert_eq!(hash_password(&mut memory, "correct horse", &salt), first);
        let library = Argon2::new(Algorithm::Argon2id, Version::V0x13, params());
        let mut hash = [0; HASH_BYTES];
        library
            .hash_password_into(b"correct horse", &salt, &mut hash)
            .unwrap();
        assert_eq!(first, phc_string(&salt, &hash));
    }

    #[test]
    fn a_hash_that_needs_more_memory_than_is_kept_is_computed_all_the_same() {
        let large = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(MEMORY_KIB + 8, 1, 1, None).unwrap(),
        );
        let (mut kept, mut alone) = ([0; HASH_BYTES], [0; HASH_BYTES]);
        let salt = [1; SALT_BYTES];
        Memory::default()
            .hash(&large, b"password", &salt, &mut kept)
            .unwrap();
        large
            .hash_password_into(b"password", &salt, &mut alone)
            .unwrap();
        assert_eq!(kept, alone);
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
                check_password(&mut Memory::default(), "", hash, &[0; SALT_BYTES]),
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
            async move { queue.run(move |_| released.recv().is_ok()).await }
        });
        let waiting = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.run(|_| true).await }
        });
        while queue.admitted.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(queue.run(|_| ()).await, Err(Busy));
        release.send(()).unwrap();
        assert_eq!(running.await.unwrap(), Ok(true));
        assert_eq!(waiting.await.unwrap(), Ok(true));
        assert_eq!(queue.run(|_| 5).await, Ok(5));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_goes_away_frees_no_core_before_his_hash_is_done() {
        let queue = Arc::new(Queue::new(1, 0));
        let (release, released) = mpsc::channel::<()>();
        let (begun, has_begun) = oneshot::channel();
        let caller = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move {
                let job = move |_: &mut Memory| {
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
        assert_eq!(queue.run(|_| ()).await, Err(Busy));
        release.send(()).unwrap();
        while queue.admitted.load(Ordering::SeqCst) > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(queue.run(|_| 5).await, Ok(5));
    }

    #[tokio::test]
    async fn a_job_that_panics_gives_no_answer_and_takes_no_thread_with_it() {
        let queue = Queue::new(1, 0);
        let panicked: Result<(), Busy> = queue.run(|_| panic!("a bug")).await;
        assert_eq!(panicked, Err(Busy));
        while queue.admitted.load(Ordering::SeqCst) > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(queue.run(|_| 5).await, Ok(5));
    }
}
