//! Opening a bank over an empty database, closing it, opening it again.

use crate::{House, OWN_CODE, OtherBanks};
use accounts::{Accounts, BankAccounts, CardDesk, Projections, Terms, Vault, Verifier};
use branch::Desk;
use cache::Cache;
use cloud::Cloud;
use db::Db;
use db::test_support::TestDatabase;
use kit::{Calendar, Clock, FakeClock, Fault, IdMaker, Random, Timestamp};
use ledger::Options;
use money::Currency;
use notify::Notify;
use notify::demo::Phone;
use passport::registry::{Counterpart, Mode};
use passport::{Keys, Passport, Rules};
use payments::{Channel, Clearing, ClearingTerms, Factor, Payments, Policy, RateTable};
use staff::Staff;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// Where every bank's clock stands at first: 2026-11-21 13:26:08 in Shanghai.
pub const START: Timestamp = Timestamp(1_795_238_768_000);

/// A bank, its clock in the test's hand.
pub struct Bank {
    /// SQL.
    pub db: Db,
    /// The ledger.
    pub ledger: Cloud,
    /// What keeps SQL up to the journal.
    pub projections: Projections,
    /// Texts and inboxes.
    pub notify: Notify,
    /// Everybody's phone, with the texts that came.
    pub phone: Phone,
    /// Other banks and their cards.
    pub others: OtherBanks,
    /// The clearing house between them and this bank.
    pub house: House,
    /// The registry of citizens, which says what the test wants.
    pub registry: Counterpart,
    /// People and sessions.
    pub passport: Passport,
    /// Accounts.
    pub accounts: Accounts,
    /// Payments.
    pub payments: Payments,
    /// What it remembers of SQL.
    pub cache: Cache,
    /// The bank's own accounts.
    pub own: BankAccounts,
    /// The bank's own people.
    pub staff: Staff,
    /// The counter.
    pub desk: Desk,
    /// Moves only when told.
    pub clock: FakeClock,
    /// Repeats with the bank.
    pub random: Random,
    /// Makes numbers.
    pub ids: Arc<IdMaker>,
    /// Asia/Shanghai.
    pub calendar: Calendar,
    folder: Arc<TempDir>,
    database: Option<TestDatabase>,
}

impl Bank {
    /// A bank over an empty database of this engine, which lives as long as the bank.
    pub async fn start(engine: db::Engine) -> Self {
        let database = TestDatabase::create(engine).await;
        let bank = Self::on(database.db()).await;
        Self { database: Some(database), ..bank }
    }

    /// A bank over this empty database, with as many partitions of its ledger as `TONGBAO_TEST_PARTITIONS` says, or one.
    pub async fn on(db: Db) -> Self {
        Self::with_partitions(db, partitions()).await
    }

