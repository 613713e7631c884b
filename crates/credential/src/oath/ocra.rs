//! Codes from a question, so that they are good for what the question was made of and for nothing else.

use super::{OathHash, truncated};
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};
use std::fmt;

/// Room for the question in the input, in bytes (RFC 6287, 5.1).
const QUESTION_BYTES: usize = 128;
const VERSION: &str = "OCRA-1";

/// How a token makes codes: the text of a suite, such as `OCRA-1:HOTP-SHA256-6:QN08`, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcraSuite {
    text: String,
    hash: OathHash,
    digits: u8,
    counter: bool,
    question: Form,
    question_most: usize,
    pin: Option<OathHash>,
    /// Seconds of a step.
    step_s: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Letters,
    Digits,
    Hexadecimal,
}

/// What a code is made of beside the seed. What the suite does not name is not looked at.
#[derive(Debug, Clone, Default)]
pub struct OcraInput<'a> {
    /// The question; two for a mutual challenge, the other side's first.
    pub questions: &'a [&'a str],
    /// The counter of the token.
    pub counter: Option<u64>,
    /// What its owner typed into it.
    pub pin: Option<&'a str>,
    /// Seconds since 1970.
    pub unix_s: Option<i64>,
}

/// Why there is no suite or no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OcraError {
    /// Not a suite of OCRA-1, or one with parts that are not supported (session data, codes without truncation).
    Suite,
    /// The question is missing, too long, or has letters that its form does not.
    Question,
    /// The suite needs a counter.
    Counter,
    /// The suite needs a PIN.
    Pin,
    /// The suite needs the time.
    Time,
}

impl fmt::Display for OcraError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Suite => "this suite of OCRA is not supported",
            Self::Question => "the question is not one of this suite",
            Self::Counter => "the suite needs a counter",
            Self::Pin => "the suite needs a PIN",
            Self::Time => "the suite needs the time",
        })
    }
}

impl std::error::Error for OcraError {}

impl OcraSuite {
    /// Reads a suite (RFC 6287, 6).
    pub fn parse(text: &str) -> Result<Self, OcraError> {
        let refused = OcraError::Suite;
        let [version, function, data] = parts(text, ':').ok_or(refused)?;
        let [kind, hash, digits] = parts(function, '-').ok_or(refused)?;
        let digits = digits.parse().ok().filter(|count| (4..=10).contains(count) && !digits.starts_with(['0', '+']));
        if version != VERSION || kind != "HOTP" {
            return Err(refused);
        }
        let mut data = data.split('-').peekable();
        let counter = data.next_if_eq(&"C").is_some();
        let (question, question_most) = data.next().and_then(question_form).ok_or(refused)?;
        let pin = match data.next_if(|part| part.starts_with('P')) {
            Some(part) => Some(OathHash::of(&part[1..]).ok_or(refused)?),
            None => None,
        };
        let step_s = data.next().map(|part| step_seconds(part).ok_or(refused)).transpose()?;
        if data.next().is_some() {
            return Err(refused);
        }
        let (hash, digits) = (OathHash::of(hash).ok_or(refused)?, digits.ok_or(refused)?);
        Ok(Self { text: text.to_owned(), hash, digits, counter, question, question_most, pin, step_s })
    }

    /// The suite as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Digits of a code.
    pub fn digits(&self) -> u8 {
        self.digits
    }

    /// Whether the question is typed as decimal digits, and of how many at most; none if it has letters.
    pub fn question_digits(&self) -> Option<usize> {
        (self.question == Form::Digits).then_some(self.question_most)
    }

    /// Whether a code depends on the question and the seed alone.
    pub fn is_question_alone(&self) -> bool {
        !self.counter && self.pin.is_none() && self.step_s.is_none()
    }

    /// Seconds of a step of its clock; none if it has no clock.
    pub fn step_s(&self) -> Option<i64> {
        self.step_s
    }

    /// Whether its codes need a counter or a PIN.
    pub fn needs_counter_or_pin(&self) -> bool {
        self.counter || self.pin.is_some()
    }

