//! The text that a signing key signs: readable by its owner, exact to the letter, and bound to one thing to be done.
//!
//! The bank writes it, the customer's tool reads it, shows it and signs it. Both use this file, so that the tool signs
//! nothing that is not such a text, and a text has one form: line by line, no space more or less, lines ended by LF, none
//! after the last.

use crate::token::{hex, unhex, unhex_any};
use std::fmt;

/// The longest text that is read, in bytes.
const MOST_BYTES: usize = 4 << 10;
/// The longest value of a line, in characters.
const MOST_CHARS: usize = 160;

/// The language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignLanguage {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// A text to be signed. No value of it may be empty, have a control character or one that turns the reading direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningText {
    /// The language of the words around the values.
    pub language: SignLanguage,
    /// What is agreed to.
    pub what: What,
    /// Where it was asked for: `web`, `mobile`, `api`.
    pub channel: String,
    /// Until when the signature is taken, in the bank's time, as `2026-11-22 13:45:00 +08:00`.
    pub until: String,
    /// Drawn by the bank for this text alone.
    pub nonce: [u8; 16],
    /// The bank's seal over all that is agreed to, also over what nobody reads.
    pub binding: [u8; 32],
}

/// What is agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A payment.
    Payment(PaymentText),
    /// Changes of security settings, for ten minutes.
    Security,
}

/// The words of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentText {
    /// The amount with groups: `800,000.00`.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// The payee's name as the payer saw it.
    pub payee: String,
    /// The payee's account as the payer saw it, or the bank's number of it.
    pub payee_account: String,
    /// The last digits of the payer's account.
    pub tail: String,
    /// The number of the draft.
    pub draft: String,
    /// When it is made, and how often: `every week from 2026-11-29`; none: once, now.
    pub when: Option<String>,
}

/// Why a text is not one to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextError;

impl fmt::Display for TextError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("this is not a text of the bank to be signed")
    }
}

impl std::error::Error for TextError {}

struct Words {
    payment: &'static str,
    security: &'static str,
    amount: &'static str,
    payee: &'static str,
    payee_account: &'static str,
    tail: &'static str,
    draft: &'static str,
    when: &'static str,
    purpose: &'static str,
    purpose_is: &'static str,
    channel: &'static str,
    until: &'static str,
    nonce: &'static str,
    binding: &'static str,
}

const ZH: Words = Words {
    payment: "通宝付款签名 第1版",
    security: "通宝安全设置签名 第1版",
    amount: "付款金额：",
    payee: "收款人：",
    payee_account: "收款账户：",
    tail: "付款账户尾号：",
    draft: "付款编号：",
    when: "付款时间：",
    purpose: "用途：",
    purpose_is: "十分钟内可以更改安全设置",
    channel: "渠道：",
    until: "有效期至：",
    nonce: "一次性编号：",
    binding: "银行校验：",
};

const EN: Words = Words {
    payment: "Tongbao payment signature, version 1",
    security: "Tongbao security settings signature, version 1",
    amount: "I pay: ",
    payee: "To: ",
    payee_account: "Their account: ",
    tail: "From my account ending in: ",
    draft: "Payment number: ",
    when: "When: ",
    purpose: "Purpose: ",
    purpose_is: "security settings may be changed for ten minutes",
    channel: "Channel: ",
    until: "Valid until: ",
    nonce: "Used once: ",
    binding: "Seal of the bank: ",
};

impl SignLanguage {
    fn words(self) -> &'static Words {
        match self {
            Self::Zh => &ZH,
            Self::En => &EN,
        }
    }
}

impl SigningText {
    /// The text, letter by letter as it is signed.
    pub fn text(&self) -> String {
        let words = self.language.words();
        let mut lines = Vec::new();
        match &self.what {
            What::Payment(payment) => {
                lines.push(words.payment.to_owned());
                lines.push(format!("{}{} {}", words.amount, payment.amount, payment.currency));
                lines.extend(payment.when.iter().map(|when| format!("{}{when}", words.when)));
                lines.push(format!("{}{}", words.payee, payment.payee));
                lines.push(format!("{}{}", words.payee_account, payment.payee_account));
                lines.push(format!("{}{}", words.tail, payment.tail));
                lines.push(format!("{}{}", words.draft, payment.draft));
            }
            What::Security => {
                lines.push(words.security.to_owned());
                lines.push(format!("{}{}", words.purpose, words.purpose_is));
            }
        }
        lines.push(format!("{}{}", words.channel, self.channel));
        lines.push(format!("{}{}", words.until, self.until));
        lines.push(format!("{}{}", words.nonce, hex(&self.nonce)));
        lines.push(format!("{}{}", words.binding, hex(&self.binding)));
        lines.join("\n")
    }

    /// Reads a text, as it was copied from a page or a file: other line ends and space around it are forgiven. What is read
    /// gives [`text`](Self::text) again, which is what is signed.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        if text.len() > MOST_BYTES {
            return Err(TextError);
        }
        let text = text.trim().replace("\r\n", "\n");
        let read = [SignLanguage::Zh, SignLanguage::En].into_iter().find_map(|language| read(&text, language));
        read.filter(|read| read.text() == text).ok_or(TextError)
    }

    /// Whether every value may stand in a text. The bank's own values do, unless a name has letters that nobody can see.
    pub fn is_writable(&self) -> bool {
        Self::parse(&self.text()).is_ok_and(|read| read == *self)
    }
}

