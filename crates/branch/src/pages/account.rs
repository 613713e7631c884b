//! One account, and what is done about it.

use super::PageState;
use super::clerk::Clerk;
use super::customer::is_about_form;
use super::form::{self, ActForm, Ask, Typed};
use super::view::{self, Line, Tag};
use crate::model::act as acts;
use crate::{AccountView, CashForm, CashWay, Done};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::Error;
use ledger::AccountId;
use serde::Deserialize;
use staff::{Act, StaffSession};
use web::ui::{Banner, CoinMark, Figure, FigureSize, FormErrors, HtmlFragment, Row, Tone};
use web::{Failure, Html, Icon, Page, When};

struct EventRow {
    when: When,
    what: String,
    by: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "branch/account.html")]
struct AccountPage {
    page: Page,
    name: String,
    number: String,
    class: String,
    owner: Option<(String, String)>,
    tags: Vec<Tag>,
    balance: Figure,
    available: Figure,
    opened: When,
    id: String,
    notice: Option<Banner>,
    events: Vec<EventRow>,
    ways: Vec<Row>,
    /// Whether a form offers to show the number whole.
    reveals: bool,
    until: Option<String>,
    sees_movements: bool,
    movements: Option<Vec<Line>>,
    errors: FormErrors,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Came {
    done: Option<String>,
}

/// What is done about an account.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AccountAct {
    CashIn,
    CashOut,
    Freeze,
    Unfreeze,
    ReportLoss,
    LiftLoss,
    Wake,
    Close,
}

/// The last words of paths, with the act that each needs.
pub(crate) fn words() -> Vec<(&'static str, Act)> {
    AccountAct::ALL.into_iter().map(|act| (act.word(), act.act())).collect()
}

impl AccountAct {
    const ALL: [Self; 8] = [
        Self::CashIn,
        Self::CashOut,
        Self::Freeze,
        Self::Unfreeze,
        Self::ReportLoss,
        Self::LiftLoss,
        Self::Wake,
        Self::Close,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::CashIn => "cash-in",
            Self::CashOut => "cash-out",
            Self::Freeze => "freeze",
            Self::Unfreeze => "unfreeze",
            Self::ReportLoss => "report-loss",
            Self::LiftLoss => "lift-loss",
            Self::Wake => "wake",
            Self::Close => "close",
        }
    }

    fn from_word(word: &str) -> Result<Self, Failure> {
        Self::ALL.into_iter().find(|act| act.word() == word).ok_or_else(Failure::not_found)
    }

    fn key(self) -> &'static str {
        match self {
            Self::CashIn => "branch-act-cash-in",
            Self::CashOut => "branch-act-cash-out",
            Self::Freeze => "branch-act-freeze",
            Self::Unfreeze => "branch-act-unfreeze",
            Self::ReportLoss => "branch-act-report-loss",
            Self::LiftLoss => "branch-act-lift-loss",
            Self::Wake => "branch-act-wake",
            Self::Close => "branch-act-close",
        }
    }

    fn act(self) -> Act {
        match self {
            Self::CashIn => acts::CASH_IN,
            Self::CashOut => acts::CASH_OUT,
            Self::Freeze => acts::FREEZE,
            Self::Unfreeze => acts::UNFREEZE,
            Self::ReportLoss => acts::REPORT_LOSS,
            Self::LiftLoss => acts::LIFT_LOSS,
            Self::Wake => acts::WAKE,
            Self::Close => acts::CLOSE,
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::CashIn => Icon::Receive,
            Self::CashOut => Icon::Send,
            Self::Freeze => Icon::Lock,
            Self::Unfreeze => Icon::Unlock,
            Self::ReportLoss => Icon::Attention,
            Self::LiftLoss => Icon::Check,
            Self::Wake => Icon::Bell,
            Self::Close => Icon::Close,
        }
    }

    fn asks(self) -> &'static [Ask] {
        match self {
            Self::CashIn => &[Ask::Amount, Ask::Memo, Ask::ReasonAboveLimit],
            Self::CashOut => &[Ask::Amount, Ask::Memo, Ask::Seen, Ask::ReasonAboveLimit],
            Self::Freeze => &[Ask::Scope, Ask::Reason],
            Self::Unfreeze => &[Ask::Reason],
            Self::ReportLoss | Self::LiftLoss | Self::Wake | Self::Close => &[Ask::Seen, Ask::Reason],
        }
    }

    /// Whether it can be done about this account now.
    fn fits(self, view: &AccountView) -> bool {
        let (account, is) = (&view.summary, view.summary.restrictions);
        let takes_cash = account.account.product == accounts::Product::ClassOne;
        !account.closed
            && match self {
                Self::CashIn => takes_cash && !is.stops_credits(),
                Self::CashOut => takes_cash && !is.stops_debits(),
                Self::Freeze => !is.staff_credits,
                Self::Unfreeze => is.staff_debits || is.staff_credits,
                Self::ReportLoss => !is.lost,
                Self::LiftLoss => is.lost,
                Self::Wake => is.dormant,
                Self::Close => account.balance.is_zero(),
            }
    }
}

