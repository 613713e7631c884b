//! What the counterpart does wrong when it is told to, so that a bank can be tried.

use super::reason;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// A payment is decided on only after a while; until then it is pending.
    Delay,
    /// A payment is rejected.
    Refuse,
    /// An answer is not sent. The payment stands as it stands, and an enquiry tells, unless its answer is dropped too.
    Drop,
    /// An answer is sent twice, the second time in a message of its own.
    Twice,
    /// An answer is sent only after a while; an enquiry tells at once.
    Late,
    /// The connection breaks before a message is taken.
    BreakBefore,
    /// The connection breaks after a message was taken.
    BreakAfter,
    /// The clearing house is down: 503 to everything.
    Down,
    /// A payment that was settled is returned some days later.
    Return,
    /// A payment that was rejected, and told so at once, is called settled a while later, which is not true.
    Contradict,
    /// With an answer comes another one, about a payment that nobody sent.
    Stray,
}

impl FaultKind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Drop,
        Self::Refuse,
        Self::Delay,
        Self::Late,
        Self::Twice,
        Self::Down,
        Self::BreakBefore,
        Self::BreakAfter,
        Self::Return,
        Self::Contradict,
        Self::Stray,
    ];

    /// The word in JSON, on the command line, and in draws.
    pub fn word(self) -> &'static str {
        match self {
            Self::Delay => "delay",
            Self::Refuse => "refuse",
            Self::Drop => "drop",
            Self::Twice => "twice",
            Self::Late => "late",
            Self::BreakBefore => "break_before",
            Self::BreakAfter => "break_after",
            Self::Down => "down",
            Self::Return => "return",
            Self::Contradict => "contradict",
            Self::Stray => "stray",
        }
    }

    /// The fault of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// How often something goes wrong, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chance {
    /// Of a thousand payments or messages; 1000 is always, 0 never.
    pub per_mille: u16,
    /// For what takes a while: milliseconds.
    #[serde(default = "Chance::usual_ms")]
    pub ms: u32,
    /// For what comes days later: how many.
    #[serde(default = "Chance::usual_days")]
    pub days: u16,
    /// For a refusal or a return: the code.
    #[serde(default = "Chance::usual_code")]
    pub code: String,
}

impl Chance {
    /// Always.
    pub const ALWAYS: u16 = 1_000;

    /// So often, with the usual delay (15 s), days (3) and code (`MS03`).
    pub fn new(per_mille: u16) -> Self {
        Self { per_mille, ms: Self::usual_ms(), days: Self::usual_days(), code: Self::usual_code() }
    }

    fn usual_ms() -> u32 {
        15_000
    }

    fn usual_days() -> u16 {
        3
    }

    fn usual_code() -> String {
        reason::NOT_SAID.to_owned()
    }
}

/// A week: longer delays say nothing new.
const MS_MOST: u32 = 7 * 86_400_000;
/// A return after more than a year is none.
const DAYS_MOST: u16 = 366;

/// All that goes wrong, and the seed of the draws. What is not named does not happen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// The same seed gives the same faults to the same payments, whatever the time.
    pub seed: u64,
    /// See [`FaultKind::Delay`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Chance>,
    /// See [`FaultKind::Refuse`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuse: Option<Chance>,
    /// See [`FaultKind::Drop`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop: Option<Chance>,
    /// See [`FaultKind::Twice`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub twice: Option<Chance>,
    /// See [`FaultKind::Late`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late: Option<Chance>,
    /// See [`FaultKind::BreakBefore`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub break_before: Option<Chance>,
    /// See [`FaultKind::BreakAfter`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub break_after: Option<Chance>,
    /// See [`FaultKind::Down`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down: Option<Chance>,
    /// See [`FaultKind::Return`].
    #[serde(rename = "return", skip_serializing_if = "Option::is_none")]
    pub returned: Option<Chance>,
    /// See [`FaultKind::Contradict`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contradict: Option<Chance>,
    /// See [`FaultKind::Stray`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stray: Option<Chance>,
}

