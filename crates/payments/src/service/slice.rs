//! 分时对账 and 日终: each slice by the journal, its vouchers and the networks' lists, and whether a day's books are closed.
//!
//! Cost of a slice: its stretch of the journal is read once, its vouchers and the networks' lines of its time are read from SQL,
//! and one row is written. Slices are compared when they are over; what changes later is looked for by sums each time, and item
//! by item in one older slice each time and in all slices of a day when somebody asks.

use crate::Payments;
use crate::model::channel::PaymentKind;
use crate::model::hold::{card_advice_command_id, card_hold_command_id};
use crate::model::slice::{
    BookChannel, BookedItem, CountAndSum, DayEnd, FoundInSlice, ListItem, SliceCheck, SliceDifference,
    SliceDifferenceKind, SliceState, SliceView, compare_channel, names,
};
use crate::service::BEHIND;
use crate::service::receipt::not_found;
use crate::store;
use crate::store::slice::StoredCheck;
use accounts::{
    BookItem, Bookkeeper, Slice, SliceSum, SliceTotal, VoucherDifference, VoucherKey, slice_sums, voucher_differences,
};
use kit::{BankDay, Fault, Refusal, Result, Timestamp};
use ledger::{Effect, Outcome};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How long after its end a slice is compared by itself, so that what a network was answered in its last moment is written down.
const GRACE_MS: i64 = 15_000;
/// Slices that one look compares at most, as they stand in each partition of the ledger.
const AT_ONCE: u16 = 200;
/// Slices with differences that each look compares again.
const DIFFERING: i64 = 20;
/// How far back each look compares sums.
const SUMS_MS: i64 = 2 * 86_400_000;

/// How far the ledger has come in a slice with nothing in it.
const NOTHING: i64 = -1;
const CURSOR: &str = "slice";
const AGAIN: &str = "slice_again";

impl Payments {
    /// Compares slices that are over and were not compared since something came to them, those that differ, those whose
    /// vouchers no longer add up to what was compared, and one older one in turn. Gives how many. To be called every few seconds.
    pub async fn run_slices(&self) -> Result<usize, Fault> {
        let accounts = &self.inner.accounts;
        if !accounts.projections().caught_up_within(BEHIND).await {
            return Ok(0);
        }
        let (db, now) = (&self.inner.db, self.inner.clock.now());
        let cursor = store::slice::cursor(db, CURSOR).await?;
        let at_once = AT_ONCE.saturating_mul(self.inner.ledger.partitions().len() as u16);
        let mut totals = accounts.slices_from(cursor, at_once).await?;
        if totals.len() == usize::from(at_once)
            && let Some(last) = totals.last().map(|total| total.slice)
            && totals.first().is_some_and(|first| first.slice != last)
        {
            // There may be more of it.
            totals.retain(|total| total.slice != last);
        }
        let over = self.slices_end(GRACE_MS).await?;
        let news: BTreeSet<Slice> = totals.iter().map(|total| total.slice).filter(|slice| slice.end <= over).collect();
        let mut wanted = BTreeSet::new();
        if let (Some(first), Some(last)) = (news.first(), news.last()) {
            let known = reached_then(&store::slice::checks(db, first.start, last.start).await?);
            let reached: HashMap<Slice, i64> =
                self.own(&totals)?.iter().map(|total| (total.slice, total.reached)).collect();
            let is_new = |slice: &&Slice| known.get(&slice.start) != Some(reached.get(*slice).unwrap_or(&NOTHING));
            wanted.extend(news.iter().filter(is_new).copied());
        }
        let mut starts: BTreeSet<Timestamp> = store::slice::differing(db, DIFFERING).await?.into_iter().collect();
        starts.extend(self.changed_sums(now).await?);
        starts.extend(self.next_again().await?);
        let again = starts.into_iter().filter_map(|start| accounts.slicing().beginning(start));
        wanted.extend(again.filter(|slice| slice.end <= over));
        for slice in &wanted {
            self.compare_slice(*slice).await?;
        }
        if let Some(last) = news.last() {
            // The last one is looked at until there is a later one: ledger time may still stand in it.
            store::slice::set_cursor(db, CURSOR, last.start).await?;
        }
        Ok(wanted.len())
    }

    /// The moment up to which slices are over: the clock's, or where the journal is if that is later.
    async fn slices_end(&self, grace_ms: i64) -> Result<Timestamp, Fault> {
        let now = self.inner.clock.now();
        let newest = self.inner.accounts.last_slice_start().await?;
        Ok(newest.filter(|newest| *newest > now).unwrap_or(now.plus_ms(-grace_ms)))
    }

