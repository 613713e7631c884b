//! Binding a card in three steps: its number, the mobile number that its bank knows, the code from that bank.
//!
//! Between the first two steps nothing is kept here and no number stands in an address: the second page is the answer to the
//! first form. The third is the check that waits at the card's bank, so that it can be reloaded.

use super::task;
use crate::pages::caller::Caller;
use crate::pages::{PageState, view};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use payments::{CardCheck, CardCheckId, CardCheckState, CardForm};
use serde::Deserialize;
use web::ui::{Banner, Field, FormErrors, Steps, Tone};
use web::{Html, Icon, Page};

#[derive(Template)]
#[template(path = "retail/cards/number.html")]
struct NumberPage {
    page: Page,
    steps: Steps,
    /// What has to be done first, with the way there.
    blocked: Option<Banner>,
    errors: FormErrors,
    card: Field,
}

#[derive(Template)]
#[template(path = "retail/cards/mobile.html")]
struct MobilePage {
    page: Page,
    steps: Steps,
    errors: FormErrors,
    bank: String,
    shown: String,
    number: String,
    name: String,
    mobile: Field,
}

#[derive(Template)]
#[template(path = "retail/cards/code.html")]
struct CodePage {
    page: Page,
    steps: Steps,
    errors: FormErrors,
    check: String,
    bank: String,
    shown: String,
    sent: String,
    inbox: Option<String>,
    code: Field,
}

