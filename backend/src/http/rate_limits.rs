//! How fast attempts may follow each other: token buckets, from which each attempt takes a token.
//!
//! They slow down whoever tries many passwords or codes. What stops him, over all addresses and
//! servers, is the counter of each account (`domain/lockout.rs`): buckets are of one process, and
//! gone with it.

use std::{
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{self, Clock as _},
    middleware::NoOpMiddleware,
    state::keyed::HashMapStateStore,
};
use shared::Timestamp;

use super::client_ip::ClientIp;
use crate::{
    clock::Clock,
    config::{Config, RateLimiting},
    domain::sign_up,
    ids::UserId,
};

/// In what time an empty bucket is full again.
const REFILL: Duration = Duration::from_secs(10);
const REFILLS_A_MINUTE: NonZeroU32 = NonZeroU32::new(6).unwrap();

/// Sign-ins of one address to one account. A password that is asked for after the identifier is a
/// second one.
const SIGN_INS: Quota = quota(NonZeroU32::new(5).unwrap());
/// Codes and passwords of one address for an account that is already known by its first factor.
const FACTOR_ATTEMPTS: Quota = quota(NonZeroU32::new(3).unwrap());
/// Both of them together, of one address to whatever accounts: enough for an office behind one
/// address, and too little for trying one password on all accounts.
const ATTEMPTS_OF_ADDRESS: Quota = quota(NonZeroU32::new(30).unwrap());
/// New accounts of one address: enough for a class that begins its lesson.
const SIGN_UPS_OF_ADDRESS: Quota = quota(NonZeroU32::new(10).unwrap());

/// Mails that one address has sent to one account: whoever waits for a code asks twice.
const MAILS_OF_ADDRESS: Quota = quota_a_minute(NonZeroU32::new(3).unwrap(), NonZeroU32::MIN);
/// Those that all addresses together have sent to one account, so that nobody's mailbox is filled.
/// More than one address has, which therefore cannot keep the owner from theirs.
const MAILS_TO_ACCOUNT: Quota =
    quota_a_minute(NonZeroU32::new(10).unwrap(), NonZeroU32::new(3).unwrap());

/// Wrong keys of the back-end API of one address: enough for a service that is set up wrongly to be
/// told so. Nobody guesses a key, and whoever tries fills the log.
const WRONG_KEYS_OF_ADDRESS: Quota = quota(NonZeroU32::new(10).unwrap());

/// Most buckets of each of the seven kinds: 15 MB of memory, all together. For more at a time
/// somebody would have to send over 6500 attempts a second.
const MOST_BUCKETS: usize = 1 << 16;

/// So many attempts at once, and as many again in each [`REFILL`].
const fn quota(attempts: NonZeroU32) -> Quota {
    Quota::per_minute(attempts.saturating_mul(REFILLS_A_MINUTE)).allow_burst(attempts)
}

/// So many at once, and from then on so many a minute.
const fn quota_a_minute(at_once: NonZeroU32, a_minute: NonZeroU32) -> Quota {
    Quota::per_minute(a_minute).allow_burst(at_once)
}

/// The buckets of every address, and of every address and account.
pub struct RateLimits(Option<Limits>);

struct Limits {
    sign_ins: Buckets,
    factor_attempts: Buckets,
    attempts_of_address: Buckets,
    sign_ups_of_address: Buckets,
    mails_of_address: Buckets,
    mails_to_account: Buckets,
    wrong_keys_of_address: Buckets,
}

/// The attempt came too early: it was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooFast {
    /// How long until it may be made.
    pub(super) wait: Duration,
}

