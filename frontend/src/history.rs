//! Steps within one page as entries of the browser's history, so that Back and Forward go from
//! step to step. An entry holds the step's name and nothing else.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsValue;

/// The step of the management page for those who come for codes that are no longer shown.
pub(crate) const CODES_GONE: &str = "codes-gone";

/// The step of the entry that is shown, if that entry is one of the page at `path`.
///
/// While a link is followed, the new page is drawn before the new entry is made: the entry then
/// still is the old page's.
pub(crate) fn step(path: &str) -> Option<String> {
    if is_shown(path) {
        window().history().ok()?.state().ok()?.as_string()
    } else {
        None
    }
}

/// Adds an entry for `step` after the one that is shown.
pub(crate) fn push(step: &str) {
    if let Ok(history) = window().history() {
        // Browsers refuse only floods of these; the step is shown all the same.
        let _ = history.push_state(&JsValue::from_str(step), "");
    }
}

/// Makes the entry that is shown the one of `step`, if it is one of the page at `path`.
pub(crate) fn replace(path: &str, step: &str) {
    if let (true, Ok(history)) = (is_shown(path), window().history()) {
        // As in `push`.
        let _ = history.replace_state(&JsValue::from_str(step), "");
    }
}

/// Goes one entry back.
pub(crate) fn back() {
    if let Ok(history) = window().history() {
        // There is an entry to go back to, or nothing happens.
        let _ = history.back();
    }
}

/// Goes one entry forward.
pub(crate) fn forward() {
    if let Ok(history) = window().history() {
        // As in `back`.
        let _ = history.forward();
    }
}

/// Calls `moved` whenever Back or Forward leads to an entry of the page at `path`, as long as the
/// calling component lives.
pub(crate) fn on_move(path: &'static str, moved: impl Fn() + 'static) {
    let listener = window_event_listener(ev::popstate, move |_| {
        if is_shown(path) {
            moved();
        }
    });
    on_cleanup(move || listener.remove());
}

/// Whether the page at `path` is shown.
pub(crate) fn is_shown(path: &str) -> bool {
    let shown = window().location().pathname().unwrap_or_default();
    shown.trim_end_matches('/') == path
}
