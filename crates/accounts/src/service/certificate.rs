//! Certificates of accounts: given to the owner, checked by whoever holds the paper.

use crate::model::certificate::{Certificate, CertificateId, KEY_MAX, certificate_id};
use crate::model::verifier::Subject;
use crate::{Accounts, store};
use kit::{Fault, Refusal, Result};
use ledger::AccountId;
use passport::Acting;

impl Accounts {
    /// Certifies what an account holds now, or gives the certificate that this form's key asked for before.
    ///
    /// Refuses with `accounts.not_found`, `accounts.closed`, `accounts.key_invalid`.
    pub async fn certify(&self, who: &Acting, account: AccountId, key: &str) -> Result<Certificate> {
        if key.is_empty() || key.len() > KEY_MAX {
            return Err(Refusal::new("accounts.key_invalid", 422).with("field", "key").into());
        }
        let summary = self.view(who, account).await?;
        let id = certificate_id(who.customer, account, key);
        if let Some(given) = self.given(id).await? {
            return Ok(given);
        }
        if summary.closed {
            return Err(Refusal::new("accounts.closed", 409).into());
        }
        let certificate = Certificate {
            id,
            account,
            number: summary.number,
            customer: who.customer,
            product: summary.account.product,
            balance: summary.balance,
            time: self.inner.clock.now(),
        };
        store::certificate::put(&self.inner.db, &certificate).await?;
        // Of two that came at once the first stands for both.
        Ok(self.given(id).await?.ok_or_else(|| Fault::new("a certificate was written and is gone"))?)
    }

    /// A certificate of one's own. Refuses with `accounts.certificate_not_found`.
    pub async fn certificate(&self, who: &Acting, id: CertificateId) -> Result<Certificate> {
        let given = self.given(id).await?.filter(|certificate| certificate.customer == who.customer);
        given.ok_or_else(|| Refusal::new("accounts.certificate_not_found", 404).into())
    }

    /// The code that a certificate carries.
    pub fn certificate_code(&self, id: CertificateId) -> String {
        self.verifier().code(&Subject::Certificate(id.0))
    }

    /// A certificate that was given out, for who checks its code.
    pub async fn given(&self, id: CertificateId) -> Result<Option<Certificate>> {
        Ok(store::certificate::by_id(&self.inner.db, self.inner.terms.institution, id).await?)
    }
}
