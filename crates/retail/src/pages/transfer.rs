//! A transfer in three steps: to whom, how much, yes.
//!
//! Between the first two steps nothing is kept on our side and no number stands in an address: the second page is the
//! answer to the first form. What awaits confirmation is a draft of the payments room, so that the third step can be
//! reloaded and its button pressed twice.

mod refusal;
mod review;

pub(crate) use review::{confirm, review, send_code};

use super::caller::Caller;
use super::statement::find;
use super::{DemoPerson, PageState, view};
use ::accounts::AccountSummary;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use money::{Amount, Currency};
use payments::{MEMO_MAX, Payee, TransferForm};
use refusal::{Kept, refused};
use serde::Deserialize;
use web::ui::{AmountField, Field, Figure, FormErrors, Row, Steps};
use web::{Bar, Html, Page};

#[derive(Template)]
#[template(path = "retail/transfer-payee.html")]
struct PayeePage<'a> {
    page: &'a Page,
    steps: Steps,
    errors: FormErrors,
    payee: Field,
    people: Vec<&'a DemoPerson>,
}

struct PayerChoice {
    id: String,
    name: String,
    tail: String,
    available: Figure,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "retail/transfer-amount.html")]
struct AmountPage<'a> {
    page: &'a Page,
    steps: Steps,
    errors: FormErrors,
    payee: Row,
    payee_text: &'a str,
    amount: AmountField,
    memo: Field,
    payers: Vec<PayerChoice>,
}

/// What the forms of the first two steps carry.
#[derive(Deserialize, Clone, Default)]
pub(crate) struct Typed {
    payee: String,
    #[serde(default)]
    payer: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    memo: String,
}

fn task(page: Page, back: &str) -> Page {
    bar(page, back, true)
}

/// The task's bar; a refusal brings a headline of its own.
fn bar(page: Page, back: &str, is_heading: bool) -> Page {
    let bar = Bar { title: page.t("retail-transfer"), back: back.to_owned(), is_heading };
    page.task("pay", bar)
}

fn steps(page: &Page, now: usize) -> Steps {
    let words = ["retail-step-payee", "retail-step-amount", "retail-step-confirm"].map(|key| page.t(key));
    Steps::new(page.t("retail-steps"), words.into(), now)
}

/// Who has no account yet is told so before anything is asked.
#[derive(Template)]
#[template(path = "retail/transfer-none.html")]
struct NoAccountPage {
    page: Page,
    href: &'static str,
    words: String,
}

pub(crate) async fn payee_form(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    if pages.accounts.list(&caller.acting()).await?.is_empty() {
        let page = task(page, "/home");
        return Ok(Html(NoAccountPage { href: "/products", words: page.t("retail-products"), page }).into_response());
    }
    Ok(payee_page(&pages, page, &caller, "", FormErrors::none()))
}

fn payee_page(pages: &PageState, page: Page, caller: &Caller, typed: &str, errors: FormErrors) -> Response {
    let page = task(page, "/home");
    let own = caller.0.mobile.e164();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = PayeePage {
        steps: steps(&page, 0),
        payee: Field::new("payee", page.t("retail-payee"))
            .value(typed)
            .hint(page.t("retail-payee-hint"))
            .keyboard("tel")
            .max_length(40)
            .errors(&errors),
        people: pages.demo.iter().filter(|person| !own.ends_with(&person.mobile)).collect(),
        errors,
        page: &page,
    };
    (status, Html(shown)).into_response()
}

pub(crate) async fn choose_payee(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    amount_step(&pages, page, &caller, &typed, FormErrors::none()).await
}

