//! Requests that two programs might read differently, that are too big, or that never end.

use super::{WANG, bank};
use crate::bank::Bank;
use crate::http::Client;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn connect(bank: &Bank) -> TcpStream {
    let stream = TcpStream::connect(bank.address().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Sends bytes and gives all that comes back until nothing more does. The connection is not half closed: the bank would look
/// no further than to the first request.
fn raw(bank: &Bank, bytes: &[u8]) -> String {
    let mut stream = connect(bank);
    stream.set_read_timeout(Some(Duration::from_millis(1_500))).unwrap();
    // The bank may close while we still write.
    let _ = stream.write_all(bytes);
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    String::from_utf8_lossy(&said).into_owned()
}

/// The statuses of the answers, in order.
fn statuses(said: &str) -> Vec<u16> {
    said.split("HTTP/1.1 ").skip(1).filter_map(|rest| rest.get(..3)?.parse().ok()).collect()
}

#[test]
fn no_request_hides_inside_another() {
    let (bank, _folder) = bank();
    let hidden = "GET /smuggled HTTP/1.1\r\nhost: bank\r\n\r\n";
    let post = |headers: &str, body: &str| {
        format!(
            "POST /api/v1/sessions HTTP/1.1\r\nhost: bank\r\ncontent-type: application/json\r\n{headers}\r\n\r\n{body}{hidden}"
        )
    };
    // Each is answered at most once: refused, or answered and the connection closed.
    let tries = [
        ("length and chunks", post("content-length: 5\r\ntransfer-encoding: chunked", "0\r\n\r\n")),
        ("chunks and length", post("transfer-encoding: chunked\r\ncontent-length: 5", "0\r\n\r\n")),
        ("two lengths", post("content-length: 2\r\ncontent-length: 40", "{}")),
        ("a list of lengths", post("content-length: 2, 40", "{}")),
        ("a signed length", post("content-length: +2", "{}")),
        ("a negative length", post("content-length: -1", "{}")),
        ("a length in hex", post("content-length: 0x2", "{}")),
        ("a length too long for any number", post("content-length: 99999999999999999999999", "{}")),
        ("unknown coding", post("transfer-encoding: xchunked", "0\r\n\r\n")),
        ("chunked not last", post("transfer-encoding: chunked, identity", "0\r\n\r\n")),
        ("chunked twice", post("transfer-encoding: chunked\r\ntransfer-encoding: chunked", "0\r\n\r\n")),
        ("a tab before chunked", post("transfer-encoding:\tchunked", "0\r\n\r\n")),
        ("a vertical tab", post("transfer-encoding: \u{b}chunked", "0\r\n\r\n")),
        ("a space before the colon", post("transfer-encoding : chunked", "0\r\n\r\n")),
        ("a folded line", post("x-a: b\r\n transfer-encoding: chunked\r\ncontent-length: 2", "{}")),
        ("a chunk of no hex", post("transfer-encoding: chunked", "0x2\r\n{}\r\n0\r\n\r\n")),
        ("a chunk too long for any number", post("transfer-encoding: chunked", "fffffffffffffffff\r\n{}\r\n0\r\n\r\n")),
        ("a negative chunk", post("transfer-encoding: chunked", "-1\r\n{}\r\n0\r\n\r\n")),
        ("a chunk that ends wrongly", post("transfer-encoding: chunked", "2\r\n{}XX0\r\n\r\n")),
        ("a bare line feed in a chunk's line", post("transfer-encoding: chunked", "2\n{}\r\n0\r\n\r\n")),
        ("a chunk with an extension", post("transfer-encoding: chunked", "2;a=\"\nb\"\r\n{}\r\n0\r\n\r\n")),
        (
            "a trailer that names a length",
            post("transfer-encoding: chunked", "2\r\n{}\r\n0\r\ncontent-length: 9\r\n\r\n"),
        ),
        ("two hosts", format!("GET / HTTP/1.1\r\nhost: bank\r\nhost: other\r\n\r\n{hidden}")),
        ("no host", format!("GET / HTTP/1.1\r\n\r\n{hidden}")),
        ("a zero byte in a header", format!("GET / HTTP/1.1\r\nhost: bank\r\nx-a: a\0b\r\n\r\n{hidden}")),
        ("a line feed in the target", format!("GET /\n HTTP/1.1\r\nhost: bank\r\n\r\n{hidden}")),
        ("a carriage return alone", format!("GET / HTTP/1.1\rhost: bank\r\n\r\n{hidden}")),
        ("a version of its own", format!("GET / HTTP/3.7\r\nhost: bank\r\n\r\n{hidden}")),
        ("a preface of HTTP/2", format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{hidden}")),
        ("TLS", format!("\u{16}\u{3}\u{1}\0\u{a5}{hidden}")),
    ];
    let answers: Vec<(&str, String)> = std::thread::scope(|scope| {
        let bank = &bank;
        let asked: Vec<_> =
            tries.iter().map(|(what, request)| (*what, scope.spawn(|| raw(bank, request.as_bytes())))).collect();
        asked.into_iter().map(|(what, answer)| (what, answer.join().unwrap())).collect()
    });
    for (what, said) in answers {
        let statuses = statuses(&said);
        assert!(statuses.len() <= 1, "{what}: {statuses:?}\n{said}");
        assert!(statuses.iter().all(|status| *status < 500), "{what}: {said}");
        assert!(!said.contains("/smuggled"), "{what}: {said}");
    }
    // Lines that end in a line feed alone are read as lines, as RFC 9112 allows, and as nothing else.
    let said = raw(&bank, b"GET /healthz HTTP/1.1\nhost: bank\ncontent-length: 0\n\n");
    assert!(matches!(statuses(&said).as_slice(), [] | [200 | 400]), "{said}");
    let two = raw(&bank, b"GET /healthz HTTP/1.1\r\nhost: bank\r\n\r\nGET /readyz HTTP/1.1\r\nhost: bank\r\n\r\n");
    assert_eq!(statuses(&two), [200, 200], "two requests that are two");
    assert!(bank.stop().success());
}

#[test]
fn what_is_too_big_or_too_deep_is_refused_and_the_bank_goes_on() {
    let (bank, _folder) = bank();
    let long = "a".repeat(1 << 20);
    let many: String = (0..5_000).map(|n| format!("x-{n}: 1\r\n")).collect();
    for (what, request) in [
        ("a long target", format!("GET /{long} HTTP/1.1\r\nhost: bank\r\n\r\n")),
        ("a long header", format!("GET / HTTP/1.1\r\nhost: bank\r\nx-a: {long}\r\n\r\n")),
        ("a long name", format!("GET / HTTP/1.1\r\nhost: bank\r\n{long}: 1\r\n\r\n")),
        ("many headers", format!("GET / HTTP/1.1\r\nhost: bank\r\n{many}\r\n")),
        ("a long method", format!("{long} / HTTP/1.1\r\nhost: bank\r\n\r\n")),
        ("long cookies", format!("GET / HTTP/1.1\r\nhost: bank\r\ncookie: session={long}\r\n\r\n")),
    ] {
        let said = raw(&bank, request.as_bytes());
        assert!(statuses(&said).iter().all(|status| (400..500).contains(status)), "{what}: {said}");
    }
    let client = Client::sign_in(bank.address(), WANG);
    let deep = |open: &str, close: &str, count: usize| format!("{}{}", open.repeat(count), close.repeat(count));
    for (what, body) in [
        ("deep lists", deep("[", "]", 30_000)),
        ("deep objects", deep("{\"a\":", "}", 10_000)),
        ("lists without an end", "[".repeat(60_000)),
        ("a long text", format!("{{\"memo\":\"{}\"}}", "x".repeat(60_000))),
        ("too much", format!("{{\"memo\":\"{}\"}}", "x".repeat(200_000))),
        ("a long number", format!("{{\"amount\":{}}}", "9".repeat(60_000))),
        ("the same key many times", format!("{{{}\"a\":1}}", "\"from\":\"1\",".repeat(5_000))),
        ("a zero character", "{\"from\":\"\\u0000\",\"to\":\"\\u0000\"}".to_owned()),
        ("half a character", "{\"from\":\"\\ud800\"}".to_owned()),
        ("nothing", String::new()),
        ("no JSON", "<xml/>".to_owned()),
    ] {
        let headers = [("content-type", "application/json"), ("idempotency-key", "deep")];
        let answer = client.send_bytes("POST", "/api/v1/transfers", &headers, body.as_bytes()).unwrap();
        assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text);
    }
    let headers = [("content-type", "application/json"), ("idempotency-key", "bytes")];
    let answer = client.send_bytes("POST", "/api/v1/transfers", &headers, b"{\"memo\":\"\xff\xfe\"}").unwrap();
    assert!((400..500).contains(&answer.status), "{}", answer.text);
    assert_eq!(client.get("/readyz").status, 200);
    assert!(bank.stop().success());
}

/// Times of so many requests of a bystander, one after the other on one connection, in order of length.
fn bystander(bank: &Bank, count: usize) -> Vec<Duration> {
    let mut stream = connect(bank);
    stream.set_nodelay(true).unwrap();
    let mut times = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    for _ in 0..count {
        let began = Instant::now();
        stream.write_all(b"GET /sign-in HTTP/1.1\r\nhost: bank\r\naccept: text/html\r\n\r\n").unwrap();
        let mut said = Vec::new();
        loop {
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0, "the bank hung up");
            said.extend_from_slice(&buffer[..read]);
            if said.ends_with(b"</html>") || said.ends_with(b"</html>\n") {
                break;
            }
        }
        times.push(began.elapsed());
    }
    times.sort();
    times
}

/// The time that all but one of a hundred take.
fn p99(times: &[Duration]) -> Duration {
    times[times.len() * 99 / 100]
}

#[test]
fn two_hundred_slow_clients_do_not_slow_down_a_bystander() {
    let (bank, _folder) = bank();
    bystander(&bank, 300);
    // The machine may be busy with something else: rounds are compared with their own baseline, and the quietest counts.
    let mut ratios = Vec::new();
    for _ in 0..6 {
        let before = p99(&bystander(&bank, 400));
        let mut slow: Vec<TcpStream> = (0..200).map(|_| connect(&bank)).collect();
        for (index, stream) in slow.iter_mut().enumerate() {
            // Half of them never finish their headers, half never finish a body.
            let begin = if index % 2 == 0 {
                "GET / HTTP/1.1\r\nhost: bank\r\nx-a: "
            } else {
                "POST /api/v1/sessions HTTP/1.1\r\nhost: bank\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{"
            };
            stream.write_all(begin.as_bytes()).unwrap();
        }
        let stop = std::sync::atomic::AtomicBool::new(false);
        let during = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    for stream in &mut slow {
                        // One that the bank has ended is what we want.
                        let _ = stream.write_all(b"a");
                    }
                    std::thread::sleep(Duration::from_millis(250));
                }
            });
            let during = p99(&bystander(&bank, 400));
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            during
        });
        let after = p99(&bystander(&bank, 400));
        let baseline = before.max(after);
        ratios.push(during.as_secs_f64() / baseline.as_secs_f64());
        if ratios.last().is_some_and(|ratio| *ratio <= 2.0) {
            break;
        }
    }
    let best = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(best <= 2.0, "the bystander's slowest one of a hundred took so many times as long: {ratios:?}");
    assert!(bank.stop().success());
}

#[test]
fn who_never_finishes_is_told_so_or_ended_within_its_time() {
    let (bank, _folder) = bank();
    let began = Instant::now();
    let mut body = connect(&bank);
    let begin = "POST /api/v1/sessions HTTP/1.1\r\nhost: bank\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{";
    body.write_all(begin.as_bytes()).unwrap();
    let mut headers = connect(&bank);
    headers.write_all(b"GET / HTTP/1.1\r\nhost: bank\r\nx-a").unwrap();
    let mut said = String::new();
    body.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 408") && said.contains("web.timeout"), "{said}");
    said.clear();
    let _ = headers.read_to_string(&mut said);
    assert!(!said.contains("200 OK") && began.elapsed() < Duration::from_secs(19), "{:?} {said}", began.elapsed());
    assert!(bank.stop().success());
}
