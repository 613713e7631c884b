//! Account products: what a customer can hold, and which rules come with it.

use super::chart;
use ledger::Side;

/// An account product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Product {
    /// Ⅰ类户, a person's full account: one per person and bank, never below zero.
    ClassOne,
    /// Ⅱ类户, opened online: what it pays and takes in is capped by day and year.
    ClassTwo,
    /// Ⅲ类户, a small purse opened online: capped more narrowly, and its balance too.
    ClassThree,
    /// 商户结算户, into which a merchant's takings go, never below zero.
    MerchantSettlement,
    /// 内部户, one of the bank's own, of any kind in the chart of accounts.
    BankInternal,
}

impl Product {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::ClassOne, Self::ClassTwo, Self::ClassThree, Self::MerchantSettlement, Self::BankInternal];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::ClassOne => "class_1",
            Self::ClassTwo => "class_2",
            Self::ClassThree => "class_3",
            Self::MerchantSettlement => "merchant_settlement",
            Self::BankInternal => "bank_internal",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|product| product.code() == code)
    }

    /// The number in a document.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::ClassOne => 1,
            Self::ClassTwo => 2,
            Self::ClassThree => 3,
            Self::MerchantSettlement => 10,
            Self::BankInternal => 90,
        }
    }

    /// From the number in a document.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|product| product.number() == number)
    }

    /// Kind in the chart of accounts; the bank's own accounts each bring theirs.
    pub fn kind(self) -> Option<u32> {
        match self {
            Self::ClassOne | Self::ClassTwo | Self::ClassThree => Some(chart::PERSONAL_DEPOSITS),
            Self::MerchantSettlement => Some(chart::MERCHANT_DEPOSITS),
            Self::BankInternal => None,
        }
    }

    /// The least balance in minor units; the bank's own accounts have none.
    pub fn floor_minor(self) -> Option<i64> {
        match self {
            Self::ClassOne | Self::ClassTwo | Self::ClassThree | Self::MerchantSettlement => Some(0),
            Self::BankInternal => None,
        }
    }

    /// Whether it is a person's account with class limits, opened online.
    pub fn is_limited_class(self) -> bool {
        matches!(self, Self::ClassTwo | Self::ClassThree)
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
        for product in Product::ALL {
            assert_eq!(Product::from_code(product.code()), Some(product));
            assert_eq!(Product::from_number(product.number()), Some(product));
        }
        assert_eq!(Product::from_code("class_9"), None);
        assert_eq!(Product::from_number(0), None);
    }
}
