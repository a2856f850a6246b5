//! What must hold for every input whatsoever, a module a rule. Each has `holds`, which panics where
//! it does not: `fuzz_targets/` hands it what the fuzzer thinks up, and the backend's tests hand it
//! every file of `seeds/`.

use std::{future::Future, sync::LazyLock};

use tokio::runtime::Runtime;

pub mod codes;
pub mod config;
pub mod cookies;
pub mod form;
pub mod forwarded_for;
pub mod key_file;
pub mod otpauth;
pub mod query;
pub mod rewrite;
pub mod sealed;
pub mod urlencoded;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).enable_all().build();
    runtime.expect("threads can be started")
});

/// What `future` comes to.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    RUNTIME.block_on(future)
}
