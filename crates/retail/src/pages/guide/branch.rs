//! Branches and their hours. The demonstration bank has one, which stands in no street.

use askama::Template;
use axum::response::{IntoResponse, Response};
use web::{Html, Page};

/// Opening and closing as minutes since midnight in the bank's zone.
type Hours = Option<(i32, i32)>;

/// A branch. `key` is its name among the texts, with `.address` and `.note`.
struct Branch {
    key: &'static str,
    /// From Monday to Sunday.
    week: [Hours; 7],
    /// What is done at its counter, as text keys.
    services: &'static [&'static str],
}

const WEEKDAY: Hours = Some((9 * 60, 17 * 60));
const SATURDAY: Hours = Some((10 * 60, 16 * 60));

const DEMO: [Branch; 1] = [Branch {
    key: "retail-branch-demo",
    week: [WEEKDAY, WEEKDAY, WEEKDAY, WEEKDAY, WEEKDAY, SATURDAY, None],
    services: &[
        "retail-counter-open",
        "retail-counter-cash",
        "retail-counter-freeze",
        "retail-counter-mobile",
        "retail-counter-errors",
    ],
}];

/// The names of the days, from Monday.
const DAYS: [&str; 7] = [
    "retail-day-monday",
    "retail-day-tuesday",
    "retail-day-wednesday",
    "retail-day-thursday",
    "retail-day-friday",
    "retail-day-saturday",
    "retail-day-sunday",
];

struct BranchView {
    name: String,
    address: String,
    note: String,
    is_open: bool,
    state: String,
    days: Vec<(String, String, bool)>,
    services: Vec<String>,
}

#[derive(Template)]
#[template(path = "retail/guide/branches.html")]
struct BranchesPage {
    page: Page,
    branches: Vec<BranchView>,
}

pub(crate) async fn branches(page: Page) -> Response {
    let page = page.public("branches");
    let listed: &[Branch] = if page.is_demo() { &DEMO } else { &[] };
    let shown = BranchesPage { branches: listed.iter().map(|branch| view(&page, branch)).collect(), page };
    Html(shown).into_response()
}

/// The day of the week counted from 0 and the minute, of the branch's next opening; `None` if it never opens.
fn next_opening(week: &[Hours; 7], today: usize, minute: i32) -> Option<(usize, i32)> {
    (0..8).find_map(|ahead| {
        let day = (today + ahead) % 7;
        let (opens, _) = week[day]?;
        (ahead > 0 || minute < opens).then_some((day, opens))
    })
}

fn clock(minute: i32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn view(page: &Page, branch: &Branch) -> BranchView {
    let (weekday, minute) = page.formats().week_and_minute();
    let today = usize::try_from(weekday - 1).unwrap_or_default() % 7;
    let open_until = branch.week[today].filter(|(opens, closes)| (*opens..*closes).contains(&minute));
    let state = match (open_until, next_opening(&branch.week, today, minute)) {
        (Some((_, closes)), _) => page.tx("retail-branch-open", &[("time", clock(closes).into())]),
        (None, Some((day, opens))) => {
            let day = if day == today { page.t("retail-branch-today") } else { page.t(DAYS[day]) };
            page.tx("retail-branch-closed", &[("day", day.into()), ("time", clock(opens).into())])
        }
        (None, None) => page.t("retail-branch-shut"),
    };
    let hours = |hours: Hours| match hours {
        Some((opens, closes)) => format!("{}–{}", clock(opens), clock(closes)),
        None => page.t("retail-branch-shut"),
    };
    let days = DAYS.iter().zip(branch.week).enumerate();
    BranchView {
        name: page.t(branch.key),
        address: page.t(&format!("{}.address", branch.key)),
        note: page.t(&format!("{}.note", branch.key)),
        is_open: open_until.is_some(),
        state,
        days: days.map(|(index, (day, week))| (page.t(day), hours(week), index == today)).collect(),
        services: branch.services.iter().map(|key| page.t(key)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_opening_skips_closed_days() {
        let week = DEMO[0].week;
        let table = [
            (0, 8 * 60, Some((0, 9 * 60))),
            (4, 17 * 60, Some((5, 10 * 60))),
            (5, 16 * 60, Some((0, 9 * 60))),
            (6, 12 * 60, Some((0, 9 * 60))),
        ];
        for (today, minute, expected) in table {
            assert_eq!(next_opening(&week, today, minute), expected, "{today} {minute}");
        }
        assert_eq!(next_opening(&[None; 7], 0, 0), None);
        let mondays = [WEEKDAY, None, None, None, None, None, None];
        assert_eq!(next_opening(&mondays, 0, 20 * 60), Some((0, 9 * 60)), "in a week");
    }
}
