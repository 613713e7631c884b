//! 时间片 and 凭证: one slice with its three totals, its differences and vouchers; one voucher with its transfers.

use super::PageState;
use super::book;
use super::clerk::Clerk;
use super::form::pager;
use super::view::{self, Tag};
use crate::service::book::ITEMS_SHOWN;
use accounts::chart::chart_entry;
use accounts::{BookItem, Slice, Voucher};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use kit::{BankDay, Timestamp};
use money::{Amount, Currency};
use payments::{BookChannel, Case, CountAndSum, PaymentKind, SliceDifference, SliceState, SliceView};
use serde::Deserialize;
use web::ui::{Figure, HtmlFragment};
use web::{Html, Page, When};

/// A slice as a line of a day.
pub(crate) struct SliceRow {
    pub(crate) href: String,
    pub(crate) span: String,
    /// The day by the clock, where it is not the day of the books.
    pub(crate) day: Option<String>,
    pub(crate) tag: Tag,
    pub(crate) transfers: i64,
    pub(crate) carried: i64,
    pub(crate) journal: Option<Figure>,
    pub(crate) vouchers: Figure,
    pub(crate) clearing: Option<(Figure, Figure)>,
    pub(crate) cards: Option<(Figure, Figure)>,
}

/// A voucher as a line.
pub(crate) struct VoucherRow {
    pub(crate) href: String,
    pub(crate) number: String,
    pub(crate) sort: String,
    pub(crate) debit: String,
    pub(crate) credit: String,
    pub(crate) transfers: i64,
    pub(crate) carried: i64,
    pub(crate) amount: Figure,
}

struct SumRow {
    what: String,
    here: (i64, Figure),
    there: (i64, Figure),
    is_same: bool,
}

struct DifferenceRow {
    what: String,
    network: String,
    name: String,
    journal: Option<Figure>,
    other: Option<Figure>,
    links: Vec<(String, String)>,
    gone: Option<When>,
}

#[derive(Template)]
#[template(path = "branch/books-slice.html")]
struct SlicePage {
    page: Page,
    day_href: String,
    day: When,
    span: String,
    tag: Tag,
    lead: String,
    facts: Vec<(String, HtmlFragment)>,
    sums: Vec<SumRow>,
    differences: Vec<DifferenceRow>,
    vouchers: Vec<VoucherRow>,
}

struct ItemRow {
    sequence: String,
    booked: When,
    time: Option<When>,
    reference: i64,
    debit: String,
    credit: String,
    amount: Figure,
}

