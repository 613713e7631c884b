//! Both languages say the same, every key exists, and every refusal of the rooms below has words.

use std::path::PathBuf;

fn room() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_texts_of_the_personal_bank_are_complete_in_both_languages() {
    let complaints = web::check::texts(&room(), &retail::ROOM.texts);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_refusal_that_a_person_can_meet_says_what_happened_and_what_to_do() {
    let texts = web::Texts::try_new([web::ROOM.texts, retail::ROOM.texts].iter()).expect("texts");
    let mut missing = Vec::new();
    let rooms = ["web", "ledger", "passport", "accounts", "payments", "idempotency", "retail"];
    for crate_name in ["web", "ledger", "passport", "accounts", "payments", "retail"] {
        let sources = room().join("..").join(crate_name).join("src");
        for code in web::check::refusal_codes(&sources, &rooms) {
            let key = format!("refusal-{}", code.replace('.', "-"));
            for locale in web::Locale::ALL {
                if !texts.has(locale, &key) || !texts.has(locale, &format!("{key}.text")) {
                    missing.push(format!("{key} in {}", locale.word()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "without words: {}", missing.join(", "));
}
