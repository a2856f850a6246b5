//! `/v1/client/sign_ups`: making an account.

use aide::axum::{
    ApiRouter,
    routing::{get_with, post_with},
};
use axum::extract::Path;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use shared::{
    ErrorCode, OtpCode,
    resources::{SignUp, Strategy},
};

use super::{ById, attempt::unknown_strategy, operation};
use crate::{
    AppState,
    domain::{SIGN_IN_LIFETIME, email_verification, sign_up},
    http::{
        Browser, Failure, Form, Reply, complete_sign_up_resource, required, sign_up_resource,
        verified,
    },
    ids::SignUpId,
    store::SignUpRecord,
};

const TAG: &str = "Sign-up";

pub(super) fn router() -> ApiRouter<AppState> {
    ApiRouter::new()
        .api_route(
            "/client/sign_ups",
            post_with(
                create,
                operation(
                    TAG,
                    "createSignUp",
                    "Make an account, and sign it in; or begin to, where its e-mail address is verified first",
                ),
            ),
        )
        .api_route(
            "/client/sign_ups/{id}",
            get_with(
                show,
                operation(TAG, "getSignUp", "How far a sign-up has come"),
            ),
        )
        .api_route(
            "/client/sign_ups/{id}/prepare_verification",
            post_with(
                prepare,
                operation(
                    TAG,
                    "prepareVerification",
                    "Send a code to the e-mail address",
                ),
            ),
        )
        .api_route(
            "/client/sign_ups/{id}/attempt_verification",
            post_with(
                attempt,
                operation(
                    TAG,
                    "attemptVerification",
                    "Check the code that was sent, make the account, and sign it in",
                ),
            ),
        )
}

/// What somebody gives of themselves.
#[derive(Deserialize, JsonSchema)]
struct Application {
    /// The address to sign in with.
    #[schemars(required, extend("format" = "email"))]
    email_address: Option<String>,
    /// The password.
    #[schemars(required, length(min = 8, max = 128))]
    password: Option<String>,
    /// A name to sign in with, beside the address.
    #[serde(default)]
    #[schemars(with = "String", regex(pattern = "^([A-Za-z0-9_.-]{3,64})?$"))]
    username: Option<String>,
    /// First name.
    #[serde(default)]
    #[schemars(with = "String", length(max = 100))]
    first_name: Option<String>,
    /// Last name.
    #[serde(default)]
    #[schemars(with = "String", length(max = 100))]
    last_name: Option<String>,
}

async fn create(browser: Browser, Form(form): Form<Application>) -> Result<Reply<SignUp>, Failure> {
    browser.must_be_signed_out()?;
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let application = sign_up::Application {
        email: required(form.email_address, "email_address")?,
        password: SecretString::from(required(form.password, "password")?),
        username: filled(form.username),
        first_name: filled(form.first_name),
        last_name: filled(form.last_name),
    };
    browser.may_sign_up()?;
    let (context, client) = (browser.context(), browser.client.as_ref());
    if context.policy.verify_email {
        let begun = email_verification::begin(&context, client, application).await?;
        let resource = sign_up_resource(&begun.sign_up, browser.now);
        return browser.changed(resource, begun.tokens).await;
    }
    let done = sign_up::sign_up(&context, client, application).await?;
    let id = SignUpId::generate(context.vault.random());
    let abandon_at = browser.now.after(SIGN_IN_LIFETIME);
    let resource = complete_sign_up_resource(id, &done, None, abandon_at);
    browser.changed(resource, Some(done.tokens)).await
}

async fn show(browser: Browser, Path(path): Path<ById>) -> Result<Reply<SignUp>, Failure> {
    let sign_up = look_up(&browser, path.id).await?;
    Ok(Browser::answer(sign_up_resource(&sign_up, browser.now)))
}

/// How the e-mail address is to be verified.
#[derive(Deserialize, JsonSchema)]
struct Preparation {
    /// `email_code`
    #[schemars(required, extend("enum" = ["email_code"]))]
    strategy: Option<String>,
}

async fn prepare(
    browser: Browser,
    Path(path): Path<ById>,
    Form(form): Form<Preparation>,
) -> Result<Reply<SignUp>, Failure> {
    browser.must_be_signed_out()?;
    let sign_up = look_up(&browser, path.id).await?;
    must_be_email_code(form.strategy)?;
    browser.may_send_mail(&sign_up.email)?;
    let sign_up = email_verification::send_code(&browser.context(), sign_up).await?;
    let resource = sign_up_resource(&sign_up, browser.now);
    browser.changed(resource, None).await
}

/// An attempt at the code that was sent.
#[derive(Deserialize, JsonSchema)]
struct Attempt {
    /// `email_code`
    #[schemars(required, extend("enum" = ["email_code"]))]
    strategy: Option<String>,
    /// Six digits, as people type them.
    #[schemars(required, length(min = 1))]
    code: Option<String>,
}

async fn attempt(
    browser: Browser,
    Path(path): Path<ById>,
    Form(form): Form<Attempt>,
) -> Result<Reply<SignUp>, Failure> {
    browser.must_be_signed_out()?;
    let sign_up = look_up(&browser, path.id).await?;
    must_be_email_code(form.strategy)?;
    let code: OtpCode = required(form.code, "code")?.parse()?;
    browser.may_sign_in(&sign_up.email)?;
    let (id, abandon_at) = (sign_up.id.clone(), sign_up.abandon_at);
    let done = email_verification::attempt_code(&browser.context(), sign_up, code).await;
    let done = browser.counted(Strategy::EmailCode, done)?;
    let resource = complete_sign_up_resource(id, &done, Some(verified()), abandon_at);
    browser.changed(resource, Some(done.tokens)).await
}

fn must_be_email_code(strategy: Option<String>) -> Result<(), Failure> {
    match required(strategy, "strategy")?.as_str() {
        "email_code" => Ok(()),
        _ => Err(unknown_strategy()),
    }
}

/// The calling client's sign-up of that id.
async fn look_up(browser: &Browser, id: String) -> Result<SignUpRecord, Failure> {
    let client = browser.client.as_ref().ok_or(ErrorCode::ResourceNotFound)?;
    let id = SignUpId::from(id);
    Ok(email_verification::look_up(&browser.context(), &client.id, &id).await?)
}
