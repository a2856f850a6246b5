//! What the operator switches on and off while the servers run.

use super::Database;
use crate::store::{Result, Settings, SettingsChange, rows::SettingsRow, sql};

pub(super) async fn settings(db: &Database) -> Result<Settings> {
    let row: SettingsRow = sqlx::query_as(sql::SETTINGS).fetch_one(db.reads()).await?;
    Ok(row.into())
}

pub(super) async fn change_settings(
    db: &Database,
    change: SettingsChange,
) -> Result<Option<Settings>> {
    let row: Option<SettingsRow> = sqlx::query_as(sql::CHANGE_SETTINGS)
        .bind(change.authenticator_app.map(i64::from))
        .bind(change.backup_code.map(i64::from))
        .bind(change.required.map(i64::from))
        .fetch_optional(db.writes())
        .await?;
    Ok(row.map(Into::into))
}
