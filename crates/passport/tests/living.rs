//! Sessions that are remembered: whatever ends one or changes what its row says is known to whoever looks next, here and on
//! another node; and no statement writes those rows without telling.

#![allow(missing_docs, reason = "a test binary has no documentation")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use cache::{Cache, LIVES_STRICT_SHARED};
use common::{Desk, SECRET, browser, desk, desk_on};
use db::{Db, params};
use kit::Random;
use passport::registry::made_up_number;
use passport::{
    AccountsPort, ChangeMobile, Claim, CustomerId, OpenAccounts, Passport, Reset, Rules, STATEMENTS, Session,
    SessionKind, SignedIn, Visitor,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const MINUTE_MS: i64 = 60_000;

/// Everything that ends sessions or changes what their rows say, and in which of five sessions: the one that acts, another in
/// a browser, one in a browser with a device to be forgotten, a program's, and one of somebody else who acts for the same
/// customer. `x` is over, `~` says something else, `.` stays as it was.
const PATHS: &[(&str, &str)] = &[
    ("sign out", "x...."),
    ("end one", ".x..."),
    ("end others", ".xxx."),
    ("end all", "xxxx."),
    ("forget a device", "..x.."),
    ("ended by staff", "xxxx."),
    ("kill switch", "xxxxx"),
    ("another password", ".xxx."),
    ("a forgotten password", "xxxx."),
    ("a password taken away at the counter", "xxxx."),
    ("another number", "~xxx."),
    ("another number at the counter", "xxxx."),
    ("a name proven", "~~~~."),
    ("a name proven at the counter", "~~~~."),
    ("another language", "~~~~."),
    ("the end of the relationship", "xxxx."),
];

/// A person with sessions, the first of which acts.
struct Scene {
    mobile: String,
    sessions: Vec<SignedIn>,
}

struct NoAccounts;

impl AccountsPort for NoAccounts {
    fn open_accounts(&self, _: CustomerId) -> OpenAccounts<'_> {
        Box::pin(async { Ok(0) })
    }
}

async fn scene(desk: &Desk, db: &Db, number: usize) -> Scene {
    let mobile = format!("1370000{number:04}");
    let me = desk.visitor(&mobile).await;
    let mut sessions = vec![me];
    for (address, kind) in
        [("203.0.113.8", SessionKind::Web), ("203.0.113.9", SessionKind::Web), ("203.0.113.9", SessionKind::Api)]
    {
        let from = browser(address, None);
        sessions.push(desk.passport.sign_in_from(&from, &mobile, SECRET, kind).await.unwrap());
    }
    // Somebody else with a mandate for the same customer, as no page gives one yet.
    let agent = desk.visitor(&format!("1380000{number:04}")).await;
    let (person, customer) = (agent.session.person.0, sessions[0].session.customer.0);
    let mandate = "INSERT INTO mandate (id, person, customer, role, from_ms) VALUES ($1, $2, $3, 'owner', 1)";
    db.execute(mandate, params![number as i64 + 1, person, customer]).await.unwrap();
    let acts = "UPDATE session SET customer = $2 WHERE id = $1";
    db.execute(acts, params![agent.session.id.0, customer]).await.unwrap();
    sessions.push(agent);
    Scene { mobile, sessions }
}