#[derive(Template)]
#[template(path = "branch/books-voucher.html")]
struct VoucherPage {
    page: Page,
    number: String,
    day_href: String,
    day: When,
    slice_href: String,
    span: String,
    facts: Vec<(String, HtmlFragment)>,
    items: Vec<ItemRow>,
    pager: (Option<String>, Option<String>),
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct From {
    from: String,
}

/// The address of a slice.
pub(crate) fn address(start: Timestamp) -> String {
    format!("/staff/books/slices/{}", start.as_ms())
}

/// `10:05–10:10`.
fn span(page: &Page, slice: &Slice) -> String {
    let time = |at| page.formats().time(at).text().to_owned();
    format!("{}–{}", time(slice.start), time(slice.end))
}

fn state_tag(page: &Page, state: SliceState) -> Tag {
    let (css, key) = match state {
        SliceState::Open => ("", "branch-slice-open"),
        SliceState::Even => ("tag-done", "branch-slice-even"),
        SliceState::Differs => ("tag-danger", "branch-slice-differs"),
    };
    Tag::new(css, page.t(key))
}

fn yuan(page: &Page, minor: i64) -> Figure {
    Figure::new(page, Amount::new(minor, Currency::CNY)).always()
}

fn in_currency(page: &Page, minor: i64, numeric: u16) -> Figure {
    Figure::new(page, Amount::new(minor, Currency::from_numeric(numeric).unwrap_or(Currency::CNY))).always()
}

/// Slices as lines of a day of the books.
pub(crate) fn slice_rows(page: &Page, day: BankDay, slices: &[SliceView]) -> Vec<SliceRow> {
    let pair = |here: CountAndSum, there: CountAndSum| {
        (here.count + there.count > 0).then(|| (yuan(page, here.minor).signed(), yuan(page, there.minor).signed()))
    };
    let row = |view: &SliceView| {
        let (slice, check) = (&view.total.slice, view.check.as_ref());
        let on = page.formats().bank_day_of(slice.start);
        SliceRow {
            href: address(slice.start),
            span: span(page, slice),
            day: (on != day).then(|| page.formats().bank_date(on)),
            tag: state_tag(page, view.state()),
            transfers: view.total.sum.transfers,
            carried: view.total.sum.carried,
            journal: check.map(|check| yuan(page, check.journal.minor)),
            vouchers: yuan(page, check.map_or(view.total.sum.amount_minor, |check| check.vouchers.minor)),
            clearing: check.and_then(|check| pair(check.clearing_here, check.clearing_there)),
            cards: check.and_then(|check| pair(check.cards_here, check.cards_there)),
        }
    };
    slices.iter().map(row).collect()
}

fn kind(page: &Page, code: u32) -> String {
    match chart_entry(code) {
        Some(entry) => format!("{code} {}", if page.is_zh() { entry.name_zh } else { entry.name_en }),
        None => code.to_string(),
    }
}

fn sort(page: &Page, code: u16) -> String {
    view::kind(page, PaymentKind::from_number(code))
}

/// A number in the ledger as it is read: `2-17` is number 17 in partition 2, and those of the first partition stand alone.
fn numbered(number: u64) -> String {
    match ledger::number_in(number) {
        (0, number) => number.to_string(),
        (partition, number) => format!("{partition}-{number}"),
    }
}

fn voucher_rows(page: &Page, vouchers: &[Voucher]) -> Vec<VoucherRow> {
    let row = |voucher: &Voucher| VoucherRow {
        href: format!("/staff/books/vouchers/{}", voucher.number()),
        number: numbered(voucher.number()),
        sort: sort(page, voucher.key.code),
        debit: kind(page, voucher.key.debit_kind),
        credit: kind(page, voucher.key.credit_kind),
        transfers: voucher.sum.transfers,
        carried: voucher.sum.carried,
        amount: in_currency(page, voucher.sum.amount_minor, voucher.key.currency),
    };
    vouchers.iter().map(row).collect()
}

fn network(page: &Page, channel: BookChannel) -> String {
    page.t(&format!("{}.{}", "branch-slice-network", channel.code()))
}

fn sums(page: &Page, view: &SliceView) -> Vec<SumRow> {
    let Some(check) = &view.check else { return Vec::new() };
    let row = |what: String, here: CountAndSum, there: CountAndSum, is_net: bool| {
        let figure = |sum: CountAndSum| {
            let figure = yuan(page, sum.minor);
            (sum.count, if is_net { figure.signed() } else { figure })
        };
        SumRow { what, here: figure(here), there: figure(there), is_same: here == there }
    };
    vec![
        row(page.t("branch-slice-vouchers"), check.journal, check.vouchers, false),
        row(network(page, BookChannel::Clearing), check.clearing_here, check.clearing_there, true),
        row(network(page, BookChannel::Cards), check.cards_here, check.cards_there, true),
    ]
}

fn difference_row(page: &Page, difference: &SliceDifference) -> DifferenceRow {
    let figure = |minor: Option<i64>| minor.map(|minor| yuan(page, minor).signed());
    let mut links = vec![(page.t("branch-day-case"), format!("/staff/clearing/cases/{}", difference.case))];
    let is_number = !difference.reference.is_empty() && difference.reference.bytes().all(|byte| byte.is_ascii_digit());
    if difference.channel.is_none() && is_number {
        links.push((page.t("branch-voucher"), format!("/staff/books/vouchers/{}", difference.reference)));
    }
    if let (Some(BookChannel::Clearing), Some(order)) = (difference.channel, difference.order) {
        links.push((page.t("branch-day-payment"), format!("/staff/clearing/payments/{order}")));
    }
    let transfer = |number: i64| page.tx("branch-slice-transfer", &[("n", (&numbered(number.unsigned_abs())).into())]);
    DifferenceRow {
        what: page.t(&format!("{}.{}", "branch-slice-difference", difference.kind.code())),
        network: difference.channel.map(|channel| network(page, channel)).unwrap_or_default(),
        name: match (difference.reference.is_empty(), difference.sequence) {
            (true, Some(sequence)) => transfer(sequence),
            _ if difference.channel.is_none() => {
                difference.reference.parse().map_or_else(|_| difference.reference.clone(), numbered)
            }
            _ => difference.reference.clone(),
        },
        journal: figure(difference.journal_minor),
        other: figure(difference.other_minor),
        links,
        gone: difference.gone.map(|gone| page.formats().when(gone)),
    }
}

/// Where the slice of a case is looked at.
pub(crate) fn case_links(page: &Page, case: &Case) -> Vec<(String, String)> {
    let mut links = Vec::new();
    if let Some(start) = case.facts.get("slice").and_then(|start| start.parse().ok()) {
        links.push((page.t("branch-case-slice"), address(Timestamp(start))));
    }
    if let Some(number) = case.facts.get("voucher").and_then(|number| number.parse::<u64>().ok()) {
        links.push((page.t("branch-case-voucher"), format!("/staff/books/vouchers/{number}")));
    }
    links
}

pub(crate) async fn slice(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(start): Path<i64>,
) -> web::Result<Response> {
    let shown = pages.desk.book_slice(&clerk.0, Timestamp(start)).await?;
    let page = page.member("staff-books");
    let (view, state) = (&shown.view, shown.view.state());
    let slice = &view.total.slice;
    let day = page.formats().bank_day_of(slice.start);
    let mut facts = vec![
        view::fact(page.t("branch-slice-minutes"), &slice.minutes.to_string()),
        view::fact(page.t("branch-slice-carried"), &view.total.sum.carried.to_string()),
    ];
    if let Some(check) = &view.check {
        facts.push(view::fact(page.t("branch-slice-late"), &check.late.to_string()));
        facts.push(view::fact(page.t("branch-day-last"), page.formats().full(check.compared).text()));
    }
    let lead = match state {
        SliceState::Open => page.t("branch-slice-open.text"),
        SliceState::Even => page.t("branch-slice-even.text"),
        SliceState::Differs => page.t("branch-slice-differs.text"),
    };
    let drawn = SlicePage {
        day_href: book::address(day),
        day: page.formats().bank_day(day),
        span: span(&page, slice),
        tag: state_tag(&page, state),
        lead,
        facts,
        sums: sums(&page, view),
        differences: shown.differences.iter().map(|one| difference_row(&page, one)).collect(),
        vouchers: voucher_rows(&page, &shown.vouchers),
        page,
    };
    Ok(Html(drawn).into_response())
}

pub(crate) async fn voucher(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(number): Path<u64>,
    Query(from): Query<From>,
) -> web::Result<Response> {
    let skip = from.from.parse::<usize>().unwrap_or_default() / ITEMS_SHOWN * ITEMS_SHOWN;
    let shown = pages.desk.voucher(&clerk.0, number, skip).await?;
    let page = page.member("staff-books");
    let (key, sum) = (&shown.voucher.key, &shown.voucher.sum);
    let money = |minor| {
        let currency = Currency::from_numeric(key.currency).unwrap_or(Currency::CNY);
        view::money(&page, Amount::new(minor, currency))
    };
    let carried =
        page.tx("branch-voucher-carried", &[("n", sum.carried.into()), ("amount", (&money(sum.carried_minor)).into())]);
    let row = |item: &BookItem| ItemRow {
        sequence: numbered(item.sequence),
        booked: page.formats().full(item.booked),
        time: (item.time < key.slice.start).then(|| page.formats().full(item.time)),
        reference: item.reference,
        debit: numbered(item.debit.0.0),
        credit: numbered(item.credit.0.0),
        amount: in_currency(&page, item.amount_minor, item.currency),
    };
    let at = |from: usize| format!("/staff/books/vouchers/{number}?from={from}#transfers");
    let all = usize::try_from(sum.transfers).unwrap_or_default();
    let drawn = VoucherPage {
        number: numbered(number),
        day_href: book::address(key.day),
        day: page.formats().bank_day(key.day),
        slice_href: address(key.slice.start),
        span: span(&page, &key.slice),
        facts: vec![
            view::fact(page.t("branch-voucher-amount"), &money(sum.amount_minor)),
            view::fact(page.t("branch-voucher-transfers"), &sum.transfers.to_string()),
            view::fact(page.t("branch-slice-carried"), &carried),
            view::fact(page.t("branch-voucher-sort"), &sort(&page, key.code)),
            view::fact(page.t("branch-book-debit"), &kind(&page, key.debit_kind)),
            view::fact(page.t("branch-book-credit"), &kind(&page, key.credit_kind)),
        ],
        items: shown.items.iter().map(row).collect(),
        pager: pager(skip, ITEMS_SHOWN, all, at),
        page,
    };
    Ok(Html(drawn).into_response())
}
