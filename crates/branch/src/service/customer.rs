//! Customers at the counter: found, looked at, checked, helped.

use crate::model::act;
use crate::model::work::Work;
use crate::{Desk, Done};
use accounts::{AccountEvent, AccountSummary};
use kit::{Refusal, Result, Timestamp};
use ledger::AccountId;
use passport::{Claim, IdentityView, Person, PersonId};
use staff::{Act, StaffSession};

/// A customer as staff see one at first.
#[derive(Debug, Clone)]
pub struct CustomerView {
    /// Who it is. Pages show name and number masked.
    pub person: Person,
    /// The proven identity, its number masked; none for who has shown no card.
    pub identity: Option<IdentityView>,
    /// Their accounts, closed ones too.
    pub accounts: Vec<AccountSummary>,
    /// The facts as they are, while this session may see them.
    pub revealed: Option<Revealed>,
}

/// A customer's facts as they are.
#[derive(Debug, Clone)]
pub struct Revealed {
    /// The name; empty for a visitor.
    pub name: String,
    /// The mobile number, E.164.
    pub mobile: String,
    /// The citizen number, if one is proven.
    pub citizen_number: Option<String>,
    /// Until when the session sees them.
    pub until: Timestamp,
}

/// An account as staff see it.
#[derive(Debug, Clone)]
pub struct AccountView {
    /// The account.
    pub summary: AccountSummary,
    /// Whose it is; none for an organisation's.
    pub owner: Option<Person>,
    /// What happened to it.
    pub events: Vec<AccountEvent>,
    /// Until when this session sees names and number whole; none shows them masked.
    pub whole_until: Option<Timestamp>,
}

/// How staff made sure who somebody is.
#[derive(Debug, Clone, Default)]
pub struct IdentityCheck {
    /// The number on the card.
    pub citizen_number: String,
    /// Whether face and card were compared.
    pub seen: bool,
    /// What was checked, in words.
    pub checked: String,
    /// Why they come.
    pub reason: String,
    /// Of the form.
    pub key: String,
}

impl Desk {
    /// Looks for customers by mobile number, exact name or citizen number; at most twenty. Refuses with
    /// `staff.not_allowed`, `branch.search_empty`.
    pub async fn find(&self, session: &StaffSession, text: &str) -> Result<Vec<Person>> {
        self.inner.staff.allow(session, &act::FIND, "").await?;
        if text.trim().is_empty() {
            return Err(Refusal::new("branch.search_empty", 422).with("field", "text").into());
        }
        let found = self.inner.passport.find_people(text.trim()).await?;
        // What was typed is a name or a number and stays out of the trail; whom it led to is what counts.
        let ids: Vec<String> = found.iter().map(|person| person.id.to_string()).collect();
        let detail = format!("found={} {}", found.len(), ids.join(" "));
        self.inner.staff.looked(session, &act::FIND, "", &detail).await?;
        Ok(found)
    }

    /// A customer, masked on pages. Refuses with `staff.not_allowed`, `passport.person_not_found`.
    pub async fn customer(&self, session: &StaffSession, id: PersonId) -> Result<CustomerView> {
        let until = self.inner.staff.unmasked(session, &act::REVEAL, &of_person(id)).await?;
        self.inner.staff.looked(session, &act::VIEW, &of_person(id), whole(until)).await?;
        let mut view = self.customer_view(id).await?;
        if let Some(until) = until {
            view.revealed = Some(self.revealed(&view.person, until).await?);
        }
        Ok(view)
    }

    /// The same for a page on the way to something that is written down by itself.
    pub(crate) async fn customer_view(&self, id: PersonId) -> Result<CustomerView> {
        let person = self.known(id).await?;
        let identity = self.inner.passport.identity_for_staff(id).await?;
        let accounts = self.inner.accounts.of_customer(person.customer).await?;
        Ok(CustomerView { person, identity, accounts, revealed: None })
    }

