//! The command line: configuration, keys, database, server, graceful stop; nothing else.

use std::{fmt::Write, process::ExitCode};

use clap::{Parser, Subcommand};
use twofold::http::serve;

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
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments {
        command: Command::Serve,
    } = Arguments::parse();
    match serve::serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("twofold: {}", one_line(&*error));
            ExitCode::FAILURE
        }
    }
}

/// The error and what caused it, in one line.
fn one_line(error: &dyn std::error::Error) -> String {
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
