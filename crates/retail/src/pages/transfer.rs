//! A transfer in three steps: to whom, how much, yes.
//!
//! Between the first two steps nothing is kept on our side and no number stands in an address: the second page is the
//! answer to the first form. What awaits confirmation is a draft of the payments room, so that the third step can be
//! reloaded and its button pressed twice.

pub(crate) mod elsewhere;
pub(crate) mod payees;
pub(crate) mod planned;
mod refusal;
mod review;
mod typed;

pub(crate) use review::{ask, confirm, review};

use super::caller::Caller;
use super::statement::find;
use super::{DemoPerson, PageState, view};
use ::accounts::AccountSummary;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use money::{Amount, Currency};
use payments::{MEMO_MAX, Payee, SavedPayee, TransferForm, TransferOptions};
use refusal::{Kept, refused};
use typed::{Choice, Typed, when_choices};
use web::ui::{AmountField, CoinMark, Field, Figure, FormErrors, HtmlFragment, Row, Steps};
use web::{Bar, Html, Page};

/// Payees who are one tap away.
const RECENT: usize = 5;

/// Somebody whom the person has paid, as a button.
struct PayeeChoice {
    text: String,
    coin: CoinMark,
    name: HtmlFragment,
    shown: String,
}

#[derive(Template)]
#[template(path = "retail/transfer-payee.html")]
struct PayeePage<'a> {
    page: &'a Page,
    steps: Steps,
    errors: FormErrors,
    payee: Field,
    /// The number that may be invited, masked, and what takes along what was typed.
    invite: Option<(String, HtmlFragment)>,
    carried: HtmlFragment,
    recent: Vec<PayeeChoice>,
    has_more: bool,
    people: Vec<&'a DemoPerson>,
}

struct PayerChoice {
    id: String,
    name: String,
    tail: String,
    available: Figure,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "retail/transfer-amount.html")]
struct AmountPage<'a> {
    page: &'a Page,
    steps: Steps,
    errors: FormErrors,
    payee: Row,
    payee_text: &'a str,
    is_invitation: bool,
    amount: AmountField,
    memo: Field,
    payers: Vec<PayerChoice>,
    whens: Vec<Choice>,
    /// What is chosen, for the closed disclosure.
    when: String,
    is_when_open: bool,
    days: [Field; 2],
}

fn task(page: Page, back: &str) -> Page {
    bar(page, back, true)
}

/// The task's bar; a refusal brings a headline of its own.
fn bar(page: Page, back: &str, is_heading: bool) -> Page {
    let bar = Bar { title: page.t("retail-transfer"), back: back.to_owned(), is_heading };
    page.task("pay", bar)
}

fn steps(page: &Page, now: usize) -> Steps {
    let words = ["retail-step-payee", "retail-step-amount", "retail-step-confirm"].map(|key| page.t(key));
    Steps::new(page.t("retail-steps"), words.into(), now)
}

/// Who has no account yet is told so before anything is asked.
#[derive(Template)]
#[template(path = "retail/transfer-none.html")]
struct NoAccountPage {
    page: Page,
}

fn no_account(page: Page) -> Response {
    Html(NoAccountPage { page: task(page, "/home") }).into_response()
}

pub(crate) async fn payee_form(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    if pages.accounts.list(&caller.acting()).await?.is_empty() {
        return Ok(no_account(page));
    }
    payee_page(&pages, page, &caller, &Typed::default(), FormErrors::none(), None).await
}

fn payee_choice(page: &Page, saved: &SavedPayee) -> PayeeChoice {
    let payee = &saved.payee;
    PayeeChoice {
        text: saved.text.clone(),
        coin: CoinMark::person(&payee.initial),
        name: page.words(&payee.name),
        shown: payee.shown.clone(),
    }
}

