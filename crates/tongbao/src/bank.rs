//! The bank put together: which room gets what, in which order they start and stop.

use crate::config::{Config, sqlite_url};
use crate::demo;
use crate::trouble::Trouble;
use accounts::{Accounts, BankAccounts, CardDesk, Projections, Terms, Vault, Verifier};
use branch::Desk;
use cache::Cache;
use cloud::Cloud;
use db::Db;
use kit::{Calendar, Clock, FaultContext, Random, Timestamp};
use money::Currency;
use network::{Network, Participant};
use notify::demo::Phone;
use notify::{HttpGateway, NoGateway, Notify, SmsGateway};
use passport::registry::{Counterpart, HttpRegistry, IdRegistry, Mode, NoRegistry};
use passport::{BreachedPasswords, Keys, Passport, RelyingParty, Rules};
use payments::{HttpClearing, Payments, Policy, RateTable};
use staff::Staff;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The passport's secrets, in the data folder. Whoever has it and the database can read citizen numbers.
pub(crate) const KEY_FILE: &str = "passport.key";
/// The keys of card numbers, likewise. Whoever has it and the database can read them.
pub(crate) const VAULT_FILE: &str = "vault.key";
/// How long the provider of texts may take, for each of two tries.
const TEXT_WITHIN: Duration = Duration::from_secs(4);

/// How long the clearing house may take to answer to a message.
const CLEARING_WITHIN: Duration = Duration::from_secs(5);
/// How long the registry of citizens may take.
const REGISTRY_WITHIN: Duration = Duration::from_secs(5);

/// What a bank is made from.
pub struct Parts {
    /// Folder of the ledger.
    pub data: PathBuf,
    /// Of how many partitions the ledger is made; none: of as many as there are, or one.
    pub partitions: Option<u16>,
    /// The SQL database.
    pub database_url: String,
    /// Number of the institution.
    pub institution: u16,
    /// Its time zone.
    pub zone: String,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub random: Random,
    /// The way to people's phones.
    pub phones: Phones,
    /// Who knows which name belongs to which citizen number.
    pub citizens: Citizens,
    /// The way to other banks.
    pub clearing: Clearing,
    /// What was agreed with the clearing house.
    pub clearing_terms: ClearingTerms,
    /// Where people's browsers reach the bank, if it is known.
    pub origin: Option<String>,
    /// A file of breached passwords, for customers and staff.
    pub breached_passwords: Option<PathBuf>,
    /// For how long texts prove nothing after a text alone reset a password, in milliseconds.
    pub texts_rest_ms: i64,
    /// What confirms a payment.
    pub policy: Policy,
    /// What the counter may do with one signature.
    pub counter: branch::Rules,
    /// Which members of staff prove a sign-in with a token too.
    pub second_step: staff::Roles,
    /// The cards that the bank issues.
    pub cards: Cards,
    /// The Redis server through which nodes share what they remember; none: this one alone has the database.
    pub redis: Option<String>,
    /// The length of the general ledger's slices; none keeps what was settled.
    pub slice_minutes: Option<u16>,
    /// Business time at which the bank's own accounts are opened, so that earlier payments can be brought in at theirs; none is now.
    pub begins: Option<Timestamp>,
}

/// The cards that a bank issues.
#[derive(Clone)]
pub struct Cards {
    /// With what their numbers begin, 6 to 9 digits.
    pub prefix: String,
    /// The key by which the card network is let in; a short one lets nobody in.
    pub network_key: String,
    /// What other currencies cost; without a table they are refused.
    pub rates: Option<RateTable>,
}

impl Default for Cards {
    fn default() -> Self {
        Self { prefix: "620003".to_owned(), network_key: String::new(), rates: None }
    }
}

impl Cards {
    /// Those of the demonstration: a key that nobody was told, and the example's rates.
    pub fn demo(random: &Random) -> Self {
        let network_key = format!("{:032x}", random.u128());
        Self { network_key, rates: Some(RateTable::example()), ..Self::default() }
    }
}

/// Who knows which name belongs to which citizen number.
#[derive(Clone)]
pub enum Citizens {
    /// Nobody: names are proven at the counter alone.
    None,
    /// The demonstration's own registry, which says yes.
    Demo,
    /// A registry, by address and key.
    Registry {
        /// `http://host:port/path`.
        url: String,
        /// The bearer key.
        api_key: String,
    },
}

