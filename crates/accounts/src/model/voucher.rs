//! Vouchers (凭证): the general ledger's postings, each the sum of one slice's transfers of one sort.
//!
//! A voucher debits one kind of account and credits another: institution, currency, bank day, slice, debit kind, credit kind,
//! transfer code and partition of the ledger name it. Its number is the ledger's number of its first transfer: a transfer is in one voucher alone, so no two
//! have the same, nobody has to count, and whoever makes the books again gives the same numbers.

use super::slice::{Cutter, Slice, Slicing};
use kit::{BankDay, Fault, Timestamp};
use ledger::{AccountId, CommandId, number_in};
use std::collections::BTreeMap;

/// A booked transfer as the general ledger sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookItem {
    /// Number of the command in the ledger.
    pub sequence: u64,
    /// Position of its journal record.
    pub position: u64,
    /// The command that moved the money.
    pub command: CommandId,
    /// When the ledger booked it.
    pub booked: Timestamp,
    /// The business's own time.
    pub time: Timestamp,
    /// Whose books gain it.
    pub day: BankDay,
    /// The institution.
    pub institution: u16,
    /// ISO 4217 numeric code.
    pub currency: u16,
    /// The debited account, and its kind in the chart of accounts.
    pub debit: (AccountId, u32),
    /// The credited account, and its kind.
    pub credit: (AccountId, u32),
    /// Who pays, as it was asked for, and its kind. Another than the debited account if that is in another partition of the
    /// ledger, and a transit account stands for it.
    pub payer: (AccountId, u32),
    /// Who is paid, likewise.
    pub payee: (AccountId, u32),
    /// What sort of transfer.
    pub code: u16,
    /// The business's reference, mostly an order.
    pub reference: i64,
    /// Minor units, above 0.
    pub amount_minor: i64,
}

impl BookItem {
    /// The partition of the ledger that booked it.
    pub fn partition(&self) -> u16 {
        number_in(self.sequence).0
    }

    /// Whether this is what the payer's partition booked, and all of the transfer; a payee in another partition gets the
    /// other half there.
    pub fn is_payers(&self) -> bool {
        self.payer.0.partition() == self.partition()
    }
}

/// What names a voucher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoucherKey {
    /// The slice.
    pub slice: Slice,
    /// Whose books.
    pub day: BankDay,
    /// The institution.
    pub institution: u16,
    /// ISO 4217 numeric code.
    pub currency: u16,
    /// Kind that is debited.
    pub debit_kind: u32,
    /// Kind that is credited.
    pub credit_kind: u32,
    /// Transfer code.
    pub code: u16,
    /// The partition of the ledger: each is in balance by itself.
    pub partition: u16,
}

/// What transfers add up to, and where they stand in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookSum {
    /// Minor units.
    pub amount_minor: i64,
    /// How many.
    pub transfers: i64,
    /// How many of them are carried from an earlier slice.
    pub carried: i64,
    /// Their sum, minor units.
    pub carried_minor: i64,
    /// Number of the first.
    pub first_sequence: u64,
    /// Number of the last.
    pub last_sequence: u64,
    /// Journal record of the first.
    pub first_position: u64,
    /// Journal record of the last.
    pub last_position: u64,
}

impl BookSum {
    fn of(item: &BookItem, is_carried: bool) -> Self {
        Self {
            amount_minor: item.amount_minor,
            transfers: 1,
            carried: i64::from(is_carried),
            carried_minor: if is_carried { item.amount_minor } else { 0 },
            first_sequence: item.sequence,
            last_sequence: item.sequence,
            first_position: item.position,
            last_position: item.position,
        }
    }

