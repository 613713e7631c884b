//! The notation of the tables, and the schema that is read from it.
//!
//! ```text
//! Name = A:Type B:Type? C:Type* D:Type+ E:Type{3} F:Type?@8- G:Type@-7;    elements in this order
//! Name = A:Type | B:Type;                                                  exactly one of these
//! Name = "AAAA BBBB";                                                      one of these codes
//! ```
//!
//! After the type stands how often: nothing is once, `?` up to once, `*` any number, `+` at least once, `{n}` up to n times.
//! `@8-` exists from generation 8 on, `@-7` up to 7, `@3-7` between. A type of digits is text of up to so many characters; other
//! simple types are named in [`super::simple`]; `~` is a part that is checked for its names only, `#` one that is not checked.
//! Without a type, the type has the element's name.

use super::simple::Simple;
use super::tables;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Which type, as its place in [`Schema::types`].
pub(super) type TypeId = u16;

/// An element within a sequence or a choice.
#[derive(Debug)]
pub(super) struct Particle {
    pub(super) name: &'static str,
    pub(super) of: TypeId,
    pub(super) least: u32,
    pub(super) most: u32,
    from: u8,
    to: u8,
}

impl Particle {
    pub(super) fn exists_in(&self, generation: u8) -> bool {
        (self.from..=self.to).contains(&generation)
    }
}

/// What an element of a type holds.
#[derive(Debug)]
pub(super) enum Type {
    Sequence(Vec<Particle>),
    Choice(Vec<Particle>),
    Simple(Simple),
    /// Elements of known names in any order.
    Loose,
    /// Anything.
    Open,
}

/// All types.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) types: Vec<Type>,
    names: HashMap<&'static str, TypeId>,
    /// What may stand in loose parts: names of their own and those of all types; sorted.
    pub(super) loose_names: Vec<&'static str>,
}

impl Schema {
    /// The tables of this program, read at the first use.
    pub(super) fn get() -> &'static Self {
        static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::read(tables::ALL, tables::LOOSE_NAMES));
        &SCHEMA
    }

    pub(super) fn type_of(&self, name: &str) -> TypeId {
        self.names[name]
    }

    /// Reads tables. Panics on a mistake in them; a test reads them all.
    fn read(tables: &[&'static str], loose_names: &'static str) -> Self {
        let mut schema = Self { types: Vec::new(), names: HashMap::new(), loose_names: Vec::new() };
        let mut definitions = Vec::new();
        for definition in tables.iter().flat_map(|table| table.split(';')) {
            let definition = definition.trim();
            let Some((name, body)) = definition.split_once(" = ") else {
                assert!(definition.is_empty(), "not a definition: {definition}");
                continue;
            };
            let id = schema.types.len() as TypeId;
            assert!(schema.names.insert(name, id).is_none(), "defined twice: {name}");
            schema.types.push(Type::Open);
            definitions.push((id, body.trim()));
        }
        for (id, body) in definitions {
            schema.types[usize::from(id)] = schema.definition(body);
        }
        schema.loose_names = loose_names.split_whitespace().collect();
        for one in &schema.types {
            if let Type::Sequence(particles) | Type::Choice(particles) = one {
                schema.loose_names.extend(particles.iter().map(|particle| particle.name));
            }
        }
        schema.loose_names.sort_unstable();
        schema.loose_names.dedup();
        schema
    }

    fn definition(&mut self, body: &'static str) -> Type {
        if let Some(codes) = body.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            return Type::Simple(Simple::OneOf(codes.split_whitespace().collect()));
        }
        if body.contains('|') {
            return Type::Choice(body.split('|').map(|item| self.particle(item.trim())).collect());
        }
        Type::Sequence(body.split_whitespace().map(|item| self.particle(item)).collect())
    }

    fn particle(&mut self, item: &'static str) -> Particle {
        let (item, (from, to)) =
            item.split_once('@').map_or((item, (0, u8::MAX)), |(item, span)| (item, generations(span)));
        let (item, (least, most)) = match item.split_once('{') {
            Some((item, count)) => {
                let most = count.strip_suffix('}').and_then(|digits| digits.parse().ok());
                (item, (0, most.unwrap_or_else(|| panic!("no count: {item}"))))
            }
            None => match item.as_bytes().last() {
                Some(b'?') => (&item[..item.len() - 1], (0, 1)),
                Some(b'*') => (&item[..item.len() - 1], (0, u32::MAX)),
                Some(b'+') => (&item[..item.len() - 1], (1, u32::MAX)),
                _ => (item, (1, 1)),
            },
        };
        let (name, of) = item.split_once(':').unwrap_or((item, item));
        Particle { name, of: self.named(of), least, most, from, to }
    }

    /// The type of this name: one of the tables, else a built-in one, which is entered at its first use.
    fn named(&mut self, name: &'static str) -> TypeId {
        if let Some(id) = self.names.get(name) {
            return *id;
        }
        let built_in = match name {
            "~" => Type::Loose,
            "#" => Type::Open,
            _ => Type::Simple(Simple::named(name).unwrap_or_else(|| panic!("no such type: {name}"))),
        };
        let id = self.types.len() as TypeId;
        self.types.push(built_in);
        self.names.insert(name, id);
        id
    }
}

fn generations(span: &str) -> (u8, u8) {
    let (from, to) = span.split_once('-').unwrap_or((span, span));
    let number = |digits: &str, none| if digits.is_empty() { none } else { digits.parse().expect("a generation") };
    (number(from, 0), number(to, u8::MAX))
}
