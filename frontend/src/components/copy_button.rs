use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::piece::{IntoPiece, Piece};
use crate::words::Word;

/// What a copy button says after it was pressed.
#[derive(Clone, Copy)]
pub(crate) struct CopyWords {
    /// The text is on the clipboard.
    pub(crate) copied: Word,
    /// The browser did not allow it, and the text is selected instead.
    pub(crate) failed: Word,
}

/// A button that copies `text`, and says so.
#[component]
pub(crate) fn CopyButton(
    label: Word,
    #[prop(into)] text: Signal<Option<String>>,
    words: CopyWords,
    /// Id of the element that shows the text, which is selected where the browser does not allow
    /// copying.
    shown: &'static str,
) -> Piece {
    let (copied, failed) = (RwSignal::new(false), RwSignal::new(false));
    let status = Signal::derive(move || {
        let said = match (copied.get(), failed.get()) {
            (true, _) => words.copied,
            (_, true) => words.failed,
            _ => return None,
        };
        Some(said.text().to_owned())
    });
    let copy = move |_| {
        copied.set(false);
        failed.set(false);
        let writing = window()
            .navigator()
            .clipboard()
            .write_text(&text.get_untracked().unwrap_or_default());
        leptos::task::spawn_local(async move {
            let is_copied = JsFuture::from(writing).await.is_ok();
            if !is_copied {
                select(shown);
            }
            // The button may be gone by now.
            let outcome = if is_copied { copied } else { failed };
            outcome.try_set(true);
        });
    };
    view! {
        <button type="button" class="button" on:click=copy>
            <span class="button-label">{label}</span>
        </button>
        <span class="copy-status" role="status">{status}</span>
    }
    .piece()
}

fn select(id: &str) {
    if let (Some(shown), Ok(Some(selection))) =
        (document().get_element_by_id(id), window().get_selection())
    {
        // Without a selection people still see the text that they may copy.
        let _ = selection.select_all_children(&shown);
    }
}
