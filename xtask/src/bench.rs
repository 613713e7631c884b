//! `cargo xtask bench`: measures, always in the release profile.

use std::process::Command;

use crate::run::{self, Failure, cargo};
use crate::test::outside_data;

const BENCHES: &str = "\
cargo xtask bench <name>

  replay [ARGS..]   pays the outside card payments through the payment service and prints the figures;
                    ARGS go to `tongbao replay` (for example --rows 200000)
";

/// `bench [NAME] [ARGS..]`.
pub(crate) fn bench(args: &[String]) -> Result<(), Failure> {
    match args.split_first() {
        None => {
            print!("{BENCHES}");
            Ok(())
        }
        Some((name, rest)) if name == "replay" => replay(rest),
        Some((name, _)) => Err(Failure::new(format!("there is no bench `{name}`\n\n{BENCHES}"))),
    }
}

fn replay(args: &[String]) -> Result<(), Failure> {
    let file = outside_data().map(|folder| folder.join("card-transactions.csv.zst")).filter(|file| file.is_file());
    let Some(file) = file else {
        return Err(Failure::new(
            "card-transactions.csv.zst was not found; point TONGBAO_DATA at the folder that holds it",
        ));
    };
    run::run(cargo(&["build", "--release", "--package", "tongbao"]))?;
    let data = std::env::temp_dir().join(format!("tongbao-bench-{}", std::process::id()));
    let program = target_folder().join("release").join("tongbao");
    let mut command = Command::new(program);
    command.arg("replay").arg(file).arg("--data").arg(&data).arg("--json").args(args);
    let result = run::run(command);
    let _ = std::fs::remove_dir_all(&data);
    result
}

fn target_folder() -> std::path::PathBuf {
    let root = run::root();
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}
