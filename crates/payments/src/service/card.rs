//! Binding a card of another bank, and giving it up.
//!
//! Whose card it is only its bank knows: it is told the proven name and citizen number of the customer and the mobile number
//! that they typed, and texts a code of its own. A card that somebody else has bound here is refused with the words of a card
//! that is not the customer's, so that nobody learns who has bound what. The whole number lies sealed, since money is sent to
//! it; it is found again by a keyed hash.

use crate::Payments;
use crate::model::card::{
    BoundCard, CARD_CHECK_LIVES_MS, CARD_CHECKS_A_DAY, CARD_CODE_TRIES, CARDS_MOST, CardCheck, CardCheckId,
    CardCheckState, CardForm, CardId, CardNumber, OtherBank, bank_of,
};
use crate::network::{CardAnswer, CardQuestion, CardRefusal, CodeAnswer};
use crate::service::bank::unavailable;
use crate::store;
use crate::store::card::{CardFacts, StoredCard, StoredCheck};
use kit::{Fault, Refusal, Result, Timestamp};
use notify::Notice;
use passport::{Acting, CustomerId, Mobile, Proven};

const DAY_MS: i64 = 24 * 3_600_000;
/// What the number is sealed and hashed as.
const SECRET: &str = "card";
/// How soon a release is tried again, at first and at most, in milliseconds.
const RELEASE_AGAIN_MS: (i64, i64) = (5_000, 3_600_000);

/// A customer's own account at another bank, whole, for messages to the network. It has no `Debug` form.
pub(crate) struct OwnCard {
    /// Which card.
    pub(crate) id: CardId,
    /// Its bank.
    pub(crate) bank: OtherBank,
    /// Names the owner's consent that this bank may collect from it.
    pub(crate) mandate: String,
    /// All digits.
    pub(crate) number: String,
}

impl Payments {
    /// The bank of a card number, before anything is asked or kept. Refuses with `payments.card_number_invalid` and the
    /// `reason`, `payments.card_bank_unknown`, `payments.network_unavailable`.
    pub async fn card_bank(&self, card: &str) -> Result<(CardNumber, OtherBank)> {
        let number = CardNumber::parse(card)?;
        let banks = self.banks().await?;
        let bank = bank_of(&banks, &number).cloned();
        Ok((number, bank.ok_or_else(|| Refusal::new("payments.card_bank_unknown", 422).with("field", "card"))?))
    }

    /// Whether the customer may bind a card at all, to be said before anything is typed. Refuses with
    /// `payments.name_not_proven`, `payments.citizen_number_missing`, `payments.cards_too_many`.
    pub async fn may_bind_card(&self, who: &Acting) -> Result<()> {
        self.proven(who).await?;
        match (self.cards(who).await?.len() as i64) < CARDS_MOST {
            true => Ok(()),
            false => Err(too_many_cards().into()),
        }
    }

    /// Asks a card's bank whether it is the customer's; if so, the bank texts a code, to be told to
    /// [`confirm_card`](Self::confirm_card).
    ///
    /// Refuses with `payments.name_not_proven`, `payments.citizen_number_missing`, as [`card_bank`](Self::card_bank) does,
    /// `passport.mobile_invalid`, `payments.card_bound_already`, `payments.cards_too_many`, `payments.card_checks_too_many`;
    /// with what the bank says: `payments.card_mismatch`, `payments.card_unknown`, `payments.card_closed`,
    /// `payments.card_bank_too_many`; and with `payments.network_unavailable`.
    pub async fn bind_card(&self, who: &Acting, form: CardForm) -> Result<CardCheck> {
        let proven = self.proven(who).await?;
        let (number, bank) = self.card_bank(&form.card).await?;
        let mobile = Mobile::parse(&form.mobile)?;
        let number_hash = self.inner.passport.secret_hash(SECRET, number.full());
        let owner = store::card::owner(&self.inner.db, &number_hash).await?;
        if owner.is_some_and(|(_, customer)| customer == who.customer) {
            return Err(Refusal::new("payments.card_bound_already", 409).with("field", "card").into());
        }
        let now = self.inner.clock.now();
        let check = StoredCheck {
            id: CardCheckId(self.inner.ids.next()),
            facts: CardFacts {
                customer: who.customer,
                person: who.person,
                bank: OtherBank { bins: Vec::new(), ..bank },
                number_sealed: self.inner.passport.seal_secret(SECRET, who.person, number.full())?,
                shown: number.masked(),
                tail: number.tail().to_owned(),
                mobile_shown: mobile.masked(),
            },
            number_hash: number_hash.to_vec(),
            reference: None,
            waits: false,
            wrong: 0,
            expires: now.plus_ms(CARD_CHECK_LIVES_MS),
            card: None,
        };
        self.count_check(&check, now).await?;
        if owner.is_some() {
            store::card::check_over(&self.inner.db, check.id).await?;
            return Err(refused(CardRefusal::Mismatch).into());
        }
        let question = CardQuestion {
            card: number.full().to_owned(),
            name: proven.name.full().to_owned(),
            citizen_number: proven.citizen_number,
            mobile: mobile.e164().to_owned(),
        };
        match self.network()?.check_card(&question).await {
            Ok(CardAnswer::CodeSent { reference }) => {
                store::card::code_sent(&self.inner.db, check.id, &reference).await?;
                Ok(shown_check(&StoredCheck { reference: Some(reference), waits: true, ..check }, now))
            }
            Ok(CardAnswer::Refused(why)) => {
                store::card::check_over(&self.inner.db, check.id).await?;
                Err(refused(why).into())
            }
            Err(fault) => {
                // An outage is not the customer's try.
                store::card::undo_check(&self.inner.db, check.id).await?;
                Err(unavailable(&fault).into())
            }
        }
    }

