//! `/v1/client/sign_ins`: signing in.

use aide::axum::{
    ApiRouter,
    routing::{get_with, post_with},
};
use axum::extract::Path;
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    ErrorCode,
    resources::{SignIn, Strategy},
};

use super::{
    ById,
    attempt::{
        FirstFactor, RESET_PASSWORD, SecondFactorAttempt, SignInFirstFactorAttempt,
        unknown_strategy,
    },
    operation,
};
use crate::{
    AppState,
    domain::{password_reset, sign_in},
    http::{At, Browser, Failure, Form, Reply, email_address_id, required, sign_in_resource},
    ids::{SignInId, UserId},
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
            "/client/sign_ins/{id}/prepare_first_factor",
            post_with(
                prepare_first_factor,
                operation(
                    TAG,
                    "prepareFirstFactor",
                    "Send a code by mail, for a new password",
                ),
            ),
        )
        .api_route(
            "/client/sign_ins/{id}/attempt_first_factor",
            post_with(
                attempt_first_factor,
                operation(
                    TAG,
                    "attemptFirstFactor",
                    "Check the password, or the code that was sent by mail",
                ),
            ),
        )
        .api_route(
            "/client/sign_ins/{id}/reset_password",
            post_with(
                reset_password,
                operation(
                    TAG,
                    "resetPassword",
                    "Choose a new password, once the code from the mail was right",
                ),
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
    /// `password`, where the password comes with it, or `reset_password_email_code`, where a code is
    /// to be sent at once.
    #[serde(default)]
    #[schemars(with = "String", extend("enum" = ["password", "reset_password_email_code"]))]
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
    let is_reset = match form.strategy.as_deref() {
        None | Some("password") => false,
        Some(RESET_PASSWORD) => true,
        Some(_) => return Err(unknown_strategy()),
    };
    let password = form
        .password
        .map(|password| required(Some(password), "password"));
    let password = password.transpose()?;
    browser.may_sign_in(&identifier)?;
    let progress = if is_reset {
        browser.may_send_mail(&identifier)?;
        password_reset::begin(&browser.context(), client, &identifier)
            .await
            .map_err(|error| error.at(browser.now))?
    } else if form.strategy.is_some() || password.is_some() {
        let password = required(password, "password")?.into();
        let begun =
            sign_in::begin_with_password(&browser.context(), client, &identifier, password).await;
        browser.counted(Strategy::Password, begun)?
    } else {
        sign_in::begin(&browser.context(), client, &identifier).await?
    };
    went_on(browser, progress).await
}

async fn show(browser: Browser, Path(path): Path<ById>) -> Result<Reply<SignIn>, Failure> {
    let sign_in = look_up(&browser, path.id).await?;
    Ok(Browser::answer(resource(&browser, &sign_in).await?))
}

async fn attempt_first_factor(
    browser: Browser,
    Path(path): Path<ById>,
    Form(form): Form<SignInFirstFactorAttempt>,
) -> Result<Reply<SignIn>, Failure> {
    browser.must_be_signed_out()?;
    let sign_in = look_up(&browser, path.id).await?;
    let presented = form.presented()?;
    browser.may_sign_in(&sign_in.identifier)?;
    let context = browser.context();
    let progress = match presented {
        FirstFactor::Password(password) => {
            let passed = sign_in::attempt_first_factor(&context, sign_in, password).await;
            browser.counted(Strategy::Password, passed)?
        }
        FirstFactor::MailedCode(code) => {
            let passed = password_reset::attempt_code(&context, sign_in, code).await;
            browser.counted(Strategy::ResetPasswordEmailCode, passed)?
        }
    };
    went_on(browser, progress).await
}

/// Which code is to be sent, and where.
#[derive(Deserialize, JsonSchema)]
struct Preparation {
    /// `reset_password_email_code`
    #[schemars(required, extend("enum" = ["reset_password_email_code"]))]
    strategy: Option<String>,
    /// As `supported_first_factors` has it: there is one.
    #[serde(default)]
    #[schemars(with = "String")]
    email_address_id: Option<String>,
}

async fn prepare_first_factor(
    browser: Browser,
    Path(path): Path<ById>,
    Form(form): Form<Preparation>,
) -> Result<Reply<SignIn>, Failure> {
    browser.must_be_signed_out()?;
    let sign_in = look_up(&browser, path.id).await?;
    if required(form.strategy, "strategy")? != RESET_PASSWORD {
        return Err(unknown_strategy());
    }
    if form
        .email_address_id
        .is_some_and(|id| id != email_address_id(&sign_in))
    {
        return Err(ErrorCode::ResourceNotFound.into());
    }
    browser.may_send_mail(&sign_in.identifier)?;
    let sign_in = password_reset::send_code(&browser.context(), sign_in)
        .await
        .map_err(|error| error.at(browser.now))?;
    let progress = sign_in::Progress {
        sign_in,
        tokens: None,
    };
    went_on(browser, progress).await
}

/// A new password. All sessions end: `sign_out_of_other_sessions`, as other servers know it, is
/// taken for true.
#[derive(Deserialize, JsonSchema)]
struct NewPassword {
    /// The password as it is to be.
    #[schemars(required, length(min = 8, max = 128))]
    password: Option<String>,
}

async fn reset_password(
    browser: Browser,
    Path(path): Path<ById>,
    Form(form): Form<NewPassword>,
) -> Result<Reply<SignIn>, Failure> {
    browser.must_be_signed_out()?;
    let sign_in = look_up(&browser, path.id).await?;
    let password = required(form.password, "password")?.into();
    browser.may_sign_in(&sign_in.identifier)?;
    let progress = password_reset::set_password(&browser.context(), sign_in, password)
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
    let sign_in = look_up(&browser, path.id).await?;
    let user = shown_user(&sign_in).ok_or(ErrorCode::ResourceNotFound)?;
    let code = form.code()?;
    browser.may_attempt_factor_of(user)?;
    let strategy = code.strategy();
    let passed = sign_in::attempt_second_factor(&browser.context(), sign_in, code).await;
    let progress = browser.counted(strategy, passed)?;
    went_on(browser, progress).await
}

/// The calling client's sign-in of that id.
async fn look_up(browser: &Browser, id: String) -> Result<SignInRecord, Failure> {
    let client = browser.client.as_ref().ok_or(ErrorCode::ResourceNotFound)?;
    sign_in::look_up(&browser.context(), &client.id, &SignInId::from(id))
        .await
        .map_err(|error| error.at(browser.now))
}

/// Whose sign-in it is shows only once the password was right.
fn shown_user(sign_in: &SignInRecord) -> Option<&UserId> {
    match sign_in.stage {
        SignInStage::NeedsSecondFactor => sign_in.user_id.as_ref(),
        _ => None,
    }
}

async fn went_on(browser: Browser, progress: sign_in::Progress) -> Result<Reply<SignIn>, Failure> {
    let resource = resource(&browser, &progress.sign_in).await?;
    browser.changed(resource, progress.tokens).await
}

async fn resource(browser: &Browser, sign_in: &SignInRecord) -> Result<SignIn, Failure> {
    let context = browser.context();
    let user = match shown_user(sign_in) {
        Some(user) => context.store.user(user).await?,
        None => None,
    };
    Ok(sign_in_resource(sign_in, user.as_ref(), &context))
}
