//! What a look at a database finds, which changes nothing in it.

use shared::Timestamp;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// Path of the file; or database, host and port.
    pub database: String,
    /// Whether its tables are those of this version.
    pub migrations: Migrations,
    /// The first damage that was found in an SQLite file. Servers of databases look for it
    /// themselves.
    pub damage: Option<String>,
    /// The clock of a database that has one of its own.
    pub clock: Option<Timestamp>,
    /// The latest time that anything in it happened at, where that can be read.
    pub latest: Option<Timestamp>,
}

/// Whether the tables of a database are those of this version of Twofold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrations {
    /// They are.
    Current,
    /// There is nothing in it yet.
    None,
    /// So many changes are to come at the next start.
    Pending(usize),
    /// A newer version has changed it: the first change that this one does not know.
    Newer(i64),
    /// A change of the same number is another one: it was made by a different build.
    Different(i64),
}
