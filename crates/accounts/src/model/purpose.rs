//! What an account is for, in its owner's words.

use kit::Refusal;

/// Most characters of a nickname.
pub const NICKNAME_MAX: usize = 20;

/// What an account is for (账户用途).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// 日常消费
    Daily,
    /// 储蓄
    Savings,
    /// 工资
    Salary,
    /// 网购
    Shopping,
    /// 旅行
    Travel,
    /// 家庭
    Family,
    /// 其他
    Other,
}

impl Purpose {
    /// All of them, in the order of a list to choose from.
    pub const ALL: [Self; 7] =
        [Self::Daily, Self::Savings, Self::Salary, Self::Shopping, Self::Travel, Self::Family, Self::Other];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Savings => "savings",
            Self::Salary => "salary",
            Self::Shopping => "shopping",
            Self::Travel => "travel",
            Self::Family => "family",
            Self::Other => "other",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }

    /// The number in a document.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Daily => 1,
            Self::Savings => 2,
            Self::Salary => 3,
            Self::Shopping => 4,
            Self::Travel => 5,
            Self::Family => 6,
            Self::Other => 7,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.number() == number)
    }
}

/// A nickname without blanks around it; may be empty. Refuses with `accounts.nickname_invalid`.
pub(crate) fn check_nickname(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    // Marks that turn the direction of writing, or show nothing at all, could make one account look like another.
    let odd = |character: char| {
        character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    if text.chars().count() > NICKNAME_MAX || text.contains(odd) {
        let refusal = Refusal::new("accounts.nickname_invalid", 422);
        return Err(refusal.with("field", "nickname").with("most", NICKNAME_MAX as i64));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_read_back() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::from_code(purpose.code()), Some(purpose));
            assert_eq!(Purpose::from_number(purpose.number()), Some(purpose));
        }
        assert_eq!(Purpose::from_code(""), None);
        assert_eq!(Purpose::from_number(0), None);
    }

    #[test]
    fn a_nickname_is_short_and_says_what_it_shows() {
        assert_eq!(check_nickname("  旅行 𠮷 "), Ok("旅行 𠮷".to_owned()));
        assert_eq!(check_nickname(""), Ok(String::new()));
        assert!(check_nickname(&"零".repeat(20)).is_ok());
        for text in [&"零".repeat(21), "a\nb", "a\u{202e}b", "a\u{200b}b", "\u{feff}x"] {
            assert_eq!(check_nickname(text).unwrap_err().code, "accounts.nickname_invalid", "{text:?}");
        }
    }
}
