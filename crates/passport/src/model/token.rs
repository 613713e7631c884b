//! Tokens: which codes are right, how far a clock may be off, and what a keypad token is asked.

use crate::{FactorId, PersonId};
use credential::oath::{OathHash, OcraInput, OcraSuite, hotp, is_same_code, totp_step};
use credential::pskc::SeedKind;
use kit::{Refusal, Timestamp};
use money::Amount;
use zeroize::Zeroizing;

/// Wrong codes in a row after which a token is locked, whatever they were for.
pub(crate) const WRONG_MAX: i64 = 10;
/// Tokens that one person may hold.
pub(crate) const TOKENS_MAX: usize = 5;
/// Steps of time that a token's clock may differ from where it was last, either way.
const STEPS_AROUND: i64 = 1;
/// Steps that a clock may be off altogether; a code of a token that is further off is not taken until it is set anew.
const DRIFT_MAX: i64 = 20;
/// Steps in which two codes in a row are looked for when a token is set anew, either way.
const RESYNC_STEPS: i64 = 60;
/// Counters ahead that are tried: somebody pressed the button without signing in.
const LOOK_AHEAD: i64 = 10;
/// Counters ahead in which two codes in a row are looked for.
const RESYNC_AHEAD: i64 = 1_000;
/// Digits at the front of a payment's question that are the payee's account's last, so that the payer can compare.
const TAIL_DIGITS: usize = 3;
/// Digits of the amount that a payment's question shows, after how many there are.
const LEADING_DIGITS: usize = 2;

/// A token as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenView {
    /// Which one.
    pub id: FactorId,
    /// The number on its back.
    pub serial: String,
    /// Since when it is theirs.
    pub added: Timestamp,
    /// When it last gave a right code.
    pub last_used: Option<Timestamp>,
    /// Whether too many codes were wrong.
    pub is_locked: bool,
    /// Whether it has a keypad for questions, as payments need.
    pub has_keypad: bool,
    /// Whether it shows codes without a question, as signing in needs.
    pub has_codes: bool,
}

/// What somebody must give to show that a token lies in their hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenAsks {
    /// The code for these digits.
    Question(String),
    /// Two codes in a row.
    TwoCodes,
}

/// A token as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) id: FactorId,
    pub(crate) serial: String,
    /// None: in stock.
    pub(crate) person: Option<PersonId>,
    pub(crate) assigned: Option<Timestamp>,
    pub(crate) last_used: Option<Timestamp>,
    /// Wrong codes in a row.
    pub(crate) wrong: i64,
}

impl Token {
    pub(crate) fn is_locked(&self) -> bool {
        self.wrong >= WRONG_MAX
    }

    /// The end of its number, which is how lists call it.
    pub(crate) fn label(&self) -> String {
        let skipped = self.serial.chars().count().saturating_sub(4);
        self.serial.chars().skip(skipped).collect()
    }
}

/// One way in which a token makes codes, with where it stands.
#[derive(Clone)]
pub(crate) struct Seed {
    pub(crate) kind: SeedKind,
    pub(crate) secret: Zeroizing<Vec<u8>>,
    /// The first counter or step of time whose code was not given yet.
    pub(crate) next: i64,
    /// Steps by which its clock is ahead of the bank's.
    pub(crate) drift: i64,
}

/// Where a seed stands after a right code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) next: i64,
    pub(crate) drift: i64,
}

impl Seed {
    /// Where the seed stands after a code without a question, if the code is right now and was never given.
    pub(crate) fn judge(&self, typed: &str, now: Timestamp) -> Option<Place> {
        match &self.kind {
            SeedKind::Hotp { digits, .. } => {
                let ahead = self.next..self.next + LOOK_AHEAD;
                self.found(ahead, typed, |counter| hotp(OathHash::Sha1, &self.secret, counter, *digits))
                    .map(|counter| Place { next: counter + 1, drift: 0 })
            }
            SeedKind::Totp { hash, digits, step_s } => {
                self.found_in_time(now, *step_s, typed, |step| hotp(*hash, &self.secret, step, *digits))
            }
            SeedKind::Ocra(_) => None,
        }
    }

