//! The living page of the design system, `/design`: every component in its states, in the visitor's language and
//! theme. Served by the demonstration bank alone.

use crate::ui::{
    AccountCard, AmountField, BalanceChart, Banner, CardClass, ChartWords, CoinMark, Field, Figure, FigureSize,
    FormErrors, HtmlFragment, Meter, MonthBars, MonthsChart, Row, Stamp, Steps, Tone,
};
use crate::{Html, Icon, Page};
use askama::Template;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use money::{Amount, Currency};

pub(crate) fn routes() -> Router {
    Router::new().route("/design", get(design))
}

/// The colours by the name of their token; the sheet gives each a class `swatch-…`.
const COLOURS: [&str; 15] = [
    "paper", "surface", "sunken", "ink", "ink2", "ink3", "line", "edge", "seal", "bronze", "patina", "danger", "warn",
    "info", "focus",
];

/// A month's balances: so many days at so many minor units.
const BALANCES: [(usize, i64); 8] =
    [(2, 695_906), (4, 435_906), (2, 417_170), (3, 407_170), (2, 402_150), (4, 376_150), (2, 363_510), (2, 1_284_630)];

/// What came in and went out in months of a year, minor units.
const MONTHS: [(u8, i64, i64); 4] =
    [(8, 930_000, 512_000), (9, 930_000, 648_000), (10, 1_005_000, 731_000), (11, 930_000, 341_276)];

#[derive(Template)]
#[template(path = "web/design.html")]
struct Design {
    marks: Vec<(CoinMark, &'static str, &'static str)>,
    fields: [Field; 3],
    summary: String,
    amount: AmountField,
    figures: [Figure; 5],
    cards: [AccountCard; 3],
    banners: [Banner; 4],
    steps: Steps,
    rows: HtmlFragment,
    stamp: Stamp,
    balance: BalanceChart,
    months: MonthsChart,
    meters: [Meter; 2],
    page: Page,
}

async fn design(page: Page) -> Response {
    let yuan = |minor| Amount::new(minor, Currency::CNY);
    let t = |key: &str| page.t(key);
    let errors = FormErrors::one("identity", t("web-design-identity-error"));
    let card = |class, name: &str, tail: &str, minor| {
        AccountCard::new(&page, class, &t(name), tail, t("web-design-balance"), yuan(minor))
    };
    let row = |coin, title: &str, minor| {
        let when = page.formats().when(page.now()).into();
        let end = Figure::new(&page, yuan(minor)).signed();
        Row::new(coin, page.words(&t(title))).caption([when, page.words(&t("web-design-memo"))]).end(end)
    };
    let chart = |id, key: &str| ChartWords { id, title: t(key), finding: t(&format!("{key}.text")) };
    let person = if page.is_zh() { "李" } else { "L" };
    let rows = [
        row(CoinMark::person(person), "web-design-row-person", -8_880),
        row(CoinMark::word_in(if page.is_zh() { "薪" } else { "S" }), "web-design-row-salary", 930_000),
        row(CoinMark::thing(Icon::Bolt), "web-design-row-power", -12_640),
    ];
    let banner = |tone, icon, lead: &str, text: &str| Banner::new(tone, icon, t(lead), t(text));
    let page_of = Design {
        marks: vec![
            (CoinMark::done().big(), "web-design-mark-done", "web-design-mark-done.text"),
            (CoinMark::pending().big(), "web-design-mark-pending", "web-design-mark-pending.text"),
            (CoinMark::refused().big(), "web-design-mark-refused", "web-design-mark-refused.text"),
            (CoinMark::danger(Icon::Attention).big(), "web-design-mark-danger", "web-design-mark-danger.text"),
        ],
        fields: [
            Field::mobile("mobile", t("web-design-mobile")).value("138 0000 56").hint(t("web-design-mobile-hint")),
            Field::new("identity", t("web-design-identity")).value("33010119900101123X").errors(&errors),
            Field::password("secret", t("web-design-password")),
        ],
        summary: errors.summary(&page).to_string().replace(" autofocus", ""),
        amount: AmountField::new(&page, "amount", t("web-design-amount"), Currency::CNY)
            .value("12,000.00")
            .hint(if page.is_zh() { yuan(1_200_000).words_zh() } else { page.formats().in_sentence(yuan(1_200_000)) }),
        figures: [
            Figure::new(&page, yuan(1_284_630)).sized(FigureSize::Xl),
            Figure::new(&page, yuan(1_284_630)).sized(FigureSize::L),
            Figure::new(&page, yuan(930_000)).signed(),
            Figure::new(&page, yuan(-8_880)).signed(),
            Figure::new(&page, Amount::new(50_000, Currency::JPY)).sized(FigureSize::L),
        ],
        cards: [
            card(CardClass::One, "web-design-card-salary", "6027", 1_284_630).flow(
                &page,
                t("web-design-in"),
                yuan(930_000),
            ),
            card(CardClass::Two, "web-design-card-change", "3310", 120_844),
            card(CardClass::Three, "web-design-card-transit", "9152", 3_650),
        ],
        banners: [
            banner(Tone::Info, Icon::Clock, "web-design-banner-info", "web-design-banner-info.text"),
            banner(Tone::Done, Icon::Check, "web-design-banner-done", "web-design-banner-done.text"),
            banner(Tone::Warn, Icon::Shield, "web-design-banner-warn", "web-design-banner-warn.text")
                .action(t("web-design-action"), "#banners".to_owned()),
            banner(Tone::Danger, Icon::Warn, "web-design-banner-danger", "web-design-banner-danger.text"),
        ],
        steps: Steps::new(
            t("web-design-steps"),
            vec![t("web-design-step-one"), t("web-design-step-two"), t("web-design-step-three")],
            1,
        ),
        rows: HtmlFragment::join(rows.map(|row| HtmlFragment::trusted(format!("<li>{row}</li>")))),
        stamp: Stamp::new(t("web-seal-above"), t("web-seal-below")),
        meters: [186_000, 1_000_000].map(|used| Meter::new(&page, t("web-design-meter"), yuan(used), yuan(1_000_000))),
        balance: BalanceChart::new(
            &page,
            chart("chart-balance", "web-design-chart-balance"),
            Currency::CNY,
            BALANCES.iter().flat_map(|(days, minor)| std::iter::repeat_n(*minor, *days)).collect(),
            30,
            t("web-design-lowest"),
        )
        .runs(t("web-design-today")),
        months: MonthsChart::new(
            &page,
            chart("chart-months", "web-design-chart-months"),
            Currency::CNY,
            MONTHS
                .map(|(month, received_minor, paid_minor)| MonthBars {
                    name: page.formats().month_short(month),
                    received_minor,
                    paid_minor,
                })
                .into(),
        ),
        page: page.clone(),
    };
    Html(page_of).into_response()
}