    /// The same with so many partitions.
    pub async fn with_partitions(db: Db, partitions: u16) -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
        let opened = Self::open(db, Arc::new(folder), FakeClock::new(START), None, partitions).await;
        opened.unwrap_or_else(|fault| panic!("the bank did not open: {fault}"))
    }

    /// Opens the services over the data that is there.
    async fn open(
        db: Db,
        folder: Arc<TempDir>,
        clock: FakeClock,
        house: Option<House>,
        partitions: u16,
    ) -> Result<Self, Fault> {
        db.migrate(&[notify::room(), passport::room(), staff::room(), accounts::room(), payments::room()]).await?;
        let calendar = Calendar::try_new("Asia/Shanghai")?;
        let ledger = open_ledger(folder.path(), &calendar, partitions).await?;
        let cache = Cache::local();
        let slicing = accounts::settle_slicing(&db, &calendar, None, clock.now()).await?;
        let mut list = accounts::projections(&ledger, &slicing, &cache);
        list.extend(payments::projections());
        let projections = Projections::open(db.clone(), ledger.clone(), list).await?;
        projections.start();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        // Never the same draws again after a restart.
        let records: u64 = ledger.partitions().iter().map(|ledger| ledger.head().position).sum();
        let random = Random::seeded(20_261_121 + records);
        let ids = Arc::new(IdMaker::new(Arc::clone(&shared), 0));
        let registry = Counterpart::new(Mode::Yes, "");
        let phone = Phone::new(Arc::clone(&shared), &random);
        let others = OtherBanks::new(phone.clone());
        let gateway = Arc::new(phone.clone());
        let notify = Notify::new(db.clone(), Arc::clone(&shared), Arc::clone(&ids), random.clone(), gateway);
        let passport = Passport::try_new(passport::Parts {
            db: db.clone(),
            clock: Arc::clone(&shared),
            random: random.clone(),
            ids: Arc::clone(&ids),
            rules: Rules::for_tests(),
            notify: notify.clone(),
            keys: Keys::for_tests(),
            calendar: calendar.clone(),
            registry: Arc::new(registry.clone()),
            cache: cache.clone(),
        })?;
        let verifier = Verifier::new(Keys::for_tests().papers());
        let terms = Terms { institution: 1, currency: Currency::CNY, calendar: calendar.clone(), slicing, verifier };
        let accounts = Accounts::new(
            db.clone(),
            ledger.clone(),
            Arc::clone(&shared),
            Arc::clone(&ids),
            projections.clone(),
            terms,
            &cache,
        );
        passport.set_accounts_port(Arc::new(accounts.clone()));
        let (vault, prefix) = (Vault::for_tests(), "620003".to_owned());
        accounts.set_card_desk(CardDesk { passport: passport.clone(), vault, ids: Arc::clone(&ids), prefix });
        let own = accounts.ensure_bank_accounts().await.map_err(|error| Fault::new(error.to_string()))?;
        let payments = Payments::new(
            db.clone(),
            ledger.clone(),
            passport.clone(),
            accounts.clone(),
            Arc::clone(&shared),
            Arc::clone(&ids),
            // So that tests of other things can pay in one call. What a program needs by default has tests of its own.
            Policy::default().with_factor(Channel::Api, Factor::Password),
        );
        let house = House::new(house, others.clone(), clock.clone(), calendar.clone());
        payments.set_clearing(clearing(&house));
        payments.set_card_rates(RateTable::example());
        let staff = Staff::try_new(staff::Parts {
            db: db.clone(),
            clock: Arc::clone(&shared),
            random: random.clone(),
            ids: Arc::clone(&ids),
            seal_key: Keys::for_tests().staff(),
            rules: staff::Rules::for_tests(),
            places: branch::places,
        })?;
        let desk = Desk::new(branch::Parts {
            staff: staff.clone(),
            passport: passport.clone(),
            accounts: accounts.clone(),
            payments: payments.clone(),
            clock: shared,
            random: random.clone(),
            rules: branch::Rules::default(),
        });
        Ok(Self {
            db,
            ledger,
            projections,
            notify,
            phone,
            others,
            house,
            registry,
            passport,
            accounts,
            payments,
            cache,
            own,
            staff,
            desk,
            clock,
            random,
            ids,
            calendar,
            folder,
            database: None,
        })
    }

    /// The same bank under another policy of payments.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.payments = Payments::new(
            self.db.clone(),
            self.ledger.clone(),
            self.passport.clone(),
            self.accounts.clone(),
            Arc::new(self.clock.clone()),
            Arc::clone(&self.ids),
            policy,
        );
        self.payments.set_clearing(clearing(&self.house));
        self.payments.set_card_rates(RateTable::example());
        self
    }

    /// Closes the bank and opens it again over the same data.
    pub async fn restart(self) -> Self {
        let partitions = self.ledger.partitions().len() as u16;
        self.restart_with(partitions).await
    }

    /// The same with so many partitions from now on.
    pub async fn restart_with(self, partitions: u16) -> Self {
        let (db, folder, clock) = (self.db.clone(), Arc::clone(&self.folder), self.clock.clone());
        let house = self.house.clone();
        let database = self.close().await;
        let opened = Self::open(db, folder, clock, Some(house), partitions).await;
        let bank = opened.unwrap_or_else(|fault| panic!("the bank did not open again: {fault}"));
        Self { database, ..bank }
    }

    /// Closes the bank.
    pub async fn stop(self) {
        self.close().await;
    }

    async fn close(self) -> Option<TestDatabase> {
        self.projections.stop().await;
        self.ledger.close().await;
        self.database
    }

    /// Lets ledger time move on to the clock's, as a serving bank does each second: what is due to run out does.
    pub async fn tick(&self) {
        let id = ledger::CommandId(self.random.u128().clamp(1, u128::MAX - 1));
        let (time_ms, action) = (self.clock.now().as_ms(), ledger::Action::Tick);
        let ticked = self.ledger.execute(ledger::Command { id, time_ms, action, document: Vec::new() }).await;
        ticked.unwrap_or_else(|error| panic!("a tick was not taken: {error}"));
    }

    /// Records that are durable, of all partitions.
    pub fn records(&self) -> u64 {
        self.ledger.partitions().iter().map(|ledger| ledger.head().position).sum()
    }

    /// The folder of the ledger.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

fn clearing(house: &House) -> Clearing {
    Clearing { network: Arc::new(house.clone()), terms: ClearingTerms::new(OWN_CODE) }
}

fn partitions() -> u16 {
    let wanted = std::env::var("TONGBAO_TEST_PARTITIONS").ok();
    wanted.map_or(1, |wanted| wanted.parse().unwrap_or_else(|_| panic!("TONGBAO_TEST_PARTITIONS is a number")))
}

async fn open_ledger(folder: &Path, calendar: &Calendar, partitions: u16) -> Result<Cloud, Fault> {
    let calendar = calendar.clone();
    let mut options = Options::new(Arc::new(move |_, time_ms| calendar.day(Timestamp(time_ms))));
    // A test's folder may vanish under a ledger that was not closed because the test failed.
    options.on_fatal = Arc::new(|what| eprintln!("the ledger of a test stops: {what}"));
    let folder = folder.to_owned();
    let open = move || Cloud::open(&folder, partitions, &options, accounts::chart::TRANSIT);
    let cloud = tokio::task::spawn_blocking(open).await??;
    cloud.sweep().await?;
    Ok(cloud)
}
