//! What the forms of a transfer carry from step to step.

use kit::Refusal;
use payments::{Draft, When};
use serde::Deserialize;
use web::Page;
use web::ui::HtmlFragment;

/// What the forms of the first two steps carry.
#[derive(Deserialize, Clone, Default)]
pub(crate) struct Typed {
    pub(super) payee: String,
    #[serde(default)]
    pub(super) payer: String,
    #[serde(default)]
    pub(super) amount: String,
    #[serde(default)]
    pub(super) memo: String,
    #[serde(default)]
    pub(super) when: String,
    #[serde(default)]
    pub(super) first: String,
    #[serde(default)]
    pub(super) last: String,
    /// `1` when the person agreed to invite who is no customer yet.
    #[serde(default)]
    pub(super) invite: String,
}

/// A choice of when to pay.
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) label: String,
    pub(super) is_chosen: bool,
}

const WHENS: [(&str, &str); 6] = [
    ("now", "retail-when-now"),
    ("delayed", "retail-when-delayed"),
    ("on", "retail-when-on"),
    ("daily", "retail-when-daily"),
    ("weekly", "retail-when-weekly"),
    ("monthly", "retail-when-monthly"),
];

/// Every choice, the one with this word chosen; the first one for any other.
pub(super) fn when_choices(page: &Page, chosen: &str) -> Vec<Choice> {
    let known = WHENS.iter().any(|(value, _)| *value == chosen);
    let chosen = if known { chosen } else { "now" };
    WHENS.iter().map(|(value, key)| Choice { value, label: page.t(key), is_chosen: *value == chosen }).collect()
}

impl Typed {
    /// What was typed for a draft, so that it can be changed.
    pub(super) fn of(draft: &Draft) -> Self {
        let (first, last) = draft.when.days();
        let iso = |day: Option<kit::BankDay>| day.map(kit::BankDay::iso).unwrap_or_default();
        Self {
            payee: draft.payee_text.clone(),
            payer: draft.payer.account.id.to_string(),
            amount: draft.amount.plain(),
            memo: draft.memo.clone(),
            when: draft.when.code().to_owned(),
            first: iso(first),
            last: iso(last),
            invite: if draft.is_invitation { "1".to_owned() } else { String::new() },
        }
    }

    pub(super) fn is_invitation(&self) -> bool {
        self.invite == "1"
    }

    pub(super) fn is_now(&self) -> bool {
        ["", "now"].contains(&self.when.as_str())
    }

    /// When it is to be paid. Refuses with `payments.when_invalid`.
    pub(super) fn when(&self) -> Result<When, Refusal> {
        // Who chose to pay at once may have left days behind from another choice.
        if self.is_now() { Ok(When::Now) } else { When::parse(&self.when, &self.first, &self.last) }
    }

    /// The payee as typed by a person; what a list chose is no text for a field.
    pub(super) fn typed_payee(&self) -> &str {
        if self.payee.contains(':') { "" } else { &self.payee }
    }

    /// Hidden fields that take these along; empty ones are left out.
    pub(super) fn hidden(&self, names: &[&str]) -> HtmlFragment {
        let all = [
            ("payee", &self.payee),
            ("payer", &self.payer),
            ("amount", &self.amount),
            ("memo", &self.memo),
            ("when", &self.when),
            ("first", &self.first),
            ("last", &self.last),
            ("invite", &self.invite),
        ];
        hidden_fields(all.into_iter().filter(|(name, _)| names.contains(name)))
    }
}

/// Fields that nobody sees; empty ones are left out.
pub(super) fn hidden_fields<'a>(fields: impl Iterator<Item = (&'a str, &'a String)>) -> HtmlFragment {
    let kept = fields.filter(|(_, value)| !value.is_empty());
    HtmlFragment::trusted(kept.map(|(name, value)| hidden(name, value)).collect())
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", HtmlFragment::text(value))
}

/// Everything but the amount.
pub(super) const ALL_BUT_AMOUNT: &[&str] = &["payee", "payer", "memo", "when", "first", "last", "invite"];
