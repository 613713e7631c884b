//! Locks (账户安全锁): what a card is kept from, whatever its limits say.
//!
//! | lock | refuses |
//! |---|---|
//! | overseas (境外锁) | every use at a terminal abroad: cash machines, POS, contactless |
//! | region (地区锁) | every use at a terminal outside the chosen provinces and cities, abroad included |
//! | night (夜间锁) | every use in the chosen hours of the clock where the card is used |
//! | overseas not present (境外无卡支付锁) | every payment abroad without the card: online, by telephone |
//! | terminal day cap (终端日限额) | more at terminals in a bank day than the owner chose; the ledger counts it |
//!
//! Hong Kong, Macao and Taiwan are abroad for cards. A POS payment without the card (by telephone or letter) is both: what is
//! said about terminals and what is said about payments without the card binds it, so no word of a merchant's about its channel
//! gets round a lock. Of several locks the first of the table is told.

use super::division::Division;
use kit::Refusal;

/// Most places that a region may have.
pub const PLACES_MOST: usize = 30;
const DAY_MINUTES: u16 = 24 * 60;

/// How a card is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UseChannel {
    /// A shop's terminal.
    Pos,
    /// A cash machine.
    Atm,
    /// A payment in the net.
    Online,
    /// A shop's terminal, by holding the card near.
    Contactless,
}

impl UseChannel {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pos, Self::Atm, Self::Online, Self::Contactless];

    /// The word in messages and in SQL.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pos => "pos",
            Self::Atm => "atm",
            Self::Online => "online",
            Self::Contactless => "contactless",
        }
    }

    /// From the word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.code() == code)
    }
}

/// A country by its two letters (ISO 3166-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// All of them, as of 2026.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW \
BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB \
GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM \
KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC \
NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL \
SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE \
YT ZA ZM ZW";

impl Country {
    /// Mainland China.
    pub const CHINA: Self = Self(*b"CN");

    /// From two capital letters; none if no country has them.
    pub fn parse(code: &str) -> Option<Self> {
        let letters: [u8; 2] = code.as_bytes().try_into().ok()?;
        COUNTRIES.split(' ').any(|known| known == code).then_some(Self(letters))
    }

    /// All of them, by their letters.
    pub fn all() -> impl Iterator<Item = Self> {
        COUNTRIES.split(' ').filter_map(Self::parse)
    }

    /// The two letters.
    pub fn code(self) -> String {
        self.0.iter().map(|letter| char::from(*letter)).collect()
    }
}

/// One use of a card, as far as locks look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardUse {
    /// By what.
    pub channel: UseChannel,
    /// Whether the card itself was there.
    pub is_present: bool,
    /// Where.
    pub country: Country,
    /// Where in China; none if it is not known.
    pub division: Option<Division>,
    /// Minutes after midnight on the clock where the card is used, 0 to 1439.
    pub local_minute: u16,
}

impl CardUse {
    /// Whether a terminal is involved, with or without the card.
    pub fn is_at_terminal(&self) -> bool {
        self.channel != UseChannel::Online || self.is_present
    }

    /// Whether it is a payment without the card.
    pub fn is_not_present(&self) -> bool {
        !self.is_present || self.channel == UseChannel::Online
    }

    /// Whether it is outside mainland China.
    pub fn is_abroad(&self) -> bool {
        self.country != Country::CHINA || self.division.is_some_and(Division::is_abroad_for_cards)
    }

    /// Whether such a use can be at all: a cash machine and a contactless terminal need the card, the net has none.
    pub fn is_consistent(&self) -> bool {
        match self.channel {
            UseChannel::Atm | UseChannel::Contactless => self.is_present,
            UseChannel::Online => !self.is_present,
            UseChannel::Pos => true,
        }
    }
}

/// The provinces and cities in which a card may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomePlaces(Vec<Division>);

