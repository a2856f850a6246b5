use leptos::{
    prelude::*,
    web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url},
};
use wasm_bindgen::{JsCast, JsValue};

use super::{Button, CopyButton, copy_button::CopyWords};
use crate::piece::{IntoPiece, Piece};
use crate::words::Word;

/// The words around a list of codes.
#[derive(Clone)]
pub(crate) struct ListWords {
    /// Whose codes these are and from when; on paper only.
    pub(crate) caption: Signal<Option<String>>,
    /// Name of the file to download.
    pub(crate) file_name: String,
    /// Content of the file to download.
    pub(crate) file: Signal<Option<String>>,
    /// The button that downloads.
    pub(crate) download: Word,
    /// The button that copies.
    pub(crate) copy: Word,
    /// What it says then.
    pub(crate) copying: CopyWords,
    /// The button that prints.
    pub(crate) print: Word,
}

/// Backup codes, and three ways to take them along.
#[component]
pub(crate) fn CodeList(codes: Vec<String>, words: ListWords) -> Piece {
    const ID: &str = "backup-codes";
    let all = Some(codes.join("\n"));
    let ListWords {
        file_name, file, ..
    } = words;
    let items = codes
        .into_iter()
        .map(|code| view! { <li><code dir="ltr">{code}</code></li> })
        .collect_view();
    view! {
        <div class="codes">
            <p class="codes-caption">{words.caption}</p>
            <ol id=ID data-testid=ID>{items}</ol>
            <div class="codes-actions">
                <Button label=words.download on_press=move || download(&file_name, &file.get_untracked().unwrap_or_default()) />
                <CopyButton label=words.copy text=all words=words.copying shown=ID />
                <Button label=words.print on_press=print />
            </div>
        </div>
    }
    .piece()
}

/// Hands `content` to the browser as a file. The text stays in the browser.
fn download(name: &str, content: &str) {
    let kind = BlobPropertyBag::new();
    kind.set_type("text/plain;charset=utf-8");
    let parts = js_sys::Array::of1(&JsValue::from_str(content));
    let saved = Blob::new_with_str_sequence_and_options(&parts, &kind).and_then(|blob| {
        let address = Url::create_object_url_with_blob(&blob)?;
        let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
        link.set_href(&address);
        link.set_download(name);
        link.click();
        Url::revoke_object_url(&address)
    });
    // A browser that cannot do this leaves copying and printing.
    drop(saved);
}

fn print() {
    // Browsers without a printer refuse in their own words.
    let _ = window().print();
}
