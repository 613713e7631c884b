//! The third step: what is to be paid, the code for it, yes.
//!
//! The page shows what is true now, whatever was pressed before: whether a code is out, how long it lives, how many tries it
//! has. So it can be reloaded at any time, and nothing of it stands in an address.

use super::refusal::refused;
use super::typed::{ALL_BUT_AMOUNT, Typed};
use super::{bar, elsewhere, kept, steps, task};
use crate::pages::caller::Caller;
use crate::pages::{PageState, view};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use passport::{Challenge, Factor, Proof};
use payments::{Confirmed, Draft, DraftId, Payee, Service, When};
use serde::Deserialize;
use web::ui::{Banner, CoinMark, Field, Figure, FigureSize, FormErrors, HtmlFragment, Row, Steps, Tone};
use web::{Html, Icon, Page};

/// The code that is out, and what can be done about it.
struct CodeView {
    sent: String,
    inbox: Option<String>,
    tail: Field,
    field: Field,
    /// In how many seconds another can be sent; none: now.
    wait: Option<String>,
}

#[derive(Template)]
#[template(path = "retail/transfer-confirm.html")]
struct ConfirmPage<'a> {
    page: &'a Page,
    steps: Steps,
    draft: i64,
    payee: Row,
    carried: HtmlFragment,
    /// Where what is carried can be changed.
    change: &'static str,
    /// By which of the network's services it goes, if the payee is at another bank.
    service: Option<String>,
    payer: String,
    amount: Figure,
    amount_sentence: String,
    words: String,
    fee: String,
    arrival: HtmlFragment,
    memo: &'a str,
    errors: FormErrors,
    trouble: Option<Banner>,
    code: Option<CodeView>,
    needs_code: bool,
    send: String,
    note: String,
    /// Whether the note is no matter of course, so that it stands before a code is sent too.
    is_noted: bool,
}

#[derive(Deserialize, Default)]
pub(crate) struct Typing {
    #[serde(default)]
    answer: String,
    #[serde(default)]
    account_tail: String,
}

async fn draft_of(pages: &PageState, caller: &Caller, id: &str) -> web::Result<Draft> {
    let id: i64 = id.parse().map_err(|_| again(Refusal::new("payments.draft_not_found", 404)))?;
    Ok(pages.payments.draft(&caller.acting(), DraftId(id)).await.map_err(over)?)
}

/// A draft that is gone leads to a new transfer, whatever page notices it.
fn over(error: Error) -> Error {
    match error {
        Error::Refusal(refusal) if refusal.code.starts_with("payments.draft_") => again(refusal).into(),
        error => error,
    }
}

fn again(refusal: Refusal) -> Refusal {
    refusal.with("next", "/transfer")
}

pub(crate) async fn review(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let draft = draft_of(&pages, &caller, &id).await?;
    if page.now() >= draft.expires {
        return Err(again(Refusal::new("payments.draft_expired", 410)).into());
    }
    shown(&pages, page, &caller, &draft, None).await
}

/// The page, with what a code was refused for.
async fn shown(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    draft: &Draft,
    refusal: Option<&Refusal>,
) -> web::Result<Response> {
    let page = task(page, "/transfer");
    let out = if draft.needs_code { pages.payments.asked(&caller.acting(), draft.id).await? } else { None };
    let mut errors = FormErrors::none();
    let mut trouble = None;
    match (refusal, &out) {
        (Some(refusal), Some(_)) => errors.add("answer", view::sentences(&page, refusal)),
        // Without a code that could be tried again there is no field at which to say it.
        (Some(refusal), None) => {
            let (title, text) = page.refusal_texts(refusal);
            let lead = if page.is_zh() { format!("{title}。") } else { format!("{title}.") };
            trouble = Some(Banner::new(Tone::Warn, Icon::Warn, lead, text));
        }
        (None, _) => {}
    }
    let to = caller.0.mobile.masked();
    let amount = page.formats().in_sentence(draft.amount);
    let status = refusal.map_or(StatusCode::OK, |refusal| {
        StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
    });
    let shown = ConfirmPage {
        steps: steps(&page, 2),
        draft: draft.id.0,
        payee: drafted_payee(&page, draft),
        carried: carried(draft),
        change: change_of(draft),
        service: draft.elsewhere.as_ref().map(|payee| service_words(&page, payee.service)),
        payer: view::account_with_tail(&page, &draft.payer),
        amount: Figure::new(&page, draft.amount).sized(FigureSize::Xl).always(),
        words: draft.amount.words_zh(),
        fee: draft.fee.grouped(),
        arrival: arrival(&page, draft),
        memo: &draft.memo,
        code: out.map(|out| code_view(pages, &page, caller, out, &errors)),
        errors,
        trouble,
        needs_code: draft.needs_code,
        send: page.tx("retail-pay-code-send", &[("to", (&to).into())]),
        note: note(&page, draft),
        is_noted: draft.is_invitation || draft.when != When::Now,
        amount_sentence: amount,
        page: &page,
    };
    Ok((status, Html(shown)).into_response())
}

fn code_view(pages: &PageState, page: &Page, caller: &Caller, out: Challenge, errors: &FormErrors) -> CodeView {
    let resend_ms = out.resend_at.map_or(0, kit::Timestamp::as_ms);
    let wait_s = (resend_ms - page.now().as_ms() + 999).div_euclid(1_000);
    let hint = page.tx("retail-pay-code-hint", &[("left", out.left.into())]);
    CodeView {
        sent: page.tx("retail-pay-code-sent", &[("to", (&caller.0.mobile.masked()).into())]),
        inbox: view::inbox_address(pages, Some(&caller.0.mobile)),
        tail: Field::digits("account_tail", page.t("retail-account-tail"), 6).hint(page.t("retail-account-tail-hint")),
        field: Field::code("answer", page.t("retail-code")).hint(hint).errors(errors),
        wait: (wait_s > 0).then(|| page.tx("retail-pay-code-wait", &[("n", wait_s.into())])),
    }
}