fn drawn(page: Page, session: &StaffSession, view_of: &AccountView) -> AccountPage {
    let page = page.member("staff-customers");
    let account = &view_of.summary;
    let id = account.account.id;
    let event = |event: &accounts::AccountEvent| EventRow {
        when: page.formats().full(event.time),
        what: page.t(&format!("{}.{}", "branch-event", event.kind.code())),
        by: event.by.clone().unwrap_or_else(|| page.t("branch-by-owner")),
        reason: event.reason.clone(),
    };
    let way = |act: AccountAct| {
        Row::new(CoinMark::thing(act.icon()), HtmlFragment::text(&page.t(act.key())))
            .link(format!("/staff/accounts/{id}/{}", act.word()))
    };
    let can = |act: &AccountAct| session.may(&act.act()) && act.fits(view_of);
    let owner = view_of.owner.as_ref();
    AccountPage {
        name: view::account_name(&page, account),
        number: match view_of.whole_until {
            Some(_) => account.number.grouped(),
            None => account.number.masked(),
        },
        reveals: session.may(&acts::REVEAL) && view_of.whole_until.is_none(),
        until: view_of.whole_until.map(|until| view::until(&page, until)),
        class: view::class_word(&page, account.account.product),
        owner: owner.map(|person| {
            let name = match view_of.whole_until {
                Some(_) if !person.name.is_empty() => person.name.full().to_owned(),
                _ => view::name(&page, person),
            };
            (name, format!("/staff/customers/{}", person.id))
        }),
        tags: view::account_tags(&page, account),
        balance: Figure::new(&page, account.balance).sized(FigureSize::L).always(),
        available: Figure::new(&page, account.available).always(),
        opened: page.formats().date(account.opened),
        id: id.to_string(),
        notice: None,
        events: view_of.events.iter().map(event).collect(),
        ways: AccountAct::ALL.into_iter().filter(can).map(way).collect(),
        sees_movements: session.may(&acts::MOVEMENTS),
        movements: None,
        errors: FormErrors::none(),
        page,
    }
}

pub(crate) async fn account(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<u64>,
    Query(came): Query<Came>,
) -> web::Result<Response> {
    let account = pages.desk.account(&clerk.0, AccountId(id)).await?;
    let mut shown = drawn(page, &clerk.0, &account);
    let words = came.done.as_deref();
    let done = AccountAct::ALL.into_iter().find(|act| words == Some(act.word())).map(AccountAct::key);
    let done = done.or((words == Some("class-one")).then_some("branch-act-class-one"));
    shown.notice = done.map(|key| {
        let text = shown.page.t(&format!("{key}.done"));
        Banner::new(Tone::Done, Icon::Check, text, String::new())
    });
    Ok(Html(shown).into_response())
}

