//! What Twofold's app and server must agree on, and nothing else: the wire types, the error codes,
//! the way people may spell a code, the TOTP rules, and what browsers are called.
//!
//! No I/O, no clock, no randomness: whoever calls brings the time and the random bytes.

pub mod code;
pub mod error;
pub mod paths;
pub mod resources;
#[cfg(feature = "schema")]
mod schema;
pub mod time;
pub mod totp;
pub mod user_agent;

pub use code::{BackupCode, CodeError, ImportedBackupCode, OtpCode};
pub use error::{ApiError, ErrorCode, ErrorReply};
pub use time::Timestamp;
pub use user_agent::UserAgent;

/// Fewest characters of a password (NIST SP 800-63B-4 §3.1.1.2).
pub const PASSWORD_MIN_CHARS: usize = 8;
/// Most characters of a password.
pub const PASSWORD_MAX_CHARS: usize = 128;
/// How many backup codes a set holds.
pub const BACKUP_CODES_PER_SET: usize = 10;
