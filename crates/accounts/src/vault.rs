//! The vault (卡号保险库): card numbers lie in SQL sealed, and nothing there opens them.
//!
//! * Each number is sealed under a **data key** of its own, bound to its card's id, so that rows cannot be exchanged.
//! * Each data key is sealed under a **key-encryption key**, one of those in the vault's file, which the row names. A rotation
//!   seals data keys anew under a new one and never touches a number.
//! * A number is found by a **keyed hash**. The key of the hashes stays for the life of the vault, as the numbers do.
//! * The **security code** (CVV) is computed and stored nowhere: BLAKE3, keyed with the vault's code key, over number and
//!   expiry (`YYYYMM`), its first eight bytes modulo 1000, three digits. Whoever has the database alone can compute none.
//!
//! Seals are XChaCha20-Poly1305 under a fresh nonce. The file lies beside the database's, readable by its owner alone, one
//! line a key:
//!
//! ```text
//! tongbao-vault 1
//! hash <64 hex digits>
//! code <64 hex digits>
//! key 1 <64 hex digits>
//! ```

use crate::model::debit_card::{DebitCardId, DebitCardNumber, Expiry};
use credential::seal::{parts_hash, write_private};
use credential::{hex, unhex};
use kit::{Fault, FaultContext, Random};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const HEAD: &str = "tongbao-vault 1";

/// The keys of card numbers. It does not print.
#[derive(Clone)]
pub struct Vault {
    file: Option<PathBuf>,
    hash: [u8; 32],
    code: [u8; 32],
    keys: BTreeMap<u32, [u8; 32]>,
    random: Random,
}

/// A number as it lies in SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SealedNumber {
    /// The key-encryption key that opens the data key.
    pub(crate) key: u32,
    /// The data key.
    pub(crate) key_sealed: Vec<u8>,
    /// The number under the data key.
    pub(crate) number_sealed: Vec<u8>,
}

impl Vault {
    /// Reads the file, or makes it, readable by its owner alone.
    pub fn open(path: &Path, random: &Random) -> Result<Self, Fault> {
        match fs::read_to_string(path) {
            Ok(text) => {
                let vault = Self::read(&text, random);
                let vault = vault.ok_or_else(|| Fault::new(format!("{} is no file of a vault", path.display())))?;
                Ok(Self { file: Some(path.to_owned()), ..vault })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let keys = BTreeMap::from([(1, random.bytes())]);
                let (hash, code) = (random.bytes(), random.bytes());
                let vault = Self { file: Some(path.to_owned()), hash, code, keys, random: random.clone() };
                vault.write()?;
                Ok(vault)
            }
            Err(error) => Err(Fault::from(error).context(format!("reading the vault {}", path.display()))),
        }
    }

    /// A vault that anybody can open: for tests alone.
    pub fn for_tests() -> Self {
        let keys = BTreeMap::from([(1, [3; 32])]);
        Self { file: None, hash: [1; 32], code: [2; 32], keys, random: Random::seeded(5) }
    }

