//! Notices: what happened, as facts.

use kit::{Fault, FieldValue, Timestamp};
use std::collections::BTreeMap;

kit::typed_id!(
    /// A notice in somebody's inbox. Later ones have larger ids.
    NoticeId
);

/// Something to tell a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub(crate) kind: &'static str,
    pub(crate) facts: BTreeMap<String, FieldValue>,
    pub(crate) link: Option<String>,
    pub(crate) key: Option<String>,
}

impl Notice {
    /// A notice of a kind such as `payment_received`; pages have words for each kind.
    pub fn new(kind: &'static str) -> Self {
        Self { kind, facts: BTreeMap::new(), link: None, key: None }
    }

    /// The same with one more fact. A name that ends in `_minor` is an amount in minor units.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<FieldValue>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// The same with a path of this site where there is more to see.
    #[must_use]
    pub fn link(mut self, path: impl Into<String>) -> Self {
        self.link = Some(path.into());
        self
    }

    /// The same, told at most once for a person and this key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// A notice as it lies in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredNotice {
    /// Which one.
    pub id: NoticeId,
    /// What happened.
    pub kind: String,
    /// The facts.
    pub fields: BTreeMap<String, FieldValue>,
    /// A path of this site where there is more to see.
    pub link: Option<String>,
    /// When it was told.
    pub time: Timestamp,
    /// When it was read.
    pub read: Option<Timestamp>,
}

/// Facts as they are stored.
pub(crate) fn written(facts: &BTreeMap<String, FieldValue>) -> Result<String, Fault> {
    Ok(serde_json::to_string(facts)?)
}

/// Facts as they were stored.
pub(crate) fn read(text: &str) -> Result<BTreeMap<String, FieldValue>, Fault> {
    let values: BTreeMap<String, serde_json::Value> = serde_json::from_str(text)?;
    let fact = |value: serde_json::Value| match value {
        serde_json::Value::Number(number) => {
            number.as_i64().map(FieldValue::Integer).ok_or_else(|| Fault::new("a fact of a notice is no integer"))
        }
        serde_json::Value::String(word) => Ok(FieldValue::Text(word)),
        _ => Err(Fault::new("a fact of a notice is neither an integer nor a word")),
    };
    values.into_iter().map(|(name, value)| Ok((name, fact(value)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_read_back_as_they_were_written() {
        let notice = Notice::new("payment_received").with("amount_minor", 8_880).with("payer", "李*\"宝\"");
        let text = written(&notice.facts).unwrap();
        assert_eq!(text, r#"{"amount_minor":8880,"payer":"李*\"宝\""}"#);
        assert_eq!(read(&text).unwrap(), notice.facts);
        assert!(read(r#"{"a":[1]}"#).is_err());
        assert!(read(r#"{"a":1.5}"#).is_err());
    }
}
