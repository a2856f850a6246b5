//! The form that asks for a factor: the second one at sign-in, the strongest one at step-up, and a
//! code from an e-mail at sign-up or in place of a forgotten password.

use leptos::{html, prelude::*};
use shared::{ImportedBackupCode, OtpCode, resources::Strategy};

use crate::{
    api,
    components::{Button, CodeInput, CodeKind, Input, Look},
    credentials,
    form::{Problem, Submission, WrongCodes, typed},
    piece::{IntoPiece, Piece},
    session::Session,
    words::{
        self, Word,
        errors::{self, Task},
    },
};

/// Asks for a factor until one is accepted.
pub(crate) struct Challenge {
    first: Strategy,
    /// Whether a backup code is asked for in its place.
    is_backup: RwSignal<bool>,
    wrong_codes: WrongCodes,
    /// Where the attempts go.
    path: String,
    /// Ids of the inputs.
    inputs: &'static [&'static str],
    on_accepted: Callback<()>,
}

/// What is asked for, in words.
struct Asked {
    label: Word,
    /// The button that asks for the other kind of code.
    other: Option<Word>,
    task: Task,
}

const fn asked(strategy: Strategy) -> Asked {
    match strategy {
        Strategy::Password => Asked {
            label: words::PASSWORD,
            other: None,
            task: Task::Change,
        },
        Strategy::Totp => Asked {
            label: words::CODE,
            other: Some(words::USE_BACKUP_CODE),
            task: Task::AuthenticatorCode,
        },
        Strategy::BackupCode => Asked {
            label: words::BACKUP_CODE,
            other: Some(words::USE_AUTHENTICATOR),
            task: Task::BackupCode,
        },
        Strategy::EmailCode => Asked {
            label: words::EMAIL_CODE,
            other: None,
            task: Task::EmailCode,
        },
        Strategy::ResetPasswordEmailCode => Asked {
            label: words::EMAIL_CODE,
            other: None,
            task: Task::ResetPassword,
        },
    }
}

impl Challenge {
    /// Asks for `first`. The attempts are at the sign-in, step-up or sign-up of `path`; `inputs` are ids
    /// that end with the names of the fields.
    pub(crate) fn new(
        first: Strategy,
        path: String,
        inputs: &'static [&'static str],
        on_accepted: Callback<()>,
    ) -> Self {
        Self {
            first,
            is_backup: RwSignal::new(false),
            wrong_codes: WrongCodes::new(),
            path,
            inputs,
            on_accepted,
        }
    }

    /// The factor that is asked for; tracked.
    pub(crate) fn strategy(&self) -> Strategy {
        if self.is_backup.get() {
            Strategy::BackupCode
        } else {
            self.first
        }
    }

    /// The form that asks for `strategy`, with `more` below it.
    pub(crate) fn form(&self, strategy: Strategy, more: Piece) -> Piece {
        let session = Session::known();
        let Asked { label, other, task } = asked(strategy);
        let input = NodeRef::<html::Input>::new();
        let (path, wrong_codes, on_accepted) =
            (self.path.clone(), self.wrong_codes, self.on_accepted);
        let form = Submission::new(self.inputs, move || {
            let (typed, path) = (typed(input), path.clone());
            async move {
                let presented = presented(strategy, typed, task)?;
                session
                    .call(api::attempt(&path, strategy, presented))
                    .await
                    .map_err(|failure| wrong_codes.problem(failure, task))?;
                // People may have left by now.
                on_accepted.try_run(());
                Ok(())
            }
        });
        let is_backup = self.is_backup;
        // Nobody is sent to codes that are all used, where that is known.
        let has_other = strategy != Strategy::Totp
            || untrack(|| session.user()).is_none_or(|user| user.backup_codes_remaining > 0);
        let switch = other.filter(|_| has_other).map(|label| {
            let other = move || is_backup.update(|is_backup| *is_backup = !*is_backup);
            view! { <Button label=label on_press=other /> }
        });
        let fields = view! {
            {field(strategy, label, input, form)}
            <Button
                label=words::CONTINUE
                look=Look::Primary
                activity=form.activity()
                busy_label=words::CHECKING
            />
            {switch}
            {more}
        };
        form.view(fields.piece())
    }
}

/// The name of the field that takes the factor.
const fn name(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Password => "password",
        _ => "code",
    }
}

