//! `/v1/instance/multi_factor`: what administrators switch on and off.

use aide::axum::{ApiRouter, routing::get_with};
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{ErrorCode, resources::MultiFactorSettings};

use super::operation;
use crate::{
    AppState,
    domain::instance,
    http::{Browser, Caller, Failure, Form, Fresh, Reply},
    store::{Settings, SettingsChange},
};

const TAG: &str = "Instance";

pub(super) fn router() -> ApiRouter<AppState> {
    let show = get_with(
        show,
        operation(
            TAG,
            "getMultiFactorSettings",
            "Which second factors there are, and whether one is required; for administrators",
        ),
    );
    ApiRouter::new().api_route(
        "/instance/multi_factor",
        show.patch_with(
            change,
            operation(
                TAG,
                "updateMultiFactorSettings",
                "Switch second factors on or off, or require one; for administrators",
            ),
        ),
    )
}

async fn show(caller: Caller) -> Result<Reply<MultiFactorSettings>, Failure> {
    let settings = instance::settings(&caller.context(), &caller.user)?;
    Ok(Browser::answer(resource(settings)))
}

/// What is to be different; the rest stays.
#[derive(Deserialize, JsonSchema)]
struct Change {
    /// Whether authenticator apps can be set up.
    #[serde(default)]
    #[schemars(with = "bool")]
    authenticator_app: Option<String>,
    /// Whether backup codes can be made.
    #[serde(default)]
    #[schemars(with = "bool")]
    backup_code: Option<String>,
    /// Whether everyone needs a second factor.
    #[serde(default)]
    #[schemars(with = "bool")]
    required: Option<String>,
}

async fn change(
    Fresh(caller): Fresh,
    Form(form): Form<Change>,
) -> Result<Reply<MultiFactorSettings>, Failure> {
    let change = SettingsChange {
        authenticator_app: switch(form.authenticator_app, "authenticator_app")?,
        backup_code: switch(form.backup_code, "backup_code")?,
        required: switch(form.required, "required")?,
    };
    let settings = instance::change_settings(&caller.context(), &caller.user, change).await?;
    let browser = caller.browser.under(settings);
    browser.changed(resource(settings), None).await
}

fn switch(value: Option<String>, name: &str) -> Result<Option<bool>, Failure> {
    value
        .map(|value| value.parse())
        .transpose()
        .map_err(|_| Failure::of_param(ErrorCode::FormParamFormatInvalid, name))
}

const fn resource(settings: Settings) -> MultiFactorSettings {
    MultiFactorSettings {
        authenticator_app: settings.authenticator_app,
        backup_code: settings.backup_code,
        required: settings.required,
    }
}
