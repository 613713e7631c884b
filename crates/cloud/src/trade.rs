//! A trade across partitions, step by step: pure, so that a simulation can lose any message of it.
//!
//! 1. **Hold**: partition by partition, the payer's first, each takes its part of the trade as a chain of holds. Where the
//!    other side of a transfer lives elsewhere, a *transit account* stands in for it, so that each partition is in balance.
//!    One refusal voids what is held so far, and is the answer.
//! 2. **Decide**: the last partition takes its part at once. What it says is the decision; it stands in that journal.
//! 3. **Finish**: the holds are posted (or voided). None of these can be refused.
//!
//! Every command of it has an id that follows from what was asked (see [`crate::derived`]), so a step that was sent before is
//! answered as before: whoever comes after a crash takes the same steps from the first and changes nothing that is done.

use crate::derived;
use crate::note::{Leg, Note};
use ledger::{
    AccountId, Action, Answer, Command, CommandId, DOCUMENT_MAX, Effect, Mode, Outcome, Posted, Reason, Side,
    SubmitError, Transfer,
};
use std::collections::{HashMap, VecDeque};

/// What the two accounts of a transfer must have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Class {
    /// The institution.
    pub institution: u16,
    /// ISO 4217 numeric code.
    pub currency: u16,
}

/// Names a transit account: in partition `at` it stands for all accounts of partition `towards`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Transit {
    /// Where it lives.
    pub(crate) at: u16,
    /// For which partition it stands.
    pub(crate) towards: u16,
    /// Which accounts can be paid from and to it.
    pub(crate) class: Class,
}

/// Where a hold lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HoldPlace {
    /// The debited account as it was asked for.
    pub(crate) debit: AccountId,
    /// The credited account as it was asked for.
    pub(crate) credit: AccountId,
    /// Whether a hold was asked for; else it is a step of a trade, and nobody's to post.
    pub(crate) is_asked: bool,
}

/// What must be known to plan a trade; none of it ever changes. Lists, since they are short.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Of the debited accounts of transfers across.
    pub(crate) classes: Vec<(AccountId, Class)>,
    pub(crate) transit: Vec<(Transit, AccountId)>,
    pub(crate) holds: Vec<(CommandId, HoldPlace)>,
    /// Where holders were opened before, maybe when there were fewer partitions.
    pub(crate) holders: Vec<(CommandId, u16)>,
}

impl Known {
    fn transit(&self, of: AccountId, at: u16, towards: u16) -> Option<AccountId> {
        let (_, class) = self.classes.iter().find(|(account, _)| *account == of)?;
        let wanted = Transit { at, towards, class: *class };
        self.transit.iter().find(|(transit, _)| *transit == wanted).map(|(_, id)| *id)
    }

    fn holder(&self, id: CommandId) -> Option<u16> {
        self.holders.iter().find(|(holder, _)| *holder == id).map(|(_, partition)| *partition)
    }

    fn hold(&self, id: CommandId) -> Option<&HoldPlace> {
        self.holds.iter().find(|(hold, _)| *hold == id).map(|(_, place)| place)
    }
}

/// Stands for a transit account of an account that does not exist: the ledger refuses the account itself before it.
const NOWHERE: AccountId = AccountId(u64::MAX);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Both accounts, or whatever is no transfer.
    Whole,
    Debit,
    Credit,
}

#[derive(Debug)]
struct Part {
    place: usize,
    role: Role,
    command: Command,
}

#[derive(Debug)]
struct Stage {
    partition: u16,
    parts: Vec<Part>,
}

/// How commands are to be executed.
#[derive(Debug)]
pub(crate) enum Plan {
    /// As they are, by one partition.
    Within(u16, Vec<Command>),
    Across(Box<Trade>),
}

/// How commands of a step belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// All take effect or none.
    Chain,
    /// Each by itself: of what finishes a trade some may have been done before, one by one.
    Each,
}

