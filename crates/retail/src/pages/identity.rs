//! Proving a name: the name and the citizen number as they stand on the card, asked of the registry.

use super::PageState;
use super::caller::Caller;
use super::view;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::Error;
use passport::{Claim, IdentityView, registry};
use serde::Deserialize;
use web::ui::{Field, FormErrors};
use web::{Bar, Html, Page, When};

struct Proven {
    name: String,
    /// The masked number and when it was proven.
    record: Option<(String, When)>,
}

#[derive(Template)]
#[template(path = "retail/identity.html")]
struct IdentityPage {
    page: Page,
    proven: Option<Proven>,
    /// A name and number that belong to nobody, for the demonstration.
    sample: Option<String>,
    errors: FormErrors,
    name: Field,
    number: Field,
}

#[derive(Deserialize, Default)]
pub(crate) struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    citizen_number: String,
}

fn drawn(
    page: Page,
    caller: &Caller,
    identity: Option<IdentityView>,
    typed: &Typed,
    errors: FormErrors,
    status: StatusCode,
) -> Response {
    let bar = Bar { title: page.t("retail-identity"), back: "/me".to_owned(), is_heading: true };
    let page = page.task("me", bar);
    // Customers of the first days were known by name before there was a registry to ask.
    let known = caller.0.verified.then(|| Proven { name: caller.0.name.full().to_owned(), record: None });
    let proven = identity
        .map(|identity| Proven {
            name: identity.name.full().to_owned(),
            record: Some((identity.number_masked, page.formats().full(identity.verified))),
        })
        .or(known);
    // A person's number spread over the invented ones, so that two newcomers rarely get the same.
    let seed = u32::try_from((caller.0.person.0 ^ (caller.0.person.0 >> 22)) & 0x3fff_ffff).unwrap_or_default();
    let shown = IdentityPage {
        proven,
        sample: page.is_demo().then(|| registry::made_up_number(seed)),
        name: Field::new("name", page.t("retail-identity-name"))
            .autocomplete("name")
            .hint(page.t("retail-identity-name-hint"))
            .value(&typed.name)
            .errors(&errors),
        number: Field::new("citizen_number", page.t("retail-identity-number"))
            .hint(page.t("retail-identity-number-hint"))
            .max_length(24)
            .value(&typed.citizen_number)
            .errors(&errors),
        errors,
        page,
    };
    (status, Html(shown)).into_response()
}

pub(crate) async fn form(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    let identity = pages.passport.identity(&caller.0).await?;
    Ok(drawn(page, &caller, identity, &Typed::default(), FormErrors::none(), StatusCode::OK))
}

pub(crate) async fn prove(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let claim = Claim { name: typed.name.clone(), citizen_number: typed.citizen_number.clone() };
    match pages.passport.verify_identity(&caller.0, claim).await {
        Ok(_) => Ok(Redirect::to("/me/identity").into_response()),
        Err(Error::Refusal(refusal)) if refusal.code.starts_with("passport.") => {
            let field = if refusal.code == "passport.name_invalid" { "name" } else { "citizen_number" };
            let errors = FormErrors::one(field, view::sentences(&page, &refusal));
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(drawn(page, &caller, None, &typed, errors, status))
        }
        Err(error) => Err(error.into()),
    }
}
