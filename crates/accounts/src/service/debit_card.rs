//! Debit cards: issuing, looking, showing the number, and the states of their life.
//!
//! What narrows is done at once, by whoever is signed in; what widens needs the security window of a session. Staff do the
//! same for customers who come to the counter; authority and audit are the caller's there.

use crate::model::debit_card::{
    CVV_TRIES, CardAct, CardFace, DEBIT_CARDS_MOST, DebitCard, DebitCardId, DebitCardNumber, DebitCardState, Expiry,
    GUESSES_MOST,
};
use crate::model::document::{Document, command_id};
use crate::model::lock::CardLocks;
use crate::service::class::not_found as account_not_found;
use crate::store::debit_card::{CardEventRow, NewDebitCard, StoredDebitCard};
use crate::vault::Vault;
use crate::{Accounts, store};
use db::Tx;
use kit::{BankDay, Fault, IdMaker, Refusal, Result, Timestamp};
use ledger::{AccountId, OpenCounter, Window};
use notify::Notice;
use passport::{Acting, CustomerId, EventKind, Passport, PersonId, Session, SessionId, Tier};
use std::sync::{Arc, OnceLock};

/// Numbers drawn before giving up: that many in a row are never taken.
const DRAWS: usize = 20;
/// The notice of a lock that lets more through.
pub(crate) const LOCK_WIDENED: &str = "card_lock_widened";
/// Longest key of a form.
const KEY_MAX: usize = 64;

/// What issuing cards needs.
pub struct CardDesk {
    /// Who is signed in, and who is told.
    pub passport: Passport,
    /// Where the numbers lie.
    pub vault: Vault,
    /// Names cards and events.
    pub ids: Arc<IdMaker>,
    /// With what our numbers begin (BIN), 6 to 9 digits.
    pub prefix: String,
}

/// The desk of a bank that issues cards; empty in one that does not.
#[derive(Default)]
pub(crate) struct Desk(OnceLock<CardDesk>);

/// A card that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCard {
    /// From which account it pays.
    pub account: AccountId,
    /// Names the form, so that one that is sent twice makes one card.
    pub key: String,
}

/// Something that happened to a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardEvent {
    /// When.
    pub time: Timestamp,
    /// What: `issued`, `frozen`, `active`, `lost`, `closed`, `replaced`, `online_on`, `online_off`, `code_blocked`, `shown`, or
    /// `lock_` and the kind of lock.
    pub kind: String,
    /// The member of staff; none is its owner, or the bank.
    pub by: Option<String>,
    /// Why, in the words of the member of staff; else empty.
    pub reason: String,
}

/// Whose hand it is.
#[derive(Clone, Copy)]
pub(crate) struct Hand<'a> {
    pub(crate) staff: Option<&'a str>,
    pub(crate) reason: &'a str,
    pub(crate) session: Option<SessionId>,
}

/// Its owner, or the bank.
pub(crate) const OWNER: Hand<'static> = Hand { staff: None, reason: "", session: None };

/// Its owner, in a session.
pub(crate) fn by_owner(session: &Session) -> Hand<'static> {
    Hand { session: Some(session.id), ..OWNER }
}

impl Accounts {
    /// Opens the desk at which cards are issued, once.
    pub fn set_card_desk(&self, desk: CardDesk) {
        // The first one stands.
        let _ = self.inner.desk.0.set(desk);
    }

    /// Whether this vault is the one that belongs to the database: a card's number can be read with it.
    pub async fn check_vault(&self) -> Result<(), Fault> {
        let Some(desk) = self.inner.desk.0.get() else { return Ok(()) };
        // Every key that a row names must be there; one row of each is enough, and there are few keys.
        let today = self.today();
        for stored in store::debit_card::one_of_each_key(&self.inner.db, today).await? {
            desk.vault.unseal(stored.card.id, &stored.sealed)?;
        }
        Ok(())
    }

