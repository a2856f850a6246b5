//! A sentence in whatever language is spoken.

use leptos::{
    prelude::*,
    tachys::{
        html::attribute::{Attribute, any_attribute::AnyAttribute},
        hydration::Cursor,
        view::{Position, PositionState, add_attr::AddAnyAttr},
    },
};

use super::language;

/// A sentence that people read. Where it is shown it changes with the language; nothing else of
/// the page does, so nothing that was typed is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word(
    /// Its line among the words of each language.
    pub(super) u16,
);

impl Word {
    /// Nothing to say.
    pub(crate) const NONE: Self = Self(u16::MAX);

    /// The sentence in the language that is spoken; tracked.
    pub(crate) fn text(self) -> &'static str {
        language::line(self.0.into())
    }

    /// The same with what it tells of, in the order that the generated functions know.
    pub(super) fn filled(self, told: &[&str]) -> String {
        fill(self.text(), told, language::plural_category)
    }
}

impl Default for Word {
    fn default() -> Self {
        Self::NONE
    }
}

/// Whatever text changes in the app is a signal of this one type, for the sake of the app's size.
impl From<Word> for Signal<Option<String>> {
    fn from(said: Word) -> Self {
        word(move || said)
    }
}

/// A text that is one sentence or another.
pub(crate) fn word(said: impl Fn() -> Word + Send + Sync + 'static) -> Signal<Option<String>> {
    Signal::derive(move || Some(said().text().to_owned()))
}

/// Fills in what a sentence tells of. `frontend/words` says what it looks like: a text with the
/// places in braces, or such texts for the cases of a number, with tabs between them.
fn fill(sentence: &str, told: &[&str], category: impl Fn(u32) -> String) -> String {
    let told = |place: &str| {
        let place: Option<usize> = place.parse().ok();
        place.and_then(|place| told.get(place)).copied()
    };
    let text = match sentence.split_once('\t') {
        None => sentence,
        Some((place, cases)) => case(cases, told(place).unwrap_or_default(), category),
    };
    let mut filled = String::new();
    for (at, part) in text.split(['{', '}']).enumerate() {
        let is_place = at % 2 == 1;
        filled.push_str(if is_place {
            told(part).unwrap_or_default()
        } else {
            part
        });
    }
    filled
}

/// The text for `number`: of the case that is the number itself, or its category in the grammar
/// of the language, or else of the last one.
fn case<'a>(cases: &'a str, number: &str, category: impl Fn(u32) -> String) -> &'a str {
    let category = category(number.parse().unwrap_or_default());
    let mut fields = cases.split('\t');
    let mut text = "";
    while let (Some(case), Some(its_text)) = (fields.next(), fields.next()) {
        text = its_text;
        if case == number || case == category {
            break;
        }
    }
    text
}

impl Render for Word {
    type State = <Signal<Option<String>> as Render>::State;

    fn build(self) -> Self::State {
        Signal::<Option<String>>::from(self).build()
    }

    fn rebuild(self, state: &mut Self::State) {
        Signal::<Option<String>>::from(self).rebuild(state);
    }
}

/// Attributes that are given to a view from outside: a text has none.
impl AddAnyAttr for Word {
    type Output<NewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self {
        self
    }
}

/// Views have to be able to become text on a server, and there is none that would ask.
impl RenderHtml for Word {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        _: &mut String,
        _: &mut Position,
        _: bool,
        _: bool,
        _: Vec<AnyAttribute>,
    ) {
    }

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> Self::State {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As in Polish.
    fn category(number: u32) -> String {
        match number {
            1 => "one",
            2..5 => "few",
            _ => "many",
        }
        .to_owned()
    }

    #[test]
    fn what_is_told_stands_where_the_language_wants_it() {
        let filled = |sentence| fill(sentence, &["Firefox", "Linux"], category);
        assert_eq!(filled("{0} on {1}"), "Firefox on Linux");
        assert_eq!(filled("{1}: {0}!"), "Linux: Firefox!");
        assert_eq!(filled("somewhere"), "somewhere");
        assert_eq!(filled("{7}"), "");
    }

    #[test]
    fn what_is_told_is_never_read_as_a_place() {
        assert_eq!(fill("{0} and {1}", &["{1}", "\t"], category), "{1} and \t");
    }

    #[test]
    fn a_number_decides_by_itself_or_by_its_category() {
        let sentence = "1\t0\tnone of {0}\tone\t{1} plik\tfew\t{1} pliki\tother\t{1} plików";
        let filled = |number| fill(sentence, &["them", number], category);
        assert_eq!(filled("0"), "none of them");
        assert_eq!(filled("1"), "1 plik");
        assert_eq!(filled("3"), "3 pliki");
        assert_eq!(filled("7"), "7 plików");
    }
}