    /// The same for the code of a question.
    pub(crate) fn judge_question(&self, question: &str, typed: &str, now: Timestamp) -> Option<Place> {
        let SeedKind::Ocra(suite) = &self.kind else { return None };
        let code = |unix_s| {
            let input = OcraInput { questions: &[question], counter: None, pin: None, unix_s };
            suite.code(&self.secret, &input).unwrap_or_default()
        };
        match suite.step_s() {
            // Its question is new each time, so that no code comes twice.
            None => is_code(&code(None), typed).then_some(Place { next: self.next, drift: 0 }),
            Some(step_s) => self.found_in_time(now, step_s, typed, |step| {
                code(i64::try_from(step).ok().and_then(|step| step.checked_mul(step_s)))
            }),
        }
    }

    /// Where the seed stands after two codes in a row that are further off than one may be.
    pub(crate) fn resync(&self, first: &str, second: &str, now: Timestamp) -> Option<Place> {
        let (mut range, here, code): (std::ops::Range<i64>, _, Box<dyn Fn(u64) -> String>) = match &self.kind {
            SeedKind::Hotp { digits, .. } => {
                let code = move |counter| hotp(OathHash::Sha1, &self.secret, counter, *digits);
                (self.next..self.next + RESYNC_AHEAD, None, Box::new(code))
            }
            SeedKind::Totp { hash, digits, step_s } => {
                let here = step(now, *step_s);
                let code = move |step| hotp(*hash, &self.secret, step, *digits);
                ((here - RESYNC_STEPS).max(self.next)..here + RESYNC_STEPS + 1, Some(here), Box::new(code))
            }
            SeedKind::Ocra(_) => return None,
        };
        let is_pair = |at: &i64| {
            let pair = u64::try_from(*at).ok().filter(|_| *at >= 0).map(|at| (code(at), code(at + 1)));
            pair.is_some_and(|(one, two)| is_code(&one, first) & is_code(&two, second))
        };
        range.rfind(is_pair).map(|at| Place { next: at + 2, drift: here.map_or(0, |here| at + 1 - here) })
    }

    fn found_in_time(&self, now: Timestamp, step_s: i64, typed: &str, code: impl Fn(u64) -> String) -> Option<Place> {
        let here = step(now, step_s);
        let middle = here + self.drift;
        let around = (middle - STEPS_AROUND).max(here - DRIFT_MAX)..(middle + STEPS_AROUND).min(here + DRIFT_MAX) + 1;
        let found = self.found(around, typed, code)?;
        Some(Place { next: found + 1, drift: found - here })
    }

    /// The place whose code this is, among those that were not given yet. Every one is looked at.
    fn found(&self, range: std::ops::Range<i64>, typed: &str, code: impl Fn(u64) -> String) -> Option<i64> {
        let right = |at: &i64| u64::try_from(*at).is_ok_and(|at| is_code(&code(at), typed));
        range.filter(|at| *at >= self.next).filter(right).last()
    }
}

fn step(now: Timestamp, step_s: i64) -> i64 {
    i64::try_from(totp_step(now.as_ms().div_euclid(1_000), step_s)).unwrap_or(i64::MAX)
}

fn is_code(right: &str, typed: &str) -> bool {
    !right.is_empty() && is_same_code(right, typed)
}

/// What was typed, without the spaces with which tokens group digits.
pub(crate) fn typed(code: &str) -> String {
    code.chars().filter(|sign| !sign.is_whitespace()).take(16).collect()
}

/// Whether this bank can ask a token of this suite: digits to type, at least eight of them, six to show, and nothing that
/// the bank would have to remember with it. Else why not, in English for whoever imports.
pub(crate) fn check_suite(suite: &OcraSuite) -> Result<(), &'static str> {
    if suite.needs_counter_or_pin() {
        return Err("its codes depend on a counter or a PIN");
    }
    if suite.question_digits().is_none_or(|most| most < 8) {
        return Err("its question is not eight or more decimal digits");
    }
    if suite.digits() < 6 {
        return Err("its codes have fewer than six digits");
    }
    Ok(())
}

