//! The keys that sign session tokens.

use shared::Timestamp;

use super::Database;
use crate::store::{NewSigningKey, Result, SigningKeyRecord, rows::SigningKeyRow, sql};

pub(super) async fn signing_keys(db: &Database) -> Result<Vec<SigningKeyRecord>> {
    let rows: Vec<SigningKeyRow> = sqlx::query_as(sql::SIGNING_KEYS)
        .fetch_all(db.reads())
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub(super) async fn create_signing_key(
    db: &Database,
    key: &NewSigningKey,
    now: Timestamp,
) -> Result<bool> {
    let mut tx = db.begin().await?;
    let created = sqlx::query(sql::CREATE_SIGNING_KEY)
        .bind(key.id.as_str())
        .bind(key.generation)
        .bind(&key.sealed_key)
        .bind(key.signs_from.millis())
        .bind(now.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if created == 0 {
        tx.rollback().await?;
        return Ok(false);
    }
    sqlx::query(sql::DELETE_OLD_SIGNING_KEYS)
        .bind(key.generation)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(true)
}
