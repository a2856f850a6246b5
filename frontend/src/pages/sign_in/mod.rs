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

/// Where a sign-in stands.
#[derive(Clone)]
enum Stage {
    /// E-mail address and password are wanted.
    Password,
    /// The password was right, and a code is wanted.
    SecondFactor(SignIn),
}

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

    let stage = RwSignal::new(stage_of(
        session,
        history::step(session::SIGN_IN).as_deref(),
    ));
    history::on_move(session::SIGN_IN, move || {
        stage.set(stage_of(
            session,
            history::step(session::SIGN_IN).as_deref(),
        ));
    });
    let on_sign_in = Callback::new(move |sign_in: SignIn| {
        if sign_in.needs_second_factor() {
            history::push(SECOND_FACTOR);
            stage.set(Stage::SecondFactor(sign_in));
        } else {
            finish.run(());
        }
    });
    dynamic(move || match stage.get() {
        Stage::Password => view! { <Password on_sign_in=on_sign_in /> }.piece(),
        Stage::SecondFactor(sign_in) => {
            view! { <SecondFactor sign_in=sign_in on_complete=finish /> }.piece()
        }
    })
    .piece()
}

/// The stage of a history entry. The second one outlives a reload, which phones do when people
/// change to their authenticator app, as long as the server remembers the sign-in.
fn stage_of(session: Session, step: Option<&str>) -> Stage {
    let pending = session.sign_in().filter(SignIn::needs_second_factor);
    match (step, pending) {
        (Some(SECOND_FACTOR), Some(sign_in)) => Stage::SecondFactor(sign_in),
        _ => Stage::Password,
    }
}
