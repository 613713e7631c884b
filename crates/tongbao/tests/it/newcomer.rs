//! A stranger opens the page for the first time: joins by text, looks around, proves a name, opens a Class II account, is
//! paid by somebody, pays 88.80 on, and hands over the receipt, which somebody without
//! an account checks. In Chinese on a phone, in English
//! on a desktop.

use crate::bank::Bank;
use crate::browser::{Browser, Language, Screen};

/// Whoever pays the newcomer, and whom the newcomer pays: people of the demonstration.
const FRIEND: &str = "13800001234";
const SHOP: &str = "13800005678";

/// The words by which a person finds the way.
struct Words {
    join: &'static str,
    mobile: &'static str,
    code: &'static str,
    password: &'static str,
    joined: &'static str,
    welcome: &'static str,
    /// What to press on the first page, and what shows then.
    look: [(&'static str, &'static str); 2],
    identity: &'static str,
    /// What stands before the invented number on the page.
    number_before: &'static str,
    name: &'static str,
    number: &'static str,
    check: &'static str,
    proven: &'static str,
    open: &'static str,
    purpose: &'static str,
    open_it: &'static str,
    available: &'static str,
    transfer: &'static str,
    payee: &'static str,
    amount: &'static str,
    next: &'static str,
    send_code: &'static str,
    tail: &'static str,
    confirm_500: &'static str,
    confirm_88: &'static str,
    arrived: &'static str,
    verify_open: &'static str,
    verify_code: &'static str,
    verify: &'static str,
    genuine: &'static str,
    sign_in: &'static str,
    sign_in_password: &'static str,
}

const CHINESE: Words = Words {
    join: "用短信验证码加入",
    mobile: "手机号",
    code: "短信验证码",
    password: "设一个密码",
    joined: "加入",
    welcome: "你好，欢迎进来",
    look: [("三类账户", "账户种类"), ("利率和费用", "0.00")],
    identity: "实名认证",
    number_before: "不属于任何人：",
    name: "姓名",
    number: "身份证号码",
    check: "核对",
    proven: "已实名认证",
    open: "开立账户",
    purpose: "用途",
    open_it: "开户",
    available: "可用余额",
    transfer: "转账",
    payee: "收款人手机号或账号",
    amount: "转多少",
    next: "下一步",
    send_code: "发验证码到",
    tail: "付款账户后六位",
    confirm_500: "确认付款 500.00 元",
    confirm_88: "确认付款 88.80 元",
    arrived: "已到账",
    verify_open: "验回单、验证明",
    verify_code: "验真码",
    verify: "核对",
    genuine: "是真的",
    sign_in: "登录",
    sign_in_password: "密码",
};

const ENGLISH: Words = Words {
    join: "Join with a text code",
    mobile: "Mobile number",
    code: "Text code",
    password: "Choose a password",
    joined: "Join",
    welcome: "Hello and welcome",
    look: [("Three kinds of account", "The three classes"), ("Rates and fees", "0.00")],
    identity: "Prove your name",
    number_before: "belongs to nobody: ",
    name: "Name",
    number: "ID number",
    check: "Check",
    proven: "Your name is proven",
    open: "Open an account",
    purpose: "What it is for",
    open_it: "Open it",
    available: "Available",
    transfer: "Transfer",
    payee: "Payee's mobile or account number",
    amount: "How much",
    next: "Next",
    send_code: "Text a code to",
    tail: "Last six digits of the account",
    confirm_500: "Pay CNY 500.00",
    confirm_88: "Pay CNY 88.80",
    arrived: "Arrived",
    verify_open: "Check a receipt or certificate",
    verify_code: "Verification code",
    verify: "Check",
    genuine: "Genuine",
    sign_in: "Sign in",
    sign_in_password: "Password",
};

#[test]
fn a_stranger_becomes_a_customer_in_chinese_on_a_phone() {
    let open = |address: &str, name: &str| Browser::open(address, name, Screen::Phone, Language::Chinese);
    journey(open, "newcomer-phone-zh", &CHINESE, "13900004321", "欧阳·买买提𠮷");
}

