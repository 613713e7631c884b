//! The certificate of an account: asked for with a form, printed, checked by whoever holds it.

use super::caller::Caller;
use super::{PageState, view};
use accounts::CertificateId;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use kit::Refusal;
use ledger::AccountId;
use serde::Deserialize;
use web::ui::{Figure, FigureSize, HtmlFragment, Stamp};
use web::{Bar, Html, Page, When};

#[derive(Template)]
#[template(path = "retail/certificate.html")]
struct CertificatePage {
    page: Page,
    back: String,
    sentence: HtmlFragment,
    balance: Figure,
    words: String,
    facts: Vec<(String, HtmlFragment)>,
    time: When,
    code: String,
    stamp: Stamp,
}

#[derive(Deserialize)]
pub(crate) struct Wish {
    /// Names this certificate, so that a double click makes one.
    #[serde(default)]
    key: String,
}

pub(crate) async fn certify(
    State(pages): State<PageState>,
    caller: Caller,
    Path(id): Path<String>,
    Form(wish): Form<Wish>,
) -> web::Result<Response> {
    let certificate = pages.accounts.certify(&caller.acting(), account_id(&id)?, &wish.key).await?;
    Ok(Redirect::to(&format!("/certificates/{}", certificate.id)).into_response())
}

pub(crate) async fn certificate(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let id = id.parse().map_err(|_| Refusal::new("accounts.certificate_not_found", 404))?;
    let certificate = pages.accounts.certificate(&caller.acting(), CertificateId(id)).await?;
    let bar = Bar {
        title: page.t("retail-certificate"),
        back: format!("/accounts/{}", certificate.account),
        is_heading: true,
    };
    let page = page.task("accounts", bar);
    let above = if page.is_demo() { page.t("web-seal-above") } else { page.t("web-seal-above.real") };
    let shown = CertificatePage {
        back: format!("/accounts/{}", certificate.account),
        sentence: page.words(&page.t("retail-certificate-sentence")),
        balance: Figure::new(&page, certificate.balance).sized(FigureSize::Xl).always(),
        words: certificate.balance.words_zh(),
        facts: vec![
            (page.t("retail-account-owner"), page.words(caller.0.name.full())),
            (page.t("retail-account-number"), HtmlFragment::unbroken(&certificate.number.grouped())),
            (page.t("retail-account-product"), HtmlFragment::text(&view::product_word(&page, certificate.product))),
            (page.t("retail-account-bank"), HtmlFragment::text(&page.t("retail-bank"))),
            (page.t("retail-paper-currency"), HtmlFragment::text(certificate.balance.currency.code())),
        ],
        time: page.formats().full(certificate.time),
        code: pages.accounts.certificate_code(certificate.id),
        stamp: Stamp::new(above, page.t("web-seal-below")),
        page,
    };
    Ok(Html(shown).into_response())
}

/// The account of an address; what is no number is no account either.
pub(super) fn account_id(text: &str) -> Result<AccountId, Refusal> {
    let number: Option<u64> = text.parse().ok().filter(|number| i64::try_from(*number).is_ok());
    number.map(AccountId).ok_or_else(|| Refusal::new("accounts.not_found", 404))
}
