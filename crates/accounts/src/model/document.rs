//! What rides along in the journal when a holder, an account or a counter is opened or changed, so that the tables about them can be
//! built again from the journal alone. No names and no numbers of people: those live in SQL and can be changed.

use super::class::{Bound, ClassCounters};
use super::product::Product;
use super::purpose::Purpose;
use super::restriction::{EventKind, Restrictions};
use super::wire::{Reader, Unreadable, Writer};
use ledger::{AccountId, CommandId, CounterId, Side};
use passport::CustomerId;

/// Version of these documents.
const VERSION: u8 = 1;
/// This room's mark in the second byte, so that no room reads another's documents.
const ROOM: u8 = 1;

const HOLDER: u8 = 1;
const ACCOUNT: u8 = 2;
const COUNTER: u8 = 3;
const CLASS_ACCOUNT: u8 = 4;
const EVENT: u8 = 5;
const CLASS_COUNTER: u8 = 6;
const SMS_COUNTER: u8 = 7;
const CARD_COUNTER: u8 = 20;

/// A document of this room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// With `OpenHolder`.
    Holder {
        /// Whose; none is the bank itself.
        customer: Option<CustomerId>,
    },
    /// With `OpenAccount`.
    Account {
        /// Whose; none is the bank itself.
        customer: Option<CustomerId>,
        /// Which product.
        product: Product,
        /// A name for machines, unique in the institution.
        alias: Option<String>,
        /// A name for people.
        nickname: String,
    },
    /// With `OpenCounter`.
    Counter {
        /// The account that it limits.
        account: AccountId,
        /// Which direction of it: debits of a deposit account are what is paid from it.
        side: Side,
    },
    /// With `OpenAccount` of a class with limits. Its counters were opened before it, so that it never is without them.
    ClassAccount {
        /// Whose.
        customer: CustomerId,
        /// Which product.
        product: Product,
        /// What it is for.
        purpose: Purpose,
        /// A name for people.
        nickname: String,
        /// The account that it is bound to.
        bound: Option<Bound>,
        /// Its counters.
        counters: ClassCounters,
    },
    /// With `OpenCounter` for an account of a class with limits that is about to be opened.
    ClassCounter,
    /// With `OpenCounter` and `SetCaps`: what one card of a customer's, and its successors, pay at terminals.
    CardCounter {
        /// Whose.
        customer: CustomerId,
    },
    /// With `OpenCounter`: what one customer pays confirmed by text message.
    SmsCounter {
        /// Whose.
        customer: CustomerId,
    },
    /// With what changes an account: `SetFreeze`, `SetBounds`, `CloseAccount`.
    Event {
        /// Which account.
        account: AccountId,
        /// What happens to it.
        kind: EventKind,
        /// All that stands against movements afterwards.
        restrictions: Restrictions,
        /// Its product afterwards.
        product: Product,
        /// The account that it is bound to afterwards.
        bound: Option<Bound>,
        /// The member of staff who did it: no customer's name.
        by: Option<String>,
        /// Why.
        reason: String,
    },
}

