//! Completions for shells and the manual, both made of the description of the command line.

use std::{fs, io, path::PathBuf, process::ExitCode};

use clap::{Args, Command};
use clap_complete::Shell;

use super::Outcome;

#[derive(Args)]
pub(super) struct CompletionsArguments {
    /// The shell.
    shell: Shell,
}

#[derive(Args)]
pub(super) struct ManArguments {
    /// Write twofold.1, twofold-serve.1 and so on into this folder.
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

pub(super) fn completions(arguments: &CompletionsArguments, mut command: Command) -> Outcome {
    // Into a text first: a pipe that is closed early would make the generator panic.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "twofold", &mut script);
    io::Write::write_all(&mut io::stdout().lock(), &script)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn man(arguments: &ManArguments, command: Command) -> Outcome {
    if let Some(folder) = &arguments.into {
        fs::create_dir_all(folder)?;
        clap_mangen::generate_to(command.disable_help_subcommand(true), folder)?;
    } else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        io::Write::write_all(&mut io::stdout().lock(), &page)?;
    }
    Ok(ExitCode::SUCCESS)
}
