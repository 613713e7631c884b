//! Questions of the card network: decided once for each reference, by the card, its locks, and one step of the ledger.
//!
//! The row is written before the ledger is asked, and the ledger's command is named by the reference: whoever is interrupted in
//! between finds the ledger's answer when the question comes again.

mod advice;
mod decide;

use crate::model::authorisation::{
    AUTHORISATION_LIVES_MS, AuthorisationAnswer, AuthorisationRequest, AuthorisationState, CardPurchase,
    check_reference,
};
use crate::model::exchange::RateTable;
use crate::model::instruction::OrderNumber;
use crate::model::receipt::Party;
use crate::service::payee::initial;
use crate::store::authorisation::StoredAuthorisation;
use crate::{Payments, store};
use accounts::{AccountRef, DebitCard, DebitCardId, UseChannel, chart};
use kit::{Error, Fault, Refusal, Result, Timestamp};
use money::Amount;
use notify::Notice;
use passport::{Acting, CustomerId, EventKind};
use std::sync::OnceLock;
use tokio::sync::{Mutex, MutexGuard};

const DOORS: usize = 64;

/// Rates, and doors through which one reference, and one card, goes at a time. The ledger belongs to this process alone, so
/// doors inside it are enough.
pub(crate) struct CardDesk {
    rates: OnceLock<RateTable>,
    references: [Mutex<()>; DOORS],
    cards: [Mutex<()>; DOORS],
}

impl Default for CardDesk {
    fn default() -> Self {
        let doors = || std::array::from_fn(|_| Mutex::new(()));
        Self { rates: OnceLock::new(), references: doors(), cards: doors() }
    }
}

impl CardDesk {
    async fn reference(&self, reference: &str) -> MutexGuard<'_, ()> {
        let hash = blake3::hash(reference.as_bytes());
        self.references[usize::from(hash.as_bytes()[0]) % DOORS].lock().await
    }

    async fn card(&self, card: DebitCardId) -> MutexGuard<'_, ()> {
        self.cards[card.0.unsigned_abs() as usize % DOORS].lock().await
    }
}

impl Payments {
    /// Names what other currencies cost; once, when the bank is put together. A bank without a table refuses payments in
    /// other currencies.
    pub fn set_card_rates(&self, rates: RateTable) {
        // The first one stands.
        let _ = self.inner.card_desk.rates.set(rates);
    }

    /// Answers a question of the card network. A decline is an answer, with its reason. The same reference with the same
    /// question gives the same answer, whatever happened since.
    ///
    /// Refuses with `payments.authorisation_invalid` and the field, `payments.authorisation_conflict` for a reference that
    /// named another question, `accounts.cards_not_issued`, `ledger.busy`.
    pub async fn authorise_card(&self, request: &AuthorisationRequest) -> Result<AuthorisationAnswer> {
        let asked = request.read()?;
        let body_hash = self.inner.accounts.card_message_hash(&request.parts())?;
        let _door = self.inner.card_desk.reference(&request.reference).await;
        let now = self.inner.clock.now();
        let mut stored = match store::authorisation::by_reference(&self.inner.db, &request.reference, now).await? {
            Some(known) if known.body_hash != body_hash => return Err(conflict().into()),
            Some(known) if known.purchase.state != AuthorisationState::Deciding => return Ok(answer(&known, true)),
            Some(known) => known,
            None => {
                // Of what was asked before the clock was right then.
                asked.check_clock(now)?;
                let card = match &asked.number {
                    Some(number) => self.inner.accounts.debit_card_by_number(number).await?,
                    None => None,
                };
                let new = self.new_authorisation(request, &asked, card.as_ref(), body_hash.to_vec(), now)?;
                store::authorisation::insert(&self.inner.db, &new).await?;
                new
            }
        };
        let decided = self.decide_card(&mut stored, &asked, now).await;
        self.close_question(&mut stored, decided, now).await?;
        Ok(answer(&stored, false))
    }

