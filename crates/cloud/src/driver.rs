//! Carries trades through, over whatever the partitions are reached by.

use crate::derived;
use crate::note::{Leg, Note};
use crate::trade::{Class, HoldPlace, How, Known, Next, Plan, Trade, Transit, across, end_credit, plan};
use futures_util::future::join_all;
use ledger::{
    AccountId, AccountView, Action, Answer, Command, CommandId, Decisions, Effect, Entry, Mode, OpenAccount, Outcome,
    Reason, Side, SubmitError, Transfer,
};
use quick_cache::sync::Cache;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

/// How partitions are reached. An error says nothing about whether a command was decided.
pub trait Partitions: Send + Sync {
    /// How many there are.
    fn count(&self) -> u16;

    /// Gives commands to a partition as one chain, and waits for the answers. Waits while its queue is full, if it may.
    fn submit(
        &self,
        partition: u16,
        commands: Vec<Command>,
        may_wait: bool,
    ) -> impl Future<Output = Result<Vec<Answer>, SubmitError>> + Send;

    /// Gives commands to a partition, each by itself and in this order.
    fn submit_many(&self, partition: u16, commands: Vec<Command>) -> impl Future<Output = Decisions> + Send;

    /// A command by its id, as it stands in the partition's journal.
    fn entry(&self, partition: u16, id: CommandId) -> impl Future<Output = Result<Option<Entry>, SubmitError>> + Send;

    /// The command that ended a hold.
    fn ended(&self, partition: u16, hold: CommandId)
    -> impl Future<Output = Result<Option<Entry>, SubmitError>> + Send;

    /// The transfers that made the holds that are open.
    fn open_hold_ids(&self, partition: u16) -> impl Future<Output = Result<Vec<CommandId>, SubmitError>> + Send;

    /// An account of this partition.
    fn account(
        &self,
        partition: u16,
        id: AccountId,
    ) -> impl Future<Output = Result<Option<AccountView>, SubmitError>> + Send;
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Holds that are part of a trade across partitions.
    pub looked_at: u64,
    /// Of them those that are open no longer.
    pub finished: u64,
    /// Trades that could not be carried on; the log says why. Their money stays held.
    pub failed: u64,
}

/// Plans and carries through.
pub struct Driver<P> {
    partitions: P,
    /// Kind of the transit accounts in the chart of accounts.
    transit_kind: u32,
    classes: Cache<AccountId, Class>,
    holds: Cache<CommandId, HoldPlace>,
    transit: Mutex<HashMap<Transit, AccountId>>,
}

impl<P: Partitions> Driver<P> {
    /// Over these partitions; transit accounts are opened as they are needed, with this kind in the chart of accounts. Of so
    /// many accounts and holds the class and the place are remembered.
    pub fn new(partitions: P, transit_kind: u32, remember: usize) -> Self {
        Self {
            partitions,
            transit_kind,
            classes: Cache::new(remember),
            holds: Cache::new(remember),
            transit: Mutex::new(HashMap::new()),
        }
    }

    /// How the partitions are reached.
    pub fn partitions(&self) -> &P {
        &self.partitions
    }

    /// Executes commands: one by itself, or several of which all take effect or none.
    ///
    /// An error after the first step leaves a trade under way: its money is held, and asking again or a
    /// [sweep](Self::sweep) carries it to its end.
    pub async fn submit(&self, commands: Vec<Command>, may_wait: bool) -> Result<Vec<Answer>, SubmitError> {
        if let [Command { action: Action::Tick, .. }] = commands.as_slice() {
            let Some(command) = commands.into_iter().next() else { return Ok(Vec::new()) };
            return Ok(vec![self.tick(command).await?]);
        }
        let known = self.learn(&commands).await?;
        match plan(commands, self.partitions.count(), &known)? {
            Plan::Within(partition, commands) => self.partitions.submit(partition, commands, may_wait).await,
            Plan::Across(trade) => {
                let places = trade.hold_places();
                let answers = self.drive(*trade, may_wait).await?;
                for (at, hold, place) in places {
                    if matches!(answers.get(at), Some(Answer { outcome: Outcome::Done(Effect::Held { .. }), .. })) {
                        self.holds.insert(hold, place);
                    }
                }
                Ok(answers)
            }
        }
    }

