//! The ledgers of this process as one.

use crate::driver::{Driver, Partitions, Swept};
use kit::Fault;
use ledger::{
    AccountId, AccountView, Action, Answer, Command, CommandId, CounterId, CounterView, Decisions, Entry, HolderId,
    Ledger, Options, Pending, Size, SubmitError, partition_folder,
};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};

/// Accounts and holds whose class and place are remembered.
const REMEMBER: usize = 1_000_000;

/// The most partitions of one process. Account numbers have room for 100.
pub const PARTITIONS_MAX: u16 = 64;

/// Why the cloud could not be opened.
#[derive(Debug)]
pub enum OpenError {
    /// There are more partitions than were asked for: none may be left out, since money is in them.
    Fewer {
        /// How many there are.
        there: u16,
        /// How many were asked for.
        asked: u16,
    },
    /// A partition cannot be opened.
    Partition(u16, ledger::OpenError),
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fewer { there, asked } => {
                write!(
                    out,
                    "the ledger has {there} partitions and cannot be opened with {asked}; there may be more, never fewer"
                )
            }
            Self::Partition(0, error) => error.fmt(out),
            Self::Partition(partition, error) => write!(out, "partition {partition}: {error}"),
        }
    }
}

impl std::error::Error for OpenError {}

/// How many partitions there are in a data folder; 0 if no ledger was ever opened there.
pub fn partitions_in(data: &Path) -> u16 {
    (0..u16::MAX).take_while(|partition| partition_folder(data, *partition).join("journal").is_dir()).count() as u16
}

/// The ledgers of this process.
struct Ledgers(Vec<Ledger>);

/// One ledger made of partitions. Clones are the same.
#[derive(Clone)]
pub struct Cloud {
    driver: Arc<Driver<Ledgers>>,
    /// Shared by every trade while it is under way.
    under_way: Arc<RwLock<()>>,
    /// Whether a trade may have been left under way, since something did not answer.
    is_left: Arc<AtomicBool>,
    /// Trades that the last sweep could not carry on.
    stuck: Arc<AtomicU64>,
}

/// While it lives no trade is under way, so that the partitions' journals fit each other wherever they are cut.
pub struct Paused {
    _nobody: OwnedRwLockWriteGuard<()>,
}

