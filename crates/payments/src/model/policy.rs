//! The policy table (渠道 × 介质): per channel the least factor and the most that one payment may be.

use super::channel::{Channel, Factor};
use kit::Refusal;
use money::Amount;

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Where the payment comes from.
    pub channel: Channel,
    /// What must at least have proved it.
    pub least_factor: Factor,
    /// The most that one payment may be which nothing stronger than a password proved, minor units, inclusive; none is no
    /// cap. What is proven by more has the caps of the matrix, [`accounts::Matrix`].
    pub cap_payment_minor: Option<i64>,
}

/// The table. A channel without a line pays nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The lines, at most one per channel.
    pub rules: Vec<Rule>,
    /// How long a raised limit of a customer's own waits before it holds, in milliseconds.
    pub raise_wait_ms: i64,
}

/// A day: time to notice that somebody else has raised it.
const RAISE_WAIT_MS: i64 = 24 * 3_600_000;

/// One million yuan: the most of a payment by a program where a bank asks programs for no proof.
const CUSTOMER_CAP_MINOR: i64 = 100_000_000;

impl Default for Policy {
    fn default() -> Self {
        let by_customer =
            |channel| Rule { channel, least_factor: Factor::SmsCode, cap_payment_minor: Some(CUSTOMER_CAP_MINOR) };
        let by_bank = |channel| Rule { channel, least_factor: Factor::None, cap_payment_minor: None };
        Self {
            rules: vec![
                by_customer(Channel::Web),
                by_customer(Channel::Mobile),
                by_customer(Channel::Api),
                by_bank(Channel::CardTerminal),
                by_bank(Channel::Counter),
                by_bank(Channel::Internal),
                by_bank(Channel::Clearing),
            ],
            raise_wait_ms: RAISE_WAIT_MS,
        }
    }
}

impl Policy {
    /// The same table with another least factor for one channel. [`Factor::Password`] for programs is weaker: whoever holds
    /// the token of a session pays with it, and no caps of payments confirmed by text apply.
    #[must_use]
    pub fn with_factor(mut self, channel: Channel, least_factor: Factor) -> Self {
        for rule in self.rules.iter_mut().filter(|rule| rule.channel == channel) {
            rule.least_factor = least_factor;
        }
        self
    }

    /// What must at least prove a payment of this channel; none if the channel is closed.
    pub fn least_factor(&self, channel: Channel) -> Option<Factor> {
        self.rules.iter().find(|rule| rule.channel == channel).map(|rule| rule.least_factor)
    }

    /// Whether a payment may go to the ledger. Refuses with `payments.channel_closed`, `payments.factor_too_weak`,
    /// `payments.limit_payment_exceeded`.
    pub fn check(&self, channel: Channel, factor: Factor, amount: Amount) -> Result<(), Refusal> {
        let Some(rule) = self.rules.iter().find(|rule| rule.channel == channel) else {
            return Err(Refusal::new("payments.channel_closed", 403).with("channel", channel.code()));
        };
        if factor < rule.least_factor {
            return Err(Refusal::new("payments.factor_too_weak", 403).with("least_factor", rule.least_factor.code()));
        }
        match rule.cap_payment_minor {
            Some(cap) if factor <= Factor::Password && amount.minor > cap => {
                Err(Refusal::new("payments.limit_payment_exceeded", 422)
                    .with("field", "amount")
                    .with("amount_minor", amount.minor)
                    .with("cap_minor", cap)
                    .with("currency", amount.currency.code()))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use money::Currency;

    #[test]
    fn the_table_decides_by_channel_factor_and_amount() {
        let policy = Policy::default();
        let refused = |channel, factor, minor| {
            policy.check(channel, factor, Amount::new(minor, Currency::CNY)).err().map(|refusal| refusal.code)
        };
        for (channel, factor, minor, expected) in [
            (Channel::Web, Factor::SmsCode, 100_000_000, None),
            (Channel::Web, Factor::SmsCode, 100_000_001, None),
            (Channel::Web, Factor::Password, 1, Some("payments.factor_too_weak")),
            (Channel::Mobile, Factor::Password, 1, Some("payments.factor_too_weak")),
            (Channel::Api, Factor::Password, 1, Some("payments.factor_too_weak")),
            (Channel::CardTerminal, Factor::None, i64::MAX, None),
            (Channel::Internal, Factor::None, i64::MAX, None),
        ] {
            assert_eq!(refused(channel, factor, minor), expected, "{channel:?} {factor:?} {minor}");
        }
        let weaker = Policy::default().with_factor(Channel::Api, Factor::Password);
        assert_eq!(weaker.check(Channel::Api, Factor::Password, Amount::new(1, Currency::CNY)), Ok(()));
        let too_much = weaker.check(Channel::Api, Factor::Password, Amount::new(100_000_001, Currency::CNY));
        assert_eq!(too_much.unwrap_err().code, "payments.limit_payment_exceeded");
        assert_eq!(weaker.least_factor(Channel::Web), Some(Factor::SmsCode));
        let closed = Policy { rules: Vec::new(), raise_wait_ms: 0 };
        let refusal = closed.check(Channel::Web, Factor::Password, Amount::new(1, Currency::CNY)).unwrap_err();
        assert_eq!(refusal.code, "payments.channel_closed");
    }
}