    /// Adds what comes after. Fails if the sum leaves 64 bits.
    pub(crate) fn add(&mut self, more: &Self) -> Result<(), Fault> {
        let sum =
            |one: i64, other: i64| one.checked_add(other).ok_or_else(|| Fault::new("a voucher's sum leaves 64 bits"));
        self.amount_minor = sum(self.amount_minor, more.amount_minor)?;
        self.carried_minor = sum(self.carried_minor, more.carried_minor)?;
        self.transfers += more.transfers;
        self.carried += more.carried;
        self.first_sequence = self.first_sequence.min(more.first_sequence);
        self.last_sequence = self.last_sequence.max(more.last_sequence);
        self.first_position = self.first_position.min(more.first_position);
        self.last_position = self.last_position.max(more.last_position);
        Ok(())
    }
}

/// A posting of the general ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Voucher {
    /// What names it.
    pub key: VoucherKey,
    /// What it says.
    pub sum: BookSum,
}

impl Voucher {
    /// Its number.
    pub fn number(&self) -> u64 {
        self.sum.first_sequence
    }
}

/// What a slice adds up to in one currency of one institution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceTotal {
    /// Which slice.
    pub slice: Slice,
    /// The institution.
    pub institution: u16,
    /// ISO 4217 numeric code.
    pub currency: u16,
    /// The partition of the ledger.
    pub partition: u16,
    /// What it adds up to.
    pub sum: BookSum,
}

/// What a slice adds up to in one currency of one institution, over all partitions of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceSum {
    /// Which slice.
    pub slice: Slice,
    /// The institution.
    pub institution: u16,
    /// ISO 4217 numeric code.
    pub currency: u16,
    /// What it adds up to; numbers and records are those of the first and the last partition.
    pub sum: BookSum,
    /// How far the ledger has come in it, to tell whether something was added: the number of the last transfer, of several
    /// partitions added up.
    pub reached: i64,
}

/// Adds partitions up, slice by slice. Fails if a sum leaves 64 bits.
pub fn slice_sums(totals: &[SliceTotal]) -> Result<Vec<SliceSum>, Fault> {
    let mut sums: BTreeMap<(Slice, u16, u16), (BookSum, i64)> = BTreeMap::new();
    for total in totals {
        let last = i64::try_from(number_in(total.sum.last_sequence).1)?;
        match sums.get_mut(&(total.slice, total.institution, total.currency)) {
            Some((sum, reached)) => {
                sum.add(&total.sum)?;
                *reached += last;
            }
            None => {
                sums.insert((total.slice, total.institution, total.currency), (total.sum, last));
            }
        }
    }
    let one =
        |((slice, institution, currency), (sum, reached))| SliceSum { slice, institution, currency, sum, reached };
    Ok(sums.into_iter().map(one).collect())
}

/// Adds transfers up to vouchers and slices, in the order of the journal.
#[derive(Debug)]
pub struct Bookkeeper {
    cutter: Cutter,
    vouchers: BTreeMap<VoucherKey, BookSum>,
    slices: BTreeMap<(Slice, u16, u16, u16), BookSum>,
}

impl Bookkeeper {
    /// One who has seen nothing yet.
    pub fn new(slicing: Slicing) -> Self {
        Self { cutter: Cutter::new(slicing), vouchers: BTreeMap::new(), slices: BTreeMap::new() }
    }

    /// Takes a transfer; says which voucher it belongs to, and whether it is carried from an earlier slice.
    pub fn post(&mut self, item: &BookItem) -> Result<(VoucherKey, bool), Fault> {
        let slice = self.cutter.slice(item.booked)?;
        let is_carried = item.time < slice.start;
        let key = VoucherKey {
            slice,
            day: item.day,
            institution: item.institution,
            currency: item.currency,
            debit_kind: item.debit.1,
            credit_kind: item.credit.1,
            code: item.code,
            partition: item.partition(),
        };
        let one = BookSum::of(item, is_carried);
        add_to(&mut self.vouchers, key, &one)?;
        add_to(&mut self.slices, (slice, item.institution, item.currency, item.partition()), &one)?;
        Ok((key, is_carried))
    }

    /// The vouchers, by their keys.
    pub fn vouchers(&self) -> impl Iterator<Item = Voucher> {
        self.vouchers.iter().map(|(key, sum)| Voucher { key: *key, sum: *sum })
    }

