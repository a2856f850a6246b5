//! Every component in every state, at [`PATH`] in development builds: what designers look at, and
//! what the tests of `e2e/tests/gallery` photograph. Nothing here asks a server.

mod controls;
mod samples;

use leptos::{prelude::*, web_sys::HtmlElement};
use leptos_router::components::Router;

use crate::{
    codes,
    components::{
        Activity, Button, CodeList, ConfirmDialog, CopyButton, Dialog, Notice, PageHeading, QrCard,
        Question, Section, Stepper, Tone, show_dialog,
    },
    pages::manage_mfa::sessions,
    piece::{IntoPiece, Piece, dynamic},
    records,
    session::Session,
    words::{self, Word},
};

/// Where the gallery is.
pub(crate) const PATH: &str = "/dev/gallery";

const HEADING: &str = "Every component in every state";

/// Draws the gallery in `root` in place of the app.
pub(crate) fn show(root: HtmlElement) {
    mount_to(root, || {
        view! {
            <Router>
                <Gallery />
            </Router>
        }
    })
    .forget();
}

#[component]
fn Gallery() -> Piece {
    let (Some(environment), Some(client)) = (samples::environment(), samples::client()) else {
        return view! { <p>"The samples cannot be read."</p> }.piece();
    };
    Session::provide(environment, Some(client));
    // Its own title is in no language: developers alone see it.
    crate::focus::arrive(Word::NONE, Session::known().product());
    queue_microtask(|| document().set_title(HEADING));
    view! {
        <main class="page">
            <PageHeading text=HEADING id=crate::focus::HEADING />
            {dynamic(parts)}
        </main>
    }
    .piece()
}

/// All of them are made anew when the language changes, as on a page.
fn parts() -> Piece {
    view! {
        {controls::buttons()}
        {controls::fields()}
        {controls::code_inputs()}
        {controls::ticks()}
        {controls::switches()}
        {notices()}
        {steppers()}
        {qr_card()}
        {copy_buttons()}
        {code_list()}
        {dialogs()}
        {rows()}
    }
    .piece()
}

/// A component's part of the gallery.
fn part(heading: &'static str, specimens: Vec<Piece>) -> Piece {
    view! {
        <section class="card">
            <h2>{heading}</h2>
            {specimens}
        </section>
    }
    .piece()
}

/// One state of a component, under what it is called.
fn specimen(caption: &'static str, content: Piece) -> Piece {
    view! {
        <div style:justify-self="stretch">
            <h3 style:margin-block-end="0.5rem">{caption}</h3>
            {content}
        </div>
    }
    .piece()
}

fn text(text: Word) -> Signal<Option<String>> {
    text.into()
}

fn nothing() -> Signal<Option<String>> {
    Signal::derive(|| None)
}

fn notices() -> Piece {
    let retry = view! { <Button label=words::TRY_AGAIN on_press=|| () /> }.piece();
    let unreachable = text(words::UNREACHABLE);
    part(
        "Notice",
        vec![
            specimen(
                "Error",
                view! { <Notice tone=Tone::Error message=text(words::ALREADY_ADDED) /> }.piece(),
            ),
            specimen(
                "Error, with what can be done about it",
                view! { <Notice tone=Tone::Error message=unreachable action=retry /> }.piece(),
            ),
            specimen(
                "Success",
                view! { <Notice tone=Tone::Success message=text(words::REMOVED) /> }.piece(),
            ),
            specimen(
                "Warning",
                view! { <Notice tone=Tone::Warning message=text(words::FEW_CODES_LEFT) /> }.piece(),
            ),
            specimen(
                "Without words there is nothing to see",
                view! { <Notice tone=Tone::Success message=nothing() /> }.piece(),
            ),
        ],
    )
}

fn steppers() -> Piece {
    let steppers = words::STEPS.iter().enumerate().map(|(at, step)| {
        let place = Signal::derive(move || Some(words::step_of(at as u64 + 1, 4)));
        let stepper = view! {
            <Stepper
                label=words::PROGRESS
                steps=&words::STEPS
                current=at
                place=place
            />
        };
        specimen(step.text(), stepper.piece())
    });
    part("Stepper", steppers.collect())
}

