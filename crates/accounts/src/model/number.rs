//! Account numbers: made from the ledger's id by a fixed permutation, so that making one asks no database and no two
//! accounts can share one (序列旁路生产), and reading one gives the id back.
//!
//! Nineteen digits: `9`, three digits of the institution, two of the partition, twelve of the permuted slot, and the
//! Luhn check digit (ISO/IEC 7812-1, annex B), which finds every single wrong digit and nearly every swap of neighbours.
//! A leading 9 is left to national use by ISO/IEC 7812-1, so these numbers are never mistaken for a card's.

use kit::Refusal;
use ledger::AccountId;
use std::fmt;

/// An account number: 19 digits that passed their check.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountNumber {
    institution: u16,
    account: AccountId,
}

/// Slots are spread over this range, so that neighbours in time do not get neighbouring numbers.
const RANGE: u64 = 1_000_000_000_000;
/// Coprime to the range; about the golden ratio of it.
const FACTOR: u64 = 618_033_988_749;
/// `FACTOR`'s inverse modulo the range.
const INVERSE: u64 = inverse(FACTOR);
/// So that slot 0 does not become zeros.
const SHIFT: u64 = 314_159_265_359;

const PARTITION_BITS: u32 = 48;
const LENGTH: usize = 19;

impl AccountNumber {
    /// The number of an account, if the institution is below 1,000, the partition below 100 and the slot below 10¹².
    pub fn of(institution: u16, account: AccountId) -> Option<Self> {
        let (partition, slot) = split(account);
        (institution < 1_000 && partition < 100 && slot < RANGE).then_some(Self { institution, account })
    }

    /// Reads what a person typed: 19 ASCII digits, single spaces between groups. Refuses with
    /// `accounts.number_invalid` when the digits do not pass the check.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let invalid = || Refusal::new("accounts.number_invalid", 422).with("field", "payee");
        let mut digits = [0_u8; LENGTH];
        let mut count = 0;
        let mut separated = true;
        for letter in text.trim_matches(' ').bytes() {
            match letter {
                b'0'..=b'9' if count < LENGTH => {
                    digits[count] = letter - b'0';
                    count += 1;
                    separated = false;
                }
                b' ' if !separated => separated = true,
                _ => return Err(invalid()),
            }
        }
        if count != LENGTH || digits[0] != 9 || !passes_luhn(&digits) {
            return Err(invalid());
        }
        let number =
            |range: std::ops::Range<usize>| digits[range].iter().fold(0, |sum, digit| sum * 10 + u64::from(*digit));
        let (institution, partition, spread) = (number(1..4), number(4..6), number(6..18));
        let slot = gather(spread);
        Ok(Self { institution: institution as u16, account: AccountId(partition << PARTITION_BITS | slot) })
    }

    /// Whether a text has the shape of an account number rather than that of a mobile number.
    pub fn looks_like_one(text: &str) -> bool {
        text.bytes().filter(u8::is_ascii_digit).count() == LENGTH && !text.trim_matches(' ').starts_with('+')
    }

    /// The institution that keeps the account.
    pub fn institution(self) -> u16 {
        self.institution
    }

    /// The account in the ledger; whether it exists the ledger knows.
    pub fn account(self) -> AccountId {
        self.account
    }

    /// Nineteen digits without spaces.
    pub fn plain(self) -> String {
        let (partition, slot) = split(self.account);
        let body = format!("9{:03}{partition:02}{:012}", self.institution, spread(slot));
        let check = check_digit(body.bytes().map(|digit| digit - b'0'));
        format!("{body}{check}")
    }

    /// In groups of four, for its owner's eyes.
    pub fn grouped(self) -> String {
        let plain = self.plain();
        let groups: Vec<&str> = (0..LENGTH).step_by(4).map(|start| &plain[start..(start + 4).min(LENGTH)]).collect();
        groups.join(" ")
    }

    /// The last four digits.
    pub fn tail(self) -> String {
        self.plain()[LENGTH - 4..].to_owned()
    }

    /// The last six digits, which its owner types beside a code by text.
    pub fn long_tail(self) -> String {
        self.plain()[LENGTH - 6..].to_owned()
    }

    /// What another person sees: `9001 **** 6027`.
    pub fn masked(self) -> String {
        let plain = self.plain();
        format!("{} **** {}", &plain[..4], &plain[LENGTH - 4..])
    }
}

impl fmt::Debug for AccountNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "AccountNumber({})", self.masked())
    }
}

