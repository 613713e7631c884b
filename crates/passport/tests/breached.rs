//! A bank that has a file of breached passwords lets nobody choose one of them.

#![allow(missing_docs, reason = "a test binary has no documentation")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::*;
use db::Db;
use passport::{BreachedPasswords, Reset, Rules, SessionKind, Visitor};
use std::io::Write;

/// SHA-1 of "stolen elsewhere" and of "password", sorted.
const LIST: &str = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824\r\n7804ACF5A0E7AA73822D5DC6A7B1BE9A55795586:2\r\n";
const STOLEN: &str = "stolen elsewhere";

db::engine_tests! {
    async fn a_breached_password_is_refused_when_registering_resetting_and_changing(db: Db) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(LIST.as_bytes()).unwrap();
        let breached = Some(BreachedPasswords::open(file.path()).unwrap());
        let desk = desk_with(&db, Rules { breached, ..Rules::for_tests() }).await;
        let nobody = Visitor::unknown();
        let number = "13700001111";

        desk.passport.start_registration(&nobody, number, "zh").await.unwrap();
        let code = desk.code(number);
        let stolen = passport::Registration { password: STOLEN.to_owned(), ..registration(number, &code) };
        let refused = refusal(desk.passport.finish_registration(&nobody, stolen, SessionKind::Web).await);
        assert_eq!((refused.code, refused.fields.get("field")), ("passport.password_breached", Some(&"password".into())));
        // The code is not spent by it.
        let signed_in = desk.passport.finish_registration(&nobody, registration(number, &code), SessionKind::Web).await;
        let session = signed_in.unwrap().session;

        let refused = refusal(desk.passport.change_password(&session, SECRET, STOLEN).await);
        assert_eq!(refused.code, "passport.password_breached");
        desk.passport.start_reset(&nobody, number, "zh").await.unwrap();
        let reset = Reset { mobile: number.to_owned(), code: desk.code(number), password: STOLEN.to_owned() };
        assert_eq!(refusal(desk.passport.finish_reset(reset.clone()).await).code, "passport.password_breached");
        desk.passport.finish_reset(Reset { password: "kept to myself".to_owned(), ..reset }).await.unwrap();
        let refused = refusal(desk.passport.register(passport::NewPerson { password: STOLEN.to_owned(), ..lin() }).await);
        assert_eq!(refused.code, "passport.password_breached");
    }
}
