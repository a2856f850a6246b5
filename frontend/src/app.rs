//! The frame of every page, and the route table: the whole site map on one screen.

use futures_util::future::join;
use leptos::{ev::MouseEvent, html, prelude::*, web_sys::HtmlElement};
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    api,
    components::{Button, Look, Notice, Tone, dynamic},
    form::{Problem, Submission},
    pages::{
        add_totp::AddTotp, manage_mfa::ManageMfa, must_sign_in::signed_in, not_found::NotFound,
        sign_in::SignInPage, sign_up::SignUpPage, unavailable::Unavailable,
    },
    resources::{Client, Environment},
    session::{self, Session},
    words::{self, errors::Task},
};

/// Draws the app in `root` once the server has said who is signed in. Until then the shell of
/// `index.html` stands.
pub(crate) async fn start(root: HtmlElement) {
    match join(api::environment(), api::client()).await {
        (Ok(environment), Ok(client)) => mount_to(root, move || {
            view! {
                <Router>
                    <Site environment=environment client=client />
                </Router>
            }
        })
        .forget(),
        (Err(failure), _) | (_, Err(failure)) => {
            mount_to(root, move || view! { <Unavailable failure=failure /> }).forget();
        }
    }
}

#[component]
fn Site(environment: Environment, client: Option<Client>) -> impl IntoView {
    let session = Session::provide(environment, client);
    let main = NodeRef::<html::Main>::new();
    let skip = move |event: MouseEvent| {
        // A jump would make an entry in the browser's history that leads nowhere.
        event.prevent_default();
        if let Some(main) = main.get_untracked() {
            // It is in the page, so it takes the focus.
            let _ = main.focus();
        }
    };
    view! {
        <a class="skip" href="#main" on:click=skip>
            {words::SKIP_TO_MAIN}
        </a>
        <Header />
        <main class="page" id="main" tabindex="-1" node_ref=main>
            <FlatRoutes fallback=|| view! { <NotFound /> }>
                <Route path=path!("/") view=move || view! { <Start session=session /> } />
                <Route path=path!("/sign-up") view=SignUpPage />
                <Route path=path!("/sign-in") view=SignInPage />
                <Route
                    path=path!("/account/manage-mfa")
                    view=|| signed_in(ManageMfa)
                />
                <Route
                    path=path!("/account/manage-mfa/add")
                    view=|| signed_in(AddTotp)
                />
            </FlatRoutes>
        </main>
    }
}

/// Where the start page leads to.
fn start_page(session: Session) -> &'static str {
    if session.is_signed_in() {
        session::MANAGE_MFA
    } else {
        session::SIGN_IN
    }
}

#[component]
fn Start(session: Session) -> impl IntoView {
    Effect::new(move || session.go_instead(untrack(|| start_page(session)), None));
}

#[component]
fn Header() -> impl IntoView {
    let session = Session::known();
    let is_signed_in = Memo::new(move |_| session.is_signed_in());
    let sign_out = Submission::new(&[], move || async move {
        if let Some(active) = session.id() {
            session
                .call(api::sign_out(&active))
                .await
                .map_err(|failure| Problem::of(&failure, Task::Change))?;
            session.go(session::SIGN_IN);
        }
        Ok(())
    });
    view! {
        <header class="header">
            <div class="header-bar">
                <a class="brand" href=Signal::derive(move || start_page(session))>
                    {session.product()}
                </a>
                {dynamic(move || is_signed_in.get().then(|| account(session, sign_out)))}
            </div>
            <Notice tone=Tone::Error message=sign_out.error() action=sign_out.retry() />
        </header>
    }
}

/// Who is signed in, and the way out.
fn account(session: Session, sign_out: Submission) -> impl IntoView {
    let address = Signal::derive(move || session.account());
    view! {
        <bdi class="header-account">{address}</bdi>
        <span data-leaves>
            <Button
                label=words::SIGN_OUT
                look=Look::Plain
                activity=sign_out.activity()
                busy_label=words::SIGNING_OUT
                on_press=move || sign_out.send()
            />
        </span>
    }
}
