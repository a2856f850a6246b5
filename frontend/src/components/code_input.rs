use leptos::{html, prelude::*};

use super::field::{described_by, error_id, hint_id, is_invalid};
use crate::piece::{IntoPiece, Piece};
use crate::words::Word;

/// Which kind of code is typed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeKind {
    /// Six digits of an authenticator app.
    Authenticator,
    /// A backup code.
    Backup,
}

/// The one input of a code.
///
/// It takes every spelling that people paste, so it has no `maxlength`, which would cut
/// "123 456" short; and it sends nothing by itself (WCAG 3.2.2).
#[component]
pub(crate) fn CodeInput(
    id: &'static str,
    kind: CodeKind,
    label: Word,
    node: NodeRef<html::Input>,
    /// Helps with a wrong code, or with any.
    #[prop(into)]
    hint: Signal<Option<String>>,
    #[prop(into)] error: Signal<Option<String>>,
) -> Piece {
    let (mode, autocomplete) = match kind {
        CodeKind::Authenticator => ("numeric", "one-time-code"),
        CodeKind::Backup => ("text", "off"),
    };
    let described =
        Signal::derive(move || described_by(id, hint.read().is_some(), error.read().is_some()));
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <p class="field-error" id=error_id(id) role="alert">{error}</p>
            <p class="hint" id=hint_id(id)>{hint}</p>
            <input
                id=id
                name=id
                node_ref=node
                class=if kind == CodeKind::Backup { "code code-backup" } else { "code" }
                type="text"
                dir="ltr"
                inputmode=mode
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                aria-invalid=is_invalid(error)
                aria-describedby=described
            />
        </div>
    }
    .piece()
}
