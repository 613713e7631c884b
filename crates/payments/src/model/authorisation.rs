//! Card authorisations (银行卡授权): what the card network asks, how it is answered, and what may follow.
//!
//! ```text
//!  asked ──→ declined
//!    └────→ approved (money is set aside) ──→ captured, whole or in part ──→ refunded, in parts
//!               ├── reversed in part: less is set aside, still approved
//!               ├── reversed ─→ the money is free again
//!               └── its time is over ─→ the same by itself
//!  cash from a machine is captured at once.
//! ```
//!
//! Order of a decision: form · card and its state · expiry and security code where the card is not there · closed to payments
//! without it · locks · limits, balance and the day cap at terminals, in one step of the ledger.

use super::exchange::share;
use super::instruction::OrderNumber;
use accounts::{CardUse, Country, DebitCardId, DebitCardNumber, Division, Expiry, UseChannel};
use kit::{BankDay, Refusal, Timestamp};
use money::{Amount, AmountWire, Currency};
use serde::Deserialize;

/// How long money stays set aside for a shop that does not come for it, in milliseconds: 7 days.
pub const AUTHORISATION_LIVES_MS: i64 = 7 * 24 * 3_600_000;
/// How far the clock at the place of use may be from the bank's, in milliseconds: a day.
const CLOCK_OFF_MS: i64 = 24 * 3_600_000;
/// China's distance from UTC.
const CHINA_OFFSET_MINUTES: i64 = 8 * 60;
/// Longest reference of the network, and longest name of a shop, in characters.
const REFERENCE_MAX: usize = 40;
const MERCHANT_MAX: usize = 60;

/// What the card network asks. It holds a whole card number and does not print.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorisationRequest {
    /// Names the question once for ever: letters, digits, `-` and `_`.
    pub reference: String,
    /// The whole card number.
    pub number: String,
    /// `MMYY`.
    pub expiry: String,
    /// The security code; needed where the card is not there.
    #[serde(default)]
    pub cvv: Option<String>,
    /// The shop's name.
    pub merchant: String,
    /// ISO 3166-1, two letters.
    pub country: String,
    /// In China the province: GB/T 2260, two or six digits.
    #[serde(default)]
    pub province: Option<String>,
    /// In China the city: GB/T 2260, four or six digits.
    #[serde(default)]
    pub city: Option<String>,
    /// `pos`, `atm`, `online` or `contactless`.
    pub channel: String,
    /// Whether the card itself was there.
    pub card_present: bool,
    /// The clock at the place of use with its distance from UTC: `2026-11-21T23:59:59+08:00`.
    pub local_time: String,
    /// How much, in the shop's currency.
    pub amount: AmountWire,
}

/// A question that can be decided.
pub(crate) struct Asked {
    /// None if it cannot be a number: there is no such card then.
    pub(crate) number: Option<DebitCardNumber>,
    pub(crate) expiry: Expiry,
    pub(crate) cvv: Option<String>,
    pub(crate) card_use: CardUse,
    pub(crate) amount: Amount,
    pub(crate) clock: LocalTime,
}

impl Asked {
    /// Whether the clock at the place of use can be right: within a day of the bank's, since terminals may keep what they
    /// could not send, and in China, which has one zone, eight hours from UTC. Refuses with `payments.authorisation_invalid`.
    pub(crate) fn check_clock(&self, now: Timestamp) -> Result<(), Refusal> {
        let is_near = (self.clock.at.as_ms() - now.as_ms()).abs() <= CLOCK_OFF_MS;
        let is_zone = self.card_use.country != Country::CHINA || self.clock.offset_minutes == CHINA_OFFSET_MINUTES;
        (is_near && is_zone).then_some(()).ok_or_else(|| invalid("local_time"))
    }

    /// The same use by the bank's own clock, as it shows at that distance from UTC: who tells another hour than it is must
    /// pass the night lock at both.
    pub(crate) fn at_bank_time(&self, now: Timestamp) -> CardUse {
        let minutes = now.as_ms().div_euclid(60_000) + self.clock.offset_minutes;
        let local_minute = u16::try_from(minutes.rem_euclid(24 * 60)).unwrap_or_default();
        CardUse { local_minute, ..self.card_use }
    }
}

