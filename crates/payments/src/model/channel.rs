//! Where a payment comes from, and what proved that its owner wants it.

use passport::SessionKind;

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

    /// The number in a document.
    pub(crate) fn number(self) -> u8 {
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

    pub(crate) fn from_number(number: u8) -> Option<Self> {
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

/// What proved that the owner wants the payment, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Factor {
    /// Nothing of the customer's: the channel itself vouches.
    None,
    /// A session that a password opened.
    Password,
    /// That, and a code sent to the owner's phone for this very payment.
    SmsCode,
}

impl Factor {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Password, Self::SmsCode];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Password => "password",
            Self::SmsCode => "sms_code",
        }
    }

    /// From the stored word.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.code() == code)
    }

    /// The number in a document.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Password => 1,
            Self::SmsCode => 2,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.number() == number)
    }
}

/// What sort of payment. The number is also the ledger's transfer code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentKind {
    /// 转账: from one customer to another, or between one's own accounts.
    Transfer,
    /// 刷卡消费: a card at a merchant's terminal.
    CardPayment,
    /// 现金存入: cash paid in.
    CashIn,
    /// 冲正: a contra entry that takes a payment back.
    Correction,
    /// 现金支取: cash paid out at the counter.
    CashOut,
    /// 现金调拨: cash that goes from one of the bank's own boxes to another.
    CashMove,
    /// 跨行汇出: to somebody at another bank.
    InterbankOut,
    /// 跨行汇入: from somebody at another bank.
    InterbankIn,
    /// 充值: from the customer's own bound card of another bank.
    TopUp,
    /// 退汇: what another bank gives back, or what is given back to another bank.
    Return,
}

impl PaymentKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Transfer,
        Self::CardPayment,
        Self::CashIn,
        Self::Correction,
        Self::CashOut,
        Self::CashMove,
        Self::InterbankOut,
        Self::InterbankIn,
        Self::TopUp,
        Self::Return,
    ];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::CardPayment => "card_payment",
            Self::CashIn => "cash_in",
            Self::Correction => "correction",
            Self::CashOut => "cash_out",
            Self::CashMove => "cash_move",
            Self::InterbankOut => "interbank_out",
            Self::InterbankIn => "interbank_in",
            Self::TopUp => "top_up",
            Self::Return => "return",
        }
    }

    /// The transfer code in the ledger.
    pub fn number(self) -> u16 {
        match self {
            Self::Transfer => 1,
            Self::CardPayment => 2,
            Self::CashIn => 3,
            Self::Correction => 4,
            Self::CashOut => 5,
            Self::CashMove => 6,
            Self::InterbankOut => 7,
            Self::InterbankIn => 8,
            Self::TopUp => 9,
            Self::Return => 10,
        }
    }

    /// From the transfer code in the ledger.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// Whether the limits of both accounts bind. What was wrong is taken back whatever they say.
    pub(crate) fn is_limited(self) -> bool {
        !matches!(self, Self::Correction | Self::Return)
    }

    /// Whether the other side is at another bank.
    pub fn is_interbank(self) -> bool {
        matches!(self, Self::InterbankOut | Self::InterbankIn | Self::TopUp | Self::Return)
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
        for factor in Factor::ALL {
            assert_eq!(Factor::from_number(factor.number()), Some(factor));
        }
        for kind in PaymentKind::ALL {
            assert_eq!(PaymentKind::from_number(kind.number()), Some(kind));
        }
    }
}
