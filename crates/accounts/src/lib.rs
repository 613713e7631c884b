//! Account products, customers' accounts, statements and the general-ledger books.
//!
//! * A **product** (产品) says which kind of account it is and which rules come with it.
//! * A **class** (账户分类) caps what an account of Class II or III pays and takes in; the caps are counters of the ledger,
//!   opened before the account, and every transfer names them: [`limit_uses`].
//! * An **account number** (账号) is made from the ledger's id; see [`AccountNumber`]. An **alias** is a name for machines.
//! * A **movement** (交易明细) is one side of a booked transfer, with the balance after it.
//! * A **certificate** (账户证明) says what an account held at a moment; its code is checked by whoever holds the paper.
//! * The **books** (账簿) add up debits and credits per bank day and kind in the **chart of accounts** (会计科目).
//! * The **general ledger** (总账) is made of **vouchers** (凭证), each the sum of one sort of transfers in one **slice** (时间片); the
//!   payment path writes none, the bookkeeper makes them from the journal: [`Bookkeeper`], [`Slicing`].
//! * A **projection** is a table built from the journal alone; see [`projection`].
//!
//! Rules: balances come from the ledger, never from SQL; every table here can be dropped and built again; who does not
//! own an account does not learn that it exists; what identifies a person stays out of the journal.
//!
//! * A **debit card** (借记卡) pays from an account. Its number lies sealed in the **vault** (卡号保险库) and is found by a keyed
//!   hash; its security code is computed and kept nowhere; see [`Vault`].
//! * A **lock** (账户安全锁) keeps a card from what its owner never does: abroad, outside home, at night; see [`CardLocks`]. Locking
//!   is one tap; unlocking needs a proof.
//!
//! Absent: physical cards, PINs and chips: whether a card was there is the network's word.

mod migrations;
mod model;
pub mod projection;
mod service;
mod store;
mod vault;

pub use model::account::{AccountRef, AccountSummary, ClassOpening, Movement, Opening};
pub use model::book::{TrialBalance, TrialLine};
pub use model::certificate::{Certificate, CertificateId};
pub use model::chart;
pub use model::class::{Bound, ClassCounters, ClassRule, class_rule, limit_uses, limit_uses_elsewhere};
pub use model::csv::CsvWriter;
pub use model::debit_card::{
    CVV_TRIES, CardAct, CardFace, DEBIT_CARDS_MOST, DebitCard, DebitCardId, DebitCardNumber, DebitCardState, Expiry,
    GUESSES_MOST,
};
pub use model::division::{Division, DivisionEntry};
pub use model::document::{Document, command_id};
pub use model::limit::{
    Caps, LIMITED_CHANNELS, LIMITS, LimitCounter, LimitKind, Matrix, Method, OwnCap, OwnCaps, OwnLimit, OwnSet, uses_of,
};
pub use model::lock::{
    CardLocks, CardUse, Country, HomePlaces, LockChange, LockKind, NightHours, PLACES_MOST, UseChannel,
};
pub use model::number::AccountNumber;
pub use model::page::{PAGE_MAX, Page};
pub use model::product::Product;
pub use model::purpose::{NICKNAME_MAX, Purpose};
pub use model::restriction::{AccountEvent, EventKind, FreezeScope, Restrictions};
pub use model::slice::{SLICE_MINUTES, Slice, Slicing};
pub use model::statement::{AccountMonth, DayBalance, DaySums, MonthSummary, MovementFilter, Way};
pub use model::usage::{SmsUsage, Usage, Used};
pub use model::verifier::{Subject, Verifier};
pub use model::voucher::{
    BookItem, BookSum, Bookkeeper, SliceSum, SliceTotal, Voucher, VoucherDifference, VoucherKey, slice_sums,
    voucher_differences,
};
pub use model::wire;
pub use projection::{Projection, ProjectionError, Projections, projections};
pub use service::books::AliasBalance;
pub use service::card_lock::TerminalDay;
pub use service::debit_card::{CardDesk, CardEvent, NewCard};
pub use service::ledger_error;
pub use service::limit::LimitUsed;
pub use service::voucher::{BooksCheck, DaySumDifference, SliceTotalDifference, settle_slicing};
pub use store::STATEMENTS;
pub use store::limit::MatrixVersion;
pub use vault::Vault;

