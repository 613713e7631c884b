//! Accounts as the rest of the bank sees them.

use super::class::{Bound, ClassCounters};
use super::number::AccountNumber;
use super::product::Product;
use super::purpose::Purpose;
use super::restriction::Restrictions;
use kit::{BankDay, Timestamp};
use ledger::{AccountId, CounterId, HolderId};
use money::Amount;
use passport::CustomerId;

/// What never or seldom changes about an account, small enough to be copied about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountRef {
    /// The account in the ledger.
    pub id: AccountId,
    /// Whose it is; none is the bank itself.
    pub customer: Option<CustomerId>,
    /// Whose security epoch covers it.
    pub holder: HolderId,
    /// The institution that keeps it.
    pub institution: u16,
    /// ISO 4217 numeric code.
    pub currency: u16,
    /// Which product.
    pub product: Product,
    /// The counter of what is paid from it in a bank day, if it has such a limit.
    pub day_counter: Option<CounterId>,
    /// The counters of its class, if that has limits; they stay the same when the account goes up to another class.
    pub class: Option<ClassCounters>,
    /// The account that it is bound to.
    pub bound: Option<Bound>,
}

impl AccountRef {
    /// Its account number.
    pub fn number(&self) -> Option<AccountNumber> {
        AccountNumber::of(self.institution, self.id)
    }
}

/// An account with its balance, for its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSummary {
    /// Which account.
    pub account: AccountRef,
    /// Its number.
    pub number: AccountNumber,
    /// What its owner calls it; may be empty.
    pub nickname: String,
    /// What its owner wants it for, if they were asked.
    pub purpose: Option<Purpose>,
    /// Booked balance.
    pub balance: Amount,
    /// What may leave it now.
    pub available: Amount,
    /// When it was opened.
    pub opened: Timestamp,
    /// Whether nothing may leave it for now, for whatever reason.
    pub frozen: bool,
    /// The reasons.
    pub restrictions: Restrictions,
    /// Whether it is closed for ever.
    pub closed: bool,
}

/// A booked movement on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// Number in the ledger; rises with time.
    pub sequence: u64,
    /// Minor units; above 0 the balance rose.
    pub amount_minor: i64,
    /// Booked balance after it, minor units.
    pub balance_after_minor: i64,
    /// Business time.
    pub time: Timestamp,
    /// The bank day it was booked on.
    pub bank_day: BankDay,
    /// What sort of movement; the room that ordered it knows the codes.
    pub code: u16,
    /// That room's own reference, such as an order number; 0 is none.
    pub reference: i64,
    /// The account on the other side.
    pub counterparty: AccountId,
}

/// A wish to open an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Opens at most one account for ever, however often it is asked. With an alias the alias is the key, so that no two
    /// accounts can have the same.
    pub key: String,
    /// For whom.
    pub customer: CustomerId,
    /// Which product; not one of the bank's own.
    pub product: Product,
    /// A name for machines, unique in the institution.
    pub alias: Option<String>,
    /// A name for people.
    pub nickname: String,
}

/// A wish to open an account of Class II or III.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassOpening {
    /// Opens at most one account of this customer for ever, however often it is asked.
    pub key: String,
    /// [`Product::ClassTwo`] or [`Product::ClassThree`].
    pub product: Product,
    /// A name for people; may be empty.
    pub nickname: String,
    /// What it is for.
    pub purpose: Purpose,
}