    /// Slices whose vouchers no longer add up to what the journal said when they were compared.
    async fn changed_sums(&self, now: Timestamp) -> Result<Vec<Timestamp>, Fault> {
        let from = now.plus_ms(-SUMS_MS);
        let sums = self.inner.accounts.voucher_sums(from).await?;
        let mut checks: BTreeMap<Timestamp, StoredCheck> = BTreeMap::new();
        for check in store::slice::checks(&self.inner.db, from, now).await? {
            checks.insert(check.start, check);
        }
        let mut changed = Vec::new();
        for (start, check) in checks {
            let now = sums
                .get(&start)
                .map_or(CountAndSum::default(), |(count, minor)| CountAndSum { count: *count, minor: *minor });
            if now != check.row().vouchers {
                changed.push(start);
            }
        }
        Ok(changed)
    }

    /// The slice that is looked at again in turn.
    async fn next_again(&self) -> Result<Option<Timestamp>, Fault> {
        let db = &self.inner.db;
        let (last, reached) = (store::slice::cursor(db, AGAIN).await?, store::slice::cursor(db, CURSOR).await?);
        let next = self.inner.accounts.slices_from(last.plus_ms(1), 1).await?;
        let next = next.first().map(|total| total.slice.start).filter(|start| *start < reached);
        store::slice::set_cursor(db, AGAIN, next.unwrap_or(Timestamp(0))).await?;
        Ok(next)
    }

    /// Compares every slice of a bank day that is over, item by item. Gives how many. Refuses with `ledger.busy` while the tables follow the
    /// journal.
    pub async fn compare_slices_of(&self, day: BankDay) -> Result<usize> {
        let over = self.slices_end(0).await?;
        self.compare_until(day, over).await
    }

    /// The same with slices that are not over: of a bank in which nobody pays meanwhile.
    pub async fn compare_all_slices_of(&self, day: BankDay) -> Result<usize> {
        self.compare_until(day, Timestamp(i64::MAX)).await
    }

    async fn compare_until(&self, day: BankDay, over: Timestamp) -> Result<usize> {
        if !self.inner.accounts.projections().caught_up_within(BEHIND).await {
            return Err(Refusal::new("ledger.busy", 503).with("retry_after_s", 1).into());
        }
        let mut slices: BTreeSet<Slice> = self.slices_of(day).await?.iter().map(|view| view.total.slice).collect();
        // A slice of which the tables lost everything has a comparison of before.
        let slicing = self.inner.accounts.slicing();
        let (first, next) = slicing.bounds(day)?;
        for check in store::slice::checks(&self.inner.db, first, next.plus_ms(-1)).await? {
            slices.extend(slicing.beginning(check.start));
        }
        slices.retain(|slice| slice.end <= over);
        for slice in &slices {
            self.compare_slice(*slice).await?;
        }
        Ok(slices.len())
    }

    /// The slices of a day with how they were compared; those of later days in which something was carried to it are last.
    pub async fn slices_of(&self, day: BankDay) -> Result<Vec<SliceView>, Fault> {
        let totals = self.own(&self.inner.accounts.slices_of_day(day).await?)?;
        let (Some(first), Some(last)) = (totals.first(), totals.last()) else { return Ok(Vec::new()) };
        let checks = store::slice::checks(&self.inner.db, first.slice.start, last.slice.start).await?;
        let mut checks: HashMap<Timestamp, StoredCheck> =
            checks.into_iter().map(|check| (check.start, check)).collect();
        let view = |total: SliceSum| {
            let check = checks.remove(&total.slice.start).map(|check| check.of(total.slice));
            SliceView { total, check }
        };
        Ok(totals.into_iter().map(view).collect())
    }

    /// One slice with the differences that were found in it, those that stand first. Refuses with `payments.not_found`.
    pub async fn slice_of(&self, start: Timestamp) -> Result<(SliceView, Vec<SliceDifference>)> {
        let totals = self.own(&self.inner.accounts.slice_totals(start).await?)?;
        let total = totals.into_iter().next().ok_or_else(not_found)?;
        let checks = store::slice::checks(&self.inner.db, start, start).await?;
        let check = checks.into_iter().next().map(|check| check.of(total.slice));
        let stored = store::slice::differences(&self.inner.db, start).await?;
        let mut differences: Vec<SliceDifference> = stored.into_iter().map(|one| one.difference).collect();
        differences.sort_by_key(|difference| difference.gone.is_some());
        Ok((SliceView { total, check }, differences))
    }

