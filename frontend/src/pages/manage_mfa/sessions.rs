use leptos::prelude::*;
use shared::ErrorCode;

use super::records::SIGNED_IN;
use crate::{
    api,
    components::{Button, Notice, Section, Tone},
    form::{Problem, Submission},
    piece::{IntoPiece, Piece},
    records::where_and_when,
    resources,
    session::Session,
    words::{self, errors::Task, events},
};

/// Where the user is signed in, and the way to end that elsewhere, which is told in words. Here the
/// header has it.
pub(crate) fn list(
    sessions: &[resources::Session],
    on_signed_out: Callback<Option<String>>,
) -> Piece {
    let this = Session::known().id();
    let mut rows = Vec::with_capacity(sessions.len());
    let mut others = Vec::new();
    for listed in sessions {
        if Some(&listed.id) == this.as_ref() {
            rows.insert(0, this_browser(listed));
        } else {
            rows.push(other_browser(listed, on_signed_out));
            others.push(listed.id.clone());
        }
    }
    let content = view! {
        <ul class="records" data-testid="sessions">
            {rows}
        </ul>
        {all_others(others, on_signed_out)}
    };
    view! { <Section id=SIGNED_IN heading=words::SIGNED_IN content=content.piece() /> }.piece()
}

fn this_browser(listed: &resources::Session) -> Piece {
    let place = listed.place();
    view! {
        <li>
            <p class="record card-head">
                {events::browser(&place)}
                <span class="state" data-state="on">
                    {words::THIS_BROWSER}
                </span>
            </p>
            {where_and_when(None, &place, words::LAST_ACTIVE, listed.last_active_at())}
        </li>
    }
    .piece()
}

fn other_browser(other: &resources::Session, on_signed_out: Callback<Option<String>>) -> Piece {
    let session = Session::known();
    let browser = events::browser(&other.place());
    let named = browser.clone();
    let when = where_and_when(
        None,
        &other.place(),
        words::LAST_ACTIVE,
        other.last_active_at(),
    );
    let id = other.id.clone();
    let ending = Submission::new(&[], move || {
        let (id, browser) = (id.clone(), browser.clone());
        async move {
            end(session, &id).await?;
            // People may have left by now.
            on_signed_out.try_run(Some(browser));
            Ok(())
        }
    });
    view! {
        <li>
            <p class="record">{named.clone()}</p>
            {when}
            <Notice tone=Tone::Error message=ending.error() action=ending.retry() />
            <Button
                label=words::SIGN_OUT
                about=named
                activity=ending.activity()
                busy_label=words::SIGNING_OUT
                on_press=move || ending.send()
            />
        </li>
    }
    .piece()
}

/// Ends the sessions of these ids, if there are any.
fn all_others(ids: Vec<String>, on_signed_out: Callback<Option<String>>) -> Piece {
    if ids.is_empty() {
        return Piece::empty();
    }
    let session = Session::known();
    let ending = Submission::new(&[], move || {
        let ids = ids.clone();
        async move {
            for id in ids {
                end(session, &id).await?;
            }
            on_signed_out.try_run(None);
            Ok(())
        }
    });
    view! {
        <Notice tone=Tone::Error message=ending.error() action=ending.retry() />
        <Button
            label=words::SIGN_OUT_OTHERS
            activity=ending.activity()
            busy_label=words::SIGNING_OUT
            on_press=move || ending.send()
        />
    }
    .piece()
}

async fn end(session: Session, id: &str) -> Result<(), Problem> {
    match session.call(api::revoke(id)).await {
        // It is over already, as it should be.
        Err(failure) if failure.is(ErrorCode::ResourceNotFound) => Ok(()),
        Err(failure) => Err(Problem::of(failure, Task::Change)),
        Ok(_) => Ok(()),
    }
}
