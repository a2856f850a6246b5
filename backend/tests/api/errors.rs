//! The table of errors as a whole: each code is provoked by a test of these files, or by a fault.

use std::{fs, path::Path};

use shared::ErrorCode;

/// Everything that these tests and those of faults say, without this file.
fn tests() -> String {
    fn read(folder: &Path, texts: &mut String) {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, texts);
            } else if path.file_name() != Some("errors.rs".as_ref()) {
                texts.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut texts = String::new();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["tests/api", "../e2e/tests/faults"] {
        read(&here.join(folder), &mut texts);
    }
    texts
}

#[test]
fn every_code_is_provoked_by_a_test() {
    let tests = tests();
    let missing: Vec<_> = ErrorCode::ALL
        .iter()
        .filter(|code| {
            let (rust, script) = (format!("\"{code}\""), format!("'{code}'"));
            !tests.contains(&rust) && !tests.contains(&script)
        })
        .collect();
    assert!(missing.is_empty(), "no test provokes {missing:?}");
}
