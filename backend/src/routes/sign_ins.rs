//! `/v1/client/sign_ins`: signing in.

use axum::{
    Router,
    extract::Path,
    response::Response,
    routing::{get, post},
};
use serde::Deserialize;
use shared::ErrorCode;

use super::attempt::{FirstFactorAttempt, SecondFactorAttempt, unknown_strategy};
use crate::{
    AppState,
    domain::{Context, sign_in},
    http::{At, Browser, Failure, Form, required, sign_in_resource},
    ids::{ClientId, SignInId},
    store::{SignInRecord, SignInStage},
};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/client/sign_ins", post(create))
        .route("/client/sign_ins/{id}", get(show))
        .route(
            "/client/sign_ins/{id}/attempt_first_factor",
            post(attempt_first_factor),
        )
        .route(
            "/client/sign_ins/{id}/attempt_second_factor",
            post(attempt_second_factor),
        )
}

/// The beginning of a sign-in, with the password or without.
#[derive(Deserialize)]
struct Begin {
    identifier: Option<String>,
    strategy: Option<String>,
    password: Option<String>,
}

async fn create(browser: Browser, Form(form): Form<Begin>) -> Result<Response, Failure> {
    browser.must_be_signed_out()?;
    let identifier = required(form.identifier, "identifier")?;
    let client = browser.client.as_ref();
    if form
        .strategy
        .as_ref()
        .is_some_and(|strategy| strategy != "password")
    {
        return Err(unknown_strategy());
    }
    let progress = if form.strategy.is_some() || form.password.is_some() {
        let password = required(form.password, "password")?.into();
        sign_in::begin_with_password(&browser.context(), client, &identifier, password)
            .await
            .map_err(|error| error.at(browser.now))?
    } else {
        sign_in::begin(&browser.context(), client, &identifier).await?
    };
    went_on(browser, progress).await
}

async fn show(browser: Browser, Path(id): Path<String>) -> Result<Response, Failure> {
    let sign_in = sign_in::look_up(&browser.context(), client(&browser)?, &id.into())
        .await
        .map_err(|error| error.at(browser.now))?;
    Ok(Browser::answer(resource(&browser, &sign_in).await?))
}

async fn attempt_first_factor(
    browser: Browser,
    Path(id): Path<String>,
    Form(form): Form<FirstFactorAttempt>,
) -> Result<Response, Failure> {
    browser.must_be_signed_out()?;
    let (client, id) = (client(&browser)?, SignInId::from(id));
    let password = form.password()?;
    let progress = sign_in::attempt_first_factor(&browser.context(), client, &id, password)
        .await
        .map_err(|error| error.at(browser.now))?;
    went_on(browser, progress).await
}

async fn attempt_second_factor(
    browser: Browser,
    Path(id): Path<String>,
    Form(form): Form<SecondFactorAttempt>,
) -> Result<Response, Failure> {
    browser.must_be_signed_out()?;
    let (client, id) = (client(&browser)?, SignInId::from(id));
    let code = form.code()?;
    let progress = sign_in::attempt_second_factor(&browser.context(), client, &id, code)
        .await
        .map_err(|error| error.at(browser.now))?;
    went_on(browser, progress).await
}

/// The calling client: without one there is no sign-in of its own either.
fn client(browser: &Browser) -> Result<&ClientId, Failure> {
    let client = browser.client.as_ref().ok_or(ErrorCode::ResourceNotFound)?;
    Ok(&client.id)
}

async fn went_on(browser: Browser, progress: sign_in::Progress) -> Result<Response, Failure> {
    let resource = resource(&browser, &progress.sign_in).await?;
    browser.changed(resource, progress.token).await
}

async fn resource(
    browser: &Browser,
    sign_in: &SignInRecord,
) -> Result<shared::resources::SignIn, Failure> {
    let Context { store, now, .. } = browser.context();
    // Whose sign-in it is shows only once the password was right.
    let user = match (&sign_in.user_id, sign_in.stage) {
        (Some(user), SignInStage::NeedsSecondFactor) => store.user(user).await?,
        _ => None,
    };
    Ok(sign_in_resource(sign_in, user.as_ref(), now))
}
