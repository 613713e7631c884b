//! schemathesis tries the API by its own description, against the real binary: what the document promises must hold for
//! made-up requests, and no answer may be a failure of the bank.

use crate::bank::Bank;
use crate::http::Client;
use std::path::{Path, PathBuf};
use std::process::Command;

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// `TONGBAO_SCHEMATHESIS`, else where `cargo xtask test` puts it.
fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("TONGBAO_SCHEMATHESIS").filter(|path| !path.is_empty()) {
        return path.into();
    }
    let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tools");
    let folders = std::fs::read_dir(tools).into_iter().flatten().flatten().map(|entry| entry.path());
    let found = folders.map(|folder| folder.join("bin/schemathesis")).find(|file| file.is_file());
    found.expect("schemathesis is not here; run `cargo xtask test`, which installs it, or set TONGBAO_SCHEMATHESIS")
}

/// Runs it over some operations as the owner of a session, with values for parameters that it could not guess.
fn run(bank: &Bank, folder: &Path, session: &str, operations: &[&str], values: &str) {
    let config = folder.join("schemathesis.toml");
    std::fs::write(&config, values).unwrap();
    let output = Command::new(program())
        .arg("--config-file")
        .arg(config)
        .arg("run")
        .arg(format!("{}/openapi.json", bank.address()))
        .args(["--checks", CHECKS, "--seed", "20261121", "--max-examples", "50", "--generation-database", "none"])
        .args(["--no-color", "--workers", "1", "--request-timeout", "20"])
        .args(["--header", &format!("Authorization: Bearer {session}")])
        .args(operations)
        .current_dir(folder)
        .env("HYPOTHESIS_STORAGE_DIRECTORY", folder.join("hypothesis"))
        .output()
        .expect("schemathesis starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    eprintln!("{}", said.lines().filter(|line| line.contains(" generated")).collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_api_keeps_what_its_document_promises() {
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::demo(&folder.path().join("data"));
    let client = Client::sign_in(bank.address(), "13800001234");
    // Ids that are there, which nobody guesses.
    let account = client.account()["id"].as_str().unwrap().to_owned();
    let draft = client.pay("draft", &account, "13800005678", "1.00").unwrap().json();
    let movements = client.get(&format!("/api/v1/accounts/{account}/movements")).json();
    let transfer = movements["items"].as_array().unwrap().iter().find_map(|movement| {
        let ids = movement.as_object().unwrap().values().filter_map(|value| value.as_str());
        ids.map(str::to_owned).find(|id| client.get(&format!("/api/v1/transfers/{id}")).status == 200)
    });
    let mut values = String::new();
    for (path, id) in [
        ("accounts", account.as_str()),
        ("drafts", draft["id"].as_str().unwrap()),
        ("transfers", transfer.expect("a transfer among the movements").as_str()),
    ] {
        values +=
            &format!("[[operations]]\ninclude-path-regex = \"^/api/v1/{path}/\"\nparameters = {{ id = \"{id}\" }}\n\n");
    }
    // Signing out ends the session of all that follows, so it is tried apart.
    run(
        &bank,
        folder.path(),
        client.token(),
        &["--exclude-operation-id", "signOut", "--exclude-operation-id", "stopEverything"],
        "",
    );
    let there = ["--include-path-regex", "^/api/v1/(accounts|drafts|transfers)/"];
    run(&bank, folder.path(), client.token(), &there, &values);
    let leaving = Client::sign_in(bank.address(), "13800005678");
    run(&bank, folder.path(), leaving.token(), &["--include-operation-id", "signOut"], "");
    assert!(bank.stop().success());
}
