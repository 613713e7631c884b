//! The two banks that live here, and their first customers. Everything is plainly made up.

use super::operator::CARD_MINOR;
use super::unit::Unit;
use crate::Holder;
use crate::model::bank::{AccountState, Bank, Customer};
use crate::model::card::{self, Elements};
use kit::Fault;

/// A bank that lives here.
pub(crate) struct LocalBank {
    pub(crate) code: &'static str,
    pub(crate) name_zh: &'static str,
    pub(crate) name_en: &'static str,
    pub(crate) bin: &'static str,
}

pub(crate) const LOCAL_BANKS: [LocalBank; 2] = [
    LocalBank { code: "990310020002", name_zh: "示范甲银行", name_en: "Demo Bank A", bin: "620001" },
    LocalBank { code: "990310030003", name_zh: "示范乙银行", name_en: "Demo Bank B", bin: "620002" },
];

/// Samples of each bank: name, state, what is on the account. The names say what they are for.
const SAMPLES: [(&str, AccountState, i64); 4] = [
    ("赵示范", AccountState::Open, 10_000_000),
    ("钱示范", AccountState::Open, 5_000_000),
    ("孙销户", AccountState::Closed, 0),
    ("周冻结", AccountState::Blocked, 100_000),
];
/// The company of each bank, whose account has a longer number than a card.
const COMPANY: (&str, i64) = ("示范水务公司", 2_000_000_000);
/// The first serial of cards of people that the caller names.
const FIRST_HOLDER: u32 = 101;

/// Banks, customers and the first day, once; later only names and new banks.
pub(crate) async fn seed(
    unit: &mut Unit<'_>,
    participants: &[crate::Participant],
    holders: &[Holder],
) -> Result<(), Fault> {
    let cap_minor = unit.house.scheme.cap_minor;
    let new = |code: &str, name_zh: &str, name_en: &str, bin: &str, is_local| Bank {
        code: code.to_owned(),
        name_zh: name_zh.to_owned(),
        name_en: name_en.to_owned(),
        bin: bin.to_owned(),
        is_local,
        position_minor: 0,
        reserved_minor: 0,
        cap_minor,
        sequence: 0,
    };
    let local = LOCAL_BANKS.iter().map(|bank| new(bank.code, bank.name_zh, bank.name_en, bank.bin, true));
    let elsewhere = participants.iter().map(|one| new(&one.code, &one.name_zh, &one.name_en, "", false));
    for bank in local.chain(elsewhere).collect::<Vec<_>>() {
        let kept = match unit.bank(&bank.code) {
            Some(known) if known.is_local != bank.is_local => {
                return Err(Fault::new(format!("{} is the number of a bank that lives here", bank.code)));
            }
            Some(known) => Bank {
                position_minor: known.position_minor,
                reserved_minor: known.reserved_minor,
                sequence: known.sequence,
                ..bank
            },
            None => bank,
        };
        unit.put_bank(kept);
    }
    if unit.is_new() {
        unit.set_day(unit.house.calendar.day(unit.now));
    }
    // Customers stand in a bank's row.
    unit.flush().await?;
    for bank in &LOCAL_BANKS {
        customers_of(unit, bank).await?;
    }
    for (holder, serial) in holders.iter().zip(FIRST_HOLDER..) {
        let Some(bank) = LOCAL_BANKS.first() else { break };
        let elements = Elements::read(&holder.name, &holder.citizen_number, &holder.mobile);
        let customer = Customer {
            bank: bank.code.to_owned(),
            account: card::number(bank.bin, serial),
            name: elements.name,
            citizen_number: elements.citizen_number,
            mobile: elements.mobile,
            state: AccountState::Open,
            opened_minor: CARD_MINOR,
            balance_minor: CARD_MINOR,
            held_minor: 0,
            is_sample: true,
        };
        once(unit, customer).await?;
    }
    Ok(())
}

async fn customers_of(unit: &mut Unit<'_>, bank: &LocalBank) -> Result<(), Fault> {
    for ((name, state, funds), serial) in SAMPLES.iter().zip(1_u32..) {
        let customer = Customer {
            bank: bank.code.to_owned(),
            account: card::number(bank.bin, serial),
            name: (*name).to_owned(),
            // Nobody's: no province has the number 99, and the check character is not one.
            citizen_number: format!("9900001970010100{serial}X"),
            mobile: format!("+861990000{}{serial:03}", bank.bin.chars().last().unwrap_or('0')),
            state: *state,
            opened_minor: *funds,
            balance_minor: *funds,
            held_minor: 0,
            is_sample: true,
        };
        once(unit, customer).await?;
    }
    let (name, funds) = COMPANY;
    let company = Customer {
        bank: bank.code.to_owned(),
        account: format!("{}8000000000001", bank.bin),
        name: name.to_owned(),
        citizen_number: String::new(),
        mobile: String::new(),
        state: AccountState::Open,
        opened_minor: funds,
        balance_minor: funds,
        held_minor: 0,
        is_sample: true,
    };
    once(unit, company).await
}

async fn once(unit: &mut Unit<'_>, customer: Customer) -> Result<(), Fault> {
    if unit.customer(&customer.bank, &customer.account).await?.is_none() {
        unit.put_customer(customer);
        // Written one by one, so that they are listed in this order.
        unit.number();
        unit.flush().await?;
    }
    Ok(())
}
