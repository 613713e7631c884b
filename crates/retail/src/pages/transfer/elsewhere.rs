//! A transfer to another bank: to whom, how much, and then the same third step as within the bank.
//!
//! As there, nothing is kept between the first two steps and no number stands in an address.

use super::refusal::{Kept, refused};
use super::{bar, furthest, steps, task};
use crate::pages::caller::Caller;
use crate::pages::statement::find;
use crate::pages::{PageState, view};
use ::accounts::AccountSummary;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, FieldValue, Refusal};
use money::{Amount, Currency};
use payments::{ACCOUNT_MAX, Draft, ELSEWHERE_NAME_MAX, ElsewhereForm, ElsewherePayee, MEMO_MAX, OtherBank, Service};
use serde::Deserialize;
use web::ui::{AmountField, CoinMark, Field, Figure, FormErrors, HtmlFragment, Row, Steps};
use web::{Html, Page};

/// Where a refused or changed transfer goes on.
pub(super) const AMOUNT_STEP: &str = "/transfer/elsewhere/payee";
const CHECK_STEP: &str = "/transfer/elsewhere/amount";

/// What the forms of the first two steps carry.
#[derive(Deserialize, Clone, Default)]
#[serde(default)]
pub(crate) struct Typed {
    bank: String,
    account: String,
    name: String,
    payer: String,
    amount: String,
    memo: String,
    service: String,
}

#[derive(Template)]
#[template(path = "retail/elsewhere/payee.html")]
struct PayeePage<'a> {
    page: &'a Page,
    steps: Steps,
    errors: FormErrors,
    bank: Field,
    banks: Vec<String>,
    account: Field,
    name: Field,
    carried: HtmlFragment,
}

struct PayerChoice {
    id: String,
    name: String,
    tail: String,
    available: Figure,
    is_chosen: bool,
}

struct ServiceChoice {
    value: &'static str,
    title: String,
    text: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "retail/elsewhere/amount.html")]
struct AmountPage<'a> {
    page: &'a Page,
    steps: Steps,
    errors: FormErrors,
    payee: Row,
    /// The payee, for the next step and for going back.
    carried: HtmlFragment,
    all: HtmlFragment,
    amount: AmountField,
    memo: Field,
    services: Vec<ServiceChoice>,
    payers: Vec<PayerChoice>,
}

impl Typed {
    /// What was typed for a draft, so that it can be changed.
    pub(super) fn of(draft: &Draft, payee: &ElsewherePayee) -> Self {
        Self {
            bank: payee.bank.code.clone(),
            account: payee.account.clone(),
            name: payee.name.clone(),
            payer: draft.payer.account.id.to_string(),
            amount: draft.amount.plain(),
            memo: draft.memo.clone(),
            service: payee.service.code().to_owned(),
        }
    }

    /// Hidden fields that take these along; empty ones are left out.
    pub(super) fn hidden(&self, names: &[&str]) -> HtmlFragment {
        let all = [
            ("bank", &self.bank),
            ("account", &self.account),
            ("name", &self.name),
            ("payer", &self.payer),
            ("amount", &self.amount),
            ("memo", &self.memo),
            ("service", &self.service),
        ];
        super::typed::hidden_fields(all.into_iter().filter(|(name, _)| names.contains(name)))
    }
}

/// What takes the payee of a transfer along, everything but the amount.
pub(super) const ALL_BUT_AMOUNT: &[&str] = &["bank", "account", "name", "payer", "memo", "service"];

/// The payee at another bank as a row.
pub(super) fn payee_row(page: &Page, name: &str, bank: &OtherBank, account: &str) -> Row {
    let initial: String = name.chars().take(1).collect();
    let caption = [HtmlFragment::unbroken(bank.name(page.is_zh())), HtmlFragment::unbroken(account)];
    Row::new(CoinMark::person(&initial), page.words(name)).caption(caption)
}