impl HomePlaces {
    /// From any number of places; a city inside a chosen province adds nothing. None if there is none of mainland China, or
    /// more than [`PLACES_MOST`].
    pub fn try_new(places: impl IntoIterator<Item = Division>) -> Option<Self> {
        let mut places: Vec<Division> = places.into_iter().collect();
        places.sort_unstable();
        places.dedup();
        let provinces: Vec<Division> = places.iter().copied().filter(|place| place.is_province()).collect();
        places.retain(|place| place.is_province() || !provinces.contains(&place.province()));
        let sane = !places.is_empty()
            && places.len() <= PLACES_MOST
            && !places.iter().any(|place| place.is_abroad_for_cards());
        sane.then_some(Self(places))
    }

    /// From codes with commas between them.
    pub fn parse(text: &str) -> Option<Self> {
        let places: Option<Vec<Division>> = text.split(',').map(|code| Division::parse(code.trim())).collect();
        Self::try_new(places?)
    }

    /// The codes with commas between them.
    pub fn codes(&self) -> String {
        self.0.iter().map(|place| place.code()).collect::<Vec<_>>().join(",")
    }

    /// The places, by code.
    pub fn places(&self) -> &[Division] {
        &self.0
    }

    /// What lies inside both; none if nothing does.
    fn shared_with(&self, other: &Self) -> Option<Self> {
        let inside = |places: &Self, of: &Self| places.0.iter().copied().filter(|place| of.holds(*place)).collect();
        let (mut shared, theirs): (Vec<Division>, Vec<Division>) = (inside(self, other), inside(other, self));
        shared.extend(theirs);
        Self::try_new(shared)
    }

    /// Whether a place lies inside. A place of which only the province is known lies inside a chosen province alone.
    pub fn holds(&self, place: Division) -> bool {
        self.0.contains(&place) || self.0.contains(&place.province())
    }
}

/// Hours of the night in minutes after midnight, the first inside and the last outside; over midnight if the first is later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NightHours {
    from: u16,
    until: u16,
}

impl NightHours {
    /// None for hours that are no times of day, and for no time at all.
    pub fn try_new(from: u16, until: u16) -> Option<Self> {
        (from < DAY_MINUTES && until < DAY_MINUTES && from != until).then_some(Self { from, until })
    }

    /// The first minute inside.
    pub fn from(self) -> u16 {
        self.from
    }

    /// The first minute outside again.
    pub fn until(self) -> u16 {
        self.until
    }

    /// Whether a minute lies inside.
    pub fn holds(self, minute: u16) -> bool {
        if self.from < self.until {
            (self.from..self.until).contains(&minute)
        } else {
            minute >= self.from || minute < self.until
        }
    }

    fn holds_all_of(self, other: Self) -> bool {
        (0..DAY_MINUTES).all(|minute| !other.holds(minute) || self.holds(minute))
    }
}

/// The kinds of locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LockKind {
    /// 境外锁
    Overseas,
    /// 地区锁
    Region,
    /// 夜间锁
    Night,
    /// 境外无卡支付锁
    OverseasNotPresent,
    /// 终端日限额
    TerminalDay,
}

impl LockKind {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 5] = [Self::Overseas, Self::Region, Self::Night, Self::OverseasNotPresent, Self::TerminalDay];

    /// The word in addresses, forms and the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Overseas => "overseas",
            Self::Region => "region",
            Self::Night => "night",
            Self::OverseasNotPresent => "overseas_not_present",
            Self::TerminalDay => "terminal_day",
        }
    }

    /// From the word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// How it refuses.
    pub fn refusal(self) -> Refusal {
        let code = match self {
            Self::Overseas => "accounts.lock_overseas",
            Self::Region => "accounts.lock_region",
            Self::Night => "accounts.lock_night",
            Self::OverseasNotPresent => "accounts.lock_overseas_not_present",
            Self::TerminalDay => "accounts.lock_terminal_day",
        };
        Refusal::new(code, 403)
    }
}

