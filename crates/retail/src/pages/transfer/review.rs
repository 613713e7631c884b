//! The third step: what is to be paid, the proof of it, yes.
//!
//! The page shows what is true now, whatever was pressed before: what is asked, how long it lives, how many tries it has. So
//! it can be reloaded at any time, and nothing of it stands in an address.

use super::refusal::refused;
use super::typed::{ALL_BUT_AMOUNT, Typed};
use super::{bar, elsewhere, kept, steps, task};
use crate::pages::caller::Caller;
use crate::pages::proof::{self, Answer, Asking, Chosen, ProofView};
use crate::pages::{PageState, view};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use payments::{Confirmed, Draft, DraftId, Payee, Service, When};
use web::ui::{CoinMark, Figure, FigureSize, HtmlFragment, Row, Steps};
use web::{Html, Icon, Page};

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
    /// How it is proven, if the bank asks for more than a password.
    proof: Option<ProofView>,
    note: String,
    /// Whether the note is no matter of course, so that it stands before a code is sent too.
    is_noted: bool,
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

/// The page, with what a proof was refused for.
async fn shown(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    draft: &Draft,
    refusal: Option<&Refusal>,
) -> web::Result<Response> {
    let page = task(page, "/transfer");
    let amount = page.formats().in_sentence(draft.amount);
    let note = note(&page, draft);
    let (status, proof) = if draft.needs_code {
        let device = pages.payments.device_question(&caller.acting(), draft.id).await?;
        let ways = pages.payments.draft_ways(&caller.acting(), draft.id).await?;
        let (status, proof) = proof::drawn(
            pages,
            &page,
            caller,
            Asking {
                ask: format!("/transfer/{}/challenge", draft.id),
                confirm: format!("/transfer/{}/confirm", draft.id),
                button: page.tx("retail-confirm", &[("amount", (&amount).into())]),
                note: note.clone(),
                ways: &ways,
                amount_minor: Some(draft.amount.minor),
                asked: pages.payments.asked(&caller.acting(), draft.id).await?,
                refusal,
                device: device.map(|asked| (asked.device.to_string(), asked.message)),
            },
        );
        (status, Some(proof))
    } else {
        (StatusCode::OK, None)
    };
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
        proof,
        note,
        is_noted: draft.is_invitation || draft.when != When::Now,
        amount_sentence: amount,
        page: &page,
    };
    Ok((status, Html(shown)).into_response())
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

/// Asks for a proof by the way that was chosen, and leads back to the page that then has a place for the answer.
pub(crate) async fn ask(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Form(chosen): Form<Chosen>,
) -> web::Result<Response> {
    let draft = draft_of(&pages, &caller, &id).await?;
    let (factor, holding) = chosen.read()?;
    let visitor = view::visitor(&page);
    let device = &chosen.device_proof;
    match pages.payments.ask_proof(&visitor, &caller.acting(), draft.id, factor, holding, device).await {
        Ok(_) => Ok(Redirect::to(&format!("/transfer/{}", draft.id)).into_response()),
        Err(error) => {
            let refusal = proof::about_the_proof(error).map_err(over)?;
            shown(&pages, page, &caller, &draft, Some(&refusal)).await
        }
    }
}

pub(crate) async fn confirm(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Form(answer): Form<Answer>,
) -> web::Result<Response> {
    let draft = draft_of(&pages, &caller, &id).await?;
    let proof = answer.read()?;
    match pages.payments.confirm_with(&caller.acting(), draft.id, proof.as_ref()).await {
        Ok(Confirmed::Paid(receipt) | Confirmed::Held(receipt)) => {
            Ok(Redirect::to(&format!("/payments/{}", receipt.order)).into_response())
        }
        Ok(Confirmed::Scheduled(_)) => Ok(Redirect::to("/transfer/planned").into_response()),
        Err(Error::Refusal(refusal)) if proof::is_about_the_proof(&refusal) => {
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
