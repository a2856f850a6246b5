//! The contract of the store, held by SQLite and by PostgreSQL alike.
//!
//! Every rule runs on both, on a database of its own: `accounts::sqlite::…`, `accounts::postgres::…`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by a panic, and clippy knows only `#[test]` functions to be tests"
)]

/// Makes two tests of every rule named, one for each database. A rule that is not named is unused,
/// and so does not compile.
macro_rules! contract {
    ($($rule:ident),* $(,)?) => {
        contract!(sqlite: $($rule),*);
        contract!(postgres: $($rule),*);
    };
    ($database:ident: $($rule:ident),*) => {
        mod $database {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $rule() {
                    let database = crate::harness::TestDatabase::$database().await;
                    crate::harness::run(database, super::$rule).await;
                }
            )*
        }
    };
}

mod accounts;
mod backup_codes;
mod connections;
mod devices;
mod events;
mod expiry;
mod guessing;
mod harness;
mod imports;
mod keys;
mod mails;
mod opening;
mod operators;
mod passwords;
mod plans;
#[path = "../support/postgres.rs"]
mod postgres;
mod races;
mod rotation;
mod sessions;
mod sign_in;
mod sign_ups;
mod statements;
mod step_up;
mod totp;
mod upgrading;
