use crate::piece::{IntoPiece, Piece};
use leptos::{html, prelude::*};

use super::{Activity, Button, Look, Notice, Tone};

/// The words of a question.
#[derive(Clone, Copy)]
pub(crate) struct Question {
    /// Id of the heading, by which the dialog is named.
    pub(crate) id: &'static str,
    /// The question.
    pub(crate) heading: &'static str,
    /// What happens then.
    pub(crate) text: &'static str,
    /// The button that does it.
    pub(crate) confirm: &'static str,
    /// The same button while it is being done.
    pub(crate) busy: &'static str,
    /// The button that does nothing.
    pub(crate) cancel: &'static str,
}

/// A question before something that cannot be undone, in the browser's own modal dialog: it keeps
/// the focus inside, closes with Esc, and gives the focus back. Open it with
/// [`show_dialog`].
#[component]
pub(crate) fn ConfirmDialog(
    question: Question,
    node: NodeRef<html::Dialog>,
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
    view! {
        <dialog node_ref=node aria-labelledby=id>
            <h2 id=id>{heading}</h2>
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
                <Button label=cancel on_press=move || close_dialog(node) />
            </div>
        </dialog>
    }
    .piece()
}

/// Opens a dialog that is in the page.
pub(crate) fn show_dialog(dialog: NodeRef<html::Dialog>) {
    if let Some(dialog) = dialog.get_untracked() {
        // Fails only where it is open already.
        let _ = dialog.show_modal();
    }
}

/// Closes a dialog, which gives the focus back to where it was.
pub(crate) fn close_dialog(dialog: NodeRef<html::Dialog>) {
    if let Some(dialog) = dialog.get_untracked() {
        dialog.close();
    }
}
