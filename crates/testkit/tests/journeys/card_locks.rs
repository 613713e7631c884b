//! Locks: a table of authorisations in which each lock refuses exactly its cases, and the day cap at terminals to the cent.

use accounts::{CardAct, DebitCard, HomePlaces, LockChange, LockKind, NightHours};
use db::Db;
use kit::{BankDay, Clock, Timestamp};
use money::AmountWire;
use payments::{Advice, AuthorisationRequest};
use testkit::debit::{at_terminal, online};
use testkit::{Bank, START};

const NOON: &str = "2026-11-21T12:00:00+08:00";

/// Channel, whether the card is there, country, province, city, local time, perhaps `at` another time of that day in China, and
/// which locks refuse it: overseas, city of
/// Hangzhou, province of Zhejiang, night from 23:00 to 06:00, and X: overseas without the card.
#[rustfmt::skip]
const USES: &[(&str, bool, &str, &str, &str, &str, &str)] = &[
    // Home and not home.
    ("pos", true, "CN", "33", "3301", NOON, ""),
    ("pos", true, "CN", "330000", "330106", NOON, ""),
    ("pos", true, "CN", "33", "3302", NOON, "C"),
    ("pos", true, "CN", "33", "", NOON, "C"),
    ("pos", true, "CN", "32", "3201", NOON, "CP"),
    ("pos", true, "CN", "", "", NOON, "CP"),
    ("atm", true, "CN", "33", "3301", NOON, ""),
    ("atm", true, "CN", "44", "4403", NOON, "CP"),
    ("contactless", true, "CN", "33", "3301", NOON, ""),
    ("contactless", true, "CN", "11", "1101", NOON, "CP"),
    // In the net there is no place.
    ("online", false, "CN", "", "", NOON, ""),
    ("online", false, "CN", "44", "4403", NOON, ""),
    ("online", false, "US", "", "", NOON, "X"),
    ("online", false, "HK", "", "", NOON, "X"),
    // Abroad; Hong Kong, Macao and Taiwan are.
    ("pos", true, "JP", "", "", NOON, "OCP"),
    ("pos", true, "HK", "", "", NOON, "OCP"),
    ("atm", true, "MO", "", "", NOON, "OCP"),
    ("contactless", true, "TW", "", "", NOON, "OCP"),
    ("pos", true, "CN", "81", "", NOON, "OCP"),
    ("pos", true, "JP", "33", "3301", NOON, "OCP"),
    // By telephone at a shop's terminal: both of a terminal and without the card.
    ("pos", false, "CN", "33", "3301", NOON, ""),
    ("pos", false, "CN", "44", "4403", NOON, "CP"),
    ("pos", false, "US", "", "", NOON, "OCPX"),
    // The hours of the night, over midnight, to the second.
    ("pos", true, "CN", "33", "3301", "2026-11-21T22:59:59+08:00", ""),
    ("pos", true, "CN", "33", "3301", "2026-11-21T23:00:00+08:00", "N"),
    ("pos", true, "CN", "33", "3301", "2026-11-21T23:59:59+08:00", "N"),
    ("pos", true, "CN", "33", "3301", "2026-11-22T00:00:00+08:00", "N"),
    ("pos", true, "CN", "33", "3301", "2026-11-22T00:00:01+08:00", "N"),
    ("atm", true, "CN", "33", "3301", "2026-11-22T05:59:59+08:00", "N"),
    ("contactless", true, "CN", "33", "3301", "2026-11-22T06:00:00+08:00", ""),
    ("online", false, "CN", "", "", "2026-11-22T02:00:00+08:00", "N"),
    // The clock where the card is used: New York on the night when it is put back, Kathmandu, Tokyo, London.
    ("pos", true, "NP", "", "", "2026-11-21T23:30:00+05:45", "OCPN"),
    ("online", false, "JP", "", "", "2026-11-21T22:59:59+09:00", "X"),
    ("online", false, "US", "", "", "2026-11-21T23:00:00-05:00", "NX"),
    ("pos", true, "GB", "", "", "2027-10-31T12:00:00+00:00", "OCP"),
    ("pos", true, "US", "", "", "2027-11-07T01:30:00-04:00", "OCPN"),
    ("pos", true, "US", "", "", "2027-11-07T01:30:00-05:00", "OCPN"),
    // It is night in China and a clock says noon, or a clock from before midnight comes after it: the bank's own counts, too.
    ("pos", true, "CN", "33", "3301", "2027-11-08T12:00:00+08:00 at 03:00", "N"),
    ("online", false, "CN", "", "", "2027-11-08T22:00:00+08:00 at 23:30", "N"),
    ("online", false, "JP", "", "", "2027-11-09T12:00:00+09:00 at 04:59", "NX"),
    ("online", false, "JP", "", "", "2027-11-09T12:00:00+09:00 at 05:00", "X"),
    ("pos", true, "CN", "33", "3301", "2027-11-09T23:30:00+08:00 at 12:00", "N"),
];

