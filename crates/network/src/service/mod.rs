//! The clearing house at work: one worker writes, several messages in one transaction.

pub(crate) mod answer;
pub(crate) mod card;
pub(crate) mod day;
pub(crate) mod message;
pub(crate) mod operator;
pub(crate) mod payment;
pub(crate) mod seed;
pub(crate) mod unit;

use crate::Windows;
use crate::model::fault::Faults;
use crate::model::rule::Scheme;
use db::Db;
use kit::{Calendar, Clock, Fault, Refusal, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};
use unit::Unit;

/// What never changes while the clearing house is open.
pub(crate) struct House {
    /// Its own number.
    pub(crate) code: String,
    pub(crate) calendar: Calendar,
    pub(crate) windows: Windows,
    pub(crate) scheme: Scheme,
}

/// Something that writes.
#[derive(Clone)]
pub(crate) enum Work {
    /// A message of a participant.
    Message(Arc<message::Incoming>),
    /// The clock moved.
    Tick,
    /// Other faults.
    Faults(Faults),
    /// A customer of a bank that lives here pays; under a key once.
    Pay { key: Option<String>, order: operator::PayOrder },
    /// A card for somebody.
    Issue(operator::NewCard),
    /// The open day ends now.
    CloseDay,
    /// A settled payment is given back.
    GiveBack(operator::GiveBack),
    /// The four elements of a card.
    CheckCard(card::Question),
    /// The code of a check.
    ConfirmCard(card::Confirmation),
    /// A mandate is given up.
    ReleaseCard { participant: String, mandate: String },
    /// What everybody has, at one moment between two transactions.
    Positions,
}

/// What came of it.
pub(crate) enum Outcome {
    /// It is done.
    Done,
    /// It was done before.
    Again,
    /// The same id with other bytes.
    Conflict,
    /// There may be more to look after at this moment.
    More,
    Paid(String),
    Issued(operator::IssuedCard),
    Checked(card::Checked),
    Confirmed(card::Confirmed),
    Positions(operator::Positions),
    /// It is not done, and why.
    Refused(Refusal),
}

struct Job {
    work: Work,
    /// The time by whose clock it is done; none is the clock's when its turn comes.
    at: Option<Timestamp>,
    reply: oneshot::Sender<Result<Outcome, Fault>>,
}

/// Jobs that wait for the worker at most; then senders wait.
const QUEUE: usize = 1_024;
/// Jobs of one transaction.
const TOGETHER: usize = 256;

/// The way to the worker, and what it tells everybody.
pub(crate) struct Desk {
    jobs: mpsc::Sender<Job>,
    faults: Arc<Mutex<Faults>>,
    sequences: BTreeMap<String, watch::Sender<i64>>,
}

impl Desk {
    /// Starts the worker; it ends when the desk is dropped.
    pub(crate) fn start(
        db: Db,
        house: Arc<House>,
        clock: Arc<dyn Clock>,
        faults: Faults,
        sequences: Vec<(String, i64)>,
    ) -> Arc<Self> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let sequences = sequences.into_iter().map(|(code, last)| (code, watch::Sender::new(last))).collect();
        let desk = Arc::new(Self { jobs, faults: Arc::new(Mutex::new(faults)), sequences });
        let worker = Worker { db, house, clock, faults: desk.faults.clone(), sequences: desk.sequences.clone() };
        kit::spawn("clearing house", worker.run(queue));
        desk
    }

    /// Does something that writes; answers when it is durable.
    pub(crate) async fn run(&self, work: Work, at: Option<Timestamp>) -> Result<Outcome, Fault> {
        let (reply, answer) = oneshot::channel();
        let closed = |_| Fault::new("the clearing house has stopped");
        self.jobs.send(Job { work, at, reply }).await.map_err(|_| closed(()))?;
        answer.await.map_err(|_| closed(()))?
    }

    /// What goes wrong now.
    pub(crate) fn faults(&self) -> Faults {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The last sequence of a mailbox, to be waited on.
    pub(crate) fn sequence(&self, bank: &str) -> Option<watch::Receiver<i64>> {
        self.sequences.get(bank).map(watch::Sender::subscribe)
    }
}

struct Worker {
    db: Db,
    house: Arc<House>,
    clock: Arc<dyn Clock>,
    faults: Arc<Mutex<Faults>>,
    sequences: BTreeMap<String, watch::Sender<i64>>,
}

impl Worker {
    async fn run(self, mut queue: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(TOGETHER);
        while queue.recv_many(&mut jobs, TOGETHER).await > 0 {
            let done = self.together(&jobs).await;
            match done {
                Ok(outcomes) => jobs.drain(..).zip(outcomes).for_each(|(job, outcome)| answer(job, Ok(outcome))),
                // One of them cannot be done; the others shall not suffer for it.
                Err(fault) if jobs.len() > 1 => {
                    tracing::warn!(%fault, "jobs could not be done together and are done one by one");
                    for job in jobs.drain(..) {
                        let done = self.together(std::slice::from_ref(&job)).await;
                        answer(job, done.and_then(|mut all| all.pop().ok_or_else(|| Fault::new("no outcome"))));
                    }
                }
                Err(fault) => {
                    jobs.drain(..).next().into_iter().for_each(|job| answer(job, Err(Fault::new(fault.to_string()))))
                }
            }
        }
    }

    /// Does jobs in one transaction: all or none.
    async fn together(&self, jobs: &[Job]) -> Result<Vec<Outcome>, Fault> {
        let faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let latest = jobs.iter().filter_map(|job| job.at).max();
        let mut unit = Unit::begin(&self.db, &self.house, faults, latest.unwrap_or_else(|| self.clock.now())).await?;
        day::advance(&mut unit).await?;
        let mut outcomes = Vec::with_capacity(jobs.len());
        for job in jobs {
            outcomes.push(act(&mut unit, &job.work).await?);
        }
        let faults = unit.faults.clone();
        for (bank, last) in unit.commit().await? {
            if let Some(sequence) = self.sequences.get(&bank) {
                sequence.send_if_modified(|known| std::mem::replace(known, last) != last);
            }
        }
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
        Ok(outcomes)
    }
}

fn answer(job: Job, outcome: Result<Outcome, Fault>) {
    if let Err(fault) = &outcome {
        tracing::error!(%fault, "the clearing house could not do something");
    }
    // Whoever asked may have gone; what was done stays done.
    let _ = job.reply.send(outcome);
}

async fn act(unit: &mut Unit<'_>, work: &Work) -> Result<Outcome, Fault> {
    match work {
        Work::Message(incoming) => message::take(unit, incoming).await,
        Work::Tick => Ok(if day::look_after(unit).await? { Outcome::More } else { Outcome::Done }),
        Work::Faults(faults) => operator::set_faults(unit, faults).await,
        Work::Pay { key, order } => operator::pay(unit, key.as_deref(), order).await,
        Work::Issue(card) => operator::issue(unit, card).await,
        Work::CloseDay => operator::close_day(unit).await,
        Work::GiveBack(order) => operator::give_back(unit, order).await,
        Work::CheckCard(question) => card::check(unit, question).await,
        Work::ConfirmCard(confirmation) => card::confirm(unit, confirmation).await,
        Work::ReleaseCard { participant, mandate } => card::release(unit, participant, mandate).await,
        Work::Positions => operator::positions(unit).await,
    }
}
