//! The stage that asks for a code from an e-mail: at sign-up, and for who forgot the password.

use std::mem;

use leptos::prelude::*;
use shared::resources::Strategy;

use crate::{
    api::{Call, Ignored},
    challenge::Challenge,
    components::{Activity, Button, Look, Notice, PageHeading, Tone},
    focus,
    form::{Problem, Submission},
    history,
    piece::{IntoPiece, Piece, dynamic},
    session::Session,
    words::{self, Word, errors::Task},
};

/// A code that is sent by mail, and what it is for.
pub(crate) struct MailedCode {
    pub(crate) strategy: Strategy,
    /// The sign-up or sign-in that it goes on.
    pub(crate) path: String,
    /// Has another one sent, in place of the one before.
    pub(crate) send: fn(&str) -> Call<Ignored>,
    /// What that is to people, where it goes wrong.
    pub(crate) sending: Task,
    /// Whether none was sent yet, so that the page asks for the first.
    pub(crate) needs_first: bool,
    /// What is told once another one was sent.
    pub(crate) sent: Word,
}

impl MailedCode {
    /// The stage, with words for who is asked between heading and form.
    pub(crate) fn view(self, who: Piece, on_accepted: Callback<()>) -> Piece {
        let session = Session::known();
        focus::arrive(words::CHECK_EMAIL, session.product());
        let Self {
            strategy,
            path,
            send,
            sending: task,
            needs_first,
            sent,
        } = self;
        let challenge = Challenge::new(strategy, path.clone(), &["code"], on_accepted);
        // Of the first code the page itself tells.
        let is_first = StoredValue::new(needs_first);
        let is_sent = RwSignal::new(false);
        let sending = Submission::new(&[], move || {
            let path = path.clone();
            async move {
                session
                    .call(send(&path))
                    .await
                    .map_err(|failure| Problem::of(failure, task))?;
                // People may have left by now.
                if is_first.try_update_value(mem::take) == Some(false) {
                    is_sent.set(true);
                }
                Ok(())
            }
        });
        if needs_first {
            sending.send();
        }
        let (activity, error) = (sending.activity(), sending.error());
        // Not while another one is sent, so that it is told anew each time.
        let news = Signal::derive(move || {
            let is_told =
                is_sent.get() && activity.get() != Activity::Busy && error.read().is_none();
            is_told.then(|| sent.text().to_owned())
        });
        let form = dynamic(move || {
            // What was said of the code before is of no interest for the next.
            if is_sent.get() {
                focus::mark_error(false);
            }
            challenge.form(strategy, Piece::empty())
        });
        view! {
            <PageHeading text=words::CHECK_EMAIL id=focus::HEADING />
            {who}
            {form}
            <Notice tone=Tone::Success message=news />
            <Notice tone=Tone::Error message=error action=sending.retry() />
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
}
