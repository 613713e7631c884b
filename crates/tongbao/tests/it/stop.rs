//! The kill switch over HTTP: whoever is signed in anywhere, by cookie or token, is out when the answer is there.

use crate::blackbox::{CHEN, Pages, bank};
use crate::http::Client;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::scope;
use std::time::{Duration, Instant};

/// Sessions of each kind.
const EACH: usize = 10;
const EVERY: Duration = Duration::from_millis(50);
/// What pages are asked for in turn: a page, a file, and what an open page asks for by itself.
const PATHS: [&str; 3] = ["/home", "/statement/download", "/live"];

/// When a question was sent, and whether it was answered as to somebody signed in.
type Asked = Vec<(Instant, bool)>;

#[test]
fn of_twenty_sessions_asking_all_the_time_none_succeeds_after_the_kill_switch() {
    let (bank, _folder) = bank();
    let programs: Vec<Client> = (0..EACH).map(|_| Client::sign_in(bank.address(), CHEN)).collect();
    let mut browsers: Vec<Pages> = (0..EACH).map(|_| Pages::of(&bank, CHEN)).collect();
    let mut owner = Pages::of(&bank, CHEN);
    let mut open = Connection::open(bank.address(), programs[0].token());
    assert_eq!(open.ask(), 200);
    let is_over = AtomicBool::new(false);

    let (pressed, answered, asked) = scope(|scope| {
        let is_over = &is_over;
        let mut polls = Vec::new();
        for program in &programs {
            polls.push(scope.spawn(move || poll(is_over, |_| program.get("/api/v1/accounts").status == 200)));
        }
        for browser in &mut browsers {
            polls.push(scope.spawn(move || poll(is_over, |turn| browser.get(PATHS[turn % 3]).status == 200)));
        }
        std::thread::sleep(Duration::from_millis(1_500));
        assert!(owner.get("/me/stop").text.contains("name=\"csrf\""));
        let pressed = Instant::now();
        assert_eq!(owner.post("/me/stop", &[]).status, 200);
        let answered = Instant::now();
        std::thread::sleep(Duration::from_millis(1_500));
        is_over.store(true, Ordering::Relaxed);
        let asked: Vec<Asked> = polls.into_iter().map(|poll| poll.join().expect("a poll ends")).collect();
        (pressed, answered, asked)
    });

    for (number, asked) in asked.iter().enumerate() {
        let before = asked.iter().filter(|(at, is_in)| *is_in && *at < pressed).count();
        assert!(before >= 3, "session {number} was in only {before} times before");
        let after = asked.iter().filter(|(at, _)| *at > answered).count();
        assert!(after >= 3, "session {number} asked only {after} times afterwards");
        let late: Vec<Duration> =
            asked.iter().filter(|(at, is_in)| *is_in && *at > answered).map(|(at, _)| *at - pressed).collect();
        assert!(late.is_empty(), "session {number} was let in {late:?} after the switch");
    }
    let took = answered - pressed;
    println!("the kill switch answered after {} ms; nothing asked after that succeeded", took.as_millis());
    assert_eq!(open.ask(), 401, "a connection that was open all the time");
    assert_eq!(owner.get("/home").status, 303, "the owner's own session too");
    // The password opens anew, and what was there is there.
    assert_eq!(Client::sign_in(bank.address(), CHEN).get("/api/v1/accounts").status, 200);
}

fn poll(is_over: &AtomicBool, mut ask: impl FnMut(usize) -> bool) -> Asked {
    let mut asked = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let at = Instant::now();
        asked.push((at, ask(asked.len())));
        std::thread::sleep(EVERY.saturating_sub(at.elapsed()));
    }
    asked
}

/// A connection of a program that stays open from question to question.
struct Connection {
    stream: TcpStream,
    request: String,
}

impl Connection {
    fn open(address: &str, token: &str) -> Self {
        let host = address.trim_start_matches("http://");
        let stream = TcpStream::connect(host.replace("localhost", "127.0.0.1")).expect("the bank listens");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time limit");
        let request = format!("GET /api/v1/accounts HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\r\n");
        Self { stream, request }
    }

    /// The status of the next answer.
    fn ask(&mut self) -> u16 {
        self.stream.write_all(self.request.as_bytes()).expect("the connection is open");
        let mut whole = Vec::new();
        let mut piece = [0; 4096];
        loop {
            let count = self.stream.read(&mut piece).expect("an answer");
            whole.extend_from_slice(&piece[..count]);
            let text = String::from_utf8_lossy(&whole).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                assert!(count > 0, "the connection ended: {text}");
                continue;
            };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|length| length.parse().ok()).expect("a length");
            if body.len() >= length {
                return head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
            }
        }
    }
}
