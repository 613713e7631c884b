//! The general ledger: vouchers and slices as the tables have them, and the same from the journal alone.

use crate::model::book::{KindFlow, TrialBalance};
use crate::model::slice::{SLICE_MINUTES, Slice, Slicing};
use crate::model::voucher::{BookItem, Bookkeeper, SliceTotal, Voucher, VoucherDifference, voucher_differences};
use crate::projection::facts::{AccountFacts, postings};
use crate::store::voucher::DayRow;
use crate::{Accounts, store};
use cloud::{Cloud, Show};
use db::Db;
use kit::{BankDay, Calendar, Fault, FaultContext, Timestamp};
use ledger::{Entry, Ledger, Reader, number_in};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Entries that are read at once.
const READ_ENTRIES: usize = 25_000;

/// How days are cut into slices, as it was settled; another length than the last holds from the first midnight on that has
/// nothing posted after it. Without a wish what was settled stays.
pub async fn settle_slicing(
    db: &Db,
    calendar: &Calendar,
    minutes: Option<u16>,
    now: Timestamp,
) -> Result<Slicing, Fault> {
    let mut tx = db.begin_write(&["book_slicing"]).await?;
    let mut lengths = store::voucher::slicing(&mut tx).await?;
    if lengths.is_empty() {
        let minutes = minutes.unwrap_or(SLICE_MINUTES);
        store::voucher::put_slicing(&mut tx, BankDay(0), minutes, now).await?;
        lengths.push((BankDay(0), minutes));
    } else if let Some(minutes) = minutes
        && lengths.last().is_none_or(|(_, last)| *last != minutes)
    {
        let posted = store::voucher::last_posted(&mut tx).await?;
        let busy = calendar.day(posted.map_or(now, |posted| posted.max(now)));
        let from = BankDay(busy.0.saturating_add(1));
        store::voucher::put_slicing(&mut tx, from, minutes, now).await?;
        lengths.retain(|(day, _)| *day != from);
        lengths.push((from, minutes));
    }
    tx.commit().await?;
    Ok(Slicing::of(calendar.clone(), lengths))
}

/// Gross flows of a kind on a day that tables and journal have different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySumDifference {
    /// The institution.
    pub institution: u16,
    /// ISO 4217 numeric code.
    pub currency: u16,
    /// The day.
    pub day: BankDay,
    /// Kind in the chart of accounts.
    pub kind: u32,
    /// Debits and credits by the tables, minor units; none if they have none.
    pub here: Option<(i64, i64)>,
    /// The same by the journal.
    pub there: Option<(i64, i64)>,
}

/// A slice that tables and journal have different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceTotalDifference {
    /// Which slice.
    pub slice: Slice,
    /// The partition of the ledger.
    pub partition: u16,
    /// What the tables say; none if they have none.
    pub here: Option<SliceTotal>,
    /// What the journal says.
    pub there: Option<SliceTotal>,
}

/// The books made from the journal alone, beside what the tables say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BooksCheck {
    /// Booked transfers that were read.
    pub transfers: u64,
    /// Vouchers that they make.
    pub vouchers: u64,
    /// Vouchers that differ.
    pub voucher_differences: Vec<VoucherDifference>,
    /// Slices that differ.
    pub slice_differences: Vec<SliceTotalDifference>,
    /// Sums of days that differ.
    pub day_differences: Vec<DaySumDifference>,
}

impl BooksCheck {
    /// Whether the tables say what the journal says.
    pub fn is_equal(&self) -> bool {
        self.voucher_differences.is_empty() && self.slice_differences.is_empty() && self.day_differences.is_empty()
    }
}

impl Accounts {
    /// How days are cut into slices.
    pub fn slicing(&self) -> &Slicing {
        &self.inner.terms.slicing
    }

    /// Days with vouchers before one, or the newest, the newest first: day, transfers, vouchers.
    pub async fn book_days(&self, before: Option<BankDay>, most: u16) -> Result<Vec<(BankDay, i64, i64)>, Fault> {
        store::voucher::days(&self.inner.db, before.unwrap_or(BankDay(i32::MAX)), i64::from(most)).await
    }

