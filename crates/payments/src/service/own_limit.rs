//! Limits that customers set for themselves: lower at once, higher after a proof and a wait.

use crate::Payments;
use accounts::{OwnCap, OwnLimit, OwnSet};
use kit::{Fault, Refusal, Result};
use notify::Notice;
use passport::{EventKind, Session};

impl Payments {
    /// Sets a limit of one's own; none takes it away. Lowering holds when this returns. Raising needs a window worth the
    /// best that the person holds, a token's worth at most, and holds after the bank's waiting time; gives from when.
    ///
    /// Refuses with `passport.step_up_needed`, `accounts.own_limit_invalid`.
    pub async fn set_own_limit(&self, session: &Session, limit: OwnLimit, cap_minor: Option<i64>) -> Result<OwnCap> {
        let (accounts, customer) = (&self.inner.accounts, session.customer);
        let set = match accounts.set_own_limit(customer, limit, cap_minor, None).await? {
            OwnSet::WouldRaise => {
                self.inner.passport.require_best(session).await?;
                let from = self.inner.clock.now().plus_ms(self.inner.policy.raise_wait_ms);
                let set = accounts.set_own_limit(customer, limit, cap_minor, Some(from)).await?;
                // A kill switch that was pulled meanwhile took the window, and looked for what waits before this did.
                if let Err(over) = self.inner.passport.require_best(session).await {
                    accounts.drop_waiting_raises(customer).await?;
                    return Err(over);
                }
                set
            }
            set => set,
        };
        let (cap, kind, notice) = match set {
            OwnSet::Lowered(cap) => (cap, EventKind::LimitLowered, "limit_lowered"),
            OwnSet::Raised(cap) => (cap, EventKind::LimitRaised, "limit_raised"),
            OwnSet::WouldRaise => return Err(Fault::new("a limit of one's own was not raised").into()),
        };
        self.inner.passport.note(session.person, kind, Some(session.id), &limit.code()).await?;
        let notice = Notice::new(notice).link("/me/limits");
        self.inner.passport.notify().tell(session.person.0, &notice).await?;
        Ok(cap)
    }

    /// Reads a limit's word. Refuses with `accounts.own_limit_invalid`.
    pub fn own_limit(&self, word: &str) -> Result<OwnLimit, Refusal> {
        let invalid = || Refusal::new("accounts.own_limit_invalid", 422).with("field", "limit");
        OwnLimit::from_code(word).ok_or_else(invalid)
    }
}
