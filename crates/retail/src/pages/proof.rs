//! Proving oneself, the same everywhere: what is asked now, how to answer it, and every other way that one has.
//!
//! The page shows what is true now, whatever was pressed before, so that it can be reloaded at any time; switching to another
//! way keeps everything that the proof is for.

use super::caller::Caller;
use super::{PageState, view};
use axum::http::StatusCode;
use kit::{Error, Refusal};
use ledger::Window;
use passport::{Asked, Challenge, Factor, FactorId, Holding, Proof};
use payments::{Cap, CapReason, ConfirmWay};
use serde::Deserialize;
use web::ui::{Banner, Field, FormErrors, Tone};
use web::{Icon, Page};

/// One way to prove oneself, as a row.
pub(crate) struct WayView {
    pub(crate) factor: &'static str,
    pub(crate) holding: String,
    pub(crate) icon: Icon,
    pub(crate) name: String,
    /// What its button says while it is the one that is proposed.
    pub(crate) button: String,
    /// Which one, or how far it reaches.
    pub(crate) caption: String,
    /// Whether it can be chosen.
    pub(crate) is_usable: bool,
}

/// What is asked now.
pub(crate) struct AskedView {
    pub(crate) factor: &'static str,
    pub(crate) lead: String,
    /// What to compare first.
    pub(crate) compare: Option<String>,
    /// Digits for a token, in groups.
    pub(crate) question: Option<String>,
    /// A text to be signed.
    pub(crate) text: Option<String>,
    /// For the browser's own keys, as JSON.
    pub(crate) options: Option<String>,
    pub(crate) fields: Vec<Field>,
    /// Where the demonstration shows the text, or has the token: what it says, the address, the link's words.
    pub(crate) demo: Option<(String, String, String)>,
    /// In how many seconds another text can be sent, in words; none: now.
    pub(crate) wait: Option<String>,
    pub(crate) is_text: bool,
}

/// The whole of it.
pub(crate) struct ProofView {
    /// Where a way is chosen.
    pub(crate) ask: String,
    /// Where the answer goes.
    pub(crate) confirm: String,
    pub(crate) asked: Option<AskedView>,
    /// The way that is proposed while nothing is asked.
    pub(crate) best: Option<WayView>,
    pub(crate) others: Vec<WayView>,
    pub(crate) errors: FormErrors,
    pub(crate) trouble: Option<Banner>,
    /// What the button says.
    pub(crate) button: String,
    pub(crate) note: String,
    /// What a browser signs with the key of a bound device: its number and the message.
    pub(crate) device: Option<(String, String)>,
    /// Whether money is to move, not a setting to change.
    pub(crate) is_payment: bool,
}

/// What a page knows before a proof is drawn.
pub(crate) struct Asking<'a> {
    pub(crate) ask: String,
    pub(crate) confirm: String,
    pub(crate) button: String,
    pub(crate) note: String,
    pub(crate) ways: &'a [ConfirmWay],
    /// What is to be paid; none for settings.
    pub(crate) amount_minor: Option<i64>,
    pub(crate) asked: Option<Challenge>,
    pub(crate) refusal: Option<&'a Refusal>,
    pub(crate) device: Option<(String, String)>,
}

/// A way that was chosen.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    factor: String,
    #[serde(default)]
    holding: String,
    #[serde(default)]
    pub(crate) device_proof: String,
}

impl Chosen {
    /// Refuses with `passport.factor_unknown`, `passport.factor_not_held`.
    pub(crate) fn read(&self) -> Result<(Factor, Option<FactorId>), Refusal> {
        let factor = Factor::CONFIRMING.into_iter().find(|factor| factor.code() == self.factor);
        let factor = factor.ok_or_else(|| Refusal::new("passport.factor_unknown", 422).with("field", "factor"))?;
        if self.holding.is_empty() {
            return Ok((factor, None));
        }
        let not_held = || Refusal::new("passport.factor_not_held", 404);
        let id: i64 = self.holding.parse().map_err(|_| not_held())?;
        // Everybody has the texts to their own number; they have no number of their own.
        Ok((factor, Some(FactorId(id)).filter(|_| factor != Factor::SmsCode)))
    }
}