const SAMPLE_KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn qr_card() -> Piece {
    let content = format!(
        "otpauth://totp/Twofold:ann%40example.com?secret={SAMPLE_KEY}&issuer=Twofold&algorithm=SHA1&\
         digits=6&period=30"
    );
    let label = words::qr_name("Twofold");
    let card = view! {
        <div class="scan">
            <div class="scan-card">
                <QrCard content=content label=label />
            </div>
        </div>
    };
    let waiting = view! {
        <div class="scan">
            <div class="scan-card"></div>
        </div>
    };
    part(
        "QrCard",
        vec![
            specimen("Before the key is there", waiting.piece()),
            specimen("With the key", card.piece()),
        ],
    )
}

fn copy_buttons() -> Piece {
    let key = words::grouped(SAMPLE_KEY);
    let button = view! {
        <div class="key">
            <p class="key-box">
                <code id="setup-key" dir="ltr">
                    {key}
                </code>
            </p>
            <div class="copy">
                <CopyButton
                    label=words::COPY_SETUP_KEY
                    text=Some(SAMPLE_KEY.to_owned())
                    words=codes::COPYING
                    shown="setup-key"
                />
            </div>
        </div>
    };
    part("CopyButton", vec![specimen("Press it", button.piece())])
}

fn code_list() -> Piece {
    let sample: Vec<_> = (0..10)
        .map(|at| format!("abcde-fgh{}{}", 2 + at / 5, 3 + at % 5))
        .collect();
    let words = codes::list_words(Session::known(), &sample);
    let list = view! { <CodeList codes=sample words=words /> }.piece();
    part("CodeList", vec![specimen("Ten codes", list)])
}

const QUESTION: Question = Question {
    id: "question",
    heading: words::REMOVE_QUESTION,
    text: words::REMOVE_TEXT,
    confirm: words::REMOVE,
    busy: words::REMOVING,
    cancel: words::CANCEL,
};

fn dialogs() -> Piece {
    let open = |label, id: &'static str| {
        view! { <Button label=label on_press=move || show_dialog(id) /> }.piece()
    };
    let ask = |id, about, activity: Activity, error| {
        let question = Question { id, ..QUESTION };
        let activity = Signal::derive(move || activity);
        view! {
            <ConfirmDialog
                question=question
                about=about
                activity=activity
                error=error
                on_confirm=|| ()
            />
        }
        .piece()
    };
    let ann = Signal::derive(|| Some("ann@example.com".to_owned()));
    let plain = view! { <p>{words::STEP_UP_TEXT}</p> }.piece();
    part(
        "Dialog and ConfirmDialog",
        vec![
            open("Open a dialog", "dialog"),
            view! { <Dialog id="dialog" heading=words::STEP_UP content=plain /> }.piece(),
            open("Open a question", "question"),
            ask("question", nothing(), Activity::Ready, nothing()),
            open("Open a question about somebody", "question-about"),
            ask("question-about", ann, Activity::Ready, nothing()),
            open("Open a question under way", "question-busy"),
            ask("question-busy", nothing(), Activity::Busy, nothing()),
            open("Open a question that failed", "question-failed"),
            ask(
                "question-failed",
                nothing(),
                Activity::Ready,
                text(words::UNREACHABLE),
            ),
        ],
    )
}

fn rows() -> Piece {
    let waiting = view! { <p class="loading">{words::LOADING}</p> }.piece();
    let all = records::event_list(&samples::events(), None);
    let on_its_way = view! {
        <Section id="on-its-way" heading=words::RECENT_ACTIVITY content=waiting />
    };
    let happened = view! {
        <Section id="happened" heading=words::ACTIVITY content=all />
    };
    let on_signed_out = Callback::new(|_: Option<String>| ());
    view! {
        {on_its_way}
        {sessions::list(&samples::listed(), on_signed_out)}
        {happened}
    }
    .piece()
}
