//! The dashboard: what administrators decide for everyone, and how they help.

mod account;
mod multi_factor;
mod users;

use leptos::prelude::*;
use shared::ErrorCode;

use crate::{
    api::Failure,
    components::{Notice, PageHeading, Tone},
    focus,
    form::Problem,
    piece::{IntoPiece, Piece, dynamic},
    session::{self, Session},
    words::{self, Word, dashboard, errors::Task},
};

/// The page where administrators switch second factors on and off for everyone.
pub(crate) fn multi_factor_page() -> Piece {
    let other = (session::USERS, dashboard::USERS);
    page(dashboard::MULTI_FACTOR, other, multi_factor::settings)
}

/// The page where administrators help people who cannot sign in.
pub(crate) fn users_page() -> Piece {
    let other = (session::MULTI_FACTOR, dashboard::MULTI_FACTOR);
    page(dashboard::USERS, other, users::users)
}

/// A page of the dashboard, with the way to the `other` one. The server does nothing for
/// administrators without a second factor, so there is nothing but the way to one for them.
fn page(heading: Word, other: (&'static str, Word), content: fn(Session) -> Piece) -> Piece {
    let session = Session::known();
    focus::arrive(heading, session.product());
    let (path, name) = other;
    let has_factor = Memo::new(move |_| session.user().is_some_and(|user| user.totp_enabled));
    view! {
        <PageHeading text=heading id=focus::HEADING />
        <p class="links">
            <a href=path>{name}</a>
            <a href=session::MANAGE_MFA>{words::MANAGE_MFA_LINK}</a>
        </p>
        {dynamic(move || if has_factor.get() { content(session) } else { needs_factor() })}
    }
    .piece()
}

fn needs_factor() -> Piece {
    view! {
        <Notice tone=Tone::Warning message=dashboard::ADMINISTRATORS_NEED_FACTOR />
        <p>
            <a class="button button-primary" href=session::ADD_TOTP>
                {words::ADD_AUTHENTICATOR}
            </a>
        </p>
    }
    .piece()
}

/// Why the server did not tell what only administrators may know. Whoever is none any more sees
/// what everybody else does: that there is no such page.
fn withheld(session: Session, failure: Failure) -> Problem {
    if failure.is(ErrorCode::ResourceNotFound) {
        session.end_administration();
    }
    Problem::of(failure, Task::Change)
}
