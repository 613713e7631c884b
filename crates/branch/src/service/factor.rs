//! Factors and cards at the counter: what is lost is taken away, given out or made usable again, each as its risk asks.
//!
//! | what | who | ground |
//! |---|---|---|
//! | a factor is taken away | a teller proposes, a supervisor agrees | card compared |
//! | a token is given out | a teller, with the permit of two for one factor | card compared, token in hand |
//! | a card is frozen | teller, supervisor or security alone | a reason |
//! | a card is reported lost | a teller alone | card compared |
//! | a card is thawed, or replaced by a usable one | two people | card compared |

use crate::model::act;
use crate::model::work::Work;
use crate::service::customer::{check_words, of_person};
use crate::service::customer_security::of_card;
use crate::{Desk, Done, IdentityCheck};
use accounts::{CardAct, DebitCardId};
use kit::{Refusal, Result, Timestamp};
use passport::{Factor, FactorId, KeyKind, LostFactor, PersonId, TokenAsks};
use staff::{Act, Proposal, StaffSession};

/// A factor of a customer that can be taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorChoice {
    /// Its word in addresses.
    pub word: String,
    /// What it is.
    pub factor: Factor,
    /// Which; all of a customer's passkeys are one choice.
    pub ids: Vec<FactorId>,
    /// What its owner calls it, or the end of its number; all of them for passkeys.
    pub label: String,
}

/// A token that is given out.
#[derive(Debug, Clone, Default)]
pub struct TokenForm {
    /// The number on its back.
    pub serial: String,
    /// The answer to its question, or two codes in a row.
    pub codes: Vec<String>,
    /// The number on the customer's card.
    pub citizen_number: String,
    /// Whether face and card were compared.
    pub seen: bool,
    /// Why they come.
    pub reason: String,
}

/// What is done with a card at the counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterCardAct {
    /// 冻结, at once.
    Freeze,
    /// 解冻, by two people.
    Unfreeze,
    /// 挂失, at once and for ever.
    ReportLost,
    /// 换卡, by two people: a lost or frozen card becomes one that pays.
    Replace,
}

impl CounterCardAct {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Freeze, Self::Unfreeze, Self::ReportLost, Self::Replace];

    /// Who may.
    pub fn act(self) -> Act {
        match self {
            Self::Freeze => act::CARD_FREEZE,
            Self::Unfreeze => act::CARD_UNFREEZE,
            Self::ReportLost => act::CARD_LOST,
            Self::Replace => act::CARD_REPLACE,
        }
    }
}

