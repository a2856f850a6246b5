//! `twofold keys`: the encryption keys, and what needs them.

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
};

use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    Outcome,
    opening::{Opened, existing_keys, init_log, open_existing, open_store, origin_of_keys},
    output::Output,
};
use crate::{
    clock::{self, Clock},
    config::Config,
    domain::key_rotation::{self, BATCH, KeyNeed, Rotation},
    ids::EventId,
    random::OperatingSystem,
    store::{Actor, Announcement, Device, Occasion},
    vault::{self, NewKey},
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Puts a new key into the key file.
    ///
    /// It comes first, so that a server that starts seals with it. Copy the file to the other servers
    /// before you restart the first of them.
    Add {
        /// Put it last instead: servers can open with it, and seal nothing yet.
        #[arg(long)]
        last: bool,
    },
    /// Lists the keys, newest first, and how much needs each.
    List,
    /// Seals everything with the newest key; servers go on running. Stopped in the middle, it goes
    /// on where it was when you run it again.
    Rotate,
}

/// Why a command of this kind did not do what it was asked.
#[derive(Debug, thiserror::Error)]
enum KeysError {
    #[error(
        "TWOFOLD_KEYS holds the keys, and only you can change it: put a new one \
         (`head -c 32 /dev/urandom | basenc --base64url`) behind the others, start every server \
         anew, and then put it before them"
    )]
    InTheSetting,
    #[error("{0} went away in between: nothing was added")]
    FileGone(String),
    #[error(
        "these rows do not open though their key is there, and stay as they are: {0}; restore them \
         from a backup of the database"
    )]
    Damaged(String),
}

pub(super) async fn run(command: Command, output: &Output) -> Outcome {
    let config = Config::load()?;
    init_log(&config)?;
    match command {
        Command::Add { last } => add(
            &config,
            if last { NewKey::Last } else { NewKey::First },
            output,
        ),
        Command::List => list(&config, output).await,
        Command::Rotate => rotate(&config, output).await,
    }
}

fn add(config: &Config, place: NewKey, output: &Output) -> Outcome {
    if config.keys.is_some() {
        return Err(KeysError::InTheSetting.into());
    }
    existing_keys(config)?;
    let file = config.keys_file();
    let id = vault::add_key(&file, place, &OperatingSystem)?
        .ok_or_else(|| KeysError::FileGone(origin_of_keys(config)))?;
    let (position, next) = match place {
        NewKey::First => (
            "first",
            "copy the file to every other server, and to where you keep a copy of it; then restart \
             the servers, one after the other, and run `twofold keys rotate`",
        ),
        NewKey::Last => (
            "last",
            "copy the file to every other server, and to where you keep a copy of it; restart the \
             servers, one after the other; then move the line to the top and do both again",
        ),
    };
    output.result(
        &format_args!(
            "Key {id} is now the {position} of {}. Next: {next}.",
            file.display()
        ),
        &json!({ "id": id.to_string(), "position": position, "file": file.display().to_string() }),
    )?;
    Ok(ExitCode::SUCCESS)
}

async fn list(config: &Config, output: &Output) -> Outcome {
    let known = existing_keys(config)?.ids();
    let store = open_store(config).await?;
    let needs = key_rotation::needs(&*store, &known).await;
    store.close().await;
    let needs = needs?;
    let mut lines = vec![format!(
        "{:<16}  {:<8}  {:>18}  {:>12}  {:>16}",
        "key", "state", "authenticator apps", "signing keys", "backup code sets"
    )];
    for (place, need) in needs.iter().enumerate() {
        lines.push(format!(
            "{}  {:<8}  {:>18}  {:>12}  {:>16}",
            need.id,
            role(place, need),
            need.totp_secrets,
            need.signing_keys,
            need.backup_code_sets
        ));
    }
    output.result(&lines.join("\n"), &json!({ "keys": keys_as_json(&needs) }))?;
    Ok(ExitCode::SUCCESS)
}

