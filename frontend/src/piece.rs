//! Views of one type. Leptos gives every view a type of its own, with code to build it and code to
//! patch it. Nothing here is ever patched as a whole: what changes are texts and attributes, and
//! where a part gives way to another one it is replaced. A [`Piece`] can only do that, and the
//! app is a tenth smaller for it.

use leptos::{
    prelude::*,
    tachys::{
        html::attribute::{Attribute, any_attribute::AnyAttribute},
        hydration::Cursor,
        view::{Position, PositionState, add_attr::AddAnyAttr},
    },
    web_sys::{Element, Node},
};
use send_wrapper::SendWrapper;

/// A view that is built at once and replaced instead of patched. (Views have to be `Send`, and
/// there is only one thread.)
pub(crate) struct Piece(SendWrapper<Built>);

impl Piece {
    /// Nothing to see.
    pub(crate) fn empty() -> Self {
        ().piece()
    }
}

/// Turns any view into a [`Piece`].
pub(crate) trait IntoPiece {
    /// This view as a piece.
    fn piece(self) -> Piece;
}

impl<V> IntoPiece for V
where
    V: Render,
    V::State: 'static,
{
    fn piece(self) -> Piece {
        Piece(SendWrapper::new(Built(Box::new(self.build()))))
    }
}

/// A part of a view that is drawn anew whenever something that it reads changes.
pub(crate) fn dynamic(draw: impl FnMut() -> Piece + Send + 'static) -> Piece {
    // One type for all of them: each closure of a type of its own would bring its own copy of the
    // machinery that runs it.
    let draw: Box<dyn FnMut() -> Piece + Send> = Box::new(draw);
    draw.piece()
}

/// What a piece does once it is built: what [`Mountable`] asks of every view, without the parts
/// that the app never uses and would otherwise carry for each of them.
trait Part {
    fn unmount(&mut self);
    fn mount(&mut self, parent: &Element, marker: Option<&Node>);
    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool;
}

impl<M: Mountable> Part for M {
    fn unmount(&mut self) {
        Mountable::unmount(self);
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        Mountable::mount(self, parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        Mountable::insert_before_this(self, child)
    }
}

/// A piece that is in the page, or about to be.
pub(crate) struct Built(Box<dyn Part>);

impl Mountable for Built {
    fn unmount(&mut self) {
        self.0.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.0.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.0.insert_before_this(child)
    }

    /// Asked for only by whoever gives attributes to a view from outside, as nobody here does.
    fn elements(&self) -> Vec<Element> {
        Vec::new()
    }
}

impl Render for Piece {
    type State = Built;

    fn build(self) -> Built {
        self.0.take()
    }

    fn rebuild(self, old: &mut Built) {
        let mut new = self.build();
        Mountable::insert_before_this(old, &mut new);
        Mountable::unmount(old);
        *old = new;
    }
}

/// Attributes that are given to a component from outside: no component here takes any.
impl AddAnyAttr for Piece {
    type Output<NewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self {
        self
    }
}

/// Views have to be able to become text on a server, and there is none that would ask.
impl RenderHtml for Piece {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        _: &mut String,
        _: &mut Position,
        _: bool,
        _: bool,
        _: Vec<AnyAttribute>,
    ) {
    }

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> Built {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}
