//! What happens to an account in its life: frozen, lost, dormant, closed, and back where there is a way back.

use crate::model::account::{AccountRef, AccountSummary, Movement};
use crate::model::restriction::{AccountEvent, EventKind, FreezeScope, Restrictions};
use crate::model::statement::DaySums;
use crate::service::class::{not_found, one_of};
use crate::service::ledger_error;
use crate::store::account::StoredAccount;
use crate::{Accounts, store};
use kit::{BankDay, Refusal, Result};
use ledger::{AccountId, Action};
use money::Amount;
use passport::{Acting, CustomerId};

/// Most characters of a reason, and of the name of who decided.
const REASON_MAX: usize = 200;
/// Accounts looked at in one go for dormancy.
const SWEEP: u32 = 500;
const DAY_MS: i64 = 86_400_000;

/// Whose hand it is.
#[derive(Clone, Copy)]
struct Hand<'a> {
    /// None is the owner, or the bank's clock.
    staff: Option<&'a str>,
    reason: &'a str,
}

const OWNER: Hand<'static> = Hand { staff: None, reason: "" };

impl Accounts {
    /// Freezes an account by decision of a member of staff, or changes how far it is frozen.
    ///
    /// Refuses with `accounts.not_found`, `accounts.closed`, `accounts.reason_invalid`.
    pub async fn freeze(&self, by: &str, id: AccountId, scope: FreezeScope, reason: &str) -> Result<()> {
        let hand = by_staff(by, reason)?;
        let customer = self.customer_of(id).await?;
        let freeze =
            |now: Restrictions| Restrictions { staff_debits: true, staff_credits: scope == FreezeScope::Both, ..now };
        self.restrict(customer, id, EventKind::Frozen, hand, freeze).await
    }

    /// Ends a freeze by staff; a report of loss or dormancy stays. Refuses as [`Accounts::freeze`] does.
    pub async fn unfreeze(&self, by: &str, id: AccountId, reason: &str) -> Result<()> {
        let hand = by_staff(by, reason)?;
        let customer = self.customer_of(id).await?;
        let thaw = |now: Restrictions| Restrictions { staff_debits: false, staff_credits: false, ..now };
        self.restrict(customer, id, EventKind::Unfrozen, hand, thaw).await
    }

    /// Its owner reports that somebody else may be able to use it: nothing leaves it from here on.
    ///
    /// Refuses with `accounts.not_found`, `accounts.closed`.
    pub async fn report_loss(&self, who: &Acting, id: AccountId) -> Result<()> {
        self.own(who, id).await?;
        self.restrict(who.customer, id, EventKind::Lost, OWNER, |now| Restrictions { lost: true, ..now }).await
    }

    /// Its owner has it back. Refuses as [`Accounts::report_loss`] does.
    pub async fn lift_loss(&self, who: &Acting, id: AccountId) -> Result<()> {
        self.own(who, id).await?;
        self.restrict(who.customer, id, EventKind::Found, OWNER, |now| Restrictions { lost: false, ..now }).await
    }

    /// A member of staff lifts the report of loss for its owner. Refuses as [`Accounts::freeze`] does.
    pub async fn lift_loss_at_counter(&self, by: &str, id: AccountId, reason: &str) -> Result<()> {
        let hand = by_staff(by, reason)?;
        let customer = self.customer_of(id).await?;
        self.restrict(customer, id, EventKind::Found, hand, |now| Restrictions { lost: false, ..now }).await
    }

    /// Its owner wakes a dormant account. Refuses as [`Accounts::report_loss`] does.
    pub async fn wake(&self, who: &Acting, id: AccountId) -> Result<()> {
        self.own(who, id).await?;
        self.restrict(who.customer, id, EventKind::Woken, OWNER, |now| Restrictions { dormant: false, ..now }).await
    }

    /// A member of staff wakes it for its owner. Refuses as [`Accounts::freeze`] does.
    pub async fn wake_at_counter(&self, by: &str, id: AccountId, reason: &str) -> Result<()> {
        let hand = by_staff(by, reason)?;
        let customer = self.customer_of(id).await?;
        self.restrict(customer, id, EventKind::Woken, hand, |now| Restrictions { dormant: false, ..now }).await
    }