async fn payee_page(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    typed: &Typed,
    errors: FormErrors,
    invite: Option<String>,
) -> web::Result<Response> {
    let page = task(page, "/home");
    let own = caller.0.mobile.e164();
    let saved = pages.payments.saved_payees(&caller.acting()).await?;
    let recent = saved.iter().take(RECENT);
    let recent = recent.map(|saved| payee_choice(&page, saved)).collect();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let invited = Typed { invite: "1".to_owned(), ..typed.clone() };
    let shown = PayeePage {
        steps: steps(&page, 0),
        payee: Field::new("payee", page.t("retail-payee"))
            .value(typed.typed_payee())
            .hint(page.t("retail-payee-hint"))
            .keyboard("tel")
            .max_length(40)
            .errors(&errors),
        invite: invite.map(|masked| (masked, invited.hidden(&["payee", "payer", "amount", "memo", "invite"]))),
        carried: typed.hidden(&["payer", "amount", "memo", "when", "first", "last"]),
        recent,
        has_more: saved.len() > RECENT,
        people: pages.demo.iter().filter(|person| !own.ends_with(&person.mobile)).collect(),
        errors,
        page: &page,
    };
    Ok((status, Html(shown)).into_response())
}

pub(crate) async fn choose_payee(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    amount_step(&pages, page, &caller, &typed, FormErrors::none()).await
}

/// The payee as the payer may see them, and whether they are to be invited.
async fn payee_of(
    pages: &PageState,
    caller: &Caller,
    typed: &Typed,
    payer: &AccountSummary,
) -> Result<(Payee, bool), Error> {
    let (who, payer) = (caller.acting(), Some(payer.account.id));
    match typed.is_invitation() {
        true => pages.payments.payee_or_invitee(&who, payer, &typed.payee).await,
        false => Ok((pages.payments.payee(&who, payer, &typed.payee).await?, false)),
    }
}

