//! Codes by text: sending one, and judging what was typed.

use crate::keys::parts_hash;
use crate::model::code::{self, Code, CodeSent, LIFE_MS, LiveCode, PaymentSubject, Purpose, RESEND_MS, TRIES};
use crate::model::mobile::Mobile;
use crate::model::rate::Rate;
use crate::model::session::Acting;
use crate::model::visitor::Visitor;
use crate::{Passport, PersonId, store};
use credential::hex;
use db::Tx;
use kit::{Fault, Refusal, Result, Timestamp};
use notify::{Language, Text};

/// A code to be sent.
pub(crate) struct Ask<'a> {
    pub(crate) purpose: Purpose,
    /// Of whom or of what number, hashed.
    pub(crate) subject: [u8; 32],
    /// What it confirms, hashed.
    pub(crate) binding: [u8; 32],
    pub(crate) to: &'a Mobile,
    pub(crate) language: Language,
    /// What is sent instead of a code, where no code would be right. The work is the same.
    pub(crate) decoy: Option<Text>,
}

/// Codes on papers that one address may check.
const CHECKS_PER_ADDRESS: Rate = Rate { most: 30, span_ms: 10 * 60_000 };
/// Codes on papers that all may check together.
const CHECKS: Rate = Rate::a_minute(1_200);

/// A binding that says no more than purpose and subject.
pub(crate) const UNBOUND: [u8; 32] = [0; 32];

impl Passport {
    /// Sends the code of one payment to the payer. Another payee, amount, currency or draft needs another code.
    ///
    /// Refuses with `passport.code_too_soon` while the last code of the same payment is fresh, `passport.codes_too_many`,
    /// `notify.gateway_unavailable`.
    pub async fn send_payment_code(
        &self,
        visitor: &Visitor,
        acting: &Acting,
        payment: &PaymentSubject,
    ) -> Result<CodeSent> {
        let person = self.person(acting.person).await?.ok_or_else(|| Fault::new("a signed-in person is gone"))?;
        let ask = Ask {
            purpose: Purpose::Payment,
            subject: self.person_subject(acting.person),
            binding: self.payment_binding(payment),
            to: &person.mobile,
            language: Language::of(&person.language),
            decoy: None,
        };
        let text = |code| Text::PaymentCode {
            code,
            payee: payment.payee_shown.clone(),
            amount: payment.amount.grouped(),
            currency: payment.amount.currency.code().to_owned(),
            tail: payment.tail.clone(),
        };
        self.send_code(visitor, ask, text).await
    }

    /// Judges the code of a payment. The right code is right again for the same payment as long as it lives, so that a
    /// form sent twice finds its payment made.
    ///
    /// Refuses with `passport.code_wrong` and the tries `left`, `passport.code_expired`, `passport.code_spent`,
    /// `passport.code_changed` if it was sent for another payment, `passport.code_none` if none was sent.
    pub async fn check_payment_code(&self, acting: &Acting, payment: &PaymentSubject, code: &str) -> Result<()> {
        let subject = self.person_subject(acting.person);
        self.check_code(Purpose::Payment, &subject, &self.payment_binding(payment), code).await
    }

    /// The code that is out for this very payment and can still confirm it; none if there is no such code, if it ran out or
    /// if its tries are used up.
    pub async fn payment_code(&self, acting: &Acting, payment: &PaymentSubject) -> Result<Option<LiveCode>> {
        let subject = self.person_subject(acting.person);
        let mut tx = self.inner.db.begin_read().await?;
        let found = store::code::look(&mut tx, Purpose::Payment.code(), &subject).await?;
        Ok(found.and_then(|code| code.live(&self.payment_binding(payment), self.inner.clock.now())))
    }

    fn payment_binding(&self, payment: &PaymentSubject) -> [u8; 32] {
        let parts: [&[u8]; 5] = [
            &payment.draft.to_le_bytes(),
            &payment.payee.to_le_bytes(),
            payment.payee_shown.as_bytes(),
            &payment.amount.minor.to_le_bytes(),
            payment.amount.currency.code().as_bytes(),
        ];
        parts_hash(&self.inner.keys.codes, &parts)
    }

    /// A person as the subject of a code.
    pub(crate) fn person_subject(&self, person: PersonId) -> [u8; 32] {
        self.inner.keys.lookup("person", &person.to_string())
    }

    /// A number as the subject of a code.
    pub(crate) fn mobile_subject(&self, mobile: &Mobile) -> [u8; 32] {
        self.inner.keys.lookup("mobile", mobile.e164())
    }