/// The way to people's phones.
#[derive(Debug, Clone)]
pub enum Phones {
    /// No way: what needs a text is refused.
    None,
    /// The demonstration's own provider, whose texts a page shows.
    Demo,
    /// A provider, by address and key.
    Provider {
        /// `http://host:port/path`.
        url: String,
        /// The bearer key.
        api_key: String,
    },
}

/// The way to other banks.
#[derive(Clone)]
pub enum Clearing {
    /// No way: money stays within the bank.
    None,
    /// The demonstration's own clearing house, with two other banks.
    Demo,
    /// A clearing house, by address and key.
    Network {
        /// `http://host:port`.
        url: String,
        /// The bearer key.
        api_key: String,
    },
}

/// What was agreed with the clearing house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearingTerms {
    /// Our number there, 12 digits.
    pub code: String,
    /// The most that a real-time payment may be, inclusive, in minor units.
    pub real_time_max_minor: i64,
    /// Local times of the settlement windows, minutes after midnight, rising.
    pub windows: Vec<u16>,
    /// How long an answer to a real-time payment may take before it is asked about.
    pub answer_within: Duration,
    /// How far our position there may fall below zero, in minor units.
    pub net_debit_cap_minor: i64,
}

/// The way to a clearing house that was found.
#[derive(Clone)]
pub struct ClearingLine {
    /// `http://host:port`.
    pub url: String,
    /// The bearer key.
    pub api_key: String,
    /// What was agreed.
    pub terms: ClearingTerms,
}

impl ClearingLine {
    /// What payments go through.
    fn open(&self) -> Result<payments::Clearing, Trouble> {
        let agreed = &self.terms;
        let windows = payments::Windows::try_new(agreed.windows.clone());
        let windows = windows.ok_or_else(|| Trouble::new("The settlement windows are no times of day that rise."))?;
        let network = HttpClearing::try_new(&self.url, &self.api_key, &agreed.code, CLEARING_WITHIN)?;
        let terms = payments::ClearingTerms {
            code: agreed.code.clone(),
            real_time_max_minor: agreed.real_time_max_minor,
            windows,
            answer_within_ms: i64::try_from(agreed.answer_within.as_millis()).unwrap_or(i64::MAX),
            net_debit_cap_minor: agreed.net_debit_cap_minor,
        };
        Ok(payments::Clearing { network: Arc::new(network), terms })
    }
}

impl Default for ClearingTerms {
    /// One million yuan; 10:00, 12:00, 15:00 and 17:30; ten seconds.
    fn default() -> Self {
        Self {
            code: "990290010001".to_owned(),
            real_time_max_minor: 100_000_000,
            windows: vec![600, 720, 900, 1_050],
            answer_within: Duration::from_secs(10),
            net_debit_cap_minor: 5_000_000_000,
        }
    }
}

impl Parts {
    /// A bank with its database in the data folder, by the computer's clock.
    pub fn embedded(data: &Path) -> Self {
        let defaults = Config::default();
        Self {
            data: data.to_owned(),
            partitions: None,
            database_url: sqlite_url(data),
            institution: defaults.bank.institution,
            zone: defaults.bank.zone,
            clock: Arc::new(kit::SystemClock),
            random: Random::system(),
            phones: Phones::None,
            citizens: Citizens::None,
            clearing: Clearing::None,
            clearing_terms: ClearingTerms::default(),
            origin: None,
            breached_passwords: None,
            texts_rest_ms: defaults.passport.texts_rest_ms(),
            policy: Policy::default(),
            counter: branch::Rules::default(),
            second_step: staff::Rules::default().second_step,
            cards: Cards::default(),
            redis: None,
            slice_minutes: None,
            begins: None,
        }
    }

