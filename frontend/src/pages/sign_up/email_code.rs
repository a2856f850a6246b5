use std::mem;

use leptos::prelude::*;
use shared::resources::Strategy;

use crate::{
    api,
    challenge::Challenge,
    components::{Button, Look, Notice, PageHeading, Tone},
    credentials, focus,
    form::{Problem, Submission},
    history,
    piece::{IntoPiece, Piece},
    resources::SignUp,
    session::{self, Session},
    words::{self, errors::Task},
};

/// The second stage: the code that is sent to the address.
#[component]
pub(super) fn EmailCode(sign_up: SignUp, on_complete: Callback<()>) -> Piece {
    let session = Session::known();
    focus::arrive(words::CHECK_EMAIL, session.product());
    let path = api::sign_up_path(&sign_up.id);
    let challenge = Challenge::new(Strategy::EmailCode, path.clone(), &["code"], on_complete);

    // Of the first code the page itself tells.
    let is_first = StoredValue::new(sign_up.needs_first_code());
    let is_new = RwSignal::new(false);
    let sending = Submission::new(&[], move || {
        is_new.set(false);
        let path = path.clone();
        async move {
            session
                .call(api::send_code(&path))
                .await
                .map_err(|failure| Problem::of(failure, Task::SendCode))?;
            // People may have left by now.
            if is_first.try_update_value(mem::take) == Some(false) {
                is_new.set(true);
            }
            Ok(())
        }
    });
    if is_first.get_value() {
        sending.send();
    }
    let news = Signal::derive(move || is_new.get().then(|| words::NEW_CODE_SENT.text().to_owned()));
    let more = view! {
        <Button
            label=words::SEND_NEW_CODE
            activity=sending.activity()
            busy_label=words::SENDING_CODE
            on_press=move || sending.send()
        />
    };
    view! {
        <PageHeading text=words::CHECK_EMAIL id=focus::HEADING />
        <p>
            {words::CODE_SENT_TO} " " <bdi class="account">{sign_up.email_address.unwrap_or_default()}</bdi>
        </p>
        <Notice tone=Tone::Success message=news />
        <Notice tone=Tone::Error message=sending.error() action=sending.retry() />
        {challenge.form(Strategy::EmailCode, more.piece())}
        <Button label=words::START_AGAIN look=Look::Plain on_press=history::back />
        {credentials::other_page(words::HAVE_ACCOUNT, session::SIGN_IN, words::SIGN_IN)}
    }
    .piece()
}
