//! What was refused is written down among what happens to its owner's safety: after the refusal, outside of its transaction, and
//! without ever changing the answer.

use crate::Payments;
use kit::{Refusal, Result};
use passport::{Acting, EventKind, PersonId, SessionId};
use std::fmt::Display;

/// Whether a payment that was to be confirmed was refused, rather than mistyped, forgotten, or not decided at all.
fn is_refused(refusal: &Refusal) -> bool {
    match refusal.code {
        // Of proofs each wrong one is written down where it is judged; here only that no other may follow.
        "passport.proof_spent" | "passport.code_spent" | "passport.token_locked" => true,
        "payments.draft_not_found" | "payments.draft_expired" | "payments.code_needed" | "payments.not_found" => false,
        code => refusal.status != 503 && code.starts_with("payments."),
    }
}

impl Payments {
    /// Writes down that a confirmation was refused, once for a draft or order and a reason.
    pub(crate) async fn note_payment<T>(&self, who: &Acting, what: impl Display, answer: Result<T>) -> Result<T> {
        if let Err(kit::Error::Refusal(refusal)) = &answer
            && is_refused(refusal)
        {
            let detail = format!("{} {what}", refusal.code);
            self.note_kindly(who.person, EventKind::PaymentRefused, Some(who.session), &detail).await;
        }
        answer
    }

    /// Writes an event down; that it could not be written is for the log alone.
    pub(crate) async fn note_kindly(
        &self,
        person: PersonId,
        kind: EventKind,
        session: Option<SessionId>,
        detail: &str,
    ) {
        if let Err(fault) = self.inner.passport.note_once(person, kind, session, detail).await {
            tracing::error!(%fault, "a refusal was not written down");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_from_slips_and_from_no_answer() {
        for (code, status, noted) in [
            ("payments.insufficient_funds", 422, true),
            ("payments.sms_day_exceeded", 422, true),
            ("payments.authorisation_stale", 403, true),
            ("passport.proof_spent", 422, true),
            ("passport.code_spent", 422, true),
            ("passport.token_locked", 403, true),
            ("passport.code_wrong", 422, false),
            ("passport.proof_none", 422, false),
            ("payments.draft_expired", 410, false),
            ("payments.draft_not_found", 404, false),
            ("payments.code_needed", 403, false),
            ("payments.network_unavailable", 503, false),
            ("ledger.busy", 503, false),
            ("accounts.not_found", 404, false),
        ] {
            assert_eq!(is_refused(&Refusal::new(code, status)), noted, "{code}");
        }
    }
}
