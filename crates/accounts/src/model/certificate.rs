//! Certificates of accounts (账户证明): what an account held at a moment.

use super::number::AccountNumber;
use super::product::Product;
use kit::Timestamp;
use ledger::AccountId;
use money::Amount;
use passport::CustomerId;
use std::fmt;

/// A certificate of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CertificateId(pub i64);

impl fmt::Display for CertificateId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// Longest key of a form.
pub(crate) const KEY_MAX: usize = 100;

/// What the bank certified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Which certificate.
    pub id: CertificateId,
    /// Of which account.
    pub account: AccountId,
    /// Its number.
    pub number: AccountNumber,
    /// Whose account it was.
    pub customer: CustomerId,
    /// Its product at that moment.
    pub product: Product,
    /// Its booked balance at that moment.
    pub balance: Amount,
    /// The moment.
    pub time: Timestamp,
}

/// The number of the certificate that this form of this customer asks for: the same form sent again asks for the same.
/// It is positive, as the codes on papers need it.
pub(crate) fn certificate_id(customer: CustomerId, account: AccountId, key: &str) -> CertificateId {
    let mut hasher = blake3::Hasher::new_derive_key("tongbao accounts v1 certificate");
    hasher.update(&customer.0.to_be_bytes());
    hasher.update(&account.0.to_be_bytes());
    hasher.update(key.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    CertificateId((u64::from_be_bytes(first) >> 1).max(1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_form_names_the_same_certificate_and_no_other_does() {
        let id = |customer, account, key| certificate_id(CustomerId(customer), AccountId(account), key);
        assert_eq!(id(1, 2, "k"), id(1, 2, "k"));
        for other in [id(2, 2, "k"), id(1, 3, "k"), id(1, 2, "l")] {
            assert_ne!(id(1, 2, "k"), other);
            assert!(other.0 > 0);
        }
    }
}
