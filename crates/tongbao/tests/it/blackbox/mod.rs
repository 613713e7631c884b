//! The bank as a stranger meets it: the real binary over sockets, with everything that a hostile program may send.

mod doors;
mod money;
mod quiet;
mod strangers;
mod wire;

use crate::bank::Bank;
use crate::http::{Answer, Client};
use std::collections::BTreeMap;
use tempfile::TempDir;

pub(crate) const WANG: &str = "13800001234";
pub(super) const LI: &str = "13800005678";
pub(crate) const CHEN: &str = "13800009012";
pub(super) const PASSWORD: &str = "tongbao-demo";

/// A demonstration bank of its own.
pub(crate) fn bank() -> (Bank, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::demo(&folder.path().join("data"));
    (bank, folder)
}

/// A browser without scripts: it keeps cookies and sends the token of the page that it saw last.
pub(crate) struct Pages {
    client: Client,
    pub(super) cookies: BTreeMap<String, String>,
    token: String,
}

impl Pages {
    pub(super) fn new(bank: &Bank) -> Self {
        Self { client: Client::new(bank.address()), cookies: BTreeMap::new(), token: String::new() }
    }

    /// Somebody signed in on pages.
    pub(crate) fn of(bank: &Bank, mobile: &str) -> Self {
        let mut pages = Self::new(bank);
        pages.get("/sign-in");
        let answer = pages.post("/sign-in", &[("mobile", mobile), ("password", PASSWORD)]);
        assert_eq!(answer.status, 303, "{}", answer.text);
        pages.get("/home");
        pages
    }

    fn cookie(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn keep(&mut self, answer: &Answer) {
        for line in answer.head.lines() {
            let Some(cookie) = line.strip_prefix("set-cookie: ") else { continue };
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some(token) = answer.text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.get(..64)) {
            self.token = token.to_owned();
        }
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        let cookie = self.cookie();
        let headers = [("accept", "text/html"), ("accept-language", "en"), ("cookie", cookie.as_str())];
        let answer = self.client.send("GET", path, &headers, None).unwrap();
        self.keep(&answer);
        answer
    }

    /// Sends a form with the token.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token.clone();
        let with_token: Vec<(&str, &str)> =
            [("csrf", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.post_raw(path, &with_token, &[])
    }

    /// Sends a form as it is given, with more headers.
    pub(super) fn post_raw(&mut self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let cookie = self.cookie();
        let mut all = vec![("accept", "text/html"), ("accept-language", "en"), ("cookie", cookie.as_str())];
        all.push(("content-type", "application/x-www-form-urlencoded"));
        all.extend(headers);
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let answer = self.client.send_bytes("POST", path, &all, body.join("&").as_bytes()).unwrap();
        self.keep(&answer);
        answer
    }

    /// The newest code on the phone of a number, from the page that shows it.
    pub(super) fn code(&mut self, mobile: &str) -> String {
        let shown = self.get(&format!("/demo/inbox?to=86{mobile}")).text;
        newest_code(&shown).unwrap_or_else(|| panic!("no code on the phone: {shown}"))
    }
}

/// The six digits that stand last in a text, whatever marks them.
pub(crate) fn newest_code(shown: &str) -> Option<String> {
    let bold = shown.rsplit("<b>").filter_map(|piece| piece.split("</b>").next());
    let codes: Vec<&str> =
        bold.filter(|piece| piece.len() == 6 && piece.bytes().all(|byte| byte.is_ascii_digit())).collect();
    // The newest comes last on the page, so it is first from the back.
    codes.first().map(|code| (*code).to_owned())
}

pub(super) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The attribute values of links and forms.
pub(super) fn addresses(page: &str) -> Vec<String> {
    ["href=\"", "action=\""]
        .iter()
        .flat_map(|begin| page.split(begin).skip(1).filter_map(|rest| rest.split('"').next()))
        .filter(|address| address.starts_with('/') && !address.starts_with("/assets/"))
        .map(|address| address.replace("&amp;", "&").replace("&#38;", "&"))
        .collect()
}