pub(crate) async fn form(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    if pages.accounts.list(&caller.acting()).await?.is_empty() {
        return Ok(super::no_account(page));
    }
    payee_page(&pages, page, &Typed::default(), FormErrors::none(), StatusCode::OK).await
}

async fn payee_page(
    pages: &PageState,
    page: Page,
    typed: &Typed,
    errors: FormErrors,
    status: StatusCode,
) -> web::Result<Response> {
    let page = task(page, "/transfer");
    let banks = pages.payments.banks().await?;
    // A bank that was recognised is shown by its name when the person comes back to it.
    let known = banks.iter().find(|bank| bank.code == typed.bank);
    let bank = known.map_or(typed.bank.as_str(), |bank| bank.name(page.is_zh()));
    let shown = PayeePage {
        steps: steps(&page, 0),
        account: Field::new("account", page.t("retail-elsewhere-account"))
            .hint(page.t("retail-elsewhere-account-hint"))
            .max_length(ACCOUNT_MAX as u16 * 2)
            .value(&typed.account)
            .errors(&errors),
        name: Field::new("name", page.t("retail-elsewhere-name"))
            .hint(page.t("retail-elsewhere-name-hint"))
            .max_length(ELSEWHERE_NAME_MAX as u16 * 2)
            .value(&typed.name)
            .errors(&errors),
        bank: Field::new("bank", page.t("retail-elsewhere-bank"))
            .hint(page.t("retail-elsewhere-bank-hint"))
            .max_length(100)
            .list("banks")
            .optional()
            .value(bank)
            .errors(&errors),
        banks: banks.iter().map(|bank| bank.name(page.is_zh()).to_owned()).collect(),
        carried: typed.hidden(&["payer", "amount", "memo", "service"]),
        errors,
        page: &page,
    };
    Ok((status, Html(shown)).into_response())
}

/// The first step again, as it was typed.
pub(crate) async fn change(
    State(pages): State<PageState>,
    page: Page,
    _: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    payee_page(&pages, page, &typed, FormErrors::none(), StatusCode::OK).await
}

pub(crate) async fn choose_payee(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    amount_step(&pages, page, &caller, &typed, FormErrors::none()).await
}

/// The second step; back to the first one when the payee cannot be as typed.
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
    match pages.payments.payee_elsewhere(&typed.bank, &typed.account, &typed.name).await {
        Ok(payee) => {
            let typed = Typed { bank: payee.bank.code.clone(), ..typed.clone() };
            let reach = furthest(pages, caller, payer).await?;
            amount_page(pages, page, &typed, (&accounts, payer, reach), &payee, errors)
        }
        Err(Error::Refusal(refusal)) => {
            let field = field_of(&refusal).unwrap_or("bank");
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            if refusal.status >= 500 {
                return Err(refusal.into());
            }
            let errors = FormErrors::one(field, view::sentences(&page, &refusal));
            payee_page(pages, page, typed, errors, status).await
        }
        Err(error) => Err(error.into()),
    }
}

fn amount_page(
    pages: &PageState,
    page: Page,
    typed: &Typed,
    (accounts, payer, reach_minor): (&[AccountSummary], &AccountSummary, i64),
    payee: &payments::NamedElsewhere,
    errors: FormErrors,
) -> web::Result<Response> {
    let page = task(page, "/transfer/elsewhere");
    let sentence =
        |amount| if page.hides_amounts() { "••••".to_owned() } else { page.formats().in_sentence(amount) };
    let available = sentence(payer.available);
    let reach = sentence(Amount::new(reach_minor, payer.balance.currency));
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
        payee: payee_row(&page, &payee.name, &payee.bank, &payee.account),
        carried: typed.hidden(&["bank", "account", "name"]),
        all: typed.hidden(&["bank", "account", "name", "payer", "amount", "memo", "service"]),
        amount: AmountField::new(&page, "amount", page.t("retail-amount"), payer.balance.currency)
            .value(&typed.amount)
            .hint(page.tx("retail-amount-hint", &[("amount", (&available).into()), ("reach", (&reach).into())]))
            .errors(&errors),
        memo: Field::new("memo", page.t("retail-memo-label"))
            .value(&typed.memo)
            .hint(page.t("retail-memo-hint"))
            .max_length(u16::try_from(MEMO_MAX * 2).unwrap_or(u16::MAX))
            .optional()
            .errors(&errors),
        services: services(pages, &page, &typed.service)?,
        payers: payers.collect(),
        errors,
        page: &page,
    };
    Ok((status, Html(shown)).into_response())
}

