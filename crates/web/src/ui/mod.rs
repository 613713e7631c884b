//! The components of the design system as values: a handler builds them, a template sets them with `{{ … }}`.
//!
//! Each writes finished, escaped HTML. What is only a class on an element (`button seal`, `card`, `tag tag-done`) is
//! not here: write the element. All of them are drawn on the page `/design`.

mod card;
mod chart;
mod coin;
mod field;
mod figure;
mod meter;
mod parts;
mod stamp;

pub use card::{AccountCard, CardClass};
pub use chart::{BalanceChart, ChartWords, MonthBars, MonthsChart};
pub use coin::{CoinMark, CoinSize};
pub use field::{AmountField, Field, FormErrors};
pub use figure::{Figure, FigureSize};
pub use meter::Meter;
pub use parts::{Banner, Row, Steps, Tone};
pub use stamp::{GreatCoin, Perforation, Stamp};

use askama::filters::HtmlSafe;
use std::fmt;

/// A piece of finished HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HtmlFragment(String);

impl HtmlFragment {
    /// Text, escaped.
    pub fn text(text: &str) -> Self {
        Self(escape(text))
    }

    /// Text, escaped, its line ends as `<br>`.
    pub fn lines(text: &str) -> Self {
        Self(escape(text).replace('\n', "<br>"))
    }

    /// Text whose Chinese parts are marked as Chinese, for a page in another language: readers then pronounce a name,
    /// and fonts show its own forms. Escaped.
    pub fn with_chinese_marked(text: &str) -> Self {
        let mut html = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let is_han = rest.chars().next().is_some_and(is_han);
            // The stars of a masked name and the dot inside one belong to the name.
            let ends = |char: char| if is_han { !is_han_or_mask(char) } else { self::is_han(char) };
            let (run, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
            let run = escape(run);
            html.push_str(&if is_han { format!("<span lang=\"zh-CN\">{run}</span>") } else { run });
            rest = after;
        }
        Self(html)
    }

    /// Text that stays on one line, such as a number in groups; escaped.
    pub fn unbroken(text: &str) -> Self {
        Self(format!("<span class=\"nowrap\">{}</span>", escape(text)))
    }

    /// HTML that the caller made and vouches for. Nothing that came from outside may be in it unescaped.
    pub fn trusted(html: String) -> Self {
        Self(html)
    }

    /// Finished components, one after another.
    pub fn join<T: HtmlSafe>(parts: impl IntoIterator<Item = T>) -> Self {
        Self(parts.into_iter().map(|part| part.to_string()).collect())
    }

    /// Finished pieces, each in a `<span>`: the parts of a caption, with a dot between them.
    pub fn caption(parts: impl IntoIterator<Item = Self>) -> Self {
        let spans: String =
            parts.into_iter().filter(|part| !part.0.is_empty()).map(|part| format!("<span>{part}</span>")).collect();
        Self(format!("<span class=\"caption-parts\">{spans}</span>"))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl HtmlSafe for HtmlFragment {}

impl fmt::Display for HtmlFragment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl From<crate::When> for HtmlFragment {
    fn from(when: crate::When) -> Self {
        Self(when.to_string())
    }
}

impl From<Figure> for HtmlFragment {
    fn from(figure: Figure) -> Self {
        Self(figure.to_string())
    }
}

/// Whether a character is written in Chinese alone: ideographs with their extensions and radicals.
fn is_han(char: char) -> bool {
    matches!(char, '\u{2E80}'..='\u{2FDF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

fn is_han_or_mask(char: char) -> bool {
    is_han(char) || matches!(char, '*' | '·' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Escapes text for elements and quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_parts_are_marked_on_a_page_of_another_language() {
        let marked = |text| HtmlFragment::with_chinese_marked(text).to_string();
        assert_eq!(marked("To 李*宝"), "To <span lang=\"zh-CN\">李*宝</span>");
        assert_eq!(marked("𠮷*·阿** & <b>"), "<span lang=\"zh-CN\">𠮷*·阿**</span> &amp; &lt;b&gt;");
        assert_eq!(marked("Li X***"), "Li X***");
        assert_eq!(marked(""), "");
    }

    #[test]
    fn text_from_outside_is_escaped() {
        assert_eq!(HtmlFragment::text("<b a='\"'>&").to_string(), "&lt;b a=&#39;&#34;&#39;&gt;&amp;");
        assert_eq!(HtmlFragment::lines("a\n<b>").to_string(), "a<br>&lt;b&gt;");
    }
}
