//! Passwords that a guesser tries first.

/// Words that stand at the top of every list of leaked passwords, or that this bank's name suggests, in lower case.
/// What is only a pattern (a run of the keyboard, a repetition, a count) is found by [`is_common`] itself.
const WORDS: &[&str] = &[
    "password",
    "passwort",
    "motdepasse",
    "contrasena",
    "contraseña",
    "senha",
    "mima",
    "parola",
    "wachtwoord",
    "letmein",
    "welcome",
    "willkommen",
    "bienvenue",
    "admin",
    "administrator",
    "root",
    "guest",
    "user",
    "login",
    "master",
    "default",
    "changeme",
    "secret",
    "access",
    "trustno",
    "iloveyou",
    "woaini",
    "woaiwojia",
    "aini",
    "wodemima",
    "nihao",
    "zhangwei",
    "wangwei",
    "liwei",
    "dragon",
    "monkey",
    "tiger",
    "princess",
    "sunshine",
    "football",
    "baseball",
    "basketball",
    "superman",
    "batman",
    "spiderman",
    "pokemon",
    "starwars",
    "michael",
    "jordan",
    "jennifer",
    "michelle",
    "charlie",
    "shadow",
    "summer",
    "winter",
    "spring",
    "autumn",
    "flower",
    "freedom",
    "whatever",
    "computer",
    "internet",
    "samsung",
    "iphone",
    "android",
    "google",
    "facebook",
    "taobao",
    "alipay",
    "weixin",
    "wechat",
    "tencent",
    "baidu",
    "huawei",
    "xiaomi",
    "tongbao",
    "bank",
    "yinhang",
    "money",
    "china",
    "zhongguo",
    "beijing",
    "shanghai",
    "hello",
    "helloworld",
    "killer",
    "hunter",
    "ranger",
    "buster",
    "soccer",
    "hockey",
    "cookie",
    "cheese",
    "chocolate",
    "banana",
    "orange",
    "apple",
    "pepper",
    "ginger",
    "jessica",
    "ashley",
    "nicole",
    "daniel",
    "thomas",
    "robert",
    "andrew",
    "joshua",
    "matthew",
    "liverpool",
    "chelsea",
    "arsenal",
    "barcelona",
    "corvette",
    "mustang",
    "mercedes",
    "ferrari",
    "harley",
    "yankees",
    "dallas",
    "matrix",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "pa55word",
    "qwerty",
    "qwertz",
    "azerty",
    "qazwsx",
    "zaqwsx",
    "asdf",
    "zxcv",
    "密码",
    "我的密码",
    "我爱你",
    "通宝",
];

/// Rows and columns of keyboards, and counts, along which fingers run.
const RUNS: &[&str] = &[
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop[]",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "a1b2c3d4e5f6g7h8i9j0",
    "!@#$%^&*()_+",
];

/// Whether a password is among the first that anybody would try: a well-known word with little around it, a run of the
/// keyboard, something short again and again, few sorts of characters, or the owner's own number.
pub(crate) fn is_common(password: &str, own_number: &str) -> bool {
    let lower = password.to_lowercase();
    let letters: Vec<char> = lower.chars().collect();
    let distinct: std::collections::HashSet<char> = letters.iter().copied().collect();
    distinct.len() < 3 || repeats(&letters) || is_of_runs(&lower) || is_word(&lower) || is_number_of(&lower, own_number)
}

/// A block of up to four characters, again and again.
fn repeats(letters: &[char]) -> bool {
    (1..=4).any(|length| {
        letters.len() >= 2 * length
            && letters.iter().enumerate().all(|(place, letter)| *letter == letters[place % length])
    })
}

/// Nothing but pieces of runs, forwards or backwards, each of at least four characters.
fn is_of_runs(lower: &str) -> bool {
    let mut rest: Vec<char> = lower.chars().collect();
    let runs: Vec<Vec<char>> =
        RUNS.iter().flat_map(|run| [run.chars().collect(), run.chars().rev().collect::<Vec<char>>()]).collect();
    while !rest.is_empty() {
        let longest = runs.iter().map(|run| common_start(&rest, run)).max().unwrap_or(0);
        if longest < 4 && longest < rest.len() {
            return false;
        }
        if longest == 0 {
            return false;
        }
        rest.drain(..longest);
    }
    true
}

/// The longest start of `text` that is a piece of `run`.
fn common_start(text: &[char], run: &[char]) -> usize {
    (0..run.len())
        .map(|from| text.iter().zip(&run[from..]).take_while(|(left, right)| left == right).count())
        .max()
        .unwrap_or(0)
}

/// A well-known word, or two, with nothing but digits and marks around and few of them.
fn is_word(lower: &str) -> bool {
    let core = lower.trim_matches(|char: char| !char.is_alphabetic());
    let around = lower.chars().count() - core.chars().count();
    let is_known = |word: &str| WORDS.contains(&word);
    let is_two = || core.char_indices().skip(1).any(|(cut, _)| is_known(&core[..cut]) && is_known(&core[cut..]));
    (around <= 4 && (is_known(core) || is_two())) || is_known(lower)
}

/// The digits of the owner's number, or a part of at least eight of them.
fn is_number_of(lower: &str, own_number: &str) -> bool {
    let digits: String = lower.chars().filter(char::is_ascii_digit).collect();
    digits.len() == lower.chars().count() && digits.len() >= 8 && own_number.contains(&digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_guesser_tries_first_is_common() {
        for password in [
            "12345678",
            "1234567890",
            "87654321",
            "password",
            "Password1",
            "PASSWORD123!",
            "iloveyou1",
            "qwertyuiop",
            "qwerty123",
            "1qaz2wsx",
            "1q2w3e4r",
            "aaaaaaaa",
            "abababab",
            "abcabcabc",
            "11112222",
            "asdfghjkl",
            "abcd1234",
            "tongbao88",
            "helloworld1",
            "woaini1314",
            "mimamima",
            "我的密码123",
            "13800005678",
            "88888888",
            "zaqwsxzaqwsx",
            "!@#$%^&*",
        ] {
            assert!(is_common(password, "+8613800005678"), "{password}");
        }
    }

    #[test]
    fn a_password_of_ones_own_is_not() {
        for password in [
            "correct horse",
            "correct horse battery",
            "tongbao-demo",
            "wrong horse",
            "八个汉字也可以呀",
            "J4-paper-umbrella",
            "xkcd 936 staple",
            "13811223344",
            "summer in the old town",
            "20260307-lin",
        ] {
            assert!(!is_common(password, "+8613800005678"), "{password}");
        }
    }
}
