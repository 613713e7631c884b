//! What a shop's terminal remembers of a sale. Never the whole number: only while an answer is missing is the question kept, in
//! memory, to be asked again.

use kit::Timestamp;
use serde_json::Value;

/// What goes wrong on the way to the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trouble {
    /// Nothing.
    #[default]
    None,
    /// The question arrives some seconds late.
    Slow,
    /// The bank decides, and its answer does not arrive.
    AnswerLost,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Slow, Self::AnswerLost];

    /// The word in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Slow => "slow",
            Self::AnswerLost => "answer_lost",
        }
    }

    /// From the word; what is unknown is none.
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|trouble| trouble.code() == code).unwrap_or_default()
    }
}

/// What the bank said about a question or a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankWord {
    /// Two digits after ISO 8583.
    pub code: String,
    /// The bank's own reason; empty if it is approved.
    pub reason: String,
    /// The shop's code of the approval; empty if there is none.
    pub approval: String,
    /// What was charged in the bank's currency, as text; empty if nothing was.
    pub billed: String,
    /// Until when the money is set aside.
    pub expires: Option<Timestamp>,
}

impl BankWord {
    /// From an answer of the bank; none if it is no answer.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(body).ok()?;
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let code = value.get("response_code")?.as_str()?.to_owned();
        let billed = value.get("billed").and_then(|billed| {
            Some(format!("{} {}", billed.get("currency")?.as_str()?, billed.get("value")?.as_str()?))
        });
        Some(Self {
            code,
            reason: text("reason"),
            approval: text("approval_code"),
            billed: billed.unwrap_or_default(),
            expires: value.get("expires_at_ms").and_then(Value::as_i64).map(Timestamp),
        })
    }

    /// Whether it is approved.
    pub fn is_approved(&self) -> bool {
        self.code == "00"
    }
}

/// What a shop does after an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaleStep {
    /// Collects.
    Capture,
    /// Gives up.
    Reverse,
    /// Gives back.
    Refund,
}

impl SaleStep {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Capture, Self::Reverse, Self::Refund];

    /// The word in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Reverse => "reverse",
            Self::Refund => "refund",
        }
    }

    /// From the word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.code() == code)
    }

    /// The bank's door for it.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Capture => "/card-network/v1/captures",
            Self::Reverse => "/card-network/v1/reversals",
            Self::Refund => "/card-network/v1/refunds",
        }
    }
}

/// One sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// By which the bank knows it.
    pub reference: String,
    /// The shop.
    pub merchant: String,
    /// The last four digits of the card.
    pub tail: String,
    /// `pos`, `atm`, `online` or `contactless`.
    pub channel: String,
    /// Two letters.
    pub country: String,
    /// The clock there.
    pub local_time: String,
    /// Code and value.
    pub amount: (String, String),
    /// When it was asked.
    pub asked: Timestamp,
    /// What the bank said; none while no answer has come.
    pub word: Option<BankWord>,
    /// What followed, with what was asked and answered.
    pub steps: Vec<(SaleStep, String, Option<BankWord>)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_the_bank_are_read() {
        let body = br#"{"response_code":"00","approval_code":"012345","billed":{"value":"7.09","currency":"CNY"},
            "expires_at_ms":5,"reason":null}"#;
        let word = BankWord::read(body).unwrap();
        assert!(word.is_approved());
        assert_eq!((word.billed.as_str(), word.expires, word.reason.as_str()), ("CNY 7.09", Some(Timestamp(5)), ""));
        for body in [&b""[..], b"<html>", b"{}", b"[]"] {
            assert_eq!(BankWord::read(body), None);
        }
        for trouble in Trouble::ALL {
            assert_eq!(Trouble::from_code(trouble.code()), trouble);
        }
        for step in SaleStep::ALL {
            assert_eq!(SaleStep::from_code(step.code()), Some(step));
        }
    }
}