    /// Whether a day's books are closed, and what is left to do.
    pub async fn day_end(&self, day: BankDay) -> Result<DayEnd, Fault> {
        let accounts = &self.inner.accounts;
        let (_, next) = accounts.slicing().bounds(day)?;
        let trial = accounts.trial_balance(day).await?;
        let slices = self.slices_of(day).await?;
        let starts = |state| {
            let of_state = slices.iter().filter(move |view| view.state() == state);
            of_state.map(|view| view.total.slice.start).collect::<Vec<_>>()
        };
        let mut flows: BTreeMap<(u16, u32), (i64, i64)> = BTreeMap::new();
        let mut carried_after = CountAndSum::default();
        let institution = accounts.terms().institution;
        for voucher in accounts.vouchers_of_day(day).await? {
            let (key, sum) = (voucher.key, voucher.sum);
            if key.institution != institution {
                continue;
            }
            let debits = &mut flows.entry((key.currency, key.debit_kind)).or_default().0;
            *debits = debits.saturating_add(sum.amount_minor);
            let credits = &mut flows.entry((key.currency, key.credit_kind)).or_default().1;
            *credits = credits.saturating_add(sum.amount_minor);
            if key.slice.start >= next {
                carried_after.count += sum.transfers;
                carried_after.minor = carried_after.minor.saturating_add(sum.amount_minor);
            }
        }
        let moved = trial.lines.iter().filter(|line| (line.debits, line.credits) != (0, 0));
        let of_trial: BTreeMap<(u16, u32), (i64, i64)> =
            moved.map(|line| ((line.currency, line.kind), (line.debits, line.credits))).collect();
        let is_later = !accounts.slices_from(next, 1).await?.is_empty();
        Ok(DayEnd {
            day,
            is_over: self.inner.clock.now() >= next || is_later,
            lag: accounts.projections().lag(),
            unchecked: starts(SliceState::Open),
            differing: starts(SliceState::Differs),
            slices: slices.len(),
            is_balanced: trial.balanced,
            is_of_vouchers: of_trial == flows,
            carried_after,
        })
    }

    /// Sums of this institution in its own currency, one for each slice.
    fn own(&self, totals: &[SliceTotal]) -> Result<Vec<SliceSum>, Fault> {
        let terms = self.inner.accounts.terms();
        let (institution, currency) = (terms.institution, terms.currency.numeric());
        let is_own = |sum: &SliceSum| sum.institution == institution && sum.currency == currency;
        Ok(slice_sums(totals)?.into_iter().filter(is_own).collect())
    }

    async fn compare_slice(&self, slice: Slice) -> Result<SliceCheck, Fault> {
        let accounts = &self.inner.accounts;
        let now = self.inner.clock.now();
        let mut keeper = Bookkeeper::new(accounts.slicing().clone());
        let mut on_channels: Vec<(BookChannel, BookItem)> = Vec::new();
        accounts
            .read_slice(slice, |item| {
                keeper.post(item)?;
                for channel in BookChannel::ALL {
                    // Once for each transfer: what a payee in another partition gets is the other half of the same.
                    if item.is_payers() && (item.payer.1 == channel.kind() || item.payee.1 == channel.kind()) {
                        on_channels.push((channel, *item));
                    }
                }
                Ok(())
            })
            .await?;
        let vouchers = accounts.vouchers_of_slice(slice.start).await?;
        let totals = accounts.slice_totals(slice.start).await?;
        let mut found: Vec<FoundInSlice> =
            voucher_differences(vouchers.clone(), keeper.vouchers()).iter().map(voucher_found).collect();
        let of_journal: Vec<SliceTotal> = keeper.slices().collect();
        found.extend(total_found(&totals, &of_journal));
        let clearing = self.clearing_list(slice, &on_channels, &of_journal).await?;
        let clearing = compare_channel(BookChannel::Clearing, &booked(BookChannel::Clearing, &on_channels), &clearing);
        let cards = self.card_list(slice, &on_channels).await?;
        let cards = compare_channel(BookChannel::Cards, &booked(BookChannel::Cards, &on_channels), &cards);
        found.extend(clearing.differences);
        found.extend(cards.differences);
        let journal = self.own(&of_journal)?.into_iter().next();
        let sum = |count, minor| CountAndSum { count, minor };
        let whole = journal.map_or(CountAndSum::default(), |total| sum(total.sum.transfers, total.sum.amount_minor));
        let carried = journal.map_or(CountAndSum::default(), |total| sum(total.sum.carried, total.sum.carried_minor));
        let terms = accounts.terms();
        let mut voucher_sum = CountAndSum::default();
        for voucher in vouchers {
            if voucher.key.institution == terms.institution && voucher.key.currency == terms.currency.numeric() {
                voucher_sum.count += voucher.sum.transfers;
                voucher_sum.minor = voucher_sum.minor.saturating_add(voucher.sum.amount_minor);
            }
        }
        let check = SliceCheck {
            slice,
            reached: journal.map_or(NOTHING, |total| total.reached),
            journal: whole,
            vouchers: voucher_sum,
            clearing_here: clearing.here,
            clearing_there: clearing.there,
            cards_here: cards.here,
            cards_there: cards.there,
            carried,
            late: clearing.late + cards.late,
            differences: i64::try_from(found.len())?,
            compared: now,
        };
        self.write_slice(&check, &found).await?;
        Ok(check)
    }