    /// The slices.
    pub fn slices(&self) -> impl Iterator<Item = SliceTotal> {
        let total = |(key, sum): (&(Slice, u16, u16, u16), &BookSum)| {
            let (slice, institution, currency, partition) = *key;
            SliceTotal { slice, institution, currency, partition, sum: *sum }
        };
        self.slices.iter().map(total)
    }
}

fn add_to<K: Ord>(sums: &mut BTreeMap<K, BookSum>, key: K, one: &BookSum) -> Result<(), Fault> {
    match sums.get_mut(&key) {
        Some(sum) => sum.add(one),
        None => {
            sums.insert(key, *one);
            Ok(())
        }
    }
}

/// A voucher or a slice of which the tables and the journal say something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoucherDifference {
    /// Which voucher.
    pub key: VoucherKey,
    /// What the tables say; none if they have none.
    pub here: Option<BookSum>,
    /// What the journal says.
    pub there: Option<BookSum>,
}

impl VoucherDifference {
    /// The voucher's number.
    pub fn number(&self) -> u64 {
        self.there.or(self.here).map_or(0, |sum| sum.first_sequence)
    }
}

/// Where vouchers of the tables and of the journal differ, by their keys.
pub fn voucher_differences(
    here: impl IntoIterator<Item = Voucher>,
    there: impl IntoIterator<Item = Voucher>,
) -> Vec<VoucherDifference> {
    let mut both: BTreeMap<VoucherKey, (Option<BookSum>, Option<BookSum>)> = BTreeMap::new();
    for voucher in here {
        both.entry(voucher.key).or_default().0 = Some(voucher.sum);
    }
    for voucher in there {
        both.entry(voucher.key).or_default().1 = Some(voucher.sum);
    }
    let differs = both.into_iter().filter(|(_, (here, there))| here != there);
    differs.map(|(key, (here, there))| VoucherDifference { key, here, there }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use kit::Calendar;

    fn at(day: i8, hour: i8, minute: i8) -> Timestamp {
        Calendar::try_new("Asia/Shanghai").unwrap().instant(date(2026, 11, day).at(hour, minute, 0, 0)).unwrap()
    }

    fn item(sequence: u64, booked: Timestamp, time: Timestamp, amount_minor: i64) -> BookItem {
        BookItem {
            sequence,
            position: sequence / 2,
            command: CommandId(u128::from(sequence) + 1),
            booked,
            time,
            day: Calendar::try_new("Asia/Shanghai").unwrap().day(time),
            institution: 1,
            currency: 156,
            debit: (AccountId(1), 2011),
            credit: (AccountId(2), 2012),
            payer: (AccountId(1), 2011),
            payee: (AccountId(2), 2012),
            code: 2,
            reference: 7,
            amount_minor,
        }
    }

    fn keeper() -> Bookkeeper {
        Bookkeeper::new(Slicing::new(Calendar::try_new("Asia/Shanghai").unwrap()))
    }

    #[test]
    fn where_a_transfer_belongs_is_the_table_of_the_slices() {
        // Booked, business time, start of the slice, bank day, carried: the table above `Slice`.
        for (booked, time, start, day, is_carried) in [
            (at(21, 10, 3), at(21, 10, 3), at(21, 10, 0), "2026-11-21", false),
            (at(21, 10, 5), at(21, 10, 5), at(21, 10, 5), "2026-11-21", false),
            (at(21, 10, 7), at(21, 10, 3), at(21, 10, 5), "2026-11-21", true),
            (at(22, 0, 2), at(21, 23, 59), at(22, 0, 0), "2026-11-21", true),
            (at(22, 0, 0), at(22, 0, 0), at(22, 0, 0), "2026-11-22", false),
            (at(21, 10, 7), at(18, 9, 0), at(21, 10, 5), "2026-11-18", true),
        ] {
            let mut keeper = keeper();
            let (key, carried) = keeper.post(&item(4, booked, time, 100)).unwrap();
            assert_eq!((key.slice.start, key.day.iso().as_str(), carried), (start, day, is_carried));
            let voucher = keeper.vouchers().next().unwrap();
            let expected = if is_carried { (1, 100) } else { (0, 0) };
            assert_eq!((voucher.sum.carried, voucher.sum.carried_minor), expected);
            assert_eq!((voucher.sum.transfers, voucher.sum.amount_minor), (1, 100));
        }
    }

    #[test]
    fn what_names_a_voucher_keeps_transfers_apart_and_all_else_adds_up() {
        let noon = at(21, 12, 0);
        let base = item(1, noon, noon, 1);
        let items = [
            base,
            BookItem { sequence: 2, position: 1, amount_minor: 10, reference: 8, debit: (AccountId(9), 2011), ..base },
            BookItem { sequence: 3, position: 1, amount_minor: 100, code: 1, ..base },
            BookItem { sequence: 4, position: 2, amount_minor: 1_000, debit: (AccountId(1), 1001), ..base },
            BookItem { sequence: 5, position: 2, amount_minor: 10_000, credit: (AccountId(2), 3001), ..base },
            BookItem { sequence: 6, position: 3, amount_minor: 100_000, currency: 840, ..base },
            BookItem { sequence: 7, position: 3, amount_minor: 1_000_000, institution: 2, ..base },
            item(8, at(21, 12, 5), noon, 10_000_000),
        ];
        let mut keeper = keeper();
        for item in &items {
            keeper.post(item).unwrap();
        }
        let mut amounts: Vec<(u64, i64)> =
            keeper.vouchers().map(|voucher| (voucher.number(), voucher.sum.amount_minor)).collect();
        amounts.sort_unstable();
        let expected = [(1, 11), (3, 100), (4, 1_000), (5, 10_000), (6, 100_000), (7, 1_000_000), (8, 10_000_000)];
        assert_eq!(amounts, expected);
        let first = keeper.vouchers().find(|voucher| voucher.number() == 1).unwrap();
        let places = (first.sum.last_sequence, first.sum.first_position, first.sum.last_position);
        assert_eq!((first.sum.transfers, places), (2, (2, 0, 1)));
        let totals: Vec<(u16, u16, i64)> =
            keeper.slices().map(|total| (total.institution, total.currency, total.sum.amount_minor)).collect();
        let expected = [(1, 156, 11_111), (1, 840, 100_000), (2, 156, 1_000_000), (1, 156, 10_000_000)];
        assert_eq!(totals, expected);
    }

    #[test]
    fn a_sum_that_does_not_fit_is_a_fault() {
        let noon = at(21, 12, 0);
        let mut keeper = keeper();
        keeper.post(&item(1, noon, noon, i64::MAX)).unwrap();
        assert!(keeper.post(&item(2, noon, noon, 1)).is_err());
    }

    #[test]
    fn differences_are_exact() {
        let noon = at(21, 12, 0);
        let mut keeper = keeper();
        for item in [item(1, noon, noon, 5), BookItem { code: 1, ..item(2, noon, noon, 6) }] {
            keeper.post(&item).unwrap();
        }
        let whole: Vec<Voucher> = keeper.vouchers().collect();
        assert!(voucher_differences(whole.clone(), whole.clone()).is_empty());
        let mut changed = whole.clone();
        changed[0].sum.amount_minor += 1;
        let found = voucher_differences(changed.clone(), whole.clone());
        assert_eq!((found.len(), found[0].key, found[0].there), (1, whole[0].key, Some(whole[0].sum)));
        let found = voucher_differences(whole[1..].to_vec(), whole.clone());
        assert_eq!((found.len(), found[0].here, found[0].number()), (1, None, whole[0].number()));
        let found = voucher_differences(whole.clone(), whole[..1].to_vec());
        assert_eq!((found.len(), found[0].there, found[0].number()), (1, None, whole[1].number()));
    }
}