    /// The vouchers of a bank day, slice by slice.
    pub async fn vouchers_of_day(&self, day: BankDay) -> Result<Vec<Voucher>, Fault> {
        store::voucher::of_day(&self.inner.db, self.slicing(), day).await
    }

    /// The vouchers of the slice that begins at a moment.
    pub async fn vouchers_of_slice(&self, start: Timestamp) -> Result<Vec<Voucher>, Fault> {
        store::voucher::of_slice(&self.inner.db, self.slicing(), start).await
    }

    /// A voucher by its number.
    pub async fn voucher(&self, number: u64) -> Result<Option<Voucher>, Fault> {
        store::voucher::by_number(&self.inner.db, self.slicing(), number).await
    }

    /// The slices of a day by the clock, and those in which something was carried to the day later.
    pub async fn slices_of_day(&self, day: BankDay) -> Result<Vec<SliceTotal>, Fault> {
        store::voucher::slices_of_day(&self.inner.db, self.slicing(), day).await
    }

    /// What the slice that begins at a moment adds up to, for each institution, currency and partition.
    pub async fn slice_totals(&self, start: Timestamp) -> Result<Vec<SliceTotal>, Fault> {
        store::voucher::slice(&self.inner.db, self.slicing(), start).await
    }

    /// Slices from a moment on, the oldest first.
    pub async fn slices_from(&self, from: Timestamp, most: u16) -> Result<Vec<SliceTotal>, Fault> {
        store::voucher::slices_from(&self.inner.db, self.slicing(), from, i64::from(most)).await
    }

    /// What the vouchers of each slice from a moment on add up to in the bank's currency, by its start: transfers, minor units.
    pub async fn voucher_sums(&self, from: Timestamp) -> Result<BTreeMap<Timestamp, (i64, i64)>, Fault> {
        let terms = &self.inner.terms;
        store::voucher::sums(&self.inner.db, from, terms.institution, terms.currency.numeric()).await
    }

    /// The start of the newest slice with a posting in every partition of the ledger: of their newest the oldest. None while a
    /// partition has none.
    pub async fn last_slice_start(&self) -> Result<Option<Timestamp>, Fault> {
        let newest = store::voucher::last_slices(&self.inner.db).await?;
        let all = self.inner.ledger.partitions().iter().map(|ledger| newest.get(&ledger.partition()).copied());
        Ok(all.collect::<Option<Vec<_>>>().and_then(|newest| newest.into_iter().min()))
    }

    /// The number in the ledger of a partition's last transfer in the slices before a moment.
    pub async fn last_sequence_before(&self, start: Timestamp, partition: u16) -> Result<Option<i64>, Fault> {
        store::voucher::last_before(&self.inner.db, start, partition).await
    }

    /// Some of a voucher's transfers, from the journal: its records between the voucher's first and last are read, whatever
    /// else they hold.
    pub async fn voucher_items(&self, voucher: &Voucher, skip: usize, most: usize) -> Result<Vec<BookItem>, Fault> {
        let mut keeper = Bookkeeper::new(self.slicing().clone());
        let (mut seen, mut items) = (0, Vec::new());
        let (partition, first) = number_in(voucher.sum.first_position);
        let end = number_in(voucher.sum.last_position).1.saturating_add(1);
        let Some(ledger) = self.inner.ledger.partitions().get(usize::from(partition)) else { return Ok(items) };
        let visit = |item: &BookItem| {
            if keeper.post(item)?.0 == voucher.key {
                seen += 1;
                if seen > skip && items.len() < most {
                    items.push(*item);
                }
            }
            Ok(items.len() < most)
        };
        walk(&self.inner.ledger, ledger, first, end, Timestamp(i64::MAX), visit).await?;
        Ok(items)
    }

    /// Shows every transfer that the ledger booked in a slice, partition by partition in its order, from the journal alone.
    pub async fn read_slice(
        &self,
        slice: Slice,
        mut visit: impl FnMut(&BookItem) -> Result<(), Fault> + Send,
    ) -> Result<(), Fault> {
        let totals = self.slice_totals(slice.start).await?;
        for ledger in self.inner.ledger.partitions() {
            let of_partition = totals.iter().filter(|total| total.partition == ledger.partition());
            let hint = of_partition.map(|total| number_in(total.sum.first_position).1).min();
            let first = position_at(ledger, slice.start, hint).await?;
            let visit = |item: &BookItem| {
                if slice.has(item.booked) {
                    visit(item)?;
                }
                Ok(true)
            };
            walk(&self.inner.ledger, ledger, first, u64::MAX, slice.end, visit).await?;
        }
        Ok(())
    }

