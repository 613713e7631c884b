//! The bank's own people: who they are, what they may do, what needs two of them, and what they did.
//!
//! * A **member** (员工) signs in with a staff number, a password and the code of a **token** (动态令牌) or a passkey, sits at a branch and has **roles** (岗位): teller,
//!   supervisor, auditor, administrator, clearing clerk, security. Their sessions have nothing to do with customers'.
//! * An **act** (操作) is what a role may do; the rooms above name theirs. Everything is refused that no role of the member
//!   allows.
//! * A **proposal** (待复核) is an act that needs a second person. Maker and checker are never the same, and the very
//!   statement that writes the approval says so; it is carried out at most once, also when the bank stops in between.
//! * The **audit trail** (审计日志) has a row for every act, look-ups included. Each row's hash covers the row before it,
//!   so that a row changed or taken away shows.
//!
//! Rules: the first password is made by the bank, is good once and for three days, and its owner must choose another;
//! a role is given only when two administrators agree; the trail is written in the same transaction as what it tells, or
//! before it; it holds numbers of people and accounts, never their names, numbers to call or secrets.
//!
//! * A **passkey** (通行密钥) that recognises its owner takes the place of the token's code. A member adds one after a code in the
//!   same session; it goes when their tokens are lost.
//! * A first token is enrolled after the first password was replaced; leave to enrol another, or a spare one, comes from two
//!   administrators. A code counts once; a clock that goes wrong is followed up to five minutes.
//!
//! * A **security case** (安全事件) is what somebody said was not them; security staff note what they find and close it.
//!
//! Absent: work queues; sign-in by a passkey without a password.

mod migrations;
mod model;
mod service;
mod store;

pub use model::act::Act;
pub use model::audit::{AuditChain, AuditFilter, AuditRow, CUSTOMER, ChainCheck, CustomerAct};
pub use model::audit_file::{AuditFormat, AuditWriter, check_audit_file};
pub use model::case::{CaseNote, NewSecurityCase, SecurityCase};
pub use model::key::{KEY_LABEL_MAX, StaffKey};
pub use model::member::{Member, NewMember, Role, Roles};
pub use model::proposal::{NewProposal, Proposal, ProposalState};
pub use model::session::{SignInStep, StaffSession, StaffVisitor};
pub use service::case::UNMASKED_MS;
pub use service::member::{Granted, RESET_KIND, ROLES_KIND, TOKEN_KIND};
pub use service::session::{StaffSignedIn, StaffToken};
pub use service::token::{Enrolment, ShownCode};
pub use store::STATEMENTS;

use credential::webauthn::RelyingParty;
use credential::{BreachedPasswords, HashCost, Hasher};
use db::Db;
use kit::{Clock, Fault, IdMaker, Random};
use std::sync::Arc;

kit::typed_id!(
    /// A member of staff.
    StaffId
);
kit::typed_id!(
    /// A proposal that waits, or waited, for a second person.
    ProposalId
);

kit::typed_id!(
    /// A passkey of a member.
    StaffKeyId
);

kit::typed_id!(
    /// A case of something that somebody said was not them.
    SecurityCaseId
);

/// What members of staff do about members of staff.
pub mod acts {
    use crate::{Act, Role};

    /// Looking at members, adding, disabling, proposing roles and new passwords.
    pub const MEMBERS: Act = Act::new("staff.members", &[Role::Administrator]);
    /// Reading and checking the audit trail.
    pub const AUDIT: Act = Act::new("staff.audit", &[Role::Auditor]);
    /// Looking into what people said was not them: reading, noting, closing.
    pub const SECURITY_CASES: Act = Act::new("staff.security_cases", &[Role::Security]);
}

/// The tables of this room.
pub fn room() -> db::Room {
    db::Room { name: "staff", migrations: migrations::MIGRATIONS }
}

/// What a bank may set.
#[derive(Debug, Clone)]
pub struct Rules {
    /// A session unused for so long is over, in milliseconds.
    pub idle_ms: i64,
    /// A session is over after so long whatever happens, in milliseconds.
    pub session_ms: i64,
    /// A proposal that nobody decided is over after so long, in milliseconds.
    pub proposal_ms: i64,
    /// A password that the bank made is good for so long, in milliseconds.
    pub one_time_ms: i64,
    /// Members with one of these roles prove a sign-in with a token's code too; if there are any, members without a role do.
    /// Whoever has a token is asked for it.
    pub second_step: Roles,
    /// Passwords known from thefts elsewhere, which nobody may choose; none compares with no list.
    pub breached: Option<BreachedPasswords>,
    /// The bank at the address where staff reach it; none where browsers know no passkeys.
    pub relying_party: Option<RelyingParty>,
    /// What hashing a password may cost. Staff have a queue of their own: customers cannot fill it.
    pub hashing: HashCost,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            idle_ms: 15 * 60_000,
            session_ms: 12 * 3_600_000,
            proposal_ms: 12 * 3_600_000,
            one_time_ms: 72 * 3_600_000,
            second_step: Roles::of(&Role::ALL),
            breached: None,
            relying_party: None,
            hashing: HashCost::default(),
        }
    }
}

impl Rules {
    /// The same rules with a password hash that costs next to nothing, at `http://localhost:8080`.
    pub fn for_tests() -> Self {
        let relying_party = RelyingParty::try_new("http://localhost:8080", "Tongbao").ok().flatten();
        Self { relying_party, hashing: HashCost { memory_kib: 8, passes: 1, ..HashCost::default() }, ..Self::default() }
    }
}

/// What the service is made of.
pub struct Parts {
    /// Open and migrated.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// For tokens and first passwords.
    pub random: Random,
    /// For numbers of members, sessions, proposals.
    pub ids: Arc<IdMaker>,
    /// Seals the seeds of tokens.
    pub seal_key: [u8; 32],
    /// What the bank set.
    pub rules: Rules,
    /// Which places of the navigation a member with these roles has; the rooms with pages know.
    pub places: fn(Roles) -> Vec<&'static str>,
}

/// The staff service. Clones share everything.
#[derive(Clone)]
pub struct Staff {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clock: Arc<dyn Clock>,
    random: Random,
    ids: Arc<IdMaker>,
    hasher: Hasher,
    seal_key: [u8; 32],
    rules: Rules,
    places: fn(Roles) -> Vec<&'static str>,
}

impl Staff {
    /// Puts the service together.
    pub fn try_new(parts: Parts) -> Result<Self, Fault> {
        let Parts { db, clock, random, ids, seal_key, rules, places } = parts;
        let hasher = Hasher::try_new(rules.hashing, random.clone())?;
        Ok(Self { inner: Arc::new(Inner { db, clock, random, ids, hasher, seal_key, rules, places }) })
    }
}
