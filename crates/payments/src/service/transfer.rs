//! A transfer in three steps: write it, look at it, confirm it.

use crate::model::channel::{Channel, Factor, PaymentKind};
use crate::model::draft::{DRAFT_LIVES_MS, Draft, DraftId};
use crate::model::hold::{DELAY_MS, HoldReason, HoldTerms};
use crate::model::instruction::{OrderNumber, PaymentInstruction, draft_command_id};
use crate::model::memo::check_memo;
use crate::model::order::OrderState;
use crate::model::receipt::Receipt;
use crate::model::schedule::Schedule;
use crate::model::when::When;
use crate::service::schedule::currency;
use crate::service::submit::{Decided, is_conflict};
use crate::store::draft::StoredDraft;
use crate::{Payments, store};
use accounts::{AccountNumber, AccountRef, AccountSummary, ledger_error};
use kit::{Fault, Refusal, Result, Timestamp};
use ledger::{AccountId, EpochCheck};
use money::{Amount, AmountError};
#[cfg(doc)]
use passport::Passport;
use passport::{Acting, CodeSent, PaymentSubject, PersonId, Visitor};

/// A transfer as a person typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferForm {
    /// From which of their accounts.
    pub payer: AccountId,
    /// Mobile number or account number.
    pub payee: String,
    /// `88.80` or `1,280`.
    pub amount: String,
    /// For the payee to read; may be empty.
    pub memo: String,
}

