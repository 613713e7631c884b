//! Where in China something is: provincial-level divisions by the first two digits of their code, prefecture-level ones by
//! the first four (GB/T 2260). The table lies beside this file, one division a line: code, Chinese name, English name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("division.txt");

/// A line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DivisionEntry {
    /// Which division.
    pub division: Division,
    /// Its Chinese name.
    pub name_zh: &'static str,
    /// Its English name.
    pub name_en: &'static str,
}

static DIVISIONS: LazyLock<BTreeMap<Division, DivisionEntry>> = LazyLock::new(|| {
    let entry = |line: &'static str| {
        let mut parts = line.split('|');
        let division = Division(parts.next()?.parse().ok()?);
        Some((division, DivisionEntry { division, name_zh: parts.next()?, name_en: parts.next()? }))
    };
    TABLE.lines().filter_map(entry).collect()
});

/// A province, or a city in one: two digits or four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Division(u16);

impl Division {
    /// From two, four or six digits; of six the last two, the county, are not looked at. None if the table has no such
    /// division.
    pub fn parse(code: &str) -> Option<Self> {
        let digits = matches!(code.len(), 2 | 4 | 6) && code.bytes().all(|byte| byte.is_ascii_digit());
        let code = digits.then(|| code.get(..code.len().min(4))).flatten()?;
        let division = match code.strip_suffix("00").filter(|_| code.len() == 4) {
            Some(province) => Self(province.parse().ok()?),
            None => Self(code.parse().ok()?),
        };
        DIVISIONS.contains_key(&division).then_some(division)
    }

    /// The digits.
    pub fn code(self) -> String {
        self.0.to_string()
    }

    /// Its province; itself if it is one.
    #[must_use]
    pub fn province(self) -> Self {
        if self.0 >= 100 { Self(self.0 / 100) } else { self }
    }

    /// Whether it is a province rather than a part of one.
    pub fn is_province(self) -> bool {
        self.0 < 100
    }

    /// Taiwan, Hong Kong and Macao have card networks, currencies and country codes of their own: for a card they are abroad.
    pub fn is_abroad_for_cards(self) -> bool {
        matches!(self.province().0, 71 | 81 | 82)
    }

    /// Its names.
    pub fn entry(self) -> Option<DivisionEntry> {
        DIVISIONS.get(&self).copied()
    }

    /// All provinces, by code.
    pub fn provinces() -> impl Iterator<Item = DivisionEntry> {
        DIVISIONS.values().copied().filter(|entry| entry.division.is_province())
    }

    /// The parts of a province, by code.
    pub fn cities(self) -> impl Iterator<Item = DivisionEntry> {
        let province = self.province();
        let is_part =
            move |entry: &DivisionEntry| !entry.division.is_province() && entry.division.province() == province;
        DIVISIONS.values().copied().filter(is_part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_province_and_every_city_lies_in_one() {
        assert_eq!(DIVISIONS.len(), TABLE.lines().count(), "a line cannot be read, or stands twice");
        assert_eq!(Division::provinces().count(), 34);
        let cities = DIVISIONS.keys().filter(|division| !division.is_province());
        assert!(cities.clone().all(|city| DIVISIONS.contains_key(&city.province())));
        // 333 prefectures, 4 of municipalities and one more for Chongqing's counties, 4 of counties that answer to a province.
        assert_eq!(cities.count(), 342);
        let mainland = Division::provinces().filter(|entry| !entry.division.is_abroad_for_cards());
        assert!(mainland.map(|entry| entry.division.cities().count()).all(|cities| cities > 0));
    }

    #[test]
    fn codes_of_two_four_and_six_digits_are_read() {
        let hangzhou = Division::parse("330106").unwrap();
        assert_eq!((hangzhou.code().as_str(), hangzhou.entry().unwrap().name_en), ("3301", "Hangzhou"));
        assert_eq!(hangzhou, Division::parse("3301").unwrap());
        assert_eq!(hangzhou.province(), Division::parse("33").unwrap());
        assert_eq!(Division::parse("330000"), Division::parse("33"));
        for code in ["", "3", "99", "3399", "330", "33010", "3301060", "ab", "３３", "+3"] {
            assert_eq!(Division::parse(code), None, "{code:?}");
        }
        let abroad = ["71", "810000", "82"].map(|code| Division::parse(code).unwrap().is_abroad_for_cards());
        assert_eq!(abroad, [true; 3]);
        assert!(!hangzhou.is_abroad_for_cards());
    }
}
