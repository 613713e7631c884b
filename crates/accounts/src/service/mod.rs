//! Use cases of the accounts room.

pub(crate) mod books;
pub(crate) mod card_lock;
pub(crate) mod certificate;
pub(crate) mod class;
pub(crate) mod debit_card;
pub(crate) mod directory;
pub(crate) mod door;
pub(crate) mod limit;
pub(crate) mod open;
pub(crate) mod status;
pub(crate) mod view;
pub(crate) mod voucher;

use kit::{Error, Fault, Refusal};
use ledger::SubmitError;

/// What the ledger's not deciding means to who asked. Only a conflict has spent the id.
pub fn ledger_error(error: SubmitError) -> Error {
    match error {
        SubmitError::Busy => Refusal::new("ledger.busy", 503).with("retry_after_s", 1).into(),
        SubmitError::StorageFull => Refusal::new("ledger.storage_full", 503).with("retry_after_s", 60).into(),
        SubmitError::Stopped => Refusal::new("ledger.stopped", 503).with("retry_after_s", 10).into(),
        SubmitError::Conflict { .. } => Refusal::new("idempotency.conflict", 409).into(),
        SubmitError::Malformed(what) => {
            Fault::new(format!("a malformed command was sent to the ledger: {what}")).into()
        }
    }
}
