//! The kill switch (一键止付): everything that could act for a customer ends in one act.
//!
//! What is wished is written down first and done step by step, each of which may be done twice: sessions, tokens, devices and
//! the security epoch in one transaction of the passport; then the ledger's epoch, from where on nothing that was authorised
//! before moves money; then what waits. A stop in between is made up by [`Payments::run_due`].

use crate::model::hold::{End, HoldReason, recall_command_id};
use crate::model::idempotency::check_key;
use crate::service::hold::Ended;
use crate::store;
use crate::store::kill::StoredKill;
use crate::{OrderNumber, Payments};
use accounts::{AccountRef, command_id, ledger_error};
use kit::{Fault, Refusal, Result, Timestamp};
use ledger::{Action, Command};
use notify::Notice;
use passport::{Acting, CustomerId, PersonId, SessionId};
use serde::{Deserialize, Serialize};

/// How long one that began is left to who began it, in milliseconds.
const LEFT_ALONE_MS: i64 = 10_000;

kit::typed_id!(
    /// A kill switch that was pulled.
    KillId
);

/// What the kill switch ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
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
    /// Limits of one's own that were to be raised later.
    #[serde(default)]
    pub raises: u64,
    /// Payments that were handed to the clearing network before and can no longer be stopped.
    #[serde(with = "orders")]
    pub on_their_way: Vec<OrderNumber>,
}

/// Numbers of orders as they are stored.
mod orders {
    use crate::OrderNumber;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(orders: &[OrderNumber], out: S) -> Result<S::Ok, S::Error> {
        orders.iter().map(|order| order.0).collect::<Vec<_>>().serialize(out)
    }

    pub(super) fn deserialize<'a, D: Deserializer<'a>>(stored: D) -> Result<Vec<OrderNumber>, D::Error> {
        Ok(Vec::deserialize(stored)?.into_iter().map(OrderNumber).collect())
    }
}

/// A kill switch on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KillRecord {
    /// When it was pulled.
    pub began: Timestamp,
    /// When everything was ended; none: the rest follows within seconds.
    pub done: Option<Timestamp>,
    /// The member of staff who pulled it; none is its owner.
    pub by_staff: Option<String>,
    /// What was ended; none while it is not done.
    pub killed: Option<Killed>,
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
        let kill = self.new_kill(person, customer, by);
        store::kill::begin(&self.inner.db, &kill, None, self.inner.clock.now()).await?;
        let session = match by {
            KilledBy::Owner(session) => Some(session),
            KilledBy::Staff(_) => None,
        };
        self.end_all(kill.id, person, customer, session, &kill.words).await
    }

    /// The same by a member of staff, once for a form: sent again it gives what was done, and finishes it if a stop came in
    /// between. Authority and audit are the caller's. Refuses with `idempotency.key_invalid`, and with
    /// `idempotency.conflict` for a key that stopped somebody else.
    pub async fn kill_for_staff(
        &self,
        person: PersonId,
        customer: CustomerId,
        number: &str,
        key: &str,
    ) -> Result<KillId> {
        check_key(Some(key))?;
        let form_key = format!("{number}/{key}");
        let mut kill = self.new_kill(person, customer, KilledBy::Staff(number));
        if !store::kill::begin(&self.inner.db, &kill, Some(&form_key), self.inner.clock.now()).await? {
            let known = store::kill::of_key(&self.inner.db, &form_key).await?;
            kill = known.ok_or_else(|| Fault::new("a kill switch that was pulled is gone"))?;
            if kill.person != person {
                return Err(Refusal::new("idempotency.conflict", 409).into());
            }
            if self.killed(person, KillId(kill.id)).await?.done.is_some() {
                return Ok(KillId(kill.id));
            }
        }
        self.end_all(kill.id, person, customer, None, &kill.words).await?;
        Ok(KillId(kill.id))
    }

    /// What a kill switch of a person ended. Refuses with `payments.kill_not_found`, for another person's too.
    pub async fn killed(&self, person: PersonId, id: KillId) -> Result<KillRecord> {
        let kept = store::kill::one(&self.inner.db, person, id).await?;
        let kept = kept.ok_or_else(|| Refusal::new("payments.kill_not_found", 404))?;
        let by_staff = kept.words.strip_prefix("staff ").map(str::to_owned);
        Ok(KillRecord { began: kept.began, done: kept.done, by_staff, killed: kept.ended })
    }

    fn new_kill(&self, person: PersonId, customer: CustomerId, by: KilledBy<'_>) -> StoredKill {
        let words = match by {
            KilledBy::Owner(_) => "owner".to_owned(),
            KilledBy::Staff(number) => format!("staff {number}"),
        };
        StoredKill { id: self.inner.ids.next(), person, customer, words }
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
        let (ended, waits) = self.inner.passport.end_everything(person, customer, session, words).await?;
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
            raises: self.inner.accounts.drop_waiting_raises(customer).await?,
            ..Killed::default()
        };
        loop {
            let active = store::schedule::active_of_customer(&self.inner.db, customer).await?;
            for id in &active {
                let mut tx = self.inner.db.begin_write(&[store::schedule::lock(*id).as_str()]).await?;
                killed.schedules += store::schedule::cancel(&mut tx, *id).await?;
                tx.commit().await?;
            }
            if active.is_empty() {
                break;
            }
        }
        self.inner.accounts.fresh().await;
        let accounts: Vec<i64> =
            self.inner.accounts.of_customer(customer).await?.iter().map(|one| one.account.id.0 as i64).collect();
        let mut orders = Vec::new();
        loop {
            let after = orders.last().copied();
            let more = store::hold::waiting_after(&self.inner.db, &accounts, after).await?;
            if more.is_empty() {
                break;
            }
            orders.extend(more);
        }
        for order in orders {
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
        // Money first: only the answer waits until no node lets a session of before in.
        waits.over().await;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::kill::done(&mut tx, id, &killed, now).await?;
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
