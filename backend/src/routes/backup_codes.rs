//! `/v1/me/backup_codes`: the backup codes of the caller.

use axum::{Router, response::Response, routing::post};
use shared::resources::BackupCodes;

use crate::{
    AppState,
    domain::backup_codes,
    http::{Failure, Fresh},
};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/me/backup_codes", post(regenerate))
}

async fn regenerate(Fresh(caller): Fresh) -> Result<Response, Failure> {
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
