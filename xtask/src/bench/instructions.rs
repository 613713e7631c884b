//! How many instructions a transfer takes, in user mode and of the whole program: load, index, snapshot and restart
//! included. The processor counts them where it may (`perf stat`). Where a guest's processor does not, valgrind runs the
//! program on one of its own (AVX2 and no wider, one thread at a time), far slower, and counts all that it runs.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::run::{self, Failure};
use crate::tools;

/// Instructions of one transfer, and who counted them.
pub(super) struct Instructions {
    pub(super) each: f64,
    pub(super) counted_by: &'static str,
}

/// Counts a work, which `command` gives for a number of transfers. Nothing where neither `perf` may count nor valgrind is
/// installed.
pub(super) fn count(
    transfers: u64,
    folder: &Path,
    command: impl Fn(u64) -> Command,
) -> Result<Option<Instructions>, Failure> {
    if let Some(perf) = tools::on_path("perf") {
        // Looked up on nothing first: a work takes a while.
        if by_perf(&perf, folder, Command::new("true")).is_ok_and(|counted| counted.is_some()) {
            let all = by_perf(&perf, folder, command(transfers))?;
            return Ok(all.map(|all| Instructions { each: all / transfers as f64, counted_by: "perf stat" }));
        }
    }
    let Some(valgrind) = tools::on_path("valgrind") else { return Ok(None) };
    // Twice as much less once: what it takes to begin and to open accounts falls out.
    let few = transfers.min(1_000_000);
    let counts = (by_valgrind(&valgrind, command(few))?, by_valgrind(&valgrind, command(2 * few))?);
    let (Some(once), Some(twice)) = counts else { return Ok(None) };
    Ok(Some(Instructions { each: (twice - once) / few as f64, counted_by: "valgrind, by the difference of two sizes" }))
}

fn by_perf(perf: &Path, folder: &Path, work: Command) -> Result<Option<f64>, Failure> {
    let said = folder.join("perf.csv");
    let mut command = Command::new(perf);
    command.args(["stat", "--no-big-num", "-x", ",", "-e", "instructions:u", "-o"]).arg(&said).arg("--");
    quietly(command, &work)?;
    Ok(parse_perf(&std::fs::read_to_string(said).unwrap_or_default()))
}

fn by_valgrind(valgrind: &Path, work: Command) -> Result<Option<f64>, Failure> {
    let mut command = Command::new(valgrind);
    command.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]);
    Ok(parse_valgrind(&quietly(command, &work)?))
}

/// Runs a work behind a counter; gives what was said beside the figures. What a work that failed took is no figure.
fn quietly(mut command: Command, work: &Command) -> Result<String, Failure> {
    command.arg(work.get_program()).args(work.get_args()).stdin(Stdio::null());
    let shown = run::show(&command);
    let output = command.output().map_err(|error| Failure::new(format!("`{shown}` cannot be started: {error}")))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(said)
    } else {
        Err(Failure::new(format!("`{shown}` ended with {}: {said}", output.status)))
    }
}

/// Reads `12345,,instructions:u,…`; where it cannot be counted the first field says so in words.
fn parse_perf(said: &str) -> Option<f64> {
    let line = said.lines().find(|line| line.contains("instructions:u"))?;
    line.split(',').next()?.trim().parse().ok()
}

/// Reads `==12== I   refs:      1,234,567`.
fn parse_valgrind(said: &str) -> Option<f64> {
    let line = said.lines().find(|line| line.contains("refs:"))?;
    line.rsplit(':').next()?.trim().replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_read_or_missing() {
        let counted = "# started on Sun\n\n1234567,,instructions:u,1000,100.00,,\n";
        assert_eq!(parse_perf(counted), Some(1_234_567.0));
        assert_eq!(parse_perf("<not supported>,,instructions:u,0,100.00,,\n"), None);
        assert_eq!(parse_perf(""), None);
        let counted = "==7== Cachegrind\n==7== \n==7== I   refs:      9,055,644,900\n";
        assert_eq!(parse_valgrind(counted), Some(9_055_644_900.0));
        assert_eq!(parse_valgrind("==7== the program cannot be run\n"), None);
    }
}
