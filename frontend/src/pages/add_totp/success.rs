use leptos::prelude::*;

use crate::{
    components::PageHeading,
    focus,
    piece::{IntoPiece, Piece},
    session::{self, Session},
    words,
};

/// The last step: what has changed.
#[component]
pub(super) fn Success() -> Piece {
    focus::arrive(words::SUCCESS, Session::known().product());
    view! {
        <PageHeading text=words::SUCCESS id=focus::HEADING />
        <p>{words::SUCCESS_TEXT}</p>
        <p>{words::SUCCESS_CHANGES}</p>
        <p>
            <a class="button button-primary" href=session::MANAGE_MFA>
                {words::MANAGE_MFA_LINK}
            </a>
        </p>
    }
    .piece()
}