/// The locks of a card.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CardLocks {
    /// Nothing at terminals abroad.
    pub overseas: bool,
    /// At terminals only here.
    pub region: Option<HomePlaces>,
    /// Nothing in these hours.
    pub night: Option<NightHours>,
    /// Nothing abroad without the card.
    pub overseas_not_present: bool,
    /// The most at terminals in a bank day, inclusive, minor units; none is no cap.
    pub terminal_day_minor: Option<i64>,
}

/// One lock set anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockChange {
    /// On or off.
    Overseas(bool),
    /// Other places, or none: off.
    Region(Option<HomePlaces>),
    /// Other hours, or none: off.
    Night(Option<NightHours>),
    /// On or off.
    OverseasNotPresent(bool),
    /// Another cap in minor units, or none: off.
    TerminalDay(Option<i64>),
}

impl CardLocks {
    /// The first lock that refuses a use. The day cap is the ledger's to decide, in the step that sets the money aside.
    pub fn refuses(&self, card_use: &CardUse) -> Option<LockKind> {
        let refuses = |kind: &LockKind| match kind {
            LockKind::Overseas => self.overseas && card_use.is_at_terminal() && card_use.is_abroad(),
            LockKind::Region => {
                let is_home = |places: &HomePlaces| {
                    !card_use.is_abroad() && card_use.division.is_some_and(|place| places.holds(place))
                };
                card_use.is_at_terminal() && self.region.as_ref().is_some_and(|places| !is_home(places))
            }
            LockKind::Night => self.night.is_some_and(|hours| hours.holds(card_use.local_minute)),
            LockKind::OverseasNotPresent => {
                self.overseas_not_present && card_use.is_not_present() && card_use.is_abroad()
            }
            LockKind::TerminalDay => false,
        };
        LockKind::ALL.into_iter().find(refuses)
    }

    /// The locks after a change.
    #[must_use]
    pub fn with(&self, change: &LockChange) -> Self {
        let mut locks = self.clone();
        match change {
            LockChange::Overseas(on) => locks.overseas = *on,
            LockChange::Region(places) => locks.region.clone_from(places),
            LockChange::Night(hours) => locks.night = *hours,
            LockChange::OverseasNotPresent(on) => locks.overseas_not_present = *on,
            LockChange::TerminalDay(cap) => locks.terminal_day_minor = *cap,
        }
        locks
    }

