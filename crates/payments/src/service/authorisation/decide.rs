//! The decision about one use of a card.

use crate::Payments;
use crate::model::authorisation::{Asked, AuthorisationState};
use crate::model::channel::{Channel, PaymentKind};
use crate::model::hold::{HoldReason, HoldTerms, card_hold_command_id};
use crate::model::instruction::PaymentInstruction;
use crate::model::refusal::refusal_of;
use crate::store;
use crate::store::authorisation::StoredAuthorisation;
use accounts::{CardUse, DebitCard, DebitCardId, LockKind, Method, UseChannel, ledger_error, uses_of};
use kit::{Fault, Refusal, Result, Timestamp};
use ledger::{Command, CounterId, Effect, EpochCheck, LimitUse, Outcome, Reason, Side, SubmitError};
use passport::Tier;

impl Payments {
    /// Decides, and sets the money aside. Refuses with the reason why not.
    pub(super) async fn decide_card(
        &self,
        stored: &mut StoredAuthorisation,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<()> {
        let (Some(id), Some(number)) = (stored.purchase.card, &asked.number) else {
            return Err(Refusal::new("accounts.debit_card_unknown", 404).into());
        };
        let card = self.inner.accounts.debit_card_for_staff(id).await?;
        let terminal_counter = card.terminal_counter;
        let account = self.account(card.account).await?;
        // The epoch of before the card's state is looked at: what a kill switch does in between is seen by the ledger.
        let epoch = self.inner.ledger.epoch(account.holder).await.map_err(ledger_error)?;
        let epoch = epoch.ok_or_else(|| Fault::new("the holder of an account is not known"))?;
        let command = card_hold_command_id(&stored.reference, stored.attempt);
        // Asked before and interrupted after the ledger had answered: that stands.
        let outcome = match self.inner.ledger.entry(command).await? {
            Some(entry) => entry.outcome,
            None => {
                if store::authorisation::is_reversed_before(&self.inner.db, &stored.reference).await? {
                    return Err(Refusal::new("payments.authorisation_over", 409).into());
                }
                let card = self.may_be_used(id, number, asked, now).await?;
                let billed = stored.purchase.billed;
                let billed = billed.ok_or_else(|| Refusal::new("payments.card_currency_unknown", 422))?;
                let (kind, channel) = (PaymentKind::CardPayment, Channel::CardTerminal);
                let settlement = self.card_settlement().await?;
                let base = PaymentInstruction::new(
                    command,
                    stored.order,
                    kind,
                    channel,
                    account,
                    settlement,
                    billed.minor,
                    now,
                );
                let until = stored.purchase.expires.unwrap_or(now);
                let is_cash = asked.card_use.channel == UseChannel::Atm;
                let hold = (!is_cash).then_some(HoldTerms { reason: HoldReason::Card, until });
                let more_limits = self.card_limits(&card, &asked.card_use).await?;
                let instruction = PaymentInstruction {
                    hold,
                    more_limits,
                    epoch: Some(EpochCheck { holder: account.holder, epoch }),
                    ..base
                };
                self.inner.policy.check(channel, instruction.factor, billed)?;
                self.ledger_decides(instruction.command()).await?
            }
        };
        self.take_outcome(stored, outcome, terminal_counter)
    }

    /// What the ledger's answer to a use means for it. Refuses with the reason why not.
    pub(super) fn take_outcome(
        &self,
        stored: &mut StoredAuthorisation,
        outcome: Outcome,
        terminal_counter: CounterId,
    ) -> Result<()> {
        let billed = stored.purchase.billed.ok_or_else(|| Fault::new("a decided use of a card has no price"))?;
        match outcome {
            Outcome::Done(Effect::Held { amount }) => {
                stored.held_minor = amount;
                stored.purchase.open_minor = stored.purchase.amount.minor;
                stored.purchase.state = AuthorisationState::Approved;
                Ok(())
            }
            Outcome::Done(Effect::Posted(_)) => {
                stored.purchase.captured_minor = stored.purchase.amount.minor;
                stored.purchase.state = AuthorisationState::Captured;
                stored.purchase.expires = None;
                Ok(())
            }
            Outcome::Refused(Reason::LimitExceeded { counter, cap, used, .. }) if counter == terminal_counter => {
                let left = cap.saturating_sub(used).max(0);
                Err(LockKind::TerminalDay.refusal().with("cap_minor", cap).with("left_minor", left).into())
            }
            Outcome::Refused(reason) => {
                let factor = crate::model::channel::Factor::None;
                Err(refusal_of(&reason, billed, &[], factor).into())
            }
            Outcome::Done(other) => Err(Fault::new(format!("a use of a card ended as {other:?}")).into()),
        }
    }

    /// Whether the card may be used like this, before anything is counted. Gives the card as it is now.
    async fn may_be_used(
        &self,
        id: DebitCardId,
        number: &accounts::DebitCardNumber,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<DebitCard> {
        // One at a time, so that wrong codes and months are counted before the next one is looked at.
        let _door = self.inner.card_desk.card(id).await;
        let card = self.inner.accounts.debit_card_for_staff(id).await?;
        if let Some(refusal) = card.state.refusal() {
            return Err(refusal.into());
        }
        if asked.card_use.is_not_present() {
            if !card.is_online {
                return Err(Refusal::new("accounts.debit_card_offline", 403).into());
            }
            let Some(code) = asked.cvv.as_deref() else {
                return Err(Refusal::new("accounts.debit_card_code_missing", 403).into());
            };
            self.inner.accounts.check_card_code(&card, number, asked.expiry, code).await?;
        } else {
            self.inner.accounts.check_card_expiry(&card, asked.expiry).await?;
        }
        // By the clock that was told and by the bank's own.
        let found = [asked.card_use, asked.at_bank_time(now)].map(|card_use| card.locks.refuses(&card_use));
        match LockKind::ALL.into_iter().find(|kind| found.contains(&Some(*kind))) {
            Some(lock) => Err(lock.refusal().into()),
            None => Ok(card),
        }
    }

    /// The counters of a use beside those of the account: what the card pays at terminals in a day, and for payments without
    /// the card the limits of what opened it to them, in which the same confirms transfers.
    pub(super) async fn card_limits(&self, card: &DebitCard, card_use: &CardUse) -> Result<Vec<LimitUse>> {
        let mut uses = Vec::new();
        if card_use.is_at_terminal() {
            uses.push(LimitUse { counter: card.terminal_counter, side: Side::Debit });
        }
        if card_use.is_not_present() {
            let method = match card.online_tier {
                Tier::None | Tier::One => Method::SmsCode,
                Tier::Two => Method::OtpToken,
                Tier::Three => Method::SigningKey,
            };
            uses.extend(uses_of(&self.inner.accounts.limits(card.customer, method, Channel::Web).await?));
        }
        Ok(uses)
    }

    /// What the ledger decides about a command, now or when it was sent before.
    pub(super) async fn ledger_decides(&self, command: Command) -> Result<Outcome> {
        let id = command.id;
        match self.inner.ledger.execute(command).await {
            Ok(answer) => Ok(answer.outcome),
            Err(SubmitError::Conflict { .. }) => {
                let entry = self.inner.ledger.entry(id).await?;
                Ok(entry.ok_or_else(|| Fault::new("a decided command is gone"))?.outcome)
            }
            Err(error) => Err(ledger_error(error)),
        }
    }
}
