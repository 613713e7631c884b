//! Proving oneself before security settings are changed: the same flow as for a payment, good for ten minutes.

use super::below;
use crate::pages::caller::Caller;
use crate::pages::proof::{self, Answer, Asking, Chosen, ProofView};
use crate::pages::{PageState, view};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, FieldValue, Refusal};
use passport::{Channel, Subject, Tier};
use payments::{Cap, ConfirmWay};
use serde::Deserialize;
use web::{Html, Page};

#[derive(Template)]
#[template(path = "retail/guard/verify.html")]
struct VerifyPage {
    page: Page,
    why: String,
    proof: ProofView,
}

/// Where it leads, and how strong it must be.
#[derive(Deserialize, Default)]
pub(crate) struct Leading {
    #[serde(default)]
    next: String,
    #[serde(default)]
    least: String,
}

impl Leading {
    /// A page of the person's own; anything else leads to the page for safety.
    fn next(&self) -> &str {
        let is_own = ["/me", "/cards", "/accounts", "/debit"].iter().any(|begin| self.next.starts_with(begin));
        web::local_path(&self.next).filter(|_| is_own).unwrap_or("/me/security")
    }

    fn least(&self) -> Tier {
        match self.least.as_str() {
            "two" => Tier::Two,
            "three" => Tier::Three,
            _ => Tier::One,
        }
    }

    fn address(&self, path: &str) -> String {
        view::address(path, [("next", self.next()), ("least", self.least().code())])
    }
}

/// Where somebody proves themselves first who may not do this yet; none if that is not what was refused.
pub(crate) fn proof_first(error: &Error, next: &str) -> Option<Response> {
    let Error::Refusal(refusal) = error else { return None };
    let least = refusal.fields.get("least_tier").filter(|_| refusal.code == "passport.step_up_needed")?;
    let FieldValue::Text(least) = least else { return None };
    let leading = Leading { next: next.to_owned(), least: least.clone() };
    Some(Redirect::to(&leading.address("/me/verify")).into_response())
}

async fn shown(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    leading: &Leading,
    refusal: Option<&Refusal>,
) -> web::Result<Response> {
    let page = below(page, "retail-prove");
    let who = caller.acting();
    let least = leading.least();
    let held = pages.passport.holdings(&who).await?;
    let strong = held.into_iter().filter(|holding| holding.factor.tier() >= least);
    let ways: Vec<ConfirmWay> = strong.map(|holding| ConfirmWay { holding, cap: Cap::default() }).collect();
    let asked = pages.passport.asked(&who, Channel::from(who.kind), &Subject::Security).await?;
    let asked = asked.filter(|asked| asked.factor.tier() >= least);
    let asking = Asking {
        ask: leading.address("/me/verify/challenge"),
        confirm: leading.address("/me/verify"),
        button: page.t("retail-prove-do"),
        note: page.t("retail-prove-note"),
        ways: &ways,
        amount_minor: None,
        asked,
        refusal,
        device: None,
    };
    let (status, proof) = proof::drawn(pages, &page, caller, asking);
    let why = match (least, ways.is_empty()) {
        (Tier::One, _) => page.t("retail-prove-why"),
        (_, false) => page.t("retail-prove-why-strong"),
        (_, true) => page.t("retail-prove-why-counter"),
    };
    Ok((status, Html(VerifyPage { why, proof, page })).into_response())
}

pub(crate) async fn verify(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Query(leading): Query<Leading>,
) -> web::Result<Response> {
    shown(&pages, page, &caller, &leading, None).await
}

/// Asks by the way that was chosen.
pub(crate) async fn ask(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Query(leading): Query<Leading>,
    Form(chosen): Form<Chosen>,
) -> web::Result<Response> {
    let (who, visitor) = (caller.acting(), view::visitor(&page));
    let (factor, holding) = chosen.read()?;
    let channel = Channel::from(who.kind);
    match pages.passport.ask_proof(&visitor, &who, channel, &Subject::Security, factor, holding).await {
        Ok(_) => Ok(Redirect::to(&leading.address("/me/verify")).into_response()),
        Err(error) => {
            let refusal = proof::about_the_proof(error)?;
            shown(&pages, page, &caller, &leading, Some(&refusal)).await
        }
    }
}

/// Judges the answer; what was right leads on.
pub(crate) async fn prove(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Query(leading): Query<Leading>,
    Form(answer): Form<Answer>,
) -> web::Result<Response> {
    let nothing = || Refusal::new("passport.proof_none", 422).with("field", "answer");
    let judged = match answer.read()? {
        Some(proof) => pages.passport.open_window(&caller.0, &proof).await,
        None => Err(nothing().into()),
    };
    match judged {
        Ok(_) => Ok(Redirect::to(leading.next()).into_response()),
        Err(error) => {
            let refusal = proof::about_the_proof(error)?;
            shown(&pages, page, &caller, &leading, Some(&refusal)).await
        }
    }
}
