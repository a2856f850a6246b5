//! `/v1/me/totp`: the authenticator app of the caller.

use axum::{Router, response::Response, routing::post};
use serde::Deserialize;
use shared::{
    ErrorCode, OtpCode,
    resources::{Deleted, Totp},
};

use crate::{
    AppState,
    domain::totp,
    http::{At, Failure, Form, Fresh, required},
};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/me/totp", post(create).delete(remove))
        .route("/me/totp/attempt_verification", post(attempt_verification))
}

async fn create(Fresh(caller): Fresh) -> Result<Response, Failure> {
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

#[derive(Deserialize)]
struct Verification {
    code: Option<String>,
}

async fn attempt_verification(
    Fresh(caller): Fresh,
    Form(form): Form<Verification>,
) -> Result<Response, Failure> {
    let code: OtpCode = required(form.code, "code")?.parse()?;
    let now = caller.browser.now;
    let verified = totp::verify(&caller.context(), &caller.user, &caller.session.id, &code)
        .await
        .map_err(|error| error.at(now))?;
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

async fn remove(Fresh(caller): Fresh) -> Result<Response, Failure> {
    let removed = totp::remove(&caller.context(), &caller.user, &caller.session.id).await?;
    let id = removed.ok_or(ErrorCode::ResourceNotFound)?;
    let resource = Deleted {
        object: "totp".to_owned(),
        id: Some(id.into()),
        deleted: true,
    };
    caller.browser.changed(resource, None).await
}
