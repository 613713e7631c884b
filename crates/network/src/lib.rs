//! The local counterpart of a clearing network: a clearing house and two other banks with customers, for trying a bank with.
//!
//! * The **clearing house** (清算所) takes messages of ISO 20022 from participants, decides, settles, and tells each side
//!   through a **mailbox** (信箱) that it reads at its own pace. Two banks with customers live inside.
//! * A participant's **position** (头寸) is what the others owe it, below zero what it owes them; all positions together are
//!   zero at every moment. It may fall to the participant's **net debit cap** (净借记限额) and no further.
//! * **Real time** (实时): one payment a message, decided at once. If the payee's bank is a program elsewhere, it is asked
//!   first; both hear of the end. **Batch** (批量): payments wait for the next **settlement window** (清算场次), are netted and
//!   settled there; the payee's bank gets them settled.
//! * The **settlement day** (清算日) ends at local midnight with a statement; settlement does not stop for it.
//!
//! Rules: a message is answered 202 only when everything that it caused is durable, in one transaction with the mailbox
//! lines, bookings and balances; the same message again does nothing. Each payment has one entry for each of its two banks
//! for ever. An id that was asked about and never came is refused for ever. Nothing happens by time but in
//! [`Network::tick`].
//!
//! It can be told to go wrong ([`Faults`]): to delay, refuse, stay silent, answer twice or late, break connections, be down,
//! return payments days later, contradict itself, talk of payments that nobody sent. Draws follow from a seed and the
//! payment, so that a run repeats whatever the timing.
//!
//! A **terminal** (终端) is the counterpart of a card network: see [`Terminal`] and its pages.
//!
//! Absent: it is a counterpart for one machine and one process, not a clearing house for others: no TLS, no signatures on
//! messages, no queues when a cap is reached, no holidays.

pub mod api;
mod migrations;
mod model;
pub mod pages;
mod service;
mod store;
mod terminal;

pub use model::fault::{Chance, FaultKind, Faults};
pub use model::rule::Scheme;
pub use model::sale::{BankWord, Sale, SaleStep, Trouble};
pub use model::window::Windows;
pub use service::operator::{GiveBack, IssuedCard, NewCard, PayOrder, Position, Positions};
pub use store::STATEMENTS;
pub use terminal::{NewSale, Terminal};

use axum::Router;
use db::Db;
use kit::{Calendar, Clock, Fault, FaultContext, Random, Result, Timestamp};
use notify::SmsGateway;
use service::unit::Unit;
use service::{Desk, House, Outcome, Work};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

/// The number of the clearing house itself.
pub const HOUSE: &str = "990100000001";
/// How often it is looked whether something is due.
const TICK_EVERY: Duration = Duration::from_millis(200);

/// The tables of this room.
pub fn room() -> db::Room {
    db::Room { name: "network", migrations: migrations::MIGRATIONS }
}

/// A bank that takes part as a program elsewhere.
#[derive(Clone)]
pub struct Participant {
    /// Its number, 12 digits.
    pub code: String,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
    /// The bearer key by which it is known.
    pub api_key: String,
}

impl Participant {
    /// Tongbao, with this key.
    pub fn tongbao(api_key: &str) -> Self {
        Self {
            code: "990290010001".to_owned(),
            name_zh: "通宝银行".to_owned(),
            name_en: "Tongbao".to_owned(),
            api_key: api_key.to_owned(),
        }
    }
}

/// Somebody who has a card at the first bank from the start.
#[derive(Clone)]
pub struct Holder {
    /// The name.
    pub name: String,
    /// The citizen number.
    pub citizen_number: String,
    /// The mobile number.
    pub mobile: String,
}

/// What a network is made of.
pub struct Parts {
    /// Where it keeps its state.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// For codes and names of mandates.
    pub random: Random,
    /// Whose midnight ends the day.
    pub calendar: Calendar,
    /// The way of the other banks' own codes to phones.
    pub gateway: Arc<dyn SmsGateway>,
    /// The banks elsewhere.
    pub participants: Vec<Participant>,
    /// Who has a card at the first bank from the start.
    pub holders: Vec<Holder>,
    /// Amounts and times.
    pub scheme: Scheme,
    /// Settlement windows.
    pub windows: Windows,
    /// What goes wrong; none is what was set last.
    pub faults: Option<Faults>,
    /// The operator's bearer key.
    pub admin_key: String,
}

/// The network. Clones share everything.
#[derive(Clone)]
pub struct Network {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) desk: Arc<Desk>,
    pub(crate) house: Arc<House>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Random,
    pub(crate) gateway: Arc<dyn SmsGateway>,
    pub(crate) participants: Vec<Participant>,
    pub(crate) admin_key: String,
    pub(crate) attempts: api::Attempts,
    is_closed: AtomicBool,
}

