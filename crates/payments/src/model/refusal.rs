//! Every reason of the ledger as a refusal that a page can explain: a stable code and the facts of the case.

use super::cap::{CapPart, CapReason};
use super::channel::Factor;
use accounts::{LIMITS, Method, Used};
use kit::{FieldValue, Refusal};
use ledger::{LimitUse, Reason, Side, Window};
use money::Amount;

/// What a reason means for a payment of this amount that names these counters and was proven by this. The payer learns no
/// figure of the payee's.
pub(crate) fn refusal_of(reason: &Reason, amount: Amount, limits: &[LimitUse], factor: Factor) -> Refusal {
    // The counters of what confirmed it are the last ones.
    let first = if Method::of(factor).is_some() { limits.len().saturating_sub(LIMITS) } else { limits.len() };
    let place_of = |counter| limits.iter().skip(first).position(|limit| limit.counter == counter);
    let payees = |counter| limits.iter().any(|limit| limit.counter == counter && limit.side == Side::Credit);
    let currency = amount.currency.code();
    let of_amount = |refusal: Refusal| refusal.with("amount_minor", amount.minor).with("currency", currency);
    match *reason {
        Reason::AmountOutOfRange if amount.minor <= 0 => unprocessable("payments.amount_zero").with("field", "amount"),
        Reason::AmountOutOfRange | Reason::Overflow => {
            unprocessable("payments.amount_too_large").with("field", "amount")
        }
        Reason::InsufficientFunds { available } => of_amount(unprocessable("payments.insufficient_funds"))
            .with("field", "amount")
            .with("available_minor", available)
            .with("short_minor", amount.minor.saturating_sub(available)),
        Reason::LimitExceeded { counter, window, .. } if payees(counter) => {
            unprocessable("payments.payee_limit_exceeded").with("field", "amount").with("window", word(window))
        }
        Reason::LimitExceeded { counter, window, cap, used, .. } if place_of(counter).is_some() => {
            // The customer's own caps are in the same counters as the bank's; who knows them tells which it was.
            let reason = match place_of(counter) {
                Some(LAST) => CapReason::OwnTotal,
                Some(TIER_DAY | TIER_MONTH) => CapReason::Tier(window),
                _ => CapReason::Method(window),
            };
            cap_refusal(&CapPart { reason, used: Used::of_cap(cap, used) }, factor, amount)
        }
        Reason::LimitExceeded { window, by_count, cap, used, .. } => limit(window, by_count, cap, used, of_amount),
        Reason::CeilingExceeded { .. } => of_amount(unprocessable("payments.payee_full")).with("field", "amount"),
        Reason::WindowClosed { .. } => unprocessable("payments.window_closed"),
        Reason::EpochStale => Refusal::new("payments.authorisation_stale", 403),
        Reason::DebitFrozen => unprocessable("payments.payer_frozen"),
        Reason::CreditFrozen => unprocessable("payments.payee_frozen"),
        Reason::DebitAccountClosed => unprocessable("payments.payer_closed"),
        Reason::CreditAccountClosed => unprocessable("payments.payee_closed"),
        Reason::SameAccount => unprocessable("payments.payee_is_payer").with("field", "payee"),
        Reason::CurrencyDiffers => unprocessable("payments.currency_differs").with("field", "amount"),
        Reason::InstitutionDiffers => unprocessable("payments.institution_differs"),
        Reason::DebitAccountUnknown => unprocessable("payments.payer_unknown"),
        Reason::CreditAccountUnknown => unprocessable("payments.payee_unknown"),
        Reason::ChainBroken => unprocessable("payments.chain_broken"),
        Reason::HoldUnknown
        | Reason::NotAHold
        | Reason::HoldPosted
        | Reason::HoldVoided
        | Reason::HoldExpired
        | Reason::HoldExceeded => unprocessable("payments.hold_over"),
        // These belong to commands that are no payments; a payment never meets them.
        Reason::AccountUnknown
        | Reason::HolderUnknown
        | Reason::CounterUnknown
        | Reason::AccountClosed
        | Reason::AccountNotEmpty
        | Reason::BoundsCrossed => unprocessable("payments.refused"),
    }
}

/// The place of the counter of everything among those of what confirmed a payment.
const LAST: usize = LIMITS - 1;
/// The places of those of the tier.
const TIER_DAY: usize = 3;
const TIER_MONTH: usize = 4;

/// More than a bound lets what proved it confirm.
pub(crate) fn cap_refusal(part: &CapPart, factor: Factor, amount: Amount) -> Refusal {
    let by_text = factor == Factor::SmsCode;
    let code = match part.reason {
        CapReason::Method(Window::Payment) | CapReason::Own(Window::Payment) if by_text => {
            "payments.sms_payment_exceeded"
        }
        CapReason::Method(Window::Day) | CapReason::Own(_) | CapReason::Tier(Window::Day) if by_text => {
            "payments.sms_day_exceeded"
        }
        CapReason::Method(_) | CapReason::Tier(_) if by_text => "payments.sms_month_exceeded",
        CapReason::Method(Window::Payment) | CapReason::Own(Window::Payment) => "payments.method_payment_exceeded",
        CapReason::Method(Window::Day) | CapReason::Own(_) | CapReason::Tier(Window::Day) => {
            "payments.method_day_exceeded"
        }
        CapReason::Method(_) | CapReason::Tier(_) => "payments.method_month_exceeded",
        CapReason::OwnTotal => "payments.own_total_exceeded",
        CapReason::Class(Window::Year) => "payments.limit_year_exceeded",
        CapReason::Class(_) => "payments.limit_day_exceeded",
        CapReason::Qr(_) => "payments.qr_day_exceeded",
        CapReason::Locked => "payments.locked",
        CapReason::Mandate => "payments.mandate_exceeded",
        CapReason::Risk => "payments.risk_exceeded",
    };
    unprocessable(code)
        .with("field", "amount")
        .with("amount_minor", amount.minor)
        .with("currency", amount.currency.code())
        .with("factor", factor.code())
        .with("limit", part.reason.code())
        .with("cap_minor", part.used.cap_minor)
        .with("used_minor", part.used.used_minor)
        .with("left_minor", part.used.left_minor)
}

