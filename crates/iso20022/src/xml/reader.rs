//! From bytes to a tree. quick-xml finds tags, texts and references; everything that a hostile or careless document may do
//! with them is decided here.

use super::tree::{Attribute, Tree};
use super::{escape, names};
use crate::Limits;
use crate::refused::{Cause, Refused, shown};
use quick_xml::Reader;
use quick_xml::events::Event;
use quick_xml::events::attributes::Attributes;
use std::borrow::Cow;

/// What `xml:` and `xmlns:` are bound to, whatever a document says.
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
/// Bindings of prefixes that may be in force at a time, and namespaces of a document.
const MOST_BINDINGS: usize = 64;
/// Names are no longer than this, in bytes.
const LONGEST_NAME: usize = 128;

/// The tree of a document in UTF-8 that is well-formed with namespaces, has no document type, no processing instruction, no
/// entity but the five of XML, and stays within the limits.
pub(crate) fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Tree<'a>, Refused> {
    if bytes.len() > limits.bytes {
        return Err(limit(0, format!("{} bytes are more than the {} allowed", bytes.len(), limits.bytes)));
    }
    let text = utf8(bytes)?;
    if let Some(at) = names::not_allowed(text) {
        return Err(wrong(at, "a control character that XML does not allow"));
    }
    let mut build = Build {
        input: text,
        limits,
        tree: Tree::with_room_for((text.len() / 48).min(limits.elements)),
        open: Vec::new(),
        bindings: vec![(Some("xml"), Cow::Borrowed(XML))],
        known: Vec::new(),
        done: false,
    };
    build.known.push((Cow::Borrowed(XML), build.tree.namespace(Cow::Borrowed(XML))));
    build.run()?;
    Ok(build.tree)
}

/// The bytes as text without a byte order mark; encodings that are not taken are refused by name.
fn utf8(bytes: &[u8]) -> Result<&str, Refused> {
    let utf_16 = bytes.starts_with(b"\xFE\xFF")
        || bytes.starts_with(b"\xFF\xFE")
        || bytes.starts_with(b"\0<")
        || bytes.starts_with(b"<\0");
    if utf_16 {
        return Err(wrong(0, "UTF-16 is not read; send UTF-8"));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.is_empty() {
        return Err(wrong(0, "there is nothing"));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let named = declared_encoding(&bytes[..error.valid_up_to().min(200)]);
        let named = named.filter(|name| !name.eq_ignore_ascii_case("utf-8"));
        let said = named
            .map_or_else(|| "this is not UTF-8".to_owned(), |name| format!("{} is not read; send UTF-8", shown(name)));
        wrong(error.valid_up_to(), said)
    })
}

/// The encoding that a declaration at the start names.
fn declared_encoding(start: &[u8]) -> Option<&str> {
    let declaration = std::str::from_utf8(start).ok()?.strip_prefix("<?xml")?.split_once("?>")?.0;
    let after = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|sign| matches!(sign, '"' | '\''))?;
    after[1..].split(quote).next()
}

/// An element whose end tag has not come.
struct Open {
    node: u32,
    /// How many bindings were in force outside it.
    bindings: usize,
}

struct Build<'a, 'l> {
    input: &'a str,
    limits: &'l Limits,
    tree: Tree<'a>,
    open: Vec<Open>,
    /// Prefixes in force, the latest last; no prefix is the default namespace.
    bindings: Vec<(Option<&'a str>, Cow<'a, str>)>,
    known: Vec<(Cow<'a, str>, u32)>,
    done: bool,
}

impl<'a> Build<'a, '_> {
    fn run(&mut self) -> Result<(), Refused> {
        let input = self.input;
        let mut reader = Reader::from_str(input);
        let config = reader.config_mut();
        config.check_comments = true;
        config.check_end_names = true;
        config.trim_markup_names_in_closing_tags = true;
        let mut at = 0;
        loop {
            let event = reader.read_event().map_err(|error| {
                wrong(reader.error_position() as usize, format!("not well-formed: {}", said(&error)))
            })?;
            let end = reader.buffer_position() as usize;
            let piece = input.get(at..end).unwrap_or_default();
            match event {
                Event::Start(tag) => self.start(piece, tag.name().as_ref().len(), at)?,
                Event::Empty(tag) => {
                    self.start(piece, tag.name().as_ref().len(), at)?;
                    self.end();
                }
                Event::End(_) => self.end(),
                Event::Text(_) => self.text(piece, at)?,
                Event::CData(_) => {
                    let inside = piece.strip_prefix("<![CDATA[").and_then(|rest| rest.strip_suffix("]]>"));
                    self.append(escape::line_ends(inside.unwrap_or_default()), at)?;
                }
                Event::GeneralRef(_) => {
                    let name = piece.strip_prefix('&').and_then(|rest| rest.strip_suffix(';')).unwrap_or_default();
                    let sign = escape::referenced(name).map_err(|why| wrong(at, why))?;
                    self.append(Cow::Owned(sign.to_string()), at)?;
                }
                Event::Decl(_) => declaration(piece, at)?,
                Event::Comment(_) => {}
                Event::PI(_) => return Err(wrong(at, "a processing instruction")),
                Event::DocType(_) => {
                    return Err(wrong(at, "a document type declaration; entities and outside parts are never read"));
                }
                Event::Eof => break,
            }
            at = end;
        }
        if let Some(open) = self.open.last() {
            let name = self.tree.elements().nth(open.node as usize).map(|element| shown(element.name()));
            return Err(wrong(input.len(), format!("it ends inside of {}", name.unwrap_or_default())));
        }
        if self.done { Ok(()) } else { Err(wrong(input.len(), "there is no element")) }
    }

