//! 对账: a settlement day of the clearing account by our books against the clearing house's statement of it.
//!
//! Lines are the same if settlement day, transaction and signed amount are. What is the same amount under another id is
//! something else; what is the same id with another amount is one difference and not two. A balance differs by itself only
//! as far as neither the day's lines nor an earlier day explain it, so that each fault is named once.

use super::case::{CaseId, InTransit};
use super::instruction::OrderNumber;
use super::interbank::CaseKind;
use kit::{BankDay, Timestamp};
use std::collections::BTreeMap;

/// What sort of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// The statement has a line that our books do not have on that day.
    OnlyThere,
    /// Our books have a posting that the statement does not have.
    OnlyHere,
    /// Both have the transaction, with different amounts.
    Amount,
    /// The day begins with different balances, and no earlier statement ended so.
    Opening,
    /// The balances at the end differ by more than the lines and the beginning do.
    Closing,
}

impl DifferenceKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::OnlyThere, Self::OnlyHere, Self::Amount, Self::Opening, Self::Closing];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::OnlyThere => "only_there",
            Self::OnlyHere => "only_here",
            Self::Amount => "amount",
            Self::Opening => "opening",
            Self::Closing => "closing",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The case that it opens.
    pub(crate) fn case(self) -> CaseKind {
        match self {
            Self::OnlyThere => CaseKind::OnlyThere,
            Self::OnlyHere => CaseKind::OnlyHere,
            Self::Amount => CaseKind::StatementAmount,
            Self::Opening | Self::Closing => CaseKind::BalanceDiffers,
        }
    }
}

/// A posting of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OurLine {
    pub(crate) transaction_id: String,
    pub(crate) order: OrderNumber,
    /// Above 0: the clearing house owes us more.
    pub(crate) amount_minor: i64,
}

/// A line of the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TheirLine {
    pub(crate) transaction_id: String,
    /// Above 0: we have more there.
    pub(crate) amount_minor: i64,
    /// Its place in the statement, from 1.
    pub(crate) place: i64,
}

/// One side of a day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Side<L> {
    /// At the day's beginning; none where a statement does not say.
    pub(crate) opening_minor: Option<i64>,
    pub(crate) closing_minor: Option<i64>,
    pub(crate) lines: Vec<L>,
}

/// A difference as it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) kind: DifferenceKind,
    /// Empty for balances.
    pub(crate) transaction_id: String,
    pub(crate) order: Option<OrderNumber>,
    /// What our books say, minor units.
    pub(crate) here_minor: Option<i64>,
    /// What the statement says.
    pub(crate) there_minor: Option<i64>,
    /// The statement's line, from 1.
    pub(crate) place: Option<i64>,
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Comparison {
    /// Lines that are the same on both sides.
    pub(crate) matched: i64,
    /// Of these, what came in, minor units.
    pub(crate) matched_in_minor: i64,
    /// And what went out, as a sum of at most 0.
    pub(crate) matched_out_minor: i64,
    pub(crate) differences: Vec<Found>,
}

/// Compares a day. `carried_minor` is by how much the statement before this one ended above our books.
pub(crate) fn compare(here: &Side<OurLine>, there: &Side<TheirLine>, carried_minor: i64) -> Comparison {
    let mut by_id: BTreeMap<&str, (Vec<&OurLine>, Vec<&TheirLine>)> = BTreeMap::new();
    for line in &here.lines {
        by_id.entry(&line.transaction_id).or_default().0.push(line);
    }
    for line in &there.lines {
        by_id.entry(&line.transaction_id).or_default().1.push(line);
    }
    let mut found = Comparison::default();
    for (ours, theirs) in by_id.into_values() {
        found.compare_one(ours, theirs);
    }
    let sum_here: i128 = here.lines.iter().map(|line| i128::from(line.amount_minor)).sum();
    let sum_there: i128 = there.lines.iter().map(|line| i128::from(line.amount_minor)).sum();
    let gap = |here: Option<i64>, there: Option<i64>| Some(i128::from(there?) - i128::from(here?));
    let opening = gap(here.opening_minor, there.opening_minor);
    if opening.is_none_or(|gap| gap != 0 && gap != i128::from(carried_minor)) {
        found.balance(DifferenceKind::Opening, here.opening_minor, there.opening_minor);
    }
    let explained = opening.unwrap_or_default() + sum_there - sum_here;
    if gap(here.closing_minor, there.closing_minor) != Some(explained) {
        found.balance(DifferenceKind::Closing, here.closing_minor, there.closing_minor);
    }
    found
}