pub(crate) async fn reveal(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<u64>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    match pages.desk.reveal_account(&clerk.0, AccountId(id), &typed.reason).await {
        Ok(()) => Ok(Redirect::to(&format!("/staff/accounts/{id}")).into_response()),
        Err(Error::Refusal(refusal)) if refusal.code == "branch.reason_invalid" => {
            let account = pages.desk.account(&clerk.0, AccountId(id)).await?;
            let mut shown = drawn(page, &clerk.0, &account);
            shown.errors = FormErrors::one("whole", view::sentences(&shown.page, &refusal));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(shown)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn movements(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<u64>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let result = pages.desk.movements(&clerk.0, AccountId(id), &typed.reason).await;
    let account = pages.desk.account(&clerk.0, AccountId(id)).await?;
    let mut shown = drawn(page, &clerk.0, &account);
    match result {
        Ok(movements) => {
            shown.movements = Some(view::lines(&shown.page, &movements));
            Ok(Html(shown).into_response())
        }
        Err(Error::Refusal(refusal)) if refusal.code == "branch.reason_invalid" => {
            shown.errors = FormErrors::one("reason", view::sentences(&shown.page, &refusal));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(shown)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn form_of(pages: &PageState, page: &Page, act: AccountAct, id: AccountId) -> web::Result<ActForm> {
    let view_of = pages.desk.account_view(id).await?;
    let account = &view_of.summary;
    let mut facts = Vec::new();
    if let Some(person) = &view_of.owner {
        facts.push((page.t("branch-customer"), page.words(&view::name(page, person))));
    }
    facts.push((page.t("branch-col-account"), HtmlFragment::unbroken(&account.number.masked())));
    facts.push(view::fact(page.t("branch-col-class"), &view::class_word(page, account.account.product)));
    facts.push(view::fact(page.t("branch-col-available"), &view::money(page, account.available)));
    Ok(ActForm {
        key: act.key(),
        action: format!("/staff/accounts/{id}/{}", act.word()),
        back: (format!("/staff/accounts/{id}"), view::account_name(page, account)),
        facts,
        asks: act.asks(),
        moves_money: matches!(act, AccountAct::CashIn | AccountAct::CashOut),
        is_grave: matches!(act, AccountAct::Freeze | AccountAct::Close),
    })
}

pub(crate) async fn act_form(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((id, act)): Path<(u64, String)>,
) -> web::Result<Response> {
    let (id, act) = (AccountId(id), AccountAct::from_word(&act)?);
    pages.desk.staff().looked(&clerk.0, &act.act(), &crate::service::account::of_account(id), "form").await?;
    let page = page.member("staff-customers");
    let form = form_of(&pages, &page, act, id).await?;
    Ok(form::draw(&page, &pages.desk, &form, &Typed::default()))
}

pub(crate) async fn act(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((id, act)): Path<(u64, String)>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let (id, act) = (AccountId(id), AccountAct::from_word(&act)?);
    let (desk, session) = (&pages.desk, &clerk.0);
    let (seen, reason, key) = (typed.is_seen(), &typed.reason, &typed.key);
    let cash = |way| CashForm {
        way,
        account: id,
        amount: typed.amount.clone(),
        memo: typed.memo.clone(),
        reason: reason.clone(),
        seen,
        key: key.clone(),
    };
    let result = match act {
        AccountAct::CashIn => desk.cash(session, &cash(CashWay::In)).await,
        AccountAct::CashOut => desk.cash(session, &cash(CashWay::Out)).await,
        AccountAct::Freeze => desk.freeze(session, id, view::scope(&typed.scope), reason).await,
        AccountAct::Unfreeze => desk.unfreeze(session, id, reason, key).await,
        AccountAct::ReportLoss => desk.report_loss(session, id, seen, reason).await,
        AccountAct::LiftLoss => desk.lift_loss(session, id, seen, reason).await,
        AccountAct::Wake => desk.wake(session, id, seen, reason).await,
        AccountAct::Close => desk.close(session, id, seen, reason).await,
    };
    match result {
        Ok(done) => Ok(Redirect::to(&next(done, &format!("/staff/accounts/{id}?done={}", act.word()))).into_response()),
        Err(Error::Refusal(refusal)) if is_about_form(&refusal) => {
            let page = page.member("staff-customers");
            let form = form_of(&pages, &page, act, id).await?;
            Ok(form::refused(&page, desk, &form, &typed, &refusal))
        }
        Err(error) => Err(error.into()),
    }
}

/// Where it goes on after something was done.
pub(crate) fn next(done: Done, here: &str) -> String {
    match done {
        Done::Applied => here.to_owned(),
        Done::Booked(order) => format!("/staff/orders/{order}?slip=1"),
        Done::Proposed(proposal) => format!("/staff/proposals/{proposal}"),
    }
}
