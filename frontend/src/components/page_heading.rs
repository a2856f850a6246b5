use leptos::prelude::*;

use crate::piece::{IntoPiece, Piece};
use crate::words::Word;

/// The heading of a view. It can take the focus, which it gets by its id whenever its view is
/// shown.
#[component]
pub(crate) fn PageHeading(#[prop(into)] text: Signal<Option<String>>, id: &'static str) -> Piece {
    view! {
        <h1 tabindex="-1" id=id>
            {text}
        </h1>
    }
    .piece()
}

/// A part of a view, named by a heading of its own, which can take the focus by its id.
#[component]
pub(crate) fn Section(
    id: &'static str,
    heading: Word,
    /// What stands beside the heading.
    #[prop(optional)]
    beside: Option<Piece>,
    content: Piece,
) -> Piece {
    view! {
        <section class="card" aria-labelledby=id>
            <div class="card-head">
                <h2 tabindex="-1" id=id>
                    {heading}
                </h2>
                {beside}
            </div>
            {content}
        </section>
    }
    .piece()
}
