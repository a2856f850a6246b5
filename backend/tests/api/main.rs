//! Black-box tests of the HTTP API, on SQLite and on PostgreSQL: a file a group of rules.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod accounts;
mod activity;
mod back_end;
mod backup_codes;
mod checking;
mod database;
mod devices;
mod email_verification;
mod errors;
mod event_log;
mod faults;
mod forward_auth;
mod harness;
mod instance;
mod lockout;
mod mails;
mod managed_users;
mod matrix;
mod openapi;
mod operation;
mod password_reset;
mod passwords;
#[path = "../support/postgres.rs"]
mod postgres;
mod rate_limits;
mod sessions;
mod sign_in;
mod step_up;
mod threat_model;
mod tokens;
mod totp;
mod transport;