/// A reference of the card network. Refuses with `payments.authorisation_invalid` and the field.
pub(crate) fn check_reference(reference: &str) -> Result<(), Refusal> {
    let sane = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let fits = (1..=REFERENCE_MAX).contains(&reference.len()) && reference.bytes().all(sane);
    fits.then_some(()).ok_or_else(|| invalid("reference"))
}

fn invalid(field: &'static str) -> Refusal {
    Refusal::new("payments.authorisation_invalid", 400).with("field", field)
}

impl AuthorisationRequest {
    /// Reads it. Refuses with `payments.authorisation_invalid` and the field.
    pub(crate) fn read(&self) -> Result<Asked, Refusal> {
        check_reference(&self.reference)?;
        let merchant = self.merchant.trim();
        if merchant.is_empty() || merchant.chars().count() > MERCHANT_MAX || merchant.contains(char::is_control) {
            return Err(invalid("merchant"));
        }
        let country = Country::parse(&self.country).ok_or_else(|| invalid("country"))?;
        let place = |code: &Option<String>, field| match code.as_deref() {
            None | Some("") => Ok(None),
            Some(code) => Division::parse(code).map(Some).ok_or_else(|| invalid(field)),
        };
        let division = if country == Country::CHINA {
            let (province, city) = (place(&self.province, "province")?, place(&self.city, "city")?);
            let differs = |city: Division| province.is_some_and(|province| city.province() != province.province());
            if city.is_some_and(differs) {
                return Err(invalid("city"));
            }
            city.or(province)
        } else {
            None
        };
        let channel = UseChannel::from_code(&self.channel).ok_or_else(|| invalid("channel"))?;
        let clock = read_local_time(&self.local_time).ok_or_else(|| invalid("local_time"))?;
        let (is_present, local_minute) = (self.card_present, clock.minute);
        let card_use = CardUse { channel, is_present, country, division, local_minute };
        if !card_use.is_consistent() {
            return Err(invalid("card_present"));
        }
        let currency = Currency::from_code(&self.amount.currency).ok_or_else(|| invalid("amount"))?;
        let amount = Amount::parse(&self.amount.value, currency).map_err(|_| invalid("amount"))?;
        if !amount.is_positive() {
            return Err(invalid("amount"));
        }
        let expiry = Expiry::parse(&self.expiry).ok_or_else(|| invalid("expiry"))?;
        if self.cvv.as_ref().is_some_and(|cvv| cvv.len() > 4) || self.number.len() > 40 {
            return Err(invalid("number"));
        }
        let cvv = self.cvv.clone().filter(|cvv| !cvv.is_empty());
        Ok(Asked { number: DebitCardNumber::parse(&self.number), expiry, cvv, card_use, amount, clock })
    }

    /// Everything it says, for a hash.
    pub(crate) fn parts(&self) -> [&[u8]; 13] {
        [
            self.reference.as_bytes(),
            self.number.as_bytes(),
            self.expiry.as_bytes(),
            self.cvv.as_deref().unwrap_or_default().as_bytes(),
            self.merchant.as_bytes(),
            self.country.as_bytes(),
            self.province.as_deref().unwrap_or_default().as_bytes(),
            self.city.as_deref().unwrap_or_default().as_bytes(),
            self.channel.as_bytes(),
            if self.card_present { b"present" } else { b"not_present" },
            self.local_time.as_bytes(),
            self.amount.value.as_bytes(),
            self.amount.currency.as_bytes(),
        ]
    }
}

/// A clock somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LocalTime {
    /// Minutes after midnight that it shows.
    pub(crate) minute: u16,
    /// The instant.
    pub(crate) at: Timestamp,
    /// Its distance from UTC.
    pub(crate) offset_minutes: i64,
}