async fn act(path: &str, desk: &Desk, scene: &Scene, number: usize) {
    let (passport, me, nobody) = (&desk.passport, &scene.sessions[0].session, Visitor::unknown());
    let claim = || Claim { name: "王芳".to_owned(), citizen_number: made_up_number(number as u32) };
    let free = format!("1390000{number:04}");
    match path {
        "sign out" => passport.sign_out(me).await.unwrap(),
        "end one" => passport.end_session(me, scene.sessions[1].session.id).await.unwrap(),
        "end others" => assert_eq!(passport.end_other_sessions(me).await.unwrap(), 3),
        "end all" => assert_eq!(passport.end_all_sessions(me.person).await.unwrap(), 4),
        "forget a device" => {
            let device = scene.sessions[2].session.device.unwrap();
            passport.forget_device(me, device).await.unwrap();
        }
        "ended by staff" => assert_eq!(passport.end_sessions_by_staff(me.person).await.unwrap(), 4),
        "kill switch" => {
            let (ended, waits) = passport.end_everything(me.person, me.customer, Some(me.id), "").await.unwrap();
            assert_eq!((ended.epoch, ended.sessions, ended.tokens), (1, 3, 1));
            waits.over().await;
        }
        "another password" => passport.change_password(me, SECRET, "paper umbrella").await.unwrap(),
        "a forgotten password" => {
            passport.start_reset(&nobody, &scene.mobile, "zh").await.unwrap();
            let (mobile, code) = (scene.mobile.clone(), desk.code(&scene.mobile));
            passport.finish_reset(Reset { mobile, code, password: "paper umbrella".to_owned() }).await.unwrap();
        }
        "a password taken away at the counter" => passport.reset_password_at_counter(me.person).await.unwrap(),
        "another number" => {
            passport.start_change_mobile(&nobody, me).await.unwrap();
            passport.prove_new_mobile(&nobody, me, &free).await.unwrap();
            let (old_code, new_code) = (desk.code(&scene.mobile), desk.code(&free));
            passport.finish_change_mobile(me, ChangeMobile { old_code, mobile: free, new_code }).await.unwrap();
        }
        "another number at the counter" => {
            passport.change_mobile_at_counter(me.person, &scene.mobile, &free).await.unwrap();
        }
        "a name proven" => drop(passport.verify_identity(me, claim()).await.unwrap()),
        "a name proven at the counter" => {
            drop(passport.mark_identity_checked(me.person, claim(), "T007").await.unwrap());
        }
        "another language" => passport.set_language(me, "en").await.unwrap(),
        "the end of the relationship" => {
            passport.send_close_code(&nobody, me).await.unwrap();
            passport.close_relationship(me, &desk.code(&scene.mobile)).await.unwrap();
        }
        other => panic!("no such path: {other}"),
    }
}

async fn look(passport: &Passport, sessions: &[SignedIn]) -> Vec<Option<Session>> {
    let mut seen = Vec::new();
    for signed_in in sessions {
        seen.push(passport.peek_session(signed_in.token.reveal()).await.unwrap());
    }
    seen
}

