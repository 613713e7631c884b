//! 对账: each settlement day against the clearing house's statement of it, as soon as that comes and whenever a posting of the
//! day, or of one before, came later. What differs becomes a case, once.

use crate::Payments;
use crate::model::case::{CaseId, InTransit};
use crate::model::interbank::{CaseKind, InterbankState, InterbankWay};
use crate::model::reconcile::{
    Difference, Found, OurLine, ReconciledDay, Reconciliation, Side, StatementEntry, TheirLine, compare, names,
};
use crate::service::BEHIND;
use crate::service::interbank::shown;
use crate::service::receipt::not_found;
use crate::store;
use crate::store::reconcile::{Beside, StoredDayStatement};
use iso20022::{EntryState, Limits, Mark, Message};
use kit::{BankDay, Fault, Refusal, Result, Timestamp};
use money::Currency;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Days, and payments that are awaited, that one page shows at most.
const SHOWN: i64 = 200;

/// What the clearing house and this bank owe each other by the ledger, and what is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearingPosition {
    /// The clearing account's balance, minor units; above 0 the clearing house owes us.
    pub balance_minor: i64,
    /// How far it may fall below 0; none in a bank without a way to others.
    pub net_debit_cap_minor: Option<i64>,
    /// What is on its way to other banks, returns too: how many, minor units.
    pub on_way_out: (i64, i64),
    /// What is on its way from them.
    pub on_way_in: (i64, i64),
    /// The newest settlement days: day, postings, their sum.
    pub days: Vec<(BankDay, i64, i64)>,
    /// Cases that are open.
    pub open_cases: i64,
}

/// Which payments between banks are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InterbankList {
    /// Those on their way, stuck ones first.
    OnTheirWay,
    /// The newest of those that ended so.
    Ended(InterbankState),
}

impl Payments {
    /// Compares every day of which a new statement has come, and those that postings came to since. Gives how many. To be
    /// called every few seconds.
    pub async fn run_reconciliation(&self) -> Result<usize, Fault> {
        let db = &self.inner.db;
        let news = store::reconcile::news(db, self.inner.ledger.partitions().len() as u16).await?;
        if news.statements.is_empty() && news.postings.is_empty() {
            return Ok(0);
        }
        // A posting that is in the journal and not yet in its table would look as if it were missing.
        if !self.inner.accounts.projections().caught_up_within(BEHIND).await {
            return Ok(0);
        }
        let mut days: BTreeSet<BankDay> = news.statements.iter().filter_map(|(_, day, ..)| *day).collect();
        let earliest =
            days.iter().next().copied().into_iter().chain(news.postings.iter().map(|(_, day, _)| *day)).min();
        if let Some(earliest) = earliest {
            // What a day leaves is carried on into the days after it.
            days.extend(store::reconcile::days_from(db, earliest).await?);
        }
        let mut unusable: BTreeMap<i64, String> = BTreeMap::new();
        let mut compared = 0;
        for day in days {
            match self.compare_day(day).await? {
                Compared::Done(_) => compared += 1,
                Compared::Nothing => {}
                Compared::Unusable(statement, why) => drop(unusable.insert(statement, why)),
            }
        }
        let now = self.inner.clock.now();
        let mut tx = db.begin_write(&["clearing/reconciliation"]).await?;
        for (id, day, statement_id, message) in &news.statements {
            let why = match day {
                None => Some("the statement does not say which day it is about"),
                Some(_) => unusable.get(id).map(String::as_str),
            };
            let Some(why) = why else { continue };
            let facts = [("statement", statement_id.clone()), ("why", why.to_owned())];
            self.case_in(&mut tx, CaseKind::StatementUnusable, None, Some(*message), &facts, now).await?;
        }
        if let Some((last, ..)) = news.statements.last() {
            store::reconcile::move_cursor(&mut tx, "statement", *last).await?;
        }
        for (partition, _, last) in news.postings {
            store::reconcile::move_cursor(&mut tx, &store::reconcile::posting_cursor(partition), last).await?;
        }
        tx.commit().await?;
        Ok(compared)
    }

