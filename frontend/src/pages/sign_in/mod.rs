//! Signing in: the password, and the second factor of those who have one.

mod password;
mod second_factor;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use password::Password;
use second_factor::SecondFactor;

use crate::{
    history,
    piece::{IntoPiece, Piece, dynamic},
    resources::SignIn,
    session::{self, Session},
};

/// The history step of the second stage.
const SECOND_FACTOR: &str = "second-factor";

/// The sign-in page.
#[component]
pub(crate) fn SignInPage() -> Piece {
    let session = Session::known();
    let wanted = use_query_map().with_untracked(|query| query.get("return_to"));
    let next = session::return_path(wanted.as_deref()).to_owned();
    if untrack(|| session.is_signed_in()) {
        session.redirect(next, None);
        return Piece::empty();
    }
    let finish = Callback::new(move |()| session.go_instead(&next, None));

    // The second stage outlives a reload, which phones do when people change to their authenticator
    // app, as long as the server remembers the sign-in.
    let is_second = RwSignal::new(is_second_shown());
    history::on_move(session::SIGN_IN, move || is_second.set(is_second_shown()));
    let on_sign_in = Callback::new(move |()| {
        if pending(session).is_some() {
            history::push(SECOND_FACTOR);
            is_second.set(true);
        } else {
            finish.run(());
        }
    });
    dynamic(move || match (is_second.get(), pending(session)) {
        (true, Some(sign_in)) => {
            view! { <SecondFactor sign_in=sign_in on_complete=finish /> }.piece()
        }
        _ => view! { <Password on_sign_in=on_sign_in /> }.piece(),
    })
    .piece()
}

/// The sign-in whose password was right and that wants a code.
fn pending(session: Session) -> Option<SignIn> {
    session.sign_in().filter(SignIn::needs_second_factor)
}

/// Whether the history entry is the one of the second stage.
fn is_second_shown() -> bool {
    history::step(session::SIGN_IN).as_deref() == Some(SECOND_FACTOR)
}
