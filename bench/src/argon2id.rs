//! Argon2id with nothing around it: the most that any server on this machine can check.

use std::{
    num::NonZeroUsize,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use argon2::{Algorithm, Argon2, Params, Version};

use crate::{client::WRONG_PASSWORD, now, per_second};

/// Memory that one hash takes, in KiB, as in `backend/src/vault/hashing.rs`.
const MEMORY_KIB: u32 = 19 * 1024;

/// So many hashes run at once.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Memory in MiB that hashes on all cores take.
pub fn memory() -> f64 {
    f64::from(MEMORY_KIB) / 1024.0 * u32::try_from(cores()).map_or(1.0, f64::from)
}

/// Hashes a second with the server's parameters, a thread a core, measured for `time`.
pub fn rate(time: Duration) -> f64 {
    let begin = now();
    let end = begin + time;
    let hashes = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..cores() {
            scope.spawn(|| {
                while now() < end {
                    hash();
                    hashes.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    per_second(hashes.into_inner(), begin.elapsed())
}

fn hash() {
    let Ok(params) = Params::new(MEMORY_KIB, 2, 1, None) else {
        return;
    };
    let mut output = [0; 32];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let _ = argon2.hash_password_into(WRONG_PASSWORD.as_bytes(), &[7; 16], &mut output);
    std::hint::black_box(output);
}