    /// Compares a day with its statement once more. Refuses with `payments.statement_missing`, `payments.statement_unusable`,
    /// `ledger.busy` while the tables follow the journal.
    pub async fn reconcile(&self, day: BankDay) -> Result<Reconciliation> {
        if !self.inner.accounts.projections().caught_up_within(BEHIND).await {
            return Err(Refusal::new("ledger.busy", 503).with("retry_after_s", 1).into());
        }
        match self.compare_day(day).await? {
            Compared::Done(result) => Ok(result),
            Compared::Nothing => Err(Refusal::new("payments.statement_missing", 409).into()),
            Compared::Unusable(_, why) => {
                tracing::warn!(why, day = day.iso(), "a statement cannot be compared");
                Err(Refusal::new("payments.statement_unusable", 409).into())
            }
        }
    }

    /// Days that were compared, before one or the newest, the newest first.
    pub async fn reconciled_days(&self, before: Option<BankDay>, most: u16) -> Result<Vec<Reconciliation>, Fault> {
        store::reconcile::before(&self.inner.db, before.unwrap_or(BankDay(i32::MAX)), i64::from(most)).await
    }

    /// A day with everything about its comparison, and lines of its statement after the first so many. Refuses with
    /// `payments.not_found`.
    pub async fn reconciled_day(&self, day: BankDay, skip: usize, most: usize) -> Result<ReconciledDay> {
        let db = &self.inner.db;
        let result = store::reconcile::day(db, day).await?.ok_or_else(not_found)?;
        let stored = store::reconcile::differences(db, day).await?;
        let mut differences: Vec<Difference> = stored.into_iter().map(|one| one.difference).collect();
        differences.sort_by_key(|difference| difference.gone.is_some());
        let now = self.inner.clock.now();
        let end = self.inner.accounts.terms().calendar.at_hour(BankDay(day.0.saturating_add(1)), 0)?;
        let awaiting = store::reconcile::awaiting(db, end, day, SHOWN).await?;
        let lines = match store::reconcile::statement(db, day).await? {
            Some(statement) => entries(&statement, day).map_err(Fault::new)?.entries,
            None => Vec::new(),
        };
        Ok(ReconciledDay {
            result,
            differences,
            awaiting: awaiting.iter().map(|payment| shown(payment, now)).collect::<Result<_, Fault>>()?,
            lines_count: lines.len(),
            lines: lines.into_iter().skip(skip).take(most).collect(),
        })
    }

    /// What the clearing house and this bank owe each other.
    pub async fn clearing_position(&self) -> Result<ClearingPosition> {
        let db = &self.inner.db;
        let account = self.clearing_account().await?;
        let (mut on_way_out, mut on_way_in) = ((0, 0), (0, 0));
        for (way, count, sum) in store::reconcile::on_their_way(db).await? {
            let is_out = matches!(InterbankWay::from_code(&way), Some(InterbankWay::Out | InterbankWay::Return));
            let side = if is_out { &mut on_way_out } else { &mut on_way_in };
            *side = (side.0 + count, side.1 + sum);
        }
        Ok(ClearingPosition {
            balance_minor: self.inner.accounts.balance_for_staff(&account).await?.minor,
            net_debit_cap_minor: self.clearing().ok().map(|clearing| clearing.terms.net_debit_cap_minor),
            on_way_out,
            on_way_in,
            days: store::reconcile::by_day(db, 7).await?,
            open_cases: store::reconcile::open_cases(db).await?,
        })
    }

    /// Payments between banks for a list, at most some hundreds.
    pub async fn interbank_list(&self, list: InterbankList) -> Result<Vec<InTransit>, Fault> {
        match list {
            InterbankList::OnTheirWay => self.interbank_in_transit().await,
            InterbankList::Ended(state) => {
                let now = self.inner.clock.now();
                let payments = store::reconcile::ended(&self.inner.db, state.code(), SHOWN).await?;
                payments.iter().map(|payment| shown(payment, now)).collect()
            }
        }
    }

