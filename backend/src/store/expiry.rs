//! What is over, and the statements that take it away in small steps.
//!
//! These are the only statements of which each database has its own text. In PostgreSQL a step locks
//! its rows in an order that other transactions do not keep to, so it must never wait for a row:
//! rows that somebody else has locked are skipped, and with them those that another server is taking
//! away. SQLite lets one transaction write at a time, and knows no such words.

/// Most rows that one step takes away, what hangs on them aside.
pub const REMOVED_AT_ONCE: u64 = 200;

/// A kind of rows that are worth nothing once they are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expired {
    /// Sessions by the end of their lifetime, however they ended, with their step-ups.
    Sessions,
    /// Step-ups that were not brought to an end in time.
    StepUps,
    /// Sign-ins that were not brought to an end in time, or were.
    SignIns,
    /// Sign-ups that were not brought to an end in time.
    SignUps,
    /// Codes that were sent by mail for sign-ins, by when they ran out.
    MailedCodes,
    /// Clients without sessions, sign-in and sign-up, by their last change.
    Clients,
    /// Authenticator apps that were never verified, by when they were made.
    UnverifiedTotps,
    /// Identifiers that nobody has, by the last attempt.
    UnknownIdentifiers,
    /// Browsers that accounts know, by the last sign-in.
    KnownDevices,
    /// Events, by when they happened.
    Events,
}

/// The statement of each database.
pub(super) struct Removal {
    pub(super) name: &'static str,
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
}

/// Takes the first rows of a table away, in the order of the index that finds them. The condition
/// stands there twice: a row may have changed since it was found.
macro_rules! removal {
    ($name:literal: $table:literal, $key:literal, $over:literal, $by:literal) => {
        &Removal {
            name: $name,
            sqlite: concat!(
                "DELETE FROM ",
                $table,
                " WHERE ",
                $over,
                " AND ",
                $key,
                " IN (\
                    SELECT ",
                $key,
                " FROM ",
                $table,
                " WHERE ",
                $over,
                " ORDER BY ",
                $by,
                " LIMIT 200)"
            ),
            postgres: concat!(
                "DELETE FROM ",
                $table,
                " WHERE ",
                $over,
                " AND ",
                $key,
                " = ANY (ARRAY(\
                    SELECT ",
                $key,
                " FROM ",
                $table,
                " WHERE ",
                $over,
                " ORDER BY ",
                $by,
                " LIMIT 200 FOR UPDATE SKIP LOCKED))"
            ),
        }
    };
}

impl Expired {
    /// Every kind. Sessions, sign-ins and sign-ups come before their clients.
    pub const ALL: [Self; 10] = [
        Self::Sessions,
        Self::StepUps,
        Self::SignIns,
        Self::SignUps,
        Self::MailedCodes,
        Self::Clients,
        Self::UnverifiedTotps,
        Self::UnknownIdentifiers,
        Self::KnownDevices,
        Self::Events,
    ];

    /// What it is called where it is counted.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::StepUps => "step_ups",
            Self::SignIns => "sign_ins",
            Self::SignUps => "sign_ups",
            Self::MailedCodes => "mailed_codes",
            Self::Clients => "clients",
            Self::UnverifiedTotps => "unverified_totps",
            Self::UnknownIdentifiers => "unknown_identifiers",
            Self::KnownDevices => "known_devices",
            Self::Events => "events",
        }
    }

    #[rustfmt::skip]
    pub(super) const fn removal(self) -> &'static Removal {
        match self {
            Self::Sessions => removal!(
                "REMOVE_SESSIONS": "sessions", "id", "expire_at < $1", "expire_at"
            ),
            Self::StepUps => removal!(
                "REMOVE_STEP_UPS": "step_ups", "session_id", "abandon_at < $1", "abandon_at"
            ),
            Self::SignIns => removal!(
                "REMOVE_SIGN_INS": "sign_ins", "id", "abandon_at < $1", "abandon_at"
            ),
            Self::SignUps => removal!(
                "REMOVE_SIGN_UPS": "sign_ups", "id", "abandon_at < $1", "abandon_at"
            ),
            Self::MailedCodes => removal!(
                "REMOVE_MAILED_CODES": "mailed_codes", "sign_in_id", "expire_at < $1", "expire_at"
            ),
            Self::Clients => removal!(
                "REMOVE_CLIENTS": "clients", "id",
                // Not as `NOT EXISTS`, for which PostgreSQL would read all sessions.
                "updated_at < $1 \
                    AND (SELECT 1 FROM sessions s WHERE s.client_id = clients.id LIMIT 1) IS NULL \
                    AND (SELECT 1 FROM sign_ins i WHERE i.client_id = clients.id LIMIT 1) IS NULL \
                    AND (SELECT 1 FROM sign_ups u WHERE u.client_id = clients.id LIMIT 1) IS NULL",
                "updated_at"
            ),
            Self::UnverifiedTotps => removal!(
                "REMOVE_UNVERIFIED_TOTPS": "totps", "id",
                "verified_at IS NULL AND created_at < $1", "created_at"
            ),
            Self::UnknownIdentifiers => removal!(
                "REMOVE_UNKNOWN_IDENTIFIERS": "unknown_identifiers", "identifier_hash",
                "updated_at < $1", "updated_at"
            ),
            Self::KnownDevices => removal!(
                "REMOVE_KNOWN_DEVICES": "known_devices", "token_hash",
                "last_sign_in_at < $1", "last_sign_in_at"
            ),
            Self::Events => removal!(
                "REMOVE_EVENTS": "events", "id", "created_at < $1", "created_at"
            ),
        }
    }
}
