//! A database of many users, as if they had been using the server for long: with sessions, browsers,
//! authenticator apps, backup codes and events. Each of them can really sign in.
//!
//! Everything about a user follows from a number, so that whoever measures knows secrets and cookies
//! without a list. What must be slow, the hashes of passwords and backup codes, is made once: all
//! users have the same password and backup codes.

use std::{sync::Arc, time::Duration};

use secrecy::SecretString;
use shared::Timestamp;
use twofold::{
    clock::{Clock, System},
    random::OperatingSystem,
    store::{self, NewBackupCodes},
    vault::{Keyring, Vault},
};

use crate::{Outcome, client::PASSWORD, site::Site};

mod person;
mod rows;
mod sink;

pub use person::{Person, Role, code_of_base32};
use sink::Sink;

/// So many users are written at once.
const BATCH: u64 = 500;
/// So long ago they signed up.
const AGE: Duration = Duration::from_hours(24 * 30);
/// So long their sessions and sign-ins go on.
const LIFETIME: Duration = Duration::from_hours(24 * 7);

/// What is the same for all users.
struct Common {
    vault: Vault,
    password_hash: String,
    backup_codes: NewBackupCodes,
    signed_up: Timestamp,
    now: Timestamp,
    until: Timestamp,
}

/// Makes the tables, a key, and that many users.
pub async fn populate(site: &Site, users: u64) -> Outcome<()> {
    store::open(site.url()).await?.close().await;
    let keyring = Keyring::create(&site.keys_file(), &OperatingSystem)?;
    let vault = Vault::new(keyring, Arc::new(OperatingSystem));
    let now = System.now();
    let month = i64::try_from(AGE.as_millis())?;
    let password = SecretString::from(PASSWORD);
    let common = Common {
        password_hash: vault.hash_password(password).await?,
        backup_codes: vault.new_backup_codes().await?.1,
        vault,
        signed_up: Timestamp::from_millis(now.millis() - month),
        now,
        until: now.after(LIFETIME),
    };
    let mut sink = Sink::open(site).await?;
    for first in (0..users).step_by(usize::try_from(BATCH)?) {
        let people: Vec<Person> = (first..users.min(first + BATCH)).map(Person::new).collect();
        for (table, rows) in rows::of(&people, &common) {
            sink.insert(table, rows).await?;
        }
    }
    // Events come in the order in which they happen, not user by user.
    for event in 0..rows::EVENTS_PER_USER {
        for first in (0..users).step_by(usize::try_from(BATCH)?) {
            let people = (first..users.min(first + BATCH)).map(Person::new);
            let rows = people
                .map(|person| rows::event(person, event, &common))
                .collect();
            sink.insert(&rows::EVENTS, rows).await?;
        }
    }
    sink.close().await
}
