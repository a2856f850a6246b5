use leptos::{html, prelude::*};
use shared::{BackupCode, OtpCode, resources::Strategy};

use crate::{
    api,
    components::{Button, CodeInput, CodeKind, Look, PageHeading},
    focus,
    form::{Problem, Submission, WrongCodes, typed},
    history,
    piece::{IntoPiece, Piece, dynamic},
    resources::SignIn,
    session::Session,
    words::{
        self,
        errors::{self, Task},
    },
};

/// The second stage: a code of one kind or the other.
#[component]
pub(super) fn SecondFactor(sign_in: SignIn, on_complete: Callback<()>) -> Piece {
    let is_backup = RwSignal::new(false);
    let wrong_codes = WrongCodes::new();
    dynamic(move || {
        let kind = if is_backup.get() {
            CodeKind::Backup
        } else {
            CodeKind::Authenticator
        };
        view! {
            <CodeForm
                sign_in=sign_in.clone()
                kind=kind
                wrong_codes=wrong_codes
                on_complete=on_complete
                on_other=move || is_backup.update(|is_backup| *is_backup = !*is_backup)
            />
        }
        .piece()
    })
}

/// What is asked for, in words.
struct Asked {
    heading: &'static str,
    label: &'static str,
    other: &'static str,
    task: Task,
}

const fn asked(kind: CodeKind) -> Asked {
    match kind {
        CodeKind::Authenticator => Asked {
            heading: words::ENTER_CODE,
            label: words::CODE,
            other: words::USE_BACKUP_CODE,
            task: Task::AuthenticatorCode,
        },
        CodeKind::Backup => Asked {
            heading: words::ENTER_BACKUP_CODE,
            label: words::BACKUP_CODE,
            other: words::USE_AUTHENTICATOR,
            task: Task::BackupCode,
        },
    }
}

#[component]
fn CodeForm(
    sign_in: SignIn,
    kind: CodeKind,
    wrong_codes: WrongCodes,
    on_complete: Callback<()>,
    #[prop(into)] on_other: Callback<()>,
) -> Piece {
    let session = Session::known();
    let Asked {
        heading,
        label,
        other,
        task,
    } = asked(kind);
    focus::arrive(heading, session.product());
    let input = NodeRef::<html::Input>::new();
    let account = sign_in.identifier.unwrap_or_default();
    let id = sign_in.id;
    let form = Submission::new(&["code"], move || {
        let (typed, id) = (typed(input), id.clone());
        async move {
            let (strategy, code) = parsed(kind, &typed, task)?;
            session
                .call(api::attempt_second_factor(&id, strategy, &code))
                .await
                .map_err(|failure| wrong_codes.problem(&failure, task))?;
            // People may have left by now.
            on_complete.try_run(());
            Ok(())
        }
    });
    let hint = Signal::derive(move || match kind {
        CodeKind::Authenticator => form.hint().get(),
        CodeKind::Backup => Some(words::BACKUP_CODE_HINT.to_owned()),
    });
    let fields = view! {
        <CodeInput kind=kind label=label node=input hint=hint error=form.error_of("code") />
        <Button
            label=words::CONTINUE
            look=Look::Primary
            activity=form.activity()
            busy_label=words::CHECKING
        />
        <Button label=other on_press=on_other />
    }
    .piece();
    view! {
        <PageHeading text=heading id=focus::HEADING />
        <p>{words::SIGNING_IN_AS} " " <bdi class="account">{account}</bdi></p>
        {form.view(fields)}
        <details>
            <summary>{words::LOST_BOTH}</summary>
            <p>{words::LOST_BOTH_TEXT}</p>
        </details>
        <Button label=words::START_AGAIN look=Look::Plain on_press=history::back />
    }
    .piece()
}

/// The code in the one spelling that is sent; nothing else leaves the browser.
fn parsed(kind: CodeKind, typed: &str, task: Task) -> Result<(Strategy, String), Problem> {
    match kind {
        CodeKind::Authenticator => typed
            .parse::<OtpCode>()
            .map(|code| (Strategy::Totp, code.as_str().to_owned())),
        CodeKind::Backup => typed
            .parse::<BackupCode>()
            .map(|code| (Strategy::BackupCode, code.to_string())),
    }
    .map_err(|error| Problem::at("code", errors::of_entry(error, task)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(kind: CodeKind, typed: &str) -> Result<String, String> {
        parsed(kind, typed, asked(kind).task)
            .map(|(_, code)| code)
            .map_err(|problem| problem.text)
    }

    #[test]
    fn a_code_is_sent_in_one_spelling() {
        let (app, backup) = (CodeKind::Authenticator, CodeKind::Backup);
        assert_eq!(sent(app, " 012-345\n").as_deref(), Ok("012345"));
        assert_eq!(sent(backup, "ABCDE FGH23").as_deref(), Ok("abcde-fgh23"));
    }

    #[test]
    fn a_malformed_code_is_named_and_not_sent() {
        let app = CodeKind::Authenticator;
        assert_eq!(
            sent(app, " ").unwrap_err(),
            "Enter the 6-digit code from your authenticator app"
        );
        assert_eq!(sent(app, "12345").unwrap_err(), "The code must be 6 digits");
        assert!(sent(CodeKind::Backup, "abcde").is_err());
    }
}
