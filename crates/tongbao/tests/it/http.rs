//! The smallest client of the JSON API: one connection a request, so that a killed server is seen at once.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A program that speaks to the bank, signed in or not.
#[derive(Clone)]
pub struct Client {
    address: String,
    token: Option<String>,
}

/// Status and body of an answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

impl Answer {
    /// The first header of this name, in small letters; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| *key == name).map(|(_, value)| value).next().unwrap_or_default()
    }
}

impl Client {
    /// `address` as the bank prints it.
    pub fn new(address: &str) -> Self {
        Self { address: address.trim_start_matches("http://").to_owned(), token: None }
    }

    pub fn sign_in(address: &str, mobile: &str) -> Self {
        Self::sign_in_with(address, mobile, "tongbao-demo")
    }

    pub fn sign_in_with(address: &str, mobile: &str, password: &str) -> Self {
        let client = Self::new(address);
        let body = serde_json::json!({ "mobile": mobile, "password": password });
        let answer = client.send("POST", "/api/v1/sessions", &[], Some(&body)).expect("the bank answers");
        assert_eq!(answer.status, 201, "{}", answer.text);
        let token = answer.json()["token"].as_str().expect("a token").to_owned();
        Self { token: Some(token), ..client }
    }

    /// The bearer token, which a cookie may carry as well.
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("signed in")
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).expect("the bank answers")
    }

    /// The person's first account.
    pub fn account(&self) -> Value {
        self.get("/api/v1/accounts").json()["items"][0].clone()
    }

    /// What the person types beside a code by text: the last six digits of that account.
    pub fn account_tail(&self) -> String {
        let number: String =
            self.account()["number"].as_str().expect("a number").chars().filter(char::is_ascii_digit).collect();
        number[number.len() - 6..].to_owned()
    }

    /// Pays; an error when the connection broke before the answer was whole.
    pub fn pay(&self, key: &str, from: &str, to: &str, amount: &str) -> std::io::Result<Answer> {
        let amount = serde_json::json!({ "value": amount, "currency": "CNY" });
        let body = serde_json::json!({ "from": from, "to": to, "amount": amount, "memo": "" });
        self.send("POST", "/api/v1/transfers", &[("idempotency-key", key)], Some(&body))
    }

    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> std::io::Result<Answer> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut headers = headers.to_vec();
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        self.send_bytes(method, path, &headers, body.as_bytes())
    }

    /// Sends a body of any kind.
    pub fn send_bytes(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(self.address.replace("localhost", "127.0.0.1"))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(token) = &self.token {
            request.push_str(&format!("authorization: Bearer {token}\r\n"));
        }
        if !body.is_empty() {
            request.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        let whole_request = [request.as_bytes(), b"\r\n", body].concat();
        // A body that is refused unread may not be taken to its end.
        let sent = stream.write_all(&whole_request);
        let mut whole = Vec::new();
        match stream.read_to_end(&mut whole) {
            Err(error) if whole.is_empty() => return Err(error),
            _ if whole.is_empty() => sent?,
            _ => {}
        }
        let text = String::from_utf8_lossy(&whole).into_owned();
        let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let (head, text) = text.split_once("\r\n\r\n").ok_or_else(broken)?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if length.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length != text.len()) {
            return Err(broken());
        }
        Ok(Answer { status, head: head.to_owned(), text: text.to_owned() })
    }
}
