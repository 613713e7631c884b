//! What a customer may pay confirmed by a text message (短信认证): caps per payment, day and month over all accounts.

use crate::Accounts;
use crate::model::document::{Document, command_id};
use crate::model::sms::{SmsLimits, sms_rule};
use crate::model::usage::SmsUsage;
use kit::Result;
use ledger::CounterId;
use passport::{Acting, CustomerId};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// Customers remembered; beyond that all are forgotten and asked for again.
const REMEMBER: usize = 1_000_000;

/// The counters of customers who paid so before.
#[derive(Default)]
pub(crate) struct SmsDirectory(RwLock<HashMap<i64, SmsLimits>>);

impl Accounts {
    /// The counters that every payment of this customer confirmed by text is charged to; opened at the first use.
    pub async fn sms_limits(&self, customer: CustomerId) -> Result<SmsLimits> {
        let known = &self.inner.sms.0;
        if let Some(limits) = known.read().unwrap_or_else(PoisonError::into_inner).get(&customer.0) {
            return Ok(*limits);
        }
        let today = self.inner.terms.calendar.day(self.inner.clock.now());
        let terms = sms_rule(today).counter_terms(self.inner.terms.institution);
        let mut counters = [CounterId(0); 3];
        for (place, terms) in terms.into_iter().enumerate() {
            let name = [&customer.0.to_be_bytes()[..], &[place as u8]].concat();
            let id = command_id("accounts.sms_counter", &name);
            counters[place] = self.open_counter(id, terms, &Document::SmsCounter { customer }).await?;
        }
        let [payment, day, month] = counters;
        let limits = SmsLimits { payment, day, month };
        let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBER {
            known.clear();
        }
        known.insert(customer.0, limits);
        Ok(limits)
    }

    /// How much of it the customer for whom somebody acts has used.
    pub async fn sms_usage(&self, who: &Acting) -> Result<SmsUsage> {
        let limits = self.sms_limits(who.customer).await?;
        let [payment, day, month] = self.used([limits.payment, limits.day, limits.month]).await?;
        Ok(SmsUsage { cap_payment_minor: payment.cap_minor, day, month })
    }
}