    /// The bank of a configuration.
    ///
    /// # Errors
    /// A value that is not what its name says.
    pub fn configured(config: &Config) -> Result<Self, Trouble> {
        Ok(Self {
            partitions: config.ledger.partitions()?,
            database_url: config.database_url(),
            institution: config.bank.institution,
            zone: config.bank.zone.clone(),
            phones: config.texts.phones(),
            citizens: config.registry.citizens(),
            clearing: config.clearing.clearing(),
            clearing_terms: config.clearing.terms()?,
            origin: config.origin(),
            breached_passwords: config.passport.breached_passwords.clone(),
            texts_rest_ms: config.passport.texts_rest_ms(),
            policy: config.payments.policy(),
            counter: config.counter.rules(),
            second_step: config.staff.second_step()?,
            cards: config.cards.cards()?,
            redis: config.cache.redis.clone(),
            slice_minutes: Some(config.books.slice_minutes()?),
            ..Self::embedded(&config.data)
        })
    }
}

/// A running bank without its doors: all services, no listener.
#[derive(Clone)]
pub struct Bank {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Bank days.
    pub calendar: Calendar,
    /// Randomness.
    pub random: Random,
    /// SQL.
    pub db: Db,
    /// Money.
    pub ledger: Cloud,
    /// What SQL knows of the ledger.
    pub projections: Projections,
    /// Texts and inboxes.
    pub notify: Notify,
    /// The phones of the demonstration; none elsewhere.
    pub phone: Option<Phone>,
    /// The way to other banks; none where money stays within the bank.
    pub clearing: Option<ClearingLine>,
    /// The clearing house of the demonstration; none elsewhere.
    pub network: Option<Network>,
    /// People.
    pub passport: Arc<Passport>,
    /// Accounts.
    pub accounts: Accounts,
    /// Payments.
    pub payments: Payments,
    /// The bank's own accounts.
    pub own: BankAccounts,
    /// The bank's own people.
    pub staff: Staff,
    /// The counter.
    pub desk: Desk,
    /// The key by which the card network is let in.
    pub card_network_key: Arc<str>,
    /// What is remembered of SQL.
    pub cache: Cache,
}

impl Bank {
    /// Opens database and ledger and starts every service.
    pub async fn open(parts: Parts) -> Result<Self, Trouble> {
        let Parts {
            data,
            partitions,
            database_url,
            institution,
            zone,
            clock,
            random,
            phones,
            citizens,
            clearing,
            clearing_terms,
            origin,
            breached_passwords,
            texts_rest_ms,
            policy,
            counter,
            second_step,
            cards,
            redis,
            slice_minutes,
            begins,
        } = parts;
        let calendar = Calendar::try_new(&zone).map_err(|fault| {
            Trouble::new(format!("{fault}.")).remedy("[bank] zone takes an IANA name such as Asia/Shanghai.")
        })?;
        let db = Db::open(&database_url).await.map_err(Trouble::database)?;
        db.migrate(&rooms()).await.map_err(Trouble::database)?;
        let ledger = open_ledger(&data, partitions, calendar.clone()).await?;
        let keys = Keys::open(&data.join(KEY_FILE), &random)?;
        let cache = opened_cache(redis.as_deref(), &keys, &random)?;
        let slicing = accounts::settle_slicing(&db, &calendar, slice_minutes, clock.now()).await?;
        let mut all = accounts::projections(&ledger, &slicing, &cache);
        all.extend(payments::projections());
        let projections = Projections::open(db.clone(), ledger.clone(), all).await.map_err(Trouble::from)?;
        projections.start();
        let ids = numbers::start(&db, &clock, &random).await?;
        let (gateway, phone) = gateway(&phones, &clock, &random).await?;
        let texts = gateway.clone();
        let notify = Notify::new(db.clone(), clock.clone(), ids.clone(), random.clone(), gateway);
        let relying_party = relying_party(origin.as_deref())?;
        let breached = breached(breached_passwords).await?;
        let (verifier, staff_key) = (Verifier::new(keys.papers()), keys.staff());
        let passport = Passport::try_new(passport::Parts {
            db: db.clone(),
            clock: clock.clone(),
            random: random.clone(),
            ids: ids.clone(),
            rules: Rules {
                institution,
                relying_party: relying_party.clone(),
                breached: breached.clone(),
                texts_rest_ms,
                ..Rules::default()
            },
            notify: notify.clone(),
            keys,
            calendar: calendar.clone(),
            registry: registry(&citizens, &random).await?,
            cache: cache.clone(),
        })?;
        passport.check_keys().await.map_err(|fault| {
            Trouble::new(format!("{fault}."))
                .remedy(format!("Put the {KEY_FILE} that belongs to the database into {}.", data.display()))
        })?;
        let terms = Terms { institution, currency: Currency::CNY, calendar: calendar.clone(), slicing, verifier };
        let accounts =
            Accounts::new(db.clone(), ledger.clone(), clock.clone(), ids.clone(), projections.clone(), terms, &cache);
        passport.set_accounts_port(Arc::new(accounts.clone()));
        let (vault, prefix) = (Vault::open(&data.join(VAULT_FILE), &random)?, cards.prefix);
        accounts.set_card_desk(CardDesk { passport: passport.clone(), vault, ids: ids.clone(), prefix });
        accounts.check_vault().await.map_err(|fault| {
            Trouble::new(format!("{fault}."))
                .remedy(format!("Put the {VAULT_FILE} that belongs to the database into {}.", data.display()))
        })?;
        let own = accounts.ensure_bank_accounts_at(begins.unwrap_or_else(|| clock.now())).await?;
        let payments = Payments::new(
            db.clone(),
            ledger.clone(),
            passport.clone(),
            accounts.clone(),
            clock.clone(),
            ids.clone(),
            policy,
        );
        if let Some(rates) = cards.rates {
            payments.set_card_rates(rates);
        }
        let staff = Staff::try_new(staff::Parts {
            db: db.clone(),
            clock: clock.clone(),
            random: random.clone(),
            ids,
            seal_key: staff_key,
            rules: staff::Rules { second_step, breached, relying_party, ..staff::Rules::default() },
            places: branch::places,
        })?;
        let desk = Desk::new(branch::Parts {
            staff: staff.clone(),
            passport: passport.clone(),
            accounts: accounts.clone(),
            payments: payments.clone(),
            clock: clock.clone(),
            random: random.clone(),
            rules: counter,
        });
        let (clearing, network) = match clearing {
            Clearing::None => (None, None),
            Clearing::Network { url, api_key } => (Some(ClearingLine { url, api_key, terms: clearing_terms }), None),
            Clearing::Demo => {
                let (line, network) = demo_network(&data, clearing_terms, &clock, &random, &calendar, texts).await?;
                (Some(line), Some(network))
            }
        };
        if let Some(line) = &clearing {
            payments.set_clearing(line.open()?);
        }
        let passport = Arc::new(passport);
        Ok(Self {
            clock,
            calendar,
            random,
            db,
            ledger,
            projections,
            notify,
            phone,
            clearing,
            network,
            passport,
            accounts,
            payments,
            own,
            staff,
            desk,
            card_network_key: cards.network_key.into(),
            cache,
        })
    }

