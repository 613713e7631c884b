//! Facts of the services as parts of pages.

use super::PageState;
use super::caller::Caller;
use accounts::{AccountSummary, Product};
use kit::Refusal;
use payments::{Party, Payee, PaymentKind, StatementLine};
use web::ui::{AccountCard, CardClass, CoinMark, Figure, HtmlFragment, Row};
use web::{Icon, Page};

/// What an account is called on pages.
pub(crate) fn account_name(page: &Page, account: &AccountSummary) -> String {
    if account.nickname.is_empty() { page.t("retail-account-unnamed") } else { account.nickname.clone() }
}

/// `工资账户 尾号 6027`.
pub(crate) fn account_with_tail(page: &Page, account: &AccountSummary) -> String {
    format!("{} {}", account_name(page, account), tail(page, &account.number.tail()))
}

/// `尾号 6027`.
pub(crate) fn tail(page: &Page, tail: &str) -> String {
    if tail.is_empty() {
        // Who is only invited has no account yet.
        return String::new();
    }
    page.tx("retail-with-tail", &[("tail", tail.into())])
}

/// The class of an account in words: `I类`.
pub(crate) fn class_word(page: &Page, account: &AccountSummary) -> String {
    product_word(page, account.account.product)
}

/// A product in words: `I类`.
pub(crate) fn product_word(page: &Page, product: Product) -> String {
    let roman = match product {
        Product::ClassOne | Product::MerchantSettlement | Product::BankInternal => "I",
        Product::ClassTwo => "II",
        Product::ClassThree => "III",
    };
    page.tx("web-class", &[("roman", roman.into())])
}

/// The card of an account.
pub(crate) fn card(page: &Page, account: &AccountSummary) -> AccountCard {
    let label = page.t("retail-available");
    let tail = account.number.tail();
    let class = match account.account.product {
        Product::ClassTwo => CardClass::Two,
        Product::ClassThree => CardClass::Three,
        Product::ClassOne | Product::MerchantSettlement | Product::BankInternal => CardClass::One,
    };
    AccountCard::new(page, class, &account_name(page, account), &tail, label, account.available)
}

/// The name of the other side.
pub(crate) fn party_name(page: &Page, party: &Party) -> String {
    if party.is_bank { page.t("retail-bank") } else { party.name.clone() }
}

/// What a movement was, as a title.
pub(crate) fn title(page: &Page, line: &StatementLine) -> String {
    let name = party_name(page, &line.counterparty);
    let key = match line.kind {
        Some(PaymentKind::CashIn) => "retail-row-cash",
        Some(PaymentKind::CashOut) => "retail-row-cash-out",
        Some(PaymentKind::Correction) => "retail-row-correction",
        Some(PaymentKind::CardPayment) => "retail-row-card",
        Some(PaymentKind::CardRefund) => "retail-row-card-refund",
        Some(PaymentKind::Return) if !line.amount.is_negative() => "retail-row-return",
        Some(PaymentKind::TopUp) => {
            return page.tx("retail-row-top-up", &[("tail", (&line.counterparty.tail).into())]);
        }
        _ if line.amount.is_negative() => "retail-row-out",
        _ => "retail-row-in",
    };
    page.tx(key, &[("name", (&name).into())])
}

/// The coin of a movement: the other person's first character, or the thing it was.
pub(crate) fn coin(line: &StatementLine) -> CoinMark {
    match line.kind {
        Some(PaymentKind::CashIn | PaymentKind::CashOut) => CoinMark::thing(Icon::Branch),
        Some(PaymentKind::CardPayment | PaymentKind::CardRefund) => CoinMark::thing(Icon::Cart),
        _ if line.counterparty.is_bank => CoinMark::thing(Icon::Branch),
        _ => CoinMark::person(&line.counterparty.initial),
    }
}

/// A movement as a row of a list.
pub(crate) fn row(page: &Page, line: &StatementLine) -> Row {
    let when = page.formats().when(line.movement.time).into();
    let row = Row::new(coin(line), page.words(&title(page, line)))
        .caption([when, page.words(&line.memo)])
        .end(Figure::new(page, line.amount).signed());
    match receipt_address(line) {
        Some(address) => row.link(address),
        None => row,
    }
}