    /// Name, mobile and citizen number whole, for a reason; this session sees them for some minutes. Refuses with `staff.not_allowed`, `branch.reason_invalid`,
    /// `passport.person_not_found`.
    pub async fn reveal(&self, session: &StaffSession, id: PersonId, reason: &str) -> Result<Revealed> {
        let reason = check_reason(reason)?;
        let until = self.inner.staff.unmask(session, &act::REVEAL, &of_person(id), &reason).await?;
        let person = self.known(id).await?;
        self.revealed(&person, until).await
    }

    async fn revealed(&self, person: &Person, until: Timestamp) -> Result<Revealed> {
        Ok(Revealed {
            name: person.name.full().to_owned(),
            mobile: person.mobile.e164().to_owned(),
            citizen_number: self.inner.passport.reveal_citizen_number(person.id).await?,
            until,
        })
    }

    /// Proves who somebody is by the card that they show. Of two who claim one identity at once one gets it.
    ///
    /// Refuses with `staff.not_allowed`, `branch.card_not_seen`, and as the passport does: `passport.name_invalid`,
    /// `passport.citizen_number_invalid`, `passport.too_young`, `passport.already_verified`, `passport.identity_taken`.
    pub async fn check_identity(&self, session: &StaffSession, id: PersonId, claim: Claim, seen: bool) -> Result<Done> {
        let work = async {
            card_seen(seen)?;
            self.inner.passport.mark_identity_checked(id, claim, &session.member.number).await?;
            Ok(Done::Applied)
        };
        self.inner.staff.acting(session, &act::IDENTITY, &of_person(id), "", work).await
    }

    /// Opens the Class I account of somebody whose card was just compared, or gives the one they have. Who is not proven
    /// yet is proven by the card first.
    ///
    /// Refuses as [`check_identity`](Self::check_identity) does, and with `branch.card_differs` when the card is not theirs.
    pub async fn open_class_one(
        &self,
        session: &StaffSession,
        id: PersonId,
        claim: Claim,
        seen: bool,
    ) -> Result<AccountId> {
        let work = async {
            card_seen(seen)?;
            let person = self.known(id).await?;
            if self.inner.passport.identity_for_staff(id).await?.is_none() {
                self.inner.passport.mark_identity_checked(id, claim, &session.member.number).await?;
            } else if !self.inner.passport.is_card_of(id, &claim.citizen_number).await? {
                return Err(card_differs());
            }
            Ok(self.inner.accounts.open_class_one(person.customer, "").await?.id)
        };
        self.inner.staff.acting(session, &act::CLASS_ONE, &of_person(id), "", work).await
    }

    /// Proposes that a customer's password is taken away and their sessions end: a supervisor must agree. They set another by
    /// a code to their number.
    ///
    /// Refuses as [`permit_factor`](Self::permit_factor) does.
    pub async fn reset_password(&self, session: &StaffSession, id: PersonId, check: &IdentityCheck) -> Result<Done> {
        let checked = self.checked_identity(session, &act::PASSWORD, id, check).await?;
        let work = Work::Password { person: id.0, checked };
        self.proposed(session, &act::PASSWORD, of_person(id), &work, &check.reason, &check.key).await
    }

    /// Proposes that a customer gets another mobile number: a supervisor must agree. The number that they give up is told
    /// when it is done.
    ///
    /// Refuses as [`permit_factor`](Self::permit_factor) does, and with `passport.mobile_invalid`, `passport.mobile_same`,
    /// `passport.mobile_taken`.
    pub async fn change_mobile(
        &self,
        session: &StaffSession,
        id: PersonId,
        check: &IdentityCheck,
        mobile: &str,
    ) -> Result<Done> {
        let checked = self.checked_identity(session, &act::MOBILE, id, check).await?;
        let (former, mobile) = self.inner.passport.check_mobile_at_counter(id, mobile).await?;
        let (former, mobile) = (former.e164().to_owned(), mobile.e164().to_owned());
        let work = Work::Mobile { person: id.0, former, mobile, checked };
        self.proposed(session, &act::MOBILE, of_person(id), &work, &check.reason, &check.key).await
    }

