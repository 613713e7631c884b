//! Money for somebody who is no customer yet: it waits three days, goes to them when they come, and back when they do not.
//!
//! The ledger's hold is the one truth: it is posted, voided or runs out once, whoever is first. What stands here in tables
//! only says for whom it waits. Giving it on is a chain of two commands, so that the receiver's own limits decide in the
//! same step; what they refuse keeps waiting. A try is named by its number, which is raised only after the ledger refused it:
//! sent again after a crash it is the same try.

use crate::Payments;
use crate::model::channel::{Channel, Factor, PaymentKind};
use crate::model::draft::{Payee, PayeeBy};
use crate::model::hold::{End, INVITATION_MS, claim_command_ids};
use crate::model::instruction::{PaymentInstruction, draft_command_id};
use crate::model::receipt::Party;
use crate::model::refusal::refusal_of;
use crate::model::when::When;
use crate::service::draft::is_unknown;
use crate::service::payee::FoundPayee;
use crate::service::schedule::currency;
use crate::store;
use crate::store::draft::StoredDraft;
use crate::store::hold::{Ended, StoredHold};
use crate::store::invitation::StoredInvitation;
use accounts::{AccountRef, chart, ledger_error};
use kit::{Error, Fault, Refusal, Result, Timestamp};
use ledger::{Action, Command, Outcome, Reason, SubmitError};
use money::Amount;
use notify::{Language, Notice, Text};
use passport::{Acting, Mobile, Person};

/// Invitations that a person may make in a day: each sends a text to somebody who did not ask for it.
pub const INVITATIONS_A_DAY: i64 = 10;
const DAY_MS: i64 = 24 * 3_600_000;
/// How soon a person who came is found.
const LOOK_AGAIN_MS: i64 = 5_000;
/// How soon a text that the gateway did not take is tried again.
const TEXT_AGAIN_MS: i64 = 60_000;
/// How soon money is offered again that the receiver's account did not take.
const OFFER_AGAIN_MS: i64 = 3_600_000;

/// Money that waits for the customer for whom somebody acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingForYou {
    /// Who pays, as others may see them.
    pub payer: String,
    /// How much.
    pub amount: Amount,
    /// When it goes back.
    pub until: Timestamp,
}

impl Payments {
    /// The payee that this text names, or, if the number is no customer's yet, who would be invited, without a name.
    ///
    /// Refuses as [`Payments::payee`] does, and with `payments.invitation_not_possible` what is no mobile number.
    pub async fn payee_or_invitee(
        &self,
        who: &Acting,
        payer: Option<ledger::AccountId>,
        text: &str,
    ) -> Result<(Payee, bool)> {
        match self.payee(who, payer, text).await {
            Ok(payee) => Ok((payee, false)),
            Err(error) if is_unknown(&error) => Ok((nameless(invited_mobile(text)?.masked()), true)),
            Err(error) => Err(error),
        }
    }

    /// Who is to be invited, and the number. Refuses with `payments.invitation_not_possible`,
    /// `payments.invitations_too_many`.
    pub(crate) async fn invitee(&self, who: &Acting, text: &str, when: When) -> Result<(FoundPayee, Option<String>)> {
        let mobile = invited_mobile(text)?;
        if when != When::Now {
            return Err(not_possible().into());
        }
        let mut look = self.inner.db.begin_read().await?;
        let since = self.inner.clock.now().plus_ms(INVITATION_MS - DAY_MS);
        let none = crate::OrderNumber(0);
        if store::invitation::made_since(&mut look, who.person, since, none).await? >= INVITATIONS_A_DAY {
            return Err(too_many().into());
        }
        drop(look);
        let (account, shown) = (self.suspense().await?, mobile.masked());
        Ok((FoundPayee { account, by: PayeeBy::Mobile, shown }, Some(mobile.e164().to_owned())))
    }

    /// The bank's account through which such money goes.
    pub(crate) async fn suspense(&self) -> Result<AccountRef, Fault> {
        let found = self.inner.accounts.by_alias(&format!("bank:{}", chart::SUSPENSE)).await?;
        found.ok_or_else(|| Fault::new("the bank has no account for money that waits"))
    }

