use leptos::{html, prelude::*};

use super::field::hint_id;
use crate::piece::{IntoPiece, Piece};
use crate::words::Word;

/// A switch for something that is on or off, and what that means. Nothing happens before its form
/// is sent: it is read then, as other inputs are.
#[component]
pub(crate) fn Switch(
    id: &'static str,
    label: Word,
    hint: Word,
    node: NodeRef<html::Input>,
    /// Whether it is on at first.
    is_on: bool,
) -> Piece {
    view! {
        <div class="switch">
            <input
                id=id
                name=id
                type="checkbox"
                role="switch"
                node_ref=node
                checked=is_on
                aria-describedby=hint_id(id)
            />
            <label for=id>{label}</label>
            <p class="hint" id=hint_id(id)>
                {hint}
            </p>
        </div>
    }
    .piece()
}
