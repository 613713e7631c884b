//! Whether a name that came with a payment is that of the account's holder.

/// How well two names fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// The same, letter for letter.
    Full,
    /// The same but for spaces, dots, case, or one slip in a long name.
    Close,
    /// Another name.
    No,
}

/// A long name may hold one slip; a short one, such as most Chinese names, is another name then.
const SLIP_FROM: usize = 5;

/// Compares a name with the holder's.
pub(crate) fn fit(given: &str, holder: &str) -> Fit {
    if given.trim() == holder {
        return Fit::Full;
    }
    let (given, holder) = (plain(given), plain(holder));
    let close = given == holder || (holder.len() >= SLIP_FROM && is_one_slip(&given, &holder));
    if close && !given.is_empty() { Fit::Close } else { Fit::No }
}

/// Letters and digits alone, small, wide forms as narrow ones.
fn plain(name: &str) -> Vec<char> {
    let narrow = |char: char| match char {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(char) - 0xFEE0).unwrap_or(char),
        other => other,
    };
    name.chars().map(narrow).filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// One letter more, less or other.
fn is_one_slip(one: &[char], two: &[char]) -> bool {
    let (short, long) = if one.len() <= two.len() { (one, two) } else { (two, one) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let rest = if short.len() == long.len() { same + 1 } else { same };
    short.get(rest..).unwrap_or_default() == long.get(same + 1..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_fully_closely_or_not() {
        for (given, holder, expected) in [
            ("王小通", "王小通", Fit::Full),
            (" 王小通 ", "王小通", Fit::Full),
            ("王 小通", "王小通", Fit::Close),
            ("王小同", "王小通", Fit::No),
            ("王小", "王小通", Fit::No),
            ("买买提艾力", "买买提·艾力", Fit::Close),
            ("demo chen", "Demo Chen", Fit::Close),
            ("ＤＥＭＯ Chen", "Demo Chen", Fit::Close),
            ("Demo Chan", "Demo Chen", Fit::Close),
            ("Demo Chenn", "Demo Chen", Fit::Close),
            ("Demo Che", "Demo Chen", Fit::Close),
            ("Dema Chan", "Demo Chen", Fit::No),
            ("Chen Demo", "Demo Chen", Fit::No),
            ("示范水务公司", "示范水务公司", Fit::Full),
            ("示范水务公司杭州", "示范水务公司", Fit::No),
            ("", "王小通", Fit::No),
            ("··", "··", Fit::Full),
            ("·", "··", Fit::No),
        ] {
            assert_eq!(fit(given, holder), expected, "{given:?} for {holder:?}");
        }
    }
}
