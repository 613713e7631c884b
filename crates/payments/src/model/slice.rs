//! 分时对账: a slice by the journal, by its vouchers, and by each network's own list.
//!
//! | side | what it is | key |
//! |---|---|---|
//! | journal | what the ledger booked in the slice | the transfer |
//! | vouchers | what the general ledger has for the slice | the voucher |
//! | clearing network | postings with the message's amount, by the network's settlement | the transfer |
//! | card network | captures, cash and refunds that the network was answered, by its reference | the command that a reference names |
//!
//! What a network's list has in this slice and the ledger booked in a later one is *carried*: no difference here, compared
//! there, and marked. A correction by staff on the account of card settlement is the bank's own and on no list.

use super::case::CaseId;
use super::interbank::CaseKind;
use accounts::Slice;
use kit::{BankDay, Timestamp};
use std::collections::BTreeMap;

/// A network with a list of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BookChannel {
    /// The clearing network.
    Clearing,
    /// The card network.
    Cards,
}

impl BookChannel {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Clearing, Self::Cards];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Clearing => "clearing",
            Self::Cards => "cards",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.code() == code)
    }

    /// The kind of account on which its payments are booked.
    pub fn kind(self) -> u32 {
        match self {
            Self::Clearing => accounts::chart::CLEARING,
            Self::Cards => accounts::chart::CARD_SETTLEMENT,
        }
    }
}

/// What sort of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SliceDifferenceKind {
    /// A voucher says something else than the journal, or is missing, or too many.
    Voucher,
    /// The slice's own sum says something else than the journal.
    Total,
    /// The network's list has what the journal has not.
    OnlyThere,
    /// The journal has what the network's list has not.
    OnlyHere,
    /// Both have it, with different amounts.
    Amount,
}

impl SliceDifferenceKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Voucher, Self::Total, Self::OnlyThere, Self::OnlyHere, Self::Amount];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Voucher => "voucher",
            Self::Total => "total",
            Self::OnlyThere => "only_there",
            Self::OnlyHere => "only_here",
            Self::Amount => "amount",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The case that it opens.
    pub(crate) fn case(self) -> CaseKind {
        match self {
            Self::Voucher | Self::Total => CaseKind::VoucherDiffers,
            Self::OnlyThere => CaseKind::ChannelOnlyThere,
            Self::OnlyHere => CaseKind::ChannelOnlyHere,
            Self::Amount => CaseKind::ChannelAmount,
        }
    }
}

/// A transfer on a network's account, as the ledger booked it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BookedItem {
    /// What the list knows it by.
    pub(crate) key: u128,
    pub(crate) sequence: u64,
    pub(crate) order: i64,
    /// Signed: above 0 the account's debit side for clearing, its credit side for cards.
    pub(crate) amount_minor: i64,
}

/// A line of a network's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListItem {
    pub(crate) key: u128,
    /// What the network calls it.
    pub(crate) reference: String,
    pub(crate) order: Option<i64>,
    /// What it says, more than once where more than one record says it; signed as above.
    pub(crate) amounts_minor: Vec<i64>,
    /// The ledger booked it in another slice.
    pub(crate) is_elsewhere: bool,
    /// The network counts it to an earlier slice or day than the books.
    pub(crate) is_late: bool,
}

/// A difference as it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundInSlice {
    pub(crate) kind: SliceDifferenceKind,
    pub(crate) channel: Option<BookChannel>,
    /// The network's reference, or the number of the voucher.
    pub(crate) reference: String,
    pub(crate) sequence: Option<u64>,
    pub(crate) order: Option<i64>,
    /// What the journal says, minor units.
    pub(crate) journal_minor: Option<i64>,
    /// What the voucher or the network's list says.
    pub(crate) other_minor: Option<i64>,
}

/// How many, and their net sum in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CountAndSum {
    /// How many.
    pub count: i64,
    /// Minor units.
    pub minor: i64,
}

impl CountAndSum {
    fn add(&mut self, minor: i64) {
        self.count += 1;
        self.minor = self.minor.saturating_add(minor);
    }
}

/// A network's list beside the journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ChannelComparison {
    pub(crate) here: CountAndSum,
    pub(crate) there: CountAndSum,
    /// Lines that the network counts to an earlier slice.
    pub(crate) late: i64,
    pub(crate) differences: Vec<FoundInSlice>,
}

