//! Certificates that were given out.

use crate::model::certificate::{Certificate, CertificateId};
use crate::model::number::AccountNumber;
use crate::model::product::Product;
use crate::service::view::currency;
use db::{Db, Row, params};
use kit::{Fault, Timestamp};
use ledger::AccountId;
use money::Amount;
use passport::CustomerId;

db::statements! {
    /// The first one under an id stands.
    INSERT = "INSERT INTO certificate (id, account, customer, product, currency, balance_minor, time_ms) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
    BY_ID = "SELECT id, account, customer, product, currency, balance_minor, time_ms FROM certificate WHERE id = $1";
}

/// Writes a certificate, unless there is one under its id.
pub(crate) async fn put(db: &Db, certificate: &Certificate) -> Result<(), Fault> {
    let of_account = params![certificate.id.0, certificate.account.0 as i64, certificate.customer.0];
    let balance = params![
        certificate.product.code(),
        i64::from(certificate.balance.currency.numeric()),
        certificate.balance.minor,
        certificate.time.as_ms()
    ];
    db.execute(INSERT, [of_account, balance].concat()).await.map(|_| ())
}

/// A certificate of an account of this institution.
pub(crate) async fn by_id(db: &Db, institution: u16, id: CertificateId) -> Result<Option<Certificate>, Fault> {
    db.query_opt(BY_ID, params![id.0]).await?.map(|row| certificate(&row, institution)).transpose()
}

fn certificate(row: &Row, institution: u16) -> Result<Certificate, Fault> {
    let product = row.text("product")?;
    let account = AccountId(row.i64("account")? as u64);
    let number = AccountNumber::of(institution, account);
    Ok(Certificate {
        id: CertificateId(row.i64("id")?),
        account,
        number: number.ok_or_else(|| Fault::new("an account on a certificate has no number"))?,
        customer: CustomerId(row.i64("customer")?),
        product: Product::from_code(&product).ok_or_else(|| Fault::new(format!("no product {product:?}")))?,
        balance: Amount::new(row.i64("balance_minor")?, currency(u16::try_from(row.i64("currency")?)?)?),
        time: Timestamp(row.i64("time_ms")?),
    })
}
