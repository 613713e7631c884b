//! Account classes (账户分类): what a Class II or III account may pay and take in, and how that becomes counters of the
//! ledger.
//!
//! The caps are the central bank's for personal accounts (Ⅰ、Ⅱ、Ⅲ类户, 2016 and 2018): bounds are inclusive, the flow is
//! gross, and each direction has counters of its own. A new rule gets a new line with its own first day.

use super::account::AccountRef;
use super::product::Product;
use kit::BankDay;
use ledger::{AccountId, CounterId, LimitUse, OpenCounter, Side, Window};

/// What limits a class of accounts from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassRule {
    /// For which product.
    pub product: Product,
    /// The first bank day on which it holds.
    pub from: BankDay,
    /// The most that is paid, and the most that is taken in, in a bank day, minor units.
    pub day_minor: i64,
    /// The same in a calendar year.
    pub year_minor: i64,
    /// The greatest balance at any instant; none is no ceiling.
    pub ceiling_minor: Option<i64>,
    /// The most open accounts of this class that one person has in one bank.
    pub most: i64,
}

/// 2016-12-01, from which on personal accounts have classes.
const CLASSES_BEGIN: BankDay = BankDay(17_136);

/// Every rule there was and is.
const CLASS_RULES: &[ClassRule] = &[
    ClassRule {
        product: Product::ClassTwo,
        from: CLASSES_BEGIN,
        day_minor: 1_000_000,
        year_minor: 20_000_000,
        ceiling_minor: None,
        most: 5,
    },
    ClassRule {
        product: Product::ClassThree,
        from: CLASSES_BEGIN,
        day_minor: 200_000,
        year_minor: 5_000_000,
        ceiling_minor: Some(200_000),
        most: 5,
    },
];

/// The rule of a product on a bank day; none for products without class limits.
pub fn class_rule(product: Product, day: BankDay) -> Option<ClassRule> {
    let holds = |rule: &&ClassRule| rule.product == product && rule.from <= day;
    CLASS_RULES.iter().filter(holds).max_by_key(|rule| rule.from).copied()
}

/// The counters that limit an account of Class II or III.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassCounters {
    /// What is paid in a bank day.
    pub paid_day: CounterId,
    /// What is paid in a calendar year.
    pub paid_year: CounterId,
    /// What is taken in in a bank day.
    pub received_day: CounterId,
    /// What is taken in in a calendar year.
    pub received_year: CounterId,
}

impl ClassCounters {
    /// In the order in which they are opened.
    pub(crate) fn all(&self) -> [CounterId; 4] {
        [self.paid_day, self.paid_year, self.received_day, self.received_year]
    }

    /// From the order in which they are opened.
    pub(crate) fn of([paid_day, paid_year, received_day, received_year]: [CounterId; 4]) -> Self {
        Self { paid_day, paid_year, received_day, received_year }
    }
}

/// The terms of an account's four counters, in the order in which they are opened.
pub(crate) fn counter_terms(rule: &ClassRule, institution: u16) -> [OpenCounter; 4] {
    let terms = |window, cap| OpenCounter { institution, window, cap_amount: Some(cap), cap_count: None };
    let (day, year) = (terms(Window::Day, rule.day_minor), terms(Window::Year, rule.year_minor));
    [day, year, day, year]
}

/// The account to which an account of Class II or III is bound (绑定账户).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The same person's Class I account in this bank.
    Here(AccountId),
    /// An account of another bank, by the number under which the room that reaches other banks keeps it.
    Elsewhere(i64),
}

/// The counters that a transfer between these two accounts is charged to, on either side. What moves between a Class II
/// account and the Class I account of this bank to which it is bound is not limited.
pub fn limit_uses(payer: &AccountRef, payee: &AccountRef) -> Vec<LimitUse> {
    let mut uses = Vec::new();
    uses.extend(payer.day_counter.map(|counter| LimitUse { counter, side: Side::Debit }));
    if let Some(class) = payer.class.filter(|_| !is_free(payer, payee)) {
        uses.extend([class.paid_day, class.paid_year].map(|counter| LimitUse { counter, side: Side::Debit }));
    }
    if let Some(class) = payee.class.filter(|_| !is_free(payee, payer)) {
        uses.extend([class.received_day, class.received_year].map(|counter| LimitUse { counter, side: Side::Credit }));
    }
    uses
}

/// The counters that a movement between an account and another bank is charged to; `side` is that of the account, and
/// `is_own_card` says that the other side is a card of the same customer that is bound. What moves between that and an
/// account of Class II is not limited; Class III binds whoever is on the other side.
pub fn limit_uses_elsewhere(account: &AccountRef, side: Side, is_own_card: bool) -> Vec<LimitUse> {
    let mut uses = Vec::new();
    if side == Side::Debit {
        uses.extend(account.day_counter.map(|counter| LimitUse { counter, side }));
    }
    let is_free = is_own_card && account.product == Product::ClassTwo;
    if let Some(class) = account.class.filter(|_| !is_free) {
        let counters = match side {
            Side::Debit => [class.paid_day, class.paid_year],
            Side::Credit => [class.received_day, class.received_year],
        };
        uses.extend(counters.map(|counter| LimitUse { counter, side }));
    }
    uses
}

