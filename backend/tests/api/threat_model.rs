//! `docs/threat-model.md` names tests: each of them is there.

use std::{
    fs,
    path::{Path, PathBuf},
};

const DOCUMENT: &str = include_str!("../../../docs/threat-model.md");

/// Every file of the sources and tests, with its text.
fn files() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders: Vec<_> = ["backend/src", "backend/tests", "shared/src", "e2e/tests"]
        .map(|folder| root.join(folder))
        .into();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|kind| kind == "rs" || kind == "js")
            {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    files
}

/// What stands in the last column of a row between the marks.
fn named(mark: char) -> Vec<&'static str> {
    DOCUMENT
        .lines()
        .filter(|line| line.starts_with("| "))
        .filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next())
        .flat_map(|cell| cell.split(mark).skip(1).step_by(2))
        .collect()
}

#[test]
fn every_test_that_it_names_is_there() {
    let files = files();
    let names: Vec<_> = named('`')
        .into_iter()
        .filter_map(|name| name.split_once("::"))
        .collect();
    assert!(names.len() > 50, "{names:?}");
    for (file, test) in names {
        let is_there = files.iter().any(|(path, text)| {
            path.file_stem().is_some_and(|stem| stem == file)
                && text.contains(&format!("fn {test}("))
        });
        assert!(is_there, "{file}::{test}");
    }
}

#[test]
fn every_journey_that_it_names_is_there() {
    let files = files();
    let titles: Vec<_> = named('"')
        .into_iter()
        .filter(|title| title.contains(' ') && !title.starts_with("Require"))
        .collect();
    assert!(titles.len() >= 4, "{titles:?}");
    for title in titles {
        let is_there = files
            .iter()
            .any(|(_, text)| text.contains(&format!("test('{title}'")));
        assert!(is_there, "{title}");
    }
}
