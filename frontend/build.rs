//! Makes the words of the app from their Fluent files.

use std::{env, error::Error, fs, path::Path};

use twofold_words::Words;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=words");
    let words = match Words::read("words".as_ref()) {
        Ok(words) => words,
        Err(error) => {
            for fault in error.to_string().lines() {
                println!("cargo::error=frontend/words: {fault}");
            }
            return Ok(());
        }
    };
    #[expect(clippy::disallowed_methods, reason = "Cargo says it in no other way")]
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("words.rs"), words.rust())?;
    fs::write(Path::new(&out).join("en.txt"), words.english())?;
    fs::write(
        Path::new(&out).join("en_dashboard.txt"),
        words.english_of_dashboard(),
    )?;
    Ok(())
}