/// An answer that was given.
#[derive(Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    factor: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    account_tail: String,
    #[serde(default)]
    device_proof: String,
}

impl Answer {
    /// The proof in it; none if nothing was answered. Refuses with `passport.factor_unknown`.
    pub(crate) fn read(&self) -> Result<Option<Proof>, Refusal> {
        let answer = self.answer.trim();
        if answer.is_empty() {
            return Ok(None);
        }
        let factor = Factor::CONFIRMING.into_iter().find(|factor| factor.code() == self.factor);
        let factor = factor.ok_or_else(|| Refusal::new("passport.factor_unknown", 422).with("field", "factor"))?;
        let (answer, account_tail) = (answer.to_owned(), self.account_tail.clone());
        Ok(Some(Proof { factor, answer, account_tail, device: self.device_proof.clone() }))
    }
}

/// What else is about the proof.
const OTHERS: [&str; 10] = [
    "payments.code_needed",
    "notify.gateway_unavailable",
    "passport.payee_unreadable",
    "passport.certificate_over",
    "passport.device_not_bound",
    "passport.key_not_found",
    "passport.signing_key_not_found",
    "passport.keys_unavailable",
    "passport.key_unrecognised",
    "passport.texts_rest",
];

/// Whether the proof is what was refused, so that the person stays on the page and tries again or otherwise.
pub(crate) fn is_about_the_proof(refusal: &Refusal) -> bool {
    ["passport.code", "passport.proof", "passport.token", "passport.factor", "passport.asks", "passport.passkey"]
        .iter()
        .any(|begin| refusal.code.starts_with(begin))
        || OTHERS.contains(&refusal.code)
}

/// The proof of something as a page draws it, and the page's status.
pub(crate) fn drawn(pages: &PageState, page: &Page, caller: &Caller, asking: Asking<'_>) -> (StatusCode, ProofView) {
    let Asking { ask, confirm, button, note, ways, amount_minor, asked, refusal, device } = asking;
    let mut errors = FormErrors::none();
    let mut trouble = None;
    let status = refusal.map_or(StatusCode::OK, |refusal| {
        StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
    });
    match (refusal, &asked) {
        (Some(refusal), Some(asked)) if !matches!(asked.asked, Asked::WebAuthn { .. }) => {
            errors.add("answer", view::sentences(page, refusal));
        }
        // Without something that could be answered there is no field at which to say it.
        (Some(refusal), _) => {
            let (title, text) = page.refusal_texts(refusal);
            let lead = if page.is_zh() { format!("{title}。") } else { format!("{title}.") };
            trouble = Some(Banner::new(Tone::Warn, Icon::Warn, lead, text));
        }
        (None, _) => {}
    }
    let is_asked = |way: &ConfirmWay| {
        asked.as_ref().is_some_and(|asked| asked.factor == way.holding.factor && asked.holding == way.holding.id)
    };
    let reaches = |way: &ConfirmWay| amount_minor.is_none_or(|amount| way.cap.reaches(amount));
    let mut others: Vec<WayView> =
        ways.iter().filter(|way| !is_asked(way)).map(|way| way_view(page, way, amount_minor)).collect();
    // The least trouble that reaches the amount is proposed: ways come weakest first.
    let best = match asked {
        Some(_) => None,
        None => others.iter().position(|way| way.is_usable).map(|place| others.remove(place)),
    };
    let current = ways.iter().find(|way| is_asked(way));
    if let (Some(way), Some(amount)) = (current, amount_minor)
        && !reaches(way)
    {
        let text = reach(page, &way.cap, Some(amount));
        trouble = Some(Banner::new(Tone::Warn, Icon::Warn, name(page, way.holding.factor), text));
    }
    let asked = asked.map(|asked| asked_view(pages, page, caller, asked, amount_minor.is_some(), &errors));
    let is_payment = amount_minor.is_some();
    (status, ProofView { ask, confirm, asked, best, others, errors, trouble, button, note, device, is_payment })
}

