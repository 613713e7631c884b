//! Codes by text: sending one, and judging what was typed.

use crate::model::code::{self, Code, CodeSent, LIFE_MS, Purpose, RESEND_MS, TRIES};
use crate::model::mobile::Mobile;
use crate::model::rate::Rate;
use crate::model::visitor::Visitor;
use crate::{Passport, PersonId, store};
use credential::hex;
use credential::seal::parts_hash;
use db::Tx;
use kit::{Refusal, Result, Timestamp};
use notify::{Language, Text};

/// A code to be sent.
pub(crate) struct Ask<'a> {
    pub(crate) purpose: Purpose,
    /// Of whom or of what number, hashed.
    pub(crate) subject: [u8; 32],
    /// What it confirms, hashed.
    pub(crate) binding: [u8; 32],
    /// What is typed beside the digits, such as the end of an account's number; empty for nothing.
    pub(crate) more: &'a str,
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
            None => self.code_hash(ask.purpose, &ask.subject, &ask.binding, ask.more, &digits),
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
        self.check_code_with(purpose, subject, binding, "", typed).await
    }

    /// The same with what was typed beside the digits.
    pub(crate) async fn check_code_with(
        &self,
        purpose: Purpose,
        subject: &[u8; 32],
        binding: &[u8; 32],
        more: &str,
        typed: &str,
    ) -> Result<()> {
        let digits: String = typed.chars().filter(|char| *char != ' ').take(16).collect();
        let mut tx = self.inner.db.begin_write(&[&lock(purpose, subject)]).await?;
        let Some(found) = store::code::find(&mut tx, purpose.code(), subject).await? else {
            return Err(code::refusal("passport.code_none").into());
        };
        let hash = self.code_hash(purpose, subject, &found.binding, more, &digits);
        let (next, answer) = found.judge(purpose, binding, &hash, self.inner.clock.now());
        if let Some(next) = next {
            store::code::put(&mut tx, purpose.code(), subject, &next).await?;
            tx.commit().await?;
        }
        Ok(answer?)
    }

    fn code_hash(
        &self,
        purpose: Purpose,
        subject: &[u8; 32],
        binding: &[u8; 32],
        more: &str,
        digits: &str,
    ) -> [u8; 32] {
        let parts = [purpose.code().as_bytes(), subject, binding, more.as_bytes(), digits.as_bytes()];
        parts_hash(&self.inner.keys.codes, &parts)
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
