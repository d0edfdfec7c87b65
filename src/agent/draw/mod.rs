//! Drawing: a picture in three planes, its shapes, text, and people.

pub(super) mod canvas;
pub(super) mod portrait;
pub(super) mod text;
