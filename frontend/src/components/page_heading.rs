use leptos::prelude::*;

use crate::piece::{IntoPiece, Piece};

/// The heading of a view. It can take the focus, which it gets by its id whenever its view is
/// shown.
#[component]
pub(crate) fn PageHeading(text: &'static str, id: &'static str) -> Piece {
    view! {
        <h1 tabindex="-1" id=id>
            {text}
        </h1>
    }
    .piece()
}
