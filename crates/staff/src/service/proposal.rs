//! Two people: one makes, another decides, the bank carries out.

use crate::model::act::Act;
use crate::model::proposal::{NewProposal, Proposal, ProposalState, check_key, check_reason};
use crate::model::session::StaffSession;
use crate::{ProposalId, Staff, store};
use kit::{Fault, Refusal, Result};

/// How many proposals a list holds.
const LIST: u32 = 100;
const APPROVE: &str = "staff.approve";
const REJECT: &str = "staff.reject";
const WITHDRAW: &str = "staff.withdraw";

impl Staff {
    /// Makes a proposal, or gives the one that this form made before.
    ///
    /// Refuses with `staff.not_allowed`, `staff.reason_invalid`, `staff.key_invalid`, and with `staff.key_conflict` when the
    /// key made another one.
    pub async fn propose(&self, session: &StaffSession, act: &Act, new: NewProposal) -> Result<ProposalId> {
        self.allow(session, act, &new.subject).await?;
        check_key(&new.key)?;
        let new = NewProposal { reason: check_reason(&new.reason)?, ..new };
        let (id, now) = (ProposalId(self.inner.ids.next()), self.inner.clock.now());
        let expires = now.plus_ms(self.inner.rules.proposal_ms);
        let member = &session.member;
        let branch = if new.bank_wide { "" } else { &member.branch };
        let mut tx = self.inner.db.begin_write(&[&format!("staff/{}/{}", member.id, new.key)]).await?;
        if !store::proposal::insert(&mut tx, id, &new, member.id, branch, now, expires).await? {
            let made = store::proposal::of_key(&mut tx, &new, member.id).await?;
            return Ok(made.ok_or_else(|| Refusal::new("staff.key_conflict", 409))?);
        }
        let detail = format!("proposal:{id} {}", new.reason);
        self.record_in(&mut tx, Some(session), act.code, &new.subject, &detail, "proposed").await?;
        tx.commit().await?;
        Ok(id)
    }

    /// One proposal, if it is the member's branch's or the whole bank's. Refuses with `staff.proposal_not_found`.
    pub async fn proposal(&self, session: &StaffSession, id: ProposalId) -> Result<Proposal> {
        let found = store::proposal::by_id(&self.inner.db, id).await?;
        let found = found.filter(|proposal| sees(session, proposal)).ok_or_else(not_found)?;
        Ok(found.at(self.inner.clock.now()))
    }

    /// The newest proposals that the member may see.
    pub async fn proposals(&self, session: &StaffSession) -> Result<Vec<Proposal>, Fault> {
        let now = self.inner.clock.now();
        let found = store::proposal::of_branch(&self.inner.db, &session.member.branch, LIST).await?;
        Ok(found.into_iter().filter(|proposal| sees(session, proposal)).map(|proposal| proposal.at(now)).collect())
    }

    /// A second person says yes. What was approved is carried out next, by whoever owns its kind.
    ///
    /// Refuses with `staff.proposal_not_found`, `staff.own_proposal`, `staff.about_oneself`, `staff.not_allowed`,
    /// `staff.proposal_over`, and with `staff.maker_disabled` when its maker may not sign in any more.
    pub async fn approve(&self, session: &StaffSession, id: ProposalId) -> Result<Proposal> {
        self.decide(session, id, ProposalState::Approved, APPROVE).await
    }

    /// A second person says no. Refuses as [`approve`](Self::approve) does.
    pub async fn reject(&self, session: &StaffSession, id: ProposalId) -> Result<Proposal> {
        self.decide(session, id, ProposalState::Rejected, REJECT).await
    }

    async fn decide(
        &self,
        session: &StaffSession,
        id: ProposalId,
        state: ProposalState,
        action: &str,
    ) -> Result<Proposal> {
        session.check_whole()?;
        let subject = format!("proposal:{id}");
        let mut tx = self.inner.db.begin_write(&[]).await?;
        // The statement itself refuses maker, stranger and latecomer; what follows only finds the words.
        if store::proposal::decide(&mut tx, id, session.member.id, state, self.inner.clock.now()).await? {
            self.record_in(&mut tx, Some(session), action, &subject, "", "done").await?;
            tx.commit().await?;
            return self.proposal(session, id).await;
        }
        tx.rollback().await?;
        let member = &session.member;
        let proposal = self.proposal(session, id).await?;
        let objection = proposal.objection(member.id, member.roles, &member.branch);
        let refusal = objection.unwrap_or_else(|| match proposal.is_maker_disabled {
            true => Refusal::new("staff.maker_disabled", 409),
            false => Refusal::new("staff.proposal_over", 409).with("state", "decided"),
        });
        self.record(Some(session), action, &subject, "", refusal.code).await?;
        Err(refusal.into())
    }

    /// Its maker takes a proposal back. Refuses with `staff.proposal_not_found`, `staff.proposal_over`.
    pub async fn withdraw(&self, session: &StaffSession, id: ProposalId) -> Result<()> {
        session.check_whole()?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        if store::proposal::withdraw(&mut tx, id, session.member.id, self.inner.clock.now()).await? {
            self.record_in(&mut tx, Some(session), WITHDRAW, &format!("proposal:{id}"), "", "done").await?;
            tx.commit().await?;
            return Ok(());
        }
        tx.rollback().await?;
        let proposal = self.proposal(session, id).await?;
        if proposal.maker != session.member.id {
            return Err(not_found().into());
        }
        Err(Refusal::new("staff.proposal_over", 409).with("state", proposal.state.code()).into())
    }

    /// What was approved and not carried out yet: after a stop in between, to be carried out now.
    pub async fn approved(&self) -> Result<Vec<Proposal>, Fault> {
        store::proposal::in_state(&self.inner.db, ProposalState::Approved, LIST).await
    }

    /// Whether a proposal is approved and not carried out yet.
    pub async fn is_approved(&self, id: ProposalId) -> Result<bool, Fault> {
        let found = store::proposal::by_id(&self.inner.db, id).await?;
        Ok(found.is_some_and(|proposal| proposal.state == ProposalState::Approved))
    }

    /// Writes down what came of carrying a proposal out, once: the number of what was made, or the code of a refusal.
    pub async fn settle(&self, proposal: &Proposal, result: Result<String, &Refusal>) -> Result<(), Fault> {
        let (state, outcome) = match &result {
            Ok(made) => (ProposalState::Done, made.as_str()),
            Err(refusal) => (ProposalState::Failed, refusal.code),
        };
        let mut tx = self.inner.db.begin_write(&[]).await?;
        if !store::proposal::settle(&mut tx, proposal.id, state, outcome, self.inner.clock.now()).await? {
            return tx.rollback().await;
        }
        let detail = format!("proposal:{} {outcome}", proposal.id);
        self.record_in(&mut tx, None, &proposal.kind, &proposal.subject, &detail, state.code()).await?;
        tx.commit().await
    }
}

/// The whole bank's affairs are the checkers' and the maker's; a branch's are seen in that branch.
fn sees(session: &StaffSession, proposal: &Proposal) -> bool {
    let member = &session.member;
    if proposal.branch.is_empty() {
        return proposal.maker == member.id || member.roles.meets(proposal.checkers);
    }
    proposal.branch == member.branch && (proposal.maker == member.id || member.roles.meets(proposal.checkers))
}

fn not_found() -> Refusal {
    Refusal::new("staff.proposal_not_found", 404)
}
