//! Facts of the services as parts of pages.

use accounts::{AccountSummary, FreezeScope, Movement, Product};
use kit::Refusal;
use money::{Amount, Currency};
use passport::Person;
use payments::{OrderFacts, OrderState, Party, PaymentKind};
use staff::{Proposal, ProposalState, Roles};
use web::ui::{Figure, HtmlFragment};
use web::{Icon, Page};

/// A word in a box, with its tone.
pub(crate) struct Tag {
    pub(crate) css: &'static str,
    pub(crate) word: String,
}

impl Tag {
    pub(crate) fn new(css: &'static str, word: String) -> Self {
        Self { css, word }
    }
}

/// A customer's name, masked; a visitor has none.
pub(crate) fn name(page: &Page, person: &Person) -> String {
    if person.name.is_empty() { page.t("branch-visitor") } else { person.name.masked() }
}

/// The first character of it, for the coin.
pub(crate) fn initial(page: &Page, person: &Person) -> String {
    name(page, person).chars().take(1).collect()
}

/// A refusal as one or two sentences.
pub(crate) fn sentences(page: &Page, refusal: &Refusal) -> String {
    let (title, text) = page.refusal_texts(refusal);
    if page.is_zh() { format!("{title}。{text}") } else { format!("{title}. {text}") }
}

/// The title of a refusal of which only the code is kept.
pub(crate) fn refusal_title(page: &Page, code: &str) -> String {
    let key = format!("refusal-{}", code.replace('.', "-"));
    if page.has(&key) { page.t(&key) } else { code.to_owned() }
}

/// `工资账户 尾号 6027`.
pub(crate) fn account_name(page: &Page, account: &AccountSummary) -> String {
    let tail = page.tx("branch-tail", &[("tail", account.number.tail().into())]);
    if account.nickname.is_empty() { tail } else { format!("{} {tail}", account.nickname) }
}

/// The last four of a number or a serial: `尾号 1234`.
pub(crate) fn tail_of(page: &Page, number: &str) -> String {
    let tail: String = number.chars().skip(number.chars().count().saturating_sub(4)).collect();
    page.tx("branch-tail", &[("tail", (&tail).into())])
}

/// The class of an account in words.
pub(crate) fn class_word(page: &Page, product: Product) -> String {
    match product {
        Product::ClassOne => page.tx("web-class", &[("roman", "I".into())]),
        Product::ClassTwo => page.tx("web-class", &[("roman", "II".into())]),
        Product::ClassThree => page.tx("web-class", &[("roman", "III".into())]),
        Product::MerchantSettlement | Product::BankInternal => page.t("branch-settlement"),
    }
}

/// What stands against movements of an account; "in order" when nothing does.
pub(crate) fn account_tags(page: &Page, account: &AccountSummary) -> Vec<Tag> {
    if account.closed {
        return vec![Tag::new("", page.t("branch-state-closed"))];
    }
    let is = account.restrictions;
    let frozen = if is.staff_credits { "branch-state-frozen-both" } else { "branch-state-frozen" };
    let stands = [
        (is.staff_debits, "tag-danger", frozen),
        (is.lost, "tag-warn", "branch-state-lost"),
        (is.dormant, "tag-pending", "branch-state-dormant"),
    ];
    let tags: Vec<Tag> =
        stands.into_iter().filter(|(on, ..)| *on).map(|(_, css, key)| Tag::new(css, page.t(key))).collect();
    if tags.is_empty() { vec![Tag::new("tag-done", page.t("branch-state-normal"))] } else { tags }
}

/// The scope that a form names.
pub(crate) fn scope(word: &str) -> FreezeScope {
    if word == "both" { FreezeScope::Both } else { FreezeScope::Debits }
}

/// Until when something is shown whole, as a sentence.
pub(crate) fn until(page: &Page, until: kit::Timestamp) -> String {
    page.tx("branch-revealed-until", &[("until", page.formats().when(until).text().into())])
}

/// Roles in words.
pub(crate) fn roles(page: &Page, roles: Roles) -> String {
    let words: Vec<String> = roles.iter().map(|role| page.t(&format!("{}.{}", "branch-role", role.code()))).collect();
    if words.is_empty() { page.t("branch-role-none") } else { words.join(page.t("branch-comma").as_str()) }
}

/// What sort of payment.
pub(crate) fn kind(page: &Page, kind: Option<PaymentKind>) -> String {
    page.t(match kind {
        Some(PaymentKind::Transfer) => "branch-kind-transfer",
        Some(PaymentKind::CardPayment) => "branch-kind-card",
        Some(PaymentKind::CashIn) => "branch-kind-cash-in",
        Some(PaymentKind::CashOut) => "branch-kind-cash-out",
        Some(PaymentKind::CashMove) => "branch-kind-cash-move",
        Some(PaymentKind::Correction) => "branch-kind-correction",
        Some(PaymentKind::InterbankOut) => "branch-kind-interbank-out",
        Some(PaymentKind::InterbankIn) => "branch-kind-interbank-in",
        Some(PaymentKind::TopUp) => "branch-kind-top-up",
        Some(PaymentKind::Return) => "branch-kind-return",
        Some(PaymentKind::CardRefund) => "branch-kind-card-refund",
        None => "branch-kind-other",
    })
}

