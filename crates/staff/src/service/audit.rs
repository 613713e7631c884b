//! Writing down what is done, reading it, checking it.

use crate::model::act::Act;
use crate::model::audit::{AuditChain, AuditFilter, AuditRow, BEGINNING, CUSTOMER, ChainCheck, CustomerAct};
use crate::model::session::StaffSession;
use crate::{Staff, acts, store};
use db::Tx;
use kit::{Error, Fault, Result};
use std::future::Future;

/// Rows of one step of a check.
const CHUNK: u32 = 1_000;
/// Most characters of a subject and of a detail in the trail.
const DETAIL_MAX: usize = 240;

/// The word for what is about to be done.
const BEGUN: &str = "begun";
/// The word for what was done.
const DONE: &str = "done";

impl Staff {
    /// Whether the member may do it; a refusal is written down. Refuses with `staff.not_allowed`, and with
    /// `staff.sign_in_incomplete` while a step of the sign-in is missing.
    pub async fn allow(&self, session: &StaffSession, act: &Act, subject: &str) -> Result<()> {
        match session.check_whole().and_then(|()| act.check(session.member.roles)) {
            Ok(()) => Ok(()),
            Err(refusal) => {
                self.record(Some(session), act.code, subject, "", refusal.code).await?;
                Err(refusal.into())
            }
        }
    }

    /// Checks the role and writes the look-up down; what was looked up may be shown afterwards. Refuses with
    /// `staff.not_allowed`.
    pub async fn looked(&self, session: &StaffSession, act: &Act, subject: &str, detail: &str) -> Result<()> {
        self.allow(session, act, subject).await?;
        Ok(self.record(Some(session), act.code, subject, detail, DONE).await?)
    }

    /// Checks the role, writes down that it begins, does it, and writes down how it ended. Refuses with
    /// `staff.not_allowed`, and as the work does.
    pub async fn acting<T>(
        &self,
        session: &StaffSession,
        act: &Act,
        subject: &str,
        detail: &str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.allow(session, act, subject).await?;
        self.record(Some(session), act.code, subject, detail, BEGUN).await?;
        let result = work.await;
        let outcome = match &result {
            Ok(_) => DONE,
            Err(Error::Refusal(refusal)) => refusal.code,
            Err(Error::Fault(_)) => "fault",
        };
        self.record(Some(session), act.code, subject, "", outcome).await?;
        result
    }

    /// Writes one row; without a session it is the bank itself that acts.
    pub async fn record(
        &self,
        session: Option<&StaffSession>,
        action: &str,
        subject: &str,
        detail: &str,
        outcome: &str,
    ) -> Result<(), Fault> {
        let mut tx = self.inner.db.begin_write(&[]).await?;
        self.record_in(&mut tx, session, action, subject, detail, outcome).await?;
        tx.commit().await
    }

    /// Writes one row as the last thing of a transaction.
    pub(crate) async fn record_in(
        &self,
        tx: &mut Tx,
        session: Option<&StaffSession>,
        action: &str,
        subject: &str,
        detail: &str,
        outcome: &str,
    ) -> Result<(), Fault> {
        let member = session.map(|session| &session.member);
        let short = |text: &str| text.chars().take(DETAIL_MAX).collect();
        let row = AuditRow {
            sequence: 0,
            time: self.inner.clock.now(),
            member: member.map(|member| member.id),
            number: member.map_or(String::new(), |member| member.number.clone()),
            branch: member.map_or(String::new(), |member| member.branch.clone()),
            action: action.to_owned(),
            subject: short(subject),
            detail: short(detail),
            outcome: outcome.to_owned(),
            hash: BEGINNING,
        };
        store::audit::append(tx, row).await
    }

    /// Begins to take acts of customers into the trail; one at a time does.
    pub async fn begin_chain(&self) -> Result<Tx, Fault> {
        self.inner.db.begin_write(&["staff/audit/chain"]).await
    }

    /// Writes an act of a customer, which another room kept until now, as the last things of a transaction.
    pub async fn chain(&self, tx: &mut Tx, act: CustomerAct) -> Result<(), Fault> {
        let row = AuditRow {
            sequence: 0,
            time: act.time,
            member: None,
            number: CUSTOMER.to_owned(),
            branch: String::new(),
            action: act.action,
            subject: act.subject,
            detail: act.detail,
            outcome: DONE.to_owned(),
            hash: BEGINNING,
        };
        store::audit::append(tx, row).await
    }

    /// A page of the trail, newest first, before a row's number. Refuses with `staff.not_allowed`.
    pub async fn audit_rows(
        &self,
        session: &StaffSession,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>> {
        let asked = [("number", &filter.number), ("action", &filter.action), ("subject", &filter.subject)];
        let asked = asked.into_iter().filter(|(_, text)| !text.is_empty());
        let detail = asked.map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>().join(" ");
        self.looked(session, &acts::AUDIT, "audit", &detail).await?;
        Ok(store::audit::list(&self.inner.db, filter, before.unwrap_or(i64::MAX), limit.clamp(1, 200)).await?)
    }

    /// Checks the whole trail, for an auditor. Refuses with `staff.not_allowed`.
    pub async fn check_audit(&self, session: &StaffSession) -> Result<ChainCheck> {
        self.looked(session, &acts::AUDIT, "audit", "check").await?;
        Ok(self.verify_audit().await?)
    }

    /// Follows the whole trail from its first row: every hash must be right, no row missing, and the last one the one that
    /// the head names.
    pub async fn verify_audit(&self) -> Result<ChainCheck, Fault> {
        self.walk_audit(None, |_| Ok(())).await
    }

    /// The same, giving every row to `each` in order, broken or not, as of one moment. `expected` is the hash of some row in
    /// hexadecimal, kept elsewhere. Fails as `each` does.
    pub async fn walk_audit(
        &self,
        expected: Option<&str>,
        mut each: impl FnMut(&AuditRow) -> Result<(), Fault>,
    ) -> Result<ChainCheck, Fault> {
        let mut tx = self.inner.db.begin_read().await?;
        let (last, head) = store::audit::head(&mut tx).await?;
        let mut chain = AuditChain::begin(expected);
        let mut after = i64::MIN;
        loop {
            let rows = store::audit::after(&mut tx, after, CHUNK).await?;
            for row in &rows {
                chain.follow(row);
                each(row)?;
            }
            match rows.last() {
                Some(row) if rows.len() == CHUNK as usize => after = row.sequence,
                _ => break,
            }
        }
        chain.must_end_at(last, &head);
        Ok(chain.check())
    }
}
