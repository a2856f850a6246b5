//! `twofold backup`: a copy of the database while it is in use.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use secrecy::ExposeSecret;
use serde_json::json;

use super::{
    Outcome,
    output::{Output, Progress},
};
use crate::{
    config::Config,
    store::{self, OpenError},
};

/// How often the growing copy is looked at.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Args)]
pub(super) struct Arguments {
    /// The file to be made, which only its owner will be able to read. It must not exist yet.
    file: PathBuf,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
enum BackupError {
    #[error(
        "this copies SQLite databases; the tool for PostgreSQL is its own pg_dump, which is as \
         consistent: `pg_dump --format=custom --file={file} DATABASE`, and back again \
         `pg_restore --clean --if-exists --dbname=DATABASE {file}`"
    )]
    Postgres { file: String },
    #[error("{file} is there already: name another file, or take that one away first")]
    Exists { file: String },
    #[error("cannot write {file}: {source}")]
    Write { file: String, source: io::Error },
}

pub(super) async fn run(arguments: &Arguments, output: &Output) -> Outcome {
    let config = Config::load()?;
    let url = config.database_url();
    let file = arguments.file.display().to_string();
    let Some(database) = store::sqlite_path(url.expose_secret()) else {
        // Anything else is no database at all, and said to be none.
        store::examine(url.expose_secret()).await?;
        return Err(BackupError::Postgres { file }.into());
    };
    let unfinished = unfinished(&arguments.file);
    take_name(&arguments.file)?;
    let copied = copy(&database, &unfinished, &arguments.file).await;
    if copied.is_err() {
        // The error is told; a copy that is not whole is of no use.
        let _ = fs::remove_file(&unfinished);
        let _ = fs::remove_file(&arguments.file);
    }
    let size = copied?;
    output.result(
        &format_args!(
            "{file} is a whole copy of {} ({size} bytes). It opens with the encryption keys only: \
             keep a copy of {} elsewhere.",
            database.display(),
            keys_place(&config),
        ),
        &json!({ "file": file, "bytes": size }),
    )?;
    Ok(ExitCode::SUCCESS)
}

fn keys_place(config: &Config) -> String {
    if config.keys.is_some() {
        "TWOFOLD_KEYS".to_owned()
    } else {
        config.keys_file().display().to_string()
    }
}

/// Makes the file, empty: nobody else can take its name any more.
fn take_name(file: &Path) -> Result<(), BackupError> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file);
    let file = file.display().to_string();
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(BackupError::Exists { file })
        }
        Err(source) => Err(BackupError::Write { file, source }),
    }
}

fn unfinished(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Copies into `unfinished`, and gives the copy its name once it is whole and on the disk.
async fn copy(
    database: &Path,
    unfinished: &Path,
    file: &Path,
) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let failed = |source| BackupError::Write {
        file: file.display().to_string(),
        source,
    };
    // SQLite fills an empty file, and would make a missing one readable to others. What an earlier
    // copy left that was cut off is of no use.
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(unfinished)
        .map_err(failed)?;
    let total = fs::metadata(database).map_or(0, |metadata| metadata.len());
    let progress = Progress::new("bytes copied", total);
    let mut copying = std::pin::pin!(store::sqlite::back_up(database, unfinished));
    let copied: Result<(), OpenError> = loop {
        tokio::select! {
            done = &mut copying => break done,
            () = tokio::time::sleep(LOOK) => {
                progress.at(fs::metadata(unfinished).map_or(0, |metadata| metadata.len()));
            }
        }
    };
    copied?;
    drop(progress);
    let copy = File::open(unfinished).map_err(failed)?;
    copy.sync_all().map_err(failed)?;
    fs::rename(unfinished, file).map_err(failed)?;
    if let Some(folder) = file.parent() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
    }
    Ok(copy.metadata().map_err(failed)?.len())
}