    /// The code for an input.
    pub fn code(&self, seed: &[u8], input: &OcraInput<'_>) -> Result<String, OcraError> {
        let mut data = self.text.as_bytes().to_vec();
        data.push(0);
        if self.counter {
            data.extend(input.counter.ok_or(OcraError::Counter)?.to_be_bytes());
        }
        data.extend(self.question_bytes(input.questions)?);
        if let Some(hash) = self.pin {
            data.extend(hashed(hash, input.pin.ok_or(OcraError::Pin)?.as_bytes()));
        }
        if let Some(step_s) = self.step_s {
            let steps = input.unix_s.ok_or(OcraError::Time)?.div_euclid(step_s);
            data.extend(u64::try_from(steps).map_err(|_| OcraError::Time)?.to_be_bytes());
        }
        Ok(truncated(&self.hash.hmac(seed, &[&data]), self.digits))
    }

    fn question_bytes(&self, questions: &[&str]) -> Result<[u8; QUESTION_BYTES], OcraError> {
        let is_right = |question: &&str| {
            let letter = |byte: u8| match self.question {
                Form::Letters => byte.is_ascii_alphanumeric(),
                Form::Digits => byte.is_ascii_digit(),
                Form::Hexadecimal => byte.is_ascii_hexdigit(),
            };
            !question.is_empty() && question.len() <= self.question_most && question.bytes().all(letter)
        };
        if !(1..=2).contains(&questions.len()) || !questions.iter().all(is_right) {
            return Err(OcraError::Question);
        }
        let question = questions.concat();
        let mut bytes = [0; QUESTION_BYTES];
        if self.question == Form::Letters {
            bytes[..question.len()].copy_from_slice(question.as_bytes());
            return Ok(bytes);
        }
        let nibbles = match self.question {
            Form::Digits => nibbles_of_decimal(&question),
            _ => question.bytes().map(digit_of).collect(),
        };
        for (index, nibble) in nibbles.into_iter().enumerate() {
            bytes[index / 2] |= nibble << if index % 2 == 0 { 4 } else { 0 };
        }
        Ok(bytes)
    }
}

/// The parts of a text between separators, if there are exactly so many.
fn parts<const N: usize>(text: &str, separator: char) -> Option<[&str; N]> {
    text.split(separator).collect::<Vec<_>>().try_into().ok()
}

fn question_form(part: &str) -> Option<(Form, usize)> {
    let (form, most) = part.strip_prefix('Q')?.split_at_checked(1)?;
    let form = match form {
        "A" => Form::Letters,
        "N" => Form::Digits,
        "H" => Form::Hexadecimal,
        _ => return None,
    };
    let is_two_digits = most.len() == 2 && most.bytes().all(|byte| byte.is_ascii_digit());
    let most = most.parse().ok().filter(|most| is_two_digits && (4..=64).contains(most))?;
    Some((form, most))
}

/// `T1M` and the like: 1 to 59 seconds or minutes, 1 to 48 hours.
fn step_seconds(part: &str) -> Option<i64> {
    let part = part.strip_prefix('T')?;
    let (count, unit) = part.split_at_checked(part.len().checked_sub(1)?)?;
    let count: i64 = count.parse().ok().filter(|_| count.bytes().all(|byte| byte.is_ascii_digit()))?;
    match unit {
        "S" if (1..=59).contains(&count) => Some(count),
        "M" if (1..=59).contains(&count) => Some(count * 60),
        "H" if (1..=48).contains(&count) => Some(count * 3_600),
        _ => None,
    }
}

fn hashed(hash: OathHash, bytes: &[u8]) -> Vec<u8> {
    match hash {
        OathHash::Sha1 => Sha1::digest(bytes).to_vec(),
        OathHash::Sha256 => Sha256::digest(bytes).to_vec(),
        OathHash::Sha512 => Sha512::digest(bytes).to_vec(),
    }
}

fn digit_of(letter: u8) -> u8 {
    match letter {
        b'0'..=b'9' => letter - b'0',
        _ => (letter.to_ascii_lowercase() - b'a') + 10,
    }
}