    /// A hash of what a message of the card network said; without the vault nobody can try numbers on it. Refuses with
    /// `accounts.cards_not_issued` in a bank without cards.
    pub fn card_message_hash(&self, parts: &[&[u8]]) -> Result<[u8; 32]> {
        Ok(self.desk()?.vault.message_hash(parts))
    }

    /// Issues a card on an account of the customer. Asked again with the same key it gives the same card.
    ///
    /// Refuses with `accounts.not_found`, `accounts.closed`, `accounts.debit_cards_too_many`,
    /// `accounts.cards_not_issued`.
    pub async fn issue_debit_card(&self, who: &Acting, new: &NewCard) -> Result<DebitCard> {
        let account = self.own(who, new.account).await?;
        let customer = account.customer.ok_or_else(account_not_found)?;
        self.issue(customer, new, None, Hand { session: Some(who.session), ..OWNER }).await
    }

    /// The same at the counter, for a customer who may have no sign-in. Refuses as [`Accounts::issue_debit_card`] does.
    pub async fn issue_debit_card_at_counter(&self, by: &str, reason: &str, new: &NewCard) -> Result<DebitCard> {
        let account = self.by_id(new.account).await?.ok_or_else(account_not_found)?;
        let customer = account.customer.ok_or_else(account_not_found)?;
        self.issue(customer, new, None, Hand { staff: Some(by), reason, session: None }).await
    }

    /// The customer's cards, those that can be used first, then the newest first.
    pub async fn debit_cards(&self, who: &Acting) -> Result<Vec<DebitCard>> {
        Ok(self.debit_cards_of(who.customer).await?)
    }

    /// The cards of any customer, for staff; authority and audit are the caller's.
    pub async fn debit_cards_of(&self, customer: CustomerId) -> Result<Vec<DebitCard>, Fault> {
        let stored = store::debit_card::of_customer(&self.inner.db, customer, self.today()).await?;
        let mut cards: Vec<DebitCard> = stored.into_iter().map(|stored| stored.card).collect();
        cards.sort_by_key(|card| (!card.state.is_alive(), std::cmp::Reverse(card.id)));
        Ok(cards)
    }

    /// One of the customer's cards. Refuses with `accounts.debit_card_not_found`.
    pub async fn debit_card(&self, who: &Acting, id: DebitCardId) -> Result<DebitCard> {
        Ok(self.own_card(who.customer, id).await?.card)
    }

    /// Any customer's card, for staff. Refuses with `accounts.debit_card_not_found`.
    pub async fn debit_card_for_staff(&self, id: DebitCardId) -> Result<DebitCard> {
        let stored = store::debit_card::by_id(&self.inner.db, id, self.today()).await?;
        Ok(stored.ok_or_else(not_found)?.card)
    }

    /// What happened to a card, oldest first. Refuses with `accounts.debit_card_not_found`.
    pub async fn debit_card_events(&self, who: &Acting, id: DebitCardId) -> Result<Vec<CardEvent>> {
        self.own_card(who.customer, id).await?;
        Ok(self.debit_card_events_of(id).await?)
    }

    /// The same of any customer's card, for staff; authority and audit are the caller's.
    pub async fn debit_card_events_of(&self, id: DebitCardId) -> Result<Vec<CardEvent>, Fault> {
        let events = store::debit_card::events(&self.inner.db, id).await?;
        Ok(events.into_iter().map(|(time, kind, by, reason)| CardEvent { time, kind, by, reason }).collect())
    }

    /// The card of a number, for the card network's questions.
    pub async fn debit_card_by_number(&self, number: &DebitCardNumber) -> Result<Option<DebitCard>> {
        let hash = self.desk()?.vault.number_hash(number);
        Ok(store::debit_card::by_hash(&self.inner.db, &hash, self.today()).await?.map(|stored| stored.card))
    }

