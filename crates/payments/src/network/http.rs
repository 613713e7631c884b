//! A clearing house reached over HTTP with a bearer key: messages are posted to it, and what it says is read in a mailbox,
//! each message under a number that rises.

use super::clearing::{ClearingNetwork, Handed, Mail};
use super::{Asking, CardAnswer, CardNetwork, CardQuestion, CardRefusal, CodeAnswer};
use crate::model::card::OtherBank;
use kit::{Fault, FaultContext};
use notify::client::{HttpAnswer, HttpClient, HttpFailure, HttpRequest};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// The longest answer to a message, or about a card.
const ANSWER_BYTES: usize = 64 * 1024;
/// The longest answer of the mailbox.
const MAILBOX_BYTES: usize = 64 * 1024 * 1024;
/// Most characters that are kept of why a message was refused.
const REASON_CHARACTERS: usize = 500;

/// A clearing house at an address.
pub struct HttpClearing {
    client: HttpClient,
    /// This bank's participant code.
    own_code: String,
    within: Duration,
}

#[derive(Deserialize)]
struct Mailbox {
    messages: Vec<MailWire>,
}

#[derive(Deserialize)]
struct MailWire {
    sequence: i64,
    xml: String,
}

#[derive(Deserialize)]
struct Directory {
    banks: Vec<BankWire>,
}

#[derive(Deserialize)]
struct BankWire {
    code: String,
    name_zh: String,
    name_en: String,
    #[serde(default)]
    bins: Vec<String>,
}

impl HttpClearing {
    /// A clearing house at `http://host:port` where this bank has a code, waiting so long for each answer.
    pub fn try_new(url: &str, api_key: &str, own_code: &str, within: Duration) -> Result<Self, Fault> {
        Ok(Self { client: HttpClient::try_new(url, api_key)?, own_code: own_code.to_owned(), within })
    }

    async fn get(&self, path: &str, more: Duration, most: usize) -> Result<Vec<u8>, Fault> {
        let within = self.within + more;
        let request = HttpRequest { method: "GET", path, content_type: "application/json", body: b"", within, most };
        let answer = self.client.send(request).await.fault("asking the clearing house")?;
        match answer.status {
            200 => Ok(answer.body),
            status => Err(Fault::new(format!("the clearing house answered {status} to {path}"))),
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, Fault> {
        let body = body.to_string();
        let answer = self.posted(path, "application/json", body.as_bytes()).await.fault("asking the clearing house")?;
        match answer.status {
            200..=299 => Ok(serde_json::from_slice(&answer.body)?),
            status => Err(Fault::new(format!("the clearing house answered {status} to {path}"))),
        }
    }

    async fn posted(&self, path: &str, content_type: &str, body: &[u8]) -> Result<HttpAnswer, HttpFailure> {
        let (within, most) = (self.within, ANSWER_BYTES);
        self.client.send(HttpRequest { method: "POST", path, content_type, body, within, most }).await
    }
}

impl ClearingNetwork for HttpClearing {
    fn send<'a>(&'a self, xml: &'a str) -> Asking<'a, Handed> {
        Box::pin(async move {
            Ok(match self.posted("/v1/messages", "application/xml", xml.as_bytes()).await {
                Ok(answer) => handed(&answer),
                Err(HttpFailure::NotConnected(fault)) => {
                    tracing::debug!(%fault, "the clearing house is not there");
                    Handed::NotTaken
                }
                Err(HttpFailure::BrokenOff(fault)) => {
                    tracing::warn!(%fault, "a message broke off on its way to the clearing house");
                    Handed::Unknown
                }
            })
        })
    }

    fn messages<'a>(&'a self, after: i64, most: u32, wait: Duration) -> Asking<'a, Vec<Mail>> {
        Box::pin(async move {
            let path = format!("/v1/messages?after={after}&limit={most}&wait={}", wait.as_secs());
            let mailbox: Mailbox = serde_json::from_slice(&self.get(&path, wait, MAILBOX_BYTES).await?)?;
            let mail = |mail: MailWire| Mail { sequence: mail.sequence, xml: mail.xml };
            Ok(mailbox.messages.into_iter().map(mail).collect())
        })
    }
}

