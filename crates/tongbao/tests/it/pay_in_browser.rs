//! What a person does first: sign in as a demo person, pay 88.80 to another, and see it on both sides. Once in Chinese on
//! a phone of 360 points to which no script comes through, once in English on a desktop.

use crate::bank::Bank;
use crate::browser::{Browser, Language, Screen};

/// A demo person and what a stranger may see of the name.
struct Person {
    mobile: &'static str,
    masked: &'static str,
    /// Balances on the home page: before the payment, and after it.
    before: &'static str,
    after: &'static str,
}

/// The words by which a person finds the way.
struct Words {
    try_it: &'static str,
    sign_in: &'static str,
    mobile: &'static str,
    password: &'static str,
    available: &'static str,
    transfer: &'static str,
    payee: &'static str,
    amount: &'static str,
    memo: &'static str,
    next: &'static str,
    send_code: &'static str,
    code: &'static str,
    tail: &'static str,
    confirm: &'static str,
    arrived: &'static str,
    received: &'static str,
    /// How the statement names the other side of a payment, with the name in place of `{}`.
    paid_to: &'static str,
    paid_by: &'static str,
    sign_out: &'static str,
    signed_out: &'static str,
}

const CHINESE: Words = Words {
    try_it: "用演示客户进来看看",
    sign_in: "登录",
    mobile: "手机号",
    password: "密码",
    available: "可用余额",
    transfer: "转账",
    payee: "收款人手机号或账号",
    amount: "转多少",
    memo: "附言（可不填）",
    next: "下一步",
    send_code: "发验证码到 138 ****",
    code: "短信验证码",
    tail: "付款账户后六位",
    confirm: "确认付款 88.80 元",
    arrived: "已到账",
    received: "已收到",
    paid_to: "转给 {}",
    paid_by: "{} 转来",
    sign_out: "退出登录",
    signed_out: "已安全退出。",
};

const ENGLISH: Words = Words {
    try_it: "Look around as a demo customer",
    sign_in: "Sign in",
    mobile: "Mobile number",
    password: "Password",
    available: "Available",
    transfer: "Transfer",
    payee: "Payee's mobile or account number",
    amount: "How much",
    memo: "Memo (optional)",
    next: "Next",
    send_code: "Text a code to 138 ****",
    code: "Text code",
    tail: "Last six digits of the account",
    confirm: "Pay CNY 88.80",
    arrived: "Arrived",
    received: "Received",
    paid_to: "To {}",
    paid_by: "From {}",
    sign_out: "Sign out",
    signed_out: "You are signed out.",
};

#[test]
fn a_demo_person_pays_another_in_chinese_on_a_phone_without_scripts() {
    let payer = Person { mobile: "13800001234", masked: "王*通", before: "13,018.50", after: "12,929.70" };
    let payee = Person { mobile: "13800005678", masked: "李*宝", before: "2,176.60", after: "2,265.40" };
    let browser =
        |address: &str| Browser::open(address, "phone-zh", Screen::Phone, Language::Chinese).without_scripts();
    pay(browser, &CHINESE, &payer, &payee);
}

#[test]
fn a_demo_person_pays_another_in_english_on_a_desktop() {
    let payer = Person { mobile: "13800009012", masked: "Demo C***", before: "1,859,740.00", after: "1,859,651.20" };
    let payee = Person { mobile: "13800005678", masked: "李*宝", before: "2,176.60", after: "2,265.40" };
    let browser = |address: &str| Browser::open(address, "desktop-en", Screen::Desktop, Language::English);
    pay(browser, &ENGLISH, &payer, &payee);
}

fn pay(open: impl FnOnce(&str) -> Browser, words: &Words, payer: &Person, payee: &Person) {
    let folder = tempfile::tempdir().expect("a folder for the bank");
    let bank = Bank::demo(&folder.path().join("data"));
    let browser = open(bank.address());

    browser.go("/");
    browser.check_page();
    browser.picture("landing");
    browser.press(words.try_it);
    sign_in(&browser, words, payer.mobile);
    browser.see(payer.before);
    browser.check_page();
    browser.picture("home");

    browser.press(words.transfer);
    browser.see(words.payee);
    browser.check_page();
    browser.picture("payee");
    browser.fill(words.payee, payee.mobile);
    browser.press(words.next);

    browser.see(words.amount);
    browser.see(payee.masked);
    browser.check_page();
    browser.fill(words.amount, "88.80");
    browser.fill(words.memo, "奶茶");
    browser.picture("amount");
    browser.press(words.next);

    browser.see(words.send_code);
    browser.see(payee.masked);
    browser.see("88.80");
    browser.check_page();
    browser.press(words.send_code);
    browser.see(words.confirm);
    browser.check_page();
    browser.picture("confirm");
    let review = browser.path();
    let code = code_on_the_phone(&browser, payer.mobile, payee.masked);
    browser.go(&review);
    browser.fill(words.tail, &browser.account_tail());
    browser.fill(words.code, &code);
    browser.press(words.confirm);

    browser.see(words.arrived);
    browser.see(payee.masked);
    browser.see("奶茶");
    browser.check_page();
    browser.picture("receipt");

    browser.go("/statement");
    browser.see(&words.paid_to.replace("{}", payee.masked));
    browser.see("−88.80");
    browser.see(payer.after);
    browser.check_page();
    browser.picture("statement");
    sign_out(&browser, words);

    browser.go("/sign-in");
    sign_in(&browser, words, payee.mobile);
    browser.see(payee.after);
    browser.see("+88.80");
    browser.see_no(payee.before);
    browser.go("/statement");
    browser.see(&words.paid_by.replace("{}", payer.masked));
    browser.see("+88.80");
    browser.check_page();
    browser.press(&words.paid_by.replace("{}", payer.masked));
    browser.see(words.received);
    browser.see("奶茶");
    browser.check_page();
    browser.picture("received");
}

fn sign_in(browser: &Browser, words: &Words, mobile: &str) {
    browser.see(words.mobile);
    browser.check_page();
    browser.fill(words.mobile, mobile);
    browser.fill(words.password, "tongbao-demo");
    browser.press(words.sign_in);
    browser.see(words.available);
}

fn sign_out(browser: &Browser, words: &Words) {
    browser.go("/me");
    browser.check_page();
    browser.press(words.sign_out);
    browser.see(words.signed_out);
}

/// Reads the newest text on the demonstration's phone: it names payee and amount before the code.
fn code_on_the_phone(browser: &Browser, mobile: &str, payee: &str) -> String {
    browser.go(&format!("/demo/inbox?to=86{mobile}"));
    browser.check_page();
    browser.see("88.80");
    browser.see(payee);
    let text = browser.text();
    let digits = |word: &&str| word.len() == 6;
    text.split(|char: char| !char.is_ascii_digit()).find(digits).expect("a code in the text").to_owned()
}
