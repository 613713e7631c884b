//! `cargo xtask bench`: measures, always in the release profile.

mod classic;
mod http;
mod instructions;
mod json;
mod ledger;
mod machine;
mod report;

use std::path::PathBuf;
use std::process::Command;

use crate::postgres::{Cluster, Purpose};
use crate::run::{self, Failure, Step, cargo};
use crate::test::outside_data;
use crate::tools;

/// Names a PostgreSQL server to tests and benches.
const TEST_POSTGRES: &str = "TONGBAO_TEST_POSTGRES";

/// `bench [NAME] [ARGS..]`.
pub(crate) fn bench(args: &[String]) -> Result<(), Failure> {
    let benches = benches();
    let Some((name, rest)) = args.split_first() else {
        println!("cargo xtask bench <name> [ARGS..]\n");
        println!(
            "  ledger    the ledger beside a classic debit-credit of PostgreSQL and pgbench, and how they compare;"
        );
        println!("            `cargo xtask bench ledger --help` lists its options");
        println!("  http      customers who pay each other over HTTP, beside an end point that does nothing;");
        println!("            `cargo xtask bench http --help` lists its options");
        println!("  replay    pays the outside card payments through the payment service and prints the figures;");
        println!("            ARGS go to `tongbao replay`, for example --rows 200000");
        for (room, bench) in benches {
            println!("  {bench:<9} of the room `{room}`");
        }
        return Ok(());
    };
    match name.as_str() {
        "ledger" => return ledger::bench(rest),
        "http" => return http::bench(rest),
        "replay" => return replay(rest),
        _ => {}
    }
    let Some((room, bench)) = benches.into_iter().find(|(_, bench)| bench == name) else {
        return Err(Failure::new(format!("there is no bench `{name}`; `cargo xtask bench` lists them")));
    };
    // Some compare with a database server; it is one that syncs, or the one that the variable names.
    let cluster = match std::env::var_os(TEST_POSTGRES) {
        Some(_) => None,
        None => Some(Cluster::start(&tools::postgres_programs()?, Purpose::Measuring, &std::env::temp_dir())?),
    };
    let mut command = cargo(&["bench", "--package", &room, "--bench", &bench, "--"]);
    command.args(rest).envs(cluster.as_ref().map(|cluster| (TEST_POSTGRES, cluster.url())));
    run::run(command)
}

/// Room and name of each file `crates/<room>/benches/<name>.rs`.
fn benches() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for room in std::fs::read_dir(run::root().join("crates")).into_iter().flatten().flatten() {
        for bench in std::fs::read_dir(room.path().join("benches")).into_iter().flatten().flatten() {
            let file = bench.path();
            if file.extension().is_some_and(|extension| extension == "rs") {
                let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                found.push((room.file_name().to_string_lossy().into_owned(), name));
            }
        }
    }
    found.sort();
    found
}

/// The load over HTTP for two seconds on the program as tests build it: it shows that it works, and nothing else.
pub(crate) fn http_in_small() -> Step {
    Step::new("payments over HTTP, in small", || {
        let program = target_folder().join("debug").join("tongbao");
        let args = ["--customers", "12", "--connections", "4", "--seconds", "2", "--program"].map(str::to_owned);
        http::bench(&[&args[..], &[program.to_string_lossy().into_owned()]].concat())
    })
}

fn replay(args: &[String]) -> Result<(), Failure> {
    let file = outside_data().map(|folder| folder.join("card-transactions.csv.zst")).filter(|file| file.is_file());
    let Some(file) = file else {
        return Err(Failure::new(
            "card-transactions.csv.zst was not found; point TONGBAO_DATA at the folder that holds it",
        ));
    };
    let program = build_release()?;
    let data = std::env::temp_dir().join(format!("tongbao-bench-{}", std::process::id()));
    let mut command = Command::new(program);
    command.arg("replay").arg(file).arg("--data").arg(&data).arg("--json").args(args);
    let result = run::run(command);
    // Gone with the folder are some gigabytes; what it was measured on can be made again.
    let _ = std::fs::remove_dir_all(&data);
    result
}

/// Builds the release of the program; gives its path.
fn build_release() -> Result<PathBuf, Failure> {
    run::run(cargo(&["build", "--release", "--package", "tongbao"]))?;
    Ok(target_folder().join("release").join("tongbao"))
}

pub(crate) fn target_folder() -> PathBuf {
    let root = run::root();
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}