fn asked_view(
    pages: &PageState,
    page: &Page,
    caller: &Caller,
    challenge: Challenge,
    is_payment: bool,
    errors: &FormErrors,
) -> AskedView {
    let left = challenge.left;
    let hint = |key: &str| page.tx(key, &[("left", left.into())]);
    let is_text = challenge.factor == Factor::SmsCode;
    let code = |hint| Field::code("answer", page.t("retail-code")).hint(hint).errors(errors);
    let mut shown = AskedView {
        factor: challenge.factor.code(),
        lead: page.t(lead(challenge.factor)),
        compare: None,
        question: None,
        text: None,
        options: None,
        fields: Vec::new(),
        demo: None,
        wait: None,
        is_text,
    };
    match challenge.asked {
        Asked::Code { to } => {
            shown.lead = page.tx("retail-pay-code-sent", &[("to", (&to).into())]);
            let resend_ms = challenge.resend_at.map_or(0, kit::Timestamp::as_ms);
            let wait_s = (resend_ms - page.now().as_ms() + 999).div_euclid(1_000);
            shown.wait = (wait_s > 0).then(|| page.tx("retail-pay-code-wait", &[("n", wait_s.into())]));
            let inbox = view::inbox_address(pages, Some(&caller.0.mobile));
            shown.demo = inbox.map(|inbox| (page.t("retail-inbox-hint"), inbox, page.t("retail-inbox-open")));
            if is_payment {
                let tail = Field::digits("account_tail", page.t("retail-account-tail"), 6);
                shown.fields.push(tail.hint(page.t("retail-account-tail-hint")));
            }
            shown.fields.push(code(hint("retail-pay-code-hint")));
        }
        Asked::Token { question } => {
            let demo = view::token_address(pages, &question);
            shown.demo =
                demo.map(|token| (page.t("retail-proof-token-demo"), token, page.t("retail-proof-token-open")));
            shown.compare = is_payment.then(|| page.t("retail-proof-token-compare"));
            shown.question = Some(in_groups(&question, is_payment));
            let code = Field::code("answer", page.t("retail-proof-token-code"));
            shown.fields.push(code.hint(hint("retail-proof-token-hint")).errors(errors));
        }
        Asked::Sign { text } => {
            shown.text = Some(text);
            let field = Field::new("answer", page.t("retail-proof-signature")).hint(hint("retail-proof-sign-hint"));
            shown.fields.push(field.errors(errors));
        }
        Asked::WebAuthn { options } => shown.options = Some(options),
    }
    shown
}

/// What to do.
fn lead(factor: Factor) -> &'static str {
    match factor {
        Factor::Passkey => "retail-proof-lead-passkey",
        Factor::OtpToken => "retail-proof-lead-otp_token",
        Factor::SigningKey => "retail-proof-lead-signing_key",
        Factor::SecurityKey => "retail-proof-lead-security_key",
        Factor::SmsCode | Factor::None | Factor::Password => "retail-proof-lead-sms_code",
    }
}

/// What a way is called.
pub(crate) fn name(page: &Page, factor: Factor) -> String {
    page.t(match factor {
        Factor::Passkey => "retail-factor-passkey",
        Factor::OtpToken => "retail-factor-otp_token",
        Factor::SigningKey => "retail-factor-signing_key",
        Factor::SecurityKey => "retail-factor-security_key",
        Factor::SmsCode | Factor::None | Factor::Password => "retail-factor-sms_code",
    })
}

