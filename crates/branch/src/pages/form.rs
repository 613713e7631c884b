//! The form of one act: what it is, whom it is about, what must be typed, one button.

use super::view;
use crate::Desk;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kit::Refusal;
use money::Currency;
use serde::Deserialize;
use web::ui::{AmountField, Field, FormErrors, HtmlFragment};
use web::{Html, Page};

/// What any of the forms may carry.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(crate) struct Typed {
    /// Names the form, so that what is sent twice is done once.
    pub(crate) key: String,
    pub(crate) amount: String,
    pub(crate) memo: String,
    pub(crate) reason: String,
    pub(crate) scope: String,
    pub(crate) name: String,
    pub(crate) citizen_number: String,
    pub(crate) mobile: String,
    pub(crate) seen: String,
    pub(crate) number: String,
    pub(crate) branch: String,
    pub(crate) teller: String,
    pub(crate) supervisor: String,
    pub(crate) auditor: String,
    pub(crate) administrator: String,
    pub(crate) clearing: String,
    pub(crate) security: String,
    pub(crate) code: String,
    pub(crate) day: String,
    pub(crate) evidence: String,
}

/// A list of days, from before one on.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Before {
    pub(crate) before: String,
}

/// Where the pages before and after one lie that shows `most` of `all` rows after `skip`; `at` is the address of a page by what
/// it skips.
pub(crate) fn pager(
    skip: usize,
    most: usize,
    all: usize,
    at: impl Fn(usize) -> String,
) -> (Option<String>, Option<String>) {
    let after = skip.saturating_add(most);
    ((skip > 0).then(|| at(skip.saturating_sub(most))), (after < all).then(|| at(after)))
}

impl Typed {
    pub(crate) fn is_seen(&self) -> bool {
        !self.seen.is_empty()
    }
}

/// A line of a form.
pub(crate) enum Input {
    Field(Field),
    Amount(AmountField),
    Select { name: &'static str, label: String, choices: Vec<(&'static str, String, bool)> },
    Check { name: &'static str, label: String, is_on: bool, error: Option<String> },
}

/// The fields that forms are made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    Amount,
    Memo,
    Reason,
    /// A reason that is needed only where a second person must agree.
    ReasonAboveLimit,
    Scope,
    Name,
    CitizenNumber,
    Mobile,
    Seen,
    Number,
    Branch,
    Roles,
    /// Why money goes back to another bank.
    Code,
    /// A settlement day.
    Day,
    /// What proves a decision.
    Evidence,
    /// What was done about a case.
    Note,
    /// What was checked to know who somebody is.
    Checked,
}

/// A form before it is drawn.
pub(crate) struct ActForm {
    /// Key of its title; `.lead` says what will happen, `.do` stands on the button.
    pub(crate) key: &'static str,
    /// Where it is sent.
    pub(crate) action: String,
    /// Where the way back leads, and what is there.
    pub(crate) back: (String, String),
    /// What is known already.
    pub(crate) facts: Vec<(String, HtmlFragment)>,
    /// What is to be typed.
    pub(crate) asks: &'static [Ask],
    /// Whether it moves money.
    pub(crate) moves_money: bool,
    /// Whether it takes something away from a customer.
    pub(crate) is_grave: bool,
}

#[derive(Template)]
#[template(path = "branch/act.html")]
struct ActPage<'a> {
    page: &'a Page,
    title: String,
    lead: String,
    submit: String,
    form: &'a ActForm,
    key: String,
    inputs: Vec<Input>,
    errors: FormErrors,
}

/// Draws a form for the first time.
pub(crate) fn draw(page: &Page, desk: &Desk, form: &ActForm, typed: &Typed) -> Response {
    drawn(page, desk, form, typed, FormErrors::none(), StatusCode::OK)
}

/// Draws a form once more, with what was typed and why it was refused. A key that reached the ledger is spent, so it gets
/// another.
pub(crate) fn refused(page: &Page, desk: &Desk, form: &ActForm, typed: &Typed, refusal: &Refusal) -> Response {
    let field = match refusal.fields.get("field") {
        Some(kit::FieldValue::Text(field)) => field.as_str(),
        _ => "",
    };
    let names: Vec<&str> = form.asks.iter().flat_map(|ask| ask.names()).copied().collect();
    let field = names.iter().find(|name| **name == field).or(names.first()).copied().unwrap_or("key");
    let errors = FormErrors::one(field, view::sentences(page, refusal));
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    drawn(page, desk, form, typed, errors, status)
}

fn drawn(page: &Page, desk: &Desk, form: &ActForm, typed: &Typed, errors: FormErrors, status: StatusCode) -> Response {
    let inputs = form.asks.iter().flat_map(|ask| ask.inputs(page, desk, typed, &errors)).collect();
    let shown = ActPage {
        page,
        title: page.t(form.key),
        lead: page.t(&format!("{}.lead", form.key)),
        submit: page.t(&format!("{}.do", form.key)),
        form,
        key: desk.form_key(),
        inputs,
        errors,
    };
    (status, Html(shown)).into_response()
}

