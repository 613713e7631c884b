//! What goes between banks, as the bank's own people see and mend it: payments on their way, cases, settlement days.

use crate::model::act;
use crate::model::work::Work;
use crate::service::account::of_order;
use crate::service::customer::check_reason;
use crate::{Desk, Done};
use kit::{BankDay, Refusal, Result};
use payments::{
    Case, CaseId, ClearingPosition, InTransit, InterbankList, OrderFacts, OrderNumber, OtherSide, ReasonCode,
    ReconciledDay, Reconciliation, Story,
};
use staff::StaffSession;

/// Days that a list shows.
pub(crate) const DAYS_SHOWN: u16 = 31;
/// Lines of a statement that a page shows.
pub const LINES_SHOWN: usize = 100;
/// Most characters of what proves a decision.
const EVIDENCE_MAX: usize = 150;

/// Why money that came in is given back: codes of ISO 20022's external code set that fit.
pub const RETURN_CODES: [&str; 7] = ["AC04", "AC06", "AM05", "BE01", "CUST", "FR01", "MS03"];

/// Where the bank stands between banks.
#[derive(Debug, Clone)]
pub struct ClearingView {
    /// What is owed, and what is on its way.
    pub position: ClearingPosition,
    /// The newest day that was compared with its statement.
    pub last: Option<Reconciliation>,
}

/// One payment between banks as staff see it.
#[derive(Debug, Clone)]
pub struct InterbankView {
    /// It, with every message about it, names masked.
    pub story: Story,
    /// The same in the books; none as long as no money was set aside.
    pub facts: Option<OrderFacts>,
    /// Whether it came in and can be given back.
    pub is_returnable: bool,
    /// Whether its end is overdue, so that two people may end it.
    pub is_stuck: bool,
}

/// What is to be done by hand about a payment that is stuck, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct ByHandForm {
    /// The day of settlement, `2026-11-21`; for a settlement alone.
    pub day: String,
    /// What proves it.
    pub evidence: String,
    /// Why.
    pub reason: String,
    /// Names the form, so that what is sent twice is done once.
    pub key: String,
}

impl Desk {
    /// Where the bank stands between banks. Refuses with `staff.not_allowed`.
    pub async fn clearing(&self, session: &StaffSession) -> Result<ClearingView> {
        self.inner.staff.looked(session, &act::CLEARING, "", "").await?;
        let last = self.inner.payments.reconciled_days(None, 1).await?;
        Ok(ClearingView { position: self.inner.payments.clearing_position().await?, last: last.into_iter().next() })
    }

    /// Payments between banks, masked. Refuses with `staff.not_allowed`.
    pub async fn interbank(&self, session: &StaffSession, list: InterbankList) -> Result<Vec<InTransit>> {
        self.inner.staff.allow(session, &act::CLEARING, "").await?;
        Ok(self.inner.payments.interbank_list(list).await?)
    }

    /// Finds a payment between banks by its order number or by what names it for all banks. Refuses with
    /// `staff.not_allowed`, `payments.not_found`.
    pub async fn find_interbank(&self, session: &StaffSession, text: &str) -> Result<OrderNumber> {
        self.inner.staff.allow(session, &act::CLEARING, "").await?;
        let text = text.trim();
        if let Ok(order) = OrderNumber::parse(text)
            && self.inner.payments.other_side(order).await.is_ok()
        {
            return Ok(order);
        }
        self.inner.payments.interbank_by_transaction(text).await
    }

    /// One payment between banks with its story, masked. Refuses with `staff.not_allowed`, `payments.not_found`.
    pub async fn interbank_payment(&self, session: &StaffSession, order: OrderNumber) -> Result<InterbankView> {
        self.inner.staff.looked(session, &act::CLEARING, &of_order(order), "").await?;
        self.interbank_view(order).await
    }

    /// The same for a page on the way to something that is written down by itself.
    pub(crate) async fn interbank_view(&self, order: OrderNumber) -> Result<InterbankView> {
        let payments = &self.inner.payments;
        let facts = payments.order_for_staff(order).await.ok();
        Ok(InterbankView {
            story: payments.interbank_story(order).await?,
            facts,
            is_returnable: payments.return_refusal(order).await?.is_none(),
            is_stuck: payments.by_hand_refusal(order).await?.is_none(),
        })
    }

    /// Whether an order goes between banks and may be looked at there.
    pub(crate) async fn sees_interbank(&self, session: &StaffSession, order: OrderNumber) -> bool {
        session.may(&act::CLEARING) && self.inner.payments.other_side(order).await.is_ok()
    }

    /// Name and account of the other side whole, for a reason. Refuses with `staff.not_allowed`, `branch.reason_invalid`,
    /// `payments.not_found`.
    pub async fn reveal_interbank(
        &self,
        session: &StaffSession,
        order: OrderNumber,
        reason: &str,
    ) -> Result<OtherSide> {
        let work = self.inner.payments.other_side(order);
        self.with_reason(session, &act::CLEARING_REVEAL, &of_order(order), reason, work).await
    }

    /// Asks the network about a payment now. Refuses with `staff.not_allowed`, `payments.not_found`,
    /// `payments.interbank_over`.
    pub async fn enquire(&self, session: &StaffSession, order: OrderNumber) -> Result<()> {
        let work = self.inner.payments.enquire(order);
        self.inner.staff.acting(session, &act::ENQUIRE, &of_order(order), "", work).await
    }

