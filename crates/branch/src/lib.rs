//! The counter (柜面): what tellers and supervisors do for customers who stand before them, and the pages of all staff.
//!
//! * The **desk** (柜台) is the service: find a customer, check who they are, open a Class I account, take and pay out
//!   cash, freeze, lift, close, correct. Each asks the staff room whether a role allows it, and everything is written into
//!   the audit trail before it is done.
//! * A **cash box** (钱箱) is an account of the bank's own that one teller answers for. Cash over the counter moves between
//!   it and the customer's account in one step of the ledger, once per form.
//! * What one person may not do alone becomes a **proposal**: cash above the teller's limit, cash from and to the vault, a
//!   freeze to be ended, a correction. It is carried out under an id that follows from the proposal's number, so that a stop
//!   in between neither loses nor doubles it; [`Desk::sweep`] finishes what was approved.
//!
//! * A customer's **safety** (客户安全) is on their page: cards with locks, factors, devices, limits and which rule is the tightest.
//!   What protects one member does alone (the kill switch, freezing, a report of loss); what widens, and what takes a factor
//!   away, two do: [`CounterCardAct`], [`Desk::remove_factor`].
//!
//! * The **books** (账簿) are looked at here: trial balance and day-end of a day, its slices with their three totals, vouchers down to
//!   their transfers.
//!
//! Rules: customers are shown masked; whoever wants to see a name, a number or movements whole says why; a card is compared
//! by its number before a password or a mobile number changes; a branch decides its own proposals.
//!
//! Absent: appointments, queue tickets, kiosks, cash counts per denomination.

mod model;
pub mod pages;
mod service;

pub use model::act;
pub use model::done::Done;
pub use model::work::{CashWay, MoveWay};
pub use pages::ROOM;
pub use service::approval::Decided;
pub use service::book::{BookDay, BooksView, ITEMS_SHOWN, SliceOfBooks, VoucherView};
pub use service::cash::{BoxView, CashForm, MoveForm};
pub use service::clearing::{ByHandForm, ClearingView, InterbankView, LINES_SHOWN, RETURN_CODES};
pub use service::customer::{AccountView, CustomerView, IdentityCheck, Revealed};
pub use service::customer_security::{CustomerSecurity, StaffCardView, StopGround};
pub use service::factor::{CounterCardAct, FactorChoice, TokenForm};
pub use service::limit::{LimitsForm, LimitsView};

use accounts::Accounts;
use kit::{Clock, Random};
use passport::Passport;
use payments::Payments;
use staff::{Roles, Staff};
use std::sync::Arc;

/// What a bank may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The most cash that a teller takes or pays out alone, minor units, inclusive. Large cash is 50,000 yuan and more in
    /// the regulator's rules of 2006 on reporting it.
    pub cash_limit_minor: i64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { cash_limit_minor: 5_000_000 }
    }
}

/// What the desk is made of.
pub struct Parts {
    /// Who works here.
    pub staff: Staff,
    /// Who comes.
    pub passport: Passport,
    /// What they have.
    pub accounts: Accounts,
    /// What they pay.
    pub payments: Payments,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// For the keys of forms.
    pub random: Random,
    /// What the bank set.
    pub rules: Rules,
}

/// The counter's service. Clones share everything.
#[derive(Clone)]
pub struct Desk {
    inner: Arc<Inner>,
}

struct Inner {
    staff: Staff,
    passport: Passport,
    accounts: Accounts,
    payments: Payments,
    clock: Arc<dyn Clock>,
    random: Random,
    rules: Rules,
    /// Approved proposals are carried out one after the other.
    carrying_out: tokio::sync::Mutex<()>,
}

impl Desk {
    /// Puts the service together.
    pub fn new(parts: Parts) -> Self {
        let Parts { staff, passport, accounts, payments, clock, random, rules } = parts;
        let carrying_out = tokio::sync::Mutex::new(());
        Self { inner: Arc::new(Inner { staff, passport, accounts, payments, clock, random, rules, carrying_out }) }
    }

    /// The staff service.
    pub fn staff(&self) -> &Staff {
        &self.inner.staff
    }

    /// What the bank set.
    pub fn rules(&self) -> Rules {
        self.inner.rules
    }

    /// A key for a form, so that what is sent twice is done once.
    pub(crate) fn form_key(&self) -> String {
        format!("{:032x}", self.inner.random.u128())
    }
}

/// The places of the navigation that a member with these roles has: [`staff::Parts::places`].
pub fn places(roles: Roles) -> Vec<&'static str> {
    let mine = pages::PLACES.iter().filter(|(_, act)| act.is_none_or(|act| act.check(roles).is_ok()));
    mine.map(|(key, _)| *key).collect()
}
