//! `/v1/client/sign_ins`: signing in.

use axum::{
    Router,
    extract::Path,
    response::Response,
    routing::{get, post},
};
use secrecy::SecretString;
use serde::Deserialize;
use shared::ErrorCode;

use crate::{
    AppState,
    domain::{Context, second_factor, sign_in},
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

/// The fields of every attempt.
#[derive(Deserialize)]
pub(super) struct Attempt {
    identifier: Option<String>,
    strategy: Option<String>,
    password: Option<String>,
    code: Option<String>,
}

impl Attempt {
    /// The password of an attempt at the first factor.
    pub(super) fn password(self) -> Result<SecretString, Failure> {
        match self.strategy.as_deref() {
            None => Err(Failure::of_param(ErrorCode::FormParamMissing, "strategy")),
            Some("password") => Ok(required(self.password, "password")?.into()),
            Some(_) => Err(Failure::of_param(
                ErrorCode::FormParamFormatInvalid,
                "strategy",
            )),
        }
    }

    /// The code of an attempt at the second factor.
    pub(super) fn code(self) -> Result<second_factor::Code, Failure> {
        match self.strategy.as_deref() {
            None => Err(Failure::of_param(ErrorCode::FormParamMissing, "strategy")),
            Some("totp") => Ok(second_factor::Code::Totp(
                required(self.code, "code")?.parse()?,
            )),
            Some("backup_code") => Ok(second_factor::Code::Backup(
                required(self.code, "code")?.parse()?,
            )),
            Some(_) => Err(Failure::of_param(
                ErrorCode::FormParamFormatInvalid,
                "strategy",
            )),
        }
    }
}

async fn create(browser: Browser, Form(form): Form<Attempt>) -> Result<Response, Failure> {
    browser.must_be_signed_out()?;
    let identifier = required(form.identifier.clone(), "identifier")?;
    let client = browser.client.as_ref();
    let progress = if form.strategy.is_some() || form.password.is_some() {
        let strategy = form.strategy.clone().or(Some("password".to_owned()));
        let password = Attempt { strategy, ..form }.password()?;
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
    Form(form): Form<Attempt>,
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
    Form(form): Form<Attempt>,
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
