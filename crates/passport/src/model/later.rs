//! When a payment that is proven now is made: words that whoever proves it reads, and bytes that its proof is bound to.

use kit::BankDay;
use notify::Language;

/// How often a payment comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Every {
    /// Each day.
    Day,
    /// Each week.
    Week,
    /// Each month.
    Month,
}

/// Another time than now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Later {
    /// How often; none: once.
    pub every: Option<Every>,
    /// The first day.
    pub first: BankDay,
    /// The last day, inclusive; none: until it is stopped.
    pub last: Option<BankDay>,
}

impl Later {
    /// As it stands in a text: `every week from 2026-11-29 to 2026-12-31`, `on 2026-11-29`.
    pub fn words(&self, language: Language) -> String {
        let first = self.first.iso();
        let last =
            |words: &str, end: &str| self.last.map(|day| format!("{words}{}{end}", day.iso())).unwrap_or_default();
        match (language, self.every) {
            (Language::Zh, None) => format!("于 {first} "),
            (Language::Zh, Some(every)) => {
                let every = match every {
                    Every::Day => "每天",
                    Every::Week => "每周",
                    Every::Month => "每月",
                };
                format!("自 {first} 起{}{every}重复", last("至 ", " 止"))
            }
            (Language::En, None) => format!("on {first}"),
            (Language::En, Some(every)) => {
                let every = match every {
                    Every::Day => "day",
                    Every::Week => "week",
                    Every::Month => "month",
                };
                format!("every {every} from {first}{}", last(" to ", ""))
            }
        }
    }

    /// All that it says, for the binding of a proof.
    pub(crate) fn bytes(&self) -> [u8; 9] {
        let every = match self.every {
            None => 0,
            Some(Every::Day) => 1,
            Some(Every::Week) => 2,
            Some(Every::Month) => 3,
        };
        let mut bytes = [every; 9];
        bytes[1..5].copy_from_slice(&self.first.0.to_le_bytes());
        bytes[5..].copy_from_slice(&self.last.map_or(i32::MAX, |day| day.0).to_le_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_time_has_words_and_bytes_of_its_own() {
        let (first, last) = (BankDay::from_ymd(2026, 11, 29), BankDay::from_ymd(2026, 12, 31));
        let rhythms = [None, Some(Every::Day), Some(Every::Week), Some(Every::Month)];
        let all = rhythms.into_iter().flat_map(|every| [None, Some(last)].map(|last| Later { every, first, last }));
        let all: Vec<Later> = all.filter(|later| later.every.is_some() || later.last.is_none()).collect();
        for distinct in [
            all.iter().map(|later| later.words(Language::En)).collect::<BTreeSet<_>>().len(),
            all.iter().map(|later| later.words(Language::Zh)).collect::<BTreeSet<_>>().len(),
            all.iter().map(Later::bytes).collect::<BTreeSet<_>>().len(),
        ] {
            assert_eq!(distinct, 7);
        }
        let weekly = Later { every: Some(Every::Week), first, last: Some(last) };
        assert_eq!(weekly.words(Language::En), "every week from 2026-11-29 to 2026-12-31");
        assert_eq!(weekly.words(Language::Zh), "自 2026-11-29 起至 2026-12-31 止每周重复");
        assert_eq!(Later { every: None, last: None, ..weekly }.words(Language::En), "on 2026-11-29");
    }
}
