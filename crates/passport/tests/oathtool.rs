//! A foreign token: the codes that `oathtool` makes are taken by the bank, once each.

#![allow(missing_docs, reason = "a test binary has no documentation")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Desk, SECRET, desk, lin, refusal};
use credential::oath::OathHash;
use credential::pskc::{Container, SeedKind, TokenSeed};
use db::Db;
use kit::Clock;
use passport::{Channel, Factor, Proof, SessionKind, Subject, Visitor};
use std::process::Command;

const SEED: &[u8] = b"12345678901234567890";

/// What the program prints for this seed.
fn oathtool(arguments: &[&str]) -> String {
    let program = std::env::var("TONGBAO_OATHTOOL").unwrap_or_else(|_| "oathtool".to_owned());
    let output = Command::new(program).args(arguments).arg(credential::hex(SEED)).output();
    let output = output.expect("oathtool runs; `cargo xtask test` installs it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Somebody whose sign-in asks for a code of a token of this kind.
async fn owner(desk: &Desk, kind: SeedKind) {
    let person = desk.passport.register(lin()).await.unwrap();
    let seed = TokenSeed { serial: "F-1".to_owned(), maker: String::new(), kind, seed: SEED.to_vec().into() };
    desk.passport.import_tokens(Container { seeds: vec![seed], refused: Vec::new() }).await.unwrap();
    desk.passport.give_token_for_show(person.id, "F-1").await.unwrap();
    let session = desk.passport.sign_in("13800005678", SECRET, SessionKind::Web).await.unwrap().session;
    let (acting, subject, nobody) = (session.acting(), Subject::Security, Visitor::unknown());
    desk.passport.ask_proof(&nobody, &acting, Channel::Web, &subject, Factor::SmsCode, None).await.unwrap();
    let proof = Proof::by_text(&desk.code("13800005678"), "");
    desk.passport.open_window(&session, &proof).await.unwrap();
    desk.passport.set_second_step(&nobody, &session).await.unwrap();
}

async fn enter(desk: &Desk, code: &str) -> kit::Result<passport::SignedIn> {
    let nobody = Visitor::unknown();
    desk.passport.sign_in_with(&nobody, "13800005678", SECRET, Some(code), SessionKind::Api).await
}

db::engine_tests! {
    async fn codes_of_the_clock_by_oathtool_are_taken_once(db: Db) {
        let desk = desk(&db).await;
        owner(&desk, SeedKind::Totp { hash: OathHash::Sha256, digits: 8, step_s: 60 }).await;
        for _ in 0..3 {
            desk.clock.advance_ms(60_000);
            let now = format!("@{}", desk.clock.now().as_ms() / 1_000);
            let code = oathtool(&["--totp=SHA256", "--digits=8", "--time-step-size=60s", "--now", &now]);
            enter(&desk, &code).await.unwrap();
            assert_eq!(refusal(enter(&desk, &code).await).code, "passport.token_code_wrong");
        }
    }

    async fn codes_of_the_counter_by_oathtool_are_taken_once(db: Db) {
        let desk = desk(&db).await;
        owner(&desk, SeedKind::Hotp { digits: 6, counter: 5 }).await;
        assert_eq!(refusal(enter(&desk, &oathtool(&["--hotp", "--counter=4"])).await).code, "passport.token_code_wrong");
        for counter in [5, 6, 16] {
            let code = oathtool(&["--hotp", &format!("--counter={counter}")]);
            enter(&desk, &code).await.unwrap();
            assert_eq!(refusal(enter(&desk, &code).await).code, "passport.token_code_wrong");
        }
        assert_eq!(refusal(enter(&desk, &oathtool(&["--hotp", "--counter=27"])).await).code, "passport.token_code_wrong");
    }
}
