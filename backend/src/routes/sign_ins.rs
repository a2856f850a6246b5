//! `/v1/client/sign_ins`: signing in.

use aide::axum::{
    ApiRouter,
    routing::{get_with, post_with},
};
use axum::extract::Path;
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{ErrorCode, resources::SignIn};

use super::{
    ById,
    attempt::{FirstFactorAttempt, SecondFactorAttempt, unknown_strategy},
    operation,
};
use crate::{
    AppState,
    domain::{Context, sign_in},
    http::{At, Browser, Failure, Form, Reply, required, sign_in_resource},
    ids::{ClientId, SignInId},
    store::{SignInRecord, SignInStage},
};

const TAG: &str = "Sign-in";

pub(super) fn router() -> ApiRouter<AppState> {
    ApiRouter::new()
        .api_route(
            "/client/sign_ins",
            post_with(
                create,
                operation(
                    TAG,
                    "createSignIn",
                    "Begin to sign in, with the password or without",
                ),
            ),
        )
        .api_route(
            "/client/sign_ins/{id}",
            get_with(
                show,
                operation(TAG, "getSignIn", "How far a sign-in has come"),
            ),
        )
        .api_route(
            "/client/sign_ins/{id}/attempt_first_factor",
            post_with(
                attempt_first_factor,
                operation(TAG, "attemptFirstFactor", "Check the password"),
            ),
        )
        .api_route(
            "/client/sign_ins/{id}/attempt_second_factor",
            post_with(
                attempt_second_factor,
                operation(
                    TAG,
                    "attemptSecondFactor",
                    "Check a code of the second factor",
                ),
            ),
        )
}

/// The beginning of a sign-in, with the password or without.
#[derive(Deserialize, JsonSchema)]
struct Begin {
    /// E-mail address or user name.
    #[schemars(required, length(min = 1))]
    identifier: Option<String>,
    /// `password`, where the password comes with it.
    #[serde(default)]
    #[schemars(with = "String", extend("enum" = ["password"]))]
    strategy: Option<String>,
    /// The password.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1))]
    password: Option<String>,
}

async fn create(browser: Browser, Form(form): Form<Begin>) -> Result<Reply<SignIn>, Failure> {
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

async fn show(browser: Browser, Path(path): Path<ById>) -> Result<Reply<SignIn>, Failure> {
    let sign_in = sign_in::look_up(&browser.context(), client(&browser)?, &path.id.into())
        .await
        .map_err(|error| error.at(browser.now))?;
    Ok(Browser::answer(resource(&browser, &sign_in).await?))
}

async fn attempt_first_factor(
    browser: Browser,
    Path(path): Path<ById>,
    Form(form): Form<FirstFactorAttempt>,
) -> Result<Reply<SignIn>, Failure> {
    browser.must_be_signed_out()?;
    let (client, id) = (client(&browser)?, SignInId::from(path.id));
    let password = form.password()?;
    let progress = sign_in::attempt_first_factor(&browser.context(), client, &id, password)
        .await
        .map_err(|error| error.at(browser.now))?;
    went_on(browser, progress).await
}

async fn attempt_second_factor(
    browser: Browser,
    Path(path): Path<ById>,
    Form(form): Form<SecondFactorAttempt>,
) -> Result<Reply<SignIn>, Failure> {
    browser.must_be_signed_out()?;
    let (client, id) = (client(&browser)?, SignInId::from(path.id));
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

async fn went_on(browser: Browser, progress: sign_in::Progress) -> Result<Reply<SignIn>, Failure> {
    let resource = resource(&browser, &progress.sign_in).await?;
    browser.changed(resource, progress.token).await
}

async fn resource(browser: &Browser, sign_in: &SignInRecord) -> Result<SignIn, Failure> {
    let Context { store, now, .. } = browser.context();
    // Whose sign-in it is shows only once the password was right.
    let user = match (&sign_in.user_id, sign_in.stage) {
        (Some(user), SignInStage::NeedsSecondFactor) => store.user(user).await?,
        _ => None,
    };
    Ok(sign_in_resource(sign_in, user.as_ref(), now))
}
