//! Transfers to other banks as a customer writes them, and what they see of them.

use crate::Payments;
use crate::model::card::OtherBank;
use crate::model::channel::Channel;
use crate::model::draft::{DRAFT_LIVES_MS, Draft, DraftId, PayeeBy};
use crate::model::elsewhere::{
    Elsewhere, ElsewhereForm, ElsewherePayee, ElsewhereStep, NamedElsewhere, Service, Services, WithdrawForm,
    check_account, check_name, in_fours, masked_account, tail,
};
use crate::model::idempotency::{body_hash, check_key, command_of};
use crate::model::instruction::{OrderNumber, draft_command_id};
use crate::model::interbank::{Ending, InterbankState, InterbankWay, ReasonCode};
use crate::model::memo::check_memo;
use crate::model::receipt::Party;
use crate::model::when::When;
use crate::model::window;
use crate::service::draft::amount_invalid;
use crate::service::payee::initial;
use crate::service::write::Written;
use crate::store;
use crate::store::draft::{DraftElsewhere, StoredDraft};
use crate::store::interbank::StoredInterbank;
use accounts::{AccountRef, AccountSummary, chart};
use kit::{Fault, Refusal, Result, Timestamp};
use money::Amount;
use passport::{Acting, Name};

/// How soon a payment is looked at whose money was set aside by a process that ended right then, in milliseconds.
const LOOK_MS: i64 = 5_000;

impl Payments {
    /// Checks a transfer to another bank as it was typed, and keeps it until it is confirmed or expires, as
    /// [`Payments::prepare`] does.
    ///
    /// Refuses with `payments.network_unavailable`, `payments.elsewhere_bank_unknown`,
    /// `payments.elsewhere_account_invalid`, `payments.elsewhere_name_invalid`, `payments.real_time_exceeded`, and for
    /// account, amount, memo, policy and texts as [`Payments::prepare`] does.
    pub async fn prepare_elsewhere(&self, who: &Acting, form: ElsewhereForm) -> Result<Draft> {
        let (draft, payer) = self.written_elsewhere(who, form).await?;
        self.keep_draft(draft, payer).await
    }

    /// The same for a withdrawal to one's own bound card. Refuses also with `payments.card_not_found`.
    pub async fn withdraw(&self, who: &Acting, form: WithdrawForm) -> Result<Draft> {
        let (draft, payer) = self.written_withdrawal(who, form).await?;
        self.keep_draft(draft, payer).await
    }

    /// Takes a program's transfer to another bank under a key that names it for ever, as [`Payments::write`] does.
    ///
    /// Refuses with `idempotency.key_missing`, `idempotency.key_invalid`, `idempotency.conflict`,
    /// `idempotency.in_progress`, and as [`Payments::prepare_elsewhere`] does.
    pub async fn write_elsewhere(&self, who: &Acting, key: Option<&str>, form: ElsewhereForm) -> Result<Written> {
        let service = form.service.map_or("", Service::code);
        let payer = form.payer.0.to_be_bytes();
        let texts = [&form.bank, &form.account, &form.name, &form.amount, &form.memo].map(|text| text.as_bytes());
        let mut fields: Vec<&[u8]> = vec![b"elsewhere", &payer, service.as_bytes()];
        fields.extend(texts);
        let hash = body_hash(&fields);
        self.write_draft(who, key, hash, self.written_elsewhere(who, form.clone())).await
    }

    /// The same for a withdrawal to one's own bound card. Refuses also with `payments.card_not_found`.
    pub async fn write_withdrawal(&self, who: &Acting, key: Option<&str>, form: WithdrawForm) -> Result<Written> {
        let (payer, card) = (form.payer.0.to_be_bytes(), form.card.0.to_be_bytes());
        let hash = body_hash(&[b"withdraw", &payer, &card, form.amount.as_bytes()]);
        self.write_draft(who, key, hash, self.written_withdrawal(who, form.clone())).await
    }

    async fn write_draft(
        &self,
        who: &Acting,
        key: Option<&str>,
        hash: crate::model::idempotency::BodyHash,
        written: impl Future<Output = Result<(StoredDraft, AccountSummary)>>,
    ) -> Result<Written> {
        let command = command_of(who.customer, check_key(key)?);
        let _working = self.inner.in_progress.begin(command)?;
        if let Some(written) = self.known_key(who, command, &hash).await? {
            return Ok(written);
        }
        let (draft, payer) = written.await?;
        let rows = vec![store::draft::insert(&draft), store::key::put(command, draft.id, &hash)];
        self.inner.db.execute_together(rows).await?;
        if self.needs_code(Channel::from(who.kind)) {
            return self.shown_draft(draft, payer).await.map(Written::Draft);
        }
        let receipt = self.pay_draft(who, draft, None).await?;
        Ok(Written::Paid(crate::service::pay::Paid { receipt, replayed: false }))
    }

    async fn keep_draft(&self, draft: StoredDraft, payer: AccountSummary) -> Result<Draft> {
        self.inner.db.execute_together(vec![store::draft::insert(&draft)]).await?;
        self.shown_draft(draft, payer).await
    }