/// What takes the draft along to be changed.
fn carried(draft: &Draft) -> HtmlFragment {
    if let Some(payee) = &draft.elsewhere {
        let typed = elsewhere::Typed::of(draft, payee);
        return HtmlFragment::join([typed.hidden(elsewhere::ALL_BUT_AMOUNT), typed.hidden(&["amount"])]);
    }
    let typed = Typed::of(draft);
    HtmlFragment::join([typed.hidden(ALL_BUT_AMOUNT), typed.hidden(&["amount"])])
}

/// Where it can be changed.
fn change_of(draft: &Draft) -> &'static str {
    match &draft.elsewhere {
        None => "/transfer/payee",
        Some(payee) if payee.card.is_some() => "/cards/withdraw",
        Some(_) => elsewhere::AMOUNT_STEP,
    }
}

fn service_words(page: &Page, service: Service) -> String {
    page.t(match service {
        Service::RealTime => "retail-service-now",
        Service::Batch => "retail-service-batch",
    })
}

/// The payee as the payer named them.
fn drafted_payee(page: &Page, draft: &Draft) -> Row {
    match &draft.elsewhere {
        Some(payee) => elsewhere::payee_row(page, &payee.name, &payee.bank, &payee.account),
        None => payee_row(page, &draft.payee, draft.is_invitation),
    }
}

/// The payee, or the number that is to be invited.
pub(super) fn payee_row(page: &Page, payee: &Payee, is_invitation: bool) -> Row {
    if !is_invitation {
        return view::payee_row(page, payee);
    }
    let caption = HtmlFragment::text(&page.t("retail-invitee"));
    Row::new(CoinMark::bronze(Icon::Phone), HtmlFragment::unbroken(&payee.shown)).caption([caption])
}

/// When the money arrives, in words.
fn arrival(page: &Page, draft: &Draft) -> HtmlFragment {
    if let Some(payee) = &draft.elsewhere {
        let expected = page.formats().moment(payee.expected);
        return HtmlFragment::text(&match payee.service {
            Service::RealTime => page.t("retail-arrival-seconds"),
            Service::Batch => page.tx("retail-arrival-batch", &[("time", (&expected).into())]),
        });
    }
    let words = match draft.when {
        _ if draft.is_invitation => page.t("retail-arrival-invitation"),
        When::Now => page.t("retail-arrival-now"),
        When::Delayed => page.t("retail-arrival-delayed"),
        When::On(_) | When::Every(..) => view::rhythm(page, draft.when),
    };
    HtmlFragment::text(&words)
}

fn note(page: &Page, draft: &Draft) -> String {
    page.t(match draft.when {
        _ if draft.elsewhere.is_some() => "retail-confirm-note-elsewhere",
        _ if draft.is_invitation => "retail-confirm-note-invitation",
        When::Now => "retail-confirm-note",
        When::Delayed => "retail-confirm-note-delayed",
        When::On(_) | When::Every(..) => "retail-confirm-note-scheduled",
    })
}

/// Sends the code, and leads back to the page that then has a field for it.
pub(crate) async fn send_code(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let draft = draft_of(&pages, &caller, &id).await?;
    match pages.payments.ask_proof(&view::visitor(&page), &caller.acting(), draft.id, Factor::SmsCode, None).await {
        Ok(_) => Ok(Redirect::to(&format!("/transfer/{}", draft.id)).into_response()),
        Err(Error::Refusal(refusal)) if is_about_the_code(&refusal) => {
            shown(&pages, page, &caller, &draft, Some(&refusal)).await
        }
        Err(error) => Err(over(error).into()),
    }
}

/// Whether the code is what was refused, so that the person stays on the page and tries again.
fn is_about_the_code(refusal: &Refusal) -> bool {
    refusal.code.starts_with("passport.code")
        || ["payments.code_needed", "notify.gateway_unavailable"].contains(&refusal.code)
}

pub(crate) async fn confirm(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Form(typed): Form<Typing>,
) -> web::Result<Response> {
    let draft = draft_of(&pages, &caller, &id).await?;
    let code = Some(typed.answer.trim()).filter(|code| !code.is_empty());
    let proof = code.map(|code| Proof::by_text(code, &typed.account_tail));
    match pages.payments.confirm_with(&caller.acting(), draft.id, proof.as_ref()).await {
        Ok(Confirmed::Paid(receipt) | Confirmed::Held(receipt)) => {
            Ok(Redirect::to(&format!("/payments/{}", receipt.order)).into_response())
        }
        Ok(Confirmed::Scheduled(_)) => Ok(Redirect::to("/transfer/planned").into_response()),
        Err(Error::Refusal(refusal)) if is_about_the_code(&refusal) => {
            shown(&pages, page, &caller, &draft, Some(&refusal)).await
        }
        Err(Error::Refusal(refusal)) if refusal.code.starts_with("payments.") && refusal.status != 410 => {
            let kept = match &draft.elsewhere {
                Some(payee) => {
                    let typed = elsewhere::Typed::of(&draft, payee);
                    elsewhere::kept(draft.amount, &payee.name, &payee.account, &typed)
                }
                None => kept(draft.amount, &draft.payee, &Typed::of(&draft)),
            };
            Ok(refused(bar(page, "/transfer", false), &refusal, kept))
        }
        Err(error) => Err(over(error).into()),
    }
}
