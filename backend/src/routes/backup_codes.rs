//! `/v1/me/backup_codes`: the backup codes of the caller.

use aide::axum::{ApiRouter, routing::post_with};
use shared::resources::BackupCodes;

use super::operation;
use crate::{
    AppState,
    domain::backup_codes,
    http::{Failure, Fresh, Reply},
};

pub(super) fn router() -> ApiRouter<AppState> {
    ApiRouter::new().api_route(
        "/me/backup_codes",
        post_with(
            regenerate,
            operation(
                "Second factor",
                "createBackupCodes",
                "Replace the backup codes by ten new ones, shown this once",
            ),
        ),
    )
}

async fn regenerate(Fresh(caller): Fresh) -> Result<Reply<BackupCodes>, Failure> {
    let now = caller.browser.now;
    let regenerated = backup_codes::regenerate(&caller.context(), &caller.user).await?;
    let resource = BackupCodes {
        id: regenerated.id.into(),
        codes: regenerated.codes.iter().map(ToString::to_string).collect(),
        created_at: now,
        updated_at: now,
    };
    caller.browser.changed(resource, None).await
}