/// Compares what was booked on a network's account with its list.
pub(crate) fn compare_channel(channel: BookChannel, booked: &[BookedItem], list: &[ListItem]) -> ChannelComparison {
    let mut by_key: BTreeMap<u128, (Vec<&BookedItem>, Vec<&ListItem>)> = BTreeMap::new();
    let mut result = ChannelComparison::default();
    for item in booked {
        result.here.add(item.amount_minor);
        by_key.entry(item.key).or_default().0.push(item);
    }
    for line in list {
        by_key.entry(line.key).or_default().1.push(line);
    }
    for (booked, list) in by_key.into_values() {
        let mut list = list.into_iter();
        for item in booked {
            let found = |kind, reference: &str, other_minor| FoundInSlice {
                kind,
                channel: Some(channel),
                reference: reference.to_owned(),
                sequence: Some(item.sequence),
                order: Some(item.order),
                journal_minor: Some(item.amount_minor),
                other_minor,
            };
            let Some(line) = list.next() else {
                result.differences.push(found(SliceDifferenceKind::OnlyHere, "", None));
                continue;
            };
            let other = line.amounts_minor.iter().copied().find(|minor| *minor != item.amount_minor);
            result.there.add(other.unwrap_or(item.amount_minor));
            result.late += i64::from(line.is_late);
            if let Some(other) = other {
                result.differences.push(found(SliceDifferenceKind::Amount, &line.reference, Some(other)));
            }
        }
        for line in list.filter(|line| !line.is_elsewhere) {
            let other_minor = line.amounts_minor.first().copied();
            result.there.add(other_minor.unwrap_or_default());
            result.differences.push(FoundInSlice {
                kind: SliceDifferenceKind::OnlyThere,
                channel: Some(channel),
                reference: line.reference.clone(),
                sequence: None,
                order: line.order,
                journal_minor: None,
                other_minor,
            });
        }
    }
    result
}

/// What differences are known by in their slice when they are found again: equal ones are numbered.
pub(crate) fn names(differences: &[FoundInSlice]) -> Vec<String> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let name = |found: &FoundInSlice| {
        let channel = found.channel.map_or("", BookChannel::code);
        let place = found.sequence.map(|sequence| sequence.to_string()).unwrap_or_default();
        let (journal, other) = (number(found.journal_minor), number(found.other_minor));
        let base = format!("{} {channel} {} {place} {journal} {other}", found.kind.code(), found.reference);
        let count = seen.entry(base.clone()).or_default();
        *count += 1;
        format!("{base} {count}")
    };
    differences.iter().map(name).collect()
}

/// A slice that was compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceCheck {
    /// Which slice.
    pub slice: Slice,
    /// How far the ledger had come in it then; see [`accounts::SliceSum::reached`].
    pub reached: i64,
    /// What the journal adds up to, in the bank's currency.
    pub journal: CountAndSum,
    /// What its vouchers add up to.
    pub vouchers: CountAndSum,
    /// Clearing by the journal, net; above 0 the clearing house owes us more.
    pub clearing_here: CountAndSum,
    /// Clearing by the network's list.
    pub clearing_there: CountAndSum,
    /// Cards by the journal, net; above 0 we owe the card network more.
    pub cards_here: CountAndSum,
    /// Cards by the network's list.
    pub cards_there: CountAndSum,
    /// What was carried from earlier slices by its business time.
    pub carried: CountAndSum,
    /// Lines that a network counts to an earlier slice.
    pub late: i64,
    /// Differences that stand.
    pub differences: i64,
    /// When it was compared last.
    pub compared: Timestamp,
}

/// How a slice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SliceState {
    /// Not over, or not compared since something came.
    Open,
    /// All sides are the same.
    Even,
    /// Something differs.
    Differs,
}

/// A difference of a slice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceDifference {
    /// What sort.
    pub kind: SliceDifferenceKind,
    /// Whose list; none between journal and vouchers.
    pub channel: Option<BookChannel>,
    /// The network's reference, or the number of the voucher.
    pub reference: String,
    /// The transfer's number in the ledger.
    pub sequence: Option<i64>,
    /// The order.
    pub order: Option<i64>,
    /// What the journal says, minor units.
    pub journal_minor: Option<i64>,
    /// What the voucher or the network's list says.
    pub other_minor: Option<i64>,
    /// The case that it opened.
    pub case: CaseId,
    /// When it was found.
    pub found: Timestamp,
    /// Since when it is gone.
    pub gone: Option<Timestamp>,
}

/// A slice of a day, compared or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceView {
    /// What its postings add up to by the tables, in the bank's currency.
    pub total: accounts::SliceSum,
    /// How it was compared last.
    pub check: Option<SliceCheck>,
}

impl SliceView {
    /// How it stands.
    pub fn state(&self) -> SliceState {
        match &self.check {
            Some(check) if self.total.reached == check.reached => {
                if check.differences == 0 {
                    SliceState::Even
                } else {
                    SliceState::Differs
                }
            }
            _ => SliceState::Open,
        }
    }
}

/// Whether a day's books are closed (日终).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayEnd {
    /// Which day.
    pub day: BankDay,
    /// Its last moment has passed.
    pub is_over: bool,
    /// Journal records that the books have not seen yet.
    pub lag: u64,
    /// How many slices it has.
    pub slices: usize,
    /// Starts of slices that were not compared since something came.
    pub unchecked: Vec<Timestamp>,
    /// Starts of slices in which something differs.
    pub differing: Vec<Timestamp>,
    /// Debits equal credits.
    pub is_balanced: bool,
    /// The trial balance is the sum of the vouchers.
    pub is_of_vouchers: bool,
    /// What was carried to the day after its end.
    pub carried_after: CountAndSum,
}

