//! The directory of other banks, asked for at the network and kept for a while.

use crate::Payments;
use crate::model::card::{CardNumber, OtherBank, bank_named, bank_of};
use crate::network::CardNetwork;
use kit::{Fault, Refusal, Result, Timestamp};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How long the directory is taken as true, in milliseconds. Banks come and go by announcements weeks ahead.
const DIRECTORY_LIVES_MS: i64 = 5 * 60_000;

/// The way to the network, and what it last said about banks.
#[derive(Default)]
pub(crate) struct Directory {
    network: OnceLock<Arc<dyn CardNetwork>>,
    known: Mutex<Option<(Timestamp, Arc<Vec<OtherBank>>)>>,
}

impl Payments {
    /// Names the network between banks; once, when the bank is put together. A bank without one has no other banks.
    pub fn set_card_network(&self, network: Arc<dyn CardNetwork>) {
        // The first stands: a bank is put together once.
        let _ = self.inner.directory.network.set(network);
    }

    /// The other banks, as the network's directory has them. When the network does not answer, what it said before stands.
    ///
    /// Refuses with `payments.network_unavailable` as long as it never answered.
    pub async fn banks(&self) -> Result<Arc<Vec<OtherBank>>> {
        let directory = &self.inner.directory;
        let known = directory.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let now = self.inner.clock.now();
        match known {
            Some((asked, banks)) if now < asked.plus_ms(DIRECTORY_LIVES_MS) => return Ok(banks),
            _ => {}
        }
        match self.network()?.banks().await {
            Ok(banks) => {
                let banks = Arc::new(banks);
                let fresh = Some((now, Arc::clone(&banks)));
                *directory.known.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
                Ok(banks)
            }
            Err(fault) => {
                let (_, banks) = known.ok_or_else(|| unavailable(&fault))?;
                tracing::warn!(%fault, "the directory of banks could not be asked for; the last one stands");
                Ok(banks)
            }
        }
    }

    /// The bank that a payer means: by what they typed, or, if that is nothing, by the number of a card. Refuses with
    /// `payments.elsewhere_bank_unknown`, `payments.network_unavailable`.
    pub async fn bank_meant(&self, text: &str, account: &str) -> Result<OtherBank> {
        let banks = self.banks().await?;
        let meant = match (text.trim(), CardNumber::parse(account)) {
            ("", Ok(card)) => bank_of(&banks, &card),
            (text, _) => bank_named(&banks, text),
        };
        let unknown = || Refusal::new("payments.elsewhere_bank_unknown", 422).with("field", "bank");
        Ok(meant.cloned().ok_or_else(unknown)?)
    }

    /// The network. Refuses with `payments.network_unavailable` in a bank that has none.
    pub(crate) fn network(&self) -> Result<&dyn CardNetwork, Refusal> {
        let network = self.inner.directory.network.get();
        Ok(network.ok_or_else(|| unavailable(&Fault::new("no network between banks is configured")))?.as_ref())
    }
}

/// The network gave no answer: nothing was decided.
pub(crate) fn unavailable(fault: &Fault) -> Refusal {
    tracing::warn!(%fault, "the network between banks gave no answer");
    Refusal::new("payments.network_unavailable", 503).with("retry_after_s", 60)
}
