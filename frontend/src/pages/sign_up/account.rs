use leptos::prelude::*;
use shared::PASSWORD_MIN_CHARS;

use crate::{
    api,
    components::PageHeading,
    credentials::{self, Credentials, Wording},
    focus,
    form::{Problem, Submission},
    piece::{IntoPiece, Piece},
    session::{self, Session},
    words::{self, errors::Task},
};

const WORDING: Wording = Wording {
    autocomplete: "new-password",
    hint: words::PASSWORD_HINT,
    button: words::CREATE_ACCOUNT,
    busy: words::CREATING_ACCOUNT,
};

/// The first stage: the address and a password.
#[component]
pub(super) fn Account(on_sign_up: Callback<()>) -> Piece {
    let session = Session::known();
    focus::arrive(words::SIGN_UP, session.product());
    let credentials = Credentials::new();
    let form = Submission::new(Credentials::FIELDS, move || {
        let (email, password) = credentials.typed();
        async move {
            credentials::check(&email, &password, PASSWORD_MIN_CHARS)?;
            session
                .call(api::sign_up(email, password))
                .await
                .map_err(|failure| Problem::of(failure, Task::Credentials))?;
            // People may have left by now.
            on_sign_up.try_run(());
            Ok(())
        }
    });
    view! {
        <PageHeading text=words::SIGN_UP id=focus::HEADING />
        {credentials.view(form, &WORDING)}
        {credentials::other_page(words::HAVE_ACCOUNT, session::SIGN_IN, words::SIGN_IN)}
    }
    .piece()
}
