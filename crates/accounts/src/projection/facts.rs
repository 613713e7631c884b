//! What never changes about accounts and holds, remembered so that a movement needs no look-up. One memory serves every
//! projection of this room: whoever comes first with a chunk learns for all.

use super::BoxFuture;
use crate::model::voucher::BookItem;
use cloud::Cloud;
use kit::{Fault, FaultContext, Timestamp};
use ledger::{AccountId, Action, CommandId, Effect, Entry, OpenAccount, Outcome, Posted};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Accounts, and open holds, remembered; beyond that all are forgotten and learned again as they move.
const REMEMBER: usize = 500_000;
/// Posts of holds whose purpose is remembered: more than one chunk has.
const PURPOSES: usize = 100_000;

/// What projections ask for besides the entries themselves; a ledger knows it.
pub trait Known: Send + Sync + 'static {
    /// The terms of these accounts, in this order; none of one that is not there.
    fn terms(&self, ids: Vec<AccountId>) -> BoxFuture<'_, Result<Vec<Option<OpenAccount>>, Fault>>;

    /// A command that was decided, as it was asked for.
    fn entry(&self, id: CommandId) -> BoxFuture<'_, Result<Option<Entry>, Fault>>;
}

impl Known for Cloud {
    fn terms(&self, ids: Vec<AccountId>) -> BoxFuture<'_, Result<Vec<Option<OpenAccount>>, Fault>> {
        Box::pin(async move {
            let views = self.accounts(&ids).await.fault("asking the ledger about accounts")?;
            Ok(views.into_iter().map(|view| view.map(|view| view.terms)).collect())
        })
    }

    fn entry(&self, id: CommandId) -> BoxFuture<'_, Result<Option<Entry>, Fault>> {
        Box::pin(Self::asked(self, id))
    }
}

/// What several projections remember together.
pub(crate) type SharedFacts = Arc<Mutex<AccountFacts>>;

/// What a movement is for: of a hold that is posted, what the transfer that made it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Purpose {
    pub(crate) code: u16,
    /// The business's reference.
    pub(crate) reference: i64,
    /// The accounts that were asked for; in what moved, one of them may be stood for by a transit account.
    pub(crate) debit: AccountId,
    pub(crate) credit: AccountId,
}

/// The terms under which accounts were opened, and what holds are for.
pub(crate) struct AccountFacts {
    ledger: Arc<dyn Known>,
    known: HashMap<u64, OpenAccount>,
    /// Open holds, by the command that made them.
    holds: HashMap<u128, Purpose>,
    /// Holds that were posted, by the number of the command that posted them.
    posts: HashMap<u64, Purpose>,
}

impl AccountFacts {
    pub(crate) fn new(ledger: Arc<dyn Known>) -> Self {
        Self { ledger, known: HashMap::new(), holds: HashMap::new(), posts: HashMap::new() }
    }

    pub(crate) fn shared(ledger: Arc<dyn Known>) -> SharedFacts {
        Arc::new(Mutex::new(Self::new(ledger)))
    }

    /// Learns about every account and every hold that moves money in these entries.
    pub(crate) async fn learn(&mut self, entries: &[Entry]) -> Result<(), Fault> {
        if self.known.len() > REMEMBER {
            self.known.clear();
        }
        self.learn_holds(entries).await?;
        let mut moved = Vec::new();
        for (entry, posted) in postings(entries) {
            let Purpose { debit, credit, .. } = self.purpose(entry)?;
            moved.extend([posted.debit, posted.credit, debit, credit]);
        }
        let mut missing: Vec<AccountId> = moved.into_iter().filter(|id| !self.known.contains_key(&id.0)).collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            let terms = self.ledger.terms(missing.clone()).await?;
            let found = missing.into_iter().zip(terms).filter_map(|(id, terms)| Some((id.0, terms?)));
            self.known.extend(found);
        }
        Ok(())
    }

    async fn learn_holds(&mut self, entries: &[Entry]) -> Result<(), Fault> {
        if self.holds.len() > REMEMBER {
            self.holds.clear();
        }
        if self.posts.len() > PURPOSES {
            self.posts.clear();
        }
        for entry in entries {
            match (&entry.command.action, &entry.outcome) {
                (action @ Action::Transfer(_), Outcome::Done(Effect::Held { .. })) => {
                    self.holds.extend(of_transfer(action).map(|purpose| (entry.command.id.0, purpose)));
                }
                (Action::Post { hold, .. }, Outcome::Done(Effect::Posted(_)))
                    if !self.posts.contains_key(&entry.sequence) =>
                {
                    let purpose = match self.holds.remove(&hold.0) {
                        Some(purpose) => Some(purpose),
                        None => self.ledger.entry(*hold).await?.and_then(|made| of_transfer(&made.command.action)),
                    };
                    self.posts.extend(purpose.map(|purpose| (entry.sequence, purpose)));
                }
                (Action::Void { hold }, Outcome::Done(_)) => {
                    self.holds.remove(&hold.0);
                }
                (_, Outcome::Done(Effect::Ticked { expired })) => {
                    for hold in expired {
                        self.holds.remove(&hold.0);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The terms of an account that was learned.
    pub(crate) fn of(&self, id: AccountId) -> Result<&OpenAccount, Fault> {
        self.known.get(&id.0).ok_or_else(|| Fault::new(format!("account {id} moved but the ledger does not know it")))
    }

    /// What a booked movement that was learned is for.
    pub(crate) fn purpose(&self, entry: &Entry) -> Result<Purpose, Fault> {
        let purpose = match &entry.command.action {
            Action::Post { .. } => self.posts.get(&entry.sequence).copied(),
            action => of_transfer(action),
        };
        purpose.ok_or_else(|| Fault::new(format!("command {} moved money for nothing", entry.command.id)))
    }

    /// A movement that was learned, as the general ledger sees it.
    pub(crate) fn item(&self, entry: &Entry, posted: &Posted) -> Result<BookItem, Fault> {
        let (debit, credit) = (self.of(posted.debit)?, self.of(posted.credit)?);
        let Purpose { code, reference, debit: payer, credit: payee } = self.purpose(entry)?;
        Ok(BookItem {
            sequence: entry.sequence,
            position: entry.position,
            command: entry.command.id,
            booked: Timestamp(entry.ledger_time_ms),
            time: Timestamp(entry.command.time_ms),
            day: entry.resolved.day,
            institution: debit.institution,
            currency: debit.currency,
            debit: (posted.debit, debit.kind),
            credit: (posted.credit, credit.kind),
            payer: (payer, self.of(payer)?.kind),
            payee: (payee, self.of(payee)?.kind),
            code,
            reference,
            amount_minor: posted.amount,
        })
    }
}

fn of_transfer(action: &Action) -> Option<Purpose> {
    match action {
        Action::Transfer(transfer) => Some(Purpose {
            code: transfer.code,
            reference: transfer.reference as i64,
            debit: transfer.debit,
            credit: transfer.credit,
        }),
        _ => None,
    }
}

/// The booked movements among entries.
pub(crate) fn postings(entries: &[Entry]) -> impl Iterator<Item = (&Entry, &Posted)> {
    entries.iter().filter_map(|entry| match &entry.outcome {
        Outcome::Done(Effect::Posted(posted)) => Some((entry, posted)),
        _ => None,
    })
}
