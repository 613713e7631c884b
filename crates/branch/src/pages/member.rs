//! Members of staff, for administrators.

use super::PageState;
use super::clerk::Clerk;
use super::customer::is_about_form;
use super::form::{self, ActForm, Ask, Typed};
use super::view::{self, Tag};
use crate::Done;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use kit::Error;
use serde::Deserialize;
use staff::{Act, Granted, Member, NewMember, Role, Roles, StaffId, StaffSession};
use web::ui::{Banner, CoinMark, HtmlFragment, Row, Tone};
use web::{Failure, Html, Icon, Page};

struct MemberRow {
    href: String,
    number: String,
    name: String,
    branch: String,
    roles: String,
    tag: Tag,
}

#[derive(Template)]
#[template(path = "branch/members.html")]
struct ListPage {
    page: Page,
    rows: Vec<MemberRow>,
}

#[derive(Template)]
#[template(path = "branch/member.html")]
struct MemberPage {
    page: Page,
    name: String,
    tag: Tag,
    facts: Vec<(String, HtmlFragment)>,
    notice: Option<Banner>,
    password: Option<String>,
    ways: Vec<Row>,
    is_own: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Came {
    done: Option<String>,
}

/// What is done about a member.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MemberAct {
    Roles,
    Reset,
    LostToken,
    SpareToken,
    Disable,
    Enable,
}

/// The last words of paths, with the act that each needs.
pub(crate) fn words() -> Vec<(&'static str, Act)> {
    MemberAct::ALL.into_iter().map(|act| (act.word(), staff::acts::MEMBERS)).collect()
}

impl MemberAct {
    const ALL: [Self; 6] = [Self::Roles, Self::Reset, Self::LostToken, Self::SpareToken, Self::Disable, Self::Enable];

    fn word(self) -> &'static str {
        match self {
            Self::Roles => "roles",
            Self::Reset => "reset",
            Self::LostToken => "lost-token",
            Self::SpareToken => "spare-token",
            Self::Disable => "disable",
            Self::Enable => "enable",
        }
    }

    fn from_word(word: &str) -> Result<Self, Failure> {
        Self::ALL.into_iter().find(|act| act.word() == word).ok_or_else(Failure::not_found)
    }

    fn key(self) -> &'static str {
        match self {
            Self::Roles => "branch-act-roles",
            Self::Reset => "branch-act-reset",
            Self::LostToken => "branch-act-lost-token",
            Self::SpareToken => "branch-act-spare-token",
            Self::Disable => "branch-act-disable",
            Self::Enable => "branch-act-enable",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Roles => Icon::Users,
            Self::Reset => Icon::Key,
            Self::LostToken => Icon::Shield,
            Self::SpareToken => Icon::Plus,
            Self::Disable => Icon::Stop,
            Self::Enable => Icon::Check,
        }
    }

    fn fits(self, member: &Member) -> bool {
        match self {
            Self::Enable => member.disabled.is_some(),
            Self::Disable | Self::Roles | Self::Reset | Self::LostToken | Self::SpareToken => member.disabled.is_none(),
        }
    }
}

fn tag(page: &Page, member: &Member) -> Tag {
    match (member.disabled, member.must_change) {
        (Some(_), _) => Tag::new("", page.t("branch-member-disabled")),
        (None, true) => Tag::new("tag-pending", page.t("branch-member-new")),
        (None, false) => Tag::new("tag-done", page.t("branch-member-active")),
    }
}

pub(crate) async fn list(State(pages): State<PageState>, page: Page, clerk: Clerk) -> web::Result<Response> {
    let members = pages.desk.staff().members(&clerk.0).await?;
    let page = page.member("staff-members");
    let row = |member: &Member| MemberRow {
        href: format!("/staff/members/{}", member.id),
        number: member.number.clone(),
        name: member.name.clone(),
        branch: member.branch.clone(),
        roles: view::roles(&page, member.roles),
        tag: tag(&page, member),
    };
    let shown = ListPage { rows: members.iter().map(row).collect(), page: page.clone() };
    Ok(Html(shown).into_response())
}

fn drawn(page: Page, session: &StaffSession, member: &Member, password: Option<String>) -> MemberPage {
    let page = page.member("staff-members");
    let is_own = member.id == session.member.id;
    let way = |act: MemberAct| {
        Row::new(CoinMark::thing(act.icon()), HtmlFragment::text(&page.t(act.key()))).link(format!(
            "/staff/members/{}/{}",
            member.id,
            act.word()
        ))
    };
    MemberPage {
        name: member.name.clone(),
        tag: tag(&page, member),
        facts: vec![
            view::fact(page.t("branch-number"), &member.number),
            (page.t("branch-branch"), page.words(&member.branch)),
            view::fact(page.t("branch-roles"), &view::roles(&page, member.roles)),
        ],
        notice: None,
        password,
        ways: MemberAct::ALL.into_iter().filter(|act| !is_own && act.fits(member)).map(way).collect(),
        is_own,
        page,
    }
}

pub(crate) async fn member(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<i64>,
    Query(came): Query<Came>,
) -> web::Result<Response> {
    let member = pages.desk.staff().member(&clerk.0, StaffId(id)).await?;
    let mut shown = drawn(page, &clerk.0, &member, None);
    let done = MemberAct::ALL.into_iter().find(|act| came.done.as_deref() == Some(act.word()));
    shown.notice = done.map(|act| {
        let text = shown.page.t(&format!("{}.done", act.key()));
        Banner::new(Tone::Done, Icon::Check, text, String::new())
    });
    Ok(Html(shown).into_response())
}