fn services(pages: &PageState, page: &Page, chosen: &str) -> web::Result<Vec<ServiceChoice>> {
    let services = pages.payments.services()?;
    let most = page.formats().in_sentence(services.real_time_max);
    let next = page.formats().moment(services.next_settlement);
    let is_batch = chosen == Service::Batch.code();
    Ok(vec![
        ServiceChoice {
            value: "",
            title: page.t("retail-service-now"),
            text: page.tx("retail-service-now.text", &[("most", (&most).into())]),
            is_chosen: !is_batch,
        },
        ServiceChoice {
            value: Service::Batch.code(),
            title: page.t("retail-service-batch"),
            text: page.tx("retail-service-batch.text", &[("next", (&next).into())]),
            is_chosen: is_batch,
        },
    ])
}

/// The field of the form that a refusal is about, if the person can mend it there.
fn field_of(refusal: &Refusal) -> Option<&'static str> {
    match refusal.fields.get("field") {
        Some(FieldValue::Text(field)) => ["bank", "account", "name", "memo"].into_iter().find(|known| known == field),
        _ => None,
    }
}

fn is_about_amount(refusal: &Refusal) -> bool {
    ["payments.amount_invalid", "payments.amount_zero", "payments.real_time_exceeded"].contains(&refusal.code)
}

pub(crate) async fn choose_amount(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let accounts = pages.accounts.list(&caller.acting()).await?;
    let payer = find(&accounts, &typed.payer).ok_or_else(|| Refusal::new("accounts.not_found", 404))?;
    let form = ElsewhereForm {
        payer: payer.account.id,
        bank: typed.bank.clone(),
        account: typed.account.clone(),
        name: typed.name.clone(),
        amount: typed.amount.clone(),
        memo: typed.memo.clone(),
        // At once as far as that goes: what is more goes with the next settlement, and the next page says so.
        service: Some(Service::Batch).filter(|service| service.code() == typed.service),
    };
    let refusal = match pages.payments.prepare_elsewhere(&caller.acting(), form).await {
        Ok(draft) => return Ok(Redirect::to(&format!("/transfer/{}", draft.id)).into_response()),
        Err(Error::Refusal(refusal)) if refusal.status < 500 => refusal,
        Err(error) => return Err(error.into()),
    };
    let field = if is_about_amount(&refusal) { Some("amount") } else { field_of(&refusal) };
    if let Some(field) = field {
        let errors = FormErrors::one(field, view::sentences(&page, &refusal));
        return match field {
            "amount" | "memo" => amount_step(&pages, page, &caller, &typed, errors).await,
            _ => payee_page(&pages, page, &typed, errors, StatusCode::UNPROCESSABLE_ENTITY).await,
        };
    }
    let payee = pages.payments.payee_elsewhere(&typed.bank, &typed.account, &typed.name).await?;
    let amount = Amount::parse(typed.amount.trim(), payer.balance.currency).unwrap_or(Amount::zero(Currency::CNY));
    let kept = kept(amount, &payee.name, &payee.account, &typed);
    Ok(refused(bar(page, "/transfer/elsewhere", false), &refusal, kept))
}

/// What stays through a refusal.
pub(super) fn kept(amount: Amount, name: &str, account: &str, typed: &Typed) -> Kept {
    Kept {
        amount,
        name: name.to_owned(),
        shown: account.to_owned(),
        carried: typed.hidden(ALL_BUT_AMOUNT),
        change: AMOUNT_STEP,
        again: CHECK_STEP,
    }
}
