//! A large payment in a real browser with Chromium's virtual authenticator: a text does not reach it, a key does.

use crate::bank::Bank;
use crate::browser::{Browser, Language, Screen};

/// The demo person with a large account, a token with a keypad and no key.
const MOBILE: &str = "13800009012";
const TOKEN: &str = "TB-0009012";
const PAYEE: &str = "13800005678";

struct Words {
    sign_in: &'static str,
    mobile: &'static str,
    password: &'static str,
    available: &'static str,
    by_token: &'static str,
    token: &'static str,
    token_code: &'static str,
    confirm: &'static str,
    proceed: &'static str,
    my_key: &'static str,
    payee: &'static str,
    masked: &'static str,
    amount: &'static str,
    memo: &'static str,
    next: &'static str,
    by_text: &'static str,
    send_code: &'static str,
    code: &'static str,
    tail: &'static str,
    /// How far a text reaches, where a payment is too large for it.
    text_reaches: &'static str,
    by_key: &'static str,
    key: &'static str,
    compare: &'static str,
    /// The button that pays, before the amount and after it.
    pay: (&'static str, &'static str),
    arrived: &'static str,
}

const CHINESE: Words = Words {
    sign_in: "登录",
    mobile: "手机号",
    password: "密码",
    available: "可用余额",
    by_token: "用电子密码器确认",
    token: "打开演示密码器",
    token_code: "密码器的动态密码",
    confirm: "确认",
    proceed: "继续",
    my_key: "我的密钥",
    payee: "收款人手机号或账号",
    masked: "李*宝",
    amount: "转多少",
    memo: "附言（可不填）",
    next: "下一步",
    by_text: "短信验证码",
    send_code: "发验证码到 138 ****",
    code: "短信验证码",
    tail: "付款账户后六位",
    text_reaches: "单笔最高 10,000.00",
    by_key: "用安全密钥确认",
    key: "安全密钥",
    compare: "请在上面核对收款人和金额",
    pay: ("确认付款 ", " 元"),
    arrived: "已到账",
};

const ENGLISH: Words = Words {
    sign_in: "Sign in",
    mobile: "Mobile number",
    password: "Password",
    available: "Available",
    by_token: "Confirm by Token with keypad",
    token: "Open the demo token",
    token_code: "The code on the token",
    confirm: "Confirm",
    proceed: "Continue",
    my_key: "My key",
    payee: "Payee's mobile or account number",
    masked: "李*宝",
    amount: "How much",
    memo: "Memo (optional)",
    next: "Next",
    by_text: "Text code",
    send_code: "Text a code to 138 ****",
    code: "Text code",
    tail: "Last six digits of the account",
    text_reaches: "10,000.00 a payment",
    by_key: "Confirm by Security key",
    key: "Security key",
    compare: "compare payee and amount above",
    pay: ("Pay CNY ", ""),
    arrived: "Arrived",
};

#[test]
fn a_key_pays_what_a_text_does_not_reach_in_chinese_on_a_phone() {
    pay(|address| Browser::open(address, "key-phone-zh", Screen::Phone, Language::Chinese), &CHINESE);
}

#[test]
fn a_key_pays_what_a_text_does_not_reach_in_english_on_a_desktop() {
    pay(|address| Browser::open(address, "key-desktop-en", Screen::Desktop, Language::English), &ENGLISH);
}

fn pay(open: impl FnOnce(&str) -> Browser, words: &Words) {
    let folder = tempfile::tempdir().expect("a folder for the bank");
    let bank = Bank::demo(&folder.path().join("data"));
    let browser = open(bank.address());
    browser.plug_in("usb");
    browser.go("/sign-in");
    browser.fill(words.mobile, MOBILE);
    browser.fill(words.password, "tongbao-demo");
    browser.press(words.sign_in);
    browser.see(words.available);
    add_key(&browser, words);

    // 800,000.00: the page says how far a text reaches, and payee and amount stay while the payment goes on by the key.
    begin(&browser, words, "800000");
    browser.see(words.text_reaches);
    assert!(!browser.could_press(words.by_text), "a text must not be on offer for 800,000.00");
    browser.check_page();
    browser.picture("reach");
    browser.press(words.by_key);
    browser.see(words.compare);
    browser.see(words.masked);
    browser.see("800,000.00");
    browser.check_page();
    browser.picture("by-key");
    press_pay(&browser, words, "800,000.00");
    browser.see(words.arrived);
    browser.see("800,000.00");
    browser.check_page();

    // A cent more than a text reaches is not offered to it.
    begin(&browser, words, "10000.01");
    browser.see(words.text_reaches);
    assert!(!browser.could_press(words.by_text), "a text must not be on offer for 10,000.01");

    // What it reaches is: also after the way was changed twice in the middle.
    begin(&browser, words, "10000.00");
    browser.press(words.send_code);
    browser.see(words.tail);
    browser.press(words.key);
    browser.see(words.compare);
    browser.see(words.masked);
    browser.see("10,000.00");
    browser.press(words.by_text);
    browser.see(words.tail);
    let code = browser.text_code(MOBILE);
    browser.fill(words.tail, &browser.account_tail());
    browser.fill(words.code, &code);
    press_pay(&browser, words, "10,000.00");
    browser.see(words.arrived);
    browser.see("10,000.00");
    browser.go("/home");
    browser.see("1,049,740.00");
}

/// Adds a security key by what is as strong: the token.
fn add_key(browser: &Browser, words: &Words) {
    browser.go("/me/security/passkeys/security-key/new");
    browser.check_page();
    browser.press(words.by_token);
    browser.see(words.token);
    browser.check_page();
    browser.picture("prove");
    let shown = browser.glance(&browser.address_of(words.token));
    let own = shown.split(TOKEN).nth(1).expect("the person's token is on the page");
    let halves: Vec<&str> = own.split_whitespace().filter(|word| is_three_digits(word)).take(2).collect();
    browser.fill(words.token_code, &halves.concat());
    browser.press(words.confirm);
    browser.see(words.proceed);
    browser.check_page();
    browser.picture("new-key");
    browser.press(words.proceed);
    browser.see(words.my_key);
    browser.check_page();
    browser.picture("keys");
}

/// From the payee to the page on which the payment is confirmed.
fn begin(browser: &Browser, words: &Words, amount: &str) {
    browser.go("/transfer");
    browser.fill(words.payee, PAYEE);
    browser.press(words.next);
    browser.see(words.amount);
    browser.fill(words.amount, amount);
    browser.fill(words.memo, "房款");
    browser.press(words.next);
    browser.see(words.key);
}

fn press_pay(browser: &Browser, words: &Words, amount: &str) {
    browser.press(&format!("{}{amount}{}", words.pay.0, words.pay.1));
}

fn is_three_digits(word: &str) -> bool {
    word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit())
}