async fn set(bank: &Bank, card: &DebitCard, change: LockChange) {
    bank.accounts.set_card_lock_at_counter("teller", "the table", card.id, &change).await.unwrap();
}

/// Sets exactly these locks.
async fn set_all(bank: &Bank, card: &DebitCard, on: &str) {
    let places = match (on.contains('C'), on.contains('P')) {
        (true, _) => HomePlaces::parse("3301"),
        (_, true) => HomePlaces::parse("33"),
        _ => None,
    };
    let night = NightHours::try_new(23 * 60, 6 * 60).filter(|_| on.contains('N'));
    let changes = [
        LockChange::Overseas(on.contains('O')),
        LockChange::Region(places),
        LockChange::Night(night),
        LockChange::OverseasNotPresent(on.contains('X')),
    ];
    for change in changes {
        set(bank, card, change).await;
    }
}

/// The instant of a local time, or another time of its day in China.
fn instant(bank: &Bank, local_time: &str, at: &str) -> Timestamp {
    let day = BankDay::from_iso(&local_time[..10]).unwrap();
    let number = |text: &str| text.parse::<i64>().unwrap();
    let (clock, minutes) = match at {
        "" => (&local_time[11..16], {
            let zone = &local_time[19..];
            let distance = number(&zone[1..3]) * 60 + number(&zone[4..6]);
            8 * 60 - if zone.starts_with('-') { -distance } else { distance }
        }),
        at => (at, 0),
    };
    let minute = number(&clock[..2]) * 60 + number(&clock[3..5]) + minutes;
    bank.calendar.at_hour(day, 0).unwrap().plus_ms(minute * 60_000)
}

fn code(lock: char) -> &'static str {
    let kind = match lock {
        'O' => LockKind::Overseas,
        'C' | 'P' => LockKind::Region,
        'N' => LockKind::Night,
        _ => LockKind::OverseasNotPresent,
    };
    kind.refusal().code
}

