//! What the operator switches on and off while the servers run.

use shared::resources::SecurityEventKind;

use super::{
    Database,
    events::{self, Event},
};
use crate::{
    ids::UserId,
    store::{Occasion, Result, Settings, SettingsChange, rows::SettingsRow, sql},
};

pub(super) async fn settings(db: &Database) -> Result<Settings> {
    let row: SettingsRow = sqlx::query_as(sql::SETTINGS).fetch_one(db.reads()).await?;
    Ok(row.into())
}

pub(super) async fn change_settings(
    db: &Database,
    change: SettingsChange,
    administrator: &UserId,
    occasion: &Occasion,
) -> Result<Option<Settings>> {
    let mut tx = db.begin().await?;
    let row: Option<SettingsRow> = sqlx::query_as(sql::CHANGE_SETTINGS)
        .bind(change.authenticator_app.map(i64::from))
        .bind(change.backup_code.map(i64::from))
        .bind(change.required.map(i64::from))
        .bind(occasion.now.millis())
        .fetch_optional(&mut *tx)
        .await?;
    if row.is_none() {
        tx.rollback().await?;
        return Ok(None);
    }
    let event = Event::of(administrator, SecurityEventKind::SettingsChanged);
    events::note(&mut tx, event, occasion).await?;
    tx.commit().await?;
    Ok(row.map(Into::into))
}