/// The second step; back to the first one when the payee is not to be found.
async fn amount_step(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    typed: &Typed,
    errors: FormErrors,
) -> web::Result<Response> {
    let accounts = pages.accounts.list(&caller.acting()).await?;
    let Some(payer) = find(&accounts, &typed.payer).or(accounts.first()) else {
        return Err(Refusal::new("accounts.not_found", 404).into());
    };
    match pages.payments.payee(&caller.acting(), Some(payer.account.id), &typed.payee).await {
        Ok(payee) => {
            let usage = pages.accounts.sms_usage(&caller.acting()).await?;
            let by_text = usage.cap_payment_minor.min(usage.day.left_minor).min(usage.month.left_minor);
            Ok(amount_page(page, typed, (&accounts, payer, by_text), &payee, errors))
        }
        Err(Error::Refusal(refusal)) if field_of(&refusal) == Some("payee") => {
            let errors = FormErrors::one("payee", view::sentences(&page, &refusal));
            Ok(payee_page(pages, page, caller, &typed.payee, errors))
        }
        Err(error) => Err(error.into()),
    }
}

fn amount_page(
    page: Page,
    typed: &Typed,
    (accounts, payer, by_text_minor): (&[AccountSummary], &AccountSummary, i64),
    payee: &Payee,
    errors: FormErrors,
) -> Response {
    let page = task(page, "/transfer");
    let sentence =
        |amount| if page.hides_amounts() { "••••".to_owned() } else { page.formats().in_sentence(amount) };
    let available = sentence(payer.available);
    let by_text = sentence(Amount::new(by_text_minor, payer.balance.currency));
    let payers = accounts.iter().map(|account| PayerChoice {
        id: account.account.id.to_string(),
        name: view::account_name(&page, account),
        tail: view::tail(&page, &account.number.tail()),
        available: Figure::new(&page, account.available),
        is_chosen: account.account.id == payer.account.id,
    });
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = AmountPage {
        steps: steps(&page, 1),
        payee: view::payee_row(&page, payee),
        payee_text: &typed.payee,
        amount: AmountField::new(&page, "amount", page.t("retail-amount"), payer.balance.currency)
            .value(&typed.amount)
            .hint(page.tx("retail-amount-hint", &[("amount", (&available).into()), ("text", (&by_text).into())]))
            .errors(&errors),
        memo: Field::new("memo", page.t("retail-memo-label"))
            .value(&typed.memo)
            .hint(page.t("retail-memo-hint"))
            .max_length(u16::try_from(MEMO_MAX * 2).unwrap_or(u16::MAX))
            .optional()
            .errors(&errors),
        payers: payers.collect(),
        errors,
        page: &page,
    };
    (status, Html(shown)).into_response()
}

/// The field of the form that a refusal is about, if the person can mend it there.
fn field_of(refusal: &Refusal) -> Option<&'static str> {
    match refusal.code {
        "payments.payee_invalid" | "payments.payee_not_found" | "payments.payee_is_payer" => Some("payee"),
        "payments.amount_invalid" | "payments.amount_zero" => Some("amount"),
        "payments.memo_invalid" => Some("memo"),
        _ => None,
    }
}

pub(crate) async fn choose_amount(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let accounts = pages.accounts.list(&caller.acting()).await?;
    let payer = find(&accounts, &typed.payer).ok_or_else(|| Refusal::new("accounts.not_found", 404))?;
    let form = TransferForm {
        payer: payer.account.id,
        payee: typed.payee.clone(),
        amount: typed.amount.clone(),
        memo: typed.memo.clone(),
    };
    let refusal = match pages.payments.prepare(&caller.acting(), form).await {
        Ok(draft) => return Ok(Redirect::to(&format!("/transfer/{}", draft.id)).into_response()),
        Err(Error::Refusal(refusal)) => refusal,
        Err(error) => return Err(error.into()),
    };
    if let Some(field) = field_of(&refusal) {
        let errors = FormErrors::one(field, view::sentences(&page, &refusal));
        return amount_step(&pages, page, &caller, &typed, errors).await;
    }
    let payee = pages.payments.payee(&caller.acting(), Some(payer.account.id), &typed.payee).await?;
    let kept = Kept {
        amount: Amount::parse(typed.amount.trim(), payer.balance.currency).unwrap_or(Amount::zero(Currency::CNY)),
        payee: &payee,
        payee_text: &typed.payee,
        payer: typed.payer.clone(),
        memo: &typed.memo,
    };
    Ok(refused(bar(page, "/transfer", false), &refusal, &kept))
}
