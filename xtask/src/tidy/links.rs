//! Links in documents point at files, and at headings in them, that exist.

use std::collections::HashSet;

use super::{Finding, Source};

pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let files: HashSet<&str> = sources.iter().map(|source| source.path.as_str()).collect();
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| source.extension() == "md") {
        for (line, target) in links(source) {
            if let Some(message) = judge(&source.path, target, &files, sources) {
                findings.push(Finding::new(&source.path, line, message));
            }
        }
    }
    findings
}

fn judge(from: &str, target: &str, files: &HashSet<&str>, sources: &[Source]) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = match target.split_once('#') {
        Some((path, heading)) => (path, Some(heading)),
        None => (target, None),
    };
    let resolved = if path.is_empty() { Some(from.to_owned()) } else { resolve(from, path) };
    let Some(resolved) = resolved else {
        return Some(format!("the link `{target}` leaves the repository; name the place in words"));
    };
    let is_folder = || files.iter().any(|file| file.starts_with(&format!("{}/", resolved.trim_end_matches('/'))));
    if !files.contains(resolved.as_str()) && !is_folder() {
        return Some(format!("the link `{target}` points at nothing; there is no {resolved}"));
    }
    let heading = heading?;
    let text = sources.iter().find(|source| source.path == resolved && source.extension() == "md")?;
    (!headings(text).contains(heading))
        .then(|| format!("the link `{target}` points at a heading that {resolved} does not have"))
}

/// Joins a relative link to the folder of the file that holds it; `None` if it climbs out of the repository.
fn resolve(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = if path.starts_with('/') { Vec::new() } else { from.split('/').collect() };
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// `[text](target)` and `<img src="target">`, outside of code.
fn links(source: &Source) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in outside_code(source) {
        for (mark, end) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
            for (start, _) in line.match_indices(mark) {
                if line[..start].matches('`').count() % 2 == 1 {
                    continue;
                }
                let rest = &line[start + mark.len()..];
                if let Some(length) = rest.find(end) {
                    found.push((number, rest[..length].split(' ').next().unwrap_or_default()));
                }
            }
        }
    }
    found
}

/// The anchors that the usual hosts make of headings.
fn headings(source: &Source) -> HashSet<String> {
    outside_code(source)
        .filter_map(|(_, line)| {
            let text = line.trim_start_matches('#');
            (text.len() < line.len() && text.starts_with(' ')).then(|| {
                text.trim()
                    .to_lowercase()
                    .chars()
                    .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                    .map(|c| if c == ' ' { '-' } else { c })
                    .collect()
            })
        })
        .collect()
}

fn outside_code(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    source.lines().filter(move |(_, line)| {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            return false;
        }
        !in_code
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source;

    fn lines_found(text: &str) -> Vec<usize> {
        let sources = [
            source("docs/a.md", text),
            source("docs/b.md", "# Words\n\n## What is promised, and when\n"),
            source("README.md", "# 通宝\n"),
        ];
        check(&sources).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn links_to_files_folders_and_headings_are_followed() {
        assert_eq!(lines_found("[b](b.md) [up](../README.md) [folder](../docs/) [web](https://example.org/x)\n"), []);
        assert_eq!(lines_found("[heading](b.md#what-is-promised-and-when) [zh](../README.md#通宝)\n"), []);
        assert_eq!(lines_found("# Own\n\n[here](#own)\n"), []);
    }

    #[test]
    fn links_to_nothing_are_found() {
        assert_eq!(lines_found("fine\n[gone](gone.md)\n"), [2]);
        assert_eq!(lines_found("[heading](b.md#gone)\n"), [1]);
        assert_eq!(lines_found("[out](../../elsewhere.md)\n"), [1]);
        assert_eq!(lines_found("<img src=\"pictures/gone.png\" width=\"360\">\n"), [1]);
    }

    #[test]
    fn code_is_not_read() {
        assert_eq!(lines_found("```\n[gone](gone.md)\n```\n`[gone](gone.md)`\n"), []);
    }
}
