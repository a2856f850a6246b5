use leptos::prelude::*;

use crate::piece::{IntoPiece, Piece, dynamic};

/// What a notice is about.
#[derive(Clone, Copy)]
pub(crate) enum Tone {
    /// Something did not work; it is read out at once.
    Error,
    /// Something worked; it is read out when there is time.
    Success,
    /// Something to know.
    Warning,
}

/// A message that stands out. Its place is there before its text, so that assistive technology
/// notices the text when it comes; without a text there is nothing to see.
#[component]
pub(crate) fn Notice(
    tone: Tone,
    #[prop(into)] message: Signal<Option<String>>,
    /// What can be done about it.
    #[prop(optional)]
    action: Option<Piece>,
) -> Piece {
    let (class, role) = match tone {
        Tone::Error => ("notice notice-error", Some("alert")),
        Tone::Success => ("notice notice-success", Some("status")),
        Tone::Warning => ("notice notice-warning", None),
    };
    view! {
        <div class=class>
            // What the action has to say is no part of the message.
            <div role=role>
                {dynamic(move || match message.get() {
                    Some(text) => view! { <p>{text}</p> }.piece(),
                    None => Piece::empty(),
                })}
            </div>
            {action}
        </div>
    }
    .piece()
}
