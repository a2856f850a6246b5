use leptos::prelude::*;

/// A part of a view that is drawn anew whenever something that it reads changes.
pub(crate) type Dynamic = Box<dyn FnMut() -> AnyView + Send>;

/// Makes a dynamic part of a view. All of them are one type: where each closure is a type of its
/// own, each brings its own copy of the machinery that runs it.
pub(crate) fn dynamic(draw: impl FnMut() -> AnyView + Send + 'static) -> Dynamic {
    Box::new(draw)
}
