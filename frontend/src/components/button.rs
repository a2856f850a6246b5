use leptos::{ev::MouseEvent, prelude::*};

use crate::piece::{IntoPiece, Piece, dynamic};
use crate::words::Word;

/// How much a button asks to be pressed.
#[derive(Clone, Copy, Default)]
pub(crate) enum Look {
    /// The one thing to do next.
    Primary,
    /// Something else that can be done.
    #[default]
    Secondary,
    /// Something that takes away.
    Danger,
    /// A way out, drawn like a link.
    Plain,
}

impl Look {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Secondary => "button",
            Self::Danger => "button button-danger",
            Self::Plain => "button button-plain",
        }
    }
}

/// Whether a button can be pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Activity {
    /// Yes.
    #[default]
    Ready,
    /// Not yet again: what it started is under way.
    Busy,
    /// Not yet: something has to be waited for.
    Held,
}

/// A button. Without `on_press` it submits its form.
///
/// While it is not ready it keeps its size and its focus and does nothing; a disabled button would
/// lose the focus. While busy it says `busy_label`, once that has lasted long enough to be read.
#[component]
pub(crate) fn Button(
    #[prop(into)] label: Signal<Option<String>>,
    #[prop(optional)] look: Look,
    #[prop(optional, into)] activity: Signal<Activity>,
    #[prop(optional)] busy_label: Word,
    /// What the label is about, for those who hear it by itself.
    #[prop(optional)]
    about: Option<String>,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
) -> Piece {
    let disabled =
        Signal::derive(move || (activity.get() != Activity::Ready).then(|| "true".to_owned()));
    let press = move |event: MouseEvent| {
        if activity.get_untracked() != Activity::Ready {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <button
            type=if on_press.is_some() { "button" } else { "submit" }
            class=look.class()
            aria-disabled=disabled
            on:click=press
        >
            <span class="button-label">
                {label} {about.map(|about| view! { <span class="visually-hidden">" "{about}</span> })}
            </span>
            {dynamic(move || {
                if activity.get() == Activity::Busy {
                    view! { <span class="button-busy">{busy_label}</span> }.piece()
                } else {
                    Piece::empty()
                }
            })}
        </button>
    }
    .piece()
}