    /// Writes down what was decided, and tells the card's owner. Refuses what was not decided: the same question may come
    /// again.
    async fn close_question(
        &self,
        stored: &mut StoredAuthorisation,
        decided: Result<()>,
        now: Timestamp,
    ) -> Result<()> {
        let decided = match decided {
            Ok(()) => None,
            Err(Error::Refusal(refusal)) if refusal.status == 503 => return Err(refusal.into()),
            Err(Error::Refusal(refusal)) => Some(refusal),
            Err(error) => return Err(error),
        };
        if let Some(refusal) = &decided {
            stored.purchase.state = AuthorisationState::Declined;
            stored.purchase.refusal = Some(refusal.code.to_owned());
            stored.purchase.open_minor = 0;
            stored.held_minor = 0;
            stored.purchase.expires = None;
        }
        stored.purchase.order = Some(stored.order);
        let notice = match (&decided, stored.purchase.card_use.channel) {
            (Some(_), _) => "card_refused",
            (None, UseChannel::Atm) => "card_withdrawn",
            (None, _) => "card_paid",
        };
        self.keep_authorisation(stored, notice, now).await
    }

    /// What became of a question. Refuses with `payments.authorisation_invalid`, `payments.authorisation_unknown`.
    pub async fn authorisation(&self, reference: &str) -> Result<AuthorisationAnswer> {
        check_reference(reference)?;
        let now = self.inner.clock.now();
        let stored = store::authorisation::by_reference(&self.inner.db, reference, now).await?;
        let decided = stored.filter(|stored| stored.purchase.state != AuthorisationState::Deciding);
        Ok(answer(&decided.ok_or_else(unknown)?, true))
    }

    /// The last uses of one of the customer's cards, refused ones too, the newest first. Refuses with
    /// `accounts.debit_card_not_found`.
    pub async fn card_purchases(&self, who: &Acting, card: DebitCardId) -> Result<Vec<CardPurchase>> {
        self.inner.accounts.debit_card(who, card).await?;
        Ok(store::authorisation::of_card(&self.inner.db, card, self.inner.clock.now()).await?)
    }

    /// One use of one of the customer's cards. Refuses with `payments.not_found`.
    pub async fn card_purchase(&self, who: &Acting, id: i64) -> Result<CardPurchase> {
        let stored = store::authorisation::by_id(&self.inner.db, id, self.inner.clock.now()).await?;
        let own = stored.filter(|stored| stored.customer == Some(who.customer));
        Ok(own.ok_or_else(crate::service::receipt::not_found)?.purchase)
    }

    /// The last uses of all cards of a customer, for staff; authority and audit are the caller's.
    pub async fn card_purchases_of(&self, customer: CustomerId) -> Result<Vec<CardPurchase>, Fault> {
        store::authorisation::of_customer(&self.inner.db, customer, self.inner.clock.now()).await
    }

    /// The last uses of any customer's card, for staff; authority and audit are the caller's.
    pub async fn card_uses_of(&self, card: DebitCardId) -> Result<Vec<CardPurchase>, Fault> {
        store::authorisation::of_card(&self.inner.db, card, self.inner.clock.now()).await
    }

    /// The use of a card behind an order, if there is one.
    pub(crate) async fn purchase_of(&self, order: OrderNumber) -> Result<Option<CardPurchase>, Fault> {
        let stored = store::authorisation::by_order(&self.inner.db, order, self.inner.clock.now()).await?;
        Ok(stored.map(|stored| stored.purchase))
    }

    /// The bank's account by which cards are settled with their network.
    pub(crate) async fn card_settlement(&self) -> Result<AccountRef, Fault> {
        let found = self.inner.accounts.by_alias(&format!("bank:{}", chart::CARD_SETTLEMENT)).await?;
        found.ok_or_else(|| Fault::new("the bank has no account for the settlement of cards"))
    }

    /// Writes what was decided, and tells the card's owner, in one step.
    async fn keep_authorisation(&self, stored: &StoredAuthorisation, kind: &'static str, now: Timestamp) -> Result<()> {
        let told = self.card_notice(stored, kind, stored.purchase.billed, &stored.reference).await?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::authorisation::update(&mut tx, stored).await?;
        if let Some((person, notice)) = told {
            notify::tell_in(&mut tx, &self.inner.ids, now, person, &notice).await?;
        }
        tx.commit().await?;
        if let (Some(refusal), Some(customer)) = (&stored.purchase.refusal, stored.customer)
            && let Some(owner) = self.inner.passport.person_of(customer).await.unwrap_or_default()
        {
            let detail = format!("{refusal} {}", stored.purchase.id);
            self.note_kindly(owner, EventKind::CardRefused, None, &detail).await;
        }
        Ok(())
    }

