//! Anybody checks the code on a receipt, and learns no more than the amount, the state and masked names.

use crate::model::instruction::OrderNumber;
use crate::model::order::OrderState;
use crate::service::payee::party;
use crate::{Payments, store};
use accounts::{Subject, Verifier};
use kit::{Fault, Refusal, Result, Timestamp};
use money::{Amount, Currency};

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

impl Payments {
    /// The code that a receipt carries.
    pub fn receipt_code(&self, verifier: &Verifier, order: OrderNumber) -> String {
        verifier.code(&Subject::Payment(order.0))
    }

    /// What a code on a receipt stands for. Refuses with `payments.verify_unknown` every code that this bank did not give
    /// out, and those of payments that were refused.
    pub async fn verify(&self, verifier: &Verifier, code: &str) -> Result<CheckedPayment> {
        let unknown = || Refusal::new("payments.verify_unknown", 404).with("field", "code");
        let Some(Subject::Payment(order)) = verifier.read(code) else { return Err(unknown().into()) };
        self.inner.accounts.fresh().await;
        let order = store::order::by_id(&self.inner.db, OrderNumber(order)).await?.ok_or_else(unknown)?;
        if order.state == OrderState::Refused {
            return Err(unknown().into());
        }
        let (payer, payee) = (self.account(order.payer).await?, self.account(order.payee).await?);
        let names = self.names(&[payer, payee]).await?;
        let currency = Currency::from_numeric(order.currency);
        let currency = currency.ok_or_else(|| Fault::new("an order's currency is not known"))?;
        Ok(CheckedPayment {
            amount: Amount::new(order.amount_minor, currency),
            state: order.state,
            payer: party(&payer, &names).name,
            payee: party(&payee, &names).name,
            time: order.decided,
        })
    }
}
