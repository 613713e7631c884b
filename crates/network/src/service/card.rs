//! Binding a card: the four elements, the code, the mandate.

use super::Outcome;
use super::unit::Unit;
use crate::model::bank::{AccountState, Customer};
use crate::model::card::{Attempt, CODES, CardCheck, Elements, SPAN_MS};
use crate::store;
use crate::store::card::Mandate;
use kit::Fault;

/// What a participant asks about a card.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) participant: String,
    pub(crate) card: String,
    pub(crate) elements: Elements,
    /// The name of the check, and the code that is sent if they fit; both made beforehand.
    pub(crate) reference: String,
    pub(crate) code: String,
}

/// What the card's bank says.
pub(crate) enum Checked {
    /// They fit; the code is to be sent to this number.
    Sent { bank: String, mobile: String },
    /// No, and why: `mismatch`, `unknown_card`, `card_closed`, `too_many`.
    Refused(&'static str),
}

/// The code that the person typed.
#[derive(Clone)]
pub(crate) struct Confirmation {
    pub(crate) participant: String,
    pub(crate) reference: String,
    pub(crate) code: String,
    /// The name of the mandate, if it is given; made beforehand.
    pub(crate) mandate: String,
}

/// What came of it.
pub(crate) enum Confirmed {
    Bound(String),
    WrongCode(i64),
    Expired,
}

pub(crate) async fn check(unit: &mut Unit<'_>, question: &Question) -> Result<Outcome, Fault> {
    let Question { participant, card, elements, reference, code } = question;
    let refused = |why| Ok(Outcome::Checked(Checked::Refused(why)));
    let bank =
        unit.banks().find(|bank| !bank.bin.is_empty() && card.starts_with(&bank.bin)).map(|bank| bank.code.clone());
    let Some(bank) = bank else { return refused("unknown_card") };
    let Some(customer) = unit.customer(&bank, card).await? else { return refused("unknown_card") };
    if store::card::recent(&mut unit.tx, card, unit.now.plus_ms(-SPAN_MS)).await? >= CODES {
        return refused("too_many");
    }
    let known = elements_of(&customer);
    let fits = known == *elements && !customer.citizen_number.is_empty();
    let is_open = customer.state == AccountState::Open;
    let check = CardCheck {
        reference: reference.clone(),
        participant: participant.clone(),
        card: card.clone(),
        code_hash: if fits && is_open { code_hash(reference, code) } else { Vec::new() },
        sent: unit.now,
        wrong: 0,
        mandate: None,
    };
    // A question that did not fit counts as well: nobody tries out the elements of a card.
    store::card::add(&mut unit.tx, &check).await?;
    if !fits {
        refused("mismatch")
    } else if !is_open {
        refused("card_closed")
    } else {
        Ok(Outcome::Checked(Checked::Sent { bank, mobile: customer.mobile }))
    }
}

fn elements_of(customer: &Customer) -> Elements {
    Elements {
        name: customer.name.clone(),
        citizen_number: customer.citizen_number.clone(),
        mobile: customer.mobile.clone(),
    }
}

fn code_hash(reference: &str, code: &str) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new_derive_key("tongbao network card code 1");
    hasher.update(reference.as_bytes()).update(&[0]).update(code.as_bytes());
    hasher.finalize().as_bytes().to_vec()
}

pub(crate) async fn confirm(unit: &mut Unit<'_>, confirmation: &Confirmation) -> Result<Outcome, Fault> {
    let Confirmation { participant, reference, code, mandate } = confirmation;
    let check = store::card::one(&mut unit.tx, reference).await?;
    let over = Ok(Outcome::Confirmed(Confirmed::Expired));
    let check = match check {
        Some(check) if check.participant == *participant && !check.code_hash.is_empty() => check,
        _ => return over,
    };
    match check.attempt(&code_hash(reference, code), unit.now) {
        Attempt::Over => over,
        Attempt::Wrong(left) => {
            store::card::count_wrong(&mut unit.tx, reference).await?;
            Ok(Outcome::Confirmed(Confirmed::WrongCode(left)))
        }
        Attempt::Right => {
            if let Some(given) = check.mandate {
                return Ok(Outcome::Confirmed(Confirmed::Bound(given)));
            }
            let bank = unit.banks().find(|bank| !bank.bin.is_empty() && check.card.starts_with(&bank.bin));
            let bank = bank.map(|bank| bank.code.clone()).ok_or_else(|| Fault::new("a card of no bank was checked"))?;
            let given = Mandate { participant: participant.clone(), bank, account: check.card, is_released: false };
            store::card::bind(&mut unit.tx, reference, mandate, &given, unit.now).await?;
            Ok(Outcome::Confirmed(Confirmed::Bound(mandate.clone())))
        }
    }
}

/// Gives a mandate up; again and again is the same. One that is not this participant's is as good as given up for it, and
/// stays what it is for whoever has it.
pub(crate) async fn release(unit: &mut Unit<'_>, participant: &str, mandate: &str) -> Result<Outcome, Fault> {
    let known = store::card::mandate(&mut unit.tx, mandate).await?;
    if known.is_some_and(|known| known.participant == participant) {
        store::card::release(&mut unit.tx, mandate, unit.now).await?;
    }
    Ok(Outcome::Done)
}
