//! Which language is spoken. English is part of the app; the words of every other language are
//! fetched when somebody reads it, and those who read English never ask for them.

use std::cell::{Cell, RefCell};

use js_sys::Reflect;
use leptos::{prelude::*, reactive::signal::ArcTrigger};
use wasm_bindgen::JsValue;

use super::{APP_OUTDATED, DIRECTION, LANGUAGES, UNREACHABLE, Word};
use crate::{
    api::{self, Failure},
    focus,
};

/// A language that there are words in.
pub(crate) struct Language {
    /// As in BCP 47, such as `de`.
    pub(crate) tag: &'static str,
    /// Its name, in itself.
    pub(crate) name: &'static str,
    /// Where its words are; empty for the language that is part of the app.
    pub(super) file: &'static str,
}

/// One message a line. `frontend/words` says what else there is to it.
const ENGLISH: &str = include_str!(concat!(env!("OUT_DIR"), "/en.txt"));

/// The lines after those, which are part of the dashboard alone. (Development builds are both apps
/// in one, and so are tests.)
const DASHBOARD: &str = include_str!(concat!(env!("OUT_DIR"), "/en_dashboard.txt"));

/// Under this name the browser remembers what people chose.
const KEY: &str = "language";

thread_local! {
    /// The words of each language, as far as they are there.
    static LINES: RefCell<[&'static [&'static str]; LANGUAGES.len()]> = {
        let mut lines = [&[][..]; LANGUAGES.len()];
        lines[0] = if cfg!(debug_assertions) {
            lines_of(&[ENGLISH, DASHBOARD])
        } else {
            lines_of(&[ENGLISH])
        };
        RefCell::new(lines)
    };
    /// The place of the language that is spoken.
    static SPOKEN: Cell<usize> = const { Cell::new(0) };
    static CHANGED: ArcTrigger = ArcTrigger::new();
}

/// Learns what the dashboard says in English. The other languages have it in their files.
pub(crate) fn learn_dashboard() {
    LINES.with_borrow_mut(|lines| lines[0] = lines_of(&[ENGLISH, DASHBOARD]));
}

/// The place of the language that is spoken; tracked.
pub(crate) fn spoken() -> usize {
    CHANGED.with(Track::track);
    SPOKEN.get()
}

/// A line of the language that is spoken; tracked.
pub(super) fn line(at: usize) -> &'static str {
    let spoken = spoken();
    LINES
        .with_borrow(|lines| lines.get(spoken)?.get(at).copied())
        .unwrap_or_default()
}

/// How the language that is spoken counts `number`: as one of `zero`, `one`, `two`, `few`, `many`
/// and `other` (Unicode's plural rules, which the browser knows).
#[cfg(target_arch = "wasm32")]
pub(super) fn plural_category(number: u32) -> String {
    let tags = js_sys::Array::of1(&LANGUAGES[SPOKEN.get()].tag.into());
    let rules = js_sys::Intl::PluralRules::new(&tags, &js_sys::Object::new());
    rules.select(number.into()).into()
}

/// Outside of a browser there are tests, and they speak English.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn plural_category(number: u32) -> String {
    if number == 1 { "one" } else { "other" }.to_owned()
}

/// Speaks the language that people chose in this browser, or else the first of those that they
/// prefer everywhere. Where it cannot be fetched, English stays.
pub(crate) async fn arrive() {
    let prefers = window().navigator().languages();
    let chosen = memory().and_then(|memory| Reflect::get(&memory, &KEY.into()).ok()?.as_string());
    let wanted = chosen
        .into_iter()
        .chain(prefers.iter().filter_map(|tag| tag.as_string()))
        .find_map(|tag| known(&tag));
    // The page says by itself which language it is in.
    let _ = speak(wanted.unwrap_or(0)).await;
}

/// Speaks the language of this place, and remembers that it was chosen; or says why not.
pub(crate) async fn choose(at: usize) -> Result<(), Word> {
    speak(at).await?;
    if let (Some(memory), Some(language)) = (memory(), LANGUAGES.get(at)) {
        // A browser that remembers nothing is asked again the next time.
        let _ = Reflect::set(&memory, &KEY.into(), &language.tag.into());
    }
    Ok(())
}

async fn speak(at: usize) -> Result<(), Word> {
    let Some(language) = LANGUAGES.get(at) else {
        return Ok(());
    };
    if LINES.with_borrow(|lines| lines[at].is_empty()) {
        let words = match api::words(language.file).await {
            Ok(words) if is_of_this_app(&words) => words,
            Err(Failure::Unreachable) => return Err(UNREACHABLE),
            _ => return Err(APP_OUTDATED),
        };
        LINES.with_borrow_mut(|lines| lines[at] = lines_of(&[words.leak()]));
    }
    if SPOKEN.replace(at) != at {
        if let Some(root) = document().document_element() {
            // Neither can fail: both are attributes that every element has.
            let _ = root.set_attribute("lang", language.tag);
            let _ = root.set_attribute("dir", untrack(|| DIRECTION.text()));
        }
        CHANGED.with(Notify::notify);
        focus::rename();
    }
    Ok(())
}

/// Whether these words are those of this very app, and not of one before or after it.
fn is_of_this_app(words: &str) -> bool {
    let fingerprint = |text: &'_ str| text.split('\n').next().map(str::to_owned);
    fingerprint(words) == fingerprint(ENGLISH)
}

fn lines_of(texts: &[&'static str]) -> &'static [&'static str] {
    let lines = texts.iter().flat_map(|text| text.split('\n'));
    lines.collect::<Vec<_>>().leak()
}

/// The place of the language that `tag` is of: `de-AT` is German.
fn known(tag: &str) -> Option<usize> {
    let language = tag.split('-').next()?;
    LANGUAGES
        .iter()
        .position(|known| known.tag.eq_ignore_ascii_case(language))
}

/// What the browser keeps for this site, where people let it.
fn memory() -> Option<JsValue> {
    let memory = Reflect::get(&window(), &"localStorage".into()).ok()?;
    memory.is_object().then_some(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_tag_wherever_it_is_spoken() {
        let tag = |tag| known(tag).map(|at| LANGUAGES[at].tag);
        assert_eq!(tag("en"), Some("en"));
        assert_eq!(tag("EN-us"), Some("en"));
        assert_eq!(tag("de-AT"), Some("de"));
        assert_eq!(tag("tlh"), None);
        assert_eq!(tag("e"), None);
        assert_eq!(tag(""), None);
    }

    #[test]
    fn words_of_another_app_are_not_taken() {
        assert!(is_of_this_app(ENGLISH));
        assert!(!is_of_this_app(&format!("x{ENGLISH}")));
        assert!(!is_of_this_app("<!DOCTYPE html>\n"));
        assert!(!is_of_this_app(""));
    }
}
