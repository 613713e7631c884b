//! A small tree of the elements of a key container, with bounds.

use super::Unreadable;
use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

pub(super) const PSKC: &str = "urn:ietf:params:xml:ns:keyprov:pskc";
const XMLENC: &str = "http://www.w3.org/2001/04/xmlenc#";

/// The largest file that is read, in bytes: about ten thousand tokens.
pub const MOST_BYTES: usize = 16 << 20;
const MOST_ELEMENTS: usize = 400_000;
const MOST_DEEP: usize = 24;
const MOST_TEXT: usize = 64 << 10;

/// An element of RFC 6030 or XML encryption, or one of another namespace, which nobody asks for.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Empty in a namespace that is not known here.
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    pub(super) text: String,
}

impl Element {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// The child with this name if there is exactly one.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        let mut children = self.children.iter().filter(|child| child.is(name));
        let first = children.next();
        if children.next().is_some() { None } else { first }
    }

    pub(super) fn children<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.is(name))
    }

    pub(super) fn has_children(&self) -> bool {
        !self.children.is_empty()
    }

    /// The text of a child, without white space around it.
    pub(super) fn child_text(&self, name: &str) -> Option<String> {
        self.child(name).map(|child| child.text.trim().to_owned())
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// The root of a document in UTF-8 without a document type, a processing instruction or an entity of its own.
pub(super) fn parse(bytes: &[u8]) -> Result<Element, Unreadable> {
    if bytes.len() > MOST_BYTES {
        return wrong(format!("the file is larger than {} MiB", MOST_BYTES >> 20));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Unreadable("the file is not UTF-8".to_owned()))?;
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    let mut count = 0;
    loop {
        let (resolved, event) = reader.read_resolved_event().map_err(|error| not_well_formed(&error))?;
        let known = matches!(&resolved, ResolveResult::Bound(space) if [PSKC, XMLENC].contains(&space.0));
        match event {
            Event::Start(tag) | Event::Empty(tag) if root.is_some() => {
                return wrong(format!("{} stands after the end of the document", super::shown(tag.name().0)));
            }
            Event::Start(tag) => {
                if open.len() >= MOST_DEEP {
                    return wrong(format!("elements are more than {MOST_DEEP} deep"));
                }
                open.push(element(&tag, known)?);
            }
            Event::Empty(tag) => {
                let element = element(&tag, known)?;
                close(element, &mut open, &mut root);
            }
            Event::End(_) => {
                let Some(element) = open.pop() else { return wrong("an end without a start") };
                close(element, &mut open, &mut root);
            }
            Event::Text(piece) => add(&mut open, &piece.xml10_content())?,
            Event::CData(piece) => add(&mut open, &piece.xml10_content())?,
            Event::GeneralRef(reference) => {
                let sign = match reference.resolve_char_ref().map_err(|error| not_well_formed(&error))? {
                    Some(sign) => sign.to_string(),
                    None => {
                        let known = quick_xml::escape::resolve_predefined_entity(&reference.xml10_content());
                        known.ok_or_else(|| Unreadable("it has entities of its own".to_owned()))?.to_owned()
                    }
                };
                add(&mut open, &sign)?;
            }
            Event::Decl(_) | Event::Comment(_) => continue,
            Event::PI(_) => return wrong("it has processing instructions"),
            Event::DocType(_) => return wrong("it has a document type, which is never read"),
            Event::Eof => break,
        }
        count += 1;
        if count > MOST_ELEMENTS * 3 {
            return wrong(format!("it has more than {MOST_ELEMENTS} elements"));
        }
    }
    match root {
        Some(root) if open.is_empty() => Ok(root),
        _ => wrong("the file ends too early"),
    }
}

fn element(tag: &BytesStart<'_>, known: bool) -> Result<Element, Unreadable> {
    let name = if known { tag.local_name().into_inner().to_owned() } else { String::new() };
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| not_well_formed(&error))?;
        if attributes.len() >= 32 || attribute.value.len() > MOST_TEXT {
            return wrong("an element has too many or too long attributes");
        }
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| not_well_formed(&error))?;
        attributes.push((attribute.key.0.to_owned(), value.into_owned()));
    }
    Ok(Element { name, attributes, ..Element::default() })
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

fn add(open: &mut [Element], text: &str) -> Result<(), Unreadable> {
    match open.last_mut() {
        Some(element) if element.text.len() + text.len() > MOST_TEXT => wrong("an element has too much text"),
        Some(element) => {
            element.text.push_str(text);
            Ok(())
        }
        None if text.trim().is_empty() => Ok(()),
        None => wrong("there is text outside of the document"),
    }
}

fn not_well_formed(error: &dyn std::fmt::Display) -> Unreadable {
    let said: String = error.to_string().chars().filter(|sign| !sign.is_control()).take(200).collect();
    Unreadable(format!("the XML is not well-formed: {said}"))
}

fn wrong<T>(why: impl Into<String>) -> Result<T, Unreadable> {
    Err(Unreadable(why.into()))
}
