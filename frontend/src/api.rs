//! The calls of the HTTP API, one function each. Nothing else in the app speaks to the server.

use std::marker::PhantomData;

use gloo_net::http::{self, Method, RequestBuilder, Response};
use leptos::web_sys::{self, AbortSignal, UrlSearchParams};
use miniserde::{Deserialize, json};
use shared::{ErrorCode, OtpCode, paths, resources::Strategy};
use wasm_bindgen::prelude::*;

use crate::resources::{
    Activity, ApiError, BackupCodes, Client, Envelope, Environment, ErrorReply, MAILED_CODE,
    ManagedUser, ManagedUsers, MultiFactorSettings, Session, StepUp, Totp,
};

/// After this long a call counts as failed: a server that hashes passwords answers in one second.
const TIMEOUT_MILLIS: u32 = 20_000;

/// Why a call brought nothing.
#[derive(Debug, PartialEq)]
pub(crate) enum Failure {
    /// The server said no.
    Refused(Refusal),
    /// No answer came, or none that could be read.
    Unreachable,
    /// The server wanted the user to show again who they are, and they did not: nothing happened.
    Cancelled,
}

impl Failure {
    /// Whether the server said no for this reason.
    pub(crate) fn is(&self, code: ErrorCode) -> bool {
        match self {
            Self::Refused(refusal) => refusal
                .errors
                .first()
                .is_some_and(|error| error.code() == code),
            Self::Unreachable | Self::Cancelled => false,
        }
    }
}

/// An answer that is no success.
#[derive(Debug, PartialEq)]
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

