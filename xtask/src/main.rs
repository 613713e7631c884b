//! Every chore of the repository behind one door: `cargo xtask <chore>`.
//!
//! This program uses the standard library alone, so that it compiles in a second or two and a fresh machine gets to
//! work at once. What each chore needs from outside (PostgreSQL, Chromium, a Chinese font) is looked for in
//! [`tools`], and said aloud before anything is installed.

mod bench;
mod postgres;
mod redis;
mod run;
mod sim;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use run::{Failure, Step, cargo};

const HELP: &str = "\
cargo xtask <chore>

  dev [ARGS..]          build the bank and run it in the development profile; ARGS go to `tongbao`
  check                 formatting, tidiness and lints; no test is run
  test [--only NAME..]  everything that must hold before a change lands: check, then all tests on SQLite, a private
                        PostgreSQL server, a private Redis server and a headless browser. With --only: just the tests of the crates called
                        NAME, and the tests whose path contains NAME
  tidy                  the rules that no compiler knows: who may depend on whom, sizes, words, links
  services              start what the tests need and print its addresses for `cargo test` in another terminal;
                        it runs until its input ends or Ctrl-C is pressed
  bless                 run the tests and accept what they produce: openapi.json, expected texts, README pictures
  bench [NAME]          measure; without NAME it lists what can be measured
  sim [--seed S] [--seeds N] [--minutes M]
                        run the ledger on a simulated disk with faults, seed after seed; a failing seed is printed
  sim --mutant NAME     the same with a ledger that is broken on purpose: `list` names the breaks, `all` tries each

Environment:
  TONGBAO_TEST_POSTGRES   postgres://user:password@host/postgres of a server whose databases tests may create and drop
  TONGBAO_TEST_REDIS      redis://:password@host:port of a Redis server in which tests may keep and publish
  TONGBAO_CHROMIUM        a Chromium or Chrome executable
  TONGBAO_CHROMEDRIVER    the chromedriver of the same version
  TONGBAO_STRACE          the program strace
  TONGBAO_AXE             axe.min.js of axe-core
  TONGBAO_SCHEMATHESIS    the program schemathesis
  TONGBAO_DATA            folder with outside data (card-transactions.csv.zst); without it tests make their own
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (chore, rest) = match args.split_first() {
        Some((chore, rest)) => (chore.as_str(), rest),
        None => ("help", &[] as &[String]),
    };
    let result = match chore {
        "dev" => dev(rest),
        "check" => no_arguments(chore, rest).and_then(|()| check()),
        "test" => test::test(rest),
        "tidy" => no_arguments(chore, rest).and_then(|()| tidy::tidy()),
        "services" => no_arguments(chore, rest).and_then(|()| test::services()),
        "bless" => no_arguments(chore, rest).and_then(|()| test::bless()),
        "bench" => bench::bench(rest),
        "sim" => sim::sim(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(Failure::new(format!("there is no chore `{other}`\n\n{HELP}"))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.already_told() {
                eprintln!("error: {failure}");
            }
            ExitCode::FAILURE
        }
    }
}

fn no_arguments(chore: &str, rest: &[String]) -> Result<(), Failure> {
    match rest.first() {
        None => Ok(()),
        Some(argument) => Err(Failure::new(format!("`{chore}` takes no argument, but got `{argument}`"))),
    }
}

fn dev(args: &[String]) -> Result<(), Failure> {
    let mut command = cargo(&["run", "--package", "tongbao", "--"]);
    command.args(args);
    run::run(command)
}

fn check() -> Result<(), Failure> {
    let steps: [Step; 3] = [formatting(), tidiness(), lints()];
    let failed: Vec<&str> = steps.into_iter().filter_map(|step| step.run().err()).collect();
    if failed.is_empty() { Ok(()) } else { Err(Failure::new(format!("not right yet: {}", failed.join(", ")))) }
}

fn formatting() -> Step {
    Step::new("formatting", || run::run(cargo(&["fmt", "--all", "--check"])))
}

fn tidiness() -> Step {
    Step::new("tidiness", tidy::tidy)
}

fn lints() -> Step {
    Step::new("lints", || {
        run::run(cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
    })
}