/// Reads `2026-11-21T23:59:59+08:00`, or with `Z`.
pub(crate) fn read_local_time(text: &str) -> Option<LocalTime> {
    let (date, rest) = text.split_once('T')?;
    let day = BankDay::from_iso(date)?;
    let (clock, zone) = rest.split_at_checked(8)?;
    let number = |text: &str| -> Option<i64> {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
    };
    let [hour, minute, second] = clock.split(':').map(number).collect::<Option<Vec<_>>>()?[..] else { return None };
    let offset_minutes = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        (sign, distance) => {
            let (hours, minutes) = distance.split_once(':')?;
            let minutes = number(hours)? * 60 + number(minutes).filter(|minutes| *minutes < 60)?;
            match sign {
                "+" => minutes,
                "-" => -minutes,
                _ => return None,
            }
        }
    };
    if hour > 23 || minute > 59 || second > 59 || offset_minutes.abs() > 18 * 60 {
        return None;
    }
    let seconds = i64::from(day.0) * 86_400 + hour * 3_600 + minute * 60 + second - offset_minutes * 60;
    let minute = u16::try_from(hour * 60 + minute).ok()?;
    Some(LocalTime { minute, at: Timestamp(seconds * 1_000), offset_minutes })
}

/// What became of an authorisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthorisationState {
    /// It is being decided, or whoever decided it was interrupted.
    Deciding,
    /// Refused.
    Declined,
    /// The money is set aside.
    Approved,
    /// Paid, whole or in part.
    Captured,
    /// Taken back by the shop.
    Reversed,
    /// Nobody came for the money in time.
    Expired,
}

impl AuthorisationState {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Deciding, Self::Declined, Self::Approved, Self::Captured, Self::Reversed, Self::Expired];

    /// The stored word; nothing is stored as expired, time tells.
    pub fn code(self) -> &'static str {
        match self {
            Self::Deciding => "deciding",
            Self::Declined => "declined",
            Self::Approved => "approved",
            Self::Captured => "captured",
            Self::Reversed => "reversed",
            Self::Expired => "expired",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A card's use as its owner and staff see it, without the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardPurchase {
    /// Names it within the bank.
    pub id: i64,
    /// The card.
    pub card: Option<DebitCardId>,
    /// The card's number, masked; empty if there is no such card.
    pub shown: String,
    /// The order that it became; none before the ledger was asked.
    pub order: Option<OrderNumber>,
    /// The shop.
    pub merchant: String,
    /// By what, whether the card was there, and where.
    pub card_use: CardUse,
    /// The clock there, as it was told.
    pub local_time: String,
    /// How much in the shop's currency.
    pub amount: Amount,
    /// How much in the account's currency; none if there is no rate.
    pub billed: Option<Amount>,
    /// What 100 units of the shop's currency cost; none if nothing was converted.
    pub rate: Option<String>,
    /// The day of that rate and where it is from; empty if nothing was converted.
    pub rate_source: String,
    /// What became of it.
    pub state: AuthorisationState,
    /// Why it was refused: the code of a refusal; none if it was not.
    pub refusal: Option<String>,
    /// What the shop still may collect, in its currency, minor units.
    pub open_minor: i64,
    /// What it collected.
    pub captured_minor: i64,
    /// What it gave back of that.
    pub refunded_minor: i64,
    /// When it was asked.
    pub asked: Timestamp,
    /// Until when the money is set aside.
    pub expires: Option<Timestamp>,
}

impl CardPurchase {
    /// What a part of it costs in the account's currency.
    pub(crate) fn billed_of(&self, part_minor: i64) -> Option<Amount> {
        share(self.billed?, part_minor, self.amount.minor)
    }
}

/// What follows an authorisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Advice {
    /// The shop collects.
    Capture,
    /// The shop gives up what is set aside, or part of it.
    Reversal,
    /// The shop gives back what it collected, or part of it.
    Refund,
}

impl Advice {
    /// The word in addresses and in SQL.
    pub fn code(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Reversal => "reversal",
            Self::Refund => "refund",
        }
    }

    /// How much of it an authorisation in this state allows, minor units of its currency; `amount` is what is asked, none is
    /// all that there is.
    ///
    /// Refuses with `payments.authorisation_over` and the `state`, `payments.capture_too_large`.
    pub(crate) fn allowed(self, purchase: &CardPurchase, amount: Option<i64>) -> Result<i64, Refusal> {
        let most = match (self, purchase.state) {
            (Self::Capture | Self::Reversal, AuthorisationState::Approved) => purchase.open_minor,
            (Self::Refund, AuthorisationState::Captured) => purchase.captured_minor - purchase.refunded_minor,
            (_, state) => {
                return Err(Refusal::new("payments.authorisation_over", 409).with("state", state.code()));
            }
        };
        let asked = amount.unwrap_or(most);
        if asked <= 0 || asked > most {
            return Err(Refusal::new("payments.capture_too_large", 409).with("most_minor", most));
        }
        Ok(asked)
    }
}