#[derive(Template)]
#[template(path = "retail/cards/done.html")]
struct DonePage {
    page: Page,
    card: String,
    bank: String,
    shown: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Typed {
    card: String,
    mobile: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Proof {
    code: String,
}

fn steps(page: &Page, now: usize) -> Steps {
    let words = ["retail-card-step-number", "retail-card-step-mobile", "retail-card-step-code"];
    Steps::new(page.t("retail-card-bind"), words.map(|key| page.t(key)).into(), now)
}

fn status_of(refusal: &Refusal) -> StatusCode {
    StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
}

/// What a person has to do before a card can be bound.
fn blocked(page: &Page, refusal: &Refusal) -> Option<Banner> {
    let (key, href) = match refusal.code {
        "payments.name_not_proven" => ("retail-identity", "/me/identity"),
        "payments.citizen_number_missing" => ("retail-place-branches", "/branches"),
        "payments.cards_too_many" => ("retail-cards", "/cards"),
        _ => return None,
    };
    let (title, text) = page.refusal_texts(refusal);
    let banner = Banner::new(Tone::Warn, Icon::Info, view::ended(page, title), text);
    Some(banner.action(page.t(key), href.to_owned()))
}

pub(crate) async fn form(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    let refusal = match pages.payments.may_bind_card(&caller.acting()).await {
        Ok(()) => None,
        Err(Error::Refusal(refusal)) => Some(refusal),
        Err(error) => return Err(error.into()),
    };
    Ok(number_page(page, &Typed::default(), FormErrors::none(), refusal.as_ref(), StatusCode::OK))
}

fn number_page(
    page: Page,
    typed: &Typed,
    errors: FormErrors,
    refusal: Option<&Refusal>,
    status: StatusCode,
) -> Response {
    let page = task(page, "retail-card-bind", "/cards");
    let shown = NumberPage {
        steps: steps(&page, 0),
        blocked: refusal.and_then(|refusal| blocked(&page, refusal)),
        card: Field::new("card", page.t("retail-card-number"))
            .hint(page.t("retail-card-number-hint"))
            .keyboard("numeric")
            .autocomplete("cc-number")
            .max_length(40)
            .value(&typed.card)
            .errors(&errors),
        errors,
        page,
    };
    (status, Html(shown)).into_response()
}

/// The second step: the bank was recognised by the number.
pub(crate) async fn choose_number(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let own = caller.0.mobile.e164();
    let typed = Typed { mobile: own.strip_prefix("+86").unwrap_or(own).to_owned(), ..typed };
    mobile_step(&pages, page, &caller, &typed, None).await
}

/// The second step; back to the first one when the number is not one of a card.
async fn mobile_step(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    typed: &Typed,
    refusal: Option<&Refusal>,
) -> web::Result<Response> {
    let (number, bank) = match pages.payments.card_bank(&typed.card).await {
        Ok(found) => found,
        Err(Error::Refusal(refusal)) => return Ok(number_again(page, typed, &refusal)),
        Err(error) => return Err(error.into()),
    };
    let page = task(page, "retail-card-bind", "/cards/bind");
    let mut errors = FormErrors::none();
    if let Some(refusal) = refusal {
        errors.add("mobile", view::sentences(&page, refusal));
    }
    let shown = MobilePage {
        steps: steps(&page, 1),
        bank: bank.name(page.is_zh()).to_owned(),
        shown: number.masked(),
        number: typed.card.clone(),
        name: caller.0.name.full().to_owned(),
        mobile: Field::mobile("mobile", page.t("retail-card-mobile"))
            .hint(page.t("retail-card-mobile-hint"))
            .max_length(24)
            .value(&typed.mobile)
            .errors(&errors),
        errors,
        page,
    };
    Ok((refusal.map_or(StatusCode::OK, status_of), Html(shown)).into_response())
}

fn number_again(page: Page, typed: &Typed, refusal: &Refusal) -> Response {
    let errors = match blocked(&page, refusal) {
        Some(_) => FormErrors::none(),
        None => FormErrors::one("card", view::sentences(&page, refusal)),
    };
    number_page(page, typed, errors, Some(refusal), status_of(refusal))
}

/// Asks the card's bank, which sends a code.
pub(crate) async fn ask(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let form = CardForm { card: typed.card.clone(), mobile: typed.mobile.clone() };
    match pages.payments.bind_card(&caller.acting(), form).await {
        Ok(check) => Ok(Redirect::to(&format!("/cards/bind/{}", check.id)).into_response()),
        Err(Error::Refusal(refusal)) => {
            let about_number =
                matches!(refusal.fields.get("field"), Some(kit::FieldValue::Text(field)) if field == "card");
            if about_number || blocked(&page, &refusal).is_some() {
                return Ok(number_again(page, &typed, &refusal));
            }
            mobile_step(&pages, page, &caller, &typed, Some(&refusal)).await
        }
        Err(error) => Err(error.into()),
    }
}

fn check_id(text: &str) -> Result<CardCheckId, Refusal> {
    text.parse().map(CardCheckId).map_err(|_| again(Refusal::new("payments.card_check_not_found", 404)))
}

/// What is gone leads to a new beginning.
fn again(refusal: Refusal) -> Refusal {
    refusal.with("next", "/cards/bind")
}

async fn check_of(pages: &PageState, caller: &Caller, id: &str) -> Result<CardCheck, Error> {
    match pages.payments.card_check(&caller.acting(), check_id(id)?).await {
        Err(Error::Refusal(refusal)) => Err(again(refusal).into()),
        result => result,
    }
}

/// The third step: as it stands at this moment.
pub(crate) async fn check(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let check = check_of(&pages, &caller, &id).await?;
    match check.state {
        CardCheckState::Waiting => Ok(code_page(&pages, page, &caller, &check, None)),
        CardCheckState::Bound(card) => {
            let page = task(page, "retail-card-bind", "/cards");
            let (bank, shown) = (check.bank.name(page.is_zh()).to_owned(), check.card_shown);
            Ok(Html(DonePage { card: card.to_string(), bank, shown, page }).into_response())
        }
        CardCheckState::Over => Err(again(Refusal::new("payments.card_check_over", 410)).into()),
    }
}

fn code_page(pages: &PageState, page: Page, caller: &Caller, check: &CardCheck, refusal: Option<&Refusal>) -> Response {
    let page = task(page, "retail-card-bind", "/cards/bind");
    let errors = match refusal {
        Some(refusal) => FormErrors::one("code", view::sentences(&page, refusal)),
        None => FormErrors::none(),
    };
    let bank = check.bank.name(page.is_zh());
    let to = &check.mobile_shown;
    let inbox = pages.phone.is_some().then(|| "/demo/inbox".to_owned());
    let own = view::inbox_address(pages, Some(&caller.0.mobile)).filter(|_| caller.0.mobile.masked() == *to);
    let shown = CodePage {
        steps: steps(&page, 2),
        check: check.id.to_string(),
        sent: page.tx("retail-card-code-sent", &[("bank", bank.into()), ("to", to.into())]),
        inbox: own.or(inbox),
        bank: bank.to_owned(),
        shown: check.card_shown.clone(),
        code: Field::code("code", page.t("retail-card-code"))
            .hint(page.tx("retail-card-code-hint", &[("left", check.left.into())]))
            .errors(&errors),
        errors,
        page,
    };
    (refusal.map_or(StatusCode::OK, status_of), Html(shown)).into_response()
}

/// Tells the card's bank the code.
pub(crate) async fn prove(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Form(proof): Form<Proof>,
) -> web::Result<Response> {
    match pages.payments.confirm_card(&caller.acting(), check_id(&id)?, &proof.code).await {
        Ok(_) => Ok(Redirect::to(&format!("/cards/bind/{id}")).into_response()),
        Err(Error::Refusal(refusal)) => {
            let check = check_of(&pages, &caller, &id).await?;
            match check.state {
                CardCheckState::Waiting => Ok(code_page(&pages, page, &caller, &check, Some(&refusal))),
                _ => Err(again(refusal).into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}
