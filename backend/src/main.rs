//! Hands the command line on; nothing else.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    twofold::commands::run().await
}
