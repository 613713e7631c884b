//! The SQL side of the bank: the projections of `accounts`, which follow the journal while the ledger runs, through stops
//! between chunks and in the middle of one, and through tables that are dropped and built again.
//!
//! What the tables must say is counted here once more from the journal's entries, in the plainest way. The code under test is
//! what the bank runs: the projections, and the step that writes a chunk and the positions in one transaction.

use crate::random::Random;
use accounts::Slicing;
use accounts::projection::chunk::{self, Chunk};
use accounts::projection::{BoxFuture, Known, Projection, projections_of};
use cache::Cache;
use db::{Db, Tx, params};
use kit::{Calendar, Fault};
use ledger::machine::Machine;
use ledger::{AccountId, Action, Batch, CommandId, Effect, Entry, OpenAccount, Outcome, Posted, Side};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// One seed in so many has tables.
const ONE_IN: u64 = 8;
/// Steps of a round between two looks at the journal, about.
const FOLLOW_EVERY: u64 = 40;
const SLICE_MS: i64 = 5 * 60_000;

/// What is wrong with the tables.
#[derive(Debug)]
pub(crate) enum BooksError {
    /// They were fed from another journal, or from more of it than there is.
    OtherJournal(String),
    Wrong(String),
}

impl From<Fault> for BooksError {
    fn from(fault: Fault) -> Self {
        Self::Wrong(format!("the tables cannot be written or read: {fault}"))
    }
}

pub(crate) struct Books {
    random: Random,
    runtime: tokio::runtime::Runtime,
    db: Db,
    _folder: tempfile::TempDir,
    slicing: Slicing,
    known: Arc<Journal>,
    stumble: Arc<Stumble>,
    /// As the process that runs now has them.
    list: Vec<Arc<dyn Projection>>,
    batches: Vec<Batch>,
}

/// What the projections ask about, from what was read of the journal so far.
#[derive(Default)]
struct Journal(Mutex<Facts>);

#[derive(Default)]
struct Facts {
    terms: HashMap<u64, OpenAccount>,
    entries: HashMap<u128, Entry>,
}

impl Journal {
    fn learn(&self, batch: &Batch) {
        let mut facts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in &batch.entries {
            if let (Action::OpenAccount(terms), Outcome::Done(Effect::AccountOpened(id))) =
                (&entry.command.action, &entry.outcome)
            {
                facts.terms.insert(id.0, *terms);
            }
            facts.entries.insert(entry.command.id.0, entry.clone());
        }
    }
}

impl Known for Journal {
    fn terms(&self, ids: Vec<AccountId>) -> BoxFuture<'_, Result<Vec<Option<OpenAccount>>, Fault>> {
        let facts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = ids.iter().map(|id| facts.terms.get(&id.0).copied()).collect();
        Box::pin(async move { Ok(found) })
    }

    fn entry(&self, id: CommandId) -> BoxFuture<'_, Result<Option<Entry>, Fault>> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner).entries.get(&id.0).cloned();
        Box::pin(async move { Ok(found) })
    }
}

/// Ends the process in the middle of a chunk: what comes before it in the list has written its rows.
#[derive(Default)]
struct Stumble {
    now: AtomicBool,
}

impl Projection for Stumble {
    fn name(&self) -> &'static str {
        "simulation.stumble"
    }

    fn clear(&self) -> &'static [&'static str] {
        &[]
    }

    fn project<'a>(&'a self, _: &'a mut Tx, _: &'a [Entry]) -> BoxFuture<'a, Result<(), Fault>> {
        let stops = self.now.swap(false, Ordering::Relaxed);
        Box::pin(async move { if stops { Err(Fault::new("the process stopped")) } else { Ok(()) } })
    }
}

impl Books {
    /// Of the seeds that have them. What they draw is their own, so that a seed's load is the same with and without.
    pub(crate) fn of(seed: u64) -> Option<Self> {
        if !seed.is_multiple_of(ONE_IN) {
            return None;
        }
        match Self::new(seed) {
            Ok(books) => Some(books),
            Err(fault) => panic!("no tables: {fault}"),
        }
    }

