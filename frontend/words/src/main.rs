//! Writes the files of the languages that are not part of the app where Trunk puts the app
//! together. Trunk calls it, by its hook in `Trunk.toml`.

use std::{env, error::Error, fs, path::PathBuf};

use twofold_words::Words;

fn main() -> Result<(), Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "Trunk says it in no other way")]
    let staging = PathBuf::from(env::var("TRUNK_STAGING_DIR")?);
    let words = Words::read(env!("CARGO_MANIFEST_DIR").as_ref())?;
    for (name, content) in words.files() {
        fs::write(staging.join(name), content)?;
    }
    Ok(())
}