impl Ask {
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Amount => &["amount"],
            Self::Memo => &["memo"],
            Self::Reason | Self::ReasonAboveLimit | Self::Note => &["reason"],
            Self::Code => &["code"],
            Self::Day => &["day"],
            Self::Evidence | Self::Checked => &["evidence"],
            Self::Scope => &["scope"],
            Self::Name => &["name"],
            Self::CitizenNumber => &["citizen_number"],
            Self::Mobile => &["mobile"],
            Self::Seen => &["seen"],
            Self::Number => &["number"],
            Self::Branch => &["branch"],
            Self::Roles => &["teller", "supervisor", "auditor", "administrator", "clearing", "security"],
        }
    }

    fn inputs(self, page: &Page, desk: &Desk, typed: &Typed, errors: &FormErrors) -> Vec<Input> {
        let field = |name, label: &str, value: &str| Field::new(name, page.t(label)).value(value).errors(errors);
        let limit = || {
            let limit = money::Amount::new(desk.rules().cash_limit_minor, Currency::CNY);
            page.tx("branch-reason-above", &[("limit", page.formats().in_sentence(limit).into())])
        };
        let check = |name: &'static str, label: &str, is_on: bool| Input::Check {
            name,
            label: page.t(label),
            is_on,
            error: errors.get(name).map(str::to_owned),
        };
        let reason = |field: Field| field.max_length(150);
        vec![match self {
            Self::Amount => Input::Amount(
                AmountField::new(page, "amount", page.t("branch-amount"), Currency::CNY)
                    .value(&typed.amount)
                    .errors(errors),
            ),
            Self::Memo => Input::Field(field("memo", "branch-memo", &typed.memo).optional().max_length(60)),
            Self::Reason => {
                Input::Field(reason(field("reason", "branch-reason", &typed.reason)).hint(page.t("branch-reason-hint")))
            }
            Self::ReasonAboveLimit => {
                Input::Field(reason(field("reason", "branch-reason", &typed.reason)).optional().hint(limit()))
            }
            Self::Scope => Input::Select {
                name: "scope",
                label: page.t("branch-scope"),
                choices: vec![
                    ("debits", page.t("branch-scope-debits"), typed.scope != "both"),
                    ("both", page.t("branch-scope-both"), typed.scope == "both"),
                ],
            },
            Self::Name => Input::Field(field("name", "branch-name", &typed.name).hint(page.t("branch-name-hint"))),
            Self::CitizenNumber => Input::Field(
                field("citizen_number", "branch-citizen-number", &typed.citizen_number)
                    .max_length(18)
                    .hint(page.t("branch-citizen-number-hint")),
            ),
            Self::Mobile => Input::Field(
                Field::mobile("mobile", page.t("branch-new-mobile"))
                    .autocomplete("off")
                    .value(&typed.mobile)
                    .errors(errors),
            ),
            Self::Seen => check("seen", "branch-seen", typed.is_seen()),
            Self::Number => Input::Field(
                field("number", "branch-number", &typed.number).max_length(20).hint(page.t("branch-number-hint")),
            ),
            Self::Branch => Input::Field(field("branch", "branch-branch", &typed.branch).max_length(40)),
            Self::Code => Input::Select {
                name: "code",
                label: page.t("branch-return-code"),
                choices: crate::service::clearing::RETURN_CODES
                    .map(|code| (code, super::clearing_view::code(page, code), typed.code == code))
                    .into(),
            },
            Self::Day => Input::Field(
                field("day", "branch-settled-on", &typed.day).date().hint(page.t("branch-settled-on-hint")),
            ),
            Self::Evidence => Input::Field(reason(
                field("evidence", "branch-evidence", &typed.evidence).hint(page.t("branch-evidence-hint")),
            )),
            Self::Checked => Input::Field(reason(
                field("evidence", "branch-checked", &typed.evidence).hint(page.t("branch-checked-hint")),
            )),
            Self::Note => Input::Field(reason(
                field("reason", "branch-case-note", &typed.reason).hint(page.t("branch-case-note-hint")),
            )),
            Self::Roles => {
                return vec![
                    check("teller", "branch-role.teller", !typed.teller.is_empty()),
                    check("supervisor", "branch-role.supervisor", !typed.supervisor.is_empty()),
                    check("auditor", "branch-role.auditor", !typed.auditor.is_empty()),
                    check("administrator", "branch-role.administrator", !typed.administrator.is_empty()),
                    check("clearing", "branch-role.clearing", !typed.clearing.is_empty()),
                    check("security", "branch-role.security", !typed.security.is_empty()),
                ];
            }
        }]
    }
}
