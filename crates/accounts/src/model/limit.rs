//! What may be paid by which method (介质 × 渠道): the bank's matrix, what customers lower for themselves, and the ledger's
//! counters in which both bind.
//!
//! Bounds are inclusive, windows are the bank's own days and months, and what is used is counted per method and channel, per
//! tier over all channels, and in total. The defaults are the banks' own published ones; a bank changes them by a new
//! version with its own first day.

use kit::{BankDay, Refusal, Timestamp};
use ledger::{CounterId, LimitUse, OpenCounter, Side, Window};
use passport::{Channel, Factor, Tier};
use std::collections::BTreeMap;

/// What confirms a payment, as a line of the matrix. The two kinds of signing keys share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// 短信认证.
    SmsCode,
    /// 通行密钥.
    Passkey,
    /// 电子密码器.
    OtpToken,
    /// U盾, and security keys.
    SigningKey,
}

impl Method {
    /// All of them, weakest first.
    pub const ALL: [Self; 4] = [Self::SmsCode, Self::Passkey, Self::OtpToken, Self::SigningKey];

    /// The line of a factor; none for what confirms no payment.
    pub fn of(factor: Factor) -> Option<Self> {
        match factor {
            Factor::None | Factor::Password => None,
            Factor::SmsCode => Some(Self::SmsCode),
            Factor::Passkey => Some(Self::Passkey),
            Factor::OtpToken => Some(Self::OtpToken),
            Factor::SigningKey | Factor::SecurityKey => Some(Self::SigningKey),
        }
    }

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::SmsCode => "sms_code",
            Self::Passkey => "passkey",
            Self::OtpToken => "otp_token",
            Self::SigningKey => "signing_key",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.code() == code)
    }

    /// How much it is worth.
    pub fn tier(self) -> Tier {
        match self {
            Self::SmsCode | Self::Passkey => Tier::One,
            Self::OtpToken => Tier::Two,
            Self::SigningKey => Tier::Three,
        }
    }
}

/// Channels on which customers pay; each line of the matrix has one.
pub const LIMITED_CHANNELS: [Channel; 3] = [Channel::Web, Channel::Mobile, Channel::Api];

/// The caps of one line, minor units, inclusive; none is no cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caps {
    /// The most that one payment may be.
    pub payment_minor: Option<i64>,
    /// The most in a bank day.
    pub day_minor: Option<i64>,
    /// The most in a calendar month.
    pub month_minor: Option<i64>,
}

/// The caps of every method on every channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Which version; 0 is what the bank starts with.
    pub version: i64,
    /// The first bank day on which it holds.
    pub from: BankDay,
    lines: BTreeMap<(Method, u8), Caps>,
}

/// Yuan in fen.
const YUAN: i64 = 100;

impl Matrix {
    /// What the bank starts with.
    pub fn initial() -> Self {
        let caps = |payment: i64, day: i64, month: Option<i64>| Caps {
            payment_minor: Some(payment * YUAN),
            day_minor: Some(day * YUAN),
            month_minor: month.map(|month| month * YUAN),
        };
        let small = caps(10_000, 10_000, Some(50_000));
        let lines = Method::ALL.into_iter().flat_map(|method| LIMITED_CHANNELS.map(|channel| (method, channel)));
        let lines = lines.map(|(method, channel)| {
            let caps = match (method, channel) {
                (Method::SmsCode | Method::Passkey, _) => small,
                (Method::OtpToken, Channel::Mobile) => caps(200_000, 1_000_000, None),
                (Method::OtpToken, _) => caps(50_000, 50_000, None),
                (Method::SigningKey, _) => caps(1_000_000, 5_000_000, None),
            };
            ((method, channel.number()), caps)
        });
        Self { version: 0, from: BankDay(i32::MIN), lines: lines.collect() }
    }

