//! Customers' security-relevant acts come into the audit trail.

use crate::Desk;
use crate::service::customer::of_person;
use kit::Fault;
use passport::EventKind;
use staff::{CustomerAct, NewSecurityCase};

/// Acts of one transaction.
const CHUNK: u32 = 200;

impl Desk {
    /// Takes what the passport wrote down about people's safety into the audit trail, oldest first, each once; gives how
    /// many. To be called each second, and before the trail is read or checked.
    pub async fn chain_customers_acts(&self) -> Result<usize, Fault> {
        let mut all = 0;
        loop {
            let mut tx = self.inner.staff.begin_chain().await?;
            let taken = self.inner.passport.take_unchained(&mut tx, CHUNK).await?;
            for (person, event) in &taken {
                let session = event.session.map(|session| format!("session:{session}"));
                let said = [session, (!event.detail.is_empty()).then(|| event.detail.clone())];
                let act = CustomerAct {
                    time: event.time,
                    action: format!("passport.{}", event.kind.code()),
                    subject: of_person(*person),
                    detail: said.into_iter().flatten().collect::<Vec<_>>().join(" "),
                };
                self.inner.staff.chain(&mut tx, act).await?;
            }
            tx.commit().await?;
            for (person, event) in taken.iter().filter(|(_, event)| event.kind == EventKind::NotMe) {
                // Once for an event, however often it is taken.
                let (origin, subject) = (format!("event:{}", event.id), of_person(*person));
                // The detail names the event that is denied, and its kind.
                let denied = event.detail.split(' ').nth(1).and_then(EventKind::from_code);
                let what = denied.unwrap_or(EventKind::NotMe).code();
                let case = NewSecurityCase { origin, subject, what, detail: event.detail.clone() };
                self.inner.staff.open_security_case(&case).await?;
            }
            all += taken.len();
            if taken.len() < CHUNK as usize {
                return Ok(all);
            }
        }
    }
}