#[test]
fn a_stranger_becomes_a_customer_in_english_on_a_desktop() {
    let open = |address: &str, name: &str| Browser::open(address, name, Screen::Desktop, Language::English);
    journey(open, "newcomer-desktop-en", &ENGLISH, "13900008765", "Demo Newcomer");
}

fn journey(open: impl Fn(&str, &str) -> Browser, pictures: &str, words: &Words, mobile: &str, name: &str) {
    let folder = tempfile::tempdir().expect("a folder for the bank");
    let bank = Bank::demo(&folder.path().join("data"));
    let browser = open(bank.address(), pictures);
    join(&browser, words, mobile);
    look_around(&browser, words);
    prove_name(&browser, words, name);
    open_account(&browser, words);

    let friend = open(bank.address(), &format!("{pictures}-friend"));
    friend.go("/sign-in");
    friend.fill(words.mobile, FRIEND);
    friend.fill(words.sign_in_password, "tongbao-demo");
    friend.press(words.sign_in);
    friend.see(words.available);
    pay(&friend, words, FRIEND, mobile, "500", words.confirm_500);

    browser.go("/home");
    browser.see("500.00");
    step(&browser, "paid");
    pay(&browser, words, mobile, SHOP, "88.80", words.confirm_88);
    browser.see("88.80");
    step(&browser, "receipt");

    let text = browser.text();
    let is_code = |word: &&str| word.len() == 24 && word.matches('-').count() == 4;
    let code = text.split_whitespace().find(is_code).expect("a code on the receipt");
    let stranger = open(bank.address(), &format!("{pictures}-stranger"));
    stranger.go("/");
    stranger.press(words.verify_open);
    stranger.fill(words.verify_code, code);
    stranger.press(words.verify);
    stranger.see(words.genuine);
    stranger.see("88.80");
    stranger.see_no(name);
    step(&stranger, "verify");
}

/// Every page on the way is in order and leaves a picture.
fn step(browser: &Browser, picture: &str) {
    browser.check_page();
    browser.picture(picture);
}

fn join(browser: &Browser, words: &Words, mobile: &str) {
    browser.go("/");
    step(browser, "landing");
    browser.fill(words.mobile, mobile);
    browser.press(words.join);
    browser.see(words.password);
    step(browser, "join");
    browser.fill(words.code, &browser.text_code(mobile));
    browser.fill(words.password, "three quiet words");
    browser.press(words.joined);
    browser.see(words.welcome);
    step(browser, "welcome");
}

fn look_around(browser: &Browser, words: &Words) {
    for (place, seen) in words.look {
        browser.press(place);
        browser.see(seen);
        browser.check_page();
        browser.go("/home");
    }
}

fn prove_name(browser: &Browser, words: &Words, name: &str) {
    browser.press(words.identity);
    browser.see(words.check);
    step(browser, "identity");
    let text = browser.text();
    let (_, after) = text.split_once(words.number_before).expect("the demonstration offers an invented number");
    let number: String = after.chars().take(18).collect();
    browser.fill(words.name, name);
    browser.fill(words.number, &number);
    browser.press(words.check);
    browser.see(words.proven);
    browser.see(name);
    step(browser, "proven");
}

fn open_account(browser: &Browser, words: &Words) {
    browser.press(words.open);
    browser.see(words.purpose);
    step(browser, "open");
    browser.press(words.open_it);
    browser.see("0.00");
    browser.see_no(words.purpose);
    step(browser, "opened");
}

fn pay(browser: &Browser, words: &Words, payer: &str, payee: &str, amount: &str, confirm: &str) {
    browser.go("/home");
    browser.press(words.transfer);
    browser.fill(words.payee, payee);
    browser.press(words.next);
    browser.see(words.amount);
    browser.fill(words.amount, amount);
    browser.press(words.next);
    browser.see(words.send_code);
    step(browser, "confirm");
    browser.press(words.send_code);
    browser.see(words.code);
    browser.fill(words.tail, &browser.account_tail());
    browser.fill(words.code, &browser.text_code(payer));
    step(browser, "code");
    browser.press(confirm);
    browser.see(words.arrived);
}