/// The hexadecimal digits of a decimal number of any length, without leading noughts but for nought itself.
fn nibbles_of_decimal(decimal: &str) -> Vec<u8> {
    let mut nibbles: Vec<u8> = Vec::new();
    for digit in decimal.bytes() {
        let mut carry = u16::from(digit - b'0');
        for nibble in &mut nibbles {
            let value = u16::from(*nibble) * 10 + carry;
            (*nibble, carry) = ((value & 0xf) as u8, value >> 4);
        }
        while carry > 0 {
            nibbles.push((carry & 0xf) as u8);
            carry >>= 4;
        }
    }
    if nibbles.is_empty() {
        nibbles.push(0);
    }
    nibbles.reverse();
    nibbles
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: Option<&str> = Some("1234");
    /// RFC 6287, appendix C: Mar 25 2008, 12:06:30 GMT is minute 132d0b6.
    const TIME: Option<i64> = Some(0x132_d0b6 * 60);

    fn seed(bytes: usize) -> Vec<u8> {
        b"1234567890".iter().copied().cycle().take(bytes).collect()
    }

    fn check(suite: &str, seed_bytes: usize, input: OcraInput<'_>, code: &str) {
        let made = OcraSuite::parse(suite).unwrap().code(&seed(seed_bytes), &input);
        assert_eq!(made.as_deref(), Ok(code), "{suite} {input:?}");
    }

    /// RFC 6287, appendix C.1.
    #[test]
    fn one_way_questions_give_the_codes_of_the_standard() {
        let sha1 = ["237653", "243178", "653583", "740991", "608993", "388898", "816933", "224598", "750600", "294470"];
        let sha512_counted = [
            "07016083", "63947962", "70123924", "25341727", "33203315", "34205738", "44343969", "51946085", "20403879",
            "31409299",
        ];
        let sha256_pin = ["83238735", "01501458", "17957585", "86776967", "86807031"];
        let sha512_timed = ["95209754", "55907591", "22048402", "24218844", "36209546"];
        for digit in 0..10_usize {
            let question = digit.to_string().repeat(8);
            let questions = [question.as_str()];
            let plain = OcraInput { questions: &questions, ..OcraInput::default() };
            check("OCRA-1:HOTP-SHA1-6:QN08", 20, plain.clone(), sha1[digit]);
            let counted = OcraInput { counter: Some(digit as u64), ..plain.clone() };
            check("OCRA-1:HOTP-SHA512-8:C-QN08", 64, counted, sha512_counted[digit]);
            if let Some(code) = sha256_pin.get(digit) {
                check("OCRA-1:HOTP-SHA256-8:QN08-PSHA1", 32, OcraInput { pin: PIN, ..plain.clone() }, code);
            }
            if let Some(code) = sha512_timed.get(digit) {
                check("OCRA-1:HOTP-SHA512-8:QN08-T1M", 64, OcraInput { unix_s: TIME, ..plain }, code);
            }
        }
        let counted_with_pin = [
            "65347737", "86775851", "78192410", "71565254", "10104329", "65983500", "70069104", "91771096", "75011558",
            "08522129",
        ];
        for (counter, code) in (0..).zip(counted_with_pin) {
            let input = OcraInput { questions: &["12345678"], counter: Some(counter), pin: PIN, unix_s: None };
            check("OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1", 32, input, code);
        }
    }

    /// RFC 6287, appendix C.2.
    #[test]
    fn mutual_questions_give_the_codes_of_the_standard() {
        let sha256_server = ["28247970", "01984843", "65387857", "03351211", "83412541"];
        let sha256_client = ["15510767", "90175646", "33777207", "95285278", "28934924"];
        let sha512_server = ["79496648", "76831980", "12250499", "90856481", "12761449"];
        let sha512_client = ["18806276", "70020315", "01600026", "18951020", "32528969"];
        for number in 0..5_usize {
            let (client, server) = (format!("CLI2222{number}"), format!("SRV1111{number}"));
            let by_server = [client.as_str(), server.as_str()];
            let by_client = [server.as_str(), client.as_str()];
            let asked = |questions| OcraInput { questions, ..OcraInput::default() };
            check("OCRA-1:HOTP-SHA256-8:QA08", 32, asked(&by_server), sha256_server[number]);
            check("OCRA-1:HOTP-SHA256-8:QA08", 32, asked(&by_client), sha256_client[number]);
            check("OCRA-1:HOTP-SHA512-8:QA08", 64, asked(&by_server), sha512_server[number]);
            let with_pin = OcraInput { pin: PIN, ..asked(&by_client) };
            check("OCRA-1:HOTP-SHA512-8:QA08-PSHA1", 64, with_pin, sha512_client[number]);
        }
    }

    /// RFC 6287, appendix C.3.
    #[test]
    fn plain_signatures_give_the_codes_of_the_standard() {
        let plain = ["53095496", "04110475", "31331128", "76028668", "46554205"];
        let timed = ["77537423", "31970405", "10235557", "95213541", "65360607"];
        for number in 0..5_usize {
            let (short, long) = (format!("SIG1{number}000"), format!("SIG1{number}00000"));
            let questions = [short.as_str()];
            let input = OcraInput { questions: &questions, ..OcraInput::default() };
            check("OCRA-1:HOTP-SHA256-8:QA08", 32, input, plain[number]);
            let questions = [long.as_str()];
            let input = OcraInput { questions: &questions, unix_s: TIME, ..OcraInput::default() };
            check("OCRA-1:HOTP-SHA512-8:QA10-T1M", 64, input, timed[number]);
        }
    }

    #[test]
    fn a_suite_that_is_not_one_is_refused() {
        for text in [
            "",
            "OCRA-2:HOTP-SHA1-6:QN08",
            "OCRA-1:TOTP-SHA1-6:QN08",
            "OCRA-1:HOTP-MD5-6:QN08",
            "OCRA-1:HOTP-SHA1-0:QN08",
            "OCRA-1:HOTP-SHA1-11:QN08",
            "OCRA-1:HOTP-SHA1-06:QN08",
            "OCRA-1:HOTP-SHA1-6:QN03",
            "OCRA-1:HOTP-SHA1-6:QN65",
            "OCRA-1:HOTP-SHA1-6:QN8",
            "OCRA-1:HOTP-SHA1-6:QN+8",
            "OCRA-1:HOTP-SHA1-6:QX08",
            "OCRA-1:HOTP-SHA1-6:QN08-S064",
            "OCRA-1:HOTP-SHA1-6:QN08-T60S",
            "OCRA-1:HOTP-SHA1-6:QN08-T0M",
            "OCRA-1:HOTP-SHA1-6:QN08-T1M-T1M",
            "OCRA-1:HOTP-SHA1-6:QN08-PMD5",
            "OCRA-1:HOTP-SHA1-6:C",
            "OCRA-1:HOTP-SHA1-6:QN08:",
            "OCRA-1:HOTP-SHA1-6",
            "OCRA-1:HOTP-SHA1-6:Qé08",
        ] {
            assert_eq!(OcraSuite::parse(text), Err(OcraError::Suite), "{text}");
        }
    }

    #[test]
    fn what_the_suite_needs_must_be_there() {
        let code = |suite: &str, input: &OcraInput<'_>| OcraSuite::parse(suite).unwrap().code(&seed(32), input);
        let asked = OcraInput { questions: &["12345678"], ..OcraInput::default() };
        assert_eq!(code("OCRA-1:HOTP-SHA1-6:C-QN08", &asked), Err(OcraError::Counter));
        assert_eq!(code("OCRA-1:HOTP-SHA1-6:QN08-PSHA1", &asked), Err(OcraError::Pin));
        assert_eq!(code("OCRA-1:HOTP-SHA1-6:QN08-T1M", &asked), Err(OcraError::Time));
        for questions in [&[][..], &[""], &["123456789"], &["1234567a"], &["１２"], &["1", "2", "3"]] {
            let asked = OcraInput { questions, ..OcraInput::default() };
            assert_eq!(code("OCRA-1:HOTP-SHA1-6:QN08", &asked), Err(OcraError::Question), "{questions:?}");
        }
    }

    #[test]
    fn a_decimal_question_becomes_hexadecimal_digits() {
        for (decimal, expected) in [("0", "0"), ("00000000", "0"), ("12345678", "BC614E"), ("99999999", "5F5E0FF")] {
            let made: String = nibbles_of_decimal(decimal).iter().map(|nibble| format!("{nibble:X}")).collect();
            assert_eq!(made, expected, "{decimal}");
        }
        let longest = nibbles_of_decimal(&"9".repeat(64));
        assert_eq!(longest.len(), 54);
    }
}
