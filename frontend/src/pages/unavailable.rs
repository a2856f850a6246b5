use leptos::prelude::*;

use crate::{
    api::Failure,
    components::{Button, Look, Notice, PageHeading, Tone},
    focus,
    words::{
        self,
        errors::{self, Task},
    },
};

/// The server could not be asked who is signed in: nothing can be shown but that.
#[component]
pub(crate) fn Unavailable(failure: Failure, on_retry: Callback<()>) -> impl IntoView {
    // The instance's own name is what could not be fetched.
    let heading = focus::arrive(words::UNAVAILABLE, "Twofold");
    let message = errors::of(&failure, Task::Change);
    view! {
        <main class="page">
            <PageHeading text=words::UNAVAILABLE node=heading />
            <Notice tone=Tone::Error message=Some(message) />
            <Button label=words::TRY_AGAIN look=Look::Primary on_press=on_retry />
        </main>
    }
}
