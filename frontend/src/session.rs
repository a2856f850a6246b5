//! Who is signed in. The client that comes with a reply is taken in here, and so is the news that
//! there is no session any more, or that its last check is too old: once for all pages.

use std::{future, rc::Rc};

use futures_channel::oneshot::{self, Sender};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use miniserde::Deserialize;
use shared::{ErrorCode, paths::is_of_dashboard, resources::Strategy};

use crate::{
    api::{self, Call, Failure, Question, Request},
    components::close_dialog,
    focus,
    resources::{Client, Envelope, Environment, SignIn, SignUp, StepUp, User},
    words,
};

/// Where everything is managed, and where signing in leads to.
pub(crate) const MANAGE_MFA: &str = "/account/manage-mfa";
/// Where everything is listed that happened to the account.
pub(crate) const ACTIVITY: &str = "/account/activity";
/// Where the password is changed.
pub(crate) const PASSWORD: &str = "/account/password";
/// Where an authenticator app is added.
pub(crate) const ADD_TOTP: &str = "/account/manage-mfa/add";
/// Where administrators switch things on and off for everyone.
pub(crate) const MULTI_FACTOR: &str = "/dashboard/multi-factor";
/// Where administrators help others.
pub(crate) const USERS: &str = "/dashboard/users";
/// Where people find help.
pub(crate) const HELP: &str = "/help";
/// Where people sign in.
pub(crate) const SIGN_IN: &str = "/sign-in";
/// Where people create their account.
pub(crate) const SIGN_UP: &str = "/sign-up";
/// Id of the dialog of the step-up.
pub(crate) const STEP_UP: &str = "step-up";

type Navigate = Rc<dyn Fn(&str, NavigateOptions)>;

/// What a step-up asks for.
struct Asked {
    /// The first factor that will do.
    first: Strategy,
    /// Tells the call that waits that the step-up is complete; dropped, that it was given up.
    complete: Sender<()>,
}

/// Who is signed in, in this browser.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    client: RwSignal<Option<Client>>,
    product: &'static str,
    /// Whether authenticator apps can be set up here.
    offers_app: bool,
    /// Whether backup codes can be made here.
    offers_codes: bool,
    /// Whether a forgotten password can be replaced here.
    offers_reset: bool,
    /// Whether a session ended without the user asking for it.
    lost: RwSignal<bool>,
    /// Whether the user has signed out and the browser is on its way to a page of the other app.
    is_leaving: StoredValue<bool>,
    /// Whether a step-up is under way.
    is_stepping_up: RwSignal<bool>,
    /// What is known of it.
    step_up: StoredValue<Option<Asked>>,
    navigate: StoredValue<Navigate, LocalStorage>,
}

impl Session {
    /// Makes the session known to everything below the calling component, which must be inside
    /// the router.
    pub(crate) fn provide(environment: Environment, client: Option<Client>) {
        let navigate = use_navigate();
        let (offers_app, offers_codes) = environment.offered();
        let offers_reset = environment.offers_reset();
        let session = Self {
            client: RwSignal::new(client),
            // There is one name as long as there is an app.
            product: environment.display_config.application_name.leak(),
            offers_app,
            offers_codes,
            offers_reset,
            lost: RwSignal::new(false),
            is_leaving: StoredValue::new(false),
            is_stepping_up: RwSignal::new(false),
            step_up: StoredValue::new(None),
            navigate: StoredValue::new_local(Rc::new(navigate)),
        };
        provide_context(session);
    }

    /// The session that was made known.
    pub(crate) fn known() -> Self {
        expect_context()
    }