/// The answer's two digits after ISO 8583, field 39.
pub fn response_code(reason: Option<&str>) -> &'static str {
    let Some(reason) = reason else { return "00" };
    match reason {
        "accounts.debit_card_unknown" => "14",
        "accounts.debit_card_frozen" | "payments.payer_frozen" | "payments.payer_closed" => "62",
        "accounts.debit_card_lost" => "41",
        "accounts.debit_card_replaced" | "accounts.debit_card_closed" => "78",
        "accounts.debit_card_expired" | "accounts.debit_card_expiry_wrong" => "54",
        "accounts.debit_card_code_wrong" | "accounts.debit_card_code_missing" => "82",
        "accounts.debit_card_code_blocked" => "75",
        "payments.card_currency_unknown" => "12",
        "payments.insufficient_funds" => "51",
        "payments.authorisation_unknown" => "25",
        "payments.authorisation_over" => "21",
        "payments.capture_too_large" | "payments.amount_too_large" => "13",
        "payments.authorisation_conflict" => "94",
        "payments.authorisation_invalid" => "30",
        "accounts.lock_terminal_day" => "61",
        reason if reason.starts_with("payments.limit_") => "61",
        reason if reason.starts_with("accounts.lock_") || reason == "accounts.debit_card_offline" => "57",
        _ => "05",
    }
}

/// What the card network is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorisationAnswer {
    /// Of the question.
    pub reference: String,
    /// Why not; none if it is approved.
    pub reason: Option<String>,
    /// Six digits by which the shop knows the approval; none if there is none.
    pub approval: Option<String>,
    /// In the shop's currency: how much was set aside, collected, given up or given back.
    pub amount: Option<Amount>,
    /// The same in the account's currency.
    pub billed: Option<Amount>,
    /// What 100 units cost, and the day and source of that.
    pub rate: Option<(String, String)>,
    /// What became of the authorisation.
    pub state: AuthorisationState,
    /// Until when the money is set aside.
    pub expires: Option<Timestamp>,
    /// Whether this was answered before.
    pub is_repeated: bool,
}

impl AuthorisationAnswer {
    /// Whether it is approved.
    pub fn is_approved(&self) -> bool {
        self.reason.is_none()
    }

