//! What needs a second person.

use super::member::Roles;
use crate::{ProposalId, StaffId};
use kit::{Refusal, Timestamp};

/// Most characters of a reason.
pub(crate) const REASON_MAX: usize = 150;
/// Most characters of the key of a form.
const KEY_MAX: usize = 64;

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProposalState {
    /// Waits for a second person.
    Open,
    /// A second person said yes; it is being carried out.
    Approved,
    /// Carried out.
    Done,
    /// Could not be carried out; nothing happened.
    Failed,
    /// A second person said no.
    Rejected,
    /// Its maker took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
}

impl ProposalState {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Open, Self::Approved, Self::Done, Self::Failed, Self::Rejected, Self::Withdrawn, Self::Expired];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// An act that needs a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its number; names what is carried out.
    pub id: ProposalId,
    /// What is to be done, as a word of the room that does it.
    pub kind: String,
    /// To what: `account:42`.
    pub subject: String,
    /// What the room that does it must know.
    pub payload: String,
    /// Why.
    pub reason: String,
    /// Whose affair it is: a branch's; empty is the whole bank's.
    pub branch: String,
    /// Who made it.
    pub maker: StaffId,
    /// Their staff number.
    pub maker_number: String,
    /// Whether they may not sign in any more: then nobody may say yes.
    pub is_maker_disabled: bool,
    /// Who of the staff it is about; they may not check it either.
    pub about: Option<StaffId>,
    /// Any of these roles may check it.
    pub checkers: Roles,
    /// Where it stands.
    pub state: ProposalState,
    /// Who decided.
    pub checker: Option<StaffId>,
    /// Their staff number.
    pub checker_number: Option<String>,
    /// When it was made.
    pub made: Timestamp,
    /// Until when it can be decided.
    pub expires: Timestamp,
    /// When it was decided.
    pub decided: Option<Timestamp>,
    /// What came of carrying it out: the number of what was made, or the code of a refusal; else empty.
    pub outcome: String,
}

impl Proposal {
    /// Where it stands at `now`: an open one whose time is over is expired, whether or not that was written yet.
    pub(crate) fn at(mut self, now: Timestamp) -> Self {
        if self.state == ProposalState::Open && now >= self.expires {
            self.state = ProposalState::Expired;
        }
        self
    }

    /// Why somebody of the staff may not decide it now; none if they may.
    pub fn objection(&self, member: StaffId, roles: Roles, branch: &str) -> Option<Refusal> {
        let not_theirs = !self.branch.is_empty() && self.branch != branch;
        if not_theirs {
            return Some(Refusal::new("staff.proposal_not_found", 404));
        }
        if self.maker == member {
            return Some(Refusal::new("staff.own_proposal", 403));
        }
        if self.about == Some(member) {
            return Some(Refusal::new("staff.about_oneself", 403));
        }
        if !roles.meets(self.checkers) {
            return Some(Refusal::new("staff.not_allowed", 403));
        }
        if self.state != ProposalState::Open {
            return Some(Refusal::new("staff.proposal_over", 409).with("state", self.state.code()));
        }
        None
    }
}

/// A proposal to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProposal {
    /// Makes at most one proposal of this maker, however often the form is sent.
    pub key: String,
    /// See [`Proposal::kind`].
    pub kind: &'static str,
    /// See [`Proposal::subject`].
    pub subject: String,
    /// See [`Proposal::payload`].
    pub payload: String,
    /// See [`Proposal::reason`].
    pub reason: String,
    /// Whether it is the whole bank's affair and not the maker's branch's.
    pub bank_wide: bool,
    /// See [`Proposal::about`].
    pub about: Option<StaffId>,
    /// See [`Proposal::checkers`].
    pub checkers: Roles,
}

/// A reason, trimmed. Refuses with `staff.reason_invalid`.
pub(crate) fn check_reason(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    let length = reason.chars().count();
    if length == 0 || length > REASON_MAX || reason.contains(char::is_control) {
        let refusal = Refusal::new("staff.reason_invalid", 422).with("field", "reason");
        return Err(refusal.with("most", REASON_MAX as i64));
    }
    Ok(reason.to_owned())
}

/// The key of a form. Refuses with `staff.key_invalid`.
pub(crate) fn check_key(key: &str) -> Result<(), Refusal> {
    let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if key.is_empty() || key.len() > KEY_MAX || !plain {
        return Err(Refusal::new("staff.key_invalid", 400));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    #[test]
    fn who_may_decide_is_a_table() {
        let proposal = |state| Proposal {
            id: ProposalId(1),
            kind: "test".into(),
            subject: String::new(),
            payload: String::new(),
            reason: "r".into(),
            branch: "0571".into(),
            maker: StaffId(1),
            maker_number: "1".into(),
            is_maker_disabled: false,
            about: Some(StaffId(4)),
            checkers: Roles::of(&[Role::Supervisor]),
            state,
            checker: None,
            checker_number: None,
            made: Timestamp(0),
            expires: Timestamp(10),
            decided: None,
            outcome: String::new(),
        };
        let (teller, supervisor) = (Roles::of(&[Role::Teller]), Roles::of(&[Role::Teller, Role::Supervisor]));
        let open = ProposalState::Open;
        for (member, roles, branch, state, expected) in [
            (2, supervisor, "0571", open, None),
            (1, supervisor, "0571", open, Some("staff.own_proposal")),
            (4, supervisor, "0571", open, Some("staff.about_oneself")),
            (2, teller, "0571", open, Some("staff.not_allowed")),
            (2, supervisor, "0010", open, Some("staff.proposal_not_found")),
            (2, supervisor, "0571", ProposalState::Done, Some("staff.proposal_over")),
            (2, supervisor, "0571", ProposalState::Withdrawn, Some("staff.proposal_over")),
        ] {
            let objection = proposal(state).objection(StaffId(member), roles, branch).map(|refusal| refusal.code);
            assert_eq!(objection, expected, "{member} {roles:?} {branch} {state:?}");
        }
        assert_eq!(proposal(open).at(Timestamp(9)).state, open);
        assert_eq!(proposal(open).at(Timestamp(10)).state, ProposalState::Expired);
        assert_eq!(proposal(ProposalState::Done).at(Timestamp(10)).state, ProposalState::Done);
    }

    #[test]
    fn words_read_back_and_a_reason_is_a_sentence() {
        for state in ProposalState::ALL {
            assert_eq!(ProposalState::from_code(state.code()), Some(state));
        }
        assert_eq!(check_reason("  司法冻结 ").unwrap(), "司法冻结");
        for reason in ["", "  ", "a\nb", &"长".repeat(151)] {
            assert_eq!(check_reason(reason).unwrap_err().code, "staff.reason_invalid");
        }
        assert!(check_key("0123abc-").is_ok() && check_key("").is_err() && check_key("a b").is_err());
    }
}