/// What a draw is about: the same payment draws the same, whenever it comes and whatever its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject<'a> {
    /// The payee's account.
    pub(crate) account: &'a str,
    /// Minor units.
    pub(crate) amount_minor: i64,
    /// The how-manieth such payment.
    pub(crate) occurrence: i64,
    /// The how-manieth try, for what can happen to one payment several times.
    pub(crate) attempt: i64,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// The same with one more fault.
    #[must_use]
    pub fn with(mut self, kind: FaultKind, chance: Chance) -> Self {
        *self.slot(kind) = Some(chance);
        self
    }

    /// How often a fault happens.
    pub fn get(&self, kind: FaultKind) -> Option<&Chance> {
        match kind {
            FaultKind::Delay => self.delay.as_ref(),
            FaultKind::Refuse => self.refuse.as_ref(),
            FaultKind::Drop => self.drop.as_ref(),
            FaultKind::Twice => self.twice.as_ref(),
            FaultKind::Late => self.late.as_ref(),
            FaultKind::BreakBefore => self.break_before.as_ref(),
            FaultKind::BreakAfter => self.break_after.as_ref(),
            FaultKind::Down => self.down.as_ref(),
            FaultKind::Return => self.returned.as_ref(),
            FaultKind::Contradict => self.contradict.as_ref(),
            FaultKind::Stray => self.stray.as_ref(),
        }
    }

    fn slot(&mut self, kind: FaultKind) -> &mut Option<Chance> {
        match kind {
            FaultKind::Delay => &mut self.delay,
            FaultKind::Refuse => &mut self.refuse,
            FaultKind::Drop => &mut self.drop,
            FaultKind::Twice => &mut self.twice,
            FaultKind::Late => &mut self.late,
            FaultKind::BreakBefore => &mut self.break_before,
            FaultKind::BreakAfter => &mut self.break_after,
            FaultKind::Down => &mut self.down,
            FaultKind::Return => &mut self.returned,
            FaultKind::Contradict => &mut self.contradict,
            FaultKind::Stray => &mut self.stray,
        }
    }

    /// Whether anything can go wrong.
    pub fn any(&self) -> bool {
        FaultKind::ALL.into_iter().any(|kind| self.get(kind).is_some_and(|chance| chance.per_mille > 0))
    }

    /// What is wrong with the faults themselves, in words.
    pub fn flaw(&self) -> Option<String> {
        FaultKind::ALL.into_iter().find_map(|kind| {
            let chance = self.get(kind)?;
            let flaw = if chance.per_mille > Chance::ALWAYS {
                "per_mille is 0 to 1000"
            } else if chance.ms > MS_MOST {
                "ms is a week at most"
            } else if chance.days == 0 || chance.days > DAYS_MOST {
                "days is 1 to 366"
            } else if !reason::is_code(&chance.code) {
                "code is four capital letters or digits, such as AC04"
            } else {
                return None;
            };
            Some(format!("{}: {flaw}", kind.word()))
        })
    }

    /// Whether a fault strikes, and how.
    pub(crate) fn draw(&self, kind: FaultKind, subject: Subject<'_>) -> Option<&Chance> {
        let chance = self.get(kind)?;
        let strikes = match chance.per_mille {
            0 => false,
            Chance::ALWAYS.. => true,
            per_mille => self.drawn(kind, subject) < per_mille,
        };
        strikes.then_some(chance)
    }

    /// 0 to 999.
    fn drawn(&self, kind: FaultKind, subject: Subject<'_>) -> u16 {
        let mut hasher = blake3::Hasher::new_derive_key("tongbao network fault 1");
        hasher.update(&self.seed.to_le_bytes());
        for text in [kind.word(), subject.account] {
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        }
        for number in [subject.amount_minor, subject.occurrence, subject.attempt] {
            hasher.update(&number.to_le_bytes());
        }
        let mut first = [0; 8];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        (u64::from_le_bytes(first) % 1_000) as u16
    }

    /// One more fault, as the command line writes it: `drop=always`, `delay=25%:5000` (milliseconds), `refuse=3%:AC04`,
    /// `return=0.5%:3` (days).
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn read_one(mut self, text: &str) -> Result<Self, String> {
        let wrong = || {
            let words: Vec<&str> = FaultKind::ALL.into_iter().map(FaultKind::word).collect();
            format!("write NAME=always or NAME=5%, then :MS, :DAYS or :CODE if wanted; names are {}", words.join(", "))
        };
        let (name, rest) = text.split_once('=').ok_or_else(wrong)?;
        let kind = FaultKind::from_word(name).ok_or_else(wrong)?;
        let (often, how) = rest.split_once(':').map_or((rest, None), |(often, how)| (often, Some(how)));
        let mut chance = Chance::new(per_mille(often).ok_or_else(wrong)?);
        match (kind, how) {
            (_, None) => {}
            (FaultKind::Refuse, Some(code)) => chance.code = code.to_owned(),
            (FaultKind::Return, Some(days)) => chance.days = days.parse().map_err(|_| wrong())?,
            (FaultKind::Delay | FaultKind::Late | FaultKind::Contradict, Some(ms)) => {
                chance.ms = ms.parse().map_err(|_| wrong())?;
            }
            _ => return Err(wrong()),
        }
        *self.slot(kind) = Some(chance);
        self.flaw().map_or(Ok(self), Err)
    }
}

fn per_mille(often: &str) -> Option<u16> {
    if often == "always" {
        return Some(Chance::ALWAYS);
    }
    let (whole, tenth) = {
        let percent = often.strip_suffix('%')?;
        percent.split_once('.').unwrap_or((percent, "0"))
    };
    let digits = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole, 3) || !digits(tenth, 1) {
        return None;
    }
    let value = whole.parse::<u16>().ok()? * 10 + tenth.parse::<u16>().ok()?;
    (value <= Chance::ALWAYS).then_some(value)
}

