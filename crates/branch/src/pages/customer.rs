//! Customers: found, looked at, and what is done for them in person.

use super::PageState;
use super::account::next;
use super::clerk::Clerk;
use super::form::{self, ActForm, Ask, Typed};
use super::overview::{self, Safety};
use super::view::{self, Tag};
use crate::model::act as acts;
use crate::service::approval::is_waiting;
use crate::{CustomerView, IdentityCheck, Revealed};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use passport::{Claim, PersonId};
use serde::Deserialize;
use staff::{Act, StaffSession};
use web::ui::{Banner, CoinMark, Figure, FormErrors, HtmlFragment, Row, Tone};
use web::{Failure, Html, Icon, Page};

#[derive(Template)]
#[template(path = "branch/customers.html")]
struct SearchPage<'a> {
    page: &'a Page,
    errors: FormErrors,
    /// None before anything was looked for.
    found: Option<Vec<Row>>,
}

struct AccountRow {
    href: String,
    name: String,
    class: String,
    tags: Vec<Tag>,
    balance: Figure,
    available: Figure,
}

#[derive(Template)]
#[template(path = "branch/customer.html")]
struct CustomerPage {
    page: Page,
    coin: CoinMark,
    name: String,
    mobile: String,
    number: Option<String>,
    tag: Tag,
    customer: i64,
    id: i64,
    notice: Option<Banner>,
    accounts: Vec<AccountRow>,
    has_class_one: bool,
    ways: Vec<Row>,
    reveals: bool,
    errors: FormErrors,
    /// Not while a form is answered.
    safety: Option<Safety>,
    /// The facts as they are, and until when they are shown.
    revealed: Option<(Vec<(String, HtmlFragment)>, String)>,
}

fn whole_facts(page: &Page, whole: &Revealed) -> (Vec<(String, HtmlFragment)>, String) {
    let mut facts = vec![
        (page.t("branch-name"), page.words(&whole.name)),
        (page.t("branch-mobile"), HtmlFragment::text(&whole.mobile)),
    ];
    if let Some(number) = &whole.citizen_number {
        facts.push((page.t("branch-citizen-number"), HtmlFragment::text(number)));
    }
    (facts, view::until(page, whole.until))
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    text: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Came {
    done: Option<String>,
}

/// What is done for a customer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PersonAct {
    Identity,
    ClassOne,
    Password,
    Mobile,
    Permit,
    EndSessions,
}

/// The last words of paths, with the act that each needs.
pub(crate) fn words() -> Vec<(&'static str, Act)> {
    PersonAct::ALL.into_iter().map(|act| (act.word(), act.act())).collect()
}

impl PersonAct {
    const ALL: [Self; 6] =
        [Self::Identity, Self::ClassOne, Self::Password, Self::Mobile, Self::Permit, Self::EndSessions];

    fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::ClassOne => "class-one",
            Self::Password => "password",
            Self::Mobile => "mobile",
            Self::Permit => "permit",
            Self::EndSessions => "end-sessions",
        }
    }

    fn from_word(word: &str) -> Result<Self, Failure> {
        Self::ALL.into_iter().find(|act| act.word() == word).ok_or_else(Failure::not_found)
    }

    fn key(self) -> &'static str {
        match self {
            Self::Identity => "branch-act-identity",
            Self::ClassOne => "branch-act-class-one",
            Self::Password => "branch-act-password",
            Self::Mobile => "branch-act-mobile",
            Self::Permit => "branch-act-permit",
            Self::EndSessions => "branch-act-end-sessions",
        }
    }

    fn act(self) -> Act {
        match self {
            Self::Identity => acts::IDENTITY,
            Self::ClassOne => acts::CLASS_ONE,
            Self::Password => acts::PASSWORD,
            Self::Mobile => acts::MOBILE,
            Self::Permit => acts::PERMIT,
            Self::EndSessions => acts::END_SESSIONS,
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Identity => Icon::Shield,
            Self::ClassOne => Icon::Plus,
            Self::Password => Icon::Key,
            Self::Mobile => Icon::Sms,
            Self::Permit => Icon::Shield,
            Self::EndSessions => Icon::Out,
        }
    }

    fn asks(self) -> &'static [Ask] {
        match self {
            Self::Identity | Self::ClassOne => &[Ask::Name, Ask::CitizenNumber, Ask::Seen],
            Self::Mobile => &[Ask::CitizenNumber, Ask::Seen, Ask::Checked, Ask::Mobile, Ask::Reason],
            Self::Password | Self::Permit => &[Ask::CitizenNumber, Ask::Seen, Ask::Checked, Ask::Reason],
            Self::EndSessions => &[Ask::Reason],
        }
    }

    /// Whether it can be done for this customer now.
    fn fits(self, view: &CustomerView) -> bool {
        match self {
            Self::Identity => view.identity.is_none(),
            Self::ClassOne => !has_class_one(view),
            Self::Password | Self::Mobile | Self::Permit => view.identity.is_some(),
            Self::EndSessions => true,
        }
    }
}

