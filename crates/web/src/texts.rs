//! Every sentence of the bank, in Fluent files: one per room and language.

use crate::Locale;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};
use kit::Fault;
use std::borrow::Cow;

/// The texts that a room brings along. Message ids begin with the room's name and a dash, or with `refusal-`.
#[derive(Debug, Clone, Copy)]
pub struct RoomTexts {
    /// The room's name, for error messages.
    pub room: &'static str,
    /// The Chinese Fluent file.
    pub zh: &'static str,
    /// The English Fluent file.
    pub en: &'static str,
}

impl RoomTexts {
    /// The Fluent file of one language.
    pub fn source(&self, locale: Locale) -> &'static str {
        match locale {
            Locale::Zh => self.zh,
            Locale::En => self.en,
        }
    }
}

/// A value inside a text.
#[derive(Debug, Clone)]
pub enum Arg<'a> {
    /// Set as it is.
    Text(Cow<'a, str>),
    /// Chooses the plural too.
    Number(i64),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Arg<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Arg<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Arg<'_> {
    fn from(number: i32) -> Self {
        Self::Number(i64::from(number))
    }
}

impl From<usize> for Arg<'_> {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl<'a> From<&Arg<'a>> for FluentValue<'a> {
    fn from(arg: &Arg<'a>) -> Self {
        match arg {
            Arg::Text(text) => FluentValue::String(text.clone()),
            Arg::Number(number) => FluentValue::from(*number),
        }
    }
}

/// All texts of all rooms in all languages.
pub struct Texts {
    zh: FluentBundle<FluentResource>,
    en: FluentBundle<FluentResource>,
}

impl Texts {
    /// Reads the rooms' files. A file that does not parse or a message that two rooms claim is a fault.
    pub fn try_new<'a>(rooms: impl Iterator<Item = &'a RoomTexts> + Clone) -> Result<Self, Fault> {
        Ok(Self { zh: bundle(Locale::Zh, rooms.clone())?, en: bundle(Locale::En, rooms)? })
    }

    fn bundle(&self, locale: Locale) -> &FluentBundle<FluentResource> {
        match locale {
            Locale::Zh => &self.zh,
            Locale::En => &self.en,
        }
    }

    /// Whether this message, or this attribute of a message (`id.attribute`), exists.
    pub fn has(&self, locale: Locale, key: &str) -> bool {
        let (id, attribute) = split(key);
        self.bundle(locale).get_message(id).is_some_and(|message| match attribute {
            Some(attribute) => message.get_attribute(attribute).is_some(),
            None => message.value().is_some(),
        })
    }

    /// The text under a key, `id` or `id.attribute`. A key that does not exist is logged and comes back as it is: a
    /// page with one odd word serves a person better than no page, and a test keeps it from happening.
    pub fn get(&self, locale: Locale, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        let (id, attribute) = split(key);
        let bundle = self.bundle(locale);
        let message = bundle.get_message(id);
        let pattern = message.and_then(|message| match attribute {
            Some(attribute) => message.get_attribute(attribute).map(|attribute| attribute.value()),
            None => message.value(),
        });
        let Some(pattern) = pattern else {
            tracing::error!(key, language = locale.word(), "a text is missing");
            return key.to_owned();
        };
        let mut values = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            values.set(*name, FluentValue::from(value));
        }
        let mut errors: Vec<FluentError> = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(key, language = locale.word(), ?errors, "a text could not be filled in");
        }
        text
    }
}

fn split(key: &str) -> (&str, Option<&str>) {
    match key.split_once('.') {
        Some((id, attribute)) => (id, Some(attribute)),
        None => (key, None),
    }
}

fn bundle<'a>(
    locale: Locale,
    rooms: impl Iterator<Item = &'a RoomTexts>,
) -> Result<FluentBundle<FluentResource>, Fault> {
    let tag = locale.tag().parse().map_err(|error| Fault::new(format!("language tag {}: {error:?}", locale.tag())))?;
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Isolation marks guard mixed writing directions, which we do not have; they would end up in copied amounts.
    bundle.set_use_isolating(false);
    for texts in rooms {
        let file = format!("texts of {} in {}", texts.room, locale.word());
        let resource = FluentResource::try_new(texts.source(locale).to_owned())
            .map_err(|(_, errors)| Fault::new(format!("{file}: {errors:?}")))?;
        bundle.add_resource(resource).map_err(|errors| Fault::new(format!("{file}: {errors:?}")))?;
    }
    Ok(bundle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomTexts = RoomTexts {
        room: "test",
        zh: "test-left = 还剩 { $n } 次\ntest-both = 甲\n    .text = 乙 { $who }\n",
        en: "test-left =\n    { $n ->\n        [one] { $n } try left\n       *[other] { $n } tries left\n    }\ntest-both = A\n    .text = B { $who }\n",
    };

    #[test]
    fn texts_are_filled_with_names_numbers_and_plurals() {
        let texts = Texts::try_new([ROOM].iter()).expect("texts");
        assert_eq!(texts.get(Locale::Zh, "test-left", &[("n", 3.into())]), "还剩 3 次");
        assert_eq!(texts.get(Locale::En, "test-left", &[("n", 1.into())]), "1 try left");
        assert_eq!(texts.get(Locale::En, "test-left", &[("n", 3.into())]), "3 tries left");
        assert_eq!(texts.get(Locale::En, "test-both.text", &[("who", "李*宝".into())]), "B 李*宝");
        assert_eq!(texts.get(Locale::En, "test-absent", &[]), "test-absent");
        assert!(texts.has(Locale::Zh, "test-both.text") && !texts.has(Locale::Zh, "test-both.other"));
    }

    #[test]
    fn a_message_claimed_twice_is_a_fault() {
        assert!(Texts::try_new([ROOM, ROOM].iter()).is_err());
    }
}