    fn new(seed: u64) -> Result<Self, Fault> {
        // Kept in memory where the system has such a folder; what a disk does to SQL is not looked at here.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory)? } else { tempfile::tempdir()? };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let url = format!("sqlite:{}", folder.path().join("books.sqlite").display());
        let db = runtime.block_on(async {
            let db = Db::open(&url).await?;
            db.migrate(&[accounts::room()]).await?;
            Ok::<_, Fault>(db)
        })?;
        // Midnight eight hours before UTC's, as the model has it.
        let calendar = Calendar::try_new("Asia/Shanghai").map_err(|_| Fault::new("no such zone"))?;
        let mut this = Self {
            random: Random::new(seed ^ 0xb00c_5b00_c5b0_0c5b),
            runtime,
            db,
            _folder: folder,
            slicing: Slicing::new(calendar),
            known: Arc::default(),
            stumble: Arc::default(),
            list: Vec::new(),
            batches: Vec::new(),
        };
        this.start();
        Ok(this)
    }

    /// A process begins, and remembers nothing.
    fn start(&mut self) {
        self.list = projections_of(self.known.clone(), &self.slicing, &Cache::local());
        let place = self.random.below(self.list.len() as u64 + 1) as usize;
        self.list.insert(place, self.stumble.clone());
    }

    /// Now and then, some of what is durable while the ledger runs.
    pub(crate) fn follow(&mut self, machine: &Machine) -> Result<(), BooksError> {
        if !self.random.one_in(FOLLOW_EVERY) {
            return Ok(());
        }
        // The disk may be down, or fail to read: the bank then tries again later.
        let Ok(more) = machine.batches(self.batches.len() as u64) else { return Ok(()) };
        more.into_iter().for_each(|batch| self.read(batch));
        let steps = self.random.below(6);
        self.write(steps)
    }

    fn read(&mut self, mut batch: Batch) {
        // Documents are noise here; what the bank writes into them is read in its own tests.
        batch.entries.iter_mut().for_each(|entry| entry.command.document.clear());
        self.known.learn(&batch);
        self.batches.push(batch);
    }

    /// The journal as it is after a restart: it must begin with all that was read before. The tables follow it to its end
    /// and are compared; now and then they are dropped, built again, and compared once more.
    pub(crate) fn check(&mut self, batches: &[Batch]) -> Result<(), BooksError> {
        let is_same = |(one, other): (&Batch, &Batch)| one.head == other.head;
        if batches.len() < self.batches.len() || !self.batches.iter().zip(batches).all(is_same) {
            let what = "what was durable once is not in the journal any more".to_owned();
            return Err(BooksError::OtherJournal(what));
        }
        batches[self.batches.len()..].iter().for_each(|batch| self.read(batch.clone()));
        self.start();
        self.write(u64::MAX)?;
        self.compare("following the journal")?;
        if self.random.one_in(3) {
            for projection in &self.list {
                self.runtime.block_on(chunk::clear(&self.db, &**projection))?;
            }
            self.write(u64::MAX)?;
            self.compare("built again")?;
        }
        Ok(())
    }

    /// Writes chunk after chunk until the end of what was read, or for so many steps.
    fn write(&mut self, steps: u64) -> Result<(), BooksError> {
        for _ in 0..steps {
            let from = self.runtime.block_on(chunk::stands_at(&self.db, &self.list, 0))?;
            let Some(rest) = self.batches.get(from as usize..).filter(|rest| !rest.is_empty()) else { break };
            match self.random.below(16) {
                0 => self.start(),
                1 => {
                    let which = self.random.below(self.list.len() as u64) as usize;
                    self.runtime.block_on(chunk::clear(&self.db, &*self.list[which]))?;
                }
                what => {
                    let most = if self.random.one_in(4) { rest.len() as u64 } else { 12 };
                    let batches = &rest[..rest.len().min(1 + self.random.below(most) as usize)];
                    let Some(last) = batches.last() else { break };
                    let entries = batches.iter().flat_map(|batch| batch.entries.iter().cloned()).collect();
                    let chunk = Chunk { head: last.head, entries };
                    self.stumble.now.store(what < 5, Ordering::Relaxed);
                    let written = self.runtime.block_on(chunk::write(&self.db, &self.list, 0, from, &chunk));
                    let stopped = what < 5 && !self.stumble.now.swap(false, Ordering::Relaxed);
                    match written {
                        Ok(true) if !stopped => {}
                        Err(_) if stopped => self.start(),
                        Ok(_) => return Err(BooksError::Wrong(format!("a chunk from {from} went another way"))),
                        Err(fault) => return Err(fault.into()),
                    }
                }
            }
        }
        Ok(())
    }

