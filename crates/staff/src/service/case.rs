//! Security cases, and seeing a customer whole for some minutes.

use crate::model::act::Act;
use crate::model::case::{CaseNote, NewSecurityCase, SecurityCase};
use crate::model::proposal::check_reason;
use crate::model::session::StaffSession;
use crate::{SecurityCaseId, Staff, acts, store};
use kit::{Fault, Refusal, Result, Timestamp};

/// How long a session sees whole what it unmasked, in milliseconds.
pub const UNMASKED_MS: i64 = 5 * 60_000;
/// How many cases a list holds.
const LIST: u32 = 100;

impl Staff {
    /// Opens a case for what somebody said, once for each origin; the customer's own act, so no role is asked.
    pub async fn open_security_case(&self, new: &NewSecurityCase) -> Result<SecurityCaseId, Fault> {
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let id = SecurityCaseId(self.inner.ids.next());
        let (id, is_new) = store::case::insert(&mut tx, id, new, self.inner.clock.now()).await?;
        if is_new {
            let detail = format!("case:{id} {}", new.what);
            self.record_in(&mut tx, None, acts::SECURITY_CASES.code, &new.subject, &detail, "opened").await?;
        }
        tx.commit().await?;
        Ok(id)
    }

    /// The newest cases, open or closed. Refuses with `staff.not_allowed`.
    pub async fn security_cases(&self, session: &StaffSession, is_open: bool) -> Result<Vec<SecurityCase>> {
        self.looked(session, &acts::SECURITY_CASES, "cases", if is_open { "open" } else { "closed" }).await?;
        Ok(store::case::list(&self.inner.db, is_open, LIST).await?)
    }

    /// The open cases about somebody, for a page that is written down by itself.
    pub async fn open_cases_about(&self, subject: &str) -> Result<Vec<SecurityCase>, Fault> {
        store::case::of_subject(&self.inner.db, subject, LIST).await
    }

    /// A case with its notes. Refuses with `staff.not_allowed`, `staff.case_not_found`.
    pub async fn security_case(
        &self,
        session: &StaffSession,
        id: SecurityCaseId,
    ) -> Result<(SecurityCase, Vec<CaseNote>)> {
        self.looked(session, &acts::SECURITY_CASES, &of_case(id), "").await?;
        let case = store::case::by_id(&self.inner.db, id).await?.ok_or_else(not_found)?;
        Ok((case, store::case::notes(&self.inner.db, id).await?))
    }

    /// Adds a note, and closes the case with it if `closes`. Refuses with `staff.not_allowed`, `staff.reason_invalid`,
    /// `staff.case_not_found`, and with `staff.case_over` for a closed one.
    pub async fn note_security_case(
        &self,
        session: &StaffSession,
        id: SecurityCaseId,
        note: &str,
        closes: bool,
    ) -> Result<()> {
        self.allow(session, &acts::SECURITY_CASES, &of_case(id)).await?;
        let note = check_reason(note)?;
        let case = store::case::by_id(&self.inner.db, id).await?.ok_or_else(not_found)?;
        let (now, number) = (self.inner.clock.now(), session.member.number.as_str());
        let mut tx = self.inner.db.begin_write(&[&format!("staff/case/{id}")]).await?;
        let is_open = match closes {
            true => store::case::close(&mut tx, id, now, number).await?,
            false => case.closed.is_none(),
        };
        if !is_open {
            return Err(Refusal::new("staff.case_over", 409).into());
        }
        store::case::note(&mut tx, self.inner.ids.next(), id, now, number, &note).await?;
        let outcome = if closes { "closed" } else { "noted" };
        self.record_in(&mut tx, Some(session), acts::SECURITY_CASES.code, &of_case(id), &note, outcome).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Lets this session see somebody whole for five minutes, for a reason, which goes into the trail. Refuses with
    /// `staff.not_allowed`, `staff.reason_invalid`.
    pub async fn unmask(&self, session: &StaffSession, act: &Act, subject: &str, reason: &str) -> Result<Timestamp> {
        self.allow(session, act, subject).await?;
        let reason = check_reason(reason)?;
        let until = self.inner.clock.now().plus_ms(UNMASKED_MS);
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::case::unmask(&mut tx, session.id, subject, until).await?;
        self.record_in(&mut tx, Some(session), act.code, subject, &reason, "done").await?;
        tx.commit().await?;
        Ok(until)
    }

    /// Until when this session sees them whole; none if they are masked. A role that was taken away takes this away too.
    pub async fn unmasked(&self, session: &StaffSession, act: &Act, subject: &str) -> Result<Option<Timestamp>, Fault> {
        if !session.may(act) {
            return Ok(None);
        }
        store::case::unmasked(&self.inner.db, session.id, subject, self.inner.clock.now()).await
    }
}

fn of_case(id: SecurityCaseId) -> String {
    format!("case:{id}")
}

fn not_found() -> Refusal {
    Refusal::new("staff.case_not_found", 404)
}