/// What comes next in a trade.
#[derive(Debug)]
pub(crate) enum Next {
    /// Give these to a partition, as one chain or each by itself.
    Send(u16, Vec<Command>, How),
    /// All is done.
    Finished(Vec<Answer>),
}

/// A trade under way.
#[derive(Debug)]
pub(crate) struct Trade {
    asked: Vec<Command>,
    /// All but the last are holds.
    stages: Vec<Stage>,
    /// The stage that is next; all are through if it is beyond the last, or when something was refused.
    stage: usize,
    /// What is left of finishing, and the holds that were asked for and ended here.
    finish: VecDeque<Stage>,
    ended: HashMap<usize, HoldPlace>,
    /// What became of each command: of the whole or its debit side, and of its credit side.
    debits: Vec<Option<Answer>>,
    credits: Vec<Option<Answer>>,
    refused: Option<(usize, Reason, Answer)>,
    replayed: bool,
    is_given_up: bool,
}

/// The two partitions of a transfer, if both its accounts can be and they are not in one.
pub(crate) fn across(transfer: &Transfer, partitions: u16) -> Option<(u16, u16)> {
    let (debit, credit) = (transfer.debit.partition(), transfer.credit.partition());
    (debit != credit && debit < partitions && credit < partitions).then_some((debit, credit))
}

/// The partition that a command, which is no transfer across, goes to. Ids of no partition are refused by the first.
fn home(command: &Command, partitions: u16, known: &Known) -> u16 {
    let partition = match &command.action {
        Action::OpenHolder => known.holder(command.id).unwrap_or_else(|| spread(command.id, partitions)),
        Action::RaiseEpoch { holder } => holder.partition(),
        Action::OpenAccount(terms) => terms.holder.partition(),
        Action::SetBounds { account, .. } | Action::SetFreeze { account, .. } | Action::CloseAccount { account } => {
            account.partition()
        }
        Action::SetCaps { counter, .. } => counter.partition(),
        Action::Transfer(transfer) if transfer.debit.partition() < partitions => transfer.debit.partition(),
        Action::Transfer(transfer) => transfer.credit.partition(),
        Action::Post { hold, .. } | Action::Void { hold } => {
            known.hold(*hold).map_or(0, |place| place.debit.partition())
        }
        Action::OpenCounter(_) | Action::Tick => 0,
    };
    if partition < partitions { partition } else { 0 }
}

/// Where a holder is opened.
fn spread(id: CommandId, partitions: u16) -> u16 {
    (derived::spread(id) % u64::from(partitions)) as u16
}

/// Plans commands that are one chain, or one by itself.
pub(crate) fn plan(asked: Vec<Command>, partitions: u16, known: &Known) -> Result<Plan, SubmitError> {
    let mut stages: Vec<Stage> = Vec::new();
    let mut ended = HashMap::new();
    // The partition whose part cannot be held first and posted later.
    let mut at_once: Option<u16> = None;
    for (place, command) in asked.iter().enumerate() {
        match &command.action {
            Action::Transfer(transfer) if let Some((debit, credit)) = across(transfer, partitions) => {
                let [payer, payee] = split(command, transfer, known)?;
                add(&mut stages, debit, Part { place, role: Role::Debit, command: payer });
                add(&mut stages, credit, Part { place, role: Role::Credit, command: payee });
            }
            action => {
                let partition = home(command, partitions, known);
                if !matches!(action, Action::Transfer(_))
                    && at_once.replace(partition).is_some_and(|at| at != partition)
                {
                    return Err(SubmitError::Malformed("one chain changes or ends holds in two partitions"));
                }
                if let Action::Post { hold, .. } | Action::Void { hold } = action
                    && partitions > 1
                {
                    // Not asked of any partition: it might find the step of a trade that begins just now.
                    let place_of = known.hold(*hold).filter(|hold| hold.is_asked);
                    let hold = place_of.ok_or(SubmitError::Malformed("there is no such hold"))?;
                    if hold.credit.partition() != hold.debit.partition() {
                        ended.insert(place, *hold);
                    }
                }
                let command = command.clone();
                add(&mut stages, partition, Part { place, role: Role::Whole, command });
            }
        }
    }
    if stages.len() == 1 && ended.is_empty() {
        check_documents(&stages)?;
        return Ok(match stages.pop() {
            Some(only) => Plan::Within(only.partition, only.parts.into_iter().map(|part| part.command).collect()),
            None => Plan::Within(0, asked),
        });
    }
    decider_last(&mut stages, at_once);
    check_balancing(&asked, &stages)?;
    hold_first(&mut stages);
    add_notes(&asked, &mut stages);
    check_documents(&stages)?;
    let count = asked.len();
    Ok(Plan::Across(Box::new(Trade {
        asked,
        stages,
        stage: 0,
        finish: VecDeque::new(),
        ended,
        debits: vec![None; count],
        credits: vec![None; count],
        refused: None,
        replayed: false,
        is_given_up: false,
    })))
}

