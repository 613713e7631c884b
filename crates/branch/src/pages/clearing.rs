//! 跨行清算: payments between banks, one of them with its story, and what is done about it by hand.

use super::PageState;
use super::account::next;
use super::clearing_case::{CaseRow, case_rows};
use super::clearing_view as words;
use super::clerk::Clerk;
use super::customer::is_about_form;
use super::form::{self, ActForm, Ask, Typed};
use super::view::{self, Tag};
use crate::model::act as acts;
use crate::model::paper::paper;
use crate::{ByHandForm, InterbankView};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Timestamp};
use money::{Amount, Currency};
use payments::{InTransit, InterbankList, InterbankState, InterbankWay, OrderNumber, OtherSide, StoryLine};
use serde::Deserialize;
use staff::{Act, StaffSession};
use web::ui::{Banner, CoinMark, Figure, FigureSize, FormErrors, HtmlFragment, Row, Tone};
use web::{Failure, Html, Icon, Page, When};

/// A payment as a line of a list.
pub(crate) struct PaymentRow {
    pub(crate) href: String,
    pub(crate) order: String,
    pub(crate) way: String,
    pub(crate) bank: String,
    pub(crate) who: String,
    pub(crate) amount: Figure,
    pub(crate) tag: Tag,
    pub(crate) stuck: Option<Tag>,
    pub(crate) created: When,
    pub(crate) expected: Option<When>,
}

/// Payments as lines.
pub(crate) fn payment_rows<'a>(page: &Page, payments: impl IntoIterator<Item = &'a InTransit>) -> Vec<PaymentRow> {
    let row = |payment: &InTransit| PaymentRow {
        href: format!("/staff/clearing/payments/{}", payment.order),
        order: payment.order.to_string(),
        way: words::way(page, payment.way),
        bank: words::bank(page, &payment.bank),
        who: payment.name_masked.clone(),
        amount: Figure::new(page, payment.amount).always(),
        tag: words::state_tag(page, payment.state),
        stuck: payment.is_stuck.then(|| Tag::new("tag-warn", page.t("branch-clearing-stuck"))),
        created: page.formats().when(payment.created),
        expected: payment.expected.map(|expected| page.formats().when(expected)),
    };
    payments.into_iter().map(row).collect()
}

struct DayRow {
    day: When,
    count: i64,
    sum: Figure,
}

struct Choice {
    value: String,
    word: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "branch/clearing.html")]
struct ClearingPage {
    page: Page,
    notice: Option<Banner>,
    balance: Figure,
    balance_words: String,
    cap: Option<(Figure, Figure)>,
    is_over_half: bool,
    on_way_out: (i64, Figure),
    on_way_in: (i64, Figure),
    days: Vec<DayRow>,
    open_cases: i64,
    last: Option<(When, String, Tag)>,
    lists: Vec<Choice>,
    ways: Vec<Choice>,
    banks: Vec<Choice>,
    errors: FormErrors,
    rows: Vec<PaymentRow>,
    stuck: usize,
}

/// What a list is to show.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Filter {
    list: String,
    way: String,
    bank: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Sought {
    text: String,
}

/// The lists, by their words in the address.
const LISTS: [(&str, InterbankList); 5] = [
    ("open", InterbankList::OnTheirWay),
    ("stuck", InterbankList::OnTheirWay),
    ("settled", InterbankList::Ended(InterbankState::Settled)),
    ("refused", InterbankList::Ended(InterbankState::Refused)),
    ("returned", InterbankList::Ended(InterbankState::Returned)),
];

pub(crate) async fn clearing(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Query(filter): Query<Filter>,
) -> web::Result<Response> {
    Ok(Html(list_page(&pages, page, &clerk, &filter, FormErrors::none()).await?).into_response())
}

