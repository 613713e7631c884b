//! Customers and mandates.

use crate::model::customer::{CustomerKind, CustomerName, CustomerSeed, MandateRole, MandateView};
use crate::store::living::{Living, Whose};
use crate::{CustomerId, Name, PersonId};
use db::{Db, Sql, Tx, Value, params};
use kit::{Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO customer (id, institution, kind, person, name, reference, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    INSERT_SEED = "INSERT INTO customer (id, institution, kind, person, name, reference, created_ms) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (institution, reference) DO NOTHING";
    OF_PERSON = "SELECT id FROM customer WHERE institution = $1 AND person = $2";
    NAME = "SELECT kind, name FROM customer WHERE id = $1";
    RAISE_EPOCH = "UPDATE customer SET epoch = epoch + 1 WHERE id = $1";
    EPOCH = "SELECT epoch FROM customer WHERE id = $1";
    PERSON_OF = "SELECT person FROM customer WHERE id = $1";
    END_MANDATES = "UPDATE mandate SET until_ms = $2 WHERE person = $1 AND until_ms IS NULL";
    /// An organisation was introduced by staff.
    VERIFIED = "SELECT p.verified_ms, c.person FROM customer c LEFT JOIN person p ON p.id = c.person WHERE c.id = $1";
    MANDATES = "SELECT customer, role, from_ms FROM mandate WHERE person = $1 AND until_ms IS NULL ORDER BY from_ms, id";
    INSERT_MANDATE = "INSERT INTO mandate (id, person, customer, role, from_ms, until_ms) VALUES ($1, $2, $3, $4, $5, NULL)";
}

const PEOPLE_OF: &str = "SELECT id, person FROM customer WHERE person IS NOT NULL AND id IN";
const BY_REFERENCE: &str = "SELECT id, reference FROM customer WHERE institution = $1 AND reference IN";

pub(crate) async fn insert_of_person(
    tx: &mut Tx,
    id: CustomerId,
    institution: u16,
    person: PersonId,
    name: &Name,
    now: Timestamp,
) -> Result<(), Fault> {
    let kind = CustomerKind::Person.code();
    let row = params![id.0, institution, kind, person.0, name.full(), None::<String>, now];
    tx.execute(INSERT, row).await.map(|_| ())
}

pub(crate) async fn insert_mandate(
    tx: &mut Tx,
    id: i64,
    person: PersonId,
    customer: CustomerId,
    role: MandateRole,
    now: Timestamp,
) -> Result<(), Fault> {
    tx.execute(INSERT_MANDATE, params![id, person.0, customer.0, role.code(), now]).await.map(|_| ())
}

pub(crate) async fn of_person(db: &Db, institution: u16, person: PersonId) -> Result<Option<CustomerId>, Fault> {
    let row = db.query_opt(OF_PERSON, params![institution, person.0]).await?;
    row.map(|row| Ok(CustomerId(row.i64("id")?))).transpose()
}

/// Raises a customer's security epoch by one; gives it.
pub(crate) async fn raise_epoch(tx: &mut Tx, living: &Living, id: CustomerId) -> Result<i64, Fault> {
    living.execute(tx, Whose::Customer(id), RAISE_EPOCH, params![id.0]).await?;
    tx.query_opt(EPOCH, params![id.0]).await?.ok_or_else(|| gone(id))?.i64("epoch")
}

pub(crate) async fn epoch(db: &Db, id: CustomerId) -> Result<i64, Fault> {
    db.query_opt(EPOCH, params![id.0]).await?.ok_or_else(|| gone(id))?.i64("epoch")
}

fn gone(id: CustomerId) -> Fault {
    Fault::new(format!("customer {id} is gone"))
}

/// The person whose relation it is; none for an organisation.
pub(crate) async fn person_of(db: &Db, id: CustomerId) -> Result<Option<PersonId>, Fault> {
    let Some(row) = db.query_opt(PERSON_OF, params![id.0]).await? else { return Ok(None) };
    Ok(row.opt_i64("person")?.map(PersonId))
}

/// The people of those customers that have one.
pub(crate) async fn people_of(db: &Db, ids: &[CustomerId]) -> Result<Vec<(CustomerId, PersonId)>, Fault> {
    let sql = format!("{PEOPLE_OF} ({})", db::placeholders(1, ids.len()));
    let rows = db.query(Sql::assembled(sql), ids.iter().map(|id| Value::I64(id.0)).collect()).await?;
    rows.iter().map(|row| Ok((CustomerId(row.i64("id")?), PersonId(row.i64("person")?)))).collect()
}

pub(crate) async fn name(db: &Db, id: CustomerId) -> Result<Option<CustomerName>, Fault> {
    let Some(row) = db.query_opt(NAME, params![id.0]).await? else { return Ok(None) };
    let kind = row.text("kind")?;
    let kind = CustomerKind::from_code(&kind).ok_or_else(|| Fault::new(format!("no kind of customer {kind:?}")))?;
    Ok(Some(CustomerName { kind, name: Name::trusted(row.text("name")?) }))
}

/// The living mandates of a person, oldest first.
pub(crate) async fn mandates(db: &Db, person: PersonId) -> Result<Vec<MandateView>, Fault> {
    let rows = db.query(MANDATES, params![person.0]).await?;
    rows.iter()
        .map(|row| {
            let role = row.text("role")?;
            Ok(MandateView {
                customer: CustomerId(row.i64("customer")?),
                role: MandateRole::from_code(&role).ok_or_else(|| Fault::new(format!("no role {role:?}")))?,
                since: Timestamp(row.i64("from_ms")?),
            })
        })
        .collect()
}

pub(crate) async fn end_mandates(tx: &mut Tx, living: &Living, person: PersonId, now: Timestamp) -> Result<(), Fault> {
    living.execute(tx, Whose::Person(person), END_MANDATES, params![person.0, now]).await.map(|_| ())
}

pub(crate) async fn is_verified(db: &Db, id: CustomerId) -> Result<bool, Fault> {
    let Some(row) = db.query_opt(VERIFIED, params![id.0]).await? else { return Ok(false) };
    Ok(row.opt_i64("person")?.is_none() || row.opt_i64("verified_ms")?.is_some())
}

/// Inserts those whose reference is new.
pub(crate) async fn insert_seeds(
    tx: &mut Tx,
    institution: u16,
    seeds: impl Iterator<Item = (CustomerId, &CustomerSeed)>,
    now: Timestamp,
) -> Result<(), Fault> {
    let rows: Vec<Vec<Value>> = seeds
        .map(|(id, seed)| {
            let (name, reference) = (seed.name.as_str(), Some(seed.reference.as_str()));
            params![id.0, institution, seed.kind.code(), None::<i64>, name, reference, now]
        })
        .collect();
    tx.bulk_insert(INSERT_SEED, rows).await.map(|_| ())
}

/// The customers with these references.
pub(crate) async fn by_references(
    tx: &mut Tx,
    institution: u16,
    references: &[&str],
) -> Result<Vec<(String, CustomerId)>, Fault> {
    let sql = format!("{BY_REFERENCE} ({})", db::placeholders(2, references.len()));
    let mut values = params![institution];
    values.extend(references.iter().map(|reference| Value::Text((*reference).to_owned())));
    let rows = tx.query(Sql::assembled(sql), values).await?;
    rows.into_iter().map(|row| Ok((row.text("reference")?, CustomerId(row.i64("id")?)))).collect()
}