    /// Replaces the live code of a purpose and subject, and sends the new one.
    pub(crate) async fn send_code(
        &self,
        visitor: &Visitor,
        ask: Ask<'_>,
        text: impl FnOnce(String) -> Text,
    ) -> Result<CodeSent> {
        let now = self.inner.clock.now();
        let digits = format!("{:06}", self.inner.random.below(1_000_000));
        let hash = match &ask.decoy {
            None => self.code_hash(ask.purpose, &ask.subject, &ask.binding, &digits),
            Some(_) => self.inner.random.bytes(),
        };
        let number = self.mobile_subject(ask.to);
        let code_lock = lock(ask.purpose, &ask.subject);
        let number_lock = format!("codes/{}", hex(&number));
        let mut tx = self.inner.db.begin_write(&[&code_lock, &number_lock]).await?;
        if let Some(last) = store::code::find(&mut tx, ask.purpose.code(), &ask.subject).await? {
            last.may_resend(&ask.binding, now)?;
        }
        self.count_code(&mut tx, &number, visitor, now).await?;
        let expires = now.plus_ms(LIFE_MS);
        let code = Code { binding: ask.binding, hash, sent: now, expires, tries: 0, done: None };
        store::code::put(&mut tx, ask.purpose.code(), &ask.subject, &code).await?;
        tx.commit().await?;

        let text = ask.decoy.unwrap_or_else(|| text(digits));
        self.inner.notify.text(ask.to.e164(), &text, ask.language).await?;
        Ok(CodeSent { to: ask.to.masked(), expires, resend_at: now.plus_ms(RESEND_MS), tries: TRIES })
    }

    /// Judges a typed code. However many try at once, one after the other is judged, and only five wrong ones.
    pub(crate) async fn check_code(
        &self,
        purpose: Purpose,
        subject: &[u8; 32],
        binding: &[u8; 32],
        typed: &str,
    ) -> Result<()> {
        let digits: String = typed.chars().filter(|char| *char != ' ').take(16).collect();
        let mut tx = self.inner.db.begin_write(&[&lock(purpose, subject)]).await?;
        let Some(found) = store::code::find(&mut tx, purpose.code(), subject).await? else {
            return Err(code::refusal("passport.code_none").into());
        };
        let hash = self.code_hash(purpose, subject, &found.binding, &digits);
        let (next, answer) = found.judge(purpose, binding, &hash, self.inner.clock.now());
        if let Some(next) = next {
            store::code::put(&mut tx, purpose.code(), subject, &next).await?;
            tx.commit().await?;
        }
        Ok(answer?)
    }

    fn code_hash(&self, purpose: Purpose, subject: &[u8; 32], binding: &[u8; 32], digits: &str) -> [u8; 32] {
        parts_hash(&self.inner.keys.codes, &[purpose.code().as_bytes(), subject, binding, digits.as_bytes()])
    }

    /// Counts a text against its number, the address that asked for it, and the bank.
    async fn count_code(&self, tx: &mut Tx, number: &[u8; 32], visitor: &Visitor, now: Timestamp) -> Result<()> {
        let rules = &self.inner.rules;
        for rate in [Rate::an_hour(rules.codes_per_number_hour), Rate::a_day(rules.codes_per_number_day)] {
            self.count(tx, "code/number", number, rate, now).await?;
        }
        if let Some(address) = visitor.counted_address() {
            let address = self.inner.keys.lookup("address", &address);
            self.count(tx, "code/address", &address, Rate::an_hour(rules.codes_per_address_hour), now).await?;
        }
        self.count(tx, "code/bank", &UNBOUND, Rate::a_minute(rules.codes_per_minute), now).await
    }

    async fn count(&self, tx: &mut Tx, scope: &str, subject: &[u8; 32], rate: Rate, now: Timestamp) -> Result<()> {
        match store::code::take(tx, scope, subject, rate, now).await? {
            None => Ok(()),
            Some(free) => Err(code::wait("passport.codes_too_many", free, now).into()),
        }
    }

    /// Counts a try of somebody who checks the code on a paper, so that nobody can go through all of them. Refuses with
    /// `passport.checks_too_many`.
    pub async fn count_check(&self, visitor: &Visitor) -> Result<()> {
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&["check"]).await?;
        let mut counted = vec![(UNBOUND, "check/bank", CHECKS)];
        if let Some(address) = visitor.counted_address() {
            counted.insert(0, (self.inner.keys.lookup("address", &address), "check/address", CHECKS_PER_ADDRESS));
        }
        for (subject, scope, rate) in counted {
            if let Some(free) = store::code::take(&mut tx, scope, &subject, rate, now).await? {
                return Err(code::wait("passport.checks_too_many", free, now).into());
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes one of the tries of this rate; refuses with `passport.try_later` when they are used up.
    pub(crate) async fn take_rate(
        &self,
        tx: &mut Tx,
        scope: &str,
        subject: &[u8; 32],
        rate: Rate,
        now: Timestamp,
    ) -> Result<(), kit::Error> {
        match store::code::take(tx, scope, subject, rate, now).await? {
            None => Ok(()),
            Some(free) => Err(code::wait("passport.try_later", free, now).into()),
        }
    }
}

/// The same refusal, about the field with another name.
pub(crate) fn in_field(error: kit::Error, field: &'static str) -> kit::Error {
    match error {
        kit::Error::Refusal(Refusal { code, status, mut fields }) => {
            fields.insert("field", field.into());
            kit::Error::Refusal(Refusal { code, status, fields })
        }
        fault => fault,
    }
}

fn lock(purpose: Purpose, subject: &[u8; 32]) -> String {
    format!("code/{}/{}", purpose.code(), hex(subject))
}
