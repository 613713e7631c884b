//! Getting paid: the number to give to others, and links by which they pay. A link's page is open to everybody.

use super::caller::Caller;
use super::statement::find;
use super::{PageState, view};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use money::Currency;
use payments::{MEMO_MAX, PaymentRequest, RequestForm, RequestId, RequestState, RequestView};
use qrcode::{Color, EcLevel, QrCode};
use serde::Deserialize;
use web::ui::{AmountField, Field, Figure, FigureSize, FormErrors, HtmlFragment, Row};
use web::{Bar, Html, Page, Session};

struct AccountView {
    id: String,
    name: String,
    number: String,
    is_chosen: bool,
}

struct LinkView {
    id: String,
    address: String,
    what: String,
    memo: String,
    state: String,
    paid: Option<String>,
    code: Option<HtmlFragment>,
    is_open: bool,
}

#[derive(Template)]
#[template(path = "retail/receive.html")]
struct ReceivePage {
    page: Page,
    owner: String,
    mobile: String,
    accounts: Vec<AccountView>,
    errors: FormErrors,
    amount: AmountField,
    memo: Field,
    links: Vec<LinkView>,
}

#[derive(Template)]
#[template(path = "retail/pay.html")]
struct PayPage {
    page: Page,
    payee: Row,
    amount: Option<Figure>,
    memo: String,
    until: String,
    text: String,
    amount_text: String,
    is_signed_in: bool,
    sign_in: String,
}

#[derive(Deserialize, Default)]
pub(crate) struct Typed {
    #[serde(default)]
    account: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    memo: String,
}

pub(crate) async fn receive(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    headers: HeaderMap,
) -> web::Result<Response> {
    shown(&pages, page, &caller, &headers, &Typed::default(), FormErrors::none()).await
}

async fn shown(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    headers: &HeaderMap,
    typed: &Typed,
    errors: FormErrors,
) -> web::Result<Response> {
    let bar = Bar { title: page.t("retail-receive"), back: "/home".to_owned(), is_heading: true };
    let page = page.task("accounts", bar);
    let accounts = pages.accounts.list(&caller.acting()).await?;
    let open: Vec<_> = accounts.iter().filter(|account| !account.closed).collect();
    let currency = open.first().map_or(Currency::CNY, |account| account.balance.currency);
    let links = pages.payments.requests(&caller.acting()).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = ReceivePage {
        owner: caller.0.name.full().to_owned(),
        mobile: caller.mobile(),
        accounts: open
            .iter()
            .map(|account| AccountView {
                id: account.account.id.to_string(),
                name: view::account_with_tail(&page, account),
                number: account.number.grouped(),
                is_chosen: account.account.id.to_string() == typed.account,
            })
            .collect(),
        amount: AmountField::new(&page, "amount", page.t("retail-request-amount"), currency)
            .optional()
            .value(&typed.amount)
            .hint(page.t("retail-request-amount-hint"))
            .errors(&errors),
        memo: Field::new("memo", page.t("retail-memo-label"))
            .value(&typed.memo)
            .max_length(u16::try_from(MEMO_MAX * 2).unwrap_or(u16::MAX))
            .optional()
            .errors(&errors),
        links: links.iter().map(|link| link_view(&page, headers, link)).collect(),
        errors,
        page: page.clone(),
    };
    Ok((status, Html(shown)).into_response())
}

fn link_view(page: &Page, headers: &HeaderMap, link: &PaymentRequest) -> LinkView {
    let is_open = link.state == RequestState::Open;
    let address = address(page, headers, &link.token);
    let until = page.formats().day(link.expires);
    LinkView {
        id: link.id.to_string(),
        what: match link.amount {
            Some(amount) => page.formats().in_sentence(amount),
            None => page.t("retail-request-any"),
        },
        memo: link.memo.clone(),
        state: match link.state {
            RequestState::Open => page.tx("retail-request-until", &[("day", until.text().into())]),
            RequestState::Expired => page.t("retail-request-expired"),
            RequestState::Cancelled => page.t("retail-request-cancelled"),
        },
        paid: (link.paid_count > 0).then(|| {
            let total = page.formats().in_sentence(link.paid_total);
            page.tx("retail-request-paid", &[("n", link.paid_count.into()), ("total", (&total).into())])
        }),
        code: if is_open { qr(&address) } else { None },
        address,
        is_open,
    }
}

/// The whole address of a link, as other devices reach this site.
fn address(page: &Page, headers: &HeaderMap, token: &str) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    let host = if !host.is_empty() && host.len() <= 255 && host.bytes().all(plain) { host } else { "localhost" };
    format!("{}://{host}/pay/{token}", if page.is_secure() { "https" } else { "http" })
}

/// The address as a drawing for a phone's camera: one path of squares.
fn qr(address: &str) -> Option<HtmlFragment> {
    let code = QrCode::with_error_correction_level(address.as_bytes(), EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", place % width + 4, place / width + 4));
        }
    }
    let side = width + 8;
    Some(HtmlFragment::trusted(format!(
        "<svg class=\"retail-qr\" viewBox=\"0 0 {side} {side}\" aria-hidden=\"true\" focusable=\"false\" \
         shape-rendering=\"crispEdges\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    )))
}

pub(crate) async fn make(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let accounts = pages.accounts.list(&caller.acting()).await?;
    let account = find(&accounts, &typed.account).ok_or_else(|| Refusal::new("accounts.not_found", 404))?;
    let form = RequestForm { account: account.account.id, amount: typed.amount.clone(), memo: typed.memo.clone() };
    match pages.payments.make_request(&caller.acting(), form).await {
        Ok(_) => Ok(Redirect::to("/receive#links").into_response()),
        Err(Error::Refusal(refusal)) if refusal.code.starts_with("payments.") => {
            let field = if refusal.code == "payments.memo_invalid" { "memo" } else { "amount" };
            let errors = FormErrors::one(field, view::sentences(&page, &refusal));
            shown(&pages, page, &caller, &headers, &typed, errors).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn cancel(
    State(pages): State<PageState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let id = id.parse().map_err(|_| Refusal::new("payments.request_not_found", 404))?;
    pages.payments.cancel_request(&caller.acting(), RequestId(id)).await?;
    Ok(Redirect::to("/receive#links").into_response())
}

/// What a link asks for, before and after sign-in.
pub(crate) async fn pay(
    State(pages): State<PageState>,
    page: Page,
    session: Option<Session>,
    Path(token): Path<String>,
) -> web::Result<Response> {
    let RequestView { payee, amount, memo, expires, text } = pages.payments.request_by_token(&token).await?;
    let is_signed_in = session.is_some();
    let page = if is_signed_in {
        let bar = Bar { title: page.t("retail-transfer"), back: "/home".to_owned(), is_heading: false };
        page.task("pay", bar)
    } else {
        page
    };
    let shown = PayPage {
        payee: view::payee_row(&page, &payee),
        amount: amount.map(|amount| Figure::new(&page, amount).sized(FigureSize::Xl).always()),
        amount_text: amount.map(|amount| amount.plain()).unwrap_or_default(),
        memo,
        until: page.formats().day(expires).text().to_owned(),
        sign_in: view::address("/sign-in", [("next", format!("/pay/{token}").as_str())]),
        is_signed_in,
        text,
        page,
    };
    Ok(Html(shown).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_links_drawing_is_small() {
        let code = qr("https://bank.example.org/pay/0123456789abcdef0123456789abcdef").expect("a code").to_string();
        assert!(code.len() < 16_000, "{}", code.len());
        assert!(code.contains("M4 4h1v1h-1z"), "the corner is dark");
    }
}
