//! The rules of the scheme for one payment.

use super::bank::Bank;
use super::reason;
use super::transfer::{Kind, State, Transfer};
use iso20022::Service;
use money::Currency;

/// Amounts and times of the scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    /// The most that a real-time payment may be, inclusive, minor units.
    pub real_time_max_minor: i64,
    /// What a bank may owe at most when it joins, minor units.
    pub cap_minor: i64,
    /// How long a payee's bank may think before it is asked again, milliseconds.
    pub remind_after_ms: i64,
}

impl Default for Scheme {
    /// One million yuan, fifty million yuan, ten seconds.
    fn default() -> Self {
        Self { real_time_max_minor: 100_000_000, cap_minor: 5_000_000_000, remind_after_ms: 10_000 }
    }
}

/// The service that a payment asks for: a real-time payment travels alone.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn service_of(service: Option<Service>, payments: usize) -> Result<Service, String> {
    match service {
        None => Err("LclInstrm/Prtry is missing: RTPS or BTCH".to_owned()),
        Some(Service::RealTime) if payments != 1 => Err("a real-time message has one payment".to_owned()),
        Some(service) => Ok(service),
    }
}

/// What happens to a payment next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// It is rejected.
    Reject(&'static str),
    /// It waits for its window.
    Wait,
    /// The payee's bank, a program elsewhere, is asked.
    Ask,
    /// The accounts of the banks that live here decide, then it settles.
    Settle,
}

/// Judges a credit transfer or a collection by banks, currency, amount and cap. Who is not in the scheme is none.
pub(crate) fn next(
    transfer: &Transfer,
    currency: Currency,
    payer: Option<&Bank>,
    payee: Option<&Bank>,
    scheme: &Scheme,
) -> Next {
    let (Some(payer), Some(payee)) = (payer, payee) else { return Next::Reject(reason::NO_BANK) };
    let is_real_time = transfer.service == Service::RealTime;
    if payer.code == payee.code || (transfer.kind == Kind::Debit && !payer.is_local) {
        // Within one bank nothing is cleared, and only the two banks that live here give mandates.
        Next::Reject(reason::NOT_ALLOWED)
    } else if currency != Currency::CNY {
        Next::Reject(reason::CURRENCY)
    } else if is_real_time && transfer.amount_minor > scheme.real_time_max_minor {
        Next::Reject(reason::TOO_MUCH)
    } else if !is_real_time {
        Next::Wait
    } else if !payer.bears(transfer.amount_minor) {
        Next::Reject(reason::CAP)
    } else if transfer.kind == Kind::Credit && !payee.is_local {
        Next::Ask
    } else {
        Next::Settle
    }
}