    async fn compare_day(&self, day: BankDay) -> Result<Compared, Fault> {
        let db = &self.inner.db;
        let Some(statement) = store::reconcile::statement(db, day).await? else { return Ok(Compared::Nothing) };
        let there = match entries(&statement, day) {
            Ok(there) => there,
            Err(why) => return Ok(Compared::Unusable(statement.id, why)),
        };
        let opening = store::posting::sum_until(db, BankDay(day.0.saturating_sub(1))).await?;
        let postings = store::posting::of_day(db, day).await?;
        let sum: i64 = postings.iter().map(|posting| posting.amount_minor).sum();
        let lines = postings.into_iter().map(|posting| OurLine {
            transaction_id: posting.transaction_id.unwrap_or_default(),
            order: posting.order,
            amount_minor: posting.amount_minor,
        });
        let here = Side { opening_minor: Some(opening), closing_minor: Some(opening + sum), lines: lines.collect() };
        let before = store::reconcile::before(db, day, 1).await?;
        let carried = |day: &Reconciliation| Some(day.closing_there_minor? - day.closing_here_minor);
        let carried_minor = before.first().and_then(carried).unwrap_or_default();
        let side = Side {
            opening_minor: there.opening_minor,
            closing_minor: there.closing_minor,
            lines: there.entries.iter().map(their_line).collect(),
        };
        let found = compare(&here, &side, carried_minor);
        let now = self.inner.clock.now();
        let result = Reconciliation {
            day,
            statement_id: statement.statement_id.clone(),
            received: statement.received,
            compared: now,
            opening_here_minor: opening,
            opening_there_minor: there.opening_minor,
            closing_here_minor: opening + sum,
            closing_there_minor: there.closing_minor,
            matched: found.matched,
            matched_in_minor: found.matched_in_minor,
            matched_out_minor: found.matched_out_minor,
            differences: i64::try_from(found.differences.len())?,
        };
        self.write_day(&statement, &result, &found.differences).await?;
        Ok(Compared::Done(result))
    }

    /// Writes down what a comparison found: a new difference opens a case, one that is gone is marked so.
    async fn write_day(
        &self,
        statement: &StoredDayStatement,
        result: &Reconciliation,
        found: &[Found],
    ) -> Result<(), Fault> {
        let (db, day, now) = (&self.inner.db, result.day, result.compared);
        let mut known = Vec::with_capacity(found.len());
        for one in found {
            known.push(self.known_about(day, one).await?);
        }
        let mut tx = db.begin_write(&["clearing/reconciliation"]).await?;
        let stored = store::reconcile::differences_in(&mut tx, day).await?;
        let mut before: HashMap<&str, _> = stored.iter().map(|one| (one.name.as_str(), one)).collect();
        for ((one, (payment, other_day)), name) in found.iter().zip(known).zip(names(found)) {
            let order = one.order.or(payment.as_ref().map(|payment| payment.order));
            let old = before.remove(name.as_str());
            let case = match old {
                Some(old) if old.difference.gone.is_none() => old.difference.case,
                // New, or back again.
                _ => {
                    let minor = |minor: Option<i64>| minor.map(|minor| minor.to_string());
                    let state = payment.as_ref().map(|payment| payment.state.code().to_owned());
                    let facts = [
                        ("day", Some(day.iso())),
                        ("statement", Some(result.statement_id.clone())),
                        ("difference", Some(one.kind.code().to_owned())),
                        ("transaction", Some(one.transaction_id.clone()).filter(|id| !id.is_empty())),
                        ("here_minor", minor(one.here_minor)),
                        ("there_minor", minor(one.there_minor)),
                        ("line", one.place.map(|place| place.to_string())),
                        ("other_day", other_day.map(BankDay::iso)),
                        ("state", state),
                    ];
                    let facts: Vec<_> = facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
                    let kind = one.kind.case();
                    self.case_in(&mut tx, kind, order.map(|order| order.0), Some(statement.message), &facts, now)
                        .await?
                }
            };
            let beside = Beside { order, other_day, case };
            match old {
                Some(old) => store::reconcile::stands(&mut tx, old.id, one.place, beside).await?,
                None => {
                    let id = self.inner.ids.next();
                    store::reconcile::insert_difference(&mut tx, id, day, &name, one, beside, now).await?;
                }
            }
        }
        for old in before.into_values().filter(|old| old.difference.gone.is_none()) {
            store::reconcile::gone(&mut tx, old.id, now).await?;
            let at = self.inner.accounts.terms().calendar.rfc3339(now);
            store::reconcile::add_fact(&mut tx, old.difference.case, "gone", &at).await?;
        }
        store::reconcile::put_day(&mut tx, statement.id, result).await?;
        tx.commit().await
    }

