//! Where somebody acts from.

use crate::SessionKind;

/// Where a payment comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// 网页: a browser.
    Web,
    /// 手机: a bound device that proves its key at each payment.
    Mobile,
    /// 开放接口: a program with a bearer token.
    Api,
    /// 刷卡终端: a card at a merchant's terminal; the card network has authorised it.
    CardTerminal,
    /// 柜面: a teller.
    Counter,
    /// 行内: the bank itself.
    Internal,
    /// 清算网络: another bank, through the clearing network.
    Clearing,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Web, Self::Mobile, Self::Api, Self::CardTerminal, Self::Counter, Self::Internal, Self::Clearing];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Mobile => "mobile",
            Self::Api => "api",
            Self::CardTerminal => "card_terminal",
            Self::Counter => "counter",
            Self::Internal => "internal",
            Self::Clearing => "clearing",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.code() == code)
    }

    /// The number in a document; never changed.
    pub fn number(self) -> u8 {
        match self {
            Self::Web => 1,
            Self::Mobile => 2,
            Self::Api => 3,
            Self::CardTerminal => 4,
            Self::Counter => 5,
            Self::Internal => 6,
            Self::Clearing => 7,
        }
    }

    /// From the number in a document.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.number() == number)
    }
}

impl From<SessionKind> for Channel {
    fn from(kind: SessionKind) -> Self {
        match kind {
            SessionKind::Web => Self::Web,
            SessionKind::Api => Self::Api,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_read_back() {
        for channel in Channel::ALL {
            assert_eq!(Channel::from_code(channel.code()), Some(channel));
            assert_eq!(Channel::from_number(channel.number()), Some(channel));
        }
    }
}
