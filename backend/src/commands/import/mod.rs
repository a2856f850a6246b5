//! `twofold import`: accounts of an export, or of another system.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    Failed, Outcome,
    existing::{Existing, now, occasion},
    output::{Output, Progress},
    secret::LockArguments,
};
use crate::{
    ids::UserId,
    random::OperatingSystem,
    store::{Collision, Store, Taken, UserFilter},
};

mod candidate;
mod plain;
mod reading;

use candidate::Candidate;
use reading::{Content, Record};

/// How many accounts are made at once: little enough for a running server not to notice.
const BATCH: usize = 20;

#[derive(Args)]
pub(super) struct Arguments {
    /// An export of Twofold, or a list of accounts.
    ///
    /// A list is NDJSON, an object a line, or CSV with names in its first line. The fields are
    /// `email_address`, and where there are such username, `first_name`, `last_name`, `external_id`, password
    /// or `password_hash` (Argon2id as a PHC string, or bcrypt), `totp_secret` (16 to 64 bytes in base32),
    /// and `backup_codes` (a list, plain or hashed by bcrypt; in CSV separated by spaces).
    file: PathBuf,
    #[command(flatten)]
    lock: LockArguments,
    /// What the file is, where its name does not tell.
    #[arg(long)]
    format: Option<Format>,
    /// Only looks at the file, and changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Leaves bad lines out instead of refusing the file. Those of a list are written to this file
    /// (with their secrets, so only its owner will be able to read it), to be corrected and imported
    /// by themselves.
    #[arg(long, value_name = "FILE")]
    skip_bad: Option<PathBuf>,
    /// Goes on with an import of this file that was cut off.
    #[arg(long)]
    resume: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A sealed export of Twofold.
    Export,
    /// An object of JSON a line.
    Ndjson,
    /// Comma-separated values, names in the first line.
    Csv,
}

/// Why nothing was imported, or not all.
#[derive(Debug, thiserror::Error)]
enum ImportError {
    #[error("{file}: {source}")]
    File {
        file: String,
        source: std::io::Error,
    },
    #[error(
        "{0} lines are bad, and nothing was changed: correct them, or leave them out with --skip-bad FILE"
    )]
    BadLines(usize),
    #[error(
        "an import of this file was cut off when {0} of its accounts were dealt with: go on with --resume"
    )]
    CutOff(u64),
    #[error(
        "line {line}: {problem}, which happened while this ran. The lines before it are imported: \
         go on with --resume"
    )]
    Collided { line: u64, problem: &'static str },
    #[error("another import of this file is under way: let it finish")]
    OtherImport,
}

/// A line that cannot be imported, and why.
struct Bad {
    line: u64,
    problem: String,
}

pub(super) async fn run(arguments: &Arguments, output: &Output) -> Outcome {
    let file = Zeroizing::new(
        fs::read(&arguments.file).map_err(|source| ImportError::File {
            file: arguments.file.display().to_string(),
            source,
        })?,
    );
    let source: [u8; 32] = Sha256::digest(file.as_slice()).into();
    let content = Content::open(arguments, file)?;
    let opened = Existing::existing().await?;
    let store = &*opened.store;
    let done = match store.import_progress(&source).await? {
        Some(done) if !arguments.resume && !arguments.dry_run => {
            return Err(ImportError::CutOff(done).into());
        }
        done => done.unwrap_or(0),
    };
    let mut records = content.records()?;
    let bad = check(&mut records, done, &opened).await?;
    for Bad { line, problem } in &bad {
        output.note(&format_args!("line {line}: {problem}"));
    }
    let total = records.len();
    let mut summary = Summary {
        total,
        imported: 0,
        bad,
    };
    if !summary.bad.is_empty() && arguments.skip_bad.is_none() {
        let error = ImportError::BadLines(summary.bad.len());
        return Ok(output.failure_with(&error, summary.json()));
    }
    if !arguments.dry_run {
        if let Some(rest) = &arguments.skip_bad {
            write_rest(rest, &content, &records)?;
        }
        summary.imported = import(records, &source, done, &opened).await?;
    }
    opened.store.close().await;
    output.result(&summary, &summary.json())?;
    Ok(ExitCode::SUCCESS)
}

/// What came of it.
struct Summary {
    total: usize,
    imported: usize,
    bad: Vec<Bad>,
}

impl Summary {
    fn json(&self) -> Value {
        let bad: Vec<Value> = self
            .bad
            .iter()
            .map(|bad| json!({ "line": bad.line, "problem": bad.problem }))
            .collect();
        json!({ "accounts": self.total, "imported": self.imported, "bad": bad })
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            total,
            imported,
            bad,
        } = self;
        write!(
            f,
            "{imported} of {total} accounts imported, {} lines left out.",
            bad.len()
        )
    }
}