    /// What the books know about the transaction of a difference.
    async fn known_about(
        &self,
        day: BankDay,
        found: &Found,
    ) -> Result<(Option<store::interbank::StoredInterbank>, Option<BankDay>), Fault> {
        if found.transaction_id.is_empty() {
            return Ok((None, None));
        }
        let db = &self.inner.db;
        let payment = store::interbank::by_tx_id(db, &found.transaction_id).await?;
        Ok((payment, store::reconcile::other_day(db, &found.transaction_id, day).await?))
    }

    pub(crate) async fn case_in(
        &self,
        tx: &mut db::Tx,
        kind: CaseKind,
        order: Option<i64>,
        message: Option<i64>,
        facts: &[(&str, String)],
        now: Timestamp,
    ) -> Result<CaseId, Fault> {
        tracing::warn!(kind = kind.code(), order, "a case for staff");
        let id = CaseId(self.inner.ids.next());
        let facts: BTreeMap<&str, &str> = facts.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let order = order.map(crate::OrderNumber);
        store::message::open_case(tx, id, kind, order, message, &serde_json::to_string(&facts)?, now).await?;
        Ok(id)
    }
}

enum Compared {
    Done(Reconciliation),
    /// No statement of the day has come.
    Nothing,
    /// Its number, and what is wrong with it.
    Unusable(i64, String),
}

/// A statement as it is compared.
struct Entries {
    opening_minor: Option<i64>,
    closing_minor: Option<i64>,
    entries: Vec<StatementEntry>,
}

fn their_line(entry: &StatementEntry) -> TheirLine {
    TheirLine { transaction_id: entry.transaction_id.clone(), amount_minor: entry.amount_minor, place: entry.place }
}

/// The booked lines and balances of a statement.
fn entries(stored: &StoredDayStatement, day: BankDay) -> Result<Entries, String> {
    let document = Message::read(stored.xml.as_bytes(), &Limits::default()).map_err(|refused| refused.to_string())?;
    let Message::Statement(_, statements) = document.message else { return Err("it is no statement".to_owned()) };
    let wanted = |one: &iso20022::Statement| one.id == stored.statement_id && one.day == Some(day);
    let statement = statements.into_iter().find(wanted).ok_or("the statement of the day is not in it")?;
    let yuan = |amount: money::Amount| match amount.currency {
        Currency::CNY => Ok(amount.minor),
        other => Err(format!("it is in {}", other.code())),
    };
    let mut entries = Vec::with_capacity(statement.entries.len());
    for (place, entry) in (1..).zip(statement.entries) {
        if entry.state != EntryState::Booked {
            continue;
        }
        let minor = yuan(entry.amount)?;
        let amount_minor = if entry.mark == Mark::Credit { minor } else { -minor };
        entries.push(StatementEntry { place, transaction_id: entry.transaction_id, amount_minor, words: entry.words });
    }
    Ok(Entries {
        opening_minor: statement.opening.map(yuan).transpose()?,
        closing_minor: statement.closing.map(yuan).transpose()?,
        entries,
    })
}