    /// Executes commands one by one, each by itself; those to one partition in this order. Trades across go step by step
    /// beside each other, so that each step of thousands is one request.
    pub async fn submit_many(&self, commands: Vec<Command>) -> Decisions {
        let count = self.partitions.count();
        let mut decided: Vec<Option<Result<Answer, SubmitError>>> = Vec::new();
        let mut round: Vec<(usize, u16, Command)> = Vec::new();
        let mut trades: BTreeMap<usize, Trade> = BTreeMap::new();
        for (place, command) in commands.into_iter().enumerate() {
            decided.push(None);
            if matches!(command.action, Action::Tick) {
                decided[place] = Some(self.tick(command).await);
                continue;
            }
            let commands = vec![command];
            let known = self.learn(&commands).await?;
            let planned = match plan(commands, count, &known) {
                Ok(planned) => planned,
                Err(error) => {
                    decided[place] = Some(Err(error));
                    continue;
                }
            };
            match planned {
                Plan::Within(partition, commands) => {
                    round.extend(commands.into_iter().map(|command| (place, partition, command)));
                }
                Plan::Across(trade) => {
                    if let Next::Send(partition, commands, _) = trade.next() {
                        round.extend(commands.into_iter().map(|command| (place, partition, command)));
                    }
                    trades.insert(place, *trade);
                }
            }
        }
        while !round.is_empty() {
            let answers = self.round(&mut round).await?;
            for (place, answer) in answers {
                let Some(mut trade) = trades.remove(&place) else {
                    decided[place] = Some(answer);
                    continue;
                };
                match answer {
                    Ok(answer) => {
                        if let Err(what) = trade.answered(vec![answer]) {
                            // That one alone: the others' answers stand.
                            decided[place] = Some(Err(broken(&what)));
                            continue;
                        }
                    }
                    Err(_) => {
                        decided[place] = Some(self.drive(trade, true).await.and_then(first));
                        continue;
                    }
                }
                match trade.next() {
                    Next::Finished(answers) => decided[place] = Some(first(answers)),
                    Next::Send(partition, commands, _) => {
                        round.extend(commands.into_iter().map(|command| (place, partition, command)));
                        trades.insert(place, trade);
                    }
                }
            }
        }
        Ok(decided.into_iter().map(|one| one.unwrap_or(Err(SubmitError::Stopped))).collect())
    }

    /// Sends what each partition gets in this round, and gives the answers by place.
    async fn round(
        &self,
        round: &mut Vec<(usize, u16, Command)>,
    ) -> Result<Vec<(usize, Result<Answer, SubmitError>)>, SubmitError> {
        let mut lists: BTreeMap<u16, (Vec<usize>, Vec<Command>)> = BTreeMap::new();
        for (place, partition, command) in round.drain(..) {
            let (places, commands) = lists.entry(partition).or_default();
            places.push(place);
            commands.push(command);
        }
        let sent = lists.into_iter().map(|(partition, (places, commands))| async move {
            let answers = self.partitions.submit_many(partition, commands).await?;
            Ok(places.into_iter().zip(answers).collect::<Vec<_>>())
        });
        let mut answers = Vec::new();
        for part in join_all(sent).await {
            answers.extend(part?);
        }
        Ok(answers)
    }

