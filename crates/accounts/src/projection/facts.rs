//! What never changes about an account, remembered so that a movement needs no look-up.

use kit::{Fault, FaultContext};
use ledger::{AccountId, Action, Effect, Entry, Ledger, OpenAccount, Outcome, Posted};
use std::collections::HashMap;

/// Accounts remembered; beyond that all are forgotten and learned again as they move.
const REMEMBER: usize = 500_000;

/// The terms under which accounts were opened.
pub(crate) struct AccountFacts {
    ledger: Ledger,
    known: HashMap<u64, OpenAccount>,
}

impl AccountFacts {
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn new(ledger: Ledger) -> Self {
        Self { ledger, known: HashMap::new() }
    }

    /// Learns about every account that moves in these entries.
    pub(crate) async fn learn(&mut self, entries: &[Entry]) -> Result<(), Fault> {
        if self.known.len() > REMEMBER {
            self.known.clear();
        }
        let mut missing: Vec<AccountId> = postings(entries)
            .flat_map(|(_, posted)| [posted.debit, posted.credit])
            .filter(|id| !self.known.contains_key(&id.0))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return Ok(());
        }
        for view in
            self.ledger.accounts(&missing).await.fault("asking the ledger about accounts")?.into_iter().flatten()
        {
            self.known.insert(view.id.0, view.terms);
        }
        Ok(())
    }

    /// The terms of an account that was learned.
    pub(crate) fn of(&self, id: AccountId) -> Result<&OpenAccount, Fault> {
        self.known.get(&id.0).ok_or_else(|| Fault::new(format!("account {id} moved but the ledger does not know it")))
    }
}

/// What a booked movement is for: its code and the business's reference. A hold that is posted moves under the code and
/// reference of the transfer that made it.
pub(crate) async fn purpose(ledger: &Ledger, entry: &Entry) -> Result<(u16, i64), Fault> {
    let of = |action: &Action| match action {
        Action::Transfer(transfer) => Some((transfer.code, transfer.reference as i64)),
        _ => None,
    };
    let made_by = match &entry.command.action {
        Action::Post { hold, .. } => ledger.entry(*hold).await?.and_then(|made| of(&made.command.action)),
        action => of(action),
    };
    made_by.ok_or_else(|| Fault::new(format!("command {} moved money for nothing", entry.command.id)))
}

/// The booked movements among entries.
pub(crate) fn postings(entries: &[Entry]) -> impl Iterator<Item = (&Entry, &Posted)> {
    entries.iter().filter_map(|entry| match &entry.outcome {
        Outcome::Done(Effect::Posted(posted)) => Some((entry, posted)),
        _ => None,
    })
}
