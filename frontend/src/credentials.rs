//! E-mail address and password, wherever they are asked for.

use leptos::{html, prelude::*};
use leptos_router::hooks::use_location;
use shared::PASSWORD_MIN_CHARS;

use crate::{
    components::{Button, Field, Input, Look},
    form::{Problem, Submission, fill, typed},
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

    /// Puts an e-mail address that is known already into the form that is drawn.
    pub(crate) fn fill(self, email: &str) {
        fill(self.email, email);
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
            {email(self.email, form)}
            {self::password(password, self.password, form.error_of("password"), words::SHOWN_THING)}
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

/// The input of the e-mail address, by the id `email`.
pub(crate) fn email(node: NodeRef<html::Input>, form: Submission) -> Piece {
    view! { <Field input=EMAIL node=node error=form.error_of("email") /> }.piece()
}

/// An input of a password. The button that shows it says `what` that is.
pub(crate) fn password(
    input: Input,
    node: NodeRef<html::Input>,
    error: Signal<Option<String>>,
    what: Word,
) -> Piece {
    view! {
        <Field input=input node=node error=error reveal=(words::SHOW, words::HIDE, what) />
    }
    .piece()
}

/// The input of a new password, by this id, in place of an old one.
pub(crate) fn new_password(
    id: &'static str,
    node: NodeRef<html::Input>,
    form: Submission,
) -> Piece {
    let input = Input {
        id,
        label: words::NEW_PASSWORD,
        kind: "password",
        autocomplete: "new-password",
        hint: words::PASSWORD_HINT,
    };
    password(input, node, form.error_of(id), words::SHOWN_NEW)
}

/// Whose password a form is about. Nobody sees it; password managers want to know.
pub(crate) fn owner(account: String) -> Piece {
    view! { <input type="email" autocomplete="username" value=account hidden /> }.piece()
}

/// What can be said about a new password, in the input `field`, without asking the server.
pub(crate) fn check_new(field: &'static str, password: &str) -> Result<(), Problem> {
    if password.chars().count() < PASSWORD_MIN_CHARS {
        Err(Problem::at(field, words::PASSWORD_TOO_SHORT))
    } else {
        Ok(())
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

    #[test]
    fn a_new_password_is_as_long_as_at_sign_up() {
        let field = |password| check_new("new-password", password).err()?.field;
        assert_eq!(field(""), Some("new-password"));
        assert_eq!(field("ä23456ö"), Some("new-password"));
        assert_eq!(field("ä234567ö"), None);
    }
}