    /// Whether `next` lets through anything that these locks refuse.
    pub fn is_widened_by(&self, next: &Self) -> bool {
        let region = match (&self.region, &next.region) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(before), Some(after)) => !after.places().iter().all(|place| before.holds(*place)),
        };
        let night = match (self.night, next.night) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(before), Some(after)) => !after.holds_all_of(before),
        };
        let terminal = match (self.terminal_day_minor, next.terminal_day_minor) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(before), Some(after)) => after > before,
        };
        (self.overseas && !next.overseas)
            || (self.overseas_not_present && !next.overseas_not_present)
            || region
            || night
            || terminal
    }

    /// Locks that let nothing through which both would refuse alone. Of regions that share no place, and of hours of the night
    /// that lie beside each other, these locks' own stay.
    #[must_use]
    pub(crate) fn stricter(&self, other: &Self) -> Self {
        let region = match (&self.region, &other.region) {
            (Some(own), Some(theirs)) => own.shared_with(theirs).or_else(|| self.region.clone()),
            (own, theirs) => own.clone().or_else(|| theirs.clone()),
        };
        let night = match (self.night, other.night) {
            (Some(own), Some(theirs)) => Some(if theirs.holds_all_of(own) { theirs } else { own }),
            (own, theirs) => own.or(theirs),
        };
        Self {
            overseas: self.overseas || other.overseas,
            region,
            night,
            overseas_not_present: self.overseas_not_present || other.overseas_not_present,
            terminal_day_minor: [self.terminal_day_minor, other.terminal_day_minor].into_iter().flatten().min(),
        }
    }

    /// Whether a lock is on.
    pub fn has(&self, kind: LockKind) -> bool {
        match kind {
            LockKind::Overseas => self.overseas,
            LockKind::Region => self.region.is_some(),
            LockKind::Night => self.night.is_some(),
            LockKind::OverseasNotPresent => self.overseas_not_present,
            LockKind::TerminalDay => self.terminal_day_minor.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(code: &str) -> Division {
        Division::parse(code).unwrap()
    }

    fn used(channel: UseChannel, is_present: bool, country: &str, division: &str) -> CardUse {
        let country = Country::parse(country).unwrap();
        CardUse { channel, is_present, country, division: Division::parse(division), local_minute: 720 }
    }

    #[test]
    fn no_word_about_the_channel_gets_round_a_lock() {
        use UseChannel::{Atm, Contactless, Online, Pos};
        let overseas = CardLocks { overseas: true, ..CardLocks::default() };
        let not_present = CardLocks { overseas_not_present: true, ..CardLocks::default() };
        for (channel, is_present, country, by_overseas, by_not_present) in [
            (Pos, true, "JP", true, false),
            (Contactless, true, "JP", true, false),
            (Atm, true, "JP", true, false),
            (Online, false, "JP", false, true),
            // By telephone: a terminal, and no card.
            (Pos, false, "JP", true, true),
            (Online, true, "JP", true, true),
            (Pos, true, "CN", false, false),
            (Online, false, "CN", false, false),
            (Pos, true, "HK", true, false),
            (Online, false, "MO", false, true),
            (Atm, true, "TW", true, false),
        ] {
            let card_use = used(channel, is_present, country, "3301");
            assert_eq!(overseas.refuses(&card_use).is_some(), by_overseas, "{card_use:?}");
            assert_eq!(not_present.refuses(&card_use).is_some(), by_not_present, "{card_use:?}");
        }
        // Who says China and gives a place of Hong Kong is abroad all the same.
        assert_eq!(overseas.refuses(&used(Pos, true, "CN", "810000")), Some(LockKind::Overseas));
        let odd = [(Atm, false), (Contactless, false), (Online, true)];
        assert!(odd.iter().all(|(channel, is_present)| !used(*channel, *is_present, "CN", "33").is_consistent()));
    }

    #[test]
    fn a_region_is_provinces_and_cities() {
        let locks = |codes: &str| CardLocks { region: HomePlaces::parse(codes), ..CardLocks::default() };
        let pos = |country: &str, division: &str| used(UseChannel::Pos, true, country, division);
        for (codes, country, division, refused) in [
            ("33", "CN", "330106", false),
            ("33", "CN", "33", false),
            ("33", "CN", "3201", true),
            ("3301", "CN", "330106", false),
            ("3301", "CN", "3302", true),
            ("3301", "CN", "33", true),
            ("3301", "CN", "", true),
            ("3301,44", "CN", "4403", false),
            ("33", "JP", "", true),
            ("33", "JP", "3301", true),
        ] {
            assert_eq!(
                locks(codes).refuses(&pos(country, division)).is_some(),
                refused,
                "{codes} {country} {division}"
            );
        }
        assert_eq!(locks("33").refuses(&used(UseChannel::Online, false, "CN", "4403")), None, "the net has no place");
        assert_eq!(HomePlaces::parse("33,3301,4403").unwrap().codes(), "33,4403");
        assert_eq!(HomePlaces::parse(""), None);
        assert_eq!(HomePlaces::parse("81"), None);
    }

    #[test]
    fn hours_go_over_midnight() {
        let hours = NightHours::try_new(23 * 60, 6 * 60).unwrap();
        for (minute, inside) in
            [(22 * 60 + 59, false), (23 * 60, true), (1_439, true), (0, true), (359, true), (360, false), (720, false)]
        {
            assert_eq!(hours.holds(minute), inside, "{minute}");
        }
        let early = NightHours::try_new(60, 120).unwrap();
        assert!(!early.holds(59) && early.holds(60) && early.holds(119) && !early.holds(120));
        assert_eq!(NightHours::try_new(60, 60), None);
        assert_eq!(NightHours::try_new(1_440, 60), None);
    }

    #[test]
    fn only_what_lets_more_through_is_wider() {
        let none = CardLocks::default();
        let hours = |from, until| LockChange::Night(NightHours::try_new(from, until));
        let places = |codes: &str| LockChange::Region(HomePlaces::parse(codes));
        let all = none.with(&LockChange::Overseas(true)).with(&places("33,4403")).with(&hours(1_380, 360));
        let all = all.with(&LockChange::OverseasNotPresent(true)).with(&LockChange::TerminalDay(Some(500_000)));
        assert!(!none.is_widened_by(&all) && all.is_widened_by(&none));
        assert!(LockKind::ALL.into_iter().all(|kind| all.has(kind) && !none.has(kind)));
        for (change, wider) in [
            (LockChange::Overseas(true), false),
            (LockChange::Overseas(false), true),
            (LockChange::OverseasNotPresent(false), true),
            (places("33"), false),
            (places("3301"), false),
            (places("33,44"), true),
            (places("32"), true),
            (LockChange::Region(None), true),
            (hours(1_320, 420), false),
            (hours(0, 360), true),
            (hours(1_380, 359), true),
            (LockChange::Night(None), true),
            (LockChange::TerminalDay(Some(0)), false),
            (LockChange::TerminalDay(Some(500_000)), false),
            (LockChange::TerminalDay(Some(500_001)), true),
            (LockChange::TerminalDay(None), true),
        ] {
            assert_eq!(all.is_widened_by(&all.with(&change)), wider, "{change:?}");
        }
    }

    #[test]
    fn of_two_cards_the_stricter_locks_go_on() {
        let none = CardLocks::default();
        let region = |codes: &str| LockChange::Region(HomePlaces::parse(codes));
        let hours = |from, until| LockChange::Night(NightHours::try_new(from, until));
        let one = none.with(&LockChange::Overseas(true)).with(&region("33,4403")).with(&hours(1_380, 360));
        let two = none.with(&LockChange::OverseasNotPresent(true)).with(&LockChange::TerminalDay(Some(500)));
        let two = two.with(&region("3301,44")).with(&hours(1_320, 420));
        for (first, second) in [(&one, &two), (&two, &one)] {
            let both = first.stricter(second);
            assert_eq!(both.region.as_ref().map(HomePlaces::codes).as_deref(), Some("3301,4403"));
            assert_eq!(both.night, NightHours::try_new(1_320, 420), "the longer night");
            assert!(!first.is_widened_by(&both) && !second.is_widened_by(&both), "{both:?}");
        }
        assert_eq!(none.stricter(&one), one);
        assert_eq!(one.stricter(&none), one);
        let capped = |minor| none.with(&LockChange::TerminalDay(Some(minor)));
        assert_eq!(capped(7).stricter(&capped(5)).terminal_day_minor, Some(5));
        assert_eq!(none.with(&region("33")).stricter(&none.with(&region("44"))).region, HomePlaces::parse("33"));
    }

    #[test]
    fn countries_are_known_ones() {
        assert_eq!(Country::all().count(), 249);
        assert_eq!(Country::parse("CN"), Some(Country::CHINA));
        for code in ["", "cn", "XX", "CHN", "C", "中"] {
            assert_eq!(Country::parse(code), None, "{code:?}");
        }
        assert_eq!(place("3301").province(), place("33"));
        for kind in LockKind::ALL {
            assert_eq!(LockKind::from_code(kind.code()), Some(kind));
        }
        for channel in UseChannel::ALL {
            assert_eq!(UseChannel::from_code(channel.code()), Some(channel));
        }
    }
}
