//! What proves that somebody is who they say, and how much each is worth.

use kit::Timestamp;

kit::typed_id!(
    /// One token, one passkey, one key of a person.
    FactorId
);

/// What proved that the owner wants something, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Factor {
    /// Nothing of the customer's: the channel itself vouches.
    None,
    /// 密码: a session that a password opened.
    Password,
    /// 短信认证: that, the last six digits of the account, and a code sent to the owner's phone for this very act.
    SmsCode,
    /// 通行密钥: a passkey of a bound device, opened by its owner's finger, face or screen code.
    Passkey,
    /// 电子密码器: a token with a keypad that computes six digits for this very act.
    OtpToken,
    /// U盾: a certificate's key that signs the readable text of this very act.
    SigningKey,
    /// 安全密钥: a WebAuthn key that is plugged in or tapped. It signs a challenge made for this very act and shows no payee.
    SecurityKey,
}

/// How much a factor is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Proves nothing beyond the session.
    None,
    /// 一级: a text message, a passkey.
    One,
    /// 二级: a token.
    Two,
    /// 三级: a signing key.
    Three,
}

impl Tier {
    /// The word in refusals and in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::One => "one",
            Self::Two => "two",
            Self::Three => "three",
        }
    }

    /// 0 to 3; what is stored.
    pub fn number(self) -> i64 {
        self as i64
    }

    /// From what is stored.
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::None, Self::One, Self::Two, Self::Three].into_iter().find(|tier| tier.number() == number)
    }
}

impl Factor {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::None, Self::Password, Self::SmsCode, Self::Passkey, Self::OtpToken, Self::SigningKey, Self::SecurityKey];

    /// Those with which a customer confirms a payment, weakest first.
    pub const CONFIRMING: [Self; 5] =
        [Self::SmsCode, Self::Passkey, Self::OtpToken, Self::SigningKey, Self::SecurityKey];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Password => "password",
            Self::SmsCode => "sms_code",
            Self::Passkey => "passkey",
            Self::OtpToken => "otp_token",
            Self::SigningKey => "signing_key",
            Self::SecurityKey => "security_key",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.code() == code)
    }

    /// The number in a document; never changed.
    pub fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Password => 1,
            Self::SmsCode => 2,
            Self::Passkey => 3,
            Self::OtpToken => 4,
            Self::SigningKey => 5,
            Self::SecurityKey => 6,
        }
    }

    /// From the number in a document.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.number() == number)
    }

    /// How much it is worth.
    pub fn tier(self) -> Tier {
        match self {
            Self::None | Self::Password => Tier::None,
            Self::SmsCode | Self::Passkey => Tier::One,
            Self::OtpToken => Tier::Two,
            Self::SigningKey | Self::SecurityKey => Tier::Three,
        }
    }
}

/// Something that a person holds and can prove themselves with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Which one; 0 for texts to the person's own number, which everybody holds.
    pub id: FactorId,
    /// What it is.
    pub factor: Factor,
    /// What its owner called it, or its serial number's end; for texts the masked number.
    pub label: String,
    /// Since when; 0 for texts.
    pub added: Timestamp,
    /// When it last proved something; none if it never did.
    pub last_used: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_and_order_agree() {
        for (place, factor) in Factor::ALL.into_iter().enumerate() {
            assert_eq!(Factor::from_code(factor.code()), Some(factor));
            assert_eq!(Factor::from_number(factor.number()), Some(factor));
            assert_eq!(usize::from(factor.number()), place);
        }
        assert!(Factor::ALL.is_sorted() && Factor::ALL.is_sorted_by_key(|factor| factor.tier()));
        for tier in [Tier::None, Tier::One, Tier::Two, Tier::Three] {
            assert_eq!(Tier::from_number(tier.number()), Some(tier));
        }
    }
}
