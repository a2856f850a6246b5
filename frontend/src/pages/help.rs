use leptos::prelude::*;

use crate::{
    components::PageHeading,
    focus,
    piece::{IntoPiece, Piece},
    words,
};

/// What people ask when signing in does not work, and what backup codes are. It asks the server
/// nothing, so that it is there whatever else is not.
pub(crate) fn help(product: &'static str) -> Piece {
    focus::arrive(words::HELP, product);
    let answers = [
        (words::FORGOT_PASSWORD, words::FORGOT_PASSWORD_TEXT),
        (words::LOST_PHONE, words::LOST_PHONE_TEXT),
        (words::LOST_PHONE_AND_CODES, words::LOST_BOTH_TEXT),
        (words::CODES_REFUSED, words::CODES_REFUSED_TEXT),
        (
            words::WHAT_BACKUP_CODES_ARE,
            words::WHAT_BACKUP_CODES_ARE_TEXT,
        ),
    ]
    .into_iter()
    .map(|(question, answer)| {
        view! {
            <h2>{question}</h2>
            <p>{answer}</p>
        }
        .piece()
    })
    .collect::<Vec<_>>();
    view! {
        <PageHeading text=words::HELP id=focus::HEADING />
        {answers}
        <p>
            <a href="/">{words::GO_TO_START}</a>
        </p>
    }
    .piece()
}
