//! The few calls that the measurements make.

use std::time::Duration;

use serde_json::Value;
use ureq::{Agent, http::Response};

use crate::{ORIGIN, Outcome, Server};

/// The password of every account.
pub const PASSWORD: &str = "tulip-anchor-92";
/// What is wrong for every account.
pub const WRONG_PASSWORD: &str = "anchor-tulip-29";

/// A program that calls the server over one connection that stays open, and keeps no cookies.
pub struct Client<'server> {
    server: &'server Server,
    agent: Agent,
}

/// A reply.
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// When to come back, where the server says so.
    pub retry_after: Option<Duration>,
    /// The cookie of the client that the server made, as a browser sends it.
    pub cookie: Option<String>,
    /// The body.
    pub body: Value,
}

impl<'server> Client<'server> {
    /// A client of that server.
    pub fn of(server: &'server Server) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).build();
        Self {
            server,
            agent: config.into(),
        }
    }

    /// Who is signed in, by the cookie.
    pub fn get_client(&self, cookie: &str) -> Outcome<Reply> {
        let call = self.agent.get(self.server.url("/v1/client"));
        Reply::read(call.header("Cookie", cookie).call()?)
    }

    /// Signs up. The reply has the cookie.
    pub fn sign_up(&self, email_address: &str) -> Outcome<Reply> {
        let form = [("email_address", email_address), ("password", PASSWORD)];
        self.post("/v1/client/sign_ups", "", &form)?.expect(200)
    }

    /// Signs in with identifier and password in one step.
    pub fn sign_in(&self, identifier: &str, password: &str) -> Outcome<Reply> {
        let form = [
            ("strategy", "password"),
            ("identifier", identifier),
            ("password", password),
        ];
        self.post("/v1/client/sign_ins", "", &form)
    }

    /// Begins a sign-in with the identifier alone. The reply has the cookie that it goes on with.
    pub fn begin_sign_in(&self, identifier: &str) -> Outcome<Reply> {
        let form = [("identifier", identifier)];
        self.post("/v1/client/sign_ins", "", &form)?.expect(200)
    }

    /// Goes on with the password.
    pub fn attempt_first_factor(&self, begun: &Reply, password: &str) -> Outcome<Reply> {
        let id = begun.body["response"]["id"].as_str().ok_or("no sign-in")?;
        let path = format!("/v1/client/sign_ins/{id}/attempt_first_factor");
        let cookie = begun.cookie.as_deref().ok_or("no cookie")?;
        self.post(
            &path,
            cookie,
            &[("strategy", "password"), ("password", password)],
        )
    }

    fn post(&self, path: &str, cookie: &str, form: &[(&str, &str)]) -> Outcome<Reply> {
        let call = self
            .agent
            .post(self.server.url(path))
            .header("Origin", ORIGIN);
        let call = call.header("Cookie", cookie);
        Reply::read(call.send_form(form.iter().copied())?)
    }
}

impl Reply {
    fn read(mut reply: Response<ureq::Body>) -> Outcome<Self> {
        let headers = reply.headers();
        let retry_after = headers
            .get("Retry-After")
            .and_then(|value| value.to_str().ok());
        let retry_after = retry_after.map(str::parse).transpose()?;
        let cookie = headers
            .get_all("Set-Cookie")
            .iter()
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .find(|cookie| cookie.starts_with("client="))
            .map(str::to_owned);
        Ok(Self {
            status: reply.status().as_u16(),
            retry_after: retry_after.map(Duration::from_secs),
            cookie,
            body: serde_json::from_slice(&reply.body_mut().read_to_vec()?)?,
        })
    }

    /// The same, if it has that status.
    pub fn expect(self, status: u16) -> Outcome<Self> {
        if self.status == status {
            Ok(self)
        } else {
            Err(format!("{} instead of {status}: {}", self.status, self.body).into())
        }
    }
}