    /// What a card's owner is told, once for its cause, a reference; nothing if there is no card, or nobody to tell.
    async fn card_notice(
        &self,
        stored: &StoredAuthorisation,
        kind: &'static str,
        billed: Option<Amount>,
        cause: &str,
    ) -> Result<Option<(i64, Notice)>, Fault> {
        let (Some(customer), Some(card)) = (stored.customer, stored.purchase.card) else { return Ok(None) };
        let Some(person) = self.inner.passport.person_of(customer).await? else { return Ok(None) };
        let purchase = &stored.purchase;
        let link = format!("/cards/own/{card}/uses/{}", purchase.id);
        let tail = purchase.shown.rsplit(' ').next().unwrap_or_default();
        let notice = Notice::new(kind)
            .with("merchant", purchase.merchant.as_str())
            .with("tail", tail)
            .with("why", purchase.refusal.as_deref().unwrap_or_default())
            .link(link)
            .key(format!("card/{}/{kind}/{cause}", purchase.id));
        // Without a rate the owner is told what the shop asked.
        let plain = || format!("{} {}", purchase.amount.plain(), purchase.amount.currency.code());
        Ok(Some((
            person.0,
            match billed {
                Some(billed) => notice.with("amount_minor", billed.minor),
                None => notice.with("amount", plain()),
            },
        )))
    }

    fn new_authorisation(
        &self,
        request: &AuthorisationRequest,
        asked: &crate::model::authorisation::Asked,
        card: Option<&DebitCard>,
        body_hash: Vec<u8>,
        now: Timestamp,
    ) -> Result<StoredAuthorisation> {
        let own = self.inner.accounts.terms().currency;
        let rates = self.inner.card_desk.rates.get();
        let converted = match rates {
            Some(rates) => rates.convert(asked.amount),
            None if asked.amount.currency == own => {
                Some(crate::model::exchange::Converted { billed: asked.amount, rate: None })
            }
            None => None,
        };
        let rate = converted.as_ref().and_then(|converted| converted.rate.clone());
        let source = rates.map(|rates| format!("{} {}", rates.day.iso(), rates.source)).unwrap_or_default();
        Ok(StoredAuthorisation {
            reference: request.reference.clone(),
            body_hash,
            customer: card.map(|card| card.customer),
            order: OrderNumber(self.inner.ids.next()),
            attempt: 1,
            held_minor: 0,
            purchase: CardPurchase {
                id: self.inner.ids.next(),
                card: card.map(|card| card.id),
                shown: card.map(|card| card.shown.clone()).unwrap_or_default(),
                order: None,
                merchant: request.merchant.trim().to_owned(),
                card_use: asked.card_use,
                local_time: request.local_time.clone(),
                amount: asked.amount,
                billed: converted.map(|converted| converted.billed),
                rate_source: rate.as_ref().map(|_| source).unwrap_or_default(),
                rate,
                state: AuthorisationState::Deciding,
                refusal: None,
                open_minor: 0,
                captured_minor: 0,
                refunded_minor: 0,
                asked: now,
                expires: Some(now.plus_ms(AUTHORISATION_LIVES_MS)),
            },
        })
    }
}

/// A shop as the other side of a payment.
pub(crate) fn shop(merchant: &str) -> Party {
    Party { name: merchant.to_owned(), initial: initial(merchant), tail: String::new(), is_bank: false }
}

fn conflict() -> Refusal {
    Refusal::new("payments.authorisation_conflict", 409)
}

fn unknown() -> Refusal {
    Refusal::new("payments.authorisation_unknown", 404)
}

/// The answer to a question as it was decided.
fn answer(stored: &StoredAuthorisation, is_repeated: bool) -> AuthorisationAnswer {
    let purchase = &stored.purchase;
    let is_approved = purchase.refusal.is_none();
    AuthorisationAnswer {
        reference: stored.reference.clone(),
        reason: purchase.refusal.clone(),
        approval: is_approved.then(|| approval(purchase.id)),
        amount: is_approved.then_some(purchase.amount),
        billed: purchase.billed.filter(|_| is_approved),
        rate: purchase.rate.clone().map(|rate| (rate, purchase.rate_source.clone())),
        state: purchase.state,
        expires: purchase.expires.filter(|_| is_approved),
        is_repeated,
    }
}

/// Six digits by which a shop knows an approval.
fn approval(id: i64) -> String {
    let hash = blake3::hash(&id.to_be_bytes());
    let number = hash.as_bytes().iter().take(4).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{:06}", number % 1_000_000)
}