impl Cloud {
    /// Opens `partitions` partitions in a data folder, or makes those that are missing. Blocking. Transit accounts have this
    /// kind in the chart of accounts. [`Self::sweep`] before anything else is asked of it.
    pub fn open(data: &Path, partitions: u16, options: &Options, transit_kind: u32) -> Result<Self, OpenError> {
        let (there, asked) = (partitions_in(data), partitions.max(1));
        if there > asked {
            return Err(OpenError::Fewer { there, asked });
        }
        let open = |partition| {
            let ledger = Ledger::open(&partition_folder(data, partition), options.clone());
            ledger.map_err(|error| OpenError::Partition(partition, error))
        };
        // Beside each other: each may have to replay.
        let opened: Vec<_> = std::thread::scope(|scope| {
            let started: Vec<_> = (0..asked).map(|partition| scope.spawn(move || open(partition))).collect();
            started.into_iter().map(|thread| thread.join()).collect()
        });
        let ledgers = opened.into_iter().map(|opened| opened.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        let ledgers = ledgers.collect::<Result<Vec<_>, _>>()?;
        let driver = Arc::new(Driver::new(Ledgers(ledgers), transit_kind, REMEMBER));
        Ok(Self { driver, under_way: Arc::default(), is_left: Arc::default(), stuck: Arc::default() })
    }

    /// The partitions' own ledgers, for their journals and heads.
    pub fn partitions(&self) -> &[Ledger] {
        &self.driver.partitions().0
    }

    /// The partition where a holder's accounts and counters live. A counter has no place of its own, so whoever opens one
    /// asks here.
    pub fn beside(&self, holder: HolderId) -> Result<&Ledger, SubmitError> {
        self.of(holder.partition()).ok_or(SubmitError::Malformed("there is no such partition"))
    }

    fn only(&self) -> Option<&Ledger> {
        match self.partitions() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The partition that has all of these transfers to itself, if one has: they are no trade.
    fn within(&self, commands: &[Command]) -> Option<&Ledger> {
        let mut home = None;
        for command in commands {
            let Action::Transfer(transfer) = &command.action else { return None };
            let partition = transfer.debit.partition();
            if transfer.credit.partition() != partition || *home.get_or_insert(partition) != partition {
                return None;
            }
        }
        self.of(home?)
    }

    fn of(&self, partition: u16) -> Option<&Ledger> {
        self.partitions().get(usize::from(partition))
    }

    /// Finishes the trades that a crash left under way.
    pub async fn sweep(&self) -> Result<Swept, SubmitError> {
        if self.only().is_some() {
            return Ok(Swept::default());
        }
        let _mine = self.under_way.read().await;
        let swept = self.driver.sweep().await;
        if let Ok(swept) = &swept {
            self.stuck.store(swept.failed, Ordering::Relaxed);
        }
        if swept.as_ref().map_or(true, |swept| swept.failed > 0) {
            self.is_left.store(true, Ordering::Relaxed);
        }
        swept
    }

    /// A sweep if a trade may have been left under way since the last one: looking at every hold that is open takes its time.
    pub async fn sweep_what_is_left(&self) -> Result<Swept, SubmitError> {
        if self.is_left.swap(false, Ordering::Relaxed) { self.sweep().await } else { Ok(Swept::default()) }
    }

    /// Trades that the last sweep could not carry to their end: their money is held, the log says why, and the next sweep
    /// tries again.
    pub fn stuck(&self) -> u64 {
        self.stuck.load(Ordering::Relaxed)
    }

    /// Lets the trades that are under way come to their end, and keeps others from beginning. What concerns one partition alone
    /// goes on meanwhile.
    pub async fn pause(&self) -> Paused {
        Paused { _nobody: self.under_way.clone().write_owned().await }
    }

    /// Executes commands, one by itself or several as a chain of which all take effect or none; in call order where one
    /// partition has them all. Fails if it is *busy*.
    pub fn submit(&self, commands: Vec<Command>) -> Result<Pending, SubmitError> {
        match self.only().or_else(|| self.within(&commands)) {
            Some(only) => only.submit(commands),
            None => self.spawn(commands, false),
        }
    }

    /// Like [`Self::submit`], but waits while a queue is full.
    pub async fn submit_waiting(&self, commands: Vec<Command>) -> Result<Pending, SubmitError> {
        match self.only().or_else(|| self.within(&commands)) {
            Some(only) => only.submit_waiting(commands).await,
            None => self.spawn(commands, true),
        }
    }

    /// In a task of its own: a trade goes on when who asked for it has gone away.
    fn spawn(&self, commands: Vec<Command>, may_wait: bool) -> Result<Pending, SubmitError> {
        ledger::check_form(&commands)?;
        let (reply, pending) = Pending::pair();
        let (driver, under_way, is_left) = (self.driver.clone(), self.under_way.clone(), self.is_left.clone());
        kit::spawn("trade", async move {
            let _mine = under_way.read().await;
            let answers = driver.submit(commands, may_wait).await;
            if let Err(error) = &answers
                && !matches!(error, SubmitError::Malformed(_) | SubmitError::Conflict { .. } | SubmitError::Busy)
            {
                is_left.store(true, Ordering::Relaxed);
            }
            // The caller may have gone away.
            let _ = reply.send(answers);
        });
        Ok(pending)
    }

    /// Executes commands one by one, each by itself. All answers come at once, when the last is there.
    pub async fn submit_many(&self, commands: Vec<Command>) -> Result<Pending<Decisions>, SubmitError> {
        if let Some(only) = self.only() {
            return only.submit_many(commands).await;
        }
        commands.iter().try_for_each(|command| ledger::check_form(std::slice::from_ref(command)))?;
        let (reply, pending) = Pending::pair();
        let (driver, under_way, is_left) = (self.driver.clone(), self.under_way.clone(), self.is_left.clone());
        kit::spawn("trades", async move {
            let _mine = under_way.read().await;
            let decisions = driver.submit_many(commands).await;
            if !decisions.as_ref().is_ok_and(|all| all.iter().all(Result::is_ok)) {
                is_left.store(true, Ordering::Relaxed);
            }
            let _ = reply.send(decisions);
        });
        Ok(pending)
    }

    /// Executes one command and waits for its answer.
    pub async fn execute(&self, command: Command) -> Result<Answer, SubmitError> {
        match self.only().or_else(|| self.within(std::slice::from_ref(&command))) {
            Some(only) => only.execute(command).await,
            None => self.one(command, false).await,
        }
    }

    /// Like [`Self::execute`], but waits while a queue is full.
    pub async fn execute_waiting(&self, command: Command) -> Result<Answer, SubmitError> {
        match self.only().or_else(|| self.within(std::slice::from_ref(&command))) {
            Some(only) => only.execute_waiting(command).await,
            None => self.one(command, true).await,
        }
    }

    async fn one(&self, command: Command, may_wait: bool) -> Result<Answer, SubmitError> {
        let answers = self.spawn(vec![command], may_wait)?.await?;
        answers.into_iter().next().ok_or(SubmitError::Stopped)
    }

    /// A command by its id as it was asked for, with what became of it. A trade that is under way is finished first.
    pub async fn entry(&self, id: CommandId) -> Result<Option<Entry>, Fault> {
        match self.only() {
            Some(only) => only.entry(id).await,
            None => {
                let _mine = self.under_way.read().await;
                Ok(self.driver.entry(id).await?)
            }
        }
    }

    /// A command by its id as it was asked for, whatever became of it: nothing is finished, and nothing waits.
    pub async fn asked(&self, id: CommandId) -> Result<Option<Entry>, Fault> {
        match self.only() {
            Some(only) => only.entry(id).await,
            None => Ok(self.driver.asked(id).await?),
        }
    }

    /// An account as it stands.
    pub async fn account(&self, id: AccountId) -> Result<Option<AccountView>, SubmitError> {
        match self.of(id.partition()) {
            Some(ledger) => ledger.account(id).await,
            None => Ok(None),
        }
    }

    /// Several accounts; those of one partition at one instant.
    pub async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<Option<AccountView>>, SubmitError> {
        let mut views = vec![None; ids.len()];
        for (ledger, places) in self.by_partition(ids, |id| id.partition()) {
            let wanted: Vec<_> = places.iter().filter_map(|place| ids.get(*place).copied()).collect();
            put(&mut views, &places, ledger.accounts(&wanted).await?);
        }
        Ok(views)
    }

    /// Several counters; those of one partition at one instant.
    pub async fn counters(&self, ids: &[CounterId]) -> Result<Vec<Option<CounterView>>, SubmitError> {
        let mut views = vec![None; ids.len()];
        for (ledger, places) in self.by_partition(ids, |id| id.partition()) {
            let wanted: Vec<_> = places.iter().filter_map(|place| ids.get(*place).copied()).collect();
            put(&mut views, &places, ledger.counters(&wanted).await?);
        }
        Ok(views)
    }

    fn by_partition<T>(&self, ids: &[T], partition: impl Fn(&T) -> u16) -> Vec<(&Ledger, Vec<usize>)> {
        let of = |ledger: &Ledger| {
            let there = ids.iter().enumerate().filter(|(_, id)| partition(id) == ledger.partition());
            there.map(|(place, _)| place).collect::<Vec<_>>()
        };
        let all = self.partitions().iter().map(|ledger| (ledger, of(ledger)));
        all.filter(|(_, places)| !places.is_empty()).collect()
    }

    /// All accounts, in order of their ids; those of one partition at one instant.
    pub async fn all_accounts(&self) -> Result<Vec<AccountView>, SubmitError> {
        let mut views = Vec::new();
        for ledger in self.partitions() {
            views.extend(ledger.all_accounts().await?);
        }
        Ok(views)
    }

    /// A holder's security epoch.
    pub async fn epoch(&self, id: HolderId) -> Result<Option<u32>, SubmitError> {
        match self.of(id.partition()) {
            Some(ledger) => ledger.epoch(id).await,
            None => Ok(None),
        }
    }

    /// Number of open holds; a hold across partitions counts in both.
    pub async fn open_holds(&self) -> Result<usize, SubmitError> {
        let mut holds = 0;
        for ledger in self.partitions() {
            holds += ledger.open_holds().await?;
        }
        Ok(holds)
    }

    /// When the next hold runs out; see [`Ledger::next_expiry`].
    pub async fn next_expiry(&self) -> Result<Option<i64>, SubmitError> {
        let mut next: Option<i64> = None;
        for ledger in self.partitions() {
            next = [next, ledger.next_expiry().await?].into_iter().flatten().min();
        }
        Ok(next)
    }

    /// Requests waiting in the queues.
    pub fn queued(&self) -> usize {
        self.partitions().iter().map(Ledger::queued).sum()
    }

    /// Bytes on disk.
    pub async fn size(&self) -> Result<Size, SubmitError> {
        let mut sum = Size { journal_bytes: 0, index_bytes: 0 };
        for ledger in self.partitions() {
            let size = ledger.size().await?;
            sum.journal_bytes += size.journal_bytes;
            sum.index_bytes += size.index_bytes;
        }
        Ok(sum)
    }

    /// Hash of everything that is decided by, in hexadecimal; of several partitions one after the other.
    pub async fn state_hash(&self) -> Result<String, SubmitError> {
        let mut hashes = Vec::new();
        for ledger in self.partitions() {
            hashes.push(ledger.state_hash().await?);
        }
        Ok(hashes.join("-"))
    }

    /// Decides what is in the queues, makes it durable, writes snapshots and stops.
    pub async fn close(&self) {
        for ledger in self.partitions() {
            ledger.close().await;
        }
    }

    /// Stops without snapshots, as after a kill.
    pub async fn halt(&self) {
        for ledger in self.partitions() {
            ledger.halt().await;
        }
    }
}

fn put<T>(into: &mut [Option<T>], places: &[usize], values: Vec<Option<T>>) {
    for (place, value) in places.iter().zip(values) {
        if let Some(slot) = into.get_mut(*place) {
            *slot = value;
        }
    }
}

impl Ledgers {
    fn get(&self, partition: u16) -> Result<&Ledger, SubmitError> {
        self.0.get(usize::from(partition)).ok_or(SubmitError::Malformed("there is no such partition"))
    }
}

impl Partitions for Ledgers {
    fn count(&self) -> u16 {
        self.0.len() as u16
    }

    async fn submit(
        &self,
        partition: u16,
        mut commands: Vec<Command>,
        may_wait: bool,
    ) -> Result<Vec<Answer>, SubmitError> {
        let ledger = self.get(partition)?;
        match commands.pop() {
            Some(command) if commands.is_empty() => {
                let answer =
                    if may_wait { ledger.execute_waiting(command).await } else { ledger.execute(command).await };
                answer.map(|answer| vec![answer])
            }
            last => {
                commands.extend(last);
                if may_wait { ledger.submit_waiting(commands).await?.await } else { ledger.submit(commands)?.await }
            }
        }
    }

    async fn submit_many(&self, partition: u16, commands: Vec<Command>) -> Decisions {
        self.get(partition)?.submit_many(commands).await?.await
    }

    async fn entry(&self, partition: u16, id: CommandId) -> Result<Option<Entry>, SubmitError> {
        self.get(partition)?.entry(id).await.map_err(|fault| {
            tracing::error!(%fault, partition, "a past command cannot be read");
            SubmitError::Stopped
        })
    }

    async fn ended(&self, partition: u16, hold: CommandId) -> Result<Option<Entry>, SubmitError> {
        self.get(partition)?.ended(hold).await
    }

    async fn open_hold_ids(&self, partition: u16) -> Result<Vec<CommandId>, SubmitError> {
        self.get(partition)?.open_hold_ids().await
    }

    async fn account(&self, partition: u16, id: AccountId) -> Result<Option<AccountView>, SubmitError> {
        self.get(partition)?.account(id).await
    }
}
