//! The messages between those who carry trades through and the partitions: they come late, twice, out of order or never.

use crate::random::Random;
use cloud::Partitions;
use ledger::machine::{Looked, LookedUp, Machine};
use ledger::*;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// A request on its way.
pub(crate) struct Letter {
    pub(crate) to: u16,
    request: Request,
}

type Reply<T> = oneshot::Sender<T>;

enum Request {
    Submit { commands: Vec<Command>, reply: Reply<Result<Vec<Answer>, SubmitError>> },
    Many { commands: Vec<Command>, reply: Reply<Decisions> },
    LookUp { id: CommandId, reply: Reply<LookedUp> },
    Holds { reply: Reply<Result<Vec<CommandId>, SubmitError>> },
    Account { id: AccountId, reply: Reply<Looked> },
}

/// A request that a partition has, and who waits for its answer.
pub(crate) enum Waiting {
    Chain(Pending, Reply<Result<Vec<Answer>, SubmitError>>),
    Many(Pending<Decisions>, Reply<Decisions>),
    LookUp(Pending<LookedUp>, Reply<LookedUp>),
    Holds(Pending<Result<Vec<CommandId>, SubmitError>>, Reply<Result<Vec<CommandId>, SubmitError>>),
    Account(Pending<Looked>, Reply<Looked>),
}

/// An answer on its way; dropped, it is lost.
pub(crate) type Returning = Box<dyn FnOnce() + Send>;

impl Waiting {
    /// The answer, if it is there.
    pub(crate) fn answer(self) -> Result<Returning, Self> {
        macro_rules! now {
            ($kind:ident, $pending:ident, $reply:ident) => {
                match $pending.now() {
                    Some(answer) => Ok(Box::new(move || drop($reply.send(answer)))),
                    None => Err(Self::$kind($pending, $reply)),
                }
            };
        }
        match self {
            Self::Chain(mut pending, reply) => now!(Chain, pending, reply),
            Self::Many(mut pending, reply) => now!(Many, pending, reply),
            Self::LookUp(mut pending, reply) => now!(LookUp, pending, reply),
            Self::Holds(mut pending, reply) => now!(Holds, pending, reply),
            Self::Account(mut pending, reply) => now!(Account, pending, reply),
        }
    }
}

impl Letter {
    /// Hands it to a partition, now and then twice. A full queue takes it later.
    pub(crate) fn deliver(self, machine: &mut Machine, random: &mut Random) -> Result<Waiting, Option<Self>> {
        let to = self.to;
        let later = |request| Err(Some(Self { to, request }));
        match self.request {
            Request::Submit { commands, reply } => {
                if random.one_in(8) {
                    // Nobody hears the answer to it.
                    let _ = machine.submit(commands.clone());
                }
                match machine.submit(commands.clone()) {
                    Ok(pending) => Ok(Waiting::Chain(pending, reply)),
                    Err(SubmitError::Busy) => later(Request::Submit { commands, reply }),
                    Err(error) => {
                        let _ = reply.send(Err(error));
                        Err(None)
                    }
                }
            }
            Request::Many { commands, reply } => match machine.submit_many(commands.clone()) {
                Ok(pending) => Ok(Waiting::Many(pending, reply)),
                Err(_) => later(Request::Many { commands, reply }),
            },
            Request::LookUp { id, reply } => match machine.look_up(id) {
                Ok(pending) => Ok(Waiting::LookUp(pending, reply)),
                Err(_) => later(Request::LookUp { id, reply }),
            },
            Request::Holds { reply } => match machine.look_for_holds() {
                Ok(pending) => Ok(Waiting::Holds(pending, reply)),
                Err(_) => later(Request::Holds { reply }),
            },
            Request::Account { id, reply } => match machine.look(vec![id], Vec::new()) {
                Ok(pending) => Ok(Waiting::Account(pending, reply)),
                Err(_) => later(Request::Account { id, reply }),
            },
        }
    }
}

/// Where requests lie until somebody delivers them.
#[derive(Clone)]
pub(crate) struct Office {
    partitions: u16,
    letters: Arc<Mutex<Vec<Letter>>>,
}

impl Office {
    pub(crate) fn new(partitions: u16) -> Self {
        Self { partitions, letters: Arc::default() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Letter>> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Any letter.
    pub(crate) fn any(&self, random: &mut Random) -> Option<Letter> {
        let mut letters = self.lock();
        let place = random.below(letters.len() as u64) as usize;
        (place < letters.len()).then(|| letters.remove(place))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    pub(crate) fn put_back(&self, letter: Letter) {
        self.lock().push(letter);
    }

    async fn send<T>(
        &self,
        to: u16,
        request: impl FnOnce(Reply<Result<T, SubmitError>>) -> Request,
    ) -> Result<T, SubmitError> {
        let (reply, answer) = oneshot::channel();
        self.lock().push(Letter { to, request: request(reply) });
        answer.await.unwrap_or(Err(SubmitError::Stopped))
    }
}

impl Partitions for Office {
    fn count(&self) -> u16 {
        self.partitions
    }

    async fn submit(&self, partition: u16, commands: Vec<Command>, _: bool) -> Result<Vec<Answer>, SubmitError> {
        self.send(partition, |reply| Request::Submit { commands, reply }).await
    }

    async fn submit_many(&self, partition: u16, commands: Vec<Command>) -> Decisions {
        self.send(partition, |reply| Request::Many { commands, reply }).await
    }

    async fn entry(&self, partition: u16, id: CommandId) -> Result<Option<Entry>, SubmitError> {
        Ok(self.send(partition, |reply| Request::LookUp { id, reply }).await?.0)
    }

    async fn ended(&self, partition: u16, hold: CommandId) -> Result<Option<Entry>, SubmitError> {
        Ok(self.send(partition, |reply| Request::LookUp { id: hold, reply }).await?.1)
    }

    async fn open_hold_ids(&self, partition: u16) -> Result<Vec<CommandId>, SubmitError> {
        self.send(partition, |reply| Request::Holds { reply }).await
    }

    async fn account(&self, partition: u16, id: AccountId) -> Result<Option<AccountView>, SubmitError> {
        let (mut accounts, _) = self.send(partition, |reply| Request::Account { id, reply }).await?;
        Ok(accounts.pop().flatten())
    }
}
