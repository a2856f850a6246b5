//! The command line: `twofold serve`, and what an operator does beside a running server or without
//! one. A file a command; what each may be told stands beside it.

use std::{error::Error, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand};

mod backup;
mod check;
mod existing;
mod export;
mod exported;
mod import;
mod keys;
mod manual;
mod opening;
mod output;
mod secret;
mod serve;
mod user;

use output::Output;

/// Why a command came to nothing.
type Failed = Box<dyn Error + Send + Sync>;

/// What a command comes to.
type Outcome = Result<ExitCode, Failed>;

/// Self-hosted multi-factor authentication.
///
/// Settings are environment variables that begin with TWOFOLD_, or the same names in twofold.toml
/// of the working directory; the README lists them. Every command reads the same ones, so run each
/// where the server runs and as the user that it runs as. No command takes a password, code or key
/// as an argument: other users of the machine can read those.
#[derive(Parser)]
#[command(name = "twofold", version)]
struct Arguments {
    /// Write the result as one JSON object.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server until SIGTERM or Ctrl-C.
    Serve,
    /// Lists, shows, makes and deletes accounts, and helps people who lost their phone or locked
    /// themselves out.
    #[command(subcommand)]
    User(user::Command),
    /// Adds, lists and replaces the encryption keys; servers go on running.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Looks at configuration, database, keys, clock, permissions and mail server, and says what to
    /// do about what is wrong. Changes nothing. Exits with 1 where something is.
    Check,
    /// Writes all accounts with their passwords' hashes and second factors into one sealed file, for
    /// another server to import.
    ///
    /// Sessions and events stay behind. Accounts made meanwhile are in it. What is cut off goes on
    /// with --resume.
    Export(export::Arguments),
    /// Makes the accounts of an export, or of a list from another system.
    ///
    /// All of the file is looked at first; where a line is bad, all bad lines are named and nothing
    /// is changed.
    Import(import::Arguments),
    /// Copies the SQLite database into a new file, whole and consistent, also while the server runs.
    Backup(backup::Arguments),
    /// Prints the completions for a shell.
    Completions(manual::CompletionsArguments),
    /// Prints the manual page, or writes one for each command into a folder.
    Man(manual::ManArguments),
}

/// Reads the command line and does what it says.
pub async fn run() -> ExitCode {
    let Arguments { json, command } = Arguments::parse();
    let output = Output::new(json);
    let outcome = match command {
        Command::Serve => serve::serve().await.map(|()| ExitCode::SUCCESS),
        Command::User(command) => user::run(command, &output).await,
        Command::Keys(command) => keys::run(command, &output).await,
        Command::Check => check::run(&output).await,
        Command::Export(arguments) => export::run(&arguments, &output).await,
        Command::Import(arguments) => import::run(&arguments, &output).await,
        Command::Backup(arguments) => backup::run(&arguments, &output).await,
        Command::Completions(arguments) => manual::completions(&arguments, Arguments::command()),
        Command::Man(arguments) => manual::man(&arguments, Arguments::command()),
    };
    outcome.unwrap_or_else(|error| output.failure(&*error))
}