    /// The name of this instance.
    pub(crate) fn product(self) -> &'static str {
        self.product
    }

    /// Who is signed in; tracked.
    pub(crate) fn user(self) -> Option<User> {
        self.client.with(|client| {
            let session = client.as_ref()?.active_session()?;
            Some(session.user.clone())
        })
    }

    /// The address that the user signs in with; tracked, and empty while nobody is signed in.
    pub(crate) fn account(self) -> String {
        self.user()
            .map(|user| user.email_address().to_owned())
            .unwrap_or_default()
    }

    /// Whether the user may open the dashboard; tracked.
    pub(crate) fn is_administrator(self) -> bool {
        self.user().is_some_and(|user| user.administrator)
    }

    /// The server says that the user is no administrator, or not any more.
    pub(crate) fn end_administration(self) {
        let end =
            |client: &mut Option<Client>| client.iter_mut().for_each(Client::end_administration);
        self.client.update(end);
    }

    /// Whether authenticator apps can be set up here.
    pub(crate) fn offers_app(self) -> bool {
        self.offers_app
    }

    /// Whether backup codes can be made here.
    pub(crate) fn offers_codes(self) -> bool {
        self.offers_codes
    }

    /// Whether a forgotten password can be replaced here.
    pub(crate) fn offers_reset(self) -> bool {
        self.offers_reset
    }

    /// Whether somebody is signed in; tracked.
    pub(crate) fn is_signed_in(self) -> bool {
        self.client.with(|client| {
            client
                .as_ref()
                .is_some_and(|client| client.active_session().is_some())
        })
    }

    /// Where the start page leads to; tracked.
    pub(crate) fn start_page(self) -> &'static str {
        if self.is_signed_in() {
            MANAGE_MFA
        } else {
            SIGN_IN
        }
    }

    /// The sign-in that is under way; not tracked.
    pub(crate) fn sign_in(self) -> Option<SignIn> {
        self.client
            .with_untracked(|client| client.as_ref()?.sign_in.clone())
    }

    /// The sign-up that waits for a code; not tracked.
    pub(crate) fn sign_up(self) -> Option<SignUp> {
        self.client
            .with_untracked(|client| client.as_ref()?.sign_up.clone())
    }

    /// The id of the session that is signed in; not tracked.
    pub(crate) fn id(self) -> Option<String> {
        self.client
            .with_untracked(|client| Some(client.as_ref()?.active_session()?.id.clone()))
    }

    /// What there is to say if the last session ended without the user asking for it.
    pub(crate) fn loss(self) -> Signal<Option<String>> {
        Signal::derive(move || {
            let is_lost = self.lost.get();
            is_lost.then(|| words::SIGNED_OUT_TEXT.text().to_owned())
        })
    }

    /// Makes a call, takes in the changed client that comes with its reply, and hands on the
    /// rest.
    ///
    /// Where the server wants the user to show again who they are, they are asked, and the call is
    /// made once more. Where it knows of no session although somebody is signed in here, the way
    /// leads to the sign-in page and from there back to this one. (On the dashboard it is offered:
    /// the sign-in page is one of another app and could not say what happened.)
    pub(crate) async fn call<T: Deserialize>(self, call: Call<T>) -> Result<T, Failure> {
        let body = self.sent(&call.request).await?;
        Ok(self.take_in(api::read(&body)?))
    }

    /// Asks a question, which changes nothing: not who is signed in either, unless nobody is.
    pub(crate) async fn ask<T: Deserialize>(self, question: Question<T>) -> Result<T, Failure> {
        api::read(&self.send(&question.request).await?)
    }

    /// Sends a request once, whatever the server says about the age of the last check.
    pub(crate) async fn send(self, request: &Request) -> Result<String, Failure> {
        let reply = api::send(request).await;
        if let Err(failure) = &reply {
            self.refused(failure);
        }
        reply
    }

    /// Ends the session that is signed in, and leads to the sign-in page.
    ///
    /// Where that is one of the other app, this page stays as it is until the browser has loaded
    /// it: nobody who signs out is to read meanwhile that they must sign in.
    pub(crate) async fn sign_out(self) -> Result<(), Failure> {
        let Some(id) = self.id() else {
            return Ok(());
        };
        let sign_out = api::sign_out(&id);
        if is_of_this_app(SIGN_IN) {
            self.call(sign_out).await?;
            self.go(SIGN_IN);
            return Ok(());
        }
        self.send(&sign_out.request).await?;
        self.is_leaving.set_value(true);
        // Once left it is nobody's any more, in case the browser keeps it for those who come back.
        window_event_listener_untyped("pagehide", move |_| self.client.set(None));
        self.go(SIGN_IN);
        future::pending().await
    }

    /// What the step-up that is under way asks for first; tracked.
    pub(crate) fn step_up(self) -> Option<Strategy> {
        if self.is_stepping_up.get() {
            self.step_up
                .with_value(|asked| asked.as_ref().map(|asked| asked.first))
        } else {
            None
        }
    }

    /// The step-up is over: the call that waits for it is made once more if it `is_complete`, and
    /// given up otherwise.
    pub(crate) fn end_step_up(self, is_complete: bool) {
        let Some(asked) = self.step_up.try_update_value(Option::take).flatten() else {
            return;
        };
        self.is_stepping_up.set(false);
        focus::mark_error(false);
        close_dialog(STEP_UP);
        if is_complete {
            // The page that waited may be gone.
            let _ = asked.complete.send(());
        }
    }

    /// Goes to a page of the app.
    pub(crate) fn go(self, path: &str) {
        self.navigate(path, NavigateOptions::default());
    }

    /// Goes to a page of the app, which takes the place of this one in the browser's history.
    pub(crate) fn go_instead(self, path: &str, step: Option<&str>) {
        let options = NavigateOptions {
            replace: true,
            state: step
                .map(|step| wasm_bindgen::JsValue::from_str(step).into())
                .unwrap_or_default(),
            ..NavigateOptions::default()
        };
        self.navigate(path, options);
    }

    /// Goes to a page of the app instead of the calling one, as soon as that can be left.
    pub(crate) fn redirect(self, path: String, step: Option<&'static str>) {
        queue_microtask(move || self.go_instead(&path, step));
    }

    async fn sent(self, request: &Request) -> Result<String, Failure> {
        // Gone as soon as the page is that the call is made for.
        let is_here = StoredValue::new(true);
        match self.send(request).await {
            Err(failure) if failure.is(ErrorCode::SessionReverificationRequired) => {
                let begun = self.begin_step_up().await?;
                // Nobody is asked on another page for what they wanted on this one.
                if is_here.try_get_value().is_none() || !self.asked(begun.asks_for()).await {
                    return Err(Failure::Cancelled);
                }
            }
            // An attempt at a step-up that is over.
            Err(failure) if failure.is(ErrorCode::SessionReverificationMissing) => {
                self.begin_step_up().await?;
            }
            reply => return reply,
        }
        self.send(request).await
    }

    async fn begin_step_up(self) -> Result<StepUp, Failure> {
        let id = self.id().ok_or(Failure::Cancelled)?;
        let call = api::begin_step_up(&api::step_up_path(&id));
        let body = self.send(&call.request).await?;
        Ok(self.take_in(api::read(&body)?))
    }

    /// Asks for a factor, and says whether one was shown.
    async fn asked(self, first: Strategy) -> bool {
        let (complete, completed) = oneshot::channel();
        self.step_up.set_value(Some(Asked { first, complete }));
        self.is_stepping_up.set(true);
        completed.await.is_ok()
    }

    fn take_in<T>(self, reply: Envelope<T>) -> T {
        let Envelope { response, client } = reply;
        self.set_client(client);
        response
    }

    fn set_client(self, client: Option<Client>) {
        if client
            .as_ref()
            .is_some_and(|client| client.active_session().is_some())
        {
            self.lost.set(false);
        }
        self.client.set(client);
    }

    fn navigate(self, path: &str, options: NavigateOptions) {
        if is_of_this_app(path) {
            let navigate = self.navigate.get_value();
            navigate(path, options);
            return;
        }
        let location = window().location();
        // A page of the other app. Browsers refuse only floods of these.
        let _ = if options.replace {
            location.replace(path)
        } else {
            location.assign(path)
        };
    }

    fn refused(self, failure: &Failure) {
        let is_unauthorised = matches!(failure, Failure::Refused(refusal) if refusal.status == 401);
        // What was asked before the user signed out may be refused after it, which is no news.
        let is_news = !self.is_leaving.get_value() && untrack(|| self.is_signed_in());
        if is_unauthorised && is_news {
            self.end_step_up(false);
            self.lost.set(true);
            let path = window().location().pathname().unwrap_or_default();
            if !is_of_dashboard(&path) {
                self.go(&sign_in_path(&path));
            }
            self.client.set(None);
        }
    }
}

