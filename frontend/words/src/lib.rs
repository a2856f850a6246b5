//! Twofold's words: one Fluent file a language, read when the app is built.
//!
//! English is part of the app, and says which messages there are and what each has to be told.
//! Every other language is a file of its own that the app fetches where somebody reads it. A
//! language that lacks a message, or fills in something else, stops the build.
//!
//! What the dashboard alone says is in files of its own, in the folder `dashboard`: English of it is
//! no part of the app that everybody loads.
//!
//! Of Fluent this is what a message may be: a text with variables, or one select over a number
//! with such texts. So translators see whole sentences, and the app needs next to nothing to show
//! them. A line break within a text is a space.

mod message;

use std::{
    fmt::{self, Write as _},
    fs, io,
    path::Path,
};

use fluent_syntax::{ast::Entry, parser};
use sha2::{Digest, Sha256};

use crate::message::{Message, Variable};

/// The language that all others are held to, and that is part of the app.
const FIRST: &str = "en";
/// The message that is the name of a language; the list of all languages has it.
const NAME: &str = "language-name";
/// The folder of the messages of the dashboard.
const DASHBOARD: &str = "dashboard";

/// All languages, with the same messages in the same order.
#[derive(Debug)]
pub struct Words {
    languages: Vec<Language>,
}

/// A language, and all that is said in it.
#[derive(Debug)]
struct Language {
    /// As in BCP 47, such as `de`.
    tag: String,
    /// Those of the dashboard come last.
    messages: Vec<Message>,
    /// So many are there for everybody.
    common: usize,
}

/// Why there are no words.
#[derive(Debug)]
pub enum Error {
    /// The files cannot be read.
    Unreadable(io::Error),
    /// What is wrong with them, and where.
    Wrong(Vec<String>),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(formatter),
            Self::Wrong(faults) => faults.join("\n").fmt(formatter),
        }
    }
}

impl std::error::Error for Error {}