    /// Waits until SQL has seen all that is durable in the journal.
    pub async fn settled(&self) -> Result<(), Trouble> {
        while !self.projections.caught_up_within(Duration::from_secs(1)).await {
            if !self.projections.healthy() {
                return Err(Trouble::new("The projections have stopped; the log says why.")
                    .remedy("Nothing is lost: the journal has everything, and a start goes on from there."));
            }
        }
        Ok(())
    }

    /// Finishes what is on its way and closes everything, the ledger first of what holds money.
    pub async fn close(self) -> Result<(), Trouble> {
        self.settled().await?;
        self.projections.stop().await;
        self.ledger.close().await;
        self.db.close().await;
        if let Some(network) = &self.network {
            network.close().await;
        }
        Ok(())
    }
}

/// Every room that keeps tables.
pub(crate) fn rooms() -> [db::Room; 6] {
    [numbers::room(), notify::room(), passport::room(), staff::room(), accounts::room(), payments::room()]
}

/// Who the bank is to passkeys and security keys, where browsers know such.
fn relying_party(origin: Option<&str>) -> Result<Option<RelyingParty>, Trouble> {
    let Some(origin) = origin else { return Ok(None) };
    RelyingParty::try_new(origin, "通宝 Tongbao").map_err(|fault| {
        Trouble::new(format!("{fault}.")).remedy("[passport] origin takes an address such as https://bank.example.")
    })
}

fn opened_cache(redis: Option<&str>, keys: &Keys, random: &Random) -> Result<Cache, Trouble> {
    let Some(url) = redis else { return Ok(Cache::local()) };
    Cache::shared(url, &keys.cache(), random).map_err(|fault| {
        Trouble::new(format!("{fault}.")).remedy(
            "[cache] redis takes redis://:PASSWORD@HOST:PORT, better from the environment: TONGBAO_CACHE__REDIS.",
        )
    })
}

