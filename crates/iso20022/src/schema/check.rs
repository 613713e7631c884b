//! Whether a tree is what the tables allow.

use super::notation::{Particle, Schema, Type, TypeId};
use crate::refused::{Cause, Refused, shown};
use crate::xml::Element;

/// Attributes of this namespace say where a schema may be found; they are passed over.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Checks an element and all within against the type of this name, as of a generation.
pub(crate) fn check(element: Element<'_>, type_name: &str, generation: u8) -> Result<(), Refused> {
    let schema = Schema::get();
    Check { schema, generation }.element(element, schema.type_of(type_name))
}

struct Check {
    schema: &'static Schema,
    generation: u8,
}

impl Check {
    fn element(&self, element: Element<'_>, of: TypeId) -> Result<(), Refused> {
        match &self.schema.types[usize::from(of)] {
            Type::Sequence(particles) => {
                no_attributes(element)?;
                no_text(element)?;
                self.sequence(element, particles)
            }
            Type::Choice(particles) => {
                no_attributes(element)?;
                no_text(element)?;
                self.choice(element, particles)
            }
            Type::Simple(simple) => {
                if let Some(child) = element.children().next() {
                    return Err(refused(child, "an element where only text may be"));
                }
                let currency =
                    if simple.has_currency() { currency_of(element)? } else { no_attributes(element).map(|()| "")? };
                simple.check(element.text(), currency).map_err(|reason| refused(element, reason))
            }
            Type::Loose => self.loose(element),
            Type::Open => Ok(()),
        }
    }

    fn sequence(&self, element: Element<'_>, particles: &[Particle]) -> Result<(), Refused> {
        let mut at = 0;
        let mut count = 0;
        for child in element.children() {
            same_namespace(element, child)?;
            let here = particles[at..].iter().position(|particle| self.is(particle, child.name()));
            let Some(skip) = here else {
                return Err(self.misplaced(child, particles));
            };
            if skip > 0 {
                self.enough(element, &particles[at..at + skip], count)?;
                at += skip;
                count = 0;
            }
            count += 1;
            let particle = &particles[at];
            if count > particle.most {
                let times = if particle.most == 1 { "once".to_owned() } else { format!("{} times", particle.most) };
                return Err(refused(child, format!("it may stand here only {times}")));
            }
            self.element(child, particle.of)?;
        }
        self.enough(element, &particles[at..], count)
    }

    fn choice(&self, element: Element<'_>, particles: &[Particle]) -> Result<(), Refused> {
        let mut children = element.children();
        let Some(child) = children.next() else {
            let names: Vec<_> = self.existing(particles).map(|particle| particle.name).collect();
            return Err(refused(element, format!("one of {} is missing", names.join(", "))));
        };
        same_namespace(element, child)?;
        let Some(particle) = particles.iter().find(|particle| self.is(particle, child.name())) else {
            return Err(self.misplaced(child, particles));
        };
        if let Some(second) = children.next() {
            return Err(refused(second, "only one element may stand here"));
        }
        self.element(child, particle.of)
    }

    fn loose(&self, element: Element<'_>) -> Result<(), Refused> {
        for child in element.children() {
            if child.name() == "Envlp" {
                continue;
            }
            same_namespace(element, child)?;
            if self.schema.loose_names.binary_search(&child.name()).is_err() {
                return Err(refused(child, "not an element of this message"));
            }
            self.loose(child)?;
        }
        if element.children().next().is_some() { no_text(element) } else { Ok(()) }
    }

    /// Refuses if one of these that must be there was not; the first of them was there `count` times.
    fn enough(&self, element: Element<'_>, particles: &[Particle], count: u32) -> Result<(), Refused> {
        let counts = std::iter::once(count).chain(std::iter::repeat(0));
        for (particle, count) in particles.iter().zip(counts) {
            if particle.exists_in(self.generation) && count < particle.least {
                return Err(refused(element, format!("{} is missing", particle.name)));
            }
        }
        Ok(())
    }

    fn misplaced(&self, child: Element<'_>, particles: &[Particle]) -> Refused {
        let reason = if self.existing(particles).any(|particle| particle.name == child.name()) {
            "it stands out of order"
        } else if particles.iter().any(|particle| particle.name == child.name()) {
            "not an element of this version of the message"
        } else {
            "not an element of this message"
        };
        refused(child, reason)
    }

    fn is(&self, particle: &Particle, name: &str) -> bool {
        particle.name == name && particle.exists_in(self.generation)
    }

    fn existing<'p>(&self, particles: &'p [Particle]) -> impl Iterator<Item = &'p Particle> {
        particles.iter().filter(|particle| particle.exists_in(self.generation))
    }
}

fn same_namespace(parent: Element<'_>, child: Element<'_>) -> Result<(), Refused> {
    if child.same_namespace(parent) { Ok(()) } else { Err(refused(child, "it is of another namespace")) }
}

fn no_text(element: Element<'_>) -> Result<(), Refused> {
    let blank = element.text().bytes().all(|byte| byte.is_ascii_whitespace());
    if blank { Ok(()) } else { Err(refused(element, "text where only elements may be")) }
}

fn no_attributes(element: Element<'_>) -> Result<(), Refused> {
    match element.attributes().find(|(namespace, name, _)| !is_hint(namespace, name)) {
        Some((_, name, _)) => Err(refused(element, format!("attribute {} may not stand here", shown(name)))),
        None => Ok(()),
    }
}

fn is_hint(namespace: &str, name: &str) -> bool {
    namespace == SCHEMA_INSTANCE && matches!(name, "schemaLocation" | "noNamespaceSchemaLocation")
}

/// The value of `Ccy`, which must be the only attribute.
fn currency_of(element: Element<'_>) -> Result<&str, Refused> {
    for (namespace, name, _) in element.attributes() {
        let is_currency = namespace.is_empty() && name == "Ccy";
        if !is_currency && !is_hint(namespace, name) {
            return Err(refused(element, format!("attribute {} may not stand here", shown(name))));
        }
    }
    element.attribute("Ccy").ok_or_else(|| refused(element, "attribute Ccy is missing"))
}

fn refused(element: Element<'_>, reason: impl Into<String>) -> Refused {
    Refused::new(Cause::Schema, element.path(), reason)
}
