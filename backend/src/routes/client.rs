//! `/v1/client`: the calling browser.

use axum::{Router, response::Response, routing::get};

use crate::{
    AppState,
    http::{Browser, Failure},
};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/client", get(show).delete(sign_out))
        .route("/client/sessions", axum::routing::delete(sign_out))
}

async fn show(browser: Browser) -> Result<Response, Failure> {
    Ok(Browser::answer(browser.client_resource().await?))
}

/// Signs all sessions of the browser out.
async fn sign_out(browser: Browser) -> Result<Response, Failure> {
    if let Some(client) = &browser.client {
        browser
            .context()
            .store
            .end_client_sessions(&client.id, browser.now)
            .await?;
    }
    let client = browser.client_resource().await?;
    browser.changed(client, None).await
}