/// A text fact of a refusal, if it is there.
pub(crate) fn text<'a>(refusal: &'a Refusal, name: &str) -> Option<&'a str> {
    match refusal.fields.get(name) {
        Some(FieldValue::Text(text)) => Some(text),
        _ => None,
    }
}

fn limit(window: Window, by_count: bool, cap: i64, used: i64, of_amount: impl Fn(Refusal) -> Refusal) -> Refusal {
    let refusal = unprocessable(match window {
        Window::Payment => "payments.limit_payment_exceeded",
        Window::Day => "payments.limit_day_exceeded",
        Window::Month => "payments.limit_month_exceeded",
        Window::Year => "payments.limit_year_exceeded",
    });
    if by_count {
        return refusal.with("cap_count", cap).with("used_count", used);
    }
    of_amount(refusal)
        .with("field", "amount")
        .with("cap_minor", cap)
        .with("used_minor", used)
        .with("left_minor", cap.saturating_sub(used).max(0))
}

fn word(window: Window) -> &'static str {
    match window {
        Window::Payment => "payment",
        Window::Day => "day",
        Window::Month => "month",
        Window::Year => "year",
    }
}

fn unprocessable(code: &'static str) -> Refusal {
    Refusal::new(code, 422)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::CounterId;
    use money::Currency;

    #[test]
    fn what_is_missing_and_what_is_left_are_said_to_the_cent() {
        let amount = Amount::new(31_121, Currency::CNY);
        let short = refusal_of(&Reason::InsufficientFunds { available: 1 }, amount, &[], Factor::Password);
        assert_eq!((short.code, short.status), ("payments.insufficient_funds", 422));
        assert_eq!(short.integer("short_minor"), Some(31_120));

        let counter = CounterId(3);
        let over = Reason::LimitExceeded { counter, window: Window::Day, by_count: false, cap: 15_000, used: 14_000 };
        let over = refusal_of(&over, amount, &[], Factor::Password);
        assert_eq!(over.code, "payments.limit_day_exceeded");
        assert_eq!((over.integer("cap_minor"), over.integer("left_minor")), (Some(15_000), Some(1_000)));

        let often = Reason::LimitExceeded { counter, window: Window::Year, by_count: true, cap: 3, used: 3 };
        assert_eq!(refusal_of(&often, amount, &[], Factor::Password).integer("cap_count"), Some(3));
    }

    #[test]
    fn the_payees_figures_stay_the_payees() {
        let amount = Amount::new(31_121, Currency::CNY);
        let counter = CounterId(3);
        let over = Reason::LimitExceeded { counter, window: Window::Day, by_count: false, cap: 15_000, used: 14_000 };
        let payees = [LimitUse { counter, side: Side::Credit }];
        for reason in [over, Reason::CeilingExceeded { room: 77 }] {
            let refusal = refusal_of(&reason, amount, &payees, Factor::Password);
            assert!(refusal.code.starts_with("payments.payee_"), "{refusal:?}");
            let figures =
                refusal.fields.iter().filter(|(name, _)| name.ends_with("_minor") && **name != "amount_minor");
            assert_eq!(figures.count(), 0, "{refusal:?}");
        }
    }

    #[test]
    fn the_caps_of_what_confirmed_it_are_told_from_the_accounts_own() {
        let amount = Amount::new(31_121, Currency::CNY);
        let uses: Vec<LimitUse> =
            (1..=7).map(|number| LimitUse { counter: CounterId(number), side: Side::Debit }).collect();
        let code = |number, factor| {
            let counter = CounterId(number);
            let over = Reason::LimitExceeded { counter, window: Window::Day, by_count: false, cap: 9, used: 9 };
            refusal_of(&over, amount, &uses, factor).code
        };
        assert_eq!(code(1, Factor::SmsCode), "payments.limit_day_exceeded");
        assert_eq!(code(3, Factor::SmsCode), "payments.sms_day_exceeded");
        assert_eq!(code(3, Factor::OtpToken), "payments.method_day_exceeded");
        assert_eq!(code(7, Factor::SmsCode), "payments.own_total_exceeded");
        assert_eq!(code(3, Factor::Password), "payments.limit_day_exceeded");
        for (number, window, expected) in [
            (2, Window::Payment, "method_payment"),
            (3, Window::Day, "method_day"),
            (4, Window::Month, "method_month"),
            (5, Window::Day, "tier_day"),
            (6, Window::Month, "tier_month"),
            (7, Window::Day, "own_total"),
        ] {
            let over = Reason::LimitExceeded { counter: CounterId(number), window, by_count: false, cap: 9, used: 4 };
            let refusal = refusal_of(&over, amount, &uses, Factor::OtpToken);
            assert_eq!(text(&refusal, "limit"), Some(expected));
            assert_eq!(refusal.integer("left_minor"), Some(5));
        }
    }

    #[test]
    fn nothing_and_too_much_are_told_apart() {
        let code =
            |minor| refusal_of(&Reason::AmountOutOfRange, Amount::new(minor, Currency::CNY), &[], Factor::None).code;
        assert_eq!(code(0), "payments.amount_zero");
        assert_eq!(code(i64::MAX), "payments.amount_too_large");
    }
}