    /// Writes down for whom a draft's money is going to wait. Refuses with `payments.invitations_too_many`.
    pub(crate) async fn keep_invitation(&self, draft: &StoredDraft, mobile: &str, now: Timestamp) -> Result<()> {
        let invitation = StoredInvitation {
            order: draft.order,
            command: draft_command_id(draft.id.0),
            person: draft.person,
            mobile: mobile.to_owned(),
            amount_minor: draft.amount_minor,
            currency: self.account(draft.payer).await?.currency,
            expires: now.plus_ms(INVITATION_MS),
            texted: None,
            attempt: 1,
        };
        let mut tx = self.inner.db.begin_write(&[store::invitation::lock(draft.person).as_str()]).await?;
        let since = now.plus_ms(INVITATION_MS - DAY_MS);
        if store::invitation::made_since(&mut tx, draft.person, since, draft.order).await? >= INVITATIONS_A_DAY {
            return Err(too_many().into());
        }
        store::invitation::insert(&mut tx, &invitation, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What waits for the customer for whom somebody acts; it comes by itself once they have an account.
    pub async fn waiting_for(&self, who: &Acting) -> Result<Vec<WaitingForYou>> {
        let person = self.inner.passport.person(who.person).await?.ok_or_else(|| Fault::new("a person is gone"))?;
        let mut waiting = Vec::new();
        for invitation in store::invitation::for_mobile(&self.inner.db, person.mobile.e164()).await? {
            let hold = store::hold::of_order(&self.inner.db, invitation.order).await?;
            if let Some(hold) = hold.filter(|hold| hold.ended.is_none()) {
                let amount = Amount::new(invitation.amount_minor, currency(invitation.currency)?);
                waiting.push(WaitingForYou { payer: self.payer_name(&invitation).await?, amount, until: hold.until });
            }
        }
        Ok(waiting)
    }

    /// [`Self::claim_invitations`] after something that makes room, where nobody waits for the outcome: should it fail,
    /// the bank's clock tries again.
    pub async fn claim_in_passing(&self, who: &Acting) {
        if let Err(error) = self.claim_invitations(who).await {
            tracing::warn!(%error, "invitations wait for the bank's clock");
        }
    }

    /// Gives the customer for whom somebody acts what waits for them, as far as their account takes it; gives how many
    /// invitations that were. The bank's clock does the same within seconds.
    pub async fn claim_invitations(&self, who: &Acting) -> Result<u64> {
        let person = self.inner.passport.person(who.person).await?.ok_or_else(|| Fault::new("a person is gone"))?;
        let waiting = store::invitation::for_mobile(&self.inner.db, person.mobile.e164()).await?;
        if waiting.is_empty() {
            return Ok(0);
        }
        self.inner.accounts.fresh().await;
        let (mut claimed, now) = (0, self.inner.clock.now());
        for invitation in waiting {
            claimed += u64::from(self.go_on(&invitation, now).await?);
        }
        Ok(claimed)
    }

    /// Goes on with the invitations whose next try is due; gives how many were claimed.
    pub(crate) async fn run_invitations(&self, now: Timestamp) -> Result<u64> {
        let mut claimed = 0;
        for invitation in store::invitation::due(&self.inner.db, now).await? {
            claimed += u64::from(self.go_on(&invitation, now).await?);
        }
        Ok(claimed)
    }

    /// Does what is next for one invitation; whether its money was given on.
    async fn go_on(&self, invitation: &StoredInvitation, now: Timestamp) -> Result<bool> {
        let Some(hold) = store::hold::of_order(&self.inner.db, invitation.order).await? else {
            // The ledger refused to set the money aside, or was never asked: nothing waits.
            let over = self.decided(invitation.command).await?.is_some() || now >= invitation.expires;
            if over {
                self.end(invitation, "ended", None, now).await?;
            } else {
                store::invitation::later(&self.inner.db, invitation.order, now.plus_ms(TEXT_AGAIN_MS)).await?;
            }
            return Ok(false);
        };
        match hold.ended {
            Some(Ended::Posted) => self.end(invitation, "claimed", None, now).await.map(|()| true),
            Some(Ended::Expired | Ended::Returned) => {
                self.end(invitation, "ended", Some(returned(invitation)?), now).await.map(|()| false)
            }
            Some(Ended::Recalled) => self.end(invitation, "ended", None, now).await.map(|()| false),
            // From that instant on the ledger is about to let go of it.
            None if now >= hold.until => Ok(false),
            None => match self.receiver(invitation).await? {
                Some((person, account)) => self.claim(invitation, &hold, &person, account, now).await,
                None => self.invite(invitation, now).await.map(|()| false),
            },
        }
    }

    async fn end(
        &self,
        invitation: &StoredInvitation,
        state: &'static str,
        notice: Option<Notice>,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.inner.db.begin_write(&[]).await?;
        if store::invitation::end(&mut tx, invitation.order, state).await?
            && let Some(notice) = notice
        {
            notify::tell_in(&mut tx, &self.inner.ids, now, invitation.person.0, &notice).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Who has come, and their account.
    async fn receiver(&self, invitation: &StoredInvitation) -> Result<Option<(Person, AccountRef)>> {
        let mobile = read_mobile(&invitation.mobile)?;
        let Some(person) = self.inner.passport.person_by_mobile(&mobile).await? else { return Ok(None) };
        let account = self.inner.accounts.receiving(person.customer, invitation.currency).await?;
        Ok(account.map(|account| (person, account)))
    }

    /// Tells the number that money waits, once; the message's name keeps a second one after a crash from arriving.
    async fn invite(&self, invitation: &StoredInvitation, now: Timestamp) -> Result<()> {
        let mut next = now.plus_ms(LOOK_AGAIN_MS);
        if invitation.texted.is_none() {
            let amount = Amount::new(invitation.amount_minor, currency(invitation.currency)?);
            let known = self.inner.passport.person_by_mobile(&read_mobile(&invitation.mobile)?).await?;
            let payer = self.inner.passport.person(invitation.person).await?;
            let language =
                known.or_else(|| payer.clone()).map_or(Language::Zh, |person| Language::of(&person.language));
            let text = Text::Invitation {
                payer: payer.map(|person| person.name.masked()).unwrap_or_default(),
                amount: amount.grouped(),
                currency: amount.currency.code().to_owned(),
                days: INVITATION_MS / DAY_MS,
            };
            let id = format!("invitation-{}", invitation.order);
            match self.inner.passport.notify().text_as(&id, &invitation.mobile, &text, language).await {
                Ok(()) => store::invitation::texted(&self.inner.db, invitation.order, now).await?,
                Err(Error::Refusal(_)) => next = now.plus_ms(TEXT_AGAIN_MS),
                Err(error) => return Err(error),
            }
        }
        store::invitation::later(&self.inner.db, invitation.order, next).await?;
        Ok(())
    }

    /// Tries to give the money on; whether it was given.
    async fn claim(
        &self,
        invitation: &StoredInvitation,
        hold: &StoredHold,
        receiver: &Person,
        account: AccountRef,
        now: Timestamp,
    ) -> Result<bool> {
        let payer = self.inner.ledger.account(hold.payer).await.map_err(ledger_error)?;
        if payer.is_some_and(|payer| payer.debits_frozen) {
            // While the payer's account is frozen nothing leaves it; the money waits, and goes back in the end.
            store::invitation::later(&self.inner.db, invitation.order, now.plus_ms(TEXT_AGAIN_MS)).await?;
            return Ok(false);
        }
        match self.give(invitation, hold, account, now).await? {
            Given::Yes => self.end(invitation, "claimed", None, now).await.map(|()| true),
            // The tables will say how.
            Given::EndedOtherwise => Ok(false),
            Given::Refused(refusal) => {
                let amount = Amount::new(invitation.amount_minor, currency(invitation.currency)?);
                let reason = refusal.code.strip_prefix("payments.").unwrap_or(refusal.code);
                let notice = Notice::new("invitation_waits")
                    .with("amount_minor", amount.minor)
                    .with("currency", amount.currency.code())
                    .with("other", self.payer_name(invitation).await?)
                    .with("reason", reason)
                    .link("/accounts")
                    .key(format!("invitation/{}/{reason}", invitation.order));
                let mut tx = self.inner.db.begin_write(&[]).await?;
                let next = now.plus_ms(OFFER_AGAIN_MS);
                store::invitation::refused(&mut tx, invitation.order, invitation.attempt, next).await?;
                notify::tell_in(&mut tx, &self.inner.ids, now, receiver.id.0, &notice).await?;
                tx.commit().await?;
                Ok(false)
            }
        }
    }

    /// One try: out of the hold into the bank's account, and from there to the receiver, both or neither.
    async fn give(
        &self,
        invitation: &StoredInvitation,
        hold: &StoredHold,
        receiver: AccountRef,
        now: Timestamp,
    ) -> Result<Given> {
        let suspense = self.account(hold.payee).await?;
        let [post_id, give_id] = claim_command_ids(hold.command, invitation.attempt);
        let action = Action::Post { hold: hold.command, amount: None };
        let post = Command { id: post_id, time_ms: now.as_ms(), action, document: End::Claimed.encode() };
        let (kind, channel, amount_minor) = (PaymentKind::Transfer, Channel::Internal, invitation.amount_minor);
        let base =
            PaymentInstruction::new(give_id, invitation.order, kind, channel, suspense, receiver, amount_minor, now);
        let attempt = u8::try_from(invitation.attempt).unwrap_or(u8::MAX);
        let instruction = PaymentInstruction { attempt, claim: Some(hold.command), ..base };
        let sent = self.inner.ledger.submit(vec![post, instruction.command()]).map_err(ledger_error)?.await;
        let outcomes = match sent {
            Ok(answers) => answers.into_iter().map(|answer| answer.outcome).collect(),
            // The same try was sent before, at another time.
            Err(SubmitError::Conflict { .. }) => {
                let mut outcomes = Vec::with_capacity(2);
                for id in [post_id, give_id] {
                    let entry = self.inner.ledger.entry(id).await?;
                    outcomes.push(entry.ok_or_else(|| Fault::new("half of a chain is gone"))?.outcome);
                }
                outcomes
            }
            Err(error) => return Err(ledger_error(error)),
        };
        let amount = Amount::new(amount_minor, currency(invitation.currency)?);
        match outcomes.as_slice() {
            [Outcome::Done(_), Outcome::Done(_)] => Ok(Given::Yes),
            [Outcome::Refused(Reason::HoldPosted | Reason::HoldVoided | Reason::HoldExpired), _] => {
                Ok(Given::EndedOtherwise)
            }
            [Outcome::Refused(Reason::ChainBroken), Outcome::Refused(reason)] => {
                Ok(Given::Refused(refusal_of(reason, amount, &instruction.limits(), Factor::None)))
            }
            other => Err(Fault::new(format!("money was to be given on, and the ledger answered {other:?}")).into()),
        }
    }

    async fn payer_name(&self, invitation: &StoredInvitation) -> Result<String, Fault> {
        let payer = self.inner.passport.person(invitation.person).await?;
        Ok(payer.map(|person| person.name.masked()).unwrap_or_default())
    }
}

/// What became of a try to give money on.
enum Given {
    Yes,
    EndedOtherwise,
    Refused(Refusal),
}

/// Who has no name here yet, only a number.
pub(crate) fn nameless(shown: String) -> Payee {
    Payee { name: shown.clone(), initial: String::new(), tail: String::new(), by: PayeeBy::Mobile, shown }
}

/// The same as the other side of a payment.
pub(crate) fn invited_party(mobile: &str) -> Result<Party, Fault> {
    let name = read_mobile(mobile)?.masked();
    Ok(Party { name, initial: String::new(), tail: String::new(), is_bank: false })
}

fn read_mobile(e164: &str) -> Result<Mobile, Fault> {
    Mobile::parse(e164).map_err(|_| Fault::new("a stored number is none"))
}

fn invited_mobile(text: &str) -> Result<Mobile, Refusal> {
    Mobile::parse(text).map_err(|_| not_possible())
}

fn not_possible() -> Refusal {
    Refusal::new("payments.invitation_not_possible", 422).with("field", "payee")
}

fn too_many() -> Refusal {
    Refusal::new("payments.invitations_too_many", 429).with("field", "payee").with("most", INVITATIONS_A_DAY)
}

/// What the payer is told when nobody came.
fn returned(invitation: &StoredInvitation) -> Result<Notice, Fault> {
    let amount = Amount::new(invitation.amount_minor, currency(invitation.currency)?);
    Ok(Notice::new("transfer_returned")
        .with("amount_minor", amount.minor)
        .with("currency", amount.currency.code())
        .with("other", read_mobile(&invitation.mobile)?.masked())
        .with("why", "expired")
        .link(format!("/payments/{}", invitation.order))
        .key(format!("order/{}/transfer_returned", invitation.order)))
}