/// What a transfer may be beside an ordinary one, at once and to a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TransferOptions {
    /// When it is to be paid.
    pub when: When,
}

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
    /// Checks what was typed, finds the payee and keeps the transfer until it is confirmed or expires. Nothing moves.
    ///
    /// Refuses, each with the `field` that it is about: `accounts.not_found`, `payments.payee_invalid`,
    /// `payments.payee_not_found`, `payments.payee_is_payer`, `payments.currency_differs`, `payments.amount_invalid`,
    /// `payments.amount_zero`, `payments.memo_invalid`, `payments.insufficient_funds`, `payments.payer_frozen`,
    /// `payments.payer_closed`, `payments.look_ups_too_many`, and by policy.
    pub async fn prepare(&self, who: &Acting, form: TransferForm) -> Result<Draft> {
        self.prepare_as(who, form, TransferOptions::default()).await
    }

    /// Like [`Self::prepare`], for a transfer that is to be paid later. Refuses also with `payments.when_invalid`.
    pub async fn prepare_as(&self, who: &Acting, form: TransferForm, options: TransferOptions) -> Result<Draft> {
        let payer = self.inner.accounts.view(who, form.payer).await?;
        let amount = Amount::parse(form.amount.trim(), payer.balance.currency).map_err(amount_invalid)?;
        if !amount.is_positive() {
            return Err(Refusal::new("payments.amount_zero", 422).with("field", "amount").into());
        }
        let memo = check_memo(&form.memo)?;
        let payee = self.payee_named(who, &form.payee, payer.account.currency).await?;
        check_pair(&payer.account, &payee.account)?;
        check_payer(&payer, amount)?;
        let channel = Channel::from(who.kind);
        // Whether the draft is proven well enough is asked when it is confirmed.
        let factor = self.inner.policy.least_factor(channel).unwrap_or(Factor::None).max(Factor::Password);
        self.inner.policy.check(channel, factor, amount)?;
        let now = self.inner.clock.now();
        options.when.check(self.inner.accounts.terms().calendar.day(now))?;
        let draft = StoredDraft {
            id: DraftId(self.inner.ids.next()),
            order: OrderNumber(self.inner.ids.next()),
            customer: who.customer,
            person: who.person,
            channel,
            payer: payer.account.id,
            payee: payee.account.id,
            payee_by: payee.by,
            payee_text: form.payee,
            payee_shown: payee.shown,
            amount_minor: amount.minor,
            memo,
            epoch: self.epoch(&payer.account).await?.epoch,
            created: now,
            expires: now.plus_ms(DRAFT_LIVES_MS),
            when: options.when,
            invited: None,
            request: None,
        };
        store::draft::insert(&self.inner.db, &draft).await?;
        self.shown_draft(draft, payer).await
    }

    /// A draft of the customer for whom somebody acts. Refuses with `payments.draft_not_found`.
    pub async fn draft(&self, who: &Acting, id: DraftId) -> Result<Draft> {
        let draft = self.own_draft(who, id).await?;
        let payer = self.inner.accounts.view(who, draft.payer).await?;
        self.shown_draft(draft, payer).await
    }

    /// Does with a draft what it wishes, once however often it is asked: pays it, sets its money aside, or keeps it as a
    /// schedule. Refuses as [`Self::confirm`] does.
    ///
    /// With a code that was sent for this draft it is proven by that. Refuses also with `payments.code_needed` where policy
    /// asks for one, and as [`Passport::check_payment_code`] does. What is done already is told whatever the code.
    pub async fn confirm_with(&self, who: &Acting, id: DraftId, code: Option<&str>) -> Result<Confirmed> {
        let draft = self.own_draft(who, id).await?;
        if draft.when.is_scheduled() {
            if let Some(schedule) = self.schedule_of(who, &draft).await? {
                return Ok(Confirmed::Scheduled(schedule));
            }
            if self.inner.clock.now() >= draft.expires {
                return Err(Refusal::new("payments.draft_expired", 410).into());
            }
            let factor = self.proven_by(who, &draft, code).await?;
            return self.start_schedule(who, draft, factor).await.map(Confirmed::Scheduled);
        }
        let receipt = self.pay_draft(who, draft, code).await?;
        Ok(match receipt.state {
            OrderState::Held => Confirmed::Held(receipt),
            _ => Confirmed::Paid(receipt),
        })
    }

    /// Pays a draft, once however often it is asked: every later call gives the first one's receipt or refusal.
    ///
    /// Refuses with `payments.draft_not_found`, `payments.draft_expired`, by policy, and for every reason of the ledger. What
    /// is to be scheduled is for [`Self::confirm_with`].
    pub async fn confirm(&self, who: &Acting, id: DraftId) -> Result<Receipt> {
        match self.confirm_with(who, id, None).await? {
            Confirmed::Paid(receipt) | Confirmed::Held(receipt) => Ok(receipt),
            Confirmed::Scheduled(_) => Err(Refusal::new("payments.when_invalid", 422).with("field", "when").into()),
        }
    }

    /// Sends the payer the code of this draft; the text names payee and amount. Refuses with `payments.draft_not_found`,
    /// `payments.draft_expired`, and as [`Passport::send_payment_code`] does.
    pub async fn send_code(&self, visitor: &Visitor, who: &Acting, id: DraftId) -> Result<CodeSent> {
        let draft = self.own_draft(who, id).await?;
        if self.inner.clock.now() >= draft.expires {
            return Err(Refusal::new("payments.draft_expired", 410).into());
        }
        let subject = self.code_subject(&draft).await?;
        self.inner.passport.send_payment_code(visitor, who, &subject).await
    }

    /// What a code for this draft stands for: with any other payee, amount, currency or draft it is dead.
    async fn code_subject(&self, draft: &StoredDraft) -> Result<PaymentSubject> {
        let (payer, payee) = (self.account(draft.payer).await?, self.account(draft.payee).await?);
        let shown = self.shown_payee(&payee, draft.payee_by, draft.payee_shown.clone()).await?;
        Ok(PaymentSubject {
            draft: draft.id.0,
            payee: payee.id.0 as i64,
            payee_shown: shown.name,
            amount: Amount::new(draft.amount_minor, currency(payer.currency)?),
            tail: payer.number().map_or_else(String::new, AccountNumber::tail),
        })
    }

    /// What proves that the owner wants this draft.
    async fn proven_by(&self, who: &Acting, draft: &StoredDraft, code: Option<&str>) -> Result<Factor> {
        match code {
            Some(code) => {
                let subject = self.code_subject(draft).await?;
                self.inner.passport.check_payment_code(who, &subject, code).await?;
                Ok(Factor::SmsCode)
            }
            None if self.inner.policy.least_factor(draft.channel) > Some(Factor::Password) => {
                Err(Refusal::new("payments.code_needed", 403).with("field", "code").into())
            }
            None => Ok(Factor::Password),
        }
    }

    async fn pay_draft(&self, who: &Acting, draft: StoredDraft, code: Option<&str>) -> Result<Receipt> {
        let command = draft_command_id(draft.id.0);
        let payer = self.inner.accounts.payer(who, draft.payer).await?;
        let payee = self.account(draft.payee).await?;
        let now = self.inner.clock.now();
        // What was paid in time stays paid, also for who asks again later or with another code.
        if let Some(decided) = self.decided(command).await? {
            return self.confirmed(who, &draft, payer, payee, decided).await;
        }
        if now >= draft.expires {
            return Err(Refusal::new("payments.draft_expired", 410).into());
        }
        let factor = self.proven_by(who, &draft, code).await?;
        let mut instruction = instruction(&draft, factor, payer, payee, now);
        if factor == Factor::SmsCode {
            instruction.more_limits = self.inner.accounts.sms_limits(draft.customer).await?.uses().to_vec();
        }
        match self.submit(&instruction)?.await {
            Ok(result) if result.replayed => {
                let decided = self.decided(command).await?.ok_or_else(|| Fault::new("a decided payment is gone"))?;
                self.confirmed(who, &draft, payer, payee, decided).await
            }
            Ok(result) => match &result.refusal {
                None => self.fresh_receipt(who, &instruction, &result).await,
                Some(refusal) => Err(with_order(refusal.clone(), draft.order).into()),
            },
            Err(error) if is_conflict(&error) => {
                let decided = self.decided(command).await?.ok_or(error)?;
                self.confirmed(who, &draft, payer, payee, decided).await
            }
            Err(error) => Err(error),
        }
    }

    /// Forgets drafts that expired more than a day ago, and looks for payees that no longer count; to be called about daily.
    pub async fn sweep(&self) -> Result<(), Fault> {
        let before = self.inner.clock.now().plus_ms(-24 * 3_600_000);
        store::draft::sweep(&self.inner.db, before).await?;
        self.sweep_looks().await
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
                let instruction = instruction(draft, factor, payer, payee, decided.time);
                self.fresh_receipt(who, &instruction, &decided.result).await
            }
        }
    }

    async fn own_draft(&self, who: &Acting, id: DraftId) -> Result<StoredDraft> {
        let draft = store::draft::of_customer(&self.inner.db, id, who.customer).await?;
        draft.ok_or_else(|| Refusal::new("payments.draft_not_found", 404).into())
    }

    async fn shown_draft(&self, draft: StoredDraft, payer: AccountSummary) -> Result<Draft> {
        let payee = self.account(draft.payee).await?;
        let currency = payer.balance.currency;
        Ok(Draft {
            id: draft.id,
            order: draft.order,
            payer,
            payee: self.shown_payee(&payee, draft.payee_by, draft.payee_shown).await?,
            payee_text: draft.payee_text,
            amount: Amount::new(draft.amount_minor, currency),
            fee: Amount::zero(currency),
            memo: draft.memo,
            expires: draft.expires,
            when: draft.when,
            is_invitation: draft.invited.is_some(),
            needs_code: self.inner.policy.least_factor(draft.channel) > Some(Factor::Password),
        })
    }

    /// The security epoch of an account's holder as it is now.
    pub(crate) async fn epoch(&self, account: &AccountRef) -> Result<EpochCheck> {
        let epoch = self.inner.ledger.epoch(account.holder).await.map_err(ledger_error)?;
        let epoch = epoch.ok_or_else(|| Fault::new("an account's holder is not known"))?;
        Ok(EpochCheck { holder: account.holder, epoch })
    }
}

