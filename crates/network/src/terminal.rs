//! The counterpart of a card network: a terminal that stands anywhere in the world and asks the bank over HTTP, as a network
//! would. It forgets with its process; what it must not keep, whole number and code, it keeps only while it has no answer.

use crate::model::sale::{BankWord, Sale, SaleStep, Trouble};
use kit::{Clock, Fault, Random};
use notify::client::{HttpClient, HttpRequest};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Sales that are remembered, the newest.
const REMEMBERED: usize = 50;
/// How long the bank may take.
const WITHIN: Duration = Duration::from_secs(10);
/// How late a slow question is.
const SLOW: Duration = Duration::from_secs(3);
/// The longest answer, in bytes.
const ANSWER_BYTES: usize = 16 * 1024;

/// The terminal. Clones share everything.
#[derive(Clone)]
pub struct Terminal {
    inner: Arc<Inner>,
}

struct Inner {
    client: HttpClient,
    clock: Arc<dyn Clock>,
    random: Random,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    /// The oldest first.
    sales: Vec<Sale>,
    /// Questions without an answer, by reference.
    unanswered: HashMap<String, Value>,
}

/// A sale as it is typed.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct NewSale {
    /// The shop.
    pub merchant: String,
    /// `pos`, `atm`, `online`, `contactless`, or `phone`: a terminal without the card.
    pub channel: String,
    /// Two letters.
    pub country: String,
    /// GB/T 2260; may be empty.
    pub division: String,
    /// `2026-11-21T23:59`, with seconds or without.
    pub local_time: String,
    /// `+08:00`.
    pub offset: String,
    /// Decimal.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// The whole number.
    pub number: String,
    /// `MM/YY`.
    pub expiry: String,
    /// Three digits; may be empty.
    pub cvv: String,
    /// What goes wrong.
    pub trouble: String,
}

impl Terminal {
    /// A terminal whose bank is at this address, `http://host:port`, and knows this key.
    pub fn try_new(url: &str, api_key: &str, clock: Arc<dyn Clock>, random: Random) -> Result<Self, Fault> {
        let client = HttpClient::try_new(url, api_key)?;
        Ok(Self { inner: Arc::new(Inner { client, clock, random, memory: Mutex::default() }) })
    }

    /// The sales that it remembers, the newest first.
    pub fn sales(&self) -> Vec<Sale> {
        self.memory().sales.iter().rev().cloned().collect()
    }

    /// One of them.
    pub fn sale(&self, reference: &str) -> Option<Sale> {
        self.memory().sales.iter().find(|sale| sale.reference == reference).cloned()
    }

    /// Whether a sale has no answer and can be asked about again.
    pub fn is_unanswered(&self, reference: &str) -> bool {
        self.memory().unanswered.contains_key(reference)
    }

    /// Asks the bank; gives the reference.
    pub async fn sell(&self, new: &NewSale) -> String {
        let reference = format!("T{:015x}", self.inner.random.u128() >> 68);
        let (channel, is_present) = match new.channel.as_str() {
            "phone" => ("pos", false),
            "online" => ("online", false),
            channel => (channel, true),
        };
        let seconds = if new.local_time.len() == "2026-11-21T23:59".len() { ":00" } else { "" };
        let local_time = format!("{}{seconds}{}", new.local_time.trim(), new.offset.trim());
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let (province, city) = match new.division.trim() {
            "" => (None, None),
            code if code.len() == 2 => (text(code), None),
            code => (text(code.get(..2).unwrap_or_default()), text(code)),
        };
        let question = json!({
            "reference": reference,
            "number": new.number.trim(),
            "expiry": new.expiry.trim(),
            "cvv": text(&new.cvv),
            "merchant": new.merchant.trim(),
            "country": new.country,
            "province": province,
            "city": city,
            "channel": channel,
            "card_present": is_present,
            "local_time": local_time,
            "amount": { "value": new.amount.trim().replace(',', ""), "currency": new.currency },
        });
        let digits: String = new.number.chars().filter(char::is_ascii_digit).collect();
        let sale = Sale {
            reference: reference.clone(),
            merchant: new.merchant.trim().chars().take(60).collect(),
            tail: digits.get(digits.len().saturating_sub(4)..).unwrap_or_default().to_owned(),
            channel: new.channel.chars().take(16).collect(),
            country: new.country.chars().take(2).collect(),
            local_time: local_time.chars().take(40).collect(),
            amount: (new.currency.chars().take(3).collect(), new.amount.trim().chars().take(24).collect()),
            asked: self.inner.clock.now(),
            word: None,
            steps: Vec::new(),
        };
        {
            let mut memory = self.memory();
            if memory.sales.len() >= REMEMBERED {
                let oldest = memory.sales.remove(0);
                memory.unanswered.remove(&oldest.reference);
            }
            memory.sales.push(sale);
            memory.unanswered.insert(reference.clone(), question);
        }
        let trouble = Trouble::from_code(&new.trouble);
        if trouble == Trouble::Slow {
            tokio::time::sleep(SLOW).await;
        }
        self.ask(&reference, trouble == Trouble::AnswerLost).await;
        reference
    }

    /// Asks again, under the same reference, what has no answer yet.
    pub async fn ask_again(&self, reference: &str) {
        self.ask(reference, false).await;
    }

    async fn ask(&self, reference: &str, is_lost: bool) {
        let question = self.memory().unanswered.get(reference).cloned();
        let Some(question) = question else { return };
        let word = self.post("/card-network/v1/authorisations", &question).await.filter(|_| !is_lost);
        let Some(word) = word else { return };
        let mut memory = self.memory();
        memory.unanswered.remove(reference);
        if let Some(sale) = memory.sales.iter_mut().find(|sale| sale.reference == reference) {
            sale.word = Some(word);
        }
    }

    /// Collects, gives up or gives back; an empty amount is all that there is.
    pub async fn follow(&self, reference: &str, step: SaleStep, amount: &str) {
        let Some(sale) = self.sale(reference) else { return };
        let own = format!("{reference}-{}", sale.steps.len() + 1);
        let amount = amount.trim().replace(',', "");
        let wire = (!amount.is_empty()).then(|| json!({ "value": amount, "currency": sale.amount.0 }));
        let body = json!({ "reference": own, "authorisation": reference, "amount": wire });
        let word = self.post(step.path(), &body).await;
        let mut memory = self.memory();
        if let Some(sale) = memory.sales.iter_mut().find(|sale| sale.reference == reference) {
            sale.steps.push((step, amount.chars().take(24).collect(), word));
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Option<BankWord> {
        let body = body.to_string();
        let (content_type, body) = ("application/json", body.as_bytes());
        let request = HttpRequest { method: "POST", path, content_type, body, within: WITHIN, most: ANSWER_BYTES };
        match self.inner.client.send(request).await {
            Ok(answer) => BankWord::read(&answer.body),
            Err(failure) => {
                // What was asked stays out of the log.
                tracing::warn!(fault = %Fault::from(failure), "the bank did not answer the terminal");
                None
            }
        }
    }

    /// The present.
    pub(crate) fn now(&self) -> kit::Timestamp {
        self.inner.clock.now()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.inner.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
