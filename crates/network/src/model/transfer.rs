//! A payment between two banks as the clearing house knows it.

use iso20022::{Service, Status};
use kit::{BankDay, Timestamp};

/// What kind of payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `pacs.008`: the payer's bank sends.
    Credit,
    /// `pacs.003`: the payee's bank collects.
    Debit,
    /// `pacs.004`: the payee's bank gives back.
    Return,
    /// An id that was asked about and never came: it is refused for ever.
    Unknown,
}

impl Kind {
    /// All kinds.
    pub(crate) const ALL: [Self; 4] = [Self::Credit, Self::Debit, Self::Return, Self::Unknown];

    /// The word in SQL and JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Debit => "debit",
            Self::Return => "return",
            Self::Unknown => "unknown",
        }
    }

    /// The kind of a word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Taken, not decided on yet.
    Deciding,
    /// For its settlement window.
    Waiting,
    /// The payee's bank was asked whether it takes the money.
    Asked,
    /// Final: the money is the other bank's.
    Settled,
    /// Final: nothing moved.
    Rejected,
}

impl State {
    /// All states.
    pub(crate) const ALL: [Self; 5] = [Self::Deciding, Self::Waiting, Self::Asked, Self::Settled, Self::Rejected];

    /// The word in SQL and JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Deciding => "deciding",
            Self::Waiting => "waiting",
            Self::Asked => "asked",
            Self::Settled => "settled",
            Self::Rejected => "rejected",
        }
    }

    /// The state of a word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether nothing follows it.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Settled | Self::Rejected)
    }

    /// What an enquiry hears. A payment that waits for the payee's bank is in process for the payer's bank.
    pub(crate) fn status(self) -> Status {
        match self {
            Self::Deciding | Self::Waiting => Status::Pending,
            Self::Asked => Status::InProcess,
            Self::Settled => Status::Settled,
            Self::Rejected => Status::Rejected,
        }
    }

    /// Whether one follows the other.
    pub(crate) fn leads_to(self, next: Self) -> bool {
        match self {
            Self::Deciding => next != Self::Deciding,
            Self::Waiting | Self::Asked => next.is_final(),
            Self::Settled | Self::Rejected => false,
        }
    }
}

/// The word of a service in SQL and JSON.
pub(crate) fn service_word(service: Service) -> &'static str {
    match service {
        Service::RealTime => "real_time",
        Service::Batch => "batch",
    }
}

/// The service of a word.
pub(crate) fn service_from_word(word: &str) -> Option<Service> {
    [Service::RealTime, Service::Batch].into_iter().find(|service| service_word(*service) == word)
}

/// A payment.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Transfer {
    /// `TxId` or `RtrId`.
    pub(crate) id: String,
    /// What kind.
    pub(crate) kind: Kind,
    /// By which service.
    pub(crate) service: Service,
    /// Where it stands.
    pub(crate) state: State,
    /// Which bank sent it.
    pub(crate) sender: String,
    /// In which message.
    pub(crate) message_id: String,
    /// Whose bank pays.
    pub(crate) payer_bank: String,
    /// Whose bank is paid.
    pub(crate) payee_bank: String,
    /// Above 0, minor units.
    pub(crate) amount_minor: i64,
    /// The sender's own name for it.
    pub(crate) end_to_end_id: String,
    /// Who pays.
    pub(crate) payer_name: String,
    /// From which account.
    pub(crate) payer_account: String,
    /// Who is paid.
    pub(crate) payee_name: String,
    /// Into which account.
    pub(crate) payee_account: String,
    /// What for.
    pub(crate) memo: String,
    /// What allows a collection.
    pub(crate) mandate: Option<String>,
    /// Of a return: the payment that it gives back.
    pub(crate) original: Option<String>,
    /// Of a payment: the return that gives it back.
    pub(crate) returned_by: Option<String>,
    /// Why it was rejected; of a return, why it is made.
    pub(crate) reason: Option<String>,
    /// The how-manieth payment of this amount to this account, for faults that are drawn.
    pub(crate) occurrence: i64,
    /// How often its sender asked about it.
    pub(crate) enquiries: i64,
    /// How often its payee's bank was asked again.
    pub(crate) reminders: i64,
    /// The day on which it is settled.
    pub(crate) settlement_day: Option<BankDay>,
    /// When something is to be done about it: a window, a reminder, a decision.
    pub(crate) due: Option<Timestamp>,
    /// When it was taken.
    pub(crate) created: Timestamp,
    /// When it became final.
    pub(crate) ended: Option<Timestamp>,
}

impl Transfer {
    /// An id that never came.
    pub(crate) fn never_received(id: &str, asked_by: &str, now: Timestamp) -> Self {
        Self {
            id: id.to_owned(),
            kind: Kind::Unknown,
            service: Service::RealTime,
            state: State::Rejected,
            sender: asked_by.to_owned(),
            message_id: String::new(),
            payer_bank: String::new(),
            payee_bank: String::new(),
            amount_minor: 0,
            end_to_end_id: String::new(),
            payer_name: String::new(),
            payer_account: String::new(),
            payee_name: String::new(),
            payee_account: String::new(),
            memo: String::new(),
            mandate: None,
            original: None,
            returned_by: None,
            reason: Some(super::reason::NEVER_RECEIVED.to_owned()),
            occurrence: 1,
            enquiries: 0,
            reminders: 0,
            settlement_day: None,
            due: None,
            created: now,
            ended: Some(now),
        }
    }

    /// Whether a bank may hear about it.
    pub(crate) fn concerns(&self, bank: &str) -> bool {
        [&self.sender, &self.payer_bank, &self.payee_bank].into_iter().any(|code| code == bank)
    }
}

/// How long after the n-th reminder the next one follows: ten seconds, doubled each time, five minutes at most.
pub(crate) fn reminder_after_ms(reminders: i64, first_ms: i64) -> i64 {
    let doubled = first_ms.saturating_mul(1_i64 << reminders.clamp(0, 20));
    doubled.min(300_000.max(first_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for state in State::ALL {
            assert_eq!(State::from_word(state.word()), Some(state));
        }
        for kind in Kind::ALL {
            assert_eq!(Kind::from_word(kind.word()), Some(kind));
        }
        for service in [Service::RealTime, Service::Batch] {
            assert_eq!(service_from_word(service_word(service)), Some(service));
        }
        assert!(State::from_word("").is_none() && Kind::from_word("x").is_none() && service_from_word("x").is_none());
    }

    #[test]
    fn nothing_follows_what_is_final_and_nothing_is_waited_for_twice() {
        use State::{Asked, Deciding, Rejected, Settled, Waiting};
        for (from, to, allowed) in [
            (Deciding, Waiting, true),
            (Deciding, Asked, true),
            (Deciding, Settled, true),
            (Deciding, Rejected, true),
            (Deciding, Deciding, false),
            (Waiting, Settled, true),
            (Waiting, Rejected, true),
            (Waiting, Asked, false),
            (Asked, Settled, true),
            (Asked, Rejected, true),
            (Asked, Waiting, false),
        ] {
            assert_eq!(from.leads_to(to), allowed, "{from:?} {to:?}");
        }
        for to in State::ALL {
            assert!(!Settled.leads_to(to) && !Rejected.leads_to(to), "{to:?}");
        }
    }

    #[test]
    fn reminders_come_with_growing_delays() {
        let delays: Vec<i64> = (0..8).map(|reminders| reminder_after_ms(reminders, 10_000)).collect();
        assert_eq!(delays, [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
        assert_eq!(reminder_after_ms(i64::MAX, 10_000), 300_000);
    }
}
