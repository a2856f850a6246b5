use leptos::{html, prelude::*};

use super::signing_in_as;
use crate::{
    api,
    components::{Button, Look, PageHeading},
    credentials, focus,
    form::{Problem, Submission, typed},
    history,
    piece::{IntoPiece, Piece},
    resources::SignIn,
    session::Session,
    words::{self, errors::Task},
};

/// Another password, for who had the code from the mail. It is the account's once all that signing
/// in takes was right.
#[component]
pub(super) fn NewPassword(sign_in: SignIn, on_chosen: Callback<()>) -> Piece {
    let session = Session::known();
    focus::arrive(words::CHOOSE_PASSWORD, session.product());
    let path = api::sign_in_path(&sign_in.id);
    let account = sign_in.identifier.unwrap_or_default();
    let input = NodeRef::<html::Input>::new();
    let form = Submission::new(&["password"], move || {
        let (password, path) = (typed(input), path.clone());
        async move {
            credentials::check_new("password", &password)?;
            session
                .call(api::reset_password(&path, password))
                .await
                .map_err(|failure| Problem::of(failure, Task::ResetPassword))?;
            // People may have left by now.
            on_chosen.try_run(());
            Ok(())
        }
    });
    let fields = view! {
        {credentials::owner(account.clone())}
        {credentials::new_password("password", input, form)}
        <Button
            label=words::CONTINUE
            look=Look::Primary
            activity=form.activity()
            busy_label=words::SAVING
        />
    };
    view! {
        <PageHeading text=words::CHOOSE_PASSWORD id=focus::HEADING />
        {signing_in_as(account)}
        <p>{words::CHOOSE_PASSWORD_TEXT}</p>
        {form.view(fields.piece())}
        <Button label=words::START_AGAIN look=Look::Plain on_press=history::back />
    }
    .piece()
}
