//! Proposals. The rule of two people stands in [`DECIDE`] itself, and in the table's own checks.

use crate::model::member::Roles;
use crate::model::proposal::{NewProposal, Proposal, ProposalState};
use crate::{ProposalId, StaffId};
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};

/// A query for whole proposals with this end.
macro_rules! proposals {
    ($end:literal) => {
        concat!(
            "SELECT m.disabled_ms AS maker_disabled_ms, p.id, p.kind, p.subject, p.payload, p.reason, p.branch, p.maker, m.number AS maker_number, \
             p.about, p.checkers, p.state, p.checker, c.number AS checker_number, p.made_ms, p.expires_ms, p.decided_ms, \
             p.outcome FROM staff_proposal p JOIN staff_member m ON m.id = p.maker \
             LEFT JOIN staff_member c ON c.id = p.checker ",
            $end
        )
    };
}

db::statements! {
    INSERT = "INSERT INTO staff_proposal (id, form_key, kind, subject, payload, reason, branch, maker, about, checkers, \
     state, checker, made_ms, expires_ms, decided_ms, settled_ms, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
     $10, 'open', NULL, $11, $12, NULL, NULL, '') ON CONFLICT (maker, form_key) DO NOTHING";
    OF_KEY = "SELECT id, kind, subject, payload FROM staff_proposal WHERE maker = $1 AND form_key = $2";
    /// Somebody else of the right branch, who has one of the right roles at this moment. What somebody proposed who may not
    /// sign in any more can be rejected alone.
    DECIDE = "UPDATE staff_proposal SET state = $3, checker = $2, decided_ms = $4 WHERE id = $1 AND state = 'open' \
     AND expires_ms > $4 AND maker <> $2 AND (about IS NULL OR about <> $2) AND EXISTS (SELECT 1 FROM staff_member m \
     WHERE m.id = $2 AND m.disabled_ms IS NULL AND (m.roles & staff_proposal.checkers) <> 0 \
     AND (staff_proposal.branch = '' OR staff_proposal.branch = m.branch)) \
     AND ($3 = 'rejected' OR EXISTS (SELECT 1 FROM staff_member k WHERE k.id = staff_proposal.maker \
     AND k.disabled_ms IS NULL))";
    WITHDRAW = "UPDATE staff_proposal SET state = 'withdrawn', decided_ms = $3 \
     WHERE id = $1 AND maker = $2 AND state = 'open'";
    SETTLE = "UPDATE staff_proposal SET state = $2, settled_ms = $3, outcome = $4 WHERE id = $1 AND state = 'approved'";
    BY_ID = proposals!("WHERE p.id = $1");
    /// Oldest first.
    IN_STATE = proposals!("WHERE p.state = $1 ORDER BY p.id LIMIT $2");
    /// Those of a branch and of the whole bank, newest first.
    OF_BRANCH = proposals!("WHERE p.branch = $1 OR p.branch = '' ORDER BY p.id DESC LIMIT $2");
    EXPIRE = "UPDATE staff_proposal SET state = 'expired' WHERE state = 'open' AND expires_ms <= $1";
}

/// Whether the maker's key was new.
pub(crate) async fn insert(
    tx: &mut Tx,
    id: ProposalId,
    new: &NewProposal,
    maker: StaffId,
    branch: &str,
    now: Timestamp,
    expires: Timestamp,
) -> Result<bool, Fault> {
    let what = params![
        id.0,
        new.key.as_str(),
        new.kind,
        new.subject.as_str(),
        new.payload.as_str(),
        new.reason.as_str(),
        branch
    ];
    let who = params![maker.0, new.about.map(|about| about.0), new.checkers.bits(), now, expires];
    Ok(tx.execute(INSERT, [what, who].concat()).await? == 1)
}

/// The proposal that a maker's key made, if it was for the same thing.
pub(crate) async fn of_key(tx: &mut Tx, new: &NewProposal, maker: StaffId) -> Result<Option<ProposalId>, Fault> {
    let Some(row) = tx.query_opt(OF_KEY, params![maker.0, new.key.as_str()]).await? else { return Ok(None) };
    let same =
        row.text("kind")? == new.kind && row.text("subject")? == new.subject && row.text("payload")? == new.payload;
    let id = ProposalId(row.i64("id")?);
    Ok(same.then_some(id))
}

pub(crate) async fn by_id(db: &Db, id: ProposalId) -> Result<Option<Proposal>, Fault> {
    db.query_opt(BY_ID, params![id.0]).await?.as_ref().map(proposal).transpose()
}

/// Those of a branch and of the whole bank in this state, oldest first.
pub(crate) async fn in_state(db: &Db, state: ProposalState, limit: u32) -> Result<Vec<Proposal>, Fault> {
    db.query(IN_STATE, params![state.code(), limit]).await?.iter().map(proposal).collect()
}

/// The newest of a branch and of the whole bank.
pub(crate) async fn of_branch(db: &Db, branch: &str, limit: u32) -> Result<Vec<Proposal>, Fault> {
    db.query(OF_BRANCH, params![branch, limit]).await?.iter().map(proposal).collect()
}

/// Whether it could be decided so by this member.
pub(crate) async fn decide(
    tx: &mut Tx,
    id: ProposalId,
    checker: StaffId,
    state: ProposalState,
    now: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(DECIDE, params![id.0, checker.0, state.code(), now]).await? == 1)
}

pub(crate) async fn withdraw(tx: &mut Tx, id: ProposalId, maker: StaffId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(WITHDRAW, params![id.0, maker.0, now]).await? == 1)
}

/// Whether it was waiting to be settled.
pub(crate) async fn settle(
    tx: &mut Tx,
    id: ProposalId,
    state: ProposalState,
    outcome: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(SETTLE, params![id.0, state.code(), now, outcome]).await? == 1)
}

pub(crate) async fn expire(db: &Db, now: Timestamp) -> Result<u64, Fault> {
    db.execute(EXPIRE, params![now]).await
}

fn proposal(row: &Row) -> Result<Proposal, Fault> {
    let state = row.text("state")?;
    Ok(Proposal {
        id: ProposalId(row.i64("id")?),
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        payload: row.text("payload")?,
        reason: row.text("reason")?,
        branch: row.text("branch")?,
        maker: StaffId(row.i64("maker")?),
        maker_number: row.text("maker_number")?,
        is_maker_disabled: row.opt_i64("maker_disabled_ms")?.is_some(),
        about: row.opt_i64("about")?.map(StaffId),
        checkers: Roles::from_bits(row.i64("checkers")?),
        state: ProposalState::from_code(&state)
            .ok_or_else(|| Fault::new(format!("no state of a proposal is {state:?}")))?,
        checker: row.opt_i64("checker")?.map(StaffId),
        checker_number: row.opt_text("checker_number")?,
        made: Timestamp(row.i64("made_ms")?),
        expires: Timestamp(row.i64("expires_ms")?),
        decided: row.opt_i64("decided_ms")?.map(Timestamp),
        outcome: row.text("outcome")?,
    })
}