    /// A start tag: `<name attributes>` or `<name attributes/>`.
    fn start(&mut self, tag: &'a str, name_length: usize, at: usize) -> Result<(), Refused> {
        if self.done {
            return Err(wrong(at, "an element after the end of the document"));
        }
        if self.tree.len() >= self.limits.elements {
            return Err(limit(at, format!("more than the {} elements allowed", self.limits.elements)));
        }
        if self.open.len() >= self.limits.depth {
            return Err(limit(at, format!("elements are more than {} deep", self.limits.depth)));
        }
        let inside = tag.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or_default();
        let inside = inside.strip_suffix('/').unwrap_or(inside);
        let (prefix, name) = split(inside.get(..name_length).unwrap_or_default(), at)?;
        let outside = self.bindings.len();
        let attributes = self.attributes(inside, name_length, at)?;
        let namespace = self.resolve(prefix, true, at)?;
        let mut own: Vec<Attribute<'a>> = Vec::new();
        for (prefix, name, value) in attributes {
            let namespace = self.resolve(prefix, false, at)?;
            if own.iter().any(|other| other.name == name && other.namespace == namespace) {
                return Err(wrong(at, format!("attribute {} twice", shown(name))));
            }
            own.push(Attribute { name, namespace, value });
        }
        let node = self.tree.push(self.open.last().map(|open| open.node), name, namespace, own);
        self.open.push(Open { node, bindings: outside });
        Ok(())
    }

    /// Reads the attributes of a tag: puts declarations of namespaces in force and gives the others.
    #[allow(clippy::type_complexity, reason = "prefix, name and value, used at one place")]
    fn attributes(
        &mut self,
        inside: &'a str,
        name_length: usize,
        at: usize,
    ) -> Result<Vec<(Option<&'a str>, &'a str, Cow<'a, str>)>, Refused> {
        let mut others = Vec::new();
        if inside.len() == name_length {
            return Ok(others);
        }
        let mut declared = Vec::new();
        for (count, attribute) in Attributes::new(inside, name_length).enumerate() {
            if count >= self.limits.attributes {
                return Err(limit(at, format!("more than the {} attributes allowed", self.limits.attributes)));
            }
            let attribute = attribute.map_err(|error| wrong(at, format!("not well-formed: {error}")))?;
            let (Cow::Borrowed(raw), key) = (attribute.value, attribute.key.0) else {
                return Err(wrong(at, "an attribute without a plain value"));
            };
            if raw.len() > self.limits.text_bytes {
                return Err(limit(
                    at,
                    format!("an attribute of {} bytes; {} are allowed", raw.len(), self.limits.text_bytes),
                ));
            }
            let after = raw.as_ptr() as usize + raw.len() + 1 - inside.as_ptr() as usize;
            if inside.get(after..).and_then(|rest| rest.chars().next()).is_some_and(|sign| !sign.is_ascii_whitespace())
            {
                return Err(wrong(at, "no space between attributes"));
            }
            let value = escape::attribute_value(raw).map_err(|why| wrong(at, why))?;
            match split(key, at)? {
                (None, "xmlns") => declared.push((None, value)),
                (Some("xmlns"), prefix) => declared.push((Some(prefix), value)),
                (prefix, name) => others.push((prefix, name, value)),
            }
        }
        for (index, (prefix, uri)) in declared.into_iter().enumerate() {
            let so_far = &self.bindings[self.bindings.len() - index..];
            if so_far.iter().any(|(other, _)| *other == prefix) {
                return Err(wrong(at, "a prefix is declared twice"));
            }
            let reserved = prefix == Some("xmlns") || uri == XMLNS || (prefix == Some("xml")) != (uri == XML);
            if reserved || (prefix.is_some() && uri.is_empty()) {
                return Err(wrong(at, "a declaration of a namespace that XML does not allow"));
            }
            if self.bindings.len() >= MOST_BINDINGS {
                return Err(limit(at, format!("more than {MOST_BINDINGS} namespaces declared at a time")));
            }
            self.bindings.push((prefix, uri));
        }
        Ok(others)
    }

