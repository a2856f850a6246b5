use leptos::{html, prelude::*};

use crate::{
    api,
    components::{Button, Input, Look, Notice, PageHeading, Tone},
    credentials, focus,
    form::{Problem, Submission, typed},
    piece::{IntoPiece, Piece, dynamic},
    session::{self, Session},
    words::{self, Word, errors::Task},
};

/// Ids of the inputs.
const CURRENT: &str = "current-password";
const NEW: &str = "new-password";

/// The page where people change their password.
#[component]
pub(crate) fn PasswordPage() -> Piece {
    let session = Session::known();
    focus::arrive(words::CHANGE_PASSWORD, session.product());
    let is_changed = RwSignal::new(false);
    let message = Signal::derive(move || {
        is_changed
            .get()
            .then(|| words::PASSWORD_IS_CHANGED.text().to_owned())
    });
    view! {
        <PageHeading text=words::CHANGE_PASSWORD id=focus::HEADING />
        <Notice tone=Tone::Success message=message />
        {dynamic(move || {
            if is_changed.get() { Piece::empty() } else { change(session, is_changed) }
        })}
        <p>
            <a href=session::MANAGE_MFA>{words::MANAGE_MFA_LINK}</a>
        </p>
    }
    .piece()
}

/// The form, which makes way for the news that it `is_changed`: password managers notice that, too.
fn change(session: Session, is_changed: RwSignal<bool>) -> Piece {
    let (current, new) = (NodeRef::<html::Input>::new(), NodeRef::new());
    let form = Submission::new(&[CURRENT, NEW], move || {
        let (current, new) = (typed(current), typed(new));
        async move {
            if current.is_empty() {
                return Err(Problem::at(CURRENT, words::CURRENT_PASSWORD_MISSING));
            }
            credentials::check_new(NEW, &new)?;
            session
                .call(api::change_password(current, new))
                .await
                .map_err(|failure| Problem::of(failure, Task::Change))?;
            // People may have left by now.
            if is_changed.try_set(true).is_none() {
                focus::mark_error(false);
                focus::on(focus::HEADING);
            }
            Ok(())
        }
    });
    let input = Input {
        id: CURRENT,
        label: words::CURRENT_PASSWORD,
        kind: "password",
        autocomplete: "current-password",
        hint: Word::NONE,
    };
    let fields = view! {
        {credentials::owner(untrack(|| session.account()))}
        {credentials::password(input, current, form.error_of(CURRENT), words::SHOWN_CURRENT)}
        {credentials::new_password(NEW, new, form)}
        <Button
            label=words::CHANGE
            look=Look::Primary
            activity=form.activity()
            busy_label=words::SAVING
        />
    };
    view! {
        <p>{words::CHANGE_PASSWORD_TEXT}</p>
        {form.view(fields.piece())}
    }
    .piece()
}
