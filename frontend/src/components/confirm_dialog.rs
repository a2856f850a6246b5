use leptos::{prelude::*, web_sys::HtmlDialogElement};
use wasm_bindgen::JsCast;

use super::{Activity, Button, Look, Notice, Tone};
use crate::piece::{IntoPiece, Piece};
use crate::words::Word;

/// The words of a question.
#[derive(Clone, Copy)]
pub(crate) struct Question {
    /// Id of the dialog.
    pub(crate) id: &'static str,
    /// The question.
    pub(crate) heading: Word,
    /// What happens then.
    pub(crate) text: Word,
    /// The button that does it.
    pub(crate) confirm: Word,
    /// The same button while it is being done.
    pub(crate) busy: Word,
    /// The button that does nothing.
    pub(crate) cancel: Word,
}

/// The browser's own modal dialog, named by its heading: it keeps the focus inside, closes with Esc,
/// and gives the focus back. Open it with [`show_dialog`].
#[component]
pub(crate) fn Dialog(
    id: &'static str,
    heading: Word,
    /// Runs whenever the dialog was closed, however that happened.
    #[prop(optional, into)]
    on_close: Option<Callback<()>>,
    content: Piece,
) -> Piece {
    let heading_id = format!("{id}-heading");
    let named_by = heading_id.clone();
    let closed = move |_| {
        if let Some(on_close) = on_close {
            on_close.run(());
        }
    };
    view! {
        <dialog id=id aria-labelledby=named_by on:close=closed>
            <h2 id=heading_id>{heading}</h2>
            {content}
        </dialog>
    }
    .piece()
}

/// A question before something that cannot be undone.
#[component]
pub(crate) fn ConfirmDialog(
    question: Question,
    /// Whom or what it is about, where the question does not say it.
    #[prop(optional, into)]
    about: Signal<Option<String>>,
    #[prop(optional, into)] activity: Signal<Activity>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(into)] on_confirm: Callback<()>,
) -> Piece {
    let Question {
        id,
        heading,
        text,
        confirm,
        busy: busy_label,
        cancel,
    } = question;
    let content = view! {
        <p class="account" dir="auto">
            {about}
        </p>
        <p>{text}</p>
        <Notice tone=Tone::Error message=error />
        <div class="actions">
            <Button
                label=confirm
                look=Look::Danger
                activity=activity
                busy_label=busy_label
                on_press=on_confirm
            />
            <Button label=cancel on_press=move || close_dialog(id) />
        </div>
    };
    view! { <Dialog id=id heading=heading content=content.piece() /> }.piece()
}

/// Opens the dialog with this id.
pub(crate) fn show_dialog(id: &str) {
    if let Some(dialog) = dialog(id) {
        // Fails only where it is open already.
        let _ = dialog.show_modal();
    }
}

/// Closes the dialog with this id, which gives the focus back to where it was.
pub(crate) fn close_dialog(id: &str) {
    if let Some(dialog) = dialog(id) {
        dialog.close();
    }
}

fn dialog(id: &str) -> Option<HtmlDialogElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}