    /// The namespace of a prefix; a name without prefix has the default one if it is an element's, else none.
    fn resolve(&mut self, prefix: Option<&str>, element: bool, at: usize) -> Result<u32, Refused> {
        if prefix.is_none() && !element {
            return Ok(0);
        }
        let bound = self.bindings.iter().rev().find(|(of, _)| *of == prefix).map(|(_, uri)| uri);
        let uri = match (bound, prefix) {
            (Some(uri), _) => uri,
            (None, None) => return Ok(0),
            (None, Some(prefix)) => return Err(wrong(at, format!("prefix {} is not declared", shown(prefix)))),
        };
        if let Some((_, number)) = self.known.iter().find(|(known, _)| known == uri) {
            return Ok(*number);
        }
        if self.tree.namespaces() >= MOST_BINDINGS {
            return Err(limit(at, format!("more than {MOST_BINDINGS} namespaces")));
        }
        let uri = uri.clone();
        let number = self.tree.namespace(uri.clone());
        self.known.push((uri, number));
        Ok(number)
    }

    fn end(&mut self) {
        if let Some(open) = self.open.pop() {
            self.bindings.truncate(open.bindings);
        }
        self.done = self.open.is_empty();
    }

    fn text(&mut self, raw: &'a str, at: usize) -> Result<(), Refused> {
        if raw.contains("]]>") {
            return Err(wrong(at, "']]>' in text"));
        }
        self.append(escape::line_ends(raw), at)
    }

    fn append(&mut self, text: Cow<'a, str>, at: usize) -> Result<(), Refused> {
        let Some(open) = self.open.last() else {
            let blank = text.chars().all(|sign| matches!(sign, ' ' | '\t' | '\n'));
            return if blank { Ok(()) } else { Err(wrong(at, "text outside of the document's element")) };
        };
        if self.tree.add_text(open.node, text) > self.limits.text_bytes {
            return Err(limit(at, format!("an element with more than {} bytes of text", self.limits.text_bytes)));
        }
        Ok(())
    }
}

/// `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` at the very start.
fn declaration(piece: &str, at: usize) -> Result<(), Refused> {
    if at != 0 {
        return Err(wrong(at, "an XML declaration that is not at the start"));
    }
    let inside = piece.strip_prefix("<?xml").and_then(|rest| rest.strip_suffix("?>")).unwrap_or_default();
    let mut order = 0;
    for attribute in Attributes::new(inside, 0) {
        let attribute = attribute.map_err(|error| wrong(at, format!("not well-formed: {error}")))?;
        let value = &*attribute.value;
        let place = match attribute.key.0 {
            "version" if value == "1.0" => 1,
            "version" => return Err(wrong(at, "only XML 1.0 is read")),
            "encoding" if value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("us-ascii") => 2,
            "encoding" => return Err(wrong(at, format!("{} is not read; send UTF-8", shown(value)))),
            "standalone" if matches!(value, "yes" | "no") => 3,
            _ => return Err(wrong(at, "not an XML declaration")),
        };
        if place <= order || (order == 0 && place != 1) {
            return Err(wrong(at, "not an XML declaration"));
        }
        order = place;
    }
    if order == 0 { Err(wrong(at, "not an XML declaration")) } else { Ok(()) }
}

/// Prefix and local part of a name.
fn split(name: &str, at: usize) -> Result<(Option<&str>, &str), Refused> {
    if name.len() > LONGEST_NAME {
        return Err(limit(at, format!("a name of {} bytes", name.len())));
    }
    let (prefix, local) = name.split_once(':').map_or((None, name), |(prefix, local)| (Some(prefix), local));
    if names::is_name(local) && prefix.is_none_or(names::is_name) {
        Ok((prefix, local))
    } else {
        Err(wrong(at, format!("{} is no name", shown(name))))
    }
}

/// quick-xml's reason without what it repeats of the document.
fn said(error: &quick_xml::Error) -> String {
    use quick_xml::errors::IllFormedError as Ill;
    match error {
        quick_xml::Error::IllFormed(Ill::MismatchedEndTag { expected, found }) => {
            format!("{} ends as {}", shown(expected), shown(found))
        }
        quick_xml::Error::IllFormed(Ill::UnmatchedEndTag(found)) => format!("{} ends and never began", shown(found)),
        quick_xml::Error::IllFormed(Ill::DoubleHyphenInComment) => "'--' in a comment".to_owned(),
        quick_xml::Error::IllFormed(Ill::UnclosedReference) => "'&' that begins no reference".to_owned(),
        quick_xml::Error::Syntax(error) => error.to_string(),
        _ => "a mistake in the markup".to_owned(),
    }
}

fn wrong(at: usize, reason: impl Into<String>) -> Refused {
    Refused::new(Cause::Xml, format!("byte {at}"), reason)
}

fn limit(at: usize, reason: impl Into<String>) -> Refused {
    Refused::new(Cause::Limit, format!("byte {at}"), reason)
}
