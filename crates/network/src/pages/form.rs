//! Sending a payment from a customer of a bank that lives here, and issuing a card.

use super::PageState;
use super::view;
use crate::model::bank::AccountState;
use crate::model::transfer::service_from_word;
use crate::{IssuedCard, NewCard, PayOrder, store};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use iso20022::Service;
use kit::{Error, Refusal};
use money::{Amount, Currency};
use serde::Deserialize;
use web::ui::{AmountField, Field, Figure, FormErrors};
use web::{Html, Page};

/// A choice: value, word, whether it is chosen.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "network/pay.html")]
struct PayPage {
    page: Page,
    home: &'static str,
    action: String,
    form_key: String,
    errors: FormErrors,
    payers: Vec<Choice>,
    banks: Vec<Choice>,
    account: Field,
    name: Field,
    amount: AmountField,
    services: Vec<Choice>,
    memo: Field,
    key: Option<Field>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Paid {
    key: String,
    from: String,
    to_bank: String,
    to_account: String,
    to_name: String,
    amount: String,
    service: String,
    memo: String,
    admin_key: String,
}

/// What a refusal means for a form.
fn errors_of(page: &Page, refusal: &Refusal, otherwise: &'static str) -> FormErrors {
    let (title, text) = view::sentences(page, refusal);
    let gap = if title.ends_with(|char: char| char.is_ascii()) { " " } else { "" };
    let field = Some(view::field_of(refusal)).filter(|field| !field.is_empty()).unwrap_or(otherwise);
    FormErrors::one(field, format!("{title}{}{gap}{text}", page.t("network-stop")))
}

async fn draw_pay(
    pages: &PageState,
    page: Page,
    typed: &Paid,
    errors: FormErrors,
    status: StatusCode,
) -> web::Result<Response> {
    let samples = store::customer::samples(&pages.network.inner.db).await?;
    let payers = samples.iter().filter(|one| one.state == AccountState::Open).map(|one| {
        let words = [
            ("bank", view::bank_name(pages, &page, &one.bank).into()),
            ("name", (&one.name).into()),
            ("tail", web::account_tail(&one.account).into()),
        ];
        (one.account.clone(), page.tx("network-payer", &words), one.account == typed.from)
    });
    let payers = payers.collect();
    let banks = view::banks(pages, &page).into_iter().map(|(code, name)| {
        let is_chosen = code == typed.to_bank;
        (code, name, is_chosen)
    });
    let banks = banks.collect();
    let services = [("real_time", "network-service.real_time"), ("batch", "network-service.batch")];
    let services = services.map(|(word, key)| (word.to_owned(), page.t(key), word == typed.service)).to_vec();
    let shown = PayPage {
        home: pages.home(),
        action: format!("{}/pay", pages.base),
        form_key: format!("{:032x}", pages.network.inner.random.u128()),
        payers,
        banks,
        account: Field::new("to_account", page.t("network-to-account"))
            .keyboard("numeric")
            .max_length(40)
            .value(&typed.to_account)
            .errors(&errors),
        name: Field::new("to_name", page.t("network-to-name")).max_length(140).value(&typed.to_name).errors(&errors),
        amount: AmountField::new(&page, "amount", page.t("network-amount"), Currency::CNY)
            .value(&typed.amount)
            .errors(&errors),
        services,
        memo: Field::new("memo", page.t("network-memo")).max_length(140).optional().value(&typed.memo).errors(&errors),
        key: view::key_field(pages, &page).map(|field| field.errors(&errors)),
        errors,
        page,
    };
    Ok((status, Html(shown)).into_response())
}

pub(super) async fn pay_form(State(pages): State<PageState>, page: Page) -> web::Result<Response> {
    draw_pay(&pages, page, &Paid::default(), FormErrors::none(), StatusCode::OK).await
}

pub(super) async fn pay(State(pages): State<PageState>, page: Page, Form(typed): Form<Paid>) -> web::Result<Response> {
    let unfit = |field: &'static str| Refusal::new(crate::model::refusal::FIELD_INVALID, 422).with("field", field);
    let paid = async {
        pages.allow(&typed.admin_key)?;
        let amount = Amount::parse(&typed.amount, Currency::CNY).map_err(|_| unfit("amount"))?;
        let order = PayOrder {
            from: typed.from.clone(),
            to_bank: typed.to_bank.clone(),
            to_account: typed.to_account.chars().filter(|char| !char.is_whitespace()).collect(),
            to_name: typed.to_name.clone(),
            amount_minor: amount.minor,
            service: service_from_word(&typed.service).unwrap_or(Service::RealTime),
            memo: typed.memo.clone(),
        };
        pages.network.pay_under(Some(typed.key.clone()), order).await
    };
    match paid.await {
        Ok(id) => Ok(Redirect::to(&format!("{}/payments/{id}", pages.base)).into_response()),
        Err(Error::Refusal(refusal)) => {
            let errors = errors_of(&page, &refusal, "amount");
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            draw_pay(&pages, page, &typed, errors, status).await
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "network/card.html")]
struct CardPage {
    page: Page,
    home: &'static str,
    action: String,
    errors: FormErrors,
    issued: Option<(String, String, Figure)>,
    banks: Vec<Choice>,
    name: Field,
    number: Field,
    mobile: Field,
    key: Option<Field>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wished {
    bank: String,
    name: String,
    citizen_number: String,
    mobile: String,
    admin_key: String,
}

fn draw_card(
    pages: &PageState,
    page: Page,
    typed: &Wished,
    issued: Option<IssuedCard>,
    errors: FormErrors,
    status: StatusCode,
) -> Response {
    let local = crate::service::seed::LOCAL_BANKS.iter().map(|bank| {
        let name = if page.is_zh() { bank.name_zh } else { bank.name_en };
        (bank.code.to_owned(), name.to_owned(), bank.code == typed.bank)
    });
    let banks = local.collect();
    let issued = issued.map(|card| {
        let bank = view::bank_name(pages, &page, &card.bank);
        (web::account_in_fours(&card.card), bank, view::figure(&page, card.balance_minor))
    });
    let shown = CardPage {
        home: pages.home(),
        action: format!("{}/card", pages.base),
        issued,
        banks,
        name: Field::new("name", page.t("network-holder")).max_length(70).value(&typed.name).errors(&errors),
        number: Field::new("citizen_number", page.t("network-citizen-number"))
            .hint(page.t("network-citizen-number-hint"))
            .max_length(24)
            .value(&typed.citizen_number)
            .errors(&errors),
        mobile: Field::mobile("mobile", page.t("network-mobile")).prefix("+86").value(&typed.mobile).errors(&errors),
        key: view::key_field(pages, &page).map(|field| field.errors(&errors)),
        errors,
        page,
    };
    (status, Html(shown)).into_response()
}

pub(super) async fn card_form(State(pages): State<PageState>, page: Page) -> Response {
    draw_card(&pages, page, &Wished::default(), None, FormErrors::none(), StatusCode::OK)
}

pub(super) async fn issue(
    State(pages): State<PageState>,
    page: Page,
    Form(typed): Form<Wished>,
) -> web::Result<Response> {
    let issued = async {
        pages.allow(&typed.admin_key)?;
        let new = NewCard {
            bank: Some(typed.bank.clone()).filter(|bank| !bank.is_empty()),
            name: typed.name.clone(),
            citizen_number: typed.citizen_number.clone(),
            mobile: typed.mobile.clone(),
        };
        pages.network.issue_card(new).await
    };
    match issued.await {
        // Its number is nothing for an address: the answer to the form shows it, and the form sent again gives the same.
        Ok(card) => Ok(draw_card(&pages, page, &Wished::default(), Some(card), FormErrors::none(), StatusCode::OK)),
        Err(Error::Refusal(refusal)) => {
            let errors = errors_of(&page, &refusal, "citizen_number");
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(draw_card(&pages, page, &typed, None, errors, status))
        }
        Err(error) => Err(error.into()),
    }
}
