use leptos::{html, prelude::*};

use crate::piece::{IntoPiece, Piece};
use crate::words::{Word, word};

/// What an input takes.
#[derive(Clone, Copy)]
pub(crate) struct Input {
    /// The input's id and name.
    pub(crate) id: &'static str,
    /// The visible label.
    pub(crate) label: Word,
    /// `type`, unless it takes a password.
    pub(crate) kind: &'static str,
    /// `autocomplete`, by which browsers and password managers know what to fill in.
    pub(crate) autocomplete: &'static str,
    /// What has to be known before typing, if anything has to.
    pub(crate) hint: Word,
}

/// The words of the button that shows a password: show, hide, and what.
pub(crate) type Reveal = (Word, Word, Word);

/// A labelled input with its hint and its error. With `reveal` it takes a password and has a
/// button that shows it.
#[component]
pub(crate) fn Field(
    input: Input,
    node: NodeRef<html::Input>,
    #[prop(into)] error: Signal<Option<String>>,
    #[prop(optional)] reveal: Option<Reveal>,
) -> Piece {
    let Input {
        id,
        label,
        kind,
        autocomplete,
        hint,
    } = input;
    let has_hint = hint != Word::NONE;
    let is_shown = RwSignal::new(false);
    let kind = Signal::derive(move || {
        let kind = match (reveal, is_shown.get()) {
            (None, _) => kind,
            (Some(_), true) => "text",
            (Some(_), false) => "password",
        };
        Some(kind.to_owned())
    });
    let pressed = Signal::derive(move || Some(is_shown.get().to_string()));
    let described = Signal::derive(move || described_by(id, has_hint, error.read().is_some()));
    let toggle = move |_| {
        let Some(input) = node.get_untracked() else {
            return;
        };
        // Some browsers put the caret at the end when the type changes.
        let caret = input.selection_start().ok().flatten();
        is_shown.update(|shown| *shown = !*shown);
        request_animation_frame(move || {
            // An input of a type without a caret keeps none.
            let _ = input.set_selection_start(caret);
            let _ = input.set_selection_end(caret);
        });
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {has_hint.then(|| view! { <p class="hint" id=hint_id(id)>{hint}</p> })}
            <p class="field-error" id=error_id(id) role="alert">{error}</p>
            <div class="field-box">
                <input
                    id=id
                    name=id
                    node_ref=node
                    type=kind
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    aria-invalid=is_invalid(error)
                    aria-describedby=described
                />
                {reveal.map(|(show, hide, what)| {
                    view! {
                        <button
                            type="button"
                            class="reveal"
                            aria-pressed=pressed
                            on:click=toggle
                        >
                            {word(move || if is_shown.get() { hide } else { show })}
                            <span class="visually-hidden">{what}</span>
                        </button>
                    }
                })}
            </div>
        </div>
    }
    .piece()
}

/// A box to tick, with its error above it.
#[component]
pub(crate) fn Tick(
    id: &'static str,
    label: Word,
    node: NodeRef<html::Input>,
    #[prop(into)] error: Signal<Option<String>>,
) -> Piece {
    let described = Signal::derive(move || described_by(id, false, error.read().is_some()));
    view! {
        <p class="field-error" id=error_id(id) role="alert">{error}</p>
        <div class="tick">
            <input
                id=id
                name=id
                type="checkbox"
                node_ref=node
                aria-invalid=is_invalid(error)
                aria-describedby=described
            />
            <label for=id>{label}</label>
        </div>
    }
    .piece()
}

/// `aria-invalid` of an input with this error.
pub(super) fn is_invalid(error: Signal<Option<String>>) -> Signal<Option<String>> {
    Signal::derive(move || error.read().as_ref().map(|_| "true".to_owned()))
}

/// Id of the error of the input `id`.
pub(super) fn error_id(id: &str) -> String {
    format!("{id}-error")
}

/// Id of the hint of the input `id`.
pub(super) fn hint_id(id: &str) -> String {
    format!("{id}-hint")
}

/// The ids of what is said about the input `id`, the error first.
pub(super) fn described_by(id: &str, has_hint: bool, has_error: bool) -> Option<String> {
    match (has_error, has_hint) {
        (true, true) => Some(format!("{} {}", error_id(id), hint_id(id))),
        (true, false) => Some(error_id(id)),
        (false, true) => Some(hint_id(id)),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_described_by_its_error_first() {
        assert_eq!(
            described_by("code", true, true).as_deref(),
            Some("code-error code-hint")
        );
        assert_eq!(described_by("code", false, false), None);
    }
}
