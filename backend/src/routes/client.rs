//! `/v1/client`: the calling browser.

use aide::axum::{
    ApiRouter,
    routing::{delete_with, get_with},
};
use shared::resources::Client;

use super::operation;
use crate::{
    AppState,
    http::{Browser, Failure, Reply},
};

const TAG: &str = "Client";

pub(super) fn router() -> ApiRouter<AppState> {
    let show = get_with(
        show,
        operation(TAG, "getClient", "The calling browser with its sessions"),
    );
    let sign_out_all = "Sign all sessions of the calling browser out";
    ApiRouter::new()
        .api_route(
            "/client",
            show.delete_with(sign_out, operation(TAG, "deleteClient", sign_out_all)),
        )
        .api_route(
            "/client/sessions",
            delete_with(sign_out, operation(TAG, "deleteSessions", sign_out_all)),
        )
}

async fn show(browser: Browser) -> Result<Reply<Option<Client>>, Failure> {
    Ok(Browser::answer(browser.client_resource().await?))
}

/// Signs all sessions of the browser out.
async fn sign_out(browser: Browser) -> Result<Reply<Option<Client>>, Failure> {
    if let Some(client) = &browser.client {
        let context = browser.context();
        context
            .store
            .end_client_sessions(&client.id, &context.occasion())
            .await?;
    }
    let client = browser.changed_client_resource().await?;
    browser.changed(client, None).await
}
