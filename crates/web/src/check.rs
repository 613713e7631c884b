//! Checks that a room's tests call: both languages say the same things, and every key that is used exists.

use crate::{Locale, RoomTexts};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What is wrong with a room's texts, as sentences; empty when all is well. `directory` is the room's crate; keys in
/// its sources and templates are looked up in `texts` and in the shell's own.
pub fn texts(directory: &Path, texts: &RoomTexts) -> Vec<String> {
    let mut complaints = Vec::new();
    let zh = messages(texts.source(Locale::Zh));
    let en = messages(texts.source(Locale::En));
    for (one, other, name) in [(&zh, &en, "English"), (&en, &zh, "Chinese")] {
        for (key, variables) in one {
            match other.get(key) {
                None => complaints.push(format!("{key} is missing in {name}")),
                Some(others) if others != variables => {
                    complaints.push(format!("{key} uses {variables:?} and {others:?}"));
                }
                Some(_) => {}
            }
        }
    }
    let shell = messages(crate::ROOM.texts.source(Locale::Zh));
    let mut used = BTreeSet::new();
    collect_keys(directory, texts.room, &mut used);
    for key in &used {
        if !zh.contains_key(key) && !shell.contains_key(key) {
            complaints.push(format!("{key} is used and does not exist"));
        }
    }
    let prefix = format!("{}-", texts.room);
    for key in zh.keys() {
        // Attributes are parts of their message, and often asked for by a computed key.
        if key.starts_with(&prefix) && !key.contains('.') && !used.contains(key) {
            complaints.push(format!("{key} exists and is not used"));
        }
        if !key.starts_with(&prefix) && !key.starts_with("refusal-") {
            complaints.push(format!("{key} begins neither with {prefix} nor with refusal-"));
        }
    }
    complaints.sort();
    complaints.dedup();
    complaints
}

/// The refusal codes that a crate's sources name, in `Refusal::new("…"` or anywhere in a file `refusal.rs`, to be looked
/// up as texts. Codes begin with one of `rooms` and a dot.
pub fn refusal_codes(directory: &Path, rooms: &[&str]) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    let is_code = |text: &str| {
        let (room, what) = text.split_once('.').unwrap_or_default();
        rooms.contains(&room) && is_key(what) && what.bytes().all(|byte| byte != b'.' && byte != b'-')
    };
    walk(directory, &mut |source, file| {
        let literals = source.split('"').filter(|_| file == "refusal.rs").map(str::to_owned);
        codes.extend(literals.chain(after(source, "Refusal::new(")).filter(|code| is_code(code)));
    });
    codes
}

/// The keys of a Fluent file, attributes as `id.attribute`, each with the variables it uses.
fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut id, mut key) = (String::new(), String::new());
    for line in source.lines() {
        let is_message = line.starts_with(|char: char| char.is_ascii_alphabetic());
        if is_message && let Some((name, _)) = line.split_once('=') {
            id = name.trim().to_owned();
            key = id.clone();
            messages.entry(key.clone()).or_default();
        } else if let Some((name, _)) = line.trim().strip_prefix('.').and_then(|rest| rest.split_once('=')) {
            key = format!("{id}.{}", name.trim());
            messages.entry(key.clone()).or_default();
        }
        let variables = line.split('$').skip(1);
        let names =
            variables.map(|rest| rest.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect());
        messages.entry(key.clone()).or_default().extend(names);
    }
    messages.remove("");
    messages
}

fn collect_keys(directory: &Path, room: &str, used: &mut BTreeSet<String>) {
    let prefixes = [format!("{room}-"), "web-".to_owned()];
    walk(directory, &mut |source, file| {
        for call in [".t(", ".tx(", ".lines("] {
            used.extend(after(source, call).into_iter().filter(|key| is_key(key)));
        }
        // A key that a table or a match chooses stands alone as a literal; in a template that may be a class.
        let literals = source.split('"').filter(|piece| prefixes.iter().any(|prefix| piece.starts_with(prefix)));
        used.extend(literals.filter(|literal| file.ends_with(".rs") && is_key(literal)).map(str::to_owned));
    });
}

fn is_key(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// The string literals that directly follow `call`.
fn after(source: &str, call: &str) -> Vec<String> {
    let rests = source.split(call).skip(1).map(str::trim_start);
    rests.filter_map(|rest| rest.strip_prefix('"')?.split('"').next()).map(str::to_owned).collect()
}

fn walk(directory: &Path, visit: &mut impl FnMut(&str, &str)) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" && name != "target" {
            walk(&path, visit);
        } else if matches!(extension, "rs" | "html")
            && let Ok(source) = fs::read_to_string(&path)
        {
            // What stands in a test module is not used by a page.
            visit(source.split("#[cfg(test)]").next().unwrap_or_default(), &name);
        }
    }
}
