//! Both languages say the same, every key exists, and every refusal that staff can meet has words.

use std::path::PathBuf;

fn room() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_texts_of_the_counter_are_complete_in_both_languages() {
    let complaints = web::check::texts(&room(), &branch::ROOM.texts);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_refusal_that_staff_can_meet_says_what_happened_and_what_to_do() {
    let texts = web::Texts::try_new([web::ROOM.texts, branch::ROOM.texts].iter()).expect("texts");
    let mut missing = Vec::new();
    // Those of other rooms have their words in the personal bank's texts, and a test there.
    for crate_name in ["staff", "branch"] {
        let sources = room().join("..").join(crate_name).join("src");
        for code in web::check::refusal_codes(&sources, &["staff", "branch"]) {
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

#[test]
fn every_act_of_a_customer_has_a_word_in_the_trail() {
    let texts = web::Texts::try_new([web::ROOM.texts, branch::ROOM.texts].iter()).expect("texts");
    for kind in passport::EventKind::ALL {
        let key = format!("branch-action.passport-{}", kind.code());
        for locale in web::Locale::ALL {
            assert!(texts.has(locale, &key), "{key} in {}", locale.word());
        }
    }
}

#[test]
fn every_action_of_the_trail_has_a_word() {
    let texts = web::Texts::try_new([web::ROOM.texts, branch::ROOM.texts].iter()).expect("texts");
    for act in branch::act::ALL.iter().chain([&staff::acts::MEMBERS, &staff::acts::AUDIT, &staff::acts::SECURITY_CASES])
    {
        let key = format!("branch-action.{}", act.code.replace('.', "-"));
        for locale in web::Locale::ALL {
            assert!(texts.has(locale, &key), "{key} in {}", locale.word());
        }
    }
}