impl Words {
    /// Reads the `.ftl` files of the folder, and those of the dashboard's within it.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let mut sources = Vec::new();
        for entry in fs::read_dir(folder).map_err(Error::Unreadable)? {
            let path = entry.map_err(Error::Unreadable)?.path();
            let tag = path.file_stem().and_then(|stem| stem.to_str());
            if let (Some(tag), Some("ftl")) = (tag, path.extension().and_then(|end| end.to_str())) {
                let read = |path| fs::read_to_string(path).map_err(Error::Unreadable);
                let dashboard = folder.join(DASHBOARD).join(format!("{tag}.ftl"));
                sources.push((tag.to_owned(), read(path.clone())?, read(dashboard)?));
            }
        }
        let sources: Vec<_> = sources
            .iter()
            .map(|(tag, common, dashboard)| (tag.as_str(), common.as_str(), dashboard.as_str()))
            .collect();
        Self::of(&sources)
    }

    /// The words of these languages: the tag of each, and in Fluent its messages for everybody and
    /// those of the dashboard.
    pub fn of(sources: &[(&str, &str, &str)]) -> Result<Self, Error> {
        let mut faults = Vec::new();
        let mut languages: Vec<_> = sources
            .iter()
            .map(|(tag, common, dashboard)| {
                let mut all = Vec::new();
                add_messages(&mut all, tag, common, &mut faults);
                let common = all.len();
                let place = format!("{tag} of the {DASHBOARD}");
                add_messages(&mut all, &place, dashboard, &mut faults);
                Language {
                    tag: (*tag).to_owned(),
                    messages: all,
                    common,
                }
            })
            .collect();
        languages.sort_by_key(|language| (language.tag != FIRST, language.tag.clone()));
        match languages.split_first_mut() {
            Some((english, others)) if english.tag == FIRST => {
                english.look_into(&mut faults);
                for other in others {
                    other.follow(english, &mut faults);
                }
            }
            _ => faults.push(format!("{FIRST}: there is no such language")),
        }
        if faults.is_empty() {
            Ok(Self { languages })
        } else {
            Err(Error::Wrong(faults))
        }
    }

    /// What is part of the app: English, one message a line. The first line tells of which
    /// messages a text is, so that no app takes the text of another.
    pub fn english(&self) -> String {
        let (common, _) = self.english_messages();
        self.text(common)
    }

    /// What is part of the dashboard besides: the lines that come after those of
    /// [`Words::english`].
    pub fn english_of_dashboard(&self) -> String {
        let (_, dashboard) = self.english_messages();
        let lines: Vec<_> = dashboard.iter().map(|message| &*message.text).collect();
        lines.join("\n")
    }

    /// The other languages: for each the name of its file, which changes with the content, and
    /// the content, of the same form as English with what the dashboard has besides.
    pub fn files(&self) -> Vec<(String, String)> {
        self.languages
            .iter()
            .skip(1)
            .map(|language| {
                let text = self.text(&language.messages);
                (file_name(&language.tag, &text), text)
            })
            .collect()
    }

    /// What the app says `words::` for: a constant for each message, a function for each one that
    /// has to be told something, and the list of all languages. What the dashboard alone says is in
    /// a module of its own.
    pub fn rust(&self) -> String {
        let mut code = String::new();
        let (common, dashboard) = self.english_messages();
        // The first line is none of a message. Writing to a string cannot fail.
        for (at, message) in (1..).zip(common) {
            if message.key != NAME {
                let _ = message.write_rust(at, &mut code);
            }
        }
        let _ = writeln!(
            code,
            "/// What the dashboard alone says.\npub(crate) mod {DASHBOARD} {{\nuse super::Word;"
        );
        for (at, message) in (1 + common.len()..).zip(dashboard) {
            let _ = message.write_rust(at, &mut code);
        }
        code.push_str("}\n");
        let _ = writeln!(
            code,
            "/// All languages that there are words in, the one of the app itself first.\n\
             pub(crate) const LANGUAGES: [Language; {}] = [",
            self.languages.len()
        );
        for (at, language) in self.languages.iter().enumerate() {
            let (tag, name) = (&language.tag, language.said(NAME));
            let file = match at {
                0 => String::new(),
                _ => format!("/{}", file_name(tag, &self.text(&language.messages))),
            };
            let _ = writeln!(
                code,
                "    Language {{ tag: {tag:?}, name: {name:?}, file: {file:?} }},"
            );
        }
        code.push_str("];\n");
        code
    }

    /// The messages for everybody, and those of the dashboard.
    fn english_messages(&self) -> (&[Message], &[Message]) {
        self.languages
            .first()
            .map(|english| english.messages.split_at(english.common))
            .unwrap_or_default()
    }

    fn text(&self, messages: &[Message]) -> String {
        let (common, dashboard) = self.english_messages();
        let mut text = fingerprint(common.iter().chain(dashboard));
        for message in messages {
            text.push('\n');
            text.push_str(&message.text);
        }
        text
    }
}

impl Language {
    /// What a message without variables says.
    fn said(&self, key: &str) -> &str {
        self.messages
            .iter()
            .find(|message| message.key == key)
            .map(|message| message.text.as_str())
            .unwrap_or_default()
    }

    /// Looks for what is wrong with a language by itself.
    fn look_into(&self, faults: &mut Vec<String>) {
        if !matches!(self.said("direction"), "ltr" | "rtl") {
            faults.push(format!("{}: direction is neither ltr nor rtl", self.tag));
        }
        if self.said(NAME).is_empty() {
            faults.push(format!("{}: the language has no {NAME}", self.tag));
        }
    }

    /// Brings the messages into the order of `english`, which has the same ones.
    fn follow(&mut self, english: &Self, faults: &mut Vec<String>) {
        self.look_into(faults);
        let mut own = std::mem::take(&mut self.messages);
        for wanted in &english.messages {
            let Some(at) = own.iter().position(|message| message.key == wanted.key) else {
                faults.push(format!("{}: {} is missing", self.tag, wanted.key));
                continue;
            };
            let mut message = own.remove(at);
            if message.fill_in_as(&wanted.variables) {
                self.messages.push(message);
            } else {
                faults.push(format!(
                    "{}: {} is not told the same as in {FIRST}",
                    self.tag, wanted.key
                ));
            }
        }
        for message in own {
            let (tag, key) = (&self.tag, message.key);
            faults.push(format!("{tag}: {key} is no message of {FIRST}"));
        }
    }
}

