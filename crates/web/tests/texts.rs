//! Both languages say the same, and every key that is used exists.

use std::path::Path;

#[test]
fn the_texts_of_the_shell_are_complete_in_both_languages() {
    let complaints = web::check::texts(Path::new(env!("CARGO_MANIFEST_DIR")), &web::ROOM.texts);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_refusal_of_the_shell_has_a_text() {
    let texts = web::Texts::try_new([web::ROOM.texts].iter()).expect("texts");
    for code in web::check::refusal_codes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &["web"]) {
        let key = format!("refusal-{}", code.replace('.', "-"));
        for locale in web::Locale::ALL {
            assert!(texts.has(locale, &key) && texts.has(locale, &format!("{key}.text")), "{key} has no text");
        }
    }
}