db::engine_tests! {
    async fn each_lock_refuses_exactly_its_cases(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.enrol("林小满", "13800005678", 100_000_000).await;
        let card = bank.debit_card(&lin).await;
        let face = bank.card_face(&lin, &card).await;
        let mut asked = 0;
        for (channel, is_present, country, province, city, clock, refused_by) in USES {
            let (local_time, at) = clock.split_once(" at ").unwrap_or((clock, ""));
            if !local_time.starts_with("2026") {
                bank.clock.set(instant(&bank, local_time, at));
            }
            for on in ["", "O", "C", "P", "N", "X", "OCNX"] {
                set_all(&bank, &card, on).await;
                asked += 1;
                let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
                let request = AuthorisationRequest {
                    channel: (*channel).to_owned(),
                    card_present: *is_present,
                    cvv: (!is_present).then(|| face.cvv.clone()),
                    country: (*country).to_owned(),
                    province: some(province),
                    city: some(city),
                    local_time: local_time.to_owned(),
                    ..at_terminal(&face, &format!("table-{asked}"), "1.00")
                };
                // Of several locks the first is told: overseas, region, night, overseas without the card.
                let first = "OCPNX".chars().find(|lock| on.contains(*lock) && refused_by.contains(*lock));
                let answer = bank.payments.authorise_card(&request).await.unwrap();
                let use_of = format!("{on:?} {channel} {is_present} {country} {province} {city} {clock}");
                assert_eq!(answer.reason.as_deref(), first.map(code), "{use_of}");
                assert_eq!(answer.response_code(), if first.is_some() { "57" } else { "00" }, "{use_of}");
            }
        }
        assert!(asked >= 200, "{asked} authorisations");
        bank.stop().await;
    }

    async fn a_clock_that_cannot_be_right_is_no_question(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.debit_card(&lin).await;
        let face = bank.card_face(&lin, &card).await;
        let ask = async |reference: &str, country: &str, local_time: &str| {
            let (country, local_time) = (country.to_owned(), local_time.to_owned());
            let place = |code: &str| Some(code.to_owned()).filter(|_| country == "CN");
            let (province, city) = (place("33"), place("3301"));
            let request = AuthorisationRequest { country, local_time, province, city, ..at_terminal(&face, reference, "1.00") };
            bank.payments.authorise_card(&request).await
        };
        // It is 13:26:08 on 21 November 2026 in China.
        for (country, local_time, fits) in [
            ("CN", "2026-11-20T13:26:08+08:00", true),
            ("CN", "2026-11-20T13:26:07+08:00", false),
            ("CN", "2026-11-22T13:26:08+08:00", true),
            ("CN", "2026-11-22T13:26:09+08:00", false),
            ("CN", "2026-11-21T13:26:08+09:00", false),
            ("CN", "2026-11-21T05:26:08Z", false),
            ("JP", "2026-11-21T05:26:08Z", true),
            ("JP", "2026-11-21T14:26:08+09:00", true),
            ("JP", "2025-11-21T14:26:08+09:00", false),
            ("US", "1970-01-01T00:00:00Z", false),
            ("US", "9999-12-31T23:59:59-12:00", false),
        ] {
            let answer = ask(&format!("c-{}", bank.random.below(u64::MAX)), country, local_time).await;
            match fits {
                true => assert_eq!(answer.unwrap().reason, None, "{country} {local_time}"),
                false => {
                    let refused = testkit::refusal(answer);
                    let field = refused.fields.get("field").cloned();
                    assert_eq!((refused.code, field), ("payments.authorisation_invalid", Some("local_time".into())), "{local_time}");
                }
            }
        }
        // What was answered is answered again, however late it is asked.
        let now = bank.clock_in_china();
        assert_eq!(ask("late", "CN", &now).await.unwrap().reason, None);
        bank.clock.advance_ms(3 * 24 * 3_600_000);
        assert!(ask("late", "CN", &now).await.unwrap().is_repeated);
        bank.stop().await;
    }

    async fn the_day_cap_at_terminals_holds_to_the_cent_and_by_the_banks_day(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.debit_card(&lin).await;
        let face = bank.card_face(&lin, &card).await;
        // What was paid before the cap was set counts.
        let ask = |reference: &'static str, amount: &'static str| {
            let request = at_terminal(&face, reference, amount);
            let bank = &bank;
            async move { bank.payments.authorise_card(&request).await.unwrap().reason }
        };
        assert_eq!(ask("d1", "300.00").await, None);
        set(&bank, &card, LockChange::TerminalDay(Some(50_000))).await;
        let over = Some(LockKind::TerminalDay.refusal().code.to_owned());
        assert_eq!(ask("d2", "200.01").await, over);
        assert_eq!(ask("d3", "199.99").await, None);
        assert_eq!(ask("d4", "0.02").await, over);
        assert_eq!(ask("d5", "0.01").await, None);
        assert_eq!(ask("d6", "0.01").await, over);
        // The net is no terminal; another channel of terminals is one.
        let paid = bank.payments.authorise_card(&online(&face, "d7", "0.01")).await.unwrap();
        assert!(paid.is_approved(), "{paid:?}");
        let cash = AuthorisationRequest { channel: "atm".to_owned(), ..at_terminal(&face, "d8", "0.01") };
        assert_eq!(bank.payments.authorise_card(&cash).await.unwrap().reason, over);
        let near = AuthorisationRequest { channel: "contactless".to_owned(), ..at_terminal(&face, "d9", "0.01") };
        assert_eq!(bank.payments.authorise_card(&near).await.unwrap().reason, over);
        // What a shop gives up may be spent again, and a part that it does not collect, too.
        bank.payments.advise_card(Advice::Reversal, "d3-back", "d3", None).await.unwrap();
        assert_eq!(ask("d10", "200.00").await, over);
        assert_eq!(ask("d11", "199.99").await, None);
        let part = AmountWire { value: "100.00".to_owned(), currency: "CNY".to_owned() };
        bank.payments.advise_card(Advice::Capture, "d1-part", "d1", Some(&part)).await.unwrap();
        assert_eq!(ask("d12", "200.01").await, over);
        assert_eq!(ask("d13", "200.00").await, None);
        // A new number is no fresh day.
        let new = bank.accounts.replace_debit_card_at_counter("teller", "worn", card.id).await.unwrap();
        assert_eq!(new.locks.terminal_day_minor, Some(50_000));
        let new_face = bank.card_face(&lin, &new).await;
        let again = bank.payments.authorise_card(&at_terminal(&new_face, "d14", "0.01")).await.unwrap();
        assert_eq!(again.reason, over);
        // The bank's day begins at midnight in Shanghai, wherever the card is.
        let midnight = bank.calendar.at_hour(kit::BankDay(bank.calendar.day(START).0 + 1), 0).unwrap();
        bank.clock.set(Timestamp(midnight.as_ms() - 1));
        let last = bank.payments.authorise_card(&at_terminal(&new_face, "d15", "0.01")).await.unwrap();
        assert_eq!(last.reason, over);
        bank.clock.set(midnight);
        let first = bank.payments.authorise_card(&at_terminal(&new_face, "d16", "500.00")).await.unwrap();
        assert!(first.is_approved(), "{first:?}");
        assert!(bank.clock.now() == midnight);
        bank.stop().await;
    }

    async fn twenty_at_once_do_not_pass_the_cap_or_the_balance(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let (capped, open) = (bank.debit_card(&lin).await, bank.debit_card(&lin).await);
        set(&bank, &capped, LockChange::TerminalDay(Some(10_000))).await;
        let race = |card: DebitCard, name: &'static str, amount: &'static str| {
            let (bank, lin) = (&bank, &lin);
            async move {
                let face = bank.card_face(lin, &card).await;
                let mut tasks = tokio::task::JoinSet::new();
                for place in 0..20 {
                    let request = at_terminal(&face, &format!("{name}-{place}"), amount);
                    let payments = bank.payments.clone();
                    tasks.spawn(async move { payments.authorise_card(&request).await.unwrap().reason });
                }
                tasks.join_all().await
            }
        };
        let reasons = race(capped, "cap", "9.99").await;
        assert_eq!(reasons.iter().filter(|reason| reason.is_none()).count(), 10);
        let over = LockKind::TerminalDay.refusal().code;
        assert!(reasons.iter().flatten().all(|reason| reason == over), "{reasons:?}");
        // 10,000.00 less 99.90 are there.
        let reasons = race(open, "balance", "1000.00").await;
        assert_eq!(reasons.iter().filter(|reason| reason.is_none()).count(), 9);
        assert!(reasons.iter().flatten().all(|reason| reason == "payments.insufficient_funds"), "{reasons:?}");
        let view = bank.ledger.account(lin.account.id).await.unwrap().unwrap();
        assert_eq!(view.available(), 1_000_000 - 9_990 - 900_000);
        bank.stop().await;
    }

    async fn a_lock_set_now_stops_the_next_use_and_the_card_goes_on_after_it(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.debit_card(&lin).await;
        let face = bank.card_face(&lin, &card).await;
        let session = bank.session(&lin).await;
        let ask = |reference: &'static str| {
            let request = AuthorisationRequest { country: "JP".to_owned(), ..at_terminal(&face, reference, "1.00") };
            let bank = &bank;
            async move { bank.payments.authorise_card(&request).await.unwrap().reason }
        };
        assert_eq!(ask("before").await, None);
        bank.accounts.set_card_lock(&session, card.id, &LockChange::Overseas(true)).await.unwrap();
        assert_eq!(ask("locked").await.as_deref(), Some("accounts.lock_overseas"));
        let weak = bank.accounts.set_card_lock(&session, card.id, &LockChange::Overseas(false)).await;
        assert_eq!(testkit::refusal(weak).code, "passport.step_up_needed");
        let narrower = LockChange::Region(HomePlaces::parse("33"));
        bank.accounts.set_card_lock(&session, card.id, &narrower).await.unwrap();
        set(&bank, &card, LockChange::Region(None)).await;
        set(&bank, &card, LockChange::Overseas(false)).await;
        assert_eq!(ask("unlocked").await, None);
        assert_eq!(ask("locked").await.as_deref(), Some("accounts.lock_overseas"), "what was answered stays answered");
        bank.accounts.change_debit_card(&session, card.id, CardAct::Freeze).await.unwrap();
        assert_eq!(ask("frozen").await.as_deref(), Some("accounts.debit_card_frozen"));
        bank.stop().await;
    }
}
