//! Embeds the app anew whenever it was built anew.

use std::{env, path::Path};

fn main() {
    let dist = Path::new("../dist");
    println!("cargo::rerun-if-changed=build.rs");
    // A missing path counts as changed at every build, which only a release cares about: other
    // builds read the app from the folder.
    #[expect(clippy::disallowed_methods, reason = "build scripts are told so")]
    let is_release = env::var_os("PROFILE").is_some_and(|profile| profile == "release");
    if is_release || dist.exists() {
        println!("cargo::rerun-if-changed={}", dist.display());
    }
}
