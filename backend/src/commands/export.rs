//! `twofold export`: all accounts with their factors, sealed for another server.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufReader, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::Timestamp;
use zeroize::Zeroizing;

use super::{
    Failed, Outcome,
    existing::{Existing, now},
    exported::ExportedAccount,
    output::{Output, Progress},
    secret::LockArguments,
};
use crate::{
    random::OperatingSystem,
    store::{Place, Store},
    vault::{ExportError, ExportKey, Vault},
};

/// How many accounts are a frame.
const PAGE: u32 = 100;

#[derive(Args)]
pub(super) struct Arguments {
    /// The file to be made, which only its owner will be able to read. It must not exist yet.
    file: PathBuf,
    #[command(flatten)]
    lock: LockArguments,
    /// Goes on with an export to this file that was cut off, under the same passphrase or key.
    #[arg(long)]
    resume: bool,
}

/// What an export begins with.
#[derive(Serialize, Deserialize)]
pub(super) struct Beginning {
    /// The format.
    pub(super) twofold_export: u32,
    /// The server.
    pub(super) public_url: String,
    /// When the export was begun.
    pub(super) begun_at: Timestamp,
}

/// What an export ends with.
#[derive(Serialize, Deserialize)]
pub(super) struct End {
    /// How many accounts are in it.
    pub(super) accounts: u64,
}

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
enum ExportFailed {
    #[error("{0} is there already: name another file, or take that one away first")]
    Exists(String),
    #[error(
        "{0} is left of an export that was cut off: go on with --resume, or take it away to begin anew"
    )]
    Unfinished(String),
    #[error("{0} does not exist: there is no export to go on with")]
    NothingToResume(String),
    #[error("{0}: {1}")]
    File(String, ExportError),
}

pub(super) async fn run(arguments: &Arguments, output: &Output) -> Outcome {
    let file = arguments.file.display().to_string();
    if arguments.file.try_exists().unwrap_or(true) {
        return Err(ExportFailed::Exists(file).into());
    }
    let mut unfinished = arguments.file.as_os_str().to_owned();
    unfinished.push(".part");
    let unfinished = PathBuf::from(unfinished);
    match (unfinished.try_exists()?, arguments.resume) {
        (true, false) => {
            return Err(ExportFailed::Unfinished(unfinished.display().to_string()).into());
        }
        (false, true) => {
            return Err(ExportFailed::NothingToResume(unfinished.display().to_string()).into());
        }
        _ => {}
    }
    let opened = Existing::existing().await?;
    let accounts = write(arguments, &opened, &unfinished).await?;
    opened.store.close().await;
    fs::rename(&unfinished, &arguments.file)?;
    output.result(
        &format_args!("{accounts} accounts are in {file}, sealed."),
        &json!({ "file": file, "accounts": accounts }),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// An export under way.
struct Writing {
    file: File,
    key: ExportKey,
    /// Of the next frame.
    position: u64,
    /// The last account that is in it.
    after: Option<Place>,
    accounts: u64,
    is_whole: bool,
}

async fn write(arguments: &Arguments, opened: &Existing, path: &Path) -> Result<u64, Failed> {
    let mut writing = if arguments.resume {
        resume(arguments, path)?
    } else {
        begin(arguments, opened, path)?
    };
    let store = &*opened.store;
    let progress = Progress::new("accounts written", store.count_accounts().await?);
    while !writing.is_whole {
        writing.page(store, &opened.vault).await?;
        progress.at(writing.accounts);
    }
    writing.file.sync_all()?;
    Ok(writing.accounts)
}

fn begin(arguments: &Arguments, opened: &Existing, path: &Path) -> Result<Writing, Failed> {
    let key = ExportKey::new(&arguments.lock.secret(true)?, &OperatingSystem)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let beginning = serde_json::to_vec(&Beginning {
        twofold_export: 1,
        public_url: opened.config.public_url.to_string(),
        begun_at: now(),
    })?;
    std::io::Write::write_all(&mut file, key.header())?;
    key.write(&mut file, 0, false, &beginning, &OperatingSystem)?;
    Ok(Writing {
        file,
        key,
        position: 1,
        after: None,
        accounts: 0,
        is_whole: false,
    })
}

/// Reads what there is, and takes away what was not written to its end.
fn resume(arguments: &Arguments, path: &Path) -> Result<Writing, Failed> {
    let named = |error| ExportFailed::File(path.display().to_string(), error);
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut reader = BufReader::new(file);
    let key = ExportKey::read(&arguments.lock.secret(false)?, &mut reader).map_err(named)?;
    key.read_frame(&mut reader, 0).map_err(named)?;
    let mut writing = Writing {
        file: reader.get_ref().try_clone()?,
        key,
        position: 1,
        after: None,
        accounts: 0,
        is_whole: false,
    };
    let mut end = reader.stream_position()?;
    while !writing.is_whole {
        let Ok((last, content)) = writing.key.read_frame(&mut reader, writing.position) else {
            break;
        };
        if !last {
            for line in content.split(|byte| *byte == b'\n') {
                if line.is_empty() {
                    continue;
                }
                let account: ExportedAccount = serde_json::from_slice(line)?;
                writing.after = Some(account.place());
                writing.accounts += 1;
            }
        }
        writing.is_whole = last;
        writing.position += 1;
        end = reader.stream_position()?;
    }
    writing.file.set_len(end)?;
    writing.file.seek(SeekFrom::Start(end))?;
    Ok(writing)
}

impl Writing {
    /// The next accounts, or the end where there are no more.
    async fn page(&mut self, store: &dyn Store, vault: &Vault) -> Result<(), Failed> {
        let page = store.accounts_after(self.after.as_ref(), PAGE).await?;
        let mut content = Zeroizing::new(Vec::new());
        for account in &page {
            // Its buffer grows where it is, and what it leaves behind is not overwritten; the file
            // beside it is as secret.
            serde_json::to_writer(&mut *content, &ExportedAccount::of(account, vault)?)?;
            content.push(b'\n');
        }
        if let Some(last) = page.last() {
            self.after = Some(last.place());
        } else {
            *content = serde_json::to_vec(&End {
                accounts: self.accounts,
            })?;
            self.is_whole = true;
        }
        self.key.write(
            &mut self.file,
            self.position,
            self.is_whole,
            &content,
            &OperatingSystem,
        )?;
        self.position += 1;
        self.accounts += u64::try_from(page.len())?;
        Ok(())
    }
}
