//! The frame of every page, in both apps.

use futures_util::future::join;
use leptos::{ev::MouseEvent, prelude::*, web_sys::HtmlElement};
use leptos_router::components::Router;

use crate::{
    Drawing,
    api::{self, Failure},
    components::{Button, LanguageSwitch, Look, Notice, OtherLanguage, Tone},
    focus,
    form::{Problem, Submission},
    history,
    pages::{help::help, unavailable::unavailable},
    piece::{IntoPiece, Piece, dynamic},
    resources::{Client, Environment},
    session::{self, Session},
    step_up::StepUpDialog,
    words::{
        self,
        errors::{self, Task},
        language,
    },
};

/// Id of the part of the page that changes with the route.
const MAIN: &str = "main";

/// Draws the app whose pages are below `base` in `root`, once the server has said who is signed in.
/// Until then the shell of `index.html` stands.
pub(crate) fn draw(root: HtmlElement, base: &'static str, routes: fn() -> Piece) -> Drawing {
    Box::pin(async move {
        let (reply, ()) = join(join(api::environment(), api::client()), language::arrive()).await;
        #[cfg(debug_assertions)]
        if history::is_shown(crate::gallery::PATH) {
            crate::gallery::show(root);
            return;
        }
        match reply {
            (Ok(environment), Ok(client)) => mount_to(root, move || {
                view! {
                    <Router base=base>
                        <Site environment=environment client=client routes=routes />
                    </Router>
                }
            })
            .forget(),
            (Err(failure), _) | (_, Err(failure)) => {
                mount_to(root, move || without_server(failure)).forget();
            }
        }
    })
}

/// What there is while the server cannot be asked who is signed in.
fn without_server(failure: Failure) -> Piece {
    // The instance's own name is what could not be fetched.
    const PRODUCT: &str = "Twofold";
    let content = if history::is_shown(session::HELP) {
        help(PRODUCT)
    } else {
        let message = move || Some(errors::of(&failure, Task::Change));
        unavailable(PRODUCT, Signal::derive(message))
    };
    view! {
        <header class="header">
            <div class="header-bar">
                <a class="brand" href="/">
                    {PRODUCT}
                </a>
            </div>
        </header>
        <main class="page">{content}</main>
        {footer()}
    }
    .piece()
}

#[component]
fn Site(environment: Environment, client: Option<Client>, routes: fn() -> Piece) -> Piece {
    Session::provide(environment, client);
    let skip = move |event: MouseEvent| {
        // A jump would make an entry in the browser's history that leads nowhere.
        event.prevent_default();
        focus::on(MAIN);
    };
    view! {
        <a class="skip" href="#main" on:click=skip>
            {words::SKIP_TO_MAIN}
        </a>
        <Header />
        <main class="page" id=MAIN tabindex="-1">
            {routes()}
        </main>
        {footer()}
        <StepUpDialog />
    }
    .piece()
}

#[component]
fn Header() -> Piece {
    let session = Session::known();
    let is_signed_in = Memo::new(move |_| session.is_signed_in());
    let sign_out = Submission::new(&[], move || async move {
        let ended = session.sign_out().await;
        ended.map_err(|failure| Problem::of(failure, Task::Change))
    });
    view! {
        <header class="header">
            <div class="header-bar">
                <a class="brand" href=Signal::derive(move || Some(session.start_page().to_owned()))>
                    {session.product()}
                </a>
                {dynamic(move || {
                    if is_signed_in.get() { account(session, sign_out) } else { Piece::empty() }
                })}
            </div>
            <Notice tone=Tone::Error message=sign_out.error() action=sign_out.retry() />
        </header>
    }
    .piece()
}

/// Who is signed in, the way to their password, and the way out.
fn account(session: Session, sign_out: Submission) -> Piece {
    let address = Signal::derive(move || Some(session.account()));
    view! {
        <bdi class="header-account">{address}</bdi>
        <a class="button button-plain" href=session::PASSWORD>
            {words::PASSWORD}
        </a>
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
    .piece()
}

/// What every page ends with.
fn footer() -> Piece {
    let wanted = StoredValue::new(0);
    let change = Submission::new(&[], move || async move {
        let chosen = language::choose(wanted.get_value()).await;
        chosen.map_err(Problem::known)
    });
    let others = (0..words::LANGUAGES.len() - 1).map(|at| other_language(at, wanted, change));
    view! {
        <footer class="footer">
            <Notice tone=Tone::Error message=change.error() action=change.retry() />
            <a href=session::HELP>{words::HELP}</a>
            <LanguageSwitch label=words::LANGUAGE others=others.collect() />
        </footer>
    }
    .piece()
}

/// The language at `place` among those that are not spoken, and the way to it.
fn other_language(place: usize, wanted: StoredValue<usize>, change: Submission) -> OtherLanguage {
    let at = move || place + usize::from(place >= language::spoken());
    let on_choose = move |()| {
        wanted.set_value(untrack(at));
        change.send();
    };
    OtherLanguage {
        tag: Signal::derive(move || Some(words::LANGUAGES[at()].tag.to_owned())),
        name: Signal::derive(move || Some(words::LANGUAGES[at()].name.to_owned())),
        on_choose: Callback::new(on_choose),
    }
}
