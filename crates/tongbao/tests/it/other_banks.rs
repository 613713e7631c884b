//! A person of the demonstration binds the card that they have at another bank, brings money in, takes some out, and pays
//! somebody at a third bank; then the network stops answering, and starts again. In Chinese on a phone, in English on a
//! desktop.

use crate::bank::Bank;
use crate::browser::{Browser, Language, Screen};
use std::time::Duration;

/// 王小通 of the demonstration, whose card at Demo Bank A has this serial.
const WANG: &str = "13800001234";
const SERIAL: u32 = 101;
/// The bank asks after ten seconds without an answer; an open page hears of it within a few more.
const CHECKING_WITHIN: Duration = Duration::from_secs(40);

/// The words by which a person finds the way.
struct Words {
    mobile: &'static str,
    password: &'static str,
    sign_in: &'static str,
    available: &'static str,
    cards: &'static str,
    bind: &'static str,
    card_number: &'static str,
    next: &'static str,
    ask_bank: &'static str,
    card_code: &'static str,
    bound: &'static str,
    top_up: &'static str,
    amount: &'static str,
    bring_in: &'static str,
    received: &'static str,
    withdraw: &'static str,
    send_code: &'static str,
    code: &'static str,
    tail: &'static str,
    confirm: [&'static str; 3],
    arrived: &'static str,
    transfer: &'static str,
    elsewhere: &'static str,
    account: &'static str,
    name: &'static str,
    bank: &'static str,
    bank_b: &'static str,
    on_the_way: &'static str,
    drop_answers: &'static str,
    each_time: &'static str,
    apply: &'static str,
    turn_off: &'static str,
    switches_set: &'static str,
    checking: &'static str,
    not_twice: &'static str,
}

const CHINESE: Words = Words {
    mobile: "手机号",
    password: "密码",
    sign_in: "登录",
    available: "可用余额",
    cards: "银行卡",
    bind: "绑定银行卡",
    card_number: "银行卡号",
    next: "下一步",
    ask_bank: "请银行发验证码",
    card_code: "银行发来的验证码",
    bound: "已绑定",
    top_up: "从银行卡转进来",
    amount: "转多少",
    bring_in: "转进来",
    received: "已收到",
    withdraw: "提现",
    send_code: "发验证码到",
    code: "短信验证码",
    tail: "付款账户后六位",
    confirm: ["确认付款 120.00 元", "确认付款 66.66 元", "确认付款 1.00 元"],
    arrived: "已到账",
    transfer: "转账",
    elsewhere: "其他银行",
    account: "收款账号或卡号",
    name: "收款人姓名",
    bank: "收款银行",
    bank_b: "示范乙银行",
    on_the_way: "在路上",
    drop_answers: "不答复",
    each_time: "每次",
    apply: "应用",
    turn_off: "全部关掉",
    switches_set: "开关已更新",
    checking: "正在核实",
    not_twice: "这笔钱不会付两次",
};

const ENGLISH: Words = Words {
    mobile: "Mobile number",
    password: "Password",
    sign_in: "Sign in",
    available: "Available",
    cards: "Cards",
    bind: "Bind a card",
    card_number: "Card number",
    next: "Next",
    ask_bank: "Ask the bank for a code",
    card_code: "Code from the bank",
    bound: "Card bound",
    top_up: "Bring money in from a card",
    amount: "How much",
    bring_in: "Bring it in",
    received: "Received",
    withdraw: "Withdraw",
    send_code: "Text a code to",
    code: "Text code",
    tail: "Last six digits of the account",
    confirm: ["Pay CNY 120.00", "Pay CNY 66.66", "Pay CNY 1.00"],
    arrived: "Arrived",
    transfer: "Transfer",
    elsewhere: "Another bank",
    account: "Account or card number",
    name: "Payee's name",
    bank: "Payee's bank",
    bank_b: "Demo Bank B",
    on_the_way: "On its way",
    drop_answers: "No answer",
    each_time: "Each time",
    apply: "Apply",
    turn_off: "Turn all off",
    switches_set: "The switches are set",
    checking: "Being checked",
    not_twice: "Nothing is paid twice",
};

#[test]
fn money_comes_in_and_goes_out_in_chinese_on_a_phone() {
    let open = |address: &str, name: &str| Browser::open(address, name, Screen::Phone, Language::Chinese);
    journey(open, "other-banks-phone-zh", &CHINESE);
}

#[test]
fn money_comes_in_and_goes_out_in_english_on_a_desktop() {
    let open = |address: &str, name: &str| Browser::open(address, name, Screen::Desktop, Language::English);
    journey(open, "other-banks-desktop-en", &ENGLISH);
}

fn journey(open: impl Fn(&str, &str) -> Browser, pictures: &str, words: &Words) {
    let folder = tempfile::tempdir().expect("a folder for the bank");
    let bank = Bank::demo(&folder.path().join("data"));
    let browser = open(bank.address(), pictures);
    browser.go("/sign-in");
    browser.fill(words.mobile, WANG);
    browser.fill(words.password, "tongbao-demo");
    browser.press(words.sign_in);
    browser.see(words.available);
    bind(&browser, words);

    browser.press(words.top_up);
    browser.fill(words.amount, "500");
    step(&browser, "top-up");
    browser.press(words.bring_in);
    browser.see(words.received);
    browser.see("500.00");
    step(&browser, "topped-up");

    browser.go("/cards");
    browser.press(words.withdraw);
    browser.fill(words.amount, "120");
    step(&browser, "withdraw");
    browser.press(words.next);
    confirm(&browser, words, words.confirm[0]);
    browser.see(words.arrived);
    step(&browser, "withdrawn");

    send(&browser, words, "66.66", words.confirm[1]);
    browser.see(words.arrived);
    browser.see("66.66");
    step(&browser, "sent");

    let operator = open(bank.address(), &format!("{pictures}-operator"));
    operator.go("/demo/network");
    operator.choose(words.drop_answers, words.each_time);
    operator.press(words.apply);
    operator.see(words.switches_set);
    send(&browser, words, "1.00", words.confirm[2]);
    browser.see(words.on_the_way);
    step(&browser, "on-the-way");
    browser.see_within(words.checking, CHECKING_WITHIN);
    browser.see(words.not_twice);
    step(&browser, "checking");
    operator.press(words.turn_off);
    operator.see(words.switches_set);
    browser.see_within(words.arrived, CHECKING_WITHIN);
    step(&browser, "checked");
    browser.go("/home");
    browser.see("66.66");
}

/// Every page on the way is in order and leaves a picture.
fn step(browser: &Browser, picture: &str) {
    browser.check_page();
    browser.picture(picture);
}

fn bind(browser: &Browser, words: &Words) {
    browser.press(words.cards);
    browser.see(words.bind);
    step(browser, "cards-none");
    browser.press(words.bind);
    browser.fill(words.card_number, &card("620001", SERIAL));
    step(browser, "card-number");
    browser.press(words.next);
    browser.see("6200 **** ****");
    step(browser, "card-mobile");
    browser.press(words.ask_bank);
    browser.see(words.card_code);
    browser.fill(words.card_code, &browser.text_code(WANG));
    step(browser, "card-code");
    browser.press(words.bind);
    browser.see(words.bound);
    step(browser, "card-bound");
}

fn send(browser: &Browser, words: &Words, amount: &str, confirm_words: &str) {
    browser.go("/home");
    browser.press(words.transfer);
    browser.press(words.elsewhere);
    browser.fill(words.account, &card("620002", 1));
    browser.fill(words.name, "赵示范");
    browser.fill(words.bank, words.bank_b);
    step(browser, "elsewhere-payee");
    browser.press(words.next);
    browser.see(words.amount);
    browser.fill(words.amount, amount);
    step(browser, "elsewhere-amount");
    browser.press(words.next);
    confirm(browser, words, confirm_words);
}

fn confirm(browser: &Browser, words: &Words, confirm_words: &str) {
    browser.see(words.send_code);
    step(browser, "elsewhere-review");
    browser.press(words.send_code);
    browser.see(words.code);
    browser.fill(words.tail, &browser.account_tail());
    browser.fill(words.code, &browser.text_code(WANG));
    browser.press(confirm_words);
}

/// The card of this serial of a bank of the demonstration: 16 digits with their check digit.
pub(crate) fn card(bin: &str, serial: u32) -> String {
    let body = format!("{bin}{serial:09}");
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let digits = body.bytes().rev().map(|digit| u32::from(digit - b'0')).enumerate();
    let sum: u32 = digits.map(|(place, digit)| if place % 2 == 0 { doubled(digit) } else { digit }).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}
