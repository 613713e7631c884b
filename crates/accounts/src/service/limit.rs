//! Limits of what customers confirm: the matrix of the day, one's own lower ones, and the counters of the ledger whose caps
//! follow both. A cap is in the ledger before a payment that it binds is sent there, and a lowered one before its owner is
//! told.

use crate::model::document::{Document, command_id};
use crate::model::limit::{
    LIMITED_CHANNELS, LIMITS, LimitCounter, LimitKind, Matrix, Method, OwnCap, OwnCaps, OwnLimit, OwnSet, limits_of,
    terms_of,
};
use crate::model::usage::{SmsUsage, Used};
use crate::service::ledger_error;
use crate::service::open::opened_counter;
use crate::store::limit::MatrixVersion;
use crate::{Accounts, store};
use db::Tx;
use kit::{BankDay, Fault, Refusal, Result, Timestamp};
use ledger::{Action, Command, CommandId, CounterId, Window};
use passport::{Acting, Channel, CustomerId, Tier};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

/// Limits remembered; beyond that all are forgotten and asked for again.
const REMEMBER: usize = 1_000_000;

/// What is known of limits in this process, which alone writes to its ledger.
#[derive(Default)]
pub(crate) struct LimitDirectory {
    known: RwLock<HashMap<(i64, Method, u8), Known>>,
    matrices: RwLock<Option<Matrices>>,
    /// Raised with each change, so that what was read before it is not remembered after it.
    changes: AtomicU64,
}

#[derive(Clone)]
struct Known {
    limits: [LimitCounter; LIMITS],
    /// From then on the caps may be others.
    until: Timestamp,
}

/// The most days that a matrix is decided ahead.
const AHEAD_MAX: i32 = 366;

/// The matrix of a bank day, and the day on which another follows.
#[derive(Clone)]
struct Matrices {
    all: Vec<Matrix>,
}

impl Matrices {
    /// The newest that holds on a day.
    fn on(&self, day: BankDay) -> Matrix {
        self.on_as_of(i64::MAX, day)
    }

    /// The same as it was when this version was the newest.
    fn on_as_of(&self, newest: i64, day: BankDay) -> Matrix {
        let holds = self.all.iter().filter(|matrix| matrix.from <= day && matrix.version <= newest);
        holds.max_by_key(|matrix| (matrix.from, matrix.version)).cloned().unwrap_or_else(Matrix::initial)
    }

    /// The next day on which another one holds.
    fn next_after(&self, day: BankDay) -> Option<BankDay> {
        self.all.iter().map(|matrix| matrix.from).filter(|from| *from > day).min()
    }
}

/// How much of one limit of a payment is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitUsed {
    /// What it limits.
    pub kind: LimitKind,
    /// Over which time.
    pub window: Window,
    /// Whether the cap is the customer's own.
    pub is_own: bool,
    /// Cap, used, left; minor units.
    pub used: Used,
}

impl Accounts {
    /// The matrix that holds today.
    pub async fn matrix(&self) -> Result<Matrix> {
        let today = self.inner.terms.calendar.day(self.inner.clock.now());
        Ok(self.matrices().await?.on(today))
    }

    /// Versions of the matrix beside the bank's first one, the newest first.
    pub async fn matrix_versions(&self) -> Result<Vec<MatrixVersion>> {
        Ok(store::limit::versions(&self.inner.db).await?)
    }

    /// The lines of a version. Refuses with `accounts.matrix_not_found`.
    pub async fn matrix_version(&self, version: i64) -> Result<Matrix> {
        let found = self.matrices().await?.all.into_iter().find(|matrix| matrix.version == version);
        Ok(found.ok_or_else(|| Refusal::new("accounts.matrix_not_found", 404))?)
    }

    /// The matrix that holds on a day as far as versions up to this one say: what a proposal that was made when that was the
    /// newest would change.
    pub async fn matrix_as_of(&self, newest: i64, day: BankDay) -> Result<Matrix> {
        Ok(self.matrices().await?.on_as_of(newest, day))
    }

    /// Checks a matrix that is proposed: its first day may not be over, nor further ahead than a year. Refuses with
    /// `accounts.matrix_from_past`, `accounts.matrix_from_far`.
    pub fn check_matrix(&self, matrix: &Matrix) -> Result<()> {
        let today = self.inner.terms.calendar.day(self.inner.clock.now());
        if matrix.from < today {
            return Err(Refusal::new("accounts.matrix_from_past", 422).with("field", "from").into());
        }
        if matrix.from.0.saturating_sub(today.0) > AHEAD_MAX {
            return Err(Refusal::new("accounts.matrix_from_far", 422).with("field", "from").into());
        }
        Ok(())
    }

