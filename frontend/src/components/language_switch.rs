use leptos::prelude::*;

use crate::piece::{IntoPiece, Piece};
use crate::words::Word;

/// A language that is not the one of the page. Which one that is changes with the page's.
pub(crate) struct OtherLanguage {
    /// As in BCP 47.
    pub(crate) tag: Signal<Option<String>>,
    /// What it calls itself.
    pub(crate) name: Signal<Option<String>>,
    /// Changes to it.
    pub(crate) on_choose: Callback<()>,
}

/// The ways to the other languages. Whoever takes one finds the way back in its place, and so the
/// focus stays.
#[component]
pub(crate) fn LanguageSwitch(
    /// What the group of them is called.
    label: Word,
    others: Vec<OtherLanguage>,
) -> Piece {
    let button = |other: OtherLanguage| {
        let OtherLanguage {
            tag,
            name,
            on_choose,
        } = other;
        view! {
            <button
                type="button"
                class="button button-plain"
                lang=tag
                on:click=move |_| on_choose.run(())
            >
                {name}
            </button>
        }
    };
    let name = Signal::<Option<String>>::from(label);
    view! {
        <div class="languages" role="group" aria-label=name>
            {others.into_iter().map(button).collect_view()}
        </div>
    }
    .piece()
}
