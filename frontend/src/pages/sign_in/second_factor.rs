use leptos::prelude::*;
use shared::resources::Strategy;

use super::signing_in_as;
use crate::{
    api,
    challenge::Challenge,
    components::{Button, Look, PageHeading},
    focus, history,
    piece::{IntoPiece, Piece, dynamic},
    resources::SignIn,
    session::Session,
    words,
};

/// The second stage: a code of one kind or the other.
#[component]
pub(super) fn SecondFactor(sign_in: SignIn, on_complete: Callback<()>) -> Piece {
    let product = Session::known().product();
    let path = api::sign_in_path(&sign_in.id);
    let challenge = Challenge::new(Strategy::Totp, path, &["code"], on_complete);
    let account = sign_in.identifier.unwrap_or_default();
    dynamic(move || {
        let strategy = challenge.strategy();
        let heading = match strategy {
            Strategy::BackupCode => words::ENTER_BACKUP_CODE,
            _ => words::ENTER_CODE,
        };
        focus::arrive(heading, product);
        view! {
            <PageHeading text=heading id=focus::HEADING />
            {signing_in_as(account.clone())}
            {challenge.form(strategy, Piece::empty())}
            <details>
                <summary>{words::LOST_BOTH}</summary>
                <p>{words::LOST_BOTH_TEXT}</p>
            </details>
            <Button label=words::START_AGAIN look=Look::Plain on_press=history::back />
        }
        .piece()
    })
}
