//! What a command says: its result on standard output, all else on standard error.

use std::{
    cell::Cell,
    error::Error,
    fmt::{Display, Write as _},
    io::{self, IsTerminal, Write as _},
    process::ExitCode,
    time::Duration,
};

use serde_json::{Value, json};
use shared::Timestamp;

use crate::clock::{self, Clock};

/// How often progress is told: to people who look on, and to a log.
const ON_A_TERMINAL: Duration = Duration::from_millis(100);
const IN_A_LOG: Duration = Duration::from_secs(5);

/// Where the result goes, and in which form.
pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Tells the result: `text` for people, `value` for machines.
    pub(super) fn result(&self, text: &dyn Display, value: &Value) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        if self.json {
            writeln!(stdout, "{value}")
        } else {
            writeln!(stdout, "{text}")
        }
    }

    /// What there is of a result that is none for machines: they are told with its failure.
    pub(super) fn text(&self, text: &dyn Display) -> io::Result<()> {
        if self.json {
            return Ok(());
        }
        writeln!(io::stdout(), "{text}")
    }

    /// A sentence beside the result, for people.
    pub(super) fn note(&self, text: &dyn Display) {
        if !self.json {
            eprintln!("twofold: {text}");
        }
    }

    /// Tells why there is no result.
    pub(super) fn failure(&self, error: &(dyn Error + 'static)) -> ExitCode {
        self.failure_with(error, json!({}))
    }

    /// Tells why there is no result, and to machines what there is beside that.
    pub(super) fn failure_with(&self, error: &(dyn Error + 'static), mut value: Value) -> ExitCode {
        let line = one_line(error);
        eprintln!("twofold: {line}");
        if self.json {
            value["error"] = line.into();
            // Whoever closed standard output has no use for it.
            let _ = self.result(&"", &value);
        }
        ExitCode::FAILURE
    }
}

/// How far a long command is, on standard error: one line that is written over on a terminal, a
/// line every few seconds elsewhere.
pub(super) struct Progress {
    what: &'static str,
    total: u64,
    on_terminal: bool,
    told_at: Cell<Option<Timestamp>>,
}

impl Progress {
    /// The progress of `what` ("accounts read") towards `total`; 0 where nobody knows.
    pub(super) fn new(what: &'static str, total: u64) -> Self {
        Self {
            what,
            total,
            on_terminal: io::stderr().is_terminal(),
            told_at: Cell::new(None),
        }
    }

    /// So far it is now.
    pub(super) fn at(&self, done: u64) {
        let now = clock::System.now();
        let pause = if self.on_terminal {
            ON_A_TERMINAL
        } else {
            IN_A_LOG
        };
        // The first time is the beginning of the pause, so that what is quick says nothing.
        match self.told_at.get() {
            Some(told) if now.since(told) >= pause => self.tell(done),
            Some(_) => return,
            None => {}
        }
        self.told_at.set(Some(now));
    }

    fn tell(&self, done: u64) {
        let Self { what, total, .. } = self;
        let line = if *total > 0 {
            format!(
                "{done} of {total} {what} ({} %)",
                done.saturating_mul(100) / total
            )
        } else {
            format!("{done} {what}")
        };
        if self.on_terminal {
            eprint!("\r{line}\u{1b}[K");
        } else {
            eprintln!("{line}");
        }
    }
}

impl Drop for Progress {
    /// The result begins on a line of its own.
    fn drop(&mut self) {
        if self.on_terminal {
            eprint!("\r\u{1b}[K");
        }
    }
}

/// The error and what caused it, in one line.
pub(super) fn one_line(error: &(dyn Error + 'static)) -> String {
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