impl fmt::Display for Faults {
    /// For a log: `drop always, refuse 3%`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = FaultKind::ALL.into_iter().filter_map(|kind| Some((kind, self.get(kind)?.per_mille)));
        let parts: Vec<String> = named
            .filter(|(_, per_mille)| *per_mille > 0)
            .map(|(kind, per_mille)| match per_mille {
                Chance::ALWAYS.. => format!("{} always", kind.word()),
                _ => format!("{} {}.{}%", kind.word(), per_mille / 10, per_mille % 10),
            })
            .collect();
        out.write_str(&if parts.is_empty() { "none".to_owned() } else { parts.join(", ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(account: &str, amount_minor: i64) -> Subject<'_> {
        Subject { account, amount_minor, occurrence: 1, attempt: 0 }
    }

    #[test]
    fn a_draw_follows_from_seed_fault_and_payment_alone() {
        let half = |seed| Faults { seed, ..Faults::none() }.with(FaultKind::Drop, Chance::new(500));
        let strikes = |faults: &Faults| -> Vec<bool> {
            (0..64).map(|amount| faults.draw(FaultKind::Drop, subject("1", amount)).is_some()).collect()
        };
        assert_eq!(strikes(&half(7)), strikes(&half(7)));
        assert_ne!(strikes(&half(7)), strikes(&half(8)));
        let other = |change: fn(&mut Subject<'_>)| {
            let all = (0..64).map(|amount| {
                let mut subject = subject("1", amount);
                change(&mut subject);
                half(7).draw(FaultKind::Drop, subject).is_some()
            });
            all.collect::<Vec<_>>()
        };
        assert_ne!(other(|subject| subject.account = "2"), strikes(&half(7)));
        assert_ne!(other(|subject| subject.occurrence = 2), strikes(&half(7)));
        assert_ne!(other(|subject| subject.attempt = 1), strikes(&half(7)));
    }

    #[test]
    fn always_never_and_how_often_are_what_they_say() {
        let count = |per_mille| {
            let faults = Faults::none().with(FaultKind::Refuse, Chance::new(per_mille));
            (0..10_000).filter(|amount| faults.draw(FaultKind::Refuse, subject("1", *amount)).is_some()).count()
        };
        assert_eq!(count(0), 0);
        assert_eq!(count(1_000), 10_000);
        assert!((250..350).contains(&count(30)), "{}", count(30));
        assert!(Faults::none().draw(FaultKind::Drop, subject("1", 1)).is_none());
        assert!(!Faults::none().any() && !Faults::none().with(FaultKind::Drop, Chance::new(0)).any());
    }

    #[test]
    fn the_command_line_names_a_fault_how_often_and_how() {
        let read = |text: &str| Faults::none().read_one(text);
        let chance = |text: &str, kind| read(text).expect(text).get(kind).cloned().expect(text);
        assert_eq!(chance("drop=always", FaultKind::Drop), Chance::new(1_000));
        assert_eq!(chance("drop=2.5%", FaultKind::Drop), Chance::new(25));
        assert_eq!(chance("delay=25%:5000", FaultKind::Delay), Chance { ms: 5_000, ..Chance::new(250) });
        assert_eq!(chance("refuse=100%:AC04", FaultKind::Refuse).code, "AC04");
        assert_eq!(chance("return=1%:9", FaultKind::Return).days, 9);
        for wrong in [
            "",
            "drop",
            "drop=",
            "drop=yes",
            "drop=101%",
            "drop=5",
            "drop=-5%",
            "drop=5%:1",
            "x=always",
            "delay=5%:x",
            "refuse=5%:ac04",
            "refuse=5%:AC0",
            "return=5%:0",
            "drop=1.25%",
            "delay=5%:999999999",
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn json_is_strict_and_says_what_it_reads() {
        let faults: Faults = serde_json::from_str(r#"{"seed":7,"return":{"per_mille":5,"days":2}}"#).expect("faults");
        assert_eq!(faults.get(FaultKind::Return), Some(&Chance { days: 2, ..Chance::new(5) }));
        assert_eq!(
            serde_json::from_str::<Faults>(&serde_json::to_string(&faults).expect("json")).expect("back"),
            faults
        );
        for wrong in [r#"{"x":1}"#, r#"{"drop":true}"#, r#"{"drop":{"per_mille":1,"x":1}}"#, r#"{"drop":{}}"#] {
            assert!(serde_json::from_str::<Faults>(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            Faults::none().with(FaultKind::Drop, Chance::new(1_001)).flaw().as_deref(),
            Some("drop: per_mille is 0 to 1000")
        );
        let many = Faults::none().with(FaultKind::Drop, Chance::new(1_000)).with(FaultKind::Refuse, Chance::new(25));
        assert_eq!(many.to_string(), "drop always, refuse 2.5%");
    }
}