    /// A version made of these lines. Refuses with `accounts.matrix_invalid` and the line: each has to be there once, with
    /// caps above zero, none greater than that of the longer window.
    pub fn try_new(
        version: i64,
        from: BankDay,
        lines: impl IntoIterator<Item = (Method, Channel, Caps)>,
    ) -> Result<Self, Refusal> {
        let mut map = BTreeMap::new();
        for (method, channel, caps) in lines {
            let invalid = || {
                let line = format!("{}.{}", method.code(), channel.code());
                Refusal::new("accounts.matrix_invalid", 422).with("field", "lines").with("line", line)
            };
            let all = [caps.payment_minor, caps.day_minor, caps.month_minor];
            let known: Vec<i64> = all.into_iter().flatten().collect();
            let fits = LIMITED_CHANNELS.contains(&channel) && known.iter().all(|cap| *cap > 0) && known.is_sorted();
            if !fits || map.insert((method, channel.number()), caps).is_some() {
                return Err(invalid());
            }
        }
        if map.len() != Method::ALL.len() * LIMITED_CHANNELS.len() {
            return Err(Refusal::new("accounts.matrix_invalid", 422).with("field", "lines").with("line", "missing"));
        }
        Ok(Self { version, from, lines: map })
    }

    /// The caps of a line; on any other channel nothing may be paid.
    pub fn caps(&self, method: Method, channel: Channel) -> Caps {
        let closed = Caps { payment_minor: Some(0), day_minor: Some(0), month_minor: Some(0) };
        self.lines.get(&(method, channel.number())).copied().unwrap_or(closed)
    }

    /// Line by line.
    pub fn lines(&self) -> impl Iterator<Item = (Method, Channel, Caps)> {
        let all = Method::ALL.into_iter().flat_map(|method| LIMITED_CHANNELS.map(|channel| (method, channel)));
        all.map(|(method, channel)| (method, channel, self.caps(method, channel)))
    }

    /// The caps of a tier over all methods and channels: the greatest of its lines, so that two methods of one tier do not
    /// reach twice as far.
    pub fn tier(&self, tier: Tier) -> Caps {
        let greatest = |of: fn(&Caps) -> Option<i64>| {
            let caps = self.lines().filter(|(method, _, _)| method.tier() == tier).map(|(_, _, caps)| of(&caps));
            // Without a cap is more than any cap.
            caps.reduce(|a, b| Some(a?.max(b?))).flatten()
        };
        Caps {
            payment_minor: None,
            day_minor: greatest(|caps| caps.day_minor),
            month_minor: greatest(|caps| caps.month_minor),
        }
    }
}

/// What of their own a customer may lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnLimit {
    /// One payment by a method.
    Payment(Method),
    /// A bank day by a method.
    Day(Method),
    /// A bank day by whatever method.
    Total,
}

impl OwnLimit {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let of_methods = Method::ALL.into_iter().flat_map(|method| [Self::Payment(method), Self::Day(method)]);
        of_methods.chain([Self::Total])
    }

    /// The stored word: `payment.sms_code`, `day.otp_token`, `total`.
    pub fn code(self) -> String {
        match self {
            Self::Payment(method) => format!("payment.{}", method.code()),
            Self::Day(method) => format!("day.{}", method.code()),
            Self::Total => "total".to_owned(),
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().find(|limit| limit.code() == code)
    }
}

/// A limit of one's own from an instant on; none takes it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnCap {
    /// Which.
    pub limit: OwnLimit,
    /// The most, minor units, inclusive; none: the bank's alone.
    pub cap_minor: Option<i64>,
    /// From when on it holds.
    pub from: Timestamp,
}

/// What became of a wish to set a limit of one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnSet {
    /// It is lower than before, or the same, and holds.
    Lowered(OwnCap),
    /// It is higher, and holds from its instant on.
    Raised(OwnCap),
    /// It would be higher, which asks for a proof first; nothing was set.
    WouldRaise,
}

