use futures_util::future::join;
use leptos::prelude::*;

use super::sessions;
use crate::{
    api,
    components::{Notice, Section, Tone},
    focus,
    form::{Problem, Submission},
    piece::{IntoPiece, Piece, dynamic},
    records::{self as rows, Shown},
    resources::SecurityEvent,
    session::{self, Session},
    words::{self, errors::Task},
};

/// So many events are recent.
const RECENT: usize = 5;

/// Id of the heading of the sessions.
pub(super) const SIGNED_IN: &str = "signed-in";

/// Where the user is signed in, and what happened lately. Both come at once and are the last of
/// their page, so that nothing moves when they do.
pub(super) fn records() -> Piece {
    let session = Session::known();
    let shown = RwSignal::new(None::<Shown>);
    // The browser that was signed out last, or whether all others were.
    let signed_out = RwSignal::new(None::<String>);
    let are_others_out = RwSignal::new(false);
    let message = Signal::derive(move || match signed_out.get() {
        Some(browser) => Some(words::signed_out_of(&browser)),
        None => are_others_out
            .get()
            .then(|| words::OTHERS_SIGNED_OUT.text().to_owned()),
    });
    let loading = Submission::new(&[], move || async move {
        let lists = join(
            session.ask(api::active_sessions()),
            session.ask(api::activity(RECENT, None)),
        );
        let (sessions, activity) = match lists.await {
            (Ok(sessions), Ok(activity)) => (sessions, activity),
            (Err(failure), _) | (_, Err(failure)) => {
                return Err(Problem::of(failure, Task::Change));
            }
        };
        // People may have left by now.
        let Some(was_shown) = shown.try_with_untracked(Option::is_some) else {
            return Ok(());
        };
        // Loaded again, since a session was signed out: its button had the focus.
        if was_shown {
            focus::soon_on(SIGNED_IN);
        }
        shown.set(Some(Shown {
            sessions,
            events: activity.response,
            ..Shown::default()
        }));
        Ok(())
    });
    // The page is there before what ends it is asked for.
    loading.send_once_painted();
    let on_signed_out = Callback::new(move |browser: Option<String>| {
        are_others_out.set(browser.is_none());
        signed_out.set(browser);
        loading.send();
    });
    view! {
        <Notice tone=Tone::Success message=message />
        <Notice tone=Tone::Error message=loading.error() action=loading.retry() />
        {dynamic(move || match &*shown.read() {
            None => rows::on_its_way(loading),
            Some(shown) => {
                view! {
                    {sessions::list(&shown.sessions, on_signed_out)}
                    {recent(&shown.events)}
                }
                .piece()
            }
        })}
    }
    .piece()
}

fn recent(events: &[SecurityEvent]) -> Piece {
    let list = if events.is_empty() {
        view! { <p>{words::NO_ACTIVITY}</p> }.piece()
    } else {
        rows::event_list(events, None)
    };
    let content = view! {
        {list}
        <a href=session::ACTIVITY>{words::ALL_ACTIVITY}</a>
    };
    view! {
        <Section id="recent-activity" heading=words::RECENT_ACTIVITY content=content.piece() />
    }
    .piece()
}
