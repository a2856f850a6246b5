use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_router::hooks::{use_location, use_query_map};
use shared::PASSWORD_MIN_CHARS;

use crate::{
    api,
    components::{Button, Field, Input, Look, Notice, PageHeading, Tone},
    focus,
    form::{Problem, Submission, typed},
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
    autocomplete: "new-password",
    hint: words::PASSWORD_HINT,
};

/// The page where people create their account.
#[component]
pub(crate) fn SignUpPage() -> AnyView {
    let session = Session::known();
    let wanted = use_query_map().with_untracked(|query| query.get("return_to"));
    let next = session::return_path(wanted.as_deref()).to_owned();
    if untrack(|| session.is_signed_in()) {
        session.redirect(next, None);
        return ().into_any();
    }
    let finish = Callback::new(move |()| session.go_instead(&next, None));

    let heading = focus::arrive(words::SIGN_UP, &session.product());
    let (email, password) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let form = Submission::new(&["email", "password"], move || {
        let (email, password) = (typed(email), typed(password));
        async move {
            check(&email, &password)?;
            session
                .call(api::sign_up(&email, &password))
                .await
                .map_err(|failure| Problem::of(&failure, Task::Credentials))?;
            finish.run(());
            Ok(())
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        form.send();
    };
    let query = use_location().search.get_untracked();
    let sign_in = if query.is_empty() {
        session::SIGN_IN.to_owned()
    } else {
        format!("{}?{query}", session::SIGN_IN)
    };
    view! {
        <PageHeading text=words::SIGN_UP node=heading />
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
                label=words::CREATE_ACCOUNT
                look=Look::Primary
                activity=form.activity()
                busy_label=words::CREATING_ACCOUNT
            />
        </form>
        <p class="aside">{words::HAVE_ACCOUNT} " " <a href=sign_in>{words::SIGN_IN}</a></p>
    }
    .into_any()
}

/// What can be said about the input without asking the server.
fn check(email: &str, password: &str) -> Result<(), Problem> {
    if email.trim().is_empty() {
        Err(Problem::at("email", words::EMAIL_MISSING))
    } else if password.is_empty() {
        Err(Problem::at("password", words::PASSWORD_MISSING))
    } else if password.chars().count() < PASSWORD_MIN_CHARS {
        Err(Problem::at("password", words::PASSWORD_TOO_SHORT))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_field_at_fault_is_named() {
        let field = |email, password| check(email, password).err().and_then(|p| p.field);
        assert_eq!(field(" ", ""), Some("email"));
        assert_eq!(field("ann@example.com", ""), Some("password"));
        assert_eq!(field("ann@example.com", "1234567"), Some("password"));
        assert_eq!(field("ann@example.com", "ä234567ö"), None);
    }
}
