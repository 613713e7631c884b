//! Factors and debit cards at the counter: what two people decide, what one may do, and what neither reaches.

#![allow(clippy::unwrap_used, reason = "a test that goes wrong may panic")]

use accounts::{CardAct, DebitCardState};
use axum::http::StatusCode;
use credential::oath::{OcraInput, OcraSuite};
use credential::pskc::{Container, SeedKind, TokenSeed};
use passport::{KeyKind, LostFactor, PersonId};
use staff::{ProposalId, ProposalState, Role, StaffSession};
use testkit::{Bank, Browser, Member, Shown, refusal};

const HOME: &str = "演示网点 0571";
const SUITE: &str = "OCRA-1:HOTP-SHA256-6:QN10";
const SEED: &[u8] = b"12345678901234567890123456789012";

fn home(member: &Member) -> String {
    format!("/staff/customers/{}", member.person.id)
}

fn hidden(page: &Shown, name: &str) -> String {
    page.after(&format!("name=\"{name}\" value=\""), "").expect("a hidden field")
}

/// A keypad token in stock.
async fn stock(bank: &Bank, serial: &str) {
    let kind = SeedKind::Ocra(OcraSuite::parse(SUITE).unwrap());
    let seed = TokenSeed { serial: serial.to_owned(), maker: "Test".to_owned(), kind, seed: SEED.to_vec().into() };
    let imported = bank.passport.import_tokens(Container { seeds: vec![seed], refused: Vec::new() }).await.unwrap();
    assert_eq!(imported.taken.len(), 1);
}

fn keypad(question: &str) -> String {
    let input = OcraInput { questions: &[question], ..OcraInput::default() };
    OcraSuite::parse(SUITE).unwrap().code(SEED, &input).unwrap()
}

/// A passkey or a security key, as if one had been added in a browser.
async fn key(bank: &Bank, person: PersonId, id: i64, kind: &str) {
    let now = kit::Clock::now(&bank.clock);
    let label = format!("{kind} {id}");
    let row = db::params![id, person.0, kind, id.to_be_bytes().to_vec(), "{}", label.as_str(), 0, now];
    let sql = "INSERT INTO webauthn_key (id, person, kind, key_id, record, label, may_be_copied, added_ms, used_ms) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL)";
    bank.db.execute(sql, row).await.unwrap();
}

async fn keys(bank: &Bank, person: PersonId, kind: KeyKind) -> usize {
    bank.passport.keys_of(person).await.unwrap().iter().filter(|key| key.kind == kind).count()
}

async fn notices(bank: &Bank, member: &Member) -> Vec<String> {
    let notices = bank.passport.notify().notices(member.person.id.0, None, 50).await.unwrap();
    notices.into_iter().map(|notice| notice.kind).collect()
}

fn last_text(bank: &Bank, member: &Member) -> String {
    bank.phone.texts(member.person.mobile.e164()).first().map(|text| text.text.clone()).unwrap_or_default()
}

/// What a teller types about a customer who stands there.
fn typed<'a>(key: &'a str, citizen: &'a str) -> [(&'a str, &'a str); 5] {
    [("key", key), ("citizen_number", citizen), ("seen", "1"), ("evidence", "身份证原件和人脸"), ("reason", "客户要求")]
}

/// Fills in the form at this address and gives the proposal that came of it.
async fn proposed(browser: &mut Browser, form: &str, citizen: &str) -> ProposalId {
    let page = browser.get(form).await;
    assert_eq!(page.status, StatusCode::OK, "{form}");
    let key = hidden(&page, "key");
    let page = browser.post(form, &typed(&key, citizen)).await;
    let id = page
        .location()
        .split('?')
        .next()
        .and_then(|path| path.strip_prefix("/staff/proposals/"))
        .unwrap_or_else(|| panic!("{form}: {}", page.body));
    ProposalId(id.parse().unwrap())
}

/// A second person agrees; what came of it.
async fn agree(bank: &Bank, checker: &StaffSession, id: ProposalId) -> (ProposalState, String) {
    let decided = bank.desk.approve(checker, id).await.unwrap().proposal;
    (decided.state, decided.outcome)
}

