//! `cargo xtask test` and `cargo xtask bless`: everything that must hold before a change lands.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::postgres::{Cluster, Purpose};
use crate::redis::Redis;
use crate::run::{self, Failure, Family, Step, cargo, duration};
use crate::tools::{self, PostgresSource, RedisSource, Tools};

/// A test that takes longer is taken for hanging.
const MOST_SILENCE: Duration = Duration::from_secs(10 * 60);
/// How long output may still come when the tests have ended.
const AFTER_THE_END: Duration = Duration::from_secs(10);
/// How often it is looked whether anything hangs.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Of how many partitions the ledger is made for the journeys' second run.
const PARTITIONS: &str = "3";
/// How long fresh seeds are tried.
const FRESH_MINUTES: &str = "2";

/// What the lines `test result: …` of a run add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
}

/// What the tests run against; it must outlive them.
struct Surroundings {
    tools: Tools,
    cluster: Option<Cluster>,
    redis: Option<Redis>,
    data: Option<PathBuf>,
}

/// `test [--only NAME..]`.
pub(crate) fn test(args: &[String]) -> Result<(), Failure> {
    let only = match args {
        [] => None,
        [flag] if flag == "--only" => return Err(Failure::new("--only needs at least one name")),
        [flag, names @ ..] if flag == "--only" => Some(names),
        [other, ..] => return Err(Failure::new(format!("`test` does not know `{other}`; it knows --only NAME.."))),
    };
    let started = Instant::now();
    let surroundings = prepare()?;
    let mut failed_steps: Vec<&str> = Vec::new();
    if only.is_none() {
        // Cheap steps first, and none of them stops the rest: one run tells everything that is wrong.
        for step in [crate::formatting(), crate::tidiness(), crate::lints()] {
            failed_steps.extend(step.run().err());
        }
    }
    let names = only.unwrap_or_default();
    // Built apart from the run, so that the times tell which is slow, and silence while running means a hanging test.
    let build = {
        let names = names.to_vec();
        move || test_commands(&names, true).into_iter().try_for_each(run::run)
    };
    let built = Step::new("building the tests", build).run();
    failed_steps.extend(built.err());
    let (mut tally, tests_succeeded) =
        if built.is_ok() { run_tests(&surroundings, names, &[])? } else { (Tally::default(), false) };
    drop(surroundings);
    if built.is_ok() && only.is_none() {
        failed_steps.extend(fresh_seeds().run().err());
        failed_steps.extend(crate::bench::http_in_small().run().err());
    }

    // A step that is no test, and a test program that died, count as failures of their own: the last line must not say
    // "0 failed" of a run that failed.
    if built.is_ok() && !tests_succeeded && tally.failed == 0 {
        failed_steps.push("a test program, which did not run to its end");
    }
    tally.failed += failed_steps.len() as u64;
    eprintln!("\n== all of it took {}", duration(started.elapsed()));
    if !failed_steps.is_empty() {
        eprintln!("== not right: {}", failed_steps.join(", "));
    }
    let _ = std::io::stderr().flush();
    println!("{} passed, {} failed", tally.passed, tally.failed);
    let _ = std::io::stdout().flush();
    if tally.failed == 0 && tests_succeeded { Ok(()) } else { Err(Failure::told()) }
}

/// The simulation with seeds that nobody ran before; a failing one is printed and repeats the run.
fn fresh_seeds() -> Step {
    Step::new("the ledger's simulation, fresh seeds", || {
        let mut command = Command::new(crate::bench::target_folder().join("debug/simulation"));
        command.args(["--minutes", FRESH_MINUTES]);
        run::run(command)
    })
}

/// Runs the tests and accepts what they produce in place of what is committed.
pub(crate) fn bless() -> Result<(), Failure> {
    let surroundings = prepare()?;
    let (tally, succeeded) = run_tests(&surroundings, &[], &[("UPDATE_EXPECT", "1"), ("TONGBAO_BLESS", "1")])?;
    drop(surroundings);
    println!("{} passed, {} failed", tally.passed, tally.failed);
    eprintln!("Accepted: openapi.json, expected texts in the tests, docs/pictures. Read `git diff` before committing.");
    if succeeded { Ok(()) } else { Err(Failure::new("some tests fail for another reason than an expected text")) }
}

/// Holds the services up for somebody who runs `cargo test` by hand.
pub(crate) fn services() -> Result<(), Failure> {
    let surroundings = prepare()?;
    println!();
    for (name, value) in surroundings.environment() {
        println!("export {name}='{}'", value.to_string_lossy());
    }
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    drop(surroundings);
    Ok(())
}

