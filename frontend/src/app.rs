//! The frame of every page, and the route table: the whole site map on one screen.

use leptos::{ev::MouseEvent, html, prelude::*};
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    path,
};
use shared::resources::{Client, Environment};

use crate::{
    api,
    components::{Button, Look, Notice, Tone},
    form::{Problem, Submission},
    pages::{
        add_totp::AddTotp, manage_mfa::ManageMfa, must_sign_in::SignedIn, not_found::NotFound,
        sign_in::SignInPage, sign_up::SignUpPage, unavailable::Unavailable,
    },
    session::{self, Session},
    words::{self, errors::Task},
};

/// The app. Nothing is drawn before the server has said who is signed in: until then the shell of
/// `index.html` stands.
#[component]
pub(crate) fn App() -> impl IntoView {
    let environment = LocalResource::new(api::environment);
    let client = LocalResource::new(api::client);
    let retry = Callback::new(move |()| {
        environment.refetch();
        client.refetch();
    });
    view! {
        <Router>
            {move || match (environment.get(), client.get()) {
                (Some(Ok(environment)), Some(Ok(client))) => {
                    view! { <Site environment=environment client=client /> }.into_any()
                }
                (Some(Err(failure)), _) | (_, Some(Err(failure))) => {
                    view! { <Unavailable failure=failure on_retry=retry /> }.into_any()
                }
                _ => ().into_any(),
            }}
        </Router>
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
                    view=|| view! { <SignedIn><ManageMfa /></SignedIn> }
                />
                <Route
                    path=path!("/account/manage-mfa/add")
                    view=|| view! { <SignedIn><AddTotp /></SignedIn> }
                />
            </FlatRoutes>
        </main>
    }
}

/// Where the start page leads to.
fn start(session: Session) -> &'static str {
    if session.is_signed_in() {
        session::MANAGE_MFA
    } else {
        session::SIGN_IN
    }
}

#[component]
fn Start(session: Session) -> impl IntoView {
    Effect::new(move || session.go_instead(untrack(|| start(session)), None));
}

#[component]
fn Header() -> impl IntoView {
    let session = Session::known();
    let is_signed_in = Memo::new(move |_| session.is_signed_in());
    let sign_out = Submission::new(&[], move || async move {
        let active = session
            .client()
            .and_then(|client| client.last_active_session_id);
        if let Some(active) = active {
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
                <a class="brand" href=move || start(session)>
                    {session.product()}
                </a>
                <Show when=move || is_signed_in.get()>
                    <bdi class="header-account">{move || session.account()}</bdi>
                    <span data-leaves>
                        <Button
                            label=words::SIGN_OUT
                            look=Look::Plain
                            activity=sign_out.activity()
                            busy_label=words::SIGNING_OUT
                            on_press=move || sign_out.send()
                        />
                    </span>
                </Show>
            </div>
            <Notice tone=Tone::Error message=sign_out.error() action=sign_out.retry() />
        </header>
    }
}
