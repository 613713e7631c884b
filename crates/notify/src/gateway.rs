//! The way to a phone.

use crate::client::JsonClient;
use kit::{Fault, Random};
use serde_json::json;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// The answer of [`SmsGateway::send`].
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;

/// A text on its way.
#[derive(Clone, PartialEq, Eq)]
pub struct SmsMessage {
    /// Names the message to the provider, which drops a repetition.
    pub id: String,
    /// E.164.
    pub to: String,
    /// The words.
    pub text: String,
}

/// Takes texts and brings them to phones.
pub trait SmsGateway: Send + Sync + 'static {
    /// Hands a text over; done when the gateway has taken it, which is not yet when the phone has it.
    fn send<'a>(&'a self, message: &'a SmsMessage) -> Sending<'a>;
}

/// Takes every text and drops it: for a process that has nobody to write to, such as a replay.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl SmsGateway for Silent {
    fn send<'a>(&'a self, _: &'a SmsMessage) -> Sending<'a> {
        Box::pin(async { Ok(()) })
    }
}

/// Takes no text: for a bank that has not said who its provider is.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoGateway;

impl SmsGateway for NoGateway {
    fn send<'a>(&'a self, _: &'a SmsMessage) -> Sending<'a> {
        Box::pin(async { Err(Fault::new("no provider of texts is configured")) })
    }
}

/// A provider reached over HTTP: `POST` of `{"id", "to", "text"}` with a bearer key; any 2xx means that it was taken.
pub struct HttpGateway {
    client: JsonClient,
}

impl HttpGateway {
    /// A gateway at this address, waiting so long for each of at most two tries.
    pub fn try_new(url: &str, api_key: &str, timeout: Duration) -> Result<Self, Fault> {
        Ok(Self { client: JsonClient::try_new(url, api_key, timeout)? })
    }
}

impl SmsGateway for HttpGateway {
    fn send<'a>(&'a self, message: &'a SmsMessage) -> Sending<'a> {
        Box::pin(async move {
            let body = json!({ "id": message.id, "to": message.to, "text": message.text });
            let first = self.client.post(&body).await;
            // No answer, or an answer that blames the provider: the same message once more. It may have been taken.
            let answer = match first {
                Ok(answer) if answer.status < 500 => answer,
                Ok(_) | Err(_) => self.client.post(&body).await?,
            };
            match answer.status {
                200..=299 => Ok(()),
                status => Err(Fault::new(format!("the provider of texts answered {status}"))),
            }
        })
    }
}

/// An id that no other message has.
pub(crate) fn message_id(random: &Random) -> String {
    format!("{:032x}", random.u128())
}
