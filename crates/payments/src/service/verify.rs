//! Anybody checks the code on a paper, and learns no more than the amount, the state and masked names.

use crate::model::instruction::OrderNumber;
use crate::model::order::OrderState;
use crate::service::elsewhere::party_elsewhere;
use crate::service::payee::party;
use crate::{Payments, store};
use accounts::{AccountRef, CertificateId, Product, Subject};
use kit::{Fault, Refusal, Result, Timestamp};
use money::{Amount, Currency};

/// What a code stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// A receipt.
    Payment(CheckedPayment),
    /// A certificate of an account.
    Certificate(CheckedCertificate),
}

/// A payment as anybody with its code may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedPayment {
    /// How much.
    pub amount: Amount,
    /// What became of it.
    pub state: OrderState,
    /// The payer's masked name; empty for the bank itself.
    pub payer: String,
    /// The payee's masked name; empty for the bank itself.
    pub payee: String,
    /// When it was decided.
    pub time: Timestamp,
}

/// A certificate as anybody with its code may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedCertificate {
    /// What the account held.
    pub balance: Amount,
    /// Its owner's masked name.
    pub holder: String,
    /// Its masked number.
    pub number: String,
    /// Its product.
    pub product: Product,
    /// At which moment.
    pub time: Timestamp,
}

fn unknown() -> Refusal {
    Refusal::new("payments.verify_unknown", 404).with("field", "code")
}

impl Payments {
    /// The code that a receipt carries.
    pub fn receipt_code(&self, order: OrderNumber) -> String {
        self.inner.accounts.verifier().code(&Subject::Payment(order.0))
    }

    /// What a code on a paper stands for. Refuses with `payments.verify_unknown` every code that this bank did not give
    /// out, and those of payments that were refused.
    pub async fn verify(&self, code: &str) -> Result<Checked> {
        match self.inner.accounts.verifier().read(code) {
            None => Err(unknown().into()),
            Some(Subject::Payment(order)) => self.verify_payment(OrderNumber(order)).await.map(Checked::Payment),
            Some(Subject::Certificate(id)) => {
                self.verify_certificate(CertificateId(id)).await.map(Checked::Certificate)
            }
        }
    }

    async fn verify_payment(&self, order: OrderNumber) -> Result<CheckedPayment> {
        self.inner.accounts.fresh().await;
        let order = store::order::by_id(&self.inner.db, order).await?.ok_or_else(unknown)?;
        if order.state == OrderState::Refused {
            return Err(unknown().into());
        }
        let (payer, payee) = (self.account(order.payer).await?, self.account(order.payee).await?);
        let names = self.names(&[payer, payee]).await?;
        let elsewhere = match order.kind.is_interbank() {
            true => self.interbank_of(order.order).await?.map(|payment| party_elsewhere(&payment).name),
            false => None,
        };
        // The bank's own side of such a payment stands for somebody at another bank.
        let shown = |account: &AccountRef| match (&elsewhere, account.customer) {
            (Some(name), None) => name.clone(),
            _ => party(account, &names).name,
        };
        let currency = Currency::from_numeric(order.currency);
        let currency = currency.ok_or_else(|| Fault::new("an order's currency is not known"))?;
        Ok(CheckedPayment {
            amount: Amount::new(order.amount_minor, currency),
            state: order.state,
            payer: shown(&payer),
            payee: shown(&payee),
            time: order.decided,
        })
    }

    async fn verify_certificate(&self, id: CertificateId) -> Result<CheckedCertificate> {
        let certificate = self.inner.accounts.given(id).await?.ok_or_else(unknown)?;
        let account = self.account(certificate.account).await?;
        let names = self.names(&[account]).await?;
        Ok(CheckedCertificate {
            balance: certificate.balance,
            holder: party(&account, &names).name,
            number: certificate.number.masked(),
            product: certificate.product,
            time: certificate.time,
        })
    }
}