    async fn written_elsewhere(&self, who: &Acting, form: ElsewhereForm) -> Result<(StoredDraft, AccountSummary)> {
        self.clearing()?;
        let payer = self.inner.accounts.view(who, form.payer).await?;
        let bank = self.bank_meant(&form.bank, &form.account).await?;
        let (account, name) = (check_account(&form.account)?, check_name(&form.name)?);
        let amount = Amount::parse(form.amount.trim(), payer.balance.currency).map_err(amount_invalid)?;
        let service = self.service_for(form.service, amount)?;
        let to = DraftElsewhere { bank, account, name, service, card: None };
        let draft = self.draft_elsewhere(who, &payer, amount, &form.memo, to).await?;
        Ok((draft, payer))
    }

    async fn written_withdrawal(&self, who: &Acting, form: WithdrawForm) -> Result<(StoredDraft, AccountSummary)> {
        self.clearing()?;
        let payer = self.inner.accounts.view(who, form.payer).await?;
        let card = self.own_card(who.customer, form.card).await?;
        let amount = Amount::parse(form.amount.trim(), payer.balance.currency).map_err(amount_invalid)?;
        let service = self.service_for(None, amount)?;
        let name = self.full_name(who.customer).await?;
        let to = DraftElsewhere { bank: card.bank, account: card.number, name, service, card: Some(card.id) };
        let draft = self.draft_elsewhere(who, &payer, amount, "", to).await?;
        Ok((draft, payer))
    }

    async fn draft_elsewhere(
        &self,
        who: &Acting,
        payer: &AccountSummary,
        amount: Amount,
        memo: &str,
        to: DraftElsewhere,
    ) -> Result<StoredDraft> {
        let memo = check_memo(memo)?;
        let now = self.inner.clock.now();
        self.check_payable(who, payer, amount, When::Now).await?;
        Ok(StoredDraft {
            id: DraftId(self.inner.ids.next()),
            order: OrderNumber(self.inner.ids.next()),
            customer: who.customer,
            person: who.person,
            channel: Channel::from(who.kind),
            payer: payer.account.id,
            payee: self.clearing_account().await?.id,
            payee_by: PayeeBy::Number,
            payee_text: to.account.clone(),
            payee_shown: masked_account(&to.account),
            amount_minor: amount.minor,
            memo,
            epoch: who.epoch,
            created: now,
            expires: now.plus_ms(DRAFT_LIVES_MS),
            when: When::Now,
            invited: None,
            request: None,
            elsewhere: Some(to),
        })
    }

    /// Who is meant by what a payer typed, before an amount is asked: the bank by name, number or the card's beginning.
    /// Nobody here knows whether they exist; their bank compares name and account.
    ///
    /// Refuses with `payments.elsewhere_bank_unknown`, `payments.elsewhere_account_invalid`,
    /// `payments.elsewhere_name_invalid`, `payments.network_unavailable`.
    pub async fn payee_elsewhere(&self, bank: &str, account: &str, name: &str) -> Result<NamedElsewhere> {
        let (account, name) = (check_account(account)?, check_name(name)?);
        let bank = self.bank_meant(bank, &account).await?;
        Ok(NamedElsewhere { bank, account: in_fours(&account), name })
    }

    /// Up to how much goes in real time, and when the next batch settles. Refuses with `payments.network_unavailable`.
    pub fn services(&self) -> Result<Services> {
        let terms = &self.clearing()?.terms;
        Ok(Services {
            real_time_max: Amount::new(terms.real_time_max_minor, self.inner.accounts.terms().currency),
            next_settlement: self.expected(Service::Batch, self.inner.clock.now())?,
        })
    }

    /// The customer's payments between banks that are still on their way, the oldest first; at most 50.
    pub async fn on_the_way(&self, who: &Acting) -> Result<Vec<OrderNumber>> {
        let open = store::interbank::open_of(&self.inner.db, who.customer).await?;
        Ok(open.into_iter().map(|(order, _)| order).collect())
    }

    /// A word that changes whenever something moves on a customer's accounts, or a payment of theirs between banks gets on.
    pub async fn pulse(&self, who: &Acting) -> Result<String> {
        let mut pulse = self.inner.accounts.pulse(who).await?;
        for (order, state) in store::interbank::open_of(&self.inner.db, who.customer).await? {
            pulse.push_str(&format!("-{:x}{}", order.0 & 0xff_ffff, state.code().get(..2).unwrap_or_default()));
        }
        Ok(pulse)
    }

    /// By which service an amount goes. Refuses with `payments.real_time_exceeded`.
    pub(crate) fn service_for(&self, wish: Option<Service>, amount: Amount) -> Result<Service> {
        let most = self.clearing()?.terms.real_time_max_minor;
        match wish {
            Some(Service::RealTime) if amount.minor > most => Err(Refusal::new("payments.real_time_exceeded", 422)
                .with("field", "amount")
                .with("cap_minor", most)
                .with("currency", amount.currency.code())
                .into()),
            Some(service) => Ok(service),
            None if amount.minor > most => Ok(Service::Batch),
            None => Ok(Service::RealTime),
        }
    }