/// The digits that a payment asks for, which the payer can compare with what they want to pay: the last three of the payee's
/// account, how many digits the amount has before its point, the first two of these, and then digits drawn from all that is
/// to be paid. 12,000.00 to an account that ends in 789 is `789 5 12 …`. A question about settings is shorter, so that nobody
/// takes one for the other.
pub(crate) fn question(suite: &OcraSuite, payment: Option<(&str, Amount)>, drawn: &[u8; 32]) -> String {
    let length = suite.question_digits().unwrap_or(8).min(10);
    let digits = |count: usize| -> String {
        let number = u128::from_le_bytes(drawn[..16].try_into().unwrap_or_default());
        format!("{:0count$}", number % 10_u128.pow(count as u32))
    };
    match payment {
        Some((tail, amount)) => {
            let tail: String = tail.chars().filter(char::is_ascii_digit).collect();
            let tail = format!("{tail:0>TAIL_DIGITS$}");
            let shown = format!("{}{}", &tail[tail.len() - TAIL_DIGITS..], amount_digits(amount));
            let drawn = digits(length - shown.len());
            shown + &drawn
        }
        None => digits(length - 2),
    }
}

/// How many digits an amount has before its point, and the first two of these: `512` for 12,000.00, `105` for 5.80.
fn amount_digits(amount: Amount) -> String {
    let whole = (amount.minor / amount.currency.minor_per_major()).unsigned_abs();
    let written = whole.to_string();
    let count = written.len().min(9);
    format!("{count}{}", &format!("{written:0>LEADING_DIGITS$}")[..LEADING_DIGITS])
}

/// A question as the token computes with it. RFC 6287 writes the number in hexadecimal digits from the left and fills up with
/// noughts, so that noughts before it and sixteen times a number make no difference: of two such questions one code answers
/// both, and neither is asked after the other.
pub(crate) fn question_number(question: &str) -> String {
    let number: u128 = question.parse().unwrap_or_default();
    format!("{number:x}").trim_end_matches('0').to_owned()
}

/// The stored words of how codes are made.
pub(crate) fn kind_words(kind: &SeedKind) -> (&'static str, String) {
    match kind {
        SeedKind::Hotp { digits, .. } => ("hotp", format!("{digits}")),
        SeedKind::Totp { hash, digits, step_s } => ("totp", format!("{} {digits} {step_s}", hash.code())),
        SeedKind::Ocra(suite) => ("ocra", suite.text().to_owned()),
    }
}

/// From the stored words.
pub(crate) fn kind_of(kind: &str, parameters: &str) -> Option<SeedKind> {
    match kind {
        "hotp" => Some(SeedKind::Hotp { digits: parameters.parse().ok()?, counter: 0 }),
        "totp" => {
            let [hash, digits, step_s] = parameters.split(' ').collect::<Vec<_>>().try_into().ok()?;
            let (digits, step_s) = (digits.parse().ok()?, step_s.parse().ok()?);
            Some(SeedKind::Totp { hash: OathHash::of(hash)?, digits, step_s })
        }
        "ocra" => OcraSuite::parse(parameters).ok().map(SeedKind::Ocra),
        _ => None,
    }
}

/// A refusal about the field with the code.
pub(crate) fn code_wrong() -> Refusal {
    Refusal::new("passport.token_code_wrong", 422).with("field", "code")
}

/// Every question about this payee and amount was asked once.
pub(crate) fn used_up() -> Refusal {
    Refusal::new("passport.token_used_up", 409).with("field", "code")
}