/// Whether the page at `path` is one of the app that is shown.
fn is_of_this_app(path: &str) -> bool {
    let shown = window().location().pathname().unwrap_or_default();
    is_of_dashboard(path) == is_of_dashboard(&shown)
}

/// The sign-in page that leads back to `path`.
pub(crate) fn sign_in_path(path: &str) -> String {
    // Paths of the app have no character that a query would read otherwise.
    format!("{SIGN_IN}?return_to={path}")
}

/// Where to go after signing in: the wanted path if it is one of this site, else the page where
/// everything is managed.
///
/// `//host` and `/\host` name other sites, and browsers leave out tabs and line breaks before
/// they look.
pub(crate) fn return_path(wanted: Option<&str>) -> &str {
    wanted
        .filter(|path| path.starts_with('/'))
        .filter(|path| !path.starts_with("//") && !path.starts_with("/\\"))
        .filter(|path| !path.chars().any(|character| character <= ' '))
        .unwrap_or(MANAGE_MFA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_this_site_is_where_signing_in_leads() {
        assert_eq!(return_path(Some(ADD_TOTP)), ADD_TOTP);
        assert_eq!(return_path(Some("/")), "/");
        assert_eq!(return_path(None), MANAGE_MFA);
    }

    #[test]
    fn nothing_leads_to_another_site() {
        for other in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "evil.example",
            "",
            " /account",
            "/\t/evil.example",
            "/\n\\evil.example",
        ] {
            assert_eq!(return_path(Some(other)), MANAGE_MFA, "{other:?}");
        }
    }
}