/// Judges a return: of what, by whom, of how much.
pub(crate) fn judge_return(
    original: Option<&Transfer>,
    returner: &str,
    amount_minor: i64,
    currency: Currency,
) -> Result<(), &'static str> {
    let original = original.filter(|original| original.kind != Kind::Unknown);
    let original = original.ok_or(reason::NEVER_RECEIVED)?;
    if original.payee_bank != returner || original.state != State::Settled || original.kind == Kind::Return {
        // What one never got, one cannot give back.
        Err(reason::NEVER_RECEIVED)
    } else if original.returned_by.is_some() {
        Err(reason::DUPLICATE)
    } else if original.amount_minor != amount_minor || currency != Currency::CNY {
        Err(reason::OTHER_AMOUNT)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::Timestamp;

    fn bank(code: &str, is_local: bool) -> Bank {
        Bank {
            code: code.to_owned(),
            name_zh: String::new(),
            name_en: String::new(),
            bin: String::new(),
            is_local,
            position_minor: 0,
            reserved_minor: 0,
            cap_minor: 1_000,
            sequence: 0,
        }
    }

    fn transfer(kind: Kind, service: Service, amount_minor: i64) -> Transfer {
        let mut transfer = Transfer::never_received("t", "a", Timestamp(0));
        transfer.kind = kind;
        transfer.service = service;
        transfer.amount_minor = amount_minor;
        transfer.state = State::Deciding;
        transfer.payer_bank = "a".to_owned();
        transfer.payee_bank = "b".to_owned();
        transfer
    }

    #[test]
    fn a_payment_is_judged_by_banks_currency_amount_and_cap_in_this_order() {
        let (ours, theirs, third) = (bank("a", false), bank("b", true), bank("c", false));
        let scheme = Scheme { real_time_max_minor: 900, cap_minor: 1_000, remind_after_ms: 1 };
        use Kind::{Credit, Debit};
        use Service::{Batch, RealTime};
        let some = Some;
        for (kind, service, amount, currency, payer, payee, expected) in [
            (Credit, RealTime, 900, Currency::CNY, some(&ours), some(&theirs), Next::Settle),
            (Credit, RealTime, 900, Currency::CNY, some(&theirs), some(&ours), Next::Ask),
            (Credit, RealTime, 900, Currency::CNY, some(&ours), some(&third), Next::Ask),
            (Credit, RealTime, 901, Currency::CNY, some(&ours), some(&theirs), Next::Reject("AM02")),
            (Credit, Batch, 901, Currency::CNY, some(&ours), some(&theirs), Next::Wait),
            (Credit, Batch, 5_000, Currency::CNY, some(&ours), some(&theirs), Next::Wait),
            (Credit, RealTime, 1, Currency::USD, some(&ours), some(&theirs), Next::Reject("AM03")),
            (Credit, RealTime, 1, Currency::CNY, some(&ours), None, Next::Reject("RC01")),
            (Credit, RealTime, 1, Currency::CNY, some(&ours), some(&ours), Next::Reject("AG01")),
            (Debit, RealTime, 900, Currency::CNY, some(&theirs), some(&ours), Next::Settle),
            (Debit, Batch, 900, Currency::CNY, some(&theirs), some(&ours), Next::Wait),
            (Debit, RealTime, 900, Currency::CNY, some(&third), some(&ours), Next::Reject("AG01")),
            (Debit, RealTime, 901, Currency::CNY, some(&theirs), some(&ours), Next::Reject("AM02")),
        ] {
            let judged = next(&transfer(kind, service, amount), currency, payer, payee, &scheme);
            assert_eq!(judged, expected, "{kind:?} {service:?} {amount} {currency}");
        }
        let mut poor = bank("a", false);
        poor.position_minor = -500;
        poor.reserved_minor = 300;
        let judge =
            |amount| next(&transfer(Credit, RealTime, amount), Currency::CNY, Some(&poor), Some(&theirs), &scheme);
        assert_eq!((judge(200), judge(201)), (Next::Settle, Next::Reject("AM23")));
    }

    #[test]
    fn a_return_gives_back_once_what_was_got() {
        let original = |change: fn(&mut Transfer)| {
            let mut original = transfer(Kind::Credit, Service::RealTime, 100);
            original.state = State::Settled;
            change(&mut original);
            Some(original)
        };
        for (original, returner, amount, expected) in [
            (original(|_| {}), "b", 100, Ok(())),
            (original(|one| one.kind = Kind::Debit), "b", 100, Ok(())),
            (None, "b", 100, Err("NOOR")),
            (original(|one| one.kind = Kind::Unknown), "b", 100, Err("NOOR")),
            (original(|_| {}), "a", 100, Err("NOOR")),
            (original(|one| one.state = State::Asked), "b", 100, Err("NOOR")),
            (original(|one| one.state = State::Rejected), "b", 100, Err("NOOR")),
            (original(|one| one.kind = Kind::Return), "b", 100, Err("NOOR")),
            (original(|one| one.returned_by = Some("r".to_owned())), "b", 100, Err("AM05")),
            (original(|_| {}), "b", 99, Err("AM09")),
            (original(|_| {}), "b", 101, Err("AM09")),
        ] {
            assert_eq!(judge_return(original.as_ref(), returner, amount, Currency::CNY), expected);
        }
        assert_eq!(judge_return(original(|_| {}).as_ref(), "b", 100, Currency::USD), Err("AM09"));
    }
}