fn role(place: usize, need: &KeyNeed) -> &'static str {
    match (place, need.known, need.is_needed()) {
        (_, false, _) => "missing",
        (0, ..) => "newest",
        (_, _, true) => "needed",
        _ => "unused",
    }
}

fn keys_as_json(needs: &[KeyNeed]) -> Vec<Value> {
    let row = |(place, need): (usize, &KeyNeed)| {
        json!({
            "id": need.id.to_string(),
            "state": role(place, need),
            "totp_secrets": need.totp_secrets,
            "signing_keys": need.signing_keys,
            "backup_code_sets": need.backup_code_sets,
        })
    };
    needs.iter().enumerate().map(row).collect()
}

async fn rotate(config: &Config, output: &Output) -> Outcome {
    let Opened { store, vault } = open_existing(config).await?;
    let occasion = Occasion {
        now: clock::System.now(),
        event: EventId::generate(vault.random()),
        actor: Actor::CommandLine,
        device: Device::default(),
        device_token: None,
        trace_id: None,
        announcement: Announcement::default(),
    };
    let mut told = Progress::new();
    let rotated = key_rotation::rotate(&*store, &vault, &occasion, BATCH, |done, of| {
        told.tell(done, of);
    })
    .await;
    let needs = match &rotated {
        Ok(_) => key_rotation::needs(&*store, &vault.key_ids()).await,
        Err(_) => Ok(Vec::new()),
    };
    store.close().await;
    drop(occasion);
    let Rotation { resealed, damaged } = rotated?;
    told.end();
    let needs = needs?;
    let value = json!({ "resealed": resealed, "damaged": damaged, "keys": keys_as_json(&needs) });
    if damaged.is_empty() {
        output.result(&summary(resealed, &needs), &value)?;
        Ok(ExitCode::SUCCESS)
    } else {
        output.text(&summary(resealed, &needs))?;
        let error = KeysError::Damaged(damaged.join(", "));
        Ok(output.failure_with(&error, value))
    }
}

/// What was done, and which keys are still needed by what.
fn summary(resealed: u64, needs: &[KeyNeed]) -> String {
    let mut lines = Vec::new();
    if let Some(newest) = needs.first() {
        lines.push(match resealed {
            0 => format!("Nothing to do: all is sealed with key {}.", newest.id),
            1 => format!("1 secret was sealed anew with key {}.", newest.id),
            _ => format!(
                "{resealed} secrets were sealed anew with key {}.",
                newest.id
            ),
        });
    }
    for need in needs.iter().skip(1) {
        lines.push(match (need.is_needed(), need.backup_code_sets) {
            (false, _) => format!(
                "Key {} is no longer needed by this database: take it away once every server has \
                 been started with the newest. Backups made before this need it still.",
                need.id
            ),
            (true, 0) => format!("Key {} is still needed: run this command again.", need.id),
            (true, 1) => format!(
                "Key {} must stay: the backup codes of 1 account are hashed with it, until its \
                 owner makes new ones.",
                need.id
            ),
            (true, accounts) => format!(
                "Key {} must stay: the backup codes of {accounts} accounts are hashed with it, \
                 until their owners make new ones.",
                need.id
            ),
        });
    }
    lines.join("\n")
}

/// How far it has come, on standard error: one line that changes on a terminal, else a line for each
/// tenth.
struct Progress {
    on_terminal: bool,
    tenths: u64,
}

impl Progress {
    fn new() -> Self {
        Self {
            on_terminal: io::stderr().is_terminal(),
            tenths: 0,
        }
    }

    fn tell(&mut self, done: u64, of: u64) {
        let tenths = (done * 10).checked_div(of).unwrap_or(10);
        if self.on_terminal {
            eprint!("\r{done} of {of} secrets");
        } else if tenths > self.tenths {
            eprintln!("{done} of {of} secrets");
        }
        self.tenths = tenths;
    }

    fn end(&self) {
        if self.on_terminal && self.tenths > 0 {
            eprintln!();
        }
    }
}
