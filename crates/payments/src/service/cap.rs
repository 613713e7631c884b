//! How far each thing reaches with which a customer can confirm a payment.

use crate::Payments;
use crate::model::cap::{Cap, CapInputs, CapReason, effective_cap};
use crate::model::channel::{Channel, Factor};
use crate::model::draft::DraftId;
use crate::model::refusal::{cap_refusal, text};
use crate::service::schedule::currency;
use crate::store::draft::StoredDraft;
use accounts::{LIMITS, LimitCounter, LimitUsed, Method, OwnLimit, limit_uses, limit_uses_elsewhere, uses_of};
use kit::{Refusal, Result};
use ledger::{AccountId, LimitUse, Side, Window};
use money::Amount;
use passport::{Acting, CustomerId, Holding};

/// One thing with which a payment can be confirmed, and how far it reaches now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmWay {
    /// What its owner holds.
    pub holding: Holding,
    /// How far it reaches, and why not further.
    pub cap: Cap,
}

/// How far a method reaches on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodReach {
    /// By what.
    pub method: Method,
    /// From where.
    pub channel: Channel,
    /// Whether the customer holds something of this method. If not, nothing is counted as used.
    pub is_held: bool,
    /// Its limits, in their order.
    pub limits: [LimitUsed; LIMITS],
    /// How far it reaches now, and why not further.
    pub cap: Cap,
}

impl Payments {
    /// How far every method reaches for a customer in browsers and on bound devices, for staff who may look. Limits of an
    /// account's class are not among them: they are the account's.
    pub async fn reach_of(&self, customer: CustomerId, held: &[Method]) -> Result<Vec<MethodReach>> {
        let mut reach = Vec::new();
        for method in Method::ALL {
            for channel in [Channel::Web, Channel::Mobile] {
                let is_held = held.contains(&method);
                let limits = self.inner.accounts.limits_seen(customer, method, channel).await?;
                let cap = effective_cap(&CapInputs { limits: Some(&limits), ..CapInputs::default() });
                reach.push(MethodReach { method, channel, is_held, limits, cap });
            }
        }
        Ok(reach)
    }

    /// Everything with which a customer can confirm a payment from one of their accounts where they are now, weakest first.
    /// Refuses with `accounts.not_found`.
    pub async fn confirm_ways(&self, who: &Acting, payer: AccountId) -> Result<Vec<ConfirmWay>> {
        let is_limited = self.inner.accounts.payer(who, payer).await?.class.is_some();
        let is_bound = self.inner.passport.is_bound(who).await?;
        let channel = if is_bound { Channel::Mobile } else { Channel::from(who.kind) };
        self.ways(who, channel, payer, is_limited).await
    }

    /// The same for a draft. Refuses with `payments.draft_not_found`.
    pub async fn draft_ways(&self, who: &Acting, draft: DraftId) -> Result<Vec<ConfirmWay>> {
        let draft = self.own_draft(who, draft).await?;
        let is_limited = self.is_class_limited(&draft).await?;
        let subject = self.subject(&draft).await?;
        let is_bound = self.inner.passport.device_question(who, &subject).await?.is_some();
        let channel = if is_bound { Channel::Mobile } else { draft.channel };
        let mut ways = self.ways(who, channel, draft.payer, is_limited).await?;
        if draft.when.is_scheduled() {
            // What is scheduled counts in the windows of the day on which it is paid.
            ways.iter_mut().for_each(|way| way.cap.parts.retain(|part| is_of_payment(part.reason)));
        }
        Ok(ways)
    }

    async fn ways(
        &self,
        who: &Acting,
        channel: Channel,
        payer: AccountId,
        is_class_limited: bool,
    ) -> Result<Vec<ConfirmWay>> {
        let account = self.inner.accounts.view(who, payer).await?;
        // An account that is frozen, reported lost or closed pays nothing, whatever confirms it.
        let is_locked = account.frozen || account.closed;
        let usage = if is_class_limited { self.inner.accounts.usage(who, payer).await? } else { None };
        let mut ways = Vec::new();
        for holding in self.inner.passport.holdings(who).await? {
            let Some(method) = Method::of(holding.factor) else { continue };
            let limits = self.inner.accounts.limits_used(who.customer, method, channel).await?;
            let inputs = CapInputs { limits: Some(&limits), class: usage.as_ref(), is_locked, ..CapInputs::default() };
            let cap = effective_cap(&inputs);
            ways.push(ConfirmWay { holding, cap });
        }
        Ok(ways)
    }

