//! Accounts at the counter: looked at, frozen, lifted, woken, closed; payments looked at and taken back.

use crate::model::act;
use crate::model::work::Work;
use crate::service::customer::{card_seen, check_reason, of_person, whole};
use crate::{AccountView, Desk, Done};
use accounts::{AccountSummary, FreezeScope, Movement};
use kit::{Refusal, Result};
use ledger::AccountId;
use payments::{OrderFacts, OrderNumber};
use staff::{Act, NewProposal, Role, Roles, StaffSession};

/// Movements that a look shows.
const MOVEMENTS_SHOWN: u32 = 50;

impl Desk {
    /// One customer's account. Refuses with `staff.not_allowed`, `accounts.not_found`; the bank's own are not found.
    pub async fn account(&self, session: &StaffSession, id: AccountId) -> Result<AccountView> {
        self.inner.staff.allow(session, &act::VIEW, &of_account(id)).await?;
        let found = self.account_view(id).await;
        let until = match &found {
            Ok(view) => self.inner.staff.unmasked(session, &act::REVEAL, &whose(view)).await?,
            Err(_) => None,
        };
        self.inner.staff.looked(session, &act::VIEW, &of_account(id), whole(until)).await?;
        Ok(AccountView { whole_until: until, ..found? })
    }

    /// Lets this session see an account's number and its owner whole for some minutes, for a reason. Refuses with
    /// `staff.not_allowed`, `branch.reason_invalid`, `accounts.not_found`.
    pub async fn reveal_account(&self, session: &StaffSession, id: AccountId, reason: &str) -> Result<()> {
        let reason = check_reason(reason)?;
        self.inner.staff.allow(session, &act::REVEAL, &of_account(id)).await?;
        let view = self.account_view(id).await?;
        self.inner.staff.unmask(session, &act::REVEAL, &whose(&view), &reason).await?;
        Ok(())
    }

    pub(crate) async fn account_view(&self, id: AccountId) -> Result<AccountView> {
        let summary = self.customers_account(id).await?;
        let owner = match summary.account.customer {
            Some(customer) => match self.inner.passport.person_of(customer).await? {
                Some(person) => self.inner.passport.person(person).await?,
                None => None,
            },
            None => None,
        };
        let events = self.inner.accounts.events_for_staff(id).await?;
        Ok(AccountView { summary, owner, events, whole_until: None })
    }

    pub(crate) async fn customers_account(&self, id: AccountId) -> Result<AccountSummary> {
        let summary = self.inner.accounts.summary(id).await?;
        let theirs = summary.filter(|summary| summary.account.customer.is_some());
        Ok(theirs.ok_or_else(|| Refusal::new("accounts.not_found", 404))?)
    }

    /// The newest movements of an account, for a reason. Refuses with `staff.not_allowed`, `branch.reason_invalid`,
    /// `accounts.not_found`.
    pub async fn movements(&self, session: &StaffSession, id: AccountId, reason: &str) -> Result<Vec<Movement>> {
        let reason = check_reason(reason)?;
        self.inner.staff.looked(session, &act::MOVEMENTS, &of_account(id), &reason).await?;
        self.customers_account(id).await?;
        self.inner.accounts.movements_for_staff(id, MOVEMENTS_SHOWN).await
    }

    /// Freezes an account. Refuses with `staff.not_allowed`, `branch.reason_invalid`, and as
    /// [`Accounts::freeze`](accounts::Accounts::freeze) does.
    pub async fn freeze(
        &self,
        session: &StaffSession,
        id: AccountId,
        scope: FreezeScope,
        reason: &str,
    ) -> Result<Done> {
        let work = self.inner.accounts.freeze(&session.member.number, id, scope, reason);
        self.applied(session, &act::FREEZE, id, reason, work).await
    }

    /// Proposes that a freeze ends, which a supervisor decides who did not propose it. Refuses as [`freeze`](Self::freeze)
    /// does.
    pub async fn unfreeze(&self, session: &StaffSession, id: AccountId, reason: &str, key: &str) -> Result<Done> {
        self.inner.staff.allow(session, &act::UNFREEZE, &of_account(id)).await?;
        self.customers_account(id).await?;
        let work = Work::Unfreeze { account: id.0 };
        self.proposed(session, &act::UNFREEZE, of_account(id), &work, reason, key).await
    }

