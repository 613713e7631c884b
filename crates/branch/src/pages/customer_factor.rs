//! Factors at the counter: one that is lost is taken away by two people, a token is given out.

use super::PageState;
use super::account::next;
use super::clerk::Clerk;
use super::customer::is_about_form;
use super::form::{self, ActForm, Ask, Typed as FormTyped};
use super::{overview, view};
use crate::model::act as acts;
use crate::service::customer::of_person;
use crate::{FactorChoice, IdentityCheck, TokenForm};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, FieldValue, Refusal};
use passport::{PersonId, TokenAsks};
use serde::Deserialize;
use web::ui::{Field, FormErrors, HtmlFragment};
use web::{Html, Page};

#[derive(Template)]
#[template(path = "branch/customer-token.html")]
struct TokenPage {
    page: Page,
    customer: (String, String),
    facts: Vec<(String, HtmlFragment)>,
    /// Until when it may be done, in a sentence; none: two people must agree first.
    permitted: Option<String>,
    may_permit: bool,
    serial: Field,
    /// What is asked of the token whose number was given.
    asked: Option<Asked>,
    errors: FormErrors,
}

struct Asked {
    serial: String,
    /// The digits to type into it; none for a token without a keypad.
    question: Option<String>,
    codes: Vec<Field>,
    number: Field,
    seen: bool,
    seen_error: Option<String>,
    reason: Field,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Wanted {
    serial: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Typed {
    serial: String,
    code: String,
    second: String,
    citizen_number: String,
    seen: String,
    reason: String,
}

fn address(id: PersonId) -> String {
    format!("/staff/customers/{id}")
}

/// What a factor is called: its kind, and its owner's name for it or its number's end.
fn words(page: &Page, choice: &FactorChoice) -> HtmlFragment {
    let name = overview::factor_name(page, choice.factor.code());
    page.words(&format!("{name} {}", choice.label))
}

async fn form_of(pages: &PageState, page: &Page, id: PersonId, choice: &FactorChoice) -> web::Result<ActForm> {
    let customer = pages.desk.customer_view(id).await?;
    let name = view::name(page, &customer.person);
    let mut facts =
        vec![(page.t("branch-customer"), page.words(&name)), (page.t("branch-col-factor"), words(page, choice))];
    if let Some(identity) = &customer.identity {
        facts.push(view::fact(page.t("branch-citizen-number"), &identity.number_masked));
    }
    Ok(ActForm {
        key: "branch-act-factor",
        action: format!("{}/factors/{}", address(id), choice.word),
        back: (address(id), name),
        facts,
        asks: &[Ask::CitizenNumber, Ask::Seen, Ask::Checked, Ask::Reason],
        moves_money: false,
        is_grave: true,
    })
}

pub(crate) async fn remove_form(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((id, word)): Path<(i64, String)>,
) -> web::Result<Response> {
    let id = PersonId(id);
    pages.desk.staff().looked(&clerk.0, &acts::FACTOR, &of_person(id), "form").await?;
    let choice = pages.desk.factor_of(id, &word).await?;
    let page = page.member("staff-customers");
    let form = form_of(&pages, &page, id, &choice).await?;
    Ok(form::draw(&page, &pages.desk, &form, &FormTyped::default()))
}

pub(crate) async fn remove(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((id, word)): Path<(i64, String)>,
    Form(typed): Form<FormTyped>,
) -> web::Result<Response> {
    let id = PersonId(id);
    let check = IdentityCheck {
        citizen_number: typed.citizen_number.clone(),
        seen: typed.is_seen(),
        checked: typed.evidence.clone(),
        reason: typed.reason.clone(),
        key: typed.key.clone(),
    };
    match pages.desk.remove_factor(&clerk.0, id, &word, &check).await {
        Ok(done) => Ok(Redirect::to(&next(done, &address(id))).into_response()),
        Err(Error::Refusal(refusal)) if is_about_form(&refusal) => {
            let choice = pages.desk.factor_of(id, &word).await?;
            let page = page.member("staff-customers");
            let form = form_of(&pages, &page, id, &choice).await?;
            Ok(form::refused(&page, &pages.desk, &form, &typed, &refusal))
        }
        Err(error) => Err(error.into()),
    }
}

async fn drawn(
    pages: &PageState,
    page: Page,
    clerk: &Clerk,
    id: PersonId,
    typed: &Typed,
    refusal: Option<&Refusal>,
) -> web::Result<Response> {
    let page = page.member("staff-customers");
    let customer = pages.desk.customer_view(id).await?;
    let permitted = pages.desk.permitted_until(id).await?;
    let (asks, unknown) = match (typed.serial.trim(), permitted) {
        ("", _) | (_, None) => (None, None),
        (serial, Some(_)) => match pages.desk.token_asks(id, serial).await {
            Ok(asks) => (Some(asks), None),
            Err(Error::Refusal(refusal)) if is_about_form(&refusal) => (None, Some(refusal)),
            Err(error) => return Err(error.into()),
        },
    };
    let refusal = unknown.as_ref().or(refusal);
    let errors = match refusal {
        Some(refusal) => {
            let field = match refusal.fields.get("field") {
                Some(FieldValue::Text(field)) => field.as_str(),
                _ if asks.is_some() => "code",
                _ => "serial",
            };
            FormErrors::one(field, view::sentences(&page, refusal))
        }
        None => FormErrors::none(),
    };
    let field = |name, label: &str, value: &str| Field::new(name, page.t(label)).value(value).errors(&errors);
    let code = |name, label: &str| Field::digits(name, page.t(label), 10).errors(&errors);
    let asked = asks.map(|asks| Asked {
        serial: typed.serial.trim().to_owned(),
        codes: match &asks {
            TokenAsks::Question(_) => vec![code("code", "branch-token-answer")],
            TokenAsks::TwoCodes => vec![code("code", "branch-token-one"), code("second", "branch-token-two")],
        },
        question: match asks {
            TokenAsks::Question(question) => Some(question),
            TokenAsks::TwoCodes => None,
        },
        number: field("citizen_number", "branch-citizen-number", &typed.citizen_number)
            .max_length(18)
            .hint(page.t("branch-citizen-number-hint")),
        seen: !typed.seen.is_empty(),
        seen_error: errors.get("seen").map(str::to_owned),
        reason: field("reason", "branch-reason", &typed.reason).max_length(150).hint(page.t("branch-reason-hint")),
    });
    let mut facts = vec![view::fact(page.t("branch-mobile"), &customer.person.mobile.masked())];
    if let Some(identity) = &customer.identity {
        facts.push(view::fact(page.t("branch-citizen-number"), &identity.number_masked));
    }
    let shown = TokenPage {
        customer: (address(id), view::name(&page, &customer.person)),
        facts,
        permitted: permitted.map(|until| {
            let until = page.formats().moment(until);
            page.tx("branch-token-permitted", &[("time", (&until).into())])
        }),
        may_permit: clerk.0.may(&acts::PERMIT) && customer.identity.is_some(),
        serial: field("serial", "branch-token-serial", &typed.serial)
            .max_length(40)
            .hint(page.t("branch-token-serial-hint")),
        asked,
        errors,
        page: page.clone(),
    };
    let status = refusal.and_then(|refusal| StatusCode::from_u16(refusal.status).ok()).unwrap_or(StatusCode::OK);
    Ok((status, Html(shown)).into_response())
}

pub(crate) async fn token_form(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<i64>,
    Query(wanted): Query<Wanted>,
) -> web::Result<Response> {
    let id = PersonId(id);
    pages.desk.staff().looked(&clerk.0, &acts::TOKEN, &of_person(id), "form").await?;
    drawn(&pages, page, &clerk, id, &Typed { serial: wanted.serial, ..Typed::default() }, None).await
}

pub(crate) async fn token(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<i64>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let id = PersonId(id);
    let form = TokenForm {
        serial: typed.serial.clone(),
        codes: [typed.code.clone(), typed.second.clone()].into_iter().filter(|code| !code.is_empty()).collect(),
        citizen_number: typed.citizen_number.clone(),
        seen: !typed.seen.is_empty(),
        reason: typed.reason.clone(),
    };
    match pages.desk.assign_token(&clerk.0, id, &form).await {
        Ok(_) => Ok(Redirect::to(&format!("{}?done=token", address(id))).into_response()),
        Err(Error::Refusal(refusal)) if is_about_form(&refusal) => {
            drawn(&pages, page, &clerk, id, &typed, Some(&refusal)).await
        }
        Err(error) => Err(error.into()),
    }
}
