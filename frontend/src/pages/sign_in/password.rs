use leptos::prelude::*;

use crate::{
    api,
    components::{Button, Look, Notice, PageHeading, Tone},
    credentials::{self, Credentials, Wording},
    focus,
    form::{Problem, Submission},
    piece::{IntoPiece, Piece},
    session::{self, Session},
    words::{self, Word, errors::Task},
};

const WORDING: Wording = Wording {
    autocomplete: "current-password",
    hint: Word::NONE,
    button: words::SIGN_IN,
    busy: words::CHECKING,
};

/// The first stage: who, and the password.
#[component]
pub(super) fn Password(
    email: RwSignal<Option<String>>,
    on_sign_in: Callback<()>,
    on_forgotten: Callback<()>,
) -> Piece {
    let session = Session::known();
    focus::arrive(words::SIGN_IN, session.product());
    let credentials = Credentials::new();
    let form = Submission::new(Credentials::FIELDS, move || {
        let (address, password) = credentials.typed();
        async move {
            // Any password may be tried: the rules may have been others when it was chosen.
            credentials::check(&address, &password, 0)?;
            session
                .call(api::sign_in(address, password))
                .await
                .map_err(|failure| Problem::of(failure, Task::Credentials))?;
            // People may have left by now.
            on_sign_in.try_run(());
            Ok(())
        }
    });
    let fields = credentials.view(form, &WORDING);
    if let Some(address) = email.get_untracked() {
        credentials.fill(&address);
    }
    let forget = move || {
        email.set(Some(credentials.typed().0));
        on_forgotten.run(());
    };
    view! {
        <PageHeading text=words::SIGN_IN id=focus::HEADING />
        <Notice tone=Tone::Warning message=session.loss() />
        {fields}
        {session
            .offers_reset()
            .then(|| {
                view! {
                    <Button label=words::FORGOT_PASSWORD look=Look::Plain on_press=forget />
                }
            })}
        {credentials::other_page(words::NO_ACCOUNT, session::SIGN_UP, words::CREATE_AN_ACCOUNT)}
    }
    .piece()
}
