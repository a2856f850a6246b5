use leptos::prelude::*;

use crate::piece::{IntoPiece, Piece};
use crate::words::Word;

/// The steps of a procedure, with the current one marked, and its place in words.
#[component]
pub(crate) fn Stepper(
    /// Name of the list.
    label: Word,
    steps: &'static [Word],
    /// Index of the current step.
    current: usize,
    /// The current step's place in words, such as "Step 2 of 4".
    #[prop(into)]
    place: Signal<Option<String>>,
) -> Piece {
    let step = move |(at, name): (usize, &Word)| {
        let state = if at < current { "step-done" } else { "step" };
        view! {
            <li class=state aria-current=(at == current).then_some("step")>
                {*name}
            </li>
        }
    };
    let name = Signal::<Option<String>>::from(label);
    view! {
        <div class="stepper">
            <ol aria-label=name>{steps.iter().enumerate().map(step).collect_view()}</ol>
            <p>{place}</p>
        </div>
    }
    .piece()
}