    /// A card that the customer is binding. Refuses with `payments.card_check_not_found`.
    pub async fn card_check(&self, who: &Acting, id: CardCheckId) -> Result<CardCheck> {
        let check = store::card::check(&self.inner.db, id, who.customer).await?.ok_or_else(check_not_found)?;
        Ok(shown_check(&check, self.inner.clock.now()))
    }

    /// Binds the card for which this code came. Asked again after that it gives the same card.
    ///
    /// Refuses with `payments.card_check_not_found`, `payments.card_code_wrong` and the codes `left`,
    /// `payments.card_check_over`, `payments.cards_too_many`, `payments.card_mismatch` for a card that somebody else bound
    /// meanwhile, `payments.network_unavailable`.
    pub async fn confirm_card(&self, who: &Acting, id: CardCheckId, code: &str) -> Result<BoundCard> {
        let code: String = code.chars().filter(|character| *character != ' ').take(16).collect();
        let check = match self.take_code(who, id).await? {
            Taken::Bound(card) => return self.card(who, card).await,
            Taken::Check(check) => check,
        };
        let is_code = (4..=8).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
        let answer = match &check.reference {
            Some(reference) if is_code => self.network()?.confirm_card(reference, &code).await,
            // What cannot be a code is told to nobody.
            _ => Ok(CodeAnswer::WrongCode { left: CARD_CODE_TRIES }),
        };
        match answer {
            Ok(CodeAnswer::Bound { mandate }) => self.put_card(who, &check, mandate).await,
            Ok(CodeAnswer::WrongCode { left }) => {
                let left = left.min(CARD_CODE_TRIES - check.wrong).max(0);
                if left == 0 {
                    return self.over(who, id).await;
                }
                Err(Refusal::new("payments.card_code_wrong", 422).with("field", "code").with("left", left).into())
            }
            Ok(CodeAnswer::Expired) => self.over(who, id).await,
            Err(fault) => {
                self.give_code_back(who, id).await?;
                Err(unavailable(&fault).into())
            }
        }
    }

    /// The customer's bound cards, the oldest first.
    pub async fn cards(&self, who: &Acting) -> Result<Vec<BoundCard>> {
        let stored = store::card::of_customer(&self.inner.db, who.customer).await?;
        Ok(stored.iter().map(shown_card).collect())
    }

    /// One of the customer's bound cards. Refuses with `payments.card_not_found`.
    pub async fn card(&self, who: &Acting, id: CardId) -> Result<BoundCard> {
        Ok(shown_card(&self.stored_card(who.customer, id).await?))
    }

