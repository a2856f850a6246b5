use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_router::hooks::use_location;

use crate::{
    api,
    components::{Button, Field, Input, Look, Notice, PageHeading, Tone},
    focus,
    form::{Problem, Submission, typed},
    resources::SignIn,
    session::{self, Session},
    words::{self, errors::Task},
};

const EMAIL: Input = Input {
    id: "email",
    label: words::EMAIL,
    autocomplete: "username",
    hint: "",
};
const PASSWORD: Input = Input {
    id: "password",
    label: words::PASSWORD,
    autocomplete: "current-password",
    hint: "",
};

/// The first stage: who, and the password.
#[component]
pub(super) fn Password(on_sign_in: Callback<SignIn>) -> AnyView {
    let session = Session::known();
    let heading = focus::arrive(words::SIGN_IN, &session.product());
    let (email, password) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let form = Submission::new(&["email", "password"], move || {
        let (email, password) = (typed(email), typed(password));
        async move {
            if email.trim().is_empty() {
                return Err(Problem::at("email", words::EMAIL_MISSING));
            }
            if password.is_empty() {
                return Err(Problem::at("password", words::PASSWORD_MISSING));
            }
            let sign_in = session
                .call(api::sign_in(&email, &password))
                .await
                .map_err(|failure| Problem::of(&failure, Task::Credentials))?;
            on_sign_in.run(sign_in);
            Ok(())
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        form.send();
    };
    let lost = Signal::derive(move || session.is_lost().then(|| words::SIGNED_OUT_TEXT.to_owned()));
    let sign_up = format!("{}{}", session::SIGN_UP, query());
    view! {
        <PageHeading text=words::SIGN_IN node=heading />
        <Notice tone=Tone::Warning message=lost />
        <form novalidate on:submit=submit>
            <Notice tone=Tone::Error message=form.error() action=form.retry() />
            <Field input=EMAIL node=email error=form.error_of("email") />
            <Field
                input=PASSWORD
                node=password
                error=form.error_of("password")
                reveal=(words::SHOW, words::HIDE, words::SHOWN_THING)
            />
            <Button
                label=words::SIGN_IN
                look=Look::Primary
                activity=form.activity()
                busy_label=words::CHECKING
            />
        </form>
        <p class="aside">
            {words::NO_ACCOUNT} " " <a href=sign_up>{words::CREATE_AN_ACCOUNT}</a>
        </p>
    }
    .into_any()
}

/// The query of this page, so that the way back survives the change to the sign-up page.
fn query() -> String {
    let query = use_location().search.get_untracked();
    if query.is_empty() {
        query
    } else {
        format!("?{query}")
    }
}
