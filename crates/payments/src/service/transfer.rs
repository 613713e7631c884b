//! A transfer that was written: looking at it, the code for it, and confirming it.

use crate::model::channel::{Channel, Factor, PaymentKind};
use crate::model::draft::{Draft, DraftId, Payee};
use crate::model::elsewhere::tail;
use crate::model::hold::{DELAY_MS, HoldReason, HoldTerms, INVITATION_MS};
use crate::model::instruction::{OrderNumber, PaymentInstruction, draft_command_id};
use crate::model::order::OrderState;
use crate::model::receipt::Receipt;
use crate::model::schedule::Schedule;
use crate::model::when::When;
use crate::service::invite::nameless;
use crate::service::payee::initial;
use crate::service::schedule::currency;
use crate::service::submit::{Decided, is_conflict};
use crate::store::draft::StoredDraft;
use crate::{Payments, store};
use accounts::{AccountNumber, AccountRef, AccountSummary};
use kit::{Error, Fault, Refusal, Result, Timestamp};
use ledger::EpochCheck;
use money::Amount;
#[cfg(doc)]
use passport::Passport;
use passport::{Acting, Challenge, DeviceQuestion, FactorId, PaymentSubject, PersonId, Proof, Subject, Visitor};

/// What a confirmed transfer has become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// The money has moved.
    Paid(Receipt),
    /// The money waits.
    Held(Receipt),
    /// The bank's clock will start it.
    Scheduled(Schedule),
}

impl Payments {
    /// A draft of the customer for whom somebody acts. Refuses with `payments.draft_not_found`.
    pub async fn draft(&self, who: &Acting, id: DraftId) -> Result<Draft> {
        let draft = self.own_draft(who, id).await?;
        let payer = self.inner.accounts.view(who, draft.payer).await?;
        self.shown_draft(draft, payer).await
    }

    /// Does with a draft what it wishes, once however often it is asked: pays it, sets its money aside, or keeps it as a
    /// schedule. Every later call gives the first one's answer.
    ///
    /// Refuses with `payments.draft_not_found`, `payments.draft_expired`, by policy, and for every reason of the ledger.
    /// With a proof that was asked for this draft it is proven by that. Refuses also with `payments.code_needed` where policy
    /// asks for one, and as [`Passport::prove`] does. What is done already is told whatever the proof.
    pub async fn confirm_with(&self, who: &Acting, id: DraftId, proof: Option<&Proof>) -> Result<Confirmed> {
        match self.confirm_draft(who, id, proof).await {
            Err(Error::Refusal(refusal)) => {
                let refusal = self.explained_draft(who, id, refusal).await?;
                self.note_payment(who, id, Err(refusal.into())).await
            }
            answer => answer,
        }
    }

    async fn confirm_draft(&self, who: &Acting, id: DraftId, proof: Option<&Proof>) -> Result<Confirmed> {
        let draft = self.own_draft(who, id).await?;
        if draft.when.is_scheduled() {
            if let Some(schedule) = self.schedule_of(who, &draft).await? {
                return Ok(Confirmed::Scheduled(schedule));
            }
            if self.inner.clock.now() >= draft.expires {
                return Err(Refusal::new("payments.draft_expired", 410).into());
            }
            let mut draft = draft;
            let factor = self.proven_by(who, &mut draft, proof).await?;
            return self.start_schedule(who, draft, factor).await.map(Confirmed::Scheduled);
        }
        let receipt = self.pay_draft(who, draft, proof).await?;
        Ok(match receipt.state {
            OrderState::Held => Confirmed::Held(receipt),
            _ => Confirmed::Paid(receipt),
        })
    }