    fn read(text: &str, random: &Random) -> Option<Self> {
        let mut lines = text.lines();
        lines.next().filter(|head| *head == HEAD)?;
        let (mut hash, mut code, mut keys) = (None, None, BTreeMap::new());
        for line in lines {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["hash", hex] => hash = Some(unhex(hex)?),
                ["code", hex] => code = Some(unhex(hex)?),
                ["key", id, hex] => {
                    keys.insert(id.parse().ok()?, unhex(hex)?);
                }
                _ => return None,
            }
        }
        let vault = Self { file: None, hash: hash?, code: code?, keys, random: random.clone() };
        (!vault.keys.is_empty()).then_some(vault)
    }

    fn write(&self) -> Result<(), Fault> {
        let Some(path) = &self.file else { return Ok(()) };
        let mut text = format!("{HEAD}\nhash {}\ncode {}\n", hex(&self.hash), hex(&self.code));
        for (id, key) in &self.keys {
            let _ = writeln!(text, "key {id} {}", hex(key));
        }
        write_private(path, text.as_bytes()).fault(format!("writing the vault {}", path.display()))
    }

    /// The key-encryption key under which new data keys are sealed.
    pub fn current_key(&self) -> u32 {
        self.keys.last_key_value().map_or(0, |(id, _)| *id)
    }

    /// Adds a key-encryption key, under which everything new is sealed from here on. The file is written first.
    pub(crate) fn with_new_key(&self) -> Result<Self, Fault> {
        let mut next = self.clone();
        next.keys.insert(self.current_key() + 1, self.random.bytes());
        next.write()?;
        Ok(next)
    }

    /// Forgets every key-encryption key but the current one.
    pub(crate) fn with_current_key_only(&self) -> Result<Self, Fault> {
        let mut next = self.clone();
        let current = self.current_key();
        next.keys.retain(|id, _| *id == current);
        next.write()?;
        Ok(next)
    }

    /// The serial of a new number.
    pub(crate) fn draw(&self) -> u64 {
        self.random.below(u64::MAX)
    }

    /// By which a number is found.
    pub(crate) fn number_hash(&self, number: &DebitCardNumber) -> [u8; 32] {
        parts_hash(&self.hash, &[b"number", number.full().as_bytes()])
    }

    /// A hash of what a message of the card network said, whole number and code included: without the vault nobody can try
    /// numbers on it.
    pub fn message_hash(&self, parts: &[&[u8]]) -> [u8; 32] {
        parts_hash(&self.hash, &[&[&b"message"[..]], parts].concat())
    }

    /// The security code of a card.
    pub(crate) fn cvv(&self, number: &DebitCardNumber, expiry: Expiry) -> String {
        let month = format!("{:04}{:02}", expiry.year, expiry.month);
        let hash = parts_hash(&self.code, &[number.full().as_bytes(), month.as_bytes()]);
        let value = hash.iter().take(8).fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        format!("{:03}", value % 1000)
    }

    /// Whether a typed code is the card's. The comparison is of hashes, so its time tells nothing about how much was right.
    pub(crate) fn is_cvv(&self, number: &DebitCardNumber, expiry: Expiry, typed: &str) -> bool {
        let hash = |text: &str| parts_hash(&self.code, &[b"compare", text.as_bytes()]);
        hash(typed) == hash(&self.cvv(number, expiry))
    }

    pub(crate) fn seal(&self, card: DebitCardId, number: &DebitCardNumber) -> Result<SealedNumber, Fault> {
        let data_key: [u8; 32] = self.random.bytes();
        let key = self.current_key();
        Ok(SealedNumber {
            key,
            key_sealed: seal(self.key(key)?, &self.random, card, &data_key)?,
            number_sealed: seal(&data_key, &self.random, card, number.full().as_bytes())?,
        })
    }

    pub(crate) fn unseal(&self, card: DebitCardId, sealed: &SealedNumber) -> Result<DebitCardNumber, Fault> {
        let data_key = self.data_key(card, sealed)?;
        let number = String::from_utf8(unseal(&data_key, card, &sealed.number_sealed)?).map_err(|_| broken())?;
        DebitCardNumber::parse(&number).ok_or_else(broken)
    }

    /// The same number with its data key under the current key-encryption key.
    pub(crate) fn reseal(&self, card: DebitCardId, sealed: &SealedNumber) -> Result<SealedNumber, Fault> {
        let data_key = self.data_key(card, sealed)?;
        let key = self.current_key();
        let key_sealed = seal(self.key(key)?, &self.random, card, &data_key)?;
        Ok(SealedNumber { key, key_sealed, number_sealed: sealed.number_sealed.clone() })
    }

    fn data_key(&self, card: DebitCardId, sealed: &SealedNumber) -> Result<[u8; 32], Fault> {
        unseal(self.key(sealed.key)?, card, &sealed.key_sealed)?.try_into().map_err(|_| broken())
    }

    fn key(&self, id: u32) -> Result<&[u8; 32], Fault> {
        self.keys.get(&id).ok_or_else(|| Fault::new(format!("the vault has no key {id}")))
    }
}

