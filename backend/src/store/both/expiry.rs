//! Taking away what is over.

use shared::Timestamp;

use super::Database;
use crate::store::{Expired, Result};

pub(super) async fn remove(db: &Database, what: Expired, before: Timestamp) -> Result<u64> {
    let remove = sqlx::query(Database::text(what.removal())).bind(before.millis());
    db.execute(remove).await
}