async fn breached(file: Option<PathBuf>) -> Result<Option<BreachedPasswords>, Trouble> {
    let Some(file) = file else { return Ok(None) };
    let opened = tokio::task::spawn_blocking(move || BreachedPasswords::open(&file)).await;
    let list = opened.fault("opening the list of breached passwords")?.map_err(|fault| {
        Trouble::new(format!("{fault}."))
            .remedy("[passport] breached_passwords takes a file of lines HASH:count, sorted by hash.")
    })?;
    Ok(Some(list))
}

async fn registry(citizens: &Citizens, random: &Random) -> Result<Arc<dyn IdRegistry>, Trouble> {
    Ok(match citizens {
        Citizens::None => Arc::new(NoRegistry),
        Citizens::Registry { url, api_key } => Arc::new(HttpRegistry::try_new(url, api_key, REGISTRY_WITHIN)?),
        Citizens::Demo => {
            let api_key = format!("{:032x}", random.u128());
            let url = Counterpart::new(Mode::Yes, &api_key).start().await?;
            Arc::new(HttpRegistry::try_new(&url, &api_key, REGISTRY_WITHIN)?)
        }
    })
}

/// The demonstration's clearing house, with its own database beside the bank's, on a free port of the loopback.
async fn demo_network(
    data: &Path,
    terms: ClearingTerms,
    clock: &Arc<dyn Clock>,
    random: &Random,
    calendar: &Calendar,
    texts: Arc<dyn SmsGateway>,
) -> Result<(ClearingLine, Network), Trouble> {
    let url = format!("sqlite:{}", data.join("network.sqlite").display());
    let api_key = format!("{:032x}", random.u128());
    let network = Network::open(network::Parts {
        db: Db::open(&url).await.map_err(Trouble::database)?,
        clock: clock.clone(),
        random: random.clone(),
        calendar: calendar.clone(),
        gateway: texts,
        participants: vec![Participant { code: terms.code.clone(), ..Participant::tongbao(&api_key) }],
        holders: demo::holders(),
        scheme: network::Scheme { real_time_max_minor: terms.real_time_max_minor, ..network::Scheme::default() },
        windows: network::Windows { minutes: terms.windows.clone(), ..network::Windows::default() },
        faults: None,
        admin_key: format!("{:032x}", random.u128()),
    })
    .await?;
    let url = network.start().await?;
    Ok((ClearingLine { url, api_key, terms }, network))
}

async fn gateway(
    phones: &Phones,
    clock: &Arc<dyn Clock>,
    random: &Random,
) -> Result<(Arc<dyn SmsGateway>, Option<Phone>), Trouble> {
    Ok(match phones {
        Phones::None => (Arc::new(NoGateway), None),
        Phones::Provider { url, api_key } => (Arc::new(HttpGateway::try_new(url, api_key, TEXT_WITHIN)?), None),
        Phones::Demo => {
            let phone = Phone::new(clock.clone(), random);
            let url = phone.start().await?;
            (Arc::new(HttpGateway::try_new(&url, phone.api_key(), TEXT_WITHIN)?), Some(phone))
        }
    })
}

/// Opens the ledger of a data folder on a thread that may block, and finishes what a crash left under way between partitions.
async fn open_ledger(data: &Path, partitions: Option<u16>, calendar: Calendar) -> Result<Cloud, Trouble> {
    let dir = data.to_owned();
    let partitions = partitions.unwrap_or_else(|| cloud::partitions_in(data).max(1));
    let opened = tokio::task::spawn_blocking(move || {
        let bank_day = move |_institution: u16, time_ms: i64| calendar.day(Timestamp(time_ms));
        Cloud::open(&dir, partitions, &ledger::Options::new(Arc::new(bank_day)), accounts::chart::TRANSIT)
    });
    let ledger = opened.await.fault("opening the ledger")?.map_err(|error| Trouble::cloud(error, data))?;
    let swept = ledger.sweep().await.fault("finishing trades between partitions")?;
    if swept.looked_at > 0 {
        tracing::info!(
            swept.looked_at,
            swept.finished,
            swept.failed,
            "trades between partitions were carried to their end"
        );
    }
    Ok(ledger)
}
