//! What needs a second person: the list, one of them, the decision.

use super::PageState;
use super::clerk::Clerk;
use super::view::{self, Tag};
use crate::model::act as acts;
use crate::model::work::Work;
use crate::service::approval::is_waiting;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use money::{Amount, Currency};
use passport::Mobile;
use staff::{Proposal, ProposalId, ProposalState, StaffSession};
use web::ui::{Banner, HtmlFragment, Tone};
use web::{Failure, Html, Icon, Page, When};

/// A line of a list of proposals.
pub(crate) struct ProposalRow {
    pub(crate) href: String,
    pub(crate) title: String,
    pub(crate) amount: Option<String>,
    pub(crate) reason: String,
    pub(crate) maker: String,
    pub(crate) made: When,
    pub(crate) tag: Tag,
}

/// Proposals as lines.
pub(crate) fn rows(page: &Page, proposals: &[Proposal]) -> Vec<ProposalRow> {
    let row = |proposal: &Proposal| ProposalRow {
        href: format!("/staff/proposals/{}", proposal.id),
        title: view::proposal_title(page, proposal),
        amount: amount(page, proposal),
        reason: proposal.reason.clone(),
        maker: proposal.maker_number.clone(),
        made: page.formats().when(proposal.made),
        tag: view::proposal_tag(page, proposal.state),
    };
    proposals.iter().map(row).collect()
}

fn amount(page: &Page, proposal: &Proposal) -> Option<String> {
    let minor = Work::decode(&proposal.payload).ok()?.amount_minor()?;
    Some(view::money(page, Amount::new(minor, Currency::CNY)))
}

#[derive(Template)]
#[template(path = "branch/proposals.html")]
struct ListPage {
    page: Page,
    waiting: Vec<ProposalRow>,
    past: Vec<ProposalRow>,
}

#[derive(Template)]
#[template(path = "branch/proposal.html")]
struct ProposalPage {
    page: Page,
    id: String,
    title: String,
    amount: Option<String>,
    tag: Tag,
    facts: Vec<(String, HtmlFragment)>,
    subject: Option<(String, String)>,
    made: Option<(String, String)>,
    notice: Option<Banner>,
    may_decide: bool,
    /// Not what is overtaken already.
    may_approve: bool,
    may_withdraw: bool,
    waits_for_other: bool,
    moves_money: bool,
    password: Option<String>,
}

pub(crate) async fn list(State(pages): State<PageState>, page: Page, clerk: Clerk) -> web::Result<Response> {
    pages.desk.staff().looked(&clerk.0, &acts::PROPOSALS, "", "").await?;
    let page = page.member("staff-proposals");
    let proposals = pages.desk.staff().proposals(&clerk.0).await?;
    let (waiting, past): (Vec<_>, Vec<_>) = proposals.into_iter().partition(is_waiting);
    let shown = ListPage { waiting: rows(&page, &waiting), past: rows(&page, &past), page };
    Ok(Html(shown).into_response())
}

/// What a proposal about a payment between banks says beside its reason.
fn work_facts(page: &Page, proposal: &Proposal) -> Vec<(String, HtmlFragment)> {
    let evidence = |evidence: &str| (page.t("branch-evidence"), page.words(evidence));
    match Work::decode(&proposal.payload) {
        Ok(Work::GiveBack { code, .. }) => {
            vec![view::fact(page.t("branch-return-code"), &super::clearing_view::code(page, &code))]
        }
        Ok(Work::Settle { day, evidence: paper, .. }) => {
            let day = page.formats().bank_date(kit::BankDay(day));
            vec![view::fact(page.t("branch-settled-on"), &day), evidence(&paper)]
        }
        Ok(Work::Release { evidence: paper, .. }) => vec![evidence(&paper)],
        Ok(Work::RemoveFactor { factor, label, checked, .. }) => {
            let name = format!("{} {label}", super::overview::factor_name(page, &factor));
            vec![(page.t("branch-col-factor"), page.words(&name)), (page.t("branch-checked"), page.words(&checked))]
        }
        Ok(Work::CardUnfreeze { shown, checked, .. } | Work::CardReplace { shown, checked, .. }) => {
            let card = (page.t("branch-col-card"), HtmlFragment::unbroken(&shown));
            vec![card, (page.t("branch-checked"), page.words(&checked))]
        }
        Ok(Work::Permit { checked, .. } | Work::Password { checked, .. }) => {
            vec![(page.t("branch-checked"), page.words(&checked))]
        }
        Ok(Work::Mobile { former, mobile, checked, .. }) => {
            let masked = |e164: &str| Mobile::parse(e164).map_or(String::new(), |mobile| mobile.masked());
            vec![
                view::fact(page.t("branch-mobile"), &masked(&former)),
                view::fact(page.t("branch-new-mobile"), &masked(&mobile)),
                (page.t("branch-checked"), page.words(&checked)),
            ]
        }
        _ => Vec::new(),
    }
}