/// A request to the API, which can be sent as often as it takes.
pub(crate) struct Request {
    method: Method,
    path: String,
    form: Vec<(&'static str, String)>,
}

/// A call that changes something: what to send, and `T` is what it brings beside the changed
/// client.
pub(crate) struct Call<T> {
    /// What to send.
    pub(crate) request: Request,
    brings: PhantomData<fn() -> T>,
}

/// A question about the signed-in user, and `T` is the answer.
pub(crate) struct Question<T> {
    /// What to send.
    pub(crate) request: Request,
    brings: PhantomData<fn() -> T>,
}

/// The instance's settings as clients may know them.
pub(crate) async fn environment() -> Result<Environment, Failure> {
    read(&get(paths::ENVIRONMENT).await?)
}

/// The calling client, if the server knows it.
pub(crate) async fn client() -> Result<Option<Client>, Failure> {
    let Envelope { response, .. } = read::<Envelope<Option<Client>>>(&get(paths::CLIENT).await?)?;
    Ok(response)
}

/// The words of a language, whose file is at `path`.
pub(crate) async fn words(path: &str) -> Result<String, Failure> {
    get(path).await
}

/// Creates an account and signs it in, or begins to, where its e-mail address is verified first.
pub(crate) fn sign_up(email_address: String, password: String) -> Call<Ignored> {
    let form = vec![("email_address", email_address), ("password", password)];
    call(Method::POST, paths::SIGN_UPS, form)
}

/// Where a sign-up goes on.
pub(crate) fn sign_up_path(sign_up: &str) -> String {
    format!("{}/{sign_up}", paths::SIGN_UPS)
}

/// Has a code sent to the e-mail address of the sign-up of this path.
pub(crate) fn send_code(path: &str) -> Call<Ignored> {
    let form = vec![("strategy", "email_code".to_owned())];
    call(Method::POST, &format!("{path}/prepare_verification"), form)
}

/// Starts a sign-in with its first factor.
pub(crate) fn sign_in(identifier: String, password: String) -> Call<Ignored> {
    let form = vec![
        ("identifier", identifier),
        ("strategy", "password".to_owned()),
        ("password", password),
    ];
    call(Method::POST, paths::SIGN_INS, form)
}

/// Starts a sign-in of somebody who forgot their password: sends a code by mail, in place of the
/// first factor.
pub(crate) fn begin_reset(identifier: String) -> Call<Ignored> {
    let form = vec![
        ("identifier", identifier),
        ("strategy", MAILED_CODE.to_owned()),
    ];
    call(Method::POST, paths::SIGN_INS, form)
}

/// Sends another code for the sign-in of this path, in place of the one before.
pub(crate) fn send_reset_code(path: &str) -> Call<Ignored> {
    let path = format!("{path}/prepare_first_factor");
    call(
        Method::POST,
        &path,
        vec![("strategy", MAILED_CODE.to_owned())],
    )
}

/// Sets the password anew, by the sign-in of this path whose code was right.
pub(crate) fn reset_password(path: &str, password: String) -> Call<Ignored> {
    let path = format!("{path}/reset_password");
    call(Method::POST, &path, vec![("password", password)])
}

/// Replaces the password of who is signed in, which ends all their other sessions.
pub(crate) fn change_password(current: String, new: String) -> Call<Ignored> {
    let form = vec![("current_password", current), ("new_password", new)];
    call(Method::POST, paths::CHANGE_PASSWORD, form)
}

/// Where the attempts of a sign-in go.
pub(crate) fn sign_in_path(sign_in: &str) -> String {
    format!("{}/{sign_in}", paths::SIGN_INS)
}

/// Where a session's step-up begins and its attempts go.
pub(crate) fn step_up_path(session: &str) -> String {
    format!("{}/{session}/verify", paths::CLIENT_SESSIONS)
}

/// Begins the step-up of this path, in place of one that is under way.
pub(crate) fn begin_step_up(path: &str) -> Call<StepUp> {
    call(
        Method::POST,
        path,
        vec![("level", "second_factor".to_owned())],
    )
}

/// Presents a factor to the sign-in, step-up or sign-up of this path: the password, or a code.
pub(crate) fn attempt(path: &str, strategy: Strategy, presented: String) -> Call<Ignored> {
    let (of, strategy, param) = match strategy {
        Strategy::Password => ("first_factor", "password", "password"),
        Strategy::Totp => ("second_factor", "totp", "code"),
        Strategy::BackupCode => ("second_factor", "backup_code", "code"),
        Strategy::ResetPasswordEmailCode => ("first_factor", MAILED_CODE, "code"),
        Strategy::EmailCode => ("verification", "email_code", "code"),
    };
    let form = vec![("strategy", strategy.to_owned()), (param, presented)];
    call(Method::POST, &format!("{path}/attempt_{of}"), form)
}

/// Ends a session of this client.
pub(crate) fn sign_out(session: &str) -> Call<Ignored> {
    let path = format!("{}/{session}/remove", paths::CLIENT_SESSIONS);
    call(Method::POST, &path, Vec::new())
}

/// Where the user is signed in.
pub(crate) fn active_sessions() -> Question<Vec<Session>> {
    question(paths::ACTIVE_SESSIONS)
}

/// Ends a session of the user, wherever it is.
pub(crate) fn revoke(session: &str) -> Call<Ignored> {
    let path = format!("{}/{session}/revoke", paths::SESSIONS);
    call(Method::POST, &path, Vec::new())
}

/// What happened to the account, newest first: `limit` events at most, and only those before the
/// event `before` where there is one.
pub(crate) fn activity(limit: usize, before: Option<&str>) -> Question<Activity> {
    let before = before.map_or(String::new(), |before| format!("&before={before}"));
    question(&format!("{}?limit={limit}{before}", paths::ACTIVITY))
}

/// Makes a TOTP secret; an earlier one that was never verified is dead from then on.
pub(crate) fn create_totp() -> Call<Totp> {
    call(Method::POST, paths::TOTP, Vec::new())
}

/// Verifies the first code of the created secret, which is when sign-in begins to ask for codes.
pub(crate) fn attempt_totp_verification(code: &OtpCode) -> Call<Totp> {
    let form = vec![("code", code.as_str().to_owned())];
    call(Method::POST, paths::TOTP_VERIFICATION, form)
}

/// Removes the authenticator app, or the secret that waits for its first code.
pub(crate) fn remove_totp() -> Call<Ignored> {
    call(Method::DELETE, paths::TOTP, Vec::new())
}

/// Replaces the backup codes by a new set.
pub(crate) fn create_backup_codes() -> Call<BackupCodes> {
    call(Method::POST, paths::BACKUP_CODES, Vec::new())
}

/// What is switched on for everyone.
pub(crate) fn multi_factor() -> Question<Envelope<MultiFactorSettings>> {
    question(paths::MULTI_FACTOR_SETTINGS)
}

/// Switches things on or off for everyone: those that are named.
pub(crate) fn change_multi_factor(
    changes: Vec<(&'static str, String)>,
) -> Call<MultiFactorSettings> {
    call(Method::PATCH, paths::MULTI_FACTOR_SETTINGS, changes)
}

/// The accounts that have `text` in id, address or name, newest first, without the first `offset`.
pub(crate) fn managed_users(text: &str, offset: usize) -> Question<Envelope<ManagedUsers>> {
    let text = js_sys::encode_uri_component(text);
    question(&format!(
        "{}?query={text}&offset={offset}",
        paths::MANAGED_USERS
    ))
}

/// Does something for somebody who needs help: `reset_mfa` or `unlock`.
pub(crate) fn help(user: &str, act: &str) -> Call<ManagedUser> {
    let path = format!("{}/{user}/{act}", paths::MANAGED_USERS);
    call(Method::POST, &path, Vec::new())
}

fn call<T>(method: Method, path: &str, form: Vec<(&'static str, String)>) -> Call<T> {
    Call {
        request: request(method, path, form),
        brings: PhantomData,
    }
}

fn question<T>(path: &str) -> Question<T> {
    Question {
        request: request(Method::GET, path, Vec::new()),
        brings: PhantomData,
    }
}

fn request(method: Method, path: &str, form: Vec<(&'static str, String)>) -> Request {
    Request {
        method,
        path: path.to_owned(),
        form,
    }
}

#[wasm_bindgen]
extern "C" {
    /// The answer to what `init.js` asked at this path before the app was there, and null where
    /// none came. Undefined for whatever it did not ask, and from the second time on.
    #[wasm_bindgen(catch, js_namespace = globalThis, js_name = takeFirstAnswer)]
    async fn take_first_answer(path: &str) -> Result<JsValue, JsValue>;
}

async fn get(path: &str) -> Result<String, Failure> {
    match take_first_answer(path).await {
        Ok(answer) if !answer.is_undefined() => {
            let answer = answer.dyn_into::<web_sys::Response>();
            received(answer.map_err(|_| Failure::Unreachable)?.into()).await
        }
        _ => send(&request(Method::GET, path, Vec::new())).await,
    }
}

/// Reads the text of a success.
pub(crate) fn read<T: Deserialize>(body: &str) -> Result<T, Failure> {
    json::from_str(body).map_err(|_| Failure::Unreachable)
}

/// Sends a request and brings the text of a success.
pub(crate) async fn send(request: &Request) -> Result<String, Failure> {
    let request = prepared(request).ok_or(Failure::Unreachable)?;
    received(request.send().await.map_err(|_| Failure::Unreachable)?).await
}

async fn received(response: Response) -> Result<String, Failure> {
    let body = response.text().await.map_err(|_| Failure::Unreachable)?;
    if response.ok() {
        Ok(body)
    } else {
        Err(Failure::Refused(refusal(&response, &body)))
    }
}

fn prepared(request: &Request) -> Option<http::Request> {
    let timeout = AbortSignal::timeout_with_u32(TIMEOUT_MILLIS);
    let builder = RequestBuilder::new(&request.path)
        .method(request.method.clone())
        .abort_signal(Some(&timeout));
    if request.form.is_empty() {
        return builder.build().ok();
    }
    let body = UrlSearchParams::new().ok()?;
    for (name, value) in &request.form {
        body.append(name, value);
    }
    // The browser names the content type of such a body itself.
    builder.body(body).ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_is_presented_where_it_is_asked_for() {
        let sent = |strategy| {
            let Request { path, form, .. } =
                attempt(&step_up_path("sess_1"), strategy, "shown".to_owned()).request;
            let form: Vec<_> = form
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            (path, form.join("&"))
        };
        for (strategy, place, form) in [
            (
                Strategy::Password,
                "first_factor",
                "strategy=password&password=shown",
            ),
            (Strategy::Totp, "second_factor", "strategy=totp&code=shown"),
            (
                Strategy::BackupCode,
                "second_factor",
                "strategy=backup_code&code=shown",
            ),
            (
                Strategy::ResetPasswordEmailCode,
                "first_factor",
                "strategy=reset_password_email_code&code=shown",
            ),
            (
                Strategy::EmailCode,
                "verification",
                "strategy=email_code&code=shown",
            ),
        ] {
            let path = format!("/v1/client/sessions/sess_1/verify/attempt_{place}");
            assert_eq!(sent(strategy), (path, form.to_owned()));
        }
    }

    #[test]
    fn a_failure_is_what_its_first_error_is() {
        let refused = |codes: &[ErrorCode]| {
            Failure::Refused(Refusal {
                status: 403,
                errors: codes
                    .iter()
                    .map(|code| ApiError::sample(code.as_str()))
                    .collect(),
                retry_after: None,
                date: None,
            })
        };
        let wanted = ErrorCode::SessionReverificationRequired;
        assert!(refused(&[wanted, ErrorCode::UserLocked]).is(wanted));
        assert!(!refused(&[ErrorCode::UserLocked, wanted]).is(wanted));
        assert!(!refused(&[]).is(wanted));
        assert!(!Failure::Unreachable.is(wanted));
    }
}
