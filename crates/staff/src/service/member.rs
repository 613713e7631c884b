//! Keeping the list of members: by the command line at first, then by administrators, two of them where a role is given.

use crate::model::member::{Member, NewMember, Role, Roles};
use crate::model::proposal::{NewProposal, Proposal, check_reason};
use crate::model::session::StaffSession;
use crate::service::session::{in_words, subject};
use crate::{ProposalId, Staff, StaffId, acts, store};
use db::Tx;
use kit::{Refusal, Result};

/// The kind of a proposal that changes a member's roles.
pub const ROLES_KIND: &str = "staff.roles";
/// The kind of a proposal that gives a member a new first password.
pub const RESET_KIND: &str = "staff.reset";

const ADD: &str = "staff.add";
const ROLES: &str = "staff.roles";
const RESET: &str = "staff.reset";
const DISABLE: &str = "staff.disable";
const ENABLE: &str = "staff.enable";

/// Letters and digits that are not taken for one another.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
const ONE_TIME_LENGTH: usize = 16;

/// A change of roles, as it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// Nothing was given that was not there before: it is done.
    Now,
    /// A second administrator must agree.
    Proposed(ProposalId),
}

impl Staff {
    /// Adds a member with roles by the hand of who runs the bank, and gives the first password, once. There is no other
    /// way to a first administrator.
    ///
    /// Refuses with `staff.number_invalid`, `staff.name_invalid`, `staff.branch_invalid`, `staff.number_taken`.
    pub async fn add_by_hand(&self, new: &NewMember, roles: Roles) -> Result<(Member, String)> {
        self.insert(None, new, roles).await
    }

    /// Adds a member of a demonstration with a password that is no secret; one who is there stays as they are.
    pub async fn add_for_show(&self, new: &NewMember, roles: Roles, password: &str) -> Result<Member> {
        if let Some(member) = store::member::by_number(&self.inner.db, &new.number).await? {
            return Ok(member);
        }
        let (member, _) = self.insert(None, new, roles).await?;
        let hash = self.inner.hasher.hash(password.to_owned()).await.map_err(in_words)?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::member::put_password(&mut tx, member.id, &hash, None, self.inner.clock.now()).await?;
        tx.commit().await?;
        Ok(Member { must_change: false, ..member })
    }

    /// Adds a member without roles, and gives the first password, once. Refuses as [`add_by_hand`](Self::add_by_hand) does,
    /// and with `staff.not_allowed`.
    pub async fn add_member(&self, session: &StaffSession, new: &NewMember) -> Result<(Member, String)> {
        self.allow(session, &acts::MEMBERS, "").await?;
        self.insert(Some(session), new, Roles::NONE).await
    }

    async fn insert(&self, session: Option<&StaffSession>, new: &NewMember, roles: Roles) -> Result<(Member, String)> {
        let new = new.checked()?;
        let password = self.one_time_password();
        let hash = self.inner.hasher.hash(password.clone()).await.map_err(in_words)?;
        let (id, now) = (StaffId(self.inner.ids.next()), self.inner.clock.now());
        let NewMember { number, name, branch } = new.clone();
        let member = Member { id, number, name, branch, roles, disabled: None, must_change: true };
        let mut tx = self.inner.db.begin_write(&[&format!("staff/{}", new.number)]).await?;
        if !store::member::insert(&mut tx, id, &new, roles, now).await? {
            return Err(Refusal::new("staff.number_taken", 409).with("field", "number").into());
        }
        let until = now.plus_ms(self.inner.rules.one_time_ms);
        store::member::put_password(&mut tx, id, &hash, Some(until), now).await?;
        self.record_in(&mut tx, session, ADD, &subject(&member), &roles.words(), "done").await?;
        tx.commit().await?;
        Ok((member, password))
    }

    /// Everybody of the staff, by number. Refuses with `staff.not_allowed`.
    pub async fn members(&self, session: &StaffSession) -> Result<Vec<Member>> {
        self.looked(session, &acts::MEMBERS, "", "").await?;
        Ok(store::member::all(&self.inner.db).await?)
    }

    /// One of the staff. Refuses with `staff.not_allowed`, `staff.member_not_found`.
    pub async fn member(&self, session: &StaffSession, id: StaffId) -> Result<Member> {
        self.allow(session, &acts::MEMBERS, "").await?;
        let member = store::member::by_id(&self.inner.db, id).await?;
        Ok(member.ok_or_else(|| Refusal::new("staff.member_not_found", 404))?)
    }