    /// The clearing network's postings of a slice: in each partition those after its last transfer of the slice before, so
    /// that none lies between.
    async fn clearing_list(
        &self,
        slice: Slice,
        items: &[(BookChannel, BookItem)],
        of_journal: &[SliceTotal],
    ) -> Result<Vec<ListItem>, Fault> {
        let days: HashMap<u64, BankDay> = items.iter().map(|(_, item)| (item.sequence, item.day)).collect();
        let mut last: BTreeMap<u16, u64> = BTreeMap::new();
        for total in of_journal {
            let last = last.entry(total.partition).or_default();
            *last = total.sum.last_sequence.max(*last);
        }
        let mut postings = Vec::new();
        for (partition, last) in last {
            let none = i64::try_from(ledger::numbered(partition, 0))? - 1;
            let before = self.inner.accounts.last_sequence_before(slice.start, partition).await?.unwrap_or(none);
            postings.extend(store::slice::postings(&self.inner.db, before, i64::try_from(last)?).await?);
        }
        let line = |posting: store::slice::ListedPosting| {
            let (reference, amounts_minor) = match posting.message {
                // The message has no sign; which way it goes is the posting's.
                Some((id, minor)) => (id, vec![posting.amount_minor, minor * posting.amount_minor.signum()]),
                None => (String::new(), vec![posting.amount_minor]),
            };
            ListItem {
                key: u128::from(posting.sequence),
                reference,
                order: Some(posting.order),
                amounts_minor,
                is_elsewhere: false,
                is_late: days.get(&posting.sequence).is_some_and(|day| posting.settlement_day < *day),
            }
        };
        Ok(postings.into_iter().map(line).collect())
    }

    /// What the card network was answered in a slice's time, and what belongs to the slice's transfers from before.
    async fn card_list(&self, slice: Slice, items: &[(BookChannel, BookItem)]) -> Result<Vec<ListItem>, Fault> {
        let of_cards: Vec<&BookItem> =
            items.iter().filter(|(channel, _)| *channel == BookChannel::Cards).map(|(_, item)| item).collect();
        let orders: BTreeSet<i64> = of_cards.iter().map(|item| item.reference).collect();
        let booked: BTreeSet<u128> = of_cards.iter().map(|item| item.command.0).collect();
        let orders: Vec<i64> = orders.into_iter().collect();
        let listed = store::slice::card_list(&self.inner.db, slice.start, slice.end, &orders).await?;
        let mut list = Vec::new();
        for card in listed {
            let command = match card.what {
                Ok(attempt) => card_hold_command_id(&card.reference, attempt),
                Err(advice) => card_advice_command_id(advice, &card.reference),
            };
            let is_here = booked.contains(&command.0);
            if !is_here && !slice.has(card.asked) {
                // Of the same order, and of another slice.
                continue;
            }
            let is_elsewhere = !is_here
                && self
                    .inner
                    .ledger
                    .entry(command)
                    .await?
                    .is_some_and(|entry| matches!(entry.outcome, Outcome::Done(Effect::Posted(_))));
            list.push(ListItem {
                key: command.0,
                reference: card.reference,
                order: Some(card.order),
                amounts_minor: vec![card.billed_minor],
                is_elsewhere,
                is_late: card.asked < slice.start,
            });
        }
        Ok(list)
    }

