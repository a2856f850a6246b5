//! Accounts read for an export, and made by an import.

use shared::{Timestamp, resources::SecurityEventKind};

use super::{
    Database, Transaction,
    events::{self, Event},
};
use crate::store::{
    Collision, KeptAccount, Occasion, Place, Result, Taken, error,
    rows::{KeptAccountRow, kept_accounts, millis, step_number},
    sql,
    texts::backup_code_kind_text,
};

pub(super) async fn count_accounts(db: &Database) -> Result<u64> {
    let count: i64 = sqlx::query_scalar(sql::COUNT_ACCOUNTS)
        .fetch_one(db.reads())
        .await?;
    Ok(count.unsigned_abs())
}

pub(super) async fn accounts_after(
    db: &Database,
    place: Option<&Place>,
    limit: u32,
) -> Result<Vec<KeptAccount>> {
    let rows: Vec<KeptAccountRow> = sqlx::query_as(sql::ACCOUNTS_AFTER)
        .bind(place.map_or(i64::MIN, |place| place.created_at.millis()))
        .bind(place.map_or("", |place| place.id.as_str()))
        .bind(i64::from(limit))
        .fetch_all(db.reads())
        .await?;
    Ok(kept_accounts(rows)?)
}

pub(super) async fn progress(db: &Database, source: &[u8; 32]) -> Result<Option<u64>> {
    let records: Option<i64> = sqlx::query_scalar(sql::IMPORT_PROGRESS)
        .bind(source.as_slice())
        .fetch_optional(db.reads())
        .await?;
    Ok(records.map(i64::unsigned_abs))
}

pub(super) async fn finish(db: &Database, source: &[u8; 32]) -> Result<()> {
    let finish = sqlx::query(sql::FINISH_IMPORT).bind(source.as_slice());
    db.execute(finish).await?;
    Ok(())
}

pub(super) async fn import(
    db: &Database,
    accounts: &[(KeptAccount, Occasion)],
    source: &[u8; 32],
    done: u64,
    now_done: u64,
    now: Timestamp,
) -> Result<std::result::Result<(), Collision>> {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let mut tx = db.begin().await?;
    let noted = sqlx::query(sql::NOTE_IMPORT)
        .bind(source.as_slice())
        .bind(number(done))
        .bind(number(now_done))
        .bind(now.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if noted == 0 {
        tx.rollback().await?;
        return Ok(Err(Collision::OtherImport));
    }
    for (position, (account, occasion)) in accounts.iter().enumerate() {
        if let Err(taken) = insert_user(&mut tx, account).await? {
            tx.rollback().await?;
            return Ok(Err(Collision::Taken(position, taken)));
        }
        insert_factors(&mut tx, account).await?;
        let event = Event::of(&account.user.id, SecurityEventKind::SignUp);
        events::note(&mut tx, event, occasion).await?;
    }
    tx.commit().await?;
    Ok(Ok(()))
}

async fn insert_user(
    tx: &mut Transaction,
    account: &KeptAccount,
) -> Result<std::result::Result<(), Taken>> {
    let user = &account.user;
    let inserted = sqlx::query(sql::IMPORT_USER)
        .bind(user.id.as_str())
        .bind(user.email_id.as_str())
        .bind(&user.email)
        .bind(&user.username)
        .bind(&user.first_name)
        .bind(&user.last_name)
        .bind(&user.password_hash)
        .bind(millis(user.mfa_enabled_at))
        .bind(millis(user.mfa_disabled_at))
        .bind(millis(user.last_sign_in_at))
        .bind(user.created_at.millis())
        .bind(user.updated_at.millis())
        .bind(&user.external_id)
        .bind(millis(user.banned_at))
        .bind(millis(user.email_verified_at))
        .execute(&mut **tx)
        .await;
    match inserted {
        Ok(_) => Ok(Ok(())),
        Err(refused) => match error::taken(&refused) {
            Some(taken) => Ok(Err(taken)),
            None => Err(refused.into()),
        },
    }
}

async fn insert_factors(tx: &mut Transaction, account: &KeptAccount) -> Result<()> {
    if let Some(totp) = &account.totp {
        sqlx::query(sql::IMPORT_TOTP)
            .bind(totp.id.as_str())
            .bind(totp.user_id.as_str())
            .bind(&totp.sealed_secret)
            .bind(millis(totp.verified_at))
            .bind(totp.last_step.map(step_number))
            .bind(millis(totp.last_used_at))
            .bind(totp.created_at.millis())
            .bind(totp.updated_at.millis())
            .execute(&mut **tx)
            .await?;
    }
    let Some(codes) = &account.backup_codes else {
        return Ok(());
    };
    sqlx::query(sql::IMPORT_BACKUP_CODE_SET)
        .bind(codes.set.id.as_str())
        .bind(account.user.id.as_str())
        .bind(backup_code_kind_text(codes.set.kind))
        .bind(&codes.set.salt)
        .bind(&codes.set.sealed_pepper)
        .bind(codes.created_at.millis())
        .execute(&mut **tx)
        .await?;
    for (hash, used_at) in &codes.codes {
        sqlx::query(sql::IMPORT_BACKUP_CODE)
            .bind(codes.set.id.as_str())
            .bind(hash)
            .bind(millis(*used_at))
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}