impl Document {
    /// In its compact form.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Holder { customer } => {
                let mut writer = Writer::new([VERSION, ROOM, HOLDER]);
                put_customer(&mut writer, *customer);
                writer.done()
            }
            Self::Account { customer, product, alias, nickname } => {
                let mut writer = Writer::new([VERSION, ROOM, ACCOUNT]);
                put_customer(&mut writer, *customer);
                writer.u8(product.number());
                writer.text(alias.as_deref().unwrap_or_default());
                writer.text(nickname);
                writer.done()
            }
            Self::Counter { account, side } => {
                let mut writer = Writer::new([VERSION, ROOM, COUNTER]);
                writer.u64(account.0);
                writer.u8(u8::from(*side == Side::Credit));
                writer.done()
            }
            Self::ClassAccount { customer, product, purpose, nickname, bound, counters } => {
                let mut writer = Writer::new([VERSION, ROOM, CLASS_ACCOUNT]);
                put_customer(&mut writer, Some(*customer));
                writer.u8(product.number());
                writer.u8(purpose.number());
                writer.text(nickname);
                put_bound(&mut writer, *bound);
                for counter in counters.all() {
                    writer.u64(counter.0);
                }
                writer.done()
            }
            Self::ClassCounter => Writer::new([VERSION, ROOM, CLASS_COUNTER]).done(),
            Self::CardCounter { customer } => {
                let mut writer = Writer::new([VERSION, ROOM, CARD_COUNTER]);
                put_customer(&mut writer, Some(*customer));
                writer.done()
            }
            Self::SmsCounter { customer } => {
                let mut writer = Writer::new([VERSION, ROOM, SMS_COUNTER]);
                put_customer(&mut writer, Some(*customer));
                writer.done()
            }
            Self::Event { account, kind, restrictions, product, bound, by, reason } => {
                let mut writer = Writer::new([VERSION, ROOM, EVENT]);
                writer.u64(account.0);
                writer.u8(kind.number());
                writer.u8(restrictions.number());
                writer.u8(product.number());
                put_bound(&mut writer, *bound);
                writer.text(by.as_deref().unwrap_or_default());
                writer.text(reason);
                writer.done()
            }
        }
    }

    /// From its compact form; nothing if it is another room's.
    pub fn decode(bytes: &[u8]) -> Result<Option<Self>, Unreadable> {
        let [version, room, kind, rest @ ..] = bytes else { return Ok(None) };
        if *room != ROOM {
            return Ok(None);
        }
        if *version != VERSION {
            return Err(Unreadable);
        }
        let mut reader = Reader::new(rest);
        let document = match *kind {
            HOLDER => Self::Holder { customer: take_customer(&mut reader)? },
            ACCOUNT => {
                let customer = take_customer(&mut reader)?;
                let product = Product::from_number(reader.u8()?).ok_or(Unreadable)?;
                let alias = Some(reader.text()?.to_owned()).filter(|alias| !alias.is_empty());
                Self::Account { customer, product, alias, nickname: reader.text()?.to_owned() }
            }
            COUNTER => {
                let account = AccountId(reader.u64()?);
                let side = if reader.u8()? == 1 { Side::Credit } else { Side::Debit };
                Self::Counter { account, side }
            }
            CLASS_ACCOUNT => Self::ClassAccount {
                customer: take_customer(&mut reader)?.ok_or(Unreadable)?,
                product: Product::from_number(reader.u8()?).ok_or(Unreadable)?,
                purpose: Purpose::from_number(reader.u8()?).ok_or(Unreadable)?,
                nickname: reader.text()?.to_owned(),
                bound: take_bound(&mut reader)?,
                counters: {
                    let mut next = || reader.u64().map(CounterId);
                    ClassCounters::of([next()?, next()?, next()?, next()?])
                },
            },
            CLASS_COUNTER => Self::ClassCounter,
            CARD_COUNTER => Self::CardCounter { customer: take_customer(&mut reader)?.ok_or(Unreadable)? },
            SMS_COUNTER => Self::SmsCounter { customer: take_customer(&mut reader)?.ok_or(Unreadable)? },
            EVENT => Self::Event {
                account: AccountId(reader.u64()?),
                kind: EventKind::from_number(reader.u8()?).ok_or(Unreadable)?,
                restrictions: Restrictions::from_number(reader.u8()?).ok_or(Unreadable)?,
                product: Product::from_number(reader.u8()?).ok_or(Unreadable)?,
                bound: take_bound(&mut reader)?,
                by: Some(reader.text()?.to_owned()).filter(|by| !by.is_empty()),
                reason: reader.text()?.to_owned(),
            },
            _ => return Err(Unreadable),
        };
        reader.end()?;
        Ok(Some(document))
    }
}

