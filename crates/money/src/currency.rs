//! Currencies, after ISO 4217.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A currency of the table below. Small and `Copy`; equal when the code is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    numeric: u16,
}

/// What ISO 4217 says of a currency, and how people call it.
struct Entry {
    numeric: u16,
    code: &'static str,
    exponent: u8,
    symbol: &'static str,
    name_zh: &'static str,
    name_en: &'static str,
}

macro_rules! currencies {
    ($($code:ident $numeric:literal $exponent:literal $symbol:literal $name_zh:literal $name_en:literal;)*) => {
        impl Currency {
            $(
                #[doc = concat!($name_en, ", ", $name_zh, ".")]
                pub const $code: Self = Self { numeric: $numeric };
            )*

            /// Every currency of the table, by numeric code.
            pub const ALL: &'static [Self] = &[$(Self::$code),*];
        }

        /// Sorted by numeric code, which a test checks and the search needs.
        const TABLE: &[Entry] = &[$(Entry {
            numeric: $numeric,
            code: stringify!($code),
            exponent: $exponent,
            symbol: $symbol,
            name_zh: $name_zh,
            name_en: $name_en,
        }),*];
    };
}

// Code, number and exponent after ISO 4217. A symbol that several countries share carries the country's letters, except
// for the bank's home currency.
currencies! {
    ARS 32 2 "ARS" "阿根廷比索" "Argentine peso";
    AUD 36 2 "A$" "澳大利亚元" "Australian dollar";
    BHD 48 3 "BHD" "巴林第纳尔" "Bahraini dinar";
    BDT 50 2 "৳" "孟加拉塔卡" "Bangladeshi taka";
    BND 96 2 "B$" "文莱元" "Brunei dollar";
    MMK 104 2 "MMK" "缅甸元" "Myanmar kyat";
    KHR 116 2 "៛" "柬埔寨瑞尔" "Cambodian riel";
    CAD 124 2 "C$" "加拿大元" "Canadian dollar";
    LKR 144 2 "LKR" "斯里兰卡卢比" "Sri Lankan rupee";
    CLP 152 0 "CLP" "智利比索" "Chilean peso";
    CNY 156 2 "¥" "人民币" "Renminbi yuan";
    COP 170 2 "COP" "哥伦比亚比索" "Colombian peso";
    CZK 203 2 "Kč" "捷克克朗" "Czech koruna";
    DKK 208 2 "DKK" "丹麦克朗" "Danish krone";
    HKD 344 2 "HK$" "港元" "Hong Kong dollar";
    HUF 348 2 "Ft" "匈牙利福林" "Hungarian forint";
    ISK 352 0 "ISK" "冰岛克朗" "Icelandic króna";
    INR 356 2 "₹" "印度卢比" "Indian rupee";
    IDR 360 2 "Rp" "印度尼西亚盾" "Indonesian rupiah";
    IQD 368 3 "IQD" "伊拉克第纳尔" "Iraqi dinar";
    ILS 376 2 "₪" "以色列新谢克尔" "Israeli new shekel";
    JPY 392 0 "JP¥" "日元" "Japanese yen";
    KZT 398 2 "₸" "哈萨克斯坦坚戈" "Kazakhstani tenge";
    JOD 400 3 "JOD" "约旦第纳尔" "Jordanian dinar";
    KES 404 2 "KES" "肯尼亚先令" "Kenyan shilling";
    KRW 410 0 "₩" "韩元" "South Korean won";
    KWD 414 3 "KWD" "科威特第纳尔" "Kuwaiti dinar";
    KGS 417 2 "KGS" "吉尔吉斯斯坦索姆" "Kyrgyzstani som";
    LAK 418 2 "₭" "老挝基普" "Lao kip";
    LYD 434 3 "LYD" "利比亚第纳尔" "Libyan dinar";
    MOP 446 2 "MOP$" "澳门元" "Macanese pataca";
    MYR 458 2 "RM" "马来西亚林吉特" "Malaysian ringgit";
    MXN 484 2 "MX$" "墨西哥比索" "Mexican peso";
    MNT 496 2 "₮" "蒙古图格里克" "Mongolian tögrög";
    MAD 504 2 "MAD" "摩洛哥迪拉姆" "Moroccan dirham";
    OMR 512 3 "OMR" "阿曼里亚尔" "Omani rial";
    NPR 524 2 "NPR" "尼泊尔卢比" "Nepalese rupee";
    NZD 554 2 "NZ$" "新西兰元" "New Zealand dollar";
    NGN 566 2 "₦" "尼日利亚奈拉" "Nigerian naira";
    NOK 578 2 "NOK" "挪威克朗" "Norwegian krone";
    PKR 586 2 "PKR" "巴基斯坦卢比" "Pakistani rupee";
    PYG 600 0 "₲" "巴拉圭瓜拉尼" "Paraguayan guaraní";
    PEN 604 2 "S/" "秘鲁索尔" "Peruvian sol";
    PHP 608 2 "₱" "菲律宾比索" "Philippine peso";
    QAR 634 2 "QAR" "卡塔尔里亚尔" "Qatari riyal";
    RUB 643 2 "₽" "俄罗斯卢布" "Russian ruble";
    SAR 682 2 "SAR" "沙特里亚尔" "Saudi riyal";
    SGD 702 2 "S$" "新加坡元" "Singapore dollar";
    VND 704 0 "₫" "越南盾" "Vietnamese đồng";
    ZAR 710 2 "R" "南非兰特" "South African rand";
    SEK 752 2 "SEK" "瑞典克朗" "Swedish krona";
    CHF 756 2 "CHF" "瑞士法郎" "Swiss franc";
    THB 764 2 "฿" "泰铢" "Thai baht";
    AED 784 2 "AED" "阿联酋迪拉姆" "UAE dirham";
    TND 788 3 "TND" "突尼斯第纳尔" "Tunisian dinar";
    EGP 818 2 "E£" "埃及镑" "Egyptian pound";
    GBP 826 2 "£" "英镑" "Pound sterling";
    USD 840 2 "US$" "美元" "United States dollar";
    UYU 858 2 "UYU" "乌拉圭比索" "Uruguayan peso";
    UZS 860 2 "UZS" "乌兹别克斯坦苏姆" "Uzbekistani soum";
    TWD 901 2 "NT$" "新台币" "New Taiwan dollar";
    BYN 933 2 "BYN" "白俄罗斯卢布" "Belarusian ruble";
    GHS 936 2 "GH₵" "加纳塞地" "Ghanaian cedi";
    AZN 944 2 "₼" "阿塞拜疆马纳特" "Azerbaijani manat";
    RON 946 2 "RON" "罗马尼亚列伊" "Romanian leu";
    TRY 949 2 "₺" "土耳其里拉" "Turkish lira";
    EUR 978 2 "€" "欧元" "Euro";
    UAH 980 2 "₴" "乌克兰格里夫纳" "Ukrainian hryvnia";
    GEL 981 2 "₾" "格鲁吉亚拉里" "Georgian lari";
    PLN 985 2 "zł" "波兰兹罗提" "Polish złoty";
    BRL 986 2 "R$" "巴西雷亚尔" "Brazilian real";
}

