//! Amounts in Chinese capital words (大写金额), which cannot be altered with a stroke of the pen.
//!
//! The rules are those for filling in payment instruments, the annex of the central bank's Measures for Payment and
//! Settlement (支付结算办法, 1997, 附一): capital numerals; one 零 for any run of zeros inside; 整 when nothing follows 元 or
//! 角. Where the annex leaves a 零 to the writer (a zero just before 万 or 元), none is written.

use crate::Amount;

const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];

impl Amount {
    /// `人民币捌拾捌元捌角整`. Other currencies carry their own name before the same words; a third decimal is 厘.
    pub fn words_zh(self) -> String {
        let unit = self.currency.minor_per_major().unsigned_abs();
        let (whole, mut fraction) = (self.minor.unsigned_abs() / unit, self.minor.unsigned_abs() % unit);
        let mut text = self.currency.name_zh().to_owned();
        if self.is_negative() {
            text.push('负');
        }
        if whole > 0 || fraction == 0 {
            text.push_str(&if whole == 0 { "零".to_owned() } else { whole_words(whole) });
            text.push('元');
        }
        let mut place = unit;
        let mut zero_before = false;
        for name in ["角", "分", "厘"] {
            place /= 10;
            if fraction == 0 || place == 0 {
                break;
            }
            let digit = fraction / place;
            fraction %= place;
            if digit == 0 {
                zero_before = true;
                continue;
            }
            // A fraction that stands alone, such as 伍分, has nothing before it that a zero could be missing from.
            if zero_before && !text.ends_with(self.currency.name_zh()) && !text.ends_with('负') {
                text.push('零');
            }
            zero_before = false;
            text.push_str(DIGITS[digit as usize]);
            text.push_str(name);
        }
        if text.ends_with('元') || text.ends_with('角') {
            text.push('整');
        }
        text
    }
}

/// A positive whole number. 亿 and 万 nest: what stands before each is a number of its own.
fn whole_words(number: u64) -> String {
    for (power, name) in [(8, "亿"), (4, "万")] {
        let unit = 10_u64.pow(power);
        if number >= unit {
            return format!("{}{name}{}", whole_words(number / unit), rest_words(number % unit, unit / 10));
        }
    }
    for (unit, name) in [(1_000, "仟"), (100, "佰"), (10, "拾")] {
        if number >= unit {
            return format!("{}{name}{}", DIGITS[(number / unit) as usize], rest_words(number % unit, unit / 10));
        }
    }
    DIGITS[number as usize].to_owned()
}

/// What follows a unit; `full` is the least number that leaves no gap after it.
fn rest_words(rest: u64, full: u64) -> String {
    match rest {
        0 => String::new(),
        gap if gap < full => format!("零{}", whole_words(rest)),
        _ => whole_words(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    #[test]
    fn amounts_in_words_follow_the_annex() {
        for (text, words) in [
            ("88.80", "人民币捌拾捌元捌角整"),
            ("0.00", "人民币零元整"),
            ("0.05", "人民币伍分"),
            ("0.50", "人民币伍角整"),
            ("0.55", "人民币伍角伍分"),
            ("1.00", "人民币壹元整"),
            ("10.00", "人民币壹拾元整"),
            // The next six numbers are the annex's own examples.
            ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
            ("6007.14", "人民币陆仟零柒元壹角肆分"),
            ("1680.32", "人民币壹仟陆佰捌拾元叁角贰分"),
            ("107000.53", "人民币壹拾万柒仟元伍角叁分"),
            ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
            ("325.04", "人民币叁佰贰拾伍元零肆分"),
            ("10000.00", "人民币壹万元整"),
            ("10001.00", "人民币壹万零壹元整"),
            ("10010.00", "人民币壹万零壹拾元整"),
            ("100700.00", "人民币壹拾万零柒佰元整"),
            ("100000000.00", "人民币壹亿元整"),
            ("100000001.01", "人民币壹亿零壹元零壹分"),
            ("100010000.00", "人民币壹亿零壹万元整"),
            ("1010000000.00", "人民币壹拾亿壹仟万元整"),
            ("123456789.12", "人民币壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元壹角贰分"),
            ("1000000000000.00", "人民币壹万亿元整"),
            ("20000000000000000.00", "人民币贰亿亿元整"),
        ] {
            assert_eq!(Amount::parse(text, Currency::CNY).unwrap().words_zh(), words, "{text}");
        }
    }

    #[test]
    fn other_currencies_and_signs_are_named() {
        for (minor, currency, words) in [
            (-8_880, Currency::CNY, "人民币负捌拾捌元捌角整"),
            (-5, Currency::CNY, "人民币负伍分"),
            (12_345, Currency::USD, "美元壹佰贰拾叁元肆角伍分"),
            (500, Currency::JPY, "日元伍佰元整"),
            (1_005, Currency::KWD, "科威特第纳尔壹元零伍厘"),
            (1_050, Currency::KWD, "科威特第纳尔壹元零伍分"),
        ] {
            assert_eq!(Amount::new(minor, currency).words_zh(), words);
        }
    }

    proptest::proptest! {
        #[test]
        fn words_never_stutter(minor: i64) {
            let words = Amount::new(minor, Currency::CNY).words_zh();
            proptest::prop_assert!(!words.contains("零零") && !words.contains("零万") && !words.contains("零亿"));
            proptest::prop_assert!(words.ends_with('整') || words.ends_with('分'));
        }

        #[test]
        fn different_amounts_have_different_words(one in 0..100_000_000_i64, other in 0..100_000_000_i64) {
            let words = |minor| Amount::new(minor, Currency::CNY).words_zh();
            proptest::prop_assert_eq!(one == other, words(one) == words(other));
        }
    }
}