    /// Gives a card up: from now on it is not the customer's here. Its bank is told until it has taken it. Refuses with
    /// `payments.card_not_found`.
    pub async fn unbind_card(&self, who: &Acting, id: CardId) -> Result<()> {
        let card = self.stored_card(who.customer, id).await?;
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[store::card::lock(who.customer).as_str()]).await?;
        if !store::card::unbind(&mut tx, id, who.customer, now).await? {
            return Err(card_not_found().into());
        }
        let notice = about_card("card_unbound", &card.facts);
        notify::tell_in(&mut tx, &self.inner.ids, now, card.facts.person.0, &notice).await?;
        tx.commit().await?;
        self.release(&card, now).await?;
        Ok(())
    }

    /// Gives up all cards of a customer who leaves the bank.
    pub async fn unbind_cards(&self, who: &Acting) -> Result<()> {
        for card in self.cards(who).await? {
            self.unbind_card(who, card.id).await?;
        }
        Ok(())
    }

    /// Tells other banks which cards were given up, as far as they do not know it; to be called every few seconds. Gives how
    /// many took it.
    pub async fn release_cards(&self, now: Timestamp) -> Result<u64, Fault> {
        let mut taken = 0;
        for card in store::card::releasing(&self.inner.db, now).await? {
            if !self.release(&card, now).await? {
                // The network is down for the others as well.
                break;
            }
            taken += 1;
        }
        Ok(taken)
    }

    /// A bound card whole, for messages to the network. Refuses with `payments.card_not_found`.
    pub(crate) async fn own_card(&self, customer: CustomerId, id: CardId) -> Result<OwnCard> {
        let card = self.stored_card(customer, id).await?;
        let facts = card.facts;
        let number = self.inner.passport.open_secret(SECRET, facts.person, &facts.number_sealed)?;
        Ok(OwnCard { id, bank: facts.bank, mandate: card.mandate, number })
    }

    /// Which of a customer's bound cards this account of another bank is.
    pub(crate) async fn card_of(&self, customer: CustomerId, account: &str) -> Result<Option<CardId>, Fault> {
        let Ok(number) = CardNumber::parse(account) else { return Ok(None) };
        let number_hash = self.inner.passport.secret_hash(SECRET, number.full());
        let owner = store::card::owner(&self.inner.db, &number_hash).await?;
        Ok(owner.filter(|(_, owner)| *owner == customer).map(|(card, _)| card))
    }

    /// Forgets cards that were being bound two days ago and more.
    pub(crate) async fn sweep_card_checks(&self) -> Result<(), Fault> {
        store::card::sweep_checks(&self.inner.db, self.inner.clock.now().plus_ms(-2 * DAY_MS)).await
    }

    async fn proven(&self, who: &Acting) -> Result<Proven> {
        if !who.verified() {
            return Err(Refusal::new("payments.name_not_proven", 403).into());
        }
        let own = self.inner.passport.customer_of(who.person).await?;
        let proven = self.inner.passport.proven(who.person).await?.filter(|_| own == Some(who.customer));
        Ok(proven.ok_or_else(|| Refusal::new("payments.citizen_number_missing", 409))?)
    }

    /// Keeps a try, as one of those that a customer has in a day.
    async fn count_check(&self, check: &StoredCheck, now: Timestamp) -> Result<()> {
        let customer = check.facts.customer;
        let mut tx = self.inner.db.begin_write(&[store::card::lock(customer).as_str()]).await?;
        if store::card::count(&mut tx, customer).await? >= CARDS_MOST {
            return Err(too_many_cards().into());
        }
        let (tries, oldest) = store::card::checks_since(&mut tx, customer, now.plus_ms(-DAY_MS)).await?;
        if tries >= CARD_CHECKS_A_DAY {
            let wait_ms = oldest.map_or(DAY_MS, |oldest| oldest.plus_ms(DAY_MS).as_ms() - now.as_ms());
            let wait_s = ((wait_ms + 999) / 1_000).max(1);
            let refusal = Refusal::new("payments.card_checks_too_many", 429).with("most", CARD_CHECKS_A_DAY);
            return Err(refusal.with("retry_after_s", wait_s).into());
        }
        store::card::insert_check(&mut tx, check, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes one of the codes that may be typed, before it is known whether it is right.
    async fn take_code(&self, who: &Acting, id: CardCheckId) -> Result<Taken> {
        let mut tx = self.inner.db.begin_write(&[store::card::lock(who.customer).as_str()]).await?;
        let check = store::card::check_in(&mut tx, id, who.customer).await?.ok_or_else(check_not_found)?;
        if let Some(card) = check.card {
            return Ok(Taken::Bound(card));
        }
        if !check.waits || check.wrong >= CARD_CODE_TRIES || self.inner.clock.now() >= check.expires {
            return Err(check_over().into());
        }
        let check = StoredCheck { wrong: check.wrong + 1, ..check };
        store::card::set_wrong(&mut tx, id, check.wrong).await?;
        tx.commit().await?;
        Ok(Taken::Check(Box::new(check)))
    }

    async fn give_code_back(&self, who: &Acting, id: CardCheckId) -> Result<(), Fault> {
        let mut tx = self.inner.db.begin_write(&[store::card::lock(who.customer).as_str()]).await?;
        if let Some(check) = store::card::check_in(&mut tx, id, who.customer).await? {
            store::card::set_wrong(&mut tx, id, (check.wrong - 1).max(0)).await?;
        }
        tx.commit().await
    }

    /// It is over, unless the same form sent twice has bound it meanwhile.
    async fn over(&self, who: &Acting, id: CardCheckId) -> Result<BoundCard> {
        let check = store::card::check(&self.inner.db, id, who.customer).await?;
        if let Some(card) = check.and_then(|check| check.card) {
            return self.card(who, card).await;
        }
        store::card::check_over(&self.inner.db, id).await?;
        Err(check_over().into())
    }

    async fn put_card(&self, who: &Acting, check: &StoredCheck, mandate: String) -> Result<BoundCard> {
        let now = self.inner.clock.now();
        let card =
            StoredCard { id: CardId(self.inner.ids.next()), facts: check.facts.clone(), mandate, bound: now, tries: 0 };
        let mut tx = self.inner.db.begin_write(&[store::card::lock(who.customer).as_str()]).await?;
        let found = store::card::check_in(&mut tx, check.id, who.customer).await?.ok_or_else(check_not_found)?;
        if let Some(card) = found.card {
            drop(tx);
            return self.card(who, card).await;
        }
        let refusal = if store::card::count(&mut tx, who.customer).await? >= CARDS_MOST {
            Some(too_many_cards())
        } else if store::card::insert(&mut tx, &card, &check.number_hash).await? {
            None
        } else {
            Some(refused(CardRefusal::Mismatch))
        };
        if let Some(refusal) = refusal {
            drop(tx);
            // The bank gave its consent for nothing; it runs out there if this does not arrive.
            if let Err(fault) = self.network()?.release_card(&card.mandate).await {
                tracing::warn!(%fault, "a consent that is not used could not be given back");
            }
            store::card::check_over(&self.inner.db, check.id).await?;
            return Err(refusal.into());
        }
        store::card::check_bound(&mut tx, check.id, card.id).await?;
        let notice = about_card("card_bound", &card.facts);
        notify::tell_in(&mut tx, &self.inner.ids, now, card.facts.person.0, &notice).await?;
        tx.commit().await?;
        Ok(shown_card(&card))
    }

    async fn stored_card(&self, customer: CustomerId, id: CardId) -> Result<StoredCard> {
        let card = store::card::by_id(&self.inner.db, id, customer).await?;
        Ok(card.ok_or_else(card_not_found)?)
    }

    /// Whether the bank took it.
    async fn release(&self, card: &StoredCard, now: Timestamp) -> Result<bool, Fault> {
        let told = match self.network() {
            Ok(network) => network.release_card(&card.mandate).await,
            Err(refusal) => Err(Fault::new(refusal.to_string())),
        };
        match told {
            Ok(()) => {
                store::card::released(&self.inner.db, card.id).await?;
                Ok(true)
            }
            Err(fault) => {
                tracing::warn!(%fault, "a bank was not told that a card is given up; it will be");
                let (first, most) = RELEASE_AGAIN_MS;
                let wait_ms = (first << card.tries.clamp(0, 16)).min(most);
                store::card::release_later(&self.inner.db, card.id, now.plus_ms(wait_ms)).await?;
                Ok(false)
            }
        }
    }
}

/// What the taking of a code found.
enum Taken {
    /// The card is bound already.
    Bound(CardId),
    /// The code is to be told to the card's bank.
    Check(Box<StoredCheck>),
}

fn refused(why: CardRefusal) -> Refusal {
    match why {
        CardRefusal::Mismatch => Refusal::new("payments.card_mismatch", 422).with("field", "mobile"),
        CardRefusal::UnknownCard => Refusal::new("payments.card_unknown", 422).with("field", "card"),
        CardRefusal::CardClosed => Refusal::new("payments.card_closed", 422).with("field", "card"),
        CardRefusal::TooMany => Refusal::new("payments.card_bank_too_many", 429).with("retry_after_s", 3_600),
    }
}

fn too_many_cards() -> Refusal {
    Refusal::new("payments.cards_too_many", 409).with("most", CARDS_MOST)
}

fn card_not_found() -> Refusal {
    Refusal::new("payments.card_not_found", 404)
}

fn check_not_found() -> Refusal {
    Refusal::new("payments.card_check_not_found", 404)
}

fn check_over() -> Refusal {
    Refusal::new("payments.card_check_over", 410)
}

fn about_card(kind: &'static str, facts: &CardFacts) -> Notice {
    let notice = Notice::new(kind).with("bank_zh", facts.bank.name_zh.as_str());
    notice.with("bank_en", facts.bank.name_en.as_str()).with("tail", facts.tail.as_str()).link("/cards")
}

fn shown_check(check: &StoredCheck, now: Timestamp) -> CardCheck {
    let left = (CARD_CODE_TRIES - check.wrong).max(0);
    let state = match check.card {
        Some(card) => CardCheckState::Bound(card),
        None if check.waits && left > 0 && now < check.expires => CardCheckState::Waiting,
        None => CardCheckState::Over,
    };
    CardCheck {
        id: check.id,
        bank: check.facts.bank.clone(),
        card_shown: check.facts.shown.clone(),
        mobile_shown: check.facts.mobile_shown.clone(),
        state,
        left,
        expires: check.expires,
    }
}

fn shown_card(card: &StoredCard) -> BoundCard {
    BoundCard {
        id: card.id,
        bank: card.facts.bank.clone(),
        shown: card.facts.shown.clone(),
        tail: card.facts.tail.clone(),
        mobile_shown: card.facts.mobile_shown.clone(),
        bound: card.bound,
    }
}
