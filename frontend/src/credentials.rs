//! E-mail address and password: what signing up and signing in ask for alike.

use leptos::{html, prelude::*};
use leptos_router::hooks::use_location;

use crate::{
    components::{Button, Field, Input, Look},
    form::{Problem, Submission, typed},
    piece::{IntoPiece, Piece},
    words::{self, Word},
};

const EMAIL: Input = Input {
    id: "email",
    label: words::EMAIL,
    kind: "email",
    autocomplete: "username",
    hint: Word::NONE,
};

/// The two inputs.
#[derive(Clone, Copy)]
pub(crate) struct Credentials {
    email: NodeRef<html::Input>,
    password: NodeRef<html::Input>,
}

/// What is different in signing up and signing in.
pub(crate) struct Wording {
    /// The password's autocomplete: of a new one or of the current one.
    pub(crate) autocomplete: &'static str,
    /// What a password has to be, if anything.
    pub(crate) hint: Word,
    /// The button.
    pub(crate) button: Word,
    /// The button while it works.
    pub(crate) busy: Word,
}

impl Credentials {
    /// The ids of the inputs.
    pub(crate) const FIELDS: &'static [&'static str] = &["email", "password"];

    /// Empty inputs.
    pub(crate) fn new() -> Self {
        Self {
            email: NodeRef::new(),
            password: NodeRef::new(),
        }
    }

    /// The e-mail address and the password that were typed.
    pub(crate) fn typed(self) -> (String, String) {
        (typed(self.email), typed(self.password))
    }

    /// The form that asks for them.
    pub(crate) fn view(self, form: Submission, wording: &Wording) -> Piece {
        let password = Input {
            id: "password",
            label: words::PASSWORD,
            kind: "password",
            autocomplete: wording.autocomplete,
            hint: wording.hint,
        };
        let fields = view! {
            <Field input=EMAIL node=self.email error=form.error_of("email") />
            <Field
                input=password
                node=self.password
                error=form.error_of("password")
                reveal=(words::SHOW, words::HIDE, words::SHOWN_THING)
            />
            <Button
                label=wording.button
                look=Look::Primary
                activity=form.activity()
                busy_label=wording.busy
            />
        };
        form.view(fields.piece())
    }
}

/// What can be said about the input without asking the server. A password has to have
/// `at_least` so many characters.
pub(crate) fn check(email: &str, password: &str, at_least: usize) -> Result<(), Problem> {
    if email.trim().is_empty() {
        Err(Problem::at("email", words::EMAIL_MISSING))
    } else if password.is_empty() {
        Err(Problem::at("password", words::PASSWORD_MISSING))
    } else if password.chars().count() < at_least {
        Err(Problem::at("password", words::PASSWORD_TOO_SHORT))
    } else {
        Ok(())
    }
}

/// The way to the other of the two pages, which leads back to the same place.
pub(crate) fn other_page(question: Word, path: &'static str, link: Word) -> Piece {
    let query = use_location().search.get_untracked();
    let href = if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    };
    view! {
        <p class="aside">
            {question} " " <a href=href>{link}</a>
        </p>
    }
    .piece()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_field_at_fault_is_named() {
        let field = |email, password, at_least| {
            check(email, password, at_least)
                .err()
                .and_then(|problem| problem.field)
        };
        assert_eq!(field(" ", "", 8), Some("email"));
        assert_eq!(field("ann@example.com", "", 0), Some("password"));
        assert_eq!(field("ann@example.com", "1234567", 8), Some("password"));
        assert_eq!(field("ann@example.com", "ä234567ö", 8), None);
        assert_eq!(field("ann@example.com", "1", 0), None);
    }
}