    /// Proposes that money that came in is given back. Refuses with `staff.not_allowed`, `branch.code_unknown`,
    /// `branch.reason_invalid`, `payments.not_found`, `payments.not_returnable`, `payments.returned_already`.
    pub async fn give_back(
        &self,
        session: &StaffSession,
        order: OrderNumber,
        code: &str,
        reason: &str,
        key: &str,
    ) -> Result<Done> {
        self.inner.staff.allow(session, &act::CLEARING_RETURN, &of_order(order)).await?;
        if !RETURN_CODES.contains(&code) {
            return Err(Refusal::new("branch.code_unknown", 422).with("field", "code").into());
        }
        if let Some(refusal) = self.inner.payments.return_refusal(order).await? {
            return Err(refusal.into());
        }
        let code = ReasonCode::read(code).text().to_owned();
        let amount_minor = self.inner.payments.other_side(order).await?.amount.minor;
        let work = Work::GiveBack { order: order.0, amount_minor, code };
        self.proposed(session, &act::CLEARING_RETURN, of_order(order), &work, reason, key).await
    }

    /// Proposes that a payment whose end is overdue is booked as settled. Refuses with `staff.not_allowed`,
    /// `branch.reason_invalid`, `branch.evidence_invalid`, `payments.not_found`, `payments.not_stuck`, `payments.interbank_over`,
    /// `payments.settlement_day_invalid`.
    pub async fn settle_by_hand(&self, session: &StaffSession, order: OrderNumber, form: &ByHandForm) -> Result<Done> {
        self.inner.staff.allow(session, &act::CLEARING_SETTLE, &of_order(order)).await?;
        let evidence = self.evidence(order, form).await?;
        let day = BankDay::from_iso(form.day.trim());
        let day = day.ok_or_else(|| Refusal::new("payments.settlement_day_invalid", 422).with("field", "day"))?;
        let amount_minor = self.inner.payments.other_side(order).await?.amount.minor;
        let work = Work::Settle { order: order.0, amount_minor, day: day.0, evidence };
        self.proposed(session, &act::CLEARING_SETTLE, of_order(order), &work, &form.reason, &form.key).await
    }

    /// Proposes that the money of a payment whose end is overdue is given back. Refuses as
    /// [`settle_by_hand`](Self::settle_by_hand) does.
    pub async fn release_by_hand(&self, session: &StaffSession, order: OrderNumber, form: &ByHandForm) -> Result<Done> {
        self.inner.staff.allow(session, &act::CLEARING_RELEASE, &of_order(order)).await?;
        let evidence = self.evidence(order, form).await?;
        let amount_minor = self.inner.payments.other_side(order).await?.amount.minor;
        let work = Work::Release { order: order.0, amount_minor, evidence };
        self.proposed(session, &act::CLEARING_RELEASE, of_order(order), &work, &form.reason, &form.key).await
    }

    /// Checks that a payment may be ended by hand, and what is to prove it.
    async fn evidence(&self, order: OrderNumber, form: &ByHandForm) -> Result<String> {
        if let Some(refusal) = self.inner.payments.by_hand_refusal(order).await? {
            return Err(refusal.into());
        }
        let evidence = form.evidence.trim();
        let length = evidence.chars().count();
        if length == 0 || length > EVIDENCE_MAX || evidence.contains(char::is_control) {
            return Err(Refusal::new("branch.evidence_invalid", 422).with("field", "evidence").into());
        }
        Ok(evidence.to_owned())
    }

    /// Cases, the open ones or the closed ones. Refuses with `staff.not_allowed`.
    pub async fn cases(&self, session: &StaffSession, open: bool) -> Result<Vec<Case>> {
        self.inner.staff.looked(session, &act::CLEARING, "cases", "").await?;
        Ok(self.inner.payments.cases(open).await?)
    }

    /// One case. Refuses with `staff.not_allowed`, `payments.not_found`.
    pub async fn case(&self, session: &StaffSession, id: CaseId) -> Result<Case> {
        self.inner.staff.looked(session, &act::CLEARING, &of_case(id), "").await?;
        self.inner.payments.case(id).await
    }

    /// Closes a case with what was done. Refuses with `staff.not_allowed`, `branch.reason_invalid`, `payments.not_found`,
    /// `payments.case_closed`.
    pub async fn close_case(&self, session: &StaffSession, id: CaseId, note: &str) -> Result<Case> {
        self.inner.staff.allow(session, &act::CASE_CLOSE, &of_case(id)).await?;
        let note = check_reason(note)?;
        let work = self.inner.payments.close_case(id, &session.member.number, &note);
        self.inner.staff.acting(session, &act::CASE_CLOSE, &of_case(id), &note, work).await
    }

    /// Settlement days that were compared, before one or the newest. Refuses with `staff.not_allowed`.
    pub async fn days(&self, session: &StaffSession, before: Option<BankDay>) -> Result<Vec<Reconciliation>> {
        self.inner.staff.looked(session, &act::CLEARING, "days", "").await?;
        Ok(self.inner.payments.reconciled_days(before, DAYS_SHOWN).await?)
    }

    /// A settlement day with its differences, and lines of its statement. Refuses with `staff.not_allowed`,
    /// `payments.not_found`.
    pub async fn day(&self, session: &StaffSession, day: BankDay, skip: usize) -> Result<ReconciledDay> {
        self.inner.staff.looked(session, &act::CLEARING, &of_day(day), "").await?;
        self.inner.payments.reconciled_day(day, skip, LINES_SHOWN).await
    }

    /// Compares a day with its statement once more. Refuses with `staff.not_allowed`, `payments.statement_missing`,
    /// `payments.statement_unusable`.
    pub async fn reconcile(&self, session: &StaffSession, day: BankDay) -> Result<Reconciliation> {
        let work = self.inner.payments.reconcile(day);
        self.inner.staff.acting(session, &act::RECONCILE, &of_day(day), "", work).await
    }
}

fn of_case(id: CaseId) -> String {
    format!("case:{id}")
}

fn of_day(day: BankDay) -> String {
    format!("day:{}", day.iso())
}