    /// Whether expiry and security code are the card's, said by somebody who has not the card itself. Five wrong ones in a row
    /// close the card to payments without it, and its owner is told. To be asked one at a time for one card.
    ///
    /// Refuses with `accounts.debit_card_code_blocked`, `accounts.debit_card_code_wrong` and the tries `left`.
    pub async fn check_card_code(
        &self,
        card: &DebitCard,
        number: &DebitCardNumber,
        expiry: Expiry,
        code: &str,
    ) -> Result<()> {
        let desk = self.desk()?;
        if card.is_code_blocked {
            return Err(code_blocked().into());
        }
        // A wrong month is a guess as much as a wrong code.
        if expiry == card.expiry && desk.vault.is_cvv(number, expiry, code) {
            return Ok(store::debit_card::cvv_right(&self.inner.db, card.id).await?);
        }
        let owner = self.owner_of(card.customer).await?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let wrong = store::debit_card::cvv_wrong(&mut tx, card.id).await?;
        let left = (CVV_TRIES - wrong).max(0);
        if left > 0 {
            tx.commit().await?;
            return Err(Refusal::new("accounts.debit_card_code_wrong", 403).with("left", left).into());
        }
        self.told(&mut tx, card, "code_blocked", OWNER, Some("card_code_blocked"), owner).await?;
        tx.commit().await?;
        Err(code_blocked().into())
    }

    /// Whether the month is the card's, said by a terminal in which the card is. A wrong one counts like a wrong code; after
    /// [`GUESSES_MOST`](crate::GUESSES_MOST) the card pays nothing any more. To be asked one at a time for one card.
    ///
    /// Refuses with `accounts.debit_card_code_blocked`, `accounts.debit_card_expiry_wrong`.
    pub async fn check_card_expiry(&self, card: &DebitCard, expiry: Expiry) -> Result<()> {
        if card.is_guess_blocked {
            return Err(code_blocked().into());
        }
        if expiry == card.expiry {
            return Ok(());
        }
        let owner = self.owner_of(card.customer).await?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let wrong = store::debit_card::cvv_wrong(&mut tx, card.id).await?;
        if wrong == CVV_TRIES || wrong == GUESSES_MOST {
            self.told(&mut tx, card, "code_blocked", OWNER, Some("card_code_blocked"), owner).await?;
        }
        tx.commit().await?;
        Err(Refusal::new("accounts.debit_card_expiry_wrong", 403).into())
    }

    /// What stands on a card, for its owner's eyes. Refuses with `accounts.debit_card_not_found`, the refusals of a card that is
    /// over, and `passport.step_up_needed` without a security window as strong as its owner can open, up to the second tier.
    pub async fn show_debit_card(&self, session: &Session, id: DebitCardId) -> Result<CardFace> {
        let stored = self.own_card(session.acting().customer, id).await?;
        if !stored.card.state.is_alive() {
            return Err(dead(&stored.card).into());
        }
        self.stepped_up_best(session).await?;
        let desk = self.desk()?;
        let number = desk.vault.unseal(id, &stored.sealed)?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        self.told(&mut tx, &stored.card, "shown", by_owner(session), None, Some(session.person)).await?;
        tx.commit().await?;
        let cvv = desk.vault.cvv(&number, stored.card.expiry);
        Ok(CardFace { number, expiry: stored.card.expiry, cvv })
    }

    /// What stands on a card, for a demonstration that has to show cards in use from the start; nothing asks who wants it.
    pub async fn card_face_for_show(&self, id: DebitCardId) -> Result<CardFace> {
        let stored = store::debit_card::by_id(&self.inner.db, id, self.today()).await?.ok_or_else(not_found)?;
        let desk = self.desk()?;
        let number = desk.vault.unseal(id, &stored.sealed)?;
        let (expiry, cvv) = (stored.card.expiry, desk.vault.cvv(&number, stored.card.expiry));
        Ok(CardFace { number, expiry, cvv })
    }

    /// Freezes, reports lost or closes a card at once; thawing needs the security window.
    ///
    /// Refuses with `accounts.debit_card_not_found`, the refusals of a card that is over, `passport.step_up_needed`.
    pub async fn change_debit_card(&self, session: &Session, id: DebitCardId, act: CardAct) -> Result<()> {
        let customer = session.acting().customer;
        let stored = self.own_card(customer, id).await?;
        if act == CardAct::Unfreeze && stored.card.state == DebitCardState::Frozen {
            self.stepped_up(session, Tier::Two).await?;
        }
        self.change_card(customer, id, act, by_owner(session), None).await
    }