    /// The two digits.
    pub fn response_code(&self) -> &'static str {
        response_code(self.reason.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> AuthorisationRequest {
        AuthorisationRequest {
            reference: "T-1".to_owned(),
            number: "6200030000000005".to_owned(),
            expiry: "1131".to_owned(),
            cvv: None,
            merchant: "Tea house".to_owned(),
            country: "CN".to_owned(),
            province: Some("33".to_owned()),
            city: Some("3301".to_owned()),
            channel: "pos".to_owned(),
            card_present: true,
            local_time: "2026-11-21T23:59:59+08:00".to_owned(),
            amount: AmountWire { value: "88.80".to_owned(), currency: "CNY".to_owned() },
        }
    }

    #[test]
    fn questions_are_read_strictly() {
        let asked = request().read().ok().unwrap();
        assert_eq!((asked.card_use.local_minute, asked.amount.minor), (1_439, 8_880));
        type Change = fn(&mut AuthorisationRequest);
        let changes: [(&str, Change); 17] = [
            ("reference", |request| request.reference = "a b".to_owned()),
            ("reference", |request| request.reference = String::new()),
            ("merchant", |request| request.merchant = " ".to_owned()),
            ("merchant", |request| request.merchant = "a\nb".to_owned()),
            ("country", |request| request.country = "cn".to_owned()),
            ("province", |request| request.province = Some("99".to_owned())),
            ("city", |request| request.city = Some("4403".to_owned())),
            ("channel", |request| request.channel = "POS".to_owned()),
            ("card_present", |request| request.channel = "online".to_owned()),
            ("card_present", |request| {
                request.channel = "atm".to_owned();
                request.card_present = false;
            }),
            ("local_time", |request| request.local_time = "2026-11-21T24:00:00+08:00".to_owned()),
            ("local_time", |request| request.local_time = "2026-11-21T23:59:59".to_owned()),
            ("amount", |request| request.amount.value = "0.00".to_owned()),
            ("amount", |request| request.amount.value = "-1.00".to_owned()),
            ("amount", |request| request.amount.currency = "ZZZ".to_owned()),
            ("expiry", |request| request.expiry = "1331".to_owned()),
            ("number", |request| request.cvv = Some("12345".to_owned())),
        ];
        for (field, change) in changes {
            let mut changed = request();
            change(&mut changed);
            let refusal = changed.read().err().unwrap_or_else(|| panic!("{field} is not looked at"));
            assert_eq!(
                (refusal.code, refusal.fields.get("field")),
                ("payments.authorisation_invalid", Some(&field.into()))
            );
        }
        let abroad = AuthorisationRequest { country: "JP".to_owned(), province: Some("x".to_owned()), ..request() };
        assert_eq!(abroad.read().ok().unwrap().card_use.division, None);
        let unknown = AuthorisationRequest { number: "1".to_owned(), ..request() };
        assert!(unknown.read().ok().unwrap().number.is_none());
    }

    #[test]
    fn clocks_elsewhere_are_read_with_their_distance() {
        for (text, minute, instant) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("1970-01-01T08:00:00+08:00", 480, 0),
            ("1969-12-31T19:00:00-05:00", 1_140, 0),
            ("1970-01-01T05:45:01+05:45", 345, 1_000),
            ("2026-11-21T23:59:59+08:00", 1_439, 1_795_276_799_000),
        ] {
            let read = read_local_time(text).map(|clock| (clock.minute, clock.at));
            assert_eq!(read, Some((minute, Timestamp(instant))), "{text}");
        }
        for text in [
            "",
            "2026-11-21",
            "2026-11-21T1:00:00Z",
            "2026-11-21T01:00:60Z",
            "2026-11-21T01:00:00+19:00",
            "2026-02-30T01:00:00Z",
            "2026-11-21T01:00:00+0800",
            "2026-11-21T01:00:00Zx",
        ] {
            assert_eq!(read_local_time(text), None, "{text}");
        }
    }

    #[test]
    fn only_what_is_set_aside_is_collected_and_only_what_is_collected_given_back() {
        use AuthorisationState::{Approved, Captured, Declined, Expired, Reversed};
        let asked = request().read().ok().unwrap();
        let purchase = |state| CardPurchase {
            id: 1,
            card: None,
            shown: String::new(),
            order: None,
            merchant: String::new(),
            card_use: asked.card_use,
            local_time: String::new(),
            amount: asked.amount,
            billed: Some(asked.amount),
            rate: None,
            rate_source: String::new(),
            state,
            refusal: None,
            open_minor: 8_000,
            captured_minor: 6_000,
            refunded_minor: 1_000,
            asked: Timestamp(0),
            expires: None,
        };
        for (advice, state, amount, allowed) in [
            (Advice::Capture, Approved, None, Some(8_000)),
            (Advice::Capture, Approved, Some(8_000), Some(8_000)),
            (Advice::Capture, Approved, Some(8_001), None),
            (Advice::Capture, Approved, Some(0), None),
            (Advice::Capture, Approved, Some(-1), None),
            (Advice::Capture, Captured, None, None),
            (Advice::Capture, Reversed, None, None),
            (Advice::Capture, Expired, None, None),
            (Advice::Capture, Declined, None, None),
            (Advice::Reversal, Approved, Some(1), Some(1)),
            (Advice::Reversal, Approved, Some(8_001), None),
            (Advice::Reversal, Captured, None, None),
            (Advice::Reversal, Expired, None, None),
            (Advice::Refund, Captured, None, Some(5_000)),
            (Advice::Refund, Captured, Some(5_001), None),
            (Advice::Refund, Approved, None, None),
        ] {
            assert_eq!(advice.allowed(&purchase(state), amount).ok(), allowed, "{advice:?} {state:?} {amount:?}");
        }
        for state in AuthorisationState::ALL {
            assert_eq!(AuthorisationState::from_code(state.code()), Some(state));
        }
    }
}
