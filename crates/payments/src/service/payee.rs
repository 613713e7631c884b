//! Finding the payee by what the payer typed, and showing no more of them than the payer may know.

use crate::Payments;
use crate::model::draft::{Payee, PayeeBy};
use crate::model::receipt::Party;
use crate::service::transfer::check_pair;
use accounts::{AccountNumber, AccountRef};
use kit::{Fault, Refusal, Result};
use ledger::AccountId;
use passport::{Acting, CustomerId, CustomerName, Mobile};
use std::collections::HashMap;

/// A payee who was found.
pub(crate) struct FoundPayee {
    pub(crate) account: AccountRef,
    pub(crate) by: PayeeBy,
    /// What they were named by, masked.
    pub(crate) shown: String,
}

impl Payments {
    /// The payee that this text names, as the payer may see them before an amount is asked. With a payer it is checked
    /// that the two accounts can pay each other.
    ///
    /// Refuses with `accounts.not_found`, `payments.payee_invalid`, `payments.payee_not_found`,
    /// `payments.payee_is_payer`, `payments.currency_differs`, `payments.look_ups_too_many`.
    pub async fn payee(&self, who: &Acting, payer: Option<AccountId>, text: &str) -> Result<Payee> {
        let payer = match payer {
            Some(payer) => Some(self.inner.accounts.own(who, payer).await?),
            None => None,
        };
        let terms = self.inner.accounts.terms().currency.numeric();
        let found = self.payee_named(who, text, payer.map_or(terms, |payer| payer.currency)).await?;
        if let Some(payer) = payer {
            check_pair(&payer, &found.account)?;
        }
        Ok(self.shown_payee(&found.account, found.by, found.shown).await?)
    }

    /// Finds the payee by mobile number or account number. Refuses with `payments.payee_invalid` what is neither and with
    /// `payments.payee_not_found`. The bank's own accounts are nobody's payee.
    pub(crate) async fn find_payee(&self, text: &str, currency: u16) -> Result<FoundPayee> {
        let not_found = || Refusal::new("payments.payee_not_found", 422).with("field", "payee");
        let invalid = |_| Refusal::new("payments.payee_invalid", 422).with("field", "payee");
        if AccountNumber::looks_like_one(text) {
            let number = AccountNumber::parse(text).map_err(invalid)?;
            let account = self.inner.accounts.by_number(number).await?.filter(|account| account.customer.is_some());
            let account = account.ok_or_else(not_found)?;
            return Ok(FoundPayee { account, by: PayeeBy::Number, shown: number.masked() });
        }
        let mobile = Mobile::parse(text).map_err(invalid)?;
        let customer = self.inner.passport.payee_by_mobile(&mobile).await?.ok_or_else(not_found)?;
        let account = self.inner.accounts.receiving(customer, currency).await?.ok_or_else(not_found)?;
        Ok(FoundPayee { account, by: PayeeBy::Mobile, shown: mobile.masked() })
    }

    /// What the payer sees of a payee.
    pub(crate) async fn shown_payee(&self, account: &AccountRef, by: PayeeBy, shown: String) -> Result<Payee, Fault> {
        let names = self.names(&[*account]).await?;
        let party = party(account, &names);
        Ok(Payee { name: party.name, initial: party.initial, tail: party.tail, by, shown })
    }

    /// The names of these accounts' customers.
    pub(crate) async fn names(&self, accounts: &[AccountRef]) -> Result<HashMap<CustomerId, CustomerName>, Fault> {
        let customers: Vec<CustomerId> = accounts.iter().filter_map(|account| account.customer).collect();
        self.inner.passport.customer_names(&customers).await
    }
}

/// The other side of a payment, as far as others may know it.
pub(crate) fn party(account: &AccountRef, names: &HashMap<CustomerId, CustomerName>) -> Party {
    let name = account.customer.and_then(|customer| names.get(&customer)).map(CustomerName::shown).unwrap_or_default();
    Party {
        initial: initial(&name),
        name,
        tail: account.number().map_or_else(String::new, AccountNumber::tail),
        is_bank: account.customer.is_none(),
    }
}

/// The first character of a name, with the variation selector that belongs to it.
pub(crate) fn initial(name: &str) -> String {
    let selects = |character: &char| matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
    let mut characters = name.chars();
    let first = characters.next();
    first.into_iter().chain(characters.next().filter(selects)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_initial_keeps_its_variation_selector() {
        assert_eq!(initial("李*宝"), "李");
        assert_eq!(initial("葛\u{e0100}*宝"), "葛\u{e0100}");
        assert_eq!(initial(""), "");
    }
}
