//! A transfer in three steps: write it, look at it, confirm it.

use crate::model::channel::{Channel, Factor, PaymentKind};
use crate::model::draft::{DRAFT_LIVES_MS, Draft, DraftId};
use crate::model::instruction::{OrderNumber, PaymentInstruction, draft_command_id};
use crate::model::memo::check_memo;
use crate::model::receipt::Receipt;
use crate::service::submit::{Decided, is_conflict};
use crate::store::draft::StoredDraft;
use crate::{Payments, store};
use accounts::{AccountRef, AccountSummary, ledger_error};
use kit::{Fault, Refusal, Result, Timestamp};
use ledger::{AccountId, EpochCheck};
use money::{Amount, AmountError};
use passport::{Acting, PersonId};

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

impl Payments {
    /// Checks what was typed, finds the payee and keeps the transfer until it is confirmed or expires. Nothing moves.
    ///
    /// Refuses, each with the `field` that it is about: `accounts.not_found`, `payments.payee_invalid`,
    /// `payments.payee_not_found`, `payments.payee_is_payer`, `payments.currency_differs`, `payments.amount_invalid`,
    /// `payments.amount_zero`, `payments.memo_invalid`, `payments.insufficient_funds`, `payments.payer_frozen`,
    /// `payments.payer_closed`, and by policy.
    pub async fn prepare(&self, who: &Acting, form: TransferForm) -> Result<Draft> {
        let payer = self.inner.accounts.view(who, form.payer).await?;
        let amount = Amount::parse(form.amount.trim(), payer.balance.currency).map_err(amount_invalid)?;
        if !amount.is_positive() {
            return Err(Refusal::new("payments.amount_zero", 422).with("field", "amount").into());
        }
        let memo = check_memo(&form.memo)?;
        let payee = self.find_payee(&form.payee, payer.account.currency).await?;
        check_pair(&payer.account, &payee.account)?;
        check_payer(&payer, amount)?;
        let channel = Channel::from(who.kind);
        self.inner.policy.check(channel, Factor::Password, amount)?;
        let now = self.inner.clock.now();
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

    /// Pays a draft, once however often it is asked: every later call gives the first one's receipt or refusal.
    ///
    /// Refuses with `payments.draft_not_found`, `payments.draft_expired`, by policy, and for every reason of the ledger.
    pub async fn confirm(&self, who: &Acting, id: DraftId) -> Result<Receipt> {
        let draft = self.own_draft(who, id).await?;
        let command = draft_command_id(draft.id.0);
        let payer = self.inner.accounts.payer(who, draft.payer).await?;
        let payee = self.account(draft.payee).await?;
        let now = self.inner.clock.now();
        if now >= draft.expires {
            // What was paid in time stays paid, also for who asks again later.
            let decided = self.decided(command).await?;
            let decided = decided.ok_or_else(|| Refusal::new("payments.draft_expired", 410))?;
            return self.confirmed(who, &draft, payer, payee, decided).await;
        }
        let instruction = instruction(&draft, payer, payee, now);
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

    /// Forgets drafts that expired more than a day ago; to be called about daily.
    pub async fn sweep(&self) -> Result<(), Fault> {
        let before = self.inner.clock.now().plus_ms(-24 * 3_600_000);
        store::draft::sweep(&self.inner.db, before).await.map(|_| ())
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
            None => {
                let instruction = instruction(draft, payer, payee, decided.time);
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
        })
    }

    /// The security epoch of an account's holder as it is now.
    pub(crate) async fn epoch(&self, account: &AccountRef) -> Result<EpochCheck> {
        let epoch = self.inner.ledger.epoch(account.holder).await.map_err(ledger_error)?;
        let epoch = epoch.ok_or_else(|| Fault::new("an account's holder is not known"))?;
        Ok(EpochCheck { holder: account.holder, epoch })
    }
}

fn instruction(draft: &StoredDraft, payer: AccountRef, payee: AccountRef, time: Timestamp) -> PaymentInstruction {
    let id = draft_command_id(draft.id.0);
    let by_customer = by_customer(draft.channel, draft.person, draft.memo.clone());
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
    PaymentInstruction { epoch, ..by_customer(base) }
}

/// What a transfer has because a person asked for it in a session.
pub(crate) fn by_customer(
    channel: Channel,
    person: PersonId,
    memo: String,
) -> impl FnOnce(PaymentInstruction) -> PaymentInstruction {
    move |base| PaymentInstruction { channel, factor: Factor::Password, initiator: Some(person), memo, ..base }
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