impl Comparison {
    /// Lines of one transaction: the same amounts first, then one against one, then what is left on either side.
    fn compare_one(&mut self, mut ours: Vec<&OurLine>, mut theirs: Vec<&TheirLine>) {
        ours.retain(|line| {
            let same = theirs.iter().position(|there| there.amount_minor == line.amount_minor);
            let Some(place) = same else { return true };
            theirs.remove(place);
            self.matched += 1;
            let sum = if line.amount_minor > 0 { &mut self.matched_in_minor } else { &mut self.matched_out_minor };
            *sum = sum.saturating_add(line.amount_minor);
            false
        });
        let named = |id: &str| !id.is_empty();
        let pairs = ours.len().min(theirs.len());
        let pairs = if ours.first().is_some_and(|line| named(&line.transaction_id)) { pairs } else { 0 };
        for (here, there) in ours.drain(..pairs).zip(theirs.drain(..pairs)) {
            self.differences.push(Found {
                kind: DifferenceKind::Amount,
                transaction_id: here.transaction_id.clone(),
                order: Some(here.order),
                here_minor: Some(here.amount_minor),
                there_minor: Some(there.amount_minor),
                place: Some(there.place),
            });
        }
        self.differences.extend(ours.into_iter().map(|here| Found {
            kind: DifferenceKind::OnlyHere,
            transaction_id: here.transaction_id.clone(),
            order: Some(here.order),
            here_minor: Some(here.amount_minor),
            there_minor: None,
            place: None,
        }));
        self.differences.extend(theirs.into_iter().map(|there| Found {
            kind: DifferenceKind::OnlyThere,
            transaction_id: there.transaction_id.clone(),
            order: None,
            here_minor: None,
            there_minor: Some(there.amount_minor),
            place: Some(there.place),
        }));
    }

    fn balance(&mut self, kind: DifferenceKind, here_minor: Option<i64>, there_minor: Option<i64>) {
        let transaction_id = String::new();
        self.differences.push(Found { kind, transaction_id, order: None, here_minor, there_minor, place: None });
    }
}

/// What a difference is known by on its day, when it is found again: equal ones are numbered.
pub(crate) fn names(differences: &[Found]) -> Vec<String> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let amount = |minor: Option<i64>| minor.map(|minor| minor.to_string()).unwrap_or_default();
    let name = |found: &Found| {
        let (here, there) = (amount(found.here_minor), amount(found.there_minor));
        let base = format!("{} {} {here} {there}", found.kind.code(), found.transaction_id);
        let count = seen.entry(base.clone()).or_default();
        *count += 1;
        format!("{base} {count}")
    };
    differences.iter().map(name).collect()
}

/// A day that was compared with its statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// The settlement day.
    pub day: BankDay,
    /// The clearing house's name for the statement.
    pub statement_id: String,
    /// When that came.
    pub received: Timestamp,
    /// When it was compared last.
    pub compared: Timestamp,
    /// Balance at the beginning by our books, minor units; above 0 the clearing house owes us.
    pub opening_here_minor: i64,
    /// The same by the statement; none if it does not say.
    pub opening_there_minor: Option<i64>,
    /// Balance at the end by our books.
    pub closing_here_minor: i64,
    /// The same by the statement.
    pub closing_there_minor: Option<i64>,
    /// Lines that are the same on both sides.
    pub matched: i64,
    /// What came in by them, minor units.
    pub matched_in_minor: i64,
    /// What went out by them, minor units, at most 0.
    pub matched_out_minor: i64,
    /// Differences that stand.
    pub differences: i64,
}

/// How a day stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayState {
    /// Everything is the same.
    Even,
    /// The day itself is the same; the balances differ by what an earlier day left.
    Carried,
    /// Something differs.
    Differs,
}

impl Reconciliation {
    /// How the day stands.
    pub fn state(&self) -> DayState {
        let same = self.opening_there_minor == Some(self.opening_here_minor)
            && self.closing_there_minor == Some(self.closing_here_minor);
        match (self.differences, same) {
            (0, true) => DayState::Even,
            (0, false) => DayState::Carried,
            _ => DayState::Differs,
        }
    }
}

