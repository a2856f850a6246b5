//! Accounts as people read them.

use std::fmt::{self, Display};

use shared::Timestamp;
use time::OffsetDateTime;

use crate::store::UserRecord;

/// Some accounts, a line each.
pub(super) struct List<'a> {
    pub(super) users: &'a [UserRecord],
    /// How many there are of what was searched for.
    pub(super) total: u64,
    pub(super) now: Timestamp,
}

impl Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = self.users.iter().map(|user| user.email.chars().count());
        let width = widest.max().unwrap_or(0).max("e-mail address".len());
        if !self.users.is_empty() {
            writeln!(
                f,
                "{:<32}  {:<width$}  {:<13}  state",
                "id", "e-mail address", "second factor"
            )?;
        }
        for user in self.users {
            writeln!(
                f,
                "{:<32}  {:<width$}  {:<13}  {}",
                user.id.as_str(),
                user.email,
                if user.totp_verified_at.is_some() {
                    "yes"
                } else {
                    "no"
                },
                state(user, self.now)
            )?;
        }
        match self.total {
            1 => write!(f, "{} of 1 account.", self.users.len()),
            total => write!(f, "{} of {total} accounts.", self.users.len()),
        }
    }
}

/// One account, a line for each thing to know.
pub(super) struct Shown<'a> {
    pub(super) user: &'a UserRecord,
    pub(super) is_administrator: bool,
    /// In how many browsers its user is signed in.
    pub(super) sessions: u64,
    pub(super) now: Timestamp,
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user;
        let mut line = |name: &str, value: &dyn Display| writeln!(f, "{name:<18} {value}");
        line("id", &user.id.as_str())?;
        line("e-mail address", &user.email)?;
        for (name, value) in [
            ("user name", &user.username),
            ("first name", &user.first_name),
            ("last name", &user.last_name),
            ("external id", &user.external_id),
        ] {
            if let Some(value) = value {
                line(name, value)?;
            }
        }
        line("administrator", &yes(self.is_administrator))?;
        line("password", &yes(!user.password_hash.is_empty()))?;
        match user.totp_verified_at {
            None => line("authenticator app", &"no")?,
            Some(since) => line(
                "authenticator app",
                &format_args!("since {}", moment(since)),
            )?,
        }
        match user.backup_codes_remaining {
            None => line("backup codes", &"no")?,
            Some(left) => line("backup codes", &format_args!("{left} unused"))?,
        }
        line("state", &state(user, self.now))?;
        line("sessions", &self.sessions)?;
        let last = user
            .last_sign_in_at
            .map_or_else(|| "never".to_owned(), moment);
        line("last sign-in", &last)?;
        write!(f, "{:<18} {}", "made", moment(user.created_at))
    }
}

const fn yes(it: bool) -> &'static str {
    if it { "yes" } else { "no" }
}

/// Whether its user can sign in.
fn state(user: &UserRecord, now: Timestamp) -> String {
    match (user.banned_at, user.locked_until) {
        (Some(since), _) => format!("barred since {}", moment(since)),
        (None, Some(until)) if until > now => format!("locked until {}", moment(until)),
        _ => "open".to_owned(),
    }
}

/// A time as everybody reads it alike: `2026-01-01 00:00:10 UTC`.
fn moment(at: Timestamp) -> String {
    let seconds = i64::try_from(at.seconds()).unwrap_or(i64::MAX);
    match OffsetDateTime::from_unix_timestamp(seconds) {
        Ok(at) => format!(
            "{} {:02}:{:02}:{:02} UTC",
            at.date(),
            at.hour(),
            at.minute(),
            at.second()
        ),
        // A clock far beyond all calendars.
        Err(_) => format!("{seconds} seconds after 1970-01-01 UTC"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_alike_everywhere() {
        assert_eq!(
            moment(Timestamp::from_seconds(1_767_225_610)),
            "2026-01-01 00:00:10 UTC"
        );
        assert!(moment(Timestamp::from_millis(i64::MAX)).ends_with("after 1970-01-01 UTC"));
    }
}