impl RateLimits {
    /// Full buckets, which refill by `clock`; none at all where the configuration says so.
    pub fn new(config: &Config, clock: Arc<dyn Clock>) -> Self {
        let passed = Passed::since_now(clock);
        Self(match config.rate_limits {
            RateLimiting::Off => None,
            RateLimiting::On => Some(Limits {
                sign_ins: Buckets::new(SIGN_INS, &passed),
                factor_attempts: Buckets::new(FACTOR_ATTEMPTS, &passed),
                attempts_of_address: Buckets::new(ATTEMPTS_OF_ADDRESS, &passed),
                sign_ups_of_address: Buckets::new(SIGN_UPS_OF_ADDRESS, &passed),
                mails_of_address: Buckets::new(MAILS_OF_ADDRESS, &passed),
                mails_to_account: Buckets::new(MAILS_TO_ACCOUNT, &passed),
                wrong_keys_of_address: Buckets::new(WRONG_KEYS_OF_ADDRESS, &passed),
            }),
        })
    }

    /// Admits a sign-in with that identifier, whether there is such an account or not.
    pub(super) fn sign_in(&self, from: ClientIp, identifier: &str) -> Result<(), TooFast> {
        self.attempt(from, sign_up::identifier(identifier), |limits| {
            &limits.sign_ins
        })
    }

    /// Admits an attempt at a factor of the user.
    pub(super) fn factor_attempt(&self, from: ClientIp, user: &UserId) -> Result<(), TooFast> {
        self.attempt(from, user, |limits| &limits.factor_attempts)
    }

    /// Admits a mail to whoever has that identifier, whether there is such an account or not.
    pub(super) fn mail(&self, from: ClientIp, identifier: &str) -> Result<(), TooFast> {
        let Some(limits) = &self.0 else {
            return Ok(());
        };
        let identifier = sign_up::identifier(identifier);
        limits
            .mails_of_address
            .take((from.network(), &identifier))?;
        limits.mails_to_account.take(identifier)
    }

    /// Admits a sign-up.
    pub(super) fn sign_up(&self, from: ClientIp) -> Result<(), TooFast> {
        match &self.0 {
            Some(limits) => limits.sign_ups_of_address.take(from.network()),
            None => Ok(()),
        }
    }

    /// Counts a wrong key.
    pub(super) fn wrong_key(&self, from: ClientIp) -> Result<(), TooFast> {
        match &self.0 {
            Some(limits) => limits.wrong_keys_of_address.take(from.network()),
            None => Ok(()),
        }
    }

    /// The bucket of the address comes first: what it refuses makes no bucket of an account.
    fn attempt(
        &self,
        from: ClientIp,
        account: impl Hash,
        of_account: impl FnOnce(&Limits) -> &Buckets,
    ) -> Result<(), TooFast> {
        let Some(limits) = &self.0 else {
            return Ok(());
        };
        limits.attempts_of_address.take(from.network())?;
        of_account(limits).take((from.network(), account))
    }
}

impl fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "On" } else { "Off" })
    }
}

/// Buckets of one kind, one for each key.
struct Buckets {
    limiter: RateLimiter<u64, HashMapStateStore<u64>, Passed, NoOpMiddleware<Duration>>,
    /// A bucket is kept under the hash of its key, so that all are equally small, and so that
    /// what people typed is not kept. Nobody outside can find two keys with one hash.
    hasher: RandomState,
}

impl Buckets {
    fn new(quota: Quota, passed: &Passed) -> Self {
        Self {
            limiter: RateLimiter::hashmap_with_clock(quota, passed.clone()),
            hasher: RandomState::new(),
        }
    }

    /// Takes a token out of the bucket of `key`.
    fn take(&self, key: impl Hash) -> Result<(), TooFast> {
        self.make_room()?;
        let key = self.hasher.hash_one(key);
        self.limiter.check_key(&key).map_err(|refused| TooFast {
            wait: refused.wait_time_from(self.limiter.clock().now()),
        })
    }

    /// Forgets the buckets that are full again, once there are too many. Where all of them are in
    /// use nobody comes through: a flood must not be a way around the limits.
    fn make_room(&self) -> Result<(), TooFast> {
        if self.limiter.len() >= MOST_BUCKETS {
            self.limiter.retain_recent();
        }
        if self.limiter.len() < MOST_BUCKETS {
            Ok(())
        } else {
            Err(TooFast { wait: REFILL })
        }
    }
}

