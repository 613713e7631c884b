//! Safe XML: from bytes to a tree, and from fields to text.

mod escape;
mod names;
mod reader;
mod tree;
mod writer;

pub(crate) use reader::parse;
pub(crate) use tree::{Element, Tree};
pub(crate) use writer::Writer;