    fn compare(&self, when: &str) -> Result<(), BooksError> {
        let Some(expected) = Expected::of(&self.batches)? else { return Ok(()) };
        self.runtime.block_on(async {
            for (table, columns, rows) in expected.tables() {
                let found = self.rows(table, columns).await?;
                if found != rows {
                    let differs = found.iter().zip(&rows).find(|(found, row)| found != row);
                    return Err(BooksError::Wrong(format!(
                        "{when}, {table} has {} rows and the journal makes {}; the first that differ: {differs:?}",
                        found.len(),
                        rows.len()
                    )));
                }
            }
            Ok(())
        })
    }

    /// A table, in the order of these columns.
    async fn rows(&self, table: &str, columns: &str) -> Result<Vec<Vec<i64>>, BooksError> {
        let sql = db::Sql::assembled(format!("SELECT {columns} FROM {table} ORDER BY {columns}"));
        let names: Vec<&str> = columns.split(", ").collect();
        let mut rows = Vec::new();
        for row in self.db.query(sql, params![]).await? {
            let values: Result<Vec<i64>, Fault> = names.iter().map(|name| row.i64(name)).collect();
            rows.push(values?);
        }
        Ok(rows)
    }
}

/// Transfers, amounts and places of a voucher or a slice, in the order of the columns.
#[derive(Debug, Clone, Copy)]
struct Sum {
    amount: i128,
    transfers: i64,
    carried: i64,
    carried_amount: i128,
    first: (i64, i64),
    last: (i64, i64),
}

const VOUCHER_COLUMNS: &str = "slice_start_ms, bank_day, institution, currency, debit_kind, credit_kind, code, amount_minor, \
    transfers, carried, carried_minor, first_sequence, last_sequence, first_position, last_position";
const SLICE_COLUMNS: &str = "slice_start_ms, institution, currency, amount_minor, transfers, carried, carried_minor, \
    first_sequence, last_sequence, first_position, last_position";

/// What the tables must say.
#[derive(Default)]
struct Expected {
    movements: Vec<Vec<i64>>,
    days: BTreeMap<[i64; 4], [i128; 2]>,
    vouchers: BTreeMap<[i64; 7], Sum>,
    slices: BTreeMap<[i64; 3], Sum>,
}

/// A table, its columns, and its rows in their order.
type Table = (&'static str, &'static str, Vec<Vec<i64>>);

impl Expected {
    /// None where some sum takes more than 64 bits, which the tables refuse.
    fn of(batches: &[Batch]) -> Result<Option<Self>, BooksError> {
        let mut this = Self::default();
        let mut terms: HashMap<u64, OpenAccount> = HashMap::new();
        let mut balances: HashMap<u64, i64> = HashMap::new();
        let mut purposes: HashMap<u128, (i64, i64)> = HashMap::new();
        for entry in batches.iter().flat_map(|batch| &batch.entries) {
            match (&entry.command.action, &entry.outcome) {
                (Action::OpenAccount(asked), Outcome::Done(Effect::AccountOpened(id))) => {
                    terms.insert(id.0, *asked);
                }
                (Action::Transfer(transfer), Outcome::Done(_)) => {
                    purposes.insert(entry.command.id.0, (i64::from(transfer.code), transfer.reference as i64));
                }
                _ => {}
            }
            let Outcome::Done(Effect::Posted(posted)) = &entry.outcome else { continue };
            let made_by = match &entry.command.action {
                Action::Post { hold, .. } => hold.0,
                _ => entry.command.id.0,
            };
            let (Some(debit), Some(credit), Some(purpose)) =
                (terms.get(&posted.debit.0), terms.get(&posted.credit.0), purposes.get(&made_by))
            else {
                return Err(BooksError::Wrong(format!("{} moved money for nobody", entry.command.id)));
            };
            this.move_money(entry, posted, *purpose, [debit, credit], &mut balances);
            this.post(entry, posted.amount, purpose.0, debit, credit);
        }
        this.movements.sort_unstable();
        this.is_even()?;
        let sums = this.vouchers.values().chain(this.slices.values()).map(|sum| sum.amount);
        let fits = sums.chain(this.days.values().flatten().copied()).all(|sum| i64::try_from(sum).is_ok());
        Ok(fits.then_some(this))
    }