async fn list_page(
    pages: &PageState,
    page: Page,
    clerk: &Clerk,
    filter: &Filter,
    errors: FormErrors,
) -> web::Result<ClearingPage> {
    let page = page.member("staff-clearing");
    let view = pages.desk.clearing(&clerk.0).await?;
    let position = view.position;
    let wanted = LISTS.iter().find(|(word, _)| *word == filter.list).unwrap_or(&LISTS[0]);
    let found = pages.desk.interbank(&clerk.0, wanted.1).await?;
    let mut banks: Vec<(String, String)> =
        found.iter().map(|payment| (payment.bank.code.clone(), words::bank(&page, &payment.bank))).collect();
    banks.sort();
    banks.dedup_by(|one, other| one.0 == other.0);
    let fits = |payment: &&InTransit| {
        (filter.way.is_empty() || payment.way.code() == filter.way)
            && (filter.bank.is_empty() || payment.bank.code == filter.bank)
            && (wanted.0 != "stuck" || payment.is_stuck)
    };
    let rows = payment_rows(&page, found.iter().filter(fits));
    let yuan = |minor: i64| Amount::new(minor, Currency::CNY);
    let figure = |minor: i64| Figure::new(&page, yuan(minor)).always();
    let all = |key: &str, is_chosen| Choice { value: String::new(), word: page.t(key), is_chosen };
    let way = |way: InterbankWay| Choice {
        value: way.code().to_owned(),
        word: words::way(&page, way),
        is_chosen: filter.way == way.code(),
    };
    let bank = |(code, name): (String, String)| Choice { is_chosen: filter.bank == code, value: code, word: name };
    let list = |(word, _): &(&str, InterbankList)| Choice {
        value: (*word).to_owned(),
        word: page.t(&format!("{}.{word}", "branch-clearing-list")),
        is_chosen: *word == wanted.0,
    };
    let day = |(day, count, sum): (kit::BankDay, i64, i64)| DayRow {
        day: page.formats().bank_day(day),
        count,
        sum: figure(sum).signed(),
    };
    let last = view.last.map(|last| {
        let href = format!("/staff/clearing/days/{}", last.day.iso());
        (page.formats().bank_day(last.day), href, words::day_tag(&page, last.state()))
    });
    let balance = position.balance_minor;
    let cap = position.net_debit_cap_minor.filter(|cap| *cap > 0);
    Ok(ClearingPage {
        notice: None,
        balance: Figure::new(&page, yuan(balance)).sized(FigureSize::L).always(),
        balance_words: page.t(if balance < 0 { "branch-clearing-we-owe" } else { "branch-clearing-they-owe" }),
        cap: cap.map(|cap| (figure(cap), figure(cap.saturating_add(balance)))),
        is_over_half: cap.is_some_and(|cap| balance < -cap / 2),
        on_way_out: (position.on_way_out.0, figure(position.on_way_out.1)),
        on_way_in: (position.on_way_in.0, figure(position.on_way_in.1)),
        days: position.days.into_iter().map(day).collect(),
        open_cases: position.open_cases,
        last,
        lists: LISTS.iter().map(list).collect(),
        ways: std::iter::once(all("branch-clearing-every-way", filter.way.is_empty()))
            .chain(InterbankWay::ALL.map(way))
            .collect(),
        banks: std::iter::once(all("branch-clearing-every-bank", filter.bank.is_empty()))
            .chain(banks.into_iter().map(bank))
            .collect(),
        errors,
        stuck: found.iter().filter(|payment| payment.is_stuck).count(),
        rows,
        page,
    })
}