    /// The same at the counter. Refuses with `accounts.debit_card_not_found` and the refusals of a card that is over.
    pub async fn change_debit_card_at_counter(
        &self,
        by: &str,
        reason: &str,
        id: DebitCardId,
        act: CardAct,
    ) -> Result<()> {
        let card = self.debit_card_for_staff(id).await?;
        self.change_card(card.customer, id, act, Hand { staff: Some(by), reason, session: None }, None).await
    }

    /// Thaws a card for two members of staff who decided about how it stood at an instant. Refuses with
    /// `accounts.debit_card_not_found`, the refusals of a card that is over, and with `accounts.debit_card_frozen_again` when
    /// it was frozen anew since.
    pub async fn unfreeze_debit_card_at_counter(
        &self,
        by: &str,
        reason: &str,
        id: DebitCardId,
        stood: Timestamp,
    ) -> Result<()> {
        let card = self.debit_card_for_staff(id).await?;
        let hand = Hand { staff: Some(by), reason, session: None };
        self.change_card(card.customer, id, CardAct::Unfreeze, hand, Some(stood)).await
    }

    /// What was decided about a card as it `stood` is not done to one that was frozen since.
    async fn change_card(
        &self,
        customer: CustomerId,
        id: DebitCardId,
        act: CardAct,
        hand: Hand<'_>,
        stood: Option<Timestamp>,
    ) -> Result<()> {
        let _door = self.inner.doors.enter(customer).await;
        let card = self.own_card(customer, id).await?.card;
        let state = act.after(card.state)?;
        if state == card.state {
            return Ok(());
        }
        if let Some(stood) = stood {
            let events = self.debit_card_events_of(id).await?;
            if events.iter().any(|event| event.kind == DebitCardState::Frozen.code() && event.time > stood) {
                return Err(Refusal::new("accounts.debit_card_frozen_again", 409).into());
            }
        }
        let owner = self.owner_of(customer).await?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::debit_card::set_state(&mut tx, id, state).await?;
        self.told(&mut tx, &card, state.code(), hand, Some(notice_of(state)), owner).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Issues a card of a new number in the place of one that is lost, frozen, worn or over. The old number is dead at once;
    /// what it set aside goes on; locks and the day's count at terminals go over to the new one. Asked again it gives the
    /// same card.
    ///
    /// Refuses with `accounts.debit_card_not_found`, `accounts.debit_card_closed`, and with `passport.step_up_needed` without
    /// the security window.
    pub async fn replace_debit_card(&self, session: &Session, id: DebitCardId) -> Result<DebitCard> {
        let customer = session.acting().customer;
        let stored = self.own_card(customer, id).await?;
        if stored.card.replaced_by.is_none() {
            self.stepped_up(session, Tier::Two).await?;
        }
        self.replace(customer, id, by_owner(session)).await
    }

    /// The same at the counter.
    pub async fn replace_debit_card_at_counter(&self, by: &str, reason: &str, id: DebitCardId) -> Result<DebitCard> {
        let card = self.debit_card_for_staff(id).await?;
        self.replace(card.customer, id, Hand { staff: Some(by), reason, session: None }).await
    }

    async fn replace(&self, customer: CustomerId, id: DebitCardId, hand: Hand<'_>) -> Result<DebitCard> {
        let old = self.own_card(customer, id).await?.card;
        if let Some(successor) = old.replaced_by {
            return Ok(self.own_card(customer, successor).await?.card);
        }
        if matches!(old.state, DebitCardState::Closed | DebitCardState::Replaced) {
            return Err(dead(&old).into());
        }
        let new = NewCard { account: old.account, key: format!("replaces/{id}") };
        self.issue(customer, &new, Some(&old), hand).await
    }

    /// Opens a card to payments without it, which needs a security window as strong as its owner can open, up to the second
    /// tier, or closes it, at once. What is paid without the card counts into the limits of what opened it. Opening it lets
    /// wrong security codes be forgotten.
    ///
    /// Refuses with `accounts.debit_card_not_found`, the refusals of a card that is over, `passport.step_up_needed`.
    pub async fn set_card_online(&self, session: &Session, id: DebitCardId, on: bool) -> Result<()> {
        let customer = session.acting().customer;
        let card = self.own_card(customer, id).await?.card;
        let tier = match on && (!card.is_online || card.is_code_blocked) {
            true => Some(self.stepped_up_best(session).await?),
            false => on.then_some(card.online_tier),
        };
        self.put_online(customer, id, tier, by_owner(session)).await
    }

    /// The same at the counter.
    pub async fn set_card_online_at_counter(&self, by: &str, reason: &str, id: DebitCardId, on: bool) -> Result<()> {
        let card = self.debit_card_for_staff(id).await?;
        // Staff have seen who it is, which is worth as much as a token.
        let hand = Hand { staff: Some(by), reason, session: None };
        self.put_online(card.customer, id, on.then_some(Tier::Two), hand).await
    }

    /// Opens a card by a proof of this worth, or closes it.
    async fn put_online(
        &self,
        customer: CustomerId,
        id: DebitCardId,
        tier: Option<Tier>,
        hand: Hand<'_>,
    ) -> Result<()> {
        let on = tier.is_some();
        let _door = self.inner.doors.enter(customer).await;
        let card = self.own_card(customer, id).await?.card;
        if !card.state.is_alive() {
            return Err(dead(&card).into());
        }
        if card.is_online == on && !(on && card.is_code_blocked) {
            return Ok(());
        }
        let owner = self.owner_of(customer).await?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        match tier {
            Some(tier) => store::debit_card::set_online(&mut tx, id, tier).await?,
            None => store::debit_card::set_offline(&mut tx, id, self.inner.clock.now()).await?,
        }
        let kind = if on { "online_on" } else { "online_off" };
        self.told(&mut tx, &card, kind, hand, on.then_some("card_online_on"), owner).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Closes all cards of a customer to payments without them, for the kill switch; gives how many were open.
    pub async fn stop_cards_online(&self, customer: CustomerId) -> Result<u64, Fault> {
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let stopped = self.stop_cards_online_in(&mut tx, customer).await?;
        tx.commit().await?;
        Ok(stopped)
    }

    /// The same as part of a larger step.
    pub async fn stop_cards_online_in(&self, tx: &mut Tx, customer: CustomerId) -> Result<u64, Fault> {
        store::debit_card::stop_online(tx, customer, self.inner.clock.now()).await
    }

    /// Seals all data keys anew under a new key-encryption key and forgets the old ones; gives the new key's number and how
    /// many cards it touched. Stopped half-way it goes on with the next call. The bank must not be serving.
    pub async fn rotate_vault(&self) -> Result<(u32, u64), Fault> {
        let desk = self.inner.desk.0.get().ok_or_else(|| Fault::new("this bank has no vault"))?;
        let vault = desk.vault.with_new_key()?;
        let (key, today) = (vault.current_key(), self.today());
        let mut touched = 0;
        loop {
            let cards = store::debit_card::of_other_keys(&self.inner.db, key, today).await?;
            if cards.is_empty() {
                vault.with_current_key_only()?;
                return Ok((key, touched));
            }
            let mut tx = self.inner.db.begin_write(&[]).await?;
            for stored in &cards {
                let sealed = vault.reseal(stored.card.id, &stored.sealed)?;
                store::debit_card::set_key(&mut tx, stored.card.id, &sealed).await?;
            }
            tx.commit().await?;
            touched += cards.len() as u64;
        }
    }

    async fn issue(
        &self,
        customer: CustomerId,
        new: &NewCard,
        replaces: Option<&DebitCard>,
        hand: Hand<'_>,
    ) -> Result<DebitCard> {
        if new.key.is_empty() || new.key.len() > KEY_MAX {
            return Err(Refusal::new("idempotency.key_invalid", 400).into());
        }
        let desk = self.desk()?;
        let _door = self.inner.doors.enter(customer).await;
        let (now, today) = (self.inner.clock.now(), self.today());
        if let Some(known) = store::debit_card::by_key(&self.inner.db, new.account, &new.key, today).await? {
            return Ok(known.card);
        }
        let account = self.inner.ledger.account(new.account).await.map_err(crate::ledger_error)?;
        if account.is_none_or(|account| account.closed) {
            return Err(Refusal::new("accounts.closed", 409).into());
        }
        let theirs = store::debit_card::of_customer(&self.inner.db, customer, today).await?;
        let alive = theirs.iter().filter(|stored| stored.card.account == new.account && stored.card.state.is_alive());
        if replaces.is_none() && alive.count() >= DEBIT_CARDS_MOST {
            let refusal = Refusal::new("accounts.debit_cards_too_many", 409);
            return Err(refusal.with("most", DEBIT_CARDS_MOST as i64).into());
        }
        let id = DebitCardId(desk.ids.next());
        let locks = replaces.map_or_else(|| inherited(&theirs), |old| old.locks.clone());
        let terminal_counter = match replaces {
            // Not a fresh one: a new number is no fresh day.
            Some(old) => old.terminal_counter,
            None => {
                let terms = OpenCounter {
                    institution: self.inner.terms.institution,
                    window: Window::Day,
                    cap_amount: locks.terminal_day_minor,
                    cap_count: None,
                };
                let command = command_id("accounts.card_counter", &id.0.to_be_bytes());
                let holder = self.ensure_holder(customer).await?;
                self.open_counter(holder, command, terms, &Document::CardCounter { customer }).await?
            }
        };
        let owner = self.owner_of(customer).await?;
        for _ in 0..DRAWS {
            let number = DebitCardNumber::made(&desk.prefix, desk.vault.draw())
                .ok_or_else(|| Fault::new("the prefix of our card numbers leaves no room"))?;
            let card = DebitCard {
                id,
                customer,
                account: new.account,
                shown: number.masked(),
                tail: number.tail().to_owned(),
                expiry: Expiry::of_new(today),
                state: DebitCardState::Active,
                // Whoever opens a card has proved less than whoever may pay with it in the net.
                is_online: replaces.is_some_and(|old| old.is_online),
                is_code_blocked: false,
                is_guess_blocked: false,
                online_tier: replaces.map_or(Tier::One, |old| old.online_tier),
                issued: now,
                replaces: replaces.map(|old| old.id),
                replaced_by: None,
                locks: locks.clone(),
                terminal_counter,
            };
            let sealed = desk.vault.seal(id, &number)?;
            let number_hash = desk.vault.number_hash(&number);
            let mut tx = self.inner.db.begin_write(&[]).await?;
            let row = NewDebitCard { card: &card, sealed: &sealed, number_hash, issue_key: &new.key };
            if !store::debit_card::insert(&mut tx, &row).await? {
                tx.rollback().await?;
                continue;
            }
            if let Some(old) = replaces {
                let state = if old.state == DebitCardState::Lost { old.state } else { DebitCardState::Replaced };
                store::debit_card::set_replaced(&mut tx, old.id, state, id).await?;
                self.told(&mut tx, old, "replaced", hand, None, None).await?;
            }
            self.told(&mut tx, &card, "issued", hand, Some("card_issued"), owner).await?;
            tx.commit().await?;
            return Ok(card);
        }
        Err(Fault::new("no free card number was found").into())
    }

    /// Writes down what happened to a card, and tells its owner.
    pub(crate) async fn told(
        &self,
        tx: &mut Tx,
        card: &DebitCard,
        kind: &str,
        hand: Hand<'_>,
        notice: Option<&'static str>,
        owner: Option<PersonId>,
    ) -> Result<(), Fault> {
        let Some(desk) = self.inner.desk.0.get() else { return Ok(()) };
        let (id, time) = (desk.ids.next(), self.inner.clock.now());
        let (by, reason) = (hand.staff, hand.reason);
        store::debit_card::insert_event(tx, &CardEventRow { id, card: card.id, time, kind, by, reason }).await?;
        if let (Some(kind), Some(person)) = (notice, owner) {
            let notice = Notice::new(kind).with("tail", card.tail.as_str()).link(format!("/cards/own/{}", card.id));
            notify::tell_in(tx, &desk.ids, time, person.0, &notice).await?;
        }
        // What staff do is in their own trail.
        if let (Some(person), None) = (owner, hand.staff) {
            let (event, detail) = (event_of(kind, notice), format!("{kind} {}", card.tail));
            desk.passport.note_event(tx, person, event, hand.session, None, &detail).await?;
        }
        Ok(())
    }

    /// Whom to tell about a customer's card.
    pub(crate) async fn owner_of(&self, customer: CustomerId) -> Result<Option<PersonId>, Fault> {
        match self.inner.desk.0.get() {
            Some(desk) => desk.passport.person_of(customer).await,
            None => Ok(None),
        }
    }

    /// Refuses without the security window of this strength.
    pub(crate) async fn stepped_up(&self, session: &Session, least: Tier) -> Result<()> {
        self.desk()?.passport.require_window(session, least).await
    }

    /// Refuses without a security window as strong as the person can open, up to the second tier; gives what it is worth.
    pub(crate) async fn stepped_up_best(&self, session: &Session) -> Result<Tier> {
        let passport = &self.desk()?.passport;
        passport.require_best(session).await?;
        Ok(passport.window(session).await?.map_or(Tier::One, |window| window.tier))
    }

    pub(crate) async fn own_card(&self, customer: CustomerId, id: DebitCardId) -> Result<StoredDebitCard> {
        let stored = store::debit_card::by_id(&self.inner.db, id, self.today()).await?;
        let own = stored.filter(|stored| stored.card.customer == customer);
        Ok(own.ok_or_else(not_found)?)
    }

    pub(crate) fn desk(&self) -> Result<&CardDesk, Refusal> {
        self.inner.desk.0.get().ok_or_else(|| Refusal::new("accounts.cards_not_issued", 404))
    }

    pub(crate) fn today(&self) -> BankDay {
        self.inner.terms.calendar.day(self.inner.clock.now())
    }
}

/// The strictest locks of the customer's cards, for a new one: of those that can be used, else of all that there were. So a new
/// card opens nothing that no card of theirs had open.
fn inherited(theirs: &[StoredDebitCard]) -> CardLocks {
    let is_alive = |stored: &&StoredDebitCard| stored.card.state.is_alive();
    let has_alive = theirs.iter().any(|stored| is_alive(&stored));
    let cards = theirs.iter().filter(|stored| !has_alive || is_alive(stored)).map(|stored| stored.card.locks.clone());
    cards.reduce(|all, locks| locks.stricter(&all)).unwrap_or_default()
}

fn not_found() -> Refusal {
    Refusal::new("accounts.debit_card_not_found", 404)
}

/// What of a card's story is to its owner's safety.
fn event_of(kind: &str, notice: Option<&str>) -> EventKind {
    match (kind, notice) {
        ("shown", _) => EventKind::CardShown,
        (_, Some(LOCK_WIDENED)) => EventKind::LockOpened,
        (kind, _) if kind.starts_with("lock_") => EventKind::LockClosed,
        _ => EventKind::CardChanged,
    }
}

fn code_blocked() -> Refusal {
    Refusal::new("accounts.debit_card_code_blocked", 403)
}

/// The refusal of a card that is over.
fn dead(card: &DebitCard) -> Refusal {
    card.state.refusal().unwrap_or_else(not_found)
}

fn notice_of(state: DebitCardState) -> &'static str {
    match state {
        DebitCardState::Frozen => "card_frozen",
        DebitCardState::Lost => "card_lost",
        DebitCardState::Closed => "card_closed",
        DebitCardState::Active | DebitCardState::Replaced | DebitCardState::Expired => "card_unfrozen",
    }
}
