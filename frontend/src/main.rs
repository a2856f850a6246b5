//! Twofold's app: sign-up, sign-in and multi-factor authentication, drawn in the browser.

#![expect(
    unreachable_pub,
    reason = "the component macro makes the props of every component public"
)]

mod api;
mod app;
mod challenge;
mod codes;
mod components;
mod credentials;
mod focus;
mod form;
#[cfg(debug_assertions)]
mod gallery;
mod history;
mod mailed_code;
mod pages;
mod piece;
mod records;
mod resources;
mod session;
mod step_up;
mod words;

use std::pin::Pin;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// A sixth of the size of the standard allocator, and quick enough for a page.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

fn main() {
    let root = document()
        .get_element_by_id("app")
        .and_then(|element| element.dyn_into::<leptos::web_sys::HtmlElement>().ok());
    if let Some(root) = root {
        // As Leptos spawns its own: of the same type, so that there is one copy of what runs it.
        let app: Pin<Box<dyn Future<Output = ()>>> = Box::pin(app::run(root));
        wasm_bindgen_futures::spawn_local(app);
    }
}
