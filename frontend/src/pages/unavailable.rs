use leptos::prelude::*;

use crate::{
    components::{Button, Look, Notice, PageHeading, Tone},
    focus,
    piece::{IntoPiece, Piece},
    words,
};

/// The server could not be asked who is signed in: nothing can be shown but that, and `message`
/// says why.
pub(crate) fn unavailable(product: &'static str, message: Signal<Option<String>>) -> Piece {
    focus::arrive(words::UNAVAILABLE, product);
    let reload = || {
        // Browsers refuse only while the page is being left anyway.
        let _ = window().location().reload();
    };
    view! {
        <PageHeading text=words::UNAVAILABLE id=focus::HEADING />
        <Notice tone=Tone::Error message=message />
        <Button label=words::TRY_AGAIN look=Look::Primary on_press=reload />
    }
    .piece()
}
