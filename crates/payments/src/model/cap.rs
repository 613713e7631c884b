//! The one function that says how much may be paid, and why not more.
//!
//! Every bound on a payment is a part: the method's on its channel, the tier's, the customer's own, the account class's, the
//! QR class's, a lock, a mandate, a decision of risk. The effective cap is the smallest of what they leave, and the part that
//! leaves it is the explanation. The ledger decides by the same counters; this tells people and programs beforehand.
//!
//! Tiers, methods, classes, one's own limits and the state of the account have producers (`service::cap`). A mandate has no
//! amount in this version: who acts for a customer acts within the customer's own limits. Payments by code and a risk engine
//! do not exist yet; what they will say has its place and its words here.

use accounts::{LIMITS, LimitKind, LimitUsed, Usage, Used};
use ledger::Window;

/// How strong the proof behind a QR code is (付款码分级); caps of a bank day, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QrClass {
    /// By contract between bank and customer.
    A,
    /// Two factors, one of them a signature or a key.
    B,
    /// Fewer than two, or without a key.
    C,
    /// A static code.
    D,
}

impl QrClass {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::A, Self::B, Self::C, Self::D];

    /// The most that a customer pays by codes of this class in a bank day, minor units of yuan; none: as agreed. The figures
    /// are those of the central bank's rules for bar-code payments (2017).
    pub fn day_cap_minor(self) -> Option<i64> {
        match self {
            Self::A => None,
            Self::B => Some(500_000),
            Self::C => Some(100_000),
            Self::D => Some(50_000),
        }
    }

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
            Self::D => "d",
        }
    }
}

/// What bounds a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CapReason {
    /// The bank's cap of a method on a channel.
    Method(Window),
    /// The customer's own cap of a method.
    Own(Window),
    /// The cap of a tier over all channels.
    Tier(Window),
    /// The customer's own cap of a day over everything.
    OwnTotal,
    /// The account class's cap of what is paid.
    Class(Window),
    /// The cap of a QR class.
    Qr(QrClass),
    /// A lock: nothing.
    Locked,
    /// What a mandate allows.
    Mandate,
    /// What risk allows.
    Risk,
}

impl CapReason {
    /// The word in refusals, in JSON, and in the names of texts.
    pub fn code(self) -> &'static str {
        match self {
            Self::Method(Window::Payment) => "method_payment",
            Self::Method(Window::Day) => "method_day",
            Self::Method(_) => "method_month",
            Self::Own(Window::Payment) => "own_payment",
            Self::Own(_) => "own_day",
            Self::Tier(Window::Day) => "tier_day",
            Self::Tier(_) => "tier_month",
            Self::OwnTotal => "own_total",
            Self::Class(Window::Year) => "class_year",
            Self::Class(_) => "class_day",
            Self::Qr(_) => "qr_day",
            Self::Locked => "locked",
            Self::Mandate => "mandate",
            Self::Risk => "risk",
        }
    }
}

/// One bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapPart {
    /// What bounds.
    pub reason: CapReason,
    /// Cap, used, left; minor units.
    pub used: Used,
}

/// How much may be paid now, and why not more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cap {
    /// Every bound, the tightest first.
    pub parts: Vec<CapPart>,
}

impl Cap {
    /// The bound that leaves least; none if nothing bounds.
    pub fn binding(&self) -> Option<&CapPart> {
        self.parts.first()
    }

    /// The most that one payment may be now, minor units, inclusive; none is no bound.
    pub fn left_minor(&self) -> Option<i64> {
        self.binding().map(|part| part.used.left_minor)
    }

    /// Whether an amount may be paid.
    pub fn reaches(&self, amount_minor: i64) -> bool {
        self.left_minor().is_none_or(|left| amount_minor <= left)
    }

