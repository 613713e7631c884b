//! Writing a transfer: what is typed or asked is checked and kept until it is confirmed or expires. Nothing moves.

use crate::model::channel::{Channel, Factor};
use crate::model::draft::{DRAFT_LIVES_MS, Draft, DraftId};
use crate::model::instruction::OrderNumber;
use crate::model::memo::check_memo;
use crate::model::request::REQUEST;
use crate::model::when::When;
use crate::service::pay::TransferRequest;
use crate::service::schedule::currency;
use crate::service::transfer::check_pair;
use crate::store::draft::StoredDraft;
use crate::{Payments, store};
use accounts::AccountSummary;
use kit::{Error, Refusal, Result};
use ledger::AccountId;
use money::{Amount, AmountError, Currency};
use passport::Acting;

/// A transfer as a person typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferForm {
    /// From which of their accounts.
    pub payer: AccountId,
    /// Mobile number, account number, or the text of a saved payee.
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
    /// Whether the payee is invited, and the money waits for them, if the number is no customer's yet.
    pub invite: bool,
}

impl Payments {
    /// Checks what was typed, finds the payee and keeps the transfer until it is confirmed or expires. Nothing moves.
    ///
    /// Refuses, each with the `field` that it is about: `accounts.not_found`, `payments.payee_invalid`,
    /// `payments.payee_not_found`, `payments.payee_is_payer`, `payments.currency_differs`, `payments.amount_invalid`,
    /// `payments.amount_zero`, `payments.memo_invalid`, `payments.insufficient_funds`, `payments.payer_frozen`,
    /// `payments.payer_closed`, `payments.look_ups_too_many`, by policy, and with `payments.sms_payment_exceeded`,
    /// `payments.sms_day_exceeded`, `payments.sms_month_exceeded` what cannot be confirmed by text.
    pub async fn prepare(&self, who: &Acting, form: TransferForm) -> Result<Draft> {
        self.prepare_as(who, form, TransferOptions::default()).await
    }

    /// Like [`Self::prepare`], for a transfer that is to be paid later or to somebody who is no customer yet. Refuses also
    /// with `payments.when_invalid`, `payments.invitation_not_possible`, `payments.invitations_too_many`.
    pub async fn prepare_as(&self, who: &Acting, form: TransferForm, options: TransferOptions) -> Result<Draft> {
        let account = self.inner.accounts.own(who, form.payer).await?;
        let amount = Amount::parse(form.amount.trim(), currency(account.currency)?).map_err(amount_invalid)?;
        let request = TransferRequest { payer: form.payer, payee: form.payee, amount, memo: form.memo };
        let (draft, payer) = self.written(who, request, options).await?;
        self.inner.db.execute_together(vec![store::draft::insert(&draft)]).await?;
        self.shown_draft(draft, payer).await
    }

    /// A transfer that passed every check that can be made before it is confirmed, and who pays it.
    pub(crate) async fn written(
        &self,
        who: &Acting,
        request: TransferRequest,
        options: TransferOptions,
    ) -> Result<(StoredDraft, AccountSummary)> {
        let amount = request.amount;
        let account = self.inner.accounts.own(who, request.payer).await?;
        check_amount(currency(account.currency)?, amount)?;
        let memo = check_memo(&request.memo)?;
        // Each waits for the ledger; asked at the same time they wait once.
        let (payer, settled, payee) = tokio::join!(
            self.inner.accounts.view(who, request.payer),
            self.settle_epoch(who, &account),
            self.payee_named(who, &request.payee, account.currency),
        );
        let payer = payer?;
        settled?;
        let (payee, invited) = match payee {
            Ok(payee) => (payee, None),
            Err(error) if options.invite && is_unknown(&error) => {
                self.invitee(who, &request.payee, options.when).await?
            }
            Err(error) => return Err(error),
        };
        check_pair(&payer.account, &payee.account)?;
        let answers = self.answered_request(&request.payee, amount).await?;
        let now = self.inner.clock.now();
        options.when.check(self.inner.accounts.terms().calendar.day(now))?;
        self.check_settled(who, &payer, amount, options.when).await?;
        let draft = StoredDraft {
            id: DraftId(self.inner.ids.next()),
            order: OrderNumber(self.inner.ids.next()),
            customer: who.customer,
            person: who.person,
            channel: Channel::from(who.kind),
            payer: payer.account.id,
            payee: payee.account.id,
            payee_by: payee.by,
            payee_text: request.payee,
            payee_shown: payee.shown,
            amount_minor: amount.minor,
            memo,
            epoch: who.epoch,
            created: now,
            expires: now.plus_ms(DRAFT_LIVES_MS),
            when: options.when,
            invited,
            request: answers,
            elsewhere: None,
        };
        Ok((draft, payer))
    }

    /// All that can be said against an amount from an account before a payment of it is confirmed.
    pub(crate) async fn check_payable(
        &self,
        who: &Acting,
        payer: &AccountSummary,
        amount: Amount,
        when: When,
    ) -> Result<()> {
        check_amount(payer.balance.currency, amount)?;
        self.settle_epoch(who, &payer.account).await?;
        self.check_settled(who, payer, amount, when).await
    }

    /// The same where the ledger has the customer's epoch and the amount is one of this account's currency.
    async fn check_settled(&self, who: &Acting, payer: &AccountSummary, amount: Amount, when: When) -> Result<()> {
        check_payer(payer, amount)?;
        let channel = Channel::from(who.kind);
        // Whether the draft is proven well enough is asked when it is confirmed.
        let factor = self.inner.policy.least_factor(channel).unwrap_or(Factor::None).max(Factor::Password);
        self.inner.policy.check(channel, factor, amount)?;
        if factor > Factor::Password {
            // What nothing can confirm is better said before it is tried; the ledger decides all the same.
            self.check_reach(who, payer.account.id, amount, when.is_scheduled()).await?;
        }
        Ok(())
    }

    /// The link that a transfer answers, if it names one: what it asks for is what is paid.
    async fn answered_request(&self, payee: &str, amount: Amount) -> Result<Option<i64>, Error> {
        let Some(token) = payee.strip_prefix(REQUEST) else { return Ok(None) };
        let request = self.open_request(token).await?;
        match request.amount_minor {
            Some(minor) if minor != amount.minor => Err(Refusal::new("payments.request_amount_differs", 422)
                .with("field", "amount")
                .with("asked_minor", minor)
                .with("currency", amount.currency.code())
                .into()),
            _ => Ok(Some(request.id.0)),
        }
    }
}

/// Whether there is no payee of this name, which can be mended by an invitation.
pub(crate) fn is_unknown(error: &Error) -> bool {
    matches!(error, Error::Refusal(refusal) if refusal.code == "payments.payee_not_found")
}

fn check_amount(currency: Currency, amount: Amount) -> Result<(), Refusal> {
    if amount.currency != currency {
        return Err(Refusal::new("payments.currency_differs", 422).with("field", "amount"));
    }
    if !amount.is_positive() {
        return Err(Refusal::new("payments.amount_zero", 422).with("field", "amount"));
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
