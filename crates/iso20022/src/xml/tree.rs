//! A document as a tree of elements.

use std::borrow::Cow;

/// No node.
const NONE: u32 = u32::MAX;

/// One element; its place in the tree is its index.
#[derive(Debug)]
struct Node<'a> {
    name: &'a str,
    namespace: u32,
    text: Cow<'a, str>,
    first_attribute: u32,
    attributes: u32,
    parent: u32,
    first_child: u32,
    last_child: u32,
    next: u32,
}

/// One attribute that is no declaration of a namespace.
#[derive(Debug)]
pub(crate) struct Attribute<'a> {
    pub(crate) name: &'a str,
    /// Empty where the name has no prefix.
    pub(crate) namespace: u32,
    pub(crate) value: Cow<'a, str>,
}

/// All elements of a document, in the order of their start tags. Names and most texts are borrowed from the document.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    attributes: Vec<Attribute<'a>>,
    namespaces: Vec<Cow<'a, str>>,
}

impl<'a> Tree<'a> {
    pub(super) fn with_room_for(elements: usize) -> Self {
        Self { nodes: Vec::with_capacity(elements), attributes: Vec::new(), namespaces: vec![Cow::Borrowed("")] }
    }

    /// The number of this namespace, new or known.
    pub(super) fn namespace(&mut self, uri: Cow<'a, str>) -> u32 {
        let found = self.namespaces.iter().position(|known| *known == uri);
        let index = found.unwrap_or_else(|| {
            self.namespaces.push(uri);
            self.namespaces.len() - 1
        });
        index as u32
    }

    pub(super) fn namespaces(&self) -> usize {
        self.namespaces.len()
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Puts an element at the end of its parent; the first one has none.
    pub(super) fn push(
        &mut self,
        parent: Option<u32>,
        name: &'a str,
        namespace: u32,
        attributes: impl IntoIterator<Item = Attribute<'a>>,
    ) -> u32 {
        let index = self.nodes.len() as u32;
        let first_attribute = self.attributes.len() as u32;
        self.attributes.extend(attributes);
        self.nodes.push(Node {
            name,
            namespace,
            text: Cow::Borrowed(""),
            first_attribute,
            attributes: self.attributes.len() as u32 - first_attribute,
            parent: parent.unwrap_or(NONE),
            first_child: NONE,
            last_child: NONE,
            next: NONE,
        });
        if let Some(parent) = parent {
            let before = std::mem::replace(&mut self.nodes[parent as usize].last_child, index);
            if before == NONE {
                self.nodes[parent as usize].first_child = index;
            } else {
                self.nodes[before as usize].next = index;
            }
        }
        index
    }

    /// Adds text to an element and gives the length that it has now.
    pub(super) fn add_text(&mut self, node: u32, more: Cow<'a, str>) -> usize {
        let text = &mut self.nodes[node as usize].text;
        if text.is_empty() {
            *text = more;
        } else {
            text.to_mut().push_str(&more);
        }
        text.len()
    }

    pub(crate) fn root(&self) -> Element<'_> {
        Element { tree: self, index: 0 }
    }

    /// Every element, in the order of the start tags.
    pub(crate) fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        (0..self.nodes.len() as u32).map(|index| Element { tree: self, index })
    }
}

/// One element of a tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'t> {
    tree: &'t Tree<'t>,
    index: u32,
}

impl<'t> Element<'t> {
    fn node(self) -> &'t Node<'t> {
        &self.tree.nodes[self.index as usize]
    }

    fn at(self, index: u32) -> Option<Self> {
        (index != NONE).then_some(Self { tree: self.tree, index })
    }

    /// The name without its prefix.
    pub(crate) fn name(self) -> &'t str {
        self.node().name
    }

    /// The namespace's address; empty where there is none.
    pub(crate) fn namespace(self) -> &'t str {
        &self.tree.namespaces[self.node().namespace as usize]
    }

    pub(crate) fn same_namespace(self, other: Self) -> bool {
        self.node().namespace == other.node().namespace
    }

    /// The character data directly in it, unchanged.
    pub(crate) fn text(self) -> &'t str {
        &self.node().text
    }

    /// Its attributes as (namespace, name, value).
    pub(crate) fn attributes(self) -> impl Iterator<Item = (&'t str, &'t str, &'t str)> {
        let node = self.node();
        let first = node.first_attribute as usize;
        self.tree.attributes[first..first + node.attributes as usize].iter().map(move |attribute| {
            let namespace: &str = &self.tree.namespaces[attribute.namespace as usize];
            (namespace, attribute.name, &*attribute.value)
        })
    }

    /// An attribute without a prefix.
    pub(crate) fn attribute(self, name: &str) -> Option<&'t str> {
        self.attributes().find(|(namespace, of, _)| namespace.is_empty() && *of == name).map(|(_, _, value)| value)
    }

    pub(crate) fn parent(self) -> Option<Self> {
        self.at(self.node().parent)
    }

    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.at(self.node().first_child), |child| child.at(child.node().next))
    }

    /// The children of this name.
    pub(crate) fn all(self, name: &str) -> impl Iterator<Item = Self> {
        self.children().filter(move |child| child.name() == name)
    }

    /// The first element on this way of names, such as `PmtId/TxId`.
    pub(crate) fn get(self, way: &str) -> Option<Self> {
        way.split('/').try_fold(self, |at, name| at.children().find(|child| child.name() == name))
    }

    /// The text of the first element on this way.
    pub(crate) fn text_of(self, way: &str) -> Option<&'t str> {
        self.get(way).map(Self::text)
    }

    /// The way from `Document` (else from the root) to it, with numbers where several have the same name.
    pub(crate) fn path(self) -> String {
        let mut parts = Vec::new();
        let mut at = Some(self);
        while let Some(element) = at {
            parts.push(element.step());
            at = element.parent().filter(|_| !matches!(element.name(), "Document" | "AppHdr"));
        }
        parts.reverse();
        parts.join("/")
    }

    fn step(self) -> String {
        let name = crate::refused::shown(self.name());
        let Some(parent) = self.parent() else { return name };
        let before = parent.all(self.name()).take_while(|sibling| sibling.index < self.index).count();
        let several = before > 0 || parent.all(self.name()).nth(1).is_some();
        if several { format!("{name}[{}]", before + 1) } else { name }
    }
}
