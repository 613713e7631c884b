//! The chart of accounts (会计科目表): what each kind of account is, and on which side it grows.
//!
//! The codes are this bank's own. They follow the customary scheme of Chinese banks, in which the first digit names the
//! element: 1 assets, 2 liabilities, 3 accounts common to both sides, 4 equity, 5 income, 6 expenses. A bank that brings
//! its own chart replaces this table.

use ledger::Side;

/// The accounting element that an account belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Element {
    /// 资产
    Asset,
    /// 负债
    Liability,
    /// 共同类: either side, such as clearing.
    Common,
    /// 所有者权益
    Equity,
    /// 收入
    Income,
    /// 费用
    Expense,
}

/// A line of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChartEntry {
    /// Four digits, the first of which names the element.
    pub code: u32,
    /// Chinese name.
    pub name_zh: &'static str,
    /// English name.
    pub name_en: &'static str,
    /// What it belongs to.
    pub element: Element,
    /// On which side its balance grows.
    pub normal_side: Side,
}

/// Cash on hand.
pub const CASH: u32 = 1001;
/// What a partition of the ledger has on its way to another and from it; nothing once all has arrived.
pub const TRANSIT: u32 = 3002;
/// Balance with the central bank.
pub const CENTRAL_BANK: u32 = 1003;
/// Demand deposits of persons.
pub const PERSONAL_DEPOSITS: u32 = 2011;
/// Deposits of merchants, into which their takings are settled.
pub const MERCHANT_DEPOSITS: u32 = 2012;
/// Money that the bank keeps for somebody until it is known who they are.
pub const SUSPENSE: u32 = 2241;
/// What is owed to the card network for what customers paid by card.
pub const CARD_SETTLEMENT: u32 = 2242;
/// Clearing between banks.
pub const CLEARING: u32 = 3001;
/// Paid-in capital.
pub const CAPITAL: u32 = 4001;
/// Fee and commission income.
pub const FEE_INCOME: u32 = 5001;
/// Fee and commission expense.
pub const FEE_EXPENSE: u32 = 6001;

/// The whole chart, by code.
pub const CHART: &[ChartEntry] = &[
    entry(CASH, "库存现金", "Cash on hand", Element::Asset),
    entry(CENTRAL_BANK, "存放中央银行款项", "Balance with the central bank", Element::Asset),
    entry(PERSONAL_DEPOSITS, "个人活期储蓄存款", "Demand deposits of persons", Element::Liability),
    entry(MERCHANT_DEPOSITS, "商户结算存款", "Merchants' settlement deposits", Element::Liability),
    entry(SUSPENSE, "其他应付款", "Other payables", Element::Liability),
    entry(CARD_SETTLEMENT, "应付银行卡清算款", "Card settlement payable", Element::Liability),
    entry(CLEARING, "清算资金往来", "Clearing between banks", Element::Common),
    entry(TRANSIT, "分区往来", "Transit between partitions", Element::Common),
    entry(CAPITAL, "实收资本", "Paid-in capital", Element::Equity),
    entry(FEE_INCOME, "手续费及佣金收入", "Fee and commission income", Element::Income),
    entry(FEE_EXPENSE, "手续费及佣金支出", "Fee and commission expense", Element::Expense),
];

const fn entry(code: u32, name_zh: &'static str, name_en: &'static str, element: Element) -> ChartEntry {
    let normal_side = match element {
        // Clearing is kept as an asset: what other banks owe us is its debit balance.
        Element::Asset | Element::Common | Element::Expense => Side::Debit,
        Element::Liability | Element::Equity | Element::Income => Side::Credit,
    };
    ChartEntry { code, name_zh, name_en, element, normal_side }
}

/// The line with this code.
pub fn chart_entry(code: u32) -> Option<&'static ChartEntry> {
    CHART.iter().find(|entry| entry.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_digit_of_a_code_names_its_element() {
        for entry in CHART {
            let element = match entry.code / 1000 {
                1 => Element::Asset,
                2 => Element::Liability,
                3 => Element::Common,
                4 => Element::Equity,
                5 => Element::Income,
                _ => Element::Expense,
            };
            assert_eq!(entry.element, element, "{}", entry.code);
        }
        assert!(CHART.is_sorted_by_key(|entry| entry.code));
        assert_eq!(chart_entry(1001).unwrap().name_en, "Cash on hand");
        assert_eq!(chart_entry(9999), None);
    }
}
