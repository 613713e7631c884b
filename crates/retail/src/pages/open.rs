//! Opening a Class II or III account online, once the name is proven.

use super::PageState;
use super::caller::Caller;
use super::view;
use accounts::{ClassOpening, NICKNAME_MAX, Product, Purpose};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::Error;
use serde::Deserialize;
use web::ui::{Field, FormErrors};
use web::{Bar, Html, Page};

struct Choice {
    value: &'static str,
    label: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "retail/open.html")]
struct OpenPage {
    page: Page,
    verified: bool,
    key: String,
    products: Vec<Choice>,
    purposes: Vec<Choice>,
    errors: FormErrors,
    nickname: Field,
}

#[derive(Deserialize, Default)]
pub(crate) struct Typed {
    /// Names this opening, so that a double click opens one account.
    #[serde(default)]
    key: String,
    #[serde(default)]
    product: String,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    nickname: String,
}

fn product(word: &str) -> Option<Product> {
    [Product::ClassTwo, Product::ClassThree].into_iter().find(|product| product.code() == word)
}

fn drawn(page: Page, caller: &Caller, typed: &Typed, errors: FormErrors, status: StatusCode) -> Response {
    let bar = Bar { title: page.t("retail-open"), back: "/accounts".to_owned(), is_heading: true };
    let page = page.task("accounts", bar);
    let products = [(Product::ClassTwo, "retail-open-two"), (Product::ClassThree, "retail-open-three")];
    let products = products.map(|(product, key)| Choice {
        value: product.code(),
        label: page.t(key),
        is_chosen: product.code() == typed.product,
    });
    let purposes = Purpose::ALL.map(|purpose| Choice {
        value: purpose.code(),
        label: page.t(purpose_key(purpose)),
        is_chosen: purpose.code() == typed.purpose,
    });
    let shown = OpenPage {
        verified: caller.0.verified,
        key: if typed.key.is_empty() { view::fresh_key() } else { typed.key.clone() },
        products: products.into(),
        purposes: purposes.into(),
        nickname: Field::new("nickname", page.t("retail-open-nickname"))
            .hint(page.t("retail-open-nickname-hint"))
            .max_length(NICKNAME_MAX as u16)
            .optional()
            .value(&typed.nickname)
            .errors(&errors),
        errors,
        page,
    };
    (status, Html(shown)).into_response()
}

pub(crate) fn purpose_key(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Daily => "retail-purpose-daily",
        Purpose::Savings => "retail-purpose-savings",
        Purpose::Salary => "retail-purpose-salary",
        Purpose::Shopping => "retail-purpose-shopping",
        Purpose::Travel => "retail-purpose-travel",
        Purpose::Family => "retail-purpose-family",
        Purpose::Other => "retail-purpose-other",
    }
}

pub(crate) async fn form(page: Page, caller: Caller) -> Response {
    drawn(page, &caller, &Typed::default(), FormErrors::none(), StatusCode::OK)
}

pub(crate) async fn open(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let opening = ClassOpening {
        key: typed.key.clone(),
        product: product(&typed.product).unwrap_or(Product::BankInternal),
        nickname: typed.nickname.clone(),
        purpose: Purpose::from_code(&typed.purpose).unwrap_or(Purpose::Other),
    };
    match pages.accounts.open_class(&caller.acting(), opening).await {
        Ok(_) => {
            pages.payments.claim_in_passing(&caller.acting()).await;
            Ok(Redirect::to("/accounts").into_response())
        }
        Err(Error::Refusal(refusal)) if refusal.code.starts_with("accounts.") => {
            let errors = FormErrors::one("nickname", view::sentences(&page, &refusal));
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(drawn(page, &caller, &typed, errors, status))
        }
        Err(error) => Err(error.into()),
    }
}
