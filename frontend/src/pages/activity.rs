use leptos::prelude::*;

use crate::{
    api,
    components::{Button, Notice, PageHeading, Tone},
    focus,
    form::{Problem, Submission},
    piece::{IntoPiece, Piece, dynamic},
    records::{self, FIRST_NEW, Shown},
    session::{self, Session},
    words::{self, errors::Task},
};

/// So many events at a time.
const PAGE: usize = 20;

/// All that happened to the account.
#[component]
pub(crate) fn ActivityPage() -> Piece {
    let session = Session::known();
    focus::arrive(words::ACTIVITY, session.product());
    let shown = RwSignal::new(None::<Shown>);
    let loading = Submission::new(&[], move || async move {
        let before = shown.get_untracked().unwrap_or_default();
        let last = before.events.last().map(|event| event.id.as_str());
        let older = session
            .ask(api::activity(PAGE + 1, last))
            .await
            .map_err(|failure| Problem::of(failure, Task::Change))?;
        let after = before.and(older.response, PAGE);
        // The button may be gone by now, and people read on where the new ones begin.
        if after.first_new.is_some() {
            focus::soon_on(FIRST_NEW);
        }
        shown.set(Some(after));
        Ok(())
    });
    loading.send();
    view! {
        <PageHeading text=words::ACTIVITY id=focus::HEADING />
        <p>{words::ACTIVITY_TEXT}</p>
        <p>
            <a href=session::MANAGE_MFA>{words::MANAGE_MFA_LINK}</a>
        </p>
        {dynamic(move || match &*shown.read() {
            None => records::on_its_way(loading),
            Some(shown) if shown.events.is_empty() => {
                view! { <p>{words::NO_ACTIVITY}</p> }.piece()
            }
            Some(shown) => records::event_list(&shown.events, shown.first_new),
        })}
        <Notice tone=Tone::Error message=loading.error() action=loading.retry() />
        {dynamic(move || {
            if shown.read().as_ref().is_some_and(|shown| shown.has_older) {
                view! {
                    <Button
                        label=words::SHOW_OLDER
                        activity=loading.activity()
                        busy_label=words::LOADING
                        on_press=move || loading.send()
                    />
                }
                .piece()
            } else {
                Piece::empty()
            }
        })}
    }
    .piece()
}
