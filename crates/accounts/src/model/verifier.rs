//! Codes on printed papers that anybody can check: what the paper is about, and a keyed code that only this bank can make.
//!
//! A code is 100 bits in 20 characters of Crockford's base 32 (no I, L, O, U): one bit for the kind of paper, 63 for its
//! number, 36 of a keyed BLAKE3 hash over both. A guess is right once in 2³⁶, and the page that checks codes is rate-limited.

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 20;
const MAC_BITS: u32 = 36;

/// What a paper is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The receipt of a payment, by its order.
    Payment(i64),
    /// A certificate of an account, by its number.
    Certificate(i64),
}

/// Makes and reads codes with the bank's key.
#[derive(Clone)]
pub struct Verifier {
    key: [u8; 32],
}

impl Verifier {
    /// A verifier with a key of the bank's own; whoever has it can make codes.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key: blake3::derive_key("tongbao accounts v1 verification codes", &key) }
    }

    /// The code of a paper, in groups of four: `7K3M-9QXW-...`.
    pub fn code(&self, subject: &Subject) -> String {
        let payload = payload(subject);
        let bits = u128::from(payload) << MAC_BITS | u128::from(self.mac(payload));
        let mut code = String::with_capacity(LENGTH + 4);
        for place in 0..LENGTH {
            if place > 0 && place % 4 == 0 {
                code.push('-');
            }
            let digit = bits >> (5 * (LENGTH - 1 - place)) & 31;
            code.push(char::from(ALPHABET[digit as usize]));
        }
        code
    }

    /// What a code is about, if this bank made it. Blanks, dashes and lower case are accepted, and what is often misread.
    pub fn read(&self, text: &str) -> Option<Subject> {
        let mut bits = 0_u128;
        let mut length = 0;
        for character in text.chars().filter(|character| !matches!(character, ' ' | '-')) {
            let digit = match character.to_ascii_uppercase() {
                'O' => 0,
                'I' | 'L' => 1,
                upper => ALPHABET.iter().position(|known| char::from(*known) == upper)?,
            };
            length += 1;
            if length > LENGTH {
                return None;
            }
            bits = bits << 5 | digit as u128;
        }
        let payload = (bits >> MAC_BITS) as u64;
        let mac = (bits & ((1 << MAC_BITS) - 1)) as u64;
        let number = (payload & (u64::MAX >> 1)) as i64;
        let subject = if payload >> 63 == 0 { Subject::Payment(number) } else { Subject::Certificate(number) };
        // Both are compared whole, whatever differs first.
        let differing = mac ^ self.mac(payload);
        (length == LENGTH && differing == 0).then_some(subject)
    }

    fn mac(&self, payload: u64) -> u64 {
        let hash = blake3::keyed_hash(&self.key, &payload.to_be_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        u64::from_be_bytes(first) >> (64 - MAC_BITS)
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Verifier")
    }
}

/// Numbers of orders and certificates are positive, so the highest bit is free for the kind.
fn payload(subject: &Subject) -> u64 {
    match subject {
        Subject::Payment(number) => *number as u64 & (u64::MAX >> 1),
        Subject::Certificate(number) => *number as u64 | 1 << 63,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back_however_they_are_typed() {
        let verifier = Verifier::new([7; 32]);
        for subject in [Subject::Payment(1), Subject::Payment(i64::MAX), Subject::Certificate(8_812_345_678_901)] {
            let code = verifier.code(&subject);
            assert_eq!(code.len(), 24);
            assert_eq!(verifier.read(&code), Some(subject));
            assert_eq!(verifier.read(&code.to_lowercase().replace('-', " ")), Some(subject));
            assert_eq!(verifier.read(&code.replace('0', "o").replace('1', "l")), Some(subject));
            assert_eq!(Verifier::new([8; 32]).read(&code), None, "another bank's key");
        }
        assert_ne!(verifier.code(&Subject::Payment(5)), verifier.code(&Subject::Certificate(5)));
    }

    #[test]
    fn no_changed_character_passes() {
        let verifier = Verifier::new([7; 32]);
        let code = verifier.code(&Subject::Payment(7_123_456_789)).replace('-', "");
        for place in 0..LENGTH {
            for digit in ALPHABET {
                let mut changed = code.clone().into_bytes();
                if changed[place] == *digit {
                    continue;
                }
                changed[place] = *digit;
                assert_eq!(verifier.read(std::str::from_utf8(&changed).unwrap()), None);
            }
        }
        for text in ["", "0", &code[1..], &format!("{code}0"), "零", &"0".repeat(20)] {
            assert_eq!(verifier.read(text), None, "{text:?}");
        }
    }
}
