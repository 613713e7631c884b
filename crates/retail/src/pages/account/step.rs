//! What a person does with an account, each on a page of its own that says what follows before it is done: moving up,
//! reporting a loss, lifting it, waking, closing.

use super::may_upgrade;
use crate::pages::caller::Caller;
use crate::pages::certificate::account_id;
use crate::pages::{PageState, view};
use accounts::AccountSummary;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use serde::Deserialize;
use web::ui::{Banner, CoinMark, Field, FormErrors, HtmlFragment, Row, Tone};
use web::{Bar, Html, Icon, Page};

/// Something to do with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// From Class III to Class II.
    Upgrade,
    /// 挂失.
    Loss,
    /// 解挂.
    Found,
    /// Out of dormancy.
    Wake,
    /// 销户.
    Close,
}

/// The text keys of a step; each title has `.text`, what follows.
pub(crate) struct StepWords {
    pub(crate) title: &'static str,
    button: &'static str,
}

impl Step {
    pub(super) const ALL: [Self; 5] = [Self::Upgrade, Self::Wake, Self::Loss, Self::Found, Self::Close];

    /// The step's word in an address.
    fn word(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Loss => "loss",
            Self::Found => "found",
            Self::Wake => "wake",
            Self::Close => "close",
        }
    }

    fn from_word(word: &str) -> Result<Self, Refusal> {
        let step = Self::ALL.into_iter().find(|step| step.word() == word);
        step.ok_or_else(|| Refusal::new("web.not_found", 404))
    }

    pub(super) fn words(self) -> StepWords {
        let (title, button) = match self {
            Self::Upgrade => ("retail-step-upgrade", "retail-step-upgrade-do"),
            Self::Loss => ("retail-step-loss", "retail-step-loss-do"),
            Self::Found => ("retail-step-found", "retail-step-found-do"),
            Self::Wake => ("retail-step-wake", "retail-step-wake-do"),
            Self::Close => ("retail-step-close", "retail-step-close-do"),
        };
        StepWords { title, button }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Upgrade => Icon::Arrow,
            Self::Loss => Icon::Shield,
            Self::Found => Icon::Check,
            Self::Wake => Icon::Clock,
            Self::Close => Icon::Stop,
        }
    }

    /// Whether it makes sense for the account as it is.
    pub(super) fn fits(self, account: &AccountSummary) -> bool {
        let restrictions = account.restrictions;
        match self {
            _ if account.closed => false,
            Self::Upgrade => may_upgrade(account),
            Self::Loss => !restrictions.lost,
            Self::Found => restrictions.lost,
            Self::Wake => restrictions.dormant,
            Self::Close => true,
        }
    }

    /// Whether the password is asked for once more: what a stranger at an open screen must not do.
    fn asks_password(self) -> bool {
        matches!(self, Self::Found | Self::Wake | Self::Close)
    }

    pub(super) fn address(self, account: &str) -> String {
        format!("/accounts/{account}/{}", self.word())
    }

    pub(super) fn row(self, page: &Page, account: &str) -> Row {
        Row::new(CoinMark::thing(self.icon()), HtmlFragment::text(&page.t(self.words().title)))
            .link(self.address(account))
    }

    /// What stands in its way, in words.
    fn blocked(self, page: &Page, account: &AccountSummary) -> Option<Banner> {
        let refusal = match self {
            Self::Close if account.restrictions.staff_debits || account.restrictions.lost => {
                Refusal::new("accounts.frozen", 409)
            }
            Self::Close if account.balance.minor != 0 || account.balance != account.available => {
                let held = account.balance.minor.saturating_sub(account.available.minor);
                Refusal::new("accounts.not_empty", 409)
                    .with("balance_minor", account.balance.minor)
                    .with("held_minor", held)
            }
            _ => return None,
        };
        let (title, text) = page.refusal_texts(&refusal);
        let banner = Banner::new(Tone::Warn, Icon::Info, view::ended(page, title), text);
        let to_empty = refusal.code == "accounts.not_empty";
        Some(if to_empty { banner.action(page.t("retail-task-transfer"), "/transfer".to_owned()) } else { banner })
    }
}

#[derive(Template)]
#[template(path = "retail/account-step.html")]
struct StepPage {
    page: Page,
    action: String,
    back: String,
    account: String,
    text: String,
    blocked: Option<Banner>,
    is_danger: bool,
    button: String,
    errors: FormErrors,
    password: Option<Field>,
}

#[derive(Deserialize)]
pub(crate) struct Sure {
    #[serde(default)]
    password: String,
}

fn drawn(page: Page, step: Step, account: &AccountSummary, errors: FormErrors, status: StatusCode) -> Response {
    let id = account.account.id.to_string();
    let (words, back) = (step.words(), format!("/accounts/{id}"));
    let bar = Bar { title: page.t(words.title), back: back.clone(), is_heading: true };
    let page = page.task("accounts", bar);
    let password =
        Field::password("password", page.t("retail-step-password")).hint(page.t("retail-step-password-hint"));
    let shown = StepPage {
        action: step.address(&id),
        back,
        account: view::account_with_tail(&page, account),
        text: page.t(&format!("{}.text", words.title)),
        blocked: step.blocked(&page, account),
        is_danger: matches!(step, Step::Loss | Step::Close),
        button: page.t(words.button),
        password: step.asks_password().then(|| password.errors(&errors)),
        errors,
        page: page.clone(),
    };
    (status, Html(shown)).into_response()
}

pub(crate) async fn form(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path((id, word)): Path<(String, String)>,
) -> web::Result<Response> {
    let step = Step::from_word(&word)?;
    let account = pages.accounts.view(&caller.acting(), account_id(&id)?).await?;
    if !step.fits(&account) {
        // It is done already, or there is nothing to do: the account says how it stands.
        return Ok(Redirect::to(&format!("/accounts/{id}")).into_response());
    }
    Ok(drawn(page, step, &account, FormErrors::none(), StatusCode::OK))
}

/// Does it. Each step is harmless when it is asked for twice.
pub(crate) async fn take(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path((id, word)): Path<(String, String)>,
    Form(sure): Form<Sure>,
) -> web::Result<Response> {
    let step = Step::from_word(&word)?;
    let account = pages.accounts.view(&caller.acting(), account_id(&id)?).await?;
    match done(&pages, &caller, step, &account, &sure.password).await {
        Ok(()) => Ok(Redirect::to(&format!("/accounts/{id}")).into_response()),
        Err(Error::Refusal(refusal)) if refusal.code.starts_with("passport.") => {
            let errors = FormErrors::one("password", view::sentences(&page, &refusal));
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(drawn(page, step, &account, errors, status))
        }
        Err(error) => Err(error.into()),
    }
}

async fn done(
    pages: &PageState,
    caller: &Caller,
    step: Step,
    account: &AccountSummary,
    password: &str,
) -> kit::Result<()> {
    let (who, id) = (caller.acting(), account.account.id);
    if step.asks_password() {
        pages.passport.confirm_password(&caller.0, password).await?;
    }
    match step {
        Step::Upgrade => pages.accounts.upgrade(&who, id).await.map(drop)?,
        Step::Loss => return pages.accounts.report_loss(&who, id).await,
        Step::Found => pages.accounts.lift_loss(&who, id).await?,
        Step::Wake => pages.accounts.wake(&who, id).await?,
        Step::Close => return pages.accounts.close(&who, id).await,
    }
    pages.payments.claim_in_passing(&who).await;
    Ok(())
}