    /// A member of staff reports its loss for its owner. Refuses as [`Accounts::freeze`] does.
    pub async fn report_loss_at_counter(&self, by: &str, id: AccountId, reason: &str) -> Result<()> {
        let hand = by_staff(by, reason)?;
        let customer = self.customer_of(id).await?;
        self.restrict(customer, id, EventKind::Lost, hand, |now| Restrictions { lost: true, ..now }).await
    }

    /// Lets people's accounts go dormant that were opened, woken and last moved longer ago than so many days. To be called
    /// about daily; gives how many went dormant.
    pub async fn mark_dormant(&self, after_days: u32) -> Result<u32> {
        self.must_be_up_to_date().await?;
        let since = self.inner.clock.now().plus_ms(-i64::from(after_days) * DAY_MS);
        let (mut after, mut marked) = (-1, 0);
        loop {
            let still = store::account::still(&self.inner.db, after, since, SWEEP).await?;
            let Some(last) = still.last() else { return Ok(marked) };
            after = last.0 as i64;
            for id in still {
                let customer = self.customer_of(id).await?;
                let sleep = |now: Restrictions| Restrictions { dormant: true, ..now };
                match self.restrict(customer, id, EventKind::Dormant, OWNER, sleep).await {
                    Ok(()) => marked += 1,
                    // Its owner closed it meanwhile.
                    Err(kit::Error::Refusal(refusal)) if refusal.code == "accounts.closed" => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// Its owner closes it for ever. Asking again is harmless.
    ///
    /// Refuses with `accounts.not_found`, `accounts.frozen`, and with `accounts.not_empty` unless balance and holds are
    /// zero.
    pub async fn close(&self, who: &Acting, id: AccountId) -> Result<()> {
        self.own(who, id).await?;
        self.close_by(who.customer, id, OWNER).await
    }

    /// A member of staff closes it for its owner. Refuses as [`Accounts::close`] does, and with
    /// `accounts.reason_invalid`.
    pub async fn close_at_counter(&self, by: &str, id: AccountId, reason: &str) -> Result<()> {
        let hand = by_staff(by, reason)?;
        let customer = self.customer_of(id).await?;
        self.close_by(customer, id, hand).await
    }

    async fn close_by(&self, customer: CustomerId, id: AccountId, hand: Hand<'_>) -> Result<()> {
        let _door = self.inner.doors.enter(customer).await;
        let theirs = self.all_of(customer).await?;
        let stored = one_of(&theirs, id)?;
        if stored.closed.is_some() {
            return Ok(());
        }
        let now = stored.restrictions;
        if now.staff_debits || now.staff_credits || now.lost {
            return Err(Refusal::new("accounts.frozen", 409).into());
        }
        let view = self.inner.ledger.account(id).await.map_err(ledger_error)?.ok_or_else(not_found)?;
        let held = view.debits_pending + view.credits_pending;
        if view.balance() != 0 || held != 0 {
            let refusal = Refusal::new("accounts.not_empty", 409);
            return Err(refusal.with("balance_minor", view.balance()).with("held_minor", held).into());
        }
        let action = Action::CloseAccount { account: id };
        self.change(stored, EventKind::Closed, hand.staff, hand.reason, action, Vec::new()).await
    }

    /// Changes what stands against movements. Nothing happens when it stands so already.
    async fn restrict(
        &self,
        customer: CustomerId,
        id: AccountId,
        kind: EventKind,
        hand: Hand<'_>,
        change: impl FnOnce(Restrictions) -> Restrictions,
    ) -> Result<()> {
        let _door = self.inner.doors.enter(customer).await;
        let theirs = self.all_of(customer).await?;
        let stored = one_of(&theirs, id)?;
        if stored.closed.is_some() {
            return Err(Refusal::new("accounts.closed", 409).into());
        }
        let restrictions = change(stored.restrictions);
        if restrictions == stored.restrictions {
            return Ok(());
        }
        let after = StoredAccount { restrictions, ..stored.clone() };
        let (debits, credits) = (restrictions.stops_debits(), restrictions.stops_credits());
        let action = Action::SetFreeze { account: id, debits, credits };
        self.change(&after, kind, hand.staff, hand.reason, action, Vec::new()).await
    }

    /// What happened to an account since it was opened, oldest first, for its owner. Refuses with `accounts.not_found`.
    pub async fn events(&self, who: &Acting, id: AccountId) -> Result<Vec<AccountEvent>> {
        self.own(who, id).await?;
        let mut events = self.events_for_staff(id).await?;
        for event in &mut events {
            // Who it was and why is between the bank and those who asked for it.
            (event.by, event.reason) = (None, String::new());
        }
        Ok(events)
    }

    /// What happened to an account, with who did it and why.
    pub async fn events_for_staff(&self, id: AccountId) -> Result<Vec<AccountEvent>> {
        self.fresh().await;
        Ok(store::account::events(&self.inner.db, id).await?)
    }

    /// All accounts of a customer, closed ones too, for staff.
    pub async fn of_customer(&self, customer: CustomerId) -> Result<Vec<AccountSummary>> {
        self.fresh().await;
        let stored = store::account::of_customer(&self.inner.db, customer).await?;
        self.with_balances(stored).await
    }

    /// One account, for staff.
    pub async fn summary(&self, id: AccountId) -> Result<Option<AccountSummary>> {
        self.fresh().await;
        let stored = store::account::by_id(&self.inner.db, id).await?;
        Ok(self.with_balances(stored.into_iter().collect()).await?.pop())
    }

    /// The newest movements of an account, the bank's own included, for staff; at most 100.
    pub async fn movements_for_staff(&self, id: AccountId, limit: u32) -> Result<Vec<Movement>> {
        self.fresh().await;
        Ok(store::movement::page(&self.inner.db, id, None, limit.clamp(1, 100)).await?)
    }

    /// What went into and out of an account on one bank day, the bank's own included, for staff.
    pub async fn day_sums(&self, id: AccountId, day: BankDay) -> Result<DaySums> {
        self.fresh().await;
        let days = store::movement::days(&self.inner.db, id, day).await?;
        let [in_minor, in_count, out_minor, out_count] =
            days.into_iter().find(|(of, _)| *of == day).map_or([0; 4], |(_, sums)| sums);
        Ok(DaySums { in_minor, in_count, out_minor, out_count })
    }

    /// What stands on an account now, the bank's own included, for staff. Refuses with `accounts.not_found`.
    pub async fn balance_for_staff(&self, account: &AccountRef) -> Result<Amount> {
        let view = self.inner.ledger.account(account.id).await.map_err(ledger_error)?.ok_or_else(not_found)?;
        Ok(Amount::new(view.balance(), super::view::currency(account.currency)?))
    }

    /// How many accounts of a customer are open.
    pub async fn open_count(&self, customer: CustomerId) -> Result<i64> {
        let all = self.of_customer(customer).await?;
        Ok(all.iter().filter(|account| !account.closed).count() as i64)
    }

    /// Whose account it is. The bank's own are nobody's. Refuses with `accounts.not_found`.
    async fn customer_of(&self, id: AccountId) -> Result<CustomerId> {
        let customer = self.by_id(id).await?.and_then(|account| account.customer);
        customer.ok_or_else(|| not_found().into())
    }
}

/// A relationship with the bank ends only when no account is open.
impl passport::AccountsPort for Accounts {
    fn open_accounts(&self, customer: CustomerId) -> passport::OpenAccounts<'_> {
        Box::pin(async move {
            self.open_count(customer).await.map_err(|error| match error {
                kit::Error::Fault(fault) => fault,
                kit::Error::Refusal(refusal) => kit::Fault::new(format!("accounts could not be counted: {refusal}")),
            })
        })
    }
}

/// A decision of a member of staff has a name and a reason. Refuses with `accounts.reason_invalid`.
fn by_staff<'a>(by: &'a str, reason: &'a str) -> Result<Hand<'a>, Refusal> {
    let (by, reason) = (by.trim(), reason.trim());
    let sane = |text: &str| !text.is_empty() && text.chars().count() <= REASON_MAX && !text.contains(char::is_control);
    if !sane(reason) || !sane(by) {
        let refusal = Refusal::new("accounts.reason_invalid", 422);
        return Err(refusal.with("field", "reason").with("most", REASON_MAX as i64));
    }
    Ok(Hand { staff: Some(by), reason })
}
