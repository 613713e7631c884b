//! What an operator may do: faults, payments of customers who live here, cards, the end of a day, returns, positions.

use super::Outcome;
use super::unit::Unit;
use super::{day, payment};
use crate::model::bank::{AccountState, Customer};
use crate::model::card::{self, Elements};
use crate::model::fault::Faults;
use crate::model::transfer::{Kind, State, Transfer};
use crate::model::{name, reason, refusal, window};
use crate::store;
use iso20022::Service;
use kit::{BankDay, Fault, Refusal};

/// What is on a new card, minor units.
pub(crate) const CARD_MINOR: i64 = 2_000_000;
/// The most characters of a name or a memo.
const WORDS_MOST: usize = 140;

/// A customer of a bank that lives here pays somebody elsewhere.
#[derive(Clone)]
pub struct PayOrder {
    /// The number of the payer's account.
    pub from: String,
    /// The payee's bank.
    pub to_bank: String,
    /// The payee's account.
    pub to_account: String,
    /// The payee's name, as the payer typed it.
    pub to_name: String,
    /// Above 0, minor units.
    pub amount_minor: i64,
    /// By which service.
    pub service: Service,
    /// What for; may be empty.
    pub memo: String,
}

/// A card for somebody.
#[derive(Clone)]
pub struct NewCard {
    /// At which bank; none is the first that has cards.
    pub bank: Option<String>,
    /// The holder's name.
    pub name: String,
    /// The holder's citizen number.
    pub citizen_number: String,
    /// The holder's mobile number.
    pub mobile: String,
}

/// A card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedCard {
    /// The number, also that of its account.
    pub card: String,
    /// The bank.
    pub bank: String,
    /// What is on it, minor units.
    pub balance_minor: i64,
}

/// A settled payment is given back by the bank that got it.
#[derive(Clone)]
pub struct GiveBack {
    /// The payment's `TxId`.
    pub transaction_id: String,
    /// The code of the reason; empty is `CUST`, the customer asks for it.
    pub reason: String,
}

/// What everybody has at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Positions {
    /// The open settlement day.
    pub day: BankDay,
    /// Bank by bank.
    pub banks: Vec<Position>,
}

/// What one bank has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Its number.
    pub code: String,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
    /// Whether it lives here.
    pub is_local: bool,
    /// What the others owe it, minor units; below 0 what it owes them.
    pub position_minor: i64,
    /// What it pays by payments that wait for the other bank's word, minor units.
    pub reserved_minor: i64,
    /// The most that it may owe, minor units.
    pub cap_minor: i64,
    /// How many accounts it has here.
    pub accounts: i64,
    /// With what they were opened together, minor units.
    pub opened_minor: i64,
    /// What is on them together, minor units: what they were opened with, and the position.
    pub balance_minor: i64,
    /// Of this, what is on its way to others, minor units.
    pub held_minor: i64,
}

fn refused(code: &'static str, status: u16) -> Result<Outcome, Fault> {
    Ok(Outcome::Refused(Refusal::new(code, status)))
}

fn wrong(field: &'static str) -> Result<Outcome, Fault> {
    Ok(Outcome::Refused(Refusal::new(refusal::FIELD_INVALID, 422).with("field", field)))
}

pub(crate) async fn set_faults(unit: &mut Unit<'_>, faults: &Faults) -> Result<Outcome, Fault> {
    store::scheme::put_faults(&mut unit.tx, faults).await?;
    unit.faults = faults.clone();
    Ok(Outcome::Done)
}

