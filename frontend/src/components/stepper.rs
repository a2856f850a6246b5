use leptos::prelude::*;

use crate::piece::{IntoPiece, Piece};

/// The steps of a procedure, with the current one marked, and its place in words.
#[component]
pub(crate) fn Stepper(
    /// Name of the list.
    label: &'static str,
    steps: &'static [&'static str],
    /// Index of the current step.
    current: usize,
    /// The current step's place in words, such as "Step 2 of 4".
    place: String,
) -> Piece {
    let step = move |(at, name): (usize, &&'static str)| {
        let state = if at < current { "step-done" } else { "step" };
        view! {
            <li class=state aria-current=(at == current).then_some("step")>
                {*name}
            </li>
        }
    };
    view! {
        <div class="stepper">
            <ol aria-label=label>{steps.iter().enumerate().map(step).collect_view()}</ol>
            <p>{place}</p>
        </div>
    }
    .piece()
}