/// Adds the messages of a Fluent file, whose `name` is that of the language or more.
fn add_messages(messages: &mut Vec<Message>, name: &str, source: &str, faults: &mut Vec<String>) {
    let resource = parser::parse(source).unwrap_or_else(|(resource, errors)| {
        faults.extend(errors.iter().map(|error| {
            let line = source
                .get(..error.pos.start)
                .map_or(0, |before| before.lines().count());
            format!("{name}, line {line}: {error}")
        }));
        resource
    });
    for entry in &resource.body {
        let message = match entry {
            Entry::Message(message) => Message::of(message),
            Entry::Term(term) => Err(format!("-{} is a term", term.id.name)),
            Entry::Comment(_)
            | Entry::GroupComment(_)
            | Entry::ResourceComment(_)
            // Said with its line already.
            | Entry::Junk { .. } => continue,
        };
        match message {
            Ok(message) if messages.iter().any(|known| known.key == message.key) => {
                faults.push(format!("{name}: {} is there twice", message.key));
            }
            Ok(message) => messages.push(message),
            Err(fault) => faults.push(format!("{name}: {fault}")),
        }
    }
}

/// The same for the same messages with the same variables.
fn fingerprint<'a>(messages: impl Iterator<Item = &'a Message>) -> String {
    let mut signature = String::new();
    for Message { key, variables, .. } in messages {
        signature.push_str(key);
        for Variable { name, .. } in variables {
            signature.push(' ');
            signature.push_str(name);
        }
        signature.push('\n');
    }
    digest(&signature)
}

/// The name of a language's file. Whoever asks for it by this name gets this content for ever.
fn file_name(tag: &str, content: &str) -> String {
    format!("words-{tag}-{}.txt", digest(content))
}

