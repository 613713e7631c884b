//! Caps on what is confirmed by a text message alone.

use kit::BankDay;
use ledger::{CounterId, LimitUse, OpenCounter, Side, Window};

/// The caps from a day on; bounds are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmsRule {
    /// The first bank day on which it holds.
    pub from: BankDay,
    /// The most that one payment may be, minor units.
    pub cap_payment_minor: i64,
    /// The most in a bank day.
    pub cap_day_minor: i64,
    /// The most in a calendar month.
    pub cap_month_minor: i64,
}

/// The bank's default for the text-message tier. A new rule gets a new line.
const SMS_RULES: &[SmsRule] = &[SmsRule {
    from: BankDay(i32::MIN),
    cap_payment_minor: 1_000_000,
    cap_day_minor: 1_000_000,
    cap_month_minor: 5_000_000,
}];

/// The rule on a bank day.
pub fn sms_rule(day: BankDay) -> SmsRule {
    let newest = SMS_RULES.iter().filter(|rule| rule.from <= day).max_by_key(|rule| rule.from);
    newest.copied().unwrap_or(SMS_RULES[0])
}

impl SmsRule {
    /// The terms of the three counters in the order in which they are opened.
    pub(crate) fn counter_terms(&self, institution: u16) -> [OpenCounter; 3] {
        let terms = |window, cap| OpenCounter { institution, window, cap_amount: Some(cap), cap_count: None };
        [
            terms(Window::Payment, self.cap_payment_minor),
            terms(Window::Day, self.cap_day_minor),
            terms(Window::Month, self.cap_month_minor),
        ]
    }
}

/// The counters of what one customer pays confirmed by text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmsLimits {
    /// Caps one payment.
    pub payment: CounterId,
    /// Caps a bank day.
    pub day: CounterId,
    /// Caps a calendar month.
    pub month: CounterId,
}

impl SmsLimits {
    /// What a transfer confirmed by text names.
    pub fn uses(&self) -> [LimitUse; 3] {
        [self.payment, self.day, self.month].map(|counter| LimitUse { counter, side: Side::Debit })
    }
}
