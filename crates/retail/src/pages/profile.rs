//! What a person tells the bank about themselves, for whom they act, and the way to the greater changes.

use super::caller::Caller;
use super::{PageState, view};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::Error;
use passport::{MandateRole, ProfileForm};
use serde::Deserialize;
use web::ui::{CoinMark, Field, FormErrors, HtmlFragment, Row};
use web::{Bar, Html, Icon, Page};

#[derive(Template)]
#[template(path = "retail/profile.html")]
struct ProfilePage {
    page: Page,
    facts: Vec<(String, HtmlFragment)>,
    links: [Row; 3],
    mandates: Vec<Row>,
    close: Row,
    errors: FormErrors,
    fields: [Field; 3],
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Typed {
    address: String,
    occupation: String,
    tax_residence: String,
}

pub(crate) async fn form(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    let profile = pages.passport.profile(&caller.0).await?;
    let typed = Typed {
        address: profile.address,
        occupation: profile.occupation,
        tax_residence: profile.tax_residence.replace(',', ", "),
    };
    drawn(&pages, page, &caller, &typed, FormErrors::none()).await
}

pub(crate) async fn save(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let form = ProfileForm {
        address: typed.address.clone(),
        occupation: typed.occupation.clone(),
        tax_residence: typed.tax_residence.clone(),
    };
    match pages.passport.set_profile(&caller.0, form).await {
        Ok(()) => Ok(Redirect::to("/me/profile").into_response()),
        Err(Error::Refusal(refusal)) if refusal.code == "passport.profile_invalid" => {
            let field = match refusal.fields.get("field") {
                Some(kit::FieldValue::Text(field)) if field == "occupation" => "occupation",
                Some(kit::FieldValue::Text(field)) if field == "tax_residence" => "tax_residence",
                _ => "address",
            };
            let errors = FormErrors::one(field, view::sentences(&page, &refusal));
            drawn(&pages, page, &caller, &typed, errors).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn drawn(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    typed: &Typed,
    errors: FormErrors,
) -> web::Result<Response> {
    let bar = Bar { title: page.t("retail-profile"), back: "/me".to_owned(), is_heading: true };
    let page = page.task("me", bar);
    let name = caller.0.name.full();
    let name = if name.is_empty() { HtmlFragment::text(&page.t("retail-profile-no-name")) } else { page.words(name) };
    let link = |icon, key: &str, href: &str| {
        Row::new(CoinMark::thing(icon), HtmlFragment::text(&page.t(key))).link(href.to_owned())
    };
    let field = |name: &'static str, key: &str, value: &str| {
        Field::new(name, page.t(key)).value(value).optional().errors(&errors)
    };
    let mandates = pages.passport.mandates(&caller.0).await?;
    let mandates = mandates.iter().map(|mandate| {
        let role = match mandate.role {
            MandateRole::Owner => "retail-mandate-owner",
        };
        let since = page.tx("retail-mandate-since", &[("day", page.formats().date(mandate.since).text().into())]);
        Row::new(CoinMark::bronze(Icon::Me), HtmlFragment::text(&page.t(role))).caption([HtmlFragment::text(&since)])
    });
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = ProfilePage {
        facts: vec![
            (page.t("retail-profile-name"), name),
            (page.t("retail-profile-mobile"), HtmlFragment::unbroken(&caller.mobile())),
        ],
        links: [
            link(Icon::Sms, "retail-mobile", "/me/mobile"),
            link(Icon::Key, "retail-safety-password", "/me/security"),
            link(Icon::Check, view::identity_key(caller), "/me/identity"),
        ],
        mandates: mandates.collect(),
        close: link(Icon::Stop, "retail-leave", "/me/close"),
        fields: [
            field("address", "retail-profile-address", &typed.address).autocomplete("street-address").max_length(200),
            field("occupation", "retail-profile-occupation", &typed.occupation)
                .autocomplete("organization-title")
                .max_length(60),
            field("tax_residence", "retail-profile-tax", &typed.tax_residence)
                .hint(page.t("retail-profile-tax-hint"))
                .max_length(30),
        ],
        errors,
        page: page.clone(),
    };
    Ok((status, Html(shown)).into_response())
}
