//! Who may depend on whom: dependencies point down only.
//!
//! platforms → payments → accounts → cloud → {ledger, risk, passport, staff, notify} → {db, web, kit, money}.
//! Platforms never name each other; news between them travels as events. Rooms of one level do not name each other
//! either, but for the few edges in [`SIDEWAYS`], each with its reason. Inside a room, `model/` stays pure.

use super::{Finding, Source};

/// The floors of the house, lowest first.
const LEVELS: &[(&str, &[&str])] = &[
    ("foundation", &["money", "kit", "iso20022", "db", "web", "credential", "cache", "storage"]),
    ("services", &["ledger", "numbers", "risk", "passport", "staff", "notify"]),
    ("cloud", &["cloud"]),
    ("accounts", &["accounts", "workload"]),
    ("payments", &["payments", "simulation"]),
    (
        "platforms",
        &[
            "retail",
            "open",
            "corporate",
            "chat",
            "mall",
            "life",
            "lending",
            "wealth",
            "branch",
            "rural",
            "compliance",
            "network",
        ],
    ),
    ("binary", &["tongbao"]),
];

/// Edges within one level that are wanted.
const SIDEWAYS: &[(&str, &str)] = &[
    // Errors, ids, the clock and the spawn that logs panics are everybody's.
    ("db", "kit"),
    ("web", "kit"),
    ("credential", "kit"),
    // What lies in Redis is sealed.
    ("cache", "kit"),
    ("cache", "credential"),
    // Messages between banks carry amounts and days.
    ("iso20022", "kit"),
    ("iso20022", "money"),
    // The page shell writes amounts.
    ("web", "money"),
    // A code goes out as a text, and what happens to a sign-in is told in the inbox.
    ("passport", "notify"),
];

/// Edges that point down and are refused all the same.
const REFUSED: &[(&str, &str, &str)] = &[
    ("ledger", "db", "the ledger is the source of truth and knows no SQL; write a projection in a higher room"),
    ("ledger", "web", "the ledger knows no HTTP; write pages and API in a higher room"),
];

/// Outside crates that only one room may name, since it hides them from all others.
const OWNED: &[(&str, &str, &str)] = &[("sqlx", "db", "talk SQL through the `db` room")];

/// What code under `model/` may not name: decisions take what they need as arguments and give back what they decided.
const IMPURE: &[&str] = &[
    "async fn",
    ".await",
    "tokio::",
    "db::",
    "std::fs",
    "TcpStream",
    "UdpSocket",
    "std::thread",
    "Clock",
    "Instant::now",
    "Random",
];

/// Rooms for tests alone.
const TEST_ONLY: &str = "testkit";

#[derive(Debug, PartialEq, Eq)]
struct Edge<'a> {
    to: &'a str,
    line: usize,
    for_tests: bool,
}

pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in sources {
        let Some(room) = manifest.path.strip_prefix("crates/").and_then(|path| path.strip_suffix("/Cargo.toml")) else {
            continue;
        };
        if level(room).is_none() && room != TEST_ONLY {
            findings.push(Finding::new(
                &manifest.path,
                0,
                format!("the room `{room}` has no level; give it one in xtask/src/tidy/rooms.rs"),
            ));
            continue;
        }
        for edge in edges(manifest) {
            if let Some(reason) = judge(room, &edge) {
                findings.push(Finding::new(&manifest.path, edge.line, reason));
            }
        }
        if !manifest.text.as_deref().unwrap_or("").contains("[lints]\nworkspace = true") {
            findings.push(Finding::new(
                &manifest.path,
                0,
                "the workspace's lints are not on; add `[lints]\\nworkspace = true`",
            ));
        }
    }
    findings.extend(sources.iter().flat_map(impure_models));
    findings
}

/// Lines of a `model/` that wait, ask for the time, or reach outside. Its tests may.
fn impure_models(source: &Source) -> Vec<Finding> {
    let in_model = source.path.starts_with("crates/") && source.path.contains("/src/model/");
    if !in_model || source.extension() != "rs" {
        return Vec::new();
    }
    let decisions = source.lines().take_while(|(_, line)| !line.starts_with("#[cfg(test)]"));
    let mut findings = Vec::new();
    for (number, line) in decisions {
        let code = line.split("//").next().unwrap_or_default();
        for word in IMPURE.iter().filter(|word| code.contains(**word)) {
            let message =
                format!("`{}` has no place in a model; do it in `service/` and pass the result in", word.trim());
            findings.push(Finding::new(&source.path, number, message));
        }
    }
    findings
}

