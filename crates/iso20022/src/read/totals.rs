//! Whether a message counts and sums what it holds, and names nothing twice.

use super::field;
use crate::refused::Refused;
use crate::xml::Element;
use money::Amount;
use std::collections::HashSet;

/// Decimals of a control sum; every amount is brought to so many.
const SCALE: u32 = 17;

/// Compares `NbOfTxs` and `CtrlSum` of a group header, and the total amount of this name, with the amounts of the transactions.
pub(super) fn check(group: Element<'_>, total_name: &str, amounts: &[Amount]) -> Result<(), Refused> {
    if let Some(at) = group.get("NbOfTxs")
        && at.text().parse() != Ok(amounts.len() as u64)
    {
        return Err(field::contradiction(at, format!("the number of transactions is {}", amounts.len())));
    }
    if let Some(at) = group.get("CtrlSum") {
        let sum = amounts.iter().try_fold(0_i128, |sum, amount| sum.checked_add(scaled(*amount)?));
        if sum.is_none() || sum != decimal(at.text().trim()) {
            return Err(field::contradiction(at, "the sum of the transactions is another one"));
        }
    }
    if let Some(at) = group.get(total_name) {
        let total = field::amount(at)?;
        let sum = amounts.iter().try_fold(Amount::zero(total.currency), |sum, amount| sum.checked_add(*amount));
        if sum != Some(total) {
            return Err(field::contradiction(
                at,
                "the total of the transactions is another one, or of another currency",
            ));
        }
    }
    Ok(())
}

/// What some write where there is no id and one must be given.
const NO_ID: &str = "NOTPROVIDED";

/// Refuses an id that stood before.
pub(super) fn once<'t>(ids: impl Iterator<Item = Element<'t>>) -> Result<(), Refused> {
    let mut seen = HashSet::new();
    for id in ids {
        if !seen.insert(id.text()) && id.text() != NO_ID {
            return Err(field::contradiction(id, "the message has this id already"));
        }
    }
    Ok(())
}

fn scaled(amount: Amount) -> Option<i128> {
    i128::from(amount.minor).checked_mul(10_i128.pow(SCALE - amount.currency.exponent()))
}

/// A decimal that the schema allows, as a whole number of its 17th decimal.
fn decimal(text: &str) -> Option<i128> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let decimals = decimals.trim_end_matches('0');
    let padded = format!("{whole}{decimals:0<width$}", width = SCALE as usize);
    padded.parse().ok()
}