/// Sixteen hexadecimal digits, as the server knows them from hashed names.
fn digest(content: &str) -> String {
    let mut digits = String::new();
    for byte in &Sha256::digest(content)[..8] {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = "
language-name = English
direction = ltr
greeting = Hello, { $name }!
left = { $count ->
    [0] Nothing left
    [one] { $count } thing of { $name } left
   *[other] { $count } things of { $name } left
}
";

    const DASHBOARD: &str = "
users = { $count ->
    [one] { $count } user
   *[other] { $count } users
}
";

    /// Languages of an app that has no dashboard.
    fn words(sources: &[(&str, &str)]) -> Result<Words, Error> {
        let with_nothing = |(tag, source): &(_, _)| (*tag, *source, "");
        Words::of(&sources.iter().map(with_nothing).collect::<Vec<_>>())
    }

    fn faults(sources: &[(&str, &str)]) -> Vec<String> {
        match words(sources) {
            Err(Error::Wrong(faults)) => faults,
            other => vec![format!("{other:?}")],
        }
    }

    /// What is wrong with a language that says `messages` in its own way.
    fn faults_of(messages: &str) -> Vec<String> {
        let source = format!("language-name = Neusprech\ndirection = ltr\n{messages}");
        faults(&[("en", ENGLISH), ("xx", &source)])
    }

    #[test]
    fn every_language_has_the_messages_of_english_and_is_told_the_same() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let words = Words::read(folder).unwrap_or_else(|error| panic!("{error}"));
        let tags: Vec<_> = words.languages.iter().map(|one| one.tag.as_str()).collect();
        assert!(tags.starts_with(&["en"]), "{tags:?}");
    }

    #[test]
    fn a_missing_message_is_named() {
        assert_eq!(faults_of("greeting = { $name }!"), ["xx: left is missing"]);
    }

    #[test]
    fn a_message_that_english_does_not_have_is_named() {
        let more = "greeting = { $name }!\nleft = { $count } { $name }\nfarewell = Bye";
        assert_eq!(faults_of(more), ["xx: farewell is no message of en"]);
    }

    #[test]
    fn a_variable_that_english_does_not_have_or_that_is_left_out_is_a_fault() {
        for greeting in ["Hi, { $nmae }!", "Hi!", "{ $name } { $count }"] {
            let messages = format!("greeting = {greeting}\nleft = {{ $count }} {{ $name }}");
            assert_eq!(
                faults_of(&messages),
                ["xx: greeting is not told the same as in en"]
            );
        }
    }

    #[test]
    fn what_the_app_could_not_show_is_a_fault() {
        for (message, fault) in [
            (
                "a = { b }",
                "en: a has something in it that the app cannot show",
            ),
            (
                "a = x { $n ->\n*[one] y\n}",
                "en: a is a select and more: put the whole sentences into its variants",
            ),
            (
                "a = { $n ->\n*[one] { $n ->\n*[one] y\n}\n}",
                "en: a has a select within a select",
            ),
            ("a = { \"{\" }", "en: a has a brace or a tab in its text"),
            ("a =\n  .title = x", "en: a has no text"),
            ("a = x\n  .title = x", "en: a has attributes"),
            ("-a = x", "en: -a is a term"),
            ("a = x\na = y", "en: a is there twice"),
        ] {
            let source = format!("language-name = English\ndirection = ltr\n{message}\n");
            assert_eq!(faults(&[("en", &source)]), [fault], "{message}");
        }
        let broken = faults(&[("en", "language-name = English\ndirection = ltr\na = { $n\n")]);
        assert!(broken[0].starts_with("en, line 3: "), "{broken:?}");
    }

    #[test]
    fn a_language_says_how_it_is_written() {
        let upwards = ENGLISH.replace("ltr", "up");
        assert_eq!(
            faults(&[("en", &upwards)]),
            ["en: direction is neither ltr nor rtl"]
        );
        assert_eq!(
            faults(&[("de", ENGLISH)]),
            ["en: there is no such language"]
        );
    }

    #[test]
    fn a_language_is_one_message_a_line_in_the_order_of_english() {
        let other = "left =
    { $count ->
        [few] { $name }:
            { $count }
       *[other] { $name }, { $count }
    }
greeting = { $name }, { \" \" }hi!
direction = rtl
language-name = Neusprech
";
        let words = words(&[("xx", other), ("en", ENGLISH)]).unwrap();
        let english = words.english();
        let (name, text) = words.files().remove(0);
        let lines: Vec<_> = text.split('\n').collect();
        assert_eq!(lines[0], english.split('\n').next().unwrap());
        assert_eq!(
            lines[1..],
            [
                "Neusprech",
                "rtl",
                "{0},  hi!",
                "0\tfew\t{1}: {0}\tother\t{1}, {0}",
            ]
        );
        assert_eq!(name, format!("words-xx-{}.txt", digest(&text)));
        assert!(english.ends_with(
            "\n0\t0\tNothing left\tone\t{0} thing of {1} left\tother\t{0} things of {1} left"
        ));
    }

    #[test]
    fn the_fingerprint_is_that_of_the_messages_and_not_of_their_words() {
        let first_line = |source: &str| {
            let words = words(&[("en", source)]).unwrap();
            words.english().split('\n').next().unwrap().to_owned()
        };
        let same = first_line(&ENGLISH.replace("Hello", "Good day"));
        assert_eq!(first_line(ENGLISH), same);
        assert_ne!(first_line(&ENGLISH.replace("greeting", "welcome")), same);
        assert_ne!(first_line(&ENGLISH.replace("$name", "$who")), same);
    }

    #[test]
    fn the_app_has_a_constant_or_a_function_for_each_message() {
        let code = words(&[("en", ENGLISH)]).unwrap().rust();
        assert!(code.contains("pub(crate) const DIRECTION: Word = Word(2);"));
        assert!(code.contains("pub(crate) fn greeting(name: &str) -> String {"));
        assert!(code.contains("pub(crate) fn left(count: u64, name: &str) -> String {"));
        assert!(code.contains(r#"Language { tag: "en", name: "English", file: "" },"#));
    }

    #[test]
    fn what_the_dashboard_says_comes_after_what_everybody_reads() {
        let other = ENGLISH.replace("things", "Dinge");
        let words = Words::of(&[("en", ENGLISH, DASHBOARD), ("xx", &other, DASHBOARD)]).unwrap();
        let (english, dashboard) = (words.english(), words.english_of_dashboard());
        assert!(!english.contains("user"));
        assert_eq!(dashboard, "0\tone\t{0} user\tother\t{0} users");
        let (_, text) = words.files().remove(0);
        assert!(text.ends_with(&dashboard));
        assert_eq!(text.lines().count(), english.lines().count() + 1);
        let code = words.rust();
        let own = code.split("pub(crate) mod dashboard {").nth(1).unwrap();
        assert!(own.contains("pub(crate) fn users(count: u64) -> String {\n    Word(5).filled("));
    }

    #[test]
    fn a_message_of_the_dashboard_is_none_that_is_there_for_everybody() {
        let twice = Words::of(&[("en", ENGLISH, "greeting = Hi, { $name }!")]);
        let Err(Error::Wrong(faults)) = twice else {
            panic!("it is taken");
        };
        assert_eq!(faults, ["en of the dashboard: greeting is there twice"]);
    }
}
