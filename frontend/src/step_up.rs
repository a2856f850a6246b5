//! Step-up: before something that matters the user shows again who they are, where the last check
//! is too old. [`Session`] finds out that it is and waits; what people see of it is here.

use leptos::{ev, prelude::*};
use shared::resources::Strategy;

use crate::{
    api,
    challenge::Challenge,
    components::{Button, Dialog, show_dialog},
    focus,
    piece::{IntoPiece, Piece, dynamic},
    session::{STEP_UP, Session},
    words,
};

/// Ids of the inputs, of which one is shown.
const CODE: &str = "step-up-code";
const PASSWORD: &str = "step-up-password";

/// The dialog that is open while a step-up is under way, on top of whatever else is open.
#[component]
pub(crate) fn StepUpDialog() -> Piece {
    let session = Session::known();
    // Whoever goes back or forward does not want any more what they wanted here. The listener
    // lives as long as the app.
    window_event_listener(ev::popstate, move |_| session.end_step_up(false));
    let content = view! {
        <p>{words::STEP_UP_TEXT}</p>
        {dynamic(move || match session.step_up() {
            Some(first) => proof(session, first),
            None => Piece::empty(),
        })}
    };
    view! {
        <Dialog
            id=STEP_UP
            heading=words::STEP_UP
            on_close=move || session.end_step_up(false)
            content=content.piece()
        />
    }
    .piece()
}

/// Asks for `first`, or a factor that does in its place.
fn proof(session: Session, first: Strategy) -> Piece {
    let path = api::step_up_path(&session.id().unwrap_or_default());
    let on_accepted = Callback::new(move |()| session.end_step_up(true));
    let challenge = Challenge::new(first, path, &[CODE, PASSWORD], on_accepted);
    // Views are put into the page in the same turn in which they are made.
    queue_microtask(|| show_dialog(STEP_UP));
    dynamic(move || {
        let strategy = challenge.strategy();
        focus::mark_error(false);
        // The button that asked for the other kind of code is gone, and so is its focus.
        focus::soon_on(input(strategy));
        let cancel = view! {
            <Button label=words::CANCEL on_press=move || session.end_step_up(false) />
        }
        .piece();
        challenge.form(strategy, cancel)
    })
}

const fn input(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Password => PASSWORD,
        _ => CODE,
    }
}