    /// Refuses what nothing that the customer holds can confirm, by what bounds the thing that reaches furthest.
    pub(crate) async fn check_reach(
        &self,
        who: &Acting,
        payer: AccountId,
        amount: Amount,
        is_later: bool,
    ) -> Result<()> {
        let mut ways = self.ways(who, Channel::from(who.kind), payer, false).await?;
        if self.inner.passport.is_bound(who).await? {
            ways.extend(self.ways(who, Channel::Mobile, payer, false).await?);
        }
        if is_later {
            ways.iter_mut().for_each(|way| way.cap.parts.retain(|part| is_of_payment(part.reason)));
        }
        if ways.iter().any(|way| way.cap.reaches(amount.minor)) {
            return Ok(());
        }
        let furthest = ways.iter().max_by_key(|way| way.cap.left_minor().unwrap_or(i64::MAX));
        let broken = furthest.and_then(|way| Some((way.holding.factor, way.cap.broken_by(amount.minor)?)));
        match broken {
            Some((factor, part)) => {
                let refusal = cap_refusal(part, factor, amount);
                Err(self.explained(who, Channel::from(who.kind), payer, amount, refusal).await?.into())
            }
            None => Err(Refusal::new("payments.factor_too_weak", 403).into()),
        }
    }

    /// A refusal of a draft by a limit, with what is said in [`explained`](Self::explained).
    pub(crate) async fn explained_draft(&self, who: &Acting, id: DraftId, refusal: Refusal) -> Result<Refusal> {
        if text(&refusal, "limit").is_none() {
            return Ok(refusal);
        }
        let draft = self.own_draft(who, id).await?;
        let currency = currency(self.account(draft.payer).await?.currency)?;
        let is_bound = self.inner.passport.is_bound(who).await?;
        let channel = if is_bound { Channel::Mobile } else { draft.channel };
        let amount = Amount::new(draft.amount_minor, currency);
        self.explained(who, channel, draft.payer, amount, refusal).await
    }

    /// Says of a refusal by a limit whether it is the customer's own, and in `reached_by` the weakest thing with which the
    /// payment could be confirmed on this channel: `reached_by_held` is `yes` if the customer holds it, `no` if they could get
    /// it. Says nothing of it where nothing reaches.
    async fn explained(
        &self,
        who: &Acting,
        channel: Channel,
        payer: AccountId,
        amount: Amount,
        refusal: Refusal,
    ) -> Result<Refusal> {
        let method = text(&refusal, "factor").and_then(Factor::from_code).and_then(Method::of);
        let own = self.inner.accounts.own_limits(who).await?;
        let is_own = |limit| own.of(limit).is_some_and(|cap| refusal.integer("cap_minor") == Some(cap));
        let own_reason = method.and_then(|method| match text(&refusal, "limit") {
            Some("method_payment") if is_own(OwnLimit::Payment(method)) => Some(CapReason::Own(Window::Payment)),
            Some("method_day") if is_own(OwnLimit::Day(method)) => Some(CapReason::Own(Window::Day)),
            _ => None,
        });
        let refusal = match own_reason {
            Some(reason) => refusal.with("limit", reason.code()),
            None => refusal,
        };
        let ways = self.ways(who, channel, payer, false).await?;
        if let Some(way) = ways.iter().find(|way| way.cap.reaches(amount.minor)) {
            return Ok(refusal.with("reached_by", way.holding.factor.code()).with("reached_by_held", "yes"));
        }
        for method in Method::ALL {
            let limits = self.inner.accounts.limits_seen(who.customer, method, channel).await?;
            let cap = effective_cap(&CapInputs { limits: Some(&limits), ..CapInputs::default() });
            let is_held = ways.iter().any(|way| Method::of(way.holding.factor) == Some(method));
            if !is_held && cap.reaches(amount.minor) {
                return Ok(refusal.with("reached_by", method.code()).with("reached_by_held", "no"));
            }
        }
        Ok(refusal)
    }

    /// The counters to which a payment is charged that was confirmed by this on this channel. Refuses with
    /// `payments.factor_too_weak` for what confirms nothing.
    pub(crate) async fn limits_of_factor(
        &self,
        customer: CustomerId,
        factor: Factor,
        channel: Channel,
    ) -> Result<Vec<LimitUse>> {
        let Some(method) = Method::of(factor) else { return Ok(Vec::new()) };
        let limits: [LimitCounter; LIMITS] = self.inner.accounts.limits(customer, method, channel).await?;
        Ok(uses_of(&limits))
    }

    async fn is_class_limited(&self, draft: &StoredDraft) -> Result<bool> {
        let payer = self.account(draft.payer).await?;
        let Some(class) = payer.class else { return Ok(false) };
        let uses = match &draft.elsewhere {
            Some(to) => limit_uses_elsewhere(&payer, Side::Debit, to.card.is_some()),
            None => limit_uses(&payer, &self.account(draft.payee).await?),
        };
        Ok(uses.iter().any(|limit| limit.counter == class.paid_day))
    }
}

fn is_of_payment(reason: CapReason) -> bool {
    matches!(
        reason,
        CapReason::Method(Window::Payment)
            | CapReason::Own(Window::Payment)
            | CapReason::Locked
            | CapReason::Mandate
            | CapReason::Risk
    )
}
