//! The kill switch (一键止付): everything that could act for a customer ends in one act.
//!
//! What is wished is written down first and done step by step, each of which may be done twice: sessions, tokens, devices and
//! the security epoch in one transaction of the passport; then the ledger's epoch, from where on nothing that was authorised
//! before moves money; then what waits. A stop in between is made up by [`Payments::run_due`].

use crate::model::hold::{End, HoldReason, recall_command_id};
use crate::model::schedule::ScheduleState;
use crate::service::hold::Ended;
use crate::store;
use crate::{OrderNumber, Payments};
use accounts::{AccountRef, command_id, ledger_error};
use kit::{Fault, Result, Timestamp};
use ledger::{Action, Command};
use notify::Notice;
use passport::{Acting, CustomerId, PersonId, SessionId};

/// How long one that began is left to who began it, in milliseconds.
const LEFT_ALONE_MS: i64 = 10_000;

/// What the kill switch ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Killed {
    /// Sessions in browsers.
    pub sessions: u64,
    /// Tokens of programs.
    pub tokens: u64,
    /// Devices.
    pub devices: u64,
    /// Passkeys.
    pub passkeys: u64,
    /// Cards whose online use was stopped.
    pub cards: u64,
    /// Payments that nobody had confirmed yet.
    pub drafts: u64,
    /// Payments whose money waited and is back.
    pub recalled: u64,
    /// Schedules.
    pub schedules: u64,
    /// Payments that were handed to the clearing network before and can no longer be stopped.
    pub on_their_way: Vec<OrderNumber>,
}

/// Who pulled the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KilledBy<'a> {
    /// The person, in this session.
    Owner(SessionId),
    /// A member of staff with this number, for a person who called.
    Staff(&'a str),
}

impl Payments {
    /// Ends everything that could act for a customer, and tells what that was. Doing it again ends what is new.
    pub async fn kill(&self, person: PersonId, customer: CustomerId, by: KilledBy<'_>) -> Result<Killed> {
        let now = self.inner.clock.now();
        let id = self.inner.ids.next();
        let words = match by {
            KilledBy::Owner(_) => "owner".to_owned(),
            KilledBy::Staff(number) => format!("staff {number}"),
        };
        let session = match by {
            KilledBy::Owner(session) => Some(session),
            KilledBy::Staff(_) => None,
        };
        store::kill::begin(&self.inner.db, id, person, customer, &words, now).await?;
        self.end_all(id, person, customer, session, &words).await
    }

    /// Makes up what a stop left unfinished; gives how many.
    pub(crate) async fn finish_kills(&self, now: Timestamp) -> Result<u64> {
        // One that began a moment ago may be at work.
        let open = store::kill::open(&self.inner.db, now.plus_ms(-LEFT_ALONE_MS)).await?;
        for kill in &open {
            self.end_all(kill.id, kill.person, kill.customer, None, &kill.words).await?;
        }
        Ok(open.len() as u64)
    }

    async fn end_all(
        &self,
        id: i64,
        person: PersonId,
        customer: CustomerId,
        session: Option<SessionId>,
        words: &str,
    ) -> Result<Killed> {
        let ended = self.inner.passport.end_everything(person, customer, session, words).await?;
        // Cards first: who decides about one reads the epoch before the card.
        let cards = self.inner.accounts.stop_cards_online(customer).await?;
        self.raise_ledger_epoch(customer, ended.epoch).await?;
        let now = self.inner.clock.now();
        let drafts = store::draft::expire_all(&self.inner.db, customer, now).await?;
        let mut killed = Killed {
            sessions: ended.sessions,
            tokens: ended.tokens,
            devices: ended.devices,
            cards,
            passkeys: ended.passkeys,
            drafts,
            ..Killed::default()
        };
        for schedule in store::schedule::of_customer(&self.inner.db, customer).await? {
            if schedule.state == ScheduleState::Active {
                let mut tx = self.inner.db.begin_write(&[store::schedule::lock(schedule.id).as_str()]).await?;
                store::schedule::cancel(&mut tx, schedule.id).await?;
                tx.commit().await?;
                killed.schedules += 1;
            }
        }
        self.inner.accounts.fresh().await;
        let accounts: Vec<i64> =
            self.inner.accounts.of_customer(customer).await?.iter().map(|one| one.account.id.0 as i64).collect();
        for order in store::hold::waiting(&self.inner.db, &accounts).await? {
            let Some(hold) = store::hold::of_order(&self.inner.db, order).await? else { continue };
            if hold.reason == HoldReason::Card {
                // A shop has the bank's word for it; the card pays nothing new without being there.
                continue;
            }
            if hold.reason == HoldReason::Clearing {
                // Only the network's word ends it.
                killed.on_their_way.push(order);
                continue;
            }
            let (action, end) = (Action::Void { hold: hold.command }, End::Recalled(person));
            if self.end_hold(recall_command_id(hold.command), action, end, now).await? == Ended::ByThis {
                killed.recalled += 1;
            }
        }
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::kill::done(&mut tx, id, now).await?;
        let notice = Notice::new("kill_switch").link("/me/activity").key(format!("kill/{id}"));
        notify::tell_in(&mut tx, &self.inner.ids, now, person.0, &notice).await?;
        tx.commit().await?;
        Ok(killed)
    }

    /// Brings the ledger's security epoch of a payer to the one that a living session carries: who pulled the switch before
    /// their first account was opened has a holder that knows nothing of it.
    pub(crate) async fn settle_epoch(&self, who: &Acting, payer: &AccountRef) -> Result<()> {
        let present = self.inner.ledger.epoch(payer.holder).await.map_err(ledger_error)?;
        if present.is_some_and(|present| present < who.epoch) {
            self.raise_ledger_epoch(who.customer, who.epoch).await?;
        }
        Ok(())
    }

    /// Raises the ledger's security epoch of a customer to the passport's. One without accounts has none.
    async fn raise_ledger_epoch(&self, customer: CustomerId, epoch: u32) -> Result<()> {
        let Some(holder) = self.inner.accounts.of_customer(customer).await?.first().map(|one| one.account.holder)
        else {
            return Ok(());
        };
        let present = self.inner.ledger.epoch(holder).await.map_err(ledger_error)?;
        let present = present.ok_or_else(|| Fault::new("an account's holder is not known"))?;
        for next in present + 1..=epoch {
            // The epoch names the command: it is raised to it once, whoever asks.
            let name = [&customer.0.to_be_bytes()[..], &next.to_be_bytes()].concat();
            let (id, time_ms) = (command_id("payments.kill", &name), self.inner.clock.now().as_ms());
            let command = Command { id, time_ms, action: Action::RaiseEpoch { holder }, document: Vec::new() };
            match self.inner.ledger.execute(command).await {
                Ok(_) | Err(ledger::SubmitError::Conflict { .. }) => {}
                Err(error) => return Err(ledger_error(error)),
            }
        }
        Ok(())
    }
}
