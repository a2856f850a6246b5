//! Title and focus after a change of route or step, which the router leaves alone.

use std::cell::Cell;

use leptos::{
    prelude::*,
    web_sys::{FocusOptions, HtmlElement, HtmlInputElement},
};
use wasm_bindgen::JsCast;

use crate::words;

thread_local! {
    /// Whether a view was shown already. The first one must not take the focus: whoever comes to
    /// the page starts at its beginning, where the skip link is.
    static SHOWN: Cell<bool> = const { Cell::new(false) };
}

/// Id of the heading of the view that is shown.
pub(crate) const HEADING: &str = "heading";

/// A view with this heading is about to be shown. Once it is, the browser's tab bears its name
/// and the focus is on the heading.
pub(crate) fn arrive(heading: &'static str, product: &'static str) {
    // Views are put into the page in the same turn in which they are made.
    queue_microtask(move || {
        document().set_title(&words::title(heading, product));
        if SHOWN.replace(true) {
            window().scroll_to_with_x_and_y(0.0, 0.0);
            on(HEADING);
        } else {
            first_view();
        }
    });
}

/// Says in the title whether a form of the view has an error.
pub(crate) fn mark_error(has_error: bool) {
    let title = document().title();
    let marked = words::error_title(&title, has_error);
    if marked != title {
        document().set_title(&marked);
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
