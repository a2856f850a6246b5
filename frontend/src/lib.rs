//! Twofold in the browser: two apps, so that nobody loads what they cannot see. [`app`] is for
//! everybody, to sign up, sign in and manage multi-factor authentication; [`dashboard`] is for
//! administrators. Each is a program of its own in `bin/`.

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
mod frame;
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

use leptos::{prelude::*, web_sys::HtmlElement};
use wasm_bindgen::JsCast;

pub use crate::app::{app, dashboard};

/// A sixth of the size of the standard allocator, and quick enough for a page.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// What draws an app in an element, which takes until the server has said who is signed in.
type Drawing = Pin<Box<dyn Future<Output = ()>>>;

/// Draws this app in the page.
pub fn start(app: fn(HtmlElement) -> Drawing) {
    let root = document()
        .get_element_by_id("app")
        .and_then(|element| element.dyn_into().ok());
    if let Some(root) = root {
        wasm_bindgen_futures::spawn_local(app(root));
    }
}