fn drawn(page: Page, session: &StaffSession, proposal: &Proposal, password: Option<String>) -> ProposalPage {
    let page = page.member("staff-proposals");
    let member = &session.member;
    let is_clearing = proposal.kind.starts_with("branch.clearing");
    let subject = proposal.subject.split_once(':').and_then(|(kind, id)| match kind {
        "account" => Some((page.t("branch-col-account"), format!("/staff/accounts/{id}"))),
        "person" => Some((page.t("branch-customer"), format!("/staff/customers/{id}"))),
        "order" if is_clearing => Some((page.t("branch-case-payment"), format!("/staff/clearing/payments/{id}"))),
        "order" => Some((page.t("branch-order"), format!("/staff/orders/{id}"))),
        _ => None,
    });
    let mut facts = vec![
        (page.t("branch-reason"), page.words(&proposal.reason)),
        view::fact(page.t("branch-col-maker"), &proposal.maker_number),
        view::fact(page.t("branch-proposal-made"), page.formats().full(proposal.made).text()),
    ];
    if let Some(number) = proposal.subject.strip_prefix("staff:") {
        facts.insert(0, view::fact(page.t("branch-member"), number));
        if let Ok(roles) = staff::Roles::parse(&proposal.payload)
            && proposal.kind == staff::ROLES_KIND
        {
            facts.insert(1, view::fact(page.t("branch-roles"), &view::roles(&page, roles)));
        }
        if proposal.kind == staff::TOKEN_KIND {
            let word = page.t(&format!("{}.{}", "branch-token-leave", proposal.payload));
            facts.insert(1, view::fact(page.t("branch-token"), &word));
        }
    }
    facts.extend(work_facts(&page, proposal));
    if let Some(checker) = &proposal.checker_number {
        facts.push(view::fact(page.t("branch-col-checker"), checker));
    }
    if let Some(decided) = proposal.decided {
        facts.push(view::fact(page.t("branch-proposal-decided"), page.formats().full(decided).text()));
    } else if proposal.state == ProposalState::Open {
        facts.push(view::fact(page.t("branch-proposal-until"), page.formats().full(proposal.expires).text()));
    }
    let failed = (proposal.state == ProposalState::Failed).then(|| {
        let lead = view::refusal_title(&page, &proposal.outcome);
        Banner::new(Tone::Warn, Icon::Warn, lead, page.t("branch-proposal-failed.text"))
    });
    let is_order = proposal.state == ProposalState::Done && proposal.outcome.bytes().all(|byte| byte.is_ascii_digit());
    ProposalPage {
        id: proposal.id.to_string(),
        title: view::proposal_title(&page, proposal),
        amount: amount(&page, proposal),
        tag: view::proposal_tag(&page, proposal.state),
        facts,
        subject,
        made: (is_order && !proposal.outcome.is_empty()).then(|| match is_clearing {
            true => (page.t("branch-case-return"), format!("/staff/clearing/payments/{}", proposal.outcome)),
            false => (page.t("branch-order-slip"), format!("/staff/orders/{}", proposal.outcome)),
        }),
        notice: failed,
        may_decide: proposal.objection(member.id, member.roles, &member.branch).is_none(),
        may_approve: true,
        may_withdraw: proposal.maker == member.id && proposal.state == ProposalState::Open,
        waits_for_other: proposal.maker == member.id && proposal.state == ProposalState::Open,
        moves_money: proposal.kind.starts_with("branch.cash") || proposal.kind == "branch.correct",
        password,
        page,
    }
}

pub(crate) async fn proposal(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<i64>,
) -> web::Result<Response> {
    let subject = format!("proposal:{id}");
    pages.desk.staff().looked(&clerk.0, &acts::PROPOSALS, &subject, "").await?;
    let proposal = pages.desk.staff().proposal(&clerk.0, ProposalId(id)).await?;
    let mut shown = drawn(page, &clerk.0, &proposal, None);
    if let Ok(work) = Work::decode(&proposal.payload)
        && let Some(change) = pages.desk.limits_change(&work).await?
    {
        shown.facts.extend(super::limit::changes(&shown.page, &change));
        if change.is_stale && proposal.state == ProposalState::Open {
            shown.notice = Some(super::limit::stale(&shown.page));
            shown.may_approve = false;
        }
    }
    Ok(Html(shown).into_response())
}

pub(crate) async fn decide(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((id, decision)): Path<(i64, String)>,
) -> web::Result<Response> {
    let id = ProposalId(id);
    match decision.as_str() {
        "approve" => {
            let decided = pages.desk.approve(&clerk.0, id).await?;
            if decided.password.is_some() {
                // A first password is shown here and never again, so there is no way on to come back from.
                let shown = drawn(page, &clerk.0, &decided.proposal, decided.password);
                return Ok((StatusCode::OK, Html(shown)).into_response());
            }
        }
        "reject" => drop(pages.desk.staff().reject(&clerk.0, id).await?),
        "withdraw" => pages.desk.staff().withdraw(&clerk.0, id).await?,
        _ => return Err(Failure::not_found()),
    }
    Ok(Redirect::to(&format!("/staff/proposals/{id}")).into_response())
}
