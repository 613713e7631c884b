//! What sort of payment; where one comes from and what proved it are words of the passport.

pub use passport::{Channel, Factor};

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
    /// 银行卡退货: a shop gives back what it collected.
    CardRefund,
}

impl PaymentKind {
    /// All of them.
    pub const ALL: [Self; 11] = [
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
        Self::CardRefund,
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
            Self::CardRefund => "card_refund",
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
            Self::CardRefund => 11,
        }
    }

    /// From the transfer code in the ledger.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// Whether the limits of both accounts bind. What was wrong is taken back whatever they say.
    pub(crate) fn is_limited(self) -> bool {
        !matches!(self, Self::Correction | Self::Return | Self::CardRefund)
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
    fn numbers_read_back() {
        for kind in PaymentKind::ALL {
            assert_eq!(PaymentKind::from_number(kind.number()), Some(kind));
        }
    }
}
