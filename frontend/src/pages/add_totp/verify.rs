use leptos::{html, prelude::*};
use shared::OtpCode;

use crate::{
    api,
    components::{Button, CodeInput, CodeKind, Look, PageHeading},
    focus,
    form::{Problem, Submission, WrongCodes, typed},
    history,
    piece::{IntoPiece, Piece},
    session::Session,
    words::{
        self,
        errors::{self, Task},
    },
};

/// The second step: a first code, which shows that the app has the secret. A wrong one leaves the
/// secret as it is.
#[component]
pub(super) fn Verify(
    /// Takes the backup codes, where the instance has them.
    on_verified: Callback<Option<Vec<String>>>,
    on_reset: Callback<()>,
) -> Piece {
    let session = Session::known();
    focus::arrive(words::VERIFY_TOTP, session.product());
    let input = NodeRef::<html::Input>::new();
    let wrong_codes = WrongCodes::new();
    let form = Submission::new(&["code"], move || {
        let code = typed(input).parse::<OtpCode>();
        async move {
            let code = code
                .map_err(|error| Problem::at("code", errors::of_entry(error, Task::Enrolment)))?;
            let totp = session
                .call(api::attempt_totp_verification(&code))
                .await
                .map_err(|failure| wrong_codes.problem(failure, Task::Enrolment))?;
            // People may have left by now.
            on_verified.try_run(totp.backup_codes);
            Ok(())
        }
    });
    let fields = view! {
        <CodeInput
            id="code"
            kind=CodeKind::Authenticator
            label=words::CODE
            node=input
            hint=form.hint()
            error=form.error_of("code")
        />
        <Button
            label=words::VERIFY_CODE
            look=Look::Primary
            activity=form.activity()
            busy_label=words::CHECKING
        />
        <div class="actions">
            <Button label=words::BACK on_press=history::back />
            <Button label=words::RESET on_press=on_reset />
        </div>
    }
    .piece();
    view! {
        <PageHeading text=words::VERIFY_TOTP id=focus::HEADING />
        <p>{words::VERIFY_TEXT}</p>
        {form.view(fields)}
    }
    .piece()
}