impl Currency {
    /// The currency of this ISO number, such as 156.
    pub fn from_numeric(numeric: u16) -> Option<Self> {
        TABLE.binary_search_by_key(&numeric, |entry| entry.numeric).ok().map(|_| Self { numeric })
    }

    /// The currency of this ISO code, such as `CNY`; capitals only.
    pub fn from_code(code: &str) -> Option<Self> {
        TABLE.iter().find(|entry| entry.code == code).map(|entry| Self { numeric: entry.numeric })
    }

    /// The ISO number, such as 156.
    pub const fn numeric(self) -> u16 {
        self.numeric
    }

    /// The ISO code, such as `CNY`.
    pub fn code(self) -> &'static str {
        self.entry().code
    }

    /// How many decimals an amount has: 2 for CNY, 0 for JPY, 3 for KWD.
    pub fn exponent(self) -> u32 {
        u32::from(self.entry().exponent)
    }

    /// How many of the smallest unit make a whole one: 100 for CNY.
    pub fn minor_per_major(self) -> i64 {
        10_i64.pow(self.exponent())
    }

    /// What pages put before an amount: `¥`, `US$`, or the code where no sign is common.
    pub fn symbol(self) -> &'static str {
        self.entry().symbol
    }

    /// The Chinese name.
    pub fn name_zh(self) -> &'static str {
        self.entry().name_zh
    }

    /// The English name.
    pub fn name_en(self) -> &'static str {
        self.entry().name_en
    }

    fn entry(self) -> &'static Entry {
        match TABLE.binary_search_by_key(&self.numeric, |entry| entry.numeric) {
            Ok(index) => &TABLE[index],
            Err(_) => unreachable!("a currency is only made from the table"),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::from_code(&code).ok_or_else(|| de::Error::custom(format!("unknown currency {code:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_no_code_twice() {
        assert!(TABLE.is_sorted_by(|a, b| a.numeric < b.numeric));
        let mut codes: Vec<_> = TABLE.iter().map(|entry| entry.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), TABLE.len());
        assert!(TABLE.iter().all(|entry| entry.code.len() == 3 && entry.exponent <= 3));
    }

    #[test]
    fn a_currency_is_found_by_code_and_by_number() {
        for (code, numeric, exponent) in [("CNY", 156, 2), ("JPY", 392, 0), ("KWD", 414, 3), ("AUD", 36, 2)] {
            let currency = Currency::from_code(code).unwrap();
            assert_eq!(Currency::from_numeric(numeric), Some(currency));
            assert_eq!((currency.code(), currency.numeric(), currency.exponent()), (code, numeric, exponent));
        }
        assert_eq!(Currency::from_code("cny"), None);
        assert_eq!(Currency::from_code("XXX"), None);
        assert_eq!(Currency::from_numeric(0), None);
        assert!(Currency::ALL.iter().all(|currency| Currency::from_code(currency.code()) == Some(*currency)));
    }
}