impl Surroundings {
    /// The variables that tell the tests where everything is.
    fn environment(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![
            ("TONGBAO_CHROMIUM", self.tools.chromium.clone().into_os_string()),
            ("TONGBAO_CHROMEDRIVER", self.tools.chromedriver.clone().into_os_string()),
            ("TONGBAO_OATHTOOL", self.tools.oathtool.clone().into_os_string()),
            ("TONGBAO_STRACE", self.tools.strace.clone().into_os_string()),
            ("TONGBAO_AXE", self.tools.axe.clone().into_os_string()),
            ("TONGBAO_SCHEMATHESIS", self.tools.schemathesis.clone().into_os_string()),
        ];
        if let Some(cluster) = &self.cluster {
            variables.push(("TONGBAO_TEST_POSTGRES", cluster.url().into()));
        }
        if let Some(redis) = &self.redis {
            variables.push(("TONGBAO_TEST_REDIS", redis.url().into()));
        }
        if let Some(data) = &self.data {
            variables.push(("TONGBAO_DATA", data.clone().into_os_string()));
        }
        variables
    }
}

fn prepare() -> Result<Surroundings, Failure> {
    eprintln!("== what the tests need");
    let tools = tools::ensure()?;
    let cluster = match &tools.postgres {
        PostgresSource::Running => None,
        PostgresSource::Programs(folder) => {
            let started = Instant::now();
            let cluster = Cluster::start(folder, Purpose::Tests, &std::env::temp_dir())?;
            eprintln!(
                "A private PostgreSQL server is up ({}); it goes when the tests end.",
                duration(started.elapsed())
            );
            Some(cluster)
        }
    };
    let redis = match &tools.redis {
        RedisSource::Running => None,
        RedisSource::Program(program) => {
            let redis = Redis::start(program)?;
            eprintln!("A private Redis server is up; it goes when the tests end.");
            Some(redis)
        }
    };
    let data = outside_data();
    match &data {
        Some(folder) => eprintln!("Outside data: {}", folder.display()),
        None => eprintln!(
            "Outside data: none (TONGBAO_DATA is not set, ../shared/data is not there); tests make their own."
        ),
    }
    Ok(Surroundings { tools, cluster, redis, data })
}

/// `TONGBAO_DATA`, else `../shared/data` beside the repository, else nothing.
pub(crate) fn outside_data() -> Option<PathBuf> {
    match std::env::var_os("TONGBAO_DATA").filter(|value| !value.is_empty()) {
        Some(folder) => Some(PathBuf::from(folder)),
        None => run::root().join("../shared/data").canonicalize().ok(),
    }
}

/// Runs the tests; gives their sum, and whether cargo ended well.
fn run_tests(
    surroundings: &Surroundings,
    names: &[String],
    environment: &[(&str, &str)],
) -> Result<(Tally, bool), Failure> {
    let started = Instant::now();
    eprintln!("\n== tests");
    let mut tally = Tally::default();
    let mut succeeded = true;
    for mut command in test_commands(names, false) {
        command.envs(surroundings.environment());
        command.envs(environment.iter().copied());
        let (one, well) = run_and_count(command)?;
        tally.passed += one.passed;
        tally.failed += one.failed;
        succeeded &= well;
    }
    let verdict = if succeeded { "right" } else { "FAILED" };
    eprintln!("== tests: {verdict} ({})", duration(started.elapsed()));
    Ok((tally, succeeded))
}

/// One command for all tests; with names, one for the crates among them and one for the rest, which are parts of paths.
fn test_commands(names: &[String], only_build: bool) -> Vec<Command> {
    let base = || {
        let mut command = cargo(&["test", "--no-fail-fast"]);
        if only_build {
            command.arg("--no-run");
        }
        if std::env::var_os("CI").is_some() {
            // A cold build gains nothing from incremental compilation and pays for it in time and disk.
            command.env("CARGO_INCREMENTAL", "0");
        }
        command
    };
    if names.is_empty() {
        let mut all = base();
        all.arg("--workspace");
        // Every journey once more in a bank whose ledger is made of partitions; nothing more is built for it.
        let mut across = base();
        across.args(["--workspace", "--test", "journeys"]).env("TONGBAO_TEST_PARTITIONS", PARTITIONS);
        return if only_build { vec![all] } else { vec![all, across] };
    }
    let is_crate = |name: &&String| name.as_str() == "xtask" || run::root().join("crates").join(name).is_dir();
    let (crates, filters): (Vec<&String>, Vec<&String>) = names.iter().partition(is_crate);
    let mut commands = Vec::new();
    if !crates.is_empty() {
        let mut command = base();
        for name in crates {
            command.arg("--package").arg(name);
        }
        commands.push(command);
    }
    if !filters.is_empty() {
        let mut command = base();
        command.args(["--workspace", "--all-targets", "--"]).args(filters);
        commands.push(command);
    }
    commands
}

