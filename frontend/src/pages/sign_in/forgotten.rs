use leptos::{html, prelude::*};

use crate::{
    api,
    components::{Button, Look, PageHeading},
    credentials, focus,
    form::{Problem, Submission, fill, typed},
    history,
    piece::{IntoPiece, Piece},
    session::Session,
    words::{self, errors::Task},
};

/// The stage of who forgot the password: where a code is to be sent. Nobody is told whether there
/// is such an account.
#[component]
pub(super) fn Forgotten(email: RwSignal<Option<String>>, on_sent: Callback<()>) -> Piece {
    let session = Session::known();
    focus::arrive(words::RESET_PASSWORD, session.product());
    let input = NodeRef::<html::Input>::new();
    let form = Submission::new(&["email"], move || {
        let address = typed(input);
        email.set(Some(address.clone()));
        async move {
            if address.trim().is_empty() {
                return Err(Problem::at("email", words::EMAIL_MISSING));
            }
            session
                .call(api::begin_reset(address))
                .await
                .map_err(|failure| Problem::of(failure, Task::ResetPassword))?;
            // People may have left by now.
            on_sent.try_run(());
            Ok(())
        }
    });
    let fields = view! {
        {credentials::email(input, form)}
        <Button
            label=words::SEND_CODE
            look=Look::Primary
            activity=form.activity()
            busy_label=words::SENDING_CODE
        />
    };
    let fields = fields.piece();
    // After a reload it is known from the sign-in that is under way.
    let under_way = || {
        session
            .sign_in()
            .filter(|sign_in| sign_in.wants().is_some())
    };
    let known = email.get_untracked();
    let known = known.or_else(|| under_way()?.identifier);
    fill(input, &known.unwrap_or_default());
    view! {
        <PageHeading text=words::RESET_PASSWORD id=focus::HEADING />
        <p>{words::RESET_PASSWORD_TEXT}</p>
        {form.view(fields)}
        <Button label=words::BACK look=Look::Plain on_press=history::back />
    }
    .piece()
}
