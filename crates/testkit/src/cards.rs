//! Other banks with their cards, in the test's hand.

use crate::{Bank, Member};
use kit::Fault;
use notify::demo::Phone;
use notify::{SmsGateway, SmsMessage};
use passport::Claim;
use passport::registry::made_up_number;
use payments::{Asking, CardAnswer, CardNetwork, CardQuestion, CardRefusal, CodeAnswer, OtherBank};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Codes that a bank takes for one question.
const TRIES: i64 = 5;

/// Two other banks, which know the cards that a test issued. Clones share everything.
#[derive(Clone)]
pub struct OtherBanks {
    state: Arc<Mutex<State>>,
    phone: Phone,
}

#[derive(Default)]
struct State {
    is_down: bool,
    /// Holder's facts by card number; none: closed.
    cards: BTreeMap<String, Option<[String; 3]>>,
    /// Card, code and wrong codes by reference.
    asked: BTreeMap<String, (String, String, i64)>,
    mandates: Vec<String>,
    checks: usize,
}

impl OtherBanks {
    pub(crate) fn new(phone: Phone) -> Self {
        Self { state: Arc::new(Mutex::new(State::default())), phone }
    }

    /// From now on nobody answers, or everybody again.
    pub fn set_down(&self, is_down: bool) {
        self.state().is_down = is_down;
    }

    /// A new card of this bank, the `number`-th; its holder is known by name, citizen number and mobile number.
    pub fn issue(&self, bin: &str, number: u32, holder: [&str; 3]) -> String {
        let card = card_number(bin, number);
        self.state().cards.insert(card.clone(), Some(holder.map(str::to_owned)));
        card
    }

    /// Closes a card.
    pub fn close(&self, card: &str) {
        self.state().cards.insert(card.to_owned(), None);
    }

    /// The consents that were given and not given up.
    pub fn mandates(&self) -> Vec<String> {
        self.state().mandates.clone()
    }

    /// How often anything was asked about a card.
    pub fn checks(&self) -> usize {
        self.state().checks
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn up(&self) -> Result<MutexGuard<'_, State>, Fault> {
        let state = self.state();
        if state.is_down { Err(Fault::new("the network is down")) } else { Ok(state) }
    }

    fn checked(&self, question: &CardQuestion) -> Result<CardAnswer, Fault> {
        let mut state = self.up()?;
        state.checks += 1;
        let facts = [question.name.clone(), question.citizen_number.clone(), question.mobile.clone()];
        let refused = match state.cards.get(&question.card) {
            None => Some(CardRefusal::UnknownCard),
            Some(None) => Some(CardRefusal::CardClosed),
            Some(Some(holder)) if *holder != facts => Some(CardRefusal::Mismatch),
            Some(Some(_)) => None,
        };
        if let Some(refused) = refused {
            return Ok(CardAnswer::Refused(refused));
        }
        let (reference, code) = (format!("q{}", state.checks), format!("{:06}", 100_000 + state.checks));
        state.asked.insert(reference.clone(), (question.card.clone(), code.clone(), 0));
        let text = format!("【示范银行】绑卡验证码 {code}，十分钟内有效。");
        drop(state);
        let sent = SmsMessage { id: format!("bank {reference}"), to: question.mobile.clone(), text };
        // The phone keeps it at once; what is awaited is nothing.
        drop(self.phone.send(&sent));
        Ok(CardAnswer::CodeSent { reference })
    }

    fn confirmed(&self, reference: &str, code: &str) -> Result<CodeAnswer, Fault> {
        let mut state = self.up()?;
        let Some((card, right, wrong)) = state.asked.get_mut(reference) else { return Ok(CodeAnswer::Expired) };
        if *wrong >= TRIES {
            return Ok(CodeAnswer::Expired);
        }
        if code != right {
            *wrong += 1;
            return Ok(CodeAnswer::WrongCode { left: TRIES - *wrong });
        }
        let mandate = format!("mandate {card}");
        if !state.mandates.contains(&mandate) {
            state.mandates.push(mandate.clone());
        }
        Ok(CodeAnswer::Bound { mandate })
    }
}

impl CardNetwork for OtherBanks {
    fn banks(&self) -> Asking<'_, Vec<OtherBank>> {
        let bank = |code: &str, name_zh: &str, name_en: &str, bin: &str| OtherBank {
            code: code.to_owned(),
            name_zh: name_zh.to_owned(),
            name_en: name_en.to_owned(),
            bins: vec![bin.to_owned()],
        };
        let banks = vec![
            bank("990310020002", "示范甲银行", "Demo Bank A", "620001"),
            bank("990310030003", "示范乙银行", "Demo Bank B", "620002"),
        ];
        let answer = self.up().map(|_| banks);
        Box::pin(async move { answer })
    }

    fn check_card<'a>(&'a self, question: &'a CardQuestion) -> Asking<'a, CardAnswer> {
        let answer = self.checked(question);
        Box::pin(async move { answer })
    }

    fn confirm_card<'a>(&'a self, reference: &'a str, code: &'a str) -> Asking<'a, CodeAnswer> {
        let answer = self.confirmed(reference, code);
        Box::pin(async move { answer })
    }

    fn release_card<'a>(&'a self, mandate: &'a str) -> Asking<'a, ()> {
        let answer = self.up().map(|mut state| state.mandates.retain(|known| known != mandate));
        Box::pin(async move { answer })
    }
}

impl Bank {
    /// Proves a member's citizen number at the counter; gives it.
    pub async fn citizen(&self, member: &Member) -> String {
        let number = made_up_number((member.person.id.0 & 0xff_ffff) as u32);
        let claim = Claim { name: member.person.name.full().to_owned(), citizen_number: number.clone() };
        let proven = self.passport.mark_identity_checked(member.person.id, claim, "test").await;
        proven.unwrap_or_else(|error| panic!("{error}"));
        number
    }

    /// A card of Demo Bank A that is a member's, with their own mobile number.
    pub async fn card_of(&self, member: &Member, number: u32) -> String {
        let citizen = match self.passport.proven(member.person.id).await {
            Ok(Some(proven)) => proven.citizen_number,
            _ => self.citizen(member).await,
        };
        let person = &member.person;
        self.others.issue("620001", number, [person.name.full(), &citizen, person.mobile.e164()])
    }
}

/// Sixteen digits with their check digit.
fn card_number(bin: &str, number: u32) -> String {
    let body = format!("{bin}{number:09}");
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let digits = body.bytes().rev().map(|digit| u32::from(digit - b'0')).enumerate();
    let sum: u32 = digits.map(|(place, digit)| if place % 2 == 0 { doubled(digit) } else { digit }).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}