    /// Asks the payer to prove this draft by one factor: a text that names payee and amount, a question for a token, a text to
    /// be signed. Refuses with `payments.draft_not_found`, `payments.draft_expired`, and as [`Passport::ask_proof`] does.
    pub async fn ask_proof(
        &self,
        visitor: &Visitor,
        who: &Acting,
        id: DraftId,
        factor: Factor,
        holding: Option<FactorId>,
        device: &str,
    ) -> Result<Challenge> {
        let draft = self.own_draft(who, id).await?;
        if self.inner.clock.now() >= draft.expires {
            return Err(Refusal::new("payments.draft_expired", 410).into());
        }
        let subject = self.subject(&draft).await?;
        let channel = self.inner.passport.channel_of(who, &subject, device).await?;
        self.inner.passport.ask_proof(visitor, who, channel, &subject, factor, holding).await
    }

    /// What was asked last for this draft, if it can still be answered. Refuses with `payments.draft_not_found`.
    pub async fn asked(&self, who: &Acting, id: DraftId) -> Result<Option<Challenge>> {
        let draft = self.own_draft(who, id).await?;
        let subject = self.subject(&draft).await?;
        // A bound device may have signed when it was asked, or not.
        match self.inner.passport.asked(who, Channel::Mobile, &subject).await? {
            Some(asked) => Ok(Some(asked)),
            None => self.inner.passport.asked(who, draft.channel, &subject).await,
        }
    }

    /// What the bound device of this session signs so that this payment comes from it; none in any other browser. Refuses
    /// with `payments.draft_not_found`.
    pub async fn device_question(&self, who: &Acting, id: DraftId) -> Result<Option<DeviceQuestion>> {
        let draft = self.own_draft(who, id).await?;
        let subject = self.subject(&draft).await?;
        self.inner.passport.device_question(who, &subject).await
    }

    /// What a proof of this draft stands for: with any other payee, amount, currency or draft it is dead.
    pub(crate) async fn subject(&self, draft: &StoredDraft) -> Result<Subject> {
        let (payer, payee) = (self.account(draft.payer).await?, self.account(draft.payee).await?);
        let shown = self.draft_payee(draft).await?;
        let number = payer.number();
        Ok(Subject::Payment(PaymentSubject {
            draft: draft.id.0,
            payee: if draft.invited.is_some() || draft.elsewhere.is_some() { 0 } else { payee.id.0 as i64 },
            payee_shown: shown.name,
            payee_tail: shown.tail,
            amount: Amount::new(draft.amount_minor, currency(payer.currency)?),
            account_tail: number.map_or_else(String::new, AccountNumber::long_tail),
            later: draft.when.later(),
        }))
    }

    /// What proves that the owner wants this draft; the channel becomes that of the device which proved itself.
    async fn proven_by(&self, who: &Acting, draft: &mut StoredDraft, proof: Option<&Proof>) -> Result<Factor> {
        match proof {
            Some(proof) => {
                let subject = self.subject(draft).await?;
                draft.channel = self.inner.passport.channel_of(who, &subject, &proof.device).await?;
                self.inner.passport.prove(who, draft.channel, &subject, proof).await
            }
            None if self.needs_code(draft.channel) => {
                Err(Refusal::new("payments.code_needed", 403).with("field", "answer").into())
            }
            None => Ok(Factor::Password),
        }
    }