db::engine_tests! {
    async fn a_lost_token_is_taken_away_by_two_people_exactly_once(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let citizen = bank.citizen(&lin).await;
        bank.citizen(&wang).await;
        stock(&bank, "TB-0001234").await;
        stock(&bank, "TB-0005678").await;
        for serial in ["TB-0001234", "TB-0005678"] {
            bank.passport.give_token_for_show(lin.person.id, serial).await.unwrap();
        }
        let token = bank.passport.tokens_of(lin.person.id).await.unwrap()[0].id;
        let teller = bank.clerk("20001", HOME, &[Role::Teller, Role::Supervisor]).await;
        let checker = bank.clerk("30001", HOME, &[Role::Supervisor]).await;
        let mut browser = Browser::of_staff(&bank, "zh-CN", "20001").await;
        let form = format!("{}/factors/otp_token-{token}", home(&lin));
        browser.get(&home(&lin)).await.shows(&["电子密码器", "尾号 1234", &form, "移除"]);
        let page = browser.get(&form).await;
        page.shows(&["移除认证方式", "电子密码器 1234", "证件"]);
        let key = hidden(&page, "key");
        for missing in ["citizen_number", "seen", "evidence", "reason"] {
            let fields: Vec<_> = typed(&key, &citizen).into_iter().filter(|(name, _)| *name != missing).collect();
            assert_eq!(browser.post(&form, &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{missing}");
        }
        let wrong = browser.post(&form, &typed(&key, "110101199003070038")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        // Under another customer's name it is not there, nor is one that nobody has.
        for word in [format!("otp_token-{token}"), "otp_token-7".to_owned(), "passkeys".to_owned(), "%00".to_owned()] {
            let elsewhere = format!("{}/factors/{word}", home(&wang));
            assert_eq!(browser.get(&elsewhere).await.status, StatusCode::NOT_FOUND, "{word}");
            assert_eq!(browser.post(&elsewhere, &typed(&key, &citizen)).await.status, StatusCode::NOT_FOUND, "{word}");
        }
        let id = proposed(&mut browser, &form, &citizen).await;
        assert_eq!(refusal(bank.desk.approve(&teller, id).await).code, "staff.own_proposal");
        assert_eq!(bank.passport.tokens_of(lin.person.id).await.unwrap().len(), 2, "nothing happens before that");
        let mut second = Browser::of_staff(&bank, "en", "30001").await;
        second.get(&format!("/staff/proposals/{id}")).await.shows(&["Take a factor away", "OTP token", "1234", "身份证原件和人脸", "客户要求"]);
        assert_eq!(agree(&bank, &checker, id).await.0, ProposalState::Done);
        let left = bank.passport.tokens_of(lin.person.id).await.unwrap();
        assert_eq!(left.iter().map(|token| token.serial.as_str()).collect::<Vec<_>>(), ["TB-0005678"], "and no other");
        assert!(notices(&bank, &lin).await.contains(&"token_removed".to_owned()));
        assert!(last_text(&bank, &lin).contains("停用您的一种安全认证方式"), "{}", last_text(&bank, &lin));
        let events = bank.passport.events_of(lin.person.id, None, 10).await.unwrap();
        assert_eq!(events[0].detail, format!("token_removed proposal:{id}"));
        // Carried out again after a stop it is done; decided again it is refused in words.
        let lost = LostFactor::Token(token);
        bank.passport.remove_factor_for_staff(lin.person.id, &lost, &format!("proposal:{id}")).await.unwrap();
        let late = bank.passport.remove_factor_for_staff(lin.person.id, &lost, "proposal:0").await;
        assert_eq!(refusal(late).code, "passport.token_not_found");
        assert_eq!(browser.get(&form).await.status, StatusCode::NOT_FOUND);
        // Only tellers propose it.
        for (number, role) in [("30002", Role::Supervisor), ("60001", Role::Security), ("40001", Role::Auditor)] {
            bank.clerk(number, HOME, &[role]).await;
            let mut other = Browser::of_staff(&bank, "en", number).await;
            assert_eq!(other.get(&form).await.status, StatusCode::FORBIDDEN, "{role:?}");
            let page = other.get(&home(&lin)).await;
            assert!(!page.body.contains("/factors/"), "{role:?} is offered nothing that would be refused");
        }
        bank.stop().await;
    }

    async fn passkeys_and_keys_go_as_they_were_when_it_was_decided(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let (citizen, person) = (bank.citizen(&lin).await, lin.person.id);
        for (id, kind) in [(11, "passkey"), (12, "passkey"), (21, "security_key"), (22, "security_key")] {
            key(&bank, person, id, kind).await;
        }
        bank.clerk("20001", HOME, &[Role::Teller]).await;
        let checker = bank.clerk("30001", HOME, &[Role::Supervisor]).await;
        let mut browser = Browser::of_staff(&bank, "en", "20001").await;
        let of_key = format!("{}/factors/security_key-21", home(&lin));
        let (one, two) = (proposed(&mut browser, &of_key, &citizen).await, proposed(&mut browser, &of_key, &citizen).await);
        assert_eq!(agree(&bank, &checker, one).await.0, ProposalState::Done);
        assert_eq!(keys(&bank, person, KeyKind::SecurityKey).await, 1);
        assert_eq!(agree(&bank, &checker, two).await, (ProposalState::Failed, "passport.key_not_found".to_owned()));
        let page = browser.get(&format!("/staff/proposals/{two}")).await;
        page.shows(&["Not carried out"]);
        assert!(!page.body.contains("passport.key_not_found"), "in words");
        assert_eq!(keys(&bank, person, KeyKind::SecurityKey).await, 1, "the other one stays");
        // Passkeys: all of them, and those that were meant.
        let all = format!("{}/factors/passkeys", home(&lin));
        browser.get(&home(&lin)).await.shows(&["Take all passkeys away"]);
        let stale = proposed(&mut browser, &all, &citizen).await;
        key(&bank, person, 13, "passkey").await;
        assert_eq!(agree(&bank, &checker, stale).await, (ProposalState::Failed, "passport.passkeys_changed".to_owned()));
        assert_eq!(keys(&bank, person, KeyKind::Passkey).await, 3, "nothing of it was done");
        let right = proposed(&mut browser, &all, &citizen).await;
        assert_eq!(agree(&bank, &checker, right).await.0, ProposalState::Done);
        assert_eq!((keys(&bank, person, KeyKind::Passkey).await, keys(&bank, person, KeyKind::SecurityKey).await), (0, 1));
        assert_eq!(notices(&bank, &lin).await.iter().filter(|kind| *kind == "factor_removed").count(), 4);
        bank.stop().await;
    }

    async fn a_token_is_given_out_by_leave_of_two_to_who_has_it_in_hand(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let (citizen, wangs) = (bank.citizen(&lin).await, bank.citizen(&wang).await);
        stock(&bank, "TB-0001234").await;
        bank.clerk("20001", HOME, &[Role::Teller]).await;
        let checker = bank.clerk("30001", HOME, &[Role::Supervisor]).await;
        let mut browser = Browser::of_staff(&bank, "en", "20001").await;
        let form = format!("{}/token", home(&lin));
        let asked = format!("{form}?serial=TB-0001234");
        let page = browser.get(&asked).await;
        page.shows(&["Two people must agree first", &format!("{}/permit", home(&lin))]);
        assert!(!page.body.contains("name=\"code\""));
        let fields = |code: &str, citizen: &str| {
            let pairs = [("serial", "TB-0001234"), ("code", code), ("citizen_number", citizen), ("seen", "1"), ("reason", "new token")];
            pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
        };
        let page = browser.post_owned(&form, &fields("123456", &citizen)).await;
        assert_eq!(page.status, StatusCode::CONFLICT, "without two people there is no token");
        let permit = proposed(&mut browser, &format!("{}/permit", home(&lin)), &citizen).await;
        assert_eq!(agree(&bank, &checker, permit).await.0, ProposalState::Done);
        browser.get(&home(&lin)).await.shows(&["May add one strong factor until"]);
        browser.get(&form).await.shows(&["Number on the back"]);
        let page = browser.get(&format!("{form}?serial=NONE")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let question = browser.get(&asked).await.after("branch-secret\">", "").unwrap();
        let question = question.split('<').next().unwrap().to_owned();
        let code = keypad(&question);
        for (wrong, status) in [
            (fields("000000", &citizen), StatusCode::UNPROCESSABLE_ENTITY),
            (fields("", &citizen), StatusCode::UNPROCESSABLE_ENTITY),
            (fields(&code, &wangs), StatusCode::UNPROCESSABLE_ENTITY),
            (fields(&code, &citizen).into_iter().filter(|(name, _)| name != "seen").collect(), StatusCode::UNPROCESSABLE_ENTITY),
            (fields(&code, &citizen).into_iter().filter(|(name, _)| name != "reason").collect(), StatusCode::UNPROCESSABLE_ENTITY),
        ] {
            let page = browser.post_owned(&form, &wrong).await;
            assert_eq!(page.status, status, "{wrong:?}");
            assert!(bank.passport.tokens_of(lin.person.id).await.unwrap().is_empty(), "{wrong:?}");
        }
        let given = format!("{}?done=token", home(&lin));
        assert_eq!(browser.post_owned(&form, &fields(&code, &citizen)).await.location(), given);
        assert_eq!(browser.post_owned(&form, &fields(&code, &citizen)).await.location(), given, "sent twice, given once");
        browser.get(&given).await.shows(&["The token is theirs.", "ending 1234"]);
        assert!(last_text(&bank, &lin).contains("1234"), "{}", last_text(&bank, &lin));
        assert!(notices(&bank, &lin).await.contains(&"token_added".to_owned()));
        // The leave is used up, and what is somebody's is nobody else's.
        browser.get(&form).await.shows(&["Two people must agree first"]);
        let permit = proposed(&mut browser, &format!("{}/permit", home(&wang)), &wangs).await;
        agree(&bank, &checker, permit).await;
        let page = browser.post_owned(&format!("{}/token", home(&wang)), &fields(&code, &wangs)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(bank.passport.tokens_of(wang.person.id).await.unwrap().is_empty());
        for (number, role) in [("30002", Role::Supervisor), ("60001", Role::Security), ("10001", Role::Administrator)] {
            bank.clerk(number, HOME, &[role]).await;
            let mut other = Browser::of_staff(&bank, "en", number).await;
            assert_eq!(other.get(&form).await.status, StatusCode::FORBIDDEN, "{role:?}");
        }
        bank.stop().await;
    }

    async fn what_narrows_a_card_one_person_does_and_what_widens_it_two(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let citizen = bank.citizen(&lin).await;
        let (card, foreign) = (bank.debit_card(&lin).await, bank.debit_card(&wang).await);
        let state = async |id| bank.accounts.debit_card_for_staff(id).await.unwrap().state;
        let teller = bank.clerk("20001", HOME, &[Role::Teller, Role::Supervisor]).await;
        let checker = bank.clerk("30001", HOME, &[Role::Supervisor]).await;
        bank.clerk("60001", HOME, &[Role::Security]).await;
        let mut guard = Browser::of_staff(&bank, "en", "60001").await;
        let mut browser = Browser::of_staff(&bank, "zh-CN", "20001").await;
        let of = |card: accounts::DebitCardId, word: &str| format!("{}/cards/{card}/{word}", home(&lin));
        // Another customer's card is not there, whatever is to be done with it.
        for word in ["freeze", "unfreeze", "report-lost", "replace"] {
            assert_eq!(browser.get(&of(foreign.id, word)).await.status, StatusCode::NOT_FOUND, "{word}");
            let page = browser.post(&of(foreign.id, word), &typed("k", &citizen)).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{word}");
        }
        assert_eq!(browser.get(&of(card.id, "melt")).await.status, StatusCode::NOT_FOUND);
        // Freezing is anybody's who looks after customers.
        assert_eq!(guard.post(&of(card.id, "freeze"), &[("reason", "")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = guard.post(&of(card.id, "freeze"), &[("reason", "odd uses")]).await;
        guard.get(page.location()).await.shows(&["The card is frozen.", "Frozen", "odd uses", "60001"]);
        assert_eq!(state(card.id).await, DebitCardState::Frozen);
        assert_eq!(guard.get(&of(card.id, "unfreeze")).await.status, StatusCode::FORBIDDEN);
        // Thawing is two people's.
        bank.clock.advance_ms(1_000);
        let id = proposed(&mut browser, &of(card.id, "unfreeze"), &citizen).await;
        assert_eq!(refusal(bank.desk.approve(&teller, id).await).code, "staff.own_proposal");
        assert_eq!(state(card.id).await, DebitCardState::Frozen);
        browser.get(&format!("/staff/proposals/{id}")).await.shows(&[&card.shown, "身份证原件和人脸"]);
        assert_eq!(agree(&bank, &checker, id).await.0, ProposalState::Done);
        assert_eq!(state(card.id).await, DebitCardState::Active);
        // What was frozen anew meanwhile stays frozen.
        bank.accounts.change_debit_card_at_counter("t", "x", card.id, CardAct::Freeze).await.unwrap();
        bank.clock.advance_ms(1_000);
        let stale = proposed(&mut browser, &of(card.id, "unfreeze"), &citizen).await;
        bank.clock.advance_ms(1_000);
        for act in [CardAct::Unfreeze, CardAct::Freeze] {
            bank.accounts.change_debit_card_at_counter("t", "x", card.id, act).await.unwrap();
        }
        let failed = (ProposalState::Failed, "accounts.debit_card_frozen_again".to_owned());
        assert_eq!(agree(&bank, &checker, stale).await, failed);
        assert_eq!(state(card.id).await, DebitCardState::Frozen);
        // Replacing would thaw it by the way, so that is two people's, too.
        let page = browser.get(&of(card.id, "replace")).await;
        let unseen: Vec<_> = typed(&hidden(&page, "key"), &citizen).into_iter().filter(|(name, _)| *name != "seen").map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(browser.post_owned(&of(card.id, "replace"), &unseen).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let id = proposed(&mut browser, &of(card.id, "replace"), &citizen).await;
        assert_eq!(bank.accounts.debit_cards_of(lin.person.customer).await.unwrap().len(), 1);
        assert_eq!(agree(&bank, &checker, id).await.0, ProposalState::Done);
        let cards = bank.accounts.debit_cards_of(lin.person.customer).await.unwrap();
        assert_eq!((cards.len(), state(card.id).await), (2, DebitCardState::Replaced));
        let new = cards.iter().find(|one| one.state == DebitCardState::Active).unwrap().id;
        // Lost for ever, by one who compared the owner's own card.
        assert_eq!(guard.get(&of(new, "report-lost")).await.status, StatusCode::FORBIDDEN);
        let page = browser.post(&of(new, "report-lost"), &typed("k", "110101199003070038")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = browser.post(&of(new, "report-lost"), &typed("k", &citizen)).await;
        browser.get(page.location()).await.shows(&["卡已挂失", "已挂失"]);
        assert_eq!(state(new).await, DebitCardState::Lost);
        assert!(notices(&bank, &lin).await.contains(&"card_lost".to_owned()));
        assert_eq!(state(foreign.id).await, DebitCardState::Active);
        for (number, role) in [("40001", Role::Auditor), ("10001", Role::Administrator), ("50001", Role::Clearing)] {
            bank.clerk(number, HOME, &[role]).await;
            let mut other = Browser::of_staff(&bank, "en", number).await;
            for word in ["freeze", "unfreeze", "report-lost", "replace"] {
                assert_eq!(other.post(&of(new, word), &typed("k", &citizen)).await.status, StatusCode::FORBIDDEN, "{role:?} {word}");
            }
        }
        bank.stop().await;
    }
}