fn add(stages: &mut Vec<Stage>, partition: u16, part: Part) {
    match stages.iter_mut().find(|stage| stage.partition == partition) {
        Some(stage) => stage.parts.push(part),
        None => stages.push(Stage { partition, parts: vec![part] }),
    }
}

/// The two sides of a transfer, each for its own partition.
fn split(command: &Command, transfer: &Transfer, known: &Known) -> Result<[Command; 2], SubmitError> {
    let (debit, credit) = (transfer.debit.partition(), transfer.credit.partition());
    let nearby = |at| move |limit: &&ledger::LimitUse| limit.counter.partition() == at;
    if transfer.limits.iter().any(|limit| ![debit, credit].contains(&limit.counter.partition())) {
        return Err(SubmitError::Malformed("a limit counter lives beside neither account"));
    }
    if transfer.epoch.is_some_and(|check| ![debit, credit].contains(&check.holder.partition())) {
        return Err(SubmitError::Malformed("the holder lives beside neither account"));
    }
    let side = |at: u16, debit: AccountId, credit: AccountId| Transfer {
        debit,
        credit,
        limits: transfer.limits.iter().filter(nearby(at)).copied().collect(),
        epoch: transfer.epoch.filter(|check| check.holder.partition() == at),
        ..transfer.clone()
    };
    let stand_in = |at, towards| known.transit(transfer.debit, at, towards).unwrap_or(NOWHERE);
    let payer = side(debit, transfer.debit, stand_in(debit, credit));
    let mut payee = side(credit, stand_in(credit, debit), transfer.credit);
    payee.balancing = None;
    let of = |id, transfer| Command {
        id,
        time_ms: command.time_ms,
        action: Action::Transfer(transfer),
        document: Vec::new(),
    };
    Ok([of(command.id, payer), of(derived::credit(command.id), payee)])
}

/// The partition that decides goes last: the one whose part cannot be held, else one that pays out of what it gets, else
/// any but the first payer's.
fn decider_last(stages: &mut Vec<Stage>, at_once: Option<u16>) {
    let pays = |stage: &Stage| stage.parts.iter().any(|part| part.role != Role::Credit);
    let decider = at_once
        .and_then(|at| stages.iter().position(|stage| stage.partition == at))
        .or_else(|| stages.iter().skip(1).rposition(pays).map(|place| place + 1))
        .unwrap_or(stages.len() - 1);
    let decider = stages.remove(decider);
    stages.push(decider);
}

