//! What came of a form at the counter.

use payments::OrderNumber;
use staff::ProposalId;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It is done.
    Applied,
    /// Money moved under this order.
    Booked(OrderNumber),
    /// A second person must agree.
    Proposed(ProposalId),
}