    pub(crate) async fn pay_draft(
        &self,
        who: &Acting,
        mut draft: StoredDraft,
        proof: Option<&Proof>,
    ) -> Result<Receipt> {
        let command = draft_command_id(draft.id.0);
        let payer = self.inner.accounts.payer(who, draft.payer).await?;
        let payee = self.account(draft.payee).await?;
        let now = self.inner.clock.now();
        let is_late = now >= draft.expires;
        // What was paid in time stays paid, also for who asks again later or with another code. Where nothing but the ledger
        // is touched on the way, it says so itself: it decides a command once.
        let touches_more = proof.is_some()
            || self.needs_code(draft.channel)
            || draft.request.is_some()
            || draft.invited.is_some()
            || draft.elsewhere.is_some();
        if (is_late || touches_more)
            && let Some(decided) = self.decided(command).await?
        {
            return self.confirmed(who, &draft, payer, payee, decided).await;
        }
        if is_late {
            return Err(Refusal::new("payments.draft_expired", 410).into());
        }
        let factor = self.proven_by(who, &mut draft, proof).await?;
        let mut instruction = self.instruction(&draft, factor, payer, payee, now)?;
        instruction.more_limits = self.limits_of_factor(draft.customer, factor, draft.channel).await?;
        if let Some(request) = draft.request {
            store::request::answered(&self.inner.db, draft.order, request, draft.amount_minor).await?;
        }
        if let Some(mobile) = &draft.invited {
            // Before the money is set aside, so that it is never without somebody for whom it waits.
            self.keep_invitation(&draft, mobile, now).await?;
        }
        if let Some(to) = &draft.elsewhere {
            self.keep_elsewhere(&draft, to, now).await?;
        }
        let submitted = match self.submit(&instruction) {
            Ok(submitted) => submitted,
            // The table of channels may have been made stricter since it was paid.
            Err(error) if !touches_more && !is_busy(&error) => {
                let decided = self.decided(command).await?.ok_or(error)?;
                return self.confirmed(who, &draft, payer, payee, decided).await;
            }
            Err(error) => return Err(error),
        };
        match submitted.await {
            Ok(result) if result.replayed => {
                let decided = self.decided(command).await?.ok_or_else(|| Fault::new("a decided payment is gone"))?;
                self.confirmed(who, &draft, payer, payee, decided).await
            }
            Ok(result) => match &result.refusal {
                None => {
                    if draft.elsewhere.is_some() {
                        self.wake_interbank(draft.order);
                    }
                    self.fresh_receipt(who, &instruction, &result).await
                }
                Some(refusal) => Err(with_order(refusal.clone(), draft.order).into()),
            },
            Err(error) if is_conflict(&error) => {
                let decided = self.decided(command).await?.ok_or(error)?;
                self.confirmed(who, &draft, payer, payee, decided).await
            }
            Err(error) => Err(error),
        }
    }

    /// Forgets drafts that expired more than a day ago, looks for payees that no longer count, and cards that were being
    /// bound; to be called about daily.
    pub async fn sweep(&self) -> Result<(), Fault> {
        let before = self.inner.clock.now().plus_ms(-24 * 3_600_000);
        store::draft::sweep(&self.inner.db, before).await?;
        self.sweep_looks().await?;
        self.sweep_card_checks().await
    }

    async fn confirmed(
        &self,
        who: &Acting,
        draft: &StoredDraft,
        payer: AccountRef,
        payee: AccountRef,
        decided: Decided,
    ) -> Result<Receipt> {
        match decided.result.refusal {
            Some(refusal) => Err(with_order(refusal, draft.order).into()),
            // What waited may have ended since: the tables know.
            None if decided.result.held => {
                self.inner.accounts.fresh().await;
                self.receipt(who, draft.order).await
            }
            None => {
                let factor = decided.document.factor;
                let instruction = self.instruction(draft, factor, payer, payee, decided.time)?;
                self.fresh_receipt(who, &instruction, &decided.result).await
            }
        }
    }

    pub(crate) async fn own_draft(&self, who: &Acting, id: DraftId) -> Result<StoredDraft> {
        let draft = store::draft::of_customer(&self.inner.db, id, who.customer).await?;
        draft.ok_or_else(|| Refusal::new("payments.draft_not_found", 404).into())
    }

    pub(crate) async fn shown_draft(&self, draft: StoredDraft, payer: AccountSummary) -> Result<Draft> {
        let payee = self.draft_payee(&draft).await?;
        let currency = payer.balance.currency;
        Ok(Draft {
            id: draft.id,
            order: draft.order,
            payer,
            payee,
            payee_text: draft.payee_text,
            amount: Amount::new(draft.amount_minor, currency),
            fee: Amount::zero(currency),
            memo: draft.memo,
            expires: draft.expires,
            when: draft.when,
            is_invitation: draft.invited.is_some(),
            elsewhere: draft.elsewhere.as_ref().map(|to| self.shown_elsewhere(to)).transpose()?,
            needs_code: self.needs_code(draft.channel),
        })
    }