/// How a day stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayEndState {
    /// It is not over.
    Open,
    /// It is over, and something is left to do.
    Pending,
    /// Everything is posted, compared and zero.
    Closed,
}

impl DayEnd {
    /// How it stands.
    pub fn state(&self) -> DayEndState {
        let is_done = self.lag == 0
            && self.unchecked.is_empty()
            && self.differing.is_empty()
            && self.is_balanced
            && self.is_of_vouchers;
        match (self.is_over, is_done) {
            (false, _) => DayEndState::Open,
            (true, false) => DayEndState::Pending,
            (true, true) => DayEndState::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn booked(items: &[(u128, i64)]) -> Vec<BookedItem> {
        let item = |(key, amount_minor): &(u128, i64)| BookedItem {
            key: *key,
            sequence: *key as u64,
            order: 0,
            amount_minor: *amount_minor,
        };
        items.iter().map(item).collect()
    }

    fn line(key: u128, amounts: &[i64]) -> ListItem {
        ListItem {
            key,
            reference: format!("r{key}"),
            order: None,
            amounts_minor: amounts.to_vec(),
            is_elsewhere: false,
            is_late: false,
        }
    }

    #[test]
    fn each_difference_is_named_once_with_its_item() {
        for (what, here, there, sums, differences) in [
            ("nothing", vec![], vec![], (0, 0), vec![]),
            ("the same", vec![(1, 5), (2, -7)], vec![line(2, &[-7]), line(1, &[5, 5])], (-2, -2), vec![]),
            ("missing there", vec![(1, 5)], vec![], (5, 0), vec!["only_here cards  1 5  1"]),
            ("missing here", vec![], vec![line(1, &[5])], (0, 5), vec!["only_there cards r1   5 1"]),
            ("another amount", vec![(1, 5)], vec![line(1, &[6])], (5, 6), vec!["amount cards r1 1 5 6 1"]),
            ("a second record differs", vec![(1, 5)], vec![line(1, &[5, 4])], (5, 4), vec!["amount cards r1 1 5 4 1"]),
            (
                "a line twice",
                vec![(1, 5)],
                vec![line(1, &[5]), line(1, &[5])],
                (5, 10),
                vec!["only_there cards r1   5 1"],
            ),
            ("the other sign", vec![(1, 5)], vec![line(1, &[-5])], (5, -5), vec!["amount cards r1 1 5 -5 1"]),
        ] {
            let result = compare_channel(BookChannel::Cards, &booked(&here), &there);
            assert_eq!((result.here.minor, result.there.minor), sums, "{what}");
            assert_eq!(names(&result.differences), differences, "{what}");
        }
    }

    #[test]
    fn what_is_booked_in_another_slice_is_carried_and_no_difference() {
        let elsewhere = ListItem { is_elsewhere: true, ..line(1, &[5]) };
        let result = compare_channel(BookChannel::Cards, &[], &[elsewhere]);
        assert_eq!(result, ChannelComparison::default());
        let late = ListItem { is_late: true, ..line(1, &[5]) };
        let result = compare_channel(BookChannel::Clearing, &booked(&[(1, 5)]), &[late]);
        assert_eq!((result.late, result.differences.len(), result.there), (1, 0, CountAndSum { count: 1, minor: 5 }));
    }

    #[test]
    fn a_day_is_closed_when_it_is_over_and_nothing_is_left() {
        let closed = DayEnd {
            day: BankDay(1),
            is_over: true,
            lag: 0,
            slices: 2,
            unchecked: Vec::new(),
            differing: Vec::new(),
            is_balanced: true,
            is_of_vouchers: true,
            carried_after: CountAndSum::default(),
        };
        assert_eq!(closed.state(), DayEndState::Closed);
        assert_eq!(DayEnd { is_over: false, ..closed.clone() }.state(), DayEndState::Open);
        for pending in [
            DayEnd { lag: 1, ..closed.clone() },
            DayEnd { unchecked: vec![Timestamp(0)], ..closed.clone() },
            DayEnd { differing: vec![Timestamp(0)], ..closed.clone() },
            DayEnd { is_balanced: false, ..closed.clone() },
            DayEnd { is_of_vouchers: false, ..closed.clone() },
        ] {
            assert_eq!(pending.state(), DayEndState::Pending, "{pending:?}");
        }
        // What came late after the end was carried and compared, and keeps nothing open.
        let late = DayEnd { carried_after: CountAndSum { count: 1, minor: 5 }, ..closed };
        assert_eq!(late.state(), DayEndState::Closed);
    }

    #[test]
    fn words_read_back() {
        for kind in SliceDifferenceKind::ALL {
            assert_eq!(SliceDifferenceKind::from_code(kind.code()), Some(kind));
        }
        for channel in BookChannel::ALL {
            assert_eq!(BookChannel::from_code(channel.code()), Some(channel));
        }
    }
}
