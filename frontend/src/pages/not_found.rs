use leptos::prelude::*;

use crate::{
    components::PageHeading,
    focus,
    piece::{IntoPiece, Piece},
    session::Session,
    words,
};

/// There is no such page.
#[component]
pub(crate) fn NotFound() -> Piece {
    focus::arrive(words::NOT_FOUND, Session::known().product());
    view! {
        <PageHeading text=words::NOT_FOUND id=focus::HEADING />
        <p>{words::NOT_FOUND_TEXT}</p>
        <p>
            <a href="/">{words::GO_TO_START}</a>
        </p>
    }
    .piece()
}
