use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
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

/// The page where people create their account.
#[component]
pub(crate) fn SignUpPage() -> Piece {
    let session = Session::known();
    let wanted = use_query_map().with_untracked(|query| query.get("return_to"));
    let next = session::return_path(wanted.as_deref()).to_owned();
    if untrack(|| session.is_signed_in()) {
        session.redirect(next, None);
        return Piece::empty();
    }

    focus::arrive(words::SIGN_UP, session.product());
    let credentials = Credentials::new();
    let form = Submission::new(Credentials::FIELDS, move || {
        let ((email, password), next) = (credentials.typed(), next.clone());
        async move {
            credentials::check(&email, &password, PASSWORD_MIN_CHARS)?;
            session
                .call(api::sign_up(email, password))
                .await
                .map_err(|failure| Problem::of(failure, Task::Credentials))?;
            session.go_instead(&next, None);
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