    async fn drive(&self, mut trade: Trade, may_wait: bool) -> Result<Vec<Answer>, SubmitError> {
        let mut conflict = None;
        loop {
            let (partition, commands, how) = match (trade.next(), conflict) {
                (Next::Send(partition, commands, how), _) => (partition, commands, how),
                (Next::Finished(_), Some(error)) => return Err(error),
                (Next::Finished(answers), None) => return Ok(answers),
            };
            let is_new = trade.is_new();
            let id = commands.first().map(|command| command.id);
            let answers = match how {
                How::Chain => self.partitions.submit(partition, commands, may_wait || !is_new).await,
                How::Each => {
                    self.partitions.submit_many(partition, commands).await.and_then(|all| all.into_iter().collect())
                }
            };
            match answers {
                Ok(answers) => trade.answered(answers).map_err(|what| broken(&what))?,
                Err(error @ SubmitError::Conflict { .. }) if is_new => {
                    return self.asked_before(&trade, partition, id, error).await;
                }
                Err(error @ SubmitError::Conflict { .. }) if conflict.is_none() => {
                    conflict = Some(error);
                    trade.give_up();
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The first step says that its id is spent otherwise: which field differs from what was asked then? None may, where the
    /// debit account was unknown, which is the answer again.
    async fn asked_before(
        &self,
        trade: &Trade,
        partition: u16,
        id: Option<CommandId>,
        error: SubmitError,
    ) -> Result<Vec<Answer>, SubmitError> {
        let Some(id) = id else { return Err(error) };
        let stored = self.partitions.entry(partition, id).await?;
        let Some(Entry { command, sequence, position, .. }) = stored else { return Err(error) };
        let Some(Note::Trade { commands, .. }) = Note::decode(&command.document) else { return Err(error) };
        if commands.len() != trade.asked().len() {
            return Err(SubmitError::Conflict { field: "chain" });
        }
        for (stored, asked) in commands.iter().zip(trade.asked()) {
            if stored.id != asked.id {
                return Err(SubmitError::Conflict { field: "chain" });
            }
            if let Some(field) = ledger::differing_field(stored, asked) {
                return Err(SubmitError::Conflict { field });
            }
        }
        let mut answers = Vec::with_capacity(commands.len());
        let mut is_refused = false;
        for command in &commands {
            let mut outcome = Outcome::Refused(Reason::ChainBroken);
            for id in [command.id, derived::credit(command.id)] {
                if let Some(entry) = self.partitions.entry(partition, id).await?
                    && let Outcome::Refused(reason) = entry.outcome
                {
                    is_refused = true;
                    if reason != Reason::ChainBroken {
                        outcome = entry.outcome;
                    }
                }
            }
            answers.push(Answer { outcome, replayed: true, sequence, position });
        }
        if is_refused {
            return Ok(answers);
        }
        if commands == trade.asked() {
            return Err(error);
        }
        // The same at another time, which is no difference: what was asked first goes on.
        let answers = self.again(commands).await?;
        Ok(answers.into_iter().map(|answer| Answer { replayed: true, ..answer }).collect())
    }

    /// Ticks every partition, and lets the payees' sides of what ran out follow.
    async fn tick(&self, command: Command) -> Result<Answer, SubmitError> {
        let (mut answer, mut all) = (None, Vec::new());
        for partition in 0..self.partitions.count() {
            let id = if partition == 0 { command.id } else { derived::tick(command.id, partition) };
            let answers = self.partitions.submit(partition, vec![Command { id, ..command.clone() }], true).await?;
            let ticked = first(answers)?;
            if let Outcome::Done(Effect::Ticked { expired }) = &ticked.outcome {
                for hold in expired {
                    let place = self.place(*hold).await?;
                    if let Some((to, end)) = place.and_then(|place| {
                        let to = place.credit.partition();
                        (to != partition).then_some((to, end_credit(*hold, command.time_ms, &ticked.outcome)?))
                    }) {
                        self.partitions.submit(to, vec![end], true).await?;
                    }
                }
                all.extend(expired);
            }
            answer.get_or_insert(ticked);
        }
        let answer = answer.ok_or(SubmitError::Stopped)?;
        let outcome = match answer.outcome {
            Outcome::Done(Effect::Ticked { .. }) => Outcome::Done(Effect::Ticked { expired: all }),
            other => other,
        };
        Ok(Answer { outcome, ..answer })
    }

    /// What planning these commands needs.
    async fn learn(&self, commands: &[Command]) -> Result<Known, SubmitError> {
        let mut known = Known::default();
        for command in commands {
            match &command.action {
                Action::Transfer(transfer) => self.learn_transfer(transfer, command.time_ms, &mut known).await?,
                Action::Post { hold, .. } | Action::Void { hold } => {
                    if self.partitions.count() > 1
                        && let Some(place) = self.place(*hold).await?
                    {
                        known.holds.push((*hold, place));
                    }
                }
                Action::OpenHolder => {
                    if self.partitions.count() > 1
                        && let Some(entry) = self.find(command.id).await?
                    {
                        known.holders.push((command.id, ledger::number_in(entry.sequence).0));
                    }
                }
                _ => {}
            }
        }
        Ok(known)
    }

    async fn learn_transfer(&self, transfer: &Transfer, time_ms: i64, known: &mut Known) -> Result<(), SubmitError> {
        let Some((payer, payee)) = across(transfer, self.partitions.count()) else { return Ok(()) };
        let class = match self.classes.get(&transfer.debit) {
            Some(class) => class,
            None => {
                let Some(view) = self.partitions.account(payer, transfer.debit).await? else { return Ok(()) };
                let class = Class { institution: view.terms.institution, currency: view.terms.currency };
                self.classes.insert(transfer.debit, class);
                class
            }
        };
        known.classes.push((transfer.debit, class));
        for (at, towards) in [(payer, payee), (payee, payer)] {
            let transit = Transit { at, towards, class };
            known.transit.push((transit, self.transit(transit, time_ms).await?));
        }
        Ok(())
    }

    /// The transit account; opened if there is none yet.
    async fn transit(&self, transit: Transit, time_ms: i64) -> Result<AccountId, SubmitError> {
        if let Some(id) = self.transit.lock().unwrap_or_else(PoisonError::into_inner).get(&transit) {
            return Ok(*id);
        }
        let open = |id, action| Command { id, time_ms, action, document: Vec::new() };
        let holder = self.opened(transit.at, open(derived::transit_holder(transit.at), Action::OpenHolder)).await?;
        let Effect::HolderOpened(holder) = holder else { return Err(broken("a transit holder is none")) };
        let account = Action::OpenAccount(OpenAccount {
            holder,
            institution: transit.class.institution,
            currency: transit.class.currency,
            kind: self.transit_kind,
            normal_side: Side::Credit,
            floor: None,
            ceiling: None,
        });
        let account = self.opened(transit.at, open(derived::transit(&transit), account)).await?;
        let Effect::AccountOpened(id) = account else { return Err(broken("a transit account is none")) };
        self.transit.lock().unwrap_or_else(PoisonError::into_inner).insert(transit, id);
        Ok(id)
    }

    async fn opened(&self, partition: u16, command: Command) -> Result<Effect, SubmitError> {
        let answer = first(self.partitions.submit(partition, vec![command], true).await?)?;
        match answer.outcome {
            Outcome::Done(effect) => Ok(effect),
            Outcome::Refused(reason) => Err(broken(&format!("a transit account is refused: {reason:?}"))),
        }
    }

    /// Where a hold is, with all of its sides there.
    async fn place(&self, hold: CommandId) -> Result<Option<HoldPlace>, SubmitError> {
        if let Some(place) = self.holds.get(&hold) {
            return Ok(Some(place));
        }
        let Some(entry) = self.find(hold).await? else { return Ok(None) };
        let partition = ledger::number_in(entry.sequence).0;
        let Action::Transfer(transfer) = &entry.command.action else {
            // No hold, as the partition that knows the id will say.
            let there = AccountId(ledger::numbered(partition, 0));
            return Ok(Some(HoldPlace { debit: there, credit: there, is_asked: true }));
        };
        let place = match self.asked_for(&entry).await? {
            None => HoldPlace { debit: transfer.debit, credit: transfer.credit, is_asked: true },
            Some((commands, place)) => {
                let Some(Action::Transfer(asked)) = commands.get(place).map(|command| &command.action) else {
                    return Ok(None);
                };
                if asked.debit.partition() != partition {
                    // The payee's side of a transfer: nobody's to end.
                    return Ok(None);
                }
                let is_asked = asked.mode != Mode::Immediate;
                let place = HoldPlace { debit: asked.debit, credit: asked.credit, is_asked };
                if is_asked {
                    // Nothing of it may be under way when one of its holds is ended.
                    self.again(commands).await?;
                }
                place
            }
        };
        self.holds.insert(hold, place);
        Ok(Some(place))
    }

    /// A command as it stands in the journal of whichever partition has it.
    async fn find(&self, id: CommandId) -> Result<Option<Entry>, SubmitError> {
        let all = (0..self.partitions.count()).map(|partition| self.partitions.entry(partition, id));
        for entry in join_all(all).await {
            if let Some(entry) = entry? {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// What a trade's command belongs to: all that was asked for, and which of it.
    async fn asked_for(&self, entry: &Entry) -> Result<Option<(Vec<Command>, usize)>, SubmitError> {
        match Note::decode(&entry.command.document) {
            None => Ok(None),
            Some(Note::Trade { place, commands }) => Ok(Some((commands, place))),
            Some(Note::Undo(_)) => Ok(None),
            Some(Note::Leg(Leg { home, trade, place, .. })) => {
                let home = self.partitions.entry(home, trade).await?;
                match home.and_then(|home| Note::decode(&home.command.document)) {
                    Some(Note::Trade { commands, .. }) => Ok(Some((commands, place))),
                    _ => Err(broken(&format!("trade {trade} is not where its legs say"))),
                }
            }
        }
    }

    /// Goes through a trade from its first step: what is done is answered as it was, what is left is done.
    fn again(&self, commands: Vec<Command>) -> Boxed<'_, Result<Vec<Answer>, SubmitError>> {
        // Boxed, since ending a hold may have to finish the trade that made it.
        Box::pin(self.submit(commands, true))
    }

    /// A command by its id as it was asked for, with what became of it; a trade under way is finished first.
    pub async fn entry(&self, id: CommandId) -> Result<Option<Entry>, SubmitError> {
        let Some(entry) = self.find(id).await? else { return Ok(None) };
        if let Some((commands, place)) = self.asked_for(&entry).await? {
            let Some(command) = commands.get(place).filter(|command| command.id == id).cloned() else {
                return Ok(None);
            };
            let linked = place + 1 < commands.len();
            let answers = self.again(commands).await?;
            let Some(answer) = answers.into_iter().nth(place) else { return Ok(None) };
            let Answer { outcome, sequence, position, .. } = answer;
            return Ok(Some(Entry { command, outcome, linked, sequence, position, ..entry }));
        }
        self.whole_post(entry).await.map(Some)
    }

    /// A command by its id as it was asked for, whatever became of it: nothing is carried on.
    pub async fn asked(&self, id: CommandId) -> Result<Option<Entry>, SubmitError> {
        Ok(self.find(id).await?.map(crate::show::as_asked))
    }

    /// A post as it was asked for: with the payee's account, if that lives elsewhere.
    async fn whole_post(&self, mut entry: Entry) -> Result<Entry, SubmitError> {
        let (Action::Post { hold, .. }, Outcome::Done(Effect::Posted(posted))) =
            (&entry.command.action, &mut entry.outcome)
        else {
            return Ok(entry);
        };
        let Some(place) = self.place(*hold).await? else { return Ok(entry) };
        let to = place.credit.partition();
        if to != place.debit.partition() {
            let end = end_credit(*hold, entry.command.time_ms, &Outcome::Done(Effect::Posted(*posted)));
            let answer = first(self.partitions.submit(to, end.into_iter().collect(), true).await?)?;
            if let Outcome::Done(Effect::Posted(credited)) = answer.outcome {
                posted.credit_balance = credited.credit_balance;
            }
            (posted.debit, posted.credit) = (place.debit, place.credit);
        }
        Ok(entry)
    }

    /// Carries every trade that was left under way to its end. What is held then, was asked to be held.
    pub async fn sweep(&self) -> Result<Swept, SubmitError> {
        let mut swept = Swept::default();
        let mut seen = HashSet::new();
        for partition in 0..self.partitions.count() {
            let mut of_trades = Vec::new();
            let mut holds = self.partitions.open_hold_ids(partition).await?;
            holds.sort_unstable();
            for hold in holds {
                let Some(entry) = self.partitions.entry(partition, hold).await? else { continue };
                let Some((commands, _)) = self.asked_for(&entry).await? else { continue };
                of_trades.push(hold);
                if seen.insert(commands.first().map(|command| command.id)) {
                    match self.finish(commands).await {
                        // Of a trade that can never be: what it held is given back.
                        Ok(()) | Err(SubmitError::Conflict { .. }) => {}
                        Err(error) => {
                            // That one alone: the others behind it are carried on.
                            tracing::error!(%error, %hold, partition, "a trade could not be carried to its end");
                            swept.failed += 1;
                        }
                    }
                }
            }
            swept.looked_at += of_trades.len() as u64;
            let open: HashSet<_> = self.partitions.open_hold_ids(partition).await?.into_iter().collect();
            swept.finished += of_trades.iter().filter(|hold| !open.contains(hold)).count() as u64;
        }
        Ok(swept)
    }

    /// Carries one trade to its end.
    async fn finish(&self, commands: Vec<Command>) -> Result<(), SubmitError> {
        let answers = self.again(commands.clone()).await?;
        for (command, answer) in commands.iter().zip(answers) {
            if matches!(answer.outcome, Outcome::Done(Effect::Held { .. })) {
                self.follow(command).await?;
            }
        }
        Ok(())
    }

    /// Ends the payee's side of a hold that was asked for, if the payer's was ended.
    async fn follow(&self, asked: &Command) -> Result<(), SubmitError> {
        let Command { id, time_ms, action: Action::Transfer(transfer), .. } = asked else { return Ok(()) };
        let Some((payer, payee)) = across(transfer, self.partitions.count()) else { return Ok(()) };
        let ended = self.partitions.ended(payer, *id).await?;
        if let Some(end) = ended.and_then(|ended| end_credit(*id, *time_ms, &ended.outcome)) {
            self.partitions.submit(payee, vec![end], true).await?;
        }
        Ok(())
    }
}

fn first(answers: Vec<Answer>) -> Result<Answer, SubmitError> {
    answers.into_iter().next().ok_or(SubmitError::Stopped)
}

/// Something that no order of steps can bring about: an operator has to look.
fn broken(what: &str) -> SubmitError {
    tracing::error!(what, "a trade across partitions cannot go on");
    SubmitError::Stopped
}