use cache::{Cache, Shelf};
use cloud::Cloud;
use db::Db;
use kit::{Calendar, Clock, IdMaker};
use money::Currency;
use service::debit_card::Desk;
use service::directory::Directory;
use service::door::Doors;
use service::limit::LimitDirectory;
use std::sync::Arc;

/// The tables of this room.
pub fn room() -> db::Room {
    db::Room { name: "accounts", migrations: migrations::MIGRATIONS }
}

/// The institution whose accounts these are.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Its number.
    pub institution: u16,
    /// The currency of its accounts.
    pub currency: Currency,
    /// Its calendar.
    pub calendar: Calendar,
    /// How its days are cut into slices.
    pub slicing: Slicing,
    /// Makes and reads the codes on its papers.
    pub verifier: Verifier,
}

/// The bank's own accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BankAccounts {
    /// Cash on hand.
    pub cash: AccountRef,
    /// Balance with the central bank.
    pub central_bank: AccountRef,
    /// Clearing between banks.
    pub clearing: AccountRef,
    /// Paid-in capital.
    pub capital: AccountRef,
    /// Fee income.
    pub fee_income: AccountRef,
    /// Money on its way to somebody who is no customer yet.
    pub suspense: AccountRef,
    /// What is owed to the card network.
    pub card_settlement: AccountRef,
}

/// The accounts service. Clones share everything.
#[derive(Clone)]
pub struct Accounts {
    inner: Arc<Inner>,
}

/// Read models that other nodes may know, too. Nothing here decides anything: whether an account is open and what binds a
/// payment the ledger knows.
struct Shelves {
    /// Which accounts a customer has, oldest first: id and currency.
    holdings: Shelf<Vec<(u64, u16)>>,
    /// What is shown of an account beside its balance: nickname, purpose, opened, restrictions, closed.
    faces: Shelf<Face>,
    /// What a customer set below the bank's limits, for those who look: which, how much, from when on.
    own_limits: Shelf<Vec<(String, Option<i64>, i64)>>,
}

/// The shelves that the projection of accounts forgets from.
pub(crate) const HOLDINGS: &str = "holdings";
pub(crate) const FACES: &str = "account_faces";

/// Nickname, code of the purpose, instant of the opening, number of the restrictions, instant of the end.
type Face = (String, Option<String>, i64, u8, Option<i64>);

impl Shelves {
    fn new(cache: &Cache) -> Self {
        Self {
            holdings: cache.shelf(HOLDINGS, 100_000),
            faces: cache.shelf(FACES, 100_000),
            own_limits: cache.shelf("own_limits", 100_000),
        }
    }
}

struct Inner {
    db: Db,
    ledger: Cloud,
    clock: Arc<dyn Clock>,
    projections: Projections,
    terms: Terms,
    directory: Directory,
    limits: LimitDirectory,
    ids: Arc<IdMaker>,
    shelves: Shelves,
    doors: Doors,
    desk: Desk,
}

impl Accounts {
    /// A service over an open ledger and its running projections.
    pub fn new(
        db: Db,
        ledger: Cloud,
        clock: Arc<dyn Clock>,
        ids: Arc<IdMaker>,
        projections: Projections,
        terms: Terms,
        cache: &Cache,
    ) -> Self {
        let shelves = Shelves::new(cache);
        let (directory, limits, doors) = (Directory::default(), LimitDirectory::default(), Doors::default());
        let desk = Desk::default();
        Self {
            inner: Arc::new(Inner {
                db,
                ledger,
                clock,
                projections,
                terms,
                directory,
                limits,
                ids,
                shelves,
                doors,
                desk,
            }),
        }
    }

    /// The institution whose accounts these are.
    pub fn terms(&self) -> &Terms {
        &self.inner.terms
    }

    /// Makes and reads the codes on papers that anybody can check.
    pub fn verifier(&self) -> &Verifier {
        &self.inner.terms.verifier
    }

    /// The projections that keep this room's tables.
    pub fn projections(&self) -> &Projections {
        &self.inner.projections
    }
}
