//! A customer's safety as staff see it: cards with their locks, factors, devices, limits with what bounds them, refusals; and
//! the kill switch pulled for them.

use crate::model::act;
use crate::service::customer::{check_reason, check_words, of_person};
use crate::{CustomerView, Desk};
use accounts::{AccountSummary, CardEvent, DebitCard, DebitCardId, Method, OwnCaps, TerminalDay, Usage};
use kit::{Refusal, Result};
use ledger::AccountId;
use passport::{KeyKind, Person, PersonId, SecurityOverview};
use payments::{AuthorisationState, CardPurchase, KillId, KillRecord, MethodReach};
use staff::{SecurityCaseId, StaffSession};

/// Events that the page of a customer looks through.
const EVENTS_SHOWN: u32 = 40;

/// What protects a customer.
#[derive(Debug, Clone)]
pub struct CustomerSecurity {
    /// Factors, devices, sessions, events.
    pub overview: SecurityOverview,
    /// Their debit cards, those that can be used first.
    pub cards: Vec<DebitCard>,
    /// The last uses of cards that were refused.
    pub refused: Vec<CardPurchase>,
    /// How far each method reaches; empty for who has no account.
    pub reach: Vec<MethodReach>,
    /// Limits of their own.
    pub own: OwnCaps,
    /// What is used of the limits of an account's class, where it has some.
    pub classes: Vec<(AccountId, Usage)>,
}

/// A customer's debit card.
#[derive(Debug, Clone)]
pub struct StaffCardView {
    /// Whose.
    pub person: Person,
    /// The card, its number masked.
    pub card: DebitCard,
    /// From which it pays.
    pub account: AccountSummary,
    /// What is used of its day cap at terminals.
    pub terminal: TerminalDay,
    /// What happened to it, oldest first.
    pub events: Vec<CardEvent>,
    /// Its last uses that were refused.
    pub refused: Vec<CardPurchase>,
}

/// How staff know that everything of a customer is to be stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopGround {
    /// They stand at the counter with their card.
    Card {
        /// The number on it.
        citizen_number: String,
        /// Whether face and card were compared.
        seen: bool,
    },
    /// They called; what was asked and checked, in words.
    Call(String),
    /// An open security case about them.
    Case(SecurityCaseId),
}

impl Desk {
    /// What protects a customer, for a page that is written down by itself.
    pub(crate) async fn customer_security(&self, customer: &CustomerView) -> Result<CustomerSecurity> {
        let person = &customer.person;
        let overview = self.inner.passport.overview_for_staff(person.id, EVENTS_SHOWN).await?;
        let uses = self.inner.payments.card_purchases_of(person.customer).await?;
        let reach = match customer.accounts.iter().any(|account| !account.closed) {
            true => self.inner.payments.reach_of(person.customer, &held(&overview)).await?,
            false => Vec::new(),
        };
        let mut classes = Vec::new();
        for account in customer.accounts.iter().filter(|account| !account.closed) {
            let usage = self.inner.accounts.usage_of(&account.account).await?;
            classes.extend(usage.map(|usage| (account.account.id, usage)));
        }
        Ok(CustomerSecurity {
            cards: self.inner.accounts.debit_cards_of(person.customer).await?,
            refused: uses.into_iter().filter(is_refused).collect(),
            own: self.inner.accounts.own_limits_of(person.customer).await?,
            overview,
            reach,
            classes,
        })
    }

    /// One debit card of a customer. Refuses with `staff.not_allowed`, `passport.person_not_found`, and with
    /// `accounts.debit_card_not_found` for another customer's.
    pub async fn card(&self, session: &StaffSession, id: PersonId, card: DebitCardId) -> Result<StaffCardView> {
        self.inner.staff.looked(session, &act::VIEW, &of_person(id), &of_card(card)).await?;
        self.card_view(id, card).await
    }

    /// The same for a page on the way to something that is written down by itself.
    pub(crate) async fn card_view(&self, id: PersonId, card: DebitCardId) -> Result<StaffCardView> {
        let (person, card) = self.own_card(id, card).await?;
        let account = self.customers_account(card.account).await?;
        let uses = self.inner.payments.card_uses_of(card.id).await?;
        Ok(StaffCardView {
            person,
            account,
            terminal: self.inner.accounts.terminal_day_of(&card).await?,
            events: self.inner.accounts.debit_card_events_of(card.id).await?,
            refused: uses.into_iter().filter(is_refused).collect(),
            card,
        })
    }