    /// Changes a member's roles. Taking away is done at once; giving waits for a second administrator.
    ///
    /// Refuses with `staff.not_allowed`, `staff.member_not_found`, `staff.own_member`, `staff.reason_invalid`,
    /// `staff.key_invalid`.
    pub async fn change_roles(
        &self,
        session: &StaffSession,
        id: StaffId,
        roles: Roles,
        reason: &str,
        key: &str,
    ) -> Result<Granted> {
        let member = self.other_member(session, id).await?;
        let reason = check_reason(reason)?;
        if roles.within(member.roles) {
            let mut tx = self.inner.db.begin_write(&[]).await?;
            store::member::set_roles(&mut tx, id, roles).await?;
            let detail = format!("{}: {reason}", roles.words());
            self.record_in(&mut tx, Some(session), ROLES, &subject(&member), &detail, "done").await?;
            tx.commit().await?;
            return Ok(Granted::Now);
        }
        let proposal = about_member(ROLES_KIND, &member, roles.words(), reason, key);
        Ok(Granted::Proposed(self.propose(session, &acts::MEMBERS, proposal).await?))
    }

    /// Proposes a new first password for a member who forgot theirs: who resets it alone could sign in as them.
    ///
    /// Refuses as [`change_roles`](Self::change_roles) does.
    pub async fn propose_reset(
        &self,
        session: &StaffSession,
        id: StaffId,
        reason: &str,
        key: &str,
    ) -> Result<ProposalId> {
        let member = self.other_member(session, id).await?;
        let reason = check_reason(reason)?;
        self.propose(session, &acts::MEMBERS, about_member(RESET_KIND, &member, String::new(), reason, key)).await
    }

    /// Lets a member sign in no more, or again; all their sessions end. Refuses with `staff.not_allowed`,
    /// `staff.member_not_found`, `staff.own_member`, `staff.reason_invalid`.
    pub async fn set_disabled(&self, session: &StaffSession, id: StaffId, disabled: bool, reason: &str) -> Result<()> {
        let member = self.other_member(session, id).await?;
        let reason = check_reason(reason)?;
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::member::set_disabled(&mut tx, id, disabled.then_some(now)).await?;
        store::session::end_others(&mut tx, id, None, now).await?;
        let action = if disabled { DISABLE } else { ENABLE };
        self.record_in(&mut tx, Some(session), action, &subject(&member), &reason, "done").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Carries out what two administrators agreed on; gives the new first password where one was made, which is shown
    /// once and to the checker alone. Nothing if the proposal is another room's.
    pub async fn carry_out(&self, proposal: &Proposal) -> Result<Option<Option<String>>> {
        let Some(about) = proposal.about.filter(|_| [ROLES_KIND, RESET_KIND].contains(&proposal.kind.as_str())) else {
            return Ok(None);
        };
        let now = self.inner.clock.now();
        let password = (proposal.kind == RESET_KIND).then(|| self.one_time_password());
        let hash = match &password {
            Some(password) => Some(self.inner.hasher.hash(password.clone()).await.map_err(in_words)?),
            None => None,
        };
        let mut tx: Tx = self.inner.db.begin_write(&[]).await?;
        // Settled first: of two who carry it out at once one finds it settled and changes nothing.
        if !store::proposal::settle(&mut tx, proposal.id, crate::ProposalState::Done, "", now).await? {
            return Ok(Some(None));
        }
        match hash {
            Some(hash) => {
                let until = now.plus_ms(self.inner.rules.one_time_ms);
                store::member::put_password(&mut tx, about, &hash, Some(until), now).await?;
                store::session::end_others(&mut tx, about, None, now).await?;
            }
            None => store::member::set_roles(&mut tx, about, Roles::parse(&proposal.payload)?).await?,
        }
        let action = if proposal.kind == RESET_KIND { RESET } else { ROLES };
        let detail = format!("proposal:{} {}", proposal.id, proposal.payload);
        self.record_in(&mut tx, None, action, &proposal.subject, &detail, "done").await?;
        tx.commit().await?;
        Ok(Some(password))
    }

    async fn other_member(&self, session: &StaffSession, id: StaffId) -> Result<Member> {
        let member = self.member(session, id).await?;
        if id == session.member.id {
            return Err(Refusal::new("staff.own_member", 403).into());
        }
        Ok(member)
    }

    /// 80 random bits as sixteen characters in fours.
    fn one_time_password(&self) -> String {
        let mut text = String::with_capacity(ONE_TIME_LENGTH + 3);
        for place in 0..ONE_TIME_LENGTH {
            if place > 0 && place % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[self.inner.random.below(32) as usize]));
        }
        text
    }
}

fn about_member(kind: &'static str, member: &Member, payload: String, reason: String, key: &str) -> NewProposal {
    NewProposal {
        key: key.to_owned(),
        kind,
        subject: subject(member),
        payload,
        reason,
        bank_wide: true,
        about: Some(member.id),
        checkers: Roles::of(&[Role::Administrator]),
    }
}
