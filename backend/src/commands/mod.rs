//! The command line: every command, a file each.
//!
//! A command reads the configuration, opens what it needs ([`opening`]), and says what it did.

use std::{error::Error, fmt::Write, process::ExitCode};

use clap::{Parser, Subcommand};

mod keys;
mod opening;
mod serve;

/// Why a command ended without having done what it was asked: one line for the operator.
type Failed = Box<dyn Error + Send + Sync>;

/// Self-hosted multi-factor authentication.
///
/// Settings are environment variables that begin with TWOFOLD_, or the same names in twofold.toml;
/// the README lists them.
#[derive(Parser)]
#[command(name = "twofold", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server until SIGTERM or Ctrl-C.
    Serve,
    /// Adds, lists and replaces the encryption keys; servers go on running.
    #[command(subcommand)]
    Keys(keys::Command),
}

/// Does what the command line asks for. What goes wrong is told on standard error in one line.
pub async fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Serve => serve::serve().await,
        Command::Keys(command) => keys::run(command).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("twofold: {}", one_line(&*error));
            ExitCode::FAILURE
        }
    }
}

/// The error and what caused it, in one line.
fn one_line(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !line.contains(&text) {
            let _ = write!(line, ": {text}");
        }
        cause = error.source();
    }
    line.replace(['\n', '\r'], " ")
}
