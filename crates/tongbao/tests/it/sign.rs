//! `tongbao sign` and `tongbao tokens`: a key of one's own, and the stock of tokens.

use crate::command::{command, said, text, tongbao};
use credential::signing::{PaymentText, SignLanguage, SigningText, What, read_request, signature_of};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

fn payment() -> SigningText {
    SigningText {
        language: SignLanguage::En,
        what: What::Payment(PaymentText {
            amount: "800,000.00".to_owned(),
            currency: "CNY".to_owned(),
            payee: "李*宝".to_owned(),
            payee_account: "…5678".to_owned(),
            tail: "991234".to_owned(),
            draft: "7".to_owned(),
            when: None,
        }),
        channel: "web".to_owned(),
        until: "2026-11-22 13:45:00 +08:00".to_owned(),
        nonce: [1; 16],
        binding: [2; 32],
    }
}

/// Signs a text and answers the question.
fn sign(key: &Path, password: &Path, given: &Path, answer: &str) -> Output {
    let arguments = ["sign", text(key), "--text", text(given), "--password-file", text(password)];
    let mut child = command(&arguments);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A text that is refused is refused before anything is asked.
    let _ = child.stdin.take().unwrap().write_all(answer.as_bytes());
    child.wait_with_output().unwrap()
}

#[test]
fn a_key_signs_a_text_of_the_bank_after_showing_it_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    let (password, given) = (root.path().join("password"), root.path().join("text"));
    fs::write(&password, "a long enough password\n").unwrap();
    fs::write(&given, payment().text()).unwrap();
    for algorithm in ["p256", "ed25519", "sm2"] {
        let key = root.path().join(algorithm);
        let new = ["sign", "new", "--algorithm", algorithm, "--out", text(&key), "--password-file", text(&password)];
        let made = tongbao(&new);
        assert!(made.status.success(), "{}", said(&made));
        let public = read_request(&String::from_utf8_lossy(&made.stdout)).unwrap();
        assert_eq!(public.algorithm().code(), algorithm);
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&key).unwrap().permissions()) & 0o777, 0o600);
        assert!(!tongbao(&new).status.success(), "a key is never written over");

        let signed = sign(&key, &password, &given, "yes\n");
        assert!(signed.status.success(), "{}", said(&signed));
        let shown = String::from_utf8_lossy(&signed.stderr);
        assert!(shown.contains("I pay: 800,000.00 CNY") && shown.contains("To: 李*宝"), "{shown}");
        let signature = signature_of(&String::from_utf8_lossy(&signed.stdout)).unwrap();
        assert!(public.verify(payment().text().as_bytes(), &signature));

        for answer in ["no\n", "", "y\n", "YES please\n"] {
            let refused = sign(&key, &password, &given, answer);
            assert!(!refused.status.success() && refused.stdout.is_empty(), "{answer:?}");
        }
    }
    let key = root.path().join("p256");
    for other in ["", "Please sign this", &payment().text().replace("I pay", "I get"), &"x".repeat(100_000)] {
        fs::write(&given, other).unwrap();
        let refused = sign(&key, &password, &given, "yes\n");
        assert!(!refused.status.success() && refused.stdout.is_empty());
        assert!(said(&refused).contains("nothing is signed"), "{}", said(&refused));
    }
    fs::write(&given, payment().text()).unwrap();
    fs::write(&password, "another password\n").unwrap();
    let refused = sign(&key, &password, &given, "yes\n");
    assert!(said(&refused).contains("The key does not open"), "{}", said(&refused));
    fs::write(&password, "short\n").unwrap();
    let short = root.path().join("k");
    let new = ["sign", "new", "--out", text(&short), "--password-file", text(&password)];
    assert!(said(&tongbao(&new)).contains("shorter than 12"));
    assert!(said(&tongbao(&["sign"])).contains("No key file is named"));
}

#[test]
fn an_import_of_tokens_says_what_was_taken_over_and_what_was_refused() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let bank = crate::bank::Bank::demo(&data);
    assert!(bank.stop().success());
    let file = root.path().join("tokens.xml");
    let package = |serial: &str, seed: &str| {
        format!(
            "<KeyPackage><DeviceInfo><SerialNo>{serial}</SerialNo></DeviceInfo>\
             <Key Id=\"1\" Algorithm=\"urn:ietf:params:xml:ns:keyprov:pskc:hotp\"><AlgorithmParameters>\
             <ResponseFormat Encoding=\"DECIMAL\" Length=\"6\"/></AlgorithmParameters>\
             <Data><Secret><PlainValue>{seed}</PlainValue></Secret></Data></Key></KeyPackage>"
        )
    };
    let container = |inside: &str| {
        format!("<KeyContainer Version=\"1.0\" xmlns=\"urn:ietf:params:xml:ns:keyprov:pskc\">{inside}</KeyContainer>")
    };
    let good = package("H-1", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=");
    fs::write(&file, container(&format!("{good}{}", package("H-2", "MTIz")))).unwrap();
    let import = ["tokens", "import", text(&file), "--data", text(&data)];
    let output = tongbao(&import);
    let told = said(&output);
    assert!(!output.status.success(), "one was refused");
    assert!(told.contains("taken    H-1  hotp") && told.contains("1 taken over, 1 refused."), "{told}");
    assert!(told.contains("H-2") && told.contains("16 to 128 bytes"), "{told}");
    assert!(!told.contains("MTIz"), "no seed is printed");
    assert!(said(&tongbao(&import)).contains("0 taken over, 2 refused."), "nothing is taken over twice");
    fs::write(&file, "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>").unwrap();
    let output = tongbao(&import);
    assert!(!output.status.success() && said(&output).contains("document type"), "{}", said(&output));
}
