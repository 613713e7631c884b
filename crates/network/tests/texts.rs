//! Both languages say the same, every key exists, and every refusal that an operator can meet has words.

use std::path::PathBuf;

fn room() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_texts_of_the_network_are_complete_in_both_languages() {
    let complaints = web::check::texts(&room(), &network::pages::ROOM.texts);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_refusal_that_an_operator_can_meet_says_what_happened_and_what_to_do() {
    let texts = web::Texts::try_new([web::ROOM.texts, network::pages::ROOM.texts].iter()).expect("texts");
    let codes = web::check::refusal_codes(&room().join("src"), &["network"]);
    assert!(codes.len() >= 10, "{codes:?}");
    for code in codes {
        let key = format!("refusal-{}", code.replace('.', "-"));
        for locale in web::Locale::ALL {
            assert!(texts.has(locale, &key) && texts.has(locale, &format!("{key}.text")), "{key} in {}", locale.word());
        }
    }
}

#[test]
fn every_fault_has_a_name_and_a_meaning() {
    let texts = web::Texts::try_new([web::ROOM.texts, network::pages::ROOM.texts].iter()).expect("texts");
    for kind in network::FaultKind::ALL {
        for key in ["network-fault", "network-fault-hint"] {
            for locale in web::Locale::ALL {
                assert!(texts.has(locale, &format!("{key}.{}", kind.word())), "{kind:?} in {}", locale.word());
            }
        }
    }
}
