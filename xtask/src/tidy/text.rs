//! Rules on the text itself: files one can read in one go, no promises in place of work, no paths of one machine.

use super::{Finding, Source};
use crate::run;

/// Beyond this a file has more than one subject. Aim for a few hundred lines.
const MOST_LINES: usize = 800;

/// Files written by people in which length is a matter of taste.
const LENGTH_CHECKED: &[&str] = &["rs", "html", "css", "js", "sql", "ftl", "sh"];

/// What this repository writes; anything else should have a reason.
const TEXT_CHECKED: &[&str] =
    &["rs", "html", "css", "js", "sql", "ftl", "sh", "toml", "md", "svg", "txt", "csv", "yml", "yaml"];

/// Words that stand where work is missing, each with what to do. They are in pieces so that this file is clean itself.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("to", "do!("), "write the code, or leave the feature out"),
    (concat!("unimpl", "emented!("), "write the code, or leave the feature out"),
    (concat!("db", "g!("), "remove it, or log through `tracing`"),
    (concat!("TO", "DO"), "do it now, or file an issue"),
    (concat!("FIX", "ME"), "do it now, or file an issue"),
    (concat!("coming ", "soon"), "show only what works"),
    (concat!("敬请", "期待"), "show only what works"),
    (concat!("即将", "上线"), "show only what works"),
    (concat!("lorem ", "ipsum"), "write what the page has to say"),
];

pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let machine = machine_paths();
    sources.iter().flat_map(|source| check_one(source, &machine)).collect()
}

fn check_one(source: &Source, machine: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let path = &source.path;
    if LENGTH_CHECKED.contains(&source.extension()) {
        let lines = source.lines().count();
        if lines > MOST_LINES {
            findings.push(Finding::new(
                path,
                0,
                format!("{lines} lines are more than {MOST_LINES}; split the file by subject"),
            ));
        }
    }
    let plain_script =
        source.extension().is_empty() && source.text.as_deref().is_some_and(|text| text.starts_with("#!"));
    if !TEXT_CHECKED.contains(&source.extension()) && !plain_script {
        return findings;
    }
    for (number, line) in source.lines() {
        let lower = line.to_ascii_lowercase();
        for (word, advice) in FORBIDDEN {
            let found = if word.contains(' ') { lower.contains(word) } else { line.contains(word) };
            if found {
                findings.push(Finding::new(path, number, format!("`{word}` is not wanted here: {advice}")));
            }
        }
        if let Some(found) = machine.iter().find(|folder| line.contains(folder.as_str())) {
            findings.push(Finding::new(
                path,
                number,
                format!("`{found}` exists on one machine only; use a relative path, a temporary folder or a setting"),
            ));
        }
        if line.ends_with([' ', '\t']) && source.extension() != "md" {
            findings.push(Finding::new(path, number, "spaces at the end of the line; remove them"));
        }
        if line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ") {
            findings.push(Finding::new(path, number, "a merge was left half done; finish it"));
        }
    }
    findings
}

/// Folders that only somebody's own machine has: usual homes, and this very checkout and home.
fn machine_paths() -> Vec<String> {
    let mut paths = vec![concat!("/Us", "ers/").to_owned(), concat!("/ro", "ot/").to_owned()];
    let own = [Some(run::root()), std::env::var_os("HOME").map(Into::into)];
    for path in own.into_iter().flatten() {
        // A checkout at `/app` must not forbid every route that starts so.
        if path.components().count() > 2 {
            paths.push(path.to_string_lossy().into_owned());
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source;

    fn lines_found(path: &str, text: &str) -> Vec<usize> {
        check_one(&source(path, text), &["/home/jane".to_owned()]).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn stand_ins_for_work_are_found() {
        assert_eq!(lines_found("a.rs", concat!("fn a() {\n    to", "do!()\n}\n")), [2]);
        assert_eq!(lines_found("a.html", concat!("<p>Coming ", "Soon</p>\n")), [1]);
        assert_eq!(lines_found("a.md", "Paid in full.\n"), []);
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        assert_eq!(lines_found("a.rs", "let a = 1;\nlet b = \"/home/jane/bank\";\n"), [2]);
        assert_eq!(lines_found("a.html", "<a href=\"/home\">"), []);
    }

    #[test]
    fn a_long_file_is_found() {
        assert_eq!(lines_found("a.rs", &"//\n".repeat(MOST_LINES)), []);
        assert_eq!(lines_found("a.rs", &"//\n".repeat(MOST_LINES + 1)), [0]);
        assert_eq!(lines_found("a.md", &"x\n".repeat(MOST_LINES + 1)), []);
    }

    #[test]
    fn trailing_space_is_found_outside_of_markdown() {
        assert_eq!(lines_found("a.rs", "fn a() {} \n"), [1]);
        assert_eq!(lines_found("a.md", "two spaces break a line  \n"), []);
    }
}
