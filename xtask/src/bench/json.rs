//! As much of JSON as a benchmark says and keeps, without a crate: `xtask` compiles with the standard library alone.

use std::fmt;

/// A value of JSON; an object keeps the order of its keys.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one value with nothing after it; the error says where it goes wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { text, at: 0, depth: 0 };
        let value = parser.value()?;
        parser.space();
        if parser.at == text.len() { Ok(value) } else { Err(parser.wrong("the end")) }
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number, or null where there is none.
    pub(crate) fn number(number: Option<f64>) -> Self {
        number.map_or(Self::Null, Self::Number)
    }

    /// An object of keys known in advance.
    pub(crate) fn object<const N: usize>(pairs: [(&str, Self); N]) -> Self {
        Self::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// The number under a key of an object.
    #[cfg(test)]
    pub(crate) fn number_at(&self, key: &str) -> Option<f64> {
        match self {
            Self::Object(pairs) => pairs.iter().find_map(|(name, value)| match value {
                Self::Number(number) if name == key => Some(*number),
                _ => None,
            }),
            _ => None,
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) if number.is_finite() => write!(formatter, "{number}"),
            Self::Null | Self::Number(_) => formatter.write_str("null"),
            Self::Bool(truth) => write!(formatter, "{truth}"),
            Self::Text(text) => quoted(formatter, text),
            Self::List(values) => {
                formatter.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    write!(formatter, "{}{value}", if index == 0 { "" } else { ", " })?;
                }
                formatter.write_str("]")
            }
            Self::Object(pairs) => {
                formatter.write_str("{")?;
                for (index, (key, value)) in pairs.iter().enumerate() {
                    formatter.write_str(if index == 0 { "" } else { ", " })?;
                    quoted(formatter, key)?;
                    write!(formatter, ": {value}")?;
                }
                formatter.write_str("}")
            }
        }
    }
}

fn quoted(formatter: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    formatter.write_str("\"")?;
    for character in text.chars() {
        match character {
            '"' => formatter.write_str("\\\"")?,
            '\\' => formatter.write_str("\\\\")?,
            other if other < ' ' => write!(formatter, "\\u{:04x}", other as u32)?,
            other => write!(formatter, "{other}")?,
        }
    }
    formatter.write_str("\"")
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// Deeper than anything a benchmark says.
const MOST_DEPTH: usize = 32;

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn wrong(&self, wanted: &str) -> String {
        let found: String = self.rest().chars().take(20).collect();
        format!("no JSON: at byte {} {wanted} was expected, but it says `{found}`", self.at)
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn take(&mut self, token: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn value(&mut self) -> Result<Json, String> {
        if self.depth == MOST_DEPTH {
            return Err(self.wrong("less depth"));
        }
        self.depth += 1;
        let value = self.value_here();
        self.depth -= 1;
        value
    }

    fn value_here(&mut self) -> Result<Json, String> {
        if self.take("{") {
            let mut pairs = Vec::new();
            while !self.take("}") {
                if !pairs.is_empty() && !self.take(",") {
                    return Err(self.wrong("`,` or `}`"));
                }
                let key = self.string()?;
                if !self.take(":") {
                    return Err(self.wrong("`:`"));
                }
                pairs.push((key, self.value()?));
            }
            return Ok(Json::Object(pairs));
        }
        if self.take("[") {
            let mut values = Vec::new();
            while !self.take("]") {
                if !values.is_empty() && !self.take(",") {
                    return Err(self.wrong("`,` or `]`"));
                }
                values.push(self.value()?);
            }
            return Ok(Json::List(values));
        }
        for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
            if self.take(word) {
                return Ok(value);
            }
        }
        if self.rest().starts_with('"') {
            return self.string().map(Json::Text);
        }
        let number = |c: char| !(c.is_ascii_digit() || "+-.eE".contains(c));
        let length = self.rest().find(number).unwrap_or(self.rest().len());
        let number = self.rest()[..length].parse().map_err(|_| self.wrong("a value"))?;
        self.at += length;
        Ok(Json::Number(number))
    }

    fn string(&mut self) -> Result<String, String> {
        if !self.take("\"") {
            return Err(self.wrong("a text"));
        }
        let mut text = String::new();
        loop {
            let Some(character) = self.rest().chars().next() else { return Err(self.wrong("the end of a text")) };
            self.at += character.len_utf8();
            match character {
                '"' => return Ok(text),
                '\\' => {
                    let escape = self.escape().ok_or_else(|| self.wrong("an escape"))?;
                    text.push(escape);
                }
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let kind = self.rest().chars().next()?;
        self.at += kind.len_utf8();
        Some(match kind {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            '"' | '\\' | '/' => kind,
            'u' => {
                let digits = self.rest().get(..4)?;
                self.at += 4;
                // Halves of a pair stand for characters that no key or hash of ours has.
                char::from_u32(u32::from_str_radix(digits, 16).ok()?)?
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_bench_says_is_read_and_written_again() {
        let said = r#" {"transfers_per_second": 1234567.5, "state_hash":"ab\"\u0041\n", "runs": [1, -2e3, null], "well":true, "none": {}} "#;
        let read = Json::parse(said).unwrap();
        assert_eq!(read.number_at("transfers_per_second"), Some(1_234_567.5));
        assert_eq!(read.number_at("state_hash"), None);
        assert_eq!(read.number_at("missing"), None);
        assert_eq!(Json::parse(&read.to_string()).unwrap(), read);
        let written =
            Json::object([("a", Json::number(Some(2.0))), ("b", Json::number(None)), ("c", Json::text("x\ty"))]);
        assert_eq!(written.to_string(), r#"{"a": 2, "b": null, "c": "x\u0009y"}"#);
    }

    #[test]
    fn what_is_no_json_says_where() {
        for (text, at) in [("", 0), ("{", 1), ("{\"a\" 1}", 5), ("[1 2]", 3), ("\"open", 5), ("1 2", 2), ("nul", 0)] {
            let error = Json::parse(text).unwrap_err();
            assert!(error.contains(&format!("at byte {at} ")), "{text}: {error}");
        }
        assert!(Json::parse(&"[".repeat(10_000)).is_err(), "depth is bounded");
    }
}
