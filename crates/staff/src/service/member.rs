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
/// The kind of a proposal that gives a member leave to enrol a token: another one, or a spare one.
pub const TOKEN_KIND: &str = "staff.token";
/// What is written in such a proposal when the tokens that the member has are lost.
const LOST: &str = "lost";
/// What is written there when they stay.
const SPARE: &str = "spare";

const ADD: &str = "staff.add";
const ROLES: &str = "staff.roles";
const RESET: &str = "staff.reset";
const TOKEN: &str = "staff.token";
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

    /// Gives a member another first password and leave to enrol a token, by the hand of who runs the bank: for when no two
    /// administrators can sign in. Their tokens, passkeys and sessions end. Refuses with
    /// `staff.member_not_found`.
    pub async fn reset_by_hand(&self, number: &str) -> Result<(Member, String)> {
        let member = store::member::by_number(&self.inner.db, &number.trim().to_ascii_lowercase()).await?;
        let member = member.ok_or_else(|| Refusal::new("staff.member_not_found", 404))?;
        let password = self.one_time_password();
        let hash = self.inner.hasher.hash(password.clone()).await.map_err(in_words)?;
        let now = self.inner.clock.now();
        let until = now.plus_ms(self.inner.rules.one_time_ms);
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::member::put_password(&mut tx, member.id, &hash, Some(until), now).await?;
        store::token::remove(&mut tx, member.id, now).await?;
        store::key::delete_all(&mut tx, member.id).await?;
        store::token::allow(&mut tx, member.id, until).await?;
        store::session::end_others(&mut tx, member.id, None, now).await?;
        self.record_in(&mut tx, None, RESET, &subject(&member), "password token", "done").await?;
        tx.commit().await?;
        Ok((Member { must_change: true, ..member }, password))
    }

    /// Adds a member of a demonstration with a password and a token that are no secrets; one who is there stays as they are.
    pub async fn add_for_show(&self, new: &NewMember, roles: Roles, password: &str, seed: &[u8]) -> Result<Member> {
        if let Some(member) = store::member::by_number(&self.inner.db, &new.number).await? {
            let mut tx = self.inner.db.begin_write(&[]).await?;
            if store::token::enrolled(&mut tx, member.id).await?.is_empty() {
                self.insert_token(&mut tx, member.id, seed, Some(self.inner.clock.now())).await?;
            }
            tx.commit().await?;
            return Ok(member);
        }
        let (member, _) = self.insert(None, new, roles).await?;
        let hash = self.inner.hasher.hash(password.to_owned()).await.map_err(in_words)?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let now = self.inner.clock.now();
        store::member::put_password(&mut tx, member.id, &hash, None, now).await?;
        self.insert_token(&mut tx, member.id, seed, Some(now)).await?;
        store::token::use_leave(&mut tx, member.id, now).await?;
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
        store::token::allow(&mut tx, id, until).await?;
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

    /// Proposes leave to enrol a token: in place of those that are lost, which end with all passkeys, or as a spare beside
    /// them.
    ///
    /// Refuses as [`change_roles`](Self::change_roles) does.
    pub async fn propose_token(
        &self,
        session: &StaffSession,
        id: StaffId,
        is_lost: bool,
        reason: &str,
        key: &str,
    ) -> Result<ProposalId> {
        let member = self.other_member(session, id).await?;
        let reason = check_reason(reason)?;
        let payload = if is_lost { LOST } else { SPARE }.to_owned();
        self.propose(session, &acts::MEMBERS, about_member(TOKEN_KIND, &member, payload, reason, key)).await
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
        let kinds = [ROLES_KIND, RESET_KIND, TOKEN_KIND];
        let Some(about) = proposal.about.filter(|_| kinds.contains(&proposal.kind.as_str())) else {
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
        let until = now.plus_ms(self.inner.rules.one_time_ms);
        let action = match (proposal.kind.as_str(), hash) {
            (_, Some(hash)) => {
                store::member::put_password(&mut tx, about, &hash, Some(until), now).await?;
                // Who has a token keeps it, and is asked for it; who never enrolled one may do so now.
                if store::token::enrolled(&mut tx, about).await?.is_empty() {
                    store::token::allow(&mut tx, about, until).await?;
                }
                RESET
            }
            (TOKEN_KIND, None) => {
                if proposal.payload == LOST {
                    store::token::remove(&mut tx, about, now).await?;
                    store::key::delete_all(&mut tx, about).await?;
                }
                store::token::allow(&mut tx, about, until).await?;
                TOKEN
            }
            _ => {
                store::member::set_roles(&mut tx, about, Roles::parse(&proposal.payload)?).await?;
                ROLES
            }
        };
        // Other roles may ask for another sign-in; who holds a spare token's leave signs in with the token they have.
        if proposal.payload != SPARE {
            store::session::end_others(&mut tx, about, None, now).await?;
        }
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