/// Where the receipt of a movement is.
pub(crate) fn receipt_address(line: &StatementLine) -> Option<String> {
    line.order.map(|order| format!("/payments/{order}"))
}

/// The payee as a row: the coin, the masked name, and by what they were named.
pub(crate) fn payee_row(page: &Page, payee: &Payee) -> Row {
    Row::new(CoinMark::person(&payee.initial), page.words(&payee.name)).caption([HtmlFragment::unbroken(&payee.shown)])
}

/// An address with these parts behind it; parts without a value are left out.
pub(crate) fn address<'a>(path: &str, parts: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let parts = parts.into_iter().filter(|(_, value)| !value.is_empty());
    let parts: Vec<String> = parts.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// When a scheduled transfer is paid: `从 2026年11月30日 起每月一次，9:00`.
pub(crate) fn rhythm(page: &Page, when: payments::When) -> String {
    let key = match when {
        payments::When::Every(payments::Rhythm::Daily, ..) => "retail-rhythm-daily",
        payments::When::Every(payments::Rhythm::Weekly, ..) => "retail-rhythm-weekly",
        payments::When::Every(payments::Rhythm::Monthly, ..) => "retail-rhythm-monthly",
        _ => "retail-rhythm-once",
    };
    let (first, last) = when.days();
    let day =
        |day: Option<kit::BankDay>| day.map(|day| page.formats().bank_day(day).text().to_owned()).unwrap_or_default();
    let words = page.tx(key, &[("first", day(first).into())]);
    match last {
        Some(_) => page.tx("retail-rhythm-until", &[("rhythm", (&words).into()), ("last", day(last).into())]),
        None => words,
    }
}

/// A title as the first sentence of more.
pub(crate) fn ended(page: &Page, title: String) -> String {
    title + if page.is_zh() { "。" } else { "." }
}

/// What names one use of a form, so that sending it twice does once what it asks for.
pub(crate) fn fresh_key() -> String {
    format!("{:032x}", kit::Random::system().u128())
}

/// A refusal as one or two sentences under a field.
pub(crate) fn sentences(page: &Page, refusal: &Refusal) -> String {
    let (title, text) = page.refusal_texts(refusal);
    if page.is_zh() { format!("{title}。{text}") } else { format!("{title}. {text}") }
}

/// What the way to one's proven name is called: a thing to do, or done.
pub(super) fn identity_key(caller: &Caller) -> &'static str {
    if caller.0.verified { "retail-identity-done" } else { "retail-identity" }
}

/// What the passport may know about who is at the door.
pub(super) fn visitor(page: &Page) -> passport::Visitor {
    passport::Visitor {
        address: page.sender(),
        device: page.device().map(str::to_owned),
        agent: page.agent().to_owned(),
    }
}

/// The cookies of who has just come in.
pub(super) fn entered(page: &Page, signed_in: &passport::SignedIn) -> (web::SetCookie, Option<web::SetCookie>) {
    let lasts_s = (signed_in.session.expires.as_ms() - page.now().as_ms()) / 1000;
    let device = signed_in.device.as_ref().map(|secret| page.keep_device(secret.reveal()));
    (page.start_session(signed_in.token.reveal(), lasts_s), device)
}

/// Where the demonstration shows the texts to a number.
pub(super) fn inbox_address(pages: &PageState, mobile: Option<&passport::Mobile>) -> Option<String> {
    let mobile = mobile.filter(|_| pages.phone.is_some());
    mobile.map(|mobile| format!("/demo/inbox?to={}", mobile.e164().trim_start_matches('+')))
}

/// Where the demonstration has a token into which this question can be typed.
pub(super) fn token_address(pages: &PageState, question: &str) -> Option<String> {
    (!pages.tokens.is_empty()).then(|| format!("{}?question={question}", super::keypad::ADDRESS))
}