    /// Makes a matrix that two people agreed on the next version, once for a proposal; gives its number. It holds from its
    /// first day on, or from now on if that came while it waited for the second person.
    ///
    /// `basis` is the version that was the newest when it was proposed. Refuses with `accounts.matrix_stale` when another
    /// has come since.
    pub async fn adopt_matrix(
        &self,
        proposal: i64,
        basis: i64,
        matrix: &Matrix,
        made_by: &str,
        checked_by: &str,
    ) -> Result<i64> {
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&["limit_matrix"]).await?;
        let version = match store::limit::of_proposal(&mut tx, proposal).await? {
            Some(version) => version,
            None => {
                let newest = store::limit::newest(&mut tx).await?;
                if newest != basis {
                    return Err(Refusal::new("accounts.matrix_stale", 409).with("newest", newest).into());
                }
                store::limit::insert(&mut tx, newest + 1, proposal, matrix, made_by, checked_by, now).await?;
                newest + 1
            }
        };
        tx.commit().await?;
        self.inner.limits.changes.fetch_add(1, Ordering::SeqCst);
        *self.inner.limits.matrices.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.inner.limits.known.write().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(version)
    }

    async fn matrices(&self) -> Result<Matrices> {
        if let Some(known) = &*self.inner.limits.matrices.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(known.clone());
        }
        let before = self.inner.limits.changes.load(Ordering::SeqCst);
        let mut all = vec![Matrix::initial()];
        for version in store::limit::versions(&self.inner.db).await? {
            all.push(store::limit::matrix(&self.inner.db, version.version, version.from).await?);
        }
        let read = Matrices { all };
        let mut known = self.inner.limits.matrices.write().unwrap_or_else(PoisonError::into_inner);
        if self.inner.limits.changes.load(Ordering::SeqCst) == before {
            *known = Some(read.clone());
        }
        Ok(read)
    }

    /// The limits that bind what a customer confirms by a method on a channel now, with their caps in the ledger. Their
    /// counters are opened at the first use.
    pub async fn limits(
        &self,
        customer: CustomerId,
        method: Method,
        channel: Channel,
    ) -> Result<[LimitCounter; LIMITS]> {
        let (key, now) = ((customer.0, method, channel.number()), self.inner.clock.now());
        let known = self.inner.limits.known.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known.filter(|known| now < known.until) {
            return Ok(known.limits);
        }
        let _door = self.inner.doors.enter(customer).await;
        self.settle_limits(customer, method, channel).await
    }

    /// Brings the caps in the ledger to what they are to be. Behind the customer's door.
    async fn settle_limits(
        &self,
        customer: CustomerId,
        method: Method,
        channel: Channel,
    ) -> Result<[LimitCounter; LIMITS]> {
        let now = self.inner.clock.now();
        let before = self.inner.limits.changes.load(Ordering::SeqCst);
        let calendar = &self.inner.terms.calendar;
        let (matrices, today) = (self.matrices().await?, calendar.day(now));
        let own = OwnCaps::at(&store::limit::own(&self.inner.db, customer).await?, now);
        let wanted = limits_of(&matrices.on(today), &own, method, channel);
        let holder = self.ensure_holder(customer).await?;
        let mut limits = Vec::with_capacity(LIMITS);
        for (place, (kind, window, cap_minor, is_own)) in wanted.into_iter().enumerate() {
            let id = counter_command(customer, method, channel, place);
            let terms = terms_of(self.inner.terms.institution, window, cap_minor);
            let counter = self.open_counter(holder, id, terms, &Document::SmsCounter { customer }).await?;
            limits.push(LimitCounter { kind, window, counter, cap_minor, is_own });
        }
        self.set_caps(&limits).await?;
        let next = matrices.next_after(today).map(|day| calendar.at_hour(day, 0)).transpose()?;
        let later = own.later.iter().map(|cap| cap.from).min();
        let until = [next, later].into_iter().flatten().min().unwrap_or(Timestamp(i64::MAX));
        let limits: [LimitCounter; LIMITS] =
            limits.try_into().map_err(|_| Fault::new("a payment has another number of limits"))?;
        let mut known = self.inner.limits.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBER {
            known.clear();
        }
        if self.inner.limits.changes.load(Ordering::SeqCst) == before {
            known.insert((customer.0, method, channel.number()), Known { limits, until });
        }
        Ok(limits)
    }

    /// Changes the caps in the ledger that are not what they are to be.
    async fn set_caps(&self, limits: &[LimitCounter]) -> Result<()> {
        let counters: Vec<CounterId> = limits.iter().map(|limit| limit.counter).collect();
        let views = self.inner.ledger.counters(&counters).await.map_err(ledger_error)?;
        for (limit, view) in limits.iter().zip(views) {
            let view = view.ok_or_else(|| Fault::new("the ledger does not know a limit counter"))?;
            if view.terms.cap_amount == limit.cap_minor {
                continue;
            }
            let action = Action::SetCaps { counter: limit.counter, cap_amount: limit.cap_minor, cap_count: None };
            // Doing it twice is doing it once, so the command needs no name that it could be asked for by.
            let name = [self.inner.ids.next().to_be_bytes(), limit.counter.0.to_be_bytes()].concat();
            let (id, time_ms) = (command_id("accounts.set_caps", &name), self.inner.clock.now().as_ms());
            let command = Command { id, time_ms, action, document: Vec::new() };
            let pending = self.inner.ledger.submit_waiting(vec![command]).await.map_err(ledger_error)?;
            pending.await.map_err(ledger_error)?;
        }
        Ok(())
    }

    /// How much of each limit of a method on a channel a customer has used.
    pub async fn limits_used(
        &self,
        customer: CustomerId,
        method: Method,
        channel: Channel,
    ) -> Result<[LimitUsed; LIMITS]> {
        let limits = self.limits(customer, method, channel).await?;
        let used = self.used(limits.map(|limit| limit.counter)).await?;
        Ok(std::array::from_fn(|place| LimitUsed {
            kind: limits[place].kind,
            window: limits[place].window,
            is_own: limits[place].is_own,
            used: used[place],
        }))
    }

    /// The same for who only looks: opens no counter, and of what has none nothing is used.
    pub async fn limits_seen(
        &self,
        customer: CustomerId,
        method: Method,
        channel: Channel,
    ) -> Result<[LimitUsed; LIMITS]> {
        let now = self.inner.clock.now();
        let today = self.inner.terms.calendar.day(now);
        let own = OwnCaps::at(&self.own_seen(customer).await?, now);
        let wanted = limits_of(&self.matrices().await?.on(today), &own, method, channel);
        let mut seen = Vec::with_capacity(LIMITS);
        for (place, (kind, window, cap_minor, is_own)) in wanted.into_iter().enumerate() {
            let opened = self.inner.ledger.entry(counter_command(customer, method, channel, place)).await?;
            let used_minor = match opened {
                Some(entry) => self.used([opened_counter(&entry.outcome)?]).await?[0].used_minor,
                None => 0,
            };
            // The cap is what holds from now on, wherever the ledger's counter stands until the next payment.
            let used = Used::of_cap(cap_minor.unwrap_or(i64::MAX), used_minor);
            seen.push(LimitUsed { kind, window, is_own, used });
        }
        seen.try_into().map_err(|_| Fault::new("a payment has another number of limits").into())
    }

    /// How much of what may be confirmed by text the customer for whom somebody acts has used.
    pub async fn sms_usage(&self, who: &Acting) -> Result<SmsUsage> {
        let channel = if who.device.is_some() { Channel::Web } else { Channel::Api };
        let [payment, _, _, day, month, _] = self.limits_used(who.customer, Method::SmsCode, channel).await?;
        Ok(SmsUsage { cap_payment_minor: payment.used.cap_minor, day: day.used, month: month.used })
    }

    /// The limits of one's own that hold now and later.
    pub async fn own_limits(&self, who: &Acting) -> Result<OwnCaps> {
        self.own_limits_of(who.customer).await
    }

    /// The same of anybody, for staff who may look.
    pub async fn own_limits_of(&self, customer: CustomerId) -> Result<OwnCaps> {
        Ok(OwnCaps::at(&self.own_seen(customer).await?, self.inner.clock.now()))
    }

    /// What a customer set, for those who look. The caps in the ledger follow what SQL says, never this.
    async fn own_seen(&self, customer: CustomerId) -> Result<Vec<OwnCap>, Fault> {
        let load = async {
            let own: Result<_, Fault> = store::limit::own(&self.inner.db, customer).await;
            let kept = |cap: &OwnCap| (cap.limit.code(), cap.cap_minor, cap.from.as_ms());
            Ok(Some(own?.iter().map(kept).collect::<Vec<_>>()))
        };
        let known: Result<_, Fault> = self.inner.shelves.own_limits.get_or_load(&customer.to_string(), load).await;
        let unknown = |word: &str| Fault::new(format!("no limit {word:?}"));
        let caps = known?.unwrap_or_default().into_iter().map(|(word, cap_minor, from_ms)| {
            let limit = OwnLimit::from_code(&word).ok_or_else(|| unknown(&word))?;
            Ok(OwnCap { limit, cap_minor, from: Timestamp(from_ms) })
        });
        caps.collect()
    }

    fn forget_own(&self, tx: &mut Tx, customer: CustomerId) {
        let own_limits = self.inner.shelves.own_limits.clone();
        tx.after_commit(move || own_limits.forget(&customer.to_string()));
    }

    /// Sets a limit of one's own: lowering holds when this returns, so that no payment passes the new cap any more; raising
    /// holds from `raised_from` on, and is not done without it. Which of the two it is is judged behind the customer's door, so
    /// that of two who lower at once none undoes the other.
    ///
    /// Refuses with `accounts.own_limit_invalid`.
    pub async fn set_own_limit(
        &self,
        customer: CustomerId,
        limit: OwnLimit,
        cap_minor: Option<i64>,
        raised_from: Option<Timestamp>,
    ) -> Result<OwnSet> {
        if cap_minor.is_some_and(|minor| minor < 0) {
            return Err(Refusal::new("accounts.own_limit_invalid", 422).with("field", "cap").into());
        }
        let _door = self.inner.doors.enter(customer).await;
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[&format!("own_limit/{customer}")]).await?;
        let present = OwnCaps::at(&store::limit::own_in(&mut tx, customer).await?, now);
        let is_lowering = cap_minor.unwrap_or(i64::MAX) <= present.of(limit).unwrap_or(i64::MAX);
        let from = if is_lowering { Some(now) } else { raised_from };
        let Some(from) = from else { return Ok(OwnSet::WouldRaise) };
        let cap = OwnCap { limit, cap_minor, from };
        store::limit::set_own(&mut tx, self.inner.ids.next(), customer, cap, now).await?;
        self.forget_own(&mut tx, customer);
        tx.commit().await?;
        self.settle_all(customer).await?;
        Ok(if is_lowering { OwnSet::Lowered(cap) } else { OwnSet::Raised(cap) })
    }

    /// Drops what of a customer's own limits waits to be raised, for the kill switch; gives how many there were.
    pub async fn drop_waiting_raises(&self, customer: CustomerId) -> Result<u64> {
        let _door = self.inner.doors.enter(customer).await;
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[&format!("own_limit/{customer}")]).await?;
        let dropped = store::limit::drop_all_later(&mut tx, customer, now).await?;
        self.forget_own(&mut tx, customer);
        tx.commit().await?;
        if dropped > 0 {
            self.settle_all(customer).await?;
        }
        Ok(dropped)
    }

    /// Brings every cap that the customer has in the ledger to what it is to be. Behind the customer's door.
    async fn settle_all(&self, customer: CustomerId) -> Result<()> {
        self.forget_limits(customer);
        for (method, channel) in every_line() {
            let first = counter_command(customer, method, channel, 0);
            if self.inner.ledger.entry(first).await?.is_some() {
                self.settle_limits(customer, method, channel).await?;
            }
        }
        Ok(())
    }

    fn forget_limits(&self, customer: CustomerId) {
        let mut known = self.inner.limits.known.write().unwrap_or_else(PoisonError::into_inner);
        for (method, channel) in every_line() {
            known.remove(&(customer.0, method, channel.number()));
        }
    }
}