    /// A person and a card of theirs. Another's is not found.
    pub(crate) async fn own_card(&self, id: PersonId, card: DebitCardId) -> Result<(Person, DebitCard)> {
        let person = self.known(id).await?;
        let card = self.inner.accounts.debit_card_for_staff(card).await?;
        if card.customer != person.customer {
            return Err(Refusal::new("accounts.debit_card_not_found", 404).into());
        }
        Ok((person, card))
    }

    /// The last uses of a card, those that went through too, for a reason: where somebody pays is as much theirs as movements
    /// are. Refuses with `staff.not_allowed`, `branch.reason_invalid`, and as [`card`](Self::card) does.
    pub async fn card_uses(
        &self,
        session: &StaffSession,
        id: PersonId,
        card: DebitCardId,
        reason: &str,
    ) -> Result<Vec<CardPurchase>> {
        let reason = check_reason(reason)?;
        let detail = format!("{} {reason}", of_card(card));
        self.inner.staff.looked(session, &act::MOVEMENTS, &of_person(id), &detail).await?;
        self.own_card(id, card).await?;
        Ok(self.inner.payments.card_uses_of(card).await?)
    }

    /// Ends at once everything that could act for a customer who says, or of whom staff found, that somebody else does. It
    /// protects, so one member of staff may; signing in anew is all that it takes to go on. The same form ends it once.
    ///
    /// Refuses with `staff.not_allowed`, `branch.reason_invalid`, `branch.checked_invalid`, `branch.card_differs`,
    /// `branch.card_not_seen`, `staff.case_not_found` for a case that is closed or about somebody else,
    /// `passport.person_not_found`, and as [`Payments::kill_for_staff`](payments::Payments::kill_for_staff) does.
    pub async fn stop_everything(
        &self,
        session: &StaffSession,
        id: PersonId,
        ground: &StopGround,
        reason: &str,
        key: &str,
    ) -> Result<KillId> {
        self.inner.staff.allow(session, &act::STOP, &of_person(id)).await?;
        let reason = check_reason(reason)?;
        let person = self.known(id).await?;
        let words = self.check_ground(session, id, ground).await?;
        let number = &session.member.number;
        let work = self.inner.payments.kill_for_staff(id, person.customer, number, key);
        self.inner.staff.acting(session, &act::STOP, &of_person(id), &format!("{words} {reason}"), work).await
    }

    /// Checks the ground and gives it in words for the trail.
    async fn check_ground(&self, session: &StaffSession, id: PersonId, ground: &StopGround) -> Result<String> {
        match ground {
            StopGround::Card { citizen_number, seen } => {
                self.compare_card(session, &act::STOP, id, citizen_number, *seen).await?;
                Ok("card".to_owned())
            }
            StopGround::Call(checked) => Ok(format!("call ({})", check_words(checked)?)),
            StopGround::Case(case) => {
                let open = self.inner.staff.open_cases_about(&of_person(id)).await?;
                let is_theirs = open.iter().any(|one| one.id == *case);
                is_theirs
                    .then(|| format!("case:{case}"))
                    .ok_or_else(|| Refusal::new("staff.case_not_found", 404).into())
            }
        }
    }

    /// What a kill switch that staff pulled ended. Refuses with `staff.not_allowed`, `payments.kill_not_found`.
    pub async fn stopped(&self, session: &StaffSession, id: PersonId, kill: KillId) -> Result<KillRecord> {
        self.inner.staff.looked(session, &act::STOP, &of_person(id), &format!("kill:{kill}")).await?;
        self.inner.payments.killed(id, kill).await
    }
}

fn is_refused(purchase: &CardPurchase) -> bool {
    purchase.state == AuthorisationState::Declined
}

/// The methods with which a customer could confirm something.
fn held(overview: &SecurityOverview) -> Vec<Method> {
    let mut held = vec![Method::SmsCode];
    if overview.keys.iter().any(|key| key.kind == KeyKind::Passkey) {
        held.push(Method::Passkey);
    }
    if overview.tokens.iter().any(|token| token.has_keypad && !token.is_locked) {
        held.push(Method::OtpToken);
    }
    let is_key = overview.keys.iter().any(|key| key.kind == KeyKind::SecurityKey);
    if is_key || overview.signing_keys.iter().any(|key| !key.is_over) {
        held.push(Method::SigningKey);
    }
    held
}

/// How the trail names a card; its number never stands there.
pub(crate) fn of_card(card: DebitCardId) -> String {
    format!("card:{card}")
}
