//! Secrets that a command needs: asked for on a terminal, read from standard input elsewhere, or of
//! a file; never an argument, which every user of the machine can read.

use std::{
    io::{self, BufRead, IsTerminal},
    path::{Path, PathBuf},
};

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::Failed;
use crate::vault::{ExportSecret, Keyring};

/// How an export is locked.
#[derive(Args)]
pub(super) struct LockArguments {
    /// A file with a key of 32 bytes in base64url, of mode 0600: `(umask 077; head -c 32
    /// /dev/urandom | basenc --base64url > FILE)` makes one. Without it a passphrase is asked for,
    /// or read from standard input.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
enum SecretError {
    #[error("the two were not the same")]
    Different,
    #[error("nothing was given on standard input")]
    Empty,
    #[error("there is no key file {0}")]
    NoKeyFile(String),
}

impl LockArguments {
    /// The secret; `anew` where nobody could read again what is sealed with a misspelt one.
    pub(super) fn secret(&self, anew: bool) -> Result<ExportSecret, Failed> {
        match &self.key_file {
            Some(path) => key_file(path),
            None if anew => Ok(ExportSecret::Passphrase(new("Passphrase for the export")?)),
            None => Ok(ExportSecret::Passphrase(ask("Passphrase of the export")?)),
        }
    }
}

fn key_file(path: &Path) -> Result<ExportSecret, Failed> {
    let keyring =
        Keyring::read(path)?.ok_or_else(|| SecretError::NoKeyFile(path.display().to_string()))?;
    Ok(ExportSecret::KeyFile(keyring))
}

/// A secret that is there already.
pub(super) fn ask(what: &str) -> Result<SecretString, Failed> {
    let secret: SecretString = if io::stdin().is_terminal() {
        rpassword::prompt_password(format!("{what}: "))?.into()
    } else {
        let mut line = Zeroizing::new(String::new());
        io::stdin().lock().read_line(&mut line)?;
        line.trim_end_matches(['\n', '\r']).into()
    };
    if secret.expose_secret().is_empty() {
        return Err(SecretError::Empty.into());
    }
    Ok(secret)
}

/// A new secret: people type it twice.
pub(super) fn new(what: &str) -> Result<SecretString, Failed> {
    let secret = ask(what)?;
    if io::stdin().is_terminal() && ask("The same again")?.expose_secret() != secret.expose_secret()
    {
        return Err(SecretError::Different.into());
    }
    Ok(secret)
}