fn instruction(
    draft: &StoredDraft,
    factor: Factor,
    payer: AccountRef,
    payee: AccountRef,
    time: Timestamp,
) -> PaymentInstruction {
    let id = draft_command_id(draft.id.0);
    let by_customer = by_customer(draft.channel, factor, draft.person, draft.memo.clone());
    let epoch = Some(EpochCheck { holder: payer.holder, epoch: draft.epoch });
    let base = PaymentInstruction::new(
        id,
        draft.order,
        PaymentKind::Transfer,
        draft.channel,
        payer,
        payee,
        draft.amount_minor,
        time,
    );
    let hold = match draft.when {
        When::Delayed => Some(HoldTerms { reason: HoldReason::Delayed, until: time.plus_ms(DELAY_MS) }),
        When::Now | When::On(_) | When::Every(..) => None,
    };
    PaymentInstruction { epoch, hold, ..by_customer(base) }
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

/// What would be refused at the end is better said at the beginning; the ledger decides all the same.
fn check_payer(payer: &AccountSummary, amount: Amount) -> Result<(), Refusal> {
    if payer.closed {
        return Err(Refusal::new("payments.payer_closed", 422));
    }
    if payer.frozen {
        return Err(Refusal::new("payments.payer_frozen", 422));
    }
    if amount.minor > payer.available.minor {
        return Err(Refusal::new("payments.insufficient_funds", 422)
            .with("field", "amount")
            .with("amount_minor", amount.minor)
            .with("available_minor", payer.available.minor)
            .with("short_minor", amount.minor - payer.available.minor)
            .with("currency", amount.currency.code()));
    }
    Ok(())
}

/// Why a text is not an amount, as the refusal `payments.amount_invalid` with its `reason`.
pub fn amount_invalid(error: AmountError) -> Refusal {
    let reason = match error {
        AmountError::Empty => "empty",
        AmountError::NotANumber => "not_a_number",
        AmountError::TooManyDecimals => "too_many_decimals",
        AmountError::TooLarge => "too_large",
        AmountError::UnknownCurrency => "unknown_currency",
    };
    Refusal::new("payments.amount_invalid", 422).with("field", "amount").with("reason", reason)
}
