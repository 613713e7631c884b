//! The staff's door: coming in, going out, choosing a password, oneself.

use super::clerk::{AnyClerk, Clerk, step_address};
use super::passkey::{self, KeyRow};
use super::{DemoMember, PageState, view};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use serde::Deserialize;
use staff::{SignInStep, StaffKeyId, StaffSession, StaffSignedIn, StaffVisitor};
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
#[template(path = "branch/second-step.html")]
struct SecondStepPage {
    page: Page,
    number: String,
    next: String,
    is_demo: bool,
    /// What the browser asks a passkey of the member, if they have one.
    options: Option<String>,
    errors: FormErrors,
    code: Field,
}

#[derive(Template)]
#[template(path = "branch/token.html")]
struct TokenPage {
    page: Page,
    secret: String,
    uri: String,
    picture: Option<String>,
    /// Whether the member has signed in wholly and enrols another one.
    is_spare: bool,
    errors: FormErrors,
    code: Field,
}

struct DemoToken {
    name: String,
    number: String,
    code: (String, String),
    lasts: String,
}

#[derive(Template)]
#[template(path = "branch/demo-tokens.html")]
struct DemoTokensPage {
    page: Page,
    rows: Vec<DemoToken>,
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
    /// Whether two administrators let them enrol a spare token.
    may_enrol: bool,
    /// Whether browsers know passkeys here.
    keys_possible: bool,
    keys: Vec<KeyRow>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Arrival {
    next: String,
    out: Option<String>,
    changed: Option<String>,
    enrolled: Option<String>,
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
pub(crate) fn way_on(next: &str) -> &str {
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
    if session.is_some_and(|session| session.details::<StaffSession>().is_some_and(|found| found.missing().is_none())) {
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
    let staff = pages.desk.staff();
    match staff.sign_in(&visitor(&page), &typed.number, &typed.password).await {
        Ok(signed_in) => {
            // Who signs in over an open session leaves that one.
            if let Some(former) = former.as_ref().and_then(Session::details::<StaffSession>) {
                staff.sign_out(former).await?;
            }
            Ok(entered(&page, &signed_in, &typed.next))
        }
        Err(Error::Refusal(refusal)) => Ok(again(&pages, &page, &typed, &refusal)),
        Err(error) => Err(error.into()),
    }
}

/// The way on after a step of a sign-in, with the session's new cookies.
pub(crate) fn entered(page: &Page, signed_in: &StaffSignedIn, next: &str) -> Response {
    let lasts_s = (signed_in.session.expires.as_ms() - page.now().as_ms()) / 1000;
    let session = page.start_session(signed_in.token.reveal(), lasts_s);
    let next = way_on(next);
    let to = match signed_in.session.missing() {
        Some(step) if next == "/staff" => step_address(step).to_owned(),
        Some(step) => format!("{}?next={}", step_address(step), encode(next)),
        None => next.to_owned(),
    };
    match &signed_in.device {
        Some(device) => (session, page.keep_device(device.reveal()), Redirect::to(&to)).into_response(),
        None => (session, Redirect::to(&to)).into_response(),
    }
}

fn encode(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

pub(crate) fn visitor(page: &Page) -> StaffVisitor {
    StaffVisitor { address: page.sender(), device: page.device().map(str::to_owned) }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Code {
    code: String,
    next: String,
}

pub(crate) fn code_field(page: &Page, errors: &FormErrors) -> Field {
    Field::code("code", page.t("branch-token-code")).hint(page.t("branch-token-code-hint")).errors(errors)
}

pub(crate) async fn second_step_page(
    pages: &PageState,
    page: Page,
    clerk: &AnyClerk,
    next: &str,
    errors: FormErrors,
    status: StatusCode,
) -> web::Result<Response> {
    let shown = SecondStepPage {
        number: clerk.0.member.number.clone(),
        next: way_on(next).to_owned(),
        is_demo: !pages.demo.is_empty(),
        options: pages.desk.staff().ask_key(&clerk.0).await?,
        code: code_field(&page, &errors),
        errors,
        page,
    };
    Ok((status, Html(shown)).into_response())
}

pub(crate) async fn second_step_form(
    State(pages): State<PageState>,
    page: Page,
    clerk: AnyClerk,
    Query(arrival): Query<Arrival>,
) -> web::Result<Response> {
    match clerk.0.missing() {
        Some(SignInStep::Code) => {
            second_step_page(&pages, page, &clerk, &arrival.next, FormErrors::none(), StatusCode::OK).await
        }
        Some(step) => Ok(Redirect::to(step_address(step)).into_response()),
        None => Ok(Redirect::to(way_on(&arrival.next)).into_response()),
    }
}

pub(crate) async fn second_step(
    State(pages): State<PageState>,
    page: Page,
    clerk: AnyClerk,
    Form(typed): Form<Code>,
) -> web::Result<Response> {
    match pages.desk.staff().prove(&visitor(&page), &clerk.0, &typed.code).await {
        Ok(signed_in) => Ok(entered(&page, &signed_in, &typed.next)),
        Err(Error::Refusal(refusal)) if refusal.code == "staff.second_step_over" => {
            Ok(Redirect::to(way_on(&typed.next)).into_response())
        }
        Err(Error::Refusal(refusal)) => {
            let errors = FormErrors::one("code", view::sentences(&page, &refusal));
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            second_step_page(&pages, page, &clerk, &typed.next, errors, status).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn token_page(
    pages: &PageState,
    page: Page,
    clerk: &AnyClerk,
    errors: FormErrors,
    status: StatusCode,
) -> web::Result<Response> {
    let enrolment = pages.desk.staff().begin_enrolment(&clerk.0).await?;
    let is_spare = clerk.0.missing().is_none();
    let page = if is_spare { page.member("staff-me") } else { page };
    let in_fours: Vec<&str> =
        enrolment.secret.as_bytes().chunks(4).filter_map(|four| str::from_utf8(four).ok()).collect();
    let shown = TokenPage {
        secret: in_fours.join(" "),
        picture: super::qr::picture(&enrolment.uri),
        uri: enrolment.uri,
        is_spare,
        code: code_field(&page, &errors),
        errors,
        page,
    };
    Ok((status, Html(shown)).into_response())
}

pub(crate) async fn token_form(State(pages): State<PageState>, page: Page, clerk: AnyClerk) -> web::Result<Response> {
    match clerk.0.missing() {
        Some(step @ (SignInStep::Code | SignInStep::Password)) => Ok(Redirect::to(step_address(step)).into_response()),
        _ => token_page(&pages, page, &clerk, FormErrors::none(), StatusCode::OK).await,
    }
}

pub(crate) async fn token(
    State(pages): State<PageState>,
    page: Page,
    clerk: AnyClerk,
    Form(typed): Form<Code>,
) -> web::Result<Response> {
    match pages.desk.staff().finish_enrolment(&visitor(&page), &clerk.0, &typed.code).await {
        Ok(signed_in) => Ok(entered(&page, &signed_in, "/staff?enrolled=1")),
        Err(Error::Refusal(refusal)) if refusal.status != 403 => {
            let errors = FormErrors::one("code", view::sentences(&page, &refusal));
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            token_page(&pages, page, &clerk, errors, status).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The tokens of the demonstration's staff, which nobody holds in their hand.
pub(crate) async fn demo_tokens(State(pages): State<PageState>, page: Page) -> web::Result<Response> {
    let mut rows = Vec::new();
    for member in pages.demo.iter() {
        if let Some(shown) = pages.desk.staff().code_for_show(&member.number).await? {
            let (one, two) = shown.code.split_at(3);
            let lasts = page.tx("branch-token-lasts", &[("seconds", (shown.lasts_ms / 1_000 + 1).into())]);
            rows.push(DemoToken {
                name: member.name.clone(),
                number: member.number.clone(),
                code: (one.to_owned(), two.to_owned()),
                lasts,
            });
        }
    }
    Ok(Html(DemoTokensPage { page, rows }).into_response())
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
    if clerk.0.missing() == Some(SignInStep::Code) {
        return Redirect::to(step_address(SignInStep::Code)).into_response();
    }
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
        Err(Error::Refusal(refusal)) if refusal.status == 403 => Err(refusal.into()),
        Err(Error::Refusal(refusal)) => {
            let field = if refusal.code == "staff.password_wrong" { "old" } else { "new" };
            let errors = FormErrors::one(field, view::sentences(&page, &refusal));
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(password_page(page, &clerk, errors, status))
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn me(State(pages): State<PageState>, page: Page, clerk: Clerk) -> web::Result<Response> {
    own_page(&pages, page, &clerk, None).await
}

/// The member's own page; `wrong` is a passkey whose new name was refused, with what was typed and why.
pub(crate) async fn own_page(
    pages: &PageState,
    page: Page,
    clerk: &Clerk,
    wrong: Option<&(StaffKeyId, String, String)>,
) -> web::Result<Response> {
    let staff = pages.desk.staff();
    let (may_enrol, keys) = (staff.may_enrol(&clerk.0).await?, staff.keys(&clerk.0).await?);
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
        may_enrol,
        keys_possible: staff.keys_possible(),
        keys: passkey::rows(&page, &keys, wrong),
        page,
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Html(shown)).into_response())
}

/// What the first page says on arrival.
pub(crate) fn changed_banner(page: &Page, arrival: &Arrival) -> Option<Banner> {
    let key = match (&arrival.changed, &arrival.enrolled) {
        (Some(_), _) => "branch-password-changed",
        (None, Some(_)) => "branch-token-enrolled",
        (None, None) => return None,
    };
    Some(Banner::new(Tone::Done, Icon::Check, page.t(key), page.t(&format!("{key}.text"))))
}
