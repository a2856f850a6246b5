//! Creating an account: the address and a password, and a code from an e-mail where the server wants
//! to know that the address is right.

mod account;
mod email_code;

use account::Account;
use email_code::EmailCode;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    history,
    piece::{IntoPiece, Piece, dynamic},
    session::{self, Session},
};

/// The history step of the second stage.
const EMAIL_CODE: &str = "email-code";

/// The page where people create their account.
#[component]
pub(crate) fn SignUpPage() -> Piece {
    let session = Session::known();
    let wanted = use_query_map().with_untracked(|query| query.get("return_to"));
    let next = session::return_path(wanted.as_deref()).to_owned();
    if untrack(|| session.is_signed_in()) {
        session.redirect(next, None);
        return Piece::empty();
    }
    let finish = Callback::new(move |()| session.go_instead(&next, None));

    // The second stage outlives a reload, which phones do when people change to their mail, as long
    // as the server remembers the sign-up.
    let is_second = RwSignal::new(is_second_shown());
    history::on_move(session::SIGN_UP, move || is_second.set(is_second_shown()));
    let on_sign_up = Callback::new(move |()| {
        if session.sign_up().is_some() {
            history::push(EMAIL_CODE);
            is_second.set(true);
        } else {
            finish.run(());
        }
    });
    dynamic(move || match (is_second.get(), session.sign_up()) {
        (true, Some(sign_up)) => view! { <EmailCode sign_up=sign_up on_complete=finish /> }.piece(),
        _ => view! { <Account on_sign_up=on_sign_up /> }.piece(),
    })
    .piece()
}

/// Whether the history entry is the one of the second stage.
fn is_second_shown() -> bool {
    history::step(session::SIGN_UP).as_deref() == Some(EMAIL_CODE)
}
