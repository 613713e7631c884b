//! Account products: what a customer can hold, and which rules come with it.

use super::chart;
use ledger::Side;

/// An account product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Product {
    /// Ⅰ类户, a person's full account: one per person and bank, never below zero.
    ClassOne,
    /// 商户结算户, into which a merchant's takings go, never below zero.
    MerchantSettlement,
    /// 内部户, one of the bank's own, of any kind in the chart of accounts.
    BankInternal,
}

impl Product {
    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::ClassOne => "class_1",
            Self::MerchantSettlement => "merchant_settlement",
            Self::BankInternal => "bank_internal",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::ClassOne, Self::MerchantSettlement, Self::BankInternal]
            .into_iter()
            .find(|product| product.code() == code)
    }

    /// The number in a document.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::ClassOne => 1,
            Self::MerchantSettlement => 10,
            Self::BankInternal => 90,
        }
    }

    /// From the number in a document.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        [Self::ClassOne, Self::MerchantSettlement, Self::BankInternal]
            .into_iter()
            .find(|product| product.number() == number)
    }

    /// Kind in the chart of accounts; the bank's own accounts each bring theirs.
    pub fn kind(self) -> Option<u32> {
        match self {
            Self::ClassOne => Some(chart::PERSONAL_DEPOSITS),
            Self::MerchantSettlement => Some(chart::MERCHANT_DEPOSITS),
            Self::BankInternal => None,
        }
    }

    /// The least balance in minor units; the bank's own accounts have none.
    pub fn floor_minor(self) -> Option<i64> {
        match self {
            Self::ClassOne | Self::MerchantSettlement => Some(0),
            Self::BankInternal => None,
        }
    }

    /// Where the balance grows for a kind of the chart.
    pub(crate) fn side_of(kind: u32) -> Side {
        chart::chart_entry(kind).map_or(Side::Debit, |entry| entry.normal_side)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_read_back() {
        for product in [Product::ClassOne, Product::MerchantSettlement, Product::BankInternal] {
            assert_eq!(Product::from_code(product.code()), Some(product));
            assert_eq!(Product::from_number(product.number()), Some(product));
        }
        assert_eq!(Product::from_code("class_9"), None);
        assert_eq!(Product::from_number(0), None);
    }
}
