//! Title and focus after a change of route or step, which the router leaves alone.

use std::cell::Cell;

use leptos::{
    prelude::*,
    web_sys::{FocusOptions, HtmlElement, HtmlInputElement},
};
use wasm_bindgen::JsCast;

use crate::words::{self, Word};

thread_local! {
    /// The title of the view that is shown, if one is. The first one must not take the focus:
    /// whoever comes to the page starts at its beginning, where the skip link is.
    static TITLE: Cell<Option<Title>> = const { Cell::new(None) };
}

/// What the title tells.
#[derive(Clone, Copy)]
struct Title {
    heading: Word,
    product: &'static str,
    has_error: bool,
}

/// Id of the heading of the view that is shown.
pub(crate) const HEADING: &str = "heading";

/// A view with this heading is about to be shown. Once it is, the browser's tab bears its name
/// and the focus is on the heading.
pub(crate) fn arrive(heading: Word, product: &'static str) {
    // Views are put into the page in the same turn in which they are made.
    queue_microtask(move || {
        let is_first = TITLE
            .replace(Some(Title {
                heading,
                product,
                has_error: false,
            }))
            .is_none();
        rename();
        if is_first {
            first_view();
        } else {
            window().scroll_to_with_x_and_y(0.0, 0.0);
            on(HEADING);
        }
    });
}

/// Whether no view was shown yet.
pub(crate) fn is_first_view() -> bool {
    TITLE.get().is_none()
}

/// Says in the title whether a form of the view has an error.
pub(crate) fn mark_error(has_error: bool) {
    TITLE.set(TITLE.get().map(|title| Title { has_error, ..title }));
    rename();
}

/// Gives the browser's tab the name of the view, in the language that is spoken.
pub(crate) fn rename() {
    if let Some(Title {
        heading,
        product,
        has_error,
    }) = TITLE.get()
    {
        let title = if has_error {
            words::error_title
        } else {
            words::title
        };
        document().set_title(&untrack(|| title(heading.text(), product)));
    }
}

/// Puts the focus on the element with this id, without scrolling the page there.
pub(crate) fn on(id: &str) {
    let element = document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = element {
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        // Focusing fails on nothing that is in the page.
        let _ = element.focus_with_options(&options);
    }
}

/// Puts the focus on the element with this id as soon as it is drawn.
pub(crate) fn soon_on(id: &'static str) {
    request_animation_frame(move || on(id));
}

/// Runs this once the browser has painted what is in the page now.
pub(crate) fn once_painted(run: impl FnOnce() + 'static) {
    // A frame is painted after its callbacks, so the next one's come after the paint.
    request_animation_frame(move || request_animation_frame(run));
}

/// Puts the focus on the input with this id and selects what was typed, to be typed over.
pub(crate) fn on_input(id: &str) {
    let input = document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into::<HtmlInputElement>().ok());
    if let Some(input) = input {
        // Both are harmless where they fail: the words of the error are there all the same.
        let _ = input.focus();
        input.select();
    }
}

/// The shell that the browser painted before the app was there makes way for it.
fn first_view() {
    if let Some(shell) = document().get_element_by_id("shell") {
        shell.remove();
    }
    if let Some(performance) = window().performance() {
        // A measurement, and nothing depends on it.
        let _ = performance.mark("app-ready");
    }
}
