//! What a password must be.

use super::common::is_common;

/// Fewest characters of a password (NIST SP 800-63B-4 asks for at least 8).
pub const PASSWORD_MIN: usize = 8;
/// Most characters of a password; longer ones would only make hashing a way to keep the bank busy.
pub const PASSWORD_MAX: usize = 128;

/// Why a new password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// Fewer than [`PASSWORD_MIN`] characters.
    TooShort,
    /// More than [`PASSWORD_MAX`] characters.
    TooLong,
    /// Among the first that anybody would try.
    Common,
}

/// Checks a new password. No rules about sorts of characters: length is what counts, and that it is not among the first
/// that anybody would try. `own_number` is what everybody knows of its owner, such as a mobile number.
pub fn check_new(password: &str, own_number: &str) -> Result<(), Weakness> {
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        return Err(Weakness::TooShort);
    }
    if length > PASSWORD_MAX {
        return Err(Weakness::TooLong);
    }
    if is_common(password, own_number) {
        return Err(Weakness::Common);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_and_common_ones_are_refused() {
        let check_new = |password: &str| check_new(password, "+8613800005678");
        assert_eq!(check_new("short12"), Err(Weakness::TooShort));
        assert!(check_new("八个汉字也可以呀").is_ok());
        assert!(check_new(&"long".repeat(31).replacen("long", "Lang", 1)).is_ok());
        assert_eq!(check_new(&"a".repeat(129)), Err(Weakness::TooLong));
        assert_eq!(check_new("password1"), Err(Weakness::Common));
    }
}
