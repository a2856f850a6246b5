//! The one place that draws random bytes. Everything else is handed a source.

/// A source of random bytes that nobody can guess.
pub trait Random: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The generator of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct OperatingSystem;

impl Random for OperatingSystem {
    /// # Panics
    ///
    /// If the operating system has no random bytes: nothing that Twofold does would be safe then.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that draws random bytes"
    )]
    #[expect(
        clippy::panic,
        reason = "without randomness every secret could be guessed"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            panic!("the operating system gives no random bytes: {error}");
        }
    }
}

/// `N` random bytes.
pub fn bytes<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}
