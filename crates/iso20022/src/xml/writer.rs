//! From fields to text.

use super::escape::escape_into;

/// Writes a document, element by element.
#[derive(Debug)]
pub(crate) struct Writer {
    out: String,
}

impl Writer {
    /// A document with its declaration and nothing else yet.
    pub(crate) fn new() -> Self {
        let mut out = String::with_capacity(2048);
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        Self { out }
    }

    /// An element with what `inside` writes.
    pub(crate) fn tree(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.start(name, None);
        inside(self);
        self.end(name);
    }

    /// An element with one attribute and what `inside` writes.
    pub(crate) fn tree_with(&mut self, name: &str, attribute: (&str, &str), inside: impl FnOnce(&mut Self)) {
        self.start(name, Some(attribute));
        inside(self);
        self.end(name);
    }

    /// An element with text.
    pub(crate) fn leaf(&mut self, name: &str, text: &str) {
        self.tree(name, |to| escape_into(&mut to.out, text));
    }

    /// An element with text, if there is one.
    pub(crate) fn leaf_if(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.leaf(name, text);
        }
    }

    /// An element with one attribute and text.
    pub(crate) fn leaf_with(&mut self, name: &str, attribute: (&str, &str), text: &str) {
        self.tree_with(name, attribute, |to| escape_into(&mut to.out, text));
    }

    /// What was written.
    pub(crate) fn finish(self) -> String {
        self.out
    }

    fn start(&mut self, name: &str, attribute: Option<(&str, &str)>) {
        self.out.push('<');
        self.out.push_str(name);
        if let Some((of, value)) = attribute {
            self.out.push(' ');
            self.out.push_str(of);
            self.out.push_str("=\"");
            escape_into(&mut self.out, value);
            self.out.push('"');
        }
        self.out.push('>');
    }

    fn end(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }
}
