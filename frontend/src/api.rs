//! The calls of the HTTP API, one function each. Nothing else in the app speaks to the server.

use gloo_net::http::{Method, Request, RequestBuilder, Response};
use leptos::web_sys::{AbortSignal, UrlSearchParams};
use miniserde::{Deserialize, json};
use shared::{OtpCode, paths, resources::Strategy};

use crate::resources::{
    ApiError, BackupCodes, Client, Envelope, Environment, ErrorReply, SignIn, Totp,
};

/// After this long a call counts as failed: a server that hashes passwords answers in one second.
const TIMEOUT_MILLIS: u32 = 20_000;

/// Why a call brought nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Failure {
    /// The server said no.
    Refused(Refusal),
    /// No answer came, or none that could be read.
    Unreachable,
}

/// An answer that is no success.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: u16,
    /// What went wrong, the deciding error first; empty where the answer is not the API's own.
    pub(crate) errors: Vec<ApiError>,
    /// Seconds to wait before trying again.
    pub(crate) retry_after: Option<u32>,
    /// The server's time as its `Date` header says it.
    pub(crate) date: Option<String>,
}

/// A part of a reply that the app has no use for.
#[derive(Deserialize)]
pub(crate) struct Ignored {}

/// What a changing call brings: what was asked for, and the changed client.
pub(crate) type Reply<T> = Result<Envelope<T>, Failure>;

/// The instance's settings as clients may know them.
pub(crate) async fn environment() -> Result<Environment, Failure> {
    send(Method::GET, paths::ENVIRONMENT, &[]).await
}

/// The calling client, if the server knows it.
pub(crate) async fn client() -> Result<Option<Client>, Failure> {
    let Envelope { response, .. } =
        send::<Envelope<Option<Client>>>(Method::GET, paths::CLIENT, &[]).await?;
    Ok(response)
}

/// Creates an account and signs it in.
pub(crate) async fn sign_up(email_address: &str, password: &str) -> Reply<Ignored> {
    let form = [("email_address", email_address), ("password", password)];
    send(Method::POST, paths::SIGN_UPS, &form).await
}

/// Starts a sign-in with its first factor.
pub(crate) async fn sign_in(identifier: &str, password: &str) -> Reply<SignIn> {
    let form = [
        ("identifier", identifier),
        ("strategy", "password"),
        ("password", password),
    ];
    send(Method::POST, paths::SIGN_INS, &form).await
}

/// Completes a sign-in with its second factor.
pub(crate) async fn attempt_second_factor(
    sign_in: &str,
    strategy: Strategy,
    code: &str,
) -> Reply<Ignored> {
    let strategy = match strategy {
        Strategy::BackupCode => "backup_code",
        _ => "totp",
    };
    let path = format!("{}/{sign_in}/attempt_second_factor", paths::SIGN_INS);
    send(
        Method::POST,
        &path,
        &[("strategy", strategy), ("code", code)],
    )
    .await
}

/// Ends a session of this client.
pub(crate) async fn sign_out(session: &str) -> Reply<Ignored> {
    let path = format!("{}/{session}/remove", paths::CLIENT_SESSIONS);
    send(Method::POST, &path, &[]).await
}

/// Makes a TOTP secret; an earlier one that was never verified is dead from then on.
pub(crate) async fn create_totp() -> Reply<Totp> {
    send(Method::POST, paths::TOTP, &[]).await
}

/// Verifies the first code of the created secret, which is when sign-in begins to ask for codes.
pub(crate) async fn attempt_totp_verification(code: &OtpCode) -> Reply<Totp> {
    let form = [("code", code.as_str())];
    send(Method::POST, paths::TOTP_VERIFICATION, &form).await
}

/// Removes the authenticator app, or the secret that waits for its first code.
pub(crate) async fn remove_totp() -> Reply<Ignored> {
    send(Method::DELETE, paths::TOTP, &[]).await
}

/// Replaces the backup codes by a new set.
pub(crate) async fn create_backup_codes() -> Reply<BackupCodes> {
    send(Method::POST, paths::BACKUP_CODES, &[]).await
}

async fn send<T: Deserialize>(
    method: Method,
    path: &str,
    form: &[(&str, &str)],
) -> Result<T, Failure> {
    let body = exchange(method, path, form).await?;
    json::from_str(&body).map_err(|_| Failure::Unreachable)
}

/// Sends a request and brings the text of a success.
async fn exchange(method: Method, path: &str, form: &[(&str, &str)]) -> Result<String, Failure> {
    let request = request(method, path, form).ok_or(Failure::Unreachable)?;
    let response = request.send().await.map_err(|_| Failure::Unreachable)?;
    let body = response.text().await.map_err(|_| Failure::Unreachable)?;
    if response.ok() {
        Ok(body)
    } else {
        Err(Failure::Refused(refusal(&response, &body)))
    }
}

fn request(method: Method, path: &str, form: &[(&str, &str)]) -> Option<Request> {
    let timeout = AbortSignal::timeout_with_u32(TIMEOUT_MILLIS);
    let request = RequestBuilder::new(path)
        .method(method)
        .abort_signal(Some(&timeout));
    if form.is_empty() {
        return request.build().ok();
    }
    let body = UrlSearchParams::new().ok()?;
    for (name, value) in form {
        body.append(name, value);
    }
    // The browser names the content type of such a body itself.
    request.body(body).ok()
}

fn refusal(response: &Response, body: &str) -> Refusal {
    let headers = response.headers();
    Refusal {
        status: response.status(),
        errors: json::from_str::<ErrorReply>(body)
            .map(|reply| reply.errors)
            .unwrap_or_default(),
        retry_after: headers
            .get("retry-after")
            .and_then(|seconds| seconds.parse().ok()),
        date: headers.get("date"),
    }
}