    fn move_money(
        &mut self,
        entry: &Entry,
        posted: &Posted,
        (code, reference): (i64, i64),
        terms: [&OpenAccount; 2],
        balances: &mut HashMap<u64, i64>,
    ) {
        let sides = [(Side::Debit, posted.debit, posted.credit), (Side::Credit, posted.credit, posted.debit)];
        for ((side, account, other), terms) in sides.into_iter().zip(terms) {
            let amount = if terms.normal_side == side { posted.amount } else { -posted.amount };
            let balance = balances.entry(account.0).or_default();
            *balance += amount;
            let (id, sequence, day) = (account.0 as i64, entry.sequence as i64, i64::from(entry.resolved.day.0));
            let time = entry.command.time_ms;
            self.movements.push(vec![id, sequence, amount, *balance, time, day, code, reference, other.0 as i64]);
        }
    }

    fn post(&mut self, entry: &Entry, amount: i64, code: i64, debit: &OpenAccount, credit: &OpenAccount) {
        let day = i64::from(entry.resolved.day.0);
        let (institution, currency) = (i64::from(debit.institution), i64::from(debit.currency));
        let kinds = [i64::from(debit.kind), i64::from(credit.kind)];
        for (place, kind) in kinds.into_iter().enumerate() {
            self.days.entry([institution, currency, day, kind]).or_default()[place] += i128::from(amount);
        }
        // Midnight is at a full hour of UTC, so slices begin at every five minutes of it.
        let start = entry.ledger_time_ms.div_euclid(SLICE_MS) * SLICE_MS;
        let is_carried = entry.command.time_ms < start;
        let place = (entry.sequence as i64, entry.position as i64);
        let add = |sum: &mut Sum| {
            sum.amount += i128::from(amount);
            sum.transfers += 1;
            sum.carried += i64::from(is_carried);
            sum.carried_amount += if is_carried { i128::from(amount) } else { 0 };
            sum.last = place;
        };
        let nothing = Sum { amount: 0, transfers: 0, carried: 0, carried_amount: 0, first: place, last: place };
        let voucher = [start, day, institution, currency, kinds[0], kinds[1], code];
        add(self.vouchers.entry(voucher).or_insert(nothing));
        add(self.slices.entry([start, institution, currency]).or_insert(nothing));
    }

    /// Debits equal credits on each day of each institution and currency.
    fn is_even(&self) -> Result<(), BooksError> {
        let mut sums: BTreeMap<&[i64], i128> = BTreeMap::new();
        for (key, [debits, credits]) in &self.days {
            *sums.entry(&key[..3]).or_default() += debits - credits;
        }
        match sums.into_iter().find(|(_, sum)| *sum != 0) {
            Some((key, sum)) => Err(BooksError::Wrong(format!("the books of {key:?} are off by {sum}"))),
            None => Ok(()),
        }
    }

    fn tables(self) -> [Table; 4] {
        let sum = |sum: Sum| {
            [
                sum.amount as i64,
                sum.transfers,
                sum.carried,
                sum.carried_amount as i64,
                sum.first.0,
                sum.last.0,
                sum.first.1,
                sum.last.1,
            ]
        };
        let days = self.days.into_iter().map(|(key, sums)| [&key[..], &sums.map(|sum| sum as i64)].concat());
        let vouchers = self.vouchers.into_iter().map(|(key, of)| [&key[..], &sum(of)].concat());
        let slices = self.slices.into_iter().map(|(key, of)| [&key[..], &sum(of)].concat());
        [
            (
                "movement",
                "account, sequence, amount_minor, balance_after_minor, time_ms, bank_day, code, reference, counterparty",
                self.movements,
            ),
            ("book_day", "institution, currency, bank_day, kind, debits_minor, credits_minor", days.collect()),
            ("voucher", VOUCHER_COLUMNS, vouchers.collect()),
            ("book_slice", SLICE_COLUMNS, slices.collect()),
        ]
    }
}