fn broken() -> Fault {
    Fault::new("a card number is not readable with the keys of this vault")
}

fn seal(key: &[u8; 32], random: &Random, card: DebitCardId, what: &[u8]) -> Result<Vec<u8>, Fault> {
    credential::seal::seal(key, random, &card.0.to_be_bytes(), what)
}

fn unseal(key: &[u8; 32], card: DebitCardId, stored: &[u8]) -> Result<Vec<u8>, Fault> {
    credential::seal::unseal(key, &card.0.to_be_bytes(), stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number() -> DebitCardNumber {
        DebitCardNumber::made("620003", 40_917_233).unwrap()
    }

    #[test]
    fn a_vault_is_made_once_and_its_file_is_its_owners() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.key");
        let made = Vault::open(&path, &Random::seeded(1)).unwrap();
        let read = Vault::open(&path, &Random::seeded(2)).unwrap();
        assert_eq!((made.hash, made.code, made.keys.clone()), (read.hash, read.code, read.keys));
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        for text in ["", "tongbao-vault 2\n", "tongbao-vault 1\nhash 00\n", "tongbao-vault 1\nkey 1 zz\n"] {
            fs::write(&path, text).unwrap();
            assert!(Vault::open(&path, &Random::seeded(1)).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_rotation_seals_keys_anew_and_leaves_numbers_codes_and_hashes() {
        let folder = tempfile::tempdir().unwrap();
        let before = Vault::open(&folder.path().join("vault.key"), &Random::seeded(1)).unwrap();
        let card = DebitCardId(7);
        let sealed = before.seal(card, &number()).unwrap();
        let both = before.with_new_key().unwrap();
        assert_eq!((before.current_key(), both.current_key()), (1, 2));
        assert_eq!(both.unseal(card, &sealed).unwrap(), number());
        let anew = both.reseal(card, &sealed).unwrap();
        assert_eq!((anew.key, &anew.number_sealed), (2, &sealed.number_sealed));
        let after = both.with_current_key_only().unwrap();
        assert_eq!(after.unseal(card, &anew).unwrap(), number());
        assert!(after.unseal(card, &sealed).is_err(), "the old key is gone");
        assert_eq!(after.number_hash(&number()), before.number_hash(&number()));
        let expiry = Expiry { year: 2031, month: 11 };
        assert_eq!(after.cvv(&number(), expiry), before.cvv(&number(), expiry));
    }

    #[test]
    fn a_number_opens_for_its_card_alone() {
        let vault = Vault::for_tests();
        let sealed = vault.seal(DebitCardId(7), &number()).unwrap();
        assert!(vault.unseal(DebitCardId(8), &sealed).is_err());
        let other = vault.seal(DebitCardId(8), &number()).unwrap();
        let mixed = SealedNumber { number_sealed: other.number_sealed, ..sealed };
        assert!(vault.unseal(DebitCardId(7), &mixed).is_err());
    }

    #[test]
    fn codes_follow_from_number_and_month_and_key() {
        let vault = Vault::for_tests();
        let (this, next) = (Expiry { year: 2031, month: 11 }, Expiry { year: 2031, month: 12 });
        let code = vault.cvv(&number(), this);
        assert!(code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(vault.is_cvv(&number(), this, &code));
        assert!(!vault.is_cvv(&number(), this, "") && !vault.is_cvv(&number(), this, &format!("{code}0")));
        let others =
            (0..200).filter(|serial| vault.cvv(&DebitCardNumber::made("620003", *serial).unwrap(), this) == code);
        assert!(others.count() < 5, "codes do not differ from card to card");
        assert_ne!(
            (vault.cvv(&number(), next), vault.cvv(&number(), Expiry { year: 2030, month: 11 })),
            (code.clone(), code)
        );
    }
}
