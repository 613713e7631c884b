//! What a person wants to see of a statement, as it stands in the address: read, named in chips, written again.

use crate::pages::view;
use accounts::{MovementFilter, Way};
use kit::BankDay;
use money::{Amount, Currency};
use payments::StatementFilter;
use serde::Deserialize;
use web::Page;
use web::ui::FormErrors;

/// Most characters of a text that is looked for.
pub(super) const TEXT_MAX: usize = 60;

/// The address of a statement, part by part; all of them may be missing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    pub(super) account: String,
    pub(super) before: String,
    /// A month, `2026-11`.
    pub(super) month: String,
    pub(super) from: String,
    pub(super) to: String,
    /// `in`, `out`, or anything else for both.
    pub(super) way: String,
    pub(super) q: String,
    pub(super) least: String,
    pub(super) most: String,
}

/// What an address asks for.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) filter: StatementFilter,
    /// The first day of the month that the summary is about.
    pub(super) month: BankDay,
    /// Whether the lines are those of that month alone.
    pub(super) is_month: bool,
    pub(super) errors: FormErrors,
}

/// A part of the filter that is active, and the address without it.
pub(super) struct Chip {
    pub(super) text: String,
    pub(super) without: String,
}

/// The first day of the month in which a day lies.
pub(super) fn month_of(day: BankDay) -> BankDay {
    let (year, month, _) = day.ymd();
    BankDay::from_ymd(year, month, 1)
}

/// The first day of the month after the one that begins here.
pub(super) fn month_after(first: BankDay) -> BankDay {
    month_of(BankDay(first.0 + 31))
}

/// `2026-11`.
pub(super) fn month_word(first: BankDay) -> String {
    first.iso()[..7].to_owned()
}

impl Wanted {
    /// Reads the address for an account opened on a day. What cannot be read is said at its field.
    pub(super) fn read(&self, page: &Page, currency: Currency, opened: BankDay) -> Wish {
        let mut errors = FormErrors::none();
        let today = page.formats().today();
        let asked = BankDay::from_iso(&format!("{}-01", self.month.trim()));
        let asked = asked.filter(|first| (month_of(opened)..=month_of(today)).contains(first));
        let from = day(page, &mut errors, "from", &self.from);
        let to = day(page, &mut errors, "to", &self.to);
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            errors.add("to", page.t("retail-filter-days-crossed"));
        }
        let is_month = asked.is_some() && from.is_none() && to.is_none();
        let month = asked.unwrap_or(month_of(today));
        let least = amount(page, &mut errors, "least", &self.least, currency);
        let most = amount(page, &mut errors, "most", &self.most, currency);
        if least.zip(most).is_some_and(|(least, most)| least > most) {
            errors.add("most", page.t("retail-filter-amounts-crossed"));
        }
        let direction = match self.way.as_str() {
            "in" => Some(Way::In),
            "out" => Some(Way::Out),
            _ => None,
        };
        let (from, to) = if is_month { (Some(month), Some(BankDay(month_after(month).0 - 1))) } else { (from, to) };
        let movements = MovementFilter { from, to, direction, least_minor: least, most_minor: most };
        let text: String = self.q.trim().chars().take(TEXT_MAX).collect();
        Wish { filter: StatementFilter { movements, text }, month, is_month, errors }
    }

    fn pairs(&self) -> [(&'static str, &str); 8] {
        [
            ("account", &self.account),
            ("month", &self.month),
            ("from", &self.from),
            ("to", &self.to),
            ("way", &self.way),
            ("q", &self.q),
            ("least", &self.least),
            ("most", &self.most),
        ]
    }

    /// The address of another page with the same wish, but for these parts; the first page of it.
    pub(super) fn address(&self, path: &str, changed: &[(&'static str, &str)]) -> String {
        let changed_to = |name| changed.iter().find(|(of, _)| *of == name).map(|(_, value)| *value);
        let kept = self.pairs().map(|(name, value)| (name, changed_to(name).unwrap_or(value.trim())));
        let before = changed.iter().find(|(name, _)| *name == "before").copied();
        view::address(path, kept.into_iter().chain(before))
    }

    /// What is active, each with the way to do without it.
    pub(super) fn chips(&self, page: &Page, wish: &Wish, currency: Currency) -> Vec<Chip> {
        let formats = page.formats();
        let movements = &wish.filter.movements;
        let mut chips = Vec::new();
        let mut chip = |name: &'static str, text: String| {
            chips.push(Chip { text, without: self.address("/statement", &[(name, "")]) });
        };
        if wish.is_month {
            let (year, month, _) = wish.month.ymd();
            chip("month", formats.month(year, month));
        } else {
            let words = |key, day: BankDay| page.tx(key, &[("day", formats.bank_day(day).text().into())]);
            if let Some(day) = movements.from {
                chip("from", words("retail-filter-chip-from", day));
            }
            if let Some(day) = movements.to {
                chip("to", words("retail-filter-chip-to", day));
            }
        }
        match movements.direction {
            Some(Way::In) => chip("way", page.t("retail-filter-in")),
            Some(Way::Out) => chip("way", page.t("retail-filter-out")),
            None => {}
        }
        if !wish.filter.text.is_empty() {
            chip("q", page.tx("retail-filter-chip-text", &[("text", (&wish.filter.text).into())]));
        }
        let sum = |key, minor| page.tx(key, &[("amount", (&formats.in_sentence(Amount::new(minor, currency))).into())]);
        if let Some(minor) = movements.least_minor {
            chip("least", sum("retail-filter-chip-least", minor));
        }
        if let Some(minor) = movements.most_minor {
            chip("most", sum("retail-filter-chip-most", minor));
        }
        chips
    }
}

fn day(page: &Page, errors: &mut FormErrors, field: &str, text: &str) -> Option<BankDay> {
    let text = text.trim();
    let found = BankDay::from_iso(text);
    if found.is_none() && !text.is_empty() {
        errors.add(field, page.t("retail-filter-day-invalid"));
    }
    found
}

fn amount(page: &Page, errors: &mut FormErrors, field: &str, text: &str, currency: Currency) -> Option<i64> {
    let text = text.trim();
    let found = Amount::parse(text, currency).ok().map(|amount| amount.minor).filter(|minor| *minor >= 0);
    if found.is_none() && !text.is_empty() {
        errors.add(field, page.t("retail-filter-amount-invalid"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_follow_each_other_over_the_year() {
        let first = |text: &str| BankDay::from_iso(text).unwrap();
        assert_eq!(month_after(first("2026-12-01")), first("2027-01-01"));
        assert_eq!(month_after(first("2024-02-01")), first("2024-03-01"));
        assert_eq!(month_of(first("2024-02-29")), first("2024-02-01"));
        assert_eq!(month_word(first("2024-02-01")), "2024-02");
    }

    #[test]
    fn an_address_keeps_what_is_not_changed_and_escapes_it() {
        let wanted = Wanted { account: "7".into(), q: " a&b=午 ".into(), way: "in".into(), ..Wanted::default() };
        assert_eq!(wanted.address("/statement", &[("way", "")]), "/statement?account=7&q=a%26b%3D%E5%8D%88");
        assert_eq!(
            wanted.address("/statement", &[("q", ""), ("before", "s9")]),
            "/statement?account=7&way=in&before=s9"
        );
    }
}
