//! The languages of the bank and how one is chosen for a visit.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::sync::Arc;

/// A language that every text exists in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Locale {
    /// 简体中文.
    Zh,
    /// English.
    En,
}

impl Locale {
    /// Every language, the bank's own first.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The tag for `lang` attributes and `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The word in cookies and form values: `zh` or `en`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The language of a cookie or form value.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.word() == word)
    }

    /// Its name in itself, for people who read only that.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::Zh => "中文",
            Self::En => "English",
        }
    }

    /// The other language, for the switch in the header.
    pub fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// What a person chose wins; else the best language of `Accept-Language` that we speak; else English, which
    /// somebody who reads neither is likelier to manage.
    pub fn negotiate(chosen: Option<&str>, accept_language: Option<&str>) -> Self {
        if let Some(locale) = chosen.and_then(Self::from_word) {
            return locale;
        }
        let mut best: Option<(Self, f32)> = None;
        for part in accept_language.unwrap_or_default().split(',').take(32) {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight = pieces.find_map(|piece| piece.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
            let locale = match tag.split('-').next() {
                Some("zh") => Self::Zh,
                Some("en") => Self::En,
                _ => continue,
            };
            // The first of equals wins, as browsers list by liking; a weight of 0 means "not this one".
            if weight > 0.0 && best.is_none_or(|(_, so_far)| weight > so_far) {
                best = Some((locale, weight));
            }
        }
        best.map_or(Self::En, |(locale, _)| locale)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Locale {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Arc<crate::page::Visit>>().map_or(Self::En, |visit| visit.locale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_is_what_was_chosen_then_what_the_browser_likes_best() {
        let table = [
            (None, None, Locale::En),
            (None, Some("zh-CN,zh;q=0.9,en;q=0.8"), Locale::Zh),
            (None, Some("en-GB,en;q=0.9,zh;q=0.8"), Locale::En),
            (None, Some("fr-FR, zh-Hant;q=0.5, en;q=0.4"), Locale::Zh),
            (None, Some("de, fr;q=0.5"), Locale::En),
            (None, Some("zh;q=0, en;q=0.1"), Locale::En),
            (None, Some("zh;q=abc"), Locale::Zh),
            (None, Some("*"), Locale::En),
            (Some("zh"), Some("en"), Locale::Zh),
            (Some("tlh"), Some("zh"), Locale::Zh),
        ];
        for (chosen, accept, expected) in table {
            assert_eq!(Locale::negotiate(chosen, accept), expected, "{chosen:?} {accept:?}");
        }
    }
}
