//! Whether the name that another bank gives fits the name of the account (户名校验).

/// How well a name fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameMatch {
    /// The same letters.
    Full,
    /// The same person as far as anybody can tell: traditional letters, or Latin words in another order.
    Close,
    /// Another name.
    No,
}

impl NameMatch {
    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Close => "close",
            Self::No => "no",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Full, Self::Close, Self::No].into_iter().find(|found| found.code() == code)
    }
}

/// Compares a name that was given with that of the account. Spaces, middle dots, the width of letters and their case do
/// not count; a name without letters fits nothing.
pub(crate) fn compare(given: &str, own: &str) -> NameMatch {
    let (given_letters, own_letters) = (letters(given), letters(own));
    if given_letters.is_empty() || own_letters.is_empty() {
        return NameMatch::No;
    }
    if given_letters == own_letters {
        return NameMatch::Full;
    }
    let simple = |letters: &str| letters.chars().map(simplified).collect::<String>();
    if simple(&given_letters) == simple(&own_letters) {
        return NameMatch::Close;
    }
    let (mut given_words, mut own_words) = (words(given), words(own));
    given_words.sort_unstable();
    own_words.sort_unstable();
    if own_words.len() > 1 && own.is_ascii() && given_words == own_words { NameMatch::Close } else { NameMatch::No }
}

fn letters(name: &str) -> String {
    name.chars().map(narrow).filter(|letter| !is_mark(*letter)).flat_map(char::to_lowercase).collect()
}

fn words(name: &str) -> Vec<String> {
    let name: String = name.chars().map(narrow).collect();
    let words = name.split(is_mark).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Marks that people write or leave out: spaces, and the dots between the parts of a name.
fn is_mark(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(letter, '·' | '•' | '・' | '‧' | '∙' | '⋅' | '･' | '.' | ',' | '-' | '\'' | '’' | '\u{200b}')
}

/// The ordinary letter of a full-width one.
fn narrow(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
        _ => letter,
    }
}

/// Traditional letters that are frequent in names, each before its simplified form.
const TRADITIONAL: &str = "張张陳陈劉刘黃黄趙赵吳吴孫孙馬马鄭郑謝谢許许鄧邓馮冯蕭萧葉叶呂吕蘇苏盧卢蔣蒋賈贾韋韦陸陆鍾钟譚谭鄒邹閻阎龍龙顧顾龔龚萬万\
錢钱湯汤喬乔賴赖楊杨羅罗偉伟麗丽華华國国建建強强軍军傑杰濤涛輝辉鵬鹏飛飞艷艳紅红蘭兰鳳凤榮荣貴贵寶宝慶庆東东興兴樂乐學学愛爱蓮莲靜静\
嬌娇頴颖穎颖潔洁瑩莹瓊琼詩诗語语憶忆歡欢曉晓陽阳陰阴雲云電电霧雾風风海海漢汉溫温澤泽淵渊灣湾爾尔現现瑪玛畢毕異异發发盡尽\
禮礼稱称穀谷競竞筆笔節节範范簡简紀纪納纳紹绍經经維维綱纲緒绪綺绮緣缘練练績绩織织繼继續续義义聖圣聞闻聯联聰聪職职莊庄葦苇蒼苍\
蔭荫薩萨藍蓝藝艺蘆芦衛卫裝装見见規规親亲覺觉觀观計计記记訓训許许設设評评詠咏誠诚說说調调論论諾诺謙谦識识譯译議议護护讀读變变\
豐丰貝贝財财貞贞賀贺賓宾賢贤質质贊赞趙赵車车軒轩輕轻載载輪轮轉转辭辞農农連连進进運运過过達达遠远適适選选遷迁還还鄉乡鄭郑\
醫医針针鈞钧鈴铃銀银銘铭銳锐鋒锋錦锦鍵键鎮镇鏡镜鐘钟鐵铁鑫鑫長长門门開开閔闵間间閣阁關关隊队際际陣阵雙双難难靈灵韓韩韻韵響响\
頁页頂顶順顺須须頌颂領领頤颐題题願愿類类顏颜飄飘餘余滿满純纯絲丝緯纬縱纵總总勝胜勵励勞劳協协單单厲厉嚴严圓圆壽寿夢梦奮奋嵐岚駿骏騰腾驍骁驕骄驊骅體体魚鱼魯鲁鮑鲍鳴鸣鴻鸿鵑鹃鶴鹤麥麦黨党齊齐齡龄";

fn simplified(letter: char) -> char {
    let mut pairs = TRADITIONAL.chars();
    while let (Some(traditional), Some(simple)) = (pairs.next(), pairs.next()) {
        if traditional == letter {
            return simple;
        }
    }
    letter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_in_many_ways_is_one_name() {
        for (given, own, expected) in [
            ("王建国", "王建国", NameMatch::Full),
            (" 王 建国 ", "王建国", NameMatch::Full),
            ("阿不都•买买提", "阿不都·买买提", NameMatch::Full),
            ("阿不都・买买提", "阿不都·买买提", NameMatch::Full),
            ("阿不都买买提", "阿不都·买买提", NameMatch::Full),
            ("ＬＩ　Ｘｉａｏｂａｏ", "Li Xiaobao", NameMatch::Full),
            ("LI XIAOBAO", "Li Xiaobao", NameMatch::Full),
            ("O'Brien Smith", "O’Brien-Smith", NameMatch::Full),
            ("王建國", "王建国", NameMatch::Close),
            ("陳國華", "陈国华", NameMatch::Close),
            ("Xiaobao Li", "Li Xiaobao", NameMatch::Close),
            ("XIAOBAO, LI", "Li Xiaobao", NameMatch::Close),
            ("王建", "王建国", NameMatch::No),
            ("王建国国", "王建国", NameMatch::No),
            ("李建国", "王建国", NameMatch::No),
            ("国建王", "王建国", NameMatch::No),
            ("", "王建国", NameMatch::No),
            ("···", "王建国", NameMatch::No),
            ("王建国", "", NameMatch::No),
        ] {
            assert_eq!(compare(given, own), expected, "{given:?} {own:?}");
        }
    }

    #[test]
    fn the_table_of_traditional_letters_has_pairs() {
        assert_eq!(TRADITIONAL.chars().count() % 2, 0);
        assert_eq!((simplified('國'), simplified('国'), simplified('A')), ('国', '国', 'A'));
    }
}
