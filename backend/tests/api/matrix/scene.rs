//! An account with its owner, and whoever calls in front of it.

use std::{
    fmt::{self, Display, Formatter},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use axum::{
    body::Body,
    http::{Method, header},
};
use serde_json::Value;

use crate::{
    harness::{Enrolled, PASSWORD, Reply, TestApp, TestBrowser, text},
    instance::{self, BOSS},
};

/// Who calls: a column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// A browser without any cookie.
    Nobody,
    /// The owner, whose password was right and whose second factor is missing.
    Halfway,
    /// The owner, who has to set a second factor up.
    Pending,
    /// The owner, who was last checked ten minutes ago.
    Stale,
    /// The owner, who was checked just now.
    Fresh,
    /// Another user, checked just now, who names the owner's sessions and sign-ins.
    Other,
}

/// A call as it is written in the table, or as clients make it that only POST.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    method: &'static str,
    pub(super) path: &'static str,
    stands_for: Option<&'static str>,
}

impl Call {
    pub(super) fn of(row: &'static str) -> Self {
        let (method, path) = row.split_once(' ').unwrap();
        Self {
            method,
            path,
            stands_for: None,
        }
    }

    /// The same call as a POST that stands for it, where there is one.
    pub(super) fn as_post(self) -> Option<Self> {
        matches!(self.method, "DELETE" | "PATCH").then_some(Self {
            method: "POST",
            stands_for: Some(self.method),
            ..self
        })
    }

    pub(super) fn method(self) -> Method {
        self.method.parse().unwrap()
    }

    /// Where it goes: a POST that stands for another method has a slash at its end too, as some
    /// clients send it.
    pub(super) fn target(self) -> String {
        match self.stands_for {
            Some(method) => format!("{}/?_method={method}", self.path),
            None => self.path.to_owned(),
        }
    }
}

impl Call {
    /// Whether it changes nothing that the other calls need.
    fn leaves_the_scene(self) -> bool {
        [
            "environment",
            "multi_factor",
            "reset_mfa",
            "tokens",
            "touch",
            "unlock",
            "verify",
        ]
        .iter()
        .any(|last| self.path.ends_with(last))
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target())
    }
}

/// How many scenes one server may see.
const MOST_SCENES: usize = 100;

fn owner(number: usize) -> String {
    format!("owner{number}@example.com")
}

/// A server whose owners are administrators. Where `who` has to set a second factor up, everyone
/// needs one.
pub(super) async fn administered(app: TestApp, who: Who) -> TestApp {
    let app = app
        .reconfigured(|config| {
            config.smtp_url = Some("smtp://localhost:2525".into());
            let owners = (0..MOST_SCENES).map(owner);
            config.administrators = owners
                .chain([BOSS.to_owned()])
                .map(|address| address.parse().unwrap())
                .collect();
        })
        .await;
    if who == Who::Pending {
        let (boss, _) = app.enrolled(BOSS).await;
        instance::change(&boss, &[("required", "true")]).await.ok();
    }
    app
}

pub(super) struct Scene<'a> {
    app: &'a TestApp,
    who: Who,
    caller: TestBrowser,
    email: String,
    /// The owner's own browser: that of the caller, where the caller is signed in as the owner.
    owner: TestBrowser,
    owner_id: String,
    /// The owner's session in it.
    session: String,
    /// A sign-in of the owner that waits for its second factor: the caller's own, if it is halfway.
    sign_in: String,
    /// Where that sign-in is, a sign-up waits for its code.
    elsewhere: TestBrowser,
    sign_up: String,
    enrolled: Enrolled,
    is_over: std::cell::Cell<bool>,
}

impl<'a> Scene<'a> {
    pub(super) async fn of(app: &'a TestApp, who: Who) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed) % MOST_SCENES;
        let email = owner(number);
        let (owner, enrolled) = if who == Who::Pending {
            let browser = app.signed_up(&email).await;
            let secret = text(&browser.post("/v1/me/totp", &[]).await.ok()["secret"]);
            (browser, not_yet_enrolled(secret))
        } else {
            app.enrolled(&email).await
        };
        let client = owner.get("/v1/client").await.ok();
        let session = text(&client["last_active_session_id"]);
        let owner_id = text(&client["sessions"][0]["user"]["id"]);
        if who == Who::Stale {
            app.advance(Duration::from_mins(10));
        }
        let elsewhere = app.browser();
        let identifier = [("identifier", email.as_str())];
        let sign_in = match who {
            Who::Pending => elsewhere.post("/v1/client/sign_ins", &identifier).await,
            _ => elsewhere.password(&email).await,
        };
        let sign_in = text(&sign_in.ok()["id"]);
        let new = format!("new{number}@example.com");
        let fields = [("email_address", new.as_str()), ("password", PASSWORD)];
        let sign_up = elsewhere.post("/v1/client/sign_ups", &fields).await.ok();
        let caller = match who {
            Who::Nobody => app.browser(),
            Who::Halfway => elsewhere.clone(),
            Who::Pending | Who::Stale | Who::Fresh => owner.clone(),
            Who::Other => app.enrolled(&format!("other{number}@example.com")).await.0,
        };
        Self {
            app,
            who,
            caller,
            email,
            owner,
            owner_id,
            session,
            sign_in,
            elsewhere,
            sign_up: text(&sign_up["id"]),
            enrolled,
            is_over: std::cell::Cell::new(false),
        }
    }