/// Too many codes were wrong in a row.
pub(crate) fn locked() -> Refusal {
    Refusal::new("passport.token_locked", 409).with("field", "code")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_015_000);
    const HERE: i64 = 60_000_000;

    fn totp() -> Seed {
        let kind = SeedKind::Totp { hash: OathHash::Sha1, digits: 6, step_s: 30 };
        Seed { kind, secret: Zeroizing::new(b"12345678901234567890".to_vec()), next: 0, drift: 0 }
    }

    fn counted(next: i64) -> Seed {
        let kind = SeedKind::Hotp { digits: 6, counter: 0 };
        Seed { kind, secret: Zeroizing::new(b"12345678901234567890".to_vec()), next, drift: 0 }
    }

    fn code(at: i64) -> String {
        hotp(OathHash::Sha1, b"12345678901234567890", at as u64, 6)
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_is_remembered() {
        // Where the token's clock was last, where it is now: is the code taken?
        for (drift, at, is_right) in [
            (0, -2, false),
            (0, -1, true),
            (0, 0, true),
            (0, 1, true),
            (0, 2, false),
            (5, 3, false),
            (5, 4, true),
            (5, 6, true),
            (5, 7, false),
            (-5, -4, true),
            (-5, 0, false),
            (20, 20, true),
            (20, 21, false),
            (-20, -21, false),
            (-20, -20, true),
        ] {
            let place = Seed { drift, ..totp() }.judge(&code(HERE + at), NOW);
            let expected = is_right.then_some(Place { next: HERE + at + 1, drift: at });
            assert_eq!(place, expected, "last {drift}, now {at}");
        }
    }

    #[test]
    fn a_code_is_right_once_and_so_are_those_before_it() {
        let seed = Seed { next: HERE, ..totp() };
        assert_eq!(seed.judge(&code(HERE - 1), NOW), None);
        assert_eq!(seed.judge(&code(HERE), NOW), Some(Place { next: HERE + 1, drift: 0 }));
        assert_eq!(Seed { next: HERE + 1, ..totp() }.judge(&code(HERE), NOW), None);
        assert_eq!(counted(7).judge(&code(6), NOW), None);
    }

    #[test]
    fn a_counter_is_looked_for_ten_ahead() {
        for (at, is_right) in [(6, false), (7, true), (16, true), (17, false)] {
            let expected = is_right.then_some(Place { next: at + 1, drift: 0 });
            assert_eq!(counted(7).judge(&code(at), NOW), expected, "{at}");
        }
    }

    #[test]
    fn two_codes_in_a_row_set_a_token_anew() {
        for (at, is_right) in [(-61, false), (-60, true), (-5, true), (0, true), (60, true), (61, false)] {
            let expected = is_right.then_some(Place { next: HERE + at + 2, drift: at + 1 });
            assert_eq!(totp().resync(&code(HERE + at), &code(HERE + at + 1), NOW), expected, "{at}");
            assert_eq!(totp().resync(&code(HERE + at), &code(HERE + at + 2), NOW), None, "{at}, one left out");
        }
        assert_eq!(counted(7).resync(&code(900), &code(901), NOW), Some(Place { next: 902, drift: 0 }));
        assert_eq!(counted(7).resync(&code(6), &code(7), NOW), None);
        assert_eq!(counted(7).resync(&code(1_007), &code(1_008), NOW), None);
    }

    #[test]
    fn the_code_of_one_question_is_not_that_of_another() {
        for suite in ["OCRA-1:HOTP-SHA256-6:QN08", "OCRA-1:HOTP-SHA256-6:QN10-T1M"] {
            let suite = OcraSuite::parse(suite).unwrap();
            let seed = Seed { kind: SeedKind::Ocra(suite.clone()), ..totp() };
            let unix_s = Some(NOW.as_ms() / 1_000);
            let input = OcraInput { questions: &["12345678"], unix_s, ..OcraInput::default() };
            let code = suite.code(&seed.secret, &input).unwrap();
            assert!(seed.judge_question("12345678", &code, NOW).is_some());
            assert!(seed.judge_question("12345679", &code, NOW).is_none());
            assert!(seed.judge_question("12345678", "", NOW).is_none());
            assert!(seed.judge(&code, NOW).is_none());
        }
    }

    #[test]
    fn the_code_of_a_question_with_a_clock_is_right_once() {
        let suite = OcraSuite::parse("OCRA-1:HOTP-SHA256-6:QN08-T1M").unwrap();
        let seed = Seed { kind: SeedKind::Ocra(suite.clone()), ..totp() };
        let unix_s = Some(NOW.as_ms() / 1_000);
        let input = OcraInput { questions: &["12345678"], unix_s, ..OcraInput::default() };
        let code = suite.code(&seed.secret, &input).unwrap();
        let place = seed.judge_question("12345678", &code, NOW).unwrap();
        let later = Seed { next: place.next, drift: place.drift, ..seed };
        assert_eq!(later.judge_question("12345678", &code, NOW), None);
    }

    #[test]
    fn a_question_shows_the_payees_last_digits_and_how_much_it_is() {
        let suite = |text| OcraSuite::parse(text).unwrap();
        let ten = suite("OCRA-1:HOTP-SHA256-6:QN10");
        let eight = suite("OCRA-1:HOTP-SHA256-6:QN08");
        let yuan = |minor| Amount::new(minor, money::Currency::CNY);
        for (tail, minor, shown) in [
            ("005678", 1_200_000, "678512"),
            ("005678", 80_000_000, "678680"),
            ("", 88, "000100"),
            ("9", 580, "009105"),
            ("5678", 99_999, "678399"),
            ("5678", 100_000, "678410"),
            ("5678", 10_000, "678310"),
            ("5678", i64::MAX, "678992"),
        ] {
            for (suite, length) in [(&ten, 10), (&eight, 8)] {
                let asked = question(suite, Some((tail, yuan(minor))), &[7; 32]);
                assert_eq!((&asked[..6], asked.len()), (shown, length), "{minor}");
            }
        }
        assert_eq!(question(&ten, None, &[7; 32]).len(), 8);
        assert_eq!(question(&eight, None, &[7; 32]).len(), 6);
        let drawn = |drawn| question(&ten, Some(("5678", yuan(100))), &[drawn; 32]);
        assert_ne!(drawn(8), drawn(7));
        let yen = Amount::new(800, money::Currency::JPY);
        assert_eq!(question(&ten, Some(("5678", yen)), &[7; 32])[..6], *"678380");
    }

    #[test]
    fn questions_that_one_code_answers_count_as_one() {
        let suite = OcraSuite::parse("OCRA-1:HOTP-SHA256-6:QN10").unwrap();
        let code = |question| {
            let input = OcraInput { questions: &[question], ..OcraInput::default() };
            suite.code(b"12345678901234567890", &input).unwrap()
        };
        for (one, other, is_one) in [
            ("1234", "0000001234", true),
            ("1234", "19744", true),
            ("1234", "0000315904", true),
            ("1234", "1235", false),
            ("0500000001", "8000000016", true),
            ("0", "0000000000", true),
        ] {
            assert_eq!(question_number(one) == question_number(other), is_one, "{one} {other}");
            assert_eq!(code(one) == code(other), is_one, "{one} {other}");
        }
    }

    #[test]
    fn only_suites_that_the_bank_can_ask_are_taken() {
        for (suite, is_taken) in [
            ("OCRA-1:HOTP-SHA1-6:QN08", true),
            ("OCRA-1:HOTP-SHA256-8:QN10-T1M", true),
            ("OCRA-1:HOTP-SHA256-6:C-QN08", false),
            ("OCRA-1:HOTP-SHA256-6:QN08-PSHA1", false),
            ("OCRA-1:HOTP-SHA256-6:QN06", false),
            ("OCRA-1:HOTP-SHA256-6:QA08", false),
            ("OCRA-1:HOTP-SHA256-4:QN08", false),
        ] {
            assert_eq!(check_suite(&OcraSuite::parse(suite).unwrap()).is_ok(), is_taken, "{suite}");
        }
    }

    #[test]
    fn the_words_of_a_kind_read_back() {
        let ocra = SeedKind::Ocra(OcraSuite::parse("OCRA-1:HOTP-SHA256-6:QN08").unwrap());
        for kind in [counted(0).kind, totp().kind, ocra] {
            let (word, parameters) = kind_words(&kind);
            assert_eq!(kind_of(word, &parameters), Some(kind));
        }
        assert_eq!(kind_of("totp", "SHA1 6"), None);
    }
}
