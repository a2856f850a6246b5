use leptos::prelude::*;

use crate::{
    components::{Button, Look, Notice, PageHeading, Tone},
    focus,
    piece::{IntoPiece, Piece},
    words,
};

/// The server could not be asked who is signed in: nothing can be shown but that.
#[component]
pub(crate) fn Unavailable(
    /// Why, in words.
    message: String,
) -> Piece {
    // The instance's own name is what could not be fetched.
    focus::arrive(words::UNAVAILABLE, "Twofold");
    let reload = || {
        // Browsers refuse only while the page is being left anyway.
        let _ = window().location().reload();
    };
    view! {
        <main class="page">
            <PageHeading text=words::UNAVAILABLE id=focus::HEADING />
            <Notice tone=Tone::Error message=Some(message) />
            <Button label=words::TRY_AGAIN look=Look::Primary on_press=reload />
        </main>
    }
    .piece()
}
