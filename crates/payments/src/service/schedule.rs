//! Transfers that the bank's clock starts: at most one payment for each day that is due, whatever breaks in between.

use crate::Payments;
use crate::model::channel::{Factor, PaymentKind};
use crate::model::instruction::{OrderNumber, PaymentInstruction};
use crate::model::schedule::{Schedule, ScheduleId, ScheduleState, schedule_command_id};
use crate::model::when::{DUE_HOUR, When};
use crate::service::submit::{PaymentResult, is_conflict};
use crate::service::transfer::by_customer;
use crate::store;
use crate::store::draft::StoredDraft;
use crate::store::schedule::StoredSchedule;
use accounts::AccountRef;
use kit::{BankDay, Error, Fault, Refusal, Result, Timestamp};
use ledger::EpochCheck;
use money::{Amount, Currency};
use notify::Notice;
use passport::Acting;

impl Payments {
    /// The customer's schedules, the newest first, those that are over too.
    pub async fn schedules(&self, who: &Acting) -> Result<Vec<Schedule>> {
        let stored = store::schedule::of_customer(&self.inner.db, who.customer).await?;
        let mut shown = Vec::with_capacity(stored.len());
        for schedule in stored {
            shown.push(self.shown_schedule(schedule).await?);
        }
        Ok(shown)
    }

    /// One schedule of the customer. Refuses with `payments.schedule_not_found`.
    pub async fn schedule(&self, who: &Acting, id: ScheduleId) -> Result<Schedule> {
        let mut tx = self.inner.db.begin_read().await?;
        let stored = store::schedule::by_id(&mut tx, id).await?;
        drop(tx);
        self.shown_schedule(own(stored, who)?).await
    }

    /// Stops a schedule; what was paid stays paid. Stopping what is over changes nothing. Refuses with
    /// `payments.schedule_not_found`.
    pub async fn cancel_schedule(&self, who: &Acting, id: ScheduleId) -> Result<Schedule> {
        let mut tx = self.inner.db.begin_write(&[store::schedule::lock(id).as_str()]).await?;
        own(store::schedule::by_id(&mut tx, id).await?, who)?;
        store::schedule::cancel(&mut tx, id).await?;
        tx.commit().await?;
        self.schedule(who, id).await
    }