/// How much a balancing transfer moves is found out where its side is; the other side must come later.
fn check_balancing(asked: &[Command], stages: &[Stage]) -> Result<(), SubmitError> {
    let stage_of = |place: usize, role: Role| {
        stages.iter().position(|stage| stage.parts.iter().any(|part| (part.place, part.role) == (place, role)))
    };
    for (place, command) in asked.iter().enumerate() {
        let Action::Transfer(transfer) = &command.action else { continue };
        let (Some(debit), Some(credit)) = (stage_of(place, Role::Debit), stage_of(place, Role::Credit)) else {
            continue;
        };
        match transfer.balancing {
            Some(Side::Credit) => {
                return Err(SubmitError::Malformed("across partitions only the payer's side can be balanced"));
            }
            Some(Side::Debit) if credit < debit => {
                return Err(SubmitError::Malformed("in this chain the payer's side cannot be balanced"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Makes holds of the transfers of all stages but the last; what runs out does so at the payer.
fn hold_first(stages: &mut [Stage]) {
    let last = stages.len() - 1;
    for (place, stage) in stages.iter_mut().enumerate() {
        for Part { role, command, .. } in &mut stage.parts {
            if let Action::Transfer(transfer) = &mut command.action {
                transfer.mode = match (transfer.mode, *role) {
                    (Mode::Immediate, _) if place == last => Mode::Immediate,
                    (Mode::Immediate, _) | (Mode::Hold { .. }, Role::Credit) => Mode::Hold { expires_ms: None },
                    (hold, _) => hold,
                };
            }
        }
    }
}

fn add_notes(asked: &[Command], stages: &mut [Stage]) {
    let first = stages.first().and_then(|stage| Some((stage.partition, stage.parts.first()?.command.id)));
    let (Some((home, trade)), true) = (first, stages.len() > 1) else { return };
    for Part { place, role, command } in stages.iter_mut().flat_map(|stage| &mut stage.parts) {
        let (Action::Transfer(_), Some(of)) = (&command.action, asked.get(*place)) else { continue };
        let note = if command.id == trade {
            Note::Trade { place: *place, commands: asked.to_vec() }
        } else {
            let command = if *role == Role::Credit { as_payee(of) } else { of.clone() };
            Note::Leg(Leg { home, trade, place: *place, command })
        };
        command.document = note.encode();
    }
}

/// What the payee's partition has to know of a transfer.
fn as_payee(asked: &Command) -> Command {
    let action = match &asked.action {
        Action::Transfer(transfer) => {
            Action::Transfer(Transfer { limits: Vec::new(), epoch: None, ..transfer.clone() })
        }
        other => other.clone(),
    };
    Command { action, document: Vec::new(), ..*asked }
}

fn check_documents(stages: &[Stage]) -> Result<(), SubmitError> {
    let is_long = |part: &Part| part.command.document.len() > DOCUMENT_MAX;
    match stages.iter().flat_map(|stage| &stage.parts).any(is_long) {
        true => Err(SubmitError::Malformed("the documents are too long for a trade across partitions")),
        false => Ok(()),
    }
}

impl Trade {
    /// What was asked for.
    pub(crate) fn asked(&self) -> &[Command] {
        &self.asked
    }

    /// The holds that are asked for: the how manieth command each is, and where it will be.
    pub(crate) fn hold_places(&self) -> Vec<(usize, CommandId, HoldPlace)> {
        let place = |(at, command): (usize, &Command)| match &command.action {
            Action::Transfer(Transfer { debit, credit, mode: Mode::Hold { .. }, .. }) => {
                Some((at, command.id, HoldPlace { debit: *debit, credit: *credit, is_asked: true }))
            }
            _ => None,
        };
        self.asked.iter().enumerate().filter_map(place).collect()
    }

    /// Whether nothing of it was sent yet.
    pub(crate) fn is_new(&self) -> bool {
        self.stage == 0
    }

    /// What to do now.
    pub(crate) fn next(&self) -> Next {
        if let Some(stage) = self.current() {
            let commands = stage.parts.iter().map(|part| self.with_amount(part)).collect();
            return Next::Send(stage.partition, commands, How::Chain);
        }
        match self.finish.front() {
            Some(stage) => {
                let commands = stage.parts.iter().map(|part| part.command.clone()).collect();
                Next::Send(stage.partition, commands, How::Each)
            }
            None => Next::Finished(self.result()),
        }
    }

    fn current(&self) -> Option<&Stage> {
        if self.refused.is_some() { None } else { self.stages.get(self.stage) }
    }

    /// The payee gets what the payer's side was found to pay.
    fn with_amount(&self, part: &Part) -> Command {
        let mut command = part.command.clone();
        if let (Role::Credit, Action::Transfer(transfer)) = (part.role, &mut command.action)
            && let Some(amount) = self.debits.get(part.place).and_then(Option::as_ref).and_then(amount_of)
        {
            transfer.amount = amount;
        }
        command
    }

    /// Takes the answers to what [`Self::next`] said to send. Fails if they are none that can be: then something outside has
    /// ended a hold of the trade.
    pub(crate) fn answered(&mut self, answers: Vec<Answer>) -> Result<(), String> {
        let Some(stage) = self.current() else { return self.finished_one(answers) };
        let of: Vec<(usize, Role)> = stage.parts.iter().map(|part| (part.place, part.role)).collect();
        if self.is_new() {
            self.replayed = answers.first().is_some_and(|answer| answer.replayed);
        }
        for ((place, _), answer) in of.iter().zip(&answers) {
            match answer.outcome {
                Outcome::Refused(reason) if reason != Reason::ChainBroken => {
                    self.refused = Some((*place, reason, answer.clone()));
                    self.finish = self.undo();
                    return Ok(());
                }
                _ => {}
            }
        }
        self.note(&of, answers);
        self.stage += 1;
        if self.stage == self.stages.len() {
            self.finish = self.to_finish()?;
        }
        Ok(())
    }

    /// The voids of all that was held so far, with the reasons.
    fn undo(&self) -> VecDeque<Stage> {
        let reason = |place| match &self.refused {
            Some((refused, reason, _)) if *refused == place => *reason,
            _ => Reason::ChainBroken,
        };
        let void_one = |Part { place, role, command }: &Part| {
            let document = Note::Undo(reason(*place)).encode();
            Part { place: *place, role: *role, command: Command { document, ..void(command.id, command.time_ms) } }
        };
        let void_all =
            |stage: &Stage| Stage { partition: stage.partition, parts: stage.parts.iter().map(void_one).collect() };
        self.stages.get(..self.stage).unwrap_or_default().iter().map(void_all).collect()
    }

    /// The deciding step is not one that this trade could be: its id is spent otherwise. What is held is voided.
    pub(crate) fn give_up(&mut self) {
        self.finish = self.undo();
        self.stage = self.stages.len();
        self.is_given_up = true;
    }

    fn finished_one(&mut self, answers: Vec<Answer>) -> Result<(), String> {
        let Some(stage) = self.finish.pop_front() else { return Err("nothing was left to be done".to_owned()) };
        if self.refused.is_some() || self.is_given_up {
            // A hold that was asked for may have run out meanwhile, which is as good. Where the payer's partition says it,
            // there the refusal stands for whoever reads the journal.
            for (part, answer) in stage.parts.iter().zip(answers) {
                if let (Role::Debit | Role::Whole, Some(told)) = (part.role, self.debits.get_mut(part.place)) {
                    *told = Some(answer);
                }
            }
            return Ok(());
        }
        if let Some(refused) = answers.iter().find(|answer| matches!(answer.outcome, Outcome::Refused(_))) {
            return Err(format!("partition {} does not finish a trade: {:?}", stage.partition, refused.outcome));
        }
        let of: Vec<(usize, Role)> = stage.parts.iter().map(|part| (part.place, part.role)).collect();
        self.note(&of, answers);
        Ok(())
    }

    fn note(&mut self, of: &[(usize, Role)], answers: Vec<Answer>) {
        for ((place, role), answer) in of.iter().zip(answers) {
            let list = if *role == Role::Credit { &mut self.credits } else { &mut self.debits };
            if let Some(known) = list.get_mut(*place) {
                *known = Some(answer);
            }
        }
    }

    /// The posts of what was held to be decided on, and of the payee's side of holds that ended here.
    fn to_finish(&self) -> Result<VecDeque<Stage>, String> {
        let mut finish = Vec::new();
        let held = self.stages.split_last().map(|(_, held)| held).unwrap_or_default();
        for stage in held {
            for Part { place, role, command } in &stage.parts {
                if self.is_immediate(*place) {
                    let command = post(command.id, command.time_ms, None);
                    add(&mut finish, stage.partition, Part { place: *place, role: *role, command });
                }
            }
        }
        let mut ended: Vec<_> = self.ended.iter().collect();
        ended.sort_unstable_by_key(|(place, _)| **place);
        for (place, hold) in ended {
            let (Some(asked), Some(answer)) =
                (self.asked.get(*place), self.debits.get(*place).and_then(Option::as_ref))
            else {
                continue;
            };
            let (Action::Post { hold: id, .. } | Action::Void { hold: id }) = &asked.action else { continue };
            let command = end_credit(*id, asked.time_ms, &answer.outcome).ok_or("a hold was ended in no known way")?;
            add(&mut finish, hold.credit.partition(), Part { place: *place, role: Role::Credit, command });
        }
        Ok(finish.into())
    }

    fn is_immediate(&self, place: usize) -> bool {
        let asked = self.asked.get(place).map(|command| &command.action);
        matches!(asked, Some(Action::Transfer(transfer)) if transfer.mode == Mode::Immediate)
    }

    fn result(&self) -> Vec<Answer> {
        let places = self.asked.iter().enumerate();
        if let Some((refused, reason, answer)) = &self.refused {
            let outcome = |place| Outcome::Refused(if place == *refused { *reason } else { Reason::ChainBroken });
            let told = |place: usize| self.debits.get(place).and_then(Option::as_ref).unwrap_or(answer);
            return places
                .map(|(place, _)| Answer { outcome: outcome(place), replayed: self.replayed, ..told(place).clone() })
                .collect();
        }
        places.filter_map(|(place, asked)| self.one_result(place, asked)).collect()
    }

    fn one_result(&self, place: usize, asked: &Command) -> Option<Answer> {
        let answer = self.debits.get(place)?.clone()?;
        let credit = self.credits.get(place)?.as_ref();
        let credited = match credit.map(|answer| &answer.outcome) {
            Some(Outcome::Done(Effect::Posted(posted))) => Some(posted.credit_balance),
            _ => None,
        };
        let accounts = match &asked.action {
            Action::Transfer(transfer) => Some((transfer.debit, transfer.credit)),
            _ => self.ended.get(&place).map(|hold| (hold.debit, hold.credit)),
        };
        let outcome = match (answer.outcome, credited, accounts) {
            (Outcome::Done(Effect::Posted(posted)), Some(credit_balance), Some((debit, credit))) => {
                Outcome::Done(Effect::Posted(Posted { debit, credit, credit_balance, ..posted }))
            }
            (outcome, _, _) => outcome,
        };
        Some(Answer { outcome, replayed: self.replayed, ..answer })
    }
}

/// The command by which the payee's side of a hold follows the payer's; none if that one was not ended.
pub(crate) fn end_credit(hold: CommandId, time_ms: i64, payer: &Outcome) -> Option<Command> {
    let hold = derived::credit(hold);
    match payer {
        Outcome::Done(Effect::Posted(posted)) => Some(post(hold, time_ms, Some(posted.amount))),
        Outcome::Done(Effect::Voided { .. } | Effect::Ticked { .. }) => {
            Some(Command { id: derived::lapse(hold), ..void(hold, time_ms) })
        }
        _ => None,
    }
}

fn post(hold: CommandId, time_ms: i64, amount: Option<i64>) -> Command {
    Command { id: derived::post(hold), time_ms, action: Action::Post { hold, amount }, document: Vec::new() }
}

fn void(hold: CommandId, time_ms: i64) -> Command {
    Command { id: derived::void(hold), time_ms, action: Action::Void { hold }, document: Vec::new() }
}

fn amount_of(answer: &Answer) -> Option<i64> {
    match &answer.outcome {
        Outcome::Done(Effect::Held { amount }) => Some(*amount),
        Outcome::Done(Effect::Posted(posted)) => Some(posted.amount),
        _ => None,
    }
}