/// The limits of one's own at an instant: for each the newest that holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnCaps {
    now: BTreeMap<OwnLimit, i64>,
    /// Those that hold later, the next first.
    pub later: Vec<OwnCap>,
}

impl OwnCaps {
    /// Of everything that was ever set.
    pub fn at(all: &[OwnCap], now: Timestamp) -> Self {
        let mut sorted = all.to_vec();
        sorted.sort_by_key(|cap| cap.from);
        let mut caps = Self::default();
        for cap in sorted {
            match cap.cap_minor {
                _ if cap.from > now => caps.later.push(cap),
                Some(minor) => {
                    caps.now.insert(cap.limit, minor);
                }
                None => {
                    caps.now.remove(&cap.limit);
                }
            }
        }
        caps
    }

    /// The one that holds now.
    pub fn of(&self, limit: OwnLimit) -> Option<i64> {
        self.now.get(&limit).copied()
    }
}

/// What a counter of a payment limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitKind {
    /// A method on a channel.
    Method,
    /// A tier on all channels.
    Tier,
    /// Everything that a customer confirms.
    Total,
}

/// One counter to which a payment is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitCounter {
    /// What it limits.
    pub kind: LimitKind,
    /// Over which time.
    pub window: Window,
    /// The ledger's counter.
    pub counter: CounterId,
    /// Its cap, minor units, inclusive; none is no cap.
    pub cap_minor: Option<i64>,
    /// Whether the cap is the customer's own, lower than the bank's.
    pub is_own: bool,
}

/// Counters of a payment that a customer confirms, always in this order: payment, day and month of the method on the
/// channel, day and month of the tier, day in total.
pub const LIMITS: usize = 6;

/// The six limits of a method on a channel with their caps.
pub(crate) fn limits_of(
    matrix: &Matrix,
    own: &OwnCaps,
    method: Method,
    channel: Channel,
) -> [(LimitKind, Window, Option<i64>, bool); LIMITS] {
    let (caps, tier) = (matrix.caps(method, channel), matrix.tier(method.tier()));
    let lower = |kind, window, bank: Option<i64>, own: Option<i64>| match (bank, own) {
        (bank, Some(own)) if bank.is_none_or(|bank| own < bank) => (kind, window, Some(own), true),
        (bank, _) => (kind, window, bank, false),
    };
    [
        lower(LimitKind::Method, Window::Payment, caps.payment_minor, own.of(OwnLimit::Payment(method))),
        lower(LimitKind::Method, Window::Day, caps.day_minor, own.of(OwnLimit::Day(method))),
        lower(LimitKind::Method, Window::Month, caps.month_minor, None),
        lower(LimitKind::Tier, Window::Day, tier.day_minor, None),
        lower(LimitKind::Tier, Window::Month, tier.month_minor, None),
        lower(LimitKind::Total, Window::Day, None, own.of(OwnLimit::Total)),
    ]
}

/// What a payment names.
pub fn uses_of(limits: &[LimitCounter]) -> Vec<LimitUse> {
    limits.iter().map(|limit| LimitUse { counter: limit.counter, side: Side::Debit }).collect()
}