impl CardNetwork for HttpClearing {
    fn banks(&self) -> Asking<'_, Vec<OtherBank>> {
        Box::pin(async move {
            let body = self.get("/v1/banks", Duration::ZERO, MAILBOX_BYTES).await?;
            let directory: Directory = serde_json::from_slice(&body)?;
            let others = directory.banks.into_iter().filter(|bank| bank.code != self.own_code);
            let bank = |bank: BankWire| OtherBank {
                code: bank.code,
                name_zh: bank.name_zh,
                name_en: bank.name_en,
                bins: bank.bins,
            };
            Ok(others.map(bank).collect())
        })
    }

    fn check_card<'a>(&'a self, question: &'a CardQuestion) -> Asking<'a, CardAnswer> {
        Box::pin(async move {
            let CardQuestion { card, name, citizen_number, mobile } = question;
            let body = json!({ "card": card, "name": name, "citizen_number": citizen_number, "mobile": mobile });
            let answer = self.post("/v1/cards/check", &body).await?;
            match (answer["result"].as_str(), answer["reason"].as_str()) {
                (Some("code_sent"), _) => Ok(CardAnswer::CodeSent { reference: word(&answer, "reference")? }),
                (Some("refused"), Some("mismatch")) => Ok(CardAnswer::Refused(CardRefusal::Mismatch)),
                (Some("refused"), Some("unknown_card")) => Ok(CardAnswer::Refused(CardRefusal::UnknownCard)),
                (Some("refused"), Some("card_closed")) => Ok(CardAnswer::Refused(CardRefusal::CardClosed)),
                (Some("refused"), Some("too_many")) => Ok(CardAnswer::Refused(CardRefusal::TooMany)),
                _ => Err(no_answer()),
            }
        })
    }

    fn confirm_card<'a>(&'a self, reference: &'a str, code: &'a str) -> Asking<'a, CodeAnswer> {
        Box::pin(async move {
            let answer = self.post("/v1/cards/confirm", &json!({ "reference": reference, "code": code })).await?;
            match answer["result"].as_str() {
                Some("bound") => Ok(CodeAnswer::Bound { mandate: word(&answer, "mandate")? }),
                Some("wrong_code") => Ok(CodeAnswer::WrongCode { left: answer["left"].as_i64().unwrap_or(0) }),
                Some("expired") => Ok(CodeAnswer::Expired),
                _ => Err(no_answer()),
            }
        })
    }

    fn release_card<'a>(&'a self, mandate: &'a str) -> Asking<'a, ()> {
        Box::pin(async move {
            let answer = self.post("/v1/cards/release", &json!({ "mandate": mandate })).await?;
            if answer["result"] == "released" { Ok(()) } else { Err(no_answer()) }
        })
    }
}

/// What an answer to a message means. Only what the protocol calls refused or down is that; everything else may have been
/// taken.
fn handed(answer: &HttpAnswer) -> Handed {
    match answer.status {
        202 => Handed::Taken,
        400 | 409 | 413 | 422 => {
            let reason = String::from_utf8_lossy(&answer.body);
            let seen = reason.chars().filter(|letter| !letter.is_control()).take(REASON_CHARACTERS);
            Handed::Refused(format!("{}: {}", answer.status, seen.collect::<String>()))
        }
        // Not let in, or down: nothing was taken, and somebody may mend it.
        401 | 403 | 429 | 503 => Handed::NotTaken,
        _ => Handed::Unknown,
    }
}

fn word(answer: &Value, name: &str) -> Result<String, Fault> {
    answer[name].as_str().map(str::to_owned).ok_or_else(no_answer)
}

fn no_answer() -> Fault {
    Fault::new("the clearing house's answer is none that is known")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_yes_is_a_yes_and_only_a_plain_no_a_no() {
        for (status, expected) in [
            (202, Handed::Taken),
            (200, Handed::Unknown),
            (400, Handed::Refused("400: why".to_owned())),
            (409, Handed::Refused("409: why".to_owned())),
            (422, Handed::Refused("422: why".to_owned())),
            (401, Handed::NotTaken),
            (503, Handed::NotTaken),
            (500, Handed::Unknown),
            (502, Handed::Unknown),
            (504, Handed::Unknown),
            (301, Handed::Unknown),
        ] {
            assert_eq!(handed(&HttpAnswer { status, body: b"wh\ny".to_vec() }), expected, "{status}");
        }
    }
}
