//! A key file is read or refused, and a key that is added to one that is read leaves all others as
//! they are and in their order.

use twofold::vault::{Keyring, NewKey, with_line};

const NEW: &str = "8vLy8vLy8vLy8vLy8vLy8vLy8vLy8vLy8vLy8vLy8vI";

/// See the module's words. The input is the file.
pub fn holds(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(known) = Keyring::parse(text) else {
        return;
    };
    let known = known.ids();
    let new = Keyring::parse(NEW).expect("a key").ids();
    let first = Keyring::parse(&with_line(text, NEW, NewKey::First)).expect("keys");
    assert_eq!(first.ids(), [&new[..], &known].concat());
    let last = Keyring::parse(&with_line(text, NEW, NewKey::Last)).expect("keys");
    assert_eq!(last.ids(), [&known[..], &new].concat());
}
