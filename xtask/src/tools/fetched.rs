//! Tools that come from package registries: fetched once in a pinned version into `target/tools`, and used from there
//! without a network.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{from_environment, on_path};
use crate::run::{self, Failure};

/// Version and address of axe-core, which knows the rules of WCAG that a program can check.
const AXE_VERSION: &str = "4.14.1";
const AXE_URL: &str = "https://registry.npmjs.org/axe-core/-/axe-core-4.14.1.tgz";
/// SHA-256 of what is at the address.
const AXE_SHA256: &str = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745";

/// Every package that schemathesis needs, with its version.
const REQUIREMENTS: &str = include_str!("schemathesis.txt");

/// Debian's names of what is missing to fetch what is not there yet.
pub(super) fn missing_packages() -> Vec<&'static str> {
    let mut packages = Vec::new();
    if from_environment("TONGBAO_AXE").is_none() && !axe_file().is_file() && on_path("curl").is_none() {
        packages.extend(["curl", "ca-certificates"]);
    }
    if from_environment("TONGBAO_SCHEMATHESIS").is_none() && !is_installed(&venv()) && !has_venv() {
        packages.extend(["python3", "python3-venv"]);
    }
    packages
}

fn tools() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| run::root().join("target"), PathBuf::from);
    target.join("tools")
}

fn axe_file() -> PathBuf {
    tools().join(format!("axe-core-{AXE_VERSION}")).join("axe.min.js")
}

/// The file of axe-core.
pub(super) fn axe() -> Result<PathBuf, Failure> {
    if let Some(path) = from_environment("TONGBAO_AXE") {
        return Ok(path.into());
    }
    let file = axe_file();
    if file.is_file() {
        return Ok(file);
    }
    eprintln!("Missing: axe-core {AXE_VERSION}. Fetching it into {}; this happens once.", tools().display());
    let half_done = tools().join(format!("axe-core-{AXE_VERSION}.part"));
    let _ = std::fs::remove_dir_all(&half_done);
    let cannot = |error: std::io::Error| Failure::new(format!("cannot write {}: {error}", half_done.display()));
    std::fs::create_dir_all(&half_done).map_err(cannot)?;
    let archive = half_done.join("axe-core.tgz");
    let mut fetch = Command::new("curl");
    fetch.args(["--silent", "--show-error", "--fail", "--location", "--retry", "3", "--max-time", "120", "--output"]);
    run::run({
        fetch.arg(&archive).arg(AXE_URL);
        fetch
    })?;
    let found = sha256(&archive)?;
    if found != AXE_SHA256 {
        return Err(Failure::new(format!("{AXE_URL} is not what it was: its SHA-256 is {found}, not {AXE_SHA256}")));
    }
    let mut unpack = Command::new("tar");
    unpack.args(["--extract", "--gzip", "--strip-components", "1", "--file"]).arg(&archive);
    unpack.arg("--directory").arg(&half_done).args(["package/axe.min.js", "package/LICENSE"]);
    run::run(unpack)?;
    let folder = tools().join(format!("axe-core-{AXE_VERSION}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::rename(&half_done, &folder).map_err(cannot)?;
    Ok(file)
}

/// By `sha256sum`, or `shasum` where that is the one there is.
fn sha256(file: &Path) -> Result<String, Failure> {
    let name = file.to_string_lossy();
    let said = run::output_of("sha256sum", &[&name]).or_else(|| run::output_of("shasum", &["-a", "256", &name]));
    let hash = said.as_deref().and_then(|said| said.split_whitespace().next());
    hash.map(str::to_owned)
        .ok_or_else(|| Failure::new("neither sha256sum nor shasum is here to check what was fetched"))
}

/// A folder for each set of versions, so that a change of one is fetched anew.
fn venv() -> PathBuf {
    let pinned = REQUIREMENTS.lines().find_map(|line| line.strip_prefix("schemathesis==")).unwrap_or_default();
    tools().join(format!("schemathesis-{pinned}"))
}

fn program(venv: &Path) -> PathBuf {
    venv.join("bin/schemathesis")
}

/// Whether exactly what is pinned was installed to the end.
fn is_installed(venv: &Path) -> bool {
    program(venv).is_file() && std::fs::read_to_string(venv.join("pinned.txt")).is_ok_and(|text| text == REQUIREMENTS)
}

fn has_venv() -> bool {
    run::output_of("python3", &["-c", "import venv, ensurepip"]).is_some()
}

/// The program schemathesis.
pub(super) fn schemathesis() -> Result<PathBuf, Failure> {
    if let Some(path) = from_environment("TONGBAO_SCHEMATHESIS") {
        return Ok(path.into());
    }
    let venv = venv();
    if is_installed(&venv) {
        return Ok(program(&venv));
    }
    eprintln!("Missing: schemathesis. Installing it into {}; this happens once.", venv.display());
    let _ = std::fs::remove_dir_all(&venv);
    let cannot = |error: std::io::Error| Failure::new(format!("cannot write {}: {error}", venv.display()));
    std::fs::create_dir_all(tools()).map_err(cannot)?;
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(&venv).stdin(Stdio::null());
    run::run(make)?;
    let requirements = venv.join("requirements.txt");
    std::fs::write(&requirements, REQUIREMENTS).map_err(cannot)?;
    let mut install = Command::new(venv.join("bin/python"));
    install
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(&requirements);
    install.stdin(Stdio::null());
    run::run(install)?;
    // Last of all: an installation that was cut off is done again.
    std::fs::write(venv.join("pinned.txt"), REQUIREMENTS).map_err(cannot)?;
    Ok(program(&venv))
}