    /// Makes the books of a day, or of all, from the journal alone and compares them with the tables. Reads the whole journal:
    /// what belongs to a day may have come on any later one. Of a bank that nobody pays in meanwhile.
    pub async fn check_books(&self, day: Option<BankDay>) -> Result<BooksCheck, Fault> {
        self.inner.projections.caught_up().await;
        let (keeper, transfers) = self.books_from_journal().await?;
        let (db, slicing) = (&self.inner.db, self.slicing());
        let is_wanted = |of: BankDay| day.is_none_or(|day| day == of);
        let there: Vec<Voucher> = keeper.vouchers().collect();
        let here = store::voucher::all(db, slicing).await?;
        let of_day = |vouchers: &[Voucher]| {
            vouchers.iter().filter(|voucher| is_wanted(voucher.key.day)).copied().collect::<Vec<_>>()
        };
        let sums_here = store::voucher::day_sums(db).await?;
        let sums_there = day_sums(&there)?;
        let totals_here = store::voucher::slices_from(db, slicing, Timestamp(i64::MIN), i64::MAX).await?;
        let slices = slice_differences(&totals_here, &keeper.slices().collect::<Vec<_>>());
        let days = day_differences(&sums_here, &sums_there);
        Ok(BooksCheck {
            transfers,
            vouchers: of_day(&there).len() as u64,
            voucher_differences: voucher_differences(of_day(&here), of_day(&there)),
            slice_differences: slices.into_iter().filter(|one| is_wanted(slicing.day(one.slice.start))).collect(),
            day_differences: days.into_iter().filter(|one| is_wanted(one.day)).collect(),
        })
    }

    /// The trial balance of a day from the journal alone, without a look at the tables. Reads the whole journal.
    pub async fn trial_balance_from_journal(&self, day: BankDay) -> Result<TrialBalance, Fault> {
        let (keeper, _) = self.books_from_journal().await?;
        let mut flows: BTreeMap<(u16, u32), KindFlow> = BTreeMap::new();
        let sums = day_sums(&keeper.vouchers().collect::<Vec<_>>())?;
        for (institution, currency, of, kind, debits, credits) in sums {
            if institution != self.inner.terms.institution || of > day {
                continue;
            }
            let nothing = KindFlow { kind, currency, debits_before: 0, credits_before: 0, debits: 0, credits: 0 };
            let flow = flows.entry((currency, kind)).or_insert(nothing);
            if of == day {
                (flow.debits, flow.credits) = (debits, credits);
            } else {
                flow.debits_before += debits;
                flow.credits_before += credits;
            }
        }
        Ok(TrialBalance::of(day, &flows.into_values().collect::<Vec<_>>()))
    }

    async fn books_from_journal(&self) -> Result<(Bookkeeper, u64), Fault> {
        let mut keeper = Bookkeeper::new(self.slicing().clone());
        let mut transfers = 0;
        for ledger in self.inner.ledger.partitions() {
            let visit = |item: &BookItem| {
                transfers += 1;
                keeper.post(item).map(|_| true)
            };
            walk(&self.inner.ledger, ledger, 0, u64::MAX, Timestamp(i64::MAX), visit).await?;
        }
        Ok((keeper, transfers))
    }
}

/// Shows a partition's booked transfers from a record on, until one before `end` or a ledger time, or as long as is wished.
async fn walk(
    cloud: &Cloud,
    ledger: &Ledger,
    from: u64,
    end: u64,
    until: Timestamp,
    mut visit: impl FnMut(&BookItem) -> Result<bool, Fault> + Send,
) -> Result<(), Fault> {
    let mut facts = AccountFacts::new(Arc::new(cloud.clone()));
    let mut show = (cloud.partitions().len() > 1).then(|| Show::new(ledger.clone()));
    let mut reader = ledger.reader(from);
    loop {
        let (back, entries) =
            tokio::task::spawn_blocking(move || read(reader, end)).await.fault("reading the journal")??;
        reader = back;
        let is_last = entries.last().is_none_or(|last| last.ledger_time_ms >= until.as_ms());
        let entries = match &mut show {
            Some(show) => show.all(entries).await?,
            None => entries,
        };
        facts.learn(&entries).await?;
        for (entry, posted) in postings(&entries) {
            if !visit(&facts.item(entry, posted)?)? {
                return Ok(());
            }
        }
        if is_last {
            return Ok(());
        }
    }
}