    /// Writes down what a comparison found: a new difference opens a case, one that is gone closes it.
    async fn write_slice(&self, check: &SliceCheck, found: &[FoundInSlice]) -> Result<(), Fault> {
        let (slice, now) = (check.slice, check.compared);
        let mut tx = self.inner.db.begin_write(&["books/reconciliation"]).await?;
        let stored = store::slice::differences_in(&mut tx, slice.start).await?;
        let mut before: HashMap<&str, _> = stored.iter().map(|one| (one.name.as_str(), one)).collect();
        for (one, name) in found.iter().zip(names(found)) {
            match before.remove(name.as_str()) {
                Some(old) if old.difference.gone.is_none() => {}
                Some(old) => {
                    let case = self.slice_case(&mut tx, slice, one, now).await?;
                    store::slice::stands(&mut tx, old.id, case).await?;
                }
                None => {
                    let case = self.slice_case(&mut tx, slice, one, now).await?;
                    let id = self.inner.ids.next();
                    store::slice::insert_difference(&mut tx, id, slice.start, &name, one, case, now).await?;
                }
            }
        }
        for old in before.into_values().filter(|old| old.difference.gone.is_none()) {
            let at = self.inner.accounts.terms().calendar.rfc3339(now);
            store::reconcile::add_fact(&mut tx, old.difference.case, "gone", &at).await?;
            store::slice::gone(&mut tx, old.id, old.difference.case, now).await?;
        }
        store::slice::put_check(&mut tx, check).await?;
        tx.commit().await
    }

    async fn slice_case(
        &self,
        tx: &mut db::Tx,
        slice: Slice,
        found: &FoundInSlice,
        now: Timestamp,
    ) -> Result<crate::CaseId, Fault> {
        let calendar = &self.inner.accounts.terms().calendar;
        let minor = |minor: Option<i64>| minor.map(|minor| minor.to_string());
        let other = if found.channel.is_some() { "network_minor" } else { "voucher_minor" };
        let named = if found.channel.is_some() { "reference" } else { "voucher" };
        let facts = [
            ("slice", Some(slice.start.as_ms().to_string())),
            ("slice_start", Some(calendar.rfc3339(slice.start))),
            ("network", found.channel.map(|channel| channel.code().to_owned())),
            ("slice_difference", Some(found.kind.code().to_owned())),
            (named, Some(found.reference.clone()).filter(|reference| !reference.is_empty())),
            ("transfer", found.sequence.map(|sequence| sequence.to_string())),
            ("order", found.order.map(|order| order.to_string())),
            ("journal_minor", minor(found.journal_minor)),
            (other, minor(found.other_minor)),
        ];
        let facts: Vec<_> = facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let order = found.order.filter(|_| found.channel == Some(BookChannel::Clearing));
        self.case_in(tx, found.kind.case(), order, None, &facts, now).await
    }
}

fn reached_then(checks: &[StoredCheck]) -> HashMap<Timestamp, i64> {
    checks.iter().map(|check| (check.start, check.row().reached)).collect()
}

fn voucher_found(difference: &VoucherDifference) -> FoundInSlice {
    FoundInSlice {
        kind: SliceDifferenceKind::Voucher,
        channel: None,
        reference: difference.number().to_string(),
        sequence: None,
        order: None,
        journal_minor: difference.there.map(|sum| sum.amount_minor),
        other_minor: difference.here.map(|sum| sum.amount_minor),
    }
}

/// Where the slice's own sums are not those of the journal.
fn total_found(here: &[SliceTotal], there: &[SliceTotal]) -> Vec<FoundInSlice> {
    let as_vouchers = |totals: &[SliceTotal]| {
        let voucher = |total: &SliceTotal| accounts::Voucher {
            key: VoucherKey {
                slice: total.slice,
                day: BankDay(0),
                institution: total.institution,
                currency: total.currency,
                debit_kind: 0,
                credit_kind: 0,
                code: 0,
                partition: total.partition,
            },
            sum: total.sum,
        };
        totals.iter().map(voucher).collect::<Vec<_>>()
    };
    let differences = voucher_differences(as_vouchers(here), as_vouchers(there));
    let found = |difference: &VoucherDifference| FoundInSlice {
        kind: SliceDifferenceKind::Total,
        reference: String::new(),
        ..voucher_found(difference)
    };
    differences.iter().map(found).collect()
}

/// What was booked on a network's account, as its list would have it.
fn booked(channel: BookChannel, items: &[(BookChannel, BookItem)]) -> Vec<BookedItem> {
    let of_channel = items.iter().filter(|(of, _)| *of == channel).map(|(_, item)| item);
    // A correction is between the bank and its customer.
    let listed =
        of_channel.filter(|item| channel == BookChannel::Clearing || item.code != PaymentKind::Correction.number());
    listed
        .map(|item| {
            let rises = match channel {
                BookChannel::Clearing => item.payer.1 == channel.kind(),
                BookChannel::Cards => item.payee.1 == channel.kind(),
            };
            BookedItem {
                key: match channel {
                    BookChannel::Clearing => u128::from(item.sequence),
                    BookChannel::Cards => item.command.0,
                },
                sequence: item.sequence,
                order: item.reference,
                amount_minor: if rises { item.amount_minor } else { -item.amount_minor },
            }
        })
        .collect()
}
