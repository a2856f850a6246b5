//! What `make fuzz` holds for whatever the fuzzer thinks up, held for the inputs in `fuzz/seeds/`:
//! those that it begins with, and those with which it once found something.

#![expect(
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a rule that does not hold fails its test by a panic, and fuzz/ takes the same file"
)]

use std::{fs, panic::catch_unwind, path::Path};

#[path = "../../fuzz/src/lib.rs"]
mod fuzzed;

/// Makes a test of every rule named.
macro_rules! hold {
    ($($rule:ident),* $(,)?) => {
        $(
            #[test]
            fn $rule() {
                for_each_seed_of(stringify!($rule), fuzzed::$rule::holds);
            }
        )*

        #[test]
        fn no_rule_is_left_out() {
            let named = [$(stringify!($rule)),*];
            let there = names_in(&Path::new(FOLDER).join("fuzz_targets"));
            let there: Vec<_> = there.iter().filter_map(|name| name.strip_suffix(".rs")).collect();
            assert_eq!(named[..], there[..]);
        }
    };
}

hold!(
    codes,
    config,
    cookies,
    form,
    forwarded_for,
    key_file,
    otpauth,
    query,
    rewrite,
    sealed,
);

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz");

fn for_each_seed_of(rule: &str, holds: fn(&[u8])) {
    let folder = Path::new(FOLDER).join("seeds").join(rule);
    let seeds = names_in(&folder);
    assert!(!seeds.is_empty(), "{rule} has no seeds");
    for seed in seeds {
        let input = fs::read(folder.join(&seed)).expect("a file");
        assert!(
            catch_unwind(|| holds(&input)).is_ok(),
            "{rule} does not hold for {seed}"
        );
    }
}

/// The names of the files in `folder`, in order.
fn names_in(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).expect("a folder");
    let names = files.map(|file| file.expect("a file").file_name().into_string());
    let mut names: Vec<String> = names.collect::<Result<_, _>>().expect("ASCII names");
    names.sort();
    names
}
