use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    components::{Notice, PageHeading, Tone},
    focus,
    piece::{IntoPiece, Piece, dynamic},
    session::{self, Session},
    words,
};

/// `page` for those who are signed in, and the way to sign in for everybody else.
pub(crate) fn signed_in(page: fn() -> Piece) -> Piece {
    let session = Session::known();
    let is_signed_in = Memo::new(move |_| session.is_signed_in());
    dynamic(move || {
        if is_signed_in.get() {
            page()
        } else {
            view! { <MustSignIn /> }.piece()
        }
    })
    .piece()
}

#[component]
fn MustSignIn() -> Piece {
    let session = Session::known();
    focus::arrive(words::MUST_SIGN_IN, session.product());
    let path = use_location().pathname.get_untracked();
    view! {
        <PageHeading text=words::MUST_SIGN_IN id=focus::HEADING />
        <Notice tone=Tone::Warning message=session.loss() />
        <p>{words::MUST_SIGN_IN_TEXT}</p>
        <p>
            <a class="button button-primary" href=session::sign_in_path(&path)>
                {words::SIGN_IN}
            </a>
        </p>
    }
    .piece()
}
