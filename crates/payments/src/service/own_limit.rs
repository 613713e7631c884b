//! Limits that customers set for themselves: lower at once, higher after a proof and a wait.

use crate::Payments;
use accounts::{OwnCap, OwnLimit};
use kit::{Refusal, Result};
use notify::Notice;
use passport::{EventKind, Session};

impl Payments {
    /// Sets a limit of one's own; none takes it away. Lowering holds when this returns. Raising needs a window worth the
    /// best that the person holds, a token's worth at most, and holds after the bank's waiting time; gives from when.
    ///
    /// Refuses with `passport.step_up_needed`, `accounts.own_limit_invalid`.
    pub async fn set_own_limit(&self, session: &Session, limit: OwnLimit, cap_minor: Option<i64>) -> Result<OwnCap> {
        let who = session.acting();
        let now = self.inner.clock.now();
        let is_lowering = self.inner.accounts.is_lowering(&who, limit, cap_minor).await?;
        let from = if is_lowering {
            now
        } else {
            self.inner.passport.require_best(session).await?;
            now.plus_ms(self.inner.policy.raise_wait_ms)
        };
        let cap = OwnCap { limit, cap_minor, from };
        self.inner.accounts.set_own_limit(&who, cap).await?;
        let kind = if is_lowering { EventKind::LimitLowered } else { EventKind::LimitRaised };
        self.inner.passport.note(session.person, kind, Some(session.id), &limit.code()).await?;
        let notice = if is_lowering { "limit_lowered" } else { "limit_raised" };
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