    /// When money that is handed over at an instant is there.
    pub(crate) fn expected(&self, service: Service, at: Timestamp) -> Result<Timestamp> {
        let calendar = &self.inner.accounts.terms().calendar;
        let settlement = match service {
            Service::RealTime => window::real_time(calendar, at),
            Service::Batch => self.clearing()?.terms.windows.next(calendar, at)?,
        };
        Ok(settlement.at)
    }

    /// The bank's account that mirrors what the clearing house owes it.
    pub(crate) async fn clearing_account(&self) -> Result<AccountRef, Fault> {
        let found = self.inner.accounts.by_alias(&format!("bank:{}", chart::CLEARING)).await?;
        found.ok_or_else(|| Fault::new("the bank has no clearing account"))
    }

    /// A customer's whole name, for messages to other banks.
    pub(crate) async fn full_name(&self, customer: passport::CustomerId) -> Result<String, Fault> {
        let names = self.inner.passport.customer_names(&[customer]).await?;
        Ok(names.get(&customer).map(|name| name.name.full().to_owned()).unwrap_or_default())
    }

    /// Writes down where a draft's money is going to go, before it is set aside, so that it is never without it.
    pub(crate) async fn keep_elsewhere(&self, draft: &StoredDraft, to: &DraftElsewhere, now: Timestamp) -> Result<()> {
        let payment = StoredInterbank {
            order: draft.order,
            way: InterbankWay::Out,
            service: to.service,
            tx_id: self.transaction_id(draft.order)?,
            end_to_end_id: draft.order.to_string(),
            bank: OtherBank { bins: Vec::new(), ..to.bank.clone() },
            account_text: to.account.clone(),
            name: to.name.clone(),
            account: draft.payer,
            customer: Some(draft.customer),
            person: Some(draft.person),
            amount_minor: draft.amount_minor,
            currency: self.account(draft.payer).await?.currency,
            memo: draft.memo.clone(),
            command: draft_command_id(draft.id.0),
            state: InterbankState::Written,
            ending: Ending::default(),
            expected: Some(self.expected(to.service, now)?),
            next: now.plus_ms(LOOK_MS),
            tries: 0,
            message: None,
            related: None,
            card: to.card,
            mandate: None,
            name_match: None,
            created: now,
            sent: None,
            checking: None,
            ended: None,
            returned: None,
        };
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::interbank::insert(&mut tx, &[payment]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What names an order for all banks, for ever: 31 characters.
    pub(crate) fn transaction_id(&self, order: OrderNumber) -> Result<String, Refusal> {
        Ok(format!("{}{:019}", self.clearing()?.terms.code, order.0))
    }

    /// The payee of a draft that goes to another bank, as its payer sees them.
    pub(crate) fn shown_elsewhere(&self, to: &DraftElsewhere) -> Result<ElsewherePayee> {
        Ok(ElsewherePayee {
            bank: to.bank.clone(),
            account: in_fours(&to.account),
            name: to.name.clone(),
            service: to.service,
            expected: self.expected(to.service, self.inner.clock.now())?,
            card: to.card,
        })
    }
}

/// What lies at another bank, as a customer here sees it; `returned` is a return that gave it back.
pub(crate) fn elsewhere(payment: &StoredInterbank, returned: Option<&StoredInterbank>) -> Elsewhere {
    let reason = returned.and_then(|returned| returned.ending.reason).or(payment.ending.reason);
    let mut steps = vec![(ElsewhereStep::Asked, payment.created)];
    let end = match payment.state {
        InterbankState::Refused | InterbankState::Abandoned => ElsewhereStep::Refused,
        _ => ElsewhereStep::Settled,
    };
    let more = [
        (ElsewhereStep::Sent, payment.sent),
        (ElsewhereStep::Checking, payment.checking),
        (end, payment.ended),
        (ElsewhereStep::Returned, payment.returned),
    ];
    steps.extend(more.into_iter().filter_map(|(step, at)| Some((step, at?))));
    Elsewhere {
        way: payment.way,
        service: payment.service,
        bank: payment.bank.clone(),
        name_masked: masked_name(&payment.name),
        account_masked: masked_account(&payment.account_text),
        state: payment.state,
        reason: reason.as_ref().map(|code| code.text().to_owned()),
        reason_code: reason.as_ref().map(ReasonCode::refusal),
        expected: payment.expected,
        steps,
        card: payment.card,
    }
}

/// The other side of a payment between banks.
pub(crate) fn party_elsewhere(payment: &StoredInterbank) -> Party {
    let name = masked_name(&payment.name);
    Party { initial: initial(&name), name, tail: tail(&payment.account_text), is_bank: false }
}

pub(crate) fn masked_name(name: &str) -> String {
    Name::trusted(name).masked()
}
