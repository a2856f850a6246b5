//! Who may use whom, and where the rules of accessibility are: read off the sources.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Every source file below `folder` of `src`, and what is in it.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    fn read(folder: &Path, into: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, into);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                into.push((path, text));
            }
        }
    }
    let mut all = Vec::new();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    read(&src.join(folder), &mut all);
    assert!(!all.is_empty(), "{folder} is empty");
    all
}

/// The lines of `text` that have one of `marks`, without those that are comments.
fn lines_with<'a>(text: &'a str, marks: &[&str]) -> Vec<&'a str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
        .filter(|line| marks.iter().any(|mark| line.contains(mark)))
        .collect()
}

const ARIA: [&str; 2] = ["aria-", "role="];

#[test]
fn only_components_have_aria_attributes_and_roles() {
    for (path, text) in sources("") {
        if !path
            .components()
            .any(|part| part.as_os_str() == "components")
        {
            let found = lines_with(&text, &ARIA);
            assert!(found.is_empty(), "{}: {found:#?}", path.display());
        }
    }
    // What is looked for is what components have.
    let components = sources("components");
    for mark in ARIA {
        let has = |(_, text): &(_, String)| !lines_with(text, &[mark]).is_empty();
        assert!(components.iter().any(has), "{mark}");
    }
}

#[test]
fn components_use_nothing_but_each_other_and_words() {
    let (_, root) = sources("")
        .into_iter()
        .find(|(path, _)| path.ends_with("src/lib.rs"))
        .unwrap();
    let others: Vec<_> = root
        .lines()
        .filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'))
        .filter(|module| !matches!(*module, "components" | "piece" | "words"))
        .map(|module| format!("{module}::"))
        .chain(["gloo_net".to_owned()])
        .collect();
    assert!(others.contains(&"api::".to_owned()));
    let others: Vec<_> = others.iter().map(String::as_str).collect();
    for (path, text) in sources("components") {
        // The tests may use whatever they want.
        if !path.ends_with("web.rs") {
            let found = lines_with(&text, &others);
            assert!(found.is_empty(), "{}: {found:#?}", path.display());
        }
    }
}

#[test]
fn pages_never_import_pages() {
    for (path, text) in sources("pages") {
        let found = lines_with(&text, &["pages::"]);
        assert!(found.is_empty(), "{}: {found:#?}", path.display());
    }
}

/// What it says is not in the app that everybody loads, where nothing would be read in its place.
#[test]
fn nothing_but_the_dashboard_says_its_words() {
    let mut its_own = 0;
    for (path, text) in sources("") {
        let is_in = |part: &str| path.components().any(|one| one.as_os_str() == part);
        // The route table names its pages. Gallery and tests are in development builds alone, which
        // have all words.
        if ["words", "gallery", "web.rs", "app.rs"]
            .into_iter()
            .any(is_in)
        {
            continue;
        }
        let found = lines_with(&text, &["dashboard::", "words::{self, dashboard"]);
        if is_in("pages") && is_in("dashboard") {
            its_own += found.len();
        } else {
            assert!(found.is_empty(), "{}: {found:#?}", path.display());
        }
    }
    assert!(its_own > 20, "{its_own}");
}