impl Desk {
    /// What can be taken away from a customer, each by itself but passkeys, which are all one choice.
    pub(crate) async fn factor_choices(&self, id: PersonId) -> Result<Vec<FactorChoice>> {
        let passport = &self.inner.passport;
        let mut choices = Vec::new();
        let mut add =
            |word: String, factor, ids, label: String| choices.push(FactorChoice { word, factor, ids, label });
        let keys = passport.keys_of(id).await?;
        let (passkeys, security): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| key.kind == KeyKind::Passkey);
        if !passkeys.is_empty() {
            let labels: Vec<&str> = passkeys.iter().map(|key| key.label.as_str()).collect();
            let ids = passkeys.iter().map(|key| key.id).collect();
            add("passkeys".to_owned(), Factor::Passkey, ids, labels.join(" / "));
        }
        for key in security {
            add(format!("security_key-{}", key.id), Factor::SecurityKey, vec![key.id], key.label);
        }
        for token in passport.tokens_of(id).await? {
            let skipped = token.serial.chars().count().saturating_sub(4);
            let tail = token.serial.chars().skip(skipped).collect();
            add(format!("otp_token-{}", token.id), Factor::OtpToken, vec![token.id], tail);
        }
        for key in passport.signing_keys_of(id).await? {
            add(format!("signing_key-{}", key.id), Factor::SigningKey, vec![key.id], key.label);
        }
        Ok(choices)
    }

    /// The factor of a customer with this word. Refuses with `passport.person_not_found`, `branch.factor_not_found`, for
    /// another customer's too.
    pub(crate) async fn factor_of(&self, id: PersonId, word: &str) -> Result<FactorChoice> {
        self.known(id).await?;
        let found = self.factor_choices(id).await?.into_iter().find(|choice| choice.word == word);
        Ok(found.ok_or_else(|| Refusal::new("branch.factor_not_found", 404))?)
    }

    /// Proposes that a factor of a customer at the counter, whose card was compared, is taken away: a supervisor must agree.
    /// The proposal names exactly what is to go.
    ///
    /// Refuses with `staff.not_allowed`, `branch.factor_not_found`, `branch.card_differs`, `branch.card_not_seen`,
    /// `branch.checked_invalid`, `branch.reason_invalid`, `passport.person_not_found`.
    pub async fn remove_factor(
        &self,
        session: &StaffSession,
        id: PersonId,
        word: &str,
        check: &IdentityCheck,
    ) -> Result<Done> {
        self.inner.staff.allow(session, &act::FACTOR, &of_person(id)).await?;
        let choice = self.factor_of(id, word).await?;
        self.compare_card(session, &act::FACTOR, id, &check.citizen_number, check.seen).await?;
        let work = Work::RemoveFactor {
            person: id.0,
            factor: choice.factor.code().to_owned(),
            ids: choice.ids.iter().map(|id| id.0).collect(),
            label: choice.label,
            checked: check_words(&check.checked)?,
        };
        self.proposed(session, &act::FACTOR, of_person(id), &work, &check.reason, &check.key).await
    }

    /// Until when a customer may add a strong factor by leave of two; none: they may not.
    pub(crate) async fn permitted_until(&self, id: PersonId) -> Result<Option<Timestamp>> {
        Ok(self.inner.passport.permitted_until(id).await?)
    }

    /// What shows that a token of the stock lies in the customer's hand. Refuses as
    /// [`Passport::ask_new_token_at_counter`](passport::Passport::ask_new_token_at_counter) does.
    pub(crate) async fn token_asks(&self, id: PersonId, serial: &str) -> Result<TokenAsks> {
        self.inner.passport.ask_new_token_at_counter(id, serial).await
    }

    /// Gives a token of the stock to a customer at the counter, whose card was compared. It uses up the permit of two for
    /// one factor; sent twice it is given once.
    ///
    /// Refuses with `staff.not_allowed`, `branch.card_differs`, `branch.card_not_seen`, `branch.reason_invalid`, and as
    /// [`Passport::assign_token`](passport::Passport::assign_token) does.
    pub async fn assign_token(&self, session: &StaffSession, id: PersonId, form: &TokenForm) -> Result<FactorId> {
        let codes: Vec<&str> = form.codes.iter().map(String::as_str).collect();
        self.inner.staff.allow(session, &act::TOKEN, &of_person(id)).await?;
        self.compare_card(session, &act::TOKEN, id, &form.citizen_number, form.seen).await?;
        let work = self.inner.passport.assign_token(id, &form.serial, &codes);
        self.with_reason(session, &act::TOKEN, &of_person(id), &form.reason, work).await
    }

    /// Freezes a customer's card, or reports it lost, at once; proposes that it is thawed or replaced. All but freezing ask
    /// for the customer's own card, which was compared.
    ///
    /// Refuses with `staff.not_allowed`, `branch.reason_invalid`, `branch.card_differs`, `branch.card_not_seen`,
    /// `branch.checked_invalid`, `accounts.debit_card_not_found`, for another customer's too, and the refusals of a card that
    /// is over.
    pub async fn change_card(
        &self,
        session: &StaffSession,
        id: PersonId,
        card: DebitCardId,
        what: CounterCardAct,
        check: &IdentityCheck,
    ) -> Result<Done> {
        let act = what.act();
        self.inner.staff.allow(session, &act, &of_person(id)).await?;
        let (_, found) = self.own_card(id, card).await?;
        if what != CounterCardAct::Freeze {
            self.compare_card(session, &act, id, &check.citizen_number, check.seen).await?;
        }
        let by = &session.member.number;
        let at_once = match what {
            CounterCardAct::Freeze => CardAct::Freeze,
            CounterCardAct::ReportLost => CardAct::ReportLost,
            CounterCardAct::Unfreeze | CounterCardAct::Replace => {
                let (person, shown, checked) = (id.0, found.shown, check_words(&check.checked)?);
                let work = match what {
                    CounterCardAct::Unfreeze => Work::CardUnfreeze { person, card: card.0, shown, checked },
                    _ => Work::CardReplace { person, card: card.0, shown, checked },
                };
                return self.proposed(session, &act, of_person(id), &work, &check.reason, &check.key).await;
            }
        };
        let reason = crate::service::customer::check_reason(&check.reason)?;
        let work = self.inner.accounts.change_debit_card_at_counter(by, &reason, card, at_once);
        self.inner.staff.acting(session, &act, &of_person(id), &format!("{} {reason}", of_card(card)), work).await?;
        Ok(Done::Applied)
    }

    /// Takes away what two people decided about.
    pub(crate) async fn carry_out_removal(
        &self,
        proposal: &Proposal,
        person: PersonId,
        factor: &str,
        ids: &[i64],
    ) -> Result<()> {
        let ids: Vec<FactorId> = ids.iter().copied().map(FactorId).collect();
        let gone = || Refusal::new("branch.factor_not_found", 404);
        let one = ids.first().copied().ok_or_else(gone)?;
        let what = match Factor::from_code(factor) {
            Some(Factor::OtpToken) => LostFactor::Token(one),
            Some(Factor::SigningKey) => LostFactor::SigningKey(one),
            Some(Factor::SecurityKey) => LostFactor::SecurityKey(one),
            Some(Factor::Passkey) => LostFactor::Passkeys(ids),
            _ => return Err(gone().into()),
        };
        let decision = format!("proposal:{}", proposal.id);
        self.inner.passport.remove_factor_for_staff(person, &what, &decision).await
    }
}
