//! `cargo xtask sim`: the ledger on a simulated disk, and whether the simulation would notice if it were broken.
//!
//! A mutant is the ledger, or what follows its journal in SQL, with one deliberate break, made by an edit of a copy of its source. The simulation must fail
//! with it; one that lives shows what nobody looks at.

mod mutants;

use crate::run::{self, Failure, cargo};
use mutants::{MUTANTS, Mutant};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// Seeds within which a mutant must be found.
const SEEDS: &str = "1000";

/// `sim [--seed S] [--seeds N] [--minutes M] [--mutant NAME]`.
pub(crate) fn sim(args: &[String]) -> Result<(), Failure> {
    let place = args.iter().position(|arg| arg == "--mutant");
    let Some(place) = place else {
        let mut command = cargo(&["run", "--release", "--quiet", "--package", "simulation", "--"]);
        command.args(args);
        return run::run(command);
    };
    let mut rest = args.to_vec();
    rest.remove(place);
    if place >= rest.len() {
        return Err(Failure::new("`--mutant` needs a name, `list` or `all`"));
    }
    let name = rest.remove(place);
    match name.as_str() {
        "list" => {
            MUTANTS.iter().for_each(|mutant| println!("{:<22} {}", mutant.name, mutant.what));
            Ok(())
        }
        "all" => all(&rest),
        name => match MUTANTS.iter().find(|mutant| mutant.name == name) {
            // As any run of the simulation: it fails where the simulation does.
            Some(mutant) => match find(mutant, &rest, true)? {
                true => Err(Failure::told()),
                false => Ok(()),
            },
            None => Err(Failure::new(format!("there is no mutant `{name}`; `--mutant list` names them"))),
        },
    }
}

/// Runs every mutant; those that live are a failure.
fn all(args: &[String]) -> Result<(), Failure> {
    let mut alive = Vec::new();
    for mutant in &MUTANTS {
        if !find(mutant, args, false)? {
            println!("{:<22} LIVES", mutant.name);
            alive.push(mutant.name);
        }
    }
    if alive.is_empty() {
        println!("all {} mutants were found", MUTANTS.len());
        Ok(())
    } else {
        Err(Failure::new(format!("not found: {}", alive.join(", "))))
    }
}

/// Whether the simulation fails with the mutant.
fn find(mutant: &Mutant, args: &[String], show: bool) -> Result<bool, Failure> {
    let folder = prepare(mutant).map_err(|error| Failure::new(format!("{}: {error}", mutant.name)))?;
    let mut build = Command::new("cargo");
    build.args(["build", "--quiet", "--package", "simulation"]).current_dir(&folder);
    run::run(build)?;
    let mut command = Command::new(folder.join("target/debug/simulation"));
    let own = ["--seed", "1", "--seeds", SEEDS];
    if args.is_empty() {
        command.args(own);
    } else {
        command.args(args);
    }
    command.stderr(Stdio::null());
    let output = command.output().map_err(|error| Failure::new(format!("the simulation does not run: {error}")))?;
    let said = String::from_utf8_lossy(&output.stdout);
    if show {
        print!("{said}");
    } else if let Some(line) = said.lines().find(|line| line.starts_with("FAILED")) {
        println!("{:<22} {}", mutant.name, line.chars().take(160).collect::<String>());
    }
    Ok(!output.status.success())
}

/// A workspace of its own with copies of the rooms that the simulation needs, and the edit in one of them.
fn prepare(mutant: &Mutant) -> std::io::Result<std::path::PathBuf> {
    let root = run::root();
    let folder = root.join("target/mutants");
    for (room, manifest) in rooms(&root)? {
        let (from, to) = (root.join("crates").join(&room), folder.join("crates").join(&room));
        copy(&from, &to)?;
        write(&to.join("Cargo.toml"), manifest.as_bytes())?;
    }
    let manifest = std::fs::read_to_string(root.join("Cargo.toml"))?;
    let manifest = manifest.replace("members = [\"crates/*\", \"xtask\"]", "members = [\"crates/*\"]");
    let manifest = manifest.replace("default-members = [\"crates/tongbao\"]\n", "");
    write(&folder.join("Cargo.toml"), manifest.as_bytes())?;
    if !folder.join("Cargo.lock").exists() {
        std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    }
    let file = folder.join(mutant.path);
    let text = std::fs::read_to_string(root.join(mutant.path))?;
    write(&file, mutant.edit(&text).map_err(std::io::Error::other)?.as_bytes())?;
    Ok(folder)
}

/// The rooms that the simulation is made of, with their manifests; what those need for their own tests is left out.
fn rooms(root: &Path) -> std::io::Result<BTreeMap<String, String>> {
    let mut rooms = BTreeMap::new();
    let mut open = vec!["simulation".to_owned()];
    while let Some(room) = open.pop() {
        if rooms.contains_key(&room) {
            continue;
        }
        let manifest = std::fs::read_to_string(root.join("crates").join(&room).join("Cargo.toml"))?;
        let sections = manifest.split_inclusive('\n').collect::<Vec<_>>();
        let sections = sections.chunk_by(|_, line| !line.starts_with('['));
        let kept: Vec<&str> = sections
            .filter(|section| !section[0].starts_with("[dev-dependencies") && !section[0].starts_with("[[bench"))
            .flatten()
            .copied()
            .collect();
        let names = kept.iter().filter_map(|line| line.split_once(['.', ' ']).map(|(name, _)| name));
        open.extend(
            names.filter(|name| root.join("crates").join(name).is_dir() && !name.is_empty()).map(str::to_owned),
        );
        let manifest = kept.concat();
        rooms.insert(room, manifest);
    }
    Ok(rooms)
}

/// Copies a folder; a file that is the same already keeps its time, so that it is not compiled again.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (name, target) = (entry.file_name(), to.join(entry.file_name()));
        // Of a room, its tests stay behind; its manifest is written apart.
        if ["tests", "benches", "examples", "Cargo.toml"].iter().any(|other| name == *other) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            write(&target, &std::fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if std::fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_mutants_have_one_name() {
        let names: std::collections::BTreeSet<_> = MUTANTS.iter().map(|mutant| mutant.name).collect();
        assert_eq!(names.len(), MUTANTS.len());
    }

    #[test]
    fn every_mutant_still_finds_the_place_that_it_breaks() {
        for mutant in &MUTANTS {
            let text = std::fs::read_to_string(run::root().join(mutant.path)).expect(mutant.path);
            let edited = mutant.edit(&text).unwrap_or_else(|what| panic!("{}: {what}", mutant.name));
            assert_ne!(edited, text, "{}", mutant.name);
        }
    }
}