pub(crate) async fn find(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Form(sought): Form<Sought>,
) -> web::Result<Response> {
    match pages.desk.find_interbank(&clerk.0, &sought.text).await {
        Ok(order) => Ok(Redirect::to(&format!("/staff/clearing/payments/{order}")).into_response()),
        Err(Error::Refusal(refusal)) if refusal.status == 404 => {
            let errors = FormErrors::one("text", page.t("branch-clearing-not-found"));
            let shown = list_page(&pages, page, &clerk, &Filter::default(), errors).await?;
            Ok((StatusCode::NOT_FOUND, Html(shown)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// A step of a payment's story.
struct StepRow {
    at: Timestamp,
    when: When,
    who: String,
    what: String,
    /// What the other side said about the message itself.
    note: String,
    message: Option<(String, String)>,
    xml: String,
    is_theirs: bool,
}

#[derive(Template)]
#[template(path = "branch/clearing-payment.html")]
struct PaymentPage {
    page: Page,
    order: String,
    title: String,
    amount: Figure,
    tags: Vec<Tag>,
    notice: Option<Banner>,
    facts: Vec<(String, HtmlFragment)>,
    ledger: Option<Vec<(String, HtmlFragment)>>,
    ledger_tag: Option<Tag>,
    steps: Vec<StepRow>,
    returns: Vec<PaymentRow>,
    cases: Vec<CaseRow>,
    enquires: bool,
    ways: Vec<Row>,
    reveals: bool,
    is_whole: bool,
    errors: FormErrors,
}

/// What is done about a payment by hand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PaymentAct {
    Return,
    Settle,
    Release,
}

/// The last words of paths, with the act that each needs.
pub(crate) fn words() -> Vec<(&'static str, Act)> {
    PaymentAct::ALL.into_iter().map(|act| (act.word(), act.act())).collect()
}

impl PaymentAct {
    const ALL: [Self; 3] = [Self::Return, Self::Settle, Self::Release];

    fn word(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Settle => "settle",
            Self::Release => "release",
        }
    }

    fn from_word(word: &str) -> Result<Self, Failure> {
        Self::ALL.into_iter().find(|act| act.word() == word).ok_or_else(Failure::not_found)
    }

    fn key(self) -> &'static str {
        match self {
            Self::Return => "branch-act-clearing-return",
            Self::Settle => "branch-act-clearing-settle",
            Self::Release => "branch-act-clearing-release",
        }
    }

    fn act(self) -> Act {
        match self {
            Self::Return => acts::CLEARING_RETURN,
            Self::Settle => acts::CLEARING_SETTLE,
            Self::Release => acts::CLEARING_RELEASE,
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Return => Icon::Back,
            Self::Settle => Icon::Check,
            Self::Release => Icon::Unlock,
        }
    }

    fn asks(self) -> &'static [Ask] {
        match self {
            Self::Return => &[Ask::Code, Ask::Reason],
            Self::Settle => &[Ask::Day, Ask::Evidence, Ask::Reason],
            Self::Release => &[Ask::Evidence, Ask::Reason],
        }
    }

    fn fits(self, view: &InterbankView) -> bool {
        match self {
            Self::Return => view.is_returnable,
            Self::Settle | Self::Release => view.is_stuck,
        }
    }
}

fn facts_of(page: &Page, payment: &InTransit, whole: Option<&OtherSide>) -> Vec<(String, HtmlFragment)> {
    let moment = |at: Timestamp| HtmlFragment::text(page.formats().full(at).text());
    let (name, account) = match whole {
        Some(other) => (other.name.clone(), other.account.clone()),
        None => (payment.name_masked.clone(), payment.account_masked.clone()),
    };
    let mut facts = vec![
        view::fact(page.t("branch-clearing-way"), &words::way(page, payment.way)),
        view::fact(page.t("branch-clearing-service"), &words::service(page, payment.service)),
        (page.t("branch-clearing-bank"), page.words(&words::bank(page, &payment.bank))),
    ];
    if !name.is_empty() {
        facts.push((page.t("branch-clearing-who"), page.words(&format!("{name} {account}"))));
    }
    facts.push((page.t("branch-clearing-id"), HtmlFragment::text(&payment.transaction_id)));
    facts.push((page.t("branch-clearing-created"), moment(payment.created)));
    let times = [("branch-clearing-expected", payment.expected), ("branch-clearing-ended", payment.ended)];
    facts.extend(times.into_iter().filter_map(|(key, at)| Some((page.t(key), moment(at?)))));
    if let Some(day) = payment.settlement_day {
        facts.push(view::fact(page.t("branch-clearing-day"), &page.formats().bank_date(day)));
    }
    if let Some(code) = &payment.reason {
        facts.push(view::fact(page.t("branch-reason"), &words::code(page, code)));
    }
    if let Some(fit) = payment.name_match {
        facts.push(view::fact(page.t("branch-clearing-name"), &words::name_match(page, fit)));
    }
    if payment.enquiries > 0 {
        facts.push(view::fact(page.t("branch-clearing-enquiries"), &payment.enquiries.to_string()));
    }
    facts
}

fn steps_of(page: &Page, view: &InterbankView, is_whole: bool) -> Vec<StepRow> {
    let payment = &view.story.payment;
    let own = |at: Timestamp, what: String| StepRow {
        at,
        when: page.formats().full(at),
        who: page.t("branch-the-bank"),
        what,
        note: String::new(),
        message: None,
        xml: String::new(),
        is_theirs: false,
    };
    let said = |line: &StoryLine| StepRow {
        at: line.at,
        when: page.formats().full(line.at),
        who: page.t(if line.is_received { "branch-clearing-network" } else { "branch-the-bank" }),
        what: words::says(page, line),
        note: line.note.clone(),
        message: Some((line.kind.clone(), line.message_id.clone())),
        xml: paper(&line.xml, is_whole),
        is_theirs: line.is_received,
    };
    let begun = page.t(&format!("{}.{}", "branch-step-begun", payment.way.code()));
    let mut steps = vec![own(payment.created, begun)];
    steps.extend(view.story.lines.iter().map(said));
    if let Some(ended) = payment.ended {
        steps.push(own(ended, page.t(&format!("{}.{}", "branch-step-ended", payment.state.code()))));
    }
    // What happened at the same instant stays in this order.
    steps.sort_by_key(|step| step.at);
    steps
}

fn drawn(page: Page, session: &StaffSession, view: &InterbankView, whole: Option<&OtherSide>) -> PaymentPage {
    let page = page.member("staff-clearing");
    let payment = &view.story.payment;
    let mut tags = vec![words::state_tag(&page, payment.state)];
    tags.extend(payment.is_stuck.then(|| Tag::new("tag-warn", page.t("branch-clearing-stuck"))));
    let way = |act: PaymentAct| {
        Row::new(CoinMark::thing(act.icon()), HtmlFragment::text(&page.t(act.key()))).link(format!(
            "/staff/clearing/payments/{}/{}",
            payment.order,
            act.word()
        ))
    };
    let can = |act: &PaymentAct| session.may(&act.act()) && act.fits(view);
    let mut facts = facts_of(&page, payment, whole);
    if let Some(related) = payment.related {
        let link = format!("<a href=\"/staff/clearing/payments/{related}\">{related}</a>");
        facts.push((page.t("branch-clearing-gives-back"), HtmlFragment::trusted(link)));
    }
    PaymentPage {
        order: payment.order.to_string(),
        title: words::way(&page, payment.way),
        amount: Figure::new(&page, payment.amount).sized(FigureSize::L).always(),
        tags,
        notice: None,
        facts,
        ledger: view.facts.as_ref().map(|facts| view::order_facts(&page, facts)),
        ledger_tag: view.facts.as_ref().map(|facts| view::order_tag(&page, facts.state)),
        steps: steps_of(&page, view, whole.is_some()),
        returns: payment_rows(&page, &view.story.returns),
        cases: case_rows(&page, &view.story.cases),
        enquires: session.may(&acts::ENQUIRE)
            && matches!(payment.state, InterbankState::Sent | InterbankState::Checking),
        ways: PaymentAct::ALL.into_iter().filter(can).map(way).collect(),
        reveals: session.may(&acts::CLEARING_REVEAL) && whole.is_none(),
        is_whole: whole.is_some(),
        errors: FormErrors::none(),
        page,
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Came {
    asked: Option<String>,
}

pub(crate) async fn payment(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(order): Path<String>,
    Query(came): Query<Came>,
) -> web::Result<Response> {
    let view = pages.desk.interbank_payment(&clerk.0, OrderNumber::parse(&order)?).await?;
    let mut shown = drawn(page, &clerk.0, &view, None);
    shown.notice = came.asked.map(|_| {
        let (lead, text) = (shown.page.t("branch-clearing-asked"), shown.page.t("branch-clearing-asked.text"));
        Banner::new(Tone::Done, Icon::Check, lead, text)
    });
    Ok(Html(shown).into_response())
}

pub(crate) async fn reveal(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(order): Path<String>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let order = OrderNumber::parse(&order)?;
    let result = pages.desk.reveal_interbank(&clerk.0, order, &typed.reason).await;
    match result {
        Ok(whole) => {
            let view = pages.desk.interbank_payment(&clerk.0, order).await?;
            Ok(Html(drawn(page, &clerk.0, &view, Some(&whole))).into_response())
        }
        Err(Error::Refusal(refusal)) if refusal.code == "branch.reason_invalid" => {
            let view = pages.desk.interbank_payment(&clerk.0, order).await?;
            let mut shown = drawn(page, &clerk.0, &view, None);
            shown.errors = FormErrors::one("reason", view::sentences(&shown.page, &refusal));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(shown)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn enquire(
    State(pages): State<PageState>,
    clerk: Clerk,
    Path(order): Path<String>,
) -> web::Result<Response> {
    let order = OrderNumber::parse(&order)?;
    pages.desk.enquire(&clerk.0, order).await?;
    Ok(Redirect::to(&format!("/staff/clearing/payments/{order}?asked=1")).into_response())
}

async fn form_of(pages: &PageState, page: &Page, act: PaymentAct, order: OrderNumber) -> web::Result<ActForm> {
    let view = pages.desk.interbank_view(order).await?;
    let payment = &view.story.payment;
    let mut facts = facts_of(page, payment, None);
    facts.insert(0, view::fact(page.t("branch-amount"), &view::money(page, payment.amount)));
    Ok(ActForm {
        key: act.key(),
        action: format!("/staff/clearing/payments/{order}/{}", act.word()),
        back: (format!("/staff/clearing/payments/{order}"), order.to_string()),
        facts,
        asks: act.asks(),
        moves_money: false,
        is_grave: act == PaymentAct::Release,
    })
}

pub(crate) async fn act_form(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((order, act)): Path<(String, String)>,
) -> web::Result<Response> {
    let (order, act) = (OrderNumber::parse(&order)?, PaymentAct::from_word(&act)?);
    let subject = crate::service::account::of_order(order);
    pages.desk.staff().looked(&clerk.0, &act.act(), &subject, "form").await?;
    let page = page.member("staff-clearing");
    let form = form_of(&pages, &page, act, order).await?;
    Ok(form::draw(&page, &pages.desk, &form, &Typed::default()))
}

pub(crate) async fn act(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((order, act)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let (order, act) = (OrderNumber::parse(&order)?, PaymentAct::from_word(&act)?);
    let (desk, session) = (&pages.desk, &clerk.0);
    let hand = || ByHandForm {
        day: typed.day.clone(),
        evidence: typed.evidence.clone(),
        reason: typed.reason.clone(),
        key: typed.key.clone(),
    };
    let result = match act {
        PaymentAct::Return => desk.give_back(session, order, &typed.code, &typed.reason, &typed.key).await,
        PaymentAct::Settle => desk.settle_by_hand(session, order, &hand()).await,
        PaymentAct::Release => desk.release_by_hand(session, order, &hand()).await,
    };
    match result {
        Ok(done) => Ok(Redirect::to(&next(done, &format!("/staff/clearing/payments/{order}"))).into_response()),
        Err(Error::Refusal(refusal)) if is_about_form(&refusal) => {
            let page = page.member("staff-clearing");
            let form = form_of(&pages, &page, act, order).await?;
            Ok(form::refused(&page, desk, &form, &typed, &refusal))
        }
        Err(error) => Err(error.into()),
    }
}