/// A difference of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What sort.
    pub kind: DifferenceKind,
    /// The transaction; empty for a balance.
    pub transaction_id: String,
    /// The payment here, if it is known.
    pub order: Option<OrderNumber>,
    /// What our books say, minor units.
    pub here_minor: Option<i64>,
    /// What the statement says.
    pub there_minor: Option<i64>,
    /// The statement's line, from 1.
    pub place: Option<i64>,
    /// Another day on which our books have the same transaction.
    pub other_day: Option<BankDay>,
    /// The case that it opened.
    pub case: CaseId,
    /// When it was found.
    pub found: Timestamp,
    /// Since when it is gone.
    pub gone: Option<Timestamp>,
}

/// A line of a statement as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementEntry {
    /// Its place, from 1.
    pub place: i64,
    /// The transaction; empty if the line names none.
    pub transaction_id: String,
    /// Minor units; above 0: we have more there.
    pub amount_minor: i64,
    /// What the clearing house wrote.
    pub words: String,
}

/// A day with everything about its comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciledDay {
    /// The result.
    pub result: Reconciliation,
    /// Differences, those that stand first.
    pub differences: Vec<Difference>,
    /// Payments that were on their way when the day ended, the oldest first.
    pub awaiting: Vec<InTransit>,
    /// Some of the statement's lines.
    pub lines: Vec<StatementEntry>,
    /// How many lines it has.
    pub lines_count: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(lines: &[(&str, i64)]) -> Vec<OurLine> {
        let line = |(place, (id, amount)): (usize, &(&str, i64))| OurLine {
            transaction_id: (*id).to_owned(),
            order: OrderNumber(place as i64 + 1),
            amount_minor: *amount,
        };
        lines.iter().enumerate().map(line).collect()
    }

    fn theirs(lines: &[(&str, i64)]) -> Vec<TheirLine> {
        let line = |(place, (id, amount)): (usize, &(&str, i64))| TheirLine {
            transaction_id: (*id).to_owned(),
            amount_minor: *amount,
            place: place as i64 + 1,
        };
        lines.iter().enumerate().map(line).collect()
    }

    /// Both sides begin at 1000, and end where their lines lead.
    fn day(here: &[(&str, i64)], there: &[(&str, i64)]) -> Comparison {
        let end = |lines: &[(&str, i64)]| Some(1_000 + lines.iter().map(|(_, amount)| amount).sum::<i64>());
        let here = Side { opening_minor: Some(1_000), closing_minor: end(here), lines: ours(here) };
        let there = Side { opening_minor: Some(1_000), closing_minor: end(there), lines: theirs(there) };
        compare(&here, &there, 0)
    }

    fn said(found: &Comparison) -> Vec<String> {
        names(&found.differences)
    }

    #[test]
    fn the_same_lines_are_matched_in_any_order_and_each_difference_is_named_once() {
        for (what, here, there, matched, differences) in [
            ("an empty day", vec![], vec![], 0, vec![]),
            ("the same", vec![("a", 5), ("b", -7)], vec![("b", -7), ("a", 5)], 2, vec![]),
            ("two of the same amount", vec![("a", 5), ("b", 5)], vec![("b", 5), ("a", 5)], 2, vec![]),
            ("one of two of the same amount", vec![("a", 5)], vec![("a", 5), ("b", 5)], 1, vec!["only_there b  5 1"]),
            ("missing there", vec![("a", 5), ("b", -7)], vec![("a", 5)], 1, vec!["only_here b -7  1"]),
            ("missing here", vec![("a", 5)], vec![("a", 5), ("b", -7)], 1, vec!["only_there b  -7 1"]),
            ("another amount", vec![("a", 5), ("b", -7)], vec![("a", 5), ("b", -8)], 1, vec!["amount b -7 -8 1"]),
            ("the other sign", vec![("a", 5)], vec![("a", -5)], 0, vec!["amount a 5 -5 1"]),
            ("a line twice there", vec![("a", 5)], vec![("a", 5), ("a", 5)], 1, vec!["only_there a  5 1"]),
            (
                "a line thrice there",
                vec![("a", 5)],
                vec![("a", 5), ("a", 5), ("a", 5)],
                1,
                vec!["only_there a  5 1", "only_there a  5 2"],
            ),
            ("a return is a line of its own", vec![("a", -5), ("r", 5)], vec![("a", -5), ("r", 5)], 2, vec![]),
            ("a return that is not here", vec![("a", -5)], vec![("a", -5), ("r", 5)], 1, vec!["only_there r  5 1"]),
            (
                "another id is something else",
                vec![("a", 5)],
                vec![("b", 5)],
                0,
                vec!["only_here a 5  1", "only_there b  5 1"],
            ),
            ("lines without an id", vec![], vec![("", 5), ("", 6)], 0, vec!["only_there   5 1", "only_there   6 1"]),
            (
                "without an id here and there",
                vec![("", 4)],
                vec![("", 5)],
                0,
                vec!["only_here  4  1", "only_there   5 1"],
            ),
        ] {
            let found = day(&here, &there);
            assert_eq!(
                (found.matched, said(&found)),
                (matched, differences.into_iter().map(str::to_owned).collect()),
                "{what}"
            );
        }
        let sums = day(&[("a", 5), ("b", -7), ("c", 2)], &[("a", 5), ("b", -7), ("c", 2)]);
        assert_eq!((sums.matched_in_minor, sums.matched_out_minor), (7, -7));
    }

    #[test]
    fn a_balance_differs_only_as_far_as_nothing_else_explains_it() {
        let line = [("a", 5)];
        let balances = |opening, closing, carried| {
            let here = Side { opening_minor: Some(100), closing_minor: Some(105), lines: ours(&line) };
            let there = Side { opening_minor: opening, closing_minor: closing, lines: theirs(&line) };
            said(&compare(&here, &there, carried))
        };
        let none: Vec<String> = Vec::new();
        assert_eq!(balances(Some(100), Some(105), 0), none);
        // What an earlier day left is carried through, and named there.
        assert_eq!(balances(Some(101), Some(106), 1), none);
        assert_eq!(balances(Some(101), Some(106), 0), ["opening  100 101 1"]);
        assert_eq!(balances(Some(101), Some(106), 2), ["opening  100 101 1"]);
        // An earlier difference that is gone meanwhile leaves nothing.
        assert_eq!(balances(Some(100), Some(105), 1), none);
        assert_eq!(balances(Some(100), Some(106), 0), ["closing  105 106 1"]);
        assert_eq!(balances(Some(101), Some(105), 1), ["closing  105 105 1"]);
        assert_eq!(balances(None, Some(105), 0), ["opening  100  1"]);
        assert_eq!(balances(Some(100), None, 0), ["closing  105  1"]);
        // The size of the numbers does not matter.
        let far =
            |minor| Side::<TheirLine> { opening_minor: Some(minor), closing_minor: Some(minor), lines: Vec::new() };
        let here = Side::<OurLine> { opening_minor: Some(i64::MIN), closing_minor: Some(i64::MIN), lines: Vec::new() };
        assert_eq!(compare(&here, &far(i64::MAX), 0).differences.len(), 1);
    }

    #[test]
    fn across_midnight_the_day_of_settlement_counts_and_not_the_day_of_booking() {
        // Booked here after midnight, settled before: our posting carries the network's day, so both sides have it there.
        assert_eq!(said(&day(&[("late", -9)], &[("late", -9)])), Vec::<String>::new());
        // A posting with the wrong day is missing on one day and too many on the other.
        assert_eq!(said(&day(&[], &[("late", -9)])), ["only_there late  -9 1"]);
        assert_eq!(said(&day(&[("late", -9)], &[])), ["only_here late -9  1"]);
    }

    #[test]
    fn a_day_is_even_only_if_its_balances_are_too() {
        let base = Reconciliation {
            day: BankDay(1),
            statement_id: String::new(),
            received: Timestamp(0),
            compared: Timestamp(0),
            opening_here_minor: 1,
            opening_there_minor: Some(1),
            closing_here_minor: 2,
            closing_there_minor: Some(2),
            matched: 1,
            matched_in_minor: 1,
            matched_out_minor: 0,
            differences: 0,
        };
        assert_eq!(base.state(), DayState::Even);
        assert_eq!(Reconciliation { differences: 1, ..base.clone() }.state(), DayState::Differs);
        assert_eq!(Reconciliation { opening_there_minor: Some(3), ..base.clone() }.state(), DayState::Carried);
        assert_eq!(Reconciliation { closing_there_minor: None, ..base }.state(), DayState::Carried);
    }

    #[test]
    fn words_read_back() {
        for kind in DifferenceKind::ALL {
            assert_eq!(DifferenceKind::from_code(kind.code()), Some(kind));
        }
    }
}
