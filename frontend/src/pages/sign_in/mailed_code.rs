use leptos::prelude::*;
use shared::resources::Strategy;

use super::signing_in_as;
use crate::{
    api,
    challenge::Challenge,
    components::{Activity, Button, Look, Notice, PageHeading, Tone},
    focus,
    form::{Problem, Submission},
    history,
    piece::{IntoPiece, Piece, dynamic},
    resources::SignIn,
    session::Session,
    words::{self, errors::Task},
};

/// The code that was sent by mail, if there is an account to send it to, and the way to another.
#[component]
pub(super) fn MailedCode(sign_in: SignIn, on_accepted: Callback<()>) -> Piece {
    const STRATEGY: Strategy = Strategy::ResetPasswordEmailCode;
    let session = Session::known();
    focus::arrive(words::CHECK_EMAIL, session.product());
    let path = api::sign_in_path(&sign_in.id);
    let challenge = Challenge::new(STRATEGY, path.clone(), &["code"], on_accepted);
    let is_sent = RwSignal::new(false);
    let sending = Submission::new(&[], move || {
        let path = path.clone();
        async move {
            session
                .call(api::send_reset_code(&path))
                .await
                .map_err(|failure| Problem::of(failure, Task::EmailCode))?;
            // People may have left by now.
            is_sent.try_set(true);
            Ok(())
        }
    });
    let (activity, error) = (sending.activity(), sending.error());
    // Not while another one is sent, so that it is told anew each time.
    let sent = Signal::derive(move || {
        let is_told = is_sent.get() && activity.get() != Activity::Busy && error.read().is_none();
        is_told.then(|| words::CODE_SENT.text().to_owned())
    });
    let form = dynamic(move || {
        // What was said of the code before is of no interest for the next.
        if is_sent.get() {
            focus::mark_error(false);
        }
        challenge.form(STRATEGY, Piece::empty())
    });
    view! {
        <PageHeading text=words::CHECK_EMAIL id=focus::HEADING />
        {signing_in_as(sign_in.identifier.unwrap_or_default())}
        <p>{words::CHECK_EMAIL_TEXT}</p>
        {form}
        <Notice tone=Tone::Success message=sent />
        <Notice tone=Tone::Error message=error />
        <Button
            label=words::SEND_NEW_CODE
            activity=activity
            busy_label=words::SENDING_CODE
            on_press=move || sending.send()
        />
        <Button label=words::START_AGAIN look=Look::Plain on_press=history::back />
    }
    .piece()
}
