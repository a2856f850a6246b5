//! `/v1/me/totp`: the authenticator app of the caller.

use aide::axum::{ApiRouter, routing::post_with};
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    OtpCode,
    resources::{Deleted, Strategy, Totp},
};

use super::operation;
use crate::{
    AppState,
    domain::totp,
    http::{Failure, Form, FreshOrPending, Reply, required},
};

const TAG: &str = "Second factor";

pub(super) fn router() -> ApiRouter<AppState> {
    let create = post_with(
        create,
        operation(
            TAG,
            "createTotp",
            "Make a secret for an authenticator app, shown this once",
        ),
    );
    ApiRouter::new()
        .api_route(
            "/me/totp",
            create.delete_with(
                remove,
                operation(
                    TAG,
                    "deleteTotp",
                    "Remove the authenticator app and the backup codes",
                ),
            ),
        )
        .api_route(
            "/me/totp/attempt_verification",
            post_with(
                attempt_verification,
                operation(
                    TAG,
                    "verifyTotp",
                    "Switch the authenticator app on by its first code",
                ),
            ),
        )
}

async fn create(FreshOrPending(caller): FreshOrPending) -> Result<Reply<Totp>, Failure> {
    let now = caller.browser.now;
    let created = totp::create(&caller.context(), &caller.user).await?;
    let resource = Totp {
        id: created.id.into(),
        secret: Some(created.secret.to_base32()),
        uri: Some(created.uri),
        verified: false,
        backup_codes: None,
        created_at: now,
        updated_at: now,
    };
    caller.browser.changed(resource, None).await
}

/// The first code of a new secret.
#[derive(Deserialize, JsonSchema)]
struct Verification {
    /// Six digits, as people type them.
    #[schemars(required, length(min = 1))]
    code: Option<String>,
}

async fn attempt_verification(
    FreshOrPending(caller): FreshOrPending,
    Form(form): Form<Verification>,
) -> Result<Reply<Totp>, Failure> {
    let code: OtpCode = required(form.code, "code")?.parse()?;
    caller.browser.may_attempt_factor_of(&caller.user.id)?;
    let verified = totp::verify(&caller.context(), &caller.user, &caller.session.id, &code).await;
    let verified = caller.browser.counted(Strategy::Totp, verified)?;
    let resource = Totp {
        id: verified.totp.id.into(),
        secret: None,
        uri: None,
        verified: true,
        backup_codes: verified
            .backup_codes
            .map(|codes| codes.iter().map(ToString::to_string).collect()),
        created_at: verified.totp.created_at,
        updated_at: verified.totp.updated_at,
    };
    caller.browser.changed(resource, None).await
}

async fn remove(FreshOrPending(caller): FreshOrPending) -> Result<Reply<Deleted>, Failure> {
    let id = totp::remove(&caller.context(), &caller.user, &caller.session.id).await?;
    let resource = Deleted {
        object: "totp".to_owned(),
        id: Some(id.into()),
        deleted: true,
    };
    caller.browser.changed(resource, None).await
}
