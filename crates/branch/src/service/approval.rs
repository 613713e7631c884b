//! Two people: deciding, carrying out, and finishing what a stop left undone.

use crate::Desk;
use crate::model::work::Work;
use crate::service::customer::REASON_MAX;
use crate::service::limit::matrix_of;
use accounts::{DebitCardId, command_id};
use kit::{BankDay, Error, Fault, Refusal, Result};
use ledger::{AccountId, CommandId};
use passport::PersonId;
use payments::{ByHand, OrderNumber, OrderState, ReasonCode};
use staff::{Proposal, ProposalId, ProposalState, StaffSession};

/// What came of a decision.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The proposal as it stands now.
    pub proposal: Proposal,
    /// A first password that was made, to be shown to the checker once.
    pub password: Option<String>,
}

impl Desk {
    /// A second person says yes, and it is carried out. Refuses as [`Staff::approve`](staff::Staff::approve) does; what could
    /// not be carried out is told by the proposal's state.
    pub async fn approve(&self, session: &StaffSession, id: ProposalId) -> Result<Decided> {
        let approved = self.inner.staff.approve(session, id).await?;
        let password = self.carry_out(&approved).await?;
        Ok(Decided { proposal: self.inner.staff.proposal(session, id).await?, password })
    }

    /// Carries out what was approved and not yet carried out, because the bank stopped or was too busy. To be called at
    /// the start and every few seconds; gives how many were finished.
    pub async fn sweep(&self) -> Result<usize, Fault> {
        let mut finished = 0;
        for proposal in self.inner.staff.approved().await? {
            match self.carry_out(&proposal).await {
                Ok(_) => finished += 1,
                Err(error) => {
                    tracing::warn!(%error, proposal = proposal.id.0, "a proposal could not be carried out; it is tried again");
                }
            }
        }
        Ok(finished)
    }

    /// Carries out one approved proposal. What the bank refuses for good settles it as failed; what may work later leaves
    /// it approved.
    async fn carry_out(&self, proposal: &Proposal) -> Result<Option<String>> {
        let _turn = self.inner.carrying_out.lock().await;
        if !self.inner.staff.is_approved(proposal.id).await? {
            return Ok(None);
        }
        if let Some(password) = self.inner.staff.carry_out(proposal).await? {
            return Ok(password);
        }
        match self.carry_out_work(proposal).await {
            Ok(made) => self.inner.staff.settle(proposal, Ok(made)).await?,
            Err(Error::Refusal(refusal)) if refusal.status < 500 => {
                self.inner.staff.settle(proposal, Err(&refusal)).await?;
            }
            Err(error) => return Err(error),
        }
        Ok(None)
    }

    async fn carry_out_work(&self, proposal: &Proposal) -> Result<String> {
        let command = command_of(proposal.id);
        let both = format!("{}+{}", proposal.maker_number, proposal.checker_number.as_deref().unwrap_or_default());
        let reason = marked(proposal);
        match Work::decode(&proposal.payload)? {
            Work::Cash { way, account, amount_minor, cash_box, memo } => {
                let booked = self.book_cash(command, way, AccountId(account), amount_minor, &cash_box, &memo).await?;
                Ok(booked.to_string())
            }
            Work::Move { way, amount_minor, cash_box } => {
                Ok(self.book_move(command, way, amount_minor, &cash_box).await?.to_string())
            }
            Work::Unfreeze { account } => {
                self.inner.accounts.unfreeze(&both, AccountId(account), &reason).await?;
                Ok(String::new())
            }
            Work::Permit { person, .. } => {
                self.inner.passport.permit_factor(PersonId(person), &both).await?;
                Ok(String::new())
            }
            Work::Password { person, .. } => {
                self.inner.passport.reset_password_at_counter(PersonId(person)).await?;
                Ok(String::new())
            }
            Work::Mobile { person, former, mobile, .. } => {
                self.inner.passport.change_mobile_at_counter(PersonId(person), &former, &mobile).await?;
                Ok(String::new())
            }
            Work::Limits { basis, from, lines } => {
                let matrix = matrix_of(BankDay(from), &lines)?;
                let (made, checked) = (&proposal.maker_number, proposal.checker_number.as_deref().unwrap_or_default());
                let version = self.inner.accounts.adopt_matrix(proposal.id.0, basis, &matrix, made, checked).await?;
                Ok(format!("v{version}"))
            }
            Work::RemoveFactor { person, factor, ids, .. } => {
                self.carry_out_removal(proposal, PersonId(person), &factor, &ids).await?;
                Ok(String::new())
            }
            Work::CardUnfreeze { card, .. } => {
                let (card, stood) = (DebitCardId(card), proposal.made);
                self.inner.accounts.unfreeze_debit_card_at_counter(&both, &reason, card, stood).await?;
                Ok(String::new())
            }
            Work::CardReplace { card, .. } => {
                self.inner.accounts.replace_debit_card_at_counter(&both, &reason, DebitCardId(card)).await?;
                Ok(String::new())
            }
            Work::Correct { order } => {
                let order = OrderNumber(order);
                match self.inner.payments.correct(&both, order, &reason).await {
                    Ok(contra) => Ok(contra.to_string()),
                    Err(Error::Refusal(refusal)) if refusal.code == "payments.already_corrected" => {
                        self.own_correction(order, &reason, refusal).await
                    }
                    Err(error) => Err(error),
                }
            }
            Work::GiveBack { order, code, .. } => {
                let hand = by_hand(proposal, both, String::new());
                let returned =
                    self.inner.payments.return_by_hand(OrderNumber(order), ReasonCode::read(&code), &hand).await?;
                Ok(returned.to_string())
            }
            Work::Settle { order, day, evidence, .. } => {
                let hand = by_hand(proposal, both, evidence);
                self.inner.payments.settle_by_hand(OrderNumber(order), BankDay(day), &hand).await?;
                Ok(String::new())
            }
            Work::Release { order, evidence, .. } => {
                let hand = by_hand(proposal, both, evidence);
                self.inner.payments.release_by_hand(OrderNumber(order), &hand).await?;
                Ok(String::new())
            }
        }
    }

    /// The contra entry of an order that was corrected already, if it was for this very proposal before a stop.
    async fn own_correction(&self, order: OrderNumber, reason: &str, refusal: Refusal) -> Result<String> {
        let facts = self.inner.payments.order_for_staff(order).await?;
        match facts.related {
            Some(contra) if facts.state == OrderState::Corrected && facts.reason.as_deref() == Some(reason) => {
                Ok(contra.to_string())
            }
            _ => Err(refusal.into()),
        }
    }
}

/// What a proposal books, it books under this id.
fn command_of(id: ProposalId) -> CommandId {
    command_id("branch.proposal", &id.0.to_be_bytes())
}

/// What two people decided, under the proposal's number.
fn by_hand(proposal: &Proposal, by: String, evidence: String) -> ByHand {
    let decision = format!("proposal:{}", proposal.id);
    ByHand { by, reason: proposal.reason.clone(), evidence, decision }
}

/// The reason with the proposal's number, by which a contra entry is known again.
fn marked(proposal: &Proposal) -> String {
    let reason: String = proposal.reason.chars().take(REASON_MAX).collect();
    format!("{reason} (#{})", proposal.id)
}

/// What a page says of a proposal's state, for lists.
pub(crate) fn is_waiting(proposal: &Proposal) -> bool {
    matches!(proposal.state, ProposalState::Open | ProposalState::Approved)
}
