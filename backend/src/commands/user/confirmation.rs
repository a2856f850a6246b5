//! A question before what cannot be undone.

use std::io::{self, BufRead, IsTerminal, Write};

/// Whether somebody said yes beforehand, or can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Confirmation {
    /// By `--yes`.
    Given,
    /// Somebody sits at a terminal.
    ToBeAsked,
    /// Nobody does.
    NobodyThere,
}

/// Why it is not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unconfirmed {
    #[error("nothing was changed")]
    No,
    #[error("this asks first, and nobody can be asked here: say --yes. Nothing was changed")]
    NobodyThere,
    #[error(transparent)]
    Terminal(#[from] io::Error),
}

impl Confirmation {
    pub(super) fn of(yes: bool) -> Self {
        if yes {
            Self::Given
        } else if io::stdin().is_terminal() {
            Self::ToBeAsked
        } else {
            Self::NobodyThere
        }
    }

    /// Asks, on standard error, whether to go on.
    pub(super) fn ask(self, question: &str) -> Result<(), Unconfirmed> {
        self.ask_by(question, &mut io::stdin().lock(), &mut io::stderr())
    }

    fn ask_by(
        self,
        question: &str,
        answers: &mut impl BufRead,
        screen: &mut impl Write,
    ) -> Result<(), Unconfirmed> {
        match self {
            Self::Given => return Ok(()),
            Self::NobodyThere => return Err(Unconfirmed::NobodyThere),
            Self::ToBeAsked => {}
        }
        write!(screen, "{question} [y/N] ")?;
        screen.flush()?;
        let mut answer = String::new();
        answers.read_line(&mut answer)?;
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(Unconfirmed::No),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(confirmation: Confirmation, answer: &str) -> (bool, String) {
        let mut screen = Vec::new();
        let done = confirmation.ask_by("Delete ann?", &mut answer.as_bytes(), &mut screen);
        (done.is_ok(), String::from_utf8(screen).unwrap())
    }

    #[test]
    fn only_a_yes_is_one() {
        for (answer, is_yes) in [
            ("y\n", true),
            (" YES \n", true),
            ("\n", false),
            ("", false),
            ("n\n", false),
            ("yellow\n", false),
        ] {
            let (done, screen) = asked(Confirmation::ToBeAsked, answer);
            assert_eq!(done, is_yes, "{answer:?}");
            assert_eq!(screen, "Delete ann? [y/N] ");
        }
    }

    #[test]
    fn who_cannot_be_asked_has_to_say_so_before() {
        let nothing_asked = String::new();
        assert_eq!(
            asked(Confirmation::Given, "n\n"),
            (true, nothing_asked.clone())
        );
        assert_eq!(
            asked(Confirmation::NobodyThere, "y\n"),
            (false, nothing_asked)
        );
    }
}