    /// The payee of a draft as the payer sees them; who is invited has no name yet but the number.
    async fn draft_payee(&self, draft: &StoredDraft) -> Result<Payee, Fault> {
        let shown = draft.payee_shown.clone();
        if let Some(to) = &draft.elsewhere {
            let (name, by) = (to.name.clone(), draft.payee_by);
            return Ok(Payee { initial: initial(&name), name, tail: tail(&to.account), by, shown });
        }
        match draft.invited {
            Some(_) => Ok(nameless(shown)),
            None => self.shown_payee(&self.account(draft.payee).await?, draft.payee_by, shown).await,
        }
    }

    /// The payment that a draft is.
    fn instruction(
        &self,
        draft: &StoredDraft,
        factor: Factor,
        payer: AccountRef,
        payee: AccountRef,
        time: Timestamp,
    ) -> Result<PaymentInstruction> {
        let id = draft_command_id(draft.id.0);
        let by_customer = by_customer(draft.channel, factor, draft.person, draft.memo.clone());
        let epoch = Some(EpochCheck { holder: payer.holder, epoch: draft.epoch });
        let kind = if draft.elsewhere.is_some() { PaymentKind::InterbankOut } else { PaymentKind::Transfer };
        let (order, channel, amount_minor) = (draft.order, draft.channel, draft.amount_minor);
        let base = PaymentInstruction::new(id, order, kind, channel, payer, payee, amount_minor, time);
        let hold = match (&draft.elsewhere, draft.when) {
            (Some(to), _) => Some(HoldTerms { reason: HoldReason::Clearing, until: self.expected(to.service, time)? }),
            (None, _) if draft.invited.is_some() => {
                Some(HoldTerms { reason: HoldReason::Invitation, until: time.plus_ms(INVITATION_MS) })
            }
            (None, When::Delayed) => Some(HoldTerms { reason: HoldReason::Delayed, until: time.plus_ms(DELAY_MS) }),
            (None, When::Now | When::On(_) | When::Every(..)) => None,
        };
        let is_own_card = draft.elsewhere.as_ref().is_some_and(|to| to.card.is_some());
        Ok(PaymentInstruction { epoch, hold, is_own_card, ..by_customer(base) })
    }

    /// Whether a payment of this channel is confirmed by a code.
    pub(crate) fn needs_code(&self, channel: Channel) -> bool {
        self.inner.policy.least_factor(channel) > Some(Factor::Password)
    }
}

/// What a transfer has because a person asked for it in a session.
pub(crate) fn by_customer(
    channel: Channel,
    factor: Factor,
    person: PersonId,
    memo: String,
) -> impl FnOnce(PaymentInstruction) -> PaymentInstruction {
    move |base| PaymentInstruction { channel, factor, initiator: Some(person), memo, ..base }
}

/// The same refusal, saying which order it is about, so that it can be looked up later.
pub(crate) fn with_order(refusal: Refusal, order: OrderNumber) -> Refusal {
    refusal.with("order", order.to_string())
}

/// Whether the ledger would have taken it at another moment.
fn is_busy(error: &Error) -> bool {
    matches!(error, Error::Refusal(refusal) if refusal.status == 503)
}

/// Whether these two accounts can pay each other at all.
pub(crate) fn check_pair(payer: &AccountRef, payee: &AccountRef) -> Result<(), Refusal> {
    if payer.id == payee.id {
        return Err(Refusal::new("payments.payee_is_payer", 422).with("field", "payee"));
    }
    if payer.currency != payee.currency {
        return Err(Refusal::new("payments.currency_differs", 422).with("field", "payee"));
    }
    Ok(())
}