/// The time that has passed since the server's start, by its [`Clock`]. Where that clock is set
/// back, no time passes and none is taken back: nobody has to wait until it is where it was.
#[derive(Clone)]
struct Passed {
    clock: Arc<dyn Clock>,
    last: Arc<Mutex<LastLook>>,
}

struct LastLook {
    at: Timestamp,
    passed: Duration,
}

impl Passed {
    fn since_now(clock: Arc<dyn Clock>) -> Self {
        let last = LastLook {
            at: clock.now(),
            passed: Duration::ZERO,
        };
        Self {
            clock,
            last: Arc::new(Mutex::new(last)),
        }
    }
}

impl clock::Clock for Passed {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        last.passed = last.passed.saturating_add(now.since(last.at));
        last.at = now;
        last.passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Manual;

    const START: Timestamp = Timestamp::from_seconds(1_767_225_610);

    fn buckets(quota: Quota) -> (Arc<Manual>, Buckets) {
        let clock = Arc::new(Manual::new(START));
        let buckets = Buckets::new(quota, &Passed::since_now(clock.clone()));
        (clock, buckets)
    }

    fn empty(buckets: &Buckets, key: &str, tokens: usize) {
        for _ in 0..tokens {
            assert_eq!(buckets.take(key), Ok(()));
        }
        assert!(buckets.take(key).is_err());
    }

    #[test]
    fn a_bucket_is_full_again_after_ten_seconds_and_no_fuller() {
        let (clock, buckets) = buckets(SIGN_INS);
        empty(&buckets, "ann", 5);
        clock.advance(REFILL);
        empty(&buckets, "ann", 5);
        clock.advance(Duration::from_hours(24));
        empty(&buckets, "ann", 5);
    }

    #[test]
    fn the_wait_is_how_long_the_next_token_takes() {
        let (clock, buckets) = buckets(SIGN_INS);
        empty(&buckets, "ann", 5);
        for left in [2000, 1999, 1] {
            clock.set(START.after(Duration::from_millis(2000 - left)));
            let wait = Duration::from_millis(left);
            assert_eq!(buckets.take("ann"), Err(TooFast { wait }));
        }
        clock.set(START.after(Duration::from_secs(2)));
        empty(&buckets, "ann", 1);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait_longer() {
        let (clock, buckets) = buckets(SIGN_INS);
        empty(&buckets, "ann", 5);
        let back = Timestamp::from_seconds(1_767_222_000);
        clock.set(back);
        let wait = Duration::from_secs(2);
        assert_eq!(buckets.take("ann"), Err(TooFast { wait }));
        clock.set(back.after(wait));
        empty(&buckets, "ann", 1);
    }

    #[test]
    fn full_buckets_are_forgotten_before_there_are_too_many() {
        let (clock, buckets) = buckets(SIGN_INS);
        for key in 0..MOST_BUCKETS - 1 {
            assert_eq!(buckets.take(key), Ok(()));
        }
        clock.advance(REFILL);
        assert_eq!(buckets.take("ann"), Ok(()));
        assert_eq!(buckets.limiter.len(), MOST_BUCKETS);
        // All but this one are full again by now, and this one is not forgotten.
        empty(&buckets, "ann", 4);
        assert_eq!(buckets.limiter.len(), 1);
    }

    #[test]
    fn while_all_buckets_are_in_use_nobody_comes_through() {
        let (clock, buckets) = buckets(SIGN_INS);
        for key in 0..MOST_BUCKETS {
            assert_eq!(buckets.take(key), Ok(()));
        }
        assert_eq!(buckets.take("ann"), Err(TooFast { wait: REFILL }));
        assert_eq!(buckets.limiter.len(), MOST_BUCKETS);
        clock.advance(REFILL);
        assert_eq!(buckets.take("ann"), Ok(()));
        assert_eq!(buckets.limiter.len(), 1);
    }
}
