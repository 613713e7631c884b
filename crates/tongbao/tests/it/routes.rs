//! Every route of the program, read from its source: so that a test over all routes cannot forget one.

use crate::bank::Bank;
use crate::http::Client;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The patterns of all routes that answer GET on the public entrance of the demonstration.
pub fn get_routes() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    for file in sources() {
        let source = fs::read_to_string(&file).expect("a source file");
        // What follows is the tests of the file.
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        for piece in source.split(".route(").skip(1) {
            let Some((pattern, rest)) = piece.trim_start().strip_prefix('"').and_then(|piece| piece.split_once('"'))
            else {
                continue;
            };
            let handlers = rest.split(".route(").next().unwrap_or_default().split(';').next().unwrap_or_default();
            if handlers.contains("get(") {
                routes.insert(pattern.to_owned());
            }
        }
    }
    assert!(routes.len() > 20, "the routes were not found in the source: {routes:?}");
    routes
}

/// Sources of the rooms with pages, and of the binary; not of the counterparts, which are other programs.
fn sources() -> Vec<PathBuf> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(crates).expect("the crates").map(|entry| entry.unwrap().path().join("src")).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && !is_counterpart(&path) {
                files.push(path);
            }
        }
    }
    files
}

/// Programs of their own, whose routes are not the bank's.
fn is_counterpart(path: &Path) -> bool {
    path.ends_with("registry/counterpart.rs") || path.parent().is_some_and(|folder| folder.ends_with("network/src/api"))
}

/// Whether a path belongs to a pattern such as `/payments/{order}`.
pub fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(part), Some(_)) if part.starts_with("{*") => return true,
            (Some(part), Some(value)) if part.starts_with('{') && !value.is_empty() || part == value => {}
            _ => return false,
        }
    }
}

/// Nothing of anybody is in these, and whoever likes may keep them.
const KEPT: [&str; 2] = ["/assets/{*name}", "/worker.js"];
/// Plain answers for those who run it, outside the frame of the pages.
const OPERATIONS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

#[test]
fn no_answer_about_anybody_may_be_kept_by_a_cache() {
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::demo(&folder.path().join("data"));
    let member = Client::sign_in(bank.address(), "13800001234");
    let session = format!("session={}", member.token());
    let mut asked = 0;
    for route in get_routes() {
        if KEPT.contains(&route.as_str()) || OPERATIONS.contains(&route.as_str()) {
            continue;
        }
        let path: Vec<&str> = route.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
        for cookie in ["", session.as_str()] {
            let headers = [("cookie", cookie), ("accept", "text/html")];
            let answer = Client::new(bank.address()).send("GET", &path.join("/"), &headers, None).unwrap();
            let cache = answer.header("cache-control");
            assert!(cache.contains("no-store"), "{route} as {:?}: {cache:?}", cookie.get(..8));
            assert!(answer.status < 500, "{route}: {}", answer.status);
            asked += 1;
        }
    }
    for path in ["/api/v1/accounts", "/api/v1/transfers/1", "/api/v1/nothing"] {
        assert!(member.get(path).header("cache-control").contains("no-store"), "{path}");
    }
    assert!(asked > 40);
}

#[test]
fn a_path_fits_its_pattern_alone() {
    assert!(fits("/payments/{order}", "/payments/17") && fits("/", "/") && fits("/assets/{*name}", "/assets/a/b"));
    assert!(
        !fits("/payments/{order}", "/payments/") && !fits("/payments/{order}", "/payments/1/x") && !fits("/me", "/")
    );
}