/// What became of an order.
pub(crate) fn order_tag(page: &Page, state: OrderState) -> Tag {
    let (css, key) = match state {
        OrderState::Paid => ("tag-done", "branch-order-paid"),
        OrderState::Corrected => ("tag-warn", "branch-order-corrected"),
        OrderState::Refused => ("tag-danger", "branch-order-refused"),
        OrderState::Held => ("tag-pending", "branch-order-held"),
        OrderState::Recalled | OrderState::Returned => ("", "branch-order-returned"),
    };
    Tag::new(css, page.t(key))
}

/// A side of a payment.
fn party(page: &Page, kind: PaymentKind, party: &Party) -> String {
    let name = match (party.is_bank, kind) {
        (true, PaymentKind::CashIn | PaymentKind::CashOut | PaymentKind::CashMove) => page.t("branch-counter-cash"),
        (true, _) => page.t("branch-the-bank"),
        (false, _) => party.name.clone(),
    };
    format!("{name} {}", page.tx("branch-tail", &[("tail", (&party.tail).into())]))
}

/// Where a proposal stands.
pub(crate) fn proposal_tag(page: &Page, state: ProposalState) -> Tag {
    let (css, key) = match state {
        ProposalState::Open => ("tag-pending", "branch-proposal-open"),
        ProposalState::Approved => ("tag-pending", "branch-proposal-approved"),
        ProposalState::Done => ("tag-done", "branch-proposal-done"),
        ProposalState::Failed => ("tag-danger", "branch-proposal-failed"),
        ProposalState::Rejected => ("tag-warn", "branch-proposal-rejected"),
        ProposalState::Withdrawn => ("", "branch-proposal-withdrawn"),
        ProposalState::Expired => ("", "branch-proposal-expired"),
    };
    Tag::new(css, page.t(key))
}

/// What a proposal is for, as a title.
pub(crate) fn proposal_title(page: &Page, proposal: &Proposal) -> String {
    action(page, &proposal.kind)
}

/// The word for an action of the trail; its code where there is none.
pub(crate) fn action(page: &Page, code: &str) -> String {
    let key = format!("{}.{}", "branch-action", code.replace('.', "-"));
    if page.has(&key) { page.t(&key) } else { code.to_owned() }
}

/// A movement as a line of a table.
pub(crate) struct Line {
    pub(crate) when: web::When,
    pub(crate) what: String,
    pub(crate) order: Option<String>,
    pub(crate) amount: Figure,
    pub(crate) balance: Figure,
}

/// Movements as lines.
pub(crate) fn lines(page: &Page, movements: &[Movement]) -> Vec<Line> {
    let figure = |minor| Figure::new(page, Amount::new(minor, Currency::CNY)).always();
    let line = |movement: &Movement| {
        let kind_of = PaymentKind::from_number(movement.code);
        Line {
            when: page.formats().when(movement.time),
            what: kind(page, kind_of),
            order: kind_of.map(|_| movement.reference.to_string()),
            amount: figure(movement.amount_minor).signed(),
            balance: figure(movement.balance_after_minor),
        }
    };
    movements.iter().map(line).collect()
}

/// Money in a sentence or a fact.
pub(crate) fn money(page: &Page, amount: Amount) -> String {
    page.formats().in_sentence(amount)
}

/// Text as a fact.
pub(crate) fn fact(label: String, value: &str) -> (String, HtmlFragment) {
    (label, HtmlFragment::text(value))
}

/// The facts of an order.
pub(crate) fn order_facts(page: &Page, order: &OrderFacts) -> Vec<(String, HtmlFragment)> {
    let mut facts = vec![
        fact(page.t("branch-order-number"), &order.order.to_string()),
        fact(page.t("branch-order-kind"), &kind(page, Some(order.kind))),
        (page.t("branch-order-from"), page.words(&party(page, order.kind, &order.payer.1))),
        (page.t("branch-order-to"), page.words(&party(page, order.kind, &order.payee.1))),
        fact(page.t("branch-order-time"), page.formats().full(order.time).text()),
    ];
    if !order.memo.is_empty() {
        facts.push((page.t("branch-memo"), page.words(&order.memo)));
    }
    if let Some(reason) = &order.reason {
        facts.push((page.t("branch-reason"), page.words(reason)));
    }
    facts
}

/// The icon of a role's first duty.
pub(crate) fn desk_icon(place: &str) -> Icon {
    match place {
        "staff-customers" => Icon::Users,
        "staff-cash" => Icon::Wallet,
        "staff-clearing" => Icon::Branch,
        "staff-books" => Icon::List,
        "staff-proposals" => Icon::Clock,
        "staff-limits" => Icon::Bill,
        "staff-security" => Icon::Shield,
        "staff-members" => Icon::Key,
        "staff-audit" => Icon::Doc,
        _ => Icon::Me,
    }
}
