//! Every limit of a customer in one view: by method and channel the bank's caps, what is used, what binds and why, and the limits
//! of one's own with those that wait.

use crate::Payments;
use crate::model::cap::{Cap, CapInputs, effective_cap};
use crate::model::channel::Channel;
use accounts::{Caps, LIMITED_CHANNELS, Method, OwnCaps};
use kit::Result;
use passport::Acting;
use std::collections::BTreeSet;

/// One method on one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitLine {
    /// What confirms.
    pub method: Method,
    /// Where.
    pub channel: Channel,
    /// Whether the customer holds something of the kind.
    pub is_held: bool,
    /// The bank's caps.
    pub bank: Caps,
    /// How far it reaches now, and why not further.
    pub cap: Cap,
}

/// All limits of what a customer confirms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitOverview {
    /// The channel of who looks: `mobile` in the browser of a bound device.
    pub here: Channel,
    /// Line by line, the weakest method first.
    pub lines: Vec<LimitLine>,
    /// Limits of one's own.
    pub own: OwnCaps,
}

impl LimitOverview {
    /// The lines of the channel of who looks.
    pub fn lines_here(&self) -> impl Iterator<Item = &LimitLine> {
        self.lines.iter().filter(|line| line.channel == self.here)
    }
}

impl Payments {
    /// The limits of the customer for whom somebody acts. Looking opens no counter.
    pub async fn limit_overview(&self, who: &Acting) -> Result<LimitOverview> {
        let is_bound = self.inner.passport.is_bound(who).await?;
        let here = if is_bound { Channel::Mobile } else { Channel::from(who.kind) };
        let held = self.inner.passport.holdings(who).await?;
        let held: BTreeSet<Method> = held.iter().filter_map(|held| Method::of(held.factor)).collect();
        let (accounts, matrix) = (&self.inner.accounts, self.inner.accounts.matrix().await?);
        let mut lines = Vec::new();
        for method in Method::ALL {
            for channel in LIMITED_CHANNELS {
                let limits = accounts.limits_seen(who.customer, method, channel).await?;
                let cap = effective_cap(&CapInputs { limits: Some(&limits), ..CapInputs::default() });
                let (is_held, bank) = (held.contains(&method), matrix.caps(method, channel));
                lines.push(LimitLine { method, channel, is_held, bank, cap });
            }
        }
        Ok(LimitOverview { here, lines, own: accounts.own_limits(who).await? })
    }
}