fn add_form_of(page: &Page) -> ActForm {
    ActForm {
        key: "branch-act-add",
        action: "/staff/members/add".to_owned(),
        back: ("/staff/members".to_owned(), page.t("branch-place-members")),
        facts: Vec::new(),
        asks: &[Ask::Number, Ask::Name, Ask::Branch],
        moves_money: false,
        is_grave: false,
    }
}

pub(crate) async fn add_form(State(pages): State<PageState>, page: Page, clerk: Clerk) -> web::Result<Response> {
    pages.desk.staff().allow(&clerk.0, &staff::acts::MEMBERS, "").await?;
    let page = page.member("staff-members");
    let typed = Typed { branch: clerk.0.member.branch.clone(), ..Typed::default() };
    Ok(form::draw(&page, &pages.desk, &add_form_of(&page), &typed))
}

pub(crate) async fn add(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let new = NewMember { number: typed.number.clone(), name: typed.name.clone(), branch: typed.branch.clone() };
    match pages.desk.staff().add_member(&clerk.0, &new).await {
        Ok((member, password)) => Ok(Html(drawn(page, &clerk.0, &member, Some(password))).into_response()),
        Err(Error::Refusal(refusal)) if is_about_form(&refusal) => {
            let page = page.member("staff-members");
            Ok(form::refused(&page, &pages.desk, &add_form_of(&page), &typed, &refusal))
        }
        Err(error) => Err(error.into()),
    }
}

fn form_of(page: &Page, act: MemberAct, member: &Member) -> ActForm {
    ActForm {
        key: act.key(),
        action: format!("/staff/members/{}/{}", member.id, act.word()),
        back: (format!("/staff/members/{}", member.id), member.name.clone()),
        facts: vec![
            view::fact(page.t("branch-number"), &member.number),
            view::fact(page.t("branch-roles"), &view::roles(page, member.roles)),
        ],
        asks: if act == MemberAct::Roles { &[Ask::Roles, Ask::Reason] } else { &[Ask::Reason] },
        moves_money: false,
        is_grave: matches!(act, MemberAct::Disable | MemberAct::Reset | MemberAct::LostToken),
    }
}

pub(crate) async fn act_form(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((id, act)): Path<(i64, String)>,
) -> web::Result<Response> {
    let act = MemberAct::from_word(&act)?;
    let member = pages.desk.staff().member(&clerk.0, StaffId(id)).await?;
    let page = page.member("staff-members");
    let on = |role| if member.roles.has(role) { "1".to_owned() } else { String::new() };
    let typed = Typed {
        teller: on(Role::Teller),
        supervisor: on(Role::Supervisor),
        auditor: on(Role::Auditor),
        administrator: on(Role::Administrator),
        clearing: on(Role::Clearing),
        security: on(Role::Security),
        ..Typed::default()
    };
    Ok(form::draw(&page, &pages.desk, &form_of(&page, act, &member), &typed))
}

fn roles_of(typed: &Typed) -> Roles {
    let ticked = [
        (&typed.teller, Role::Teller),
        (&typed.supervisor, Role::Supervisor),
        (&typed.auditor, Role::Auditor),
        (&typed.administrator, Role::Administrator),
        (&typed.clearing, Role::Clearing),
        (&typed.security, Role::Security),
    ];
    let roles: Vec<Role> = ticked.into_iter().filter(|(on, _)| !on.is_empty()).map(|(_, role)| role).collect();
    Roles::of(&roles)
}

pub(crate) async fn act(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((id, act)): Path<(i64, String)>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let (id, act) = (StaffId(id), MemberAct::from_word(&act)?);
    let (staff, session, reason) = (pages.desk.staff(), &clerk.0, &typed.reason);
    let result = match act {
        MemberAct::Roles => {
            let changed = staff.change_roles(session, id, roles_of(&typed), reason, &typed.key).await;
            changed.map(|granted| match granted {
                Granted::Now => Done::Applied,
                Granted::Proposed(proposal) => Done::Proposed(proposal),
            })
        }
        MemberAct::Reset => staff.propose_reset(session, id, reason, &typed.key).await.map(Done::Proposed),
        MemberAct::LostToken | MemberAct::SpareToken => {
            let is_lost = act == MemberAct::LostToken;
            staff.propose_token(session, id, is_lost, reason, &typed.key).await.map(Done::Proposed)
        }
        MemberAct::Disable => staff.set_disabled(session, id, true, reason).await.map(|()| Done::Applied),
        MemberAct::Enable => staff.set_disabled(session, id, false, reason).await.map(|()| Done::Applied),
    };
    match result {
        Ok(done) => {
            let here = format!("/staff/members/{id}?done={}", act.word());
            Ok(Redirect::to(&super::account::next(done, &here)).into_response())
        }
        Err(Error::Refusal(refusal)) if is_about_form(&refusal) => {
            let member = staff.member(session, id).await?;
            let page = page.member("staff-members");
            Ok(form::refused(&page, &pages.desk, &form_of(&page, act, &member), &typed, &refusal))
        }
        Err(error) => Err(error.into()),
    }
}
