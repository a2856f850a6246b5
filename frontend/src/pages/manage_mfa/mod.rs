//! The page where everything about multi-factor authentication is managed.

mod authenticator;
mod backup_codes;
mod records;
pub(crate) mod sessions;

use authenticator::AuthenticatorApp;
use backup_codes::BackupCodesSection;
use leptos::prelude::*;

use crate::{
    components::{Notice, PageHeading, Tone},
    focus, history,
    piece::{IntoPiece, Piece, dynamic},
    session::{self, Session},
    words::{self, time::Moment},
};

/// Multi-factor authentication: its state, and what can be changed.
#[component]
pub(crate) fn ManageMfa() -> Piece {
    let session = Session::known();
    focus::arrive(words::MANAGE_MFA, session.product());
    let is_removed = RwSignal::new(false);
    let message =
        Signal::derive(move || is_removed.get().then(|| words::REMOVED.text().to_owned()));
    let codes_are_gone = history::step(session::MANAGE_MFA).as_deref() == Some(history::CODES_GONE);
    let on_removed = Callback::new(move |()| {
        is_removed.set(true);
        focus::on(focus::HEADING);
    });
    let is_enabled = Memo::new(move |_| session.user().is_some_and(|user| user.two_factor_enabled));
    let is_administrator = Memo::new(move |_| session.is_administrator());
    view! {
        <PageHeading text=words::MANAGE_MFA id=focus::HEADING />
        <p>{words::MANAGE_MFA_TEXT}</p>
        {dynamic(move || {
            if is_administrator.get() {
                view! {
                    <p>
                        <a href=session::MULTI_FACTOR rel="external">
                            {words::DASHBOARD}
                        </a>
                    </p>
                }
                .piece()
            } else {
                Piece::empty()
            }
        })}
        <Notice tone=Tone::Success message=message />
        {codes_are_gone
            .then(|| {
                view! { <Notice tone=Tone::Warning message=words::CODES_GONE /> }
            })}
        <AuthenticatorApp on_removed=on_removed />
        {dynamic(move || {
            if is_enabled.get() {
                view! { <BackupCodesSection /> }.piece()
            } else {
                Piece::empty()
            }
        })}
        {dynamic(move || match session.user().and_then(|user| user.last_sign_in_at()) {
            Some(time) => {
                let Moment { text, iso } = Moment::of(time);
                view! {
                    <p class="aside">
                        {words::LAST_SIGN_IN} " " <time datetime=iso>{text}</time>
                    </p>
                }
                    .piece()
            }
            None => Piece::empty(),
        })}
        {records::records()}
    }
    .piece()
}
