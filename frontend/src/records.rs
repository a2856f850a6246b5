//! What the server remembers of an account, row by row: on the page where everything is managed and
//! on the one of the whole activity.

use leptos::prelude::*;
use shared::Timestamp;

use crate::{
    components::Activity,
    form::Submission,
    piece::{IntoPiece, Piece},
    resources::{Place, SecurityEvent, Session},
    words::{self, Word, events, time::Moment},
};

/// What is shown of it, on either page: one type, for the sake of the app's size.
#[derive(Clone, Default)]
pub(crate) struct Shown {
    /// Where the user is signed in.
    pub(crate) sessions: Vec<Session>,
    /// What happened, the latest first.
    pub(crate) events: Vec<SecurityEvent>,
    /// Where those events begin that came last, unless all of them did.
    pub(crate) first_new: Option<usize>,
    /// Whether more happened before.
    pub(crate) has_older: bool,
}

impl Shown {
    /// These, and then `older` events: one more than a `page` of them where there is more to come.
    pub(crate) fn and(mut self, mut older: Vec<SecurityEvent>, page: usize) -> Self {
        self.first_new = (!self.events.is_empty()).then_some(self.events.len());
        self.has_older = older.len() > page;
        older.truncate(page);
        self.events.append(&mut older);
        self
    }
}

/// What happened. The event at `first_new` can take the focus, by the id [`FIRST_NEW`].
pub(crate) fn event_list(events: &[SecurityEvent], first_new: Option<usize>) -> Piece {
    let rows = events
        .iter()
        .enumerate()
        .map(|(at, event)| {
            let place = event.place();
            let is_first_new = first_new == Some(at);
            view! {
                <li
                    id=is_first_new.then_some(FIRST_NEW)
                    tabindex=is_first_new.then_some("-1")
                >
                    <p class="record">{events::of(event)}</p>
                    {where_and_when(Some(&events::browser(&place)), &place, Word::NONE, event.created_at())}
                </li>
            }
            .piece()
        })
        .collect::<Vec<_>>();
    view! { <ol class="records" data-testid="events">{rows}</ol> }.piece()
}

/// Id of the first of the events that came last to the list.
pub(crate) const FIRST_NEW: &str = "first-new";

/// The second line of a row: the browser where the first one does not tell it, the address, and
/// the time after its `label`.
pub(crate) fn where_and_when(
    browser: Option<&str>,
    place: &Place,
    label: Word,
    time: Timestamp,
) -> Piece {
    let Moment { text, iso } = Moment::of(time);
    let mut line = String::new();
    for part in [browser, place.address].into_iter().flatten() {
        line.push_str(part);
        line.push_str(" · ");
    }
    line.push_str(label.text());
    view! {
        <p class="aside">
            {line} " " <time datetime=iso>{text}</time>
        </p>
    }
    .piece()
}

/// What stands in the place of a list that is on its way; after a failure nothing does.
pub(crate) fn on_its_way(loading: Submission) -> Piece {
    if loading.activity().get() == Activity::Busy || loading.error().get().is_none() {
        view! { <p class="loading">{words::LOADING}</p> }.piece()
    } else {
        Piece::empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 20;

    fn events(count: usize) -> Vec<SecurityEvent> {
        let json = r#"{"id": "evt_1", "kind": "sign_in", "created_at": 1}"#;
        (0..count)
            .filter_map(|_| miniserde::json::from_str(json).ok())
            .collect()
    }

    #[test]
    fn one_event_too_many_tells_that_there_are_older_ones() {
        let first = Shown::default().and(events(PAGE + 1), PAGE);
        assert_eq!((first.events.len(), first.first_new), (PAGE, None));
        assert!(first.has_older);
        let second = first.and(events(PAGE), PAGE);
        assert_eq!(second.events.len(), 2 * PAGE);
        assert_eq!(second.first_new, Some(PAGE));
        assert!(!second.has_older);
    }

    #[test]
    fn there_may_be_nothing_to_show() {
        let shown = Shown::default().and(Vec::new(), PAGE);
        assert!(shown.events.is_empty() && shown.first_new.is_none() && !shown.has_older);
    }
}