    /// Whether a call changed something, so that the next one needs a new scene.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.get()
    }

    /// Makes the call with everything right about it, and holds the reply to what is true of all.
    pub(super) async fn make(&self, call: Call) -> Reply {
        self.begin_step_up_for(call.path).await;
        let is_elsewhere = matches!(self.who, Who::Nobody | Who::Halfway | Who::Other);
        let before = self.account_if(is_elsewhere).await;
        let fields = if call.path.ends_with("/sign_ups/{id}/attempt_verification") {
            let path = format!("/v1/client/sign_ups/{}", self.sign_up);
            let code = self.app.sign_up_code(&self.elsewhere, &path).await;
            vec![("strategy", "email_code".to_owned()), ("code", code)]
        } else {
            self.fields(call.path)
        };
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let path = if call.path.contains("/instance/users/") {
            call.target().replace("{id}", &self.somebody_else().await)
        } else {
            self.with_ids(&call.target())
        };
        let request = self
            .caller
            .request(call.method(), &path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let body = serde_urlencoded::to_string(fields).unwrap();
        let reply = self
            .caller
            .send(request.body(Body::from(body)).unwrap())
            .await;
        self.must_not_show_secrets(&reply);
        let is_refused = !reply.status.is_success();
        if is_refused || self.who == Who::Other {
            assert_eq!(self.account_if(is_elsewhere).await, before, "{call}");
        }
        if matches!(self.who, Who::Nobody | Who::Other) {
            let shown = reply.json.to_string();
            assert!(!shown.contains(&self.owner_id), "{call}: {shown}");
        }
        let changes = call.method() != Method::GET && !is_refused && !call.leaves_the_scene();
        self.is_over.set(self.is_over.get() || changes);
        reply
    }

    /// Sends a request of the caller's browser, which may keep silent about its origin.
    pub(super) async fn send(&self, method: Method, path: &str, with_origin: bool) -> Reply {
        let request = self.caller.request(method, &self.with_ids(path));
        let mut request = request.body(Body::empty()).unwrap();
        if !with_origin {
            request.headers_mut().remove(header::ORIGIN);
        }
        self.caller.send(request).await
    }

    /// The id of an account that only administrators have to do with.
    async fn somebody_else(&self) -> String {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let email = format!("subject{number}@example.com");
        let browser = self.app.signed_up(&email).await;
        let client = browser.get("/v1/client").await.ok();
        text(&client["sessions"][0]["user"]["id"])
    }

    /// What the owner sees of the account and its sessions.
    pub(super) async fn owners_account(&self) -> (Value, Value) {
        let sessions = self.owner.get("/v1/me/sessions/active").await;
        assert!(sessions.json.is_array(), "{:#}", sessions.json);
        (self.owner.me().await, sessions.json)
    }

    async fn account_if(&self, is_of_interest: bool) -> Option<(Value, Value)> {
        if is_of_interest {
            Some(self.owners_account().await)
        } else {
            None
        }
    }

    #[track_caller]
    pub(super) fn must_not_show_secrets(&self, reply: &Reply) {
        let shown = reply.json.to_string();
        let Enrolled {
            secret,
            backup_codes,
            ..
        } = &self.enrolled;
        let codes = backup_codes.iter().map(String::as_str);
        for secret in codes.chain([secret.as_str(), PASSWORD]) {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    /// The owner begins the step-up that the call is an attempt at.
    async fn begin_step_up_for(&self, path: &str) {
        let level = match path.rsplit_once("/verify/") {
            Some((_, "attempt_first_factor")) => "first_factor",
            Some((_, "attempt_second_factor")) => "second_factor",
            _ => return,
        };
        let path = format!("/v1/client/sessions/{}/verify", self.session);
        self.owner.post(&path, &[("level", level)]).await.ok();
    }

    fn with_ids(&self, path: &str) -> String {
        let id = if path.contains("/sign_ins/") {
            &self.sign_in
        } else if path.contains("/sign_ups/") {
            &self.sign_up
        } else if path.contains("/users/") {
            &self.owner_id
        } else {
            &self.session
        };
        path.replace("{id}", id)
    }

    /// The right fields of a call.
    fn fields(&self, path: &str) -> Vec<(&'static str, String)> {
        let strategy = |strategy: &str| ("strategy", strategy.to_owned());
        let password = ("password", PASSWORD.to_owned());
        // Not the code of the current step: that one set the authenticator app up.
        let code = ("code", self.app.code(&self.enrolled.secret, 1));
        let last = path.rsplit('/').next().unwrap();
        match last {
            "sign_ups" => vec![("email_address", format!("new.{}", self.email)), password],
            "sign_ins" => vec![
                ("identifier", self.email.clone()),
                strategy("password"),
                password,
            ],
            "attempt_first_factor" => vec![strategy("password"), password],
            "attempt_second_factor" => vec![strategy("totp"), code],
            "attempt_verification" => vec![code],
            "prepare_verification" => vec![strategy("email_code")],
            "prepare_first_factor" => vec![strategy("reset_password_email_code")],
            "reset_password" => vec![("password", "violet-harbour-17".to_owned())],
            "change_password" => vec![
                ("current_password", PASSWORD.to_owned()),
                ("new_password", "violet-harbour-17".to_owned()),
            ],
            "verify" => vec![("level", "second_factor".to_owned())],
            "multi_factor" => vec![("backup_code", "true".to_owned())],
            _ => Vec::new(),
        }
    }
}

fn not_yet_enrolled(secret: String) -> Enrolled {
    Enrolled {
        secret,
        code: String::new(),
        backup_codes: Vec::new(),
    }
}
