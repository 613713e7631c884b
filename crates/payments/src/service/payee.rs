//! Finding the payee by what the payer typed, and showing no more of them than the payer may know.

use crate::Payments;
use crate::model::draft::{Payee, PayeeBy};
use crate::model::receipt::Party;
use accounts::{AccountNumber, AccountRef};
use kit::{Fault, Refusal, Result};
use passport::{CustomerId, CustomerName, Mobile};
use std::collections::HashMap;

/// A payee who was found.
pub(crate) struct FoundPayee {
    pub(crate) account: AccountRef,
    pub(crate) by: PayeeBy,
    /// What they were named by, masked.
    pub(crate) shown: String,
}

impl Payments {
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
        let person = self.inner.passport.person_by_mobile(&mobile).await?.ok_or_else(not_found)?;
        let account = self.inner.accounts.receiving(person.customer, currency).await?.ok_or_else(not_found)?;
        Ok(FoundPayee { account, by: PayeeBy::Mobile, shown: mobile.masked() })
    }

    /// What the payer sees of a payee.
    pub(crate) async fn shown_payee(&self, account: &AccountRef, by: PayeeBy, shown: String) -> Result<Payee, Fault> {
        let names = self.names(&[*account]).await?;
        let party = party(account, &names);
        Ok(Payee { name: party.name, tail: party.tail, by, shown })
    }

    /// The names of these accounts' customers.
    pub(crate) async fn names(&self, accounts: &[AccountRef]) -> Result<HashMap<CustomerId, CustomerName>, Fault> {
        let customers: Vec<CustomerId> = accounts.iter().filter_map(|account| account.customer).collect();
        self.inner.passport.customer_names(&customers).await
    }
}

/// The other side of a payment, as far as others may know it.
pub(crate) fn party(account: &AccountRef, names: &HashMap<CustomerId, CustomerName>) -> Party {
    let name = account.customer.and_then(|customer| names.get(&customer)).map(CustomerName::shown);
    Party {
        name: name.unwrap_or_default(),
        tail: account.number().map_or_else(String::new, AccountNumber::tail),
        is_bank: account.customer.is_none(),
    }
}