fn field(strategy: Strategy, label: Word, node: NodeRef<html::Input>, form: Submission) -> Piece {
    let name = name(strategy);
    let id = form.input(name).unwrap_or(name);
    let error = form.error_of(name);
    let kind = match strategy {
        Strategy::Password => return password(id, label, node, error),
        Strategy::Totp | Strategy::ResetPasswordEmailCode | Strategy::EmailCode => {
            CodeKind::Authenticator
        }
        Strategy::BackupCode => CodeKind::Backup,
    };
    let hint = Signal::derive(move || match strategy {
        Strategy::EmailCode => Some(words::EMAIL_CODE_HINT.text().to_owned()),
        Strategy::BackupCode => Some(words::BACKUP_CODE_HINT.text().to_owned()),
        _ => form.hint().get(),
    });
    view! { <CodeInput id=id kind=kind label=label node=node hint=hint error=error /> }.piece()
}

fn password(
    id: &'static str,
    label: Word,
    node: NodeRef<html::Input>,
    error: Signal<Option<String>>,
) -> Piece {
    let input = Input {
        id,
        label,
        kind: "password",
        autocomplete: "current-password",
        hint: Word::NONE,
    };
    view! {
        {credentials::owner(untrack(|| Session::known().account()))}
        {credentials::password(input, node, error, words::SHOWN_THING)}
    }
    .piece()
}

/// What was typed, as it is sent; nothing that cannot be right leaves the browser. Backup codes may be
/// those of another system, whose capitals and hyphens the server may need.
fn presented(strategy: Strategy, typed: String, task: Task) -> Result<String, Problem> {
    let code = match strategy {
        Strategy::Password if typed.is_empty() => {
            return Err(Problem::at("password", words::PASSWORD_MISSING));
        }
        Strategy::Password => return Ok(typed),
        Strategy::Totp | Strategy::ResetPasswordEmailCode | Strategy::EmailCode => typed
            .parse::<OtpCode>()
            .map(|code| code.as_str().to_owned()),
        Strategy::BackupCode => typed
            .parse::<ImportedBackupCode>()
            .map(|_| typed.trim().to_owned()),
    };
    code.map_err(|error| Problem::at("code", errors::of_entry(error, task)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(strategy: Strategy, typed: &str) -> Result<String, String> {
        presented(strategy, typed.to_owned(), asked(strategy).task)
            .map_err(|problem| problem.text())
    }

    #[test]
    fn a_code_of_the_app_is_sent_in_one_spelling_and_a_backup_code_as_typed() {
        let (app, backup) = (Strategy::Totp, Strategy::BackupCode);
        assert_eq!(sent(app, " 012-345\n").as_deref(), Ok("012345"));
        assert_eq!(sent(backup, " ABCDE-fgh23\n").as_deref(), Ok("ABCDE-fgh23"));
    }

    #[test]
    fn a_password_is_sent_as_it_was_typed() {
        assert_eq!(sent(Strategy::Password, " a B ").as_deref(), Ok(" a B "));
    }

    #[test]
    fn what_is_malformed_is_named_and_not_sent() {
        let app = Strategy::Totp;
        assert_eq!(
            sent(app, " ").unwrap_err(),
            "Enter the 6-digit code from your authenticator app"
        );
        assert_eq!(sent(app, "12345").unwrap_err(), "The code must be 6 digits");
        let mail = Strategy::EmailCode;
        assert_eq!(
            sent(mail, "").unwrap_err(),
            "Enter the 6-digit code from the email"
        );
        assert_eq!(sent(mail, "123 456").as_deref(), Ok("123456"));
        assert!(sent(Strategy::BackupCode, "abcde").is_err());
        assert_eq!(
            sent(Strategy::ResetPasswordEmailCode, "").unwrap_err(),
            "Enter the 6-digit code from the email"
        );
        assert_eq!(
            sent(Strategy::Password, "").unwrap_err(),
            "Enter your password"
        );
    }

    #[test]
    fn nothing_does_in_place_of_the_password_or_of_a_code_by_mail() {
        assert!(asked(Strategy::Password).other.is_none());
        assert!(asked(Strategy::ResetPasswordEmailCode).other.is_none());
        assert!(asked(Strategy::Totp).other.is_some());
        assert!(asked(Strategy::BackupCode).other.is_some());
    }
}
