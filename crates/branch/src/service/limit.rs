//! The matrix of limits: looked at, and another one proposed. Two people change it, for the whole bank.

use crate::model::act;
use crate::model::work::{LimitLine, Work};
use crate::service::customer::check_reason;
use crate::{Desk, Done};
use accounts::{Caps, Matrix, MatrixVersion, Method};
use kit::{BankDay, Refusal, Result};
use passport::Channel;
use staff::{NewProposal, Proposal, Role, Roles, StaffSession};

/// What the trail calls the matrix.
const SUBJECT: &str = "limits";

/// The matrix as staff see it.
#[derive(Debug, Clone)]
pub struct LimitsView {
    /// The version that was asked for, or the one of today.
    pub matrix: Matrix,
    /// The number of the one that holds today.
    pub today: i64,
    /// All that two people made, the newest first.
    pub versions: Vec<MatrixVersion>,
    /// What was proposed, as far as the member may see it, the newest first.
    pub proposals: Vec<Proposal>,
}

/// Another matrix, as a form says it.
#[derive(Debug, Clone)]
pub struct LimitsForm {
    /// The version that was the newest when the form was drawn.
    pub basis: i64,
    /// Its first day.
    pub from: BankDay,
    /// Every line.
    pub lines: Vec<(Method, Channel, Caps)>,
    /// Why.
    pub reason: String,
    /// Of the form.
    pub key: String,
}

/// What a proposed matrix changes.
#[derive(Debug, Clone)]
pub(crate) struct LimitsChange {
    /// What would hold on its first day without it.
    pub(crate) before: Matrix,
    /// What is proposed.
    pub(crate) after: Matrix,
    /// The day on which a version takes over that was decided before it, and that version's number.
    pub(crate) until: Option<(BankDay, i64)>,
    /// Whether another version was adopted after this was proposed.
    pub(crate) is_stale: bool,
}

impl Desk {
    /// The matrix of today, or a version. Refuses with `staff.not_allowed`, `accounts.matrix_not_found`.
    pub async fn limits(&self, session: &StaffSession, version: Option<i64>) -> Result<LimitsView> {
        let detail = version.map_or(String::new(), |version| format!("version {version}"));
        self.inner.staff.looked(session, &act::LIMITS, SUBJECT, &detail).await?;
        let today = self.inner.accounts.matrix().await?;
        let number = today.version;
        let matrix = match version {
            Some(version) => self.inner.accounts.matrix_version(version).await?,
            None => today,
        };
        let proposals = self.inner.staff.proposals(session).await?;
        Ok(LimitsView {
            matrix,
            today: number,
            versions: self.inner.accounts.matrix_versions().await?,
            proposals: proposals.into_iter().filter(|proposal| proposal.subject == SUBJECT).collect(),
        })
    }

    /// What a form starts from: the number of the newest version, and the matrix that holds once every version has come.
    /// Refuses with `staff.not_allowed`.
    pub(crate) async fn limits_basis(&self, session: &StaffSession) -> Result<(i64, Matrix)> {
        self.inner.staff.looked(session, &act::CHANGE_LIMITS, SUBJECT, "form").await?;
        let newest = self.newest_limits().await?;
        Ok((newest, self.inner.accounts.matrix_as_of(newest, BankDay(i32::MAX)).await?))
    }

    /// The highest number of a version.
    pub(crate) async fn newest_limits(&self) -> Result<i64> {
        Ok(self.inner.accounts.matrix_versions().await?.first().map_or(0, |version| version.version))
    }

    /// What a proposal would change, or changed; none if it is about something else. For a page that is written down by
    /// itself.
    pub(crate) async fn limits_change(&self, work: &Work) -> Result<Option<LimitsChange>> {
        let Work::Limits { basis, from, lines } = work else { return Ok(None) };
        let from = BankDay(*from);
        let versions = self.inner.accounts.matrix_versions().await?;
        let later = versions.iter().filter(|version| version.version <= *basis && version.from > from);
        let next = later.min_by_key(|version| (version.from, std::cmp::Reverse(version.version)));
        Ok(Some(LimitsChange {
            before: self.inner.accounts.matrix_as_of(*basis, from).await?,
            after: matrix_of(from, lines)?,
            until: next.map(|version| (version.from, version.version)),
            is_stale: versions.first().is_some_and(|newest| newest.version != *basis),
        }))
    }

    /// Proposes another matrix. A supervisor decides who did not propose it.
    ///
    /// Refuses with `staff.not_allowed`, `branch.reason_invalid`, `branch.limits_same` if the day would have the same
    /// limits without it, `accounts.matrix_invalid`, `accounts.matrix_from_past`, `accounts.matrix_from_far`,
    /// `accounts.matrix_stale` if another version was adopted since the form was drawn, and as
    /// [`Staff::propose`](staff::Staff::propose) does.
    pub async fn propose_limits(&self, session: &StaffSession, form: &LimitsForm) -> Result<Done> {
        self.inner.staff.allow(session, &act::CHANGE_LIMITS, SUBJECT).await?;
        let reason = check_reason(&form.reason)?;
        let matrix = Matrix::try_new(0, form.from, form.lines.iter().copied())?;
        self.inner.accounts.check_matrix(&matrix)?;
        let newest = self.newest_limits().await?;
        if form.basis != newest {
            return Err(Refusal::new("accounts.matrix_stale", 409).with("field", "from").with("newest", newest).into());
        }
        if matrix.lines().eq(self.inner.accounts.matrix_as_of(newest, form.from).await?.lines()) {
            return Err(Refusal::new("branch.limits_same", 422).with("field", "from").into());
        }
        let line = |(method, channel, caps): (Method, Channel, Caps)| LimitLine {
            method: method.code().to_owned(),
            channel: channel.code().to_owned(),
            payment_minor: caps.payment_minor,
            day_minor: caps.day_minor,
            month_minor: caps.month_minor,
        };
        let work = Work::Limits { basis: newest, from: form.from.0, lines: matrix.lines().map(line).collect() };
        let proposal = NewProposal {
            key: form.key.clone(),
            kind: work.kind(),
            subject: SUBJECT.to_owned(),
            payload: work.encode()?,
            reason,
            bank_wide: true,
            about: None,
            checkers: Roles::of(&[Role::Supervisor]),
        };
        Ok(Done::Proposed(self.inner.staff.propose(session, &act::CHANGE_LIMITS, proposal).await?))
    }
}

/// The matrix that a proposal's lines make. Refuses with `accounts.matrix_invalid`.
pub(crate) fn matrix_of(from: BankDay, lines: &[LimitLine]) -> Result<Matrix, Refusal> {
    let line = |line: &LimitLine| {
        let caps = Caps { payment_minor: line.payment_minor, day_minor: line.day_minor, month_minor: line.month_minor };
        Some((Method::from_code(&line.method)?, Channel::from_code(&line.channel)?, caps))
    };
    let lines: Option<Vec<_>> = lines.iter().map(line).collect();
    let lines = lines.ok_or_else(|| Refusal::new("accounts.matrix_invalid", 422).with("line", "unknown"))?;
    Matrix::try_new(0, from, lines)
}
