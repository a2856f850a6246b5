use crate::piece::{IntoPiece, Piece};
use leptos::{html, prelude::*};

/// The heading of a view. It can take the focus, which it gets whenever its view is shown.
#[component]
pub(crate) fn PageHeading(text: &'static str, node: NodeRef<html::H1>) -> Piece {
    view! {
        <h1 tabindex="-1" node_ref=node>
            {text}
        </h1>
    }
    .piece()
}