impl Network {
    /// Opens the network over its database and starts its worker; nothing is served yet.
    ///
    /// # Errors
    /// A fault of the database, or a participant with the number of a bank that lives here.
    pub async fn open(parts: Parts) -> Result<Self, Fault> {
        let Parts { db, clock, random, calendar, gateway, participants, holders, scheme, windows, faults, admin_key } =
            parts;
        db.migrate(&[room()]).await?;
        let house = Arc::new(House { code: HOUSE.to_owned(), calendar, windows, scheme });
        let mut unit = Unit::begin(&db, &house, Faults::none(), clock.now()).await?;
        service::seed::seed(&mut unit, &participants, &holders).await?;
        let faults = match faults {
            Some(faults) => {
                service::operator::set_faults(&mut unit, &faults).await?;
                faults
            }
            None => store::scheme::faults(&mut unit.tx).await?.unwrap_or_default(),
        };
        let sequences = unit.commit().await?;
        let desk = Desk::start(db.clone(), house.clone(), clock.clone(), faults, sequences);
        let attempts = api::Attempts::default();
        let is_closed = AtomicBool::new(false);
        let inner = Inner { db, desk, house, clock, random, gateway, participants, admin_key, attempts, is_closed };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The protocol and the operator's routes; see [`api`].
    pub fn router(&self) -> Router {
        api::router(self.clone())
    }

    /// Serves the routes on a free port of the loopback and lets the clock run; gives the address. Both end with the process.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start(&self) -> Result<String, Fault> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.fault("opening the clearing house")?;
        let address = listener.local_addr()?;
        let router = self.router();
        kit::spawn("clearing house doors", async move { axum::serve(listener, router).await });
        self.start_clock();
        Ok(format!("http://{address}"))
    }

    /// Lets the clock run: what is due is done several times a second, until the process ends.
    pub fn start_clock(&self) {
        let network = Arc::downgrade(&self.inner);
        kit::spawn("clearing house clock", async move {
            let mut ticks = tokio::time::interval(TICK_EVERY);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let Some(inner) = network.upgrade().filter(|inner| !inner.is_closed.load(Ordering::SeqCst)) else {
                    return;
                };
                let now = inner.clock.now();
                if let Err(fault) = (Self { inner }).tick(now).await {
                    tracing::error!(%fault, "what is due could not be done; the next try comes soon");
                }
            }
        });
    }

    /// Does what is due by now: windows, the end of days, questions asked again, what a fault put off.
    ///
    /// # Errors
    /// A fault of the database; the next tick tries again.
    pub async fn tick(&self, now: Timestamp) -> Result<(), Fault> {
        while let Outcome::More = self.inner.desk.run(Work::Tick, Some(now)).await? {}
        Ok(())
    }

    /// What goes wrong now.
    pub fn faults(&self) -> Faults {
        self.inner.desk.faults()
    }

    /// Lets other things go wrong from now on.
    ///
    /// # Errors
    /// Refuses with `network.faults_invalid`.
    pub async fn set_faults(&self, faults: Faults) -> Result<()> {
        if let Some(flaw) = faults.flaw() {
            return Err(kit::Refusal::new(model::refusal::FAULTS_INVALID, 422).with("flaw", flaw).into());
        }
        self.act(Work::Faults(faults)).await.map(|_| ())
    }

    /// A customer of a bank that lives here pays somebody elsewhere; gives the `TxId`.
    ///
    /// # Errors
    /// Refuses with `network.field_invalid` and the `field`, `network.funds_insufficient`, `network.account_not_open`.
    pub async fn pay(&self, order: PayOrder) -> Result<String> {
        self.pay_under(None, order).await
    }

    /// The same for a form: what is sent twice under one key is paid once.
    pub(crate) async fn pay_under(&self, key: Option<String>, order: PayOrder) -> Result<String> {
        match self.act(Work::Pay { key, order }).await? {
            Outcome::Paid(id) => Ok(id),
            _ => Err(odd().into()),
        }
    }

    /// Issues a card with money on it. Who has one with this mobile number gets the same again.
    ///
    /// # Errors
    /// Refuses with `network.field_invalid` and the `field`, `network.holder_has_other_name`.
    pub async fn issue_card(&self, new: NewCard) -> Result<IssuedCard> {
        match self.act(Work::Issue(new)).await? {
            Outcome::Issued(card) => Ok(card),
            _ => Err(odd().into()),
        }
    }

    /// Ends the open settlement day now, with its statements.
    ///
    /// # Errors
    /// Refuses with `network.day_closed` if the calendar's day is closed already.
    pub async fn close_day(&self) -> Result<()> {
        self.act(Work::CloseDay).await.map(|_| ())
    }

    /// A bank that lives here gives a settled payment back; gives the `RtrId`.
    ///
    /// # Errors
    /// Refuses with `network.payment_not_found`, `network.payment_not_returnable`, `network.payment_returned`,
    /// `network.funds_insufficient`, `network.field_invalid`.
    pub async fn give_back(&self, order: GiveBack) -> Result<String> {
        match self.act(Work::GiveBack(order)).await? {
            Outcome::Paid(id) => Ok(id),
            _ => Err(odd().into()),
        }
    }

    /// What everybody has, at one moment.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn positions(&self) -> Result<Positions> {
        match self.act(Work::Positions).await? {
            Outcome::Positions(positions) => Ok(positions),
            _ => Err(odd().into()),
        }
    }

    /// Stops the clock and closes the database; what is asked afterwards is a fault.
    pub async fn close(&self) {
        self.inner.is_closed.store(true, Ordering::SeqCst);
        self.inner.db.close().await;
    }

    pub(crate) async fn act(&self, work: Work) -> Result<Outcome> {
        match self.inner.desk.run(work, None).await? {
            Outcome::Refused(refusal) => Err(refusal.into()),
            outcome => Ok(outcome),
        }
    }
}

pub(crate) fn odd() -> Fault {
    Fault::new("the clearing house answered something else than it was asked")
}
