//! The staff's door: coming in, going out, choosing a password, oneself.

use super::clerk::AnyClerk;
use super::{DemoMember, PageState, view};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use serde::Deserialize;
use staff::{StaffSession, StaffVisitor};
use std::sync::Arc;
use web::ui::{Banner, CoinMark, Field, FormErrors, Tone};
use web::{Area, Html, Icon, Page, Session, When, local_path};

#[derive(Template)]
#[template(path = "branch/sign-in.html")]
struct SignInPage<'a> {
    page: &'a Page,
    next: String,
    notice: Option<Banner>,
    errors: FormErrors,
    number: Field,
    password: Field,
    demo: Arc<[DemoMember]>,
}

#[derive(Template)]
#[template(path = "branch/password.html")]
struct PasswordPage {
    page: Page,
    is_first: bool,
    errors: FormErrors,
    old: Field,
    new: Field,
}

#[derive(Template)]
#[template(path = "branch/me.html")]
struct MePage {
    page: Page,
    coin: CoinMark,
    name: String,
    number: String,
    branch: String,
    roles: String,
    since: When,
    until: When,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Arrival {
    next: String,
    out: Option<String>,
    changed: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Credentials {
    number: String,
    password: String,
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub(crate) struct Passwords {
    old: String,
    new: String,
}

/// A way on inside the staff's part.
fn way_on(next: &str) -> &str {
    local_path(next)
        .filter(|path| Area::of(path.split('?').next().unwrap_or_default()) == Area::Staff)
        .unwrap_or("/staff")
}

impl SignInPage<'_> {
    fn new<'a>(pages: &PageState, page: &'a Page, next: &str, number: &str, errors: FormErrors) -> SignInPage<'a> {
        SignInPage {
            page,
            next: way_on(next).to_owned(),
            notice: None,
            number: Field::new("number", page.t("branch-number"))
                .autocomplete("username")
                .max_length(20)
                .value(number)
                .errors(&errors),
            password: Field::password("password", page.t("branch-password")).errors(&errors),
            demo: pages.demo.clone(),
            errors,
        }
    }
}

pub(crate) async fn form(
    State(pages): State<PageState>,
    page: Page,
    session: Option<Session>,
    Query(arrival): Query<Arrival>,
) -> Response {
    if session.is_some() {
        return Redirect::to(way_on(&arrival.next)).into_response();
    }
    let mut shown = SignInPage::new(&pages, &page, &arrival.next, "", FormErrors::none());
    if arrival.out.is_some() {
        let (lead, text) = (page.t("branch-signed-out"), page.t("branch-signed-out.text"));
        shown.notice = Some(Banner::new(Tone::Done, Icon::Check, lead, text));
    }
    Html(shown).into_response()
}

pub(crate) async fn sign_in(
    State(pages): State<PageState>,
    page: Page,
    former: Option<Session>,
    Form(typed): Form<Credentials>,
) -> web::Result<Response> {
    let visitor = StaffVisitor { address: page.sender(), device: page.device().map(str::to_owned) };
    let staff = pages.desk.staff();
    match staff.sign_in(&visitor, &typed.number, &typed.password).await {
        Ok(signed_in) => {
            // Who signs in over an open session leaves that one.
            if let Some(former) = former.as_ref().and_then(Session::details::<StaffSession>) {
                staff.sign_out(former).await?;
            }
            let lasts_s = (signed_in.session.expires.as_ms() - page.now().as_ms()) / 1000;
            let session = page.start_session(signed_in.token.reveal(), lasts_s);
            let device = page.keep_device(signed_in.device.reveal());
            Ok((session, device, Redirect::to(way_on(&typed.next))).into_response())
        }
        Err(Error::Refusal(refusal)) => Ok(again(&pages, &page, &typed, &refusal)),
        Err(error) => Err(error.into()),
    }
}

/// The form once more: the number kept, the password not.
fn again(pages: &PageState, page: &Page, typed: &Credentials, refusal: &Refusal) -> Response {
    let errors = FormErrors::one("password", view::sentences(page, refusal));
    let shown = SignInPage::new(pages, page, &typed.next, &typed.number, errors);
    // 401 would ask for a scheme of HTTP's own; a form that was not accepted is 422.
    let status = match refusal.status {
        429 => StatusCode::TOO_MANY_REQUESTS,
        503 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, Html(shown)).into_response()
}

pub(crate) async fn sign_out(State(pages): State<PageState>, page: Page, clerk: AnyClerk) -> web::Result<Response> {
    pages.desk.staff().sign_out(&clerk.0).await?;
    Ok((page.end_session(), Redirect::to("/staff/sign-in?out=1")).into_response())
}

fn password_page(page: Page, clerk: &AnyClerk, errors: FormErrors, status: StatusCode) -> Response {
    let is_first = clerk.0.member.must_change;
    // Nothing else can be done before the first password is replaced.
    let page = if is_first { page } else { page.member("staff-me") };
    let shown = PasswordPage {
        is_first,
        old: Field::password("old", page.t("branch-password-old")).errors(&errors),
        new: Field::password("new", page.t("branch-password-new"))
            .autocomplete("new-password")
            .hint(page.t("branch-password-hint"))
            .errors(&errors),
        errors,
        page,
    };
    (status, Html(shown)).into_response()
}

pub(crate) async fn password_form(page: Page, clerk: AnyClerk) -> Response {
    password_page(page, &clerk, FormErrors::none(), StatusCode::OK)
}

pub(crate) async fn change_password(
    State(pages): State<PageState>,
    page: Page,
    clerk: AnyClerk,
    Form(typed): Form<Passwords>,
) -> web::Result<Response> {
    match pages.desk.staff().change_password(&clerk.0, &typed.old, &typed.new).await {
        Ok(()) => Ok(Redirect::to("/staff?changed=1").into_response()),
        Err(Error::Refusal(refusal)) => {
            let field = if refusal.code == "staff.password_wrong" { "old" } else { "new" };
            let errors = FormErrors::one(field, view::sentences(&page, &refusal));
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(password_page(page, &clerk, errors, status))
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn me(page: Page, clerk: AnyClerk) -> Response {
    let page = page.member("staff-me");
    let member = &clerk.0.member;
    let initial: String = member.name.chars().take(1).collect();
    let shown = MePage {
        coin: CoinMark::person(&initial).big(),
        name: member.name.clone(),
        number: member.number.clone(),
        branch: member.branch.clone(),
        roles: view::roles(&page, member.roles),
        since: page.formats().when(clerk.0.created),
        until: page.formats().when(clerk.0.expires),
        page,
    };
    Html(shown).into_response()
}

/// What the first page says on arrival.
pub(crate) fn changed_banner(page: &Page, arrival: &Arrival) -> Option<Banner> {
    arrival.changed.as_ref().map(|_| {
        Banner::new(Tone::Done, Icon::Check, page.t("branch-password-changed"), page.t("branch-password-changed.text"))
    })
}
