//! The load: requests put together by hand over connections that are kept, and as little of each answer read as is needed,
//! since whoever asks takes its time from the same processors as whoever answers.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::run::Failure;

/// Longer than the bank's own patience with an answer.
const PATIENCE: Duration = Duration::from_secs(40);

/// One kept connection to the bank.
pub(super) struct Client {
    stream: TcpStream,
    request: Vec<u8>,
    /// What has come; an answer begins at its first byte.
    buffer: Vec<u8>,
}

/// An answer.
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) body: &'a str,
}

impl Answer<'_> {
    /// The text under a key, the first of that name: ids and tokens, in which nothing is escaped.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("\"{key}\":\""))?;
        rest.split_once('"').map(|(text, _)| text)
    }

    /// The answer if it has this status.
    pub(super) fn expect(self, status: u16, what: &str) -> Result<Self, Failure> {
        if self.status == status {
            return Ok(self);
        }
        Err(Failure::new(format!("{what}: {status} was expected, the bank answered {}: {}", self.status, self.body)))
    }
}

impl Client {
    pub(super) fn connect(bank: SocketAddr) -> Result<Self, Failure> {
        let cannot = |error: std::io::Error| Failure::new(format!("cannot connect to {bank}: {error}"));
        let stream = TcpStream::connect(bank).map_err(cannot)?;
        stream.set_nodelay(true).map_err(cannot)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(cannot)?;
        Ok(Self { stream, request: Vec::with_capacity(1024), buffer: Vec::with_capacity(8192) })
    }

    /// Asks, and waits for the answer. `more` are header lines of its own.
    pub(super) fn ask(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        more: &str,
        body: &str,
    ) -> Result<Answer<'_>, Failure> {
        self.request.clear();
        let mut put = |texts: &[&str]| texts.iter().for_each(|text| self.request.extend_from_slice(text.as_bytes()));
        put(&[method, " ", path, " HTTP/1.1\r\nhost: bank\r\n"]);
        if !token.is_empty() {
            put(&["authorization: Bearer ", token, "\r\n"]);
        }
        put(&[more]);
        if method != "GET" {
            put(&["content-type: application/json\r\ncontent-length: ", &body.len().to_string(), "\r\n"]);
        }
        put(&["\r\n", body]);
        let broken = |error: std::io::Error| Failure::new(format!("{method} {path}: the connection broke: {error}"));
        self.stream.write_all(&self.request).map_err(broken)?;
        self.buffer.clear();
        let (head, length) = loop {
            self.more().map_err(broken)?;
            if let Some(head) = end_of_head(&self.buffer) {
                let length = length_of(&self.buffer[..head])
                    .ok_or_else(|| Failure::new(format!("{method} {path}: an answer without a length")))?;
                break (head, length);
            }
        };
        while self.buffer.len() < head + length {
            self.more().map_err(broken)?;
        }
        let said = std::str::from_utf8(&self.buffer).map_err(|error| Failure::new(error.to_string()))?;
        let status = said.get(9..12).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| Failure::new(format!("{method} {path}: no status in {said}")))?;
        Ok(Answer { status, body: &said[head..] })
    }

    fn more(&mut self) -> std::io::Result<()> {
        let have = self.buffer.len();
        self.buffer.resize(have + 4096, 0);
        let read = self.stream.read(&mut self.buffer[have..])?;
        self.buffer.truncate(have + read);
        if read == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

/// Where the body begins.
fn end_of_head(buffer: &[u8]) -> Option<usize> {
    buffer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

fn length_of(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?;
    let (_, rest) = head.split_once("\r\ncontent-length: ")?;
    rest.split_once("\r\n")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn an_answer_is_read_however_it_is_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let bank = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 4096];
            let length = stream.read(&mut asked).unwrap();
            for part in ["HTTP/1.1 201 Created\r\ncontent-le", "ngth: 14\r\nx: y\r\n\r\n{\"id\":\"", "4711\"} "] {
                stream.write_all(part.as_bytes()).unwrap();
                std::thread::sleep(Duration::from_millis(20));
            }
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        let mut client = Client::connect(bank).unwrap();
        let answer = client.ask("POST", "/x", "secret", "idempotency-key: k\r\n", "{}").unwrap();
        assert_eq!((answer.status, answer.text_of("id"), answer.text_of("name")), (201, Some("4711"), None));
        assert!(answer.expect(200, "paying").is_err());
        let asked = server.join().unwrap();
        assert_eq!(
            asked,
            "POST /x HTTP/1.1\r\nhost: bank\r\nauthorization: Bearer secret\r\nidempotency-key: k\r\n\
             content-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        );
    }
}