fn every_line() -> impl Iterator<Item = (Method, Channel)> {
    Method::ALL.into_iter().flat_map(|method| LIMITED_CHANNELS.map(|channel| (method, channel)))
}

/// The command that opens the counter at a place of [`limits_of`]. Those of a tier and of the total are shared by methods and
/// channels; the first tier's are the ones that counted texts before there were others.
fn counter_command(customer: CustomerId, method: Method, channel: Channel, place: usize) -> CommandId {
    let customer = &customer.0.to_be_bytes()[..];
    match (place, method.tier()) {
        (3 | 4, Tier::One) => command_id("accounts.sms_counter", &[customer, &[place as u8 - 2]].concat()),
        (3 | 4, tier) => command_id("accounts.tier_counter", &[customer, &[tier.number() as u8, place as u8]].concat()),
        (5, _) => command_id("accounts.total_counter", customer),
        _ => {
            let name = [customer, &[channel.number(), place as u8], method.code().as_bytes()].concat();
            command_id("accounts.method_counter", &name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_and_total_are_shared_and_methods_and_channels_are_not() {
        let command = |method, channel, place| counter_command(CustomerId(7), method, channel, place);
        let web = |method, place| command(method, Channel::Web, place);
        assert_eq!(web(Method::SmsCode, 3), web(Method::Passkey, 3));
        assert_eq!(web(Method::SmsCode, 4), command(Method::SmsCode, Channel::Mobile, 4));
        assert_ne!(web(Method::SmsCode, 3), web(Method::OtpToken, 3));
        assert_ne!(web(Method::SmsCode, 3), web(Method::SmsCode, 4));
        assert_eq!(web(Method::SmsCode, 5), command(Method::SigningKey, Channel::Api, 5));
        assert_ne!(web(Method::SmsCode, 1), command(Method::SmsCode, Channel::Mobile, 1));
        assert_ne!(web(Method::SmsCode, 1), web(Method::Passkey, 1));
        assert_ne!(web(Method::SmsCode, 5), counter_command(CustomerId(8), Method::SmsCode, Channel::Web, 5));
    }
}
