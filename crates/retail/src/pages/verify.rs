//! Checking the code on a paper: for anybody, with or without an account here.

use super::{PageState, view};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kit::{Error, Refusal};
use payments::{Checked, OrderState};
use serde::Deserialize;
use web::ui::{CoinMark, Field, Figure, FigureSize, FormErrors, HtmlFragment};
use web::{Html, Icon, Page};

/// Longest text that is taken for a code, blanks included.
const CODE_MAX: u16 = 60;

struct Found {
    mark: CoinMark,
    title: String,
    amount: Figure,
    facts: Vec<(String, HtmlFragment)>,
}

#[derive(Template)]
#[template(path = "retail/verify.html")]
struct VerifyPage {
    page: Page,
    found: Option<Found>,
    errors: FormErrors,
    code: Field,
}

#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    code: String,
}

/// The form, or what the code in a link stands for.
pub(crate) async fn form(
    State(pages): State<PageState>,
    page: Page,
    Query(typed): Query<Typed>,
) -> web::Result<Response> {
    if typed.code.trim().is_empty() {
        return Ok(drawn(page, "", None, FormErrors::none(), StatusCode::OK));
    }
    check(&pages, page, &typed.code).await
}

/// What a typed code stands for.
pub(crate) async fn verify(
    State(pages): State<PageState>,
    page: Page,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    check(&pages, page, &typed.code).await
}

async fn check(pages: &PageState, page: Page, code: &str) -> web::Result<Response> {
    let answer = match pages.passport.count_check(&view::visitor(&page)).await {
        Ok(()) => pages.payments.verify(code).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(checked) => {
            let found = found(&page, &checked);
            Ok(drawn(page, "", Some(found), FormErrors::none(), StatusCode::OK))
        }
        Err(Error::Refusal(refusal)) if is_about_the_code(&refusal) => {
            let errors = FormErrors::one("code", view::sentences(&page, &refusal));
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(drawn(page, code, None, errors, status))
        }
        Err(error) => Err(error.into()),
    }
}

fn is_about_the_code(refusal: &Refusal) -> bool {
    ["payments.verify_unknown", "passport.checks_too_many"].contains(&refusal.code)
}

fn found(page: &Page, checked: &Checked) -> Found {
    let named =
        |name: &str| if name.is_empty() { HtmlFragment::text(&page.t("retail-bank")) } else { page.words(name) };
    let figure = |amount| Figure::new(page, amount).sized(FigureSize::Xl).always();
    match checked {
        Checked::Payment(payment) => {
            let (mark, title) = match payment.state {
                OrderState::Paid => (CoinMark::done(), "retail-verify-paid"),
                OrderState::Corrected => (CoinMark::refused(), "retail-verify-corrected"),
                OrderState::Held => (CoinMark::pending(), "retail-verify-held"),
                OrderState::Recalled | OrderState::Returned | OrderState::Refused => {
                    (CoinMark::refused(), "retail-verify-returned")
                }
            };
            Found {
                mark: mark.big(),
                title: page.t(title),
                amount: figure(payment.amount),
                facts: vec![
                    (page.t("retail-receipt-payer"), named(&payment.payer)),
                    (page.t("retail-receipt-payee"), named(&payment.payee)),
                    (page.t("retail-receipt-time"), page.formats().full(payment.time).into()),
                ],
            }
        }
        Checked::Certificate(certificate) => Found {
            mark: CoinMark::done_with(Icon::Doc).big(),
            title: page.t("retail-verify-certificate"),
            amount: figure(certificate.balance),
            facts: vec![
                (page.t("retail-account-owner"), named(&certificate.holder)),
                (page.t("retail-account-number"), HtmlFragment::unbroken(&certificate.number)),
                (page.t("retail-account-product"), HtmlFragment::text(&view::product_word(page, certificate.product))),
                (page.t("retail-certificate-time"), page.formats().full(certificate.time).into()),
            ],
        },
    }
}

fn drawn(page: Page, code: &str, found: Option<Found>, errors: FormErrors, status: StatusCode) -> Response {
    let shown = VerifyPage {
        found,
        code: Field::new("code", page.t("retail-verify-code"))
            .hint(page.t("retail-verify-code-hint"))
            .max_length(CODE_MAX)
            .value(code.trim())
            .errors(&errors),
        errors,
        page: page.public("verify"),
    };
    (status, Html(shown)).into_response()
}