fn has_class_one(view: &CustomerView) -> bool {
    view.accounts.iter().any(|account| account.account.product == accounts::Product::ClassOne && !account.closed)
}

pub(crate) async fn search(State(pages): State<PageState>, page: Page, clerk: Clerk) -> web::Result<Response> {
    pages.desk.staff().allow(&clerk.0, &acts::FIND, "").await?;
    let page = page.member("staff-customers");
    Ok(Html(SearchPage { page: &page, errors: FormErrors::none(), found: None }).into_response())
}

pub(crate) async fn find(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Form(wanted): Form<Wanted>,
) -> web::Result<Response> {
    let page = page.member("staff-customers");
    match pages.desk.find(&clerk.0, &wanted.text).await {
        Ok(found) => {
            // One hit is the customer.
            if let [only] = found.as_slice() {
                return Ok(Redirect::to(&address(only.id)).into_response());
            }
            let row = |person: &passport::Person| {
                Row::new(CoinMark::person(&view::initial(&page, person)), page.words(&view::name(&page, person)))
                    .caption([HtmlFragment::unbroken(&person.mobile.masked())])
                    .link(address(person.id))
            };
            let found = Some(found.iter().map(row).collect());
            Ok(Html(SearchPage { page: &page, errors: FormErrors::none(), found }).into_response())
        }
        Err(Error::Refusal(refusal)) if refusal.code == "branch.search_empty" => {
            let errors = FormErrors::one("text", view::sentences(&page, &refusal));
            let shown = SearchPage { page: &page, errors, found: None };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(shown)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn address(id: PersonId) -> String {
    format!("/staff/customers/{id}")
}

fn drawn(page: Page, session: &StaffSession, customer: &CustomerView) -> CustomerPage {
    let person = &customer.person;
    let page = page.member("staff-customers");
    let account = |account: &accounts::AccountSummary| AccountRow {
        href: format!("/staff/accounts/{}", account.account.id),
        name: view::account_name(&page, account),
        class: view::class_word(&page, account.account.product),
        tags: view::account_tags(&page, account),
        balance: Figure::new(&page, account.balance).always(),
        available: Figure::new(&page, account.available).always(),
    };
    let way = |act: PersonAct| {
        Row::new(CoinMark::thing(act.icon()), HtmlFragment::text(&page.t(act.key()))).link(format!(
            "{}/{}",
            address(person.id),
            act.word()
        ))
    };
    let can = |act: &PersonAct| session.may(&act.act()) && act.fits(customer);
    let tag = match (&customer.identity, person.verified) {
        (Some(_), _) => Tag::new("tag-done", page.t("branch-proven")),
        (None, Some(_)) => Tag::new("tag-pending", page.t("branch-proven-before")),
        (None, None) => Tag::new("tag-warn", page.t("branch-not-proven")),
    };
    CustomerPage {
        coin: CoinMark::person(&view::initial(&page, person)).big(),
        name: customer.revealed.as_ref().map_or_else(|| view::name(&page, person), |whole| whole.name.clone()),
        mobile: person.mobile.masked(),
        number: customer.identity.as_ref().map(|identity| identity.number_masked.clone()),
        tag,
        customer: person.customer.0,
        id: person.id.0,
        notice: None,
        accounts: customer.accounts.iter().map(account).collect(),
        has_class_one: has_class_one(customer),
        safety: None,
        ways: PersonAct::ALL.into_iter().filter(can).map(way).chain(more_ways(&page, session, person.id)).collect(),
        reveals: session.may(&acts::REVEAL),
        errors: FormErrors::none(),
        revealed: customer.revealed.as_ref().map(|whole| whole_facts(&page, whole)),
        page,
    }
}

/// What is done on pages of their own.
fn more_ways(page: &Page, session: &StaffSession, id: PersonId) -> Vec<Row> {
    let ways =
        [(acts::TOKEN, Icon::Token, "branch-token-give", "token"), (acts::STOP, Icon::Stop, "branch-stop", "stop")];
    let mine = ways.into_iter().filter(|(act, ..)| session.may(act));
    let row = |icon, key: &str, word: &str| {
        let title = HtmlFragment::text(&page.t(key));
        Row::new(CoinMark::thing(icon), title).link(format!("{}/{word}", address(id)))
    };
    mine.map(|(_, icon, key, word)| row(icon, key, word)).collect()
}

pub(crate) async fn customer(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<i64>,
    Query(came): Query<Came>,
) -> web::Result<Response> {
    let customer = pages.desk.customer(&clerk.0, PersonId(id)).await?;
    let mut shown = drawn(page, &clerk.0, &customer);
    shown.safety = Some(safety(&pages, &shown.page, &clerk.0, &customer).await?);
    let done = PersonAct::ALL.into_iter().find(|act| came.done.as_deref() == Some(act.word()));
    let text = match done {
        Some(act) => Some(shown.page.t(&format!("{}.done", act.key()))),
        None if came.done.as_deref() == Some("token") => Some(shown.page.t("branch-token-given")),
        None => None,
    };
    shown.notice = text.map(|text| Banner::new(Tone::Done, Icon::Check, text, String::new()));
    Ok(Html(shown).into_response())
}

async fn safety(
    pages: &PageState,
    page: &Page,
    session: &StaffSession,
    customer: &CustomerView,
) -> web::Result<Safety> {
    let person = customer.person.id;
    let subject = crate::service::customer::of_person(person);
    let security = pages.desk.customer_security(customer).await?;
    let cases = pages.desk.staff().open_cases_about(&subject).await?;
    let mut about: Vec<String> =
        customer.accounts.iter().map(|account| crate::service::account::of_account(account.account.id)).collect();
    about.push(subject);
    let waiting = pages.desk.staff().proposals(session).await?.into_iter();
    let waiting: Vec<_> = waiting.filter(|one| is_waiting(one) && about.contains(&one.subject)).collect();
    Ok(overview::safety(page, session, customer, &security, &cases, &waiting))
}

pub(crate) async fn reveal(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<i64>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    match pages.desk.reveal(&clerk.0, PersonId(id), &typed.reason).await {
        Ok(_) => Ok(Redirect::to(&address(PersonId(id))).into_response()),
        Err(Error::Refusal(refusal)) if refusal.code == "branch.reason_invalid" => {
            let customer = pages.desk.customer(&clerk.0, PersonId(id)).await?;
            let mut shown = drawn(page, &clerk.0, &customer);
            shown.errors = FormErrors::one("reason", view::sentences(&shown.page, &refusal));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(shown)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn form_of(pages: &PageState, page: &Page, act: PersonAct, id: PersonId) -> web::Result<ActForm> {
    let customer = pages.desk.customer_view(id).await?;
    let name = view::name(page, &customer.person);
    let mut facts = vec![
        (page.t("branch-customer"), page.words(&name)),
        view::fact(page.t("branch-mobile"), &customer.person.mobile.masked()),
    ];
    if let Some(identity) = &customer.identity {
        facts.push(view::fact(page.t("branch-citizen-number"), &identity.number_masked));
    }
    Ok(ActForm {
        key: act.key(),
        action: format!("{}/{}", address(id), act.word()),
        back: (address(id), name),
        facts,
        asks: act.asks(),
        moves_money: false,
        is_grave: matches!(act, PersonAct::Password | PersonAct::EndSessions),
    })
}

pub(crate) async fn act_form(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((id, act)): Path<(i64, String)>,
) -> web::Result<Response> {
    let (id, act) = (PersonId(id), PersonAct::from_word(&act)?);
    pages.desk.staff().looked(&clerk.0, &act.act(), &crate::service::customer::of_person(id), "form").await?;
    let page = page.member("staff-customers");
    let form = form_of(&pages, &page, act, id).await?;
    Ok(form::draw(&page, &pages.desk, &form, &Typed::default()))
}

pub(crate) async fn act(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((id, act)): Path<(i64, String)>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let (id, act) = (PersonId(id), PersonAct::from_word(&act)?);
    let (desk, session, seen) = (&pages.desk, &clerk.0, typed.is_seen());
    let claim = Claim { name: typed.name.clone(), citizen_number: typed.citizen_number.clone() };
    let check = IdentityCheck {
        citizen_number: typed.citizen_number.clone(),
        seen,
        checked: typed.evidence.clone(),
        reason: typed.reason.clone(),
        key: typed.key.clone(),
    };
    let here = address(id);
    let result = match act {
        PersonAct::Identity => desk.check_identity(session, id, claim, seen).await.map(|_| address(id)),
        PersonAct::ClassOne => {
            let opened = desk.open_class_one(session, id, claim, seen).await;
            opened.map(|account| format!("/staff/accounts/{account}"))
        }
        PersonAct::Password => desk.reset_password(session, id, &check).await.map(|done| next(done, &here)),
        PersonAct::Mobile => {
            let proposed = desk.change_mobile(session, id, &check, &typed.mobile).await;
            proposed.map(|done| next(done, &here))
        }
        PersonAct::Permit => desk.permit_factor(session, id, &check).await.map(|done| next(done, &here)),
        PersonAct::EndSessions => desk.end_sessions(session, id, &typed.reason).await.map(|_| address(id)),
    };
    match result {
        Ok(next) => Ok(Redirect::to(&format!("{next}?done={}", act.word())).into_response()),
        Err(Error::Refusal(refusal)) if is_about_form(&refusal) => {
            let page = page.member("staff-customers");
            let form = form_of(&pages, &page, act, id).await?;
            Ok(form::refused(&page, desk, &form, &typed, &refusal))
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether the form is drawn again; what is not there, or not allowed, has a page of its own.
pub(crate) fn is_about_form(refusal: &Refusal) -> bool {
    !matches!(refusal.status, 401 | 403 | 404)
}
