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
}

/// What became of an attempt. A ledger outcome is final, so there is nothing between these two; attempts that wait for
/// another bank will be a third.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttemptState {
    /// The money moved.
    Paid,
    /// Nothing moved.
    Refused,
}

impl OrderState {
    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Paid => "paid",
            Self::Corrected => "corrected",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Refused, Self::Paid, Self::Corrected].into_iter().find(|state| state.code() == code)
    }

    /// The state after one more attempt. Before the first there is no order yet. What is paid stays paid.
    #[must_use]
    pub fn after_attempt(before: Option<Self>, attempt: AttemptState) -> Self {
        match (before, attempt) {
            (Some(Self::Corrected), _) => Self::Corrected,
            (Some(Self::Paid), _) | (_, AttemptState::Paid) => Self::Paid,
            (_, AttemptState::Refused) => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_paid_once_and_stays_paid() {
        use OrderState::{Corrected, Paid, Refused};
        for (before, attempt, after) in [
            (None, AttemptState::Paid, Paid),
            (None, AttemptState::Refused, Refused),
            (Some(Refused), AttemptState::Refused, Refused),
            (Some(Refused), AttemptState::Paid, Paid),
            (Some(Paid), AttemptState::Refused, Paid),
            (Some(Corrected), AttemptState::Paid, Corrected),
        ] {
            assert_eq!(OrderState::after_attempt(before, attempt), after);
        }
        for state in [Refused, Paid, Corrected] {
            assert_eq!(OrderState::from_code(state.code()), Some(state));
        }
    }
}