    /// Reports the loss of an account for its owner, whose card was compared. Refuses as [`freeze`](Self::freeze) does.
    pub async fn report_loss(&self, session: &StaffSession, id: AccountId, seen: bool, reason: &str) -> Result<Done> {
        let work = async {
            card_seen(seen)?;
            self.inner.accounts.report_loss_at_counter(&session.member.number, id, reason).await
        };
        self.applied(session, &act::REPORT_LOSS, id, reason, work).await
    }

    /// Lifts a report of loss for its owner. Refuses as [`report_loss`](Self::report_loss) does.
    pub async fn lift_loss(&self, session: &StaffSession, id: AccountId, seen: bool, reason: &str) -> Result<Done> {
        let work = async {
            card_seen(seen)?;
            self.inner.accounts.lift_loss_at_counter(&session.member.number, id, reason).await
        };
        self.applied(session, &act::LIFT_LOSS, id, reason, work).await
    }

    /// Wakes a dormant account for its owner. Refuses as [`report_loss`](Self::report_loss) does.
    pub async fn wake(&self, session: &StaffSession, id: AccountId, seen: bool, reason: &str) -> Result<Done> {
        let work = async {
            card_seen(seen)?;
            self.inner.accounts.wake_at_counter(&session.member.number, id, reason).await
        };
        self.applied(session, &act::WAKE, id, reason, work).await
    }

    /// Closes an account for its owner. Refuses as [`report_loss`](Self::report_loss) does, and with `accounts.not_empty`,
    /// `accounts.frozen`.
    pub async fn close(&self, session: &StaffSession, id: AccountId, seen: bool, reason: &str) -> Result<Done> {
        let work = async {
            card_seen(seen)?;
            self.inner.accounts.close_at_counter(&session.member.number, id, reason).await
        };
        self.applied(session, &act::CLOSE, id, reason, work).await
    }

    /// A payment, names masked. Refuses with `staff.not_allowed`, `payments.not_found`.
    pub async fn order(&self, session: &StaffSession, order: OrderNumber) -> Result<OrderFacts> {
        self.inner.staff.looked(session, &act::ORDER, &of_order(order), "").await?;
        self.inner.payments.order_for_staff(order).await
    }

    /// Proposes that a payment is taken back by a contra entry. Refuses with `staff.not_allowed`, `branch.reason_invalid`,
    /// `payments.not_found`, `payments.not_paid`, `payments.already_corrected`, `payments.correction_of_correction`.
    pub async fn correct(&self, session: &StaffSession, order: OrderNumber, reason: &str, key: &str) -> Result<Done> {
        self.inner.staff.allow(session, &act::CORRECT, &of_order(order)).await?;
        let facts = self.inner.payments.order_for_staff(order).await?;
        if let Some(refusal) = facts.correction_refusal() {
            return Err(refusal.into());
        }
        let work = Work::Correct { order: order.0 };
        self.proposed(session, &act::CORRECT, of_order(order), &work, reason, key).await
    }

    async fn applied(
        &self,
        session: &StaffSession,
        act: &Act,
        id: AccountId,
        reason: &str,
        work: impl Future<Output = Result<()>>,
    ) -> Result<Done> {
        self.with_reason(session, act, &of_account(id), reason, work).await?;
        Ok(Done::Applied)
    }

    /// Makes a proposal that a supervisor of the same branch decides.
    pub(crate) async fn proposed(
        &self,
        session: &StaffSession,
        act: &Act,
        subject: String,
        work: &Work,
        reason: &str,
        key: &str,
    ) -> Result<Done> {
        self.inner.staff.allow(session, act, &subject).await?;
        let proposal = NewProposal {
            key: key.to_owned(),
            kind: work.kind(),
            subject,
            payload: work.encode()?,
            reason: check_reason(reason)?,
            bank_wide: false,
            about: None,
            checkers: Roles::of(&[Role::Supervisor]),
        };
        Ok(Done::Proposed(self.inner.staff.propose(session, act, proposal).await?))
    }
}

/// What is unmasked with an account: its owner with all that is theirs; an organisation's account by itself.
fn whose(view: &AccountView) -> String {
    view.owner.as_ref().map_or_else(|| of_account(view.summary.account.id), |person| of_person(person.id))
}

pub(crate) fn of_account(id: AccountId) -> String {
    format!("account:{id}")
}

pub(crate) fn of_order(order: OrderNumber) -> String {
    format!("order:{order}")
}