/// Why the edge is refused, or `None` if it may stand.
fn judge(room: &str, edge: &Edge<'_>) -> Option<String> {
    let to = edge.to;
    if let Some((_, owner, advice)) = OWNED.iter().find(|(name, ..)| *name == to) {
        return (room != *owner).then(|| format!("only `{owner}` may depend on `{to}`; {advice}"));
    }
    if to == TEST_ONLY {
        return (!edge.for_tests).then(|| format!("`{to}` is for tests; move it to [dev-dependencies]"));
    }
    let to_level = level(to)?;
    if room == TEST_ONLY {
        return (to == "tongbao").then(|| "the test kit wires rooms, it does not start the binary".to_owned());
    }
    if let Some((.., advice)) = REFUSED.iter().find(|(from, refused, _)| *from == room && *refused == to) {
        return Some(format!("`{room}` may not depend on `{to}`: {advice}"));
    }
    let room_level = level(room)?;
    if to_level < room_level || SIDEWAYS.contains(&(room, to)) {
        return None;
    }
    Some(if to_level > room_level {
        format!(
            "`{room}` ({}) may not depend on `{to}` ({}), which is above it; own a port (a trait) here and implement it \
             there, or let an event travel",
            LEVELS[room_level].0, LEVELS[to_level].0
        )
    } else {
        format!(
            "`{room}` and `{to}` are of one level ({}) and may not name each other; move what both need down, or let an \
             event travel",
            LEVELS[room_level].0
        )
    })
}

fn level(room: &str) -> Option<usize> {
    LEVELS.iter().position(|(_, rooms)| rooms.contains(&room))
}

/// The dependencies in a manifest. Ours are written one a line, as `name.workspace = true` or `name = …`, or as a table
/// `[dependencies.name]`.
fn edges(manifest: &Source) -> Vec<Edge<'_>> {
    let mut found = Vec::new();
    let mut section: Option<bool> = None;
    for (number, line) in manifest.lines() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let (table, name) = match header.rsplit_once("dependencies.") {
                Some((before, name)) => (format!("{before}dependencies"), Some(name)),
                None => (header.to_owned(), None),
            };
            section = table.ends_with("dependencies").then(|| table.ends_with("dev-dependencies"));
            if let (Some(for_tests), Some(name)) = (section, name) {
                found.push(Edge { to: name, line: number, for_tests });
                section = None;
            }
            continue;
        }
        let Some(for_tests) = section else { continue };
        let Some((key, _)) = line.split_once('=') else { continue };
        let name = key.trim().split('.').next().unwrap_or_default().trim_matches('"');
        if !name.is_empty() && !name.starts_with('#') {
            found.push(Edge { to: name, line: number, for_tests });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source;

    fn verdicts(room: &str, dependencies: &str) -> Vec<usize> {
        let text = format!("[package]\nname = \"{room}\"\n\n[lints]\nworkspace = true\n\n{dependencies}");
        let manifest = source(&format!("crates/{room}/Cargo.toml"), &text);
        check(&[manifest]).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn edges_down_may_stand() {
        assert_eq!(
            verdicts("retail", "[dependencies]\npayments.workspace = true\nmoney = { path = \"../money\" }\n"),
            []
        );
        assert_eq!(verdicts("accounts", "[dependencies]\nledger.workspace = true\npassport.workspace = true\n"), []);
        assert_eq!(verdicts("tongbao", "[dependencies]\nretail.workspace = true\nledger.workspace = true\n"), []);
        assert_eq!(verdicts("db", "[dependencies]\nkit.workspace = true\nsqlx.workspace = true\n"), []);
    }

    #[test]
    fn edges_up_and_sideways_are_refused_with_their_line() {
        assert_eq!(verdicts("accounts", "[dependencies]\nmoney.workspace = true\npayments.workspace = true\n"), [9]);
        assert_eq!(verdicts("retail", "[dependencies]\nmall.workspace = true\n"), [8]);
        assert_eq!(verdicts("ledger", "[dependencies]\npassport.workspace = true\n"), [8]);
        assert_eq!(verdicts("ledger", "[dependencies.db]\nworkspace = true\n"), [7]);
        assert_eq!(verdicts("kit", "[dev-dependencies]\nledger.workspace = true\n"), [8]);
    }

    #[test]
    fn outside_crates_stay_with_their_room() {
        assert_eq!(verdicts("accounts", "[dependencies]\nsqlx = \"0.9\"\n"), [8]);
        assert_eq!(verdicts("payments", "[target.'cfg(unix)'.dependencies]\nsqlx.workspace = true\n"), [8]);
    }

    #[test]
    fn the_test_kit_is_for_tests_alone() {
        assert_eq!(verdicts("retail", "[dev-dependencies]\ntestkit.workspace = true\n"), []);
        assert_eq!(verdicts("retail", "[dependencies]\ntestkit.workspace = true\n"), [8]);
        assert_eq!(verdicts("testkit", "[dependencies]\nretail.workspace = true\nledger.workspace = true\n"), []);
    }

    #[test]
    fn a_model_decides_and_does_nothing_else() {
        let model = |text| impure_models(&source("crates/payments/src/model/order.rs", text)).len();
        assert_eq!(model("/// Waits for nobody, and asks no Clock.\nfn decide(now: Timestamp) {}\n"), 0);
        assert_eq!(model("fn decide(clock: &dyn Clock) {}\n"), 1);
        assert_eq!(model("async fn decide() { load().await }\n"), 2);
        assert_eq!(model("fn decide() {}\n#[cfg(test)]\nmod tests { async fn a() {} }\n"), 0);
        assert!(impure_models(&source("crates/payments/src/service/order.rs", "async fn pay() {}\n")).is_empty());
    }

    #[test]
    fn an_unknown_room_asks_for_its_level() {
        assert_eq!(verdicts("casino", "[dependencies]\nmoney.workspace = true\n"), [0]);
    }
}