fn is_number(text: &str) -> bool {
    (1..=34).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_words(text: &str) -> bool {
    text.chars().count() <= WORDS_MOST && !text.chars().any(char::is_control)
}

pub(crate) async fn pay(unit: &mut Unit<'_>, key: Option<&str>, order: &PayOrder) -> Result<Outcome, Fault> {
    let to_name = order.to_name.trim();
    if to_name.is_empty() || !is_words(to_name) {
        return wrong("to_name");
    }
    if !is_number(&order.to_account) {
        return wrong("to_account");
    }
    if !is_number(&order.from) {
        return wrong("from");
    }
    if !is_words(&order.memo) {
        return wrong("memo");
    }
    if order.amount_minor <= 0 {
        return wrong("amount");
    }
    if unit.bank(&order.to_bank).is_none() {
        return wrong("to_bank");
    }
    let banks: Vec<String> = unit.banks().filter(|bank| bank.is_local).map(|bank| bank.code.clone()).collect();
    let mut payer = None;
    for bank in &banks {
        payer = match payer {
            Some(found) => Some(found),
            None => unit.customer(bank, &order.from).await?,
        };
    }
    let Some(payer) = payer else { return wrong("from") };
    if payer.bank == order.to_bank {
        return wrong("to_bank");
    }
    let number = unit.number();
    let id = match key {
        // Numbers that are given never begin so, and a form sent again finds its own payment.
        Some(key) => format!("{}9{:018}", payer.bank, of_key(key)),
        None => format!("{}{number:019}", payer.bank),
    };
    if unit.transfer(&id).await?.is_some() {
        return Ok(Outcome::Paid(id));
    }
    match payer.gives(order.amount_minor) {
        Err(reason::NO_FUNDS) => return refused(refusal::FUNDS_INSUFFICIENT, 409),
        Err(_) => return refused(refusal::ACCOUNT_NOT_OPEN, 409),
        Ok(()) => {}
    }
    let paid = Transfer {
        kind: Kind::Credit,
        service: order.service,
        state: State::Deciding,
        payer_bank: payer.bank.clone(),
        payee_bank: order.to_bank.clone(),
        amount_minor: order.amount_minor,
        end_to_end_id: format!("E{number:015}"),
        payer_name: payer.name.clone(),
        payer_account: payer.account.clone(),
        payee_name: to_name.to_owned(),
        payee_account: order.to_account.clone(),
        memo: order.memo.trim().to_owned(),
        reason: None,
        ended: None,
        ..Transfer::never_received(&id, &payer.bank, unit.now)
    };
    payment::send(unit, paid).await?;
    Ok(Outcome::Paid(id))
}

/// Eighteen digits.
fn of_key(key: &str) -> u64 {
    let hash = blake3::derive_key("tongbao network form key 1", key.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    u64::from_le_bytes(first) % 1_000_000_000_000_000_000
}

pub(crate) async fn issue(unit: &mut Unit<'_>, new: &NewCard) -> Result<Outcome, Fault> {
    let elements = Elements::read(&new.name, &new.citizen_number, &new.mobile);
    if let Some(flaw) = elements.flaw() {
        return wrong(flaw.split(' ').next().unwrap_or_default());
    }
    let bank = unit.banks().find(|bank| match &new.bank {
        Some(code) => bank.code == *code && !bank.bin.is_empty() && bank.is_local,
        None => bank.is_local && !bank.bin.is_empty(),
    });
    let Some((bank, bin)) = bank.map(|bank| (bank.code.clone(), bank.bin.clone())) else { return wrong("bank") };
    let known = store::customer::of_holder(&mut unit.tx, &bank, &elements.citizen_number).await?;
    // Who has this card already gets no second one, so that a form sent twice does no harm; a new mobile number is another.
    if let Some(known) = known.filter(|known| known.mobile == elements.mobile && known.state == AccountState::Open) {
        if name::fit(&elements.name, &known.name) != name::Fit::Full {
            return refused(refusal::HOLDER_HAS_OTHER_NAME, 409);
        }
        let issued = IssuedCard { card: known.account, bank, balance_minor: known.balance_minor };
        return Ok(Outcome::Issued(issued));
    }
    let serial = FIRST_ISSUED + store::customer::count(&mut unit.tx, &bank).await?;
    let customer = Customer {
        account: card::number(&bin, u32::try_from(serial)?),
        bank,
        name: elements.name,
        citizen_number: elements.citizen_number,
        mobile: elements.mobile,
        state: AccountState::Open,
        opened_minor: CARD_MINOR,
        balance_minor: CARD_MINOR,
        held_minor: 0,
        is_sample: false,
    };
    let issued = IssuedCard { card: customer.account.clone(), bank: customer.bank.clone(), balance_minor: CARD_MINOR };
    unit.put_customer(customer);
    // The next one counts this one.
    unit.flush().await?;
    Ok(Outcome::Issued(issued))
}

/// Serial numbers below are for samples.
const FIRST_ISSUED: i64 = 1_000;

pub(crate) async fn close_day(unit: &mut Unit<'_>) -> Result<Outcome, Fault> {
    if !window::may_close(unit.day(), &unit.house.calendar, unit.now) {
        return refused(refusal::DAY_CLOSED, 409);
    }
    day::close_day(unit).await?;
    Ok(Outcome::Done)
}

pub(crate) async fn give_back(unit: &mut Unit<'_>, order: &GiveBack) -> Result<Outcome, Fault> {
    let code = if order.reason.is_empty() { reason::CUSTOMER_ASKS } else { order.reason.as_str() };
    if !reason::is_code(code) {
        return wrong("reason");
    }
    if !order.transaction_id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refused(refusal::PAYMENT_NOT_FOUND, 404);
    }
    let Some(original) = unit.transfer(&order.transaction_id).await? else {
        return refused(refusal::PAYMENT_NOT_FOUND, 404);
    };
    if original.kind == Kind::Return || original.state != State::Settled || !unit.is_local(&original.payee_bank) {
        return refused(refusal::PAYMENT_NOT_RETURNABLE, 409);
    }
    if original.returned_by.is_some() {
        return refused(refusal::PAYMENT_RETURNED, 409);
    }
    match payment::give_back(unit, &original, code).await? {
        None => refused(refusal::FUNDS_INSUFFICIENT, 409),
        Some(after) if after.state == State::Rejected => refused(refusal::PAYMENT_NOT_RETURNABLE, 409),
        Some(after) => Ok(Outcome::Paid(after.id)),
    }
}

pub(crate) async fn positions(unit: &mut Unit<'_>) -> Result<Outcome, Fault> {
    unit.flush().await?;
    let sums = store::customer::sums(&mut unit.tx).await?;
    let banks = unit.banks().map(|bank| {
        let sums = sums.iter().find(|(code, _)| *code == bank.code).map(|(_, sums)| *sums).unwrap_or_default();
        Position {
            code: bank.code.clone(),
            name_zh: bank.name_zh.clone(),
            name_en: bank.name_en.clone(),
            is_local: bank.is_local,
            position_minor: bank.position_minor,
            reserved_minor: bank.reserved_minor,
            cap_minor: bank.cap_minor,
            accounts: sums.count,
            opened_minor: sums.opened_minor,
            balance_minor: sums.balance_minor,
            held_minor: sums.held_minor,
        }
    });
    Ok(Outcome::Positions(Positions { day: unit.day(), banks: banks.collect() }))
}