/// The second step; back to the first one when the payee is not to be found.
async fn amount_step(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    typed: &Typed,
    errors: FormErrors,
) -> web::Result<Response> {
    let accounts = pages.accounts.list(&caller.acting()).await?;
    let Some(payer) = find(&accounts, &typed.payer).or(accounts.first()) else {
        return Err(Refusal::new("accounts.not_found", 404).into());
    };
    match payee_of(pages, caller, typed, payer).await {
        Ok((payee, is_new)) => {
            let reach = furthest(pages, caller, payer).await?;
            Ok(amount_page(page, typed, (&accounts, payer, reach), (&payee, is_new), errors))
        }
        Err(Error::Refusal(refusal)) if field_of(&refusal) == Some("payee") => {
            // A number that nobody has here may be invited; anything else may be mistyped.
            let number = passport::Mobile::parse(&typed.payee).ok().map(|mobile| mobile.masked());
            let invite = number.filter(|_| refusal.code == "payments.payee_not_found");
            let errors = FormErrors::one("payee", view::sentences(&page, &refusal));
            payee_page(pages, page, caller, typed, errors, invite).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The most that the caller can confirm now in one payment from an account, by whatever they hold.
async fn furthest(pages: &PageState, caller: &Caller, payer: &AccountSummary) -> web::Result<i64> {
    let ways = pages.payments.confirm_ways(&caller.acting(), payer.account.id).await?;
    Ok(ways.iter().map(|way| way.cap.left_minor().unwrap_or(i64::MAX)).max().unwrap_or(0))
}

fn amount_page(
    page: Page,
    typed: &Typed,
    (accounts, payer, reach_minor): (&[AccountSummary], &AccountSummary, i64),
    (payee, is_invitation): (&Payee, bool),
    errors: FormErrors,
) -> Response {
    let page = task(page, "/transfer");
    let sentence =
        |amount| if page.hides_amounts() { "••••".to_owned() } else { page.formats().in_sentence(amount) };
    let available = sentence(payer.available);
    let reach = sentence(Amount::new(reach_minor, payer.balance.currency));
    let payers = accounts.iter().map(|account| PayerChoice {
        id: account.account.id.to_string(),
        name: view::account_name(&page, account),
        tail: view::tail(&page, &account.number.tail()),
        available: Figure::new(&page, account.available),
        is_chosen: account.account.id == payer.account.id,
    });
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let whens = when_choices(&page, &typed.when);
    let when = whens.iter().find(|choice| choice.is_chosen).map(|choice| choice.label.clone()).unwrap_or_default();
    let day =
        |name, key: &str, value: &str| Field::new(name, page.t(key)).date().value(value).optional().errors(&errors);
    let shown = AmountPage {
        steps: steps(&page, 1),
        payee: review::payee_row(&page, payee, is_invitation),
        payee_text: &typed.payee,
        is_invitation,
        amount: AmountField::new(&page, "amount", page.t("retail-amount"), payer.balance.currency)
            .value(&typed.amount)
            .hint(page.tx("retail-amount-hint", &[("amount", (&available).into()), ("reach", (&reach).into())]))
            .errors(&errors),
        memo: Field::new("memo", page.t("retail-memo-label"))
            .value(&typed.memo)
            .hint(page.t("retail-memo-hint"))
            .max_length(u16::try_from(MEMO_MAX * 2).unwrap_or(u16::MAX))
            .optional()
            .errors(&errors),
        payers: payers.collect(),
        is_when_open: !typed.is_now() || ["when", "first", "last"].iter().any(|field| errors.get(field).is_some()),
        days: [day("first", "retail-when-first", &typed.first), day("last", "retail-when-last", &typed.last)],
        whens,
        when,
        errors,
        page: &page,
    };
    (status, Html(shown)).into_response()
}

/// What stays through a refusal.
fn kept(amount: Amount, payee: &Payee, typed: &Typed) -> Kept {
    let carried = typed.hidden(typed::ALL_BUT_AMOUNT);
    let (name, shown) = (payee.name.clone(), payee.shown.clone());
    Kept { amount, name, shown, carried, change: "/transfer/payee", again: "/transfer/amount" }
}

/// The field of the form that a refusal is about, if the person can mend it there.
fn field_of(refusal: &Refusal) -> Option<&'static str> {
    match refusal.code {
        "payments.payee_invalid"
        | "payments.payee_not_found"
        | "payments.payee_is_payer"
        | "payments.look_ups_too_many"
        | "payments.invitation_not_possible"
        | "payments.invitations_too_many" => Some("payee"),
        "payments.request_not_found" | "payments.request_over" => Some("payee"),
        "payments.amount_invalid" | "payments.amount_zero" | "payments.request_amount_differs" => Some("amount"),
        "payments.memo_invalid" => Some("memo"),
        "payments.when_invalid" => match refusal.fields.get("field") {
            Some(kit::FieldValue::Text(field)) if field == "last" => Some("last"),
            _ => Some("first"),
        },
        _ => None,
    }
}

pub(crate) async fn choose_amount(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let accounts = pages.accounts.list(&caller.acting()).await?;
    let payer = find(&accounts, &typed.payer).ok_or_else(|| Refusal::new("accounts.not_found", 404))?;
    let form = TransferForm {
        payer: payer.account.id,
        payee: typed.payee.clone(),
        amount: typed.amount.clone(),
        memo: typed.memo.clone(),
    };
    let prepared = match typed.when() {
        Ok(when) => {
            let options = TransferOptions { when, invite: typed.is_invitation() };
            pages.payments.prepare_as(&caller.acting(), form, options).await
        }
        Err(refusal) => Err(refusal.into()),
    };
    let refusal = match prepared {
        Ok(draft) => return Ok(Redirect::to(&format!("/transfer/{}", draft.id)).into_response()),
        Err(Error::Refusal(refusal)) => refusal,
        Err(error) => return Err(error.into()),
    };
    if let Some(field) = field_of(&refusal) {
        let errors = FormErrors::one(field, view::sentences(&page, &refusal));
        return amount_step(&pages, page, &caller, &typed, errors).await;
    }
    let (payee, _) = payee_of(&pages, &caller, &typed, payer).await?;
    let amount = Amount::parse(typed.amount.trim(), payer.balance.currency).unwrap_or(Amount::zero(Currency::CNY));
    Ok(refused(bar(page, "/transfer", false), &refusal, kept(amount, &payee, &typed)))
}