/// Customers have positive ids, so 0 says: the bank itself.
fn put_customer(writer: &mut Writer, customer: Option<CustomerId>) {
    writer.i64(customer.map_or(0, |customer| customer.0));
}

fn take_customer(reader: &mut Reader<'_>) -> Result<Option<CustomerId>, Unreadable> {
    Ok(Some(reader.i64()?).filter(|id| *id != 0).map(CustomerId))
}

fn put_bound(writer: &mut Writer, bound: Option<Bound>) {
    match bound {
        None => writer.u8(0),
        Some(Bound::Here(account)) => {
            writer.u8(1);
            writer.u64(account.0);
        }
        Some(Bound::Elsewhere(number)) => {
            writer.u8(2);
            writer.i64(number);
        }
    }
}

fn take_bound(reader: &mut Reader<'_>) -> Result<Option<Bound>, Unreadable> {
    match reader.u8()? {
        0 => Ok(None),
        1 => Ok(Some(Bound::Here(AccountId(reader.u64()?)))),
        2 => Ok(Some(Bound::Elsewhere(reader.i64()?))),
        _ => Err(Unreadable),
    }
}

/// The command id that belongs to a name: the first 128 bits of the BLAKE3 hash of both parts. The same name gives the
/// same id for ever, which is what makes a repeated command harmless.
pub fn command_id(scope: &str, name: &[u8]) -> CommandId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(scope.len() as u64).to_le_bytes());
    hasher.update(scope.as_bytes());
    hasher.update(name);
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    CommandId(u128::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_read_back() {
        let documents = [
            Document::Holder { customer: None },
            Document::Holder { customer: Some(CustomerId(8_812_345_678_901)) },
            Document::Account {
                customer: Some(CustomerId(5)),
                product: Product::ClassOne,
                alias: Some("cust:12".to_owned()),
                nickname: "工资卡".to_owned(),
            },
            Document::Account { customer: None, product: Product::BankInternal, alias: None, nickname: String::new() },
            Document::Counter { account: AccountId(77), side: Side::Debit },
            Document::Counter { account: AccountId(78), side: Side::Credit },
            Document::ClassAccount {
                customer: CustomerId(5),
                product: Product::ClassThree,
                purpose: Purpose::Travel,
                nickname: "旅行".to_owned(),
                bound: Some(Bound::Here(AccountId(7))),
                counters: ClassCounters::of([CounterId(1), CounterId(300), CounterId(2), CounterId(u64::MAX)]),
            },
            Document::ClassCounter,
            Document::SmsCounter { customer: CustomerId(5) },
            Document::CardCounter { customer: CustomerId(6) },
            Document::Event {
                account: AccountId(9),
                kind: EventKind::Frozen,
                restrictions: Restrictions { staff_debits: true, lost: true, ..Restrictions::default() },
                product: Product::ClassTwo,
                bound: Some(Bound::Elsewhere(-4)),
                by: Some("teller 7".to_owned()),
                reason: "协助冻结".to_owned(),
            },
        ];
        for document in documents {
            assert_eq!(Document::decode(&document.encode()), Ok(Some(document)));
        }
    }

    #[test]
    fn other_rooms_documents_are_left_alone_and_newer_ones_are_not_guessed() {
        assert_eq!(Document::decode(&[]), Ok(None));
        assert_eq!(Document::decode(&[1, 2, 1, 0]), Ok(None));
        assert_eq!(Document::decode(&[2, ROOM, HOLDER, 0]), Err(Unreadable));
        assert_eq!(Document::decode(&[VERSION, ROOM, 99]), Err(Unreadable));
        assert_eq!(Document::decode(&[VERSION, ROOM, HOLDER, 0, 0]), Err(Unreadable));
    }

    #[test]
    fn scope_and_name_cannot_run_into_each_other() {
        assert_ne!(command_id("ab", b"c"), command_id("a", b"bc"));
        assert_eq!(command_id("a", b"b"), command_id("a", b"b"));
    }
}