/// Looks until no look asks SQL any more.
async fn warm(passport: &Passport, db: &Db, sessions: &[SignedIn]) -> Vec<Option<Session>> {
    for _ in 0..500 {
        let before = db.statements_run();
        let seen = look(passport, sessions).await;
        if db.statements_run() == before {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("sessions are read from SQL each time");
}

/// Goes every way at one node, and looks at another or the same, which remembers.
async fn walk(db: &Db, desk: &Desk, looking: &Passport) {
    desk.passport.set_accounts_port(Arc::new(NoAccounts));
    for (number, (path, expected)) in PATHS.iter().enumerate() {
        let scene = scene(desk, db, number).await;
        // Codes are not sent twice within a minute.
        desk.clock.advance_ms(MINUTE_MS + 1_000);
        let before = warm(looking, db, &scene.sessions).await;
        assert!(before.iter().all(Option::is_some), "{path}: {before:?}");
        act(path, desk, &scene, number).await;
        let seen = look(looking, &scene.sessions).await;
        let truth = look(&desk.another(db, Cache::local()), &scene.sessions).await;
        assert_eq!(seen, truth, "{path}");
        let changed: String = before
            .iter()
            .zip(&seen)
            .map(|(before, seen)| match seen {
                None => 'x',
                Some(_) if seen == before => '.',
                Some(_) => '~',
            })
            .collect();
        assert_eq!(changed, *expected, "{path}");
    }
}

fn redis_url() -> String {
    std::env::var("TONGBAO_TEST_REDIS").expect("TONGBAO_TEST_REDIS: `cargo xtask test` starts a server and sets it")
}

async fn shared(key: &[u8; 32]) -> Cache {
    let cache = Cache::shared(&redis_url(), key, &Random::system()).unwrap();
    while cache.is_shared() != Some(true) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    cache
}

db::engine_tests! {
    async fn whatever_changes_a_session_is_known_to_who_looks_next(db: Db) {
        let desk = desk(&db).await;
        walk(&db, &desk, &desk.passport).await;
    }

    async fn whatever_changes_a_session_is_known_to_who_looks_next_at_another_node(db: Db) {
        let key = Random::system().bytes();
        // They listen and tell as long as they are held.
        let caches = [shared(&key).await, shared(&key).await];
        let desk = desk_on(&db, Rules::for_tests(), caches[0].clone()).await;
        let other = desk.another(&db, caches[1].clone());
        let began = Instant::now();
        walk(&db, &desk, &other).await;
        assert!(began.elapsed() < PATHS.len() as u32 * LIVES_STRICT_SHARED, "Redis was told, not waited out");
    }

    async fn the_switch_goes_on_at_once_where_redis_is_away_and_its_answer_waits(db: Db) {
        let nowhere = Cache::shared("redis://127.0.0.1:1", &[3; 32], &Random::system()).unwrap();
        let desk = desk_on(&db, Rules::for_tests(), nowhere).await;
        let me = desk.visitor("13700001111").await;
        let began = Instant::now();
        let (_, waits) =
            desk.passport.end_everything(me.session.person, me.session.customer, None, "").await.unwrap();
        assert!(began.elapsed() < LIVES_STRICT_SHARED, "money is not to wait for Redis");
        assert_eq!(desk.passport.peek_session(me.token.reveal()).await.unwrap(), None);
        waits.over().await;
        assert!(began.elapsed() >= LIVES_STRICT_SHARED, "another node may have reached it");
    }

    async fn use_is_written_down_once_a_minute_and_keeps_a_session_alive(db: Db) {
        let desk = desk(&db).await;
        let me = [desk.visitor("13700001111").await];
        let passport = &desk.passport;
        for _ in 0..20 {
            desk.clock.advance_ms(14 * MINUTE_MS);
            let before = db.statements_run();
            let used = passport.authenticate(me[0].token.reveal()).await.unwrap().unwrap();
            assert_eq!(used.last_seen, kit::Clock::now(&desk.clock));
            let first = db.statements_run() - before;
            for _ in 0..5 {
                desk.clock.advance_ms(1_000);
                assert_eq!(passport.authenticate(me[0].token.reveal()).await.unwrap().as_ref(), Some(&used));
            }
            let all = db.statements_run() - before;
            assert!(first >= 1 && all <= first + 1, "{first} and {all}: once, and once more if it was read again");
            let stored = "SELECT last_seen_ms FROM session WHERE id = $1";
            let stored = db.query_one(stored, params![me[0].session.id.0]).await.unwrap().i64("last_seen_ms").unwrap();
            assert_eq!(stored, used.last_seen.as_ms());
        }
        // Looks do not count as use, and the clock is asked at each.
        desk.clock.advance_ms(15 * MINUTE_MS - 6_000);
        assert!(warm(passport, &db, &me).await[0].is_some());
        desk.clock.advance_ms(6_000);
        assert_eq!(look(passport, &me).await, [None], "idle for too long");

        let me = [desk.visitor("13700002222").await];
        for _ in 0..60 {
            desk.clock.advance_ms(12 * MINUTE_MS - 1);
            assert!(passport.authenticate(me[0].token.reveal()).await.unwrap().is_some());
        }
        assert!(warm(passport, &db, &me).await[0].is_some());
        desk.clock.advance_ms(60);
        assert_eq!(look(passport, &me).await, [None], "twelve hours are over");
    }

    async fn what_was_used_at_another_node_is_not_idle_here(db: Db) {
        let key = Random::system().bytes();
        // They listen and tell as long as they are held.
        let caches = [shared(&key).await, shared(&key).await];
        let desk = desk_on(&db, Rules::for_tests(), caches[0].clone()).await;
        let other = desk.another(&db, caches[1].clone());
        let me = [desk.visitor("13700001111").await];
        desk.clock.advance_ms(14 * MINUTE_MS);
        assert!(warm(&other, &db, &me).await[0].is_some());
        assert!(desk.passport.authenticate(me[0].token.reveal()).await.unwrap().is_some());
        desk.clock.advance_ms(2 * MINUTE_MS);
        assert!(look(&other, &me).await[0].is_some(), "what is remembered lets in, and never keeps out");
    }

    async fn a_session_that_was_swept_away_is_over_for_who_remembers_it(db: Db) {
        let desk = desk(&db).await;
        let me = [desk.visitor("13700001111").await];
        warm(&desk.passport, &db, &me).await;
        desk.clock.advance_ms(31 * 24 * 60 * MINUTE_MS);
        desk.passport.sweep().await.unwrap();
        assert_eq!(look(&desk.passport, &me).await, [None]);
    }
}

/// Rows of which a remembered session is made.
const TABLES: &[&str] = &["session", "person", "customer", "mandate"];

/// Every statement that writes them. Of the others it is known that nothing that is remembered says something else.
const TOLD: &[&str] = &[
    "END_MANDATES",
    "END_OF_CUSTOMER",
    "END_OF_DEVICE",
    "END_OTHERS",
    "END_OWN",
    "NAME_PERSON",
    "RAISE_EPOCH",
    "SET_LANGUAGE",
    "SET_MOBILE",
];
const NOTHING_TO_TELL: &[(&str, &str)] = &[
    ("CLOSE", "when a relationship ended is in no row, and its sessions end beside"),
    ("INSERT", "a new row"),
    ("INSERT_MANDATE", "lets in; that nobody is let in is not remembered"),
    ("INSERT_SEED", "new rows"),
    ("NAME_CUSTOMER", "rows have the person's name"),
    ("SET_WINDOW", "windows are read from SQL"),
    ("SWEEP", "of sessions that the clock ended long ago"),
    ("TOUCH", "the process that writes it knows it, and nobody is kept out by an older one"),
];

/// The table that a text writes at this place.
fn written(text: &str) -> Option<&'static str> {
    let mut words = text.split_whitespace();
    let first = words.next()?.trim_start_matches(['"', '(']).to_ascii_uppercase();
    let mut table = words.next()?;
    match first.as_str() {
        "INSERT" | "DELETE" | "MERGE" | "REPLACE" => table = words.next()?,
        "TRUNCATE" if table.eq_ignore_ascii_case("table") => table = words.next()?,
        "UPDATE" | "TRUNCATE" => {}
        _ => return None,
    }
    let table = table.trim_start_matches('"');
    let end = table.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(table.len());
    TABLES.iter().copied().find(|known| known.eq_ignore_ascii_case(&table[..end]))
}

/// How often a text writes one of the tables.
fn writes(text: &str) -> usize {
    let starts = text.char_indices().filter(|(at, letter)| {
        letter.is_ascii_alphabetic() && !text[..*at].ends_with(|before: char| before.is_ascii_alphanumeric())
    });
    starts.filter(|(at, _)| written(&text[*at..]).is_some()).count()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_statement_writes_what_is_remembered_without_telling() {
    let statements: Vec<(&str, &str)> =
        STATEMENTS.iter().flat_map(|file| file.iter().copied()).filter(|(_, sql)| writes(sql) > 0).collect();
    let mut names: Vec<&str> = statements.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let mut known: Vec<&str> = TOLD.iter().copied().chain(NOTHING_TO_TELL.iter().map(|(name, _)| *name)).collect();
    known.sort_unstable();
    assert_eq!(
        names, known,
        "a statement that writes sessions, people, customers or mandates goes by `Living::execute`"
    );

    // None hides in a text that is no statement, or in another room; those to be told are run by what tells.
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for room in fs::read_dir(crates).unwrap() {
        let folder = room.unwrap().path().join("src");
        if folder.is_dir() {
            sources(&folder, &mut files);
        }
    }
    let (mut found, mut told) = (0, 0);
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        if file.ends_with("passport/src/migrations/mod.rs") {
            continue;
        }
        let code: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .map(|line| format!("{}\n", line.trim_end().trim_end_matches('\\')))
            .collect();
        let here = writes(&code);
        found += here;
        assert!(here == 0 || file.parent().unwrap().ends_with("passport/src/store"), "{}", file.display());
        if here == 0 {
            continue;
        }
        for (name, _) in statements.iter().filter(|(name, _)| TOLD.contains(name)) {
            let (run, by_telling) = (uses(&code, name, "execute("), uses(&code, name, "living.execute("));
            assert_eq!(run, by_telling, "{name} in {}", file.display());
            told += by_telling;
        }
    }
    assert_eq!(found, statements.len(), "texts that write these tables, and statements that do");
    assert_eq!(told, TOLD.len(), "each is run at one place");
}

/// How many calls of this name have the statement among what they are given.
fn uses(code: &str, statement: &str, call: &str) -> usize {
    let given = |rest: &str| {
        let mut open = 1;
        let end = rest.find(|letter: char| {
            open += i32::from(letter == '(') - i32::from(letter == ')');
            open == 0
        });
        let mut words =
            rest[..end.unwrap_or(rest.len())].split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        words.any(|word| word == statement)
    };
    code.match_indices(call).filter(|(at, _)| given(&code[at + call.len()..])).count()
}