/// Whether the class limits of `account` let movements from and to `other` go uncounted.
fn is_free(account: &AccountRef, other: &AccountRef) -> bool {
    // The limits of Class III bind whoever is on the other side.
    account.product == Product::ClassTwo
        && account.bound == Some(Bound::Here(other.id))
        && other.product == Product::ClassOne
        && other.customer.is_some()
        && other.customer == account.customer
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::HolderId;
    use passport::CustomerId;

    fn account(id: u64, customer: i64, product: Product, bound: Option<u64>) -> AccountRef {
        let counters = [0, 1, 2, 3].map(|place| CounterId(id * 10 + place));
        AccountRef {
            id: AccountId(id),
            customer: Some(CustomerId(customer)),
            holder: HolderId(0),
            institution: 1,
            currency: 156,
            product,
            day_counter: None,
            class: (product != Product::ClassOne).then(|| ClassCounters::of(counters)),
            bound: bound.map(|id| Bound::Here(AccountId(id))),
        }
    }

    fn named(payer: &AccountRef, payee: &AccountRef) -> Vec<(u64, Side)> {
        limit_uses(payer, payee).into_iter().map(|limit| (limit.counter.0, limit.side)).collect()
    }

    #[test]
    fn both_sides_are_counted_but_for_the_bound_class_one_account() {
        use Side::{Credit, Debit};
        let one = account(1, 7, Product::ClassOne, None);
        let two = account(2, 7, Product::ClassTwo, Some(1));
        let three = account(3, 7, Product::ClassThree, Some(1));
        let others_one = account(4, 8, Product::ClassOne, None);
        let others_two = account(5, 8, Product::ClassTwo, Some(1));
        assert_eq!(named(&one, &others_one), []);
        assert_eq!(named(&one, &two), []);
        assert_eq!(named(&two, &one), []);
        assert_eq!(named(&two, &others_one), [(20, Debit), (21, Debit)]);
        assert_eq!(named(&others_one, &two), [(22, Credit), (23, Credit)]);
        assert_eq!(named(&two, &three), [(20, Debit), (21, Debit), (32, Credit), (33, Credit)]);
        assert_eq!(named(&three, &one), [(30, Debit), (31, Debit)], "class III has no exemption");
        assert_eq!(named(&one, &three), [(32, Credit), (33, Credit)]);
        assert_eq!(
            named(&others_two, &one),
            [(50, Debit), (51, Debit)],
            "another person's account is none's bound one"
        );
        let capped = AccountRef { day_counter: Some(CounterId(9)), ..two };
        assert_eq!(named(&capped, &one), [(9, Debit)], "a cap of the account's own binds everywhere");
    }

    #[test]
    fn money_of_other_banks_is_counted_but_for_the_bound_card_of_class_two() {
        use Side::{Credit, Debit};
        let one = account(1, 7, Product::ClassOne, None);
        let two = account(2, 7, Product::ClassTwo, Some(1));
        let three = account(3, 7, Product::ClassThree, Some(1));
        let capped = AccountRef { day_counter: Some(CounterId(9)), ..two };
        for (account, side, is_own_card, expected) in [
            (one, Debit, false, vec![]),
            (one, Credit, true, vec![]),
            (two, Debit, false, vec![20, 21]),
            (two, Credit, false, vec![22, 23]),
            (two, Debit, true, vec![]),
            (two, Credit, true, vec![]),
            (three, Debit, true, vec![30, 31]),
            (three, Credit, true, vec![32, 33]),
            (capped, Debit, true, vec![9]),
            (capped, Credit, false, vec![22, 23]),
        ] {
            let uses = limit_uses_elsewhere(&account, side, is_own_card);
            assert!(uses.iter().all(|limit| limit.side == side));
            let counters: Vec<u64> = uses.iter().map(|limit| limit.counter.0).collect();
            assert_eq!(counters, expected, "{:?} {side:?} {is_own_card}", account.product);
        }
    }

    #[test]
    fn the_table_has_the_caps_of_the_central_bank() {
        let today = BankDay::from_ymd(2026, 11, 21);
        let two = class_rule(Product::ClassTwo, today).unwrap();
        assert_eq!((two.day_minor, two.year_minor, two.ceiling_minor, two.most), (1_000_000, 20_000_000, None, 5));
        let three = class_rule(Product::ClassThree, today).unwrap();
        assert_eq!((three.day_minor, three.year_minor, three.ceiling_minor), (200_000, 5_000_000, Some(200_000)));
        assert_eq!(class_rule(Product::ClassOne, today), None);
        assert_eq!(CLASSES_BEGIN.iso(), "2016-12-01");
        assert_eq!(class_rule(Product::ClassTwo, BankDay(CLASSES_BEGIN.0 - 1)), None);
    }
}