fn split(account: AccountId) -> (u64, u64) {
    (account.0 >> PARTITION_BITS, account.0 & ((1 << PARTITION_BITS) - 1))
}

fn spread(slot: u64) -> u64 {
    multiply(slot % RANGE, FACTOR, SHIFT)
}

fn gather(spread: u64) -> u64 {
    multiply((spread + RANGE - SHIFT) % RANGE, INVERSE, 0)
}

const fn multiply(value: u64, factor: u64, shift: u64) -> u64 {
    ((value as u128 * factor as u128 + shift as u128) % RANGE as u128) as u64
}

/// The modular inverse by Euclid's algorithm, at compile time.
const fn inverse(factor: u64) -> u64 {
    let (mut old_rest, mut rest) = (factor as i128, RANGE as i128);
    let (mut old_share, mut share) = (1_i128, 0_i128);
    while rest != 0 {
        let quotient = old_rest / rest;
        (old_rest, rest) = (rest, old_rest - quotient * rest);
        (old_share, share) = (share, old_share - quotient * share);
    }
    assert!(old_rest == 1, "the factor shares a divisor with the range");
    old_share.rem_euclid(RANGE as i128) as u64
}

/// The digit that makes a Luhn sum of the body and itself divisible by 10.
fn check_digit(body: impl DoubleEndedIterator<Item = u8>) -> u8 {
    let sum: u32 = body.rev().enumerate().map(|(place, digit)| weighted(place % 2 == 0, digit)).sum();
    ((10 - sum % 10) % 10) as u8
}

fn passes_luhn(digits: &[u8]) -> bool {
    digits.split_last().is_some_and(|(check, body)| check_digit(body.iter().copied()) == *check)
}

fn weighted(doubled: bool, digit: u8) -> u32 {
    let digit = u32::from(digit);
    match (doubled, digit * 2) {
        (false, _) => digit,
        (true, twice) if twice > 9 => twice - 9,
        (true, twice) => twice,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_has_its_own_number_and_reads_back() {
        let mut seen = std::collections::HashSet::new();
        let slots = (0..20_000).chain([RANGE - 1, RANGE / 2, 123_456_789_012]);
        for slot in slots {
            let number = AccountNumber::of(1, AccountId(slot)).unwrap();
            let plain = number.plain();
            assert_eq!(plain.len(), 19);
            assert_eq!(AccountNumber::parse(&plain), Ok(number));
            assert_eq!(AccountNumber::parse(&number.grouped()), Ok(number));
            assert!(seen.insert(plain));
        }
        let far = AccountNumber::of(999, AccountId(99 << 48 | 7)).unwrap();
        assert_eq!(AccountNumber::parse(&far.plain()), Ok(far));
        assert_eq!(AccountNumber::of(1, AccountId(RANGE)), None);
        assert_eq!(AccountNumber::of(1_000, AccountId(1)), None);
    }

    #[test]
    fn every_single_wrong_digit_is_found() {
        let plain = AccountNumber::of(1, AccountId(42)).unwrap().plain();
        for place in 0..LENGTH {
            for digit in b'0'..=b'9' {
                let mut changed = plain.clone().into_bytes();
                if changed[place] == digit {
                    continue;
                }
                changed[place] = digit;
                assert!(AccountNumber::parse(std::str::from_utf8(&changed).unwrap()).is_err());
            }
        }
    }

    #[test]
    fn what_only_looks_like_a_number_is_refused() {
        let plain = AccountNumber::of(1, AccountId(42)).unwrap().plain();
        for text in [
            "",
            "9",
            &plain[1..],
            &format!("{plain}0"),
            &plain.replace('9', "９"),
            &format!("{}-{}", &plain[..4], &plain[4..]),
        ] {
            assert_eq!(AccountNumber::parse(text).unwrap_err().code, "accounts.number_invalid", "{text:?}");
        }
    }

    #[test]
    fn a_masked_number_shows_its_ends_only() {
        let number = AccountNumber::of(1, AccountId(42)).unwrap();
        assert_eq!(number.masked(), format!("9001 **** {}", number.tail()));
        assert_eq!(format!("{number:?}"), format!("AccountNumber({})", number.masked()));
    }

    #[test]
    fn luhn_agrees_with_the_standards_example() {
        let digits: Vec<u8> = "79927398713".bytes().map(|digit| digit - b'0').collect();
        assert!(passes_luhn(&digits));
    }
}
