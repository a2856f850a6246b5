//! Backup codes while they are shown: the words around them, and the question before they are
//! left.

use leptos::{ev, ev::MouseEvent, prelude::*, web_sys};
use wasm_bindgen::{JsCast, closure::Closure};

use crate::{
    components::{CopyWords, ListWords},
    session::Session,
    words::{
        self,
        time::{self, Moment},
    },
};

/// What follows a copy button, whatever it copies.
pub(crate) const COPYING: CopyWords = CopyWords {
    copied: words::COPIED,
    failed: words::COPY_FAILED,
};

/// The words around `codes`, which are the signed-in user's from now on.
pub(crate) fn list_words(session: Session, codes: &[String]) -> ListWords {
    let (product, account) = (session.product(), untrack(|| session.account()));
    let now = time::now();
    let date = move || Moment::of(now).text;
    let (whose, listed) = (account.clone(), codes.to_vec());
    ListWords {
        file_name: words::codes_file_name(&account),
        caption: Signal::derive(move || Some(words::codes_caption(product, &account, &date()))),
        file: Signal::derive(move || Some(words::codes_file(product, &whose, &date(), &listed))),
        download: words::DOWNLOAD_CODES,
        copy: words::COPY_CODES,
        copying: COPYING,
        print: words::PRINT_CODES,
    }
}

/// Lets the browser ask before the page is closed or loaded again while `is_unsaved`, as long as
/// the calling component lives.
pub(crate) fn ask_before_unload(is_unsaved: impl Fn() -> bool + 'static) {
    let listener = window_event_listener(ev::beforeunload, move |event| {
        if is_unsaved() {
            event.prevent_default();
            // Older browsers look at this alone.
            event.set_return_value("unsaved");
        }
    });
    on_cleanup(move || listener.remove());
}

/// Calls `stopped` with whatever was clicked and would have led away from the page while
/// `is_unsaved`, as long as the calling component lives; the click itself does nothing then.
pub(crate) fn stop_leaving(
    is_unsaved: impl Fn() -> bool + 'static,
    stopped: impl Fn(web_sys::HtmlElement) + 'static,
) {
    let on_click = move |event: MouseEvent| {
        let way_out = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .and_then(|target| target.closest("a[href^='/'], [data-leaves] button").ok()?)
            .and_then(|way_out| way_out.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(way_out) = way_out.filter(|_| is_unsaved()) {
            event.prevent_default();
            event.stop_immediate_propagation();
            stopped(way_out);
        }
    };
    // Disposed of, and so taken off the window, together with the calling component.
    StoredValue::new_local(ClickListener::new(on_click));
}

/// A listener that hears clicks before the router does.
struct ClickListener(Closure<dyn Fn(MouseEvent)>);

impl ClickListener {
    fn new(on_click: impl Fn(MouseEvent) + 'static) -> Self {
        let closure = Closure::<dyn Fn(MouseEvent)>::new(on_click);
        let listener = closure.as_ref().unchecked_ref();
        // Adding a listener to the window cannot fail.
        let _ = window().add_event_listener_with_callback_and_bool("click", listener, true);
        Self(closure)
    }
}

impl Drop for ClickListener {
    fn drop(&mut self) {
        let listener = self.0.as_ref().unchecked_ref();
        // Neither can taking it off.
        let _ = window().remove_event_listener_with_callback_and_bool("click", listener, true);
    }
}