fn read(text: &str, language: SignLanguage) -> Option<SigningText> {
    let words = language.words();
    let mut lines = text.split('\n').peekable();
    let title = lines.next()?;
    let mut line = |label: &str, is_optional: bool| match lines.peek()?.strip_prefix(label) {
        None => is_optional.then_some(None),
        Some(value) if is_value(value) => {
            lines.next();
            Some(Some(value.to_owned()))
        }
        Some(_) => None,
    };
    let what = if title == words.payment {
        let amount = line(words.amount, false)??;
        let (amount, currency) = amount.split_once(' ')?;
        let is_currency = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_amount(amount) || !is_currency {
            return None;
        }
        let when = line(words.when, true)?;
        What::Payment(PaymentText {
            amount: amount.to_owned(),
            currency: currency.to_owned(),
            payee: line(words.payee, false)??,
            payee_account: line(words.payee_account, false)??,
            tail: line(words.tail, false)??,
            draft: line(words.draft, false)??,
            when,
        })
    } else if title == words.security && line(words.purpose, false)?? == words.purpose_is {
        What::Security
    } else {
        return None;
    };
    let (channel, until) = (line(words.channel, false)??, line(words.until, false)??);
    let nonce = unhex_any(&line(words.nonce, false)??)?.try_into().ok()?;
    let binding = unhex(&line(words.binding, false)??)?;
    lines.next().is_none().then_some(SigningText { language, what, channel, until, nonce, binding })
}

/// Something that a person can read as it stands: no control character, nothing that is not seen or turns the direction,
/// no space at an end.
fn is_value(value: &str) -> bool {
    let is_hidden = |sign: char| {
        sign.is_control()
            || matches!(sign, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}')
            || matches!(sign, '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(sign, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}')
            || matches!(sign, '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    !value.is_empty() && value.trim() == value && value.chars().count() <= MOST_CHARS && !value.chars().any(is_hidden)
}

/// Digits with commas and perhaps a point.
fn is_amount(amount: &str) -> bool {
    amount.starts_with(|first: char| first.is_ascii_digit())
        && amount.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(language: SignLanguage) -> SigningText {
        let what = What::Payment(PaymentText {
            amount: "800,000.00".to_owned(),
            currency: "CNY".to_owned(),
            payee: "李小宝".to_owned(),
            payee_account: "6200 **** 5678".to_owned(),
            tail: "123456".to_owned(),
            draft: "42".to_owned(),
            when: None,
        });
        let until = "2026-11-22 13:45:00 +08:00".to_owned();
        SigningText { language, what, channel: "web".to_owned(), until, nonce: [0xab; 16], binding: [0xcd; 32] }
    }

    #[test]
    fn a_text_reads_back_in_both_languages() {
        for language in [SignLanguage::Zh, SignLanguage::En] {
            let payment = payment(language);
            let security = SigningText { what: What::Security, ..payment.clone() };
            let What::Payment(words) = payment.what.clone() else { panic!("a payment") };
            let when = Some("every week from 2026-11-29".to_owned());
            let again = SigningText { what: What::Payment(PaymentText { when, ..words }), ..payment.clone() };
            assert_ne!(again.text(), payment.text());
            for text in [payment, again, security] {
                assert_eq!(SigningText::parse(&text.text()), Ok(text.clone()));
                assert_eq!(SigningText::parse(&format!("\n{}\r\n", text.text().replace('\n', "\r\n"))), Ok(text));
            }
        }
    }

    #[test]
    fn a_payment_reads_like_one() {
        let expected = [
            "Tongbao payment signature, version 1",
            "I pay: 800,000.00 CNY",
            "To: 李小宝",
            "Their account: 6200 **** 5678",
            "From my account ending in: 123456",
            "Payment number: 42",
            "Channel: web",
            "Valid until: 2026-11-22 13:45:00 +08:00",
            "Used once: abababababababababababababababab",
            "Seal of the bank: cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
        ];
        assert_eq!(payment(SignLanguage::En).text(), expected.join("\n"));
    }

    #[test]
    fn what_is_not_exactly_such_a_text_is_not_read() {
        let good = payment(SignLanguage::En).text();
        let changes: [(&str, &str); 16] = [
            ("version 1", "version 2"),
            ("I pay: ", "I pay:  "),
            ("I pay: ", "I receive: "),
            ("800,000.00", "eight"),
            ("CNY", "cny"),
            ("To: 李小宝", "To: "),
            ("李小宝", "李\u{202e}小宝"),
            ("李小宝", "李小宝\u{200b}"),
            ("李小宝", "李小宝\u{1b}[2K"),
            ("李小宝", "李小宝 "),
            ("Channel: web\n", ""),
            ("Channel: web\n", "Channel: web\nChannel: web\n"),
            ("abab", "ABAB"),
            ("Used once: ab", "Used once: "),
            ("web", "web\tx"),
            ("To: 李小宝\nTheir account: 6200 **** 5678", "Their account: 6200 **** 5678\nTo: 李小宝"),
        ];
        assert!(SigningText::parse(&good).is_ok());
        for (from, to) in changes {
            let changed = good.replacen(from, to, 1);
            assert_ne!(changed, good, "{from}");
            assert_eq!(SigningText::parse(&changed), Err(TextError), "{from} to {to}");
        }
        for text in ["", "hello", &format!("{good}\nmore"), &"a".repeat(MOST_BYTES + 1)] {
            assert_eq!(SigningText::parse(text), Err(TextError));
        }
    }

    #[test]
    fn a_name_that_would_add_a_line_is_not_writable() {
        let mut text = payment(SignLanguage::En);
        assert!(text.is_writable());
        if let What::Payment(payment) = &mut text.what {
            payment.payee = "李小宝\nTheir account: 1".to_owned();
        }
        assert!(!text.is_writable());
    }
}
