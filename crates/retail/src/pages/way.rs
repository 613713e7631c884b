//! How far a payment between banks is, in words and steps that a person understands.

use kit::{Refusal, Timestamp};
use payments::{Elsewhere, ElsewhereStep, InterbankState, InterbankWay, Service};
use web::ui::{Banner, CoinMark, HtmlFragment, Tone};
use web::{Icon, Page};

/// One step of the way.
pub(super) struct WayStep {
    /// How it is drawn: `done`, `now`, `bad` or `todo`.
    pub(super) css: &'static str,
    pub(super) words: String,
    pub(super) when: Option<HtmlFragment>,
}

/// The way of a payment that this bank sent off.
pub(super) struct WayView {
    pub(super) steps: Vec<WayStep>,
    /// What a person should know now.
    pub(super) banner: Option<Banner>,
}

/// Whether the network's last word is still to come.
pub(super) fn is_open(elsewhere: &Elsewhere) -> bool {
    is_sent_off(elsewhere) && !elsewhere.state.is_final()
}

/// Whether it came to nothing, or came back.
pub(super) fn is_bad(elsewhere: &Elsewhere) -> bool {
    use InterbankState as State;
    is_sent_off(elsewhere) && matches!(elsewhere.state, State::Refused | State::Abandoned | State::Returned)
}

/// Whether money has moved between the banks.
pub(super) fn is_paid(elsewhere: &Elsewhere) -> bool {
    !is_sent_off(elsewhere) || matches!(elsewhere.state, InterbankState::Settled | InterbankState::Returned)
}

fn is_sent_off(elsewhere: &Elsewhere) -> bool {
    matches!(elsewhere.way, InterbankWay::Out | InterbankWay::TopUp)
}

/// What has become of it, in a word; nothing where the books alone say so.
pub(super) fn state_key(elsewhere: &Elsewhere) -> Option<&'static str> {
    use InterbankState as State;
    let is_in = elsewhere.way == InterbankWay::TopUp;
    match elsewhere.state {
        _ if !is_sent_off(elsewhere) => None,
        State::Checking => Some("retail-receipt-checking"),
        State::Written | State::Waiting | State::Sending | State::Sent => {
            Some(if is_in { "retail-receipt-collecting" } else { "retail-receipt-on-way" })
        }
        State::Refused | State::Abandoned => {
            Some(if is_in { "retail-receipt-not-collected" } else { "retail-receipt-not-paid" })
        }
        State::Returned => Some("retail-receipt-given-back"),
        State::Settled => Some(if is_in { "retail-receipt-received" } else { "retail-receipt-paid" }),
    }
}

/// The coin of that.
pub(super) fn mark(elsewhere: &Elsewhere) -> Option<CoinMark> {
    use InterbankState as State;
    match elsewhere.state {
        _ if !is_sent_off(elsewhere) => None,
        State::Refused | State::Abandoned | State::Returned => Some(CoinMark::refused()),
        State::Settled => Some(CoinMark::done()),
        _ => Some(CoinMark::pending()),
    }
}

/// The steps, for a payment that was sent off from here.
pub(super) fn way(page: &Page, elsewhere: &Elsewhere) -> Option<WayView> {
    if !is_sent_off(elsewhere) {
        return None;
    }
    let is_in = elsewhere.way == InterbankWay::TopUp;
    let mut steps = vec![
        step(page, elsewhere, "done", if is_in { "retail-way-asked-in" } else { "retail-way-asked" })
            .at(page, time_of(elsewhere, ElsewhereStep::Asked)),
    ];
    steps.extend(middle(page, elsewhere));
    steps.extend(end(page, elsewhere, is_in));
    Some(WayView { steps, banner: banner(page, elsewhere) })
}

impl WayStep {
    fn at(mut self, page: &Page, time: Option<Timestamp>) -> Self {
        self.when = time.map(|time| page.formats().full(time).into());
        self
    }
}

fn step(page: &Page, elsewhere: &Elsewhere, css: &'static str, key: &str) -> WayStep {
    let expected = elsewhere.expected.map(|expected| page.formats().moment(expected)).unwrap_or_default();
    let bank = elsewhere.bank.name(page.is_zh());
    let words = page.tx(key, &[("bank", bank.into()), ("time", (&expected).into())]);
    WayStep { css, words, when: None }
}

fn time_of(elsewhere: &Elsewhere, wanted: ElsewhereStep) -> Option<Timestamp> {
    elsewhere.steps.iter().find(|(step, _)| *step == wanted).map(|(_, time)| *time)
}

/// Between being set aside and the end.
fn middle(page: &Page, elsewhere: &Elsewhere) -> Vec<WayStep> {
    use InterbankState as State;
    let at = |css, key: &str| step(page, elsewhere, css, key);
    let sent = time_of(elsewhere, ElsewhereStep::Sent);
    let gone = at("done", "retail-way-sent").at(page, sent);
    match elsewhere.state {
        State::Written | State::Waiting | State::Sending => {
            let waits = elsewhere.service == Service::Batch && elsewhere.state != State::Sending;
            let now = if waits { "retail-way-window" } else { "retail-way-sending" };
            vec![at("now", now), at("todo", "retail-way-bank")]
        }
        State::Sent => vec![gone, at("now", "retail-way-bank")],
        State::Checking => {
            let checking = time_of(elsewhere, ElsewhereStep::Checking);
            vec![gone, at("now", "retail-way-checking").at(page, checking)]
        }
        State::Settled | State::Returned => vec![gone],
        State::Refused | State::Abandoned => sent.map(|_| gone).into_iter().collect(),
    }
}

fn end(page: &Page, elsewhere: &Elsewhere, is_in: bool) -> Vec<WayStep> {
    use InterbankState as State;
    let at = |css, key: &str| step(page, elsewhere, css, key);
    let arrived = |css| at(css, if is_in { "retail-way-in" } else { "retail-way-there" });
    match elsewhere.state {
        State::Settled => vec![arrived("done").at(page, time_of(elsewhere, ElsewhereStep::Settled))],
        State::Returned => vec![
            arrived("done").at(page, time_of(elsewhere, ElsewhereStep::Settled)),
            at("bad", "retail-way-returned").at(page, time_of(elsewhere, ElsewhereStep::Returned)),
        ],
        State::Refused | State::Abandoned => {
            let refused = at("bad", if is_in { "retail-way-refused-in" } else { "retail-way-refused" });
            vec![refused.at(page, time_of(elsewhere, ElsewhereStep::Refused))]
        }
        _ => vec![arrived("todo")],
    }
}

fn banner(page: &Page, elsewhere: &Elsewhere) -> Option<Banner> {
    if elsewhere.state == InterbankState::Checking {
        let (lead, text) = (page.t("retail-checking"), page.t("retail-checking.text"));
        return Some(Banner::new(Tone::Info, Icon::Pause, lead, text));
    }
    let ended_badly = matches!(elsewhere.state, InterbankState::Refused | InterbankState::Returned);
    let code = elsewhere.reason_code.filter(|_| ended_badly)?;
    let (title, text) = page.refusal_texts(&Refusal::new(code, 422));
    Some(Banner::new(Tone::Warn, Icon::Info, super::view::ended(page, title), text))
}
