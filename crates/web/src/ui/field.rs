//! Fields with their label above, their hint below, and their error in words; and the summary on top of a form.

use crate::Page;
use askama::Template;
use askama::filters::HtmlSafe;
use std::collections::BTreeMap;

/// What is wrong with a form: by field name, a sentence that says what to do.
#[derive(Debug, Clone, Default)]
pub struct FormErrors(BTreeMap<String, String>);

impl FormErrors {
    /// Nothing wrong yet.
    pub fn none() -> Self {
        Self::default()
    }

    /// One field is wrong.
    pub fn one(field: &str, sentence: String) -> Self {
        let mut errors = Self::default();
        errors.add(field, sentence);
        errors
    }

    /// Another field is wrong. The first sentence about a field stays.
    pub fn add(&mut self, field: &str, sentence: String) {
        self.0.entry(field.to_owned()).or_insert(sentence);
    }

    /// The sentence about a field.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// Whether all is well.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The summary for the top of the form: it takes the focus and leads to each field. Writes nothing when all is
    /// well.
    pub fn summary(&self, page: &Page) -> Summary {
        Summary { title: page.tx("web-form-summary", &[("n", self.0.len().into())]), errors: self.0.clone() }
    }
}

/// The list of errors on top of a form.
#[derive(Debug, Clone, Template)]
#[template(path = "web/ui/summary.html")]
pub struct Summary {
    title: String,
    errors: BTreeMap<String, String>,
}

impl HtmlSafe for Summary {}

/// A one-line field.
#[derive(Debug, Clone, Template)]
#[template(path = "web/ui/field.html")]
pub struct Field {
    name: &'static str,
    label: String,
    kind: &'static str,
    value: String,
    hint: Option<String>,
    error: Option<String>,
    prefix: Option<&'static str>,
    autocomplete: &'static str,
    inputmode: Option<&'static str>,
    max_length: Option<u16>,
    is_required: bool,
    is_code: bool,
    list: Option<&'static str>,
}

impl HtmlSafe for Field {}

impl Field {
    /// A required text field. Its name is also its element's id.
    pub fn new(name: &'static str, label: String) -> Self {
        Self {
            name,
            label,
            kind: "text",
            value: String::new(),
            hint: None,
            error: None,
            prefix: None,
            autocomplete: "off",
            inputmode: None,
            max_length: None,
            is_required: true,
            is_code: false,
            list: None,
        }
    }

    /// For a mobile number.
    pub fn mobile(name: &'static str, label: String) -> Self {
        Self { kind: "tel", autocomplete: "tel", ..Self::new(name, label) }
    }

    /// For a code of six digits from a text: one real input, drawn as six boxes.
    pub fn code(name: &'static str, label: String) -> Self {
        Self {
            autocomplete: "one-time-code",
            inputmode: Some("numeric"),
            max_length: Some(6),
            is_code: true,
            ..Self::new(name, label)
        }
    }

    /// For so many digits that are no code, such as the end of an account's number.
    pub fn digits(name: &'static str, label: String, most: u16) -> Self {
        Self { inputmode: Some("numeric"), max_length: Some(most), ..Self::new(name, label) }
    }

    /// For a day, which the browser lets choose from a calendar and sends as `2026-11-21`.
    #[must_use]
    pub fn date(mut self) -> Self {
        self.kind = "date";
        self
    }

    /// For a password. Its value is never sent back.
    pub fn password(name: &'static str, label: String) -> Self {
        Self { kind: "password", autocomplete: "current-password", max_length: Some(128), ..Self::new(name, label) }
    }

    /// What was typed, kept through an error. A password field drops it.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        if self.kind != "password" {
            self.value = value.to_owned();
        }
        self
    }

    /// The sentence below the field.
    #[must_use]
    pub fn hint(mut self, hint: String) -> Self {
        self.hint = Some(hint);
        self
    }

    /// This field's sentence among the form's errors.
    #[must_use]
    pub fn errors(mut self, errors: &FormErrors) -> Self {
        self.error = errors.get(self.name).map(str::to_owned);
        self
    }

    /// Text set inside the field before the value, such as `+86`.
    #[must_use]
    pub fn prefix(mut self, prefix: &'static str) -> Self {
        self.prefix = Some(prefix);
        self
    }

    /// The purpose for password managers and autofill.
    #[must_use]
    pub fn autocomplete(mut self, purpose: &'static str) -> Self {
        self.autocomplete = purpose;
        self
    }

    /// The keyboard that a phone shows.
    #[must_use]
    pub fn keyboard(mut self, inputmode: &'static str) -> Self {
        self.inputmode = Some(inputmode);
        self
    }

    /// The most characters (UTF-16 units, as browsers count).
    #[must_use]
    pub fn max_length(mut self, most: u16) -> Self {
        self.max_length = Some(most);
        self
    }

    /// May stay empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }

    /// Offers the choices of the page's `datalist` with this id; anything else may be typed as well.
    #[must_use]
    pub fn list(mut self, id: &'static str) -> Self {
        self.list = Some(id);
        self
    }

    fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.name));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.name));
        match (error, hint) {
            (Some(error), Some(hint)) => Some(format!("{error} {hint}")),
            (error, hint) => error.or(hint),
        }
    }
}

/// The field for an amount: big figures, the currency's sign fixed at the left and read aloud.
#[derive(Debug, Clone, Template)]
#[template(path = "web/ui/amount-field.html")]
pub struct AmountField {
    name: &'static str,
    label: String,
    value: String,
    symbol: String,
    spoken: String,
    decimals: u32,
    is_required: bool,
    hint: Option<String>,
    error: Option<String>,
}

impl HtmlSafe for AmountField {}

impl AmountField {
    /// A field for an amount of this currency. Its name is also its element's id.
    pub fn new(page: &Page, name: &'static str, label: String, currency: money::Currency) -> Self {
        let is_yuan = currency == money::Currency::CNY;
        Self {
            name,
            label,
            value: String::new(),
            symbol: if is_yuan { "¥".to_owned() } else { currency.code().to_owned() },
            spoken: if is_yuan { page.t("web-yuan") } else { currency.code().to_owned() },
            decimals: currency.exponent(),
            is_required: true,
            hint: None,
            error: None,
        }
    }

    /// May stay empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }

    /// What was typed.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        self.value = value.to_owned();
        self
    }

    /// The sentence below the field: what is left, what may be sent.
    #[must_use]
    pub fn hint(mut self, hint: String) -> Self {
        self.hint = Some(hint);
        self
    }

    /// This field's sentence among the form's errors.
    #[must_use]
    pub fn errors(mut self, errors: &FormErrors) -> Self {
        self.error = errors.get(self.name).map(str::to_owned);
        self
    }

    fn described_by(&self) -> String {
        let error = if self.error.is_some() { format!("{}-error ", self.name) } else { String::new() };
        format!("{error}{name}-unit {name}-hint", name = self.name)
    }
}