fn read(mut reader: Reader, end: u64) -> Result<(Reader, Vec<Entry>), Fault> {
    let mut entries = Vec::new();
    while entries.len() < READ_ENTRIES && reader.position() < end {
        let Some(batch) = reader.next_batch()? else { break };
        entries.extend(batch.entries);
    }
    Ok((reader, entries))
}

/// A record before which nothing was booked at a moment or later: the one that is said to be it if that is so, else the last
/// such. Ledger time never goes back, so halving finds it; a seek reads a segment's heads, so a hint that holds spares many.
async fn position_at(ledger: &Ledger, at: Timestamp, hint: Option<u64>) -> Result<u64, Fault> {
    let ledger = ledger.clone();
    let find = move || {
        let is_before = |position| {
            let batch = ledger.reader(position).next_batch()?;
            let last = batch.and_then(|batch| batch.entries.last().map(|last| last.ledger_time_ms));
            Ok::<bool, Fault>(last.is_some_and(|last| last < at.as_ms()))
        };
        if let Some(hint) = hint
            && (hint == 0 || is_before(hint - 1)?)
        {
            return Ok(hint);
        }
        let (mut low, mut high) = (0, ledger.head().position);
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(middle)? {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    };
    tokio::task::spawn_blocking(find).await.fault("reading the journal")?
}

/// What vouchers put on each kind of account on each day.
fn day_sums(vouchers: &[Voucher]) -> Result<Vec<DayRow>, Fault> {
    let mut sums: BTreeMap<DayKey, (i64, i64)> = BTreeMap::new();
    let overflow = || Fault::new("a day's sum leaves 64 bits");
    for Voucher { key, sum } in vouchers {
        let of = |kind| (key.institution, key.currency, key.day, kind);
        let debits = &mut sums.entry(of(key.debit_kind)).or_default().0;
        *debits = debits.checked_add(sum.amount_minor).ok_or_else(overflow)?;
        let credits = &mut sums.entry(of(key.credit_kind)).or_default().1;
        *credits = credits.checked_add(sum.amount_minor).ok_or_else(overflow)?;
    }
    let row =
        |((institution, currency, day, kind), (debits, credits))| (institution, currency, day, kind, debits, credits);
    Ok(sums.into_iter().map(row).collect())
}

/// Institution, currency, day and kind.
type DayKey = (u16, u16, BankDay, u32);

fn day_differences(here: &[DayRow], there: &[DayRow]) -> Vec<DaySumDifference> {
    let mut both: BTreeMap<DayKey, [Option<(i64, i64)>; 2]> = BTreeMap::new();
    for (place, rows) in [here, there].into_iter().enumerate() {
        for (institution, currency, day, kind, debits, credits) in rows {
            both.entry((*institution, *currency, *day, *kind)).or_default()[place] = Some((*debits, *credits));
        }
    }
    let differs = both.into_iter().filter(|(_, [here, there])| here != there);
    differs
        .map(|((institution, currency, day, kind), [here, there])| DaySumDifference {
            institution,
            currency,
            day,
            kind,
            here,
            there,
        })
        .collect()
}

/// Where slices of the tables and of the journal differ.
pub(crate) fn slice_differences(here: &[SliceTotal], there: &[SliceTotal]) -> Vec<SliceTotalDifference> {
    let mut both: BTreeMap<(Slice, u16, u16, u16), [Option<SliceTotal>; 2]> = BTreeMap::new();
    for (place, totals) in [here, there].into_iter().enumerate() {
        for total in totals {
            let key = (total.slice, total.institution, total.currency, total.partition);
            both.entry(key).or_default()[place] = Some(*total);
        }
    }
    let differs = both.into_iter().filter(|(_, [here, there])| here != there);
    differs
        .map(|((slice, _, _, partition), [here, there])| SliceTotalDifference { slice, partition, here, there })
        .collect()
}
