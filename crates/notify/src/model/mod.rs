//! Pure decisions of this room: what a notice holds and what a text says.

pub(crate) mod notice;
pub(crate) mod text;