/// Looks for what is wrong with each record, in itself, beside the others, and beside the accounts
/// that there are. What is bad is none any more.
async fn check(records: &mut [Record], done: u64, opened: &Existing) -> Result<Vec<Bad>, Failed> {
    let progress = Progress::new("lines looked at", u64::try_from(records.len())?);
    let mut bad = Vec::new();
    let mut seen = HashMap::new();
    for (position, record) in (0u64..).zip(records.iter_mut()) {
        let problem = match &record.candidate {
            Err(problem) => Some(problem.clone()),
            Ok(candidate) => {
                let mut problem = candidate.check(&opened.vault).await?;
                if problem.is_none() {
                    problem = repeated(candidate, record.line, &mut seen);
                }
                // What an earlier run imported is there, and is meant to be.
                if problem.is_none() && position >= done {
                    problem = taken(candidate, &*opened.store).await?;
                }
                problem
            }
        };
        if let Some(problem) = problem {
            bad.push(Bad {
                line: record.line,
                problem: problem.clone(),
            });
            record.candidate = Err(problem);
        }
        progress.at(position);
    }
    Ok(bad)
}

/// Whether an earlier line has the same address, name or id; else notes this one's.
fn repeated(candidate: &Candidate, line: u64, seen: &mut HashMap<String, u64>) -> Option<String> {
    let external_id = candidate
        .external_id()
        .map(|id| format!("external_id {id}"));
    let names = candidate.names().into_iter().map(str::to_owned);
    let names: HashSet<String> = names.chain(external_id).collect();
    for name in &names {
        if let Some(earlier) = seen.get(name) {
            return Some(format!("{name} is in line {earlier} too"));
        }
    }
    seen.extend(names.into_iter().map(|name| (name, line)));
    None
}

/// Whether an account has its address, name or id.
async fn taken(candidate: &Candidate, store: &dyn Store) -> Result<Option<String>, Failed> {
    for name in candidate.names() {
        let there = if name.starts_with(UserId::PREFIX) {
            store.user(&UserId::from(name.to_owned())).await?
        } else {
            store.user_by_identifier(name).await?
        };
        if there.is_some() {
            return Ok(Some(format!("there is an account {name} already")));
        }
    }
    if let Some(id) = candidate.external_id() {
        let filter = UserFilter {
            external_ids: vec![id.to_owned()],
            ..UserFilter::default()
        };
        if store.count_users(&filter).await? > 0 {
            return Ok(Some(format!(
                "there is an account with external_id {id} already"
            )));
        }
    }
    Ok(None)
}

/// Makes the accounts of the records behind the first `done`, a batch at a time. Each batch is there
/// whole or not at all, and so is the note of how far the import is.
async fn import(
    records: Vec<Record>,
    source: &[u8; 32],
    mut done: u64,
    opened: &Existing,
) -> Result<usize, Failed> {
    let progress = Progress::new("accounts imported", u64::try_from(records.len())?);
    let mut imported = 0;
    let mut records = records.into_iter().skip(usize::try_from(done)?).peekable();
    while records.peek().is_some() {
        let batch: Vec<Record> = records.by_ref().take(BATCH).collect();
        let now_done = done + u64::try_from(batch.len())?;
        let (mut accounts, mut lines) = (Vec::new(), Vec::new());
        for record in batch {
            let Ok(candidate) = record.candidate else {
                continue;
            };
            let account = candidate.keep(&opened.vault, now()).await?;
            accounts.push((account, occasion(now(), &OperatingSystem)));
            lines.push(record.line);
        }
        let store = &opened.store;
        let outcome = store
            .import_accounts(&accounts, source, done, now_done, now())
            .await?;
        match outcome {
            Ok(()) => {}
            Err(Collision::OtherImport) => return Err(ImportError::OtherImport.into()),
            Err(Collision::Taken(position, taken)) => {
                let problem = match taken {
                    Taken::Email => "somebody has taken its e-mail address",
                    Taken::Username => "somebody has taken its user name",
                    Taken::ExternalId => "somebody has taken its external id",
                };
                let line = lines.get(position).copied().unwrap_or_default();
                return Err(ImportError::Collided { line, problem }.into());
            }
        }
        imported += accounts.len();
        done = now_done;
        progress.at(done);
    }
    opened.store.finish_import(source).await?;
    Ok(imported)
}

/// Writes the bad lines of a list, as they are, behind those that an earlier run has left there.
fn write_rest(rest: &Path, content: &Content, records: &[Record]) -> Result<(), Failed> {
    let failed = |source| ImportError::File {
        file: rest.display().to_string(),
        source,
    };
    let bad: Vec<&[u8]> = records
        .iter()
        .filter(|record| record.candidate.is_err())
        .filter_map(|record| content.raw(record))
        .collect();
    if bad.is_empty() {
        return Ok(());
    }
    let there = match fs::read(rest) {
        Ok(there) => Zeroizing::new(there),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Zeroizing::default(),
        Err(error) => return Err(failed(error).into()),
    };
    let known: HashSet<&[u8]> = there.split(|byte| *byte == b'\n').collect();
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(rest)
        .map_err(failed)?;
    let head = content.head().filter(|_| there.is_empty());
    let new = bad.into_iter().filter(|line| !known.contains(line));
    for line in head.into_iter().chain(new) {
        file.write_all(line)
            .and_then(|()| file.write_all(b"\n"))
            .map_err(failed)?;
    }
    file.sync_all().map_err(failed)?;
    Ok(())
}
