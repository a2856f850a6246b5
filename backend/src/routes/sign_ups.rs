//! `/v1/client/sign_ups`: making an account.

use aide::axum::{ApiRouter, routing::post_with};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use shared::resources::{NoFields, SignUp, SignUpStatus};

use super::operation;
use crate::{
    AppState,
    domain::{SIGN_IN_LIFETIME, sign_up},
    http::{Browser, Failure, Form, Reply, required},
    ids::SignUpId,
};

const REQUIRED_FIELDS: [&str; 2] = ["email_address", "password"];
const OPTIONAL_FIELDS: [&str; 3] = ["username", "first_name", "last_name"];

pub(super) fn router() -> ApiRouter<AppState> {
    ApiRouter::new().api_route(
        "/client/sign_ups",
        post_with(
            create,
            operation("Sign-up", "createSignUp", "Make an account, and sign it in"),
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
    let (first_name, last_name) = (
        application.first_name.clone(),
        application.last_name.clone(),
    );
    let done = sign_up::sign_up(&browser.context(), browser.client.as_ref(), application).await?;
    let resource = SignUp {
        id: SignUpId::generate(browser.context().vault.random()).into(),
        status: SignUpStatus::Complete,
        required_fields: REQUIRED_FIELDS.to_vec(),
        optional_fields: OPTIONAL_FIELDS.to_vec(),
        missing_fields: Vec::new(),
        unverified_fields: Vec::new(),
        verifications: NoFields::default(),
        username: done.username,
        email_address: Some(done.email),
        first_name,
        last_name,
        has_password: true,
        unsafe_metadata: NoFields::default(),
        created_session_id: Some(done.session_id.into()),
        created_user_id: Some(done.user_id.into()),
        abandon_at: browser.now.after(SIGN_IN_LIFETIME),
    };
    browser.changed(resource, Some(done.tokens)).await
}
