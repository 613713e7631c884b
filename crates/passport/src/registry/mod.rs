//! The registry that knows which name belongs to which citizen number: asked over HTTP in real use, and its local
//! counterpart, which a bank without one can run as a process of its own.

mod counterpart;

pub use counterpart::{Counterpart, Mode, made_up_number};

use kit::{Fault, FaultContext};
use notify::client::JsonClient;
use serde_json::json;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// What the registry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Name and number belong together.
    Match,
    /// They do not, or there is no such number.
    Mismatch,
    /// The registry cannot tell: a person has to look.
    Unsure,
}

impl Finding {
    /// The word of the protocol.
    pub fn word(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Mismatch => "mismatch",
            Self::Unsure => "unsure",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Match, Self::Mismatch, Self::Unsure].into_iter().find(|finding| finding.word() == word)
    }
}

/// The answer of [`IdRegistry::check`].
pub type Checking<'a> = Pin<Box<dyn Future<Output = Result<Finding, Fault>> + Send + 'a>>;

/// Knows which name belongs to which citizen number.
pub trait IdRegistry: Send + Sync + 'static {
    /// Whether they belong together. A fault is an outage: nothing was found out.
    fn check<'a>(&'a self, name: &'a str, citizen_number: &'a str) -> Checking<'a>;
}

/// A registry over HTTP: `POST` of `{"name", "citizen_number"}` with a bearer key, answered `{"result": "match"}`,
/// `"mismatch"` or `"unsure"`. It is asked once: the person tries again.
pub struct HttpRegistry {
    client: JsonClient,
}

impl HttpRegistry {
    /// The registry at this address, waiting so long.
    pub fn try_new(url: &str, api_key: &str, timeout: Duration) -> Result<Self, Fault> {
        Ok(Self { client: JsonClient::try_new(url, api_key, timeout)? })
    }
}

impl IdRegistry for HttpRegistry {
    fn check<'a>(&'a self, name: &'a str, citizen_number: &'a str) -> Checking<'a> {
        Box::pin(async move {
            let body = json!({ "name": name, "citizen_number": citizen_number });
            let answer = self.client.post(&body).await.fault("asking the registry of citizens")?;
            let finding = answer.body["result"].as_str().and_then(Finding::from_word);
            finding
                .filter(|_| answer.status == 200)
                .ok_or_else(|| Fault::new(format!("the registry of citizens answered {}", answer.status)))
        })
    }
}

/// No registry: for a bank that has not said where it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRegistry;

impl IdRegistry for NoRegistry {
    fn check<'a>(&'a self, _: &'a str, _: &'a str) -> Checking<'a> {
        Box::pin(async { Err(Fault::new("no registry of citizens is configured")) })
    }
}