/// Passes the output on line by line while adding up the results in it.
///
/// A test program that has said nothing for too long is ended with all that it started. Cargo counts it as failed and goes
/// on with the next one, so that a test that hangs costs minutes and not the whole run. What is left over when cargo has
/// ended is ended, too, and not waited for: it may hold the pipe open for ever.
fn run_and_count(command: Command) -> Result<(Tally, bool), Failure> {
    run_within(command, MOST_SILENCE, AFTER_THE_END)
}

fn run_within(mut command: Command, silence: Duration, after_the_end: Duration) -> Result<(Tally, bool), Failure> {
    let shown = run::show(&command);
    eprintln!("{shown}");
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let family = Family::of(&mut command);
    let mut child = command.spawn().map_err(|error| Failure::new(format!("`{shown}` cannot be started: {error}")))?;
    let lines = child.stdout.take().map(lines_of);
    let mut tally = Tally::default();
    let mut heard = Instant::now();
    let mut ended: Option<Instant> = None;
    let mut terminal = std::io::stdout().lock();
    while let Some(lines) = &lines {
        match lines.recv_timeout(LOOK_EVERY) {
            Ok(line) => {
                heard = Instant::now();
                // Whoever reads our output may have gone (a closed pager); the tests still run to their end.
                let _ = writeln!(terminal, "{line}");
                if let Some(one) = parse_result(&line) {
                    tally.passed += one.passed;
                    tally.failed += one.failed;
                }
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if ended.is_none() && matches!(child.try_wait(), Ok(Some(_))) {
            ended = Some(Instant::now());
        }
        if ended.is_some_and(|ended| ended.elapsed() > after_the_end) {
            eprintln!("error: the tests are over, but something that they started is not; it is ended");
            break;
        }
        if ended.is_none() && heard.elapsed() > silence {
            eprintln!("error: no test has ended for {}; its program is stopped", duration(silence));
            family.end(child.id());
            heard = Instant::now();
        }
    }
    drop(terminal);
    let status = child.wait().map_err(|error| Failure::new(format!("`{shown}`: {error}")))?;
    family.end(child.id());
    Ok((tally, status.success()))
}

/// Reads to the end on a thread of its own, which nobody waits for.
fn lines_of(stdout: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    lines
}

/// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
fn parse_result(line: &str) -> Option<Tally> {
    let (_, counts) = line.split_once("test result: ")?;
    let number_before = |word: &str| {
        let (before, _) = counts.split_once(word)?;
        before.trim_end().rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    Some(Tally { passed: number_before(" passed;")?, failed: number_before(" failed;")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_read_whatever_their_verdict_and_colour() {
        let of = |passed, failed| Some(Tally { passed, failed });
        let ok = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.31s";
        assert_eq!(parse_result(ok), of(12, 0));
        let failed = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(parse_result(failed), of(3, 2));
        let coloured = "test result: \u{1b}[32mok\u{1b}[0m. 7 passed; 0 failed; 0 ignored";
        assert_eq!(parse_result(coloured), of(7, 0));
    }

    #[test]
    fn what_hangs_and_what_is_left_over_cannot_hold_the_run() {
        let (silence, after) = (Duration::from_millis(600), Duration::from_millis(600));
        let run = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            let began = Instant::now();
            let (tally, well) = run_within(command, silence, after).unwrap();
            (tally.passed, well, began.elapsed() < Duration::from_secs(20))
        };
        let result = "echo 'test result: ok. 3 passed; 0 failed; 0 ignored'";
        assert_eq!(run(&format!("sh -c 'sleep 1000'; {result}")), (3, true, true), "the next program still runs");
        assert_eq!(run(&format!("{result}; (setsid sleep 1000 &); exit 1")), (3, false, true));
        assert_eq!(run(result), (3, true, true));
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(parse_result("test tests::a ... ok"), None);
        assert_eq!(parse_result("test result: pending"), None);
    }
}
