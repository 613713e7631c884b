//! What the bank does by its own clock: to be called about each second. Everything in it is safe to run twice, at the same
//! time or after a crash: what moves money is named by a command that the ledger decides once, and what is only told
//! stands in the same transaction as the mark that it was told.

use crate::Payments;
use crate::service::BEHIND;
use kit::{Error, Fault, Timestamp};

/// What one run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DueReport {
    /// Delayed transfers that were paid.
    pub posted: u64,
    /// Delayed transfers that went back because an account was frozen.
    pub returned: u64,
    /// Scheduled transfers that were paid.
    pub scheduled_paid: u64,
    /// Scheduled transfers that were refused; their payers were told.
    pub scheduled_refused: u64,
    /// Invitations whose money was given to who came.
    pub claimed: u64,
    /// Transfers of which payer and payee were told.
    pub told: u64,
}

impl Payments {
    /// Does what is due at this instant. What the ledger is too busy for is left for the next run.
    pub async fn run_due(&self, now: Timestamp) -> Result<DueReport, Fault> {
        // Who waits, and which limits an account has, stands in tables that follow the journal.
        if !self.inner.accounts.projections().caught_up_within(BEHIND).await {
            return Ok(DueReport::default());
        }
        later(self.finish_kills(now).await)?;
        let (posted, returned) = later(self.post_due(now).await)?;
        let (scheduled_paid, scheduled_refused) = later(self.run_schedules(now).await)?;
        let claimed = later(self.run_invitations(now).await)?;
        let told = later(self.tell_news(now).await)?;
        Ok(DueReport { posted, returned, scheduled_paid, scheduled_refused, claimed, told })
    }
}

/// A refusal here is the ledger's being busy, full or stopped: the next run tries again.
fn later<T: Default>(result: kit::Result<T>) -> Result<T, Fault> {
    match result {
        Ok(done) => Ok(done),
        Err(Error::Refusal(refusal)) => {
            tracing::warn!(%refusal, "what is due has to wait");
            Ok(T::default())
        }
        Err(Error::Fault(fault)) => Err(fault),
    }
}
