//! The keys that sign session tokens, and what needs which encryption key.

use shared::Timestamp;

use super::Database;
use crate::{
    ids::TotpId,
    store::{
        KeyUse, NewSigningKey, Resealing, Result, Sealed, SigningKeyRecord, TotpRecord,
        rows::{KeyUseRow, SigningKeyRow, TotpRow},
        sql,
    },
};

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

pub(super) async fn ids(db: &Database) -> Result<Vec<Vec<u8>>> {
    Ok(sqlx::query_scalar(sql::KEY_IDS)
        .fetch_all(db.reads())
        .await?)
}

pub(super) async fn uses(db: &Database) -> Result<Vec<KeyUse>> {
    let rows: Vec<KeyUseRow> = sqlx::query_as(sql::KEY_USES).fetch_all(db.reads()).await?;
    Ok(rows
        .into_iter()
        .map(TryInto::try_into)
        .collect::<std::result::Result<_, _>>()?)
}

pub(super) async fn totps_sealed_with(
    db: &Database,
    key_id: &[u8],
    after: Option<&TotpId>,
    limit: u32,
) -> Result<Vec<TotpRecord>> {
    let rows: Vec<TotpRow> = sqlx::query_as(sql::TOTPS_SEALED_WITH)
        .bind(key_id)
        .bind(after.map_or("", TotpId::as_str))
        .bind(i64::from(limit))
        .fetch_all(db.reads())
        .await?;
    Ok(rows
        .into_iter()
        .map(TryInto::try_into)
        .collect::<std::result::Result<_, _>>()?)
}

/// A transaction that needs one of these rows has it for as long as its own work takes, and asks for
/// no second one, so whoever waits here is waited for by nobody.
pub(super) async fn reseal(db: &Database, resealings: &[Resealing]) -> Result<u64> {
    let mut tx = db.begin().await?;
    let mut resealed = 0;
    for resealing in resealings {
        let (statement, id) = match &resealing.sealed {
            Sealed::TotpSecret(id) => (sql::RESEAL_TOTP, id.as_str()),
            Sealed::SigningKey(id) => (sql::RESEAL_SIGNING_KEY, id.as_str()),
        };
        resealed += sqlx::query(statement)
            .bind(id)
            .bind(&resealing.from)
            .bind(&resealing.to)
            .execute(&mut *tx)
            .await?
            .rows_affected();
    }
    tx.commit().await?;
    Ok(resealed)
}
