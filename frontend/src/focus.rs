//! Title and focus after a change of route or step, which the router leaves alone.

use std::cell::Cell;

use leptos::{
    html,
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

/// The heading of a view that is about to be shown. Once it is, the browser's tab bears its name
/// and the focus is on it.
pub(crate) fn arrive(heading: &'static str, product: &str) -> NodeRef<html::H1> {
    let title = words::title(heading, product);
    let node = NodeRef::<html::H1>::new();
    node.on_load(move |element| {
        document().set_title(&title);
        if SHOWN.replace(true) {
            window().scroll_to_with_x_and_y(0.0, 0.0);
            without_scrolling(&element);
        } else {
            first_view();
        }
    });
    node
}

/// Puts the focus on a heading that is shown.
pub(crate) fn on_heading(heading: NodeRef<html::H1>) {
    if let Some(element) = heading.get_untracked() {
        without_scrolling(&element);
    }
}

/// Says in the title whether a form of the view has an error.
pub(crate) fn mark_error(has_error: bool) {
    let title = document().title();
    let marked = words::error_title(&title, has_error);
    if marked != title {
        document().set_title(&marked);
    }
}

/// Puts the focus on the element with this id.
pub(crate) fn on(id: &str) {
    let element = document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = element {
        // As above.
        let _ = element.focus();
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

fn without_scrolling(element: &HtmlElement) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    // Focusing fails on nothing that is in the page.
    let _ = element.focus_with_options(&options);
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
