//! Creating an account: the address and a password, and a code from an e-mail where the server wants
//! to know that the address is right.

mod account;

use account::Account;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use shared::resources::Strategy;

use crate::{
    api, credentials, history,
    mailed_code::MailedCode,
    piece::{IntoPiece, Piece, dynamic},
    resources::SignUp,
    session::{self, Session},
    words::{self, errors::Task},
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
        (true, Some(sign_up)) => email_code(sign_up, finish),
        _ => view! { <Account on_sign_up=on_sign_up /> }.piece(),
    })
    .piece()
}

/// The second stage: the code that is sent to the address.
fn email_code(sign_up: SignUp, on_complete: Callback<()>) -> Piece {
    let code = MailedCode {
        strategy: Strategy::EmailCode,
        path: api::sign_up_path(&sign_up.id),
        send: api::send_code,
        sending: Task::SendCode,
        needs_first: sign_up.needs_first_code(),
        sent: words::NEW_CODE_SENT,
    };
    let address = sign_up.email_address.unwrap_or_default();
    let who = view! {
        <p>{words::CODE_SENT_TO} " " <bdi class="account">{address}</bdi></p>
    };
    view! {
        {code.view(who.piece(), on_complete)}
        {credentials::other_page(words::HAVE_ACCOUNT, session::SIGN_IN, words::SIGN_IN)}
    }
    .piece()
}

/// Whether the history entry is the one of the second stage.
fn is_second_shown() -> bool {
    history::step(session::SIGN_UP).as_deref() == Some(EMAIL_CODE)
}