    /// The bound that best says why an amount is too much: one of each payment, which no waiting mends, before all others;
    /// else the tightest.
    pub fn broken_by(&self, amount_minor: i64) -> Option<&CapPart> {
        let broken = || self.parts.iter().filter(|part| amount_minor > part.used.left_minor);
        let of_payment = |part: &&CapPart| {
            matches!(part.reason, CapReason::Method(Window::Payment) | CapReason::Own(Window::Payment))
        };
        broken().find(of_payment).or_else(|| broken().next())
    }
}

/// Everything that may bound a payment.
#[derive(Debug, Clone, Copy, Default)]
pub struct CapInputs<'a> {
    /// The limits of the method on the channel; none if no method binds.
    pub limits: Option<&'a [LimitUsed; LIMITS]>,
    /// The class limits of the paying account, where they bind.
    pub class: Option<&'a Usage>,
    /// The class of the code that was scanned, and what was paid by such today.
    pub qr: Option<(QrClass, i64)>,
    /// Whether a lock stops it.
    pub is_locked: bool,
    /// What a mandate allows for one payment.
    pub mandate_minor: Option<i64>,
    /// What risk allows for one payment.
    pub risk_minor: Option<i64>,
}

/// The smallest of all bounds, with every one explained.
pub fn effective_cap(inputs: &CapInputs<'_>) -> Cap {
    let mut parts = Vec::new();
    let mut add = |reason, used: Used| {
        if used.cap_minor < i64::MAX {
            parts.push(CapPart { reason, used });
        }
    };
    if inputs.is_locked {
        add(CapReason::Locked, Used::of_payment(0));
    }
    for limit in inputs.limits.into_iter().flatten() {
        let reason = match (limit.kind, limit.is_own) {
            (LimitKind::Method, true) => CapReason::Own(limit.window),
            (LimitKind::Method, false) => CapReason::Method(limit.window),
            (LimitKind::Tier, _) => CapReason::Tier(limit.window),
            (LimitKind::Total, _) => CapReason::OwnTotal,
        };
        add(reason, limit.used);
    }
    if let Some(class) = inputs.class {
        add(CapReason::Class(Window::Day), class.paid_day);
        add(CapReason::Class(Window::Year), class.paid_year);
    }
    if let Some((class, used)) = inputs.qr
        && let Some(cap) = class.day_cap_minor()
    {
        add(CapReason::Qr(class), Used::of_cap(cap, used));
    }
    if let Some(most) = inputs.mandate_minor {
        add(CapReason::Mandate, Used::of_payment(most));
    }
    if let Some(most) = inputs.risk_minor {
        add(CapReason::Risk, Used::of_payment(most));
    }
    // Stable: of bounds that leave the same, the one named first explains.
    parts.sort_by_key(|part| part.used.left_minor);
    Cap { parts }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(caps: [Option<(i64, i64)>; LIMITS], own: [bool; LIMITS]) -> [LimitUsed; LIMITS] {
        let kinds = [
            (LimitKind::Method, Window::Payment),
            (LimitKind::Method, Window::Day),
            (LimitKind::Method, Window::Month),
            (LimitKind::Tier, Window::Day),
            (LimitKind::Tier, Window::Month),
            (LimitKind::Total, Window::Day),
        ];
        std::array::from_fn(|place| LimitUsed {
            kind: kinds[place].0,
            window: kinds[place].1,
            is_own: own[place],
            used: caps[place].map_or(Used::of_cap(i64::MAX, 0), |(cap, used)| Used::of_cap(cap, used)),
        })
    }

    #[test]
    fn every_bound_alone_is_the_cap_and_explains_itself_to_the_cent() {
        let no = [None; LIMITS];
        let with = |place: usize, own: bool| {
            let (mut caps, mut owns) = (no, [false; LIMITS]);
            caps[place] = Some((1_000, 300));
            owns[place] = own;
            limits(caps, owns)
        };
        let class = |day, year| {
            let none = Used::of_cap(i64::MAX, 0);
            let used = |cap: Option<i64>| cap.map_or(none, |cap| Used::of_cap(cap, 300));
            Usage {
                paid_day: used(day),
                paid_year: used(year),
                received_day: none,
                received_year: none,
                ceiling_minor: None,
            }
        };
        let methods = [
            (with(0, false), "method_payment"),
            (with(0, true), "own_payment"),
            (with(1, false), "method_day"),
            (with(1, true), "own_day"),
            (with(2, false), "method_month"),
            (with(3, false), "tier_day"),
            (with(4, false), "tier_month"),
            (with(5, true), "own_total"),
        ];
        for (limits, expected) in &methods {
            let cap = effective_cap(&CapInputs { limits: Some(limits), ..CapInputs::default() });
            assert_eq!(cap.binding().map(|part| part.reason.code()), Some(*expected));
            for (amount, reaches) in [(699, true), (700, true), (701, false)] {
                assert_eq!(cap.reaches(amount), reaches, "{expected} {amount}");
                assert_eq!(cap.broken_by(amount).is_some(), !reaches);
            }
        }
        let (day, year) = (class(Some(1_000), None), class(None, Some(1_000)));
        let others = [
            (CapInputs { class: Some(&day), ..CapInputs::default() }, "class_day", 700),
            (CapInputs { class: Some(&year), ..CapInputs::default() }, "class_year", 700),
            (CapInputs { qr: Some((QrClass::B, 300)), ..CapInputs::default() }, "qr_day", 499_700),
            (CapInputs { qr: Some((QrClass::C, 0)), ..CapInputs::default() }, "qr_day", 100_000),
            (CapInputs { qr: Some((QrClass::D, 0)), ..CapInputs::default() }, "qr_day", 50_000),
            (CapInputs { is_locked: true, ..CapInputs::default() }, "locked", 0),
            (CapInputs { mandate_minor: Some(9), ..CapInputs::default() }, "mandate", 9),
            (CapInputs { risk_minor: Some(8), ..CapInputs::default() }, "risk", 8),
        ];
        for (inputs, expected, left) in others {
            let cap = effective_cap(&inputs);
            assert_eq!((cap.binding().map(|part| part.reason.code()), cap.left_minor()), (Some(expected), Some(left)));
            assert!(cap.reaches(left) && !cap.reaches(left + 1), "{expected}");
        }
        let free = effective_cap(&CapInputs { qr: Some((QrClass::A, 0)), ..CapInputs::default() });
        assert_eq!((free.left_minor(), free.reaches(i64::MAX)), (None, true));
    }

    /// The product of the axes: the cap is the least of what is left, whatever else is there.
    #[test]
    fn over_all_combinations_the_cap_is_the_least_that_is_left() {
        let choices = [None, Some((500, 0)), Some((500, 200)), Some((500, 500)), Some((900, 100))];
        let left = |choice: Option<(i64, i64)>| choice.map_or(i64::MAX, |(cap, used)| cap - used);
        let mut seen = 0;
        for payment in choices {
            for day in choices {
                for tier in choices {
                    for total in choices {
                        for class in choices {
                            for mandate in [None, Some(350)] {
                                let used = limits([payment, day, None, tier, None, total], [false; LIMITS]);
                                let none = Used::of_cap(i64::MAX, 0);
                                let paid_day = class.map_or(none, |(cap, used)| Used::of_cap(cap, used));
                                let usage = Usage {
                                    paid_day,
                                    paid_year: none,
                                    received_day: none,
                                    received_year: none,
                                    ceiling_minor: None,
                                };
                                let cap = effective_cap(&CapInputs {
                                    limits: Some(&used),
                                    class: Some(&usage),
                                    mandate_minor: mandate,
                                    ..CapInputs::default()
                                });
                                let least = [payment, day, tier, total, class].into_iter().map(left);
                                let least = least.chain(mandate).min().filter(|least| *least < i64::MAX);
                                assert_eq!(cap.left_minor(), least);
                                seen += 1;
                            }
                        }
                    }
                }
            }
        }
        assert_eq!(seen, 6_250);
    }

    /// The product of all axes, with every tie: the reason is that of the first bound among those that leave least.
    #[test]
    fn over_all_axes_the_reason_is_the_first_of_the_tightest() {
        let none = Used::of_cap(i64::MAX, 0);
        // Nothing, the tightest of all, as tight as a code of the last class, and wide.
        let choices = [None, Some((50_100, 100)), Some((40_000, 0)), Some((9_000_000, 0))];
        let left = |choice: Option<(i64, i64)>| choice.map(|(cap, used)| cap - used);
        let used = |choice: Option<(i64, i64)>| choice.map_or(none, |(cap, used)| Used::of_cap(cap, used));
        let codes =
            [None, Some((QrClass::A, 70)), Some((QrClass::B, 0)), Some((QrClass::C, 50_000)), Some((QrClass::D, 0))];
        let (mut seen, mut reasons) = (0_u32, std::collections::BTreeSet::new());
        for payment in choices {
            for day in choices {
                for (month, tier) in choices.into_iter().flat_map(|month| choices.map(|tier| (month, tier))) {
                    for (total, class) in choices.into_iter().flat_map(|total| choices.map(|class| (total, class))) {
                        for qr in codes {
                            for (is_own, is_locked, mandate, risk) in [
                                (false, false, None, None),
                                (true, false, Some(40_000), Some(40_000)),
                                (false, false, Some(39_999), Some(30_000)),
                                (true, false, Some(30_000), None),
                                (true, true, Some(0), Some(0)),
                            ] {
                                let owns = [is_own, is_own, false, false, false, true];
                                let limits = limits([payment, day, month, tier, None, total], owns);
                                let class_usage = Usage {
                                    paid_day: used(class),
                                    paid_year: used(class),
                                    received_day: none,
                                    received_year: none,
                                    ceiling_minor: None,
                                };
                                let cap = effective_cap(&CapInputs {
                                    limits: Some(&limits),
                                    class: Some(&class_usage),
                                    qr,
                                    is_locked,
                                    mandate_minor: mandate,
                                    risk_minor: risk,
                                });
                                let own = |own: &'static str, bank: &'static str| if is_own { own } else { bank };
                                let of_code = qr.and_then(|(class, used)| Some(class.day_cap_minor()? - used));
                                let bounds = [
                                    ("locked", is_locked.then_some(0)),
                                    (own("own_payment", "method_payment"), left(payment)),
                                    (own("own_day", "method_day"), left(day)),
                                    ("method_month", left(month)),
                                    ("tier_day", left(tier)),
                                    ("own_total", left(total)),
                                    ("class_day", left(class)),
                                    ("qr_day", of_code),
                                    ("mandate", mandate),
                                    ("risk", risk),
                                ];
                                let least = bounds.iter().filter_map(|(_, left)| *left).min();
                                let first = bounds.iter().find(|(_, left)| left.is_some() && *left == least);
                                let binding = cap.binding().map(|part| part.reason.code());
                                assert_eq!((cap.left_minor(), binding), (least, first.map(|(code, _)| *code)));
                                assert!(least.is_none_or(|least| cap.reaches(least) && !cap.reaches(least + 1)));
                                reasons.extend(binding);
                                seen += 1;
                            }
                        }
                    }
                }
            }
        }
        assert_eq!(seen, 4_u32.pow(6) * 5 * 5);
        let all = [
            "class_day",
            "locked",
            "mandate",
            "method_day",
            "method_month",
            "method_payment",
            "own_day",
            "own_payment",
            "own_total",
            "qr_day",
            "risk",
            "tier_day",
        ];
        assert!(reasons.into_iter().eq(all), "every reason binds somewhere");
    }
}