    /// The schedule that a confirmed draft became, if it did.
    pub(crate) async fn schedule_of(&self, who: &Acting, draft: &StoredDraft) -> Result<Option<Schedule>> {
        match self.schedule(who, ScheduleId(draft.id.0)).await {
            Ok(schedule) => Ok(Some(schedule)),
            Err(Error::Refusal(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a draft a schedule, once however often it is asked.
    pub(crate) async fn start_schedule(&self, who: &Acting, draft: StoredDraft, factor: Factor) -> Result<Schedule> {
        let payer = self.account(draft.payer).await?;
        let currency = currency(payer.currency)?;
        self.inner.policy.check(draft.channel, factor, Amount::new(draft.amount_minor, currency))?;
        let (first, _) = draft.when.days();
        let first = first.ok_or_else(|| Fault::new("a schedule has no first day"))?;
        let id = ScheduleId(draft.id.0);
        let schedule = StoredSchedule {
            id,
            customer: draft.customer,
            person: draft.person,
            channel: draft.channel,
            factor,
            payer: draft.payer,
            payee: draft.payee,
            payee_by: draft.payee_by,
            payee_shown: draft.payee_shown,
            amount_minor: draft.amount_minor,
            memo: draft.memo,
            epoch: draft.epoch,
            when: draft.when,
            state: ScheduleState::Active,
            next: Some((first, self.due_at(first)?)),
            runs: 0,
            last_order: None,
            last_refusal: None,
        };
        store::schedule::insert(&self.inner.db, &schedule, self.inner.clock.now()).await?;
        self.schedule(who, id).await
    }

    /// Pays what is scheduled and due; gives how many were paid and how many refused.
    pub(crate) async fn run_schedules(&self, now: Timestamp) -> Result<(u64, u64)> {
        let (mut paid, mut refused) = (0, 0);
        for id in store::schedule::due(&self.inner.db, now).await? {
            match self.run_schedule(id, now).await? {
                Some(true) => paid += 1,
                Some(false) => refused += 1,
                None => {}
            }
        }
        Ok((paid, refused))
    }

    /// Pays one schedule for the day that is due. Days that were missed meanwhile are made up by this one payment. The
    /// lock keeps two runs, and a run and a cancelling, apart; the command keeps a second run after a crash from paying
    /// again.
    async fn run_schedule(&self, id: ScheduleId, now: Timestamp) -> Result<Option<bool>> {
        // Accounts are looked up before the lock is taken: they may have to wait for tables that the lock keeps still.
        let mut look = self.inner.db.begin_read().await?;
        let Some(schedule) = store::schedule::by_id(&mut look, id).await? else { return Ok(None) };
        drop(look);
        let (payer, payee) = (self.account(schedule.payer).await?, self.account(schedule.payee).await?);
        let shown = self.shown_payee(&payee, schedule.payee_by, schedule.payee_shown).await?;
        let mut tx = self.inner.db.begin_write(&[store::schedule::lock(id).as_str()]).await?;
        let Some(schedule) = store::schedule::by_id(&mut tx, id).await? else { return Ok(None) };
        let Some((day, at)) = schedule.next.filter(|_| schedule.state == ScheduleState::Active) else {
            return Ok(None);
        };
        if at > now {
            return Ok(None);
        }
        let result = self.pay_schedule(&schedule, (payer, payee), day, now).await?;
        let next = self.next_of(schedule.when, day, now)?;
        let code = result.refusal.as_ref().map(|refusal| refusal.code);
        store::schedule::ran(&mut tx, id, next, result.order, code).await?;
        let kind = if code.is_some() { "schedule_refused" } else { "schedule_paid" };
        let notice = Notice::new(kind)
            .with("amount_minor", schedule.amount_minor)
            .with("currency", currency(payer.currency)?.code())
            .with("payee", shown.name)
            .with("code", code.unwrap_or_default())
            .link(format!("/payments/{}", result.order))
            .key(format!("schedule/{id}/{}", day.0));
        notify::tell_in(&mut tx, &self.inner.ids, now, schedule.person.0, &notice).await?;
        tx.commit().await?;
        Ok(Some(result.is_paid()))
    }

    async fn pay_schedule(
        &self,
        schedule: &StoredSchedule,
        (payer, payee): (AccountRef, AccountRef),
        day: BankDay,
        now: Timestamp,
    ) -> Result<PaymentResult> {
        let id = schedule_command_id(schedule.id, day);
        let order = OrderNumber(self.inner.ids.next());
        let (kind, channel) = (PaymentKind::Transfer, schedule.channel);
        let base = PaymentInstruction::new(id, order, kind, channel, payer, payee, schedule.amount_minor, now);
        let base = by_customer(channel, schedule.factor, schedule.person, schedule.memo.clone())(base);
        let epoch = Some(EpochCheck { holder: payer.holder, epoch: schedule.epoch });
        let mut instruction = PaymentInstruction { epoch, ..base };
        // The proof was given when the schedule was made; each run counts among what such a proof has confirmed.
        instruction.more_limits = self.limits_of_factor(schedule.customer, schedule.factor, channel).await?;
        let submitted = match self.submit(&instruction) {
            Ok(submitted) => submitted.await,
            // What policy forbids by now is refused like what the ledger forbids; only being busy is no answer.
            Err(Error::Refusal(refusal)) if refusal.status != 503 => {
                let held = false;
                return Ok(PaymentResult {
                    order,
                    replayed: false,
                    sequence: 0,
                    position: 0,
                    refusal: Some(refusal),
                    held,
                });
            }
            Err(error) => return Err(error),
        };
        match submitted {
            Err(error) if is_conflict(&error) => Ok(self.decided(id).await?.ok_or(error)?.result),
            result => result,
        }
    }

    /// The next day that is still to come.
    fn next_of(&self, when: When, day: BankDay, now: Timestamp) -> Result<Option<(BankDay, Timestamp)>, Fault> {
        let yesterday = BankDay(self.inner.accounts.terms().calendar.day(now).0 - 1);
        let mut next = when.next_after(day.max(yesterday));
        if let Some(today) = next
            && self.due_at(today)? <= now
        {
            next = when.next_after(today);
        }
        next.map(|next| Ok((next, self.due_at(next)?))).transpose()
    }

    fn due_at(&self, day: BankDay) -> Result<Timestamp, Fault> {
        self.inner.accounts.terms().calendar.at_hour(day, DUE_HOUR)
    }

    async fn shown_schedule(&self, schedule: StoredSchedule) -> Result<Schedule> {
        let (payer, payee) = (self.account(schedule.payer).await?, self.account(schedule.payee).await?);
        Ok(Schedule {
            id: schedule.id,
            payer: payer.id,
            payer_tail: payer.number().map_or_else(String::new, accounts::AccountNumber::tail),
            payee: self.shown_payee(&payee, schedule.payee_by, schedule.payee_shown).await?,
            amount: Amount::new(schedule.amount_minor, currency(payer.currency)?),
            memo: schedule.memo,
            when: schedule.when,
            state: schedule.state,
            next: schedule.next.map(|(_, at)| at),
            runs: schedule.runs,
            last_order: schedule.last_order,
            last_refusal: schedule.last_refusal,
        })
    }
}

fn own(schedule: Option<StoredSchedule>, who: &Acting) -> Result<StoredSchedule, Refusal> {
    let own = schedule.filter(|schedule| schedule.customer == who.customer);
    own.ok_or_else(|| Refusal::new("payments.schedule_not_found", 404))
}

pub(crate) fn currency(numeric: u16) -> Result<Currency, Fault> {
    Currency::from_numeric(numeric).ok_or_else(|| Fault::new(format!("no currency has the number {numeric}")))
}