    /// Ends all sessions of a customer. Refuses with `staff.not_allowed`, `branch.reason_invalid`,
    /// `passport.person_not_found`.
    pub async fn end_sessions(&self, session: &StaffSession, id: PersonId, reason: &str) -> Result<Done> {
        let work = async {
            self.known(id).await?;
            self.inner.passport.end_sessions_by_staff(id).await?;
            Ok(Done::Applied)
        };
        self.with_reason(session, &act::END_SESSIONS, &of_person(id), reason, work).await
    }

    /// Proposes that a customer at the counter, whose card was compared, may add a strong factor: a supervisor must agree.
    /// What was checked stands in the proposal.
    ///
    /// Refuses with `staff.not_allowed`, `branch.card_differs`, `branch.card_not_seen`, `branch.checked_invalid`,
    /// `branch.reason_invalid`, `passport.person_not_found`.
    pub async fn permit_factor(&self, session: &StaffSession, id: PersonId, check: &IdentityCheck) -> Result<Done> {
        let checked = self.checked_identity(session, &act::PERMIT, id, check).await?;
        let work = Work::Permit { person: id.0, checked };
        self.proposed(session, &act::PERMIT, of_person(id), &work, &check.reason, &check.key).await
    }

    /// Does something for a reason, which goes into the trail.
    pub(crate) async fn with_reason<T>(
        &self,
        session: &StaffSession,
        act: &Act,
        subject: &str,
        reason: &str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.inner.staff.allow(session, act, subject).await?;
        let reason = check_reason(reason)?;
        self.inner.staff.acting(session, act, subject, &reason, work).await
    }

    /// Compares the card of who stands at the counter. One that differs is written down: somebody may be trying numbers.
    pub(crate) async fn compare_card(
        &self,
        session: &StaffSession,
        act: &Act,
        id: PersonId,
        citizen_number: &str,
        seen: bool,
    ) -> Result<()> {
        card_seen(seen)?;
        if !self.inner.passport.is_card_of(id, citizen_number).await? {
            self.inner.staff.record(Some(session), act.code, &of_person(id), "", CARD_DIFFERS).await?;
            return Err(card_differs());
        }
        Ok(())
    }

    /// The same; gives what was checked, in words.
    async fn checked_identity(
        &self,
        session: &StaffSession,
        act: &Act,
        id: PersonId,
        check: &IdentityCheck,
    ) -> Result<String> {
        self.inner.staff.allow(session, act, &of_person(id)).await?;
        self.known(id).await?;
        self.compare_card(session, act, id, &check.citizen_number, check.seen).await?;
        Ok(check_words(&check.checked)?)
    }

    pub(crate) async fn known(&self, id: PersonId) -> Result<Person> {
        let person = self.inner.passport.person(id).await?;
        Ok(person.ok_or_else(|| Refusal::new("passport.person_not_found", 404))?)
    }
}

pub(crate) fn of_person(id: PersonId) -> String {
    format!("person:{id}")
}

/// What was checked, trimmed. Refuses with `branch.checked_invalid`.
pub(crate) fn check_words(checked: &str) -> Result<String, Refusal> {
    let invalid =
        |_| Refusal::new("branch.checked_invalid", 422).with("field", "evidence").with("most", REASON_MAX as i64);
    check_reason(checked).map_err(invalid)
}

/// What the trail says of a look.
pub(crate) fn whole(until: Option<Timestamp>) -> &'static str {
    if until.is_some() { "whole" } else { "" }
}

const CARD_DIFFERS: &str = "branch.card_differs";

fn card_differs() -> kit::Error {
    Refusal::new(CARD_DIFFERS, 422).with("field", "citizen_number").into()
}

/// The teller says that card and face were compared.
pub(crate) fn card_seen(seen: bool) -> Result<(), Refusal> {
    if seen { Ok(()) } else { Err(Refusal::new("branch.card_not_seen", 422).with("field", "seen")) }
}

/// Most characters of a reason.
pub(crate) const REASON_MAX: usize = 150;

/// A reason, trimmed. Refuses with `branch.reason_invalid`.
pub(crate) fn check_reason(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX || reason.contains(char::is_control) {
        let refusal = Refusal::new("branch.reason_invalid", 422).with("field", "reason");
        return Err(refusal.with("most", REASON_MAX as i64));
    }
    Ok(reason.to_owned())
}
