//! Before sign-in nothing tells whether a number is registered: not a byte, and not the time it takes.

use super::{Pages, WANG, bank, encode};
use crate::bank::Bank;
use crate::http::Answer;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// People who are registered for this test, beside as many numbers that are not.
const PAIRS: usize = 17;
/// Tries of one number; before a sign-in is put off for having failed too often.
const TRIES: usize = 3;
/// Medians may differ by so much.
const BOUND: f64 = 0.10;
/// On a busy machine a measurement is repeated; the bound stays.
const MEASUREMENTS: usize = 8;

fn registered(index: usize) -> String {
    format!("1391000{index:04}")
}

fn stranger(index: usize) -> String {
    format!("1392000{index:04}")
}

/// Somebody registers on the pages, with the code that the phone shows.
fn register(bank: &Bank, mobile: &str) {
    let mut pages = Pages::new(bank);
    pages.get("/register");
    let sent = pages.post("/register", &[("mobile", mobile)]);
    assert!(sent.text.contains("/register/finish"), "{}", sent.text);
    let code = pages.code(mobile);
    pages.get("/register");
    let fields = [("mobile", mobile), ("code", code.as_str()), ("password", "a-long-secret-2026"), ("language", "en")];
    let entered = pages.post("/register/finish", &fields);
    assert_eq!(entered.status, 303, "{}", entered.text);
}

/// An answer without what differs from one request to the next: tokens, ids, times, the number itself.
fn plain(answer: &Answer, mobile: &str) -> String {
    let mut text = format!("{}\n{}", answer.head, answer.text);
    // What a passkey is asked is drawn anew for each page.
    for begin in ["name=\"sealed\" value=\"", "data-options=\""] {
        let mut pieces = text.split(begin);
        let first = pieces.next().unwrap_or_default().to_owned();
        text = pieces.fold(first, |page, piece| page + piece.split_once('"').unwrap_or_default().1);
    }
    let groups = format!("{} {} {}", &mobile[..3], &mobile[3..7], &mobile[7..]);
    let masked = format!("{} **** {}", &mobile[..3], &mobile[7..]);
    for own in [mobile.to_owned(), encode(mobile), groups, masked] {
        text = text.replace(&own, "NUMBER");
    }
    let lines = text.lines().filter(|line| {
        !["date: ", "x-request-id: ", "set-cookie: ", "content-length: "].iter().any(|name| line.starts_with(name))
    });
    let mut plain = String::new();
    for line in lines {
        // Every run of 16 or more hexadecimal characters is a token or an id.
        for word in line.split_inclusive(|one: char| !one.is_ascii_hexdigit()) {
            let bare = word.trim_end_matches(|one: char| !one.is_ascii_hexdigit());
            plain.push_str(&if bare.len() >= 16 { word.replace(bare, "TOKEN") } else { word.to_owned() });
        }
        plain.push('\n');
    }
    plain
}

/// What is asked about a number.
type Ask = fn(&mut Pages, &str) -> Answer;

const ASKS: [(&str, &str, Ask); 3] = [
    ("sign-in", "/sign-in", |pages, mobile| {
        pages.post("/sign-in", &[("mobile", mobile), ("password", "not this one 9")])
    }),
    ("registration", "/register", |pages, mobile| pages.post("/register", &[("mobile", mobile)])),
    ("reset", "/reset", |pages, mobile| pages.post("/reset", &[("mobile", mobile)])),
];

fn median(times: &mut [Duration]) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

#[test]
fn nothing_before_sign_in_tells_whether_a_number_is_registered() {
    let (bank, _folder) = bank();
    let mut ratios: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for measurement in 0..MEASUREMENTS {
        // New numbers each time: what was tried before counts against a number.
        let first = measurement * PAIRS;
        for index in first..first + PAIRS {
            register(&bank, &registered(index));
        }
        let open = |what: &str| ratios.get(what).is_none_or(|all| all.iter().all(|ratio| *ratio > BOUND));
        let asked: Vec<_> = ASKS.iter().filter(|(what, ..)| open(what)).collect();
        if asked.is_empty() {
            break;
        }
        for (what, page, ask) in asked {
            let mut pages = Pages::new(&bank);
            pages.get(page);
            // Warm: code, caches, connections.
            for _ in 0..4 {
                ask(&mut pages, "13930000000");
            }
            let (mut known, mut unknown) = (Vec::new(), Vec::new());
            for round in 0..TRIES {
                for index in first..first + PAIRS {
                    let pair = [registered(index), stranger(index)];
                    let mut texts = Vec::new();
                    // Who comes first changes, so that neither side always finds the machine warm.
                    let order = if (index + round) % 2 == 0 { [0, 1] } else { [1, 0] };
                    for which in order {
                        pages.get(page);
                        let began = Instant::now();
                        let answer = ask(&mut pages, &pair[which]);
                        let took = began.elapsed();
                        if which == 0 {
                            known.push(took)
                        } else {
                            unknown.push(took)
                        }
                        texts.push((which, answer.status, plain(&answer, &pair[which])));
                    }
                    texts.sort();
                    assert_eq!((texts[0].1, &texts[0].2), (texts[1].1, &texts[1].2), "{what}, try {round}");
                }
            }
            let (one, other) = (median(&mut known), median(&mut unknown));
            ratios.entry(what).or_default().push((one - other).abs() / other.min(one));
        }
    }
    for (what, all) in &ratios {
        let best = all.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(best <= BOUND, "{what}: the medians differ by these parts: {all:?}");
    }
    assert_eq!(Pages::of(&bank, WANG).get("/home").status, 200, "nobody was locked out");
    assert!(bank.stop().success());
}