/// The terms with which a counter is opened.
pub(crate) fn terms_of(institution: u16, window: Window, cap: Option<i64>) -> OpenCounter {
    OpenCounter { institution, window, cap_amount: cap, cap_count: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yuan(caps: Caps) -> [Option<i64>; 3] {
        [caps.payment_minor, caps.day_minor, caps.month_minor].map(|cap| cap.map(|cap| cap / YUAN))
    }

    #[test]
    fn the_bank_starts_with_the_published_matrix() {
        let matrix = Matrix::initial();
        let (small, key) = ([Some(10_000), Some(10_000), Some(50_000)], [Some(1_000_000), Some(5_000_000), None]);
        for (method, channel, expected) in [
            (Method::SmsCode, Channel::Web, small),
            (Method::SmsCode, Channel::Mobile, small),
            (Method::Passkey, Channel::Mobile, small),
            (Method::OtpToken, Channel::Web, [Some(50_000), Some(50_000), None]),
            (Method::OtpToken, Channel::Mobile, [Some(200_000), Some(1_000_000), None]),
            (Method::SigningKey, Channel::Web, key),
            (Method::SigningKey, Channel::Mobile, key),
            (Method::SigningKey, Channel::CardTerminal, [Some(0), Some(0), Some(0)]),
        ] {
            assert_eq!(yuan(matrix.caps(method, channel)), expected, "{method:?} {channel:?}");
        }
        assert_eq!(yuan(matrix.tier(Tier::One)), [None, Some(10_000), Some(50_000)]);
        assert_eq!(yuan(matrix.tier(Tier::Two)), [None, Some(1_000_000), None]);
        assert_eq!(yuan(matrix.tier(Tier::Three)), [None, Some(5_000_000), None]);
    }

    #[test]
    fn a_version_is_whole_and_its_caps_grow_with_the_window() {
        let lines: Vec<_> = Matrix::initial().lines().collect();
        assert_eq!(Matrix::try_new(0, BankDay(i32::MIN), lines.clone()), Ok(Matrix::initial()));
        let refused = |lines: Vec<_>| Matrix::try_new(1, BankDay(0), lines).unwrap_err().code;
        assert_eq!(refused(lines[1..].to_vec()), "accounts.matrix_invalid");
        let mut twice = lines.clone();
        twice[0] = twice[1];
        assert_eq!(refused(twice), "accounts.matrix_invalid");
        for caps in [
            Caps { payment_minor: Some(0), ..Caps::default() },
            Caps { payment_minor: Some(2), day_minor: Some(1), month_minor: None },
            Caps { payment_minor: None, day_minor: Some(2), month_minor: Some(1) },
        ] {
            let mut wrong = lines.clone();
            wrong[0].2 = caps;
            assert_eq!(refused(wrong), "accounts.matrix_invalid", "{caps:?}");
        }
    }

    #[test]
    fn what_is_set_last_holds_and_only_lower_than_the_bank_counts() {
        let cap = |limit, cap_minor, from| OwnCap { limit, cap_minor, from: Timestamp(from) };
        let day = OwnLimit::Day(Method::SmsCode);
        let all =
            [cap(day, Some(500), 10), cap(day, Some(300), 20), cap(day, None, 30), cap(OwnLimit::Total, Some(9), 40)];
        for (now, expected, later) in
            [(9, None, 4), (10, Some(500), 3), (20, Some(300), 2), (30, None, 1), (40, None, 0)]
        {
            let own = OwnCaps::at(&all, Timestamp(now));
            assert_eq!((own.of(day), own.later.len()), (expected, later), "{now}");
        }
        let own = OwnCaps::at(
            &[cap(day, Some(2_000_000), 0), cap(OwnLimit::Payment(Method::SmsCode), Some(100), 0)],
            Timestamp(0),
        );
        let limits = limits_of(&Matrix::initial(), &own, Method::SmsCode, Channel::Web);
        let shown = limits.map(|(kind, window, cap, is_own)| (kind, window, cap, is_own));
        assert_eq!(shown[0], (LimitKind::Method, Window::Payment, Some(100), true));
        assert_eq!(shown[1], (LimitKind::Method, Window::Day, Some(1_000_000), false));
        assert_eq!(shown[5], (LimitKind::Total, Window::Day, None, false));
    }

    #[test]
    fn words_read_back() {
        for limit in OwnLimit::all() {
            assert_eq!(OwnLimit::from_code(&limit.code()), Some(limit));
        }
        for factor in Factor::CONFIRMING {
            let method = Method::of(factor).unwrap();
            assert_eq!((Method::from_code(method.code()), method.tier()), (Some(method), factor.tier()));
        }
    }
}