fn icon(factor: Factor) -> Icon {
    match factor {
        Factor::SmsCode => Icon::Sms,
        Factor::Passkey => Icon::Phone,
        _ => Icon::Shield,
    }
}

fn way_view(page: &Page, way: &ConfirmWay, amount_minor: Option<i64>) -> WayView {
    let Holding { id, factor, label, .. } = &way.holding;
    let is_usable = amount_minor.is_none_or(|amount| way.cap.reaches(amount));
    let reach = reach(page, &way.cap, amount_minor);
    let label = match factor {
        Factor::OtpToken if !label.is_empty() => page.tx("retail-with-tail", &[("tail", label.into())]),
        _ => label.clone(),
    };
    let caption = match (amount_minor, label.is_empty()) {
        (None, _) => label.clone(),
        (Some(_), true) => reach,
        (Some(_), false) => format!("{label} · {reach}"),
    };
    let name = name(page, *factor);
    let button = match factor {
        Factor::SmsCode => page.tx("retail-pay-code-send", &[("to", (&label).into())]),
        _ => page.tx("retail-proof-by", &[("way", (&name).into())]),
    };
    WayView { factor: factor.code(), holding: id.to_string(), icon: icon(*factor), name, button, caption, is_usable }
}

/// How far a way reaches, in a sentence: what is left now, or the bound that the amount breaks.
pub(crate) fn reach(page: &Page, cap: &Cap, amount_minor: Option<i64>) -> String {
    let yuan = |minor| page.formats().in_sentence(money::Amount::new(minor, money::Currency::CNY));
    let broken = amount_minor.and_then(|amount| cap.broken_by(amount));
    match (broken, cap.binding()) {
        (Some(part), _) => {
            let (most, left) = (yuan(part.used.cap_minor), yuan(part.used.left_minor));
            page.tx(bound(part.reason), &[("cap", (&most).into()), ("left", (&left).into())])
        }
        (None, Some(part)) => page.tx("retail-proof-reaches", &[("left", (&yuan(part.used.left_minor)).into())]),
        (None, None) => page.t("retail-proof-unbounded"),
    }
}

/// A bound in words.
fn bound(reason: CapReason) -> &'static str {
    match reason {
        CapReason::Method(Window::Payment) => "retail-cap-method-payment",
        CapReason::Method(Window::Day) => "retail-cap-method-day",
        CapReason::Method(_) => "retail-cap-method-month",
        CapReason::Own(Window::Payment) => "retail-cap-own-payment",
        CapReason::Own(_) => "retail-cap-own-day",
        CapReason::Tier(Window::Day) => "retail-cap-tier-day",
        CapReason::Tier(_) => "retail-cap-tier-month",
        CapReason::OwnTotal => "retail-cap-own-total",
        CapReason::Class(Window::Year) => "retail-cap-class-year",
        CapReason::Class(_) => "retail-cap-class-day",
        CapReason::Qr(_) => "retail-cap-qr-day",
        CapReason::Locked => "retail-cap-locked",
        CapReason::Mandate => "retail-cap-mandate",
        CapReason::Risk => "retail-cap-risk",
    }
}

/// A question in groups that are read at a glance: of a payment's the payee's three digits, the amount's three, the others.
fn in_groups(question: &str, is_payment: bool) -> String {
    let cuts: &[usize] = if is_payment { &[3, 3] } else { &[4] };
    let mut groups = Vec::new();
    let mut rest = question;
    for cut in cuts {
        let Some((group, after)) = rest.split_at_checked(*cut) else { break };
        groups.push(group);
        rest = after;
    }
    groups.push(rest);
    groups.retain(|group| !group.is_empty());
    groups.join(" ")
}

/// A refusal about the proof, or the error that it is not.
pub(crate) fn about_the_proof(error: Error) -> Result<Refusal, Error> {
    match error {
        Error::Refusal(refusal) if is_about_the_proof(&refusal) => Ok(refusal),
        error => Err(error),
    }
}
