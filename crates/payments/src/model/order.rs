//! An order is what is owed; an attempt is one try to pay it.

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderState {
    /// No attempt succeeded yet; the last one was refused.
    Refused,
    /// Paid.
    Paid,
    /// Paid, and taken back by a contra entry.
    Corrected,
    /// The money is set aside and waits.
    Held,
    /// It waited, and the payer took it back.
    Recalled,
    /// It waited and went back by itself: nobody came for it, or it could not be paid.
    Returned,
}

/// What became of an attempt. A ledger outcome is final; what becomes of money that is set aside is told by its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttemptState {
    /// The money moved.
    Paid,
    /// Nothing moved.
    Refused,
    /// The money is set aside.
    Held,
}

impl OrderState {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Refused, Self::Paid, Self::Corrected, Self::Held, Self::Recalled, Self::Returned];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Paid => "paid",
            Self::Corrected => "corrected",
            Self::Held => "held",
            Self::Recalled => "recalled",
            Self::Returned => "returned",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The state after one more attempt. Before the first there is no order yet. Only what was refused is tried again:
    /// what is paid stays paid, and what waits ends by its own way.
    #[must_use]
    pub fn after_attempt(before: Option<Self>, attempt: AttemptState) -> Self {
        match (before, attempt) {
            (Some(before), _) if before != Self::Refused => before,
            (_, AttemptState::Paid) => Self::Paid,
            (_, AttemptState::Held) => Self::Held,
            (_, AttemptState::Refused) => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_paid_once_and_stays_paid() {
        use OrderState::{Corrected, Held, Paid, Recalled, Refused};
        for (before, attempt, after) in [
            (None, AttemptState::Paid, Paid),
            (None, AttemptState::Refused, Refused),
            (Some(Refused), AttemptState::Refused, Refused),
            (Some(Refused), AttemptState::Paid, Paid),
            (Some(Paid), AttemptState::Refused, Paid),
            (Some(Corrected), AttemptState::Paid, Corrected),
            (None, AttemptState::Held, Held),
            (Some(Refused), AttemptState::Held, Held),
            (Some(Held), AttemptState::Refused, Held),
            (Some(Recalled), AttemptState::Paid, Recalled),
        ] {
            assert_eq!(OrderState::after_attempt(before, attempt), after);
        }
        for state in OrderState::ALL {
            assert_eq!(OrderState::from_code(state.code()), Some(state));
        }
    }
}
